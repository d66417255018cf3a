// The test vectors of WebAuthn Level 3: 15 credentials, 30 ceremonies, on both backends.

#include <gtest/gtest.h>

#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

class WebauthnL3 : public ::testing::Test {
 protected:
  void SetUp() override {
    vectors_ = read_standard_vectors(COUNTERSIGN_VECTORS_DIR);
    CS_SKIP_WITHOUT(vectors_);
    ASSERT_EQ(vectors_->ceremonies.size(), 15U);
  }

  const RecordedCeremony& ceremony(std::string_view id) const {
    for (const RecordedCeremony& candidate : vectors_->ceremonies) {
      if (candidate.id == id) {
        return candidate;
      }
    }
    std::abort();
  }

  // What a relying party expects that has not heard of these vectors, but for user verification,
  // which half of them do without.
  template <class Expectations>
  static Expectations default_expectations(const RecordedCeremony& ceremony,
                                           const ByteVector& challenge) {
    Expectations expectations;
    expectations.rp_id = ceremony.rp_id;
    expectations.origins = {ceremony.origin};
    expectations.challenge = challenge;
    expectations.user_verification = UserVerification::discouraged;
    expectations.time = UnixSeconds{kCeremonyTime};
    return expectations;
  }

  static RegistrationExpectations registration_defaults(const RecordedCeremony& ceremony) {
    return default_expectations<RegistrationExpectations>(ceremony,
                                                          ceremony.registration.challenge);
  }
  static AuthenticationExpectations authentication_defaults(const RecordedCeremony& ceremony) {
    return default_expectations<AuthenticationExpectations>(ceremony,
                                                            ceremony.authentication->challenge);
  }

  // With everything in place that the vectors need.
  RegistrationExpectations matching_registration(const RecordedCeremony& ceremony) const {
    RegistrationExpectations expectations = registration_defaults(ceremony);
    expectations.top_origins = {vectors_->top_origin};
    expectations.trust_anchors = {parse_certificate(vectors_->attestation_ca).value()};
    expectations.attestation.is_any_tpm_vendor_accepted = true;
    return expectations;
  }
  AuthenticationExpectations matching_authentication(const RecordedCeremony& ceremony) const {
    AuthenticationExpectations expectations = authentication_defaults(ceremony);
    expectations.top_origins = {vectors_->top_origin};
    return expectations;
  }

  // Verified with OpenSSL, which has every algorithm.
  CredentialRecord record(const RecordedCeremony& ceremony) const {
    return run_registration(ceremony.registration.json(), matching_registration(ceremony))
        .value()
        .record();
  }

  std::optional<StandardVectors> vectors_;
};

bool is_supported(const Backend& backend, std::string_view id) {
  return backend.verifier.name() != "cryptopp" || id != "packed-ed448";
}

TEST_F(WebauthnL3, RegistrationsSucceedWithMatchingExpectations) {
  for (const Backend* backend : all_backends()) {
    for (const RecordedCeremony& ceremony : vectors_->ceremonies) {
      SCOPED_TRACE(std::string(backend->verifier.name()) + " " + ceremony.id);
      const auto verified =
          run_registration(ceremony.registration.json(), matching_registration(ceremony), *backend);
      // The attestations of this credential are ES256: only its assertion needs Ed448.
      ASSERT_TRUE(verified.has_value()) << error_name(verified.error().code);
      EXPECT_EQ(verified->record().id.value, ceremony.registration.credential_id);
      EXPECT_TRUE(equal(verified->record().aaguid, ceremony.aaguid));
      EXPECT_EQ(verified->record().sign_count, 0U);
      const AttestationTrust expected = ceremony.id.starts_with("none") ? AttestationTrust::none
                                        : ceremony.id == "packed-self-es256"
                                            ? AttestationTrust::self
                                            : AttestationTrust::trusted;
      EXPECT_EQ(verified->trust().trust, expected);
    }
  }
}

TEST_F(WebauthnL3, AuthenticationsSucceedWithMatchingExpectations) {
  for (const Backend* backend : all_backends()) {
    for (const RecordedCeremony& ceremony : vectors_->ceremonies) {
      SCOPED_TRACE(std::string(backend->verifier.name()) + " " + ceremony.id);
      const auto verified = run_authentication(ceremony.authentication->json(), record(ceremony),
                                               matching_authentication(ceremony), *backend);
      if (!is_supported(*backend, ceremony.id)) {
        ASSERT_FALSE(verified.has_value());
        EXPECT_EQ(verified.error().code, ErrorCode::algorithm_unsupported_by_backend);
        EXPECT_EQ(verified.error().check, Check::assertion_signature_verifies);
        continue;
      }
      ASSERT_TRUE(verified.has_value()) << error_name(verified.error().code);
      EXPECT_EQ(verified->counter(), CounterOutcome::zero);
    }
  }
}

TEST_F(WebauthnL3, ReceivesTrustedAttestationWhereItIsRequired) {
  for (const RecordedCeremony& ceremony : vectors_->ceremonies) {
    SCOPED_TRACE(ceremony.id);
    RegistrationExpectations expectations = matching_registration(ceremony);
    expectations.is_trusted_attestation_required = true;
    const auto verified = run_registration(ceremony.registration.json(), expectations);
    if (ceremony.id.starts_with("none")) {
      ASSERT_FALSE(verified.has_value());
      EXPECT_EQ(verified.error().code, ErrorCode::attestation_none_not_allowed);
    } else if (ceremony.id == "packed-self-es256") {
      ASSERT_FALSE(verified.has_value());
      EXPECT_EQ(verified.error().code, ErrorCode::attestation_self_not_allowed);
    } else {
      EXPECT_TRUE(verified.has_value()) << error_name(verified.error().code);
    }
  }
}

