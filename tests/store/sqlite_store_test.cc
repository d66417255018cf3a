#include "native/store/sqlite/sqlite_store.h"
#include "base/limits.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "codec/base64url.h"
#include "native/ops/system.h"
#include "native/store/sqlite/schema.h"
#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

const TenantId kSqliteStoreTenant("t");
constexpr UnixSeconds kSqliteStoreNow{1'800'000'000};
constexpr Error kRefused{ErrorCode::signature_invalid, Check::assertion_signature_verifies, 0};

class SqliteStoreTest : public ::testing::Test {
 protected:
  SqliteStoreTest() { open(); }

  void open() {
    store_.reset();
    Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(folder_.path("s.db"), random_);
    ASSERT_TRUE(opened.has_value()) << error_name(opened.error().code);
    store_ = std::move(*opened);
  }

  Ceremony make_ceremony(const std::string& id, CeremonyKind kind = CeremonyKind::registration) {
    Ceremony ceremony;
    ceremony.id = CeremonyId(id);
    ceremony.tenant = kSqliteStoreTenant;
    ceremony.kind = kind;
    ceremony.challenge = seeded_bytes("challenge " + id, 32);
    ceremony.created_at = kSqliteStoreNow;
    ceremony.expires_at = UnixSeconds{kSqliteStoreNow.value + 300};
    ceremony.user_handle = UserHandle(seeded_bytes("handle " + id, 32));
    ceremony.display_name = "A person";
    ceremony.account_rule = AccountRule::create;
    return ceremony;
  }
  static StoredCredential make_credential(const std::string& label, const UserHandle& owner,
                                          std::uint32_t count = 0) {
    StoredCredential credential;
    credential.record.id = CredentialId(seeded_bytes(label, 32));
    credential.record.public_key = seeded_bytes("key", 77);
    credential.record.sign_count = count;
    credential.record.transports = {"hybrid", "internal"};
    credential.record.user_handle = owner;
    credential.name = "Passkey";
    credential.algorithm = -7;
    credential.created_at = kSqliteStoreNow;
    return credential;
  }
  Status create(const Ceremony& ceremony) {
    return store_->create_ceremony(ceremony, std::nullopt, std::nullopt);
  }
  // Registers `label` for an account of its own.
  StoredCredential enrol(const std::string& label, std::uint32_t count = 0) {
    const Ceremony ceremony = make_ceremony("enrol " + label);
    EXPECT_TRUE(create(ceremony).has_value());
    StoredCredential credential = make_credential(label, *ceremony.user_handle, count);
    EXPECT_TRUE(finish(ceremony, credential).has_value());
    return credential;
  }
  Status finish(const Ceremony& ceremony, const StoredCredential& credential,
                UnixSeconds now = kSqliteStoreNow) {
    const Account account{*ceremony.user_handle, ceremony.username, "A person", kSqliteStoreNow};
    return store_->finish_registration(
        ceremony, now, FinishedRegistration{credential, account, std::nullopt, std::nullopt}, "c");
  }
  Status sign_in(const Ceremony& ceremony, const StoredCredential& credential,
                 std::uint32_t count) {
    FinishedAuthentication finished;
    finished.record = credential.record;
    finished.record.sign_count = count;
    return store_->finish_authentication(ceremony, kSqliteStoreNow, finished, "c");
  }
  CeremonyState state_of(const Ceremony& ceremony) {
    const auto found = store_->find_ceremony(kSqliteStoreTenant, ceremony.kind, ceremony.id);
    EXPECT_TRUE(found.has_value() && found->has_value());
    return (*found)->state;
  }
  static ErrorCode code_of(const Status& status) {
    return status.has_value() ? ErrorCode{0} : status.error().code;
  }

  TemporaryFolder folder_;
  SystemRandom random_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteStoreTest, KeepsEveryMemberOfACeremony) {
  Ceremony ceremony = make_ceremony("a", CeremonyKind::authentication);
  ceremony.binding = CeremonyBinding::token;
  ceremony.binding_digest.fill(7);
  ceremony.user_verification = UserVerification::discouraged;
  ceremony.mediation = Mediation::conditional;
  ceremony.username = "ada";
  ceremony.account_rule = AccountRule::create_or_join;
  ceremony.is_session_required = true;
  ceremony.allow_credentials = {CredentialId(seeded_bytes("1", 16)),
                                CredentialId(seeded_bytes("2", 1023))};
  ceremony.is_decoy = true;
  CeremonyPolicy& policy = ceremony.policy.emplace();
  policy.ceremony = PolicyCeremony::recovery;
  policy.document.fill(3);
  policy.inputs = R"({"ceremony":"recovery","risk.score":5})";
  policy.attestation = AttestationConveyance::enterprise;
  ASSERT_TRUE(create(ceremony).has_value());
  open();  // from the file, not from memory
  const auto found =
      store_->find_ceremony(kSqliteStoreTenant, CeremonyKind::authentication, ceremony.id);
  ASSERT_TRUE(found.has_value() && found->has_value());
  const Ceremony& read = **found;
  EXPECT_EQ(read.binding, ceremony.binding);
  EXPECT_EQ(read.binding_digest, ceremony.binding_digest);
  EXPECT_EQ(read.challenge, ceremony.challenge);
  EXPECT_EQ(read.created_at, ceremony.created_at);
  EXPECT_EQ(read.expires_at, ceremony.expires_at);
  EXPECT_EQ(read.user_verification, ceremony.user_verification);
  EXPECT_EQ(read.mediation, ceremony.mediation);
  EXPECT_EQ(read.user_handle, ceremony.user_handle);
  EXPECT_EQ(read.username, ceremony.username);
  EXPECT_EQ(read.account_rule, ceremony.account_rule);
  EXPECT_TRUE(read.is_session_required);
  EXPECT_EQ(read.allow_credentials, ceremony.allow_credentials);
  EXPECT_TRUE(read.is_decoy);
  ASSERT_TRUE(read.policy.has_value());
  EXPECT_EQ(read.policy->ceremony, policy.ceremony);
  EXPECT_EQ(read.policy->document, policy.document);
  EXPECT_EQ(read.policy->inputs, policy.inputs);
  EXPECT_EQ(read.policy->attestation, policy.attestation);
  EXPECT_EQ(read.state, CeremonyState::pending);
  EXPECT_FALSE(store_->find_ceremony(kSqliteStoreTenant, CeremonyKind::registration, ceremony.id)
                   ->has_value());
  EXPECT_FALSE(
      store_->find_ceremony(TenantId("u"), CeremonyKind::authentication, ceremony.id)->has_value());
}

TEST_F(SqliteStoreTest, ARefusedCeremonyIsSpent) {
  const Ceremony ceremony = make_ceremony("a");
  ASSERT_TRUE(create(ceremony).has_value());
  ASSERT_TRUE(store_->refuse_ceremony(ceremony, kSqliteStoreNow, kRefused, "corr", std::nullopt)
                  .has_value());
  EXPECT_EQ(state_of(ceremony), CeremonyState::refused);
  EXPECT_EQ(code_of(finish(ceremony, make_credential("k", *ceremony.user_handle))),
            ErrorCode::ceremony_consumed);
  EXPECT_EQ(
      code_of(store_->refuse_ceremony(ceremony, kSqliteStoreNow, kRefused, "x", std::nullopt)),
      ErrorCode::ceremony_consumed);
  const auto found = store_->find_ceremony(kSqliteStoreTenant, ceremony.kind, ceremony.id);
  EXPECT_EQ((*found)->error, kRefused);
  EXPECT_EQ((*found)->correlation_id, "corr");
}

TEST_F(SqliteStoreTest, AnExpiredCeremonyHasNoEffect) {
  const Ceremony ceremony = make_ceremony("a");
  ASSERT_TRUE(create(ceremony).has_value());
  const StoredCredential credential = make_credential("k", *ceremony.user_handle);
  EXPECT_EQ(code_of(finish(ceremony, credential, UnixSeconds{kSqliteStoreNow.value + 301})),
            ErrorCode::ceremony_expired);
  EXPECT_FALSE(store_->find_credential(kSqliteStoreTenant, credential.record.id)->has_value());
  EXPECT_EQ(code_of(finish(ceremony, credential, UnixSeconds{kSqliteStoreNow.value + 300})),
            ErrorCode{0});
}

TEST_F(SqliteStoreTest, ACredentialIdIsRegisteredOnceAndTheSecondCeremonyIsSpent) {
  enrol("k");
  const Ceremony second = make_ceremony("b");
  ASSERT_TRUE(create(second).has_value());
  const Status refused = finish(second, make_credential("k", *second.user_handle));
  EXPECT_EQ(code_of(refused), ErrorCode::credential_already_registered);
  EXPECT_EQ(refused.error().check, Check::credential_not_registered);
  EXPECT_EQ(state_of(second), CeremonyState::refused);
  // Nothing else of it stayed.
  EXPECT_FALSE(store_->find_account(kSqliteStoreTenant, *second.user_handle)->has_value());
}

TEST_F(SqliteStoreTest, KeepsWhatIsKnownOfAModel) {
  const Ceremony ceremony = make_ceremony("a");
  ASSERT_TRUE(create(ceremony).has_value());
  StoredCredential credential = make_credential("a", *ceremony.user_handle);
  CredentialModel& model = credential.model;
  model.registered.is_aaguid_signed = true;
  model.registered.key_identifiers.resize(2);
  model.registered.key_identifiers[1].fill(4);
  model.registered.chain.resize(3);
  model.registered.chain[1].fill(5);
  model.at_registration = {
      true, true, "A key's \"name\"", "L1+", {"FIDO_CERTIFIED_L1plus", "RETIRED"}};
  model.objection = ErrorCode::authenticator_revoked;
  model.evaluated_at = kSqliteStoreNow;
  ASSERT_TRUE(finish(ceremony, credential).has_value());
  const CredentialModel found =
      store_->find_credential(kSqliteStoreTenant, credential.record.id).value()->model;
  EXPECT_TRUE(equal(found.registered.aaguid, credential.record.aaguid));
  EXPECT_TRUE(found.registered.is_aaguid_signed);
  EXPECT_EQ(found.registered.key_identifiers, model.registered.key_identifiers);
  EXPECT_EQ(found.registered.chain, model.registered.chain);
  EXPECT_TRUE(found.at_registration.is_known);
  EXPECT_TRUE(found.at_registration.is_proved);
  EXPECT_EQ(found.at_registration.description, model.at_registration.description);
  EXPECT_EQ(found.at_registration.certification, "L1+");
  EXPECT_EQ(found.at_registration.statuses, model.at_registration.statuses);
  EXPECT_EQ(found.objection, ErrorCode::authenticator_revoked);
  EXPECT_EQ(found.evaluated_at->value, kSqliteStoreNow.value);
}

TEST_F(SqliteStoreTest, OfManyConcurrentResultsOnOneChallengeExactlyOneWins) {
  const StoredCredential credential = enrol("k");
  const Ceremony ceremony = make_ceremony("login", CeremonyKind::authentication);
  ASSERT_TRUE(create(ceremony).has_value());
  std::atomic<int> won = 0;
  std::atomic<int> consumed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      const Status status = i % 4 == 0 ? store_->refuse_ceremony(ceremony, kSqliteStoreNow,
                                                                 kRefused, "c", std::nullopt)
                                       : sign_in(ceremony, credential, 0);
      won += status.has_value() ? 1 : 0;
      consumed += code_of(status) == ErrorCode::ceremony_consumed ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(consumed, 63);
}

TEST_F(SqliteStoreTest, ACounterThatThePolicyAcceptsIsNeverLowered) {
  const StoredCredential credential = enrol("k", 5);
  const Ceremony ceremony = make_ceremony("login", CeremonyKind::authentication);
  ASSERT_TRUE(create(ceremony).has_value());
  FinishedAuthentication finished;
  finished.record = credential.record;
  finished.record.sign_count = 3;
  finished.counter = CounterRule::accepted;
  EXPECT_EQ(code_of(store_->finish_authentication(ceremony, kSqliteStoreNow, finished, "c")),
            ErrorCode{0});
  EXPECT_EQ((*store_->find_credential(kSqliteStoreTenant, credential.record.id))->record.sign_count,
            5U);
  EXPECT_EQ(state_of(ceremony), CeremonyState::succeeded);
}

// Ceremonies that began before the others ended: the store counts.
TEST_F(SqliteStoreTest, AnAccountTakesSoManyCredentialsAndNotMore) {
  const StoredCredential first = enrol("k");
  const auto add = [&](std::size_t number) {
    const std::string label = "k" + std::to_string(number);
    Ceremony ceremony = make_ceremony(label);
    ceremony.user_handle = first.record.user_handle;
    ceremony.account_rule = AccountRule::existing;
    EXPECT_TRUE(create(ceremony).has_value());
    return code_of(finish(ceremony, make_credential(label, *first.record.user_handle)));
  };
  for (std::size_t i = 1; i < limits::kMaxCredentialsPerAccount; ++i) {
    ASSERT_EQ(add(i), ErrorCode{0});
  }
  EXPECT_EQ(add(100), ErrorCode::credential_limit_reached);
  ASSERT_TRUE(store_
                  ->revoke_credential(kSqliteStoreTenant, *first.record.user_handle,
                                      first.record.id, kSqliteStoreNow, std::nullopt)
                  .has_value());
  EXPECT_EQ(add(101), ErrorCode{0}) << "revoked ones do not count";
}

TEST_F(SqliteStoreTest, KeepsWhatPoliciesAskOfACredential) {
  const Ceremony ceremony = make_ceremony("a");
  ASSERT_TRUE(create(ceremony).has_value());
  StoredCredential credential = make_credential("k", *ceremony.user_handle);
  credential.attestation_conveyance = AttestationConveyance::direct;
  credential.is_discoverable = false;
  ASSERT_TRUE(finish(ceremony, credential).has_value());
  const auto read = store_->find_credential(kSqliteStoreTenant, credential.record.id);
  ASSERT_TRUE(read.has_value() && read->has_value());
  EXPECT_EQ((*read)->attestation_conveyance, AttestationConveyance::direct);
  EXPECT_EQ((*read)->is_discoverable, false);
  const StoredCredential plain = enrol("plain");
  EXPECT_FALSE(
      (*store_->find_credential(kSqliteStoreTenant, plain.record.id))->is_discoverable.has_value());
}

TEST_F(SqliteStoreTest, TheCounterAdvancesByCompareAndSet) {
  const StoredCredential credential = enrol("k", 5);
  int number = 0;
  const auto attempt = [&](std::uint32_t count) {
    const Ceremony ceremony =
        make_ceremony("login " + std::to_string(number++), CeremonyKind::authentication);
    EXPECT_TRUE(create(ceremony).has_value());
    const ErrorCode code = code_of(sign_in(ceremony, credential, count));
    EXPECT_EQ(state_of(ceremony),
              code == ErrorCode{0} ? CeremonyState::succeeded : CeremonyState::refused);
    return code;
  };
  EXPECT_EQ(attempt(6), ErrorCode{0});
  EXPECT_EQ(attempt(6), ErrorCode::counter_not_advanced);
  EXPECT_EQ(attempt(5), ErrorCode::counter_not_advanced);
  EXPECT_EQ(attempt(0), ErrorCode::counter_not_advanced);
  EXPECT_EQ(attempt(4294967295U), ErrorCode{0});
  EXPECT_EQ(attempt(4294967295U), ErrorCode::counter_not_advanced);
  EXPECT_EQ((*store_->find_credential(kSqliteStoreTenant, credential.record.id))->record.sign_count,
            4294967295U);
}

TEST_F(SqliteStoreTest, OfTwoClonesWithTheSameCounterOneIsRefused) {
  const StoredCredential credential = enrol("k", 5);
  std::vector<Ceremony> ceremonies;
  for (int i = 0; i < 16; ++i) {
    ceremonies.push_back(make_ceremony("l" + std::to_string(i), CeremonyKind::authentication));
    ASSERT_TRUE(create(ceremonies.back()).has_value());
  }
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (const Ceremony& ceremony : ceremonies) {
    threads.emplace_back([&] { won += sign_in(ceremony, credential, 6).has_value() ? 1 : 0; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(won, 1);
}

TEST_F(SqliteStoreTest, ACounterOfZeroStaysAcceptable) {
  const StoredCredential credential = enrol("k", 0);
  for (int i = 0; i < 3; ++i) {
    const Ceremony ceremony = make_ceremony("l" + std::to_string(i), CeremonyKind::authentication);
    ASSERT_TRUE(create(ceremony).has_value());
    EXPECT_TRUE(sign_in(ceremony, credential, 0).has_value());
  }
}

TEST_F(SqliteStoreTest, ACredentialRevokedMeanwhileDoesNotSignIn) {
  const StoredCredential credential = enrol("k");
  const Ceremony ceremony = make_ceremony("login", CeremonyKind::authentication);
  ASSERT_TRUE(create(ceremony).has_value());
  ASSERT_TRUE(store_
                  ->revoke_credential(kSqliteStoreTenant, *credential.record.user_handle,
                                      credential.record.id, kSqliteStoreNow, std::nullopt)
                  .has_value());
  EXPECT_EQ(code_of(sign_in(ceremony, credential, 0)), ErrorCode::credential_unknown);
  EXPECT_EQ(state_of(ceremony), CeremonyState::refused);
}

TEST_F(SqliteStoreTest, AddingNeedsTheSessionToBeThereStill) {
  const StoredCredential credential = enrol("k");
  Ceremony ceremony = make_ceremony("add");
  ceremony.user_handle = credential.record.user_handle;
  ceremony.account_rule = AccountRule::existing;
  ASSERT_TRUE(create(ceremony).has_value());
  Digest256 digest{};
  digest.fill(9);
  const Account account{*ceremony.user_handle, std::nullopt, "A person", kSqliteStoreNow};
  const StoredCredential more = make_credential("k2", *ceremony.user_handle);
  EXPECT_EQ(code_of(store_->finish_registration(
                ceremony, kSqliteStoreNow,
                FinishedRegistration{more, account, std::nullopt, digest}, "c")),
            ErrorCode::session_required);
  EXPECT_EQ(state_of(ceremony), CeremonyState::refused);
  EXPECT_FALSE(store_->find_credential(kSqliteStoreTenant, more.record.id)->has_value());
}

TEST_F(SqliteStoreTest, SessionsExpireAndAreBoundToTheirTenant) {
  const Ceremony ceremony = make_ceremony("a");
  ASSERT_TRUE(create(ceremony).has_value());
  Session session;
  session.digest.fill(3);
  session.user_handle = *ceremony.user_handle;
  session.authenticated_at = kSqliteStoreNow;
  session.expires_at = UnixSeconds{kSqliteStoreNow.value + 10};
  const Account account{*ceremony.user_handle, std::nullopt, "A person", kSqliteStoreNow};
  ASSERT_TRUE(
      store_
          ->finish_registration(ceremony, kSqliteStoreNow,
                                FinishedRegistration{make_credential("k", *ceremony.user_handle),
                                                     account, session, std::nullopt},
                                "c")
          .has_value());
  EXPECT_TRUE(
      store_->find_session(kSqliteStoreTenant, session.digest, kSqliteStoreNow)->has_value());
  EXPECT_FALSE(store_
                   ->find_session(kSqliteStoreTenant, session.digest,
                                  UnixSeconds{kSqliteStoreNow.value + 11})
                   ->has_value());
  EXPECT_FALSE(store_->find_session(TenantId("u"), session.digest, kSqliteStoreNow)->has_value());
}

TEST_F(SqliteStoreTest, SweepsWhatHasExpiredAndKeepsTheRest) {
  const StoredCredential credential = enrol("k");
  Ceremony young = make_ceremony("young");
  young.expires_at = UnixSeconds{kSqliteStoreNow.value + 1000};
  ASSERT_TRUE(create(young).has_value());
  const Ceremony unfinished = make_ceremony("unfinished");
  ASSERT_TRUE(create(unfinished).has_value());
  const UnixSeconds later{kSqliteStoreNow.value + 500};
  ASSERT_TRUE(store_->sweep(later, kSqliteStoreNow).has_value());
  EXPECT_FALSE(store_->find_ceremony(kSqliteStoreTenant, CeremonyKind::registration, unfinished.id)
                   ->has_value());
  EXPECT_TRUE(
      store_->find_ceremony(kSqliteStoreTenant, CeremonyKind::registration, CeremonyId("enrol k"))
          ->has_value());
  ASSERT_TRUE(store_->sweep(later, later).has_value());
  EXPECT_FALSE(
      store_->find_ceremony(kSqliteStoreTenant, CeremonyKind::registration, CeremonyId("enrol k"))
          ->has_value());
  EXPECT_TRUE(
      store_->find_ceremony(kSqliteStoreTenant, CeremonyKind::registration, young.id)->has_value());
  EXPECT_TRUE(store_->find_credential(kSqliteStoreTenant, credential.record.id)->has_value());
}

TEST_F(SqliteStoreTest, AFailedJobDoesNotSpoilItsBatch) {
  // Jobs of one batch: the ones that violate a constraint undo themselves alone.
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&, i] {
      Ceremony ceremony = make_ceremony(std::to_string(i));
      if (i % 2 == 1) {
        ceremony.challenge = ByteVector(3);  // the schema refuses it
      }
      good += create(ceremony).has_value() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 20);
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(store_
                  ->find_ceremony(kSqliteStoreTenant, CeremonyKind::registration,
                                  CeremonyId(std::to_string(i)))
                  ->has_value(),
              i % 2 == 0);
  }
}

TEST_F(SqliteStoreTest, TheDecoySecretIsMadeOnce) {
  const ByteVector before = to_vector(store_->decoy_secret().expose());
  open();
  EXPECT_EQ(to_vector(store_->decoy_secret().expose()), before);
}

TEST_F(SqliteStoreTest, AnIdempotencyKeyIsTakenUntilItExpires) {
  IdempotentAnswer answer;
  answer.route = "POST /x";
  answer.key = "k";
  answer.answer = "first";
  answer.expires_at = UnixSeconds{kSqliteStoreNow.value + 300};
  ASSERT_TRUE(store_->create_ceremony(make_ceremony("a"), std::nullopt, answer).has_value());
  EXPECT_EQ(code_of(store_->create_ceremony(make_ceremony("b"), std::nullopt, answer)),
            ErrorCode::idempotency_key_reused);
  EXPECT_FALSE(
      store_->find_ceremony(kSqliteStoreTenant, CeremonyKind::registration, CeremonyId("b"))
          ->has_value());
  Ceremony later = make_ceremony("c");
  later.created_at = UnixSeconds{kSqliteStoreNow.value + 301};
  answer.answer = "second";
  EXPECT_TRUE(store_->create_ceremony(later, std::nullopt, answer).has_value());
  EXPECT_EQ((*store_->find_answer(kSqliteStoreTenant, Digest256{}, "POST /x", "k"))->answer,
            "second");
}

TEST(SqliteOpenTest, ReadsItsDurabilityBack) {
  TemporaryFolder folder;
  Result<std::unique_ptr<sqlite::Database>> database =
      sqlite::Database::open(folder.path("s.db"), sqlite::Database::Mode::writer);
  ASSERT_TRUE(database.has_value());
  EXPECT_EQ((*database)->pragma("PRAGMA journal_mode").value(), "wal");
  EXPECT_EQ((*database)->pragma("PRAGMA synchronous").value(), "2");
  EXPECT_EQ((*database)->pragma("PRAGMA foreign_keys").value(), "1");
}

TEST(SqliteOpenTest, RefusesAStoreThatCannotDoWhatIsAskedFor) {
  // A database in memory takes the words and has no log to sync.
  EXPECT_EQ(sqlite::Database::open(":memory:", sqlite::Database::Mode::writer).error().code,
            ErrorCode::store_not_durable);
}

TEST(SqliteOpenTest, RefusesASchemaFromAFarFuture) {
  TemporaryFolder folder;
  SystemRandom random;
  const std::string path = folder.path("s.db");
  ASSERT_TRUE(SqliteStore::open(path, random).has_value());
  const auto set_version = [&](std::size_t version) {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    sqlite3_exec(raw, ("PRAGMA user_version = " + std::to_string(version)).c_str(), nullptr,
                 nullptr, nullptr);
    sqlite3_close(raw);
  };
  set_version(sqlite::kMigrations.size() + 1);  // node N works on the schema of N + 1
  EXPECT_TRUE(SqliteStore::open(path, random).has_value());
  set_version(sqlite::kMigrations.size() + 2);
  EXPECT_EQ(SqliteStore::open(path, random).error().code, ErrorCode::store_schema_newer);
}

// What a program of the first schema wrote, and still writes on the second one.
TEST(SqliteOpenTest, KeepsTheCredentialsOfTheFirstSchemaAndTakesMoreOfThem) {
  TemporaryFolder folder;
  SystemRandom random;
  const std::string path = folder.path("s.db");
  const auto run = [&](const std::string& sql) {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(raw);
    sqlite3_close(raw);
  };
  const auto insert = [&](const std::string& id) {
    run("INSERT INTO credentials (tenant, id, account, public_key, sign_count, transports, "
        "uv_initialized, backup_eligible, backed_up, aaguid, algorithm, name, "
        "attestation_format, attestation_type, attestation_trust, created_at, sequence) VALUES "
        "('t', x'" +
        id + "', x'aa', x'00', 7, 'usb', 1, 0, 0, x'" + std::string(32, '1') +
        "', -7, 'k', 'none', 'none', 'none', 1, " + id + ")");
  };
  run(std::string(sqlite::kMigrations[0]) +
      "PRAGMA user_version = 1; INSERT INTO accounts VALUES ('t', x'aa', NULL, 'A', 1)");
  insert("01");
  const auto store = SqliteStore::open(path, random).value();
  insert("02");
  const auto credentials = store->list_credentials(kSqliteStoreTenant, UserHandle({0xaa})).value();
  ASSERT_EQ(credentials.size(), 1U) << "what an older program writes afterwards is not sealed";
  for (const StoredCredential& credential : credentials) {
    EXPECT_EQ(credential.record.sign_count, 7U);
    EXPECT_TRUE(equal(credential.model.registered.aaguid, credential.record.aaguid));
    EXPECT_TRUE(credential.model.registered.chain.empty());
    EXPECT_TRUE(credential.model.registered.key_identifiers.empty());
    EXPECT_FALSE(credential.model.at_registration.is_known);
    EXPECT_FALSE(credential.model.objection.has_value());
    EXPECT_FALSE(credential.model.evaluated_at.has_value());
  }
}

TEST(SqliteOpenTest, RefusesWhatIsNoDatabase) {
  TemporaryFolder folder;
  SystemRandom random;
  folder.write("s.db", std::string(8192, 'x'));
  EXPECT_FALSE(SqliteStore::open(folder.path("s.db"), random).has_value());
  EXPECT_FALSE(SqliteStore::open(folder.path("no/such/folder/s.db"), random).has_value());
}

TEST(SqliteOpenTest, TwoOpenersMakeOneSchema) {
  TemporaryFolder folder;
  std::vector<std::thread> threads;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      SystemRandom random;
      opened += SqliteStore::open(folder.path("s.db"), random).has_value() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(opened, 4);
}

TEST_F(SqliteStoreTest, ListsTheEnrolledCustomerByCustomer) {
  EXPECT_TRUE(store_->list_enrolled(kSqliteStoreTenant, std::nullopt, 10)->empty());
  std::vector<UserHandle> handles;
  for (const char* label : {"a", "b", "c", "d", "e"}) {
    handles.push_back(*enrol(label).record.user_handle);
  }
  Ceremony second = make_ceremony("second");
  second.user_handle = handles[2];
  second.account_rule = AccountRule::existing;
  ASSERT_TRUE(create(second).has_value());
  ASSERT_TRUE(finish(second, make_credential("c2", handles[2])).has_value());
  const StoredCredential gone = *store_->list_credentials(kSqliteStoreTenant, handles[0])->begin();
  ASSERT_TRUE(store_
                  ->revoke_credential(kSqliteStoreTenant, handles[0], gone.record.id,
                                      kSqliteStoreNow, std::nullopt)
                  .has_value());
  // Two customers a page, whole, each once, in order; whoever has nothing left is none of them.
  std::vector<std::pair<UserHandle, std::size_t>> seen;
  std::optional<UserHandle> last;
  while (true) {
    const std::vector<StoredCredential> page = *store_->list_enrolled(kSqliteStoreTenant, last, 2);
    if (page.empty()) {
      break;
    }
    for (const StoredCredential& one : page) {
      if (seen.empty() || seen.back().first != *one.record.user_handle) {
        seen.emplace_back(*one.record.user_handle, 0);
      }
      ++seen.back().second;
    }
    last = page.back().record.user_handle;
  }
  std::sort(handles.begin() + 1, handles.end(),
            [](const UserHandle& a, const UserHandle& b) { return a.value < b.value; });
  ASSERT_EQ(seen.size(), 4U);
  std::size_t credentials = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].first, handles[i + 1]);
    credentials += seen[i].second;
  }
  EXPECT_EQ(credentials, 5U);
  EXPECT_TRUE(store_->list_enrolled(TenantId("other"), std::nullopt, 10)->empty());
}

