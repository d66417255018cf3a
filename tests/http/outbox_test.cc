// Events on their way to a backend: pushed by a real server, whatever happens to it, or fetched.

#include <gmock/gmock.h>

#include <random>
#include <set>

#include "native/config/config.h"
#include "native/ops/system.h"
#include "native/store/sqlite/outbox_rows.h"
#include "tests/http/server_process.h"
#include "tests/native_metadata/mock_server.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using Seen = MockServer::Seen;
using Send = MockServer::Send;

const TenantId kBank("bank");

std::string key_json(const std::string& id, const std::string& scopes) {
  return R"({"id":")" + id + R"(","sha256":")" + to_hex(sha256(bytes_of(id + "-key"))) +
         R"(","scopes":[)" + scopes + "]}";
}

// Two banks; the first has that receiver, if any.
std::string config_of(const std::string& url) {
  const std::string outbox =
      url.empty() ? "" : R"("outbox":{"url":")" + url + R"(","secretFile":"secret"},)";
  return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[{"id":"bank",)"
         R"("rpId":"bank.example","origins":["https://bank.example"],)" +
         outbox + R"("apiKeys":[)" + key_json("backend", R"("transactions")") + "," +
         key_json("other", R"("registrations","credentials","receipts")") +
         R"(]},{"id":"shop","rpId":"shop.example","origins":["https://shop.example"],"apiKeys":[)" +
         key_json("shop", R"("transactions")") + "]}]}";
}

class Outbox : public ::testing::Test {
 protected:
  Outbox() {
    folder_.write("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    server_.emplace(folder_, config_of(""));
  }

  void insert(const std::string& id, const std::string& subject) {
    if (!rows_) {
      rows_ = std::move(
          *sqlite::Database::open(folder_.path("countersign.db"), sqlite::Database::Mode::writer));
    }
    ASSERT_TRUE(sqlite::insert_outbox_event(*rows_, seals_of(*rows_), kBank,
                                            {OutboxEventId(id), "transaction.approved", subject,
                                             R"({"minor":1})", SystemClock().now()})
                    .has_value());
  }
  Browser with_key(const std::string& id) const {
    Browser out(server_->port(), "");
    out.headers.emplace("Authorization", "Bearer " + id + "-key");
    return out;
  }
  std::vector<std::string> listed(const std::string& query = "") const {
    std::vector<std::string> ids;
    const Answer answer = with_key("backend").get("/v1/outbox" + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    for (const JsonValue& entry : answer.at("events").items) {
      ids.push_back(member(member(entry, "event"), "id").string);
    }
    return ids;
  }
  bool is_empty_soon(int seconds) const {
    for (int i = 0; i < seconds * 50; ++i) {
      if (listed().empty()) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }

  TemporaryFolder folder_;
  std::unique_ptr<sqlite::Database> rows_;
  std::optional<ServerProcess> server_;
};

TEST_F(Outbox, ABackendFetchesWhatIsOpenAndSaysWhatItHas) {
  for (const char* id : {"e1", "e2", "e3"}) {
    insert(id, "t1");
  }
  const Answer all = with_key("backend").get("/v1/outbox");
  ASSERT_EQ(all.status, 200) << all.body;
  const JsonValue& first = all.at("events").items.at(0);
  EXPECT_EQ(member(member(first, "event"), "type").string, "transaction.approved");
  EXPECT_EQ(member(member(first, "event"), "tenant").string, "bank");
  EXPECT_EQ(member(member(first, "event"), "sequence").integer, 1);
  EXPECT_EQ(member(member(first, "event"), "subject").string, "t1");
  EXPECT_EQ(member(member(member(first, "event"), "data"), "minor").integer, 1);
  EXPECT_EQ(member(first, "attempts").integer, 0);
  EXPECT_TRUE(member(first, "nextAttemptAt").is_string());
  EXPECT_TRUE(member(first, "deliveredAt").is_null());
  EXPECT_EQ(all.text("next"), "3");
  EXPECT_THAT(listed("?after=1&limit=1"), ElementsAre("e2"));
  EXPECT_EQ(with_key("backend").get("/v1/outbox?after=3").text("next"), "3");

  for (int i = 0; i < 2; ++i) {  // saying it again changes nothing
    const Answer marked = with_key("backend").post("/v1/outbox/e2/delivered", "{}");
    EXPECT_EQ(marked.status, 200);
    EXPECT_EQ(marked.text("state"), "delivered");
  }
  EXPECT_THAT(listed(), ElementsAre("e1", "e3"));
  EXPECT_THAT(listed("?state=delivered"), ElementsAre("e2"));
  EXPECT_THAT(listed("?state=all"), ElementsAre("e1", "e2", "e3"));
  EXPECT_EQ(with_key("backend").post("/v1/outbox/e9/delivered", "{}").status, 404);
}

TEST_F(Outbox, BelongsToTheBackendOfItsTenantAlone) {
  insert("e1", "t1");
  EXPECT_EQ(with_key("shop").get("/v1/outbox").at("events").items.size(), 0U);
  EXPECT_EQ(with_key("shop").post("/v1/outbox/e1/delivered", "{}").status, 404);
  EXPECT_EQ(with_key("other").get("/v1/outbox").status, 403);
  EXPECT_EQ(with_key("other").post("/v1/outbox/e1/delivered", "{}").status, 403);
  Browser nobody(server_->port(), "https://bank.example");
  EXPECT_EQ(nobody.get("/v1/outbox").status, 401);
  EXPECT_EQ(nobody.post("/v1/outbox/e1/delivered", "{}").status, 401);
  EXPECT_THAT(listed(), ElementsAre("e1"));
}

TEST_F(Outbox, RefusesWhatItDoesNotUnderstand) {
  for (const char* query : {"?after=-1", "?after=x", "?after=01", "?limit=0", "?limit=101",
                            "?limit=", "?state=lost", "?after=9999999999999999999", "?x=1",
                            "?state=open&state=all", "?state=%", "?stat%65=all", "?&", "?="}) {
    const Answer answer = with_key("backend").get(std::string("/v1/outbox") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.text("code"), "request_member_invalid") << query;
  }
  EXPECT_EQ(with_key("backend").post("/v1/outbox/e1/delivered", R"({"a":1})").status, 400);
}

TEST_F(Outbox, MetricsTellWhatWaits) {
  insert("e1", "t1");
  EXPECT_NE(
      with_key("backend").get("/metrics").body.find("countersign_outbox_open{tenant=\"bank\"} 1\n"),
      std::string::npos);
}

TEST_F(Outbox, WhatACommitLeftBehindIsDeliveredAfterAnyKill) {
  constexpr int kKills = 8;
  MockServer receiver;
  receiver.respond("/hook", [](const Seen&, const Send& send) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  std::mt19937 random(20261126);
  std::set<std::string> written;
  for (int round = 0; round < kKills; ++round) {
    server_->kill_hard();
    // Committed while nobody was there to send it.
    for (int i = 0; i < 20; ++i) {
      const std::string subject = "r" + std::to_string(round) + "t" + std::to_string(i % 7);
      const std::string id = subject + "e" + std::to_string(i / 7);
      insert(id, subject);
      written.insert(id);
    }
    server_.emplace(folder_, config_of(receiver.url("/hook")));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 150000));
  }
  // What was being sent when the process died waits for the end of its lease; not here for so long.
  server_->kill_hard();
  sqlite::Statement release = *rows_->prepare("UPDATE outbox SET next_attempt_at = created_at");
  ASSERT_TRUE(release.run().has_value());
  server_.emplace(folder_, config_of(receiver.url("/hook")));
  ASSERT_TRUE(is_empty_soon(30));
  std::set<std::string> received;
  std::map<std::string, int> reached;  // of each subject
  for (const Seen& seen : receiver.seen("/hook")) {
    const Result<JsonValue> json = parse_json(seen.body);
    if (!json.has_value()) {
      continue;  // its sender was killed in the middle
    }
    const std::string& id = member(*json, "id").string;
    received.insert(id);
    // Again is allowed, back is not: a later event only comes after the earlier were taken.
    int& last = reached[member(*json, "subject").string];
    const int number = id.back() - '0';
    EXPECT_TRUE(number == last || number == last + 1) << id << " after " << last;
    last = std::max(last, number);
  }
  EXPECT_EQ(received, written);
}

TEST_F(Outbox, OneThatIsBeingSentByADeadServerIsSentAgainAfterItsLease) {
  MockServer receiver;
  receiver.respond("/hook", [&receiver](const Seen&, const Send&) {
    while (!receiver.is_over()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  server_->stop();
  insert("e1", "t1");
  server_.emplace(folder_, config_of(receiver.url("/hook")));
  while (receiver.seen("/hook").empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  server_->kill_hard();
  const auto next_attempt = [this] {
    sqlite::Statement select = *rows_->prepare("SELECT next_attempt_at, attempts FROM outbox");
    EXPECT_TRUE(select.step().value());
    EXPECT_EQ(select.integer(1), 1);
    return select.integer(0);
  };
  const std::int64_t now = SystemClock().now().value;
  EXPECT_GT(next_attempt(), now + 30);
  EXPECT_LE(next_attempt(), now + 60);
}

TEST_F(Outbox, TwoServersOnOneDatabaseDeliverEachOnce) {
  MockServer receiver;
  receiver.answer("/hook", 200, "");
  server_->stop();
  for (int i = 0; i < 100; ++i) {
    insert("e" + std::to_string(i), "t" + std::to_string(i / 2));
  }
  server_.emplace(folder_, config_of(receiver.url("/hook")));
  const ServerProcess second(folder_, config_of(receiver.url("/hook")));
  ASSERT_TRUE(is_empty_soon(30));
  std::set<std::string> ids;
  for (const Seen& seen : receiver.seen("/hook")) {
    EXPECT_TRUE(ids.insert(member(*parse_json(seen.body), "id").string).second) << seen.body;
  }
  EXPECT_EQ(ids.size(), 100U);
}

// The receiver's code of docs/outbox.md against what the server sent.
TEST_F(Outbox, TheGuidesReceiverTakesOurEventsAndNoOthers) {
  MockServer receiver;
  receiver.answer("/hook", 200, "");
  server_->stop();
  insert("e1", "t1");
  server_.emplace(folder_, config_of(receiver.url("/hook")));
  ASSERT_TRUE(is_empty_soon(30));
  std::ifstream guide(COUNTERSIGN_SOURCE_DIR "/docs/outbox.md");
  std::string code;
  bool is_inside = false;
  for (std::string line; std::getline(guide, line);) {
    if (line.starts_with("```")) {
      is_inside = line == "```js";
    } else if (is_inside) {
      code += line + "\n";
    }
  }
  const Seen seen = receiver.seen("/hook").at(0);
  folder_.write("receiver.mjs", code);
  folder_.write("head", seen.head);
  folder_.write("body", seen.body);
  folder_.write("run.mjs", R"js(
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { verifyEvent } from './receiver.mjs';
const lines = readFileSync('head', 'utf8').split('\r\n').slice(1);
const headers = Object.fromEntries(lines.filter((l) => l.includes(': ')).map((l) => [l.split(': ')[0].toLowerCase(), l.slice(l.indexOf(': ') + 2)]));
const body = readFileSync('body');
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const time = Number(headers['webhook-timestamp']);
assert.equal(verifyEvent(headers, body, secret).id, 'e1');
assert.equal(verifyEvent({ ...headers, 'webhook-signature': 'v1,AAAA ' + headers['webhook-signature'] }, body, secret).id, 'e1');
for (let i = 0; i < body.length; ++i) {
  const other = Buffer.from(body);
  other[i] ^= 1;
  assert.throws(() => verifyEvent(headers, other, secret), /signature/);
}
assert.throws(() => verifyEvent(headers, body, 'whsec_' + Buffer.alloc(24).toString('base64')), /signature/);
assert.throws(() => verifyEvent({ ...headers, 'webhook-id': 'e2' }, body, secret), /signature/);
assert.throws(() => verifyEvent({ ...headers, 'webhook-signature': undefined }, body, secret), /signature/);
assert.throws(() => verifyEvent({ ...headers, 'webhook-signature': 'v1,' }, body, secret), /signature/);
assert.throws(() => verifyEvent({ ...headers, 'webhook-timestamp': String(time + 1) }, body, secret), /signature/);
assert.throws(() => verifyEvent({ ...headers, 'webhook-timestamp': undefined }, body, secret), /stale/);
assert.throws(() => verifyEvent(headers, body, secret, time + 301), /stale/);
assert.throws(() => verifyEvent(headers, body, secret, time - 301), /stale/);
)js");
  EXPECT_EQ(std::system(("cd " + folder_.path("") + " && node run.mjs").c_str()), 0);
}

std::string problem_of(const std::string& config) {
  const ConfigResult parsed = parse_config(config, "");
  const auto* problem = std::get_if<ConfigProblem>(&parsed);
  return problem == nullptr ? "" : std::string(error_name(problem->code)) + " " + problem->path;
}

TEST(OutboxConfig, TakesHttpsAndHttpOnThisMachine) {
  for (const char* url : {"https://core.bank.example/events?a=b", "https://[2001:db8::1]:8443/",
                          "http://127.0.0.1:9000/events", "http://localhost/", "http://[::1]/"}) {
    EXPECT_EQ(problem_of(config_of(url)), "") << url;
  }
  for (const char* url :
       {"http://core.bank.example/events", "http://127.0.0.1.bank.example/", "http://10.0.0.1/",
        "file:/tmp/x", "https://user@bank.example/", "ftp://bank.example/", "bank.example",
        "https://bank.example/#a", "https://bank.example/a b"}) {
    EXPECT_EQ(problem_of(config_of(url)), "outbox_url_not_allowed tenants[0].outbox.url") << url;
  }
}

TEST(OutboxConfig, RefusesUnknownAndMissingMembers) {
  const auto with = [](const std::string& outbox) {
    return R"({"listen":{},"tenants":[{"id":"a","rpId":"a.example","origins":["https://a.example"],)"
           R"("outbox":)" +
           outbox + "}]}";
  };
  EXPECT_EQ(problem_of(with(R"({"url":"https://a.example/","secretFile":"s","secret":"x"})")),
            "config_unknown_key tenants[0].outbox.secret");
  EXPECT_EQ(problem_of(with(R"({"url":"https://a.example/"})")),
            "config_value_invalid tenants[0].outbox.secretFile");
  EXPECT_EQ(problem_of(with(R"({"secretFile":"s"})")),
            "config_value_invalid tenants[0].outbox.url");
  EXPECT_EQ(problem_of(with(R"("https://a.example/")")), "config_value_invalid tenants[0].outbox");
}

TEST(OutboxConfig, ASecretThatIsMissingOrTooShortStopsTheStart) {
  TemporaryFolder folder;
  const auto parsed = [&] {
    const ConfigResult read = parse_config(config_of("https://bank.example/"), folder.path(""));
    const auto receivers = read_outbox_receivers(std::get<Config>(read));
    const auto* problem = std::get_if<ConfigProblem>(&receivers);
    return problem == nullptr ? "" : problem->path;
  };
  EXPECT_EQ(parsed(), "tenants[0].outbox.secretFile");
  folder.write("secret", "whsec_c2hvcnQ=\n");
  EXPECT_EQ(parsed(), "tenants[0].outbox.secretFile");
  folder.write("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
  EXPECT_EQ(parsed(), "");
}

}  // namespace
}  // namespace countersign::testing
