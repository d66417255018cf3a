// Somebody who writes to the database, without the key that is not in it: what he can have a
// transaction say. Nothing but what it said.

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "native/store/sqlite/schema.h"
#include "tests/store/transaction_fixture.h"

namespace countersign::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

// What no list reads: it is in a seal of its own.
const std::set<std::string> kContent = {"intent",    "view",          "template", "pack",
                                        "approvers", "policy_inputs", "payment",  "content_seal"};

class TransactionSeals : public TransactionTest {
 protected:
  TransactionSeals() { listen(); }
  void listen() {
    store_->tell_unsealed([this](std::string_view kind, std::string_view tenant, Bytes key) {
      told_.push_back(std::string(kind) + " " + std::string(tenant) + " " +
                      std::string(key.begin(), key.end()));
    });
  }
  void reopen() {
    store_.reset();
    auto opened = SqliteStore::open(folder_.path("s.db"), random_);
    ASSERT_TRUE(opened.has_value()) << error_name(opened.error().code);
    store_ = std::move(*opened);
    service_ = std::make_unique<ServiceContext>(ServiceContext{*store_, *store_, clock_, random_,
                                                               audit_, hasher_, verifier_, secret_,
                                                               models_, policies_});
    listen();
  }
  // Of the store that is open.
  TransactionContext context() {
    return service_ == nullptr ? TransactionContext(context_)
                               : TransactionContext{*service_, *store_, *store_, settings_};
  }
  // All of the table, as SQLite says.
  std::vector<std::string> columns() {
    const auto database =
        std::move(*sqlite::Database::open(folder_.path("s.db"), sqlite::Database::Mode::writer));
    sqlite::Statement select =
        database->prepare("SELECT name FROM pragma_table_info('transactions')").value();
    std::vector<std::string> names;
    while (select.step().value()) {
      names.push_back(select.text(0));
    }
    return names;
  }
  static std::string where(const TransactionId& id) { return " WHERE id = '" + id.value + "'"; }
  // Another value of the same type, whatever the schema says of it.
  void change(const std::string& column, const TransactionId& id) {
    alter("PRAGMA ignore_check_constraints = ON; UPDATE transactions SET " + column +
          " = CASE typeof(" + column + ") WHEN 'null' THEN 7 WHEN 'text' THEN " + column +
          " || 'x' WHEN 'blob' THEN zeroblob(length(" + column + ")) ELSE CASE WHEN " + column +
          " IN (0, 1) THEN 1 - " + column + " ELSE " + column + " + 1 END END" + where(id));
  }
  void save() {
    alter("DROP TABLE IF EXISTS saved; CREATE TABLE saved AS SELECT * FROM transactions");
  }
  void put_back() {
    alter("DELETE FROM transactions; INSERT INTO transactions SELECT * FROM saved");
  }
  std::vector<std::string> listed(const TransactionQuery& query = {}) {
    const nlohmann::json page =
        nlohmann::json::parse(list_transactions(context(), tenant_, backend_, query).value());
    std::vector<std::string> ids;
    for (const nlohmann::json& one : page["transactions"]) {
      ids.push_back(one["id"]);
    }
    return ids;
  }
  ErrorCode read_code(const TransactionId& id) {
    return code_of(read_transaction(context(), tenant_, backend_, id));
  }
  // Whatever is asked of it.
  void expect_refused(const Begun& begun, const TransactionId& id, const std::string& what) {
    std::vector<ErrorCode> codes = {
        read_code(id),
        code_of(render_transaction(context_, tenant_, backend_, id, ViewForm::text)),
        code_of(begin_transaction_approval(context_, tenant_, backend_, id, std::nullopt)),
        code_of(decline_transaction(context_, tenant_, begun.caller, id)),
        code_of(cancel_transaction(context_, tenant_, backend_, id)),
        code_of(execute(id)),
    };
    if (id == begun.id && tenant_.id == begun_by_) {  // else the challenge is nobody's
      codes.push_back(approve(begun));
    }
    for (const ErrorCode code : codes) {
      EXPECT_EQ(code, ErrorCode::transaction_store_mismatch) << what << " " << error_name(code);
    }
    EXPECT_EQ(audit_.last.error->check, Check::transaction_recomputed) << what;
  }
  // In each of its columns.
  void expect_sealed(const Begun& begun) {
    save();
    const ErrorCode before = read_code(begun.id);
    for (const std::string& column : columns()) {
      TransactionId id = begun.id;
      change(column, id);
      if (column == "id") {
        EXPECT_EQ(read_code(id), ErrorCode::transaction_not_found);
        id.value += "x";
      } else if (column == "tenant") {
        EXPECT_EQ(read_code(id), ErrorCode::transaction_not_found);
        tenant_.id.value += "x";
      }
      told_.clear();
      expect_refused(begun, id, column);
      EXPECT_THAT(told_, Contains(::testing::HasSubstr(tenant_.id.value + " " + id.value)));
      EXPECT_EQ(listed().size(), kContent.contains(column) ? 1U : 0U) << column;
      tenant_.id = begun_by_;
      put_back();
      EXPECT_EQ(read_code(begun.id), before) << column;
      EXPECT_EQ(listed().size(), 1U) << column;
    }
  }
  // As the program of the schema before left it.
  void take_seals_away() {
    store_.reset();
    alter(take_transaction_seals_away() +
          "PRAGMA user_version = " + std::to_string(sqlite::kSealedTransactionsSchema - 1));
  }
  const TenantId begun_by_{"bank"};
  std::unique_ptr<ServiceContext> service_;
  std::vector<std::string> told_;
};

