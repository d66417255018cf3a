#pragma once
// The seals of an open store, for rows that a test writes as a server does.

#include <gtest/gtest.h>

#include "native/store/key_file.h"
#include "native/store/sqlite/seals.h"

namespace countersign::testing {

inline sqlite::Seals seals_of(sqlite::Database& database) {
  Result<sqlite::Statement> file =
      database.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'");
  EXPECT_TRUE(file.has_value() && file->step().value());
  return sqlite::Seals(read_key_file(file->text(0) + ".key").value().value());
}

}  // namespace countersign::testing
