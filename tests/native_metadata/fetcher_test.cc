#include "native/metadata/fetcher.h"

#include <sys/stat.h>

#include "tests/http/server_process.h"
#include "tests/native_metadata/mock_server.h"

namespace countersign::testing {
namespace {

using Clock = std::chrono::steady_clock;

FetchRequest request_of(const std::string& url) {
  FetchRequest request;
  request.url = parse_url(url).value();
  request.max_bytes = 100000;
  request.timeout_seconds = 10;
  return request;
}

TEST(Fetcher, TakesTheBodyAndTheTag) {
  MockServer server;
  server.serve("/blob", "content", "\"7\"");
  Fetcher fetcher;
  const FetchAnswer answer = fetcher.fetch(request_of(server.url("/blob")));
  EXPECT_EQ(answer.kind, FetchAnswer::Kind::content);
  EXPECT_EQ(answer.body, "content");
  EXPECT_EQ(answer.etag, "\"7\"");
  const std::string head = server.seen("/blob").at(0).head;
  EXPECT_NE(head.find("User-Agent: countersign/"), std::string::npos) << head;
  EXPECT_NE(head.find("Accept-Encoding: identity\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("If-None-Match"), std::string::npos) << head;
}

TEST(Fetcher, SendsTheTagAsItWasAndTakes304) {
  MockServer server;
  server.serve("/blob", "content", "unquoted-277");
  FetchRequest request = request_of(server.url("/blob"));
  request.etag = "unquoted-277";
  const FetchAnswer answer = Fetcher().fetch(request);
  EXPECT_EQ(answer.kind, FetchAnswer::Kind::not_modified);
  EXPECT_EQ(answer.http_status, 304);
}

// It goes into the head of the next request and into the cache.
TEST(Fetcher, TakesNoTagThatIsNotOneLineOfVisibleAscii) {
  for (const std::string& tag :
       {std::string("a%0d%0aEvil: 1"), std::string("\"caf\xe9\""), std::string("a%ff"),
        std::string("two words"), std::string(257, 'a')}) {
    MockServer server;
    server.answer("/blob", 200, "content", "ETag: " + tag + "\r\n");
    const FetchAnswer answer = Fetcher().fetch(request_of(server.url("/blob")));
    EXPECT_EQ(answer.body, "content") << tag;
    EXPECT_EQ(answer.etag, std::nullopt) << tag;
  }
}

TEST(Fetcher, TakesFidos429WithAMatchingTagAsNotModified) {
  MockServer server;
  server.answer("/blob", 429, "slow down", "ETag: 277\r\nRetry-After: 60\r\n");
  FetchRequest request = request_of(server.url("/blob"));
  request.etag = "\"277\"";
  EXPECT_EQ(Fetcher().fetch(request).kind, FetchAnswer::Kind::not_modified);
  request.etag = "276";
  const FetchAnswer other = Fetcher().fetch(request);
  EXPECT_EQ(other.kind, FetchAnswer::Kind::failed);
  EXPECT_EQ(other.retry_after_seconds, 60);
  request.etag.reset();
  EXPECT_EQ(Fetcher().fetch(request).kind, FetchAnswer::Kind::failed);
}

TEST(Fetcher, A304ThatNobodyAskedForIsAFailure) {
  MockServer server;
  server.answer("/blob", 304, "");
  EXPECT_EQ(Fetcher().fetch(request_of(server.url("/blob"))).kind, FetchAnswer::Kind::failed);
}

TEST(Fetcher, EveryOtherStatusIsAFailureThatSaysWhich) {
  MockServer server;
  for (const int status : {206, 400, 401, 404, 429, 500, 503}) {
    server.answer("/blob", status, "<html>", "Retry-After: 3600\r\n");
    const FetchAnswer answer = Fetcher().fetch(request_of(server.url("/blob")));
    EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed) << status;
    EXPECT_EQ(answer.error, ErrorCode::metadata_fetch_failed) << status;
    EXPECT_EQ(answer.http_status, status);
    EXPECT_EQ(answer.retry_after_seconds, 3600) << status;
    EXPECT_TRUE(answer.body.empty());
  }
}

TEST(Fetcher, FailsIfThereIsNoContent) {
  MockServer server;
  server.answer("/blob", 204, "");
  const FetchAnswer answer = Fetcher().fetch(request_of(server.url("/blob")));
  EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed);
  EXPECT_EQ(answer.http_status, 204);
}

TEST(Fetcher, FailsIfTheBodyIsCutShort) {
  MockServer server;
  server.respond("/blob", [](const MockServer::Seen&, const MockServer::Send& send) {
    send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this");
  });
  const FetchAnswer answer = Fetcher().fetch(request_of(server.url("/blob")));
  EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed);
  EXPECT_EQ(answer.error, ErrorCode::metadata_fetch_failed);
}

TEST(Fetcher, FailsIfTheContentIsCompressedAllTheSame) {
  MockServer server;
  server.answer("/blob", 200, "x", "Content-Encoding: gzip\r\n");
  EXPECT_EQ(Fetcher().fetch(request_of(server.url("/blob"))).kind, FetchAnswer::Kind::failed);
}

TEST(Fetcher, FailsIfTheBodyIsLargerThanItsLimitHoweverItIsFramed) {
  MockServer server;
  const std::string large(200000, 'x');
  server.answer("/length", 200, large);
  server.respond("/chunked", [](const MockServer::Seen&, const MockServer::Send& send) {
    send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (send("1000\r\n" + std::string(4096, 'x') + "\r\n")) {
    }
  });
  server.respond("/close", [](const MockServer::Seen&, const MockServer::Send& send) {
    send("HTTP/1.1 200 OK\r\n\r\n");
    while (send(std::string(4096, 'x'))) {
    }
  });
  server.respond("/header", [](const MockServer::Seen&, const MockServer::Send& send) {
    send("HTTP/1.1 200 OK\r\n");
    while (send("X-Header: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  for (const char* path : {"/length", "/chunked", "/close", "/header"}) {
    const Clock::time_point start = Clock::now();
    const FetchAnswer answer = Fetcher().fetch(request_of(server.url(path)));
    EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed) << path;
    EXPECT_EQ(answer.error, ErrorCode::metadata_fetch_too_large) << path;
    EXPECT_TRUE(answer.body.empty()) << path;
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(8)) << path;
  }
}

TEST(Fetcher, AHeadIsHeldToBoundsBeforeTheLibraryReadsIt) {
  MockServer server;
  const std::string endless(4U << 20U, 'x');
  const auto serve = [&server](const char* path, const std::string& text) {
    server.respond(path,
                   [text](const MockServer::Seen&, const MockServer::Send& send) { send(text); });
  };
  std::string lines;
  for (int i = 0; i < 1000000; ++i) {
    lines += "a:b\r\n";
  }
  serve("/status", "HTTP/1.1 200 " + endless + "\r\nContent-Length: 0\r\n\r\n");
  serve("/no-line", endless);
  serve("/lines", "HTTP/1.1 200 OK\r\n" + lines + "Content-Length: 0\r\n\r\n");
  serve("/header", "HTTP/1.1 200 OK\r\nX: " + endless + "\r\nContent-Length: 0\r\n\r\n");
  for (const char* path : {"/status", "/no-line", "/lines", "/header"}) {
    FetchRequest request = request_of(server.url(path));
    request.max_bytes = 16U << 20U;  // only the head is too large
    const FetchAnswer answer = Fetcher().fetch(request);
    EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed) << path;
    EXPECT_EQ(answer.error, ErrorCode::metadata_fetch_too_large) << path;
    EXPECT_EQ(answer.http_status, 0) << path << ": nothing of it was looked at";
  }
}

TEST(Fetcher, ALongStatusLineBehindAnInterimAnswerIsNotLookedAt) {
  MockServer server;
  const std::string endless(4U << 20U, 'x');
  for (const char* first : {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\nX: y\r\n",
                            "HTTP/1.1 103 Early Hints\r\n\r\n"}) {
    server.respond("/blob", [&](const MockServer::Seen&, const MockServer::Send& send) {
      send(first + ("HTTP/1.1 200 " + endless) + "\r\nContent-Length: 0\r\n\r\n");
    });
    const FetchAnswer answer = Fetcher().fetch(request_of(server.url("/blob")));
    EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed) << first;
    EXPECT_EQ(answer.http_status, 0) << first;
  }
}

