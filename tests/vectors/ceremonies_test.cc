// Recorded ceremonies of real authenticators, at a time when their certificates were valid.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

struct Expected {
  std::string_view name;
  std::string_view time;
  std::string_view format;
  AttestationType type;
  AttestationTrust trust;
  std::uint32_t flags;
  CoseAlgorithm algorithm;
  bool is_key_order_canonical;
};

// Without anchors a chain is untrusted: an outcome, not an error.
constexpr Expected kExpected[] = {
    {"device-none", "2024-06-01T00:00:00Z", "none", AttestationType::none, AttestationTrust::none,
     0x5d, CoseAlgorithm::es256, true},
    {"device-packed", "2024-09-01T00:00:00Z", "packed", AttestationType::self,
     AttestationTrust::self, 0x45, CoseAlgorithm::rs256, true},
    {"device-tpm", "2024-09-01T00:00:00Z", "tpm", AttestationType::attca,
     AttestationTrust::untrusted, 0x45, CoseAlgorithm::es256, true},
    {"single-apple-es256", "2020-12-26T00:00:00Z", "apple", AttestationType::anonca,
     AttestationTrust::untrusted, 0x45, CoseAlgorithm::es256, true},
    {"single-fido-u2f", "2023-01-01T00:00:00Z", "fido-u2f", AttestationType::basic,
     AttestationTrust::untrusted, 0x41, CoseAlgorithm::es256, true},
    {"single-none", "2023-01-01T00:00:00Z", "none", AttestationType::none, AttestationTrust::none,
     0x5d, CoseAlgorithm::es256, true},
    {"single-packed-rs256", "2023-01-01T00:00:00Z", "packed", AttestationType::self,
     AttestationTrust::self, 0x45, CoseAlgorithm::rs256, true},
    {"single-tpm-es256", "2024-09-01T00:00:00Z", "tpm", AttestationType::attca,
     AttestationTrust::untrusted, 0x45, CoseAlgorithm::es256, true},
    {"single-tpm-rs256", "2018-06-15T00:00:00Z", "tpm", AttestationType::attca,
     AttestationTrust::untrusted, 0x45, CoseAlgorithm::rs256, false},
};

RegistrationExpectations expectations_for(const RecordedCeremony& ceremony,
                                          const Expected& expected) {
  RegistrationExpectations expectations;
  expectations.rp_id = ceremony.rp_id;
  expectations.origins = {ceremony.origin};
  expectations.challenge = ceremony.registration.challenge;
  expectations.user_verification = UserVerification::discouraged;
  expectations.time = parse_rfc3339(expected.time).value();
  return expectations;
}

class RecordedCeremonies : public ::testing::TestWithParam<Expected> {
 protected:
  void SetUp() override {
    ceremony_ = read_recorded_ceremony(COUNTERSIGN_VECTORS_DIR, GetParam().name);
    CS_SKIP_WITHOUT(ceremony_);
  }
  std::optional<RecordedCeremony> ceremony_;
};

TEST_P(RecordedCeremonies, SucceedOnBothBackends) {
  for (const Backend* backend : all_backends()) {
    SCOPED_TRACE(backend->verifier.name());
    const auto verified = run_registration(ceremony_->registration.json(),
                                           expectations_for(*ceremony_, GetParam()), *backend);
    ASSERT_TRUE(verified.has_value())
        << check_name(verified.error().check) << " " << error_name(verified.error().code);
    EXPECT_EQ(verified->statement().format, GetParam().format);
    EXPECT_EQ(verified->statement().type, GetParam().type);
    EXPECT_EQ(verified->trust().trust, GetParam().trust);
    EXPECT_EQ(verified->algorithm(), GetParam().algorithm);
    EXPECT_EQ(verified->attestation_object().authenticator_data.flags.bits, GetParam().flags);
    EXPECT_EQ(verified->attestation_object().is_key_order_canonical,
              GetParam().is_key_order_canonical);
    if (!ceremony_->authentication) {
      continue;
    }
    AuthenticationExpectations expectations;
    expectations.rp_id = ceremony_->rp_id;
    expectations.origins = {ceremony_->origin};
    expectations.challenge = ceremony_->authentication->challenge;
    expectations.user_verification = UserVerification::discouraged;
    expectations.time = parse_rfc3339(GetParam().time).value();
    CredentialRecord record = verified->record();
    if (ceremony_->authentication->user_handle) {
      record.user_handle = UserHandle(*ceremony_->authentication->user_handle);
    }
    const auto asserted =
        run_authentication(ceremony_->authentication->json(), record, expectations, *backend);
    ASSERT_TRUE(asserted.has_value()) << error_name(asserted.error().code);
  }
}

TEST_P(RecordedCeremonies, FailWhereTrustIsRequiredAndNoAnchorConfigured) {
  RegistrationExpectations expectations = expectations_for(*ceremony_, GetParam());
  expectations.is_trusted_attestation_required = true;
  const auto verified = run_registration(ceremony_->registration.json(), expectations);
  ASSERT_FALSE(verified.has_value());
  const ErrorCode expected =
      GetParam().trust == AttestationTrust::none   ? ErrorCode::attestation_none_not_allowed
      : GetParam().trust == AttestationTrust::self ? ErrorCode::attestation_self_not_allowed
                                                   : ErrorCode::attestation_untrusted;
  EXPECT_EQ(verified.error().code, expected);
  EXPECT_EQ(error_class(verified.error().code), ErrorClass::rejected);
}

