// Decisions for a backend, and payments without strong customer authentication, over HTTP.

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <atomic>
#include <ctime>
#include <mutex>
#include <set>

#include "tests/http/customers.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kSmall = 3000;  // 30 EUR, of 100 in a row

std::string inputs_of(std::int64_t amount, const std::string& more = "") {
  return R"("inputs":{"amount.base":)" + std::to_string(amount) +
         R"(,"payee.known":true,"payee.trusted":false,"payee.confusable":false,"risk.score":10)" +
         more + "}";
}

// Low value by count alone.
std::string counted_policy(int count) {
  return R"({"schema":"countersign-policy/1","id":"counted","revision":1,"default":"require","rules":[
      {"id":"enrol","when":{"ceremony":{"in":["register","credential.add","recovery","authenticate"]}},
       "require":{"userVerification":"required"}},
      {"id":"low","when":{"all":[{"ceremony":"transaction.approve"},{"amount.base":{"lte":3000}},
       {"sinceSca.count":{"lte":)" +
         std::to_string(count) + R"(}}]},"exempt":{"basis":"rts.article-16"}}]})";
}

class ExemptionsTest : public ::testing::Test {
 protected:
  // A customer of the bank with one passkey.
  SoftCredential enrol(const std::string& name) {
    Browser backend = backend_of(server_, "bank-key");
    Browser page = bank_page(server_);
    const Answer issued = backend.post("/v1/activations", R"({"username":")" + name + "\"}");
    const Enrolled enrolled = enrol_with(page, issued, "key of " + name);
    EXPECT_EQ(enrolled.result.status, 200) << enrolled.result.body;
    return enrolled.credential;
  }
  Answer decide(const std::string& rest, const std::string& username = "ada") {
    Browser backend = backend_of(server_, "bank-key");
    return backend.post("/v1/decisions", R"({"username":")" + username + "\"," + rest + "}");
  }
  Answer pay(const ServerProcess& server, const std::string& key, const std::string& session,
             std::int64_t amount = kSmall, const std::string& username = "ada") {
    Browser backend = backend_of(server, "bank-key");
    backend.headers.emplace("Idempotency-Key", key);
    return backend.post("/v1/exemptions", R"({"username":")" + username +
                                              R"(","authentication":")" + session + "\"," +
                                              inputs_of(amount) + "}");
  }
  // Payments at once, by turns at each server; those that were let through.
  std::vector<Answer> pay_at_once(const std::vector<const ServerProcess*>& servers, int count,
                                  const std::string& session, std::int64_t amount = kSmall) {
    std::mutex mutex;
    std::vector<Answer> granted;
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&, i] {
        const Answer answer = pay(*servers[static_cast<std::size_t>(i) % servers.size()],
                                  "payment-" + std::to_string(i), session, amount);
        const std::lock_guard lock(mutex);
        if (answer.status == 201) {
          granted.push_back(answer);
        } else {
          EXPECT_TRUE(answer.status == 403 || answer.status == 409) << answer.body;
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    return granted;
  }

  TemporaryFolder folder_;
  ServerProcess server_{folder_, customers_config(R"("transactions":{"baseCurrency":"EUR"},)")};
};

TEST_F(ExemptionsTest, ADecisionSaysWhatIsDemandedAndWhetherThereIsAPasskeyForIt) {
  enrol("ada");
  const Answer high = decide(R"("ceremony":"transaction.approve",)" + inputs_of(20000));
  ASSERT_EQ(high.status, 200) << high.body;
  EXPECT_EQ(high.text("outcome"), "require");
  EXPECT_EQ(member(high.at("requirements"), "userVerification").string, "required");
  EXPECT_EQ(high.text("passkey"), "usable");
  EXPECT_EQ(member(high.at("customer"), "credentials").integer, 1);
  EXPECT_EQ(member(high.at("customer"), "usableCredentials").integer, 1);
  EXPECT_EQ(from_base64(high.text("policy")).size(), 32U);
  EXPECT_EQ(member(high.at("sinceSca"), "sum").integer, 20000);
  EXPECT_THAT(high.body, HasSubstr(R"({"id":"pay","effect":"require","truth":"true"})"));

  // Above 10,000 EUR a passkey must be a day old.
  const Answer highest = decide(R"("ceremony":"transaction.approve",)" + inputs_of(1000000));
  EXPECT_EQ(highest.text("outcome"), "require");
  EXPECT_EQ(highest.text("passkey"), "insufficient");
  EXPECT_EQ(member(highest.at("customer"), "usableCredentials").integer, 0);

  const Answer low = decide(R"("ceremony":"transaction.approve",)" + inputs_of(kSmall));
  EXPECT_EQ(low.text("outcome"), "exempt");
  EXPECT_EQ(low.at("exemptions").items.at(0).string, "rts.article-16");
  const Answer risky = decide(
      R"("ceremony":"transaction.approve","inputs":{"amount.base":1,"risk.score":95,"payee.known":true,"payee.confusable":false})");
  EXPECT_EQ(risky.text("outcome"), "deny");
  EXPECT_EQ(risky.at("reasons").items.at(0).string, "risk");
}

TEST_F(ExemptionsTest, ACustomerWithoutAPasskeyIsToldApartSoThatTheLegacyMethodCanStandIn) {
  Browser backend = backend_of(server_, "bank-key");
  ASSERT_EQ(backend.post("/v1/activations", R"({"username":"ada"})").status, 201);
  const Answer sign_in = decide(R"("ceremony":"authenticate")");
  ASSERT_EQ(sign_in.status, 200) << sign_in.body;
  EXPECT_EQ(sign_in.text("outcome"), "require");
  EXPECT_EQ(sign_in.text("passkey"), "none");
  EXPECT_TRUE(sign_in.at("sinceSca").is_null());
  // Neither has anybody whom the bank never enrolled.
  const Answer stranger = decide(R"("ceremony":"authenticate")", "nobody");
  ASSERT_EQ(stranger.status, 200) << stranger.body;
  EXPECT_EQ(stranger.body, sign_in.body);
  const Answer payment =
      decide(R"("ceremony":"transaction.approve",)" + inputs_of(kSmall), "nobody");
  EXPECT_EQ(payment.text("passkey"), "none") << payment.body;
  EXPECT_EQ(member(payment.at("sinceSca"), "sum").integer, kSmall);
  EXPECT_EQ(backend.get("/v1/accounts/nobody").status, 404) << "asking makes no account";
  // Another's sign-in is none of a stranger's, and a stranger is let through nowhere.
  const std::string session = bank_sign_in(server_, enrol("bob"));
  EXPECT_EQ(
      decide(R"("ceremony":"authenticate","authentication":")" + session + "\"", "nobody").status,
      401);
  EXPECT_EQ(pay(server_, "stranger", session, kSmall, "nobody").status, 404);
}

TEST_F(ExemptionsTest, ABackendHearsWhatItSentWrongly) {
  const std::string text = R"({"username":"ada","ceremony":"authenticate",
 "inputs":{"risk":1}})";
  Browser backend = backend_of(server_, "bank-key");
  const Answer decision = backend.post("/v1/decisions", text);
  EXPECT_EQ(decision.text("code"), "policy_inputs_malformed");
  EXPECT_FALSE(decision.text("detail").empty());
  EXPECT_EQ(member(decision.at("position"), "line").integer, 2) << decision.body;
  EXPECT_EQ(member(decision.at("position"), "column").integer, 12);
  const struct {
    const char* path;
    const char* body;
    const char* code;
    std::int64_t column;  // 0: no place
  } rows[] = {
      {"/v1/decisions", R"({"username":"ada"})", "request_member_invalid", 0},
      {"/v1/decisions", R"({"username":7,"ceremony":"authenticate"})", "request_member_invalid",
       13},
      {"/v1/decisions", R"({"username":"ada","ceremony":"authenticate","inputs":{"time.hour":1}})",
       "request_member_invalid", 55},
      {"/v1/activations", R"({"username":"ada","name":"x"})", "request_member_invalid", 19},
      {"/v1/activations", R"({"username":"ada",})", "json_syntax", 19},
      {"/v1/recoveries", R"({"username":"ada","revokeOthers":1})", "request_member_invalid", 34},
      {"/v1/registrations", R"({"username":"ada","policyInputs":{"risk.score":101}})",
       "policy_input_value_invalid", 48},
      {"/v1/authentications", R"({"policyInputs":{"risk":1}})", "policy_inputs_malformed", 18},
      {"/v1/exemptions", R"({"username":"ada"})", "request_member_invalid", 0}};
  for (const auto& row : rows) {
    const Answer answer = backend.post(row.path, row.body);
    EXPECT_EQ(answer.status, 400) << row.body;
    EXPECT_EQ(answer.text("code"), row.code) << row.body;
    EXPECT_EQ(answer.at("position").is_null() ? 0 : member(answer.at("position"), "column").integer,
              row.column)
        << answer.body;
  }
  EXPECT_EQ(backend.post("/v1/recoveries", R"({"username":"ada"})").text("code"),
            "account_not_found");
  // A browser gets the class.
  Browser page = shop_page(server_);
  const Answer told = page.post("/v1/authentications", R"({"policyInputs":{"risk":1}})");
  EXPECT_EQ(told.status, 400);
  EXPECT_EQ(told.body.find("code"), std::string::npos) << told.body;
  EXPECT_EQ(told.body.find("position"), std::string::npos);
}

