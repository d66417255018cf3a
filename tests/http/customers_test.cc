// How customers come in and come back, over HTTP against the real program; and who tries to come in
// with them.

#include "tests/http/customers.h"

#include <gmock/gmock.h>

#include <atomic>

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class CustomersTest : public ::testing::Test {
 protected:
  Answer activate(Browser& backend, const std::string& username) {
    const Answer issued = backend.post("/v1/activations", R"({"username":")" + username + "\"}");
    EXPECT_EQ(issued.status, 201) << issued.body;
    return issued;
  }
  Answer recover(Browser& backend, const std::string& username, bool revokes_others = false) {
    const Answer issued =
        backend.post("/v1/recoveries", R"({"username":")" + username + R"(","revokeOthers":)" +
                                           (revokes_others ? "true" : "false") + "}");
    EXPECT_EQ(issued.status, 201) << issued.body;
    return issued;
  }
  std::size_t audited(const std::string& code) const {
    const std::string log = server_.log();
    const std::string line = "\"code\":\"" + code + "\"";
    std::size_t count = 0;
    for (std::size_t at = log.find(line); at != std::string::npos; at = log.find(line, at + 1)) {
      ++count;
    }
    return count;
  }

  TemporaryFolder folder_;
  ServerProcess server_{folder_, customers_config()};
  Browser bank_ = backend_of(server_, "bank-key");
  Browser shop_ = backend_of(server_, "shop-key");
};

TEST_F(CustomersTest, ACustomerComesInWithACode) {
  const Answer issued =
      bank_.post("/v1/activations", R"({"username":"ada","displayName":"Ada Lovelace"})");
  ASSERT_EQ(issued.status, 201) << issued.body;
  EXPECT_EQ(issued.text("purpose"), "first");
  EXPECT_THAT(issued.text("code"), MatchesRegex("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}"));
  EXPECT_THAT(bank_.get("/v1/activations/" + issued.text("id")).body,
              Not(HasSubstr(issued.text("code"))));

  Browser page = bank_page(server_);
  const Enrolled enrolled = enrol_with(page, issued, "phone");
  ASSERT_EQ(enrolled.result.status, 200) << enrolled.result.body;
  EXPECT_EQ(member(enrolled.result.at("user"), "displayName").string, "Ada Lovelace");
  EXPECT_TRUE(enrolled.result.at("session").is_null());  // the bank has no sessions of ours
  EXPECT_TRUE(member(enrolled.result.at("credential"), "recoveredAt").is_null());
  EXPECT_NE(bank_sign_in(server_, enrolled.credential), "");

  const Answer state = bank_.get("/v1/activations/" + issued.text("id"));
  EXPECT_EQ(state.text("state"), "used");
  EXPECT_EQ(state.text("credentialId"), to_base64url(enrolled.credential.id));
  const Answer account = bank_.get("/v1/accounts/ada");
  ASSERT_EQ(account.status, 200) << account.body;
  ASSERT_EQ(account.at("credentials").items.size(), 1U);
  EXPECT_TRUE(account.at("activation").is_null());
  EXPECT_THAT(account.body, Not(HasSubstr("publicKey")));
  EXPECT_THAT(event_kinds(bank_), ElementsAre("activation.created", "credential.added"));
  EXPECT_THAT(event_kinds(shop_), ElementsAre());
  EXPECT_EQ(server_.log().find(issued.text("code")), std::string::npos);
}

TEST_F(CustomersTest, WhereTheTenantHasSessionsTheFirstPasskeySignsIn) {
  Browser page = shop_page(server_);
  const Enrolled enrolled = enrol_with(page, activate(shop_, "ada"), "phone");
  ASSERT_EQ(enrolled.result.status, 200) << enrolled.result.body;
  EXPECT_EQ(signed_in(page), "ada");
  // A second device: a sign-in just before, then the registration in its session.
  Browser again = shop_page(server_);
  ASSERT_EQ(again.sign_in(enrolled.credential, "ada").status, 200);
  const Answer began = again.post("/v1/registrations", "{}");
  ASSERT_EQ(began.status, 201) << began.body;
  const Registration laptop = again.create(began.at("options"), "laptop");
  EXPECT_EQ(again.post("/v1/registrations/" + began.text("id") + "/result", laptop.json).status,
            200);
  EXPECT_THAT(event_kinds(shop_),
              ElementsAre("activation.created", "credential.added", "credential.added"));
}

