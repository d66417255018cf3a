// Passkeys for payments and their browser-bound keys as SQLite keeps them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/limits.h"
#include "native/ops/system.h"
#include "native/store/sqlite/schema.h"
#include "native/store/sqlite/sqlite_store.h"
#include "tests/http/server_process.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const TenantId kPaymentsTenant("t");
constexpr UnixSeconds kPaymentsNow{1'800'000'000};

UnixSeconds seconds_after(std::int64_t seconds) {
  return UnixSeconds{kPaymentsNow.value + seconds};
}
UserHandle handle_of(const std::string& name) { return UserHandle(seeded_bytes(name, 32)); }
CredentialId id_of(const std::string& label) { return CredentialId(seeded_bytes(label, 32)); }
ByteVector key_of(const std::string& label) { return seeded_bytes(label, 77); }

class PaymentStoreTest : public ::testing::Test {
 protected:
  PaymentStoreTest() : store_(open()) {}

  std::unique_ptr<SqliteStore> open() {
    Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(folder_.path("s.db"), random_);
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
  }
  void enrol(const std::string& name, const std::string& label, bool is_for_payments,
             const std::optional<ByteVector>& key = std::nullopt) {
    Ceremony ceremony;
    ceremony.id = CeremonyId("ceremony " + label);
    ceremony.tenant = kPaymentsTenant;
    ceremony.challenge = seeded_bytes(label, 32);
    ceremony.created_at = kPaymentsNow;
    ceremony.expires_at = seconds_after(300);
    ceremony.user_handle = handle_of(name);
    ceremony.account_rule = AccountRule::create_or_join;
    ceremony.is_for_payments = is_for_payments;
    ASSERT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
    const auto read =
        store_->find_ceremony(kPaymentsTenant, CeremonyKind::registration, ceremony.id);
    EXPECT_EQ(read.value()->is_for_payments, is_for_payments);
    FinishedRegistration finished;
    finished.credential.record.id = id_of(label);
    finished.credential.record.public_key = seeded_bytes("key", 77);
    finished.credential.record.user_handle = handle_of(name);
    finished.credential.created_at = kPaymentsNow;
    finished.account = {handle_of(name), name, name, kPaymentsNow};
    finished.is_for_payments = is_for_payments;
    finished.browser_bound_key = key;
    ASSERT_TRUE(store_->finish_registration(ceremony, kPaymentsNow, finished, "c").has_value());
  }
  std::vector<BrowserBoundKey> keys(const std::string& name, const std::string& label) {
    return store_->list_browser_bound_keys(kPaymentsTenant, handle_of(name), id_of(label)).value();
  }
  // As whoever writes to the database, without its key.
  void alter(const std::string& sql) { alter_database(folder_.path("s.db"), sql); }
  ErrorCode listing_error(const TenantId& tenant, const std::string& name,
                          const std::string& label) {
    const auto listed = store_->list_browser_bound_keys(tenant, handle_of(name), id_of(label));
    return listed.has_value() ? ErrorCode{0} : listed.error().code;
  }

  TemporaryFolder folder_;
  SystemRandom random_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(PaymentStoreTest, KeepsWhichPasskeysAreForPayments) {
  enrol("ada", "plain", false);
  enrol("ada", "phone", true, key_of("chrome"));
  enrol("ada", "laptop", true);
  enrol("bob", "his", true);
  EXPECT_THAT(store_->list_payment_credentials(kPaymentsTenant, handle_of("ada")).value(),
              ElementsAre(id_of("phone"), id_of("laptop")));
  EXPECT_THAT(store_->list_payment_credentials(TenantId("u"), handle_of("ada")).value(), IsEmpty());
  ASSERT_TRUE(store_
                  ->revoke_credential(kPaymentsTenant, handle_of("ada"), id_of("phone"),
                                      kPaymentsNow, std::nullopt)
                  .has_value());
  EXPECT_THAT(store_->list_payment_credentials(kPaymentsTenant, handle_of("ada")).value(),
              ElementsAre(id_of("laptop")));
  EXPECT_EQ(listing_error(kPaymentsTenant, "ada", "phone"), ErrorCode::credential_not_found);
}

TEST_F(PaymentStoreTest, TrustsTheKeyOfTheRegistration) {
  enrol("ada", "phone", true, key_of("chrome"));
  ASSERT_EQ(keys("ada", "phone").size(), 1U);
  EXPECT_EQ(keys("ada", "phone")[0].key, key_of("chrome"));
  EXPECT_EQ(keys("ada", "phone")[0].trusted_at, kPaymentsNow);
}

TEST_F(PaymentStoreTest, ShowsKeysToTheirAccountAlone) {
  enrol("ada", "phone", true, key_of("chrome"));
  enrol("ada", "plain", false);
  enrol("bob", "his", true);
  EXPECT_EQ(listing_error(kPaymentsTenant, "bob", "phone"), ErrorCode::credential_not_found);
  EXPECT_EQ(listing_error(TenantId("u"), "ada", "phone"), ErrorCode::credential_not_found);
  EXPECT_EQ(listing_error(kPaymentsTenant, "ada", "plain"), ErrorCode::credential_not_found);
  EXPECT_EQ(listing_error(kPaymentsTenant, "ada", "nobody's"), ErrorCode::credential_not_found);
}

TEST_F(PaymentStoreTest, LetsNewKeysWaitUntilSomebodyVouchesForThem) {
  enrol("ada", "phone", true);
  ASSERT_TRUE(
      store_->note_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("a"), kPaymentsNow)
          .has_value());
  ASSERT_TRUE(
      store_->note_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("a"), seconds_after(9))
          .has_value());
  ASSERT_EQ(keys("ada", "phone").size(), 1U);
  EXPECT_EQ(keys("ada", "phone")[0].first_seen_at, kPaymentsNow);
  EXPECT_EQ(keys("ada", "phone")[0].trusted_at, std::nullopt);
  ASSERT_TRUE(
      store_
          ->trust_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("a"), seconds_after(10))
          .has_value());
  // Neither vouching again nor another payment moves the time.
  ASSERT_TRUE(
      store_
          ->trust_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("a"), seconds_after(20))
          .has_value());
  ASSERT_TRUE(
      store_
          ->note_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("a"), seconds_after(30))
          .has_value());
  EXPECT_EQ(keys("ada", "phone")[0].trusted_at, seconds_after(10));
}

