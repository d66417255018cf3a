// The part of abi.h that looks at policies before they decide.

#include "backends/cryptopp/cryptopp_backend.h"
#include "service/policy_review.h"
#include "wasm/abi.h"
#include "wasm/boundary.h"

extern "C" cs_status cs_review_policy(const uint8_t* case_json, size_t case_size) {
  return countersign::abi::answered(case_json, case_size, [](std::string_view text) {
    return countersign::review_case(text, countersign::CryptoppHasher());
  });
}