// A column that is added and not sealed fails here.
TEST_F(TransactionSeals, APendingOneSaysNothingElseInAnyColumn) { expect_sealed(create()); }
TEST_F(TransactionSeals, AnApprovedOneSaysNothingElseInAnyColumn) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  expect_sealed(begun);
}
TEST_F(TransactionSeals, OneThatWasHandedOverSaysNothingElseInAnyColumn) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  ASSERT_EQ(code_of(execute(begun.id)), kDone);
  expect_sealed(begun);
}
TEST_F(TransactionSeals, ADeclinedOneSaysNothingElseInAnyColumn) {
  const Begun begun = create();
  ASSERT_EQ(code_of(decline_transaction(context_, tenant_, begun.caller, begun.id)), kDone);
  expect_sealed(begun);
}
TEST_F(TransactionSeals, ACancelledOneSaysNothingElseInAnyColumn) {
  const Begun begun = create();
  ASSERT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, begun.id)), kDone);
  expect_sealed(begun);
}

// What a bank goes by that releases by tier, and a back office that looks at a list.
TEST_F(TransactionSeals, AnApprovedOneIsOfNoOtherTierPolicyAndTime) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  save();
  for (const char* set : {"display_tier = 4", "policy = zeroblob(32)",
                          "created_at = created_at - 864000, finished_at = finished_at - 864000"}) {
    alter(std::string("UPDATE transactions SET ") + set);
    EXPECT_EQ(read_code(begun.id), ErrorCode::transaction_store_mismatch) << set;
    EXPECT_THAT(listed(), IsEmpty()) << set;
    put_back();
  }
  EXPECT_EQ(read_code(begun.id), kDone);
}
TEST_F(TransactionSeals, AnApprovalThatNobodyGaveIsInNoList) {
  const Begun begun = create();
  alter("UPDATE transactions SET state = 1, approvals = 1, finished_at = created_at");
  told_.clear();
  EXPECT_THAT(listed({.state = TransactionState::approved}), IsEmpty());
  EXPECT_THAT(told_, Contains("transaction.state bank " + begun.id.value));
  EXPECT_EQ(read_code(begun.id), ErrorCode::transaction_store_mismatch);
}
// The seal of another one, or of another part of it.
TEST_F(TransactionSeals, ASealIsOfOneTransactionAndPart) {
  const Begun begun = create();
  const Begun other = create();
  ASSERT_EQ(approve(other), kDone);
  save();
  const std::string of_other = "FROM saved WHERE id = '" + other.id.value + "')";
  for (const std::string& set :
       {"(intent, view, approvers, content_seal) = (SELECT intent, view, approvers, content_seal " +
            of_other,
        "(state, approvals, previous, finished_at, state_seal) = (SELECT state, approvals, "
        "previous, finished_at, state_seal " +
            of_other,
        "(seal, sequence) = (SELECT seal, sequence + 7 " + of_other,
        std::string("seal = state_seal, state_seal = seal"), std::string("seal = content_seal"),
        std::string("seal = NULL")}) {
    alter("UPDATE transactions SET " + set + where(begun.id));
    EXPECT_EQ(read_code(begun.id), ErrorCode::transaction_store_mismatch) << set;
    put_back();
  }
  EXPECT_EQ(read_code(begun.id), kDone);
}
// Filters find by columns that are sealed, too.
TEST_F(TransactionSeals, ASearchFindsNothingThatIsNotSo) {
  const Begun begun = create();
  alter("UPDATE transactions SET amount = 900000, payee_account = 'iban:GB29NWBK60161331926819'");
  EXPECT_THAT(listed({.amount = "9000.00", .currency = "EUR"}), IsEmpty());
  EXPECT_THAT(listed({.payee_account = "GB29NWBK60161331926819"}), IsEmpty());
}

