#include "native/http/message.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

ErrorCode refusal_of(const std::string& head) {
  const Result<RequestHead> parsed = parse_request_head(head);
  return parsed.has_value() ? ErrorCode{0} : parsed.error().code;
}

TEST(RequestHeadTest, ReadsWhatBrowsersSend) {
  const Result<RequestHead> head = parse_request_head(
      "POST /v1/x%20y?a=1&b=%41+c HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 12\r\n"
      "COOKIE:  a=b; c=d \r\nX-Empty:\r\nConnection: keep-alive\r\nExpect: 100-Continue\r\n\r\n");
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->request.method, "POST");
  EXPECT_EQ(head->request.path, "/v1/x%20y");
  EXPECT_EQ(head->request.query, "a=1&b=%41+c");
  EXPECT_EQ(head->request.header("cookie"), "a=b; c=d");
  EXPECT_EQ(head->request.header("x-empty"), "");
  EXPECT_FALSE(head->request.header("x-missing").has_value());
  EXPECT_EQ(head->content_length, 12U);
  EXPECT_TRUE(head->is_keep_alive);
  EXPECT_TRUE(head->is_continue_expected);
}

TEST(RequestHeadTest, KnowsWhenTheConnectionEnds) {
  EXPECT_FALSE(parse_request_head("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n")->is_keep_alive);
  EXPECT_FALSE(parse_request_head("GET / HTTP/1.0\r\n\r\n")->is_keep_alive);
  EXPECT_TRUE(parse_request_head("GET / HTTP/1.1\r\n\r\n")->is_keep_alive);
}

TEST(RequestHeadTest, FailsIfTheRequestLineIsNotExact) {
  for (const char* line :
       {"GET /", "GET  HTTP/1.1", "GET / HTTP/1.2", "GET / http/1.1", "GET / HTTP/1.1 ",
        " GET / HTTP/1.1", "GET\t/\tHTTP/1.1", "G(T / HTTP/1.1", "GET * HTTP/1.1", "GET x HTTP/1.1",
        "GET /a b HTTP/1.1", "GET /#f HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /\xc3\xa9 HTTP/1.1", "",
        "CONNECT evil:443 HTTP/1.1"}) {
    EXPECT_EQ(refusal_of(std::string(line) + "\r\n\r\n"), ErrorCode::request_malformed) << line;
  }
}

TEST(RequestHeadTest, FailsIfAHeaderFieldIsNotExact) {
  for (const std::string& field :
       {std::string("no colon"), std::string(": no name"), std::string("a b: c"),
        std::string("a : b"), std::string(" folded"), std::string("a: b\x01"),
        std::string("a: b\nc: d"), std::string("a: \0", 4), std::string("a\xc3: b")}) {
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n" + field + "\r\n\r\n"), ErrorCode::request_malformed)
        << field;
  }
}

TEST(RequestHeadTest, FailsIfLinesEndInAnythingButCrLf) {
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\n\n"), ErrorCode::request_malformed);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nA: b\n\r\n\r\n"), ErrorCode::request_malformed);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nA: b\r\n"), ErrorCode::request_malformed);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nA: b\r\r\n\r\n"), ErrorCode::request_malformed);
}

TEST(RequestHeadTest, FailsIfTheBodysLengthIsNotOneNumber) {
  const auto with = [](const std::string& fields) {
    return refusal_of("POST / HTTP/1.1\r\n" + fields + "\r\n");
  };
  EXPECT_EQ(with("Content-Length: 5\r\n"), ErrorCode{0});
  EXPECT_EQ(with("Content-Length: 0\r\n"), ErrorCode{0});
  EXPECT_EQ(with("Content-Length: 0000000000000000005\r\n"), ErrorCode{0});
  EXPECT_EQ(with(""), ErrorCode::length_required);
  EXPECT_EQ(with("Transfer-Encoding: chunked\r\n"), ErrorCode::length_required);
  EXPECT_EQ(with("Content-Length: 5\r\nTransfer-Encoding: identity\r\n"),
            ErrorCode::length_required);
  for (const char* value : {"", "-1", "+1", "0x5", "5,5", "5 5", "five", "5.0"}) {
    EXPECT_EQ(with("Content-Length: " + std::string(value) + "\r\n"), ErrorCode::request_malformed)
        << value;
  }
  EXPECT_EQ(with("Content-Length: 5\r\ncontent-length: 5\r\n"), ErrorCode::request_malformed);
  EXPECT_EQ(with("Content-Length: 262145\r\n"), ErrorCode::body_too_large);
  EXPECT_EQ(with("Content-Length: 18446744073709551616\r\n"), ErrorCode::body_too_large);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
            ErrorCode::request_malformed);
}

TEST(RequestHeadTest, ARepeatedHeaderHasNoValue) {
  const Result<RequestHead> head =
      parse_request_head("GET / HTTP/1.1\r\nOrigin: a\r\norigin: b\r\n\r\n");
  ASSERT_TRUE(head.has_value());
  EXPECT_FALSE(head->request.header("origin").has_value());
  EXPECT_TRUE(head->request.is_repeated("origin"));
}

TEST(PercentTest, DecodesOnceAndStrictly) {
  EXPECT_EQ(percent_decode("a%20b%2Fc"), "a b/c");
  EXPECT_EQ(percent_decode("%2541"), "%41");
  for (const char* bad : {"%", "%4", "%zz", "a%00b", "%-1"}) {
    EXPECT_FALSE(percent_decode(bad).has_value()) << bad;
  }
  EXPECT_EQ(query_value("a=1&username=ada%40x+y&b", "username"), "ada@x y");
  EXPECT_EQ(query_value("a", "a"), "");
  EXPECT_FALSE(query_value("ab=1", "a").has_value());
  EXPECT_FALSE(query_value("a=%", "a").has_value());
}

}  // namespace
}  // namespace countersign
