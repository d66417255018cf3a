// Transactions: made and found.

#include <limits>

#include "native/store/sqlite/customer_rows.h"
#include "native/store/sqlite/policy_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"
#include "native/store/sqlite/transaction_rows.h"
#include "service/transaction_catalog.h"

namespace countersign {

using sqlite::copy_exactly;
using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace sqlite {

std::optional<ByteVector> blob_of(const std::optional<Digest256>& digest) {
  return digest ? std::optional<ByteVector>(to_vector(*digest)) : std::nullopt;
}

Result<std::optional<Digest256>> digest_of(const std::optional<ByteVector>& blob) {
  std::optional<Digest256> digest;
  if (blob && !copy_exactly(*blob, digest.emplace())) {
    return ErrorCode::store_corrupt;
  }
  return digest;
}

void read_head(const Statement& row, TransactionHead& head) {
  head.tenant = TenantId(row.text(0));
  head.id = TransactionId(row.text(1));
  head.sequence = row.integer(2);
  head.type = row.text(3);
  head.title = row.text(4);
  head.summary = row.text(5);
  head.subject = UserHandle(row.blob(6));
  head.approvals_needed = row.integer(7);
  head.created_at = UnixSeconds{row.integer(8)};
  head.expires_at = UnixSeconds{row.integer(9)};
  head.state = static_cast<TransactionState>(row.integer(10));
  head.approvals = row.integer(11);
  head.finished_at = time_of(row.optional_integer(12));
  if (const std::optional<ByteVector> by = row.optional_blob(13)) {
    head.finished_by = UserHandle(*by);
  }
  head.finished_key = row.text(14);
  head.executed_at = time_of(row.optional_integer(15));
  head.erased_at = time_of(row.optional_integer(16));
}

Error unsealed_transaction() {
  return {ErrorCode::transaction_store_mismatch, Check::transaction_recomputed, 0};
}

Error why_not_pending(Database& database, const TenantId& tenant, const TransactionId& id,
                      UnixSeconds now) {
  const auto judge = [&]() -> Status {
    CS_ASSIGN(Statement select, database.prepare("SELECT state, expires_at, " TRANSACTION_IS_SEALED(
                                    "", "?1", "?2") " FROM transactions WHERE tenant = ?1 AND "
                                                    "id = ?2"));
    select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return ErrorCode::transaction_not_found;
    }
    if (select.integer(2) == 0) {
      return unsealed_transaction();
    }
    const auto state = static_cast<TransactionState>(select.integer(0));
    if (state == TransactionState::expired ||
        (state == TransactionState::pending && select.integer(1) < now.value)) {
      return Error{ErrorCode::transaction_expired, Check::transaction_current, 0};
    }
    return state == TransactionState::pending
               ? Error{ErrorCode::transaction_step_changed, Check::transaction_step_follows, 0}
               : Error{ErrorCode::transaction_state_mismatch, Check::transaction_pending, 0};
  };
  return judge().error();
}

}  // namespace sqlite

namespace {

// A document that is gone leaves the row, which then cannot be opened.
#define TRANSACTION_COLUMNS                                                                 \
  TRANSACTION_HEAD_READ("t.")                                                               \
  ", t.intent, t.view, t.template, s.document, t.pack, p.document, t.locale, t.approvers, " \
  "t.policy, t.policy_ceremony, t.policy_inputs, t.display_tier, t.amount, t.currency, "    \
  "t.payee, t.payee_account, t.created_by, t.previous, t.payment, " TRANSACTION_IS_SEALED(  \
      "t.", "?1", "?2")
#define TRANSACTION_SOURCE                                                     \
  "FROM transactions t LEFT JOIN frozen_documents s ON s.digest = t.template " \
  "LEFT JOIN frozen_documents p ON p.digest = t.pack"

Result<Transaction> read_transaction_row(const Statement& row) {
  constexpr int kFirst = sqlite::kHeadColumns;
  if (row.integer(kFirst + 19) == 0) {
    return sqlite::unsealed_transaction();
  }
  Transaction transaction;
  sqlite::read_head(row, transaction);
  transaction.intent = row.blob(kFirst);
  transaction.view = row.blob(kFirst + 1);
  transaction.source.cbor = row.blob(kFirst + 3);
  transaction.pack.cbor = row.blob(kFirst + 5);
  transaction.locale = row.text(kFirst + 6);
  CS_ASSIGN(transaction.approvers, sqlite::split_ids<UserHandle>(row.text(kFirst + 7)));
  const std::optional<PolicyCeremony> ceremony = find_policy_ceremony(row.text(kFirst + 9));
  if (!copy_exactly(row.blob(kFirst + 2), transaction.source.digest) ||
      !copy_exactly(row.blob(kFirst + 4), transaction.pack.digest) ||
      !copy_exactly(row.blob(kFirst + 8), transaction.policy.document) || !ceremony) {
    return ErrorCode::store_corrupt;
  }
  transaction.policy.ceremony = *ceremony;
  transaction.policy.inputs = row.text(kFirst + 10);
  transaction.display_tier = row.integer(kFirst + 11);
  transaction.keys = {row.optional_integer(kFirst + 12), row.optional_text(kFirst + 13),
                      row.optional_text(kFirst + 14), row.optional_text(kFirst + 15)};
  transaction.created_by = row.text(kFirst + 16);
  CS_ASSIGN(transaction.previous, sqlite::digest_of(row.optional_blob(kFirst + 17)));
  transaction.payment = row.text(kFirst + 18);
  return transaction;
}

Status insert_document(Database& database, const FrozenDocument& document) {
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO frozen_documents (digest, document) VALUES (?, ?) "
                             "ON CONFLICT DO NOTHING"));
  return insert.bind(Bytes(document.digest)).bind(Bytes(document.cbor)).run();
}

