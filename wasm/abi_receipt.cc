// The part of abi.h that verifies receipts: a module of its own.

#include "backends/cryptopp/cryptopp_backend.h"
#include "service/receipt_case.h"
#include "wasm/abi.h"
#include "wasm/boundary.h"

extern "C" cs_status cs_verify_receipt(const uint8_t* request_json, size_t request_size,
                                       const uint8_t* file, size_t file_size) {
  return countersign::abi::guarded([&]() -> cs_status {
    const auto request = countersign::abi::checked_text(request_json, request_size);
    const auto text = countersign::abi::checked_text(file, file_size);
    if (!request || !text) {
      return CS_BAD_ARGUMENT;
    }
    const countersign::CryptoppHasher hasher;
    const countersign::CryptoppVerifier verifier;
    countersign::abi::set_result(
        countersign::verify_receipt_case(*request, *text, hasher, verifier));
    return CS_OK;
  });
}
