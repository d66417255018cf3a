// Erasing what a customer did, and keeping what others rely on: the leaf of the log, who was asked
// when, and every event that the backend has not got yet.

#include "native/store/sqlite/outbox_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/sqlite_store.h"
#include "service/transaction_catalog.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

// Open ones need what was signed so far, publications are evidence about the bank itself. Of
// receipts without their transaction nothing speaks against it: transaction_not_found.
Status check_erasable(Database& database, const TenantId& tenant, const std::string& transaction,
                      UnixSeconds now) {
  CS_ASSIGN(Statement select, database.prepare("SELECT type, state, expires_at FROM transactions "
                                               "WHERE tenant = ? AND id = ?"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(transaction));
  CS_ASSIGN(const bool has_row, select.step());
  if (!has_row) {
    return ErrorCode::transaction_not_found;
  }
  if (select.text(0).starts_with(kReservedType)) {
    return ErrorCode::transaction_type_reserved;
  }
  const auto state = static_cast<TransactionState>(select.integer(1));
  if (state == TransactionState::pending && select.integer(2) >= now.value) {
    return Error{ErrorCode::transaction_state_mismatch, Check::transaction_pending, 0};
  }
  CS_ASSIGN(Statement waiting, database.prepare("SELECT 1 FROM outbox WHERE tenant = ? AND "
                                                "subject = ? AND delivered_at IS NULL"));
  waiting.bind(std::string_view(tenant.value)).bind(std::string_view(transaction));
  CS_ASSIGN(const bool is_waiting, waiting.step());
  return is_waiting ? Status(ErrorCode::transaction_state_mismatch) : ok();
}

// Their rows stay: numbers are never given twice.
Status blank_events(Database& database, const sqlite::Seals& seals, const TenantId& tenant,
                    const std::string& transaction) {
  struct Blanked {
    OutboxEvent event;
    bool was_whole = false;
  };
  std::vector<Blanked> events;
  CS_ASSIGN(Statement select, database.prepare("SELECT id, kind, body, created_at, seal FROM "
                                               "outbox WHERE tenant = ? AND subject = ?"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(transaction));
  for (;;) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      break;
    }
    OutboxEvent event{OutboxEventId(select.text(0)), select.text(1), transaction, select.text(2),
                      UnixSeconds{select.integer(3)}};
    const bool was_whole = seals.is_sealed(tenant, event, select.optional_blob(4));
    event.body = "{}";
    events.push_back({std::move(event), was_whole});
  }
  for (const auto& [event, was_whole] : events) {
    // Nobody gets an event of his own sealed by having its transaction erased.
    const std::optional<ByteVector> seal =
        was_whole ? std::optional(to_vector(seals.seal_event(tenant, event))) : std::nullopt;
    CS_ASSIGN(Statement update, database.prepare("UPDATE outbox SET body = ?, seal = ? WHERE "
                                                 "tenant = ? AND id = ?"));
    update.bind(std::string_view(event.body)).bind_optional(seal);
    update.bind(std::string_view(tenant.value));
    CS_TRY(update.bind(std::string_view(event.id.value)).run());
  }
  return ok();
}

Result<bool> is_whole(Database& database, const TenantId& tenant, const std::string& transaction) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT " TRANSACTION_IS_SEALED(
                "", "?1", "?2") " FROM transactions WHERE tenant = ?1 AND id = ?2"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(transaction));
  CS_ASSIGN(const bool has_row, select.step());
  return has_row && select.integer(0) != 0;
}

// Sealed again where it was whole. What somebody else wrote is erased, too, and stays his.
Status blank_transaction(Database& database, const TenantId& tenant, const std::string& transaction,
                         UnixSeconds now) {
  CS_ASSIGN(const bool was_whole, is_whole(database, tenant, transaction));
  CS_ASSIGN(
      Statement update,
      database.prepare(
          "UPDATE transactions SET intent = x'', view = x'', title = '', summary = '', "
          "payment = '', policy_inputs = '', base_amount = NULL, amount = NULL, currency = NULL, "
          "payee = NULL, payee_account = NULL, approvers = '', "
          "erased_at = coalesce(erased_at, ?1), "
          "seal = CASE WHEN ?4 THEN reseal(seal, " TRANSACTION_HEAD(
              "", "?2",
              "?3") ", sequence, type, '', '', locale, subject, policy, policy_ceremony, "
                    "display_tier, approvals_needed, distinct_approvers, NULL, "
                    "created_by, created_at, expires_at, NULL, NULL, NULL, NULL) END, "
                    "content_seal = CASE WHEN ?4 THEN reseal(content_seal, " TRANSACTION_CONTENT(
                        "", "?2",
                        "?3") ", x'', x'', template, pack, '', '', '') END, "
                              "state_seal = CASE WHEN ?4 THEN " TRANSACTION_STATE_RESEALED(
                                  "?2", "?3", TRANSACTION_STATE_AS_IT_IS(""),
                                  TRANSACTION_STATE(
                                      "state", "approvals", "previous", "finished_at",
                                      "finished_by", "finished_key", "executed_at", "failures",
                                      "coalesce(erased_at, ?1)")) " END WHERE tenant = ?2 AND id = "
                                                                  "?3"));
  update.bind(now.value).bind(std::string_view(tenant.value));
  update.bind(std::string_view(transaction)).bind(std::int64_t{was_whole ? 1 : 0});
  CS_TRY(update.run());
  CS_ASSIGN(Statement remove, database.prepare("DELETE FROM transaction_challenges WHERE "
                                               "tenant = ? AND transaction_id = ?"));
  remove.bind(std::string_view(tenant.value)).bind(std::string_view(transaction));
  return remove.run();
}

