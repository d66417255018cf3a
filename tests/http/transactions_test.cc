// Transactions over HTTP: who may do what, in which order, and what answers tell.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/http/transaction_server.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class TransactionsTest : public ::testing::Test, public TransactionServer {
 protected:
  explicit TransactionsTest(
      const std::string& more = R"(,"approvalOrigins":["https://approve.bank.example"])")
      : TransactionServer(more), ada_(enrol("ada")), bob_(enrol("bob")) {}

  SoftCredential ada_;
  SoftCredential bob_;
};

TEST_F(TransactionsTest, ACustomerApprovesWhatTheBackendHadFrozenAndTheBackendReadsIt) {
  const Answer began = create();
  ASSERT_EQ(began.status, 201) << began.body;
  EXPECT_EQ(began.text("state"), "pending");
  EXPECT_EQ(began.text("type"), "payment.credit-transfer/1");
  EXPECT_FALSE(began.text("token").empty());
  EXPECT_EQ(member(began.at("options"), "userVerification").string, "required");
  EXPECT_THAT(began.at("view").find("title")->string, Not(IsEmpty()));
  const std::string id = began.text("id");
  EXPECT_EQ(state_of(id), "pending");

  const Answer approved = approve(began, ada_);
  ASSERT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(approved.text("state"), "approved");
  EXPECT_EQ(approved.text("receipt"), id + ".1");

  const Answer read = this->read(id);
  ASSERT_EQ(read.status, 200) << read.body;
  EXPECT_EQ(read.text("state"), "approved");
  const JsonValue& fields = member(read.at("intent"), "fields");
  EXPECT_EQ(member(member(fields, "amount"), "value").string, "250.00");
  EXPECT_EQ(member(fields, "creditor").string, "Anna Muster");
  EXPECT_EQ(member(read.at("user"), "username").string, "ada");
  ASSERT_EQ(read.at("approvals").items.size(), 1U);
  EXPECT_EQ(member(read.at("approvals").items[0], "receipt").string, id + ".1");
  EXPECT_THAT(events_of(id), ElementsAre("transaction.approved"));
}

TEST_F(TransactionsTest, TheEventHandsOverTheFrozenIntent) {
  const Answer began = create("77.01");
  ASSERT_EQ(approve(began, ada_).status, 200);
  const Answer outbox = backend().get("/v1/outbox");
  ASSERT_EQ(outbox.at("events").items.size(), 1U);
  const JsonValue& event = member(outbox.at("events").items[0], "event");
  const Answer read = this->read(began.text("id"));
  EXPECT_EQ(member(member(event, "data"), "intentDigest").string, read.text("intentDigest"));
  EXPECT_EQ(
      member(member(member(member(member(event, "data"), "intent"), "fields"), "amount"), "value")
          .string,
      "77.01");
}

TEST_F(TransactionsTest, AnApprovalCountsOnce) {
  const Answer began = create();
  Browser browser = page(began.text("token"));
  const std::string path = "/v1/transactions/" + began.text("id") + "/approve";
  const std::string response = browser.assert_with(ada_, began.at("options")).json;
  ASSERT_EQ(browser.post(path, response).status, 200);
  EXPECT_EQ(browser.post(path, response).status, 409);
  EXPECT_EQ(events_of(began.text("id")).size(), 1U);
}

TEST_F(TransactionsTest, Of64AtOnceOneCounts) {
  const Answer began = create();
  const std::string path = "/v1/transactions/" + began.text("id") + "/approve";
  const std::string response = page().assert_with(ada_, began.at("options")).json;
  std::atomic<int> approved = 0;
  std::atomic<int> conflicts = 0;
  std::atomic<int> waiting = 64;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      Browser browser = page(began.text("token"));
      --waiting;
      while (waiting > 0) {
        std::this_thread::yield();
      }
      const int status = browser.post(path, response).status;
      approved += status == 200 ? 1 : 0;
      conflicts += status == 409 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(approved, 1);
  EXPECT_EQ(conflicts, 63);
  EXPECT_THAT(events_of(began.text("id")), ElementsAre("transaction.approved"));
}

