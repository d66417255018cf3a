// A JWS from arbitrary bytes, its algorithm and its certificates.

#include <cstdlib>

#include "attestation/jws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace countersign;
  const Bytes input(data, size);
  const Result<Jws> jws = parse_jws(input);
  if (!jws.has_value()) {
    return 0;
  }
  if (!jws->header.is_object() || !jws->payload.is_object() || jws->signature.empty() ||
      jws->signing_input.size() >= size) {
    std::abort();
  }
  (void)jws_algorithm(jws->header);
  (void)jws_certificates(jws->header);
  return 0;
}
