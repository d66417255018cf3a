#include "native/store/sqlite/sqlite_store.h"

#include <algorithm>

#include "codec/base64url.h"
#include "native/store/sqlite/schema.h"

namespace countersign {
namespace {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

constexpr std::size_t kReaders = 8;  // [a query takes some 20 µs; more would only wait for cores]

// Lists inside one column: base64url or transport tokens, neither of which has a blank.
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

template <std::size_t N>
bool copy_exactly(const ByteVector& from, std::array<std::uint8_t, N>& to) {
  if (from.size() != N) {
    return false;
  }
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

#define CEREMONY_COLUMNS                                                                        \
  "tenant, id, kind, binding, binding_digest, challenge, created_at, expires_at, "              \
  "user_verification, mediation, user_handle, username, display_name, account_rule, "           \
  "session_required, allow_credentials, decoy, state, finished_at, credential, user_verified, " \
  "error_code, error_check, correlation_id"

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
  for (const std::string& word : split(row.text(15))) {
    CS_ASSIGN(ByteVector id, parse_base64url(word));
    ceremony.allow_credentials.emplace_back(std::move(id));
  }
  ceremony.is_decoy = row.integer(16) != 0;
  ceremony.state = static_cast<CeremonyState>(row.integer(17));
  ceremony.finished_at = time_of(row.optional_integer(18));
  if (std::optional<ByteVector> credential = row.optional_blob(19)) {
    ceremony.credential_id = CredentialId(std::move(*credential));
  }
  ceremony.is_user_verified = row.integer(20) != 0;
  ceremony.error =
      Error{static_cast<ErrorCode>(row.integer(21)), static_cast<Check>(row.integer(22)), 0};
  ceremony.correlation_id = row.text(23);
  return std::optional<Ceremony>(std::move(ceremony));
}

#define CREDENTIAL_COLUMNS                                                             \
  "id, account, public_key, sign_count, transports, uv_initialized, backup_eligible, " \
  "backed_up, aaguid, algorithm, name, attestation_format, attestation_type, "         \
  "attestation_trust, created_at, last_used_at"

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

Result<std::optional<Account>> read_account_row(Statement& row) {
  CS_ASSIGN(const bool has_row, row.step());
  if (!has_row) {
    return std::optional<Account>();
  }
  return std::optional<Account>(Account{UserHandle(row.blob(0)), row.optional_text(1), row.text(2),
                                        UnixSeconds{row.integer(3)}});
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

// The compare-and-set at the heart of "single use": of all the results of a ceremony one finds it
// pending.
struct Consumption {
  CeremonyState state = CeremonyState::refused;
  std::optional<ByteVector> credential;
  std::optional<ByteVector> user_handle;
  bool is_user_verified = false;
  Error error{ErrorCode{0}, Check::none, 0};
  std::string_view correlation_id;
};

Result<bool> consume(Database& database, const Ceremony& ceremony, UnixSeconds now,
                     const Consumption& consumption) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE ceremonies SET state = ?, finished_at = ?, credential = ?, "
                             "user_handle = coalesce(?, user_handle), user_verified = ?, "
                             "error_code = ?, error_check = ?, correlation_id = ? "
                             "WHERE tenant = ? AND id = ? AND state = 0 AND expires_at >= ?"));
  update.bind(static_cast<std::int64_t>(consumption.state)).bind(now.value);
  update.bind_optional(consumption.credential).bind_optional(consumption.user_handle);
  update.bind(std::int64_t{consumption.is_user_verified ? 1 : 0});
  update.bind(static_cast<std::int64_t>(consumption.error.code));
  update.bind(static_cast<std::int64_t>(consumption.error.check));
  update.bind(consumption.correlation_id);
  update.bind(std::string_view(ceremony.tenant.value)).bind(std::string_view(ceremony.id.value));
  update.bind(now.value);
  CS_TRY(update.run());
  return database.changes() == 1;
}

