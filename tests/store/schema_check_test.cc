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
      {"ALTER TABLE accounts ADD COLUMN mine INTEGER", "mine INTEGER"},
      {"ALTER TABLE accounts ADD COLUMN mine INTEGER AS (created_at + 1)", "mine INTEGER AS"},
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
      ::testing::HasSubstr("username TEXT COLLATE NOCASE"));
}

// What SQLite's descriptions of a table do not say, or say in tables that somebody can make.
TEST_F(SchemaChecks, SeeWhatADescriptionLeavesOut) {
  const std::pair<const char*, std::pair<const char*, const char*>> kChanged[] = {
      // Each name is found in another's writing, and the index has the order that it had.
      {"accounts", {"username TEXT,", "username TEXT COLLATE NOCASE,"}},
      {"accounts", {"UNIQUE (tenant, username)", "UNIQUE (tenant, username COLLATE BINARY)"}},
      {"sessions", {"digest BLOB PRIMARY KEY", "digest BLOB PRIMARY KEY ON CONFLICT REPLACE"}},
      {"sessions", {"length(digest) = 32", "length(digest) < 99"}},
      {"sessions", {"REFERENCES accounts (tenant, handle)", "REFERENCES secrets (name, value)"}},
  };
  for (const auto& [table, words] : kChanged) {
    const std::string changed = "UPDATE sqlite_schema SET sql = replace(sql, '" +
                                std::string(words.first) + "', '" + words.second +
                                "') WHERE name = '" + table + "'; ";
    const std::string back = "UPDATE sqlite_schema SET sql = replace(sql, '" +
                             std::string(words.second) + "', '" + words.first +
                             "') WHERE name = '" + table + "'; ";
    EXPECT_THAT(
        difference_after("PRAGMA writable_schema = ON; " + changed +
                         "PRAGMA schema_version = " + std::to_string(next_schema_version())),
        ::testing::HasSubstr(std::string("table ") + table));
    alter_database(path(), "PRAGMA writable_schema = ON; " + back +
                               "PRAGMA schema_version = " + std::to_string(next_schema_version()));
  }
  EXPECT_EQ(difference_after("SELECT 1"), "");
}

// Names are other names in another encoding of the same octets.
TEST_F(SchemaChecks, SeeAnotherEncoding) {
  store_.reset();
  std::filesystem::remove(path());
  std::filesystem::remove(path() + ".key");
  EXPECT_EQ(difference_after("PRAGMA encoding = 'UTF-16le'; CREATE TABLE of_a_tool (a)"),
            "encoding UTF-16le");
}

TEST_F(SchemaChecks, ShowNothingThatMovesATerminal) {
  const std::string difference = difference_after("CREATE INDEX \"zz\x1b[2J\" ON credentials (id)");
  EXPECT_THAT(difference, ::testing::Not(::testing::HasSubstr("\x1b")));
  EXPECT_THAT(difference, ::testing::HasSubstr("[2J"));
}

