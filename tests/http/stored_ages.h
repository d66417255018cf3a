#pragma once
// Passkeys that have been there for a while, for policies that hold new ones back.

#include <gtest/gtest.h>

#include "native/store/key_file.h"
#include "native/store/sqlite/database.h"
#include "native/store/sqlite/row_seals.h"
#include "tests/http/server_process.h"

namespace countersign::testing {

/// All passkeys of the server whose database is in that folder become a day older, sealed with its
/// key as if they had always been.
inline void age_passkeys(const TemporaryFolder& folder) {
  const std::string path = folder.path("countersign.db");
  auto database = sqlite::Database::open(path, sqlite::Database::Mode::writer);
  ASSERT_TRUE(database.has_value());
  const auto key = read_key_file(path + ".key");
  ASSERT_TRUE(key.has_value() && *key) << path;
  sqlite::RowSeals rows;
  rows.seals = sqlite::Seals(**key);
  ASSERT_TRUE(rows.attach(**database));
  ASSERT_TRUE((*database)->execute("UPDATE credentials SET created_at = created_at - 86400"));
  ASSERT_TRUE((*database)->execute(
      "UPDATE credentials SET seal = seal(" CREDENTIAL_SEALED_COLUMNS("") ")"));
}

}  // namespace countersign::testing
