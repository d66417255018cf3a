// Second opinion: decode by arithmetic, then ask whether the code point is a scalar value in its
// shortest form.

#include "codec/utf8.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

namespace {

// Length of the well-formed sequence at `at`, 0 if there is none.
std::size_t decode(Bytes bytes, std::size_t at) {
  const std::uint8_t first = bytes[at];
  int leading_ones = 0;
  while (leading_ones < 8 && (first >> (7 - leading_ones) & 1U) != 0) {
    ++leading_ones;
  }
  const std::size_t length = leading_ones == 0 ? 1 : static_cast<std::size_t>(leading_ones);
  if (leading_ones == 1 || length > 4 || bytes.size() - at < length) {
    return 0;
  }
  std::uint32_t code_point = leading_ones == 0 ? first : first & (0x7fU >> leading_ones);
  for (std::size_t i = 1; i < length; ++i) {
    if (bytes[at + i] >> 6U != 2) {
      return 0;
    }
    code_point = code_point << 6U | (bytes[at + i] & 0x3fU);
  }
  constexpr std::uint32_t kFirstOfLength[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  const bool is_valid =
      code_point >= kFirstOfLength[length] && code_point <= 0x10ffff && !is_surrogate;
  return is_valid ? length : 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  std::size_t at = 0;
  while (at < size) {
    const std::size_t length = decode(input, at);
    if (length == 0) {
      break;
    }
    at += length;
  }
  const Status status = check_utf8(input);
  require(status.has_value() == (at == size));
  require(status.has_value() || status.error().offset == at);
  return 0;
}