TEST_F(TransactionsTest, LargePaymentsNeedTwoPeople) {
  const Answer began = create("25000.00", "ada", R"(,"approvers":["bob"])");
  ASSERT_EQ(began.status, 201) << began.body;
  const std::string id = began.text("id");
  const Answer first = approve(began, ada_);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.text("state"), "pending");
  EXPECT_THAT(events_of(id), IsEmpty());

  // The same person does not do, however it is tried.
  const std::string approvals = "/v1/transactions/" + id + "/approvals";
  EXPECT_EQ(backend().post(approvals, R"({"username":"ada"})").status, 403);
  EXPECT_EQ(approve(began, ada_).status, 409);

  const Answer second = backend().post(approvals, R"({"username":"bob"})");
  ASSERT_EQ(second.status, 201) << second.body;
  EXPECT_EQ(approve(second, ada_).status, 403);
  const Answer done = approve(second, bob_);
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.text("state"), "approved");
  EXPECT_EQ(read(id).at("approvals").items.size(), 2U);
  EXPECT_THAT(events_of(id), ElementsAre("transaction.approved"));
}

TEST_F(TransactionsTest, ANamedApproverBeginsInTheirOwnSession) {
  const Answer began = create("25000.00", "ada", R"(,"approvers":["bob"])");
  ASSERT_EQ(approve(began, ada_).status, 200);
  const std::string path = "/v1/transactions/" + began.text("id");
  Browser bob = page();
  ASSERT_EQ(bob.sign_in(bob_, "bob").status, 200);
  EXPECT_EQ(bob.post(path + "/approvals", R"({"username":"bob"})").status, 400);
  const Answer second = bob.post(path + "/approvals", "{}");
  ASSERT_EQ(second.status, 201) << second.body;
  EXPECT_TRUE(second.text("token").empty());
  const std::string response = bob.assert_with(bob_, second.at("options")).json;
  // Without bob's session it is nobody's.
  EXPECT_EQ(page().post(path + "/approve", response).status, 404);
  const Answer done = bob.post(path + "/approve", response);
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.text("state"), "approved");
}

TEST_F(TransactionsTest, TooFewNamedApproversAreRefusedAtTheirMember) {
  const Answer refused = create("25000.00", "ada", R"(,"approvers":["ada"])");
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_EQ(refused.text("code"), "request_member_invalid");
  EXPECT_EQ(member(refused.at("position"), "pointer").string, "/approvers");
}

TEST_F(TransactionsTest, WhoIsNotNamedBeginsNothing) {
  const Answer began = create("25000.00", "ada");
  Browser bob = page();
  ASSERT_EQ(bob.sign_in(bob_, "bob").status, 200);
  const std::string path = "/v1/transactions/" + began.text("id");
  EXPECT_EQ(bob.post(path + "/approvals", "{}").status, 403);
  EXPECT_EQ(bob.get(path).status, 404);
  EXPECT_EQ(bob.get(path + "/view").status, 404);
  EXPECT_EQ(bob.post(path + "/decline", "{}").status, 404);
  EXPECT_EQ(page().post(path + "/approvals", "{}").status, 401);
}

TEST_F(TransactionsTest, DecliningIsFinalAndTold) {
  const Answer began = create();
  const std::string id = began.text("id");
  Browser browser = page(began.text("token"));
  const Answer declined = browser.post("/v1/transactions/" + id + "/decline", "{}");
  ASSERT_EQ(declined.status, 200) << declined.body;
  EXPECT_EQ(declined.text("state"), "declined");
  EXPECT_EQ(approve(began, ada_).status, 409);
  EXPECT_EQ(browser.post("/v1/transactions/" + id + "/decline", "{}").status, 409);
  EXPECT_EQ(backend().post("/v1/transactions/" + id + "/cancel", "{}").status, 409);
  EXPECT_EQ(state_of(id), "declined");
  EXPECT_THAT(events_of(id), ElementsAre("transaction.declined"));
}

