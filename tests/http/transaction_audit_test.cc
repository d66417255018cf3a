// The audit says who did what to a transaction, and what was never approved can be erased.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/transaction_server.h"

namespace countersign::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TransactionAudit : public ::testing::Test, public TransactionServer {
 protected:
  TransactionAudit() : ada_(enrol("ada")), bob_(enrol("bob")) {}

  // Lines of the event, as far as the log has them.
  std::vector<std::string> lines_of(const std::string& event) const {
    std::vector<std::string> found;
    std::istringstream lines(server_->log());
    for (std::string line; std::getline(lines, line);) {
      if (line.find("\"event\":\"" + event + "\"") != std::string::npos) {
        found.push_back(line);
      }
    }
    return found;
  }
  std::vector<std::string> actors_of(const std::string& event) const {
    std::vector<std::string> actors;
    for (const std::string& line : lines_of(event)) {
      const JsonValue parsed = parse_json(line).value();
      actors.push_back(member(parsed, "actor").string);
    }
    return actors;
  }
  void deliver_all() const {
    const Answer open = backend().get("/v1/outbox");
    for (const JsonValue& entry : open.at("events").items) {
      const std::string id = member(member(entry, "event"), "id").string;
      EXPECT_EQ(backend().post("/v1/outbox/" + id + "/delivered", "{}").status, 200);
    }
  }
  int erase(const std::string& path, const std::string& key = "eraser") const {
    return with_key(key).call("DELETE", path, "").status;
  }

  SoftCredential ada_;
  SoftCredential bob_;
};

TEST_F(TransactionAudit, NamesTheKeyTheSessionOrTheToken) {
  const Answer began = create("25000.00", "ada", R"(,"approvers":["bob"])");
  const std::string id = began.text("id");
  const std::string path = "/v1/transactions/" + id;
  ASSERT_EQ(approve(began, ada_).status, 200);
  ASSERT_EQ(with_key("second").post(path + "/approvals", R"({"username":"bob"})").status, 201);
  Browser bob = page();
  ASSERT_EQ(bob.sign_in(bob_, "bob").status, 200);
  ASSERT_EQ(bob.post(path + "/decline", "{}").status, 200);
  EXPECT_EQ(page().post(path + "/decline", "{}").status, 404);
  const Answer other = create();
  ASSERT_EQ(
      with_key("second").post("/v1/transactions/" + other.text("id") + "/cancel", "{}").status,
      200);
  EXPECT_THAT(actors_of("transaction.create"), ElementsAre("key:backend", "key:backend"));
  EXPECT_THAT(actors_of("transaction.approval.result"), ElementsAre("token"));
  EXPECT_THAT(actors_of("transaction.approval.begin"), ElementsAre("key:second"));
  EXPECT_THAT(actors_of("transaction.decline"), ElementsAre("session", "browser"));
  EXPECT_THAT(actors_of("transaction.cancel"), ElementsAre("key:second"));
  // Never what would let a reader of the log do the same.
  for (const std::string& secret : {began.text("token"), other.text("token"),
                                    std::string("second-key"), std::string("backend-key")}) {
    EXPECT_THAT(server_->log(), Not(HasSubstr(secret)));
  }
}

// The same as its line in the audit, for whoever has the API alone.
TEST_F(TransactionAudit, IsWhatBackendsAreToldOfItsCreator) {
  const Answer began =
      with_key("second").post("/v1/transactions", creation("ada", transfer("250.00")));
  ASSERT_EQ(began.status, 201) << began.body;
  const std::string id = began.text("id");
  EXPECT_EQ(member(read(id).at("createdBy"), "apiKey").string, "second");
  EXPECT_FALSE(member(read(id).at("createdBy"), "userHandle").is_string());
  const Answer seen = page(began.text("token")).get("/v1/transactions/" + id);
  ASSERT_EQ(seen.status, 200);
  EXPECT_THAT(seen.body, Not(HasSubstr("createdBy"))) << "customers are told of no keys";
  EXPECT_THAT(actors_of("transaction.create"), ElementsAre("key:second"));
}

