#include "native/store/sqlite/schema_check.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "native/store/sqlite/schema.h"
#include "tests/store/seals_of.h"
#include "tests/store/transaction_fixture.h"

namespace countersign::testing {
namespace {

class SchemaChecks : public ::testing::Test {
 protected:
  SchemaChecks() { open(); }
  void open() { store_ = std::move(*SqliteStore::open(path(), random_)); }
  std::string path() { return folder_.path("s.db"); }
  // What a start says after `sql`.
  std::string difference_after(const std::string& sql) {
    store_.reset();
    alter_database(path(), sql);
    std::string difference;
    const auto opened = SqliteStore::open(path(), random_, "", &difference);
    EXPECT_EQ(opened.has_value(), difference.empty());
    if (!opened.has_value()) {
      EXPECT_EQ(opened.error().code, ErrorCode::store_corrupt) << sql;
    }
    return difference;
  }

  TemporaryFolder folder_;
  SystemRandom random_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SchemaChecks, PassWhatTheProgramMakes) {
  EXPECT_EQ(difference_after("SELECT 1"), "");
  open();
  EXPECT_TRUE(store_->check_ready().has_value());
}

TEST_F(SchemaChecks, PassWhatBelongsToOthers) {
  EXPECT_EQ(
      difference_after("CREATE TABLE of_a_tool (a INTEGER PRIMARY KEY); CREATE INDEX of_it ON "
                       "of_a_tool (a); ANALYZE; VACUUM"),
      "");
}

TEST_F(SchemaChecks, NameWhatWasAdded) {
  const std::pair<const char*, const char*> kAdded[] = {
      {"CREATE INDEX mine ON credentials (id) WHERE revoked_at IS NULL",
       "index mine on credentials"},
      {"CREATE TRIGGER mine AFTER INSERT ON sessions BEGIN SELECT 1; END",
       "trigger mine on sessions"},
      {"ALTER TABLE accounts ADD COLUMN mine INTEGER", "column accounts.mine INTEGER"},
      {"ALTER TABLE accounts ADD COLUMN mine INTEGER AS (created_at + 1)", "column accounts.mine"},
  };
  for (const auto& [sql, difference] : kAdded) {
    EXPECT_THAT(difference_after(sql), ::testing::HasSubstr(difference));
    std::filesystem::remove(path());
    std::filesystem::remove(path() + ".key");
    for (const char* mark : {".sealed", ".sealed-transactions", ".sealed-payments"}) {
      std::filesystem::remove(path() + ".key" + mark);
    }
    open();
  }
}

// SQLite's names have no case, and a number of the next schema does not switch the check off.
TEST_F(SchemaChecks, AreNotEvaded) {
  const std::string partial = "CREATE INDEX mine ON credentials (id) WHERE revoked_at IS NULL; ";
  EXPECT_THAT(difference_after(partial + "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET "
                                         "tbl_name = 'CREDENTIALS' WHERE name = 'mine'; PRAGMA "
                                         "schema_version = 9000"),
              ::testing::HasSubstr("index mine"));
  EXPECT_THAT(difference_after("DROP INDEX mine; " + partial + "PRAGMA user_version = " +
                               std::to_string(sqlite::kMigrations.size() + 1)),
              ::testing::HasSubstr("index mine"));
}

TEST_F(SchemaChecks, NameWhatIsMissing) {
  EXPECT_THAT(difference_after("DROP INDEX credentials_by_account"),
              ::testing::HasSubstr("index credentials_by_account on credentials"));
}

TEST_F(SchemaChecks, SeeAnotherTableUnderTheName) {
  EXPECT_THAT(
      difference_after("PRAGMA foreign_keys = OFF; CREATE TABLE made AS SELECT * FROM sessions; "
                       "DROP TABLE sessions; ALTER TABLE made RENAME TO sessions"),
      ::testing::HasSubstr("sessions"));
}

TEST_F(SchemaChecks, SeeAnotherOrderOfNames) {
  EXPECT_THAT(
      difference_after("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, "
                       "'username TEXT', 'username TEXT COLLATE NOCASE') WHERE name = 'accounts'; "
                       "PRAGMA schema_version = 9000"),
      ::testing::HasSubstr("username BINARY"));
}

TEST_F(SchemaChecks, ShowNothingThatMovesATerminal) {
  const std::string difference = difference_after("CREATE INDEX \"zz\x1b[2J\" ON credentials (id)");
  EXPECT_THAT(difference, ::testing::Not(::testing::HasSubstr("\x1b")));
  EXPECT_THAT(difference, ::testing::HasSubstr("[2J"));
}

// Changed while the server runs: what is written next is refused, and reads are as they were.
TEST_F(SchemaChecks, AreMadeAgainWhenTheSchemaChanges) {
  EXPECT_TRUE(store_->check_ready().has_value());
  alter_database(path(), "CREATE INDEX mine ON credentials (id)");
  EXPECT_EQ(store_->check_ready().error().code, ErrorCode::store_corrupt);
  alter_database(path(), "DROP INDEX mine");
  EXPECT_TRUE(store_->check_ready().has_value());
}

// The server beside it is one schema newer: what that adds is its own.
TEST_F(SchemaChecks, PassWhatTheNextProgramAdds) {
  alter_database(path(), "ALTER TABLE accounts ADD COLUMN next INTEGER; PRAGMA user_version = " +
                             std::to_string(sqlite::kMigrations.size() + 1));
  EXPECT_TRUE(store_->check_ready().has_value());
  alter_database(path(), "DROP INDEX credentials_by_account");
  EXPECT_EQ(store_->check_ready().error().code, ErrorCode::store_corrupt);
}

}  // namespace
}  // namespace countersign::testing
