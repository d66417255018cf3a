// RFC 8949 appendix A: every example is either read as the value it stands for or refused, and for
// each refusal the table says by which rule.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "codec/cbor_reader.h"
#include "codec/json_reader.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

using testing::from_hex;
using testing::to_hex;

struct Example {
  std::string_view hex;
  std::string_view diagnostic;  // of the value; a float as its encoding, since it is kept opaque
  ErrorCode refusal = ErrorCode::internal_error;  // where there is no diagnostic
  std::uint32_t offset = 0;
};

constexpr Example refused(std::string_view hex, ErrorCode code, std::uint32_t offset = 0) {
  return {hex, "", code, offset};
}

const Example kExamples[] = {
    {"00", "0"},
    {"01", "1"},
    {"0a", "10"},
    {"17", "23"},
    {"1818", "24"},
    {"1819", "25"},
    {"1864", "100"},
    {"1903e8", "1000"},
    {"1a000f4240", "1000000"},
    {"1b000000e8d4a51000", "1000000000000"},
    // Integers are kept in 64 bits signed; nothing in WebAuthn or CTAP needs more.
    refused("1bffffffffffffffff", ErrorCode::cbor_integer_range),
    refused("3bffffffffffffffff", ErrorCode::cbor_integer_range),
    {"20", "-1"},
    {"29", "-10"},
    {"3863", "-100"},
    {"3903e7", "-1000"},
    {"f90000", "float(f90000)"},
    {"f98000", "float(f98000)"},
    {"f93c00", "float(f93c00)"},
    {"fb3ff199999999999a", "float(fb3ff199999999999a)"},
    {"f93e00", "float(f93e00)"},
    {"f97bff", "float(f97bff)"},
    {"fa47c35000", "float(fa47c35000)"},
    {"fa7f7fffff", "float(fa7f7fffff)"},
    {"fb7e37e43c8800759c", "float(fb7e37e43c8800759c)"},
    {"f90001", "float(f90001)"},
    {"f90400", "float(f90400)"},
    {"f9c400", "float(f9c400)"},
    {"fbc010666666666666", "float(fbc010666666666666)"},
    {"f97c00", "float(f97c00)"},
    {"f97e00", "float(f97e00)"},
    {"f9fc00", "float(f9fc00)"},
    {"fa7f800000", "float(fa7f800000)"},
    {"fa7fc00000", "float(fa7fc00000)"},
    {"faff800000", "float(faff800000)"},
    {"fb7ff0000000000000", "float(fb7ff0000000000000)"},
    {"fb7ff8000000000000", "float(fb7ff8000000000000)"},
    {"fbfff0000000000000", "float(fbfff0000000000000)"},
    {"f4", "false"},
    {"f5", "true"},
    {"f6", "null"},
    // undefined and other simple values: CTAP2 has false, true and null.
    refused("f7", ErrorCode::cbor_unsupported),
    refused("f0", ErrorCode::cbor_unsupported),
    refused("f818", ErrorCode::cbor_unsupported),
    refused("f8ff", ErrorCode::cbor_unsupported),
    // CTAP2 canonical form: "Tags as defined in Section 2.4 in [RFC7049] MUST NOT be present."
    refused("c249010000000000000000", ErrorCode::cbor_unsupported),
    refused("c349010000000000000000", ErrorCode::cbor_unsupported),
    refused("c074323031332d30332d32315432303a30343a30305a", ErrorCode::cbor_unsupported),
    refused("c11a514b67b0", ErrorCode::cbor_unsupported),
    refused("c1fb41d452d9ec200000", ErrorCode::cbor_unsupported),
    refused("d74401020304", ErrorCode::cbor_unsupported),
    refused("d818456449455446", ErrorCode::cbor_unsupported),
    refused("d82076687474703a2f2f7777772e6578616d706c652e636f6d", ErrorCode::cbor_unsupported),
    {"40", "h''"},
    {"4401020304", "h'01020304'"},
    {"60", "\"\""},
    {"6161", "\"a\""},
    {"6449455446", "\"IETF\""},
    {"62225c", "\"\"\\\""},
    {"62c3bc", "\"\xc3\xbc\""},
    {"63e6b0b4", "\"\xe6\xb0\xb4\""},
    {"64f0908591", "\"\xf0\x90\x85\x91\""},
    {"80", "[]"},
    {"83010203", "[1, 2, 3]"},
    {"8301820203820405", "[1, [2, 3], [4, 5]]"},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
     "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]"},
    {"a0", "{}"},
    {"a201020304", "{1: 2, 3: 4}"},
    {"a26161016162820203", "{\"a\": 1, \"b\": [2, 3]}"},
    {"826161a161626163", "[\"a\", {\"b\": \"c\"}]"},
    {"a56161614161626142616361436164614461656145",
     "{\"a\": \"A\", \"b\": \"B\", \"c\": \"C\", \"d\": \"D\", \"e\": \"E\"}"},
    // CTAP2 canonical form: lengths are definite.
    refused("5f42010243030405ff", ErrorCode::cbor_indefinite),
    refused("7f657374726561646d696e67ff", ErrorCode::cbor_indefinite),
    refused("9fff", ErrorCode::cbor_indefinite),
    refused("9f018202039f0405ffff", ErrorCode::cbor_indefinite),
    refused("9f01820203820405ff", ErrorCode::cbor_indefinite),
    refused("83018202039f0405ff", ErrorCode::cbor_indefinite, 5),
    refused("83019f0203ff820405", ErrorCode::cbor_indefinite, 2),
    refused("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
            ErrorCode::cbor_indefinite),
    refused("bf61610161629f0203ffff", ErrorCode::cbor_indefinite),
    refused("826161bf61626163ff", ErrorCode::cbor_indefinite, 3),
    refused("bf6346756ef563416d7421ff", ErrorCode::cbor_indefinite),
};

