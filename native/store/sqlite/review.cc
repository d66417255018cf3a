// The review of registered credentials against metadata.

#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

#define REVIEWED_COLUMNS "tenant, id, aaguid, aaguid_signed, key_identifier, chain, model_objection"

Result<std::vector<ReviewedCredential>> read_reviewed_rows(Statement& rows) {
  std::vector<ReviewedCredential> credentials;
  while (true) {
    CS_ASSIGN(const bool has_row, rows.step());
    if (!has_row) {
      return credentials;
    }
    Aaguid aaguid{};
    if (!sqlite::copy_exactly(rows.blob(2), aaguid)) {
      return ErrorCode::store_corrupt;
    }
    ReviewedCredential& credential = credentials.emplace_back();
    credential.place = {TenantId(rows.text(0)), CredentialId(rows.blob(1))};
    CS_ASSIGN(credential.registered, sqlite::read_registered_model(rows, 3, aaguid));
    credential.objection = sqlite::error_code_of(rows.optional_integer(6));
  }
}

Status write_change(Database& database, const ReviewChange& change, UnixSeconds now) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE credentials SET model_objection = ?, model_evaluated_at = ?, "
                             "model_marked = 0 WHERE tenant = ? AND id = ?"));
  update.bind_optional(
      change.objection ? std::optional<std::int64_t>(static_cast<std::int64_t>(*change.objection))
                       : std::nullopt);
  update.bind(now.value).bind(std::string_view(change.place.tenant.value));
  update.bind(Bytes(change.place.id.value));
  return update.run();
}

// Whether the state was the one seen.
Result<bool> replace_state(Database& database, const ReviewState& seen, const ReviewState& next) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE model_review SET key = ?, step = ?, cursor_tenant = ?, "
                             "cursor_id = ?, finished = ?, touched_at = ? "
                             "WHERE key = ? AND step = ?"));
  update.bind(Bytes(next.key)).bind(static_cast<std::int64_t>(next.step));
  update.bind_optional(next.cursor ? std::optional<std::string>(next.cursor->tenant.value)
                                   : std::nullopt);
  update.bind_optional(next.cursor ? std::optional<ByteVector>(next.cursor->id.value)
                                   : std::nullopt);
  update.bind(std::int64_t{next.is_finished ? 1 : 0}).bind(next.touched_at.value);
  update.bind(Bytes(seen.key)).bind(static_cast<std::int64_t>(seen.step));
  CS_TRY(update.run());
  return database.changes() == 1;
}

}  // namespace

Result<std::optional<ReviewState>> SqliteStore::read_review() {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT key, step, cursor_tenant, cursor_id, finished, touched_at "
                            "FROM model_review"));
  CS_ASSIGN(const bool has_row, select.step());
  if (!has_row) {
    return std::optional<ReviewState>();
  }
  ReviewState state;
  if (!sqlite::copy_exactly(select.blob(0), state.key)) {
    return ErrorCode::store_corrupt;
  }
  state.step = static_cast<std::uint64_t>(select.integer(1));
  if (std::optional<ByteVector> id = select.optional_blob(3)) {
    state.cursor = CredentialPlace{TenantId(select.text(2)), CredentialId(std::move(*id))};
  }
  state.is_finished = select.integer(4) != 0;
  state.touched_at = UnixSeconds{select.integer(5)};
  return std::optional<ReviewState>(std::move(state));
}

Status SqliteStore::begin_review(const std::optional<ReviewState>& seen, const ReviewState& fresh) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    if (seen) {
      CS_TRY(replace_state(database, *seen, fresh));
      return JobResult::done();
    }
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO model_review (id, key, step, finished, touched_at) "
                               "VALUES (1, ?, ?, 0, ?) ON CONFLICT DO NOTHING"));
    insert.bind(Bytes(fresh.key)).bind(static_cast<std::int64_t>(fresh.step));
    CS_TRY(insert.bind(fresh.touched_at.value).run());
    return JobResult::done();
  }));
}

Result<std::vector<ReviewedCredential>> SqliteStore::list_for_review(
    const std::optional<CredentialPlace>& after, std::size_t limit) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT " REVIEWED_COLUMNS
                                              " FROM credentials WHERE (tenant, id) > (?, ?) AND "
                                              "revoked_at IS NULL ORDER BY tenant, id LIMIT ?"));
  const CredentialPlace from = after.value_or(CredentialPlace());
  select.bind(std::string_view(from.tenant.value)).bind(Bytes(from.id.value));
  select.bind(static_cast<std::int64_t>(limit));
  return read_reviewed_rows(select);
}

Result<std::vector<ReviewedCredential>> SqliteStore::list_marked(std::size_t limit) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT " REVIEWED_COLUMNS
                                              " FROM credentials WHERE model_marked = 1 LIMIT ?"));
  select.bind(static_cast<std::int64_t>(limit));
  return read_reviewed_rows(select);
}

Result<bool> SqliteStore::advance_review(const ReviewState& seen, const ReviewState& next,
                                         std::span<const ReviewChange> changes) {
  bool is_ours = false;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(is_ours, replace_state(database, seen, next));
    if (is_ours) {
      for (const ReviewChange& change : changes) {
        CS_TRY(write_change(database, change, next.touched_at));
      }
    }
    return JobResult::done();
  }));
  CS_TRY(status);
  return is_ours;
}

}  // namespace countersign
