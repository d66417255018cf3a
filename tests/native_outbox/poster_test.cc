#include "native/outbox/poster.h"

#include "tests/native_metadata/mock_server.h"

namespace countersign::testing {
namespace {

using Clock = std::chrono::steady_clock;
using Seen = MockServer::Seen;
using Send = MockServer::Send;

PostRequest request_of(const std::string& url, std::int64_t timeout_seconds = 5) {
  PostRequest request;
  request.url = parse_url(url).value();
  request.headers = {{"webhook-id", "e1"}};
  request.body = R"({"a":"ü"})";
  request.timeout_seconds = timeout_seconds;
  return request;
}

TEST(Poster, SendsTheBodyAsItIs) {
  MockServer server;
  server.answer("/hook?tenant=1", 200, "thanks");
  const PostAnswer answer = Poster().post(request_of(server.url("/hook?tenant=1")));
  EXPECT_TRUE(answer.is_taken());
  const std::vector<Seen> seen = server.seen("/hook?tenant=1");
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].body, R"({"a":"ü"})");
  EXPECT_TRUE(seen[0].head.starts_with("POST "));
  for (const char* line : {"\r\nContent-Type: application/json\r\n", "\r\nwebhook-id: e1\r\n",
                           "\r\nUser-Agent: countersign/", "\r\nConnection: close\r\n"}) {
    EXPECT_NE(seen[0].head.find(line), std::string::npos) << line << seen[0].head;
  }
}

TEST(Poster, OnlyA2xxTakesTheEvent) {
  MockServer server;
  for (const int status : {200, 201, 202, 204}) {
    server.answer("/hook", status, "");
    EXPECT_TRUE(Poster().post(request_of(server.url("/hook"))).is_taken()) << status;
  }
  for (const auto& [status, is_refused] : std::vector<std::pair<int, bool>>{{300, false},
                                                                            {304, false},
                                                                            {400, true},
                                                                            {401, false},
                                                                            {403, false},
                                                                            {404, false},
                                                                            {408, false},
                                                                            {409, true},
                                                                            {410, true},
                                                                            {413, true},
                                                                            {415, true},
                                                                            {422, true},
                                                                            {429, false},
                                                                            {500, false},
                                                                            {503, false}}) {
    server.answer("/hook", status, "no");
    const PostAnswer answer = Poster().post(request_of(server.url("/hook")));
    EXPECT_FALSE(answer.is_taken()) << status;
    EXPECT_EQ(answer.is_refused(), is_refused) << status;
    EXPECT_EQ(answer.http_status, status);
  }
}

TEST(Poster, FollowsNoRedirect) {
  MockServer server;
  server.answer("/elsewhere", 200, "");
  for (const int status : {301, 302, 303, 307, 308}) {
    server.answer("/hook", status, "", "Location: " + server.url("/elsewhere") + "\r\n");
    EXPECT_EQ(Poster().post(request_of(server.url("/hook"))).http_status, status);
  }
  EXPECT_TRUE(server.seen("/elsewhere").empty());
}

TEST(Poster, TellsHowLongTheReceiverWantsToBeLeftAlone) {
  MockServer server;
  server.answer("/hook", 503, "", "Retry-After: 120\r\n");
  EXPECT_EQ(Poster().post(request_of(server.url("/hook"))).retry_after_seconds, 120);
}

TEST(Poster, TheStatusDecidesHoweverLongTheBodyIs) {
  MockServer server;
  server.respond("/endless", [](const Seen&, const Send& send) {
    send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (send("1000\r\n" + std::string(4096, 'x') + "\r\n")) {
    }
  });
  server.respond("/hanging", [&server](const Seen&, const Send& send) {
    send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx");
    while (!server.is_over()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  for (const char* path : {"/endless", "/hanging"}) {
    const Clock::time_point begin = Clock::now();
    EXPECT_TRUE(Poster().post(request_of(server.url(path), 60)).is_taken()) << path;
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(20)) << path;
  }
}

TEST(Poster, WhoDoesNotAnswerInTimeHasNotTakenIt) {
  MockServer server;
  server.respond("/silent", [&server](const Seen&, const Send&) {
    while (!server.is_over()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  // A byte now and then keeps every timeout of its own away.
  server.respond("/drip", [](const Seen&, const Send& send) {
    send("HTTP/1.1 200 OK\r\n");
    while (send("X-A: b\r\n")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  for (const char* path : {"/silent", "/drip"}) {
    const Clock::time_point begin = Clock::now();
    const PostAnswer answer = Poster().post(request_of(server.url(path), 1));
    EXPECT_FALSE(answer.is_taken()) << path;
    EXPECT_EQ(answer.http_status, 0) << path;
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(20)) << path << " for ever";
  }
}

TEST(Poster, AHeadWithoutEndOrSenseIsNoAnswer) {
  MockServer server;
  server.respond("/head", [](const Seen&, const Send& send) {
    send("HTTP/1.1 200 OK\r\n");
    while (send("X-Header: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  for (const auto& [path, text] :
       std::map<std::string, std::string>{{"/none", ""},
                                          {"/ssh", "SSH-2.0-x\r\n\r\n"},
                                          {"/continue", "HTTP/1.1 100 Continue\r\n\r\n"},
                                          {"/short", "HTTP/1.1 200 OK\r\n"}}) {
    const std::string answer = text;
    server.respond(path, [answer](const Seen&, const Send& send) { send(answer); });
  }
  for (const char* path : {"/head", "/none", "/ssh", "/continue", "/short"}) {
    EXPECT_EQ(Poster().post(request_of(server.url(path))).http_status, 0) << path;
  }
}

TEST(Poster, NobodyThereIsNoAnswer) {
  const ClosedPort port;
  EXPECT_EQ(Poster().post(request_of(port.url("/hook"))).http_status, 0);
}

TEST(Poster, PlainHttpLeavesNoMachine) {
  const Clock::time_point begin = Clock::now();
  EXPECT_EQ(Poster().post(request_of("http://192.0.2.1/hook", 30)).http_status, 0);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10)) << "it tried";
}

TEST(Poster, CancelEndsWhatIsUnderWayAndWhatComesLater) {
  MockServer server;
  server.respond("/silent", [&server](const Seen&, const Send&) {
    while (!server.is_over()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  server.answer("/hook", 200, "");
  Poster poster;
  const Clock::time_point begin = Clock::now();
  std::thread stopper([&] {
    while (server.seen("/silent").empty()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    poster.cancel();
  });
  EXPECT_EQ(poster.post(request_of(server.url("/silent"), 30)).http_status, 0);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5));
  stopper.join();
  EXPECT_EQ(poster.post(request_of(server.url("/hook"))).http_status, 0);
  EXPECT_TRUE(server.seen("/hook").empty());
}

}  // namespace
}  // namespace countersign::testing