TEST_P(RecordedCeremonies, FailForAnotherOriginRpIdOrChallenge) {
  const RegistrationExpectations good = expectations_for(*ceremony_, GetParam());
  RegistrationExpectations expectations = good;
  expectations.origins = {ceremony_->origin + "."};
  auto verified = run_registration(ceremony_->registration.json(), expectations);
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().code, ErrorCode::origin_not_allowed);
  expectations = good;
  expectations.rp_id = "example.org";
  verified = run_registration(ceremony_->registration.json(), expectations);
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().code, ErrorCode::rp_id_hash_mismatch);
  expectations = good;
  expectations.challenge = with_flipped_bit(good.challenge, 0);
  verified = run_registration(ceremony_->registration.json(), expectations);
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().code, ErrorCode::challenge_mismatch);
}

INSTANTIATE_TEST_SUITE_P(All, RecordedCeremonies, ::testing::ValuesIn(kExpected),
                         [](const auto& instance) {
                           std::string name(instance.param.name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// What was sent along never vouches for itself.
TEST(RecordedChains, FailIfTheAnchorIsTheLastCertificateOfALongerChain) {
  std::size_t chains = 0;
  for (const Expected& expected : kExpected) {
    SCOPED_TRACE(expected.name);
    const auto ceremony = read_recorded_ceremony(COUNTERSIGN_VECTORS_DIR, expected.name);
    CS_SKIP_WITHOUT(ceremony);
    RegistrationExpectations expectations = expectations_for(*ceremony, expected);
    const auto first = run_registration(ceremony->registration.json(), expectations);
    ASSERT_TRUE(first.has_value());
    const std::vector<Certificate>& path = first->statement().trust_path;
    if (path.size() < 2) {
      continue;
    }
    ++chains;
    expectations.trust_anchors = {path.back()};
    const auto untrusted = run_registration(ceremony->registration.json(), expectations);
    ASSERT_TRUE(untrusted.has_value());
    EXPECT_EQ(untrusted->trust().trust, AttestationTrust::untrusted);
    EXPECT_EQ(untrusted->trust().reason->code, ErrorCode::certificate_chain_order);
    expectations.is_trusted_attestation_required = true;
    const auto refused = run_registration(ceremony->registration.json(), expectations);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::attestation_untrusted);
  }
  EXPECT_EQ(chains, 4U);
}

// Arithmetic over a real chain: Apple's intermediate, P-384 with SHA-384, as the anchor.
TEST(RecordedChains, VerifyAgainstTheIssuerAndExpire) {
  const auto ceremony = read_recorded_ceremony(COUNTERSIGN_VECTORS_DIR, "single-apple-es256");
  CS_SKIP_WITHOUT(ceremony);
  const Expected& expected = kExpected[3];
  RegistrationExpectations expectations = expectations_for(*ceremony, expected);
  const auto first = run_registration(ceremony->registration.json(), expectations);
  ASSERT_TRUE(first.has_value());
  // The same path as candidate: the leaf against its issuer.
  std::vector<SignatureObligation> obligations;
  const std::vector<Certificate>& path = first->statement().trust_path;
  PathRequest request;
  request.chain = {path.data(), 1};
  request.anchors = {path.data() + 1, 1};
  request.time = expectations.time;
  const auto paths = build_paths(request, obligations);
  ASSERT_TRUE(paths.has_value()) << error_name(paths.error().code);
  for (const Backend* backend : all_backends()) {
    for (const SignatureVerdict verdict : discharge(obligations, backend->verifier)) {
      EXPECT_EQ(verdict, SignatureVerdict::valid);
    }
  }
  EXPECT_EQ(obligations.size(), 1U);
  // Apple's leaf lives three days.
  request.time = parse_rfc3339("2021-01-01T00:00:00Z").value();
  const auto expired = build_paths(request, obligations);
  ASSERT_FALSE(expired.has_value());
  EXPECT_EQ(expired.error().code, ErrorCode::certificate_expired);
}

// A batch certificate that is itself the anchor is a path of length one.
TEST(RecordedU2f, IsTrustedIfTheCertificateItselfIsTheAnchor) {
  const Expected& expected = kExpected[4];
  const auto ceremony = read_recorded_ceremony(COUNTERSIGN_VECTORS_DIR, expected.name);
  CS_SKIP_WITHOUT(ceremony);
  RegistrationExpectations expectations = expectations_for(*ceremony, expected);
  const auto first = run_registration(ceremony->registration.json(), expectations);
  ASSERT_TRUE(first.has_value());
  expectations.is_trusted_attestation_required = true;
  expectations.trust_anchors = {first->statement().trust_path.at(0)};
  const auto verified = run_registration(ceremony->registration.json(), expectations);
  ASSERT_TRUE(verified.has_value()) << error_name(verified.error().code);
  EXPECT_EQ(verified->trust().trust, AttestationTrust::trusted);
}

}  // namespace
}  // namespace countersign::testing
