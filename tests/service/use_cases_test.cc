// Rules of the use cases that time and callers decide. The flows themselves run over HTTP in
// tests/http.

#include <gtest/gtest.h>

#include "service/authentication_service.h"
#include "service/registration_service.h"
#include "tests/service/ceremony_fixture.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {
namespace {

class UseCasesTest : public CeremonyFixture {
 protected:
  // A registration by the backend, and the response of a browser to it.
  Registration begin_registration_for(const std::string& username) {
    RegistrationRequest request;
    request.username = username;
    EXPECT_TRUE(begin_registration_ceremony(context_, tenant_, backend_, request, std::nullopt)
                    .has_value());
    RegistrationOptions options;
    options.challenge = last().challenge;
    options.user_handle = last().user_handle->value;
    return make_registration(options);
  }
  ErrorCode finish_registration_with(const std::string& json, const Caller& caller) {
    const auto result =
        finish_registration_ceremony(context_, tenant_, caller, last().id, json).outcome;
    return result.has_value() ? ErrorCode{0} : result.error().code;
  }
};

TEST_F(UseCasesTest, AnExpiredCeremonyTakesNoResult) {
  const Registration made = begin_registration_for("ada");
  clock_.time.value += tenant_.ceremony_seconds + 1;
  EXPECT_EQ(finish_registration_with(made.json, backend_), ErrorCode::ceremony_expired);
  EXPECT_TRUE(store_.credentials.empty());
  clock_.time.value -= 1;
  EXPECT_EQ(finish_registration_with(made.json, backend_), ErrorCode{0});
}

TEST_F(UseCasesTest, AResultThatIsNoJsonConsumesTheCeremony) {
  const Registration made = begin_registration_for("ada");
  EXPECT_EQ(finish_registration_with("{", backend_), ErrorCode::json_syntax);
  EXPECT_EQ(last().state, CeremonyState::refused);
  EXPECT_EQ(finish_registration_with(made.json, backend_), ErrorCode::ceremony_consumed);
}

TEST_F(UseCasesTest, AForeignCallerConsumesNothing) {
  const Registration made = begin_registration_for("ada");
  EXPECT_EQ(finish_registration_with(made.json, browser_), ErrorCode::ceremony_foreign);
  EXPECT_EQ(last().state, CeremonyState::pending);
  EXPECT_EQ(finish_registration_with(made.json, backend_), ErrorCode{0});
}

TEST_F(UseCasesTest, AddingAPasskeyNeedsAFreshVerifiedSession) {
  begin_registration_for("ada");
  Session session;
  session.digest = *browser_.session_digest;
  session.user_handle = *last().user_handle;
  session.authenticated_at = clock_.time;
  session.is_user_verified = true;
  browser_.session = session;
  const auto begin = [&] {
    const auto began = begin_registration_ceremony(context_, tenant_, browser_,
                                                   RegistrationRequest(), std::nullopt);
    return began.has_value() ? ErrorCode{0} : began.error().code;
  };
  EXPECT_EQ(begin(), ErrorCode{0});
  clock_.time.value += 300;  // authenticationAge of `retail`
  EXPECT_EQ(begin(), ErrorCode{0});
  clock_.time.value += 1;
  EXPECT_EQ(begin(), ErrorCode::step_up_required);
  browser_.session->authenticated_at = clock_.time;
  browser_.session->is_user_verified = false;
  EXPECT_EQ(begin(), ErrorCode::step_up_required);
  tenant_.enrolment = Enrolment::open;
  EXPECT_EQ(begin(), ErrorCode::step_up_required);
  browser_.session->is_user_verified = true;
  EXPECT_EQ(begin(), ErrorCode{0});
  RegistrationRequest named;
  named.username = "eve";  // a session adds to its own account alone
  EXPECT_EQ(
      begin_registration_ceremony(context_, tenant_, browser_, named, std::nullopt).error().code,
      ErrorCode::request_member_invalid);
}

TEST_F(UseCasesTest, NobodyElseEnrolsWhereTheBackendDoes) {
  RegistrationRequest request;
  request.display_name = "A";
  const auto begin = [&](const Caller& caller) {
    return begin_registration_ceremony(context_, tenant_, caller, request, std::nullopt)
        .error()
        .code;
  };
  EXPECT_EQ(begin(browser_), ErrorCode::session_required);
  tenant_.has_sessions = false;
  EXPECT_EQ(begin(browser_), ErrorCode::caller_not_allowed);
  EXPECT_EQ(begin_authentication_ceremony(context_, tenant_, browser_, AuthenticationRequest(),
                                          std::nullopt)
                .error()
                .code,
            ErrorCode::caller_not_allowed);
}

TEST_F(UseCasesTest, ADecoyCeremonyNeverSucceeds) {
  AuthenticationRequest request;
  request.username = "nobody";
  ASSERT_TRUE(begin_authentication_ceremony(context_, tenant_, browser_, request, std::nullopt)
                  .has_value());
  EXPECT_TRUE(last().is_decoy);
  // Even if a credential had one of the made-up ids.
  RegistrationOptions options;
  options.credential_id = last().allow_credentials.at(0).value;
  const Registration registration = make_registration(options);
  StoredCredential stored;
  stored.record.id = CredentialId(registration.credential.id);
  stored.record.public_key = registration.credential.cose_key;
  stored.record.user_handle = UserHandle(registration.credential.user_handle);
  store_.credentials.push_back(stored);
  AssertionOptions assertion;
  assertion.challenge = last().challenge;
  assertion.user_handle = registration.credential.user_handle;
  const auto result =
      finish_authentication_ceremony(context_, tenant_, browser_, last().id,
                                     make_assertion(registration.credential, assertion).json);
  ASSERT_FALSE(result.outcome.has_value());
  EXPECT_EQ(result.outcome.error().code, ErrorCode::account_unknown);
  EXPECT_EQ(last().state, CeremonyState::refused);
}

TEST_F(UseCasesTest, AMadeUpCredentialTakesTheWorkOfARealOne) {
  class CountingVerifier final : public SignatureVerifier {
   public:
    std::string_view name() const override { return "counting"; }
    SignatureVerdict verify(SignatureAlgorithm algorithm, const PublicKey& key, Bytes message,
                            Bytes signature) const override {
      ++calls;
      return real_.verify(algorithm, key, message, signature);
    }
    mutable int calls = 0;

   private:
    OpenSslVerifier real_;
  } counting;
  const ServiceContext context{store_,  store_,   clock_,  random_, audit_,
                               hasher_, counting, secret_, models_, policies_};
  int names = 0;
  for (const char* name : {"nobody", "no one", "none", "not me", "ada", "bob"}) {
    AuthenticationRequest request;
    request.username = name;
    for (const std::uint8_t flags : {0x05, 0x0d}) {
      ASSERT_TRUE(begin_authentication_ceremony(context, tenant_, browser_, request, std::nullopt)
                      .has_value());
      RegistrationOptions options;
      options.credential_id = last().allow_credentials.at(0).value;
      AssertionOptions assertion;
      assertion.challenge = last().challenge;
      assertion.flags = flags;
      const auto result = finish_authentication_ceremony(
          context, tenant_, browser_, last().id,
          make_assertion(make_registration(options).credential, assertion).json);
      ASSERT_FALSE(result.outcome.has_value());
      EXPECT_EQ(result.outcome.error().code, ErrorCode::credential_unknown);
    }
    ++names;
    EXPECT_EQ(counting.calls, names);  // one of the two flags is the credential's
  }
}

TEST_F(UseCasesTest, ALoginMayOnlyRaiseTheTenantsUserVerification) {
  tenant_.authentication_verification = UserVerification::preferred;
  AuthenticationRequest request;
  request.user_verification = UserVerification::required;
  ASSERT_TRUE(begin_authentication_ceremony(context_, tenant_, browser_, request, std::nullopt)
                  .has_value());
  EXPECT_EQ(last().user_verification, UserVerification::required);
  tenant_.authentication_verification = UserVerification::required;
  request.user_verification = UserVerification::discouraged;
  ASSERT_TRUE(begin_authentication_ceremony(context_, tenant_, browser_, request, std::nullopt)
                  .has_value());
  EXPECT_EQ(last().user_verification, UserVerification::required);
}

TEST_F(UseCasesTest, AStoreThatFailsConsumesNothingAndSaysUnavailable) {
  const Registration made = begin_registration_for("ada");
  store_.failure = ErrorCode::store_unavailable;
  EXPECT_EQ(finish_registration_with(made.json, backend_), ErrorCode::store_unavailable);
  store_.failure.reset();
  EXPECT_EQ(last().state, CeremonyState::pending);
}

// What FIDO's test data need and production must not have.
TEST_F(UseCasesTest, TheConformanceProfileAloneLiftsRulesOfAttestation) {
  RegistrationOptions safetynet;
  safetynet.format = Format::android_safetynet;
  safetynet.safetynet.timestamp_ms = clock_.time.value * 1000;
  RegistrationOptions tpm;
  tpm.format = Format::tpm;
  tpm.tpm.identity.manufacturer = "id:FFFFF1D0";
  RegistrationOptions u2f;
  u2f.format = Format::fido_u2f;
  u2f.aaguid = seeded_bytes("aaguid", 16);
  const auto finish = [&](RegistrationOptions options) {
    begin_registration_for("ada");
    options.challenge = last().challenge;
    options.credential_id = last().challenge;
    options.user_handle = last().user_handle->value;
    return finish_registration_with(make_registration(options).json, backend_);
  };
  EXPECT_EQ(finish(safetynet), ErrorCode::attestation_format_unknown);
  EXPECT_EQ(finish(tpm), ErrorCode::tpm_vendor_unknown);
  EXPECT_EQ(finish(u2f), ErrorCode{0});
  tenant_.is_conformance_profile = true;
  EXPECT_EQ(finish(safetynet), ErrorCode{0});
  EXPECT_EQ(finish(tpm), ErrorCode{0});
  EXPECT_EQ(finish(u2f), ErrorCode::attestation_aaguid_mismatch);
}

// A result without a usable challenge belongs to the last ceremony of its session: with more than
// one a second, a session must not have more than one.
TEST_F(UseCasesTest, EachCeremonyOfTheConformanceProfileHasASessionOfItsOwn) {
  Caller lab = browser_;
  lab.is_conformance_call = true;
  RegistrationRequest request;
  request.username = "ada";
  request.display_name = "Ada";
  const auto begin = [&] {
    const auto began =
        begin_registration_ceremony(context_, tenant_, lab, request, std::nullopt).value();
    EXPECT_EQ(began.new_session.has_value(), tenant_.is_conformance_profile);
    if (began.new_session) {
      lab.session_digest = hasher_.sha256({*began.new_session});
    }
    EXPECT_EQ(last().binding_digest, *lab.session_digest);
    return last().binding_digest;
  };
  tenant_.is_conformance_profile = true;
  const Digest256 first = begin();
  const Digest256 second = begin();
  EXPECT_NE(first, second);
  tenant_.is_conformance_profile = false;
  EXPECT_EQ(begin(), second);  // the demo: nobody is signed out
}

TEST_F(UseCasesTest, AResponseOfAnotherShapeIsRefusedByTheStepThatReadsIt) {
  begin_registration_for("ada");
  EXPECT_EQ(finish_registration_with(R"({"id":1469})", backend_), ErrorCode::response_malformed);
  EXPECT_EQ(audit_.records.back().error->check, Check::response_parses);
  EXPECT_EQ(audit_.records.back().step, "7.1.3");
}

TEST_F(UseCasesTest, EveryOutcomeIsAuditedWithItsCodeCheckAndStep) {
  const Registration made = begin_registration_for("ada");
  tenant_.origins = {"https://other.example"};
  backend_.correlation_id = "corr";
  EXPECT_EQ(finish_registration_with(made.json, backend_), ErrorCode::origin_not_allowed);
  ASSERT_EQ(audit_.records.size(), 2U);
  EXPECT_EQ(audit_.records[0].event, "registration.begin");
  EXPECT_FALSE(audit_.records[0].error.has_value());
  EXPECT_EQ(audit_.records[1].event, "registration.result");
  EXPECT_EQ(audit_.records[1].error->code, ErrorCode::origin_not_allowed);
  EXPECT_EQ(audit_.records[1].error->check, Check::origin_allowed);
  EXPECT_EQ(audit_.records[1].step, "7.1.9");
  EXPECT_EQ(audit_.records[1].correlation_id, "corr");
}

}  // namespace
}  // namespace countersign::testing
