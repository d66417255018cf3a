#pragma once
// Passkeys that have been there for a while, for policies that hold new ones back, and sessions.

#include <gtest/gtest.h>

#include "native/store/sqlite/database.h"
#include "tests/http/server_process.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {

/// All passkeys of the server whose database is in that folder become a day older, sealed with its
/// key as if they had always been.
inline void age_passkeys(const TemporaryFolder& folder) {
  const std::string path = folder.path("countersign.db");
  alter_database(path, "UPDATE credentials SET created_at = created_at - 86400");
  seal_rows_of(path);
}

/// Likewise: all sessions were signed in, and used, so many seconds earlier.
inline void age_sessions(const TemporaryFolder& folder, int seconds) {
  const std::string path = folder.path("countersign.db");
  const std::string earlier = " - " + std::to_string(seconds);
  alter_database(path, "UPDATE sessions SET authenticated_at = authenticated_at" + earlier +
                           ", expires_at = expires_at" + earlier);
  seal_rows_of(path);
}

}  // namespace countersign::testing
