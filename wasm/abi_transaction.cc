// The part of abi.h that binds and renders transactions.

#include "backends/cryptopp/cryptopp_backend.h"
#include "service/bind_case.h"
#include "wasm/abi.h"
#include "wasm/boundary.h"

namespace {

using countersign::CryptoppSha256;
using countersign::abi::answered;

CS_INSTANCE_STATE countersign::TransactionDocuments kept;

}  // namespace

extern "C" cs_status cs_pin_template(const uint8_t* pinned, size_t pinned_size) {
  return answered(pinned, pinned_size, [](std::string_view text) {
    return countersign::pin_template(text, kept, CryptoppSha256());
  });
}

extern "C" cs_status cs_pin_locale(const uint8_t* pinned, size_t pinned_size) {
  return answered(pinned, pinned_size, [](std::string_view text) {
    return countersign::pin_locale_pack(text, kept, CryptoppSha256());
  });
}

extern "C" cs_status cs_bind(const uint8_t* case_json, size_t case_size) {
  return answered(case_json, case_size, [](std::string_view text) {
    return countersign::bind_case(text, kept, CryptoppSha256());
  });
}

extern "C" cs_status cs_render(const uint8_t* case_json, size_t case_size) {
  return answered(case_json, case_size, [](std::string_view text) {
    return countersign::render_case(text, kept, CryptoppSha256());
  });
}
