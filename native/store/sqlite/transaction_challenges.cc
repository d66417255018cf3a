// Challenges of transactions, and the approvals that were given.

#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"
#include "native/store/sqlite/transaction_rows.h"

namespace countersign {

using sqlite::copy_exactly;
using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

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
  CS_ASSIGN(approval.allow_credentials, sqlite::split_ids<CredentialId>(row.text(8)));
  CS_ASSIGN(approval.previous, sqlite::digest_of(row.optional_blob(9)));
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

Result<bool> sqlite::insert_challenge(Database& database, const TransactionApproval& approval) {
  CS_ASSIGN(Statement insert,
            database.prepare(
                "INSERT INTO transaction_challenges (tenant, challenge, transaction_id, "
                "step, subject, holder, holder_digest, origins, allow_credentials, "
                "previous, nonce, binding, issued_at, expires_at, seal) SELECT ?1, ?2, "
                "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, seal('challenge', "
                "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) WHERE EXISTS (SELECT "
                "1 FROM "
                "transactions WHERE tenant = ?1 AND id = ?3 AND state = 0 AND holds(state, 0) AND "
                "expires_at >= ?13 AND approvals = ?4 - 1 AND previous IS ?10 "
                "AND " TRANSACTION_HEAD_IS_SEALED("", "?1", "?3") ")"));
  insert.bind(std::string_view(approval.tenant.value)).bind(Bytes(approval.challenge));
  insert.bind(std::string_view(approval.transaction.value)).bind(approval.step);
  insert.bind(Bytes(approval.subject.value)).bind(static_cast<std::int64_t>(approval.holder));
  insert.bind(Bytes(approval.holder_digest));
  const std::string origins = sqlite::join(approval.origins);
  const std::string allowed = sqlite::join_ids(approval.allow_credentials);
  insert.bind(std::string_view(origins)).bind(std::string_view(allowed));
  insert.bind_optional(sqlite::blob_of(approval.previous)).bind(Bytes(approval.nonce));
  insert.bind(Bytes(approval.binding)).bind(approval.issued_at.value);
  insert.bind(approval.expires_at.value);
  CS_TRY(insert.run());
  return database.changes() == 1;
}

Status SqliteStore::add_transaction_approval(const TransactionApproval& approval) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(const bool is_full, is_crowded(database, approval));
    if (is_full) {
      return ErrorCode::transaction_limit_reached;
    }
    CS_ASSIGN(const bool is_due, sqlite::insert_challenge(database, approval));
    if (is_due) {
      CS_TRY(remove_old_challenges(database, approval));
      return JobResult::done();
    }
    return sqlite::why_not_pending(database, approval.tenant, approval.transaction,
                                   approval.issued_at);
  }));
}

Result<std::optional<TransactionApproval>> SqliteStore::find_transaction_approval(
    const TenantId& tenant, const Digest256& challenge) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " CHALLENGE_COLUMNS
                            " WHERE tenant = ?1 AND challenge = ?2 AND is_sealed("
                            "seal, " CHALLENGE_VALUES("?1", "?2", "transaction_id") ")"));
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
  CS_ASSIGN(
      Statement select,
      reader->prepare("SELECT " CHALLENGE_COLUMNS " WHERE tenant = ?1 AND transaction_id = ?2 "
                      "AND is_whole(seal, " CHALLENGE_VALUES(
                          "?1", "challenge", "?2") ") ORDER BY issued_at, challenge"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
  return sqlite::read_rows<TransactionApproval>(select, read_challenge_row);
}

Result<std::vector<GivenApproval>> SqliteStore::list_given_approvals(const TenantId& tenant,
                                                                     const TransactionId& id) {
  const Reader reader(*this);
  CS_ASSIGN(
      Statement select,
      reader->prepare(
          "SELECT g.step, g.approver, g.credential, g.record, g.at, "
          "NOT (" LISTED_CREDENTIAL_IS_LIVE(
              "c.", "?1",
              "c.account") ") OR coalesce(a.sessions_ended_at, -1) >= g.at "
                           "FROM transaction_approvals g LEFT JOIN credentials c ON "
                           "c.tenant = g.tenant AND c.id = g.credential LEFT JOIN accounts a ON "
                           "a.tenant = g.tenant AND a.handle = g.approver "
                           "WHERE g.tenant = ?1 AND g.transaction_id = ?2 ORDER BY g.step"));
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
