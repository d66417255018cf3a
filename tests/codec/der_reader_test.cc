#include "codec/der_reader.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/der.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

using testing::concat;
using testing::from_hex;
using testing::to_hex;
namespace writer = testing::der;

void expect_refused(const std::string& hex, ErrorCode code, std::uint32_t offset = 0) {
  const ByteVector input = from_hex(hex);
  DerReader reader(input);
  const Result<DerElement> element = reader.next();
  ASSERT_FALSE(element.has_value()) << hex;
  EXPECT_EQ(error_name(element.error().code), error_name(code)) << hex;
  EXPECT_EQ(element.error().offset, offset) << hex;
  EXPECT_EQ(reader.offset(), 0U) << "the cursor stays";
}

DerElement element_of(const ByteVector& content, DerTag tag) { return {tag, content, content}; }

TEST(DerReader, WalksTheElementsOfAConstructedValue) {
  const ByteVector input = writer::sequence(
      {writer::integer(5), writer::octet_string(ByteVector{1, 2}), writer::null()});
  const Result<DerElement> outer = parse_der(input, der::kSequence);
  ASSERT_TRUE(outer.has_value());
  EXPECT_TRUE(equal(outer->encoded, input));
  DerReader reader(outer->content);
  const Result<DerElement> first = reader.next(der::kInteger);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(to_hex(first->encoded), "020105");
  EXPECT_EQ(to_hex(first->content), "05");
  EXPECT_EQ(reader.offset(), 3U);
  EXPECT_TRUE(reader.next(der::kOctetString).has_value());
  EXPECT_FALSE(reader.is_done());
  EXPECT_EQ(reader.finish().error(), error_at(ErrorCode::der_trailing_bytes, 7));
  EXPECT_TRUE(reader.next(der::kNull).has_value());
  EXPECT_TRUE(reader.is_done());
  EXPECT_TRUE(reader.finish().has_value());
  EXPECT_EQ(reader.next().error(), error_at(ErrorCode::der_truncated, 9));
}

TEST(DerReader, FailsIfTheTagIsAnother) {
  const ByteVector input = writer::sequence({writer::integer(5)});
  EXPECT_EQ(parse_der(input, der::kSet).error(), error_at(ErrorCode::der_unexpected_tag, 0));
  DerReader reader(input);
  EXPECT_EQ(reader.next(der::kInteger).error().code, ErrorCode::der_unexpected_tag);
  EXPECT_EQ(reader.offset(), 0U);
  // Same number, other class or other form.
  const ByteVector context = from_hex("8201058203010203");
  DerReader implicit(context);
  EXPECT_EQ(implicit.next(der::kInteger).error().code, ErrorCode::der_unexpected_tag);
  EXPECT_EQ(implicit.next(der::context_constructed(2)).error().code, ErrorCode::der_unexpected_tag);
  EXPECT_TRUE(implicit.next(der::context_primitive(2)).has_value());
  EXPECT_EQ(implicit.next(der::context_primitive(3)).error(),
            error_at(ErrorCode::der_unexpected_tag, 3));
}

TEST(DerReader, NextIfTakesOnlyTheExpectedTag) {
  const ByteVector input = concat({writer::boolean(true), writer::integer(1)});
  DerReader reader(input);
  const Result<std::optional<DerElement>> absent = reader.next_if(der::kInteger);
  ASSERT_TRUE(absent.has_value());
  EXPECT_FALSE(absent->has_value());
  EXPECT_EQ(reader.offset(), 0U);
  const Result<std::optional<DerElement>> present = reader.next_if(der::kBoolean);
  ASSERT_TRUE(present.has_value());
  EXPECT_TRUE(present->has_value());
  EXPECT_TRUE(reader.next(der::kInteger).has_value());
  const Result<std::optional<DerElement>> end = reader.next_if(der::kInteger);
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->has_value());
}

TEST(DerReader, NextIfRefusesWhatIsMalformed) {
  const ByteVector input = from_hex("010101");
  DerReader reader(input);
  EXPECT_EQ(reader.next_if(der::kInteger).error(), error_at(ErrorCode::der_not_canonical, 0));
}

TEST(DerReader, FailsIfBytesFollow) {
  const ByteVector input = concat({writer::integer(5), ByteVector{0}});
  EXPECT_EQ(parse_der(input, der::kInteger).error(), error_at(ErrorCode::der_trailing_bytes, 3));
}

