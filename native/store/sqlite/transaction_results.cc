// How transactions move on: approvals, ends, failures. Conditional updates only.

#include "codec/base64url.h"
#include "codec/json_writer.h"
#include "native/store/sqlite/customer_rows.h"
#include "native/store/sqlite/outbox_rows.h"
#include "native/store/sqlite/policy_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"
#include "native/store/sqlite/transaction_rows.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

// Of a row, step ?1 and approver ?2 (?3: as the row names people): the first step is the
// customer's, the others, where any were named, are theirs.
#define IS_THEIR_TURN                                \
  "(subject = ?2 OR (?1 > 1 AND (approvers = '' OR " \
  "instr(' ' || approvers || ' ', ' ' || ?3 || ' ') > 0)))"

Statement& bind_turn(Statement& statement, const TransactionApproval& approval,
                     const std::string& approver) {
  statement.bind(approval.step).bind(Bytes(approval.subject.value));
  statement.bind(std::string_view(approver)).bind(std::string_view(approval.tenant.value));
  return statement.bind(std::string_view(approval.transaction.value));
}

// The compare-and-set: of all answers for a step one finds it due.
Result<bool> take_step(Database& database, const ApprovalCommit& commit) {
  const TransactionApproval& approval = commit.approval;
  const std::string approver = encode_base64url(approval.subject.value);
  CS_ASSIGN(
      Statement update,
      database.prepare(
          "UPDATE transactions SET approvals = ?1, previous = ?6, "
          "state = CASE WHEN ?9 = ?1 THEN 1 ELSE 0 END, "
          "finished_at = CASE WHEN ?9 = ?1 THEN ?7 END, "
          "executed_at = CASE WHEN ?11 THEN ?7 END, "
          "state_seal = " TRANSACTION_STATE_RESEALED(
              "?4", "?5",
              TRANSACTION_STATE("0", "?1 - 1", "?8", "finished_at", "finished_by", "finished_key",
                                "executed_at", "failures", "erased_at"),
              TRANSACTION_STATE("CASE WHEN ?9 = ?1 THEN 1 ELSE 0 END", "?1", "?6",
                                "CASE WHEN ?9 = ?1 THEN ?7 END", "finished_by", "finished_key",
                                "CASE WHEN ?11 THEN ?7 END", "failures",
                                "erased_at")) " WHERE tenant = ?4 AND id = ?5 AND state = 0 AND "
                                              "expires_at >= ?7 AND holds(state, 0) AND "
                                              "approvals = ?1 - 1 AND previous IS ?8 AND "
                                              "approvals_needed = ?9 AND subject = ?10 "
                                              "AND " IS_THEIR_TURN
                                              " AND " TRANSACTION_IS_SEALED("", "?4", "?5")));
  bind_turn(update, approval, approver);
  update.bind(Bytes(commit.record_digest)).bind(commit.now.value);
  update.bind_optional(sqlite::blob_of(approval.previous)).bind(commit.approvals_needed);
  update.bind(Bytes(commit.customer.value)).bind(std::int64_t{commit.publication ? 1 : 0});
  CS_TRY(update.run());
  return database.changes() == 1;
}

// Why it did not: somebody else's turn where the transaction is as it was.
Result<JobResult> why_not_taken(Database& database, const ApprovalCommit& commit) {
  const TransactionApproval& approval = commit.approval;
  const Error error =
      sqlite::why_not_pending(database, approval.tenant, approval.transaction, commit.now);
  if (error.code != ErrorCode::transaction_step_changed) {
    return error;
  }
  const std::string approver = encode_base64url(approval.subject.value);
  CS_ASSIGN(Statement select, database.prepare("SELECT " IS_THEIR_TURN " FROM transactions WHERE "
                                               "tenant = ?4 AND id = ?5"));
  CS_ASSIGN(const bool has_row, bind_turn(select, approval, approver).step());
  return has_row && select.integer(0) == 0 ? Error{ErrorCode::transaction_approver_not_allowed,
                                                   Check::transaction_approver_allowed, 0}
                                           : error;
}

// False: this person has approved before.
Result<bool> insert_given(Database& database, const ApprovalCommit& commit) {
  const TransactionApproval& approval = commit.approval;
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO transaction_approvals (tenant, transaction_id, step, "
                             "approver, credential, record, at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 "
                             "WHERE NOT EXISTS (SELECT 1 FROM transaction_approvals "
                             "WHERE tenant = ?1 AND transaction_id = ?2 AND approver = ?4)"));
  insert.bind(std::string_view(approval.tenant.value));
  insert.bind(std::string_view(approval.transaction.value)).bind(approval.step);
  insert.bind(Bytes(approval.subject.value)).bind(Bytes(commit.record.id.value));
  insert.bind(Bytes(commit.record_digest)).bind(commit.now.value);
  CS_TRY(insert.run());
  return database.changes() == 1;
}

