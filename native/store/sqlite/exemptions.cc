// Payments without strong customer authentication, and the counters that bound them.

#include "codec/json_writer.h"
#include "native/store/sqlite/customer_rows.h"
#include "native/store/sqlite/outbox_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

Status sqlite::reset_sca_counter(Database& database, const TenantId& tenant,
                                 const UserHandle& account, UnixSeconds now) {
  CS_ASSIGN(Statement reset,
            database.prepare("UPDATE sca_counters SET version = version + 1, sum = 0, count = 0, "
                             "reset_at = ? WHERE tenant = ? AND account = ?"));
  return reset.bind(now.value)
      .bind(std::string_view(tenant.value))
      .bind(Bytes(account.value))
      .run();
}

namespace {

Result<bool> is_proof_good(Database& database, const TenantId& tenant, const UserHandle& account,
                           const SessionProof& proof, UnixSeconds now) {
  if (proof.session) {
    return sqlite::is_signed_in(database, tenant, *proof.session, account, now);
  }
  if (!proof.authentication) {
    return false;
  }
  // What ends sessions ends this, too. Of the same second as their end: not after it.
  CS_ASSIGN(Statement select,
            database.prepare(
                "SELECT 1 FROM ceremonies c "
                "JOIN credentials k ON k.tenant = c.tenant AND k.id = c.credential "
                "JOIN accounts a ON a.tenant = c.tenant AND a.handle = c.user_handle "
                "WHERE c.tenant = ?1 AND c.id = ?2 AND c.kind = ?3 AND c.state = 1 AND "
                "c.user_handle = ?4 AND is_sealed(c.seal, 'ceremony', ?1, "
                "?2, " CEREMONY_BEGUN_COLUMNS("c.") ", " CEREMONY_RESULT(
                    "c.", "?4",
                    "1") ") AND k.account = ?4 AND " LISTED_CREDENTIAL_IS_LIVE("k.", "?1",
                                                                               "?4") " AND "
                                                                                     "c.finished_"
                                                                                     "at >= ?5 AND "
                                                                                     "(a.sessions_"
                                                                                     "ended_at IS "
                                                                                     "NULL OR "
                                                                                     "c.finished_"
                                                                                     "at > "
                                                                                     "a.sessions_"
                                                                                     "ended_at)"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(proof.authentication->value));
  select.bind(static_cast<std::int64_t>(CeremonyKind::authentication)).bind(Bytes(account.value));
  select.bind(proof.not_before.value);
  return select.step();
}

// The compare-and-set: of all who saw that version one writes.
Result<bool> advance_counter(Database& database, const TenantId& tenant, const UserHandle& account,
                             const ScaCounter& after) {
  const bool is_first = after.version == 1;
  CS_ASSIGN(Statement write,
            is_first ? database.prepare("INSERT INTO sca_counters (tenant, account, version, sum, "
                                        "count) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
                     : database.prepare("UPDATE sca_counters SET version = ?3, sum = ?4, "
                                        "count = ?5 WHERE tenant = ?1 AND account = ?2 AND "
                                        "version = ?3 - 1"));
  write.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  write.bind(after.version).bind(after.sum).bind(after.count);
  CS_TRY(write.run());
  return database.changes() == 1;
}

// What was let through, for whoever answers for it. One event each, by the same id.
OutboxEvent granted_event(const Exemption& exemption) {
  JsonWriter json;
  json.begin_object();
  json.member("id").string(exemption.id);
  json.member("userHandle").base64url(exemption.account.value);
  json.member("amount").integer(exemption.amount);
  json.member("sinceSca").begin_object();
  json.member("sum").integer(exemption.after.sum);
  json.member("count").integer(exemption.after.count);
  json.end_object();
  json.member("policy").base64url(exemption.policy);
  json.member("record").raw(exemption.decision);
  json.member("at").string(encode_rfc3339(exemption.created_at));
  json.end_object();
  return {OutboxEventId(exemption.id), "exemption.granted", exemption.id, std::move(json).take(),
          exemption.created_at};
}

}  // namespace

Result<ScaCounter> SqliteStore::read_sca_counter(const TenantId& tenant,
                                                 const UserHandle& account) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT version, sum, count FROM sca_counters WHERE "
                                              "tenant = ? AND account = ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  CS_ASSIGN(const bool has_row, select.step());
  return has_row ? ScaCounter{select.integer(0), select.integer(1), select.integer(2)}
                 : ScaCounter();
}

Result<std::optional<UnixSeconds>> SqliteStore::find_last_verification(const TenantId& tenant,
                                                                       const UserHandle& account) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare(
                "SELECT max(verified_at) FROM credentials WHERE "
                "tenant = ?1 AND account = ?2 AND " LISTED_CREDENTIAL_IS_LIVE("", "?1", "?2")));
  select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  CS_ASSIGN(const bool has_row, select.step());
  return has_row ? sqlite::time_of(select.optional_integer(0)) : std::nullopt;
}

Status SqliteStore::commit_exemption(const TenantId& tenant, const Exemption& exemption,
                                     const SessionProof& proof, const IdempotentAnswer& answer) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    const UnixSeconds now = exemption.created_at;
    CS_ASSIGN(const bool is_new, sqlite::insert_answer(database, seals_, tenant, answer, now));
    if (!is_new) {
      return ErrorCode::idempotency_key_reused;
    }
    CS_ASSIGN(const bool is_signed_in,
              is_proof_good(database, tenant, exemption.account, proof, now));
    if (!is_signed_in) {
      return ErrorCode::session_required;
    }
    CS_ASSIGN(const bool has_advanced,
              advance_counter(database, tenant, exemption.account, exemption.after));
    if (!has_advanced) {
      return ErrorCode::exemption_counter_changed;
    }
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO exemptions (tenant, id, account, amount, sum, count, "
                               "version, policy, decision, created_at) "
                               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    insert.bind(std::string_view(tenant.value)).bind(std::string_view(exemption.id));
    insert.bind(Bytes(exemption.account.value)).bind(exemption.amount);
    insert.bind(exemption.after.sum).bind(exemption.after.count).bind(exemption.after.version);
    insert.bind(Bytes(exemption.policy)).bind(std::string_view(exemption.decision));
    insert.bind(now.value);
    CS_TRY(insert.run());
    CS_TRY(sqlite::insert_outbox_event(database, seals_, tenant, granted_event(exemption)));
    return JobResult::done();
  }));
}

Status SqliteStore::reset_sca_counter(const TenantId& tenant, const UserHandle& account,
                                      UnixSeconds now) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_TRY(sqlite::reset_sca_counter(database, tenant, account, now));
    return JobResult::done();
  }));
}

}  // namespace countersign
