// What concerns an account as a whole, and notices of it.

#include "native/store/sqlite/customer_rows.h"
#include "native/store/sqlite/policy_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace sqlite {

Status insert_notice(Database& database, const TenantId& tenant, const UserHandle& account,
                     NoticeKind kind, std::string_view detail, UnixSeconds now) {
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO notices (tenant, number, account, kind, detail, time) "
                             "VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM notices WHERE "
                             "tenant = ?1), ?2, ?3, ?4, ?5)"));
  insert.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  insert.bind(static_cast<std::int64_t>(kind)).bind(detail).bind(now.value);
  return insert.run();
}

std::string credential_detail(const CredentialId& id, bool is_recovered) {
  JsonWriter json;
  json.begin_object();
  json.member("credentialId").base64url(id.value);
  if (is_recovered) {
    json.member("recovered").boolean(true);
  }
  json.end_object();
  return std::move(json).take();
}

Result<bool> is_signed_in(Database& database, const TenantId& tenant, const Digest256& digest,
                          const UserHandle& account, UnixSeconds now) {
  CS_ASSIGN(
      Statement select,
      database.prepare("SELECT 1 FROM sessions WHERE digest = ?1 AND tenant = ?2 AND "
                       "account = ?3 AND expires_at >= ?4 AND " SESSION_IS_LIVE("?2", "?1", "?3")));
  select.bind(Bytes(digest)).bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  select.bind(now.value);
  return select.step();
}

Status end_approvals_of(Database& database, const TenantId& tenant,
                        const UserHandle& administrator) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT 1 FROM transaction_approvals a JOIN transactions t ON "
                             "t.tenant = a.tenant AND t.id = a.transaction_id WHERE t.tenant = ? "
                             "AND t.state = 0 AND t.policy_ceremony = ? AND a.approver = ?"));
  select.bind(std::string_view(tenant.value));
  select.bind(policy_ceremony_name(PolicyCeremony::policy_publish));
  CS_ASSIGN(const bool has_approved, select.bind(Bytes(administrator.value)).step());
  return has_approved ? advance_policies(database, tenant) : ok();
}

Result<std::int64_t> end_sessions(Database& database, const TenantId& tenant,
                                  const UserHandle& account, UnixSeconds now) {
  CS_ASSIGN(Statement mark, database.prepare("UPDATE accounts SET sessions_ended_at = ? WHERE "
                                             "tenant = ? AND handle = ?"));
  mark.bind(now.value).bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  CS_TRY(mark.run());
  CS_TRY(end_approvals_of(database, tenant, account));
  CS_ASSIGN(Statement remove,
            database.prepare("DELETE FROM sessions INDEXED BY sessions_by_account WHERE "
                             "tenant = ? AND account = ?"));
  remove.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  CS_TRY(remove.run());
  return database.changes();
}

Result<std::int64_t> refuse_ceremonies(Database& database, const TenantId& tenant,
                                       const UserHandle& account, UnixSeconds now,
                                       std::string_view correlation_id) {
  std::vector<std::string> pending;
  {
    CS_ASSIGN(Statement select,
              database.prepare("SELECT id FROM ceremonies INDEXED BY ceremonies_by_account WHERE "
                               "tenant = ? AND user_handle = ? AND state = 0"));
    select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
    CS_ASSIGN(pending, read_rows<std::string>(select, [](const Statement& row) {
                return Result<std::string>(row.text(0));
              }));
  }
  std::int64_t refused = 0;
  for (const std::string& id : pending) {
    CS_ASSIGN(Statement refuse,
              database.prepare("UPDATE ceremonies SET state = 2, finished_at = ?1, error_code = "
                               "?2, correlation_id = ?3, seal = " CEREMONY_RESEALED(
                                   "reseal_if_whole", "?4", "?5",
                                   "user_handle, 2, ?1, credential, user_verified, "
                                   "?2") " WHERE tenant = ?4 AND id = ?5 AND user_handle = ?6 AND "
                                         "state = 0"));
    refuse.bind(now.value).bind(static_cast<std::int64_t>(ErrorCode::account_blocked));
    refuse.bind(correlation_id).bind(std::string_view(tenant.value)).bind(std::string_view(id));
    CS_TRY(refuse.bind(Bytes(account.value)).run());
    refused += database.changes();
  }
  return refused;
}

namespace {

Result<bool> mark_revoked(Database& database, const TenantId& tenant, const UserHandle& account,
                          const CredentialId& id, UnixSeconds now) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE credentials SET revoked_at = ?1, state_seal = " REVOKED_SEAL(
                "?2", "?3",
                "?1") " WHERE tenant = ?2 AND id = ?3 AND account = ?4 AND revoked_at IS NULL"));
  update.bind(now.value).bind(std::string_view(tenant.value)).bind(Bytes(id.value));
  CS_TRY(update.bind(Bytes(account.value)).run());
  return database.changes() > 0;
}

}  // namespace

