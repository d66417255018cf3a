#pragma once
// Runs messages through the core with each backend, for the suites of this folder.

#include <optional>
#include <string>
#include <vector>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "ceremony/authentication.h"
#include "ceremony/registration.h"
#include "codec/json_reader.h"
#include "service/verify_case.h"
#include "tests/support/cases.h"
#include "tests/support/soft_authenticator.h"
#include "tests/vectors/recorded.h"

namespace countersign::testing {

struct Backend {
  const Hasher& hasher;
  const SignatureVerifier& verifier;
};

inline const Backend& openssl_backend() {
  static const OpenSslHasher hasher;
  static const OpenSslVerifier verifier;
  static const Backend backend{hasher, verifier};
  return backend;
}

inline const Backend& cryptopp_backend() {
  static const CryptoppHasher hasher;
  static const CryptoppVerifier verifier;
  static const Backend backend{hasher, verifier};
  return backend;
}

inline std::vector<const Backend*> all_backends() {
  return {&openssl_backend(), &cryptopp_backend()};
}

/// The expectations under which the soft authenticator's usual messages pass.
template <class Expectations>
Expectations usual_expectations(const CeremonyOptions& options) {
  Expectations expectations;
  expectations.rp_id = "example.org";
  expectations.origins = {"https://example.org"};
  expectations.challenge = options.challenge;
  expectations.time = UnixSeconds{kCeremonyTime};
  return expectations;
}

inline RegistrationExpectations registration_expectations(const Registration& registration) {
  auto expectations = usual_expectations<RegistrationExpectations>(registration.options);
  for (const ByteVector& anchor : registration.anchors()) {
    expectations.trust_anchors.push_back(parse_certificate(anchor).value());
  }
  return expectations;
}

inline AuthenticationExpectations authentication_expectations(const Assertion& assertion) {
  return usual_expectations<AuthenticationExpectations>(assertion.options);
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

/// A parse error of the response carries the check that the service stamps on it.
inline Error stamped_error(Error error) {
  if (error.check == Check::none) {
    error.check = Check::response_parses;
  }
  return error;
}

inline Result<VerifiedRegistration> run_registration(std::string_view json,
                                                     const RegistrationExpectations& expectations,
                                                     const Backend& backend = openssl_backend()) {
  Result<JsonValue> parsed = parse_json(json);
  if (!parsed) {
    return stamped_error(parsed.error());
  }
  Result<RegistrationResponse> response = parse_registration_response(*parsed);
  if (!response) {
    return stamped_error(response.error());
  }
  CS_ASSIGN(PendingRegistration pending,
            begin_registration(expectations, *response, backend.hasher));
  const std::vector<SignatureVerdict> verdicts = discharge(pending.obligations(), backend.verifier);
  return std::move(pending).finish(verdicts);
}

inline Result<VerifiedAssertion> run_authentication(std::string_view json,
                                                    const CredentialRecord& record,
                                                    const AuthenticationExpectations& expectations,
                                                    const Backend& backend = openssl_backend()) {
  Result<JsonValue> parsed = parse_json(json);
  if (!parsed) {
    return stamped_error(parsed.error());
  }
  Result<AuthenticationResponse> response = parse_authentication_response(*parsed);
  if (!response) {
    return stamped_error(response.error());
  }
  CS_ASSIGN(PendingAuthentication pending,
            begin_authentication(expectations, record, *response, backend.hasher));
  const std::vector<SignatureVerdict> verdicts = discharge(pending.obligations(), backend.verifier);
  return std::move(pending).finish(verdicts);
}

/// The verdict line of a case.
inline std::string verdict_of(const std::string& line, const Backend& backend = openssl_backend()) {
  return verify_case(line, CaseSettings{UnixSeconds{kCeremonyTime}}, backend.hasher,
                     backend.verifier);
}

inline bool is_accepted(std::string_view verdict) {
  return verdict.find(R"("ok":true)") != std::string_view::npos;
}

/// What a verdict line says went wrong: "check/code", or "ok".
inline std::string refusal_of(const std::string& verdict) {
  const Result<JsonValue> parsed = parse_json(verdict);
  if (!parsed) {
    return "no JSON";
  }
  const JsonValue* error = parsed->find("error");
  if (error == nullptr) {
    return "ok";
  }
  const auto text = [&](std::string_view name) {
    const JsonValue* value = error->find(name);
    return value != nullptr ? value->string : std::string();
  };
  return text("check") + "/" + text("code");
}

/// Third parties' vectors lie beside the repository; without them their tests are skipped.
#define CS_SKIP_WITHOUT(vectors)                                            \
  if (!(vectors)) {                                                         \
    GTEST_SKIP() << "test vectors absent from " << COUNTERSIGN_VECTORS_DIR; \
  }

}  // namespace countersign::testing
