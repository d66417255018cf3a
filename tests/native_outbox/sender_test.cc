#include "native/outbox/sender.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "backends/openssl/openssl_backend.h"
#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "native/store/sqlite/outbox_rows.h"
#include "native/store/sqlite/sqlite_store.h"
#include "tests/http/server_process.h"
#include "tests/native_metadata/mock_server.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Seen = MockServer::Seen;
using Send = MockServer::Send;

const TenantId kTenant("bank");

class OutboxSenderTest : public ::testing::Test {
 protected:
  OutboxSenderTest()
      : log_file_(open(folder_.path("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)),
        log_(log_file_),
        store_(std::move(*SqliteStore::open(folder_.path("s.db"), random_))) {}
  ~OutboxSenderTest() override {
    sender_.reset();
    close(log_file_);
  }

  void insert(const std::string& id, const std::string& subject, std::int64_t age = 0) {
    if (!rows_) {
      rows_ =
          std::move(*sqlite::Database::open(folder_.path("s.db"), sqlite::Database::Mode::writer));
    }
    ASSERT_TRUE(
        sqlite::insert_outbox_event(*rows_, seals_of(*rows_), kTenant,
                                    {OutboxEventId(id), "transaction.approved", subject,
                                     R"({"minor":1})", UnixSeconds{clock_.now().value - age}})
            .has_value());
  }
  OutboxReceiver receiver(const std::string& path = "/hook") {
    OutboxReceiver out;
    out.tenant = kTenant;
    out.url = parse_url(server_.url(path)).value();
    out.secrets = parse_webhook_secrets(kSecret).value();
    return out;
  }
  std::unique_ptr<OutboxSender> start(OutboxStore& store) {
    std::vector<OutboxReceiver> receivers;
    receivers.push_back(receiver());
    auto sender = std::make_unique<OutboxSender>(
        std::move(receivers), OutboxSender::Tools{store, clock_, random_, hasher_, log_});
    sender->start();
    return sender;
  }
  void start() { sender_ = start(*store_); }

  std::int64_t open_events() { return store_->read_outbox_backlog(kTenant).value().open; }
  // Polls: the sender has no way to tell.
  template <class Condition>
  static bool eventually(const Condition& condition, int seconds = 20) {
    for (int i = 0; i < seconds * 100; ++i) {
      if (condition()) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return condition();
  }
  std::vector<std::string> received(const std::string& path = "/hook") {
    std::vector<std::string> ids;
    for (const Seen& seen : server_.seen(path)) {
      const Result<JsonValue> json = parse_json(seen.body);
      ids.push_back(json.has_value() ? member(*json, "id").string : "not JSON");
    }
    return ids;
  }

  static constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  TemporaryFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  OpenSslHasher hasher_;
  int log_file_;
  JsonLog log_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<sqlite::Database> rows_;
  MockServer server_;
  std::unique_ptr<OutboxSender> sender_;
};

TEST_F(OutboxSenderTest, DeliversWhatIsThereAndWhatComesLaterSignedAndOnce) {
  server_.answer("/hook", 204, "");
  insert("e1", "t1");
  start();
  ASSERT_TRUE(eventually([&] { return open_events() == 0; }));
  insert("e2", "t2");
  ASSERT_TRUE(eventually([&] { return open_events() == 0; }));
  EXPECT_THAT(received(), ElementsAre("e1", "e2"));
  const Seen seen = server_.seen("/hook").at(0);
  EXPECT_TRUE(seen.body.ends_with(R"("sequence":1,"subject":"t1","data":{"minor":1}})"))
      << seen.body;
  // Computed here from what arrived.
  const auto value = [&seen](const std::string& name) {
    const std::size_t at = seen.head.find("\r\n" + name + ": ") + name.size() + 4;
    return seen.head.substr(at, seen.head.find("\r\n", at) - at);
  };
  EXPECT_EQ(value("webhook-id"), "e1");
  const ByteVector key = parse_base64(kSecret.substr(6)).value();
  const std::string base = "e1." + value("webhook-timestamp") + "." + seen.body;
  unsigned char mac[32];
  unsigned int size = sizeof mac;
  ASSERT_NE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                 reinterpret_cast<const unsigned char*>(base.data()), base.size(), mac, &size),
            nullptr);
  EXPECT_EQ(value("webhook-signature"), "v1," + encode_base64(Bytes(mac, size)));
  EXPECT_LE(std::abs(std::atoll(value("webhook-timestamp").c_str()) - clock_.now().value), 60);
}

TEST_F(OutboxSenderTest, TriesAgainUntilTheReceiverTakesItInTheOrderOfTheSubject) {
  std::atomic<int> refusals = 2;
  server_.respond("/hook", [&refusals](const Seen&, const Send& send) {
    const bool is_refused = refusals-- > 0;
    send(std::string("HTTP/1.1 ") + (is_refused ? "500" : "200") +
         " A\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  for (const char* id : {"e1", "e2", "e3"}) {
    insert(id, "t");
  }
  start();
  ASSERT_TRUE(eventually([&] { return open_events() == 0; }));
  EXPECT_THAT(received(), ElementsAre("e1", "e1", "e1", "e2", "e3"));
  EXPECT_THAT(sender_->metrics({kTenant}),
              HasSubstr("countersign_outbox_failures_total{tenant=\"bank\"} 2\n"));
  EXPECT_THAT(sender_->metrics({kTenant}),
              HasSubstr("countersign_outbox_delivered_total{tenant=\"bank\"} 3\n"));
}

TEST_F(OutboxSenderTest, AnEventThatIsNotTakenHoldsUpNoOther) {
  server_.respond("/hook", [](const Seen& seen, const Send& send) {
    const bool is_refused = seen.body.find("\"bad\"") != std::string::npos;
    send(std::string("HTTP/1.1 ") + (is_refused ? "422" : "200") +
         " A\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  insert("bad", "t1", 10);
  for (int i = 0; i < 20; ++i) {
    insert("good" + std::to_string(i), "s" + std::to_string(i));
  }
  start();
  ASSERT_TRUE(eventually([&] { return open_events() == 1; }));
  EXPECT_EQ(store_->list_outbox(kTenant, OutboxFilter::open, 0, 10).value().at(0).event.id.value,
            "bad");
}

// As where it does not know their type, and they are the older ones.
TEST_F(OutboxSenderTest, ManyThatTheReceiverRefusesHoldUpNoOther) {
  server_.respond("/hook", [](const Seen& seen, const Send& send) {
    const bool is_refused = seen.body.find("\"bad") != std::string::npos;
    send(std::string("HTTP/1.1 ") + (is_refused ? "400" : "200") +
         " A\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  constexpr int kBad = 40;  // at one a pause they would take half an hour
  for (int i = 0; i < kBad; ++i) {
    insert("bad" + std::to_string(i), "t" + std::to_string(i), 10);
  }
  insert("good", "s");
  start();
  EXPECT_TRUE(eventually([&] { return open_events() == kBad; })) << open_events();
  EXPECT_TRUE(
      eventually([&] { return folder_.read("log").find("outbox.alarm\"") != std::string::npos; }));
}

TEST_F(OutboxSenderTest, AReceiverThatIsDownIsNotAskedForEachEvent) {
  server_.answer("/hook", 503, "");
  for (int i = 0; i < 50; ++i) {
    insert("e" + std::to_string(i), "t" + std::to_string(i));
  }
  start();
  ASSERT_TRUE(eventually([&] { return !server_.seen("/hook").empty(); }));
  std::this_thread::sleep_for(std::chrono::seconds(3));
  // The lanes that were under way, and a probe after 1 and after 2 seconds.
  EXPECT_LE(server_.seen("/hook").size(), 8U);
  EXPECT_EQ(open_events(), 50);
  server_.answer("/hook", 200, "");
  EXPECT_TRUE(eventually([&] { return open_events() == 0; })) << open_events();
}

TEST_F(OutboxSenderTest, RaisesAnAlarmAndTakesItBack) {
  server_.answer("/hook", 500, "");
  insert("e1", "t1");
  // What is due again at once fails often enough within the pauses of the brake.
  std::atomic<bool> is_over = false;
  start();
  std::thread impatient([&] {
    while (!is_over) {
      const auto open = store_->list_outbox(kTenant, OutboxFilter::open, 0, 1).value();
      if (!open.empty() && open[0].next_attempt_at.value < clock_.now().value + 50) {
        static_cast<void>(store_->postpone_outbox(kTenant, open[0], clock_.now()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  const bool has_alarm =
      eventually([&] { return folder_.read("log").find("outbox.alarm") != std::string::npos; }, 40);
  server_.answer("/hook", 200, "");
  const bool is_back = eventually(
      [&] { return folder_.read("log").find("outbox.alarm_over") != std::string::npos; }, 40);
  is_over = true;
  impatient.join();
  EXPECT_TRUE(has_alarm);
  EXPECT_TRUE(is_back);
  EXPECT_THAT(folder_.read("log"),
              HasSubstr(R"("event":"outbox.alarm","tenant":"bank","failures":5,"httpStatus":500,)"
                        R"("code":"outbox_delivery_failed"})"));
}

TEST_F(OutboxSenderTest, TellsOfAnEventThatIsStuck) {
  server_.answer("/hook", 422, "");
  insert("e1", "t1");
  for (std::int64_t i = 1; i < kOutboxStuckAttempts; ++i) {
    const auto claimed = store_->claim_outbox(kTenant, clock_.now(), clock_.now(), 1).value();
    ASSERT_EQ(claimed.size(), 1U);
  }
  start();
  ASSERT_TRUE(
      eventually([&] { return folder_.read("log").find("outbox.stuck") != std::string::npos; }));
  EXPECT_THAT(folder_.read("log"),
              HasSubstr(R"("tenant":"bank","id":"e1","failures":10,"httpStatus":422,)"));
  EXPECT_THAT(sender_->metrics({kTenant}),
              HasSubstr("countersign_outbox_stuck{tenant=\"bank\"} 1\n"));
}

TEST_F(OutboxSenderTest, StoppingBreaksOffWhatHangsAndTheNextOneSendsItAtOnce) {
  server_.respond("/hook", [this](const Seen&, const Send&) {
    while (!server_.is_over()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  insert("e1", "t1");
  start();
  ASSERT_TRUE(eventually([&] { return !server_.seen("/hook").empty(); }));
  const auto begin = std::chrono::steady_clock::now();
  sender_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  server_.answer("/hook", 200, "");
  start();
  EXPECT_TRUE(eventually([&] { return open_events() == 0; }, 5));
}

TEST_F(OutboxSenderTest, OfTwoServersWithOneStoreOnlyOneSendsEach) {
  constexpr int kEvents = 120;
  server_.answer("/hook", 200, "");
  for (int i = 0; i < kEvents; ++i) {
    insert("e" + std::to_string(i), "t" + std::to_string(i / 3));
  }
  const std::unique_ptr<SqliteStore> other_store =
      std::move(*SqliteStore::open(folder_.path("s.db"), random_));
  start();
  std::unique_ptr<OutboxSender> other = start(*other_store);
  ASSERT_TRUE(eventually([&] { return open_events() == 0; }));
  other.reset();
  std::vector<std::string> ids = received();
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(kEvents));
  // In the order of their subject.
  std::map<int, int> last;
  for (const std::string& id : ids) {
    const int number = std::atoi(id.c_str() + 1);
    EXPECT_EQ(number % 3, last[number / 3]++) << id;
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

TEST_F(OutboxSenderTest, MetricsKnowTenantsWithoutAReceiverToo) {
  insert("e1", "t1", 100);
  sender_ = std::make_unique<OutboxSender>(
      std::vector<OutboxReceiver>(), OutboxSender::Tools{*store_, clock_, random_, hasher_, log_});
  sender_->start();
  const std::string metrics = sender_->metrics({kTenant, TenantId("other")});
  EXPECT_THAT(metrics, HasSubstr("countersign_outbox_open{tenant=\"bank\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("countersign_outbox_open{tenant=\"other\"} 0\n"));
  EXPECT_THAT(metrics, HasSubstr("countersign_outbox_oldest_seconds{tenant=\"bank\"} 10"));
}

}  // namespace
}  // namespace countersign::testing