Result<bool> revoke_row(Database& database, const TenantId& tenant, const UserHandle& account,
                        const CredentialId& id, UnixSeconds now) {
  CS_ASSIGN(const bool was_there, mark_revoked(database, tenant, account, id, now));
  if (was_there) {
    // A table that somebody else has made has it more than once: nobody says that it is revoked.
    CS_ASSIGN(const bool is_one_left, mark_revoked(database, tenant, account, id, now));
    if (is_one_left) {
      return ErrorCode::store_corrupt;
    }
  }
  return was_there;
}

Result<std::int64_t> revoke_credentials(Database& database, const TenantId& tenant,
                                        const UserHandle& account, UnixSeconds now,
                                        const std::optional<CredentialId>& kept) {
  std::vector<CredentialId> revoked;
  {
    CS_ASSIGN(Statement select,
              database.prepare("SELECT id FROM credentials INDEXED BY credentials_by_account "
                               "WHERE tenant = ? AND account = ? AND revoked_at IS NULL AND "
                               "id IS NOT ? ORDER BY sequence"));
    select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
    select.bind_optional(kept ? std::optional<ByteVector>(kept->value) : std::nullopt);
    while (true) {
      CS_ASSIGN(const bool has_row, select.step());
      if (!has_row) {
        break;
      }
      revoked.emplace_back(select.blob(0));
    }
  }
  for (const CredentialId& id : revoked) {
    CS_TRY(revoke_row(database, tenant, account, id, now));
    CS_TRY(insert_notice(database, tenant, account, NoticeKind::credential_revoked,
                         credential_detail(id), now));
  }
  return static_cast<std::int64_t>(revoked.size());
}

}  // namespace sqlite

Result<AccountState> SqliteStore::read_account_state(const TenantId& tenant,
                                                     const UserHandle& account, UnixSeconds now) {
  AccountState state;
  std::optional<ActivationId> open;
  {
    const Reader reader(*this);
    CS_ASSIGN(Statement sessions,
              reader->prepare("SELECT count(*) FROM sessions WHERE tenant = ? AND account = ? AND "
                              "expires_at >= ?"));
    sessions.bind(std::string_view(tenant.value)).bind(Bytes(account.value)).bind(now.value);
    CS_TRY(sessions.step());
    state.sessions = sessions.integer(0);
    CS_ASSIGN(Statement activation,
              reader->prepare("SELECT id FROM activations WHERE tenant = ? AND account = ? AND "
                              "state = 0 AND expires_at >= ?"));
    activation.bind(std::string_view(tenant.value)).bind(Bytes(account.value)).bind(now.value);
    CS_ASSIGN(const bool has_row, activation.step());
    if (has_row) {
      open = ActivationId(activation.text(0));
    }
  }
  if (open) {
    CS_ASSIGN(state.activation, find_activation(tenant, *open));
  }
  return state;
}

Result<RevokedAll> SqliteStore::revoke_all(const TenantId& tenant, const UserHandle& account,
                                           UnixSeconds now, std::string_view correlation_id) {
  RevokedAll ended;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(ended.credentials,
              sqlite::revoke_credentials(database, tenant, account, now, std::nullopt));
    CS_ASSIGN(ended.sessions, sqlite::end_sessions(database, tenant, account, now));
    CS_ASSIGN(ended.activations, sqlite::cancel_activations(database, tenant, account, now));
    CS_ASSIGN(ended.ceremonies,
              sqlite::refuse_ceremonies(database, tenant, account, now, correlation_id));
    JsonWriter detail;
    detail.begin_object();
    detail.member("credentials").integer(ended.credentials);
    detail.member("sessions").integer(ended.sessions);
    detail.member("ceremonies").integer(ended.ceremonies);
    detail.member("activations").integer(ended.activations);
    detail.end_object();
    CS_TRY(sqlite::insert_notice(database, tenant, account, NoticeKind::account_revoked,
                                 detail.text(), now));
    return JobResult::done();
  }));
  if (!status.has_value()) {
    return status.error();
  }
  return ended;
}

Result<std::vector<Notice>> SqliteStore::list_notices(const TenantId& tenant, std::int64_t after,
                                                      std::size_t limit) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT n.number, n.account, a.username, n.kind, n.detail, n.time FROM "
                            "notices n LEFT JOIN accounts a ON a.tenant = n.tenant AND a.handle = "
                            "n.account WHERE n.tenant = ? AND n.number > ? ORDER BY n.number "
                            "LIMIT ?"));
  select.bind(std::string_view(tenant.value)).bind(after);
  select.bind(static_cast<std::int64_t>(limit));
  std::vector<Notice> notices;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return notices;
    }
    Notice& notice = notices.emplace_back();
    notice.number = select.integer(0);
    notice.account = UserHandle(select.blob(1));
    notice.username = select.optional_text(2);
    notice.kind = static_cast<NoticeKind>(select.integer(3));
    notice.detail = select.text(4);
    notice.time = UnixSeconds{select.integer(5)};
  }
}

}  // namespace countersign
