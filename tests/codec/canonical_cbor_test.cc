#include "codec/canonical_cbor.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/encoding.h"

namespace countersign {
namespace {

using testing::from_hex;
using testing::to_hex;
using Value = CanonicalValue;

std::string hex_of(const Value& value) { return to_hex(make_canonical_cbor(value).value()); }

Value sample() {
  return Value::make_map({{"list", Value::make_array({Value::make_integer(-1), Value::make_null(),
                                                      Value::make_boolean(true)})},
                          {"b", Value::make_bytes(from_hex("0102"))},
                          {"aa", Value::make_text("\xc3\xbc")},
                          {"a", Value::make_map({})}});
}

TEST(CanonicalCbor, KeysStandInTheBytewiseOrderOfTheirEncodings) {
  EXPECT_EQ(hex_of(sample()), "a46161a0616242010262616162c3bc646c6973748320f6f5");
  // 24 octets need a longer head, which sorts behind every shorter key.
  EXPECT_EQ(hex_of(Value::make_map({{std::string(24, 'a'), Value::make_null()},
                                    {std::string(23, 'z'), Value::make_null()}})),
            "a277" + to_hex(ByteVector(23, 'z')) + "f67818" + to_hex(ByteVector(24, 'a')) + "f6");
}

TEST(CanonicalCbor, IntegersAreShortestOverTheWholeRange) {
  EXPECT_EQ(hex_of(Value::make_integer(23)), "17");
  EXPECT_EQ(hex_of(Value::make_integer(24)), "1818");
  EXPECT_EQ(hex_of(Value::make_integer(std::numeric_limits<std::int64_t>::max())),
            "1b7fffffffffffffff");
  EXPECT_EQ(hex_of(Value::make_integer(std::numeric_limits<std::int64_t>::min())),
            "3b7fffffffffffffff");
}

TEST(CanonicalCbor, DecodingAcceptsWhatEncodingProduces) {
  const ByteVector encoded = make_canonical_cbor(sample()).value();
  const Value decoded = parse_canonical_cbor(encoded).value();
  EXPECT_EQ(make_canonical_cbor(decoded).value(), encoded);
  EXPECT_EQ(decoded.find("aa")->text, "\xc3\xbc");
  EXPECT_EQ(decoded.find("b")->bytes, from_hex("0102"));
  EXPECT_EQ(decoded.find("list")->items[0].integer, -1);
  EXPECT_TRUE(decoded.find("list")->items[1].is(Value::Type::null));
  EXPECT_TRUE(decoded.find("list")->items[2].boolean);
  EXPECT_EQ(decoded.find("none"), nullptr);
}

TEST(CanonicalCbor, FailsIfTheEncodingIsAnyOther) {
  const struct {
    std::string_view hex;
    ErrorCode code;
    std::uint32_t offset;
  } refused[] = {
      {"1817", ErrorCode::cbor_not_minimal, 0},
      {"9f00ff", ErrorCode::cbor_indefinite, 0},
      {"a2616200616100", ErrorCode::cbor_key_order, 4},
      {"a2626161006162f6", ErrorCode::cbor_key_order, 5},
      {"a2616100616100", ErrorCode::cbor_duplicate_key, 4},
      {"a10000", ErrorCode::cbor_unsupported, 1},
      {"a1410000", ErrorCode::cbor_unsupported, 1},
      {"81f93c00", ErrorCode::cbor_unsupported, 1},
      {"c000", ErrorCode::cbor_unsupported, 0},
      {"f7", ErrorCode::cbor_unsupported, 0},
      {"1b8000000000000000", ErrorCode::cbor_integer_range, 0},
      {"61ff", ErrorCode::utf8_invalid, 1},
      {"0000", ErrorCode::cbor_trailing_bytes, 1},
      {"8200", ErrorCode::cbor_truncated, 0},
  };
  for (const auto& row : refused) {
    const Result<Value> value = parse_canonical_cbor(from_hex(row.hex));
    ASSERT_FALSE(value.has_value()) << row.hex;
    EXPECT_EQ(value.error().code, row.code) << row.hex << ' ' << error_name(value.error().code);
    EXPECT_EQ(value.error().offset, row.offset) << row.hex;
  }
}

TEST(CanonicalCbor, FailsIfAKeyStandsTwiceOrTextIsNotUtf8) {
  const Value twice = Value::make_map({{"a", Value::make_null()}, {"a", Value::make_integer(1)}});
  EXPECT_EQ(make_canonical_cbor(twice).error().code, ErrorCode::cbor_duplicate_key);
  EXPECT_EQ(make_canonical_cbor(Value::make_text("\xff")).error().code, ErrorCode::utf8_invalid);
  EXPECT_EQ(make_canonical_cbor(Value::make_map({{"\xff", Value::make_null()}})).error().code,
            ErrorCode::utf8_invalid);
}

TEST(CanonicalCbor, FailsIfATextOrKeyIsRefusedByTheCheck) {
  const CheckText refuse = [](std::string_view) -> Status {
    return ErrorCode::binding_text_not_normalized;
  };
  const Value values[] = {
      Value::make_text("\xc3\xbc"), Value::make_array({Value::make_text("\xc3\xbc")}),
      Value::make_map({{"\xc3\xbc", Value::make_null()}}),
      Value::make_map({{"b", Value::make_null()}, {"a", Value::make_text("\xc3\xbc")}})};
  for (const Value& value : values) {
    EXPECT_TRUE(make_canonical_cbor(value).has_value());
    EXPECT_EQ(make_canonical_cbor(value, {}, refuse).error().code,
              ErrorCode::binding_text_not_normalized);
  }
  // It is not asked about ASCII, nor about what is no text.
  const Value plain = Value::make_map({{"a", Value::make_bytes(from_hex("c3bc"))}});
  EXPECT_EQ(make_canonical_cbor(plain, {}, refuse).value(), make_canonical_cbor(plain).value());
}

TEST(CanonicalCbor, FailsIfTooDeepOrTooManyInBothDirections) {
  Value nested = Value::make_array({});
  for (int i = 0; i < 3; ++i) {
    nested = Value::make_array({nested});
  }
  const ByteVector encoded = make_canonical_cbor(nested, {4, 4}).value();
  EXPECT_EQ(to_hex(encoded), "81818180");
  EXPECT_TRUE(parse_canonical_cbor(encoded, {4, 4}).has_value());
  EXPECT_EQ(make_canonical_cbor(nested, {3, 4}).error().code, ErrorCode::cbor_too_deep);
  EXPECT_EQ(parse_canonical_cbor(encoded, {3, 4}).error().code, ErrorCode::cbor_too_deep);
  EXPECT_EQ(make_canonical_cbor(nested, {4, 3}).error().code, ErrorCode::cbor_too_many_items);
  EXPECT_EQ(parse_canonical_cbor(encoded, {4, 3}).error().code, ErrorCode::cbor_too_many_items);
  // A key counts as an item.
  const Value map = Value::make_map({{"a", Value::make_null()}});
  EXPECT_EQ(make_canonical_cbor(map, {1, 2}).error().code, ErrorCode::cbor_too_many_items);
  EXPECT_TRUE(make_canonical_cbor(map, {1, 3}).has_value());
}

}  // namespace
}  // namespace countersign
