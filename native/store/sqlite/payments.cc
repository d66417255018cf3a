// Passkeys for payments and their browser-bound keys.

#include "base/limits.h"
#include "native/store/sqlite/payment_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

Status insert_key(Database& database, const TenantId& tenant, const CredentialId& credential,
                  Bytes key, UnixSeconds now, const std::optional<UnixSeconds>& trusted_at) {
  CS_ASSIGN(Statement insert,
            database.prepare(
                "INSERT INTO browser_bound_keys (tenant, credential, key, sequence, first_seen_at, "
                "trusted_at, seal) SELECT ?1, ?2, ?3, coalesce(max(sequence), 0) + 1, ?4, ?5, "
                // As BROWSER_KEY_PLACE and BROWSER_KEY_REST.
                "seal('browser-key', ?1, ?2, ?3, coalesce(max(sequence), 0) + 1, ?4, ?5) FROM "
                "browser_bound_keys WHERE tenant = ?1 AND credential = ?2"));
  insert.bind(std::string_view(tenant.value)).bind(Bytes(credential.value)).bind(key);
  insert.bind(now.value);
  insert.bind_optional(trusted_at ? std::optional<std::int64_t>(trusted_at->value) : std::nullopt);
  return insert.run();
}

struct KeyCounts {
  std::int64_t kept = 0;
  std::int64_t trusted = 0;
};

Result<KeyCounts> count_keys(Database& database, const TenantId& tenant,
                             const CredentialId& credential) {
  CS_ASSIGN(
      Statement count,
      database.prepare("SELECT count(*), count(trusted_at) FILTER (WHERE " BROWSER_KEY_IS_WHOLE(
          "?1", "?2") ") FROM browser_bound_keys WHERE tenant = ?1 AND credential = ?2"));
  count.bind(std::string_view(tenant.value)).bind(Bytes(credential.value));
  CS_ASSIGN(const bool has_row, count.step());
  return has_row ? KeyCounts{count.integer(0), count.integer(1)} : KeyCounts();
}

Result<bool> has_key(Database& database, const TenantId& tenant, const CredentialId& credential,
                     Bytes key) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT 1 FROM browser_bound_keys WHERE tenant = ? AND credential = ? "
                             "AND key = ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(credential.value)).bind(key);
  return select.step();
}

}  // namespace

Status sqlite::insert_payment_credential(Database& database, const TenantId& tenant,
                                         const FinishedRegistration& finished, UnixSeconds now) {
  const CredentialId& credential = finished.credential.record.id;
  {
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO payment_credentials (tenant, credential, seal) VALUES "
                               "(?1, ?2, seal('payment', ?1, ?2))"));
    insert.bind(std::string_view(tenant.value)).bind(Bytes(credential.value));
    CS_TRY(insert.run());
  }
  return finished.browser_bound_key
             ? insert_key(database, tenant, credential, *finished.browser_bound_key, now, now)
             : ok();
}

Result<std::vector<CredentialId>> SqliteStore::list_payment_credentials(const TenantId& tenant,
                                                                        const UserHandle& account) {
  const Reader reader(*this);
  CS_ASSIGN(
      Statement select,
      reader->prepare("SELECT c.id FROM credentials c JOIN payment_credentials p ON "
                      "p.tenant = c.tenant AND p.credential = c.id WHERE c.tenant = ?1 AND "
                      "c.account = ?2 AND " LISTED_CREDENTIAL_IS_LIVE(
                          "c.", "?1", "?2") " AND is_whole(p.seal, 'payment', ?1, c.id) ORDER BY "
                                            "c.sequence"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  std::vector<CredentialId> credentials;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return credentials;
    }
    credentials.emplace_back(select.blob(0));
  }
}