Status update_credential(Database& database, const ApprovalCommit& commit) {
  const CredentialRecord& record = commit.record;
  CS_ASSIGN(
      Statement update,
      database.prepare(
          "UPDATE credentials SET sign_count = max(sign_count, ?1), "
          "backed_up = ?2, last_used_at = ?3, verified_at = ?3, state_seal = "
          "reseal(state_seal, 'credential.state', ?4, ?5, " CREDENTIAL_STATE(
              "",
              "NULL") ", max(sign_count, ?1), uv_initialized, ?2, NULL, ?3) "
                      "WHERE tenant = ?4 AND id = ?5 AND account = ?6 AND " CREDENTIAL_IS_LIVE(
                          "", "?4", "?5",
                          "?6") " "
                                "AND (?7 = 1 OR sign_count < ?1 OR (sign_count = 0 AND ?1 = 0))"));
  update.bind(std::int64_t{record.sign_count}).bind(std::int64_t{record.is_backed_up ? 1 : 0});
  update.bind(commit.now.value).bind(std::string_view(commit.approval.tenant.value));
  update.bind(Bytes(record.id.value)).bind(Bytes(commit.approval.subject.value));
  update.bind(std::int64_t{commit.counter == CounterRule::accepted ? 1 : 0});
  CS_TRY(update.run());
  if (database.changes() == 1) {
    return ok();
  }
  CS_ASSIGN(Statement select,
            database.prepare("SELECT 1 FROM credentials WHERE tenant = ?1 AND id = ?2 AND "
                             "account = ?3 AND " CREDENTIAL_IS_LIVE("", "?1", "?2", "?3")));
  select.bind(std::string_view(commit.approval.tenant.value)).bind(Bytes(record.id.value));
  select.bind(Bytes(commit.approval.subject.value));
  CS_ASSIGN(const bool is_known, select.step());
  return is_known ? Error{ErrorCode::counter_not_advanced, Check::signature_counter_advanced, 0}
                  : Error{ErrorCode::credential_unknown, Check::credential_known, 0};
}

Status insert_receipt(Database& database, const sqlite::Seals& seals, const TenantId& tenant,
                      const StoredReceipt& receipt) {
  const Digest256 seal =
      seals.seal_receipt(tenant, receipt.transaction, receipt.step, receipt.leaf);
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO receipts (tenant, id, transaction_id, step, record, "
                             "salt, leaf, created_at, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(std::string_view(tenant.value)).bind(std::string_view(receipt.id));
  insert.bind(std::string_view(receipt.transaction.value)).bind(receipt.step);
  insert.bind(Bytes(receipt.record)).bind(Bytes(receipt.salt)).bind(Bytes(receipt.leaf));
  return insert.bind(receipt.created_at.value).bind(Bytes(seal)).run();
}

Result<ApprovalStanding> read_standing(Database& database, const TenantId& tenant,
                                       const UserHandle& account) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT failures, blocked_until FROM approval_standings WHERE "
                             "tenant = ? AND account = ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  CS_ASSIGN(const bool has_row, select.step());
  return has_row ? ApprovalStanding{select.integer(0), sqlite::time_of(select.optional_integer(1))}
                 : ApprovalStanding();
}

Status write_standing(Database& database, const TenantId& tenant, const UserHandle& account,
                      const ApprovalStanding& standing) {
  CS_ASSIGN(Statement write,
            database.prepare("INSERT INTO approval_standings (tenant, account, failures, "
                             "blocked_until) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET "
                             "failures = ?3, blocked_until = ?4"));
  write.bind(std::string_view(tenant.value)).bind(Bytes(account.value)).bind(standing.failures);
  write.bind_optional(standing.blocked_until
                          ? std::optional<std::int64_t>(standing.blocked_until->value)
                          : std::nullopt);
  return write.run();
}

Status reset_counters(Database& database, const ApprovalCommit& commit) {
  const TenantId& tenant = commit.approval.tenant;
  CS_ASSIGN(Statement forget,
            database.prepare("UPDATE approval_standings SET failures = 0, blocked_until = NULL "
                             "WHERE tenant = ? AND account = ?"));
  forget.bind(std::string_view(tenant.value)).bind(Bytes(commit.approval.subject.value));
  CS_TRY(forget.run());
  return commit.resets_sca_counter
             ? sqlite::reset_sca_counter(database, tenant, commit.customer, commit.now)
             : ok();
}

std::string blocked_detail(const ApprovalStanding& standing) {
  JsonWriter json;
  json.begin_object();
  json.member("until").string(encode_rfc3339(*standing.blocked_until));
  json.end_object();
  return std::move(json).take();
}

}  // namespace

