// Approvals of revisions by administrators, and the ceremonies that they are given in.

#include "codec/base64url.h"
#include "native/store/sqlite/policy_rows.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::copy_exactly;
using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

// Whether it was pending; then it is not any more.
Result<bool> consume(Database& database, const Ceremony& ceremony, CeremonyState state,
                     UnixSeconds now) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE policy_ceremonies SET state = ? WHERE tenant = ? AND id = ? "
                             "AND state = 0 AND expires_at >= ?"));
  update.bind(static_cast<std::int64_t>(state)).bind(std::string_view(ceremony.tenant.value));
  update.bind(std::string_view(ceremony.id.value)).bind(now.value);
  CS_TRY(update.run());
  return database.changes() == 1;
}

Error not_pending(const Ceremony& ceremony, UnixSeconds now) {
  return {ceremony.expires_at < now ? ErrorCode::ceremony_expired : ErrorCode::ceremony_consumed,
          Check::ceremony_pending, 0};
}

Status advance_counter(Database& database, const Ceremony& ceremony, const CredentialRecord& record,
                       UnixSeconds now) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE credentials SET sign_count = ?1, backed_up = ?2, "
                             "last_used_at = ?3 WHERE tenant = ?4 AND id = ?5 AND account = ?6 "
                             "AND revoked_at IS NULL AND "
                             "(sign_count < ?1 OR (sign_count = 0 AND ?1 = 0))"));
  update.bind(std::int64_t{record.sign_count}).bind(std::int64_t{record.is_backed_up ? 1 : 0});
  update.bind(now.value).bind(std::string_view(ceremony.tenant.value));
  update.bind(Bytes(record.id.value)).bind(Bytes(ceremony.user_handle->value));
  CS_TRY(update.run());
  if (database.changes() == 1) {
    return ok();
  }
  CS_ASSIGN(Statement select, database.prepare("SELECT 1 FROM credentials WHERE tenant = ? AND "
                                               "id = ? AND revoked_at IS NULL"));
  select.bind(std::string_view(ceremony.tenant.value)).bind(Bytes(record.id.value));
  CS_ASSIGN(const bool is_known, select.step());
  return is_known ? Error{ErrorCode::counter_not_advanced, Check::signature_counter_advanced, 0}
                  : Error{ErrorCode::credential_unknown, Check::credential_known, 0};
}

Status insert_approval(Database& database, const ApprovalCeremony& approval, UnixSeconds now) {
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO policy_approvals (tenant, ceremony, digest, replaces, "
                             "share, administrator, at, spent) VALUES (?, ?, ?, ?, ?, ?, ?, 0)"));
  insert.bind(std::string_view(approval.ceremony.tenant.value));
  insert.bind(std::string_view(approval.ceremony.id.value)).bind(Bytes(approval.revision));
  insert.bind(Bytes(approval.replaces)).bind(std::int64_t{approval.share});
  insert.bind(Bytes(approval.ceremony.user_handle->value)).bind(now.value);
  return insert.run();
}

}  // namespace

Status SqliteStore::create_approval(const ApprovalCeremony& approval) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    const Ceremony& ceremony = approval.ceremony;
    if (!ceremony.user_handle) {
      return ErrorCode::store_corrupt;
    }
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO policy_ceremonies (tenant, id, binding, "
                               "binding_digest, challenge, created_at, expires_at, administrator, "
                               "allow_credentials, digest, replaces, share, state) "
                               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"));
    insert.bind(std::string_view(ceremony.tenant.value)).bind(std::string_view(ceremony.id.value));
    insert.bind(static_cast<std::int64_t>(ceremony.binding)).bind(Bytes(ceremony.binding_digest));
    insert.bind(Bytes(ceremony.challenge)).bind(ceremony.created_at.value);
    insert.bind(ceremony.expires_at.value).bind(Bytes(ceremony.user_handle->value));
    std::vector<std::string> allowed;
    for (const CredentialId& id : ceremony.allow_credentials) {
      allowed.push_back(encode_base64url(id.value));
    }
    insert.bind(std::string_view(sqlite::join(allowed)));
    insert.bind(Bytes(approval.revision)).bind(Bytes(approval.replaces));
    CS_TRY(insert.bind(std::int64_t{approval.share}).run());
    return JobResult::done();
  }));
}