Result<std::int64_t> next_sequence(Database& database, const TenantId& tenant) {
  CS_ASSIGN(Statement select, database.prepare("SELECT coalesce(max(sequence), 0) + 1 FROM "
                                               "transactions WHERE tenant = ?"));
  CS_TRY(select.bind(std::string_view(tenant.value)).step());
  return select.integer(0);
}

// False: the customer has as many open ones as they may have.
Result<bool> insert_transaction(Database& database, const Transaction& transaction) {
  CS_ASSIGN(const std::int64_t sequence, next_sequence(database, transaction.tenant));
  CS_ASSIGN(
      Statement insert,
      database.prepare(
          "INSERT INTO transactions (tenant, id, sequence, type, intent, view, template, pack, "
          "locale, subject, approvers, policy, policy_ceremony, policy_inputs, display_tier, "
          "approvals_needed, created_by, created_at, expires_at, payment, title, summary, amount, "
          "currency, payee, payee_account, distinct_approvers, state, approvals, seal, "
          "content_seal, state_seal) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
          "?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, 1, 0, 0, "
          // As TRANSACTION_HEAD and the others. From what is bound: a trigger could have
          // changed the row.
          "seal('transaction', ?1, ?2, ?3, ?4, ?21, ?22, ?9, ?10, ?12, ?13, ?15, ?16, 1, NULL, "
          "?17, ?18, ?19, ?23, ?24, ?25, ?26), "
          "seal('transaction.content', ?1, ?2, ?5, ?6, ?7, ?8, ?11, ?14, ?20), "
          "seal('transaction.state', ?1, ?2, 0, 0, NULL, NULL, NULL, '', NULL, 0, NULL) "
          "WHERE (SELECT count(*) FROM transactions WHERE tenant = ?1 AND subject = ?10 AND "
          "state = 0 AND expires_at >= ?18) < ?27"));
  insert.bind(std::string_view(transaction.tenant.value));
  insert.bind(std::string_view(transaction.id.value)).bind(sequence);
  insert.bind(std::string_view(transaction.type));
  insert.bind(Bytes(transaction.intent)).bind(Bytes(transaction.view));
  insert.bind(Bytes(transaction.source.digest)).bind(Bytes(transaction.pack.digest));
  insert.bind(std::string_view(transaction.locale)).bind(Bytes(transaction.subject.value));
  const std::string approvers = sqlite::join_ids(transaction.approvers);
  insert.bind(std::string_view(approvers)).bind(Bytes(transaction.policy.document));
  insert.bind(policy_ceremony_name(transaction.policy.ceremony));
  insert.bind(std::string_view(transaction.policy.inputs)).bind(transaction.display_tier);
  insert.bind(transaction.approvals_needed).bind(std::string_view(transaction.created_by));
  insert.bind(transaction.created_at.value).bind(transaction.expires_at.value);
  insert.bind(std::string_view(transaction.payment)).bind(std::string_view(transaction.title));
  insert.bind(std::string_view(transaction.summary));
  const TransactionKeys& keys = transaction.keys;
  insert.bind_optional(keys.amount).bind_optional(keys.currency);
  insert.bind_optional(keys.payee).bind_optional(keys.payee_account);
  // Publications have a limit of their own: no payment keeps an administrator from one.
  insert.bind(transaction.type.starts_with(kReservedType) ? std::numeric_limits<std::int64_t>::max()
                                                          : kMaxOpenTransactions);
  CS_TRY(insert.run());
  return database.changes() == 1;
}

}  // namespace

Status SqliteStore::create_transaction(const Transaction& transaction,
                                       const TransactionApproval& approval,
                                       const std::optional<IdempotentAnswer>& answer) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    if (answer) {
      CS_ASSIGN(const bool is_new, sqlite::insert_answer(database, seals_, transaction.tenant,
                                                         *answer, transaction.created_at));
      if (!is_new) {
        return ErrorCode::idempotency_key_reused;
      }
    }
    CS_TRY(insert_document(database, transaction.source));
    CS_TRY(insert_document(database, transaction.pack));
    CS_ASSIGN(const bool has_room, insert_transaction(database, transaction));
    if (!has_room) {
      return ErrorCode::transaction_limit_reached;
    }
    if (transaction.type.starts_with(kReservedType)) {
      CS_TRY(sqlite::advance_policies(database, transaction.tenant));
    }
    CS_ASSIGN(const bool is_first_step, sqlite::insert_challenge(database, approval));
    return is_first_step ? JobResult::done()
                         : JobResult::undone(Error{ErrorCode::store_corrupt, Check::none, 0});
  }));
}

Result<std::optional<Transaction>> SqliteStore::find_transaction(const TenantId& tenant,
                                                                 const TransactionId& id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT " TRANSACTION_COLUMNS " " TRANSACTION_SOURCE
                                              " WHERE t.tenant = ?1 AND t.id = ?2"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
  CS_ASSIGN(const bool has_row, select.step());
  if (!has_row) {
    return std::optional<Transaction>();
  }
  CS_ASSIGN(Transaction transaction, read_transaction_row(select));
  return std::optional<Transaction>(std::move(transaction));
}

}  // namespace countersign
