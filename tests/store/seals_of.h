#pragma once
// The seals of an open store, for rows that a test writes as a server does.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <initializer_list>
#include <string>

#include "native/store/key_file.h"
#include "native/store/sqlite/row_seals.h"

namespace countersign::testing {

inline sqlite::Seals seals_of(sqlite::Database& database) {
  Result<sqlite::Statement> file =
      database.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'");
  EXPECT_TRUE(file.has_value() && file->step().value());
  return sqlite::Seals(read_key_file(file->text(0) + ".key").value().value());
}

inline void seal_with_key_of(const std::string& path,
                             std::initializer_list<Status (*)(sqlite::Database&)> seals) {
  const auto database = std::move(*sqlite::Database::open(path, sqlite::Database::Mode::writer));
  sqlite::RowSeals rows;
  rows.seals = seals_of(*database);
  ASSERT_TRUE(rows.attach(*database).has_value());
  for (const auto seal : seals) {
    ASSERT_TRUE(seal(*database).has_value());
  }
}

/// As if a server had written accounts, credentials, revisions and transactions as they are.
inline void seal_rows_of(const std::string& path) {
  seal_with_key_of(path, {&sqlite::seal_rows, &sqlite::seal_transactions});
}
/// Transactions alone.
inline void seal_transactions_of(const std::string& path) {
  seal_with_key_of(path, {&sqlite::seal_transactions});
}

/// Challenges of transactions.
inline Status seal_challenges(sqlite::Database& database) {
  return database.execute("UPDATE transaction_challenges SET seal = seal(" CHALLENGE_SEALED_COLUMNS
                          ")");
}
/// Transactions with their challenges.
inline void seal_approvals_of(const std::string& path) {
  seal_with_key_of(path, {&sqlite::seal_transactions, &seal_challenges});
}

/// A number that no schema of the test has had.
inline std::int64_t next_schema_version() {
  static std::int64_t version = 9000;
  return ++version;
}

/// What a shell on the database does, without its key.
inline void alter_database(const std::string& path, const std::string& sql) {
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
  sqlite3_busy_timeout(raw, 5000);
  EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(raw);
  sqlite3_close(raw);
}

inline std::string take_payment_seals_away() {
  return "ALTER TABLE receipt_logs DROP COLUMN cosigned; "
         "ALTER TABLE transaction_challenges DROP COLUMN seal; "
         "ALTER TABLE payment_credentials DROP COLUMN seal; "
         "ALTER TABLE browser_bound_keys DROP COLUMN seal;";
}
/// SQL after which transactions are as a program of the schema before kSealedTransactionsSchema
/// left them.
inline std::string take_transaction_seals_away() {
  std::string sql = take_payment_seals_away();
  for (const char* index : {"by_amount", "by_payee", "by_account", "erased"}) {
    sql += std::string("DROP INDEX transactions_") + index + ";";
  }
  for (const char* column : {"summary", "amount", "currency", "payee", "payee_account",
                             "finished_key", "seal", "content_seal", "state_seal"}) {
    sql += std::string("ALTER TABLE transactions DROP COLUMN ") + column + ";";
  }
  return sql;
}

}  // namespace countersign::testing
