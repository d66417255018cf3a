// What the reader accepts, written again from its tag, content and values, is the same bytes.

#include <cstdlib>
#include <string>

#include "base/limits.h"
#include "codec/der_reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/der.h"

using namespace countersign;
using fuzz::require;
namespace writer = countersign::testing::der;

namespace {

ByteVector written(const DerElement& element) {
  const auto class_bits = static_cast<std::uint8_t>(element.tag.tag_class << 6U |
                                                    (element.tag.is_constructed ? 0x20U : 0U));
  if (element.tag.number < 31) {
    return writer::element(static_cast<std::uint8_t>(class_bits | element.tag.number),
                           element.content);
  }
  return writer::tagged(class_bits, element.tag.number, element.content);
}

void check_time(const DerElement& element) {
  const Result<UnixSeconds> time = der_time(element);
  if (!time) {
    return;
  }
  std::string digits;
  for (const char c : encode_rfc3339(*time)) {
    if (c >= '0' && c <= '9') {
      digits += c;
    }
  }
  const bool is_utc_time = element.tag == der::kUtcTime;
  require(!is_utc_time || (digits >= "1950" && digits < "2050"));
  require(text_of(element.content) == (is_utc_time ? digits.substr(2) : digits) + "Z");
}

void check_values(const DerElement& element) {
  if (const Result<std::int64_t> value = der_integer(element);
      value.has_value() && element.tag == der::kInteger) {
    require(equal(writer::integer(*value), element.encoded));
  }
  if (const Result<Bytes> value = der_unsigned(element);
      value.has_value() && element.tag == der::kInteger) {
    require(equal(writer::unsigned_integer(*value), element.encoded));
    require(!value->empty());
  }
  if (const Result<Bytes> value = der_bit_string_octets(element);
      value.has_value() && element.tag == der::kBitString) {
    require(equal(writer::bit_string(*value), element.encoded));
  }
  if (const Result<bool> value = der_boolean(element);
      value.has_value() && element.tag == der::kBoolean) {
    require(equal(writer::boolean(*value), element.encoded));
  }
  if (element.tag == der::kObjectIdentifier) {
    const std::string text = der_oid_text(element.content);
    // The tests' writer has arcs of 32 bits.
    const bool is_small = !text.empty() && element.content.size() <= 4;
    require(!is_small || equal(writer::oid(text), element.encoded));
  }
  check_time(element);
}

void walk(Bytes input, std::size_t depth) {
  DerReader reader(input);
  while (!reader.is_done()) {
    const std::size_t start = reader.offset();
    const Result<DerElement> element = reader.next();
    if (!element) {
      fuzz::require_honest(element.error(), input.size());
      require(reader.offset() == start && element.error().offset == start);
      require(!reader.finish().has_value());
      return;
    }
    require(equal(element->encoded, input.subspan(start, reader.offset() - start)));
    require(equal(written(*element), element->encoded));
    require(parse_der(element->encoded, element->tag).has_value());
    check_values(*element);
    if (element->tag.is_constructed && depth < limits::kMaxDerDepth) {
      walk(element->content, depth + 1);
    }
  }
  require(reader.finish().has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walk({data, size}, 0);
  return 0;
}
