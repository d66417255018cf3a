// Activations: made, tried and spent, each time by a conditional update.

#include "native/store/sqlite/customer_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

#define ACTIVATION_COLUMNS                                                            \
  "id, account, purpose, code, revoke_others, state, tries, created_at, expires_at, " \
  "finished_at, credential"

Result<std::optional<Activation>> read_activation_row(Statement& row) {
  CS_ASSIGN(const bool has_row, row.step());
  if (!has_row) {
    return std::optional<Activation>();
  }
  Activation activation;
  activation.id = ActivationId(row.text(0));
  activation.account = UserHandle(row.blob(1));
  activation.purpose = static_cast<ActivationPurpose>(row.integer(2));
  if (!sqlite::copy_exactly(row.blob(3), activation.code)) {
    return ErrorCode::store_corrupt;
  }
  activation.others = static_cast<OtherCredentials>(row.integer(4));
  activation.state = static_cast<ActivationState>(row.integer(5));
  activation.tries = row.integer(6);
  activation.created_at = UnixSeconds{row.integer(7)};
  activation.expires_at = UnixSeconds{row.integer(8)};
  activation.finished_at = sqlite::time_of(row.optional_integer(9));
  if (std::optional<ByteVector> credential = row.optional_blob(10)) {
    activation.credential_id = CredentialId(std::move(*credential));
  }
  return std::optional<Activation>(std::move(activation));
}

Result<std::optional<Activation>> read_activation(Database& database, const TenantId& tenant,
                                                  const ActivationId& id) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT " ACTIVATION_COLUMNS
                             " FROM activations WHERE tenant = ?1 AND id = ?2 AND is_sealed("
                             "seal, " ACTIVATION_VALUES("?1", "?2", "account", "purpose") ")"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
  return read_activation_row(select);
}

// Revoked ones count: an account that had a credential comes back by a recovery.
Result<bool> had_credential(Database& database, const TenantId& tenant, const UserHandle& account) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT 1 FROM credentials WHERE tenant = ? AND account = ? LIMIT 1"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  return select.step();
}

Status check_limits(Database& database, const TenantId& tenant, const Activation& activation) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT count(*) FILTER (WHERE created_at > ?1 AND state <> 1), "
                             "count(*) FILTER (WHERE state = 2) FROM activations WHERE "
                             "tenant = ?2 AND account = ?3 AND created_at > ?4"));
  select.bind(activation.created_at.value - kActivationSeconds);
  select.bind(std::string_view(tenant.value)).bind(Bytes(activation.account.value));
  select.bind(activation.created_at.value - kActivationBlockSeconds);
  CS_TRY(select.step());
  if (select.integer(1) >= kMaxBlockedActivations) {
    return ErrorCode::account_blocked;
  }
  return select.integer(0) >= kMaxActivations ? Status(ErrorCode::activation_limit_reached) : ok();
}

std::string activation_detail(const Activation& activation) {
  JsonWriter json;
  json.begin_object();
  json.member("activation").string(activation.id.value);
  json.member("purpose").string(activation_purpose_name(activation.purpose));
  json.end_object();
  return std::move(json).take();
}

}  // namespace

namespace sqlite {

Result<std::int64_t> cancel_activations(Database& database, const TenantId& tenant,
                                        const UserHandle& account, UnixSeconds now) {
  CS_ASSIGN(Statement cancel,
            database.prepare("UPDATE activations SET state = 3, finished_at = ? WHERE tenant = ? "
                             "AND account = ? AND state = 0"));
  cancel.bind(now.value).bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  CS_TRY(cancel.run());
  return database.changes();
}

Result<std::optional<Activation>> spend_activation(Database& database, const Ceremony& ceremony,
                                                   const CredentialId& credential,
                                                   UnixSeconds now) {
  if (!ceremony.activation || !ceremony.user_handle) {
    return std::optional<Activation>();
  }
  const UserHandle& account = *ceremony.user_handle;
  if (ceremony.activation->purpose == ActivationPurpose::first) {
    CS_ASSIGN(const bool had_one, had_credential(database, ceremony.tenant, account));
    if (had_one) {
      return std::optional<Activation>();
    }
  }
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE activations SET state = 1, finished_at = ?1, credential = ?2 "
                             "WHERE tenant = ?3 AND id = ?4 AND account = ?5 AND purpose = ?6 AND "
                             "state = 0 AND expires_at >= ?1 AND is_sealed("
                             "seal, " ACTIVATION_VALUES("?3", "?4", "?5", "?6") ")"));
  update.bind(now.value).bind(Bytes(credential.value));
  update.bind(std::string_view(ceremony.tenant.value));
  update.bind(std::string_view(ceremony.activation->id.value)).bind(Bytes(account.value));
  update.bind(static_cast<std::int64_t>(ceremony.activation->purpose));
  CS_TRY(update.run());
  if (database.changes() != 1) {
    return std::optional<Activation>();
  }
  return read_activation(database, ceremony.tenant, ceremony.activation->id);
}

}  // namespace sqlite

