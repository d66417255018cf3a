// The part of abi.h that judges ceremonies and leaves signature arithmetic to the host.

#include "backends/cryptopp/cryptopp_backend.h"
#include "service/verify_case.h"
#include "wasm/abi.h"
#include "wasm/boundary.h"

using countersign::CaseSettings;
using countersign::CryptoppHasher;
using countersign::UnixSeconds;
using countersign::abi::checked_text;
using countersign::abi::guarded;
using countersign::abi::set_result;

extern "C" cs_status cs_begin_case(const uint8_t* case_json, size_t case_size, int64_t now) {
  return guarded([&]() -> cs_status {
    const auto line = checked_text(case_json, case_size);
    if (!line) {
      return CS_BAD_ARGUMENT;
    }
    set_result(countersign::begin_case(*line, CaseSettings{UnixSeconds{now}}, CryptoppHasher()));
    return CS_OK;
  });
}

extern "C" cs_status cs_finish_case(const uint8_t* case_json, size_t case_size,
                                    const uint8_t* results_json, size_t results_size, int64_t now) {
  return guarded([&]() -> cs_status {
    const auto line = checked_text(case_json, case_size);
    const auto results = checked_text(results_json, results_size);
    if (!line || !results) {
      return CS_BAD_ARGUMENT;
    }
    set_result(countersign::finish_case(*line, *results, CaseSettings{UnixSeconds{now}},
                                        CryptoppHasher()));
    return CS_OK;
  });
}