// Changed while the server runs: nothing is written or read by it.
TEST_F(SchemaChecks, AreMadeAgainWhenTheSchemaChanges) {
  EXPECT_TRUE(store_->check_ready().has_value());
  const auto read = [&] {
    return store_->find_session(TenantId("bank"), Digest256{}, UnixSeconds{1}).has_value();
  };
  EXPECT_TRUE(read());
  alter_database(path(), "CREATE INDEX mine ON credentials (id)");
  EXPECT_FALSE(read());
  EXPECT_EQ(store_->check_ready().error().code, ErrorCode::store_corrupt);
  alter_database(path(), "DROP INDEX mine");
  EXPECT_TRUE(read());
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

// Columns behind the others, and nothing that makes ours something else.
TEST_F(SchemaChecks, PassNothingElseThatTheNextProgramWouldNotAdd) {
  const std::string next =
      "PRAGMA user_version = " + std::to_string(sqlite::kMigrations.size() + 1) + "; ";
  const std::string before = "UPDATE sqlite_schema SET sql = replace(sql, ";
  for (const char* words : {
           "'UNIQUE (tenant, username)', 'UNIQUE (tenant, username, created_at)'",
           "'display_name TEXT NOT NULL', 'display_name TEXT, x TEXT NOT NULL'",
           "'display_name TEXT NOT NULL', 'display_name TEXT NOT NULL, x TEXT /* , y */'",
           "'display_name TEXT NOT NULL', 'x TEXT, display_name TEXT NOT NULL'",
           "'username TEXT', 'username TEXT COLLATE RTRIM'",
       }) {
    const std::string back = std::string(words).substr(std::string(words).find("', '") + 3) + ", " +
                             std::string(words).substr(0, std::string(words).find("', '") + 1);
    EXPECT_NE(difference_after(next + "PRAGMA writable_schema = ON; " + before + words +
                               ") WHERE name = 'accounts'; PRAGMA schema_version = " +
                               std::to_string(next_schema_version())),
              "")
        << words;
    alter_database(path(), "PRAGMA writable_schema = ON; " + before + back +
                               ") WHERE name = 'accounts'; PRAGMA schema_version = " +
                               std::to_string(next_schema_version()));
  }
  EXPECT_EQ(difference_after("ALTER TABLE accounts ADD COLUMN x TEXT NOT NULL DEFAULT 'a'"), "");
}

// SQLite takes an index of its own table where it stands there as a row: what the table says
// counts.
TEST_F(SchemaChecks, ReadTheTableOfTheSchemaAndNoIndexOfIt) {
  EXPECT_NE(difference_after(
                "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT 'index', 'mine', "
                "'sqlite_master', rootpage, 'CREATE INDEX mine ON sqlite_master(tbl_name, type, "
                "name, sql)' FROM sqlite_schema WHERE name = 'credentials_by_account'; "
                "PRAGMA schema_version = " +
                std::to_string(next_schema_version())),
            "");
}

TEST_F(SchemaChecks, RefuseAnOlderNumberAndUniqueIndexesOfTheNext) {
  const auto numbered = [](std::size_t number) {
    return "PRAGMA user_version = " + std::to_string(number) + ";";
  };
  alter_database(path(),
                 "CREATE UNIQUE INDEX mine ON transactions (tenant, id, approvals_needed);" +
                     numbered(sqlite::kMigrations.size() + 1));
  EXPECT_EQ(store_->check_ready().error().code, ErrorCode::store_corrupt);
  alter_database(path(), "DROP INDEX mine; CREATE INDEX mine ON transactions (tenant, id);");
  EXPECT_TRUE(store_->check_ready().has_value());
  alter_database(path(), numbered(sqlite::kMigrations.size() - 1) + "DROP INDEX mine");
  EXPECT_EQ(store_->check_ready().error().code, ErrorCode::store_corrupt);
}

// Whoever asks for a number of the schema that was refused gets it again, and the right schema with
// it: what connections have read meanwhile is what it was.
TEST_F(SchemaChecks, RefuseAgainWhatTheyHaveRefused) {
  const auto swap = [&](const char* from, const char* to, std::int64_t version) {
    alter_database(path(), std::string("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql "
                                       "= replace(sql, '") +
                               from + "', '" + to +
                               "') WHERE name = 'accounts'; PRAGMA schema_version = " +
                               std::to_string(version));
  };
  const char* const right = "username TEXT,";
  const char* const lie = "username TEXT COLLATE NOCASE,";
  const auto read = [&] {
    const auto found = store_->find_account_by_username(TenantId("bank"), "nobody");
    return found.has_value() ? ErrorCode{0} : found.error().code;
  };
  for (const bool has_written : {false, true}) {
    ASSERT_TRUE(store_->check_ready().has_value());
    const std::int64_t version = next_schema_version();
    swap(right, lie, version);
    EXPECT_EQ(read(), ErrorCode::store_corrupt);
    if (has_written) {
      EXPECT_EQ(store_->check_ready().error().code, ErrorCode::store_corrupt);
    }
    swap(lie, right, version);
    EXPECT_EQ(read(), ErrorCode::store_corrupt) << "and whoever operates can see it";
    EXPECT_EQ(store_->check_ready().error().code, ErrorCode::store_corrupt);
    alter_database(path(), "PRAGMA schema_version = " + std::to_string(next_schema_version()));
    EXPECT_EQ(read(), ErrorCode{0});
    EXPECT_TRUE(store_->check_ready().has_value());
  }
}

// A connection that has read another schema under a number than stands under it now, before anybody
// looked.
TEST_F(SchemaChecks, LookAtWhatTheConnectionGoesBy) {
  store_.reset();
  const auto database = std::move(*sqlite::Database::open(path(), sqlite::Database::Mode::writer));
  sqlite::SchemaCheck check = sqlite::SchemaCheck::make().value();
  const std::int64_t version = next_schema_version();
  const auto put = [&](const std::string& condition) {
    alter_database(path(),
                   "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX "
                   "credentials_by_account ON credentials (tenant, account, sequence)" +
                       condition +
                       "' WHERE name = 'credentials_by_account'; PRAGMA "
                       "schema_version = " +
                       std::to_string(version));
  };
  const char* const partial =
      "SELECT count(*) FROM pragma_index_list('credentials') WHERE partial "
      "AND name = 'credentials_by_account'";
  put(" WHERE revoked_at IS NULL");
  EXPECT_EQ(database->pragma(partial).value(), "1");
  put("");
  EXPECT_EQ(database->pragma(partial).value(), "1") << "as it was read";
  ASSERT_TRUE(database->execute("BEGIN IMMEDIATE"));
  EXPECT_TRUE(check.check(*database).has_value());
  EXPECT_EQ(database->pragma(partial).value(), "0");
  EXPECT_TRUE(database->execute("COMMIT"));
}

}  // namespace
}  // namespace countersign::testing
