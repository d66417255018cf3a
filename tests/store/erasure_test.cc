// What is erased with a receipt, and what is not.

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "service/receipt_requests.h"
#include "service/transaction_json.h"
#include "tests/store/transaction_fixture.h"
#include "transaction/bound.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Erasure : public TransactionTest {
 protected:
  ErrorCode erase(const Begun& begun, std::int64_t step = 1) {
    const Status erased =
        erase_receipt(service(), *store_, tenant_, backend_, receipt_id(begun.id, step));
    return erased.has_value() ? kDone : erased.error().code;
  }
  ErrorCode erase_whole(const TransactionId& id) {
    const Status erased = erase_transaction(service(), *store_, tenant_, backend_, id);
    return erased.has_value() ? kDone : erased.error().code;
  }
  void deliver_all() {
    for (const OutboxEntry& entry : events()) {
      EXPECT_TRUE(store_->mark_outbox_delivered(tenant_.id, entry.event.id, clock_.time).value());
    }
  }
  nlohmann::json read(const Begun& begun) {
    const Result<std::string> answer = read_transaction(context_, tenant_, backend_, begun.id);
    return answer.has_value() ? nlohmann::json::parse(*answer)
                              : nlohmann::json(std::string(error_name(answer.error().code)));
  }
  // An approved one whose event the backend has.
  Begun delivered() {
    const Begun begun = create();
    EXPECT_EQ(approve(begun), kDone);
    deliver_all();
    return begun;
  }
  // Every value of every table, as a shell on the database sees it.
  std::string tables() {
    std::string out;
    sqlite3* raw = nullptr;
    EXPECT_EQ(sqlite3_open(folder_.path("s.db").c_str(), &raw), SQLITE_OK);
    const auto select = [&](const std::string& sql,
                            const std::function<void(sqlite3_stmt*)>& take) {
      sqlite3_stmt* statement = nullptr;
      EXPECT_EQ(sqlite3_prepare_v2(raw, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
      while (sqlite3_step(statement) == SQLITE_ROW) {
        take(statement);
      }
      sqlite3_finalize(statement);
    };
    std::vector<std::string> names;
    select("SELECT name FROM sqlite_master WHERE type = 'table'", [&](sqlite3_stmt* row) {
      names.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(row, 0)));
    });
    EXPECT_GT(names.size(), 10U);
    for (const std::string& name : names) {
      select("SELECT * FROM " + name, [&](sqlite3_stmt* row) {
        for (int i = 0; i < sqlite3_column_count(row); ++i) {
          const auto* octets = static_cast<const char*>(sqlite3_column_blob(row, i));
          out.append(
              octets == nullptr ? "" : octets,
              static_cast<std::size_t>(octets == nullptr ? 0 : sqlite3_column_bytes(row, i)));
          out += '\n';
        }
      });
    }
    sqlite3_close(raw);
    return out;
  }
  std::string files() { return folder_.read("s.db") + folder_.read("s.db-wal"); }
};

TEST_F(Erasure, LeavesAReadableTransactionWithNothingInIt) {
  const Begun begun = delivered();
  clock_.time = after(60);
  ASSERT_EQ(erase(begun), kDone);
  const nlohmann::json answer = read(begun);
  EXPECT_EQ(answer["state"], "erased");
  EXPECT_EQ(answer["id"], begun.id.value);
  EXPECT_EQ(answer["erasedAt"], encode_rfc3339(clock_.time));
  EXPECT_EQ(answer["finishedAt"], answer["createdAt"]);
  EXPECT_EQ(answer["approval"], nlohmann::json({1, 1}));
  for (const char* member : {"intent", "intentCbor", "view", "approvals", "user", "summary"}) {
    EXPECT_FALSE(answer.contains(member)) << member;
  }
  EXPECT_EQ(code_of(render_transaction(context_, tenant_, backend_, begun.id, ViewForm::text)),
            ErrorCode::receipt_erased);
  // Again is no error, and changes no time.
  clock_.time = after(60);
  EXPECT_EQ(erase(begun), kDone);
  EXPECT_EQ(read(begun)["erasedAt"], answer["erasedAt"]);
}

