// The part of abi.h that binds what was frozen elsewhere: no module that ships needs
// it yet.

#include "backends/cryptopp/cryptopp_backend.h"
#include "service/bind_case.h"
#include "wasm/abi.h"
#include "wasm/boundary.h"

extern "C" cs_status cs_bind_frozen(const uint8_t* case_json, size_t case_size) {
  return countersign::abi::answered(case_json, case_size, [](std::string_view text) {
    return countersign::bind_frozen_case(text, countersign::CryptoppSha256());
  });
}
