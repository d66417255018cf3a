// Ceremonies until their result, and remembered answers.

#include "codec/base64url.h"
#include "native/store/sqlite/customer_rows.h"
#include "native/store/sqlite/policy_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::copy_exactly;
using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

#define CEREMONY_COLUMNS                                                                        \
  "tenant, id, kind, binding, binding_digest, challenge, created_at, expires_at, "              \
  "user_verification, mediation, user_handle, username, display_name, account_rule, "           \
  "session_required, allow_credentials, decoy, state, finished_at, credential, user_verified, " \
  "error_code, error_check, correlation_id, activation, activation_purpose, policy, "           \
  "policy_ceremony, policy_inputs, policy_attestation, payments"

Result<std::optional<CeremonyPolicy>> read_policy(const Statement& row) {
  const std::optional<ByteVector> document = row.optional_blob(26);
  if (!document) {
    return std::optional<CeremonyPolicy>();
  }
  CeremonyPolicy policy;
  const std::optional<PolicyCeremony> ceremony = find_policy_ceremony(row.text(27));
  if (!copy_exactly(*document, policy.document) || !ceremony) {
    return ErrorCode::store_corrupt;
  }
  policy.ceremony = *ceremony;
  policy.inputs = row.text(28);
  policy.attestation = static_cast<AttestationConveyance>(row.integer(29));
  return std::optional<CeremonyPolicy>(std::move(policy));
}

void bind_policy(Statement& insert, const std::optional<CeremonyPolicy>& policy) {
  insert.bind_optional(policy ? std::optional<ByteVector>(to_vector(policy->document))
                              : std::nullopt);
  insert.bind(policy ? policy_ceremony_name(policy->ceremony) : std::string_view());
  insert.bind(policy ? std::string_view(policy->inputs) : std::string_view());
  insert.bind(policy ? static_cast<std::int64_t>(policy->attestation) : std::int64_t{0});
}

Result<std::optional<Ceremony>> read_ceremony_row(Statement& row) {
  CS_ASSIGN(const bool has_row, row.step());
  if (!has_row) {
    return std::optional<Ceremony>();
  }
  Ceremony ceremony;
  ceremony.tenant = TenantId(row.text(0));
  ceremony.id = CeremonyId(row.text(1));
  ceremony.kind = static_cast<CeremonyKind>(row.integer(2));
  ceremony.binding = static_cast<CeremonyBinding>(row.integer(3));
  if (!copy_exactly(row.blob(4), ceremony.binding_digest)) {
    return ErrorCode::store_corrupt;
  }
  ceremony.challenge = row.blob(5);
  ceremony.created_at = UnixSeconds{row.integer(6)};
  ceremony.expires_at = UnixSeconds{row.integer(7)};
  ceremony.user_verification = static_cast<UserVerification>(row.integer(8));
  ceremony.mediation = static_cast<Mediation>(row.integer(9));
  if (std::optional<ByteVector> handle = row.optional_blob(10)) {
    ceremony.user_handle = UserHandle(std::move(*handle));
  }
  ceremony.username = row.optional_text(11);
  ceremony.display_name = row.text(12);
  ceremony.account_rule = static_cast<AccountRule>(row.integer(13));
  ceremony.is_session_required = row.integer(14) != 0;
  for (const std::string& word : sqlite::split(row.text(15))) {
    CS_ASSIGN(ByteVector id, parse_base64url(word));
    ceremony.allow_credentials.emplace_back(std::move(id));
  }
  ceremony.is_decoy = row.integer(16) != 0;
  ceremony.state = static_cast<CeremonyState>(row.integer(17));
  ceremony.finished_at = sqlite::time_of(row.optional_integer(18));
  if (std::optional<ByteVector> credential = row.optional_blob(19)) {
    ceremony.credential_id = CredentialId(std::move(*credential));
  }
  ceremony.is_user_verified = row.integer(20) != 0;
  ceremony.error =
      Error{static_cast<ErrorCode>(row.integer(21)), static_cast<Check>(row.integer(22)), 0};
  ceremony.correlation_id = row.text(23);
  if (std::optional<std::string> activation = row.optional_text(24)) {
    ceremony.activation = CeremonyActivation{ActivationId(std::move(*activation)),
                                             static_cast<ActivationPurpose>(row.integer(25))};
  }
  CS_ASSIGN(ceremony.policy, read_policy(row));
  ceremony.is_for_payments = row.integer(30) != 0;
  return std::optional<Ceremony>(std::move(ceremony));
}
}  // namespace

