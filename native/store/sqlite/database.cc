#include "native/store/sqlite/database.h"

#include <chrono>
#include <thread>

namespace countersign::sqlite {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kBusyPatience(5);

// SQLite keeps no queue: who asks seldom is starved by a server beside it that writes all the
// time. Its own handler asks some sixty times in these seconds, this one at each millisecond. The
// clock ends it: on a busy machine five thousand of such sleeps last for half a minute.
int wait_for_others(void* busy_until, int tries) {
  auto& end = *static_cast<SteadyClock::time_point*>(busy_until);
  if (tries == 0) {
    end = SteadyClock::now() + kBusyPatience;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return SteadyClock::now() < end ? 1 : 0;
}

}  // namespace

Statement::~Statement() {
  if (handle_ != nullptr) {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
  }
}

Statement& Statement::bind(std::int64_t value) {
  has_bind_failed_ |= sqlite3_bind_int64(handle_, next_++, value) != SQLITE_OK;
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  // A null pointer would bind NULL.
  const char* data = text.data() != nullptr ? text.data() : "";
  has_bind_failed_ |= sqlite3_bind_text64(handle_, next_++, data, text.size(), SQLITE_TRANSIENT,
                                          SQLITE_UTF8) != SQLITE_OK;
  return *this;
}

Statement& Statement::bind(Bytes blob) {
  const void* data = blob.data() != nullptr ? static_cast<const void*>(blob.data()) : "";
  has_bind_failed_ |=
      sqlite3_bind_blob64(handle_, next_++, data, blob.size(), SQLITE_TRANSIENT) != SQLITE_OK;
  return *this;
}

Statement& Statement::bind_null() {
  has_bind_failed_ |= sqlite3_bind_null(handle_, next_++) != SQLITE_OK;
  return *this;
}

Statement& Statement::bind_optional(const std::optional<std::string>& text) {
  return text ? bind(std::string_view(*text)) : bind_null();
}

Statement& Statement::bind_optional(const std::optional<std::int64_t>& value) {
  return value ? bind(*value) : bind_null();
}

Statement& Statement::bind_optional(const std::optional<ByteVector>& blob) {
  return blob ? bind(Bytes(*blob)) : bind_null();
}

Result<bool> Statement::step() {
  // One that is not bound would be NULL: a condition that nothing fulfils.
  if (has_bind_failed_ || next_ - 1 != sqlite3_bind_parameter_count(handle_)) {
    return ErrorCode::store_unavailable;
  }
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  is_constraint_violated_ = (code & 0xff) == SQLITE_CONSTRAINT;
  return (code & 0xff) == SQLITE_CORRUPT ? ErrorCode::store_corrupt : ErrorCode::store_unavailable;
}

Status Statement::run() {
  const Result<bool> stepped = step();
  if (!stepped.has_value()) {
    return stepped.error();
  }
  return ok();
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  return data != nullptr ? std::string(data, size) : std::string();
}

ByteVector Statement::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  return data != nullptr ? ByteVector(data, data + size) : ByteVector();
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::optional<std::string> Statement::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional<std::string>(text(column));
}

std::optional<ByteVector> Statement::optional_blob(int column) const {
  return is_null(column) ? std::nullopt : std::optional<ByteVector>(blob(column));
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional<std::int64_t>(integer(column));
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode) {
  sqlite3* handle = nullptr;
  const int flags =
      (mode == Mode::writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE) |
      SQLITE_OPEN_NOMUTEX;  // a connection is used by one thread at a time
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) {
    return ErrorCode::store_unavailable;
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_handler(handle, &wait_for_others, &database->busy_until_);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // Whoever writes to the file writes its schema. A view in a table's place could say one thing to
  // the seal of a row and another to the server, and a trigger change what the server writes.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  // What is bound is never taken as fulfilled because an index says so.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
  // Of several programs that make a file, SQLite turns all but one away from the switch to WAL
  // without asking the busy handler.
  constexpr std::chrono::milliseconds kInterval(10);
  const SteadyClock::time_point end = SteadyClock::now() + kBusyPatience;
  Result<std::string> switched = database->pragma("PRAGMA journal_mode=WAL");
  while (!switched.has_value() && SteadyClock::now() < end) {
    std::this_thread::sleep_for(kInterval);
    switched = database->pragma("PRAGMA journal_mode=WAL");
  }
  CS_ASSIGN(const std::string journal, std::move(switched));
  CS_TRY(database->execute(
      "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"));
  if (mode == Mode::reader) {
    CS_TRY(database->execute("PRAGMA query_only=ON;"));
  }
  // A build or a file system without what was asked for would take the words and lose the data.
  CS_ASSIGN(const std::string synchronous, database->pragma("PRAGMA synchronous"));
  CS_ASSIGN(const std::string foreign_keys, database->pragma("PRAGMA foreign_keys"));
  if (journal != "wal" || synchronous != "2" || foreign_keys != "1") {
    return ErrorCode::store_not_durable;
  }
  return database;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) {
    sqlite3_finalize(statement);
  }
  sqlite3_close(handle_);
}

Result<Statement> Database::prepare(const char* sql) {
  if (refusal_) {
    return *refusal_;
  }
  const auto known = statements_.find(sql);
  if (known != statements_.end()) {
    return Statement(handle_, known->second);
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    return ErrorCode::store_unavailable;
  }
  statements_.emplace(sql, statement);
  return Statement(handle_, statement);
}

Status Database::execute(const char* sql) {
  return sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK
             ? ok()
             : Status(ErrorCode::store_unavailable);
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

Result<std::int64_t> Database::schema_version() {
  CS_ASSIGN(Statement select, prepare("PRAGMA schema_version"));
  CS_ASSIGN(const bool has_row, select.step());
  return has_row ? Result<std::int64_t>(select.integer(0)) : ErrorCode::store_unavailable;
}

Status Database::forget_schema() { return execute("PRAGMA writable_schema=RESET"); }

Result<std::string> Database::pragma(const char* sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle_, sql, -1, &raw, nullptr) != SQLITE_OK) {
    return ErrorCode::store_unavailable;
  }
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, &sqlite3_finalize);
  if (sqlite3_step(raw) != SQLITE_ROW) {
    return ErrorCode::store_unavailable;
  }
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
  return std::string(data != nullptr ? data : "");
}

}  // namespace countersign::sqlite