// A bank of another currency that has not said so need not make up a rate of its own.
TEST_F(ExemptionsTest, WithoutABaseCurrencyNobodyKnowsWhatWasConverted) {
  const TemporaryFolder folder;
  const ServerProcess silent(folder, customers_config());
  Browser backend = backend_of(silent, "bank-key");
  ASSERT_EQ(backend.post("/v1/activations", R"({"username":"ada"})").status, 201);
  for (const char* rate : {"", R"(,"amount.rate":"ECB:CHF@2026-11-26T15:00:00Z")"}) {
    const Answer decided =
        backend.post("/v1/decisions",
                     R"({"username":"ada","ceremony":"transaction.approve",)" +
                         inputs_of(5000, std::string(R"(,"amount.currency":"CHF")") + rate) + "}");
    EXPECT_EQ(decided.status, 200) << decided.body;
  }
}

TEST_F(ExemptionsTest, WhatWasConvertedIsRecordedWithItsRate) {
  const std::string session = bank_sign_in(server_, enrol("ada"));
  const std::string dollars = R"("ceremony":"transaction.approve",)";
  const Answer unrated = decide(dollars + inputs_of(2500, R"(,"amount.currency":"USD")"));
  EXPECT_EQ(unrated.status, 400);
  EXPECT_EQ(unrated.text("code"), "request_member_invalid");
  EXPECT_EQ(member(unrated.at("position"), "column").integer, 62) << unrated.body;
  const std::string rate = R"("amount.rate":"ECB:USD@2026-11-26T15:00:00Z")";
  EXPECT_EQ(decide(dollars + inputs_of(2500, R"(,"amount.currency":"EUR",)" + rate)).status, 400)
      << "nothing was converted";
  EXPECT_EQ(decide(dollars + R"("inputs":{)" + rate + "}").status, 400) << "of no amount";
  EXPECT_EQ(decide(dollars + inputs_of(2500, R"(,"amount.rate":"1.0871")")).status, 400);
  EXPECT_EQ(decide(dollars + inputs_of(2500, R"(,"amount.currency":"EUR")")).status, 200);

  Browser backend = backend_of(server_, "bank-key");
  backend.headers.emplace("Idempotency-Key", "dollars");
  const auto pay_with = [&](const std::string& more) {
    return backend.post("/v1/exemptions", R"({"username":"ada","authentication":")" + session +
                                              "\"," + inputs_of(2500, more) + "}");
  };
  EXPECT_EQ(pay_with(R"(,"amount.currency":"USD")").status, 400);
  EXPECT_THAT(server_.log(), Not(HasSubstr("amount.rate")));
  EXPECT_EQ(pay_with(R"(,"amount.currency":"USD",)" + rate).status, 201);
  EXPECT_THAT(server_.log(), HasSubstr("ECB:USD@2026-11-26T15:00:00Z"));
}