TEST_F(TransactionAudit, NamesWhoTookAnEventOffTheOutbox) {
  const Answer began = create();
  ASSERT_EQ(approve(began, ada_).status, 200);
  deliver_all();
  EXPECT_EQ(with_key("second").post("/v1/outbox/nothing-of-ours/delivered", "{}").status, 404);
  EXPECT_THAT(actors_of("outbox.delivered"), ElementsAre("key:backend", "key:second"));
  const std::vector<std::string> lines = lines_of("outbox.delivered");
  EXPECT_THAT(lines[0], HasSubstr("\"outboxEvent\":\""));
  EXPECT_THAT(lines[1], Not(HasSubstr("nothing"))) << "the caller's text";
}

TEST_F(TransactionAudit, NamesWhatWasErasedAndByWhomAlsoWhereItWasRefused) {
  const Answer began = create();
  const std::string id = began.text("id");
  const std::string receipt = "/v1/receipts/" + id + ".1";
  EXPECT_EQ(erase(receipt), 404) << "nobody approved it yet";
  ASSERT_EQ(approve(began, ada_).status, 200);
  EXPECT_EQ(erase(receipt), 409) << "the backend has not got the event";
  EXPECT_EQ(erase(receipt, "second"), 403);
  deliver_all();
  EXPECT_EQ(erase(receipt), 204);
  EXPECT_EQ(erase("/v1/receipts/nothing%3Cscript%3E"), 404);
  const std::vector<std::string> lines = lines_of("receipt.erased");
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_THAT(lines, Each(HasSubstr("\"actor\":\"key:eraser\"")));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_THAT(lines[i], HasSubstr("\"receipt\":\"" + id + ".1\""));
    EXPECT_THAT(lines[i], HasSubstr("\"ceremony\":\"" + id + "\""));
  }
  EXPECT_THAT(lines[0], HasSubstr("receipt_not_found"));
  EXPECT_THAT(lines[1], HasSubstr("transaction_state_mismatch"));
  EXPECT_THAT(lines[2], HasSubstr("\"outcome\":\"ok\""));
  EXPECT_THAT(lines[3], Not(HasSubstr("nothing"))) << "the caller's text";
  EXPECT_THAT(actors_of("key.refused"), ElementsAre("key:second"));
  EXPECT_THAT(lines_of("key.refused")[0], HasSubstr("api_key_scope_missing"));
}

TEST_F(TransactionAudit, WhatWasDeclinedIsErasedWithItsTransaction) {
  const Answer began = create();
  const std::string id = began.text("id");
  const std::string path = "/v1/transactions/" + id;
  EXPECT_EQ(erase(path), 409) << "it is open";
  ASSERT_EQ(page(began.text("token")).post(path + "/decline", "{}").status, 200);
  EXPECT_EQ(erase(path), 409) << "the backend has not got the event";
  deliver_all();
  EXPECT_EQ(erase(path, "backend"), 403);
  EXPECT_EQ(page().call("DELETE", path, "").status, 401);
  EXPECT_EQ(erase("/v1/transactions/AAAAAAAAAAAAAAAAAAAAAA"), 404);
  EXPECT_EQ(erase(path), 204);
  ASSERT_EQ(actors_of("transaction.erased").size(), 4U);
  EXPECT_EQ(erase(path), 204) << "again is no error";
  EXPECT_EQ(state_of(id), "erased");
  EXPECT_THAT(read(id).body, Not(HasSubstr("Anna")));
  EXPECT_EQ(backend().get(path + "/view").status, 404);
  EXPECT_THAT(lines_of("transaction.erased").size(), 4U);
  EXPECT_THAT(actors_of("transaction.erased"), Each("key:eraser"));
  EXPECT_THAT(actors_of("transaction.erased_already"), ElementsAre("key:eraser"));
  EXPECT_THAT(lines_of("transaction.erased_already")[0], HasSubstr("\"ceremony\":\"" + id + "\""));
}

TEST_F(TransactionAudit, NamesWhoWasRefusedAReceipt) {
  const Answer began = create();
  ASSERT_EQ(approve(began, ada_).status, 200);
  const std::string receipt = "/v1/receipts/" + began.text("id") + ".1";
  Browser ada = page();
  ASSERT_EQ(ada.sign_in(ada_, "ada").status, 200);
  EXPECT_EQ(ada.get(receipt).status, 404);
  EXPECT_EQ(with_key("customers").get(receipt).status, 202) << "nothing was handed out yet";
  EXPECT_THAT(actors_of("receipt.read"), ElementsAre("session"));
}

}  // namespace
}  // namespace countersign::testing