TEST_F(TransactionsTest, TheBackendCancels) {
  const Answer began = create();
  const std::string path = "/v1/transactions/" + began.text("id") + "/cancel";
  EXPECT_EQ(page(began.text("token")).post(path, "{}").status, 401);
  ASSERT_EQ(backend().post(path, "{}").status, 200);
  EXPECT_EQ(approve(began, ada_).status, 409);
  EXPECT_THAT(events_of(began.text("id")), ElementsAre("transaction.cancelled"));
}

TEST_F(TransactionsTest, WhatIsNotApprovedInTimeExpiresAndIsTold) {
  EXPECT_EQ(create("1.00", "ada", R"(,"lifetimeSeconds":29)").status, 400);
  const Answer began = create("1.00", "ada", R"(,"lifetimeSeconds":30)");
  ASSERT_EQ(began.status, 201) << began.body;
  const std::string id = began.text("id");
  for (int i = 0; i < 400 && events_of(id).empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_THAT(events_of(id), ElementsAre("transaction.expired"));
  EXPECT_EQ(state_of(id), "expired");
  EXPECT_EQ(approve(began, ada_).status, 409);
}

TEST_F(TransactionsTest, AFailedApprovalTellsItsClassAlone) {
  const Answer began = create();
  const auto expect_class_only = [](const Answer& answer, int status) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_TRUE(answer.text("code").empty()) << answer.body;
    EXPECT_TRUE(answer.text("check").empty()) << answer.body;
    EXPECT_TRUE(answer.text("detail").empty()) << answer.body;
    EXPECT_FALSE(answer.text("correlationId").empty()) << answer.body;
  };
  expect_class_only(approve(began, bob_), 403);
  expect_class_only(
      approve(began, ada_, [](AssertionOptions& options) { options.challenge[0] ^= 1; }), 404);
  expect_class_only(
      approve(began, ada_, [](AssertionOptions& options) { options.rp_id = "other.example"; }),
      403);
  // Nor does it where the backend hands it in.
  Browser relay = backend();
  relay.headers.emplace("Countersign-Ceremony", began.text("token"));
  expect_class_only(relay.post("/v1/transactions/" + began.text("id") + "/approve",
                               page().assert_with(bob_, began.at("options")).json),
                    403);
  EXPECT_EQ(state_of(began.text("id")), "pending");
  EXPECT_THAT(server_->log(), HasSubstr("\"event\":\"transaction.approval.result\""));
  EXPECT_EQ(approve(began, ada_).status, 200) << "the challenge stays until it is decided";
}

TEST_F(TransactionsTest, ALoginIsNoApprovalAndAnApprovalNoLogin) {
  const Answer began = create();
  Browser browser = page(began.text("token"));
  const Answer login = browser.post("/v1/authentications", R"({"username":"ada"})");
  ASSERT_EQ(login.status, 201) << login.body;
  const std::string path = "/v1/transactions/" + began.text("id") + "/approve";
  EXPECT_EQ(browser.post(path, browser.assert_with(ada_, login.at("options")).json).status, 404);
  const Answer signed_in = browser.post("/v1/authentications/" + login.text("id") + "/result",
                                        browser.assert_with(ada_, began.at("options")).json);
  EXPECT_NE(signed_in.status, 200);
  EXPECT_EQ(state_of(began.text("id")), "pending");
}

TEST_F(TransactionsTest, WithoutTheTokenNothingIsApproved) {
  const Answer began = create();
  const Answer other = create();
  const std::string path = "/v1/transactions/" + began.text("id") + "/approve";
  const std::string response = page().assert_with(ada_, began.at("options")).json;
  EXPECT_EQ(page().post(path, response).status, 404);
  EXPECT_EQ(page(other.text("token")).post(path, response).status, 404);
  EXPECT_EQ(backend().post(path, response).status, 404) << "a key does not replace it";
  // Of another tenant it is not even there.
  EXPECT_EQ(with_key("shop").get("/v1/transactions/" + began.text("id")).status, 404);
  EXPECT_EQ(with_key("shop").post("/v1/transactions/" + began.text("id") + "/cancel", "{}").status,
            404);
  EXPECT_EQ(state_of(began.text("id")), "pending");
}