TEST_F(ExemptionsTest, ADecisionIsAskedStrictly) {
  enrol("ada");
  for (const char* rest : {
           R"("ceremony":"payment")",
           R"("inputs":{})",
           R"("ceremony":"authenticate","inputs":{"risk":1})",
           R"("ceremony":"authenticate","inputs":{"risk.score":101})",
           R"("ceremony":"authenticate","inputs":{"amount.base":1})",
           R"("ceremony":"transaction.approve","inputs":{"sinceSca.sum":0})",
           R"("ceremony":"transaction.approve","inputs":{"credential.age":"P1D"})",
           R"("ceremony":"transaction.approve","inputs":{"session.age":"PT1S"})",
           R"("ceremony":"transaction.approve","inputs":{"time.hour":1})",
           R"("ceremony":"authenticate","inputs":[])",
           R"("ceremony":"authenticate","more":1)",
       }) {
    EXPECT_EQ(decide(rest).status, 400) << rest;
  }
  Browser page = bank_page(server_);
  EXPECT_EQ(page.post("/v1/decisions", R"({"username":"ada","ceremony":"authenticate"})").status,
            401);
}

TEST_F(ExemptionsTest, FiftyAtOnceNeverExceedTheSum) {
  const std::string session = bank_sign_in(server_, enrol("ada"));
  ASSERT_NE(session, "");
  const std::vector<Answer> granted = pay_at_once({&server_}, 50, session);
  EXPECT_EQ(granted.size(), 3U) << "90 of 100 EUR";
  std::set<std::int64_t> sums;
  for (const Answer& answer : granted) {
    sums.insert(member(answer.at("sinceSca"), "sum").integer);
    EXPECT_EQ(answer.at("basis").items.at(0).string, "rts.article-16");
  }
  EXPECT_EQ(sums, (std::set<std::int64_t>{3000, 6000, 9000}));
  EXPECT_EQ(pay(server_, "a-cent-more", session, 1001).status, 403);
  EXPECT_EQ(pay(server_, "to-the-brim", session, 1000).status, 201);
  EXPECT_THAT(server_.log(), HasSubstr("exemption_not_granted"));
  // Bob's are counted apart.
  EXPECT_EQ(pay(server_, "bob's", bank_sign_in(server_, enrol("bob")), kSmall, "bob").status, 201);
}

