// Results of ceremonies: each consumes its challenge in the transaction of its effect.

#include "base/limits.h"
#include "native/store/sqlite/customer_rows.h"
#include "native/store/sqlite/payment_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

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
  CS_ASSIGN(
      Statement update,
      database.prepare("UPDATE ceremonies SET state = ?1, finished_at = ?2, credential = ?3, "
                       "user_handle = coalesce(?4, user_handle), user_verified = ?5, "
                       "error_code = ?6, error_check = ?7, correlation_id = ?8, "
                       "seal = " CEREMONY_RESEALED(
                           "reseal", "?9", "?10",
                           "coalesce(?4, user_handle), ?1, ?2, ?3, ?5, "
                           "?6") " WHERE tenant = ?9 AND id = ?10 AND state = 0 AND expires_at >= "
                                 // One that whoever ends what an account has begun would not find
                                 // is not finished.
                                 "?11 AND (user_handle IS NULL OR EXISTS (SELECT 1 FROM ceremonies "
                                 "l INDEXED BY ceremonies_by_account WHERE l.tenant = ?9 AND "
                                 "l.user_handle = ceremonies.user_handle AND l.state = 0 AND "
                                 "+l.id = ?10))"));
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
                             "authenticated_at, expires_at, user_verified, seal) VALUES (?1, ?2, "
                             "?3, ?4, ?5, ?6, ?7, seal('session', ?2, ?1, ?3, ?4, ?5, ?6, ?7))"));
  insert.bind(Bytes(session.digest)).bind(std::string_view(tenant.value));
  insert.bind(Bytes(session.user_handle.value));
  insert.bind_optional(session.credential_id
                           ? std::optional<ByteVector>(session.credential_id->value)
                           : std::nullopt);
  insert.bind(session.authenticated_at.value).bind(session.expires_at.value);
  insert.bind(std::int64_t{session.is_user_verified ? 1 : 0});
  return insert.run();
}

Result<bool> is_active(Database& database, const TenantId& tenant, const CredentialId& id) {
  CS_ASSIGN(Statement select,
            database.prepare(
                "SELECT 1 FROM credentials WHERE tenant = ?1 AND id = ?2 AND " CREDENTIAL_IS_LIVE(
                    "", "?1", "?2", "account")));
  select.bind(std::string_view(tenant.value)).bind(Bytes(id.value));
  return select.step();
}

Result<std::int64_t> count_credentials(Database& database, const TenantId& tenant,
                                       const UserHandle& account) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT count(*) FROM credentials WHERE tenant = ? AND account = ? "
                             "AND revoked_at IS NULL"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(account.value));
  CS_TRY(select.step());
  return select.integer(0);
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
      CS_TRY(sqlite::insert_account(database, ceremony.tenant, account, inserted));
      break;
  }
  if (inserted == 1) {
    return ok();
  }
  if (ceremony.account_rule == AccountRule::create_or_join) {
    // Only when the account that is there is the very one of this ceremony: the credential was made
    // for its handle.
    CS_ASSIGN(
        Statement select,
        database.prepare("SELECT 1 FROM accounts WHERE tenant = ?1 AND handle = ?2 AND is_sealed("
                         "seal, " ACCOUNT_VALUES("?1", "?2", "username") ")"));
    select.bind(std::string_view(ceremony.tenant.value)).bind(Bytes(account.handle.value));
    CS_ASSIGN(const bool is_same, select.step());
    if (is_same) {
      return ok();
    }
  }
  rejected = Error{ErrorCode::account_exists, Check::account_available, 0};
  return ok();
}

// What a stored credential means for the account: notices, and what a recovery ends.
Status note_registration(Database& database, const Ceremony& ceremony,
                         const StoredCredential& credential,
                         const std::optional<Activation>& activation, UnixSeconds now,
                         std::string_view correlation_id) {
  const CredentialId& id = credential.record.id;
  const UserHandle& account = *credential.record.user_handle;
  const bool is_recovery = activation && activation->purpose == ActivationPurpose::recovery;
  CS_TRY(sqlite::insert_notice(database, ceremony.tenant, account, NoticeKind::credential_added,
                               sqlite::credential_detail(id, credential.recovered_at.has_value()),
                               now));
  if (!is_recovery) {
    return ok();
  }
  if (activation->others == OtherCredentials::revoke) {
    CS_TRY(sqlite::revoke_credentials(database, ceremony.tenant, account, now, id));
  }
  CS_TRY(sqlite::end_sessions(database, ceremony.tenant, account, now));
  CS_TRY(sqlite::refuse_ceremonies(database, ceremony.tenant, account, now, correlation_id));
  return sqlite::insert_notice(database, ceremony.tenant, account, NoticeKind::recovery_done,
                               sqlite::credential_detail(id), now);
}
}  // namespace