TEST_F(SqliteStoreTest, AChangeOfACredentialNeedsTheSessionThatItRestsOn) {
  const StoredCredential credential = enrol("k");
  const UserHandle account = *credential.record.user_handle;
  const StoredCredential other = enrol("other");
  const Digest256 digest{1};
  const Digest256 others_digest{2};
  const auto sign_in_as = [&](const StoredCredential& one, const Digest256& session_digest) {
    Ceremony login = make_ceremony("login of " + std::to_string(session_digest[0]),
                                   CeremonyKind::authentication);
    ASSERT_TRUE(create(login).has_value());
    FinishedAuthentication finished;
    finished.record = one.record;
    Session& session = finished.session.emplace();
    session.digest = session_digest;
    session.user_handle = *one.record.user_handle;
    session.credential_id = one.record.id;
    session.authenticated_at = kSqliteStoreNow;
    session.expires_at = UnixSeconds{kSqliteStoreNow.value + 100};
    ASSERT_TRUE(store_->finish_authentication(login, kSqliteStoreNow, finished, "c").has_value());
  };
  sign_in_as(credential, digest);
  sign_in_as(other, others_digest);
  const auto rename = [&](const std::optional<Digest256>& session,
                          UnixSeconds now = kSqliteStoreNow) {
    return code_of(store_->rename_credential(kSqliteStoreTenant, account, credential.record.id,
                                             "Name", now, session));
  };
  const auto revoke = [&](const std::optional<Digest256>& session,
                          UnixSeconds now = kSqliteStoreNow) {
    return code_of(
        store_->revoke_credential(kSqliteStoreTenant, account, credential.record.id, now, session));
  };
  EXPECT_EQ(rename(digest), ErrorCode{0});
  EXPECT_EQ(rename(std::nullopt), ErrorCode{0}) << "a backend's";
  for (const Digest256& bad : {others_digest, Digest256{3}}) {
    EXPECT_EQ(rename(bad), ErrorCode::session_required);
    EXPECT_EQ(revoke(bad), ErrorCode::session_required);
  }
  EXPECT_EQ(revoke(digest, UnixSeconds{kSqliteStoreNow.value + 101}), ErrorCode::session_required);
  ASSERT_TRUE(store_->delete_session(kSqliteStoreTenant, digest).has_value());
  EXPECT_EQ(rename(digest), ErrorCode::session_required);
  EXPECT_EQ(revoke(digest), ErrorCode::session_required);
  EXPECT_TRUE(store_->find_credential(kSqliteStoreTenant, credential.record.id)->has_value());
  EXPECT_EQ(revoke(std::nullopt), ErrorCode{0});
}

}  // namespace
}  // namespace countersign::testing
