// Every named check is the first to fail for at least one message, and for that message alone: each
// vector is one mutation of a message that is accepted.

#include <gtest/gtest.h>

#include <set>

#include "tests/metadata/blob_cases.h"
#include "tests/vectors/mutations.h"
#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

UserVerification user_verification_of(const std::string& text) {
  return text == "required"    ? UserVerification::required
         : text == "preferred" ? UserVerification::preferred
                               : UserVerification::discouraged;
}

template <class Expectations>
Expectations shared_expectations(const RelyingParty& party, const ByteVector& challenge) {
  Expectations expectations;
  expectations.rp_id = party.rp_id;
  expectations.origins = party.origins;
  expectations.top_origins = party.top_origins;
  expectations.challenge = party.challenge.value_or(challenge);
  expectations.user_verification = user_verification_of(party.user_verification);
  expectations.appid = party.appid;
  expectations.time = UnixSeconds{*party.time};
  return expectations;
}

RegistrationExpectations expectations_of(const RelyingParty& party,
                                         const Registration& registration) {
  auto expectations =
      shared_expectations<RegistrationExpectations>(party, registration.options.challenge);
  for (const std::int64_t algorithm : party.algorithms) {
    expectations.algorithms.push_back(static_cast<CoseAlgorithm>(algorithm));
  }
  if (party.mediation == "conditional") {
    expectations.mediation = Mediation::conditional;
  }
  for (const ByteVector& anchor : party.trust_anchors.value_or(registration.anchors())) {
    expectations.trust_anchors.push_back(parse_certificate(anchor).value());
  }
  expectations.models = party.models;
  expectations.is_trusted_attestation_required = party.is_trusted_attestation_required;
  expectations.attestation.is_safetynet_enabled = party.is_safetynet_enabled;
  expectations.attestation.is_u2f_aaguid_zero_required = party.is_u2f_aaguid_zero_required;
  return expectations;
}

AuthenticationExpectations expectations_of(const RelyingParty& party, const Assertion& assertion) {
  auto expectations =
      shared_expectations<AuthenticationExpectations>(party, assertion.options.challenge);
  expectations.purpose = party.is_payment ? AssertionPurpose::payment : AssertionPurpose::login;
  for (const ByteVector& id : party.allowed_credentials) {
    expectations.allow_credentials.push_back(CredentialId(id));
  }
  if (party.known_user) {
    expectations.user_handle = UserHandle(*party.known_user);
  }
  expectations.is_user_handle_required = party.is_user_handle_required;
  return expectations;
}

std::string describe(const Error& error) {
  return std::string(check_name(error.check)) + "/" + std::string(error_name(error.code));
}

// Why a registration is refused or, where the chain of an accepted one leads nowhere, why that is.
std::optional<Error> failure_of(const Result<VerifiedRegistration>& result) {
  if (!result) {
    return result.error();
  }
  return result->trust().trust == AttestationTrust::untrusted ? result->trust().reason
                                                              : std::nullopt;
}

TEST(FirstFailingCheck, RegistrationVectorsFailAtTheirCheck) {
  for (const RegistrationMutation& mutation : registration_mutations()) {
    SCOPED_TRACE(mutation.name);
    RegistrationOptions options;
    if (mutation.base != nullptr) {
      mutation.base(options);
    }
    const Registration good = make_registration(options);
    const auto accepted =
        failure_of(run_registration(good.json, expectations_of(RelyingParty{}, good)));
    ASSERT_FALSE(accepted.has_value()) << describe(*accepted);

    if (mutation.mutate != nullptr) {
      mutation.mutate(options);
    }
    RelyingParty party;
    if (mutation.expect != nullptr) {
      mutation.expect(party);
    }
    const Registration bad = make_registration(options);
    for (const Backend* backend : all_backends()) {
      const auto failure =
          failure_of(run_registration(bad.json, expectations_of(party, bad), *backend));
      ASSERT_TRUE(failure.has_value());
      EXPECT_EQ(describe(*failure), describe(Error{mutation.code, mutation.check, 0}));
    }
  }
}

TEST(FirstFailingCheck, AuthenticationVectorsFailAtTheirCheck) {
  const SoftCredential credential = make_registration().credential;
  const Assertion good = make_assertion(credential);
  ASSERT_TRUE(
      run_authentication(good.json, record_of(credential), expectations_of(RelyingParty{}, good))
          .has_value());
  for (const AuthenticationMutation& mutation : authentication_mutations()) {
    SCOPED_TRACE(mutation.name);
    AssertionOptions options;
    if (mutation.mutate != nullptr) {
      mutation.mutate(options);
    }
    SoftCredential stored = credential;
    if (mutation.store != nullptr) {
      mutation.store(stored);
    }
    RelyingParty party;
    if (mutation.expect != nullptr) {
      mutation.expect(party);
    }
    const Assertion bad = make_assertion(credential, options);
    for (const Backend* backend : all_backends()) {
      const auto refused =
          run_authentication(bad.json, record_of(stored), expectations_of(party, bad), *backend);
      ASSERT_FALSE(refused.has_value());
      EXPECT_EQ(describe(refused.error()), describe(Error{mutation.code, mutation.check, 0}));
    }
  }
}

TEST(FirstFailingCheck, NamesOfVectorsAreUnique) {
  std::set<std::string_view> names;
  for (const RegistrationMutation& mutation : registration_mutations()) {
    EXPECT_TRUE(names.insert(mutation.name).second) << mutation.name;
  }
  names.clear();
  for (const AuthenticationMutation& mutation : authentication_mutations()) {
    EXPECT_TRUE(names.insert(mutation.name).second) << mutation.name;
  }
}

constexpr std::uint16_t kFirstServiceCheck = 400;  // checks.def

TEST(FirstFailingCheck, EveryCheckHasAVector) {
  std::set<Check> covered;
  for (const RegistrationMutation& mutation : registration_mutations()) {
    covered.insert(mutation.check);
  }
  for (const AuthenticationMutation& mutation : authentication_mutations()) {
    covered.insert(mutation.check);
  }
  // Refused at their checks in tests/metadata/blob_test.cc.
  for (const BlobMutation& mutation : blob_mutations()) {
    covered.insert(mutation.check);
  }
  constexpr Check kChecks[] = {
#define CS_CHECK(number, name) Check::name,
#include "base/checks.def"
#undef CS_CHECK
  };
  for (const Check check : kChecks) {
    // The step that runs the checks of the statement's format; each failure is one of theirs.
    if (check == Check::attestation_statement_verifies) {
      continue;
    }
    // Rules about stored state: no message alone breaks them (tests/store/stateful_checks_test.cc).
    if (static_cast<std::uint16_t>(check) >= kFirstServiceCheck) {
      continue;
    }
    EXPECT_TRUE(covered.contains(check)) << check_name(check);
  }
}

}  // namespace
}  // namespace countersign::testing
