#include "codec/json_reader.h"

#include <gtest/gtest.h>

#include <clocale>
#include <limits>

namespace countersign {
namespace {

using namespace std::string_view_literals;

void expect_refused(std::string_view text, ErrorCode code, std::size_t offset,
                    const JsonOptions& options = {}) {
  const Result<JsonValue> value = parse_json(text, options);
  ASSERT_FALSE(value.has_value()) << text;
  EXPECT_EQ(error_name(value.error().code), error_name(code)) << text.substr(0, 80);
  EXPECT_EQ(value.error().offset, offset) << text.substr(0, 80);
}

JsonValue parsed(std::string_view text, const JsonOptions& options = {}) {
  const Result<JsonValue> value = parse_json(text, options);
  EXPECT_TRUE(value.has_value()) << text.substr(0, 80);
  return value.has_value() ? *value : JsonValue{};
}

TEST(JsonReader, ReadsEveryType) {
  const JsonValue value = parsed(
      " {\"null\" : null, \"true\":true,\"false\":false,\"int\":-12,\"float\":1.50e+2,"
      "\"text\":\"a\\u00fc\\n\\ud834\\udd1e\",\"list\":[1,[],{}],\"object\":{\"in\":\"\"}} \n\t\r");
  ASSERT_TRUE(value.is_object());
  EXPECT_EQ(value.members.size(), 8U);
  EXPECT_TRUE(value.find("null")->is_null());
  EXPECT_TRUE(value.find("true")->is_boolean());
  EXPECT_TRUE(value.find("true")->boolean);
  EXPECT_TRUE(value.find("false")->is_boolean());
  EXPECT_FALSE(value.find("false")->boolean);
  EXPECT_TRUE(value.find("int")->is_integer());
  EXPECT_EQ(value.find("int")->integer, -12);
  EXPECT_TRUE(value.find("float")->is(JsonValue::Type::number));
  EXPECT_EQ(value.find("float")->string, "1.50e+2");
  EXPECT_TRUE(value.find("text")->is_string());
  EXPECT_EQ(value.find("text")->string, "a\xc3\xbc\n\xf0\x9d\x84\x9e");
  ASSERT_TRUE(value.find("list")->is_array());
  EXPECT_EQ(value.find("list")->items.size(), 3U);
  EXPECT_TRUE(value.find("list")->items[1].is_array());
  EXPECT_EQ(value.find("object")->find("in")->string, "");
  EXPECT_EQ(value.find("absent"), nullptr);
  EXPECT_EQ(value.find("text")->find("x"), nullptr);
}

TEST(JsonReader, ReadsScalarsAtTheTop) {
  EXPECT_TRUE(parsed("null").is_null());
  EXPECT_EQ(parsed("\"x\"").string, "x");
  EXPECT_EQ(parsed("7").integer, 7);
  EXPECT_TRUE(parsed(" true ").boolean);
}

TEST(JsonReader, KeepsMembersInInputOrder) {
  const JsonValue value = parsed(R"({"z":1,"a":2,"m":3})");
  EXPECT_EQ(value.members[0].first, "z");
  EXPECT_EQ(value.members[1].first, "a");
  EXPECT_EQ(value.members[2].first, "m");
}

TEST(JsonReader, KeepsIntegersOf64Bits) {
  EXPECT_EQ(parsed("9223372036854775807").integer, std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(parsed("9223372036854775807").is_unsigned_64);
  EXPECT_EQ(parsed("-9223372036854775808").integer, std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(parsed("-9223372036854775808").is_unsigned_64);
  EXPECT_EQ(parsed("9007199254740993").integer, 9007199254740993) << "no double in between";
  const JsonValue above = parsed("9223372036854775808");
  EXPECT_TRUE(above.is_integer());
  EXPECT_TRUE(above.is_unsigned_64);
  EXPECT_EQ(static_cast<std::uint64_t>(above.integer), 9223372036854775808ULL);
  EXPECT_EQ(static_cast<std::uint64_t>(parsed("18446744073709551615").integer),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parsed("-0").integer, 0);
}

TEST(JsonReader, KeepsOtherNumbersAsTheyAreWritten) {
  for (const std::string_view text :
       {"18446744073709551616", "-9223372036854775809", "1.0", "0.5", "-0.0", "1e2", "1E-2",
        "1.25e+10", "123456789012345678901234567890", "5e-324", "1e-400"}) {
    const JsonValue value = parsed(text);
    EXPECT_TRUE(value.is(JsonValue::Type::number)) << text;
    EXPECT_EQ(value.string, text);
  }
}

TEST(JsonReader, FailsIfANumberIs1e309OrMore) {
  // Where doubles end is a question to the platform's conversion; this bound is not.
  const std::string digits(309, '0');
  for (const std::string& number :
       {std::string("1e309"), std::string("1E+309"), std::string("10e308"), std::string("0.01e311"),
        std::string("1e999"), std::string("1e99999999999999999999999"), "1" + digits,
        "1" + digits + ".5", "1" + digits + "e0", "1" + digits + "0e-1", "0." + digits + "1e619",
        std::string("123.456e307")}) {
    expect_refused(number, ErrorCode::json_syntax, number.size() - 1);
    expect_refused("[ -" + number + "]", ErrorCode::json_syntax, number.size() + 2);
  }
  for (const std::string& number :
       {std::string("9.999999999999999e308"), std::string("0e999"), std::string("0.000e99999"),
        std::string("1e-999"), std::string("99e307"), std::string("0.1e309"),
        std::string("0.01e310"), std::string("123.456e306"), "9" + digits.substr(1),
        "1" + digits + "e-1", "0." + digits + "1e618", "1" + digits + "0e-2"}) {
    EXPECT_EQ(parsed(number).string, number);
    EXPECT_TRUE(parsed(number).is(JsonValue::Type::number));
  }
}

TEST(JsonReader, FailsIfTheTextIsNotJson) {
  struct Case {
    std::string_view text;
    std::size_t offset;  // the byte at which the parser stopped
  };
  const Case cases[] = {{"", 0},
                        {" ", 1},
                        {"{", 1},
                        {"[", 1},
                        {"{\"a\"", 4},
                        {"{\"a\":", 5},
                        {"{\"a\":1", 6},
                        {"{\"a\":1,", 7},
                        {"{\"a\":1,}", 7},
                        {"[1,]", 3},
                        {"[1 2]", 3},
                        {"{} {}", 3},
                        {"{}x", 2},
                        {"01", 1},
                        {"+1", 0},
                        {"1.", 2},
                        {".5", 0},
                        {"1e", 2},
                        {"-", 1},
                        {"0x10", 1},
                        {"nul", 3},
                        {"True", 0},
                        {"NaN", 0},
                        {"Infinity", 0},
                        {"'a'", 0},
                        {"\"a", 2},
                        {"\"\\x\"", 2},
                        {"\"\\u12g4\"", 5},
                        {"\"\n\"", 1},
                        {"\"\t\"", 1},
                        {"{a:1}", 1},
                        {"{1:1}", 1},
                        {"[1}", 2},
                        {"{\"a\":1]", 6},
                        {"]", 0},
                        {"// c\n1", 0},
                        {"/* c */ 1", 0},
                        {"[,1]", 1},
                        {"{\"a\" 1}", 5},
                        {"undefined", 0},
                        {"\"\x7f\x80\"", 2}};
  for (const Case& each : cases) {
    expect_refused(each.text, ErrorCode::json_syntax, each.offset);
  }
}

TEST(JsonReader, FailsIfAStringIsNotUtf8) {
  for (const std::string_view text :
       {"\"\xff\"", "\"\xc0\x80\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
        "\"\xf0\x80\x80\x80\"", "\"\x80\"", "{\"\xe0\x80\x80\":1}"}) {
    const Result<JsonValue> value = parse_json(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, ErrorCode::json_syntax);
  }
}

TEST(JsonReader, EveryOctetCountsAtEveryPlaceOfAString) {
  // The reader looks at eight octets at once where it can.
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (unsigned octet = 0; octet <= 0xff; ++octet) {
        std::string content(size, 'x');
        content[at] = static_cast<char>(octet);
        const std::string text = "\"" + content + "\"";
        if (octet < 0x20 || octet >= 0x80) {
          expect_refused(text, ErrorCode::json_syntax, at + 1);
        } else if (octet == '"') {
          expect_refused(text, ErrorCode::json_syntax, at + 2);
        } else if (octet == '\\') {
          expect_refused(text, ErrorCode::json_syntax, at + 1 < size ? at + 2 : text.size());
        } else {
          ASSERT_EQ(parsed(text).string, content);
        }
      }
    }
  }
}

TEST(JsonReader, FailsForLoneSurrogates) {
  for (const std::string_view text :
       {R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")", R"("\ud800x")", R"("\ud800\ud800")"}) {
    const Result<JsonValue> value = parse_json(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, ErrorCode::json_syntax);
  }
}

TEST(JsonReader, FailsForANulOctetAndWhatItWouldHide) {
  expect_refused("{}\0"sv, ErrorCode::json_syntax, 2);
  expect_refused("{}\0{\"a\":1}"sv, ErrorCode::json_syntax, 2);
  expect_refused("\0"sv, ErrorCode::json_syntax, 0);
  expect_refused("[1,\0 2]"sv, ErrorCode::json_syntax, 3);
  expect_refused("\"a\0b\""sv, ErrorCode::json_syntax, 2);
}

TEST(JsonReader, KeepsAnEscapedNul) {
  EXPECT_EQ(parsed("{\"a\\u0000b\":\"c\\u0000\"}").find("a\0b"sv)->string, "c\0"sv);
  EXPECT_EQ(parsed("{\"a\\u0000b\":1}").find("a"), nullptr);
}

TEST(JsonReader, FailsForAByteOrderMark) {
  expect_refused("\xef\xbb\xbf{}", ErrorCode::json_byte_order_mark, 0);
  expect_refused("\xef\xbb\xbf", ErrorCode::json_byte_order_mark, 0);
  expect_refused(" \xef\xbb\xbf{}", ErrorCode::json_syntax, 1);
  EXPECT_EQ(parsed("\"\xef\xbb\xbf\"").string, "\xef\xbb\xbf") << "inside a string it is text";
}

TEST(JsonReader, FailsIfAMemberIsDuplicate) {
  expect_refused(R"({"a":1,"a":1})", ErrorCode::json_duplicate_key, 7);
  expect_refused(R"({"a":1 , "b" : 2 ,  "a" :3})", ErrorCode::json_duplicate_key, 20);
  expect_refused(R"([{"x":{"a":{},"b":[],"a":null}}])", ErrorCode::json_duplicate_key, 21);
  expect_refused(R"({"":1,"":2})", ErrorCode::json_duplicate_key, 6);
  // The same name after unescaping.
  expect_refused(R"({"type":1,"t\u0079pe":2})", ErrorCode::json_duplicate_key, 10);
  expect_refused(R"({"/":1,"\/":2})", ErrorCode::json_duplicate_key, 7);
}

TEST(JsonReader, TellsTheFirstDuplicate) {
  expect_refused(R"({"b":0,"a":0,"a":0,"b":0})", ErrorCode::json_duplicate_key, 13);
}

TEST(JsonReader, AcceptsTheSameNameInDifferentObjects) {
  EXPECT_TRUE(parse_json(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"A":0})").has_value());
}

TEST(JsonReader, FindsADuplicateInAHostileObjectWithoutQuadraticWork) {
  std::string text = "{";
  const int count = 19000;
  for (int i = 0; i < count; ++i) {
    text += "\"" + std::to_string(100000 + i) + "\":0,";
  }
  const std::size_t offset = text.size();
  text += "\"100000\":0}";
  expect_refused(text, ErrorCode::json_duplicate_key, offset);
}

TEST(JsonReader, FailsIfNestedTooDeeply) {
  const std::size_t depth = limits::kMaxJsonDepth;
  EXPECT_TRUE(parse_json(std::string(depth, '[') + std::string(depth, ']')).has_value());
  expect_refused(std::string(depth + 1, '[') + std::string(depth + 1, ']'),
                 ErrorCode::json_too_deep, depth);
  expect_refused(std::string(100000, '['), ErrorCode::json_too_deep, depth);
  std::string objects;
  for (std::size_t i = 0; i < depth; ++i) {
    objects += "{\"a\": ";
  }
  expect_refused(objects + "{}", ErrorCode::json_too_deep, objects.size());
  expect_refused("[{\"a\":1}, {}]", ErrorCode::json_too_deep, 1, {100, 1, 100});
  EXPECT_TRUE(parse_json("1", {100, 0, 100}).has_value());
}

TEST(JsonReader, FailsIfTheTextIsTooLong) {
  EXPECT_TRUE(parse_json("[1]", {3, 8, 8}).has_value());
  expect_refused("[1] ", ErrorCode::json_too_large, 3, {3, 8, 8});
  expect_refused(std::string(limits::kMaxJsonBytes + 1, ' '), ErrorCode::json_too_large,
                 limits::kMaxJsonBytes);
}

TEST(JsonReader, FailsIfThereAreTooManyValues) {
  const JsonOptions four{1000, 8, 4};
  EXPECT_TRUE(parse_json("[1,2,3]", four).has_value());
  expect_refused("[1, 2,3, 40, 5]", ErrorCode::json_too_large, 9, four);
  expect_refused("[1,2,3, \"x\"]", ErrorCode::json_too_large, 8, four);
  expect_refused("[1,[2,{ } ]]", ErrorCode::json_too_large, 6, four);
  expect_refused("{\"a\":1,\"b\":2,\"c\":3,\"d\" : true}", ErrorCode::json_too_large, 25, four);
  expect_refused("1", ErrorCode::json_too_large, 0, {1000, 8, 0});
  std::string list = "[0";
  for (std::size_t i = 2; i < limits::kMaxJsonNodes; ++i) {
    list += ",0";
  }
  EXPECT_TRUE(parse_json(list + "]").has_value());
  expect_refused(list + ",0]", ErrorCode::json_too_large, list.size() + 1);
}

TEST(JsonReader, ASyntaxErrorStandsWhereItIsAlsoBehindNumbers) {
  expect_refused("[10,20,30 x]", ErrorCode::json_syntax, 10);
  expect_refused("[12345x]", ErrorCode::json_syntax, 6);
}

TEST(JsonReader, NumbersDoNotDependOnTheLocale) {
  // Not every machine has such a locale; with the C locale the test is weaker but true.
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  std::setlocale(LC_NUMERIC, "de_DE.UTF-8");
  const JsonValue value = parsed("[1.5,-2.25e3]");
  std::setlocale(LC_NUMERIC, before.c_str());
  EXPECT_EQ(value.items[0].string, "1.5");
  EXPECT_EQ(value.items[1].string, "-2.25e3");
}

TEST(JsonReader, EveryPrefixOfADocumentIsRefused) {
  constexpr std::string_view kDocument =
      R"({"id":"AA","n":[1,-2.5,true,null,"\u00fc"],"o":{"a":{}}})";
  ASSERT_TRUE(parse_json(kDocument).has_value());
  for (std::size_t size = 0; size < kDocument.size(); ++size) {
    expect_refused(kDocument.substr(0, size), ErrorCode::json_syntax, size);
  }
}

TEST(JsonReader, CopiesAndMovesKeepTheTree) {
  JsonValue value = parsed(R"({"a":[1,2]})");
  JsonValue copy = value;
  const JsonValue moved = std::move(value);
  EXPECT_EQ(copy.find("a")->items.size(), 2U);
  EXPECT_EQ(moved.find("a")->items[1].integer, 2);
  copy = moved;
  EXPECT_EQ(copy.members.size(), 1U);
}

TEST(JsonReader, ValuesAndNamesKnowWhereTheyBegin) {
  const std::string_view text = R"( {"a" : [1, "x"], "\u0062":{"c":null}})";
  const JsonValue value = parse_json(text).value();
  EXPECT_EQ(value.offset, 1U);
  const JsonValue& list = *value.find("a");
  EXPECT_EQ(list.name_offset, text.find("\"a\""));
  EXPECT_EQ(list.offset, text.find('['));
  EXPECT_EQ(list.items[1].offset, text.find("\"x\""));
  const JsonValue& object = *value.find("b");
  EXPECT_EQ(object.name_offset, text.find("\"\\u0062"));
  EXPECT_EQ(object.find("c")->offset, text.find("null"));
}

}  // namespace
}  // namespace countersign