TEST(DerReader, FailsIfAnythingIsCut) {
  const ByteVector whole = writer::sequence(
      {writer::octet_string(ByteVector(200, 7)), writer::tagged(0x80, 1000, ByteVector{1})});
  ASSERT_TRUE(parse_der(whole, der::kSequence).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Result<DerElement> element = parse_der(Bytes(whole).first(size), der::kSequence);
    ASSERT_FALSE(element.has_value()) << size;
    EXPECT_EQ(element.error(), error_at(ErrorCode::der_truncated, 0)) << size;
  }
  expect_refused("9f", ErrorCode::der_truncated);
  expect_refused("9f81", ErrorCode::der_truncated);
  expect_refused("04", ErrorCode::der_truncated);
  expect_refused("0481", ErrorCode::der_truncated);
  expect_refused("048201", ErrorCode::der_truncated);
  expect_refused("0401", ErrorCode::der_truncated);
}

TEST(DerReader, FailsIfALengthIsNotDefiniteAndMinimal) {
  expect_refused("30800000", ErrorCode::der_not_canonical);  // indefinite
  expect_refused("3080", ErrorCode::der_not_canonical);
  expect_refused("04ff00", ErrorCode::der_not_canonical);  // reserved
  expect_refused("048100", ErrorCode::der_not_canonical);
  expect_refused("04810100", ErrorCode::der_not_canonical);
  expect_refused("04817f" + std::string(254, '0'), ErrorCode::der_not_canonical);
  expect_refused("048200ff" + std::string(510, '0'), ErrorCode::der_not_canonical);
  expect_refused("0485000000000100", ErrorCode::der_not_canonical);
  for (const std::size_t size : {0U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
    const ByteVector input = writer::octet_string(ByteVector(size, 1));
    const Result<DerElement> element = parse_der(input, der::kOctetString);
    ASSERT_TRUE(element.has_value()) << size;
    EXPECT_EQ(element->content.size(), size);
  }
}

TEST(DerReader, FailsIfALengthExceedsTheInput) {
  expect_refused("0484ffffffff00", ErrorCode::der_truncated);
  expect_refused("0485010000000000", ErrorCode::der_truncated);
  // 2^64 + 1 must not become 1.
  expect_refused("048901000000000000000100", ErrorCode::der_truncated);
  expect_refused("04fe" + std::string(252, '1'), ErrorCode::der_truncated);
}

TEST(DerReader, FailsIfAHighTagIsNotMinimal) {
  expect_refused("9f1e00", ErrorCode::der_not_canonical);          // 30 fits the low form
  expect_refused("9f8000", ErrorCode::der_not_canonical);          // leading zero
  expect_refused("9f801f00", ErrorCode::der_not_canonical);        // leading zero
  expect_refused("9f908080800000", ErrorCode::der_not_canonical);  // 2^32
  const ByteVector lowest = from_hex("9f1f00");
  EXPECT_TRUE(parse_der(lowest, der::context_primitive(31)).has_value());
  const ByteVector two = from_hex("bf8148020500");
  EXPECT_TRUE(parse_der(two, der::context_constructed(200)).has_value());
  const ByteVector highest = from_hex("9f8fffffff7f00");
  EXPECT_TRUE(parse_der(highest, der::context_primitive(0xffffffff)).has_value());
  // Android key description: [702] and [704].
  const ByteVector origin = from_hex("bf853e03020100");
  EXPECT_TRUE(parse_der(origin, der::context_constructed(702)).has_value());
}

TEST(DerReader, FailsIfAUniversalTypeHasTheWrongForm) {
  for (const char* hex : {"0000", "2000", "2203020105", "2403040101", "2300", "2c00", "1000",
                          "1100", "3300", "3700", "3800", "2103010100", "0800", "0b00", "1d00"}) {
    expect_refused(hex, ErrorCode::der_not_canonical);
  }
  EXPECT_TRUE(parse_der(from_hex("2800"), {0, true, 8}).has_value());
}

TEST(DerReader, FailsIfABooleanIsNeitherZeroNorAllOnes) {
  for (const char* hex : {"010101", "01017f", "0100", "01020000", "0102ffff"}) {
    expect_refused(hex, ErrorCode::der_not_canonical);
  }
  EXPECT_TRUE(*der_boolean(*parse_der(from_hex("0101ff"), der::kBoolean)));
  EXPECT_FALSE(*der_boolean(*parse_der(from_hex("010100"), der::kBoolean)));
  for (const ByteVector& content : {ByteVector{}, ByteVector{1}, ByteVector{0, 0}}) {
    EXPECT_EQ(der_boolean(element_of(content, der::context_primitive(1))).error().code,
              ErrorCode::der_not_canonical);
  }
}

TEST(DerReader, FailsIfAnIntegerIsNotInItsShortestForm) {
  for (const char* hex :
       {"0200", "02020000", "0202007f", "0202ffff", "0202ff80", "0203000001", "0a020001", "0a00"}) {
    expect_refused(hex, ErrorCode::der_not_canonical);
  }
  for (const char* hex : {"020100", "02020080", "0202ff7f", "020180", "0a0102"}) {
    const ByteVector input = from_hex(hex);
    DerReader reader(input);
    EXPECT_TRUE(reader.next().has_value()) << hex;
  }
}

TEST(DerReader, ReadsIntegersOfTheWholeRangeOfInt64) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{127}, std::int64_t{128}, std::int64_t{255},
        std::int64_t{256}, std::int64_t{-1}, std::int64_t{-128}, std::int64_t{-129},
        std::int64_t{-32769}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    const ByteVector input = writer::integer(value);
    const Result<std::int64_t> read = der_integer(*parse_der(input, der::kInteger));
    ASSERT_TRUE(read.has_value()) << value;
    EXPECT_EQ(*read, value);
  }
  EXPECT_EQ(*der_integer(*parse_der(writer::enumerated(2), der::kEnumerated)), 2);
  for (const std::string_view content :
       {"008000000000000000", "ff7fffffffffffffff", "", "0001", "ffff"}) {
    const ByteVector bytes = from_hex(content);
    EXPECT_EQ(der_integer(element_of(bytes, der::kInteger)).error().code,
              ErrorCode::der_not_canonical)
        << content;
  }
}

