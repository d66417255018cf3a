// Somebody who writes to the database, without the key that is not in it: whose passkeys and names
// he can make his own. None.

#include <gmock/gmock.h>

#include <filesystem>

#include "native/store/sqlite/schema.h"
#include "tests/store/seals_of.h"
#include "tests/store/transaction_fixture.h"

namespace countersign::testing {
namespace {

class CustomerAttacks : public TransactionTest {
 protected:
  CustomerAttacks() { listen(); }
  void listen() {
    store_->tell_unsealed([this](std::string_view kind, std::string_view tenant, Bytes key) {
      told_.push_back(std::string(kind) + " " + std::string(tenant) + " " + to_hex(key));
    });
  }
  void reopen() {
    store_.reset();
    store_ = std::move(*SqliteStore::open(folder_.path("s.db"), random_));
    listen();
  }
  CredentialId key_of(const std::string& name) { return CredentialId(keys_[name].id); }
  // With `set` done to the row of ada's passkey.
  void change(const std::string& set) {
    alter("UPDATE credentials SET " + set + " WHERE id = " + blob(key_of("ada").value));
  }
  bool is_known(const std::string& name = "ada") {
    const auto found = store_->find_credential(tenant_.id, key_of(name));
    const auto listed = store_->list_credentials(tenant_.id, handle_of(name));
    EXPECT_EQ(code_of(found), code_of(listed));
    const bool is_found = found.has_value() && found->has_value();
    EXPECT_EQ(is_found, listed.has_value() && !listed->empty());
    return is_found;
  }
  bool has_account(const std::string& name) {
    const bool by_name = store_->find_account_by_username(tenant_.id, name).value().has_value();
    const bool by_handle = store_->find_account(tenant_.id, handle_of(name)).value().has_value();
    EXPECT_EQ(by_name, by_handle);
    return by_name;
  }
  void save(const std::string& table) {
    alter("DROP TABLE IF EXISTS saved; CREATE TABLE saved AS SELECT * FROM " + table);
  }
  void put_back(const std::string& table) {
    alter("PRAGMA foreign_keys = OFF; DELETE FROM " + table + "; INSERT INTO " + table +
          " SELECT * FROM saved");
  }
  ErrorCode open_refusal() {
    const auto opened = SqliteStore::open(folder_.path("s.db"), random_);
    return opened.has_value() ? kDone : opened.error().code;
  }
  // As the program of the schema before left it.
  void take_seals_away() {
    store_.reset();
    alter(take_transaction_seals_away() +
          "ALTER TABLE accounts DROP COLUMN seal; ALTER TABLE credentials DROP COLUMN seal; "
          "ALTER TABLE credentials DROP COLUMN state_seal; "
          "ALTER TABLE policy_revisions DROP COLUMN seal; "
          "ALTER TABLE policy_revisions DROP COLUMN acknowledged; ALTER TABLE ceremonies DROP "
          "COLUMN seal; "
          "ALTER TABLE sessions DROP COLUMN seal; ALTER TABLE activations DROP COLUMN seal; PRAGMA "
          "user_version = " +
          std::to_string(sqlite::kSealedRowsSchema - 1));
  }

  Ceremony registration() {
    Ceremony ceremony;
    ceremony.kind = CeremonyKind::registration;
    ceremony.id = CeremonyId("registration");
    ceremony.tenant = tenant_.id;
    ceremony.challenge = seeded_bytes("registration", 32);
    ceremony.created_at = clock_.time;
    ceremony.expires_at = after(300);
    ceremony.user_handle = handle_of("bob");
    return ceremony;
  }

