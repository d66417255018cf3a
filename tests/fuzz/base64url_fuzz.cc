// One text for each value: what is accepted, written again, is the same text, and any bytes come
// back from their text.

#include "codec/base64url.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/encoding.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const std::string_view text = text_of(input);
  const Result<ByteVector> url = parse_base64url(text);
  const Result<ByteVector> plain = parse_base64(text);
  if (url) {
    require(encode_base64url(*url) == text);
  } else {
    fuzz::require_honest(url.error(), size);
  }
  if (plain) {
    require(encode_base64(*plain) == text);
  } else {
    fuzz::require_honest(plain.error(), size);
  }
  require(encode_base64url(input) == testing::to_base64url(input));
  require(encode_base64(input) == testing::to_base64(input));
  const Result<ByteVector> from_url = parse_base64url(encode_base64url(input));
  const Result<ByteVector> from_plain = parse_base64(encode_base64(input));
  require(from_url.has_value() && equal(*from_url, input));
  require(from_plain.has_value() && equal(*from_plain, input));
  return 0;
}