TEST_F(Erasure, AskedForAgainChangesNothingAndSaysSo) {
  policies_.set(kTwoPeople);
  const Begun first = create();
  ASSERT_EQ(approve(first), kDone);
  clock_.time = after(kTransactionSeconds + 1);
  const auto erase_one = [&](std::int64_t step) {
    EXPECT_TRUE(erase_receipt(service(), *store_, tenant_, backend_, receipt_id(first.id, step))
                    .has_value());
    EXPECT_FALSE(audit_.last.error);
    EXPECT_EQ(audit_.last.receipt, receipt_id(first.id, step));
    return std::string(audit_.last.event);
  };
  EXPECT_EQ(erase_one(1), "receipt.erased");
  const std::string before = tables();
  EXPECT_EQ(erase_one(1), "receipt.erased_already");
  EXPECT_EQ(erase_whole(first.id), kDone);
  EXPECT_EQ(audit_.last.event, "transaction.erased_already") << "the receipt took it along";
  EXPECT_EQ(tables(), before);
  // Also where the backend has not got an event that came since.
  EXPECT_EQ(expire_transactions(service(), *store_).value(), 1U);
  EXPECT_EQ(erase_one(1), "receipt.erased_already");
}

// As earlier versions left them, which took the receipt that was named and no other.
// Whoever carried it out gets it no second time, by whatever key; another one's answer stays.
TEST_F(Erasure, TakesTheAnswerOfWhoeverCarriedItOut) {
  const auto key = [](const std::string& text) {
    return IdempotencyKey{text, OpenSslHasher().sha256({bytes_of(text)})};
  };
  const Begun begun = delivered();
  const Begun other = delivered();
  const Result<std::string> order = execute(begun.id, key("one"));
  ASSERT_TRUE(order.has_value());
  const Result<std::string> others = execute(other.id, key("two"));
  ASSERT_TRUE(others.has_value());
  EXPECT_EQ(execute(begun.id, key("one")).value(), *order);
  ASSERT_EQ(erase_whole(begun.id), kDone);
  EXPECT_EQ(code_of(execute(begun.id, key("one"))), ErrorCode::transaction_required);
  EXPECT_EQ(execute(other.id, key("two")).value(), *others);
}

TEST_F(Erasure, IsDoneWhereAnotherReceiptIsLeft) {
  policies_.set(kTwoPeople);
  const Begun first = create();
  ASSERT_EQ(approve(first), kDone);
  ASSERT_EQ(approve(begin_as(first.id, backend_, "bob"), "bob"), kDone);
  deliver_all();
  const std::string second = receipt_id(first.id, 2);
  const ByteVector record = store_->find_receipt(tenant_.id, second)->value().record.value();
  const auto erase_again = [&](const std::function<ErrorCode()>& erase_it) {
    alter("UPDATE receipts SET record = x'" + encode_hex(record) + "' WHERE id = '" + second + "'");
    EXPECT_EQ(erase_it(), kDone);
    EXPECT_FALSE(store_->find_receipt(tenant_.id, second)->value().record);
    return std::string(audit_.last.event);
  };
  ASSERT_EQ(erase(first), kDone);
  EXPECT_EQ(erase_again([&] { return erase_whole(first.id); }), "transaction.erased");
  EXPECT_EQ(erase_again([&] { return erase(first); }), "receipt.erased");
}

// Whoever writes to the database keeps nothing by saying that it is erased.
TEST_F(Erasure, IsDoneWhateverAnAlteredRowSays) {
  const Begun begun = delivered();
  alter("UPDATE transactions SET erased_at = 1 WHERE id = '" + begun.id.value + "'");
  alter("UPDATE receipts SET record = NULL, salt = NULL");
  ASSERT_THAT(tables(), HasSubstr("Muster Handels GmbH"));
  ASSERT_EQ(erase_whole(begun.id), kDone);
  EXPECT_EQ(audit_.last.event, "transaction.erased");
  EXPECT_THAT(tables(), Not(HasSubstr("Muster Handels GmbH")));
}