Result<std::optional<ApprovalCeremony>> SqliteStore::find_approval(const TenantId& tenant,
                                                                   const CeremonyId& id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement row,
            reader->prepare("SELECT binding, binding_digest, challenge, created_at, expires_at, "
                            "administrator, allow_credentials, digest, replaces, share, state "
                            "FROM policy_ceremonies WHERE tenant = ? AND id = ?"));
  row.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
  CS_ASSIGN(const bool has_row, row.step());
  if (!has_row) {
    return std::optional<ApprovalCeremony>();
  }
  ApprovalCeremony approval;
  Ceremony& ceremony = approval.ceremony;
  ceremony.id = id;
  ceremony.tenant = tenant;
  ceremony.kind = CeremonyKind::authentication;
  ceremony.binding = static_cast<CeremonyBinding>(row.integer(0));
  ceremony.challenge = row.blob(2);
  ceremony.created_at = UnixSeconds{row.integer(3)};
  ceremony.expires_at = UnixSeconds{row.integer(4)};
  ceremony.user_handle = UserHandle(row.blob(5));
  for (const std::string& word : sqlite::split(row.text(6))) {
    CS_ASSIGN(ByteVector credential, parse_base64url(word));
    ceremony.allow_credentials.emplace_back(std::move(credential));
  }
  approval.share = static_cast<std::uint16_t>(row.integer(9));
  ceremony.state = static_cast<CeremonyState>(row.integer(10));
  if (!copy_exactly(row.blob(1), ceremony.binding_digest) ||
      !copy_exactly(row.blob(7), approval.revision) ||
      !copy_exactly(row.blob(8), approval.replaces)) {
    return ErrorCode::store_corrupt;
  }
  return std::optional<ApprovalCeremony>(std::move(approval));
}

Status SqliteStore::refuse_approval(const ApprovalCeremony& approval, UnixSeconds now) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(const bool is_consumed,
              consume(database, approval.ceremony, CeremonyState::refused, now));
    return is_consumed ? JobResult::done() : JobResult::undone(not_pending(approval.ceremony, now));
  }));
}

Result<bool> SqliteStore::finish_approval(const ApprovalCeremony& approval, UnixSeconds now,
                                          const CredentialRecord& record,
                                          const PolicyUpdate& update) {
  bool is_done = false;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(const bool is_consumed,
              consume(database, approval.ceremony, CeremonyState::succeeded, now));
    if (!is_consumed) {
      return JobResult::undone(not_pending(approval.ceremony, now));
    }
    CS_TRY(advance_counter(database, approval.ceremony, record, now));
    // Before the changes, which may spend it.
    CS_TRY(insert_approval(database, approval, now));
    CS_ASSIGN(is_done, sqlite::apply_policy_update(database, update));
    return is_done ? JobResult::done()
                   : JobResult{ok(), JobResult::Changes::undo};  // seen too early: nothing happens
  }));
  CS_TRY(status);
  return is_done;
}

Result<std::vector<PolicyApproval>> SqliteStore::list_approvals(const TenantId& tenant,
                                                                const Digest256& digest) {
  const Reader reader(*this);
  CS_ASSIGN(Statement row,
            reader->prepare("SELECT replaces, share, administrator, ceremony, at FROM "
                            "policy_approvals WHERE tenant = ? AND digest = ? AND spent = 0 "
                            "ORDER BY at, ceremony"));
  row.bind(std::string_view(tenant.value)).bind(Bytes(digest));
  std::vector<PolicyApproval> approvals;
  while (true) {
    CS_ASSIGN(const bool has_row, row.step());
    if (!has_row) {
      return approvals;
    }
    PolicyApproval& approval = approvals.emplace_back();
    approval.revision = digest;
    if (!copy_exactly(row.blob(0), approval.replaces)) {
      return ErrorCode::store_corrupt;
    }
    approval.share = static_cast<std::uint16_t>(row.integer(1));
    approval.administrator = UserHandle(row.blob(2));
    approval.ceremony = CeremonyId(row.text(3));
    approval.time = UnixSeconds{row.integer(4)};
  }
}

}  // namespace countersign
