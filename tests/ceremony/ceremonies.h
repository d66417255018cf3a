#pragma once
// Messages of the soft authenticator run through the ceremonies, with OpenSSL for the arithmetic.

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "ceremony/authentication.h"
#include "ceremony/registration.h"
#include "codec/json_reader.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {

inline constexpr UnixSeconds kTestTime{kCeremonyTime};

inline const Hasher& test_hasher() {
  static const OpenSslHasher hasher;
  return hasher;
}

inline const SignatureVerifier& test_verifier() {
  static const OpenSslVerifier verifier;
  return verifier;
}

inline std::vector<Certificate> parse_anchors(const std::vector<ByteVector>& ders) {
  std::vector<Certificate> anchors;
  for (const ByteVector& der : ders) {
    anchors.push_back(parse_certificate(der).value());
  }
  return anchors;
}

inline void fill_expectations(const CeremonyOptions& options, CeremonyExpectations& expected) {
  expected.rp_id = "example.org";
  expected.origins = {"https://example.org"};
  expected.challenge = options.challenge;
  expected.time = kTestTime;
}

/// What fits the message with its knobs left alone; the root of its chain is trusted.
inline RegistrationExpectations expectations_for(const Registration& registration) {
  RegistrationExpectations expected;
  fill_expectations(registration.options, expected);
  expected.trust_anchors = parse_anchors(registration.anchors());
  return expected;
}

inline AuthenticationExpectations expectations_for(const Assertion& assertion) {
  AuthenticationExpectations expected;
  fill_expectations(assertion.options, expected);
  return expected;
}

inline CredentialRecord record_of(const SoftCredential& credential) {
  CredentialRecord record;
  record.id = CredentialId(credential.id);
  record.public_key = credential.cose_key;
  record.sign_count = credential.sign_count;
  record.is_backup_eligible = credential.is_backup_eligible;
  record.is_backed_up = credential.is_backed_up;
  record.user_handle = UserHandle(credential.user_handle);
  return record;
}

inline RegistrationResponse response_of(const Registration& registration) {
  return parse_registration_response(parse_json(registration.json).value()).value();
}

inline AuthenticationResponse response_of(const Assertion& assertion) {
  return parse_authentication_response(parse_json(assertion.json).value()).value();
}

inline Result<VerifiedRegistration> verify(const RegistrationExpectations& expected,
                                           const RegistrationResponse& response) {
  CS_ASSIGN(PendingRegistration pending, begin_registration(expected, response, test_hasher()));
  const auto verdicts = discharge(pending.obligations(), test_verifier());
  return std::move(pending).finish(verdicts);
}

inline Result<VerifiedAssertion> verify(const AuthenticationExpectations& expected,
                                        const CredentialRecord& record,
                                        const AuthenticationResponse& response) {
  CS_ASSIGN(PendingAuthentication pending,
            begin_authentication(expected, record, response, test_hasher()));
  const auto verdicts = discharge(pending.obligations(), test_verifier());
  return std::move(pending).finish(verdicts);
}

/// One registration: options of the authenticator's side, then of the relying party's.
struct RegistrationTrial {
  RegistrationOptions options;
  std::function<void(RegistrationExpectations&)> edit_expectations;
  std::function<void(RegistrationResponse&)> edit_response;

  Result<VerifiedRegistration> run() const {
    const Registration registration = make_registration(options);
    RegistrationExpectations expected = expectations_for(registration);
    if (edit_expectations) {
      edit_expectations(expected);
    }
    RegistrationResponse response = response_of(registration);
    if (edit_response) {
      edit_response(response);
    }
    return verify(expected, response);
  }
};

/// One assertion with the credential of a registration with default options.
struct AuthenticationTrial {
  AssertionOptions options;
  std::function<void(SoftCredential&)> edit_credential;
  std::function<void(CredentialRecord&)> edit_record;
  std::function<void(AuthenticationExpectations&)> edit_expectations;
  std::function<void(AuthenticationResponse&)> edit_response;

  Result<VerifiedAssertion> run() const {
    SoftCredential credential = make_registration().credential;
    if (edit_credential) {
      edit_credential(credential);
    }
    const Assertion assertion = make_assertion(credential, options);
    AuthenticationExpectations expected = expectations_for(assertion);
    if (edit_expectations) {
      edit_expectations(expected);
    }
    CredentialRecord record = record_of(credential);
    if (edit_record) {
      edit_record(record);
    }
    AuthenticationResponse response = response_of(assertion);
    if (edit_response) {
      edit_response(response);
    }
    return verify(expected, record, response);
  }
};

template <class Trial>
void expect_accepted(const Trial& trial) {
  const auto result = trial.run();
  EXPECT_TRUE(result.has_value()) << error_name(result.error().code) << " in "
                                  << check_name(result.error().check);
}

template <class Trial>
void expect_refused(const Trial& trial, ErrorCode code, Check check) {
  const auto result = trial.run();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(error_name(result.error().code), error_name(code));
  EXPECT_EQ(check_name(result.error().check), check_name(check));
}

inline JsonValue json(std::string_view text) { return parse_json(text).value(); }

}  // namespace countersign::testing