  std::vector<std::string> told_;
};

TEST_F(CustomerAttacks, AnyColumnOfAPasskeyThatCounts) {
  ASSERT_TRUE(is_known());
  save("credentials");
  for (const std::string& set : {
           "public_key = " + blob(keys_["bob"].cose_key),
           "account = " + blob(handle_of("bob").value),
           std::string("tenant = 'other'"),
           std::string("id = x'00'"),
           std::string("backup_eligible = 1 - backup_eligible"),
           std::string("aaguid = x'11111111111111111111111111111111'"),
           std::string("algorithm = -8"),
           std::string("attestation_format = 'packed'"),
           std::string("attestation_type = 'basic'"),
           std::string("attestation_trust = 'trusted'"),
           std::string("created_at = created_at - 1"),
           std::string("aaguid_signed = 1"),
           std::string("key_identifier = x'00'"),
           std::string("chain = zeroblob(32)"),
           std::string("model_known = 1"),
           std::string("model_proved = 1"),
           std::string("model_description = 'A'"),
           std::string("model_certification = 'FIDO_CERTIFIED_L3'"),
           std::string("model_statuses = 'FIDO_CERTIFIED_L3'"),
           std::string("recovered_at = 1"),
           std::string("attestation_conveyance = 2"),
           std::string("discoverable = 1"),
           std::string("sign_count = 0"),
           std::string("uv_initialized = 0"),
           std::string("backed_up = 1"),
           std::string("verified_at = 1"),
           std::string("revoked_at = NULL, verified_at = 7"),
           std::string("seal = NULL"),
           std::string("state_seal = NULL"),
           std::string("seal = state_seal"),
           std::string("state_seal = seal"),
       }) {
    alter("PRAGMA foreign_keys = OFF; UPDATE credentials SET " + set +
          " WHERE id = " + blob(key_of("ada").value));
    EXPECT_FALSE(is_known()) << set;
    put_back("credentials");
    EXPECT_TRUE(is_known()) << set;
  }
  for (const char* set : {"name = 'x'", "transports = 'usb'", "last_used_at = 1",
                          "counter_refused_at = 1", "model_objection = NULL"}) {
    change(set);
    EXPECT_TRUE(is_known()) << set;
  }
  EXPECT_TRUE(is_known("bob"));
}

TEST_F(CustomerAttacks, APasskeyOfHisOwnIsNobodys) {
  RegistrationOptions options;
  options.credential_id = seeded_bytes("thief", 32);
  options.user_handle = handle_of("ada").value;
  options.key = TestKey::make(KeyKind::p256, "thief");
  keys_["thief"] = make_registration(options).credential;

  alter("CREATE TEMP TABLE t AS SELECT * FROM credentials; UPDATE t SET id = " +
        blob(keys_["thief"].id) + ", public_key = " + blob(keys_["thief"].cose_key) +
        ", sequence = 9 WHERE id = " + blob(key_of("ada").value) +
        "; INSERT INTO credentials SELECT * FROM t WHERE id = " + blob(keys_["thief"].id));
  EXPECT_FALSE(store_->find_credential(tenant_.id, key_of("thief")).value().has_value());
  EXPECT_EQ(store_->list_credentials(tenant_.id, handle_of("ada")).value().size(), 1U);
  const Begun begun = create();
  ASSERT_EQ(begun.error, kDone);
  EXPECT_EQ(begun.answer["options"]["allowCredentials"].size(), 1U);
  EXPECT_NE(approve(begun, "thief"), kDone);
  told_.clear();
  EXPECT_FALSE(store_->find_credential(tenant_.id, key_of("thief")).value().has_value());
  EXPECT_EQ(told_, std::vector<std::string>{"credential bank " + to_hex(keys_["thief"].id)});
  EXPECT_EQ(approve(begun), kDone) << "the customer's own still does";
}

// Whatever was read before, the row is looked at again in the commit.
TEST_F(CustomerAttacks, ARowThatChangedBeforeTheCommit) {
  const StoredCredential seen = store_->find_credential(tenant_.id, key_of("ada")).value().value();
  Ceremony ceremony;
  ceremony.kind = CeremonyKind::authentication;
  ceremony.id = CeremonyId("sign-in");
  ceremony.tenant = tenant_.id;
  ceremony.challenge = seeded_bytes("sign-in", 32);
  ceremony.created_at = clock_.time;
  ceremony.expires_at = after(300);
  FinishedAuthentication finished;
  finished.record = seen.record;
  finished.record.sign_count += 1;
  finished.is_user_verified = true;
  ASSERT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
  change("sign_count = 0");
  EXPECT_EQ(store_->finish_authentication(ceremony, clock_.time, finished, "c").error().code,
            ErrorCode::credential_unknown);
  change("sign_count = 1");
  ceremony.id = CeremonyId("another");
  ceremony.challenge = seeded_bytes("another", 32);
  ASSERT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
  EXPECT_TRUE(store_->finish_authentication(ceremony, clock_.time, finished, "c").has_value());
  EXPECT_TRUE(is_known()) << "and its new state is sealed";
  EXPECT_EQ(store_->find_last_verification(tenant_.id, handle_of("ada")).value(), clock_.time);
}

TEST_F(CustomerAttacks, ARevokedPasskeyStaysRevoked) {
  ASSERT_TRUE(store_
                  ->revoke_credential(tenant_.id, handle_of("ada"), key_of("ada"), clock_.time,
                                      std::nullopt)
                  .has_value());
  change("revoked_at = NULL");
  EXPECT_FALSE(is_known());
  ASSERT_TRUE(store_->revoke_all(tenant_.id, handle_of("bob"), clock_.time, "c").has_value());
  alter("UPDATE credentials SET revoked_at = NULL");
  EXPECT_FALSE(is_known("bob"));
  // Revoked again, whoever had written it.
  EXPECT_TRUE(store_
                  ->revoke_credential(tenant_.id, handle_of("ada"), key_of("ada"), clock_.time,
                                      std::nullopt)
                  .has_value());
  change("revoked_at = NULL");
  EXPECT_FALSE(is_known());
}

// An index that claims to be of what is not revoked and holds what is: SQLite does not ask the row.
TEST_F(CustomerAttacks, AnIndexThatLies) {
  ASSERT_TRUE(store_
                  ->revoke_credential(tenant_.id, handle_of("ada"), key_of("ada"), clock_.time,
                                      std::nullopt)
                  .has_value());
  EXPECT_FALSE(is_known());
  alter(
      "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; PRAGMA writable_schema = ON; "
      "BEGIN; CREATE TABLE made AS SELECT * FROM credentials; DROP TABLE credentials; "
      "ALTER TABLE made RENAME TO credentials; "
      "CREATE INDEX by_id ON credentials (tenant, id); "
      "CREATE INDEX credentials_by_account ON credentials (tenant, account, sequence); "
      "UPDATE sqlite_schema SET sql = sql || ' WHERE revoked_at IS NULL' WHERE name = "
      "'by_id'; PRAGMA schema_version = 9000; COMMIT");
  // It does lie: without its own look at the column SQLite finds the passkey.
  {
    sqlite3* raw = nullptr;
    sqlite3_stmt* row = nullptr;
    ASSERT_EQ(sqlite3_open(folder_.path("s.db").c_str(), &raw), SQLITE_OK);
    ASSERT_EQ(
        sqlite3_prepare_v2(raw,
                           ("SELECT revoked_at FROM credentials WHERE tenant = 'bank' AND id = " +
                            blob(key_of("ada").value) + " AND revoked_at IS NULL")
                               .c_str(),
                           -1, &row, nullptr),
        SQLITE_OK);
    EXPECT_EQ(sqlite3_step(row), SQLITE_ROW);
    EXPECT_EQ(sqlite3_column_type(row, 0), SQLITE_INTEGER);
    sqlite3_finalize(row);
    sqlite3_close(raw);
  }
  EXPECT_FALSE(is_known());
  EXPECT_FALSE(is_known("bob")) << "nothing is read by such a schema";
  EXPECT_EQ(store_->check_ready().error().code, ErrorCode::store_corrupt);
  store_.reset();
  EXPECT_EQ(open_refusal(), ErrorCode::store_corrupt);
}

// An index that says that it has every row and lacks one: what no list has is not signed in with.
TEST_F(CustomerAttacks, APasskeyThatNoListHas) {
  alter(
      "PRAGMA writable_schema = ON; "
      "CREATE TABLE saved AS SELECT sql FROM sqlite_schema WHERE name = 'credentials_by_account'; "
      "DROP INDEX credentials_by_account; CREATE INDEX credentials_by_account ON credentials "
      "(tenant, account, sequence) WHERE id <> " +
      blob(key_of("ada").value) +
      "; UPDATE sqlite_schema SET sql = (SELECT sql FROM saved) WHERE name = "
      "'credentials_by_account'; DROP TABLE saved; PRAGMA schema_version = 9000");
  EXPECT_TRUE(store_->check_ready().has_value()) << "the schema says nothing of it";
  EXPECT_FALSE(is_known());
  EXPECT_TRUE(is_known("bob"));
}

// Of two copies of a row lists, and so whoever revokes all, see the one, and a key may find the
// other.
TEST_F(CustomerAttacks, APasskeyThatIsThereTwice) {
  for (const char* name : {"ada", "bob"}) {
    for (int i = 0; i < (std::string(name) == "ada" ? 1 : 3); ++i) {
      double_rows(folder_.path("s.db"), "credentials", "id = " + blob(key_of(name).value));
      alter("DROP TABLE made");
    }
    EXPECT_TRUE(store_->check_ready().has_value()) << "the schema says nothing of it";
    // Nobody says that it is revoked, alone or with all others, while one of them still signs.
    const Status alone = store_->revoke_credential(tenant_.id, handle_of(name), key_of(name),
                                                   clock_.time, std::nullopt);
    if (!alone.has_value()) {
      EXPECT_EQ(alone.error().code, ErrorCode::store_corrupt);
      const auto all = store_->revoke_all(tenant_.id, handle_of(name), clock_.time, "c");
      EXPECT_EQ(code_of(all), ErrorCode::store_corrupt);
    } else {
      EXPECT_FALSE(is_known(name)) << name;
    }
  }
}

// Nor is a session one that whoever ends all of them has not found.
TEST_F(CustomerAttacks, ASessionThatNoListHas) {
  const auto is_signed_in = [&](const std::string& name) {
    return store_->find_session(tenant_.id, session_of(name), clock_.time)->has_value();
  };
  const auto renames = [&](const std::string& name) {
    return store_->rename_credential(tenant_.id, handle_of(name), key_of(name), "n", clock_.time,
                                     session_of(name));
  };
  ASSERT_TRUE(is_signed_in("ada"));
  ASSERT_TRUE(is_signed_in("bob"));
  hide_in_index(folder_.path("s.db"), "sessions_by_account", "sessions (tenant, account) WHERE",
                "account = " + blob(handle_of("ada").value));
  EXPECT_TRUE(store_->check_ready().has_value()) << "the schema says nothing of it";
  const auto revoked = store_->revoke_all(tenant_.id, handle_of("ada"), clock_.time, "c");
  ASSERT_TRUE(revoked.has_value());
  EXPECT_EQ(revoked->sessions, 0);
  EXPECT_FALSE(is_signed_in("ada"));
  EXPECT_EQ(code_of(renames("ada")), ErrorCode::session_required);
  EXPECT_TRUE(is_signed_in("bob"));
  EXPECT_EQ(code_of(renames("bob")), kDone);
}

// Nor is a ceremony finished that whoever refuses all of an account would not have found.
TEST_F(CustomerAttacks, ACeremonyThatNoListHas) {
  FinishedRegistration finished;
  finished.account = Account{handle_of("bob"), "bob", "bob", clock_.time};
  finished.credential.record.id = CredentialId(seeded_bytes("another", 32));
  finished.credential.record.user_handle = handle_of("bob");
  finished.credential.record.public_key = keys_["bob"].cose_key;
  Ceremony ceremony = registration();
  ASSERT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
  hide_in_index(folder_.path("s.db"), "ceremonies_by_account",
                "ceremonies (tenant, user_handle) WHERE state = 0 AND",
                "user_handle = " + blob(handle_of("bob").value));
  EXPECT_TRUE(store_->check_ready().has_value()) << "the schema says nothing of it";
  EXPECT_EQ(store_->revoke_all(tenant_.id, handle_of("bob"), clock_.time, "c")->ceremonies, 0);
  EXPECT_EQ(code_of(store_->finish_registration(ceremony, clock_.time, finished, "c")),
            ErrorCode::ceremony_consumed);
  alter("REINDEX ceremonies_by_account");
  ceremony.id = CeremonyId("again");
  ceremony.challenge = seeded_bytes("again", 32);
  ASSERT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
  EXPECT_EQ(code_of(store_->finish_registration(ceremony, clock_.time, finished, "c")), kDone);
}

// Whoever ends what an account has begun seals nothing of somebody else's making.
TEST_F(CustomerAttacks, ACeremonyThatEndsIsSealedWhereItWas) {
  const Ceremony ceremony = registration();
  ASSERT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
  alter("UPDATE ceremonies SET username = 'x' WHERE id = 'registration'");
  EXPECT_EQ(store_->revoke_all(tenant_.id, handle_of("bob"), clock_.time, "c")->ceremonies, 1);
  alter("UPDATE ceremonies SET seal = zeroblob(32) WHERE seal IS NULL");
  EXPECT_FALSE(
      store_->find_ceremony(tenant_.id, CeremonyKind::registration, ceremony.id)->has_value());
}

// The functions that seal ask for a row by what is bound: its columns may be those of an index.
TEST_F(CustomerAttacks, AKeyThatIsAColumnSealsNothing) {
  const auto database =
      std::move(*sqlite::Database::open(folder_.path("s.db"), sqlite::Database::Mode::writer));
  sqlite::RowSeals rows;
  rows.seals = seals_of(*database);
  ASSERT_TRUE(rows.attach(*database).has_value());
  const char* const kTaken[] = {
      "UPDATE accounts SET seal = seal('account', ?1, ?2, username, display_name, created_at) "
      "WHERE tenant = ?1 AND handle = ?2",
      "UPDATE accounts SET seal = reseal(seal, 'account', ?1, ?2, username, display_name, "
      "created_at, username, display_name, created_at) WHERE tenant = ?1 AND handle = ?2",
      "SELECT is_sealed(seal, 'account', ?1, ?2, username, display_name, created_at) FROM accounts "
      "WHERE tenant = ?1 AND handle = ?2",
  };
  const char* const kRefused[] = {
      "UPDATE accounts SET seal = seal('account', tenant, ?2, username, display_name, created_at) "
      "WHERE tenant = ?1 AND handle = ?2",
      "UPDATE accounts SET seal = seal('account', ?1, handle, username, display_name, created_at) "
      "WHERE tenant = ?1 AND handle = ?2",
      "UPDATE accounts SET seal = reseal(seal, 'account', tenant, handle, username, display_name, "
      "created_at, username, display_name, created_at) WHERE tenant = ?1 AND handle = ?2",
      "UPDATE accounts SET seal = reseal(seal, 'account', ?1, ?2, username, display_name) WHERE "
      "tenant = ?1 AND handle = ?2",
      "SELECT is_sealed(seal, 'account', tenant, handle, username, display_name, created_at) FROM "
      "accounts WHERE tenant = ?1 AND handle = ?2",
  };
  const auto run = [&](const char* sql) {
    sqlite::Statement statement = database->prepare(sql).value();
    statement.bind(std::string_view(tenant_.id.value)).bind(Bytes(handle_of("ada").value));
    return statement.run().has_value();
  };
  for (const char* sql : kTaken) {
    EXPECT_TRUE(run(sql)) << sql;
  }
  for (const char* sql : kRefused) {
    EXPECT_FALSE(run(sql)) << sql;
  }
  EXPECT_TRUE(has_account("ada"));
  // What seals a row as it stands is there while an older program's rows are sealed, never after.
  ASSERT_TRUE(rows.attach_for_upgrade(*database).has_value());
  EXPECT_TRUE(database->prepare("SELECT seal_as_it_is('account', 'bank', x'00')").has_value());
  ASSERT_TRUE(sqlite::RowSeals::end_upgrade(*database).has_value());
  EXPECT_FALSE(database->prepare("SELECT seal_as_it_is('account', 'bank', x'01')").has_value());
  // A row that changes fails where it was not whole.
  alter("UPDATE accounts SET created_at = created_at + 1");
  EXPECT_FALSE(run(kTaken[1]));
}

// One whose order is another than it says, so that two ways of looking end at two places.
TEST_F(CustomerAttacks, AnIndexInAnotherOrder) {
  std::string sql =
      "PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON; CREATE TABLE saved AS SELECT sql "
      "FROM sqlite_schema WHERE name = 'credentials_by_account'; DROP INDEX "
      "credentials_by_account; CREATE TABLE filler AS SELECT * FROM credentials LIMIT 1; ";
  for (const char* account : {"ffff", "fffe", "00"}) {
    sql += std::string("UPDATE filler SET account = x'") + account + "', id = x'aa" + account +
           "'; INSERT INTO credentials SELECT * FROM filler; ";
  }
  alter(sql +
        "CREATE INDEX credentials_by_account ON credentials (tenant, account DESC, sequence); "
        "UPDATE sqlite_schema SET sql = (SELECT sql FROM saved) WHERE name = "
        "'credentials_by_account'; DROP TABLE saved; DROP TABLE filler; PRAGMA schema_version = "
        "9000");
  EXPECT_TRUE(store_->check_ready().has_value()) << "the schema says nothing of it";
  for (const char* name : {"ada", "bob"}) {
    const bool is_known_now = is_known(name);  // found and listed, or neither
    const auto revoked = store_->revoke_all(tenant_.id, handle_of(name), clock_.time, "c");
    EXPECT_TRUE(revoked.has_value());
    EXPECT_FALSE(is_known(name)) << is_known_now;
  }
}

// A view says one thing to the seal and another to the server.
TEST_F(CustomerAttacks, AViewInATablesPlace) {
  ASSERT_TRUE(is_known());
  alter(
      "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; "
      "ALTER TABLE credentials RENAME TO real; CREATE VIEW credentials AS SELECT * FROM real");
  EXPECT_FALSE(store_->find_credential(tenant_.id, key_of("ada")).has_value());
  EXPECT_FALSE(store_->list_credentials(tenant_.id, handle_of("ada")).has_value());
  EXPECT_EQ(store_->check_ready().error().code, ErrorCode::store_corrupt);
  store_.reset();
  EXPECT_EQ(open_refusal(), ErrorCode::store_corrupt);
}

// Access to an account without strong authentication goes by when its user was last verified.
TEST_F(CustomerAttacks, AVerificationThatWasNot) {
  const auto verified = [&] {
    return store_->find_last_verification(tenant_.id, handle_of("ada")).value();
  };
  ASSERT_EQ(approve(create()), kDone);
  EXPECT_EQ(verified(), clock_.time);
  change("verified_at = verified_at + 1");
  EXPECT_EQ(verified(), std::nullopt);
}

// A thief's account under the customer's name: then the bank's transactions of the customer are his
// to approve.
TEST_F(CustomerAttacks, ANameOfAnotherAccount) {
  alter("UPDATE accounts SET username = 'was ada' WHERE username = 'ada'");
  alter("UPDATE accounts SET username = 'ada' WHERE username = 'bob'");
  EXPECT_FALSE(store_->find_account_by_username(tenant_.id, "ada").value().has_value());
  EXPECT_FALSE(store_->find_account(tenant_.id, handle_of("bob")).value().has_value());
  EXPECT_NE(create().error, kDone);
  EXPECT_THAT(told_, ::testing::Contains("account bank " + to_hex(handle_of("bob").value)));
  alter("UPDATE accounts SET username = 'bob' WHERE username = 'ada'");
  alter("UPDATE accounts SET username = 'ada' WHERE username = 'was ada'");
  EXPECT_TRUE(has_account("ada"));
  for (const char* set : {"display_name = 'x'", "created_at = 7", "seal = NULL"}) {
    save("accounts");
    alter(std::string("UPDATE accounts SET ") + set + " WHERE username = 'ada'");
    EXPECT_FALSE(has_account("ada")) << set;
    put_back("accounts");
    alter("DROP TABLE saved");
  }
  alter("UPDATE accounts SET sessions_ended_at = 1 WHERE username = 'ada'");
  EXPECT_TRUE(has_account("ada"));
}

// The functions that seal are there on the server's connections: not for what the schema says.
TEST_F(CustomerAttacks, ATriggerHasNothingSealed) {
  alter("UPDATE credentials SET public_key = " + blob(keys_["bob"].cose_key) +
        " WHERE id = " + blob(key_of("ada").value));
  alter(
      "CREATE TRIGGER t AFTER UPDATE ON credentials BEGIN UPDATE credentials SET seal = "
      "seal(" CREDENTIAL_SEALED_COLUMNS ") WHERE id = " +
      blob(key_of("ada").value) + "; END");
  EXPECT_NE(approve(create({.username = "bob"}), "bob"), kDone);
  EXPECT_FALSE(is_known());
  alter("DROP TRIGGER t");
  EXPECT_EQ(approve(create({.username = "bob"}), "bob"), kDone);
  EXPECT_FALSE(is_known());
}

TEST_F(CustomerAttacks, AnotherStartSealsNothing) {
  change("created_at = 7");
  reopen();
  EXPECT_FALSE(is_known());
  EXPECT_TRUE(is_known("bob"));
  take_seals_away();
  EXPECT_EQ(open_refusal(), ErrorCode::config_value_invalid);
}

TEST_F(CustomerAttacks, TheFirstStartOfThisSchemaSealsOnce) {
  take_seals_away();
  for (const char* mark :
       {"s.db.key.sealed", "s.db.key.sealed-transactions", "s.db.key.sealed-payments"}) {
    ASSERT_TRUE(std::filesystem::remove(folder_.path(mark)));
  }
  reopen();
  EXPECT_TRUE(is_known());
  EXPECT_TRUE(has_account("bob"));
  EXPECT_TRUE(std::filesystem::exists(folder_.path("s.db.key.sealed")));
  take_seals_away();
  EXPECT_EQ(open_refusal(), ErrorCode::config_value_invalid);
}

// A registration of the thief's own, made one of the customer's: the server would seal its passkey.
TEST_F(CustomerAttacks, ACeremonyMadeAnothers) {
  const Ceremony ceremony = registration();
  ASSERT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
  const auto is_found = [&] {
    const bool by_id =
        store_->find_ceremony(tenant_.id, CeremonyKind::registration, ceremony.id)->has_value();
    const bool by_challenge =
        store_
            ->find_ceremony_by_challenge(tenant_.id, CeremonyKind::registration, ceremony.challenge)
            ->has_value();
    EXPECT_EQ(by_id, by_challenge);
    return by_id;
  };
  save("ceremonies");
  for (const std::string& set : {"user_handle = " + blob(handle_of("ada").value),
                                 std::string("binding = binding + 1"),
                                 std::string("binding_digest = randomblob(32)"),
                                 std::string("created_at = 1"),
                                 std::string("expires_at = expires_at + 1"),
                                 std::string("user_verification = 7"),
                                 std::string("mediation = 7"),
                                 std::string("username = 'ada'"),
                                 std::string("display_name = 'x'"),
                                 std::string("account_rule = account_rule + 1"),
                                 std::string("session_required = 1 - session_required"),
                                 std::string("allow_credentials = 'AA'"),
                                 std::string("decoy = 1"),
                                 std::string("activation = 'x'"),
                                 std::string("activation_purpose = 1"),
                                 std::string("policy = zeroblob(32)"),
                                 std::string("policy_ceremony = 'recovery'"),
                                 std::string("policy_inputs = '{}'"),
                                 std::string("policy_attestation = 2"),
                                 std::string("payments = 1"),
                                 std::string("state = 1"),
                                 std::string("finished_at = 1"),
                                 std::string("credential = x'00'"),
                                 std::string("user_verified = 1"),
                                 std::string("error_code = 1"),
                                 std::string("seal = NULL")}) {
    alter("UPDATE ceremonies SET " + set + " WHERE id = 'registration'");
    EXPECT_FALSE(is_found()) << set;
    put_back("ceremonies");
    EXPECT_TRUE(is_found()) << set;
  }
  // Between reading and the commit.
  FinishedRegistration finished;
  finished.account = Account{handle_of("bob"), "bob", "bob", clock_.time};
  finished.credential.record.id = CredentialId(seeded_bytes("another", 32));
  finished.credential.record.user_handle = handle_of("bob");
  finished.credential.record.public_key = keys_["bob"].cose_key;
  alter("UPDATE ceremonies SET mediation = 7 WHERE id = 'registration'");
  EXPECT_FALSE(store_->finish_registration(ceremony, clock_.time, finished, "c").has_value());
  put_back("ceremonies");
  EXPECT_TRUE(store_->finish_registration(ceremony, clock_.time, finished, "c").has_value());
  EXPECT_TRUE(is_found()) << "with its result";
  // A sign-in that the backend would read.
  alter("UPDATE ceremonies SET user_handle = " + blob(handle_of("ada").value) +
        " WHERE id = 'registration'");
  EXPECT_FALSE(is_found());
}

TEST_F(CustomerAttacks, ASessionOfHisOwn) {
  const auto is_signed_in = [&](const std::string& name) {
    return store_->find_session(tenant_.id, session_of(name), clock_.time)->has_value();
  };
  ASSERT_TRUE(is_signed_in("bob"));
  save("sessions");
  for (const std::string& set :
       {"account = " + blob(handle_of("ada").value), std::string("credential = x'00'"),
        std::string("authenticated_at = authenticated_at + 1"),
        std::string("expires_at = expires_at + 1"), std::string("user_verified = 0"),
        std::string("seal = NULL"), std::string("digest = zeroblob(32)")}) {
    alter("UPDATE sessions SET " + set + " WHERE account = " + blob(handle_of("bob").value));
    EXPECT_FALSE(is_signed_in("bob")) << set;
    EXPECT_FALSE(store_->find_session(tenant_.id, Digest256{}, clock_.time)->has_value());
    put_back("sessions");
    EXPECT_TRUE(is_signed_in("bob")) << set;
  }
  // And in the commit, whatever was seen before.
  alter("UPDATE sessions SET seal = NULL");
  EXPECT_EQ(store_
                ->revoke_credential(tenant_.id, handle_of("ada"), key_of("ada"), clock_.time,
                                    session_of("ada"))
                .error()
                .code,
            ErrorCode::session_required);
}

TEST_F(CustomerAttacks, AnActivationOfHisOwn) {
  Activation activation;
  activation.id = ActivationId("activation");
  activation.account = handle_of("bob");
  activation.purpose = ActivationPurpose::recovery;
  activation.code = hasher_.sha256({bytes_of("code")});
  activation.created_at = clock_.time;
  activation.expires_at = after(600);
  ASSERT_TRUE(
      store_->create_activation(tenant_.id, activation, std::nullopt, std::nullopt).has_value());
  const auto works = [&] {
    return store_->try_activation(tenant_.id, activation.id, activation.code, clock_.time)
        .has_value();
  };
  ASSERT_TRUE(works());
  save("activations");
  for (const std::string& set :
       {"account = " + blob(handle_of("ada").value), std::string("purpose = 1 - purpose"),
        std::string("revoke_others = 1 - revoke_others"), std::string("created_at = 1"),
        std::string("expires_at = expires_at + 1"), std::string("seal = NULL")}) {
    alter("UPDATE activations SET " + set);
    EXPECT_FALSE(works()) << set;
    put_back("activations");
    EXPECT_TRUE(works()) << set;
  }
  alter("UPDATE activations SET code = zeroblob(32)");
  EXPECT_FALSE(
      store_->try_activation(tenant_.id, activation.id, Digest256{}, clock_.time).has_value());
}

// What seals do not stop: the whole row as it was before.
TEST_F(CustomerAttacks, AnOlderStateOfTheWholeRowIsTaken) {
  save("credentials");
  ASSERT_TRUE(store_
                  ->revoke_credential(tenant_.id, handle_of("ada"), key_of("ada"), clock_.time,
                                      std::nullopt)
                  .has_value());
  ASSERT_FALSE(is_known());
  put_back("credentials");
  EXPECT_TRUE(is_known());
}

}  // namespace
}  // namespace countersign::testing
