// Activations, notices and exemptions as SQLite keeps them: what time and races decide.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "backends/openssl/openssl_backend.h"
#include "native/ops/system.h"
#include "native/store/sqlite/sqlite_store.h"
#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

const TenantId kCustomersTenant("t");
constexpr UnixSeconds kCustomersNow{1'800'000'000};

Digest256 digest_of(std::string_view text) { return OpenSslHasher().sha256({bytes_of(text)}); }
UnixSeconds later_by(std::int64_t seconds) { return UnixSeconds{kCustomersNow.value + seconds}; }

class CustomerStoreTest : public ::testing::Test {
 protected:
  CustomerStoreTest() : store_(open()) {}

  std::unique_ptr<SqliteStore> open() {
    Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(folder_.path("s.db"), random_);
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
  }
  static Account account(const std::string& name) {
    return {UserHandle(seeded_bytes(name, 32)), name, name, kCustomersNow};
  }
  static Activation activation(const std::string& id, const std::string& name,
                               UnixSeconds created = kCustomersNow,
                               ActivationPurpose purpose = ActivationPurpose::first) {
    Activation made;
    made.id = ActivationId(id);
    made.account = account(name).handle;
    made.purpose = purpose;
    made.code = digest_of("code of " + id);
    made.created_at = created;
    made.expires_at = UnixSeconds{created.value + kActivationSeconds};
    return made;
  }
  ErrorCode create(const Activation& made, const std::optional<Account>& account = std::nullopt) {
    return code_of(store_->create_activation(kCustomersTenant, made, account, std::nullopt));
  }
  ErrorCode try_code(const std::string& id, const std::string& code,
                     UnixSeconds now = kCustomersNow) {
    const Result<Activation> tried =
        store_->try_activation(kCustomersTenant, ActivationId(id), digest_of(code), now);
    return tried.has_value() ? ErrorCode{0} : tried.error().code;
  }
  // The registration that an activation leads to.
  ErrorCode register_with(const Activation& with, const std::string& label,
                          UnixSeconds now = kCustomersNow) {
    return finish(begin(with, label, now), label, now);
  }
  Ceremony begin(const Activation& with, const std::string& label,
                 UnixSeconds now = kCustomersNow) {
    Ceremony ceremony;
    ceremony.id = CeremonyId("ceremony " + label);
    ceremony.tenant = kCustomersTenant;
    ceremony.challenge = seeded_bytes(label, 32);
    ceremony.created_at = now;
    ceremony.expires_at = UnixSeconds{now.value + 300};
    ceremony.user_handle = with.account;
    if (!with.id.value.empty()) {
      ceremony.activation = CeremonyActivation{with.id, with.purpose};
    }
    EXPECT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
    return ceremony;
  }
  ErrorCode finish(const Ceremony& ceremony, const std::string& label,
                   UnixSeconds now = kCustomersNow,
                   std::optional<UnixSeconds> recovered_at = std::nullopt) {
    FinishedRegistration finished;
    finished.credential.record.id = CredentialId(seeded_bytes(label, 32));
    finished.credential.record.public_key = seeded_bytes("key", 77);
    finished.credential.record.user_handle = ceremony.user_handle;
    finished.credential.created_at = now;
    finished.credential.recovered_at = recovered_at;
    finished.account.handle = *ceremony.user_handle;
    return code_of(store_->finish_registration(ceremony, now, finished, "c"));
  }
  static ErrorCode code_of(const Status& status) {
    return status.has_value() ? ErrorCode{0} : status.error().code;
  }
  std::vector<Notice> notices(const TenantId& tenant = kCustomersTenant) {
    Result<std::vector<Notice>> listed = store_->list_notices(tenant, 0, 1000);
    EXPECT_TRUE(listed.has_value());
    return std::move(*listed);
  }

  // A signed-in customer, and an exempt payment of theirs on top of `counter`.
  SessionProof sign_in(const std::string& name) {
    const Activation made = activation("of " + name, name);
    EXPECT_EQ(create(made, account(name)), ErrorCode{0});
    EXPECT_EQ(register_with(made, "key of " + name), ErrorCode{0});
    Ceremony ceremony;
    ceremony.id = CeremonyId("sign-in of " + name);
    ceremony.tenant = kCustomersTenant;
    ceremony.kind = CeremonyKind::authentication;
    ceremony.challenge = seeded_bytes("sign-in " + name, 32);
    ceremony.created_at = kCustomersNow;
    ceremony.expires_at = later_by(300);
    EXPECT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
    FinishedAuthentication finished;
    finished.record.id = CredentialId(seeded_bytes("key of " + name, 32));
    finished.record.user_handle = account(name).handle;
    Session session;
    session.digest = digest_of("cookie of " + name);
    session.user_handle = account(name).handle;
    session.expires_at = later_by(3600);
    finished.session = session;
    EXPECT_TRUE(store_->finish_authentication(ceremony, kCustomersNow, finished, "c").has_value());
    return {std::nullopt, ceremony.id, kCustomersNow};
  }
  static ErrorCode pay(SqliteStore& store, const std::string& name, const std::string& id,
                       const ScaCounter& before, const SessionProof& proof,
                       UnixSeconds now = kCustomersNow) {
    Exemption exemption;
    exemption.id = to_base64url(seeded_bytes("exemption " + id, 16));
    exemption.account = account(name).handle;
    exemption.amount = 3000;
    exemption.after = {before.version + 1, before.sum + 3000, before.count + 1};
    exemption.decision = "{}";
    exemption.created_at = now;
    const IdempotentAnswer answer{Digest256(), "r", id, Digest256(), "{}", later_by(86400)};
    return code_of(store.commit_exemption(kCustomersTenant, exemption, proof, answer));
  }
  ScaCounter counter(const std::string& name) {
    return *store_->read_sca_counter(kCustomersTenant, account(name).handle);
  }

  TemporaryFolder folder_;
  SystemRandom random_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(CustomerStoreTest, KeepsEveryMemberOfAnActivation) {
  Activation made = activation("a", "ada");
  ASSERT_EQ(create(made, account("ada")), ErrorCode{0});
  store_.reset();
  store_ = open();
  const auto found = store_->find_activation(kCustomersTenant, made.id);
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->account, made.account);
  EXPECT_EQ((*found)->purpose, made.purpose);
  EXPECT_EQ((*found)->code, made.code);
  EXPECT_EQ((*found)->others, OtherCredentials::keep);
  EXPECT_EQ((*found)->created_at, made.created_at);
  EXPECT_EQ((*found)->expires_at, made.expires_at);
  EXPECT_EQ((*found)->state, ActivationState::open);
  EXPECT_FALSE((*store_->find_activation(TenantId("u"), made.id)).has_value());
}

TEST_F(CustomerStoreTest, AnActivationEndsWithItsTenMinutes) {
  const Activation made = activation("a", "ada");
  ASSERT_EQ(create(made, account("ada")), ErrorCode{0});
  EXPECT_EQ(try_code("a", "code of a", later_by(kActivationSeconds)), ErrorCode{0});
  EXPECT_EQ(try_code("a", "code of a", later_by(kActivationSeconds + 1)),
            ErrorCode::activation_invalid);
  // A ceremony that had begun before is too late, too.
  EXPECT_EQ(register_with(made, "late", later_by(kActivationSeconds + 1)),
            ErrorCode::activation_invalid);
  EXPECT_EQ(register_with(made, "in time", later_by(kActivationSeconds)), ErrorCode{0});
}

TEST_F(CustomerStoreTest, AnActivationIsSpentOnceAndByItsOwnCeremonyAlone) {
  const Activation made = activation("a", "ada");
  ASSERT_EQ(create(made, account("ada")), ErrorCode{0});
  ASSERT_EQ(create(activation("b", "bob"), account("bob")), ErrorCode{0});
  Activation others = made;
  others.account = account("bob").handle;
  EXPECT_EQ(register_with(others, "bob's"), ErrorCode::activation_invalid);
  Activation recovery = made;
  recovery.purpose = ActivationPurpose::recovery;
  EXPECT_EQ(register_with(recovery, "as a recovery"), ErrorCode::activation_invalid);
  EXPECT_EQ(register_with(made, "first"), ErrorCode{0});
  EXPECT_EQ(register_with(made, "second"), ErrorCode::activation_invalid);
  EXPECT_EQ(store_->list_credentials(kCustomersTenant, made.account)->size(), 1U);
}

TEST_F(CustomerStoreTest, AFirstActivationIsWorthNothingOnceTheAccountHasACredential) {
  const Activation made = activation("a", "ada");
  ASSERT_EQ(create(made, account("ada")), ErrorCode{0});
  ASSERT_EQ(register_with(made, "first"), ErrorCode{0});
  EXPECT_EQ(create(activation("b", "ada")), ErrorCode::account_exists);
  EXPECT_EQ(create(activation("c", "ada", kCustomersNow, ActivationPurpose::recovery)),
            ErrorCode{0});
  EXPECT_EQ(
      create(activation("d", "bob", kCustomersNow, ActivationPurpose::recovery), account("bob")),
      ErrorCode::recovery_not_possible);
  EXPECT_FALSE(store_->find_account_by_username(kCustomersTenant, "bob")->has_value())
      << "nothing of a refused one is kept";
}

// A registration that a thief had begun before the customer came back does not end after it.
TEST_F(CustomerStoreTest, ARecoveryEndsWhatWasBegunBeforeIt) {
  for (const std::string name : {"ada", "bob"}) {
    const Activation first = activation("of " + name, name);
    ASSERT_EQ(create(first, account(name)), ErrorCode{0});
    ASSERT_EQ(register_with(first, "key of " + name), ErrorCode{0});
  }
  Activation plain = activation("", "ada");
  plain.id = ActivationId();
  const Ceremony before = begin(plain, "begun before");
  Activation bobs = activation("", "bob");
  bobs.id = ActivationId();
  const Ceremony others = begin(bobs, "bob's");
  const Activation recovery = activation("r", "ada", kCustomersNow, ActivationPurpose::recovery);
  ASSERT_EQ(create(recovery), ErrorCode{0});
  EXPECT_EQ(finish(before, "begun before"), ErrorCode::ceremony_consumed);
  const Ceremony meanwhile = begin(plain, "begun meanwhile");
  EXPECT_EQ(register_with(recovery, "recovered"), ErrorCode{0});
  EXPECT_EQ(finish(meanwhile, "begun meanwhile"), ErrorCode::ceremony_consumed);
  EXPECT_EQ(finish(others, "bob's"), ErrorCode{0}) << "another account's goes on";
  EXPECT_EQ(register_with(plain, "begun after"), ErrorCode{0});
  EXPECT_EQ(store_->list_credentials(kCustomersTenant, account("ada").handle)->size(), 3U);
}

TEST_F(CustomerStoreTest, TheLastRecoveryIsKnownAlsoOfRevokedCredentials) {
  Activation plain = activation("", "ada");
  ASSERT_EQ(create(activation("a", "ada"), account("ada")), ErrorCode{0});
  ASSERT_EQ(create(activation("b", "bob"), account("bob")), ErrorCode{0});
  plain.id = ActivationId();
  const UserHandle ada = plain.account;
  const auto last = [&](const UserHandle& handle) {
    return store_->find_last_recovery(kCustomersTenant, handle).value();
  };
  EXPECT_EQ(finish(begin(plain, "first"), "first"), ErrorCode{0});
  EXPECT_EQ(last(ada), std::nullopt);
  EXPECT_EQ(finish(begin(plain, "newer"), "newer", kCustomersNow, later_by(60)), ErrorCode{0});
  EXPECT_EQ(finish(begin(plain, "older"), "older", kCustomersNow, kCustomersNow), ErrorCode{0});
  EXPECT_EQ(last(ada), later_by(60));
  for (const char* label : {"newer", "older", "first"}) {
    ASSERT_TRUE(store_
                    ->revoke_credential(kCustomersTenant, ada,
                                        CredentialId(seeded_bytes(label, 32)), later_by(120),
                                        std::nullopt)
                    .has_value());
    EXPECT_EQ(last(ada), later_by(60)) << label;
  }
  EXPECT_EQ(last(account("bob").handle), std::nullopt);
  EXPECT_EQ(store_->find_last_recovery(TenantId("other"), ada).value(), std::nullopt);
}

TEST_F(CustomerStoreTest, AFirstActivationIsNotSpentOnceTheBackendEnrolledOtherwise) {
  const Activation made = activation("a", "ada");
  ASSERT_EQ(create(made, account("ada")), ErrorCode{0});
  Activation none = made;
  none.id = ActivationId();
  ASSERT_EQ(register_with(none, "by the backend"), ErrorCode{0});
  EXPECT_EQ(register_with(made, "with the code"), ErrorCode::activation_invalid);
  EXPECT_EQ((*store_->find_activation(kCustomersTenant, made.id))->state, ActivationState::open);
}

TEST_F(CustomerStoreTest, AnActivationIsNotSpentByARegistrationThatIsRefused) {
  ASSERT_EQ(create(activation("a", "ada"), account("ada")), ErrorCode{0});
  ASSERT_EQ(create(activation("b", "bob"), account("bob")), ErrorCode{0});
  ASSERT_EQ(register_with(activation("a", "ada"), "key"), ErrorCode{0});
  // The same credential id for another account.
  Activation bobs = activation("b", "bob");
  Ceremony ceremony;
  ceremony.id = CeremonyId("again");
  ceremony.tenant = kCustomersTenant;
  ceremony.challenge = seeded_bytes("again", 32);
  ceremony.expires_at = later_by(300);
  ceremony.user_handle = bobs.account;
  ceremony.activation = CeremonyActivation{bobs.id, bobs.purpose};
  ASSERT_TRUE(store_->create_ceremony(ceremony, std::nullopt, std::nullopt).has_value());
  FinishedRegistration finished;
  finished.credential.record.id = CredentialId(seeded_bytes("key", 32));
  finished.credential.record.public_key = seeded_bytes("key", 77);
  finished.credential.record.user_handle = bobs.account;
  finished.account.handle = bobs.account;
  EXPECT_EQ(code_of(store_->finish_registration(ceremony, kCustomersNow, finished, "c")),
            ErrorCode::credential_already_registered);
  EXPECT_EQ(register_with(bobs, "another key"), ErrorCode{0});
}

TEST_F(CustomerStoreTest, WhoeverIsGuessedAtThreeTimesADayIsBlocked) {
  ASSERT_EQ(create(activation("0", "ada"), account("ada")), ErrorCode{0});
  for (int round = 0; round < 3; ++round) {
    const std::string id = std::to_string(round);
    if (round > 0) {
      ASSERT_EQ(create(activation(id, "ada", later_by(round))), ErrorCode{0});
    }
    for (int i = 0; i < kMaxActivationTries; ++i) {
      EXPECT_EQ(try_code(id, "wrong", later_by(round)), ErrorCode::activation_invalid);
    }
  }
  EXPECT_EQ(create(activation("3", "ada", later_by(10))), ErrorCode::account_blocked);
  ASSERT_TRUE(store_->sweep(later_by(80000), later_by(80000)).has_value());
  EXPECT_EQ(create(activation("3", "ada", later_by(80000))), ErrorCode::account_blocked)
      << "sweeping forgives nothing";
  EXPECT_EQ(create(activation("3", "ada", later_by(kActivationBlockSeconds + 2))), ErrorCode{0});
}

TEST_F(CustomerStoreTest, NoticesAreNumberedByTenantAndNeverTwiceTheSame) {
  ASSERT_EQ(create(activation("a", "ada"), account("ada")), ErrorCode{0});
  ASSERT_EQ(create(activation("b", "bob"), account("bob")), ErrorCode{0});
  EXPECT_TRUE(notices(TenantId("u")).empty());
  ASSERT_EQ(notices().size(), 2U);
  EXPECT_EQ(notices()[0].number, 1);
  EXPECT_EQ(notices()[1].username, "bob");
  const UnixSeconds later = later_by(kNoticeSeconds + 1);
  ASSERT_TRUE(store_->sweep(later, later).has_value());
  ASSERT_EQ(notices().size(), 1U) << "the youngest stays, for its number";
  ASSERT_EQ(create(activation("c", "ada", later)), ErrorCode{0});
  EXPECT_EQ(notices()[1].number, 3);
}

TEST_F(CustomerStoreTest, AnExemptionNeedsASessionOfThatCustomer) {
  const SessionProof proof = sign_in("ada");
  const SessionProof bobs = sign_in("bob");
  const auto refused = [&](const SessionProof& other, UnixSeconds now = kCustomersNow) {
    return pay(*store_, "ada", "refused", {}, other, now) == ErrorCode::session_required;
  };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused(bobs));
  EXPECT_TRUE(refused({std::nullopt, proof.authentication, later_by(1)})) << "too old";
  EXPECT_TRUE(refused({std::nullopt, CeremonyId("ceremony key of ada"), kCustomersNow}))
      << "a registration";
  EXPECT_TRUE(refused({digest_of("cookie of bob"), std::nullopt, kCustomersNow}));
  EXPECT_TRUE(refused({digest_of("cookie of ada"), std::nullopt, kCustomersNow}, later_by(3601)));
  EXPECT_EQ(counter("ada").version, 0);
  EXPECT_EQ(pay(*store_, "ada", "1", {}, proof), ErrorCode{0});
  EXPECT_EQ(pay(*store_, "ada", "2", counter("ada"),
                {digest_of("cookie of ada"), std::nullopt, kCustomersNow}),
            ErrorCode{0});
  // What ends sessions ends the proof.
  ASSERT_EQ(create(activation("r", "ada", later_by(10), ActivationPurpose::recovery)),
            ErrorCode{0});
  EXPECT_EQ(pay(*store_, "ada", "3", counter("ada"), proof), ErrorCode::session_required);
  ASSERT_TRUE(
      store_->revoke_all(kCustomersTenant, account("bob").handle, kCustomersNow, "c").has_value());
  EXPECT_EQ(pay(*store_, "bob", "4", {}, bobs), ErrorCode::session_required);
}

