#include "model/client_data.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kRequired =
    R"("type":"webauthn.get","challenge":"AAECAw","origin":"https://example.org")";

std::string document(std::string_view more) {
  return "{" + std::string(kRequired) + std::string(more) + "}";
}

void expect_refused(std::string_view text, ErrorCode code, std::uint32_t offset = 0) {
  const Result<ClientData> client_data = parse_client_data(bytes_of(text));
  ASSERT_FALSE(client_data.has_value()) << text;
  EXPECT_EQ(error_name(client_data.error().code), error_name(code)) << text;
  EXPECT_EQ(client_data.error().offset, offset) << text;
}

ClientData parsed(std::string_view text) {
  const Result<ClientData> client_data = parse_client_data(bytes_of(text));
  EXPECT_TRUE(client_data.has_value()) << text;
  return client_data.has_value() ? *client_data : ClientData{};
}

TEST(ClientData, ReadsWhatBrowsersWrite) {
  const std::string text = document(R"(,"crossOrigin":true,"topOrigin":"https://top.example")");
  const ClientData client_data = parsed(text);
  EXPECT_EQ(client_data.type, "webauthn.get");
  EXPECT_EQ(client_data.challenge, (ByteVector{0, 1, 2, 3}));
  EXPECT_EQ(client_data.origin, "https://example.org");
  EXPECT_EQ(client_data.cross_origin, true);
  EXPECT_EQ(client_data.top_origin, "https://top.example");
  EXPECT_EQ(client_data.encoded, testing::bytes(text));
}

TEST(ClientData, CrossOriginAndTopOriginMayBeAbsent) {
  const ClientData client_data = parsed(document(""));
  EXPECT_EQ(client_data.cross_origin, std::nullopt);
  EXPECT_EQ(client_data.top_origin, std::nullopt);
  EXPECT_EQ(parsed(document(R"(,"crossOrigin":false)")).cross_origin, false);
}

TEST(ClientData, IgnoresUnknownMembersInAnyOrderAndPlace) {
  const ClientData client_data = parsed(
      R"({"extra":{"deep":[1,2.5,{"type":"x"}]},"origin":"o","z":null,)"
      R"("challenge":"AA","other_keys_can_be_added_here":"do not compare clientDataJSON against a template",)"
      R"("type":"t"})");
  EXPECT_EQ(client_data.type, "t");
  EXPECT_EQ(client_data.origin, "o");
  // A member of a member is no member.
  expect_refused(R"({"a":{"type":"webauthn.get"},"challenge":"AA","origin":"o"})",
                 ErrorCode::client_data_malformed);
}

TEST(ClientData, StripsOneByteOrderMarkForParsingAndKeepsItInTheRawBytes) {
  const std::string text = "\xef\xbb\xbf" + document("");
  const ClientData client_data = parsed(text);
  EXPECT_EQ(client_data.type, "webauthn.get");
  EXPECT_EQ(client_data.encoded, testing::bytes(text));
  expect_refused("\xef\xbb\xbf\xef\xbb\xbf{}", ErrorCode::json_byte_order_mark, 3);
  expect_refused("\xef\xbb\xbf{x", ErrorCode::json_syntax, 4);
}

TEST(ClientData, MemberNamesAreComparedAfterUnescaping) {
  EXPECT_EQ(parsed(R"({"t\u0079pe":"t","challenge":"AA","origin":"\u0068ttps:\/\/x"})").origin,
            "https://x");
}

TEST(ClientData, FailsIfTheTextIsNotUtf8) {
  expect_refused("{\"a\":\"\xff\"}", ErrorCode::utf8_invalid, 6);
  expect_refused("\xff\xfe{", ErrorCode::utf8_invalid, 0);
}

TEST(ClientData, FailsIfTheTextIsNotJson) {
  expect_refused("", ErrorCode::json_syntax, 0);
  expect_refused("{", ErrorCode::json_syntax, 1);
  expect_refused(document("") + "x", ErrorCode::json_syntax,
                 static_cast<std::uint32_t>(document("").size()));
  expect_refused(document("") + std::string(1, '\0'), ErrorCode::json_syntax,
                 static_cast<std::uint32_t>(document("").size()));
  expect_refused(std::string(40, '['), ErrorCode::json_too_deep, 32);
}

TEST(ClientData, FailsIfTheTextIsNoObject) {
  for (const std::string_view text : {"[]", "null", "\"x\"", "1", "true"}) {
    expect_refused(text, ErrorCode::client_data_malformed);
  }
}

TEST(ClientData, FailsIfAMemberIsDuplicate) {
  expect_refused(document(R"(,"type":"webauthn.create")"), ErrorCode::json_duplicate_key,
                 static_cast<std::uint32_t>(kRequired.size() + 2));
  expect_refused(document(R"(,"\u0074ype":"webauthn.get")"), ErrorCode::json_duplicate_key,
                 static_cast<std::uint32_t>(kRequired.size() + 2));
  expect_refused(document(R"(,"x":1,"x":1)"), ErrorCode::json_duplicate_key,
                 static_cast<std::uint32_t>(kRequired.size() + 8));
}

TEST(ClientData, FailsIfARequiredMemberIsMissing) {
  expect_refused(R"({"challenge":"AA","origin":"o"})", ErrorCode::client_data_malformed);
  expect_refused(R"({"type":"t","origin":"o"})", ErrorCode::client_data_malformed);
  expect_refused(R"({"type":"t","challenge":"AA"})", ErrorCode::client_data_malformed);
  expect_refused("{}", ErrorCode::client_data_malformed);
}

TEST(ClientData, FailsIfAMemberHasTheWrongType) {
  const std::string_view wrong[] = {"{}", "[]", "true", "false", "1469", "1.5", "null", "[\"AA\"]"};
  for (const std::string_view value : wrong) {
    const std::string text(value);
    expect_refused(R"({"challenge":"AA","origin":"o","type":)" + text + "}",
                   ErrorCode::client_data_malformed);
    expect_refused(R"({"type":"t","origin":"o","challenge":)" + text + "}",
                   ErrorCode::client_data_malformed);
    expect_refused(R"({"type":"t","challenge":"AA","origin":)" + text + "}",
                   ErrorCode::client_data_malformed);
    expect_refused(document(",\"topOrigin\":" + text), ErrorCode::client_data_malformed);
    if (value != "true" && value != "false") {
      expect_refused(document(",\"crossOrigin\":" + text), ErrorCode::client_data_malformed);
    }
  }
  expect_refused(document(R"(,"crossOrigin":"true")"), ErrorCode::client_data_malformed);
  expect_refused(document(R"(,"crossOrigin":"")"), ErrorCode::client_data_malformed);
}

TEST(ClientData, AcceptsAnyTextForTypeAndOriginSinceTheirRulesComeLater) {
  const ClientData client_data = parsed(R"({"type":"","challenge":"AA","origin":""})");
  EXPECT_EQ(client_data.type, "");
  EXPECT_EQ(client_data.origin, "");
}

TEST(ClientData, FailsIfTheChallengeIsEmpty) {
  expect_refused(R"({"type":"t","challenge":"","origin":"o"})", ErrorCode::client_data_malformed);
}

TEST(ClientData, FailsIfTheChallengeIsNotStrictBase64Url) {
  const std::pair<std::string_view, std::uint32_t> challenges[] = {
      {"AAECAw==", 6}, {"AA+A", 2}, {"AA/A", 2}, {"AA\\nAA", 2},      {"AAE C", 3},
      {"A", 0},        {"AB", 1},   {"AAB", 2},  {"AAECAw\\u0000", 6}};
  for (const auto& [challenge, offset] : challenges) {
    expect_refused(R"({"type":"t","challenge":")" + std::string(challenge) + R"(","origin":"o"})",
                   ErrorCode::base64url_invalid, offset);
  }
}

TEST(ClientData, ToleratesAWellFormedTokenBinding) {
  for (const std::string_view binding :
       {R"({"status":"present","id":"AA"})", R"({"status":"present"})", R"({"status":"supported"})",
        R"({"status":"not-supported","x":1})"}) {
    EXPECT_EQ(parsed(document(",\"tokenBinding\":" + std::string(binding))).type, "webauthn.get");
  }
}

TEST(ClientData, FailsIfTokenBindingIsMalformed) {
  for (const std::string_view binding :
       {"null", "\"supported\"", "[]", "true", "1469", "{}", R"({"status":null})",
        R"({"status":1469})", R"({"status":true})", R"({"status":{}})", R"({"status":["present"]})",
        R"({"status":""})", R"({"status":"Present"})", R"({"status":"unknown"})", R"({"id":"AA"})",
        R"({"status":"present","id":1})"}) {
    expect_refused(document(",\"tokenBinding\":" + std::string(binding)),
                   ErrorCode::token_binding_malformed);
  }
}

TEST(ClientData, FailsIfTheTextIsTooLong) {
  const std::string start = document(",\"x\":\"");
  std::string text = start.substr(0, start.size() - 1);
  text += std::string(limits::kMaxClientDataBytes - text.size() - 2, 'x') + "\"}";
  ASSERT_EQ(text.size(), limits::kMaxClientDataBytes);
  EXPECT_TRUE(parse_client_data(bytes_of(text)).has_value());
  expect_refused(text + " ", ErrorCode::input_too_large);
}

}  // namespace
}  // namespace countersign
