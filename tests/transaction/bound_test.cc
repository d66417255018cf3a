#include "transaction/bound.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "crypto/tagged_hash.h"

namespace countersign {
namespace {

using Value = CanonicalValue;

Result<Value> from_json(std::string_view text) { return canonical_of(parse_json(text).value()); }

TEST(CanonicalOf, KeepsIntegersThatDoublesCannotHold) {
  const Value value =
      from_json(R"({"a":9007199254740993,"b":[null,true,"x",-9223372036854775808]})").value();
  EXPECT_EQ(value.find("a")->integer, 9007199254740993);
  EXPECT_EQ(value.find("b")->items[3].integer, INT64_MIN);
  EXPECT_EQ(encode_hex(make_bound_cbor(value).value()),
            "a261611b00200000000000016162"
            "84f6f561783b7fffffffffffffff");
}

TEST(CanonicalOf, FailsIfANumberIsNoInteger) {
  for (const char* text :
       {"[1.0]", "[1e2]", "[9223372036854775808]", "[-0.0]", "[18446744073709551616]"}) {
    const Result<Value> value = from_json(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error(), (Error{ErrorCode::cbor_unsupported, Check::none, 1})) << text;
  }
}

TEST(MakeBoundCbor, FailsBeforeARunOfMarksTakesLong) {
  std::string marks = "a";
  for (int i = 0; i < 4096; ++i) {
    marks += "\u0323";
  }
  EXPECT_EQ(make_bound_cbor(Value::make_text(marks)).error().code, ErrorCode::text_length_wrong);
  EXPECT_TRUE(make_bound_cbor(Value::make_text(std::string(100000, 'a'))).has_value());
}

TEST(MakeBoundCbor, FailsIfATextIsNotInNfc) {
  const char* nested = "{\"a\":[{\"b\":\"e\xcc\x81\"}]}";
  EXPECT_EQ(make_bound_cbor(from_json(nested).value()).error().code,
            ErrorCode::binding_text_not_normalized);
  EXPECT_TRUE(make_bound_cbor(from_json("{\"a\":\"\xc3\xa9\"}").value()).has_value());
  EXPECT_EQ(make_bound_cbor(Value::make_text("\xff")).error().code, ErrorCode::utf8_invalid);
}

TEST(BoundDigest, IsTheTaggedHashOfTheEncoding) {
  const OpenSslHasher hasher;
  const Value value = Value::make_integer(1);
  EXPECT_EQ(bound_digest(hasher, "countersign/1/view", value).value(),
            tagged_hash(hasher, "countersign/1/view", ByteVector{1}));
}

TEST(ParseHex, FailsIfItIsNotLowerCasePairs) {
  EXPECT_EQ(parse_hex("00ff").value(), (ByteVector{0, 255}));
  for (const char* hex : {"0", "0G", "FF", "0x00", " 00", "00 "}) {
    EXPECT_FALSE(parse_hex(hex).has_value()) << hex;
  }
  EXPECT_FALSE(parse_digest(std::string(62, '0')).has_value());
  EXPECT_FALSE(parse_digest(std::string(66, '0')).has_value());
  EXPECT_EQ(encode_hex(parse_digest(std::string(64, 'a')).value()), std::string(64, 'a'));
}

TEST(HasExactly, CountsEveryMember) {
  const Value map = from_json(R"({"a":1,"b":2})").value();
  EXPECT_TRUE(has_exactly(map, {"b", "a"}));
  EXPECT_FALSE(has_exactly(map, {"a"}));
  EXPECT_FALSE(has_exactly(map, {"a", "c"}));
  EXPECT_FALSE(has_exactly(map, {"a", "b", "c"}));
  EXPECT_FALSE(has_exactly(Value::make_null(), {}));
}

}  // namespace
}  // namespace countersign
