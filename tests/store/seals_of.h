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
  ASSERT_TRUE(rows.attach_for_upgrade(*database).has_value());
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
  return database.execute(
      "UPDATE transaction_challenges SET seal = seal_as_it_is(" CHALLENGE_SEALED_COLUMNS ")");
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

/// `change` done to the rows, while that index of the table stays as it was: SQLite finds by it
/// what is not so. `columns`: those of the index. The schema is, word for word, what it was.
inline void keep_index(const std::string& path, const std::string& table, const std::string& index,
                       const std::string& columns, const std::string& change) {
  const std::string both = "('" + index + "', 'sqlite_autoindex_made_1')";
  alter_database(
      path,
      "PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON; BEGIN IMMEDIATE; "
      "CREATE TABLE made (" +
          columns + ", PRIMARY KEY (" + columns +
          ")); "
          "INSERT INTO made (rowid, " +
          columns + ") SELECT rowid, " + columns + " FROM " + table + "; " + change +
          "; CREATE TEMP TABLE roots AS SELECT name AS n, rootpage AS r FROM sqlite_schema WHERE "
          "name IN " +
          both +
          "; UPDATE sqlite_schema SET rootpage = (SELECT r FROM roots WHERE "
          "n <> name) WHERE name IN " +
          both + "; PRAGMA schema_version = " + std::to_string(next_schema_version()) + "; COMMIT");
}
/// "a, b": the columns of a table, in their order.
inline std::string columns_of(const std::string& path, const std::string& table) {
  sqlite3* raw = nullptr;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
  const std::string sql = "SELECT group_concat(name, ', ') FROM pragma_table_info('" + table + "')";
  EXPECT_EQ(sqlite3_prepare_v2(raw, sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  const std::string columns(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
  sqlite3_finalize(statement);
  sqlite3_close(raw);
  return columns;
}
/// The rows of which `condition` is true stand in the table once more, which no index of ours
/// allows. `key`: the columns of its key in `index`; without one the table is WITHOUT ROWID and is
/// its key.
inline void double_rows(const std::string& path, const std::string& table,
                        const std::string& condition, const std::string& index = "",
                        const std::string& key = "") {
  const std::string columns = columns_of(path, table);
  const auto swap = [](const std::string& a, const std::string& b) {
    return "UPDATE sqlite_schema SET rootpage = (SELECT r FROM roots WHERE n = CASE name WHEN '" +
           a + "' THEN '" + b + "' ELSE '" + a + "' END) WHERE name IN ('" + a + "', '" + b +
           "'); ";
  };
  alter_database(
      path,
      "PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON; BEGIN IMMEDIATE; CREATE TABLE made "
      "(" +
          columns + "); INSERT INTO made SELECT * FROM " + table +
          "; INSERT INTO made SELECT * FROM " + table + " WHERE " + condition +
          "; CREATE INDEX made_index ON made (" + (key.empty() ? columns : key) +
          "); CREATE TEMP TABLE roots AS SELECT name AS n, rootpage AS r FROM sqlite_schema; " +
          (key.empty() ? swap(table, "made_index")
                       : swap(table, "made") + swap(index, "made_index")) +
          "PRAGMA schema_version = " + std::to_string(next_schema_version()) + "; COMMIT");
}
/// The indexes of the table are made again, and then `change` is done.
inline void heal_index(const std::string& path, const std::string& table,
                       const std::string& change) {
  alter_database(path, "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE; REINDEX " + table + "; " +
                           change + "; DROP TABLE made; COMMIT");
}
/// That index without the rows of which `hidden` is true; the schema says nothing of it.
inline void hide_in_index(const std::string& path, const std::string& index,
                          const std::string& definition, const std::string& hidden) {
  alter_database(
      path,
      "PRAGMA writable_schema = ON; CREATE TABLE saved AS SELECT sql FROM "
      "sqlite_schema WHERE name = '" +
          index + "'; DROP INDEX " + index + "; CREATE INDEX " + index + " ON " + definition +
          " NOT (" + hidden +
          "); UPDATE sqlite_schema SET sql = (SELECT sql FROM saved) WHERE name = '" + index +
          "'; DROP TABLE saved; PRAGMA schema_version = " + std::to_string(next_schema_version()));
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