Status SqliteStore::create_activation(const TenantId& tenant, const Activation& activation,
                                      const std::optional<Account>& account,
                                      const std::optional<IdempotentAnswer>& answer) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    const UnixSeconds now = activation.created_at;
    if (answer) {
      CS_ASSIGN(const bool is_new, sqlite::insert_answer(database, seals_, tenant, *answer, now));
      if (!is_new) {
        return ErrorCode::idempotency_key_reused;
      }
    }
    if (account) {
      std::int64_t inserted = 0;
      CS_TRY(sqlite::insert_account(database, tenant, *account, inserted));
      if (inserted != 1) {
        return ErrorCode::account_exists;
      }
    }
    CS_ASSIGN(const bool had_one, had_credential(database, tenant, activation.account));
    const bool is_recovery = activation.purpose == ActivationPurpose::recovery;
    if (had_one != is_recovery) {
      return is_recovery ? ErrorCode::recovery_not_possible : ErrorCode::account_exists;
    }
    CS_TRY(check_limits(database, tenant, activation));
    CS_TRY(sqlite::cancel_activations(database, tenant, activation.account, now));
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO activations (tenant, id, account, purpose, code, "
                               "revoke_others, created_at, expires_at, seal) VALUES (?1, ?2, ?3, "
                               "?4, ?5, ?6, ?7, ?8, seal('activation', ?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                               "?8))"));
    insert.bind(std::string_view(tenant.value)).bind(std::string_view(activation.id.value));
    insert.bind(Bytes(activation.account.value));
    insert.bind(static_cast<std::int64_t>(activation.purpose)).bind(Bytes(activation.code));
    insert.bind(static_cast<std::int64_t>(activation.others)).bind(activation.created_at.value);
    insert.bind(activation.expires_at.value);
    CS_TRY(insert.run());
    if (is_recovery) {
      CS_TRY(sqlite::end_sessions(database, tenant, activation.account, now));
      CS_TRY(sqlite::refuse_ceremonies(database, tenant, activation.account, now, {}));
      CS_TRY(sqlite::insert_notice(database, tenant, activation.account, NoticeKind::recovery_begun,
                                   activation_detail(activation), now));
    }
    CS_TRY(sqlite::insert_notice(database, tenant, activation.account,
                                 NoticeKind::activation_created, activation_detail(activation),
                                 now));
    return JobResult::done();
  }));
}

Result<std::optional<Activation>> SqliteStore::find_activation(const TenantId& tenant,
                                                               const ActivationId& id) {
  const Reader reader(*this);
  return read_activation(*reader, tenant, id);
}

Result<Activation> SqliteStore::try_activation(const TenantId& tenant, const ActivationId& id,
                                               const Digest256& code, UnixSeconds now) {
  std::optional<Activation> found;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    // Something to write for every answer: a try that changes nothing would not wait for the disk.
    CS_ASSIGN(Statement beat, database.prepare("UPDATE heartbeat SET beats = beats + 1"));
    CS_TRY(beat.run());
    CS_ASSIGN(found, read_activation(database, tenant, id));
    const bool is_open = found && found->state == ActivationState::open && found->expires_at >= now;
    const bool is_right = constant_time_equal(found ? found->code : Digest256(), code);
    if (is_open && is_right) {
      return JobResult::done();
    }
    if (is_open) {
      const bool is_last = found->tries + 1 >= kMaxActivationTries;
      CS_ASSIGN(Statement count,
                database.prepare("UPDATE activations SET tries = tries + 1, state = ?, "
                                 "finished_at = ? WHERE tenant = ? AND id = ?"));
      count.bind(std::int64_t{is_last ? 2 : 0});
      count.bind_optional(is_last ? std::optional<std::int64_t>(now.value) : std::nullopt);
      count.bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
      CS_TRY(count.run());
      if (is_last) {
        CS_TRY(sqlite::insert_notice(database, tenant, found->account,
                                     NoticeKind::activation_blocked, activation_detail(*found),
                                     now));
      }
    }
    return JobResult::kept(Error{ErrorCode::activation_invalid, Check::none, 0});
  }));
  if (!status.has_value()) {
    return status.error();
  }
  return std::move(*found);
}

}  // namespace countersign