TEST_F(ExemptionsTest, TwoProcessesOnOneStoreNeverExceedTheSum) {
  const std::string session = bank_sign_in(server_, enrol("ada"));
  ServerProcess second(folder_, customers_config());
  EXPECT_EQ(pay_at_once({&server_, &second}, 50, session).size(), 3U);
}

TEST_F(ExemptionsTest, FiftyAtOnceNeverExceedTheCount) {
  folder_.write("counted.json", counted_policy(5));
  ServerProcess counted(folder_, customers_config(R"("policy":"counted.json",)"));
  const std::string session = bank_sign_in(counted, enrol("ada"));
  EXPECT_EQ(pay_at_once({&counted}, 50, session, 1).size(), 5U);
}

// A denial that asks for the credential can only be answered where somebody signs.
TEST_F(ExemptionsTest, ADenialThatWaitsForTheCredentialStopsAnExemption) {
  std::string policy = counted_policy(5);
  policy.insert(policy.rfind("]}"),
                R"(,{"id":"new","when":{"all":[{"ceremony":"transaction.approve"},
                    {"credential.age":{"lt":"P1D"}}]},"deny":{"reason":"new-credential"}})");
  folder_.write("denied.json", policy);
  ServerProcess server(folder_, customers_config(R"("policy":"denied.json",)"));
  const std::string session = bank_sign_in(server, enrol("ada"));
  EXPECT_EQ(pay(server, "one", session, 1).status, 403);
  Browser backend = backend_of(server, "bank-key");
  const Answer asked = backend.post("/v1/decisions", R"({"username":"ada",)"
                                                     R"("ceremony":"transaction.approve",)" +
                                                         inputs_of(1) + "}");
  EXPECT_EQ(asked.text("outcome"), "require") << asked.body;
  EXPECT_EQ(asked.text("passkey"), "insufficient") << asked.body;

  // One that the denial does not meet will do: then the verdict demands nothing.
  policy.replace(policy.find(R"("lt":"P1D")"), 10, R"("gt":"P1D")");
  TemporaryFolder other;
  other.write("denied.json", policy);
  ServerProcess usable(other, customers_config(R"("policy":"denied.json",)"));
  Browser bank = backend_of(usable, "bank-key");
  Browser page = bank_page(usable);
  enrol_with(page, bank.post("/v1/activations", R"({"username":"ada"})"), "key of ada");
  const Answer again =
      bank.post("/v1/decisions",
                R"({"username":"ada","ceremony":"transaction.approve",)" + inputs_of(1) + "}");
  EXPECT_EQ(again.text("outcome"), "require") << again.body;
  EXPECT_EQ(again.text("passkey"), "usable") << again.body;
}

