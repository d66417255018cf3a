// An accepted key has one encoding: ours.

#include "cose/cose_key.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const Result<CoseKey> key = parse_cose_key(input);
  if (!key) {
    fuzz::require_honest(key.error(), size);
    return 0;
  }
  require(equal(key->encoded, input));
  require(equal(encode_cose_key(key->algorithm, key->key), input));
  require(signature_algorithm_for(key->algorithm, key->key).has_value());
  return 0;
}