TEST_F(TransactionsTest, NeedsTheScope) {
  const Answer began = create();
  const std::string path = "/v1/transactions/" + began.text("id");
  Browser other = with_key("customers");
  EXPECT_EQ(other.post("/v1/transactions", creation("ada", transfer("1.00"))).status, 403);
  EXPECT_EQ(other.get("/v1/transactions").status, 403);
  EXPECT_EQ(other.get(path).status, 403);
  EXPECT_EQ(other.get(path + "/view").status, 403);
  for (const char* call : {"/approvals", "/approve", "/decline", "/cancel"}) {
    EXPECT_EQ(other.post(path + call, "{}").status, 403) << call;
  }
  EXPECT_EQ(page().get("/v1/transactions").status, 401);
  EXPECT_EQ(page().get(path).status, 404);
}

TEST_F(TransactionsTest, ASessionCreatesNothingWhereTheBackendDoes) {
  Browser ada = page();
  ASSERT_EQ(ada.sign_in(ada_, "ada").status, 200);
  EXPECT_EQ(ada.post("/v1/transactions", R"({"locale":"en-GB","intent":)" + transfer("1.00") + "}")
                .status,
            403);
}

TEST_F(TransactionsTest, AnOriginThatIsNotTheBanksIsRefused) {
  const Answer began = create();
  Browser evil = page(began.text("token"), "https://evil.example");
  evil.headers.erase("Host");
  evil.headers.emplace("Host", "bank.example");
  EXPECT_NE(evil.post("/v1/transactions/" + began.text("id") + "/decline", "{}").status, 200);
  EXPECT_EQ(approve(began, ada_,
                    [](AssertionOptions& options) {
                      options.client_data.origin = "https://evil.example";
                    })
                .status,
            403);
}

TEST_F(TransactionsTest, ADoubtfulPaymentIsApprovedAtTheApprovalOriginAlone) {
  const Answer began = create("5.00", "ada", R"(,"policyInputs":{"risk.score":60})");
  ASSERT_EQ(began.status, 201) << began.body;
  EXPECT_EQ(approve(began, ada_).status, 403);
  Browser browser = page(began.text("token"), "https://approve.bank.example");
  const Answer approved = browser.post("/v1/transactions/" + began.text("id") + "/approve",
                                       browser.assert_with(ada_, began.at("options")).json);
  EXPECT_EQ(approved.status, 200) << approved.body;
  // Nothing but approving and declining is done there.
  const std::string path = "/v1/transactions/" + create().text("id");
  EXPECT_EQ(browser.post("/v1/authentications", "{}").status, 403);
  EXPECT_EQ(browser.post("/v1/transactions", "{}").status, 403);
  EXPECT_EQ(browser.post(path + "/approvals", "{}").status, 403);
  browser.headers.emplace("Authorization", "Bearer backend-key");
  EXPECT_EQ(browser.post("/v1/transactions", creation("ada", transfer("1.00"))).status, 403);
  EXPECT_EQ(browser.post(path + "/cancel", "{}").status, 403);
  EXPECT_EQ(state_of(path.substr(17)), "pending");
  const Answer other = create();
  Browser decliner = page(other.text("token"), "https://approve.bank.example");
  EXPECT_EQ(decliner.post("/v1/transactions/" + other.text("id") + "/decline", "{}").status, 200);
}