TEST_F(ExemptionsTest, ARepeatedPaymentIsCountedOnce) {
  const std::string session = bank_sign_in(server_, enrol("ada"));
  const Answer first = pay(server_, "once", session);
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(pay(server_, "once", session).body, first.body);
  EXPECT_EQ(pay(server_, "once", session, 2000).status, 422) << "another payment, the same key";
  const Answer next = pay(server_, "twice", session, 1000);
  EXPECT_EQ(member(next.at("sinceSca"), "sum").integer, 4000);
  EXPECT_EQ(member(next.at("sinceSca"), "count").integer, 2);
  Browser backend = backend_of(server_, "bank-key");
  EXPECT_EQ(backend
                .post("/v1/exemptions", R"({"username":"ada","authentication":")" + session +
                                            "\"," + inputs_of(kSmall) + "}")
                .status,
            400)
      << "without a key";
}

TEST_F(ExemptionsTest, AnExemptionNeedsASignedInCustomer) {
  const SoftCredential key = enrol("ada");
  const std::string session = bank_sign_in(server_, key);
  const std::string bobs = bank_sign_in(server_, enrol("bob"));
  Browser backend = backend_of(server_, "bank-key");
  const auto refused = [&](const std::string& authentication) {
    const Answer answer = pay(server_, "refused", authentication);
    return answer.status == 401;
  };
  EXPECT_TRUE(refused(bobs));
  EXPECT_TRUE(refused("AAAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_TRUE(refused(""));
  const Answer unfinished = backend.post("/v1/authentications", R"({"username":"ada"})");
  EXPECT_TRUE(refused(unfinished.text("id")));
  Browser none = backend_of(server_, "bank-key");
  none.headers.emplace("Idempotency-Key", "none");
  const std::string body = R"({"username":"ada",)" + inputs_of(kSmall) + "}";
  EXPECT_EQ(none.post("/v1/exemptions", body).status, 401);
  // One cent or much: what the policy does not exempt stays so.
  EXPECT_EQ(pay(server_, "high", session, kSmall + 1).status, 403);
  EXPECT_EQ(pay(server_, "huge", session, std::numeric_limits<std::int64_t>::max()).status, 403);
  EXPECT_EQ(pay(server_, "good", session).status, 201);
  EXPECT_EQ(pay(server_, "still-huge", session, std::numeric_limits<std::int64_t>::max()).status,
            403)
      << "no overflow";
  ASSERT_EQ(backend.post("/v1/accounts/ada/revoke-all", "{}").status, 200);
  EXPECT_TRUE(refused(session));
}

TEST_F(ExemptionsTest, TheSessionThatABackendPassesOnCounts) {
  Browser shop = backend_of(server_, "shop-key");
  Browser page = shop_page(server_);
  const Answer issued = shop.post("/v1/activations", R"({"username":"ada"})");
  ASSERT_EQ(enrol_with(page, issued, "key").result.status, 200);
  shop.headers.emplace("Idempotency-Key", "1");
  const std::string body = R"({"username":"ada",)" + inputs_of(kSmall) + "}";
  EXPECT_EQ(shop.post("/v1/exemptions", body).status, 401);
  shop.cookie = page.cookie;
  EXPECT_EQ(shop.post("/v1/exemptions", body).status, 201);
}

// RTS Article 10: for 180 days after the last strong authentication, on a device that is known.
TEST_F(ExemptionsTest, AccessToAnAccountGoesByTheLastTimeThatTheUserWasVerified) {
  const SoftCredential key = enrol("ada");
  Browser backend = backend_of(server_, "bank-key");
  const auto access = [&](const std::string& idempotency, const std::string& session,
                          const std::string& inputs = R"("device.new":false)") {
    Browser bank = backend_of(server_, "bank-key");
    bank.headers.emplace("Idempotency-Key", idempotency);
    return bank.post("/v1/exemptions", R"({"username":"ada","ceremony":"account.access",)"
                                       R"("authentication":")" +
                                           session + R"(","inputs":{)" + inputs + "}}");
  };
  const auto asked = [&] {
    return decide(R"("ceremony":"account.access","inputs":{"device.new":false})").text("outcome");
  };
  // A sign-in without user verification shows that the customer is there, and nothing strong.
  const auto sign_in = [&](bool is_user_verified) {
    const Answer began = backend.post("/v1/authentications", "{}");
    Browser page = bank_page(server_);
    page.headers.emplace("Countersign-Ceremony", began.text("token"));
    const Answer result =
        page.post("/v1/authentications/" + began.text("id") + "/result",
                  page.assert_with(key, began.at("options"),
                                   [&](AssertionOptions& options) {
                                     options.flags = is_user_verified ? kUserPresent | kUserVerified
                                                                      : kUserPresent;
                                   })
                      .json);
    EXPECT_EQ(result.status, 200) << result.body;
    return began.text("id");
  };
  const std::string weak = sign_in(false);
  EXPECT_EQ(access("never-verified", weak).status, 403);
  EXPECT_EQ(asked(), "require");
  const std::string session = sign_in(true);
  EXPECT_EQ(asked(), "exempt");
  const Answer granted = access("first", session);
  ASSERT_EQ(granted.status, 201) << granted.body;
  EXPECT_EQ(granted.at("basis").items.at(0).string, "rts.article-10");
  EXPECT_EQ(access("first", session).body, granted.body) << "the same again";
  EXPECT_EQ(access("later", weak).status, 201) << "the customer was verified since";
  EXPECT_EQ(access("new-device", session, R"("device.new":true)").status, 403);
  EXPECT_EQ(access("unknown-device", session, "").status, 403) << "nobody says that it is known";

  // Neither sum nor count of payments moves by an access, and both are seen.
  EXPECT_EQ(member(granted.at("sinceSca"), "sum").integer, 0);
  EXPECT_EQ(member(granted.at("sinceSca"), "count").integer, 0);
  ASSERT_EQ(pay(server_, "payment", session).status, 201);
  const Answer after = access("after-payment", session);
  EXPECT_EQ(member(after.at("sinceSca"), "sum").integer, kSmall);
  EXPECT_EQ(member(after.at("sinceSca"), "count").integer, 1);
  const Answer next = pay(server_, "next-payment", session, 1000);
  EXPECT_EQ(member(next.at("sinceSca"), "sum").integer, kSmall + 1000);
  EXPECT_EQ(member(next.at("sinceSca"), "count").integer, 2);

  for (const char* ceremony : {"authenticate", "policy.publish", "lunch"}) {
    Browser bank = backend_of(server_, "bank-key");
    bank.headers.emplace("Idempotency-Key", ceremony);
    EXPECT_EQ(
        bank.post("/v1/exemptions", R"({"username":"ada","ceremony":")" + std::string(ceremony) +
                                        R"(","authentication":")" + session + "\"}")
            .status,
        400)
        << ceremony;
  }

  // 180 days are not 180 days and a second.
  const auto verified = [&](std::int64_t seconds_ago) {
    server_.stop();
    const std::string when = std::to_string(std::time(nullptr) - seconds_ago);
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(folder_.path("countersign.db").c_str(), &raw), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(raw, ("UPDATE credentials SET verified_at = " + when).c_str(), nullptr,
                           nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(raw);
    seal_rows_of(folder_.path("countersign.db"));
    server_.restart();
  };
  constexpr std::int64_t kHalfAYear = 180 * 86400;
  verified(kHalfAYear - 60);
  EXPECT_EQ(asked(), "exempt");
  EXPECT_EQ(access("in-time", session).status, 201);
  verified(kHalfAYear + 1);
  EXPECT_EQ(asked(), "require");
  EXPECT_EQ(access("too-late", session).status, 403) << "the sign-in is of today";
}

