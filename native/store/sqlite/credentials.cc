// Accounts, their credentials and sessions.

#include "native/store/sqlite/customer_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::read_credential_row;
using sqlite::Statement;

namespace {

Result<std::optional<Account>> read_account_row(Statement& row) {
  CS_ASSIGN(const bool has_row, row.step());
  if (!has_row) {
    return std::optional<Account>();
  }
  return std::optional<Account>(Account{UserHandle(row.blob(0)), row.optional_text(1), row.text(2),
                                        UnixSeconds{row.integer(3)}});
}

// A session may have ended since the caller showed it.
Status check_signed_in(Database& database, const TenantId& tenant, const UserHandle& account,
                       UnixSeconds now, const std::optional<Digest256>& session_needed) {
  if (!session_needed) {
    return ok();
  }
  CS_ASSIGN(const bool is_signed_in,
            sqlite::is_signed_in(database, tenant, *session_needed, account, now));
  return is_signed_in ? ok() : Status(ErrorCode::session_required);
}

}  // namespace

Result<std::optional<Account>> SqliteStore::find_account(const TenantId& tenant,
                                                         const UserHandle& handle) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT ?2, username, display_name, created_at FROM accounts WHERE "
                            "tenant = ?1 AND handle = ?2 AND is_sealed(seal, " ACCOUNT_VALUES(
                                "?1", "?2", "username") ")"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(handle.value));
  return read_account_row(select);
}

Result<std::optional<Account>> SqliteStore::find_account_by_username(const TenantId& tenant,
                                                                     std::string_view username) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT handle, ?2, display_name, created_at FROM accounts WHERE "
                            "tenant = ?1 AND username = ?2 AND is_whole(seal, " ACCOUNT_VALUES(
                                "?1", "handle", "?2") ")"));
  select.bind(std::string_view(tenant.value)).bind(username);
  return read_account_row(select);
}

Result<std::optional<StoredCredential>> SqliteStore::find_credential(const TenantId& tenant,
                                                                     const CredentialId& id) {
  const Reader reader(*this);
  // One that an index hides from lists, and so from whoever revokes all, signs nothing either: it
  // is looked for as they do, by account alone. And so does one that is there twice, of which lists
  // see the other.
  CS_ASSIGN(
      Statement select,
      reader->prepare(
          "SELECT " CREDENTIAL_COLUMNS
          " FROM credentials WHERE tenant = ?1 AND id = ?2 AND " CREDENTIAL_IS_LIVE(
              "", "?1", "?2", "account") " AND EXISTS (SELECT 1 FROM credentials l INDEXED BY "
                                         "credentials_by_account WHERE l.tenant = ?1 AND "
                                         "l.account = credentials.account AND "
                                         "+l.sequence = credentials.sequence AND +l.id = ?2 "
                                         "AND +l.state_seal IS credentials.state_seal)"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(id.value));
  CS_ASSIGN(const bool has_row, select.step());
  if (!has_row) {
    return std::optional<StoredCredential>();
  }
  CS_ASSIGN(StoredCredential credential, read_credential_row(select));
  return std::optional<StoredCredential>(std::move(credential));
}

Result<std::vector<StoredCredential>> SqliteStore::list_credentials(const TenantId& tenant,
                                                                    const UserHandle& account) {
  const Reader reader(*this);
  CS_ASSIGN(
      Statement select,
      reader->prepare(
          "SELECT " CREDENTIAL_COLUMNS
          " FROM credentials INDEXED BY credentials_by_account WHERE tenant = ?1 AND "
          "account = ?2 AND " LISTED_CREDENTIAL_IS_LIVE("", "?1", "?2") " ORDER BY sequence"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  return sqlite::read_rows<StoredCredential>(select, read_credential_row);
}

// Whether or not the rows are as they were written: it counts against the customer.
Result<std::optional<UnixSeconds>> SqliteStore::find_last_recovery(const TenantId& tenant,
                                                                   const UserHandle& account) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT max(recovered_at) FROM credentials WHERE "
                                              "tenant = ? AND account = ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  CS_ASSIGN(const bool has_row, select.step());
  return has_row ? sqlite::time_of(select.optional_integer(0)) : std::nullopt;
}

Status SqliteStore::rename_credential(const TenantId& tenant, const UserHandle& account,
                                      const CredentialId& id, std::string_view name,
                                      UnixSeconds now,
                                      const std::optional<Digest256>& session_needed) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_TRY(check_signed_in(database, tenant, account, now, session_needed));
    CS_ASSIGN(Statement update,
              database.prepare("UPDATE credentials SET name = ? WHERE tenant = ? AND id = ? AND "
                               "account = ? AND revoked_at IS NULL"));
    update.bind(name).bind(std::string_view(tenant.value)).bind(Bytes(id.value));
    update.bind(Bytes(account.value));
    CS_TRY(update.run());
    if (database.changes() != 1) {
      return ErrorCode::credential_not_found;
    }
    return JobResult::done();
  }));
}

