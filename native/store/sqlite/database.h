#pragma once
// A thin layer over SQLite's C API: connections, prepared statements that are kept, and nothing
// that throws. Every failure is an ErrorCode; SQLite's own message goes to the log, never to a
// caller.

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "base/result.h"

namespace countersign::sqlite {

/// One use of a prepared statement. Parameters are bound from 1; a value that is bound by view must
/// live until the next `reset`. Reset on destruction.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* handle) : database_(database), handle_(handle) {}
  Statement(Statement&& other) noexcept : database_(other.database_), handle_(other.handle_) {
    other.handle_ = nullptr;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind(Bytes blob);
  Statement& bind_null();
  Statement& bind_optional(const std::optional<std::string>& text);
  Statement& bind_optional(const std::optional<std::int64_t>& value);
  Statement& bind_optional(const std::optional<ByteVector>& blob);

  /// True: a row; false: done. Errors: store_unavailable; credential_already_registered stands for
  /// any violated constraint (see `is_constraint`).
  Result<bool> step();
  /// Runs a statement that yields no rows.
  Status run();
  bool is_constraint_violated() const { return is_constraint_violated_; }

  std::int64_t integer(int column) const;
  std::string text(int column) const;
  ByteVector blob(int column) const;
  bool is_null(int column) const;
  std::optional<std::string> optional_text(int column) const;
  std::optional<ByteVector> optional_blob(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* handle_;
  int next_ = 1;
  bool has_bind_failed_ = false;
  bool is_constraint_violated_ = false;
};

class Database {
 public:
  enum class Mode : std::uint8_t { writer, reader };

  /// Opens (a writer creates) and sets WAL, synchronous=FULL, foreign keys, and reads all of them
  /// back. Errors: store_unavailable, store_not_durable.
  static Result<std::unique_ptr<Database>> open(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// The kept statement for that text. `sql` must be a literal: its address is the key. Where the
  /// connection was refused, its error.
  Result<Statement> prepare(const char* sql);
  /// Until it is taken back nothing is prepared: what the file says counts for nothing.
  void refuse(Error error) { refusal_ = error; }
  void allow() { refusal_.reset(); }
  /// Runs one or more statements without parameters and rows.
  Status execute(const char* sql);
  /// Rows that the last statement changed.
  std::int64_t changes() const;
  /// For functions of SQL.
  sqlite3* handle() const { return handle_; }
  /// The number that SQLite gives a schema; whoever writes to the file can set it.
  Result<std::int64_t> schema_version();
  /// What was read of the schema is read again.
  Status forget_schema();
  /// The value of a pragma that yields one.
  Result<std::string> pragma(const char* sql);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
  std::chrono::steady_clock::time_point busy_until_;  // of the lock that is waited for
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  std::optional<Error> refusal_;
};

}  // namespace countersign::sqlite