TEST_F(CustomersTest, ACodeIsReadAsPeopleTypeIt) {
  const Answer issued = activate(bank_, "ada");
  std::string typed;
  for (const char c : issued.text("code")) {
    typed += c == '0' ? 'o' : c == '1' ? 'l' : c == '-' ? ' ' : static_cast<char>(::tolower(c));
  }
  Browser page = bank_page(server_);
  EXPECT_EQ(page.post("/v1/registrations", activation_body(issued.text("id"), typed)).status, 201);
}

TEST_F(CustomersTest, WhateverIsWrongTheAnswerIsTheSame) {
  const Answer used = activate(bank_, "ada");
  Browser page = bank_page(server_);
  ASSERT_EQ(enrol_with(page, used, "phone").result.status, 200);
  const Answer cancelled = activate(bank_, "bob");
  const Answer open = activate(bank_, "bob");
  const Answer foreign = activate(shop_, "eve");
  const std::vector<std::string> bodies{
      activation_body("AAAAAAAAAAAAAAAAAAAAAA", open.text("code")),
      activation_body("", open.text("code")),
      activation_body(open.text("id"), "0000-0000-0000"),
      activation_body(open.text("id"), ""),
      activation_body(used.text("id"), used.text("code")),
      activation_body(cancelled.text("id"), cancelled.text("code")),
      activation_body(foreign.text("id"), foreign.text("code")),
      activation_body(open.text("id"), foreign.text("code")),  // of another customer
  };
  for (const std::string& body : bodies) {
    const Answer refused = page.post("/v1/registrations", body);
    EXPECT_EQ(refused.status, 403) << body;
    EXPECT_EQ(refused.text("class"), "rejected") << body;
    EXPECT_EQ(refused.json.members.size(), 5U) << refused.body;
  }
  EXPECT_EQ(audited("activation_invalid"), bodies.size());
  EXPECT_EQ(bank_.get("/v1/activations/" + open.text("id")).at("wrongCodes").integer, 3);
  EXPECT_EQ(begin_with(page, open).status, 201);
}

TEST_F(CustomersTest, TheFifthWrongCodeBlocks) {
  const Answer issued = activate(bank_, "ada");
  Browser page = bank_page(server_);
  const auto guess = [&] {
    return page.post("/v1/registrations", activation_body(issued.text("id"), "ZZZZ-ZZZZ-ZZZZ"));
  };
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(guess().status, 403);
  }
  const Answer began = begin_with(page, issued);
  ASSERT_EQ(began.status, 201) << "four do not block";
  EXPECT_EQ(guess().status, 403);
  EXPECT_EQ(begin_with(page, issued).status, 403);
  // Not even what had begun is let through: somebody guesses at this activation.
  const Registration made = page.create(began.at("options"), "phone");
  EXPECT_EQ(page.post("/v1/registrations/" + began.text("id") + "/result", made.json).status, 403);
  EXPECT_EQ(bank_.get("/v1/activations/" + issued.text("id")).text("state"), "blocked");
  EXPECT_THAT(event_kinds(bank_), ElementsAre("activation.created", "activation.blocked"));
  EXPECT_TRUE(bank_.get("/v1/accounts/ada").at("credentials").items.empty());
}

TEST_F(CustomersTest, GuessesAtOnceAreCountedOneByOne) {
  const Answer issued = activate(bank_, "ada");
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      Browser page = bank_page(server_);
      page.post("/v1/registrations", activation_body(issued.text("id"), "ZZZZ-ZZZZ-ZZZZ"));
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const Answer state = bank_.get("/v1/activations/" + issued.text("id"));
  EXPECT_EQ(state.text("state"), "blocked");
  EXPECT_EQ(state.at("wrongCodes").integer, 5);
}