TEST_F(WebauthnL3, FailsIfCrossOriginIsNotExpected) {
  for (const char* id : {"none-es256-crossOrigin", "none-es256-topOrigin"}) {
    SCOPED_TRACE(id);
    const RecordedCeremony& subject = ceremony(id);
    const auto registered =
        run_registration(subject.registration.json(), registration_defaults(subject));
    ASSERT_FALSE(registered.has_value());
    EXPECT_EQ(registered.error().code, ErrorCode::cross_origin_not_allowed);
    EXPECT_EQ(registered.error().check, Check::cross_origin_allowed);
    const auto asserted = run_authentication(subject.authentication->json(), record(subject),
                                             authentication_defaults(subject));
    ASSERT_FALSE(asserted.has_value());
    EXPECT_EQ(asserted.error().code, ErrorCode::cross_origin_not_allowed);
    EXPECT_EQ(asserted.error().check, Check::cross_origin_allowed);
  }
}

TEST_F(WebauthnL3, FailsIfTopOriginIsAnother) {
  const RecordedCeremony& subject = ceremony("none-es256-topOrigin");
  RegistrationExpectations registration = matching_registration(subject);
  registration.top_origins = {"https://example.net"};
  const auto registered = run_registration(subject.registration.json(), registration);
  ASSERT_FALSE(registered.has_value());
  EXPECT_EQ(registered.error().code, ErrorCode::top_origin_not_allowed);
  AuthenticationExpectations authentication = matching_authentication(subject);
  authentication.top_origins = {"https://example.net"};
  const auto asserted =
      run_authentication(subject.authentication->json(), record(subject), authentication);
  ASSERT_FALSE(asserted.has_value());
  EXPECT_EQ(asserted.error().code, ErrorCode::top_origin_not_allowed);
}

TEST_F(WebauthnL3, AllButCrossOriginSucceedWithDefaultTopOrigins) {
  for (const RecordedCeremony& ceremony : vectors_->ceremonies) {
    if (ceremony.id == "none-es256-crossOrigin" || ceremony.id == "none-es256-topOrigin") {
      continue;
    }
    SCOPED_TRACE(ceremony.id);
    RegistrationExpectations expectations = registration_defaults(ceremony);
    expectations.attestation.is_any_tpm_vendor_accepted = true;
    const auto registered = run_registration(ceremony.registration.json(), expectations);
    ASSERT_TRUE(registered.has_value()) << error_name(registered.error().code);
    const bool has_chain = !ceremony.id.starts_with("none") && ceremony.id != "packed-self-es256";
    EXPECT_EQ(registered->trust().trust == AttestationTrust::untrusted, has_chain);
    const auto asserted = run_authentication(ceremony.authentication->json(), registered->record(),
                                             authentication_defaults(ceremony));
    EXPECT_TRUE(asserted.has_value()) << error_name(asserted.error().code);
  }
}

TEST_F(WebauthnL3, FailsIfTheTpmVendorIsNotInTheList) {
  const RecordedCeremony& subject = ceremony("tpm-es256");
  const auto registered =
      run_registration(subject.registration.json(), registration_defaults(subject));
  ASSERT_FALSE(registered.has_value());
  EXPECT_EQ(error_name(registered.error().code), "tpm_vendor_unknown");
}

TEST_F(WebauthnL3, FailsIfAU2fAaguidMustBeZero) {
  const RecordedCeremony& subject = ceremony("fido-u2f-es256");
  RegistrationExpectations expectations = matching_registration(subject);
  expectations.attestation.is_u2f_aaguid_zero_required = true;
  const auto registered = run_registration(subject.registration.json(), expectations);
  ASSERT_FALSE(registered.has_value());
  EXPECT_EQ(registered.error().check, Check::fido_u2f_aaguid_zero);
}

TEST_F(WebauthnL3, FailsIfUserVerificationIsRequiredAndMissing) {
  for (const RecordedCeremony& ceremony : vectors_->ceremonies) {
    SCOPED_TRACE(ceremony.id);
    AuthenticationExpectations expectations = matching_authentication(ceremony);
    expectations.user_verification = UserVerification::required;
    const bool is_verified = (ceremony.authentication->authenticator_data.at(32) & 4U) != 0;
    const auto asserted =
        run_authentication(ceremony.authentication->json(), record(ceremony), expectations);
    ASSERT_EQ(asserted.has_value(), is_verified);
    if (!is_verified) {
      EXPECT_EQ(asserted.error().code, ErrorCode::user_not_verified);
    }
  }
}

// Each assertion belongs to one credential and one ceremony.
TEST_F(WebauthnL3, FailsWithAnotherCredentialsKeyOrAnotherChallenge) {
  const auto& ceremonies = vectors_->ceremonies;
  for (std::size_t i = 0; i < ceremonies.size(); ++i) {
    SCOPED_TRACE(ceremonies[i].id);
    const RecordedCeremony& other = ceremonies[(i + 1) % ceremonies.size()];
    CredentialRecord wrong_key = record(ceremonies[i]);
    wrong_key.public_key = record(other).public_key;
    EXPECT_FALSE(run_authentication(ceremonies[i].authentication->json(), wrong_key,
                                    matching_authentication(ceremonies[i]))
                     .has_value());
    AuthenticationExpectations expectations = matching_authentication(ceremonies[i]);
    expectations.challenge = other.authentication->challenge;
    const auto replayed = run_authentication(ceremonies[i].authentication->json(),
                                             record(ceremonies[i]), expectations);
    ASSERT_FALSE(replayed.has_value());
    EXPECT_EQ(replayed.error().code, ErrorCode::challenge_mismatch);
  }
}

}  // namespace
}  // namespace countersign::testing