// Marks the ceremony as refused instead and keeps that.
JobResult refuse_instead(Database& database, const Ceremony& ceremony, UnixSeconds now,
                         std::string_view correlation_id, Error error) {
  // Undo everything of this job first: the savepoint's name is the writer's.
  if (!database.execute("ROLLBACK TO job").has_value()) {
    return JobResult::undone(Error{ErrorCode::store_unavailable, Check::none, 0});
  }
  Consumption consumption;
  consumption.error = error;
  consumption.correlation_id = correlation_id;
  const Result<bool> consumed = consume(database, ceremony, now, consumption);
  if (!consumed.has_value()) {
    return JobResult::undone(consumed.error());
  }
  return JobResult::kept(error);
}

JobResult not_pending(const Ceremony& ceremony, UnixSeconds now) {
  return JobResult::undone(
      Error{ceremony.expires_at < now ? ErrorCode::ceremony_expired : ErrorCode::ceremony_consumed,
            Check::ceremony_pending, 0});
}

Status insert_session(Database& database, const TenantId& tenant, const Session& session) {
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO sessions (digest, tenant, account, credential, "
                             "authenticated_at, expires_at, user_verified) "
                             "VALUES (?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(Bytes(session.digest)).bind(std::string_view(tenant.value));
  insert.bind(Bytes(session.user_handle.value));
  insert.bind_optional(session.credential_id
                           ? std::optional<ByteVector>(session.credential_id->value)
                           : std::nullopt);
  insert.bind(session.authenticated_at.value).bind(session.expires_at.value);
  insert.bind(std::int64_t{session.is_user_verified ? 1 : 0});
  return insert.run();
}

Status remove_session(Database& database, const TenantId& tenant, const Digest256& digest) {
  CS_ASSIGN(Statement remove,
            database.prepare("DELETE FROM sessions WHERE digest = ? AND tenant = ?"));
  remove.bind(Bytes(digest)).bind(std::string_view(tenant.value));
  return remove.run();
}

Result<bool> is_signed_in(Database& database, const TenantId& tenant, const Digest256& digest,
                          const UserHandle& account, UnixSeconds now) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT 1 FROM sessions WHERE digest = ? AND tenant = ? AND "
                             "account = ? AND expires_at >= ?"));
  select.bind(Bytes(digest)).bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  select.bind(now.value);
  return select.step();
}

Result<bool> is_active(Database& database, const TenantId& tenant, const CredentialId& id) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT 1 FROM credentials WHERE tenant = ? AND id = ? AND "
                             "revoked_at IS NULL"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(id.value));
  return select.step();
}