TEST_F(Erasure, LeavesNothingInTheFile) {
  nlohmann::json intent = transfer_intent();
  intent["fields"]["creditor"] = "Unmistakable Payee";
  const Begun begun = create({.intent = intent, .policy_inputs = R"({"risk.score":42})"});
  ASSERT_EQ(approve(begun), kDone);
  deliver_all();
  ASSERT_THAT(files(), HasSubstr("Unmistakable Payee"));
  ASSERT_EQ(erase(begun), kDone);
  alter("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_THAT(files(), Not(HasSubstr("Unmistakable Payee")));
  EXPECT_THAT(files(), Not(HasSubstr("risk.score")));
}

// Personal data of third parties with no evidence in them: there is no receipt to erase.
TEST_F(Erasure, TakesWhatWasNeverApproved) {
  nlohmann::json intent = transfer_intent();
  intent["fields"]["creditor"] = "Unmistakable Payee";
  intent["fields"]["reference"] = "Unmistakable reference";
  const std::string iban = intent["fields"]["creditorAccount"]["iban"];
  const Wanted wanted{.intent = intent, .policy_inputs = R"({"risk.score":42})"};
  const Begun declined = create(wanted);
  const Begun cancelled = create(wanted);
  const Begun expired = create(wanted);
  EXPECT_EQ(code_of(decline_transaction(context_, tenant_, declined.caller, declined.id)), kDone);
  EXPECT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, cancelled.id)), kDone);
  EXPECT_EQ(erase_whole(expired.id), ErrorCode::transaction_state_mismatch) << "it is open";
  clock_.time = after(kTransactionSeconds + 1);
  EXPECT_EQ(expire_transactions(service(), *store_).value(), 1U);
  EXPECT_EQ(erase_whole(declined.id), ErrorCode::transaction_state_mismatch) << "not delivered";
  ASSERT_THAT(tables(), HasSubstr("Unmistakable Payee"));
  ASSERT_THAT(tables(), HasSubstr(iban));
  deliver_all();
  for (const Begun& begun : {declined, cancelled, expired}) {
    EXPECT_EQ(erase(begun), ErrorCode::receipt_not_found) << "it has no receipt";
    EXPECT_EQ(erase_whole(begun.id), kDone);
    EXPECT_EQ(erase_whole(begun.id), kDone) << "again is no error";
    EXPECT_EQ(read(begun)["state"], "erased");
    EXPECT_EQ(audit_.last.actor, "key:backend");
  }
  alter("PRAGMA wal_checkpoint(TRUNCATE)");
  for (const std::string& left : {tables(), files()}) {
    EXPECT_THAT(left, Not(HasSubstr("Unmistakable")));
    EXPECT_THAT(left, Not(HasSubstr(iban)));
    EXPECT_THAT(left, Not(HasSubstr("risk.score")));
  }
}

// Nothing that a chain needs is left behind alone, and the log's leaves stay.
TEST_F(Erasure, TakesATransactionWithAllOfItsReceipts) {
  policies_.set(kTwoPeople);
  const Begun other = create();
  ASSERT_EQ(approve(other), kDone);
  const Begun first = create();
  ASSERT_EQ(approve(first), kDone);
  ASSERT_EQ(approve(begin_as(first.id, backend_, "bob"), "bob"), kDone);
  deliver_all();
  ASSERT_EQ(erase_whole(first.id), kDone);
  for (const std::int64_t step : {1, 2}) {
    const KeptReceipt receipt =
        store_->find_receipt(tenant_.id, receipt_id(first.id, step)).value().value();
    EXPECT_FALSE(receipt.record) << step;
    EXPECT_FALSE(receipt.salt) << step;
    EXPECT_EQ(receipt.seal, RowSeal::whole) << step;
  }
  EXPECT_EQ(store_->list_waiting_leaves(tenant_.id, 10)->size(), 3U);
  EXPECT_TRUE(store_->find_receipt(tenant_.id, receipt_id(other.id, 1)).value()->record);
}