TEST_F(PaymentStoreTest, KnowsNoOtherKeys) {
  enrol("ada", "phone", true, key_of("chrome"));
  enrol("ada", "laptop", true);
  const auto trusted = [&](const TenantId& tenant, const std::string& label) {
    return store_->trust_browser_bound_key(tenant, id_of(label), key_of("chrome"), kPaymentsNow);
  };
  EXPECT_EQ(trusted(kPaymentsTenant, "laptop").error().code, ErrorCode::browser_bound_key_unknown);
  EXPECT_EQ(trusted(TenantId("u"), "phone").error().code, ErrorCode::browser_bound_key_unknown);
  ASSERT_TRUE(store_->remove_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("chrome"))
                  .has_value());
  EXPECT_THAT(keys("ada", "phone"), IsEmpty());
  EXPECT_EQ(store_->remove_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("chrome"))
                .error()
                .code,
            ErrorCode::browser_bound_key_unknown);
}

// Whoever has the passkey can make keys without end: they drive out waiting ones, never trusted.
TEST_F(PaymentStoreTest, KeepsABoundedNumberAndNeverDropsATrustedOne) {
  enrol("ada", "phone", true, key_of("chrome"));
  for (std::size_t i = 0; i < limits::kMaxBrowserBoundKeys + 3; ++i) {
    ASSERT_TRUE(store_
                    ->note_browser_bound_key(kPaymentsTenant, id_of("phone"),
                                             key_of("key " + std::to_string(i)), seconds_after(1))
                    .has_value());
  }
  std::vector<BrowserBoundKey> kept = keys("ada", "phone");
  ASSERT_EQ(kept.size(), limits::kMaxBrowserBoundKeys);
  EXPECT_EQ(kept.front().key, key_of("chrome"));
  EXPECT_EQ(kept.back().key, key_of("key " + std::to_string(limits::kMaxBrowserBoundKeys + 2)));
  for (const BrowserBoundKey& key : kept) {
    ASSERT_TRUE(
        store_->trust_browser_bound_key(kPaymentsTenant, id_of("phone"), key.key, kPaymentsNow)
            .has_value());
  }
  ASSERT_TRUE(store_
                  ->note_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("late"),
                                           seconds_after(2))
                  .has_value());
  EXPECT_EQ(keys("ada", "phone").size(), limits::kMaxBrowserBoundKeys);
  EXPECT_NE(keys("ada", "phone").back().key, key_of("late"));
}

std::string blob(const ByteVector& bytes) { return "x'" + to_hex(bytes) + "'"; }

TEST_F(PaymentStoreTest, APasskeyIsNotMadeOneForPaymentsInTheDatabase) {
  enrol("ada", "plain", false);
  enrol("ada", "phone", true);
  const std::string plain = blob(id_of("plain").value);
  alter("INSERT INTO payment_credentials (tenant, credential) VALUES ('t', " + plain + ")");
  EXPECT_THAT(store_->list_payment_credentials(kPaymentsTenant, handle_of("ada")).value(),
              ElementsAre(id_of("phone")));
  EXPECT_EQ(listing_error(kPaymentsTenant, "ada", "plain"), ErrorCode::credential_not_found);
  // Nor with the seal of another one.
  alter(
      "UPDATE payment_credentials SET seal = (SELECT seal FROM payment_credentials WHERE seal IS "
      "NOT NULL) WHERE credential = " +
      plain);
  EXPECT_THAT(store_->list_payment_credentials(kPaymentsTenant, handle_of("ada")).value(),
              ElementsAre(id_of("phone")));
}