// Puts the account there as the ceremony's rule demands. `rejected` is set when it refuses.
Status apply_account_rule(Database& database, const Ceremony& ceremony, const Account& account,
                          std::optional<Error>& rejected) {
  std::int64_t inserted = 0;
  switch (ceremony.account_rule) {
    case AccountRule::existing:
      return ok();  // the foreign key refuses a credential without one
    case AccountRule::create:
    case AccountRule::create_or_join:
      CS_TRY(insert_account(database, ceremony.tenant, account, inserted));
      break;
  }
  if (inserted == 1) {
    return ok();
  }
  if (ceremony.account_rule == AccountRule::create_or_join) {
    // Only when the account that is there is the very one of this ceremony: the credential was made
    // for its handle.
    CS_ASSIGN(Statement select,
              database.prepare("SELECT 1 FROM accounts WHERE tenant = ? AND handle = ?"));
    select.bind(std::string_view(ceremony.tenant.value)).bind(Bytes(account.handle.value));
    CS_ASSIGN(const bool is_same, select.step());
    if (is_same) {
      return ok();
    }
  }
  rejected = Error{ErrorCode::account_exists, Check::account_available, 0};
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

Result<std::int64_t> schema_version(Database& database) {
  CS_ASSIGN(const std::string text, database.pragma("PRAGMA user_version"));
  std::int64_t version = 0;
  for (const char digit : text) {
    version = version * 10 + (digit - '0');
  }
  return version;
}

Status migrate(Database& database) {
  CS_TRY(database.execute("BEGIN IMMEDIATE"));  // two servers may start at once
  const auto run = [&database]() -> Status {
    CS_ASSIGN(const std::int64_t version, schema_version(database));
    const auto latest = static_cast<std::int64_t>(sqlite::kMigrations.size());
    if (version > latest + 1) {
      return ErrorCode::store_schema_newer;
    }
    for (std::int64_t i = version; i < latest; ++i) {
      CS_TRY(database.execute(sqlite::kMigrations[static_cast<std::size_t>(i)]));
      CS_TRY(database.execute(("PRAGMA user_version = " + std::to_string(i + 1)).c_str()));
    }
    return ok();
  };
  const Status status = run();
  if (!status.has_value()) {
    static_cast<void>(database.execute("ROLLBACK"));
    return status;
  }
  return database.execute("COMMIT");
}

Status load_secret(Database& database, RandomSource& random, Secret<32>& secret) {
  Secret<32> fresh;
  random.fill(fresh.expose_for_filling());
  {
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO secrets (name, value) VALUES ('decoys', ?) "
                               "ON CONFLICT DO NOTHING"));
    insert.bind(fresh.expose());
    CS_TRY(insert.run());
  }
  CS_ASSIGN(Statement select, database.prepare("SELECT value FROM secrets WHERE name = 'decoys'"));
  CS_ASSIGN(const bool has_row, select.step());
  const ByteVector value = has_row ? select.blob(0) : ByteVector();
  if (value.size() != secret.expose().size()) {
    return ErrorCode::store_corrupt;
  }
  std::copy(value.begin(), value.end(), secret.expose_for_filling().begin());
  return ok();
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path,
                                                       RandomSource& random) {
  std::unique_ptr<SqliteStore> store(new SqliteStore());
  CS_ASSIGN(std::unique_ptr<Database> database, Database::open(path, Database::Mode::writer));
  CS_TRY(migrate(*database));
  CS_TRY(load_secret(*database, random, store->decoy_secret_));
  for (std::size_t i = 0; i < kReaders; ++i) {
    CS_ASSIGN(std::unique_ptr<Database> reader, Database::open(path, Database::Mode::reader));
    store->free_readers_.push_back(reader.get());
    store->readers_.push_back(std::move(reader));
  }
  store->writer_ = std::make_unique<sqlite::Writer>(std::move(database));
  return store;
}

SqliteStore::~SqliteStore() = default;

SqliteStore::Reader::Reader(SqliteStore& store) : store_(store) {
  std::unique_lock lock(store_.readers_mutex_);
  store_.reader_free_.wait(lock, [&store] { return !store.free_readers_.empty(); });
  database_ = store_.free_readers_.back();
  store_.free_readers_.pop_back();
}

SqliteStore::Reader::~Reader() {
  {
    const std::lock_guard lock(store_.readers_mutex_);
    store_.free_readers_.push_back(database_);
  }
  store_.reader_free_.notify_one();
}

Status SqliteStore::check_ready() {
  {
    const Reader reader(*this);
    CS_ASSIGN(Statement select, reader->prepare("SELECT beats FROM heartbeat"));
    CS_TRY(select.run());
  }
  return writer_->run([](Database& database) -> JobResult {
    Result<Statement> update = database.prepare("UPDATE heartbeat SET beats = beats + 1");
    const Status status = update.has_value() ? update->run() : Status(update.error());
    return status.has_value() ? JobResult::done() : JobResult::undone(status.error());
  });
}

namespace {

// The bodies of the jobs: Status inside, so that CS_TRY works; any error undoes the job.
template <class Body>
sqlite::Writer::Job make_job(Body body) {
  return [body = std::move(body)](Database& database) -> JobResult {
    const Result<JobResult> result = body(database);
    return result.has_value() ? *result : JobResult::undone(result.error());
  };
}

}  // namespace