TEST(DerReader, UnsignedGivesTheMagnitude) {
  const std::pair<std::string_view, std::string_view> magnitudes[] = {
      {"00", "00"}, {"01", "01"}, {"7f", "7f"}, {"0080", "80"}, {"00ff01", "ff01"}};
  for (const auto& [content, magnitude] : magnitudes) {
    const ByteVector bytes = from_hex(content);
    const Result<Bytes> read = der_unsigned(element_of(bytes, der::kInteger));
    ASSERT_TRUE(read.has_value()) << content;
    EXPECT_EQ(to_hex(*read), magnitude);
  }
  for (const std::string_view content : {"", "80", "ff", "ff7f", "0001", "0000", "000080"}) {
    const ByteVector bytes = from_hex(content);
    EXPECT_EQ(der_unsigned(element_of(bytes, der::kInteger)).error().code,
              ErrorCode::der_not_canonical)
        << content;
  }
}

TEST(DerReader, FailsIfABitStringIsNotCanonical) {
  for (const char* hex : {"0300", "030101", "030108", "03020800", "03020101", "030207c0"}) {
    expect_refused(hex, ErrorCode::der_not_canonical);
  }
  for (const char* hex : {"030100", "03020780", "03020102", "030200ff"}) {
    const ByteVector input = from_hex(hex);
    EXPECT_TRUE(parse_der(input, der::kBitString).has_value()) << hex;
  }
}

TEST(DerReader, BitStringOctetsHaveNoUnusedBits) {
  const ByteVector whole = from_hex("030300abcd");
  EXPECT_EQ(to_hex(*der_bit_string_octets(*parse_der(whole, der::kBitString))), "abcd");
  const ByteVector empty = from_hex("030100");
  EXPECT_TRUE(der_bit_string_octets(*parse_der(empty, der::kBitString))->empty());
  const ByteVector unused = from_hex("03020780");
  EXPECT_EQ(der_bit_string_octets(*parse_der(unused, der::kBitString)).error().code,
            ErrorCode::der_not_canonical);
  EXPECT_EQ(der_bit_string_octets(element_of({}, der::kBitString)).error().code,
            ErrorCode::der_not_canonical);
}

TEST(DerReader, FailsIfANullHasContent) {
  expect_refused("050100", ErrorCode::der_not_canonical);
  EXPECT_TRUE(parse_der(from_hex("0500"), der::kNull).has_value());
}

TEST(DerReader, FailsIfAnObjectIdentifierIsNotCanonical) {
  for (const char* hex : {"0600", "060180", "06028001", "06032a8001", "06022a86"}) {
    expect_refused(hex, ErrorCode::der_not_canonical);
  }
}

