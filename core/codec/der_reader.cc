#include "codec/der_reader.h"

namespace countersign {
namespace {

constexpr std::uint8_t kUniversal = 0;

bool take_tag(ByteReader& reader, DerTag& tag, ErrorCode& error) {
  std::uint8_t first = 0;
  if (!reader.take_u8(first)) {
    error = ErrorCode::der_truncated;
    return false;
  }
  tag.tag_class = first >> 6U;
  tag.is_constructed = (first & 0x20U) != 0;
  tag.number = first & 0x1fU;
  if (tag.number != 0x1f) {
    return true;
  }
  // X.690 §8.1.2.4: high tag numbers in base 128, without leading zeros, only from 31.
  tag.number = 0;
  std::uint8_t octet = 0x80;
  while ((octet & 0x80U) != 0) {
    if (!reader.take_u8(octet)) {
      error = ErrorCode::der_truncated;
      return false;
    }
    const bool is_leading_zero = tag.number == 0 && octet == 0x80;
    if (is_leading_zero || tag.number > (0xffffffffU >> 7U)) {
      error = ErrorCode::der_not_canonical;
      return false;
    }
    tag.number = (tag.number << 7U) | (octet & 0x7fU);
  }
  error = ErrorCode::der_not_canonical;
  return tag.number >= 0x1f;
}

bool take_length(ByteReader& reader, std::size_t& length, ErrorCode& error) {
  error = ErrorCode::der_truncated;
  std::uint8_t first = 0;
  if (!reader.take_u8(first)) {
    return false;
  }
  if (first < 0x80) {
    length = first;
    return length <= reader.remaining();
  }
  // X.690 §10.1: definite form, in the minimum number of octets.
  Bytes octets;
  if (first == 0x80 || first == 0xff) {
    error = ErrorCode::der_not_canonical;
    return false;
  }
  if (!reader.take(first & 0x7fU, octets)) {
    return false;
  }
  if (octets[0] == 0 || (octets.size() == 1 && octets[0] < 0x80)) {
    error = ErrorCode::der_not_canonical;
    return false;
  }
  if (octets.size() > 4) {
    return false;  // longer than any input
  }
  std::uint32_t value = 0;
  for (const std::uint8_t octet : octets) {
    value = (value << 8U) | octet;
  }
  length = value;
  return length <= reader.remaining();
}

bool is_canonical_integer(Bytes content) {
  if (content.empty()) {
    return false;
  }
  if (content.size() == 1) {
    return true;
  }
  const bool is_sign_set = (content[1] & 0x80U) != 0;
  return !(content[0] == 0x00 && !is_sign_set) && !(content[0] == 0xff && is_sign_set);
}

bool is_canonical_oid(Bytes content) {
  if (content.empty() || (content.back() & 0x80U) != 0) {
    return false;
  }
  bool is_first_of_arc = true;
  for (const std::uint8_t octet : content) {
    if (is_first_of_arc && octet == 0x80) {
      return false;
    }
    is_first_of_arc = (octet & 0x80U) == 0;
  }
  return true;
}

bool is_canonical_bit_string(Bytes content) {
  if (content.empty() || content[0] > 7 || (content.size() == 1 && content[0] != 0)) {
    return false;
  }
  const unsigned unused_mask = (1U << content[0]) - 1;
  return (content.back() & unused_mask) == 0 || content.size() == 1;
}

bool is_canonical_boolean(Bytes content) {
  return content.size() == 1 && (content[0] == 0x00 || content[0] == 0xff);
}

// X.690 §8 and §10.2: which universal types are constructed, and the contents with one form only.
bool is_canonical_universal(const DerTag& tag, Bytes content) {
  constexpr std::uint32_t kEndOfContents = 0;
  constexpr std::uint32_t kExternal = 8;
  constexpr std::uint32_t kEmbeddedPdv = 11;
  constexpr std::uint32_t kUnrestrictedString = 29;
  const bool must_be_constructed = tag.number == der::kSequence.number ||
                                   tag.number == der::kSet.number || tag.number == kExternal ||
                                   tag.number == kEmbeddedPdv || tag.number == kUnrestrictedString;
  if (tag.number == kEndOfContents || tag.is_constructed != must_be_constructed) {
    return false;
  }
  if (tag == der::kBoolean) {
    return is_canonical_boolean(content);
  }
  if (tag == der::kInteger || tag == der::kEnumerated) {
    return is_canonical_integer(content);
  }
  if (tag == der::kBitString) {
    return is_canonical_bit_string(content);
  }
  if (tag == der::kNull) {
    return content.empty();
  }
  if (tag == der::kObjectIdentifier) {
    return is_canonical_oid(content);
  }
  return true;
}

bool take_two_digits(Bytes& digits, int& out) {
  if (digits.size() < 2 || digits[0] < '0' || digits[0] > '9' || digits[1] < '0' ||
      digits[1] > '9') {
    return false;
  }
  out = (digits[0] - '0') * 10 + (digits[1] - '0');
  digits = digits.subspan(2);
  return true;
}

void append_number(std::string& out, std::uint64_t value) {
  if (value >= 10) {
    append_number(out, value / 10);
  }
  out += static_cast<char>('0' + value % 10);
}

}  // namespace

Result<DerElement> DerReader::next() {
  ByteReader reader = reader_;
  const std::size_t start = reader.offset();
  const Bytes rest = reader.rest();
  ErrorCode error = ErrorCode::internal_error;
  DerElement element;
  std::size_t length = 0;
  if (!take_tag(reader, element.tag, error) || !take_length(reader, length, error)) {
    return Error{error, Check::none, static_cast<std::uint32_t>(start)};
  }
  if (!reader.take(length, element.content)) {
    return Error{ErrorCode::der_truncated, Check::none, static_cast<std::uint32_t>(start)};
  }
  if (element.tag.tag_class == kUniversal &&
      !is_canonical_universal(element.tag, element.content)) {
    return Error{ErrorCode::der_not_canonical, Check::none, static_cast<std::uint32_t>(start)};
  }
  element.encoded = rest.first(reader.offset() - start);
  reader_ = reader;
  return element;
}

Result<DerElement> DerReader::next(DerTag expected) {
  const ByteReader before = reader_;
  CS_ASSIGN(const DerElement element, next());
  if (!(element.tag == expected)) {
    reader_ = before;
    return Error{ErrorCode::der_unexpected_tag, Check::none,
                 static_cast<std::uint32_t>(before.offset())};
  }
  return element;
}

Result<std::optional<DerElement>> DerReader::next_if(DerTag expected) {
  if (is_done()) {
    return std::optional<DerElement>();
  }
  const ByteReader before = reader_;
  CS_ASSIGN(const DerElement element, next());
  if (!(element.tag == expected)) {
    reader_ = before;
    return std::optional<DerElement>();
  }
  return std::optional<DerElement>(element);
}

Status DerReader::finish() const {
  if (!is_done()) {
    return Error{ErrorCode::der_trailing_bytes, Check::none, static_cast<std::uint32_t>(offset())};
  }
  return ok();
}

Result<DerElement> parse_der(Bytes input, DerTag expected) {
  DerReader reader(input);
  CS_ASSIGN(const DerElement element, reader.next(expected));
  CS_TRY(reader.finish());
  return element;
}

Result<bool> der_boolean(const DerElement& element) {
  if (!is_canonical_boolean(element.content)) {
    return ErrorCode::der_not_canonical;
  }
  return element.content[0] == 0xff;
}

Result<Bytes> der_unsigned(const DerElement& element) {
  const Bytes content = element.content;
  if (!is_canonical_integer(content) || (content[0] & 0x80U) != 0) {
    return ErrorCode::der_not_canonical;
  }
  return content[0] == 0 && content.size() > 1 ? content.subspan(1) : content;
}

Result<std::int64_t> der_integer(const DerElement& element) {
  const Bytes content = element.content;
  if (!is_canonical_integer(content) || content.size() > sizeof(std::int64_t)) {
    return ErrorCode::der_not_canonical;
  }
  std::uint64_t value = (content[0] & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (const std::uint8_t octet : content) {
    value = (value << 8U) | octet;
  }
  return static_cast<std::int64_t>(value);
}

Result<Bytes> der_bit_string_octets(const DerElement& element) {
  if (element.content.empty() || element.content[0] != 0) {
    return ErrorCode::der_not_canonical;
  }
  return element.content.subspan(1);
}

Result<UnixSeconds> der_time(const DerElement& element) {
  Bytes digits = element.content;
  int century = 0;
  int year = 0;
  // RFC 5280 §4.1.2.5.1: "Where YY is greater than or equal to 50, the year SHALL be interpreted as
  // 19YY; and where YY is less than 50, the year SHALL be interpreted as 20YY."
  const bool is_utc_time = element.tag == der::kUtcTime;
  if (!is_utc_time && !(element.tag == der::kGeneralizedTime)) {
    return ErrorCode::der_unexpected_tag;
  }
  if (!is_utc_time && !take_two_digits(digits, century)) {
    return ErrorCode::der_not_canonical;
  }
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!take_two_digits(digits, year) || !take_two_digits(digits, month) ||
      !take_two_digits(digits, day) || !take_two_digits(digits, hour) ||
      !take_two_digits(digits, minute) || !take_two_digits(digits, second) || digits.size() != 1 ||
      digits[0] != 'Z') {
    return ErrorCode::der_not_canonical;
  }
  if (is_utc_time) {
    century = year >= 50 ? 19 : 20;
  }
  const std::optional<UnixSeconds> time =
      make_unix_seconds(century * 100 + year, month, day, hour, minute, second);
  if (!time) {
    return ErrorCode::der_not_canonical;
  }
  return *time;
}

std::string der_oid_text(Bytes content) {
  std::string out;
  std::uint64_t arc = 0;
  if (!is_canonical_oid(content)) {
    return out;
  }
  for (const std::uint8_t octet : content) {
    if (arc > (~std::uint64_t{0} >> 7U)) {
      return {};
    }
    arc = (arc << 7U) | (octet & 0x7fU);
    if ((octet & 0x80U) != 0) {
      continue;
    }
    if (out.empty()) {
      const std::uint64_t first = arc < 80 ? arc / 40 : 2;
      append_number(out, first);
      arc -= first * 40;
    }
    out += '.';
    append_number(out, arc);
    arc = 0;
  }
  return out;
}

}  // namespace countersign
