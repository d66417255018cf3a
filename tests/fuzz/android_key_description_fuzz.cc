// A key description from arbitrary bytes, and the same bytes with one more.

#include <cstdlib>

#include "attestation/android_key_description.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace countersign;
  const Bytes input(data, size);
  const Result<AndroidKeyDescription> description = parse_android_key_description(input);
  if (!description.has_value()) {
    if (description.error().code != ErrorCode::android_key_description_malformed) {
      std::abort();
    }
    return 0;
  }
  ByteVector longer = to_vector(input);
  longer.push_back(0);
  if (description->attestation_challenge.size() > size ||
      parse_android_key_description(longer).has_value()) {
    std::abort();
  }
  return 0;
}
