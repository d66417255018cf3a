// An approved transaction is handed over once, whoever asks how often.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

#include "native/store/sqlite/database.h"
#include "tests/http/transaction_server.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;

class TransactionExecution : public ::testing::Test, public TransactionServer {
 protected:
  TransactionExecution() : ada_(enrol("ada")) {}

  std::string approved(const std::string& value = "250.00") {
    const Answer began = create(value);
    EXPECT_EQ(approve(began, ada_).status, 200);
    return began.text("id");
  }
  Answer execute(const std::string& id, const std::string& key = "",
                 const std::string& caller = "backend") const {
    Browser browser = with_key(caller);
    if (!key.empty()) {
      browser.headers.emplace("Idempotency-Key", key);
    }
    return browser.post("/v1/transactions/" + id + "/execute", "{}");
  }
  // What a shell on the database does.
  void alter(const std::string& sql) {
    std::unique_ptr<sqlite::Database> database = std::move(
        *sqlite::Database::open(folder_.path("countersign.db"), sqlite::Database::Mode::writer));
    EXPECT_TRUE(database->execute(sql.c_str()).has_value());
  }
  // And a server with the key.
  void alter_sealed(const std::string& sql) {
    alter(sql);
    seal_transactions_of(folder_.path("countersign.db"));
  }

  SoftCredential ada_;
};

TEST_F(TransactionExecution, HandsOverWhatWasFrozenAndApproved) {
  const std::string id = approved("77.01");
  const Answer order = execute(id);
  ASSERT_EQ(order.status, 200) << order.body;
  EXPECT_EQ(order.text("id"), id);
  EXPECT_EQ(order.text("type"), "payment.credit-transfer/1");
  EXPECT_EQ(member(member(member(order.at("intent"), "fields"), "amount"), "value").string,
            "77.01");
  const Answer read = this->read(id);
  EXPECT_EQ(order.text("intentDigest"), read.text("intentDigest"));
  EXPECT_EQ(order.text("intentCbor"), read.text("intentCbor"));
  EXPECT_EQ(order.text("userHandle"), member(read.at("user"), "userHandle").string);
  EXPECT_EQ(order.text("executedAt"), read.text("executedAt"));
  ASSERT_EQ(order.at("approvals").items.size(), 1U);
  EXPECT_EQ(member(order.at("approvals").items[0], "receipt").string, id + ".1");
}

TEST_F(TransactionExecution, IsOnce) {
  const std::string id = approved();
  ASSERT_EQ(execute(id).status, 200);
  const Answer again = execute(id);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.text("code"), "transaction_state_mismatch");
  EXPECT_EQ(execute(id, "another-key").status, 409) << "whatever key comes later";
  EXPECT_EQ(execute(id, "", "second").status, 409) << "whoever asks";
}

TEST_F(TransactionExecution, GivesTheSameAnswerToTheSameCall) {
  const std::string id = approved();
  const Answer first = execute(id, "run-1");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(execute(id, "run-1").body, first.body);
  EXPECT_EQ(execute(id).status, 409);
  // Another caller's key is another key, and the same key of another transaction is its own.
  EXPECT_EQ(execute(id, "run-1", "second").status, 409);
  const std::string other = approved("1.00");
  const Answer second = execute(other, "run-1");
  ASSERT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(second.text("id"), other);
}

TEST_F(TransactionExecution, Of32AtOnceOneCounts) {
  const std::string id = approved();
  std::atomic<int> orders = 0;
  std::atomic<int> conflicts = 0;
  std::atomic<int> waiting = 32;
  std::vector<std::thread> threads;
  for (int i = 0; i < 32; ++i) {
    threads.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) {
        std::this_thread::yield();
      }
      const int status = execute(id, i % 2 == 0 ? "" : "key-" + std::to_string(i)).status;
      orders += status == 200 ? 1 : 0;
      conflicts += status == 409 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(orders, 1);
  EXPECT_EQ(conflicts, 31);
}

TEST_F(TransactionExecution, Of16AtOnceWithOneKeyAllGetTheOneAnswer) {
  const std::string id = approved();
  std::mutex mutex;
  std::set<std::string> answers;
  std::atomic<int> orders = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const Answer answer = execute(id, "run-1");
      orders += answer.status == 200 ? 1 : 0;
      const std::lock_guard lock(mutex);
      answers.insert(answer.body);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(orders, 16);
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(TransactionExecution, IsOfApprovedOnesAndForTheirBackend) {
  const Answer began = create();
  const std::string id = began.text("id");
  const Answer early = execute(id);
  EXPECT_EQ(early.status, 403);
  EXPECT_EQ(early.text("code"), "transaction_required");
  ASSERT_EQ(approve(began, ada_).status, 200);
  EXPECT_EQ(execute(id, "", "shop").status, 404) << "another tenant's";
  EXPECT_EQ(execute(id, "", "customers").status, 403) << "without the scope";
  EXPECT_EQ(page(began.text("token")).post("/v1/transactions/" + id + "/execute", "{}").status,
            401);
  EXPECT_EQ(backend().post("/v1/transactions/" + id + "/execute", R"({"more":1})").status, 400);
  EXPECT_EQ(execute("unknown").status, 404);
  EXPECT_EQ(execute(id).status, 200);
}

TEST_F(TransactionExecution, IsNotOfWhatEndedOtherwise) {
  const Answer cancelled = create();
  ASSERT_EQ(backend().post("/v1/transactions/" + cancelled.text("id") + "/cancel", "{}").status,
            200);
  EXPECT_EQ(execute(cancelled.text("id")).status, 403);
  const Answer expired = create();
  alter_sealed("UPDATE transactions SET expires_at = created_at - 1 WHERE id = '" +
               expired.text("id") + "'");
  EXPECT_EQ(execute(expired.text("id")).status, 403);
}

// The last day counts from the record that was signed for (TransactionAttacks has the day after).
TEST_F(TransactionExecution, AsksNoColumnWhenItWasApproved) {
  const std::string id = approved();
  alter_sealed("UPDATE transactions SET finished_at = 1 WHERE id = '" + id + "'");
  EXPECT_EQ(execute(id).status, 200);
}

TEST_F(TransactionExecution, IsRefusedAfterTampering) {
  const std::string small = approved("1.00");
  const std::string large = approved("9000.00");
  alter("UPDATE transactions SET intent = (SELECT intent FROM transactions WHERE id = '" + large +
        "'), view = (SELECT view FROM transactions WHERE id = '" + large + "') WHERE id = '" +
        small + "'");
  EXPECT_EQ(execute(small).status, 500);
  EXPECT_THAT(server_->log(), HasSubstr("transaction_store_mismatch"));
  alter("UPDATE receipts SET record = NULL WHERE transaction_id = '" + large + "'");
  EXPECT_EQ(execute(large).status, 404);
  const Answer pending = create();
  alter("UPDATE transactions SET state = 1, approvals = 1 WHERE id = '" + pending.text("id") + "'");
  EXPECT_EQ(execute(pending.text("id")).status, 500);
}

}  // namespace
}  // namespace countersign::testing
