// The part of abi.h that decides policies.

#include "backends/cryptopp/cryptopp_backend.h"
#include "service/policy_case.h"
#include "wasm/abi.h"
#include "wasm/boundary.h"

namespace {

using countersign::CryptoppHasher;
using countersign::abi::answered;

CS_INSTANCE_STATE countersign::KeptPolicies kept(countersign::kMaxKeptPolicies);

}  // namespace

extern "C" cs_status cs_load_policy(const uint8_t* document_json, size_t document_size) {
  return answered(document_json, document_size, [](std::string_view text) {
    return countersign::load_policy(text, kept, CryptoppHasher());
  });
}

extern "C" cs_status cs_decide(const uint8_t* case_json, size_t case_size) {
  return answered(case_json, case_size, [](std::string_view text) {
    return countersign::decide_case(text, kept, CryptoppHasher());
  });
}