// Whoever answers for it hears of each, and of none that was not let through.
TEST_F(CustomerStoreTest, AnExemptionIsTheEventOfItsCommit) {
  const SessionProof proof = sign_in("ada");
  const auto events = [&] {
    return store_->list_outbox(kCustomersTenant, OutboxFilter::all, 0, 100).value();
  };
  EXPECT_EQ(pay(*store_, "ada", "1", {}, {}), ErrorCode::session_required);
  EXPECT_TRUE(events().empty());
  ASSERT_EQ(pay(*store_, "ada", "1", {}, proof), ErrorCode{0});
  EXPECT_EQ(pay(*store_, "ada", "2", {}, proof), ErrorCode::exemption_counter_changed);
  EXPECT_EQ(pay(*store_, "ada", "1", counter("ada"), proof), ErrorCode::idempotency_key_reused);
  ASSERT_EQ(events().size(), 1U);
  const OutboxEvent event = events()[0].event;
  EXPECT_EQ(event.kind, "exemption.granted");
  EXPECT_EQ(event.subject, to_base64url(seeded_bytes("exemption 1", 16)));
  EXPECT_EQ(event.body, R"({"id":")" + event.subject + R"(","userHandle":")" +
                            to_base64url(account("ada").handle.value) +
                            R"(","amount":3000,"sinceSca":{"sum":3000,"count":1},"policy":")" +
                            to_base64url(Digest256()) + R"(","record":{},"at":")" +
                            encode_rfc3339(kCustomersNow) + "\"}");
}

