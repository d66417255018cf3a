// Transactions and their challenges: made and found.

#include "codec/base64url.h"
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

Error why_not_pending(Database& database, const TenantId& tenant, const TransactionId& id,
                      UnixSeconds now) {
  const auto judge = [&]() -> Status {
    CS_ASSIGN(Statement select, database.prepare("SELECT state, expires_at FROM transactions WHERE "
                                                 "tenant = ? AND id = ?"));
    select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return ErrorCode::transaction_not_found;
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

// Handles and credential ids in one column, and back.
template <class Id>
std::string join_ids(const std::vector<Id>& ids) {
  std::vector<std::string> words;
  words.reserve(ids.size());
  for (const Id& id : ids) {
    words.push_back(encode_base64url(id.value));
  }
  return sqlite::join(words);
}

template <class Id>
Result<std::vector<Id>> split_ids(std::string_view text) {
  std::vector<Id> ids;
  for (const std::string& word : sqlite::split(text)) {
    Result<ByteVector> id = parse_base64url(word);
    if (!id.has_value()) {
      return ErrorCode::store_corrupt;
    }
    ids.emplace_back(*std::move(id));
  }
  return ids;
}

Result<std::optional<Digest256>> digest_of(const std::optional<ByteVector>& blob) {
  std::optional<Digest256> digest;
  if (blob && !copy_exactly(*blob, digest.emplace())) {
    return ErrorCode::store_corrupt;
  }
  return digest;
}

#define TRANSACTION_COLUMNS                                                                \
  "t.tenant, t.id, t.sequence, t.type, t.intent, t.view, t.template, s.document, t.pack, " \
  "p.document, t.locale, t.subject, t.approvers, t.policy, t.policy_ceremony, "            \
  "t.policy_inputs, t.display_tier, t.approvals_needed, t.title, t.base_amount, "          \
  "t.created_by, t.created_at, t.expires_at, t.state, t.approvals, t.previous, "           \
  "t.finished_at, t.executed_at, t.payment, t.erased_at"
#define TRANSACTION_SOURCE                                                \
  "FROM transactions t JOIN frozen_documents s ON s.digest = t.template " \
  "JOIN frozen_documents p ON p.digest = t.pack"

Result<Transaction> read_transaction_row(const Statement& row) {
  Transaction transaction;
  transaction.tenant = TenantId(row.text(0));
  transaction.id = TransactionId(row.text(1));
  transaction.sequence = row.integer(2);
  transaction.type = row.text(3);
  transaction.intent = row.blob(4);
  transaction.view = row.blob(5);
  transaction.source.cbor = row.blob(7);
  transaction.pack.cbor = row.blob(9);
  transaction.locale = row.text(10);
  transaction.subject = UserHandle(row.blob(11));
  CS_ASSIGN(transaction.approvers, split_ids<UserHandle>(row.text(12)));
  const std::optional<PolicyCeremony> ceremony = find_policy_ceremony(row.text(14));
  if (!copy_exactly(row.blob(6), transaction.source.digest) ||
      !copy_exactly(row.blob(8), transaction.pack.digest) ||
      !copy_exactly(row.blob(13), transaction.policy.document) || !ceremony) {
    return ErrorCode::store_corrupt;
  }
  transaction.policy.ceremony = *ceremony;
  transaction.policy.inputs = row.text(15);
  transaction.display_tier = row.integer(16);
  transaction.approvals_needed = row.integer(17);
  transaction.title = row.text(18);
  transaction.base_amount = row.optional_integer(19);
  transaction.created_by = row.text(20);
  transaction.created_at = UnixSeconds{row.integer(21)};
  transaction.expires_at = UnixSeconds{row.integer(22)};
  transaction.state = static_cast<TransactionState>(row.integer(23));
  transaction.approvals = row.integer(24);
  CS_ASSIGN(transaction.previous, digest_of(row.optional_blob(25)));
  transaction.finished_at = sqlite::time_of(row.optional_integer(26));
  transaction.executed_at = sqlite::time_of(row.optional_integer(27));
  transaction.payment = row.text(28);
  transaction.erased_at = sqlite::time_of(row.optional_integer(29));
  return transaction;
}

#define CHALLENGE_COLUMNS                                                        \
  "tenant, challenge, transaction_id, step, subject, holder, holder_digest, "    \
  "origins, allow_credentials, previous, nonce, binding, issued_at, expires_at " \
  "FROM transaction_challenges"

Result<TransactionApproval> read_challenge_row(const Statement& row) {
  TransactionApproval approval;
  approval.tenant = TenantId(row.text(0));
  approval.transaction = TransactionId(row.text(2));
  approval.step = row.integer(3);
  approval.subject = UserHandle(row.blob(4));
  approval.holder = static_cast<ApprovalHolder>(row.integer(5));
  approval.origins = sqlite::split(row.text(7));
  CS_ASSIGN(approval.allow_credentials, split_ids<CredentialId>(row.text(8)));
  CS_ASSIGN(approval.previous, digest_of(row.optional_blob(9)));
  if (!copy_exactly(row.blob(1), approval.challenge) ||
      !copy_exactly(row.blob(6), approval.holder_digest) ||
      !copy_exactly(row.blob(10), approval.nonce)) {
    return ErrorCode::store_corrupt;
  }
  approval.binding = row.blob(11);
  approval.issued_at = UnixSeconds{row.integer(12)};
  approval.expires_at = UnixSeconds{row.integer(13)};
  return approval;
}

Status insert_document(Database& database, const FrozenDocument& document) {
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO frozen_documents (digest, document) VALUES (?, ?) "
                             "ON CONFLICT DO NOTHING"));
  return insert.bind(Bytes(document.digest)).bind(Bytes(document.cbor)).run();
}