TEST_F(PaymentStoreTest, NobodyVouchesForABrowsersKeyInTheDatabase) {
  enrol("ada", "phone", true, key_of("chrome"));
  ASSERT_TRUE(
      store_->note_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("new"), kPaymentsNow)
          .has_value());
  alter("CREATE TABLE saved AS SELECT * FROM browser_bound_keys");
  const std::string is_new = " WHERE key = " + blob(key_of("new"));
  for (const std::string& set :
       {std::string("trusted_at = first_seen_at"), std::string("first_seen_at = 1"),
        std::string("sequence = 7"), "credential = credential, key = " + blob(key_of("thief's")),
        std::string("seal = NULL"),
        std::string(
            "trusted_at = 1, seal = (SELECT seal FROM saved WHERE trusted_at IS NOT NULL)")}) {
    alter("UPDATE browser_bound_keys SET " + set + is_new);
    const std::vector<BrowserBoundKey> kept = keys("ada", "phone");
    ASSERT_EQ(kept.size(), 1U) << set;
    EXPECT_EQ(kept[0].key, key_of("chrome")) << set;
    // What is not whole is not sealed again by a server that means well.
    const Status trusted = store_->trust_browser_bound_key(kPaymentsTenant, id_of("phone"),
                                                           key_of("new"), kPaymentsNow);
    ASSERT_FALSE(trusted.has_value()) << set;
    EXPECT_EQ(trusted.error().code, ErrorCode::browser_bound_key_unknown) << set;
    alter("DELETE FROM browser_bound_keys; INSERT INTO browser_bound_keys SELECT * FROM saved");
  }
  EXPECT_TRUE(
      store_->trust_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("new"), kPaymentsNow)
          .has_value());
  EXPECT_EQ(keys("ada", "phone").size(), 2U);
}

// Made-up keys that look trusted would leave no room for real ones.
TEST_F(PaymentStoreTest, MadeUpKeysMakeRoom) {
  enrol("ada", "phone", true);
  for (std::size_t i = 0; i < limits::kMaxBrowserBoundKeys; ++i) {
    alter(
        "INSERT INTO browser_bound_keys (tenant, credential, key, sequence, first_seen_at, "
        "trusted_at) VALUES ('t', " +
        blob(id_of("phone").value) + ", " + blob(key_of(std::to_string(i))) + ", " +
        std::to_string(i + 1) + ", 1, 1)");
  }
  EXPECT_THAT(keys("ada", "phone"), IsEmpty());
  ASSERT_TRUE(
      store_->note_browser_bound_key(kPaymentsTenant, id_of("phone"), key_of("new"), kPaymentsNow)
          .has_value());
  ASSERT_EQ(keys("ada", "phone").size(), 1U);
  EXPECT_EQ(keys("ada", "phone")[0].key, key_of("new"));
}

TEST_F(PaymentStoreTest, WhatAProgramOfTheSchemaBeforeHasWrittenIsSealedOnce) {
  enrol("ada", "phone", true, key_of("chrome"));
  const auto downgrade = [&] {
    store_.reset();
    alter(take_payment_seals_away() +
          "PRAGMA user_version = " + std::to_string(sqlite::kSealedPaymentsSchema - 1));
  };
  downgrade();
  EXPECT_FALSE(SqliteStore::open(folder_.path("s.db"), random_).has_value())
      << "the mark beside the key says that they were sealed";
  ASSERT_TRUE(std::filesystem::remove(folder_.path("s.db.key.sealed-payments")));
  store_ = open();
  EXPECT_EQ(keys("ada", "phone").size(), 1U);
}

// A key that is lost, and the new one that the operator has made.
TEST_F(PaymentStoreTest, ANewKeySealsWhatIsThere) {
  enrol("ada", "phone", true, key_of("chrome"));
  store_.reset();
  alter("DELETE FROM secrets WHERE name = 'seal'");
  ASSERT_TRUE(std::filesystem::remove(folder_.path("s.db.key")));
  store_ = open();
  EXPECT_EQ(keys("ada", "phone").size(), 1U);
  EXPECT_THAT(store_->list_payment_credentials(kPaymentsTenant, handle_of("ada")).value(),
              ElementsAre(id_of("phone")));
}

}  // namespace
}  // namespace countersign::testing