TEST_F(CustomerStoreTest, OfAllWhoSawACounterOneAdvancesIt) {
  const SessionProof proof = sign_in("ada");
  EXPECT_EQ(pay(*store_, "ada", "1", {}, proof), ErrorCode{0});
  EXPECT_EQ(pay(*store_, "ada", "1", counter("ada"), proof), ErrorCode::idempotency_key_reused);
  EXPECT_EQ(pay(*store_, "ada", "2", {}, proof), ErrorCode::exemption_counter_changed);
  EXPECT_EQ(counter("ada").sum, 3000);
  ASSERT_TRUE(store_->reset_sca_counter(kCustomersTenant, account("ada").handle, kCustomersNow)
                  .has_value());
  EXPECT_EQ(counter("ada").sum, 0);
  EXPECT_EQ(counter("ada").count, 0);
  // A payment that was weighed before the reset is not counted on top of the old sum.
  EXPECT_EQ(pay(*store_, "ada", "3", {1, 3000, 1}, proof), ErrorCode::exemption_counter_changed);
  EXPECT_EQ(pay(*store_, "ada", "4", counter("ada"), proof), ErrorCode{0});
}

TEST_F(CustomerStoreTest, TwoStoresOnOneFileAdvanceItOnceEach) {
  const SessionProof proof = sign_in("ada");
  const std::unique_ptr<SqliteStore> other = open();
  std::atomic<int> paid = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      SqliteStore& store = i % 2 == 0 ? *store_ : *other;
      paid += pay(store, "ada", std::to_string(i), {}, proof) == ErrorCode{0} ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(paid, 1);
  EXPECT_EQ(counter("ada").sum, 3000);
}

}  // namespace
}  // namespace countersign::testing
