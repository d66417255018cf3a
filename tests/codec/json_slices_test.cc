#include "codec/json_slices.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "codec/json_reader.h"

namespace countersign {
namespace {

std::string verdict(std::string_view text, std::size_t max_members = 8) {
  const auto members = slice_json_object(text, max_members);
  return members.has_value() ? "ok" : std::string(error_name(members.error().code));
}

TEST(SliceJsonObject, KeepsValuesAsText) {
  const auto members = slice_json_object(
      " { \"a\" : [1, {\"b\":[]}] ,\"\\u0062\":\"x\\\"}\" ,\n\"c\":-1.5e3,\"d\":{},\"\":null } ",
      8);
  ASSERT_TRUE(members.has_value());
  const std::pair<std::string_view, std::string_view> expected[] = {
      {"a", "[1, {\"b\":[]}]"}, {"b", "\"x\\\"}\""}, {"c", "-1.5e3"}, {"d", "{}"}, {"", "null"}};
  ASSERT_EQ(members->size(), std::size(expected));
  for (std::size_t i = 0; i < members->size(); ++i) {
    EXPECT_EQ((*members)[i].name, expected[i].first);
    EXPECT_EQ((*members)[i].value, expected[i].second);
  }
}

TEST(SliceJsonObject, ReadsAnEmptyObject) {
  EXPECT_TRUE(slice_json_object("{}", 0).value().empty());
  EXPECT_TRUE(slice_json_object("{ }", 0).value().empty());
}

TEST(SliceJsonObject, FailsIfAMemberIsThereTwice) {
  const auto members = slice_json_object(R"({"a":1,"b":2,"\u0061":3})", 8);
  ASSERT_FALSE(members.has_value());
  EXPECT_EQ(members.error().code, ErrorCode::json_duplicate_key);
  EXPECT_EQ(members.error().offset, 13U);
}

TEST(SliceJsonObject, DuplicatesInsideAreForTheReaderOfTheSlice) {
  EXPECT_EQ(verdict(R"({"a":{"b":1,"b":2}})"), "ok");
}

TEST(SliceJsonObject, FailsIfThereAreTooManyMembers) {
  EXPECT_EQ(verdict(R"({"a":1,"b":2})", 2), "ok");
  EXPECT_EQ(verdict(R"({"a":1,"b":2})", 1), "json_too_large");
}

TEST(SliceJsonObject, FailsIfItBeginsWithAByteOrderMark) {
  EXPECT_EQ(verdict("\xef\xbb\xbf{}"), "json_byte_order_mark");
}

TEST(SliceJsonObject, FailsIfItIsNoObject) {
  for (const std::string_view text : {"", " ", "[]", "null", "\"{}\"", "1", "<html></html>"}) {
    EXPECT_EQ(verdict(text), "json_syntax") << text;
  }
}

// Whatever is wrong inside of a value is wrong with the document, as parse_json sees it.
TEST(SliceJsonObject, AcceptsTheTextsThatParseJsonAccepts) {
  constexpr std::string_view kTexts[] = {
      "1",
      "-0",
      "01",
      "1.",
      ".5",
      "1e",
      "1e+",
      "1e5",
      "-",
      "+1",
      "1e999",
      "1e-999",
      "true",
      "tru",
      "truex",
      "nul",
      "null",
      "\"a\"",
      "\"a",
      "\"\\x\"",
      "\"\\u12\"",
      "\"\\ud800\"",
      "\"\\ud834\\udd1e\"",
      "\"\\udd1e\"",
      "\"\t\"",
      "\"\x80\"",
      "\"\xed\xa0\x80\"",
      "\"\xc3\xbc\"",
      "[",
      "]",
      "[]",
      "[1]",
      "[1,]",
      "[,1]",
      "[1 2]",
      "[1,2]",
      "[[[]]]",
      "[[[]]",
      "[[}]",
      "{",
      "{}",
      "{\"a\"}",
      "{\"a\":}",
      "{\"a\":1}",
      "{\"a\":1,}",
      "{,}",
      "{a:1}",
      "{\"a\" 1}",
      "{\"a\":1]",
      "{1:1}",
      "{\"a\":1 \"b\":2}",
      "[1}",
      "\"a\"b",
      "1 1",
      "/**/1",
      "NaN",
      "'a'",
      "{\"a\":[{\"b\":[[],{}]}],\"c\":\"]\"}",
  };
  std::size_t accepted = 0;
  for (const std::string_view text : kTexts) {
    const bool is_json = parse_json(text).has_value();
    accepted += is_json ? 1 : 0;
    EXPECT_EQ(verdict("{\"m\":" + std::string(text) + "}") == "ok", is_json) << text;
    EXPECT_EQ(slice_json_array("[" + std::string(text) + "]", 1).has_value(), is_json) << text;
  }
  EXPECT_EQ(accepted, 16U);
}

TEST(SliceJsonObject, FailsIfTruncatedAnywhere) {
  constexpr std::string_view kText = R"({"a":[1,{"b":"c\n"},true],"d":{"e":null}})";
  ASSERT_EQ(verdict(kText), "ok");
  for (std::size_t size = 0; size < kText.size(); ++size) {
    EXPECT_EQ(verdict(kText.substr(0, size)), "json_syntax") << size;
  }
}

TEST(SliceJsonObject, FailsIfThereIsARest) {
  EXPECT_EQ(verdict("{}{}"), "json_syntax");
  EXPECT_EQ(verdict("{},"), "json_syntax");
  EXPECT_EQ(verdict(std::string_view("{}\0", 3)), "json_syntax");
}

TEST(SliceJsonObject, PassesOverDeepValuesUpToItsLimit) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(verdict(nested(limits::kMaxJsonDepth + 1)), "ok");
  EXPECT_EQ(verdict(nested(limits::kMaxJsonSliceDepth)), "ok");
  EXPECT_EQ(verdict(nested(limits::kMaxJsonSliceDepth + 1)), "json_too_deep");
  EXPECT_EQ(verdict("{\"a\":" + std::string(1000000, '[')), "json_too_deep");
}

TEST(SliceJsonArray, KeepsElementsAsText) {
  const std::string text = " [ {\"a\":1} , \"b\",[ ] ] ";
  EXPECT_EQ(slice_json_array(text, 3).value(),
            (std::vector<std::string_view>{"{\"a\":1}", "\"b\"", "[ ]"}));
  EXPECT_TRUE(slice_json_array("[]", 0).value().empty());
}

TEST(SliceJsonArray, FailsIfThereAreTooManyElements) {
  EXPECT_TRUE(slice_json_array("[1,2]", 2).has_value());
  EXPECT_EQ(slice_json_array("[1,2]", 1).error().code, ErrorCode::json_too_large);
}

TEST(SliceJsonArray, FailsIfItIsNoArray) {
  for (const std::string_view text : {"", "{}", "[1", "[1,", "[1]]", "[1],", "1", "[1}"}) {
    const auto elements = slice_json_array(text, 8);
    ASSERT_FALSE(elements.has_value()) << text;
    EXPECT_EQ(elements.error().code, ErrorCode::json_syntax) << text;
  }
}

TEST(PeekJsonMember, FindsTheMemberInABeginning) {
  constexpr std::string_view kText = R"({"legalHeader":"a,\"no\":1}","no" : 31 ,"entries":[{"a)";
  EXPECT_EQ(peek_json_member(kText, "no"), "31");
  EXPECT_EQ(peek_json_member(kText, "legalHeader"), "\"a,\\\"no\\\":1}\"");
  EXPECT_FALSE(peek_json_member(kText, "entries").has_value());
  EXPECT_FALSE(peek_json_member(kText, "other").has_value());
}

TEST(PeekJsonMember, NothingIfTheValueMayGoOn) {
  EXPECT_FALSE(peek_json_member(R"({"no":3)", "no").has_value());
  EXPECT_FALSE(peek_json_member(R"({"no":3 )", "no").has_value());
  EXPECT_EQ(peek_json_member(R"({"no":3})", "no"), "3");
  EXPECT_EQ(peek_json_member(R"({"no":3,)", "no"), "3");
}

TEST(PeekJsonMember, NothingIfItIsNoObject) {
  for (const std::string_view text : {"", "[", "<html>", "{}", "{\"no\"", "{no:1}", "\"no\":1,"}) {
    EXPECT_FALSE(peek_json_member(text, "no").has_value()) << text;
  }
}

}  // namespace
}  // namespace countersign