// A receipt holds the bank's policy, and how it saw the customer.
TEST_F(TransactionsTest, ReceiptsAreTheBackendsUnlessTheConfigurationSaysOtherwise) {
  const Answer began = create();
  ASSERT_EQ(approve(began, ada_).status, 200);
  const std::string receipt = "/v1/receipts/" + began.text("id") + ".1";
  Browser ada = page();
  ASSERT_EQ(ada.sign_in(ada_, "ada").status, 200);
  EXPECT_EQ(ada.get(receipt).status, 404);
  EXPECT_EQ(with_key("customers").get(receipt).status, 202) << "no log is configured";
  folder_.write("config.json", config(R"(},"receipts":{"readers":"customer")"));
  server_->restart();
  Browser again = page();
  ASSERT_EQ(again.sign_in(ada_, "ada").status, 200);
  EXPECT_EQ(again.get(receipt).status, 202);
  Browser bob = page();
  ASSERT_EQ(bob.sign_in(bob_, "bob").status, 200);
  EXPECT_EQ(bob.get(receipt).status, 404);
  EXPECT_EQ(page().get(receipt).status, 404);
}

TEST_F(TransactionsTest, NoKeyPicksAnybodyButWhoWasNamed) {
  enrol("mallory");
  const Answer began = create("25000.00", "ada", R"(,"approvers":["bob"])");
  ASSERT_EQ(approve(began, ada_).status, 200);
  const std::string path = "/v1/transactions/" + began.text("id");
  const Answer refused = with_key("second").post(path + "/approvals", R"({"username":"mallory"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.text("code"), "transaction_approver_not_allowed");
  EXPECT_EQ(member(read(began.text("id")).at("approvers").items.at(0), "username").string, "bob");
  EXPECT_EQ(with_key("second").post(path + "/approvals", R"({"username":"bob"})").status, 201);
}

TEST_F(TransactionsTest, AWrongPolicyInputIsShownItsPlace) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"({"risk.scores":60})", "policy_inputs_malformed"},
      {R"({"risk.score":101})", "policy_input_value_invalid"},
      {R"({"session.age":"PT1M"})", "request_member_invalid"},  // the server's own to say
      {R"(7)", "policy_inputs_malformed"}};
  for (const auto& [inputs, code] : wrong) {
    const std::string more = std::string(",\n\"policyInputs\":") + inputs;
    const std::string body = creation("ada", transfer("5.00"), more);
    const Answer refused = backend().post("/v1/transactions", body);
    EXPECT_EQ(refused.status, 400) << refused.body;
    EXPECT_EQ(refused.text("code"), code);
    const JsonValue position = refused.at("position");
    ASSERT_TRUE(position.is_object()) << refused.body;
    EXPECT_EQ(member(position, "line").integer, 2);
    EXPECT_GT(member(position, "offset").integer,
              static_cast<std::int64_t>(body.find("\"policyInputs\"")));
  }
}

TEST_F(TransactionsTest, ABadOneIsDenied) {
  const Answer denied = create("5.00", "ada", R"(,"policyInputs":{"risk.score":95})");
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.text("code"), "policy_denied");
}

TEST_F(TransactionsTest, TheFifthFailureInARowBlocksWhateverTheTransaction) {
  const auto fail = [this](const Answer& began) {
    return approve(began, ada_, [](AssertionOptions& options) { options.rp_id = "other.example"; });
  };
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(fail(create()).status, 403) << i;
  }
  const Answer blocked = create();
  EXPECT_EQ(blocked.status, 403);
  EXPECT_EQ(blocked.text("code"), "approvals_blocked");
  EXPECT_EQ(create("5.00", "bob").status, 201) << "others are not";
  // Operators are alerted, not the backend alone.
  EXPECT_THAT(backend().get("/metrics").body,
              HasSubstr("\ncountersign_approvals_blocked_total 1\n"));
  EXPECT_THAT(server_->log(), HasSubstr(R"("level":"warning","event":"approvals.blocked")"));
}