Result<std::vector<BrowserBoundKey>> SqliteStore::list_browser_bound_keys(
    const TenantId& tenant, const UserHandle& account, const CredentialId& credential) {
  const Reader reader(*this);
  {
    CS_ASSIGN(
        Statement select,
        reader->prepare("SELECT 1 FROM credentials c JOIN payment_credentials p ON "
                        "p.tenant = c.tenant AND p.credential = c.id WHERE c.tenant = ?1 AND "
                        "c.id = ?2 AND c.account = ?3 AND " CREDENTIAL_IS_LIVE(
                            "c.", "?1", "?2", "?3") " AND is_sealed(p.seal, 'payment', ?1, ?2)"));
    select.bind(std::string_view(tenant.value)).bind(Bytes(credential.value));
    select.bind(Bytes(account.value));
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return ErrorCode::credential_not_found;
    }
  }
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT key, first_seen_at, trusted_at FROM browser_bound_keys WHERE "
                            "tenant = ?1 AND credential = ?2 AND " BROWSER_KEY_IS_WHOLE(
                                "?1", "?2") " ORDER BY sequence"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(credential.value));
  std::vector<BrowserBoundKey> keys;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return keys;
    }
    keys.push_back({select.blob(0), UnixSeconds{select.integer(1)},
                    sqlite::time_of(select.optional_integer(2))});
  }
}

Status SqliteStore::note_browser_bound_key(const TenantId& tenant, const CredentialId& credential,
                                           Bytes key, UnixSeconds now) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(const bool is_kept, has_key(database, tenant, credential, key));
    if (is_kept) {
      return JobResult::done();
    }
    constexpr auto kMaxKeys = static_cast<std::int64_t>(limits::kMaxBrowserBoundKeys);
    CS_ASSIGN(const KeyCounts counts, count_keys(database, tenant, credential));
    if (counts.trusted >= kMaxKeys) {
      return JobResult::done();
    }
    if (counts.kept >= kMaxKeys) {
      CS_ASSIGN(
          Statement make_room,
          database.prepare("DELETE FROM browser_bound_keys WHERE tenant = ?1 AND "
                           "credential = ?2 AND sequence = (SELECT min(sequence) FROM "
                           "browser_bound_keys WHERE tenant = ?1 AND credential = ?2 AND "
                           "(trusted_at IS NULL OR NOT " BROWSER_KEY_IS_WHOLE("?1", "?2") "))"));
      make_room.bind(std::string_view(tenant.value)).bind(Bytes(credential.value));
      CS_TRY(make_room.run());
    }
    CS_TRY(insert_key(database, tenant, credential, key, now, std::nullopt));
    return JobResult::done();
  }));
}

Status SqliteStore::trust_browser_bound_key(const TenantId& tenant, const CredentialId& credential,
                                            Bytes key, UnixSeconds now) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(
        Statement update,
        database.prepare("UPDATE browser_bound_keys SET trusted_at = coalesce(trusted_at, ?1), "
                         "seal = reseal(seal, " BROWSER_KEY_PLACE("?2", "?3", "?4")
                             BROWSER_KEY_REST("trusted_at") ", ?4, " BROWSER_KEY_REST(
                                 "coalesce(trusted_at, "
                                 "?1)") ") WHERE tenant = ?2 AND "
                                        "credential = ?3 AND key = "
                                        "?4 AND is_sealed("
                                        "seal, " BROWSER_KEY_PLACE("?2", "?3", "?4")
                                            BROWSER_KEY_REST("trusted_at") ")"));
    update.bind(now.value).bind(std::string_view(tenant.value)).bind(Bytes(credential.value));
    update.bind(key);
    CS_TRY(update.run());
    if (database.changes() != 1) {
      return ErrorCode::browser_bound_key_unknown;
    }
    return JobResult::done();
  }));
}

Status SqliteStore::remove_browser_bound_key(const TenantId& tenant, const CredentialId& credential,
                                             Bytes key) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement remove,
              database.prepare("DELETE FROM browser_bound_keys WHERE tenant = ? AND credential = ? "
                               "AND key = ?"));
    remove.bind(std::string_view(tenant.value)).bind(Bytes(credential.value)).bind(key);
    CS_TRY(remove.run());
    if (database.changes() != 1) {
      return ErrorCode::browser_bound_key_unknown;
    }
    return JobResult::done();
  }));
}

}  // namespace countersign
