// The rules that need what is stored: each is the first to fail for a message that is valid in
// itself, and the ceremony that it refused stays refused. The rest of the named checks have their
// vectors in tests/vectors.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "backends/openssl/openssl_backend.h"
#include "codec/base64url.h"
#include "native/ops/system.h"
#include "native/store/sqlite/sqlite_store.h"
#include "service/authentication_service.h"
#include "service/model_review.h"
#include "service/registration_service.h"
#include "tests/http/server_process.h"
#include "tests/support/made_models.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {
namespace {

class FixedClock final : public Clock {
 public:
  UnixSeconds now() const override { return time; }
  UnixSeconds time{kCeremonyTime};
};

class LastAudit final : public AuditSink {
 public:
  void record(const AuditRecord& record) override { last = record; }
  AuditRecord last;
};

// What a creating call told the browser.
struct Began {
  CeremonyId id;
  ByteVector challenge;
  ByteVector user_handle;
};

class StatefulChecks : public ::testing::Test {
 protected:
  StatefulChecks() {
    store_ = SqliteStore::open(folder_.path("checks.db"), random_).value();
    tenant_.id = TenantId("bank");
    tenant_.rp_id = "example.org";
    tenant_.rp_name = "Bank";
    tenant_.origins = {"https://example.org"};
    caller_.api_key = "backend";
  }

  ServiceContext context() {
    return {*store_, *store_,  clock_, random_, audit_, hasher_, verifier_, store_->decoy_secret(),
            models_, policies_};
  }

  static Began read(const BeganCeremony& began) {
    const JsonValue answer = parse_json(began.answer).value();
    const JsonValue options = parse_json(began.options).value();
    Began out;
    // The answer names the ceremony; the options are in it as well.
    out.id = CeremonyId(answer.find("id")->string);
    out.challenge = parse_base64url(options.find("challenge")->string).value();
    if (const JsonValue* user = options.find("user"); user != nullptr) {
      out.user_handle = parse_base64url(user->find("id")->string).value();
    }
    return out;
  }

  Began begin_registration_for(const std::string& username) {
    RegistrationRequest request;
    request.username = username;
    request.display_name = username;
    return read(
        begin_registration_ceremony(context(), tenant_, caller_, request, std::nullopt).value());
  }

  Began begin_authentication_for(const std::string& username) {
    AuthenticationRequest request;
    request.username = username;
    return read(
        begin_authentication_ceremony(context(), tenant_, caller_, request, std::nullopt).value());
  }

  // A message for the ceremony: valid in itself.
  static Registration answer(const Began& began, const std::string& label) {
    RegistrationOptions options;
    options.challenge = began.challenge;
    options.user_handle = began.user_handle;
    options.credential_id = seeded_bytes(label, 32);
    options.key = TestKey::make(KeyKind::p256, label);
    options.sign_count = 1;
    return make_registration(options);
  }

  Result<RegistrationOutcome> finish(const Began& began, const Registration& registration) {
    return finish_registration_ceremony(context(), tenant_, caller_, began.id, registration.json)
        .outcome;
  }

  Result<AuthenticationOutcome> sign_in(const Began& began, const SoftCredential& credential,
                                        std::uint32_t count) {
    AssertionOptions options;
    options.challenge = began.challenge;
    options.sign_count = count;
    const Assertion assertion = make_assertion(credential, options);
    return finish_authentication_ceremony(context(), tenant_, caller_, began.id, assertion.json)
        .outcome;
  }

  SoftCredential enrol(const std::string& username) {
    const Began began = begin_registration_for(username);
    const Registration registration = answer(began, username);
    const auto outcome = finish(began, registration);
    EXPECT_TRUE(outcome.has_value()) << error_name(outcome.error().code);
    return registration.credential;
  }

  template <class T>
  static void expect_refused(const Result<T>& outcome, Check check, ErrorCode code) {
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(check_name(outcome.error().check), check_name(check));
    EXPECT_EQ(error_name(outcome.error().code), error_name(code));
  }

