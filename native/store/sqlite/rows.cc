#include "native/store/sqlite/rows.h"

#include "native/store/sqlite/row_seals.h"

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

std::optional<ErrorCode> error_code_of(const std::optional<std::int64_t>& number) {
  return number ? std::optional<ErrorCode>(static_cast<ErrorCode>(*number)) : std::nullopt;
}

namespace {

/// Arrays of fixed size as one blob, and back. Error: store_corrupt where octets are left over.
template <class Array>
ByteVector joined(const std::vector<Array>& arrays) {
  ByteVector out;
  for (const Array& array : arrays) {
    out.insert(out.end(), array.begin(), array.end());
  }
  return out;
}

template <class Array>
Status split_exactly(const ByteVector& blob, std::vector<Array>& out) {
  constexpr std::size_t kOctets = std::tuple_size_v<Array>;
  if (blob.size() % kOctets != 0) {
    return ErrorCode::store_corrupt;
  }
  for (auto at = blob.begin(); at != blob.end(); at += kOctets) {
    std::copy_n(at, kOctets, out.emplace_back().begin());
  }
  return ok();
}

}  // namespace

Result<RegisteredModel> read_registered_model(const Statement& row, int column,
                                              const Aaguid& aaguid) {
  RegisteredModel model;
  model.aaguid = aaguid;
  model.is_aaguid_signed = row.integer(column) != 0;
  const std::optional<ByteVector> identifiers = row.optional_blob(column + 1);
  CS_TRY(split_exactly(identifiers.value_or(ByteVector()), model.key_identifiers));
  CS_TRY(split_exactly(row.blob(column + 2), model.chain));
  return model;
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
  CredentialModel& model = credential.model;
  CS_ASSIGN(model.registered, read_registered_model(row, 16, record.aaguid));
  model.objection = error_code_of(row.optional_integer(19));
  model.evaluated_at = time_of(row.optional_integer(20));
  model.at_registration.is_known = row.integer(21) != 0;
  model.at_registration.is_proved = row.integer(22) != 0;
  model.at_registration.description = row.text(23);
  model.at_registration.certification = row.text(24);
  model.at_registration.statuses = split(row.text(25));
  credential.recovered_at = time_of(row.optional_integer(26));
  credential.attestation_conveyance = static_cast<AttestationConveyance>(row.integer(27));
  if (const std::optional<std::int64_t> is_discoverable = row.optional_integer(28)) {
    credential.is_discoverable = *is_discoverable != 0;
  }
  return credential;
}

Status insert_account(Database& database, const TenantId& tenant, const Account& account,
                      std::int64_t& inserted) {
  CS_ASSIGN(
      Statement insert,
      database.prepare("INSERT INTO accounts (tenant, handle, username, display_name, "
                       "created_at, seal) VALUES (?1, ?2, ?3, ?4, ?5, seal('account', ?1, ?2, "
                       "?3, ?4, ?5)) ON CONFLICT DO NOTHING"));
  insert.bind(std::string_view(tenant.value)).bind(Bytes(account.handle.value));
  insert.bind_optional(account.username).bind(std::string_view(account.display_name));
  insert.bind(account.created_at.value);
  CS_TRY(insert.run());
  inserted = database.changes();
  return ok();
}

namespace {

void bind_model(Statement& insert, const CredentialModel& model) {
  const RegisteredModel& registered = model.registered;
  insert.bind(std::int64_t{registered.is_aaguid_signed ? 1 : 0});
  insert.bind_optional(registered.key_identifiers.empty()
                           ? std::nullopt
                           : std::optional<ByteVector>(joined(registered.key_identifiers)));
  insert.bind(Bytes(joined(registered.chain)));
  insert.bind_optional(
      model.objection ? std::optional<std::int64_t>(static_cast<std::int64_t>(*model.objection))
                      : std::nullopt);
  insert.bind_optional(model.evaluated_at ? std::optional<std::int64_t>(model.evaluated_at->value)
                                          : std::nullopt);
  const ModelAssessment& assessment = model.at_registration;
  insert.bind(std::int64_t{assessment.is_known ? 1 : 0});
  insert.bind(std::int64_t{assessment.is_proved ? 1 : 0});
  insert.bind(std::string_view(assessment.description));
  insert.bind(std::string_view(assessment.certification));
  insert.bind(std::string_view(join(assessment.statuses)));
}

}  // namespace

Status insert_credential(Database& database, const TenantId& tenant,
                         const FinishedRegistration& finished, std::int64_t& inserted) {
  const StoredCredential& credential = finished.credential;
  const CredentialRecord& record = credential.record;
  if (!record.user_handle) {
    return ErrorCode::store_corrupt;
  }
  CS_ASSIGN(Statement insert,
            database.prepare(
                "INSERT INTO credentials (tenant, id, account, public_key, sign_count, transports, "
                "uv_initialized, backup_eligible, backed_up, aaguid, algorithm, name, "
                "attestation_format, attestation_type, attestation_trust, created_at, "
                "aaguid_signed, key_identifier, chain, model_objection, model_evaluated_at, "
                "model_known, model_proved, model_description, model_certification, "
                "model_statuses, recovered_at, attestation_conveyance, discoverable, "
                "model_marked, sequence, seal, state_seal) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                "?, ?, ?, ?, ?, (SELECT key FROM model_review) IS NOT ?, "
                "(SELECT coalesce(max(sequence), 0) + 1 FROM credentials WHERE tenant = ?1 AND "
                "account = ?3), "
                // As CREDENTIAL_VALUES and CREDENTIAL_STATE. From what is bound: a
                // trigger could have changed the row.
                "seal('credential', ?1, ?2, ?3, ?4, ?8, ?10, ?11, ?13, ?14, ?15, ?16, ?17, ?18, "
                "?19, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29), "
                "seal('credential.state', ?1, ?2, ?5, ?7, ?9, NULL, NULL)) "
                "ON CONFLICT (tenant, id) DO NOTHING"));
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
  bind_model(insert, credential.model);
  insert.bind_optional(credential.recovered_at
                           ? std::optional<std::int64_t>(credential.recovered_at->value)
                           : std::nullopt);
  insert.bind(static_cast<std::int64_t>(credential.attestation_conveyance));
  insert.bind_optional(credential.is_discoverable
                           ? std::optional<std::int64_t>(*credential.is_discoverable ? 1 : 0)
                           : std::nullopt);
  // Judged by other metadata than those of the review: it may have passed by already.
  insert.bind_optional(finished.review_key
                           ? std::optional<ByteVector>(to_vector(*finished.review_key))
                           : std::nullopt);
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