// False: the customer has as many open ones as they may have.
Result<bool> insert_transaction(Database& database, const Transaction& transaction) {
  CS_ASSIGN(
      Statement insert,
      database.prepare(
          "INSERT INTO transactions (tenant, id, sequence, type, intent, view, template, pack, "
          "locale, subject, approvers, policy, policy_ceremony, policy_inputs, display_tier, "
          "approvals_needed, distinct_approvers, base_amount, created_by, created_at, expires_at, "
          "state, approvals, payment, title) SELECT ?1, ?2, (SELECT coalesce(max(sequence), 0) + 1 "
          "FROM "
          "transactions WHERE tenant = ?1), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
          "?15, 1, ?16, ?17, ?18, ?19, 0, 0, ?21, ?22 WHERE (SELECT count(*) FROM transactions "
          "WHERE "
          "tenant = ?1 AND subject = ?9 AND state = 0 AND expires_at >= ?18) < ?20"));
  insert.bind(std::string_view(transaction.tenant.value));
  insert.bind(std::string_view(transaction.id.value)).bind(std::string_view(transaction.type));
  insert.bind(Bytes(transaction.intent)).bind(Bytes(transaction.view));
  insert.bind(Bytes(transaction.source.digest)).bind(Bytes(transaction.pack.digest));
  insert.bind(std::string_view(transaction.locale)).bind(Bytes(transaction.subject.value));
  const std::string approvers = join_ids(transaction.approvers);
  insert.bind(std::string_view(approvers)).bind(Bytes(transaction.policy.document));
  insert.bind(policy_ceremony_name(transaction.policy.ceremony));
  insert.bind(std::string_view(transaction.policy.inputs)).bind(transaction.display_tier);
  insert.bind(transaction.approvals_needed);
  insert.bind_optional(transaction.base_amount).bind(std::string_view(transaction.created_by));
  insert.bind(transaction.created_at.value).bind(transaction.expires_at.value);
  insert.bind(kMaxOpenTransactions).bind(std::string_view(transaction.payment));
  insert.bind(std::string_view(transaction.title));
  CS_TRY(insert.run());
  return database.changes() == 1;
}

// Of the step that is due, and not one too many; false where the transaction is another now.
Result<bool> insert_challenge(Database& database, const TransactionApproval& approval) {
  CS_ASSIGN(
      Statement insert,
      database.prepare("INSERT INTO transaction_challenges (tenant, challenge, transaction_id, "
                       "step, subject, holder, holder_digest, origins, allow_credentials, "
                       "previous, nonce, binding, issued_at, expires_at) SELECT ?1, ?2, ?3, ?4, "
                       "?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 WHERE EXISTS (SELECT 1 FROM "
                       "transactions WHERE tenant = ?1 AND id = ?3 AND state = 0 AND "
                       "expires_at >= ?13 AND approvals = ?4 - 1 AND previous IS ?10)"));
  insert.bind(std::string_view(approval.tenant.value)).bind(Bytes(approval.challenge));
  insert.bind(std::string_view(approval.transaction.value)).bind(approval.step);
  insert.bind(Bytes(approval.subject.value)).bind(static_cast<std::int64_t>(approval.holder));
  insert.bind(Bytes(approval.holder_digest));
  const std::string origins = sqlite::join(approval.origins);
  const std::string allowed = join_ids(approval.allow_credentials);
  insert.bind(std::string_view(origins)).bind(std::string_view(allowed));
  insert.bind_optional(sqlite::blob_of(approval.previous)).bind(Bytes(approval.nonce));
  insert.bind(Bytes(approval.binding)).bind(approval.issued_at.value);
  insert.bind(approval.expires_at.value);
  CS_TRY(insert.run());
  return database.changes() == 1;
}