TEST(Fetcher, AHeadOfAFewKilobytesIsTaken) {
  MockServer server;
  server.answer("/blob", 200, std::string(50000, 'x'), "X: " + std::string(8000, 'x') + "\r\n");
  EXPECT_EQ(Fetcher().fetch(request_of(server.url("/blob"))).body.size(), 50000U);
}

TEST(Fetcher, ABodyOfExactlyTheLimitIsTaken) {
  MockServer server;
  server.answer("/blob", 200, std::string(100000, 'x'));
  EXPECT_EQ(Fetcher().fetch(request_of(server.url("/blob"))).body.size(), 100000U);
  server.answer("/blob", 200, std::string(100001, 'x'));
  EXPECT_EQ(Fetcher().fetch(request_of(server.url("/blob"))).error,
            ErrorCode::metadata_fetch_too_large);
}

TEST(Fetcher, TheDeadlineIsOverTheWholeTransferNotOverEachByte) {
  MockServer server;
  server.respond("/head", [](const MockServer::Seen&, const MockServer::Send& send) {
    while (send("H")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  server.respond("/body", [](const MockServer::Seen&, const MockServer::Send& send) {
    send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (send("x")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  server.respond("/silence", [&](const MockServer::Seen&, const MockServer::Send&) {
    while (!server.is_over()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  for (const char* path : {"/head", "/body", "/silence"}) {
    FetchRequest request = request_of(server.url(path));
    request.timeout_seconds = 1;
    const Clock::time_point start = Clock::now();
    const FetchAnswer answer = Fetcher().fetch(request);
    EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed) << path;
    EXPECT_EQ(answer.error, ErrorCode::metadata_fetch_too_slow) << path;
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(5)) << path;
  }
}

TEST(Fetcher, FailsIfTheConnectionIsRefused) {
  const ClosedPort port;
  const FetchAnswer answer = Fetcher().fetch(request_of(port.url("/blob")));
  EXPECT_EQ(answer.error, ErrorCode::metadata_fetch_failed);
  EXPECT_EQ(answer.http_status, 0);
}

TEST(Fetcher, FollowsAFewRedirects) {
  MockServer server;
  server.answer("/a", 301, "", "Location: /b\r\n");
  server.answer("/b", 307, "", "Location: " + server.url("/c") + "\r\n");
  server.answer("/c", 200, "content");
  EXPECT_EQ(Fetcher().fetch(request_of(server.url("/a"))).body, "content");
}

TEST(Fetcher, FailsIfRedirectsGoInCircles) {
  MockServer server;
  server.answer("/a", 302, "", "Location: /b\r\n");
  server.answer("/b", 302, "", "Location: /a\r\n");
  const FetchAnswer answer = Fetcher().fetch(request_of(server.url("/a")));
  EXPECT_EQ(answer.error, ErrorCode::metadata_url_not_allowed);
  EXPECT_EQ(server.seen("/a").size() + server.seen("/b").size(), 4U);
}

TEST(Fetcher, FailsIfARedirectLeadsToAnotherHostOverPlainHttp) {
  MockServer server;
  MockServer other;
  other.answer("/b", 200, "content");
  server.answer("/a", 302, "", "Location: " + other.url("/b") + "\r\n");
  FetchRequest request = request_of(server.url("/a"));
  request.plain_http = PlainHttp::anywhere;
  EXPECT_EQ(Fetcher().fetch(request).error, ErrorCode::metadata_url_not_allowed);
  EXPECT_TRUE(other.seen("/b").empty());
}

TEST(Fetcher, PlainHttpLeavesTheMachineOnlyWhereTheContentProtectsItself) {
  FetchRequest request = request_of("http://192.0.2.1/blob");  // RFC 5737: nobody's
  request.timeout_seconds = 30;
  const Clock::time_point start = Clock::now();
  EXPECT_EQ(Fetcher().fetch(request).error, ErrorCode::metadata_url_not_allowed);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(10)) << "it tried";
  request.timeout_seconds = 1;
  request.plain_http = PlainHttp::anywhere;
  EXPECT_NE(Fetcher().fetch(request).error, ErrorCode::metadata_url_not_allowed);
}

TEST(Fetcher, FailsIfTheServerOfAnHttpsAddressSpeaksNoTls) {
  MockServer server;
  server.answer("/blob", 200, "content");
  FetchRequest request = request_of("https://127.0.0.1:" + std::to_string(server.port()) + "/blob");
  request.timeout_seconds = 1;
  const FetchAnswer answer = Fetcher().fetch(request);
  EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed);
  EXPECT_EQ(answer.http_status, 0);
}

TEST(Fetcher, IsCancelledFromAnotherThread) {
  MockServer server;
  server.respond("/silence", [&](const MockServer::Seen&, const MockServer::Send&) {
    while (!server.is_over()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  Fetcher fetcher;
  const Clock::time_point start = Clock::now();
  std::thread canceller([&] {
    while (server.seen("/silence").empty()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    fetcher.cancel();
  });
  FetchRequest request = request_of(server.url("/silence"));
  request.timeout_seconds = 60;
  EXPECT_EQ(fetcher.fetch(request).kind, FetchAnswer::Kind::failed);
  canceller.join();
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(fetcher.fetch(request).kind, FetchAnswer::Kind::failed) << "later ones fail too";
}

TEST(Fetcher, ReadsRegularFilesUpToTheLimit) {
  TemporaryFolder folder;
  folder.write("blob", "content");
  FetchRequest request = request_of("file:" + folder.path("blob"));
  EXPECT_EQ(Fetcher().fetch(request).body, "content");
  request.max_bytes = 6;
  EXPECT_EQ(Fetcher().fetch(request).error, ErrorCode::metadata_fetch_too_large);
  ASSERT_EQ(mkfifo(folder.path("pipe").c_str(), 0600), 0);
  for (const std::string& path : {folder.path("missing"), folder.path("pipe"), folder.path("")}) {
    EXPECT_EQ(Fetcher().fetch(request_of("file:" + path)).error,
              ErrorCode::metadata_file_unreadable);
  }
}

}  // namespace
}  // namespace countersign::testing