  TemporaryFolder folder_;
  SystemRandom random_;
  FixedClock clock_;
  LastAudit audit_;
  OpenSslHasher hasher_;
  FixedPolicies policies_{make_shipped_policy("retail", hasher_)};
  OpenSslVerifier verifier_;
  std::unique_ptr<SqliteStore> store_;
  SetModels models_;
  Tenant tenant_;
  Caller caller_;
};

TEST_F(StatefulChecks, FailsIfTheCeremonyIsNotPending) {
  const Began began = begin_registration_for("anna");
  const Registration registration = answer(began, "anna");
  ASSERT_TRUE(finish(began, registration).has_value());
  expect_refused(finish(began, registration), Check::ceremony_pending,
                 ErrorCode::ceremony_consumed);
  const Began login = begin_authentication_for("anna");
  ASSERT_TRUE(sign_in(login, registration.credential, 2).has_value());
  expect_refused(sign_in(login, registration.credential, 3), Check::ceremony_pending,
                 ErrorCode::ceremony_consumed);
}

TEST_F(StatefulChecks, FailsIfTheCeremonyWasRefusedBefore) {
  const SoftCredential credential = enrol("anna");
  const Began login = begin_authentication_for("anna");
  Began other = login;
  other.challenge = seeded_bytes("another challenge", 32);
  expect_refused(sign_in(other, credential, 2), Check::challenge_matches,
                 ErrorCode::challenge_mismatch);
  expect_refused(sign_in(login, credential, 2), Check::ceremony_pending,
                 ErrorCode::ceremony_consumed);
}

TEST_F(StatefulChecks, FailsIfTheCeremonyHasExpired) {
  const SoftCredential credential = enrol("anna");
  const Began login = begin_authentication_for("anna");
  clock_.time.value += tenant_.ceremony_seconds + 1;
  expect_refused(sign_in(login, credential, 2), Check::ceremony_pending,
                 ErrorCode::ceremony_expired);
  const Began registration = begin_registration_for("berta");
  clock_.time.value += tenant_.ceremony_seconds + 1;
  expect_refused(finish(registration, answer(registration, "berta")), Check::ceremony_pending,
                 ErrorCode::ceremony_expired);
}

// "Verify that the credentialId is not yet registered for any user."
TEST_F(StatefulChecks, FailsIfTheCredentialIdIsRegisteredForAnyUser) {
  enrol("anna");
  const Began began = begin_registration_for("berta");
  expect_refused(finish(began, answer(began, "anna")), Check::credential_not_registered,
                 ErrorCode::credential_already_registered);
  expect_refused(finish(began, answer(began, "berta")), Check::ceremony_pending,
                 ErrorCode::ceremony_consumed);
}

TEST_F(StatefulChecks, FailsIfTheCredentialIsNotKnownOrWasRevoked) {
  const SoftCredential credential = enrol("anna");
  SoftCredential stranger = credential;
  stranger.id = seeded_bytes("stranger", 32);
  expect_refused(sign_in(begin_authentication_for("anna"), stranger, 2), Check::credential_known,
                 ErrorCode::credential_unknown);
  // The id of a revoked credential stays taken, and does not sign in.
  const Began login = begin_authentication_for("anna");
  ASSERT_TRUE(store_
                  ->revoke_credential(tenant_.id, UserHandle(credential.user_handle),
                                      CredentialId(credential.id), clock_.time, std::nullopt)
                  .has_value());
  expect_refused(sign_in(login, credential, 2), Check::credential_known,
                 ErrorCode::credential_unknown);
  const Began began = begin_registration_for("anna");
  expect_refused(finish(began, answer(began, "anna")), Check::credential_not_registered,
                 ErrorCode::credential_already_registered);
}

TEST_F(StatefulChecks, FailsIfTheSignatureCounterDidNotAdvance) {
  const SoftCredential credential = enrol("anna");
  ASSERT_TRUE(sign_in(begin_authentication_for("anna"), credential, 5).has_value());
  for (const std::uint32_t count : {5U, 4U, 1U, 0U}) {
    const Began login = begin_authentication_for("anna");
    expect_refused(sign_in(login, credential, count), Check::signature_counter_advanced,
                   ErrorCode::counter_not_advanced);
    expect_refused(sign_in(login, credential, 9), Check::ceremony_pending,
                   ErrorCode::ceremony_consumed);
  }
  ASSERT_TRUE(sign_in(begin_authentication_for("anna"), credential, 6).has_value());
}

// Whoever enrols in the open makes an account of his own: an existing one takes credentials from
// its own session only, also when its name was free at the beginning of the ceremony.
TEST_F(StatefulChecks, FailsIfTheAccountExistsAlready) {
  tenant_.rp_id = "localhost";
  tenant_.enrolment = Enrolment::open;
  tenant_.has_sessions = true;
  caller_ = Caller{};
  caller_.session_digest = hasher_.sha256({bytes("first browser")});
  RegistrationRequest request;
  request.username = "anna";
  request.display_name = "Anna";
  const auto first =
      begin_registration_ceremony(context(), tenant_, caller_, request, std::nullopt);
  ASSERT_TRUE(first.has_value()) << error_name(first.error().code);
  const auto second =
      begin_registration_ceremony(context(), tenant_, caller_, request, std::nullopt);
  ASSERT_TRUE(second.has_value()) << error_name(second.error().code);
  const auto message = [](const Began& began, const std::string& label) {
    RegistrationOptions options;
    options.rp_id = "localhost";
    options.challenge = began.challenge;
    options.credential_id = seeded_bytes(label, 32);
    return make_registration(options);
  };
  // The browser takes the cookie that came with the first answer, if there was one.
  const auto caller_of = [&](const BeganCeremony& began) {
    Caller caller = caller_;
    if (began.new_session) {
      caller.session_digest = hasher_.sha256({Bytes(*began.new_session)});
    }
    return caller;
  };
  const auto won = finish_registration_ceremony(context(), tenant_, caller_of(*first),
                                                read(*first).id, message(read(*first), "a").json)
                       .outcome;
  ASSERT_TRUE(won.has_value()) << error_name(won.error().code);
  expect_refused(finish_registration_ceremony(context(), tenant_, caller_of(*second),
                                              read(*second).id, message(read(*second), "b").json)
                     .outcome,
                 Check::account_available, ErrorCode::account_exists);
  expect_refused(begin_registration_ceremony(context(), tenant_, caller_, request, std::nullopt),
                 Check::account_available, ErrorCode::account_exists);
}

// What metadata hold against a model is seen by the next sign-in, and is no reason to lock anybody
// out unless the tenant says so.
TEST_F(StatefulChecks, FailsIfTheModelIsCompromisedAndTheTenantRefusesSuch) {
  const SoftCredential credential = enrol("anna");
  MetadataEntry entry =
      make_model_entry({}, {make_report(AuthenticatorStatus::user_key_remote_compromise)});
  std::copy(credential.aaguid.begin(), credential.aaguid.end(), entry.aaguid.emplace().begin());
  models_.current = make_models({entry}, hasher_);

  const auto reported = sign_in(begin_authentication_for("anna"), credential, 2);
  ASSERT_TRUE(reported.has_value()) << error_name(reported.error().code);
  EXPECT_EQ(reported->credential.model.objection,
            ErrorCode::authenticator_user_key_remote_compromise);
  EXPECT_EQ(
      std::count(reported->checks.begin(), reported->checks.end(), Check::credential_model_sound),
      0);
  EXPECT_EQ(audit_.last.objection, ErrorCode::authenticator_user_key_remote_compromise);
  EXPECT_FALSE(audit_.last.error.has_value());

  tenant_.compromised_credentials = CompromisedCredentials::refuse;
  const Began login = begin_authentication_for("anna");
  expect_refused(sign_in(login, credential, 3), Check::credential_model_sound,
                 ErrorCode::credential_model_compromised);
  EXPECT_EQ(audit_.last.step, "7.2.25");
  EXPECT_EQ(audit_.last.objection, ErrorCode::authenticator_user_key_remote_compromise);
  expect_refused(sign_in(login, credential, 3), Check::ceremony_pending,
                 ErrorCode::ceremony_consumed);

  // What the review found stands where no metadata are at hand, until a review clears it.
  while (review_step(context(), *store_, *models_.current)->stage != ReviewStage::done) {
  }
  models_.current.reset();
  expect_refused(sign_in(begin_authentication_for("anna"), credential, 3),
                 Check::credential_model_sound, ErrorCode::credential_model_compromised);
  entry.reports.clear();
  models_.current = make_models({entry}, hasher_);
  while (review_step(context(), *store_, *models_.current)->stage != ReviewStage::done) {
  }
  const auto sound = sign_in(begin_authentication_for("anna"), credential, 3);
  ASSERT_TRUE(sound.has_value());
  EXPECT_EQ(sound->checks.back(), Check::credential_model_sound);
  EXPECT_FALSE(audit_.last.objection.has_value());
}

// A new rule of this range needs a test above; those of transactions have theirs in
// transaction_attacks_test.cc.
TEST(StatefulChecksOfTheTable, AreTheOnesTestedHere) {
  const std::set<Check> tested{Check::ceremony_pending,  Check::credential_not_registered,
                               Check::credential_known,  Check::signature_counter_advanced,
                               Check::account_available, Check::credential_model_sound};
  constexpr Check kChecks[] = {
#define CS_CHECK(number, name) Check::name,
#include "base/checks.def"
#undef CS_CHECK
  };
  for (const Check check : kChecks) {
    const auto number = static_cast<std::uint16_t>(check);
    EXPECT_EQ(number >= 400 && number < 406, tested.contains(check)) << check_name(check);
  }
}

}  // namespace
}  // namespace countersign::testing