Status SqliteStore::refuse_ceremony(const Ceremony& ceremony, UnixSeconds now, Error error,
                                    std::string_view correlation_id,
                                    const std::optional<CredentialId>& counter_of) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
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
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
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
                sqlite::is_signed_in(database, ceremony.tenant, *finished.session_needed,
                                     finished.account.handle, now));
      if (!is_still_signed_in) {
        return instead(ErrorCode::session_required, Check::none);
      }
    }
    CS_ASSIGN(const std::int64_t enrolled,
              count_credentials(database, ceremony.tenant, finished.account.handle));
    if (enrolled >= static_cast<std::int64_t>(limits::kMaxCredentialsPerAccount)) {
      return instead(ErrorCode::credential_limit_reached, Check::none);
    }
    std::optional<Error> rejected;
    CS_TRY(apply_account_rule(database, ceremony, finished.account, rejected));
    if (rejected) {
      return instead(rejected->code, rejected->check);
    }
    if (!finished.credential.record.user_handle) {
      return ErrorCode::store_corrupt;
    }
    std::optional<Activation> activation;
    if (ceremony.activation) {
      CS_ASSIGN(activation,
                sqlite::spend_activation(database, ceremony, finished.credential.record.id, now));
      if (!activation) {
        return instead(ErrorCode::activation_invalid, Check::none);
      }
    }
    // WebAuthn L3 §7.1 step 26: "Verify that the credentialId is not yet registered for any user."
    std::int64_t inserted = 0;
    CS_TRY(sqlite::insert_credential(database, ceremony.tenant, finished, inserted));
    if (inserted != 1) {
      return instead(ErrorCode::credential_already_registered, Check::credential_not_registered);
    }
    if (finished.is_for_payments) {
      CS_TRY(sqlite::insert_payment_credential(database, ceremony.tenant, finished, now));
    }
    CS_TRY(note_registration(database, ceremony, finished.credential, activation, now,
                             correlation_id));
    if (finished.session) {
      CS_TRY(insert_session(database, ceremony.tenant, *finished.session));
    }
    return JobResult::done();
  }));
}

Status SqliteStore::finish_authentication(const Ceremony& ceremony, UnixSeconds now,
                                          const FinishedAuthentication& finished,
                                          std::string_view correlation_id) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
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
      CS_ASSIGN(
          Statement update,
          database.prepare(
              "UPDATE credentials SET sign_count = max(sign_count, ?1), "
              "backed_up = ?2, last_used_at = ?3, verified_at = "
              "CASE WHEN ?8 THEN ?3 ELSE verified_at END, state_seal = "
              "reseal(state_seal, 'credential.state', ?4, ?5, " CREDENTIAL_STATE(
                  "",
                  "NULL") ", max(sign_count, ?1), uv_initialized, ?2, NULL, "
                          "CASE WHEN ?8 THEN ?3 ELSE verified_at END) WHERE "
                          "tenant = ?4 AND id = ?5 AND account = ?6 AND " CREDENTIAL_IS_LIVE(
                              "", "?4", "?5",
                              "?6") " AND (sign_count < ?1 OR (sign_count = 0 AND ?1 = 0) OR ?7)"));
      update.bind(count).bind(std::int64_t{record.is_backed_up ? 1 : 0}).bind(now.value);
      update.bind(std::string_view(ceremony.tenant.value)).bind(Bytes(record.id.value));
      update.bind(Bytes(record.user_handle->value));
      update.bind(std::int64_t{finished.counter == CounterRule::accepted ? 1 : 0});
      update.bind(std::int64_t{finished.is_user_verified ? 1 : 0});
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
      CS_TRY(sqlite::remove_session(database, ceremony.tenant, *finished.session_replaced));
    }
    if (finished.session) {
      CS_TRY(insert_session(database, ceremony.tenant, *finished.session));
    }
    return JobResult::done();
  }));
}

}  // namespace countersign
