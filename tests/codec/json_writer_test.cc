#include "codec/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

#include "codec/json_reader.h"

namespace countersign {
namespace {

TEST(JsonWriter, WritesMembersInTheOrderGiven) {
  JsonWriter writer;
  writer.begin_object();
  writer.member("z").string("x");
  writer.member("a").begin_array();
  writer.integer(1);
  writer.boolean(true);
  writer.boolean(false);
  writer.null();
  writer.begin_object();
  writer.end_object();
  writer.begin_array();
  writer.end_array();
  writer.end_array();
  writer.member("b").base64url(ByteVector{0xfb, 0xff});
  writer.member("h").hex(ByteVector{0xfb, 0x0f});
  writer.member("raw").raw("{\"k\":1}");
  writer.member("last").begin_object();
  writer.member("in").null();
  writer.end_object();
  writer.end_object();
  constexpr std::string_view kExpected =
      R"({"z":"x","a":[1,true,false,null,{},[]],"b":"-_8","h":"fb0f","raw":{"k":1},"last":{"in":null}})";
  EXPECT_EQ(writer.text(), kExpected);
  EXPECT_EQ(std::move(writer).take(), kExpected);
}

TEST(JsonWriter, EscapesQuoteBackslashAndControls) {
  JsonWriter writer;
  std::string controls = "\"\\/";
  for (char c = 0; c < 0x20; ++c) {
    controls += c;
  }
  controls += "\x7f\xc3\xbc";
  writer.string(controls);
  EXPECT_EQ(writer.text(),
            "\"\\\"\\\\/\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\u0008\\t\\n"
            "\\u000b\\u000c\\r\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016"
            "\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f\x7f\xc3\xbc\"");
  const Result<JsonValue> back = parse_json(writer.text());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->string, controls);
}

TEST(JsonWriter, EscapesMemberNames) {
  JsonWriter writer;
  writer.begin_object();
  writer.member("a\"b\n").integer(0);
  writer.end_object();
  EXPECT_EQ(writer.text(), R"({"a\"b\n":0})");
}

TEST(JsonWriter, WritesIntegersOfAllSizes) {
  JsonWriter writer;
  writer.begin_array();
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{10}, std::int64_t{-1000},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    writer.integer(value);
  }
  writer.end_array();
  EXPECT_EQ(writer.text(), "[0,-1,10,-1000,9223372036854775807,-9223372036854775808]");
}

}  // namespace
}  // namespace countersign
