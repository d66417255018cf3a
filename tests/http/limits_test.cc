// Limits on size, number and time, at the socket.

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/prctl.h>

#include "tests/http/raw_client.h"
#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kLimits =
    R"(,"limits":{"connections":24,"connectionsPerAddress":16,"requestSeconds":2,"idleSeconds":2})";
constexpr const char* kPatientLimits =
    R"(,"limits":{"connections":24,"connectionsPerAddress":16,"requestSeconds":60,"idleSeconds":60})";

// A server whose patience ends soon.
class LimitsTest : public ::testing::Test {
 protected:
  std::string answer_to(const std::string& text) const {
    RawClient client(server_.port());
    client.send_text(text);
    return client.read_until_closed();
  }

  TemporaryFolder folder_;
  ServerProcess server_{folder_, demo_config(kLimits)};
};

// One that closes nothing because a machine is busy.
class PatientTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  ServerProcess server_{folder_, demo_config(kPatientLimits)};
};

const std::string kGet = "GET /livez HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";

std::string post(const std::string& headers, const std::string& body) {
  return "POST /v1/authentications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
         headers + "\r\n" + body;
}

TEST_F(PatientTest, KeepsAConnectionForManyRequests) {
  RawClient client(server_.port());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client.send_text(kGet));
    EXPECT_THAT(client.read_until(R"({"status":"ok"})"), StartsWith("HTTP/1.1 200 OK"));
  }
}

TEST_F(LimitsTest, AnswersRequestsThatComeTogether) {
  RawClient client(server_.port());
  client.send_text(kGet + kGet + post("Content-Length: 2\r\n", "{}") + kGet);
  const std::string answers = client.read_until_closed();
  std::size_t count = 0;
  for (std::size_t at = answers.find("HTTP/1.1 20"); at != std::string::npos;
       at = answers.find("HTTP/1.1 20", at + 1)) {
    ++count;
  }
  EXPECT_EQ(count, 4U);
}

TEST_F(LimitsTest, AnIdleConnectionIsClosed) {
  RawClient client(server_.port());
  const Clock::time_point start = Clock::now();
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_TRUE(client.is_closed_by_server());
  EXPECT_LT(Clock::now() - start, milliseconds(8000));
}

TEST_F(LimitsTest, AHeaderThatDripsIsCutOffAtTheDeadline) {
  RawClient client(server_.port());
  const Clock::time_point start = Clock::now();
  ASSERT_TRUE(client.send_text("GET /livez HTTP/1.1\r\nX-Slow: "));
  std::string answer;
  // A byte every 100 ms: no single read ever waits for long.
  for (int i = 0; i < 150 && !client.is_closed_by_server(); ++i) {
    client.send_text("a");
    answer += client.read_until_closed(milliseconds(100));
  }
  EXPECT_TRUE(client.is_closed_by_server());
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408"));
  EXPECT_THAT(answer, HasSubstr("application/problem+json"));
  EXPECT_LT(Clock::now() - start, milliseconds(10000));
  EXPECT_GT(Clock::now() - start, milliseconds(1500));
}

TEST_F(LimitsTest, ABodyThatDripsIsCutOffAtTheDeadline) {
  RawClient client(server_.port());
  const Clock::time_point start = Clock::now();
  ASSERT_TRUE(client.send_text(post("Content-Length: 5000\r\n", "{")));
  std::string answer;
  for (int i = 0; i < 150 && !client.is_closed_by_server(); ++i) {
    client.send_text(" ");
    answer += client.read_until_closed(milliseconds(100));
  }
  EXPECT_TRUE(client.is_closed_by_server());
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408"));
  EXPECT_LT(Clock::now() - start, milliseconds(10000));
}

TEST_F(PatientTest, SlowClientsDoNotKeepOthersWaiting) {
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 12; ++i) {
    slow.push_back(std::make_unique<RawClient>(server_.port()));
    slow.back()->send_text("GET /livez HTTP/1.1\r\n");
  }
  const Clock::time_point start = Clock::now();
  Browser browser(server_.port());
  EXPECT_EQ(browser.get("/livez").status, 200);
  EXPECT_LT(Clock::now() - start, milliseconds(20000))
      << "those are waited for three times as long";
}