// No change makes the row of somebody else's a server's: not in the store either, whatever was
// read before.
TEST_F(TransactionSeals, WhatIsNotWholeIsNeverSealedAgain) {
  const Begun begun = create();
  const TransactionApproval approval =
      store_->list_transaction_approvals(tenant_.id, begun.id).value().front();
  const Transaction before = stored(begun.id);
  alter("UPDATE transactions SET display_tier = 4");
  constexpr ErrorCode kMismatch = ErrorCode::transaction_store_mismatch;

  ApprovalCommit commit;
  commit.approval = approval;
  commit.now = clock_.time;
  commit.customer = handle_of("ada");
  commit.record.id = CredentialId(keys_["ada"].id);
  commit.record.sign_count = 100;
  EXPECT_EQ(code_of(store_->commit_approval(commit)), kMismatch);
  EXPECT_EQ(code_of(store_->add_transaction_approval(approval)), kMismatch);
  TransactionClosing closing;
  closing.tenant = tenant_.id;
  closing.id = begun.id;
  closing.now = clock_.time;
  EXPECT_EQ(store_->close_transaction(closing).error().code, kMismatch);
  for (std::int64_t i = 0; i < kMaxApprovalFailures; ++i) {
    EXPECT_FALSE(store_->count_transaction_failure(closing).value());
  }
  EXPECT_FALSE(
      store_->execute_transaction(tenant_.id, begun.id, clock_.time, std::nullopt).has_value());
  clock_.time = after(kTransactionSeconds + 1);
  EXPECT_EQ(expire_transactions(service(), *store_).value(), 0U);
  EXPECT_THAT(events(), IsEmpty());
  // Put right, it is what it was.
  alter("UPDATE transactions SET display_tier = 0");
  EXPECT_EQ(stored(begun.id).state, TransactionState::pending);
  EXPECT_EQ(stored(begun.id).previous, before.previous);
  EXPECT_EQ(expire_transactions(service(), *store_).value(), 1U);
}

// A trigger changes nothing that the server writes: it writes nothing while there is one.
TEST_F(TransactionSeals, ATriggerHasNothingSealed) {
  alter(
      "CREATE TRIGGER t AFTER INSERT ON transactions BEGIN UPDATE transactions SET display_tier = "
      "2, approvals_needed = 1 WHERE id = NEW.id; END");
  EXPECT_EQ(create().error, ErrorCode::store_corrupt) << "and nothing is there";
  alter("DROP TRIGGER t");
  EXPECT_THAT(listed(), IsEmpty());
  const Begun begun = create();
  ASSERT_EQ(begun.error, kDone);
  for (const char* when : {"BEFORE", "AFTER"}) {
    alter(std::string("CREATE TRIGGER t ") + when +
          " UPDATE OF state ON transactions BEGIN UPDATE transactions SET payee_account = 'x:1', "
          "failures = 3 WHERE id = NEW.id; END");
    EXPECT_EQ(code_of(decline_transaction(context_, tenant_, begun.caller, begun.id)),
              ErrorCode::store_corrupt);
    alter("DROP TRIGGER t");
    EXPECT_EQ(read_code(begun.id), kDone) << when;
    EXPECT_EQ(stored(begun.id).state, TransactionState::pending) << when;
  }
}