// Of one person's challenges, all but the newest ones.
Status remove_old_challenges(Database& database, const TransactionApproval& approval) {
  CS_ASSIGN(
      Statement remove,
      database.prepare("DELETE FROM transaction_challenges WHERE tenant = ?1 AND challenge IN "
                       "(SELECT challenge FROM transaction_challenges WHERE tenant = ?1 AND "
                       "transaction_id = ?2 AND subject = ?3 AND challenge <> ?4 "
                       "ORDER BY issued_at DESC, challenge LIMIT -1 OFFSET ?5)"));
  remove.bind(std::string_view(approval.tenant.value));
  remove.bind(std::string_view(approval.transaction.value)).bind(Bytes(approval.subject.value));
  return remove.bind(Bytes(approval.challenge)).bind(kMaxApprovalChallenges - 1).run();
}

// Whether as many people as there may be have one, and this one has none.
Result<bool> is_crowded(Database& database, const TransactionApproval& approval) {
  CS_ASSIGN(Statement count,
            database.prepare("SELECT count(DISTINCT subject), coalesce(max(subject = ?3), 0) FROM "
                             "transaction_challenges WHERE tenant = ?1 AND transaction_id = ?2"));
  count.bind(std::string_view(approval.tenant.value));
  count.bind(std::string_view(approval.transaction.value)).bind(Bytes(approval.subject.value));
  CS_TRY(count.step());
  return count.integer(0) >= kMaxChallengedPeople && count.integer(1) == 0;
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
    CS_ASSIGN(const bool is_first_step, insert_challenge(database, approval));
    return is_first_step ? JobResult::done()
                         : JobResult::undone(Error{ErrorCode::store_corrupt, Check::none, 0});
  }));
}

Status SqliteStore::add_transaction_approval(const TransactionApproval& approval) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(const bool is_full, is_crowded(database, approval));
    if (is_full) {
      return ErrorCode::transaction_limit_reached;
    }
    CS_ASSIGN(const bool is_due, insert_challenge(database, approval));
    if (is_due) {
      CS_TRY(remove_old_challenges(database, approval));
      return JobResult::done();
    }
    return sqlite::why_not_pending(database, approval.tenant, approval.transaction,
                                   approval.issued_at);
  }));
}

Result<std::optional<Transaction>> SqliteStore::find_transaction(const TenantId& tenant,
                                                                 const TransactionId& id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT " TRANSACTION_COLUMNS " " TRANSACTION_SOURCE
                                              " WHERE t.tenant = ? AND t.id = ?"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
  CS_ASSIGN(const bool has_row, select.step());
  if (!has_row) {
    return std::optional<Transaction>();
  }
  CS_ASSIGN(Transaction transaction, read_transaction_row(select));
  return std::optional<Transaction>(std::move(transaction));
}

Result<std::optional<TransactionApproval>> SqliteStore::find_transaction_approval(
    const TenantId& tenant, const Digest256& challenge) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " CHALLENGE_COLUMNS " WHERE tenant = ? AND challenge = ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(challenge));
  CS_ASSIGN(const bool has_row, select.step());
  if (!has_row) {
    return std::optional<TransactionApproval>();
  }
  CS_ASSIGN(TransactionApproval approval, read_challenge_row(select));
  return std::optional<TransactionApproval>(std::move(approval));
}

Result<std::vector<TransactionApproval>> SqliteStore::list_transaction_approvals(
    const TenantId& tenant, const TransactionId& id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " CHALLENGE_COLUMNS " WHERE tenant = ? AND transaction_id = ? "
                            "ORDER BY issued_at, challenge"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
  return sqlite::read_rows<TransactionApproval>(select, read_challenge_row);
}

Result<std::vector<GivenApproval>> SqliteStore::list_given_approvals(const TenantId& tenant,
                                                                     const TransactionId& id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare(
                "SELECT g.step, g.approver, g.credential, g.record, g.at, "
                "c.revoked_at IS NOT NULL OR NOT (" CREDENTIAL_IS_SEALED(
                    "c.") ") OR coalesce(a.sessions_ended_at, -1) >= g.at "
                          "FROM transaction_approvals g LEFT JOIN credentials c ON "
                          "c.tenant = g.tenant AND c.id = g.credential LEFT JOIN accounts a ON "
                          "a.tenant = g.tenant AND a.handle = g.approver "
                          "WHERE g.tenant = ? AND g.transaction_id = ? ORDER BY g.step"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
  std::vector<GivenApproval> given;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return given;
    }
    GivenApproval& approval = given.emplace_back();
    approval.step = select.integer(0);
    approval.approver = UserHandle(select.blob(1));
    approval.credential = CredentialId(select.blob(2));
    if (!copy_exactly(select.blob(3), approval.record)) {
      return ErrorCode::store_corrupt;
    }
    approval.time = UnixSeconds{select.integer(4)};
    approval.is_revoked = select.integer(5) != 0;
  }
}

}  // namespace countersign
