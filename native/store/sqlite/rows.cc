#include "native/store/sqlite/rows.h"

namespace countersign::sqlite {

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (word.empty() || word.find(' ') != std::string::npos) {
      continue;
    }
    if (!out.empty()) {
      out += ' ';
    }
    out += word;
  }
  return out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::optional<UnixSeconds> time_of(const std::optional<std::int64_t>& seconds) {
  return seconds ? std::optional<UnixSeconds>(UnixSeconds{*seconds}) : std::nullopt;
}

Result<StoredCredential> read_credential_row(const Statement& row) {
  StoredCredential credential;
  CredentialRecord& record = credential.record;
  record.id = CredentialId(row.blob(0));
  record.user_handle = UserHandle(row.blob(1));
  record.public_key = row.blob(2);
  record.sign_count = static_cast<std::uint32_t>(row.integer(3));
  record.transports = split(row.text(4));
  record.is_uv_initialized = row.integer(5) != 0;
  record.is_backup_eligible = row.integer(6) != 0;
  record.is_backed_up = row.integer(7) != 0;
  if (!copy_exactly(row.blob(8), record.aaguid)) {
    return ErrorCode::store_corrupt;
  }
  credential.algorithm = row.integer(9);
  credential.name = row.text(10);
  credential.attestation_format = row.text(11);
  credential.attestation_type = row.text(12);
  credential.attestation_trust = row.text(13);
  credential.created_at = UnixSeconds{row.integer(14)};
  credential.last_used_at = time_of(row.optional_integer(15));
  return credential;
}

Status insert_account(Database& database, const TenantId& tenant, const Account& account,
                      std::int64_t& inserted) {
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO accounts (tenant, handle, username, display_name, "
                             "created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  insert.bind(std::string_view(tenant.value)).bind(Bytes(account.handle.value));
  insert.bind_optional(account.username).bind(std::string_view(account.display_name));
  insert.bind(account.created_at.value);
  CS_TRY(insert.run());
  inserted = database.changes();
  return ok();
}

Status insert_credential(Database& database, const TenantId& tenant,
                         const StoredCredential& credential, std::int64_t& inserted) {
  const CredentialRecord& record = credential.record;
  if (!record.user_handle) {
    return ErrorCode::store_corrupt;
  }
  CS_ASSIGN(Statement insert,
            database.prepare(
                "INSERT INTO credentials (tenant, id, account, public_key, sign_count, transports, "
                "uv_initialized, backup_eligible, backed_up, aaguid, algorithm, name, "
                "attestation_format, attestation_type, attestation_trust, created_at, sequence) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                "(SELECT coalesce(max(sequence), 0) + 1 FROM credentials WHERE tenant = ?1 AND "
                "account = ?3)) ON CONFLICT (tenant, id) DO NOTHING"));
  insert.bind(std::string_view(tenant.value)).bind(Bytes(record.id.value));
  insert.bind(Bytes(record.user_handle->value)).bind(Bytes(record.public_key));
  insert.bind(std::int64_t{record.sign_count}).bind(std::string_view(join(record.transports)));
  insert.bind(std::int64_t{record.is_uv_initialized ? 1 : 0});
  insert.bind(std::int64_t{record.is_backup_eligible ? 1 : 0});
  insert.bind(std::int64_t{record.is_backed_up ? 1 : 0});
  insert.bind(Bytes(record.aaguid)).bind(credential.algorithm);
  insert.bind(std::string_view(credential.name));
  insert.bind(std::string_view(credential.attestation_format));
  insert.bind(std::string_view(credential.attestation_type));
  insert.bind(std::string_view(credential.attestation_trust)).bind(credential.created_at.value);
  CS_TRY(insert.run());
  inserted = database.changes();
  return ok();
}

Status remove_session(Database& database, const TenantId& tenant, const Digest256& digest) {
  CS_ASSIGN(Statement remove,
            database.prepare("DELETE FROM sessions WHERE digest = ? AND tenant = ?"));
  remove.bind(Bytes(digest)).bind(std::string_view(tenant.value));
  return remove.run();
}

}  // namespace countersign::sqlite