TEST_F(TransactionsTest, TellsTheBackendWhereItsIntentIsWrong) {
  const auto post = [this](const std::string& intent, const std::string& more = "") {
    return backend().post("/v1/transactions", creation("ada", intent, more));
  };
  const Answer bidi = post(transfer("1.00", "Anna\xe2\x80\xae Muster"));
  EXPECT_EQ(bidi.status, 400) << bidi.body;
  EXPECT_EQ(member(bidi.at("position"), "pointer").string, "/fields/creditor");
  EXPECT_EQ(member(bidi.at("position"), "codePoint").integer, 0x202e);
  EXPECT_EQ(member(bidi.at("position"), "offset").integer, 4);
  EXPECT_FALSE(bidi.text("code").empty());
  EXPECT_EQ(post(transfer("1.000")).text("code"), "amount_malformed");
  EXPECT_EQ(post(transfer("0.00")).text("code"), "amount_not_positive");
  EXPECT_EQ(post(R"({"type":"payment.cash/1","fields":{}})").text("code"),
            "transaction_type_unknown");
  EXPECT_EQ(post(R"({"type":"policy.publish/1","fields":{}})").text("code"),
            "transaction_type_reserved");
  EXPECT_EQ(post(transfer("1.00"), R"(,"unknown":1)").text("code"), "request_member_invalid");
  EXPECT_EQ(backend()
                .post("/v1/transactions",
                      R"({"username":"ada","locale":"xx-XX","intent":)" + transfer("1.00") + "}")
                .text("code"),
            "transaction_locale_unknown");
  EXPECT_EQ(create("1.00", "nobody").text("code"), "account_not_found");
  EXPECT_EQ(backend()
                .post("/v1/transactions", R"({"locale":"en-GB","intent":)" + transfer("1.00") + "}")
                .text("code"),
            "request_member_invalid");
}

TEST_F(TransactionsTest, ARepeatedCreationIsTheSameTransaction) {
  const auto create_with = [this](const std::string& key, const std::string& caller,
                                  const std::string& value) {
    Browser browser = with_key(caller);
    browser.headers.emplace("Idempotency-Key", key);
    return browser.post("/v1/transactions", creation("ada", transfer(value)));
  };
  const Answer first = create_with("k1", "backend", "1.00");
  ASSERT_EQ(first.status, 201);
  EXPECT_EQ(create_with("k1", "backend", "1.00").body, first.body);
  EXPECT_EQ(create_with("k1", "backend", "2.00").status, 422);
  EXPECT_NE(create_with("k2", "backend", "1.00").text("id"), first.text("id"));
  EXPECT_NE(create_with("k1", "second", "1.00").text("id"), first.text("id"));
  EXPECT_EQ(backend().get("/v1/transactions").at("transactions").items.size(), 3U);
}

TEST_F(TransactionsTest, DrawsTheViewInEachForm) {
  const Answer began = create();
  const std::string path = "/v1/transactions/" + began.text("id") + "/view";
  Browser browser = page(began.text("token"));
  const Answer json = browser.get(path);
  ASSERT_EQ(json.status, 200) << json.body;
  EXPECT_FALSE(json.text("title").empty());
  EXPECT_FALSE(json.at("rows").items.empty());
  const Answer text = browser.get(path + "?form=text");
  EXPECT_THAT(text.body, HasSubstr("Anna Muster"));
  EXPECT_THAT(text.headers.at("content-type"), HasSubstr("text/plain"));
  const Answer html = browser.get(path + "?form=html");
  EXPECT_THAT(html.headers.at("content-type"), HasSubstr("text/html"));
  EXPECT_THAT(html.headers.at("content-security-policy"), HasSubstr("sandbox"));
  EXPECT_THAT(html.headers.at("content-security-policy"), Not(HasSubstr("script-src")));
  const Answer svg = browser.get(path + "?form=svg");
  EXPECT_EQ(svg.headers.at("content-type"), "image/svg+xml");
  EXPECT_THAT(svg.body, HasSubstr("<svg"));
  for (const char* query : {"form=pdf", "form=json&form=svg", "x=1", "form=%zz"}) {
    EXPECT_EQ(browser.get(path + "?" + query).status, 400) << query;
  }
  EXPECT_EQ(backend().get(path).body, json.body);
  EXPECT_EQ(page().get(path).status, 404);
}