Result<bool> sqlite::insert_answer(Database& database, const Seals& seals, const TenantId& tenant,
                                   const IdempotentAnswer& answer, UnixSeconds now) {
  // Answers have tokens and codes.
  CS_ASSIGN(const ByteVector encrypted, seals.encrypt_answer(tenant, answer));
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO answers (tenant, caller, route, key, request, "
                             "answer, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
                             "ON CONFLICT DO UPDATE SET request = excluded.request, "
                             "answer = excluded.answer, expires_at = excluded.expires_at "
                             "WHERE answers.expires_at < ?8"));
  insert.bind(std::string_view(tenant.value)).bind(Bytes(answer.caller));
  insert.bind(std::string_view(answer.route)).bind(std::string_view(answer.key));
  insert.bind(Bytes(answer.request)).bind(Bytes(encrypted));
  insert.bind(answer.expires_at.value).bind(now.value);
  CS_TRY(insert.run());
  return database.changes() == 1;
}

Status SqliteStore::create_ceremony(const Ceremony& ceremony, const std::optional<Account>& account,
                                    const std::optional<IdempotentAnswer>& answer) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    if (answer) {
      CS_ASSIGN(const bool is_new, sqlite::insert_answer(database, seals_, ceremony.tenant, *answer,
                                                         ceremony.created_at));
      if (!is_new) {
        return ErrorCode::idempotency_key_reused;
      }
    }
    if (account) {
      std::int64_t inserted = 0;
      CS_TRY(sqlite::insert_account(database, ceremony.tenant, *account, inserted));
      if (inserted != 1) {
        // Somebody was faster: this ceremony carries a handle that is no account's. The backend
        // repeats the call.
        return ErrorCode::account_exists;
      }
    }
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO ceremonies (tenant, id, kind, binding, binding_digest, "
                               "challenge, created_at, expires_at, user_verification, mediation, "
                               "user_handle, username, display_name, account_rule, "
                               "session_required, allow_credentials, decoy, activation, "
                               "activation_purpose, policy, policy_ceremony, policy_inputs, "
                               "policy_attestation, payments, seal) VALUES (?, ?, ?, ?, ?, ?, ?, "
                               "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                               // As CEREMONY_BEGUN and CEREMONY_RESULT: pending, without one.
                               "seal('ceremony', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?12, "
                               "?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?11, "
                               "0, NULL, NULL, 0, 0))"));
    insert.bind(std::string_view(ceremony.tenant.value)).bind(std::string_view(ceremony.id.value));
    insert.bind(static_cast<std::int64_t>(ceremony.kind));
    insert.bind(static_cast<std::int64_t>(ceremony.binding)).bind(Bytes(ceremony.binding_digest));
    insert.bind(Bytes(ceremony.challenge)).bind(ceremony.created_at.value);
    insert.bind(ceremony.expires_at.value);
    insert.bind(static_cast<std::int64_t>(ceremony.user_verification));
    insert.bind(static_cast<std::int64_t>(ceremony.mediation));
    insert.bind_optional(ceremony.user_handle
                             ? std::optional<ByteVector>(ceremony.user_handle->value)
                             : std::nullopt);
    insert.bind_optional(ceremony.username).bind(std::string_view(ceremony.display_name));
    insert.bind(static_cast<std::int64_t>(ceremony.account_rule));
    insert.bind(std::int64_t{ceremony.is_session_required ? 1 : 0});
    std::vector<std::string> allowed;
    for (const CredentialId& id : ceremony.allow_credentials) {
      allowed.push_back(encode_base64url(id.value));
    }
    insert.bind(std::string_view(sqlite::join(allowed)))
        .bind(std::int64_t{ceremony.is_decoy ? 1 : 0});
    const std::optional<CeremonyActivation>& activation = ceremony.activation;
    insert.bind_optional(activation ? std::optional<std::string>(activation->id.value)
                                    : std::nullopt);
    insert.bind(activation ? static_cast<std::int64_t>(activation->purpose) : std::int64_t{0});
    bind_policy(insert, ceremony.policy);
    insert.bind(std::int64_t{ceremony.is_for_payments ? 1 : 0});
    CS_TRY(insert.run());
    return JobResult::done();
  }));
}