Result<bool> SqliteStore::commit_approval(const ApprovalCommit& commit) {
  bool is_done = true;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    const TransactionApproval& approval = commit.approval;
    CS_ASSIGN(const bool was_due, take_step(database, commit));
    if (!was_due) {
      return why_not_taken(database, commit);
    }
    CS_ASSIGN(const ApprovalStanding standing,
              read_standing(database, approval.tenant, approval.subject));
    if (standing.is_blocked(commit.now)) {
      return Error{ErrorCode::approvals_blocked, Check::transaction_customer_not_blocked, 0};
    }
    if (approval.holder == ApprovalHolder::session) {
      CS_ASSIGN(const bool is_signed_in,
                sqlite::is_signed_in(database, approval.tenant, approval.holder_digest,
                                     approval.subject, commit.now));
      if (!is_signed_in) {
        return Error{ErrorCode::session_required, Check::transaction_issued_to, 0};
      }
    }
    CS_ASSIGN(const bool is_new_person, insert_given(database, commit));
    if (!is_new_person) {
      return Error{ErrorCode::transaction_approver_repeated, Check::transaction_approver_allowed,
                   0};
    }
    CS_TRY(update_credential(database, commit));
    CS_TRY(insert_receipt(database, seals_, approval.tenant, commit.receipt));
    CS_TRY(reset_counters(database, commit));
    if (commit.event) {
      CS_TRY(sqlite::insert_outbox_event(database, seals_, approval.tenant, *commit.event));
    }
    if (commit.publication) {
      CS_ASSIGN(is_done, sqlite::apply_policy_update(database, seals_, *commit.publication));
    }
    return is_done ? JobResult::done()
                   : JobResult{ok(), JobResult::Changes::undo};  // seen too early: nothing happens
  }));
  CS_TRY(status);
  return is_done;
}

Result<bool> sqlite::close_pending(Database& database, const Seals& seals,
                                   const TransactionClosing& closing, ClosingTime time) {
  CS_ASSIGN(Statement update,
            database.prepare(
                "UPDATE transactions SET state = ?1, finished_at = ?2, "
                "finished_by = ?3, finished_key = ?7, state_seal = " TRANSACTION_STATE_RESEALED(
                    "?4", "?5",
                    TRANSACTION_STATE("0", "approvals", "previous", "finished_at", "finished_by",
                                      "finished_key", "executed_at", "failures", "erased_at"),
                    TRANSACTION_STATE(
                        "?1", "approvals", "previous", "?2", "?3", "?7", "executed_at", "failures",
                        "erased_at")) " WHERE tenant = ?4 AND id = ?5 AND state = 0 AND "
                                      "holds(state, 0) AND (?6 IS NULL OR (expires_at < "
                                      "?2) = ?6) "
                                      "AND " TRANSACTION_HEAD_IS_SEALED("", "?4", "?5")));
  update.bind(static_cast<std::int64_t>(closing.state)).bind(closing.now.value);
  update.bind_optional(closing.by ? std::optional<ByteVector>(closing.by->value) : std::nullopt);
  update.bind(std::string_view(closing.tenant.value)).bind(std::string_view(closing.id.value));
  update.bind_optional(
      time == ClosingTime::counts
          ? std::optional<std::int64_t>(closing.state == TransactionState::expired ? 1 : 0)
          : std::nullopt);
  update.bind(std::string_view(closing.key));
  CS_TRY(update.run());
  if (database.changes() != 1) {
    return false;
  }
  CS_TRY(insert_outbox_event(database, seals, closing.tenant, closing.event));
  return true;
}

Status SqliteStore::close_transaction(const TransactionClosing& closing) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(const bool is_closed,
              sqlite::close_pending(database, seals_, closing, sqlite::ClosingTime::counts));
    if (is_closed) {
      return JobResult::done();
    }
    const Error error = sqlite::why_not_pending(database, closing.tenant, closing.id, closing.now);
    // Pending and current: it was to expire.
    return error.code == ErrorCode::transaction_step_changed
               ? Error{ErrorCode::transaction_expired, Check::transaction_current, 0}
               : error;
  }));
}

Result<ApprovalStanding> SqliteStore::read_approval_standing(const TenantId& tenant,
                                                             const UserHandle& account) {
  const Reader reader(*this);
  return read_standing(*reader, tenant, account);
}

