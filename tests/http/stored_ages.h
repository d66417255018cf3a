#pragma once
// Passkeys that have been there for a while, for policies that hold new ones back.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/http/server_process.h"

namespace countersign::testing {

/// All passkeys of the server whose database is in that folder become a day older.
inline void age_passkeys(const TemporaryFolder& folder) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(folder.path("countersign.db").c_str(), &database), SQLITE_OK);
  sqlite3_busy_timeout(database, 5000);
  EXPECT_EQ(sqlite3_exec(database, "UPDATE credentials SET created_at = created_at - 86400",
                         nullptr, nullptr, nullptr),
            SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

}  // namespace countersign::testing