TEST_F(TransactionSeals, TheFirstStartOfThisSchemaFillsAndSealsOnce) {
  const Begun begun = create();
  const Begun approved = create();
  ASSERT_EQ(approve(approved), kDone);
  const nlohmann::json before =
      nlohmann::json::parse(list_transactions(context(), tenant_, backend_, {}).value());
  take_seals_away();
  const std::string mark = folder_.path("s.db.key.sealed-transactions");
  ASSERT_TRUE(std::filesystem::remove(mark));
  ASSERT_TRUE(std::filesystem::remove(folder_.path("s.db.key.sealed-payments")));
  alter("UPDATE transactions SET title = ''");  // of before there were titles
  reopen();
  EXPECT_TRUE(std::filesystem::exists(mark));
  EXPECT_EQ(read_code(begun.id), kDone);
  EXPECT_EQ(read_code(approved.id), kDone);
  EXPECT_EQ(nlohmann::json::parse(list_transactions(context(), tenant_, backend_, {}).value()),
            before);
  EXPECT_EQ(listed({.amount = "1234.56", .currency = "EUR"}).size(), 2U);
  EXPECT_EQ(listed({.payee = "Muster Handels GmbH"}).size(), 2U);
  EXPECT_THAT(told_, IsEmpty());
  // The database's word alone has nothing sealed.
  take_seals_away();
  const auto opened = SqliteStore::open(folder_.path("s.db"), random_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::config_value_invalid);
}
TEST_F(TransactionSeals, AnotherStartSealsNothing) {
  const Begun begun = create();
  alter("UPDATE transactions SET display_tier = 4");
  reopen();
  EXPECT_EQ(read_code(begun.id), ErrorCode::transaction_store_mismatch);
}

// A customer's own order whose row says the id of another one: what is sealed is his approval of
// his own, whatever the index by which it is found makes of it.
TEST_F(TransactionSeals, AnApprovalOfAnotherOrderThanTheRowSays) {
  const Begun others = create();
  const Begun own = create({.username = "bob"});
  const auto states_of = [&](TransactionState state) {
    TransactionQuery query;
    query.state = state;
    return listed(query);
  };
  keep_index(folder_.path("s.db"), "transactions", "sqlite_autoindex_transactions_1", "tenant, id",
             "UPDATE transactions SET id = 'kept' WHERE id = '" + others.id.value +
                 "'; UPDATE transactions SET id = '" + others.id.value + "' WHERE id = '" +
                 own.id.value + "'");
  EXPECT_TRUE(store_->check_ready().has_value()) << "the schema says nothing of it";
  approve(own, "bob");
  std::string move = "CREATE TABLE saved AS SELECT * FROM transactions WHERE id = '" +
                     others.id.value + "'; UPDATE transactions SET id = 'own' WHERE id = '" +
                     others.id.value + "'; UPDATE transactions SET id = '" + others.id.value +
                     "' WHERE id = 'kept'; UPDATE transactions SET ";
  for (const char* column : {"state", "approvals", "previous", "finished_at", "finished_by",
                             "finished_key", "executed_at", "failures", "state_seal"}) {
    move += std::string(column) + " = (SELECT " + column + " FROM saved), ";
  }
  move += "erased_at = (SELECT erased_at FROM saved) WHERE id = '" + others.id.value + "'";
  heal_index(folder_.path("s.db"), "transactions", move);
  EXPECT_THAT(states_of(TransactionState::approved), IsEmpty());
  EXPECT_NE(read_code(others.id), kDone);
}

// What seals do not stop: the whole row as it was before.
TEST_F(TransactionSeals, AnOlderStateOfTheWholeRowIsTaken) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  save();
  ASSERT_EQ(code_of(execute(begun.id)), kDone);
  put_back();
  EXPECT_EQ(code_of(execute(begun.id)), kDone);
}

}  // namespace
}  // namespace countersign::testing