TEST_F(PatientTest, TooManyConnectionsOfOneAddressAreTurnedAway) {
  std::vector<std::unique_ptr<RawClient>> open;
  for (int i = 0; i < 16; ++i) {
    open.push_back(std::make_unique<RawClient>(server_.port()));
    open.back()->send_text(kGet);
    ASSERT_THAT(open.back()->read_until("ok"), StartsWith("HTTP/1.1 200"));
  }
  RawClient one_more(server_.port());
  EXPECT_THAT(one_more.read_until_closed(), StartsWith("HTTP/1.1 503"));
  open.clear();
  for (int i = 0; i < 500; ++i) {
    RawClient again(server_.port());
    again.send_text(kGet);
    if (again.read_until("ok").starts_with("HTTP/1.1 200")) {
      return;
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
  ADD_FAILURE() << "connections that ended still count";
}

TEST(ConnectionsTest, TooManyConnectionsInAllAreTurnedAwayAndTheRestServed) {
  TemporaryFolder folder;
  ServerProcess server(
      folder,
      demo_config(R"(,"limits":{"connections":8,"connectionsPerAddress":100,"idleSeconds":60})"));
  std::vector<std::unique_ptr<RawClient>> open;
  for (int i = 0; i < 8; ++i) {
    open.push_back(std::make_unique<RawClient>(server.port()));
    open.back()->send_text(kGet);
    ASSERT_THAT(open.back()->read_until("ok"), StartsWith("HTTP/1.1 200"));
  }
  for (int i = 0; i < 40; ++i) {
    RawClient refused(server.port());
    EXPECT_THAT(refused.read_until_closed(), StartsWith("HTTP/1.1 503"));
  }
  open.front()->send_text(kGet);
  EXPECT_THAT(open.front()->read_until("ok"), StartsWith("HTTP/1.1 200"));
}

TEST_F(LimitsTest, TooLargeThingsHaveTheirStatus) {
  EXPECT_THAT(answer_to("GET /" + std::string(2100, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"),
              StartsWith("HTTP/1.1 414"));
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nX: " + std::string(20000, 'a') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nX: " + std::string(8100, 'a') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 70; ++i) {
    many += "X-" + std::to_string(i) + ": 1\r\n";
  }
  EXPECT_THAT(answer_to(many + "\r\n"), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(answer_to(post("Content-Length: 300000\r\n", std::string(300000, ' '))),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(answer_to(post("Content-Length: 99999999999999999999999\r\n", "{}")),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(LimitsTest, AmbiguousFramingIsRefused) {
  EXPECT_THAT(answer_to(post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")),
              StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(answer_to(post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "{}")),
              StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(answer_to(post("", "{}")), StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(answer_to(post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}")),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer_to(post("Content-Length: +2\r\n", "{}")), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer_to(post("Content-Length : 2\r\n", "{}")), StartsWith("HTTP/1.1 400"));
}

TEST_F(LimitsTest, BytesThatAreNoHttpAreRefused) {
  EXPECT_THAT(answer_to(std::string("\x16\x03\x01\x02\x00\x01\xfc\x03\x03\r\n\r\n", 13)),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer_to("GET /livez HTTP/2.0\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer_to("GET http://evil.example/ HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer_to("GET /livez HTTP/1.1\r\nA: b\r\n folded\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer_to(std::string("GET /livez HTTP/1.1\r\nA: b\0c\r\n\r\n", 34)),
              StartsWith("HTTP/1.1 400"));
}

TEST_F(LimitsTest, ARangeIsIgnored) {
  EXPECT_THAT(answer_to("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRange: bytes=" +
                        std::string(7000, '1') + "-\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(LimitsTest, ExpectContinueIsAnsweredOnce) {
  RawClient client(server_.port());
  client.send_text(post("Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n", ""));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send_text("{}");
  EXPECT_THAT(client.read_until_closed(), StartsWith("HTTP/1.1 201"));
}

TEST_F(LimitsTest, TheWrongMethodIsToldTheRightOne) {
  Browser browser(server_.port());
  const Answer answer = browser.call("PUT", "/v1/session", "{}");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.at("allow"), "GET, DELETE");
  EXPECT_EQ(browser.call("OPTIONS", "/v1/session", "").status, 405);
  EXPECT_EQ(browser.call("TRACE", "/", "").status, 404);
}

TEST_F(PatientTest, StopsOnRequestWithTheAnswerInFlight) {
  RawClient client(server_.port());
  client.send_text(post("Content-Length: 2\r\n", "{"));  // half a request
  RawClient idle(server_.port());
  idle.send_text(kGet);
  idle.read_until("ok");
  std::this_thread::sleep_for(milliseconds(100));
  kill(server_.pid(), SIGTERM);
  EXPECT_EQ(idle.read_until_closed(), "");
  EXPECT_TRUE(idle.is_closed_by_server());
  client.send_text("}");
  EXPECT_THAT(client.read_until_closed(), StartsWith("HTTP/1.1 201"));
  EXPECT_EQ(server_.stop(), 0);
}

TEST_F(LimitsTest, StoppingDoesNotWaitForSlowClientsForEver) {
  RawClient client(server_.port());
  client.send_text("GET /livez HTTP/1.1\r\n");
  std::this_thread::sleep_for(milliseconds(100));
  const Clock::time_point start = Clock::now();
  EXPECT_EQ(server_.stop(), 0);
  EXPECT_LT(Clock::now() - start, milliseconds(10000));
}

TEST(ReadinessTest, FailsWhileTheStoreCannotWrite) {
  TemporaryFolder folder;
  // As where a sleep of a millisecond lasts for ten. [the server has it from here]
  prctl(PR_SET_TIMERSLACK, 10000000UL);
  ServerProcess server(folder, demo_config());
  prctl(PR_SET_TIMERSLACK, 0UL);
  Browser browser(server.port());
  EXPECT_EQ(browser.get("/readyz").status, 200);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(folder.path("countersign.db").c_str(), &other), SQLITE_OK);
  sqlite3_busy_timeout(other, 20000);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const Answer blocked = browser.get("/readyz");  // before the browser's patience ends
  EXPECT_EQ(blocked.status, 503);
  EXPECT_EQ(blocked.text("code"), "store_unavailable");
  EXPECT_EQ(browser.get("/livez").status, 200);
  sqlite3_close(other);
  EXPECT_EQ(browser.get("/readyz").status, 200);
}

TEST(TlsTest, ServesOverTlsAndAsksForIt) {
  TemporaryFolder folder;
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "
      "/CN=localhost -keyout " +
      folder.path("key.pem") + " -out " + folder.path("cert.pem") + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  ServerProcess server(
      folder,
      R"({"listen":{"host":"127.0.0.1","port":0,"tls":{"certificate":"cert.pem","key":"key.pem"}},
       "limits":{"requestSeconds":2,"idleSeconds":1},
       "tenants":[{"id":"t","rpId":"bank.example","sessions":true,
                   "origins":["https://bank.example"]}]})");
  httplib::SSLClient client("127.0.0.1", server.port());
  client.enable_server_certificate_verification(false);
  const httplib::Result live = client.Get("/livez");
  ASSERT_TRUE(live);
  EXPECT_EQ(live->status, 200);
  EXPECT_TRUE(live->has_header("Strict-Transport-Security"));
  const httplib::Result began =
      client.Post("/v1/authentications", httplib::Headers{{"Origin", "https://bank.example"}}, "{}",
                  "application/json");
  ASSERT_TRUE(began);
  EXPECT_EQ(began->status, 201);
  EXPECT_THAT(began->get_header_value("Set-Cookie"), StartsWith("__Host-countersign="));
  // A peer that never begins its handshake is cut off too, and plain HTTP is no answer.
  RawClient silent(server.port());
  EXPECT_EQ(silent.read_until_closed(milliseconds(4000)), "");
  EXPECT_TRUE(silent.is_closed_by_server());
  RawClient plain(server.port());
  plain.send_text(kGet);
  EXPECT_THAT(plain.read_until_closed(), ::testing::Not(HasSubstr("200")));
}

}  // namespace
}  // namespace countersign::testing