TEST_F(TransactionsTest, TheBackOfficeListsAndSearches) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(create(std::to_string(i + 1) + ".00").text("id"));
  }
  const std::string other = create("9.00", "bob").text("id");
  const Answer declined = create("10.00");
  page(declined.text("token")).post("/v1/transactions/" + declined.text("id") + "/decline", "{}");
  const auto listed = [this](const std::string& query) {
    std::vector<std::string> found;
    const Answer answer = backend().get("/v1/transactions" + query);
    EXPECT_EQ(answer.status, 200) << query << answer.body;
    for (const JsonValue& one : answer.at("transactions").items) {
      found.push_back(member(one, "id").string);
    }
    return found;
  };
  EXPECT_THAT(listed(""), ElementsAre(declined.text("id"), other, ids[2], ids[1], ids[0]));
  EXPECT_THAT(listed("?user=bob"), ElementsAre(other));
  EXPECT_THAT(listed("?state=declined"), ElementsAre(declined.text("id")));
  EXPECT_THAT(listed("?user=ada&state=pending"), ElementsAre(ids[2], ids[1], ids[0]));
  EXPECT_THAT(listed("?type=limit.change%2F1"), IsEmpty());
  EXPECT_THAT(listed("?from=2126-01-01T00:00:00Z"), IsEmpty());
  EXPECT_THAT(listed("?to=2026-01-01T00:00:00Z"), IsEmpty());
  EXPECT_EQ(listed("?from=2026-01-01T00:00:00Z&to=2126-01-01T00:00:00Z").size(), 5U);
  EXPECT_THAT(listed("?amount=9.00&currency=EUR"), ElementsAre(other));
  EXPECT_THAT(listed("?amount=9.00&currency=USD"), IsEmpty());
  EXPECT_THAT(listed("?payee=ANNA%20muster&user=bob"), ElementsAre(other));
  EXPECT_EQ(listed("?payeeAccount=DE89370400440532013000").size(), 5U);
  EXPECT_THAT(listed("?payeeAccount=bban:1"), IsEmpty());
  const Answer found = backend().get("/v1/transactions?amount=10.00&currency=EUR");
  const JsonValue& entry = found.at("transactions").items.at(0);
  EXPECT_EQ(member(entry, "finishedBy").find("userHandle")->string,
            member(member(entry, "user"), "userHandle").string);
  EXPECT_EQ(member(member(entry, "summary"), "rows").items[0].items[2].string, "10.00\u00a0EUR");
  const Answer page_one = backend().get("/v1/transactions?limit=3");
  EXPECT_THAT(listed("?limit=3&after=" + page_one.text("next")), ElementsAre(ids[1], ids[0]));
  EXPECT_TRUE(backend().get("/v1/transactions?limit=5").at("next").is_null());
  EXPECT_EQ(with_key("shop").get("/v1/transactions").at("transactions").items.size(), 0U);
  for (const char* query :
       {"?state=lost", "?from=yesterday", "?after=x", "?limit=0", "?limit=201", "?limit=x",
        "?username=ada", "?user=ada&unknown=1", "?user=ada&user=bob",
        "?state=pending&state=approved", "?user=%", "?user=ada&us%65r=bob", "?amount=9.00",
        "?currency=EUR", "?amount=9&amount=8&currency=EUR", "?amount=9.0&currency=EUR",
        "?payeeAccount=DE00", "?payeeAccount=&payee=x", "?payee=a&payee=b"}) {
    const Answer answer = backend().get(std::string("/v1/transactions") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.text("code"), "request_member_invalid") << query;
  }
}

// Where sessions create transactions: the localhost demo.
class SessionTransactionsTest : public ::testing::Test {
 protected:
  SessionTransactionsTest() {
    EXPECT_EQ(ada_.register_user("ada", "key of ada").result.status, 200);
  }
  static std::string config() {
    return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[{"id":"demo","rpId":"localhost",)"
           R"("rpName":"Demo","origins":["http://localhost:8080"],"enrolment":"open",)"
           R"("apiKeys":[{"id":"backend","sha256":")" +
           to_hex(sha256(bytes_of("backend-key"))) +
           R"(","scopes":["transactions"]}],)"
           R"("transactions":{"creation":"session","baseCurrency":"EUR","sessionInputs":)"
           R"({"risk.score":10,"payee.known":false,"payee.trusted":false,)"
           R"("payee.confusable":false}}}]})";
  }
  static std::string creation(const std::string& value, const std::string& more = "") {
    return R"({"locale":"de-DE","intent":)" + transfer(value) + more + "}";
  }

  TemporaryFolder folder_;
  ServerProcess server_{folder_, config()};
  Browser ada_{server_.port()};
};