Status SqliteStore::create_ceremony(const Ceremony& ceremony, const std::optional<Account>& account,
                                    const std::optional<IdempotentAnswer>& answer) {
  return writer_->run(make_job([&](Database& database) -> Result<JobResult> {
    if (answer) {
      CS_ASSIGN(Statement insert,
                database.prepare("INSERT INTO answers (tenant, caller, route, key, request, "
                                 "answer, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
                                 "ON CONFLICT DO UPDATE SET request = excluded.request, "
                                 "answer = excluded.answer, expires_at = excluded.expires_at "
                                 "WHERE answers.expires_at < ?8"));
      insert.bind(std::string_view(ceremony.tenant.value)).bind(Bytes(answer->caller));
      insert.bind(std::string_view(answer->route)).bind(std::string_view(answer->key));
      insert.bind(Bytes(answer->request)).bind(std::string_view(answer->answer));
      insert.bind(answer->expires_at.value).bind(ceremony.created_at.value);
      CS_TRY(insert.run());
      if (database.changes() != 1) {
        return ErrorCode::idempotency_key_reused;
      }
    }
    if (account) {
      std::int64_t inserted = 0;
      CS_TRY(insert_account(database, ceremony.tenant, *account, inserted));
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
                               "session_required, allow_credentials, decoy) "
                               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
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
    insert.bind(std::string_view(join(allowed))).bind(std::int64_t{ceremony.is_decoy ? 1 : 0});
    CS_TRY(insert.run());
    return JobResult::done();
  }));
}

Result<std::optional<Ceremony>> SqliteStore::find_ceremony(const TenantId& tenant,
                                                           CeremonyKind kind,
                                                           const CeremonyId& id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " CEREMONY_COLUMNS
                            " FROM ceremonies WHERE tenant = ? AND id = ? AND kind = ?"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
  select.bind(static_cast<std::int64_t>(kind));
  return read_ceremony_row(select);
}

Result<std::optional<Ceremony>> SqliteStore::find_ceremony_by_challenge(const TenantId& tenant,
                                                                        CeremonyKind kind,
                                                                        Bytes challenge) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " CEREMONY_COLUMNS
                            " FROM ceremonies WHERE challenge = ? AND tenant = ? AND kind = ?"));
  select.bind(challenge).bind(std::string_view(tenant.value));
  select.bind(static_cast<std::int64_t>(kind));
  return read_ceremony_row(select);
}

Result<std::optional<Ceremony>> SqliteStore::find_ceremony_by_binding(const TenantId& tenant,
                                                                      CeremonyKind kind,
                                                                      const Digest256& digest) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " CEREMONY_COLUMNS
                            " FROM ceremonies WHERE binding = 2 AND binding_digest = ? AND "
                            "tenant = ? AND kind = ? AND state = 0 "
                            "ORDER BY created_at DESC LIMIT 1"));
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
  answer.answer = select.text(1);
  answer.expires_at = UnixSeconds{select.integer(2)};
  return std::optional<IdempotentAnswer>(std::move(answer));
}

Status SqliteStore::refuse_ceremony(const Ceremony& ceremony, UnixSeconds now, Error error,
                                    std::string_view correlation_id,
                                    const std::optional<CredentialId>& counter_of) {
  return writer_->run(make_job([&](Database& database) -> Result<JobResult> {
    Consumption consumption;
    consumption.error = error;
    consumption.correlation_id = correlation_id;
    CS_ASSIGN(const bool consumed, consume(database, ceremony, now, consumption));
    if (!consumed) {
      return not_pending(ceremony, now);
    }
    if (counter_of) {
      CS_ASSIGN(Statement mark,
                database.prepare(
                    "UPDATE credentials SET counter_refused_at = ? WHERE tenant = ? AND id = ?"));
      mark.bind(now.value).bind(std::string_view(ceremony.tenant.value));
      mark.bind(Bytes(counter_of->value));
      CS_TRY(mark.run());
    }
    return JobResult::done();
  }));
}