TEST_F(ExemptionsTest, NoAcknowledgedExemptionIsLostByAKill) {
  constexpr int kKills = 10;
  const std::string session = bank_sign_in(server_, enrol("ada"));
  folder_.write("counted.json", counted_policy(1000000));
  server_.stop();
  const std::string config = customers_config(R"("policy":"counted.json",)");
  std::map<std::string, std::string> acknowledged;
  for (int round = 0; round < kKills; ++round) {
    ServerProcess server(folder_, config);
    std::atomic<int> heard = 0;
    // Something was acknowledged, then at any moment of what follows.
    std::thread killer([&] {
      for (int i = 0; i < 4000 && heard < 2; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(15 * round));
      server.kill_hard();
    });
    for (int i = 0; i < 1000; ++i) {
      const std::string key = std::to_string(round) + "-" + std::to_string(i);
      const Answer answer = pay(server, key, session, 1);
      if (answer.status == 201) {
        acknowledged[key] = answer.body;
        ++heard;
      } else if (answer.status == 0) {
        break;
      }
    }
    killer.join();
  }
  ServerProcess server(folder_, config);
  std::int64_t last = 0;
  for (const auto& [key, body] : acknowledged) {
    const Answer repeated = pay(server, key, session, 1);
    EXPECT_EQ(repeated.body, body) << key;
    last = std::max(last, member(repeated.at("sinceSca"), "count").integer);
  }
  EXPECT_GE(acknowledged.size(), std::size_t{2} * kKills);
  const Answer next = pay(server, "next", session, 1);
  const std::int64_t count = member(next.at("sinceSca"), "count").integer - 1;
  EXPECT_GE(count, last);
  EXPECT_GE(count, static_cast<std::int64_t>(acknowledged.size()));
  EXPECT_LE(count, static_cast<std::int64_t>(acknowledged.size()) + kKills)
      << "at most one of each round was not heard of";
}

}  // namespace
}  // namespace countersign::testing