TEST_F(Erasure, IsNobodysButABackends) {
  const Begun begun = delivered();
  const Caller ada = browser_of("ada");
  EXPECT_EQ(code_of(erase_transaction(service(), *store_, tenant_, ada, begun.id)),
            ErrorCode::caller_not_allowed);
  EXPECT_EQ(audit_.last.event, "transaction.erased");
  EXPECT_EQ(audit_.last.actor, "session");
  EXPECT_EQ(code_of(erase_receipt(service(), *store_, tenant_, ada, receipt_id(begun.id, 1))),
            ErrorCode::caller_not_allowed);
  EXPECT_EQ(audit_.last.receipt, receipt_id(begun.id, 1));
  EXPECT_EQ(erase_whole(TransactionId("unknown")), ErrorCode::transaction_not_found);
  EXPECT_TRUE(audit_.last.ceremony.value.empty()) << "the caller's text";
  Tenant other = tenant_;
  other.id = TenantId("other");
  EXPECT_EQ(code_of(erase_transaction(service(), *store_, other, backend_, begun.id)),
            ErrorCode::transaction_not_found);
  EXPECT_EQ(read(begun)["state"], "approved");
}

TEST_F(Erasure, IsListedAsWhatItIs) {
  const Begun begun = delivered();
  create();
  ASSERT_EQ(erase(begun), kDone);
  const auto listed = [&](TransactionState state) {
    const Result<std::string> page =
        list_transactions(context_, tenant_, backend_, {.state = state});
    return nlohmann::json::parse(page.value())["transactions"];
  };
  EXPECT_EQ(listed(TransactionState::approved).size(), 0U);
  const nlohmann::json erased = listed(TransactionState::erased);
  ASSERT_EQ(erased.size(), 1U);
  EXPECT_EQ(erased[0]["state"], "erased");
  EXPECT_EQ(erased[0]["title"], "");
  EXPECT_TRUE(erased[0]["summary"].is_null());
}

// The backend would never learn what it is to carry out.
TEST_F(Erasure, WaitsUntilTheBackendHasTheEvent) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  EXPECT_EQ(erase(begun), ErrorCode::transaction_state_mismatch);
  EXPECT_EQ(read(begun)["state"], "approved") << "nothing changed";
  ASSERT_EQ(events().size(), 1U);
  EXPECT_THAT(events()[0].event.body, HasSubstr("intentCbor"));
  deliver_all();
  EXPECT_EQ(erase(begun), kDone);
  // The event is there and genuine, and says nothing.
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].event.body, "{}");
  EXPECT_EQ(store_->read_outbox_backlog(tenant_.id)->unsealed, 0);
}

// Others have not approved yet, and their chain needs what was signed before.
TEST_F(Erasure, WaitsUntilTheTransactionHasEnded) {
  policies_.set(kTwoPeople);
  const Begun first = create();
  ASSERT_EQ(approve(first), kDone);
  EXPECT_EQ(erase(first), ErrorCode::transaction_state_mismatch);
  ASSERT_EQ(approve(begin_as(first.id, backend_, "bob"), "bob"), kDone);
  deliver_all();
  EXPECT_EQ(erase(first), kDone);
}

// The record of each approval has the whole order in it: payee, account and reference.
TEST_F(Erasure, OfOneReceiptLeavesTheOrderInNoOther) {
  policies_.set(kTwoPeople);
  nlohmann::json intent = transfer_intent();
  intent["fields"]["creditor"] = "Unmistakable Payee";
  for (const std::int64_t step : {1, 2}) {
    const Begun first = create({.intent = intent});
    ASSERT_EQ(approve(first), kDone);
    ASSERT_EQ(approve(begin_as(first.id, backend_, "bob"), "bob"), kDone);
    deliver_all();
    ASSERT_THAT(tables(), HasSubstr("Unmistakable Payee"));
    ASSERT_EQ(erase(first, step), kDone);
    for (const std::int64_t each : {1, 2}) {
      const KeptReceipt receipt =
          store_->find_receipt(tenant_.id, receipt_id(first.id, each)).value().value();
      EXPECT_FALSE(receipt.record) << each;
      EXPECT_FALSE(receipt.salt) << each;
    }
    alter("PRAGMA wal_checkpoint(TRUNCATE)");
    EXPECT_THAT(tables(), Not(HasSubstr("Unmistakable")));
    EXPECT_THAT(files(), Not(HasSubstr("Unmistakable")));
  }
  EXPECT_EQ(store_->list_waiting_leaves(tenant_.id, 10)->size(), 4U) << "the leaves stay";
}