// Empty where there is no such receipt.
Result<std::string> find_transaction_of(Database& database, const TenantId& tenant,
                                        std::string_view receipt) {
  CS_ASSIGN(Statement select, database.prepare("SELECT transaction_id FROM receipts WHERE "
                                               "tenant = ? AND id = ?"));
  CS_ASSIGN(const bool has_row, select.bind(std::string_view(tenant.value)).bind(receipt).step());
  return has_row ? select.text(0) : std::string();
}

// Whether nothing is left of the transaction and its receipts. What nobody sealed says nothing: it
// is erased again.
Result<bool> is_erased(Database& database, const TenantId& tenant, const std::string& transaction) {
  CS_ASSIGN(
      Statement select,
      database.prepare(
          "SELECT 1 FROM transactions WHERE tenant = ?1 AND id = ?2 AND erased_at IS NOT NULL "
          "AND NOT holds(erased_at, NULL) "
          "AND NOT EXISTS (SELECT 1 FROM receipts WHERE tenant = ?1 AND transaction_id = ?2 "
          "AND (record IS NOT NULL OR salt IS NOT NULL)) "
          "AND " TRANSACTION_IS_SEALED("", "?1", "?2")));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(transaction));
  return select.step();
}

// Each of them has the whole order in it, and those of later approvals prove nothing without the
// ones before.
Status blank_receipts(Database& database, const TenantId& tenant, const std::string& transaction) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE receipts SET record = NULL, salt = NULL WHERE tenant = ? "
                             "AND transaction_id = ?"));
  update.bind(std::string_view(tenant.value));
  return update.bind(std::string_view(transaction)).run();
}

// Whoever carried it out and asks again does not get it either. Of each caller that has answers, so
// that the others' are not read.
Status forget_order(Database& database, const TenantId& tenant, const std::string& transaction) {
  CS_ASSIGN(
      Statement remove,
      database.prepare(
          "WITH RECURSIVE callers (caller) AS (SELECT min(caller) FROM answers WHERE tenant = ?1 "
          "UNION ALL SELECT (SELECT min(a.caller) FROM answers a WHERE a.tenant = ?1 AND "
          "a.caller > callers.caller) FROM callers WHERE caller IS NOT NULL) DELETE FROM answers "
          "WHERE tenant = ?1 AND caller IN (SELECT caller FROM callers) AND route = ?2"));
  const std::string route = execution_route(TransactionId(transaction));
  return remove.bind(std::string_view(tenant.value)).bind(std::string_view(route)).run();
}

// What else is kept of it.
Status blank_rest(Database& database, const sqlite::Seals& seals, const TenantId& tenant,
                  const std::string& transaction, UnixSeconds now) {
  CS_TRY(blank_events(database, seals, tenant, transaction));
  CS_TRY(forget_order(database, tenant, transaction));
  return blank_transaction(database, tenant, transaction, now);
}

}  // namespace

Result<Erasure> SqliteStore::erase_receipt(const TenantId& tenant, std::string_view id,
                                           UnixSeconds now) {
  auto erasure = Erasure::done;
  const Status done = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(const std::string transaction, find_transaction_of(database, tenant, id));
    if (transaction.empty()) {
      return ErrorCode::receipt_not_found;
    }
    CS_ASSIGN(const bool is_again, is_erased(database, tenant, transaction));
    if (is_again) {
      erasure = Erasure::already;
      return JobResult::done();
    }
    const Status erasable = check_erasable(database, tenant, transaction, now);
    if (!erasable.has_value() && erasable.error().code != ErrorCode::transaction_not_found) {
      return erasable.error();
    }
    CS_TRY(blank_receipts(database, tenant, transaction));
    CS_TRY(blank_rest(database, seals_, tenant, transaction, now));
    return JobResult::done();
  }));
  return done.has_value() ? Result<Erasure>(erasure) : done.error();
}

Result<Erasure> SqliteStore::erase_transaction(const TenantId& tenant, const TransactionId& id,
                                               UnixSeconds now) {
  auto erasure = Erasure::done;
  const Status done = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(const bool is_again, is_erased(database, tenant, id.value));
    if (is_again) {
      erasure = Erasure::already;
      return JobResult::done();
    }
    CS_TRY(check_erasable(database, tenant, id.value, now));
    CS_TRY(blank_receipts(database, tenant, id.value));
    CS_TRY(blank_rest(database, seals_, tenant, id.value, now));
    return JobResult::done();
  }));
  return done.has_value() ? Result<Erasure>(erasure) : done.error();
}

}  // namespace countersign