Result<ApprovalStanding> SqliteStore::count_approval_failure(const ApprovalFailure& failure) {
  ApprovalStanding standing;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(standing, read_standing(database, failure.tenant, failure.account));
    if (standing.is_blocked(failure.now)) {
      return JobResult::done();
    }
    standing.blocked_until = std::nullopt;
    ++standing.failures;
    if (standing.failures >= kMaxApprovalFailures) {
      standing = {0, UnixSeconds{failure.now.value + failure.block_seconds}};
      CS_TRY(sqlite::insert_notice(database, failure.tenant, failure.account,
                                   NoticeKind::approvals_blocked, blocked_detail(standing),
                                   failure.now));
      CS_TRY(sqlite::insert_outbox_event(database, seals_, failure.tenant, failure.blocked));
    }
    CS_TRY(write_standing(database, failure.tenant, failure.account, standing));
    return JobResult::done();
  }));
  CS_TRY(status);
  return standing;
}

Result<bool> SqliteStore::count_transaction_failure(const TransactionClosing& ending) {
  bool has_ended = false;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(
        Statement update,
        database.prepare(
            "UPDATE transactions SET failures = failures + 1, "
            "state = CASE WHEN failures + 1 >= ?1 THEN ?2 ELSE 0 END, "
            "finished_at = CASE WHEN failures + 1 >= ?1 THEN ?3 END, "
            "state_seal = " TRANSACTION_STATE_RESEALED(
                "?4", "?5",
                TRANSACTION_STATE("0", "approvals", "previous", "finished_at", "finished_by",
                                  "finished_key", "executed_at", "failures", "erased_at"),
                TRANSACTION_STATE("CASE WHEN failures + 1 >= ?1 THEN ?2 ELSE 0 END", "approvals",
                                  "previous", "CASE WHEN failures + 1 >= ?1 THEN ?3 END",
                                  "finished_by", "finished_key", "executed_at", "failures + 1",
                                  "erased_at")) " WHERE tenant = ?4 AND id = ?5 AND state = "
                                                "0 AND expires_at >= ?3 AND holds(state, 0) "
                                                "AND " TRANSACTION_HEAD_IS_SEALED(
                                                    "", "?4", "?5") " RETURNING state"));
    update.bind(kMaxApprovalFailures).bind(static_cast<std::int64_t>(ending.state));
    update.bind(ending.now.value).bind(std::string_view(ending.tenant.value));
    CS_ASSIGN(const bool was_open, update.bind(std::string_view(ending.id.value)).step());
    has_ended = was_open && update.integer(0) == static_cast<std::int64_t>(ending.state);
    if (has_ended) {
      CS_TRY(sqlite::insert_outbox_event(database, seals_, ending.tenant, ending.event));
    }
    return JobResult::done();
  }));
  CS_TRY(status);
  return has_ended;
}

Result<std::optional<CredentialKey>> SqliteStore::find_credential_key(const TenantId& tenant,
                                                                      const CredentialId& id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT account, public_key FROM credentials WHERE "
                                              "tenant = ? AND id = ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(id.value));
  CS_ASSIGN(const bool has_row, select.step());
  return has_row ? std::optional<CredentialKey>(
                       CredentialKey{UserHandle(select.blob(0)), select.blob(1)})
                 : std::nullopt;
}

Status SqliteStore::execute_transaction(const TenantId& tenant, const TransactionId& id,
                                        UnixSeconds now,
                                        const std::optional<IdempotentAnswer>& answer) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    if (answer) {
      CS_ASSIGN(const bool is_new, sqlite::insert_answer(database, seals_, tenant, *answer, now));
      if (!is_new) {
        return ErrorCode::idempotency_key_reused;
      }
    }
    CS_ASSIGN(
        Statement update,
        database.prepare(
            "UPDATE transactions SET executed_at = ?1, state_seal = " TRANSACTION_STATE_RESEALED(
                "?2", "?3",
                TRANSACTION_STATE("1", "approvals", "previous", "finished_at", "finished_by",
                                  "finished_key", "NULL", "failures", "NULL"),
                TRANSACTION_STATE("1", "approvals", "previous", "finished_at", "finished_by",
                                  "finished_key", "?1", "failures",
                                  "NULL")) " WHERE tenant = ?2 AND id = ?3 AND state = 1 AND "
                                           "erased_at IS NULL AND executed_at IS NULL AND "
                                           "holds(state, 1) AND holds(erased_at, NULL) AND "
                                           "holds(executed_at, NULL) "
                                           "AND " TRANSACTION_HEAD_IS_SEALED("", "?2", "?3")));
    update.bind(now.value).bind(std::string_view(tenant.value));
    CS_TRY(update.bind(std::string_view(id.value)).run());
    return database.changes() == 1 ? Result<JobResult>(JobResult::done())
                                   : ErrorCode::transaction_state_mismatch;
  }));
}

Status SqliteStore::sweep_transaction_approvals(UnixSeconds expired_before) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement remove,
              database.prepare("DELETE FROM transaction_challenges WHERE expires_at < ?"));
    CS_TRY(remove.bind(expired_before.value).run());
    return JobResult::done();
  }));
}

}  // namespace countersign
