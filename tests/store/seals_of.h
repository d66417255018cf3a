#pragma once
// The seals of an open store, for rows that a test writes as a server does.

#include <gtest/gtest.h>

#include "native/store/key_file.h"
#include "native/store/sqlite/row_seals.h"

namespace countersign::testing {

inline sqlite::Seals seals_of(sqlite::Database& database) {
  Result<sqlite::Statement> file =
      database.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'");
  EXPECT_TRUE(file.has_value() && file->step().value());
  return sqlite::Seals(read_key_file(file->text(0) + ".key").value().value());
}

/// As if a server had written accounts, credentials and revisions as they are.
inline void seal_rows_of(const std::string& path) {
  const auto database = std::move(*sqlite::Database::open(path, sqlite::Database::Mode::writer));
  sqlite::RowSeals rows;
  rows.seals = seals_of(*database);
  ASSERT_TRUE(rows.attach(*database).has_value());
  ASSERT_TRUE(sqlite::seal_rows(*database).has_value());
}

}  // namespace countersign::testing