std::string diagnostic(const CborValue& value) {
  switch (value.type) {
    case CborValue::Type::integer:
      return std::to_string(value.integer);
    case CborValue::Type::bytes:
      return "h'" + to_hex(value.bytes) + "'";
    case CborValue::Type::text:
      return '"' + std::string(value.text()) + '"';
    case CborValue::Type::boolean:
      return value.boolean ? "true" : "false";
    case CborValue::Type::null:
      return "null";
    case CborValue::Type::floating:
      return "float(" + to_hex(value.encoded) + ")";
    case CborValue::Type::array: {
      std::string out = "[";
      for (const CborValue& item : value.items) {
        out += (out.size() > 1 ? ", " : "") + diagnostic(item);
      }
      return out + "]";
    }
    case CborValue::Type::map: {
      std::string out = "{";
      for (const CborMember& member : value.members) {
        out += (out.size() > 1 ? ", " : "") + diagnostic(member.first) + ": " +
               diagnostic(member.second);
      }
      return out + "}";
    }
  }
  return "";
}

TEST(CborAppendixA, EachExampleIsReadOrRefusedByItsRule) {
  for (const Example& example : kExamples) {
    const ByteVector input = from_hex(example.hex);
    const Result<CborValue> value = parse_cbor(input);
    if (example.diagnostic.empty()) {
      ASSERT_FALSE(value.has_value()) << example.hex;
      EXPECT_EQ(error_name(value.error().code), error_name(example.refusal)) << example.hex;
      EXPECT_EQ(value.error().offset, example.offset) << example.hex;
    } else {
      ASSERT_TRUE(value.has_value()) << example.hex;
      EXPECT_EQ(diagnostic(*value), example.diagnostic) << example.hex;
      EXPECT_TRUE(value->is_canonical);
    }
  }
}

TEST(CborAppendixA, TheTableHasEveryExampleOfTheVectorFile) {
  std::ifstream file(std::string(COUNTERSIGN_VECTORS_DIR) + "/cbor/appendix_a.json");
  if (!file) {
    GTEST_SKIP() << "the vectors are not here";
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const Result<JsonValue> vectors = parse_json(text);
  ASSERT_TRUE(vectors.has_value());
  std::set<std::string_view> in_table;
  for (const Example& example : kExamples) {
    EXPECT_TRUE(in_table.insert(example.hex).second) << example.hex << " is twice in the table";
  }
  for (const JsonValue& vector : vectors->items) {
    EXPECT_EQ(in_table.count(vector.find("hex")->string), 1U) << vector.find("hex")->string;
  }
  EXPECT_EQ(vectors->items.size(), in_table.size());
}

}  // namespace
}  // namespace countersign