Status SqliteStore::finish_registration(const Ceremony& ceremony, UnixSeconds now,
                                        const FinishedRegistration& finished,
                                        std::string_view correlation_id) {
  return writer_->run(make_job([&](Database& database) -> Result<JobResult> {
    Consumption consumption;
    consumption.state = CeremonyState::succeeded;
    consumption.credential = finished.credential.record.id.value;
    consumption.is_user_verified = finished.credential.record.is_uv_initialized;
    CS_ASSIGN(const bool consumed, consume(database, ceremony, now, consumption));
    if (!consumed) {
      return not_pending(ceremony, now);
    }
    const auto instead = [&](ErrorCode code, Check check) {
      return refuse_instead(database, ceremony, now, correlation_id, Error{code, check, 0});
    };
    if (finished.session_needed) {
      CS_ASSIGN(const bool is_still_signed_in,
                is_signed_in(database, ceremony.tenant, *finished.session_needed,
                             finished.account.handle, now));
      if (!is_still_signed_in) {
        return instead(ErrorCode::session_required, Check::none);
      }
    }
    std::optional<Error> rejected;
    CS_TRY(apply_account_rule(database, ceremony, finished.account, rejected));
    if (rejected) {
      return instead(rejected->code, rejected->check);
    }
    // WebAuthn L3 §7.1 step 26: "Verify that the credentialId is not yet registered for any user."
    std::int64_t inserted = 0;
    CS_TRY(insert_credential(database, ceremony.tenant, finished.credential, inserted));
    if (inserted != 1) {
      return instead(ErrorCode::credential_already_registered, Check::credential_not_registered);
    }
    if (finished.session) {
      CS_TRY(insert_session(database, ceremony.tenant, *finished.session));
    }
    return JobResult::done();
  }));
}

Status SqliteStore::finish_authentication(const Ceremony& ceremony, UnixSeconds now,
                                          const FinishedAuthentication& finished,
                                          std::string_view correlation_id) {
  return writer_->run(make_job([&](Database& database) -> Result<JobResult> {
    const CredentialRecord& record = finished.record;
    if (!record.user_handle) {
      return ErrorCode::store_corrupt;
    }
    Consumption consumption;
    consumption.state = CeremonyState::succeeded;
    consumption.credential = record.id.value;
    consumption.user_handle = record.user_handle->value;
    consumption.is_user_verified = finished.is_user_verified;
    CS_ASSIGN(const bool consumed, consume(database, ceremony, now, consumption));
    if (!consumed) {
      return not_pending(ceremony, now);
    }
    const auto count = std::int64_t{record.sign_count};
    bool has_advanced = false;
    {
      CS_ASSIGN(Statement update,
                database.prepare("UPDATE credentials SET sign_count = ?1, backed_up = ?2, "
                                 "last_used_at = ?3 WHERE tenant = ?4 AND id = ?5 AND "
                                 "account = ?6 AND revoked_at IS NULL AND "
                                 "(sign_count < ?1 OR (sign_count = 0 AND ?1 = 0))"));
      update.bind(count).bind(std::int64_t{record.is_backed_up ? 1 : 0}).bind(now.value);
      update.bind(std::string_view(ceremony.tenant.value)).bind(Bytes(record.id.value));
      update.bind(Bytes(record.user_handle->value));
      CS_TRY(update.run());
      has_advanced = database.changes() == 1;
    }
    if (!has_advanced) {
      CS_ASSIGN(const bool is_known, is_active(database, ceremony.tenant, record.id));
      if (!is_known) {
        return refuse_instead(database, ceremony, now, correlation_id,
                              Error{ErrorCode::credential_unknown, Check::credential_known, 0});
      }
      JobResult refused = refuse_instead(
          database, ceremony, now, correlation_id,
          Error{ErrorCode::counter_not_advanced, Check::signature_counter_advanced, 0});
      CS_ASSIGN(Statement mark,
                database.prepare(
                    "UPDATE credentials SET counter_refused_at = ? WHERE tenant = ? AND id = ?"));
      mark.bind(now.value).bind(std::string_view(ceremony.tenant.value));
      mark.bind(Bytes(record.id.value));
      CS_TRY(mark.run());
      return refused;
    }
    if (finished.session_replaced) {
      CS_TRY(remove_session(database, ceremony.tenant, *finished.session_replaced));
    }
    if (finished.session) {
      CS_TRY(insert_session(database, ceremony.tenant, *finished.session));
    }
    return JobResult::done();
  }));
}