Status SqliteStore::revoke_credential(const TenantId& tenant, const UserHandle& account,
                                      const CredentialId& id, UnixSeconds now,
                                      const std::optional<Digest256>& session_needed) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_TRY(check_signed_in(database, tenant, account, now, session_needed));
    CS_ASSIGN(const bool was_there, sqlite::revoke_row(database, tenant, account, id, now));
    if (!was_there) {
      return ErrorCode::credential_not_found;
    }
    CS_ASSIGN(Statement sessions,
              database.prepare("DELETE FROM sessions INDEXED BY sessions_by_account WHERE "
                               "tenant = ? AND account = ? AND credential = ?"));
    sessions.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
    sessions.bind(Bytes(id.value));
    CS_TRY(sessions.run());
    CS_TRY(sqlite::end_approvals_of(database, tenant, account));
    CS_TRY(sqlite::insert_notice(database, tenant, account, NoticeKind::credential_revoked,
                                 sqlite::credential_detail(id), now));
    return JobResult::done();
  }));
}

Result<std::optional<Session>> SqliteStore::find_session(const TenantId& tenant,
                                                         const Digest256& digest, UnixSeconds now) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT account, credential, authenticated_at, expires_at, "
                            "user_verified FROM sessions WHERE digest = ?1 AND tenant = ?2 AND "
                            "expires_at >= ?3 AND " SESSION_IS_LIVE("?2", "?1", "account")));
  select.bind(Bytes(digest)).bind(std::string_view(tenant.value)).bind(now.value);
  CS_ASSIGN(const bool has_row, select.step());
  if (!has_row) {
    return std::optional<Session>();
  }
  Session session;
  session.digest = digest;
  session.user_handle = UserHandle(select.blob(0));
  if (std::optional<ByteVector> credential = select.optional_blob(1)) {
    session.credential_id = CredentialId(std::move(*credential));
  }
  session.authenticated_at = UnixSeconds{select.integer(2)};
  session.expires_at = UnixSeconds{select.integer(3)};
  session.is_user_verified = select.integer(4) != 0;
  return std::optional<Session>(std::move(session));
}

Status SqliteStore::move_session_end(const TenantId& tenant, const Session& session,
                                     UnixSeconds end) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement update,
              database.prepare(
                  "UPDATE sessions SET expires_at = ?1, seal = reseal(seal, 'session', ?2, ?3, "
                  "account, " SESSION_REST("?4") ", account, " SESSION_REST(
                      "?1") ") WHERE tenant = ?2 AND digest = ?3 AND expires_at = ?4 AND is_sealed("
                            "seal, " SESSION_VALUES("?2", "?3", "account") ")"));
    update.bind(end.value).bind(std::string_view(tenant.value)).bind(Bytes(session.digest));
    CS_TRY(update.bind(session.expires_at.value).run());
    return JobResult::done();
  }));
}

Status SqliteStore::delete_session(const TenantId& tenant, const Digest256& digest) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_TRY(sqlite::remove_session(database, tenant, digest));
    return JobResult::done();
  }));
}

}  // namespace countersign