Result<std::optional<Ceremony>> SqliteStore::find_ceremony(const TenantId& tenant,
                                                           CeremonyKind kind,
                                                           const CeremonyId& id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare(
                "SELECT " CEREMONY_COLUMNS
                " FROM ceremonies WHERE tenant = ?1 AND id = ?2 AND kind = ?3 AND is_sealed(seal, "
                "'ceremony', ?1, ?2, " CEREMONY_BEGUN_COLUMNS("") ", " CEREMONY_RESULT(
                    "", "user_handle", "state") ")"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
  select.bind(static_cast<std::int64_t>(kind));
  return read_ceremony_row(select);
}

Result<std::optional<Ceremony>> SqliteStore::find_ceremony_by_challenge(const TenantId& tenant,
                                                                        CeremonyKind kind,
                                                                        Bytes challenge) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare(
                "SELECT " CEREMONY_COLUMNS " FROM ceremonies WHERE challenge = ?1 AND tenant = "
                "?2 AND kind = ?3 AND is_whole(seal, 'ceremony', ?2, "
                "id, " CEREMONY_BEGUN("", "binding", "binding_digest", "?1") ", " CEREMONY_RESULT(
                    "", "user_handle", "state") ")"));
  select.bind(challenge).bind(std::string_view(tenant.value));
  select.bind(static_cast<std::int64_t>(kind));
  return read_ceremony_row(select);
}

Result<std::optional<Ceremony>> SqliteStore::find_ceremony_by_binding(const TenantId& tenant,
                                                                      CeremonyKind kind,
                                                                      const Digest256& digest) {
  const Reader reader(*this);
  CS_ASSIGN(
      Statement select,
      reader->prepare(
          "SELECT " CEREMONY_COLUMNS
          " FROM ceremonies WHERE binding = 2 AND binding_digest = ?1 AND "
          "tenant = ?2 AND kind = ?3 AND state = 0 AND holds(binding, 2) AND "
          "holds(state, 0) AND is_whole(seal, 'ceremony', ?2, id, " CEREMONY_BEGUN(
              "", "binding", "?1",
              "challenge") ", " CEREMONY_RESULT("", "user_handle",
                                                "state") ") ORDER BY created_at DESC LIMIT 1"));
  select.bind(Bytes(digest)).bind(std::string_view(tenant.value));
  select.bind(static_cast<std::int64_t>(kind));
  return read_ceremony_row(select);
}

Result<std::optional<IdempotentAnswer>> SqliteStore::find_answer(const TenantId& tenant,
                                                                 const Digest256& caller,
                                                                 std::string_view route,
                                                                 std::string_view key) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT request, answer, expires_at FROM answers WHERE tenant = ? AND "
                            "caller = ? AND route = ? AND key = ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(caller)).bind(route).bind(key);
  CS_ASSIGN(const bool has_row, select.step());
  if (!has_row) {
    return std::optional<IdempotentAnswer>();
  }
  IdempotentAnswer answer;
  answer.caller = caller;
  answer.route = std::string(route);
  answer.key = std::string(key);
  if (!copy_exactly(select.blob(0), answer.request)) {
    return ErrorCode::store_corrupt;
  }
  CS_TRY(seals_.decrypt_answer(tenant, select.blob(1), answer));
  answer.expires_at = UnixSeconds{select.integer(2)};
  return std::optional<IdempotentAnswer>(std::move(answer));
}

Status SqliteStore::sweep(UnixSeconds unfinished_before, UnixSeconds finished_before) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement ceremonies,
              database.prepare("DELETE FROM ceremonies WHERE expires_at < ?1 AND "
                               "(state = 0 OR expires_at < ?2)"));
    CS_TRY(ceremonies.bind(unfinished_before.value).bind(finished_before.value).run());
    CS_TRY(
        sqlite::sweep_drafts(database, UnixSeconds{unfinished_before.value - kPolicyDraftSeconds}));
    CS_ASSIGN(Statement answers, database.prepare("DELETE FROM answers WHERE expires_at < ?"));
    CS_TRY(answers.bind(unfinished_before.value).run());
    CS_ASSIGN(Statement sessions, database.prepare("DELETE FROM sessions WHERE expires_at < ?"));
    CS_TRY(sessions.bind(unfinished_before.value).run());
    CS_ASSIGN(Statement activations,
              database.prepare("DELETE FROM activations WHERE expires_at < ? AND created_at < ?"));
    activations.bind(finished_before.value);
    // Blocked ones count that long.
    CS_TRY(activations.bind(unfinished_before.value - kActivationBlockSeconds).run());
    // The youngest stays: numbers are never given twice.
    CS_ASSIGN(
        Statement notices,
        database.prepare("DELETE FROM notices WHERE time < ? AND number < (SELECT max(number) "
                         "FROM notices n WHERE n.tenant = notices.tenant)"));
    CS_TRY(notices.bind(unfinished_before.value - kNoticeSeconds).run());
    return JobResult::done();
  }));
}
}  // namespace countersign