TEST_F(Erasure, MayComeOnceItsTimeIsOver) {
  policies_.set(kTwoPeople);
  const Begun first = create();
  ASSERT_EQ(approve(first), kDone);
  clock_.time = after(kTransactionSeconds + 1);
  EXPECT_EQ(erase(first), kDone) << "also before the sweep has seen it";
  EXPECT_EQ(expire_transactions(service(), *store_).value(), 1U);
  EXPECT_EQ(read(first)["state"], "erased");
  EXPECT_EQ(event_kinds().back(), "transaction.expired");
}

TEST_F(Erasure, IsOfNothingElse) {
  const Begun other = delivered();
  const Begun begun = delivered();
  ASSERT_EQ(erase(begun), kDone);
  EXPECT_EQ(read(other)["state"], "approved");
  EXPECT_THAT(events()[0].event.body, HasSubstr("intentCbor"));
  EXPECT_EQ(code_of(execute(other.id)), kDone);
  EXPECT_EQ(store_->list_waiting_leaves(tenant_.id, 10)->size(), 2U)
      << "the log takes up both leaves";
}

// Whatever somebody says in the store: what nobody can verify is never handed over as approved.
TEST_F(Erasure, IsNoWayToAnApproval) {
  const Begun begun = create();
  const std::string erased =
      "UPDATE transactions SET state = 1, approvals = 1, erased_at = 1 WHERE id = '" +
      begun.id.value + "'";
  alter(erased);
  EXPECT_EQ(read(begun), "transaction_store_mismatch");
  EXPECT_EQ(code_of(execute(begun.id)), ErrorCode::transaction_store_mismatch);
  alter_sealed(erased);
  EXPECT_EQ(read(begun)["state"], "erased");
  EXPECT_EQ(code_of(execute(begun.id)), ErrorCode::transaction_required);
  EXPECT_EQ(approve(begun), ErrorCode::transaction_state_mismatch);
  EXPECT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, begun.id)),
            ErrorCode::transaction_state_mismatch);
  EXPECT_EQ(begin_as(begun.id, backend_).error, ErrorCode::transaction_state_mismatch);
}

// What is found by a name or an account is not found any more, and no column says what it was.
TEST_F(Erasure, LeavesNothingToBeFoundBy) {
  const Begun begun = delivered();
  ASSERT_TRUE(stored(begun.id).keys.payee && stored(begun.id).keys.payee_account);
  ASSERT_EQ(erase(begun), kDone);
  const Transaction transaction = stored(begun.id);
  EXPECT_FALSE(transaction.keys.payee || transaction.keys.payee_account);
  EXPECT_FALSE(transaction.keys.amount || transaction.keys.currency);
  EXPECT_EQ(transaction.summary + transaction.title + transaction.payment, "");
  EXPECT_TRUE(transaction.approvers.empty());
  EXPECT_EQ(transaction.policy.inputs, "");
  const Result<std::string> page =
      list_transactions(context_, tenant_, backend_, {.payee_account = "DE89370400440532013000"});
  EXPECT_EQ(nlohmann::json::parse(page.value())["transactions"].size(), 0U);
}

// It is done all the same, and makes nobody's row the server's.
TEST_F(Erasure, OfAnAlteredRowSealsNothing) {
  const Begun begun = delivered();
  alter("UPDATE transactions SET display_tier = 4 WHERE id = '" + begun.id.value + "'");
  ASSERT_EQ(erase(begun), kDone);
  EXPECT_EQ(read(begun), "transaction_store_mismatch");
  EXPECT_FALSE(store_->find_receipt(tenant_.id, receipt_id(begun.id, 1))->value().record);
}

// Whoever writes to the database has no event of his own sealed by an erasure.
TEST_F(Erasure, SealsNoEventThatNobodySealed) {
  const Begun begun = create();
  ASSERT_EQ(code_of(decline_transaction(context_, tenant_, begun.caller, begun.id)), kDone);
  ASSERT_THAT(tables(), HasSubstr("Muster Handels GmbH"));
  deliver_all();
  alter("UPDATE outbox SET kind = 'transaction.approved'");
  ASSERT_EQ(erase_whole(begun.id), kDone);
  alter("UPDATE outbox SET delivered_at = NULL");
  EXPECT_TRUE(events().empty());
  EXPECT_THAT(tables(), Not(HasSubstr("Muster Handels GmbH")));
}

}  // namespace
}  // namespace countersign::testing