TEST(DerReader, WritesObjectIdentifiersAsText) {
  for (const std::string_view dotted :
       {"2.5.29.19", "1.2.840.113549.1.1.11", "1.3.6.1.4.1.45724.1.1.4", "0.9.2342", "2.999.3",
        "1.3.6.1.4.1.311.21.36", "2.23.133.8.3", "1.39.1", "0.0"}) {
    const ByteVector input = writer::oid(dotted);
    EXPECT_EQ(der_oid_text(parse_der(input, der::kObjectIdentifier)->content), dotted);
  }
  EXPECT_EQ(der_oid_text(from_hex("8837")), "2.999");
  // 2^64 - 1 fits, 2^64 does not.
  EXPECT_EQ(der_oid_text(from_hex("2a81ffffffffffffffff7f")), "1.2.18446744073709551615");
  EXPECT_EQ(der_oid_text(from_hex("2a82808080808080808000")), "");
  for (const std::string_view malformed : {"", "80", "2a80", "2a8001", "86"}) {
    EXPECT_EQ(der_oid_text(from_hex(malformed)), "") << malformed;
  }
}

Result<UnixSeconds> time_of(std::string_view text, DerTag tag) {
  return der_time({tag, bytes_of(text), bytes_of(text)});
}

TEST(DerReader, ReadsTimesOfRfc5280) {
  EXPECT_EQ(time_of("700101000000Z", der::kUtcTime)->value, 0);
  EXPECT_EQ(time_of("500101000000Z", der::kUtcTime)->value, -631152000);
  EXPECT_EQ(time_of("491231235959Z", der::kUtcTime)->value, 2524607999);
  EXPECT_EQ(time_of("000229120000Z", der::kUtcTime)->value, 951825600);
  EXPECT_EQ(time_of("20500101000000Z", der::kGeneralizedTime)->value, 2524608000);
  EXPECT_EQ(time_of("99991231235959Z", der::kGeneralizedTime)->value, 253402300799);
  EXPECT_EQ(time_of("30240101000000Z", der::kGeneralizedTime)->value, 33260976000);
}

TEST(DerReader, FailsIfATimeHasAnotherForm) {
  for (const std::string_view text :
       {"", "Z", "7001010000Z", "700101000000", "700101000000z", "700101000000+0000",
        "700101000000.5Z", "19700101000000Z", "70010100000Z", "7001010000000Z", " 00101000000Z",
        "7001010000-1Z", "700101000000ZZ", "70010100000\xb0Z"}) {
    ASSERT_FALSE(time_of(text, der::kUtcTime).has_value()) << text;
    EXPECT_EQ(time_of(text, der::kUtcTime).error().code, ErrorCode::der_not_canonical) << text;
  }
  for (const std::string_view text :
       {"", "1", "19", "700101000000Z", "19700101000000", "19700101000000.0Z",
        "19700101000000+0000", "197001010000Z", "1970010100Z", "19700101000000,5Z"}) {
    ASSERT_FALSE(time_of(text, der::kGeneralizedTime).has_value()) << text;
    EXPECT_EQ(time_of(text, der::kGeneralizedTime).error().code, ErrorCode::der_not_canonical);
  }
}

TEST(DerReader, FailsIfTheCalendarHasNoSuchTime) {
  for (const std::string_view text :
       {"700001000000Z", "701301000000Z", "700100000000Z", "700132000000Z", "700431000000Z",
        "700229000000Z", "700101240000Z", "700101006000Z", "700101000060Z"}) {
    EXPECT_EQ(time_of(text, der::kUtcTime).error().code, ErrorCode::der_not_canonical) << text;
  }
  EXPECT_EQ(time_of("21000229000000Z", der::kGeneralizedTime).error().code,
            ErrorCode::der_not_canonical);
  EXPECT_TRUE(time_of("20000229000000Z", der::kGeneralizedTime).has_value());
}

TEST(DerReader, FailsIfATimeHasAnotherTag) {
  EXPECT_EQ(time_of("700101000000Z", der::kOctetString).error().code,
            ErrorCode::der_unexpected_tag);
  EXPECT_EQ(time_of("700101000000Z", der::context_primitive(23)).error().code,
            ErrorCode::der_unexpected_tag);
}

}  // namespace
}  // namespace countersign