TEST_F(CustomersTest, AFailedCeremonyMayBeRepeated) {
  const Answer issued = activate(bank_, "ada");
  Browser page = bank_page(server_);
  const Answer began = begin_with(page, issued);
  const Registration spoiled = page.create(
      began.at("options"), "phone",
      [](RegistrationOptions& options) { options.challenge = seeded_bytes("another", 32); });
  EXPECT_EQ(page.post("/v1/registrations/" + began.text("id") + "/result", spoiled.json).status,
            403);
  EXPECT_EQ(enrol_with(page, issued, "phone").result.status, 200);
}

TEST_F(CustomersTest, OfSixtyFourRacersOneRegisters) {
  constexpr int kRacers = 64;
  const Answer issued = activate(bank_, "ada");
  std::atomic<int> registered = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kRacers; ++i) {
    threads.emplace_back([&, i] {
      Browser page = bank_page(server_);
      const Answer began = begin_with(page, issued);
      if (began.status != 201) {
        refused += began.status == 403 ? 1 : 0;
        return;
      }
      const Registration made = page.create(began.at("options"), "racer " + std::to_string(i));
      const int status =
          page.post("/v1/registrations/" + began.text("id") + "/result", made.json).status;
      registered += status == 200 ? 1 : 0;
      refused += status == 403 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(registered, 1);
  EXPECT_EQ(refused, kRacers - 1);
  EXPECT_EQ(bank_.get("/v1/accounts/ada").at("credentials").items.size(), 1U);
}

TEST_F(CustomersTest, AnAccountHasAtMostFiveActivationsInTenMinutes) {
  std::vector<Answer> issued;
  for (int i = 0; i < 5; ++i) {
    issued.push_back(activate(bank_, "ada"));
  }
  EXPECT_EQ(bank_.post("/v1/activations", R"({"username":"ada"})").status, 409);
  EXPECT_EQ(audited("activation_limit_reached"), 1U);
  Browser page = bank_page(server_);
  EXPECT_EQ(begin_with(page, issued[3]).status, 403) << "a new one cancels the older";
  EXPECT_EQ(begin_with(page, issued[4]).status, 201);
}

TEST_F(CustomersTest, ARepeatedCallIsNotToldTheCodeAgain) {
  bank_.headers.emplace("Idempotency-Key", "once");
  const Answer first = activate(bank_, "ada");
  const Answer second = activate(bank_, "ada");
  EXPECT_EQ(second.text("id"), first.text("id"));
  EXPECT_TRUE(second.at("code").is_null());
  EXPECT_EQ(bank_.post("/v1/activations", R"({"username":"bob"})").status, 422);
  Browser page = bank_page(server_);
  EXPECT_EQ(begin_with(page, first).status, 201);
}

TEST_F(CustomersTest, OnlyABackendHasActivationsMade) {
  Browser page = bank_page(server_);
  EXPECT_EQ(page.post("/v1/activations", R"({"username":"ada"})").status, 401);
  EXPECT_EQ(page.post("/v1/recoveries", R"({"username":"ada"})").status, 401);
  EXPECT_EQ(page.post("/v1/accounts/ada/revoke-all", "{}").status, 401);
  EXPECT_EQ(page.get("/v1/accounts/ada").status, 401);
  EXPECT_EQ(page.get("/v1/events").status, 401);
  EXPECT_EQ(bank_.post("/v1/activations", "{}").status, 400);
  EXPECT_EQ(bank_.post("/v1/activations", R"({"username":"ada","x":1})").status, 400);
  EXPECT_EQ(bank_.post("/v1/recoveries", R"({"username":"ada","revokeOthers":1})").status, 400);
  EXPECT_EQ(bank_.post("/v1/recoveries", R"({"username":"nobody"})").status, 404);
  EXPECT_EQ(bank_.get("/v1/accounts/nobody").status, 404);
  EXPECT_EQ(bank_.get("/v1/events?after=-1").status, 400);
  EXPECT_EQ(bank_.get("/v1/events?limit=501").status, 400);
  activate(bank_, "ada");
  EXPECT_EQ(
      bank_.post("/v1/registrations", R"({"username":"ada","activation":{"id":"a","code":"b"}})")
          .status,
      403);
  EXPECT_EQ(page.post("/v1/registrations", R"({"activation":{"id":"a"}})").status, 400);
}

TEST_F(CustomersTest, AnAccountThatHadAPasskeyComesBackByARecoveryAlone) {
  EXPECT_EQ(bank_.post("/v1/activations", R"({"username":"ada"})").status, 201);
  EXPECT_EQ(bank_.post("/v1/recoveries", R"({"username":"ada"})").status, 403)
      << "nothing to recover";
  Browser page = bank_page(server_);
  const Enrolled first = enrol_with(page, activate(bank_, "ada"), "phone");
  ASSERT_EQ(first.result.status, 200);
  EXPECT_EQ(bank_.post("/v1/activations", R"({"username":"ada"})").status, 409);
  const std::string id = to_base64url(first.credential.id);
  ASSERT_EQ(bank_.call("DELETE", "/v1/credentials/" + id + "?username=ada", "").status, 204);
  EXPECT_EQ(bank_.post("/v1/activations", R"({"username":"ada"})").status, 409)
      << "a revoked passkey counts, too";
  EXPECT_EQ(recover(bank_, "ada").text("purpose"), "recovery");
}

TEST_F(CustomersTest, ACustomerComesBackByARecovery) {
  Browser page = shop_page(server_);
  const SoftCredential phone = enrol_with(page, activate(shop_, "ada"), "phone").credential;
  const std::string before = shop_.get("/v1/events").text("next");
  const Answer issued = recover(shop_, "ada");
  EXPECT_EQ(signed_in(page), "") << "sessions end when it begins";
  ASSERT_EQ(page.sign_in(phone, "ada").status, 200);
  Browser fresh = shop_page(server_);
  const Enrolled laptop = enrol_with(fresh, issued, "laptop");
  ASSERT_EQ(laptop.result.status, 200) << laptop.result.body;
  EXPECT_EQ(member(laptop.result.at("credential"), "recoveredAt").string,
            member(laptop.result.at("credential"), "createdAt").string);
  EXPECT_EQ(signed_in(page), "") << "and when it is done";
  EXPECT_EQ(signed_in(fresh), "ada");
  const Answer account = shop_.get("/v1/accounts/ada");
  ASSERT_EQ(account.at("credentials").items.size(), 2U);
  EXPECT_TRUE(member(account.at("credentials").items[0], "recoveredAt").is_null());
  EXPECT_TRUE(member(account.at("credentials").items[1], "recoveredAt").is_string());
  EXPECT_THAT(event_kinds(shop_, before), ElementsAre("recovery.begun", "activation.created",
                                                      "credential.added", "recovery.done"));
}

TEST_F(CustomersTest, WhatIsAddedWithARecoveredPasskeyIsRecoveredToo) {
  Browser page = shop_page(server_);
  ASSERT_EQ(enrol_with(page, activate(shop_, "ada"), "phone").result.status, 200);
  Browser robber = shop_page(server_);
  const Enrolled laptop = enrol_with(robber, recover(shop_, "ada"), "laptop");
  ASSERT_EQ(laptop.result.status, 200) << laptop.result.body;
  const std::string before = shop_.get("/v1/events").text("next");
  const Answer began = robber.post("/v1/registrations", "{}");
  ASSERT_EQ(began.status, 201) << began.body;
  const Registration key = robber.create(began.at("options"), "key");
  const Answer added = robber.post("/v1/registrations/" + began.text("id") + "/result", key.json);
  ASSERT_EQ(added.status, 200) << added.body;
  EXPECT_EQ(member(added.at("credential"), "recoveredAt").string,
            member(laptop.result.at("credential"), "recoveredAt").string);
  const Answer events = shop_.get("/v1/events?after=" + before);
  EXPECT_THAT(events.body, HasSubstr(R"("recovered":true)"));
  EXPECT_THAT(event_kinds(shop_, before), ElementsAre("credential.added"));
}

TEST_F(CustomersTest, WhatIsAddedAfterARecoveredPasskeyWasRevokedIsRecoveredToo) {
  Browser page = shop_page(server_);
  const Enrolled phone = enrol_with(page, activate(shop_, "ada"), "phone");
  ASSERT_EQ(phone.result.status, 200) << phone.result.body;
  Browser robber = shop_page(server_);
  const Enrolled laptop = enrol_with(robber, recover(shop_, "ada"), "laptop");
  ASSERT_EQ(laptop.result.status, 200) << laptop.result.body;
  const std::string recovered = "/v1/credentials/" + to_base64url(laptop.credential.id);
  ASSERT_EQ(shop_.call("DELETE", recovered + "?username=ada", "").status, 204);
  // By the older one's session, of which nobody recovered anything.
  ASSERT_EQ(page.sign_in(phone.credential, "ada").status, 200);
  const auto add = [](Browser& browser, const Answer& began, const char* name) {
    EXPECT_EQ(began.status, 201) << began.body;
    const Registration key = browser.create(began.at("options"), name);
    return browser.post("/v1/registrations/" + began.text("id") + "/result", key.json);
  };
  const Answer added = add(page, page.post("/v1/registrations", "{}"), "key");
  ASSERT_EQ(added.status, 200) << added.body;
  EXPECT_EQ(member(added.at("credential"), "recoveredAt").string,
            member(laptop.result.at("credential"), "recoveredAt").string);
}

TEST_F(CustomersTest, ARecoveryRevokesTheOthersWhereItSaysSo) {
  Browser page = shop_page(server_);
  const SoftCredential phone = enrol_with(page, activate(shop_, "ada"), "phone").credential;
  const std::string before = shop_.get("/v1/events").text("next");
  Browser fresh = shop_page(server_);
  const Enrolled laptop = enrol_with(fresh, recover(shop_, "ada", true), "laptop");
  ASSERT_EQ(laptop.result.status, 200) << laptop.result.body;
  EXPECT_EQ(page.sign_in(phone).status, 403);
  EXPECT_EQ(shop_.get("/v1/accounts/ada").at("credentials").items.size(), 1U);
  EXPECT_THAT(event_kinds(shop_, before),
              ElementsAre("recovery.begun", "activation.created", "credential.added",
                          "credential.revoked", "recovery.done"));
}

TEST_F(CustomersTest, TakeoverWithAnOldCodeOrReplayFails) {
  Browser page = bank_page(server_);
  const Answer first = activate(bank_, "ada");
  const Answer began = begin_with(page, first);
  const Registration made = page.create(began.at("options"), "phone");
  const std::string path = "/v1/registrations/" + began.text("id") + "/result";
  ASSERT_EQ(page.post(path, made.json).status, 200);
  EXPECT_EQ(page.post(path, made.json).status, 409) << "replayed response";
  Browser attacker = bank_page(server_);
  EXPECT_EQ(begin_with(attacker, first).status, 403) << "replayed code";
  const Answer recovery = recover(bank_, "ada");
  EXPECT_EQ(begin_with(attacker, first).status, 403) << "code of the enrolment for the recovery";
  EXPECT_EQ(
      attacker.post("/v1/registrations", activation_body(recovery.text("id"), first.text("code")))
          .status,
      403);
  const Answer second = recover(bank_, "ada");
  EXPECT_EQ(begin_with(attacker, recovery).status, 403) << "the letter that was sent first";
  EXPECT_EQ(enrol_with(page, second, "laptop").result.status, 200);
  EXPECT_EQ(bank_.get("/v1/accounts/ada").at("credentials").items.size(), 2U);
}

TEST_F(CustomersTest, TakeoverWithAForeignResponseFails) {
  // The attacker saw the options of the victim's ceremony and answers in the victim's place, and
  // puts an own ceremony under the victim's activation.
  const Answer issued = activate(bank_, "ada");
  Browser victim = bank_page(server_);
  const Answer began = begin_with(victim, issued);
  Browser attacker = bank_page(server_);
  const Registration made = attacker.create(began.at("options"), "attacker");
  const std::string path = "/v1/registrations/" + began.text("id") + "/result";
  EXPECT_EQ(attacker.post(path, made.json).status, 404);
  attacker.cookie = "__Host-countersign=" + to_base64url(seeded_bytes("guess", 32));
  EXPECT_EQ(attacker.post(path, made.json).status, 404);
  const Answer own = activate(bank_, "eve");
  const Answer others = begin_with(attacker, own);
  EXPECT_EQ(attacker.post("/v1/registrations/" + others.text("id") + "/result", made.json).status,
            403);
  EXPECT_TRUE(bank_.get("/v1/accounts/ada").at("credentials").items.empty());
  const Registration theirs = victim.create(began.at("options"), "phone");
  EXPECT_EQ(victim.post(path, theirs.json).status, 200);
}

TEST_F(CustomersTest, TakeoverWithAStolenSessionEndsWithTheRecovery) {
  Browser page = shop_page(server_);
  ASSERT_EQ(enrol_with(page, activate(shop_, "ada"), "phone").result.status, 200);
  Browser thief = shop_page(server_);
  thief.cookie = page.cookie;
  const Answer began = thief.post("/v1/registrations", "{}");
  ASSERT_EQ(began.status, 201) << "the session is fresh";
  recover(shop_, "ada");
  const Registration made = thief.create(began.at("options"), "thief");
  EXPECT_EQ(thief.post("/v1/registrations/" + began.text("id") + "/result", made.json).status, 409)
      << "the recovery ended it";
  EXPECT_EQ(thief.post("/v1/registrations", "{}").status, 401);
  EXPECT_EQ(shop_.get("/v1/accounts/ada").at("credentials").items.size(), 1U);
}

TEST_F(CustomersTest, TakeoverWithThePasswordAloneFails) {
  // Whoever knows name and password of the legacy method has neither a key nor a code.
  Browser attacker = shop_page(server_);
  ASSERT_EQ(bank_.post("/v1/activations", R"({"username":"ada"})").status, 201);
  EXPECT_EQ(attacker.post("/v1/registrations", R"({"username":"ada","displayName":"A"})").status,
            401);
  EXPECT_EQ(attacker.post("/v1/registrations", R"({"displayName":"A"})").status, 401);
  const Answer began = attacker.post("/v1/authentications", R"({"username":"ada"})");
  ASSERT_EQ(began.status, 201);
  Registration made = attacker.create(began.at("options"), "attacker", [](auto& options) {
    options.user_handle = seeded_bytes("ada", 32);
  });
  EXPECT_EQ(attacker
                .post("/v1/authentications/" + began.text("id") + "/result",
                      attacker.assert_with(made.credential, began.at("options")).json)
                .status,
            403);
}

TEST_F(CustomersTest, RevokeAllEndsEverything) {
  Browser page = shop_page(server_);
  const SoftCredential phone = enrol_with(page, activate(shop_, "ada"), "phone").credential;
  Browser other = shop_page(server_);
  const SoftCredential bobs = enrol_with(other, activate(shop_, "bob"), "bob's").credential;
  // In the middle of: a recovery, a sign-in by name, a passkey of the session.
  const Answer recovery = recover(shop_, "ada");
  Browser recovering = shop_page(server_);
  const Answer redeemed = begin_with(recovering, recovery);
  ASSERT_EQ(redeemed.status, 201);
  ASSERT_EQ(page.sign_in(phone).status, 200);
  Browser signing = shop_page(server_);
  const Answer sign_in = signing.post("/v1/authentications", R"({"username":"ada"})");
  const Answer adding = page.post("/v1/registrations", "{}");
  ASSERT_EQ(adding.status, 201);
  const std::string before = shop_.get("/v1/events").text("next");

  const Answer ended = shop_.post("/v1/accounts/ada/revoke-all", "{}");
  ASSERT_EQ(ended.status, 200) << ended.body;
  EXPECT_EQ(ended.at("credentials").integer, 1);
  EXPECT_EQ(ended.at("sessions").integer, 1);
  EXPECT_EQ(ended.at("ceremonies").integer, 3);
  EXPECT_EQ(ended.at("activations").integer, 1);
  EXPECT_THAT(event_kinds(shop_, before), ElementsAre("credential.revoked", "account.revoked"));

  EXPECT_EQ(signed_in(page), "");
  EXPECT_EQ(page.sign_in(phone).status, 403);
  const std::string result = "/result";
  EXPECT_EQ(signing
                .post("/v1/authentications/" + sign_in.text("id") + result,
                      signing.assert_with(phone, sign_in.at("options")).json)
                .status,
            409);
  EXPECT_EQ(recovering
                .post("/v1/registrations/" + redeemed.text("id") + result,
                      recovering.create(redeemed.at("options"), "laptop").json)
                .status,
            409);
  EXPECT_EQ(begin_with(recovering, recovery).status, 403);
  EXPECT_TRUE(shop_.get("/v1/accounts/ada").at("credentials").items.empty());
  EXPECT_EQ(other.sign_in(bobs).status, 200) << "nobody else's";
  EXPECT_EQ(bank_.post("/v1/accounts/ada/revoke-all", "{}").status, 404);
}

TEST_F(CustomersTest, EachRefusalOfACodeWaitsForTheDisk) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer's runtime wants to be preloaded first";
#endif
  TemporaryFolder folder;
  ServerProcess server(
      folder, customers_config(),
      {"LD_PRELOAD=" COUNTERSIGN_SYNC_ORDER_SHIM, "SYNC_ORDER_LOG=" + folder.path("order")});
  Browser backend = backend_of(server, "bank-key");
  const Answer issued = activate(backend, "ada");
  Browser page = bank_page(server);
  // An id that does not exist is refused no faster than a wrong code, of which the store must know.
  for (const std::string& id : {std::string("AAAAAAAAAAAAAAAAAAAAAA"), issued.text("id")}) {
    const std::size_t seen = folder.read("order").size();
    EXPECT_EQ(page.post("/v1/registrations", activation_body(id, "ZZZZ-ZZZZ-ZZZZ")).status, 403);
    const std::string events = folder.read("order").substr(seen);
    EXPECT_NE(events.find('W'), std::string::npos) << events;
    EXPECT_NE(events.find('S'), std::string::npos) << events;
  }
}

TEST_F(CustomersTest, AKillSpendsNoCodeWithoutItsCredential) {
  constexpr int kKills = 20;
  TemporaryFolder folder;
  auto server = std::make_unique<ServerProcess>(folder, customers_config());
  int registered = 0;
  for (int round = 0; round < kKills; ++round) {
    const std::string name = "customer-" + std::to_string(round);
    Browser backend = backend_of(*server, "bank-key");
    const Answer issued = activate(backend, name);
    std::atomic<bool> is_acknowledged = false;
    std::thread customer([&] {
      Browser page = bank_page(*server);
      const Answer began = begin_with(page, issued);
      if (began.status == 201) {
        const Registration made = page.create(began.at("options"), name);
        is_acknowledged =
            page.post("/v1/registrations/" + began.text("id") + "/result", made.json).status == 200;
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(round));
    server->kill_hard();
    customer.join();
    server = std::make_unique<ServerProcess>(folder, customers_config());
    Browser again = backend_of(*server, "bank-key");
    const std::size_t credentials =
        again.get("/v1/accounts/" + name).at("credentials").items.size();
    const std::string state = again.get("/v1/activations/" + issued.text("id")).text("state");
    ASSERT_EQ(state, credentials == 1 ? "used" : "open") << "round " << round;
    ASSERT_GE(credentials, is_acknowledged ? 1U : 0U) << "round " << round;
    registered += credentials == 1 ? 1 : 0;
    Browser page = bank_page(*server);
    ASSERT_EQ(begin_with(page, issued).status, credentials == 1 ? 403 : 201);
  }
  RecordProperty("registered", registered);
}

TEST_F(CustomersTest, EventsArePagedInOrder) {
  for (const char* name : {"a", "b", "c"}) {
    activate(bank_, name);
  }
  const Answer first = bank_.get("/v1/events?limit=2");
  ASSERT_EQ(first.at("events").items.size(), 2U);
  EXPECT_EQ(member(member(first.at("events").items[0], "user"), "username").string, "a");
  EXPECT_EQ(first.text("next"), "2");
  const Answer rest = bank_.get("/v1/events?limit=2&after=2");
  ASSERT_EQ(rest.at("events").items.size(), 1U);
  EXPECT_EQ(member(rest.at("events").items[0], "id").string, "3");
  const Answer none = bank_.get("/v1/events?after=3");
  EXPECT_TRUE(none.at("events").items.empty());
  EXPECT_EQ(none.text("next"), "3");
}

}  // namespace
}  // namespace countersign::testing
