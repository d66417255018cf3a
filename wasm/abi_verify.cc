// The part of abi.h that needs Crypto++'s signature arithmetic: only the full module links it.

#include "backends/cryptopp/cryptopp_backend.h"
#include "service/metadata_case.h"
#include "service/verify_case.h"
#include "wasm/abi.h"
#include "wasm/boundary.h"

extern "C" cs_status cs_verify(const uint8_t* case_json, size_t case_size, int64_t now) {
  return countersign::abi::guarded([&]() -> cs_status {
    const auto line = countersign::abi::checked_text(case_json, case_size);
    if (!line) {
      return CS_BAD_ARGUMENT;
    }
    const countersign::CryptoppHasher hasher;
    const countersign::CryptoppVerifier verifier;
    countersign::abi::set_result(countersign::verify_case(
        *line, countersign::CaseSettings{countersign::UnixSeconds{now}}, hasher, verifier));
    return CS_OK;
  });
}

extern "C" cs_status cs_verify_metadata(const uint8_t* request_json, size_t request_size,
                                        const uint8_t* blob, size_t blob_size, int64_t now) {
  return countersign::abi::guarded([&]() -> cs_status {
    const auto request = countersign::abi::checked_text(request_json, request_size);
    const auto text = countersign::abi::checked_text(blob, blob_size);
    if (!request || !text) {
      return CS_BAD_ARGUMENT;
    }
    const countersign::CryptoppHasher hasher;
    const countersign::CryptoppVerifier verifier;
    countersign::abi::set_result(countersign::verify_metadata_case(
        *request, countersign::bytes_of(*text),
        countersign::CaseSettings{countersign::UnixSeconds{now}}, hasher, verifier));
    return CS_OK;
  });
}