Status SqliteStore::sweep(UnixSeconds unfinished_before, UnixSeconds finished_before) {
  return writer_->run(make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement ceremonies,
              database.prepare("DELETE FROM ceremonies WHERE expires_at < ?1 AND "
                               "(state = 0 OR expires_at < ?2)"));
    CS_TRY(ceremonies.bind(unfinished_before.value).bind(finished_before.value).run());
    CS_ASSIGN(Statement answers, database.prepare("DELETE FROM answers WHERE expires_at < ?"));
    CS_TRY(answers.bind(unfinished_before.value).run());
    CS_ASSIGN(Statement sessions, database.prepare("DELETE FROM sessions WHERE expires_at < ?"));
    CS_TRY(sessions.bind(unfinished_before.value).run());
    return JobResult::done();
  }));
}

Result<std::optional<Account>> SqliteStore::find_account(const TenantId& tenant,
                                                         const UserHandle& handle) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT handle, username, display_name, created_at FROM accounts "
                            "WHERE tenant = ? AND handle = ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(handle.value));
  return read_account_row(select);
}

Result<std::optional<Account>> SqliteStore::find_account_by_username(const TenantId& tenant,
                                                                     std::string_view username) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT handle, username, display_name, created_at FROM accounts "
                            "WHERE tenant = ? AND username = ?"));
  select.bind(std::string_view(tenant.value)).bind(username);
  return read_account_row(select);
}

Result<std::optional<StoredCredential>> SqliteStore::find_credential(const TenantId& tenant,
                                                                     const CredentialId& id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT " CREDENTIAL_COLUMNS
                                              " FROM credentials WHERE tenant = ? AND id = ? AND "
                                              "revoked_at IS NULL"));
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
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " CREDENTIAL_COLUMNS
                            " FROM credentials WHERE tenant = ? AND account = ? AND "
                            "revoked_at IS NULL ORDER BY sequence"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  std::vector<StoredCredential> credentials;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return credentials;
    }
    CS_ASSIGN(StoredCredential credential, read_credential_row(select));
    credentials.push_back(std::move(credential));
  }
}

Status SqliteStore::rename_credential(const TenantId& tenant, const UserHandle& account,
                                      const CredentialId& id, std::string_view name) {
  return writer_->run(make_job([&](Database& database) -> Result<JobResult> {
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
                                      const std::optional<Digest256>& kept_session) {
  return writer_->run(make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement update,
              database.prepare("UPDATE credentials SET revoked_at = ? WHERE tenant = ? AND "
                               "id = ? AND account = ? AND revoked_at IS NULL"));
    update.bind(now.value).bind(std::string_view(tenant.value)).bind(Bytes(id.value));
    update.bind(Bytes(account.value));
    CS_TRY(update.run());
    if (database.changes() != 1) {
      return ErrorCode::credential_not_found;
    }
    CS_ASSIGN(Statement sessions,
              database.prepare("DELETE FROM sessions WHERE tenant = ? AND account = ? AND "
                               "credential = ? AND digest IS NOT ?"));
    sessions.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
    sessions.bind(Bytes(id.value));
    sessions.bind_optional(kept_session ? std::optional<ByteVector>(to_vector(*kept_session))
                                        : std::nullopt);
    CS_TRY(sessions.run());
    return JobResult::done();
  }));
}

Result<std::optional<Session>> SqliteStore::find_session(const TenantId& tenant,
                                                         const Digest256& digest, UnixSeconds now) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT account, credential, authenticated_at, expires_at, "
                            "user_verified FROM sessions WHERE digest = ? AND tenant = ? AND "
                            "expires_at >= ?"));
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

Status SqliteStore::delete_session(const TenantId& tenant, const Digest256& digest) {
  return writer_->run(make_job([&](Database& database) -> Result<JobResult> {
    CS_TRY(remove_session(database, tenant, digest));
    return JobResult::done();
  }));
}

}  // namespace countersign