TEST_F(SessionTransactionsTest, ACustomerCreatesAndApprovesInOneSession) {
  Browser other(server_.port());
  const SoftCredential bob = other.register_user("bob", "key of bob").credential;
  Browser cara(server_.port());
  const Browser::Registered registered = cara.register_user("cara", "key of cara");
  const Answer began = cara.post("/v1/transactions", creation("12.00"));
  ASSERT_EQ(began.status, 201) << began.body;
  EXPECT_TRUE(began.text("token").empty());
  const std::string path = "/v1/transactions/" + began.text("id");
  const std::string response = cara.assert_with(registered.credential, began.at("options")).json;
  // Another session is another customer's.
  EXPECT_EQ(other.get(path).status, 404);
  EXPECT_EQ(other.post(path + "/approve", response).status, 404);
  const Answer wrong =
      cara.post(path + "/approve", other.assert_with(bob, began.at("options")).json);
  EXPECT_EQ(wrong.status, 403);
  EXPECT_FALSE(wrong.text("code").empty()) << "the demo shows its work";
  const Answer approved = cara.post(path + "/approve", response);
  ASSERT_EQ(approved.status, 200) << approved.body;
  const Answer own = cara.get(path);
  EXPECT_EQ(own.text("state"), "approved");
  EXPECT_FALSE(own.at("createdBy").is_object());
  Browser backend(server_.port(), "");
  backend.headers.emplace("Authorization", "Bearer backend-key");
  const Answer told = backend.get(path);
  EXPECT_EQ(member(told.at("createdBy"), "userHandle").string,
            member(told.at("user"), "userHandle").string);
  EXPECT_FALSE(member(told.at("createdBy"), "apiKey").is_string());
}

TEST_F(SessionTransactionsTest, ASessionSaysNothingThatABackendWouldHaveChecked) {
  for (const char* more :
       {R"(,"policyInputs":{"payee.trusted":true})", R"(,"knownPayees":["Anna Muster"])",
        R"(,"username":"ada")", R"(,"lifetimeSeconds":600)", R"(,"authentication":"AAAA")"}) {
    const Answer answer = ada_.post("/v1/transactions", creation("1.00", more));
    EXPECT_EQ(answer.status, 400) << more << answer.body;
    EXPECT_EQ(answer.text("code"), "request_member_invalid") << more;
  }
  Browser nobody(server_.port());
  EXPECT_EQ(nobody.post("/v1/transactions", creation("1.00")).status, 401);
}

TEST_F(SessionTransactionsTest, ASessionOfTheDemoNamesWhoElseApproves) {
  EXPECT_EQ(ada_.post("/v1/transactions", creation("1.00", R"(,"approvers":["ada"])")).status, 201);
  EXPECT_EQ(ada_.post("/v1/transactions", creation("1.00", R"(,"approvers":["zoe"])")).text("code"),
            "account_not_found");
}

TEST_F(SessionTransactionsTest, WithTheSessionItsTransactionsCannotBeApproved) {
  Browser cara(server_.port());
  const SoftCredential key = cara.register_user("cara", "key of cara").credential;
  const Answer began = cara.post("/v1/transactions", creation("12.00"));
  ASSERT_EQ(began.status, 201);
  const std::string response = cara.assert_with(key, began.at("options")).json;
  const std::string cookie = cara.cookie;
  ASSERT_EQ(cara.call("DELETE", "/v1/session", "").status, 204);
  cara.cookie = cookie;
  const Answer refused = cara.post("/v1/transactions/" + began.text("id") + "/approve", response);
  EXPECT_NE(refused.status, 200) << refused.body;
}

}  // namespace
}  // namespace countersign::testing
