#include "policy/satisfaction.h"

#include "tests/policy/policies.h"
#include "tests/support/sanitized.h"

namespace countersign::testing {
namespace {

constexpr const char* kModel = "ee882879-721c-4913-9775-3dfcce97072a";
constexpr const char* kOther = "00000000-0000-0000-0000-000000000001";

constexpr std::uint32_t bit(RequirementKind kind) { return 1U << static_cast<unsigned>(kind); }

// The requirements of a single rule, with the lists `keys` and `bad`.
PolicyDocument demanding(const Json& require) {
  return parsed_policy(policy_of(
      Json{{"id", "a"}, {"when", {{"ceremony", "transaction.approve"}}}, {"require", require}},
      Json::object(), {{"keys", {kModel}}, {"bad", {kOther}}}));
}

CredentialFacts proved_key() {
  CredentialFacts facts;
  facts.aaguid = kModel;
  facts.is_model_proved = true;
  facts.attestation = AttestationConveyance::direct;
  facts.certification = CertificationLevel::l2;
  facts.algorithm = 1U << 1;   // ES256
  facts.transports = 1U << 0;  // usb
  facts.age = 1000;
  return facts;
}

std::uint32_t unmet(const Json& require, const CredentialFacts& facts,
                    const CeremonyFacts& ceremony = {true, 4, 0}) {
  const PolicyDocument document = demanding(require);
  return unmet_requirements(document, document.rules()[0].requirements, facts, ceremony);
}

TEST(UnmetRequirements, EachDimensionHasACredentialThatOnlyItRefuses) {
  const Json everything = {{"userVerification", "required"},
                           {"residentKey", "required"},
                           {"attestation", "direct"},
                           {"binding", "device-bound-attested"},
                           {"minimumCertification", "L2"},
                           {"authenticators", {{"allow", "keys"}, {"deny", "bad"}}},
                           {"algorithms", {"ES256"}},
                           {"transports", {"usb"}},
                           {"displayTier", 4},
                           {"coolingOff", "PT1000S"},
                           {"credentialAge", "PT1000S"},
                           {"authenticationAge", "PT1M"}};
  EXPECT_EQ(unmet(everything, proved_key()), 0U);
  const auto refused = [&](RequirementKind kind, auto change) {
    CredentialFacts facts = proved_key();
    CeremonyFacts ceremony{true, 4, 60};
    change(facts, ceremony);
    EXPECT_EQ(unmet(everything, facts, ceremony), bit(kind)) << requirement_name(kind);
  };
  refused(RequirementKind::user_verification,
          [](auto&, auto& ceremony) { ceremony.is_user_verified = false; });
  refused(RequirementKind::resident_key, [](auto& facts, auto&) { facts.is_discoverable = false; });
  refused(RequirementKind::attestation,
          [](auto& facts, auto&) { facts.attestation = AttestationConveyance::indirect; });
  refused(RequirementKind::binding, [](auto& facts, auto&) { facts.is_backup_eligible = true; });
  refused(RequirementKind::minimum_certification,
          [](auto& facts, auto&) { facts.certification = CertificationLevel::l1plus; });
  refused(RequirementKind::authenticators, [](auto& facts, auto&) { facts.aaguid = kOther; });
  refused(RequirementKind::algorithms, [](auto& facts, auto&) { facts.algorithm = 1; });
  refused(RequirementKind::transports, [](auto& facts, auto&) { facts.transports = 1U | 1U << 5; });
  refused(RequirementKind::display_tier, [](auto&, auto& ceremony) { ceremony.display_tier = 3; });
  refused(RequirementKind::cooling_off, [](auto& facts, auto&) { facts.age = 999; });
  refused(RequirementKind::credential_age, [](auto& facts, auto&) { facts.age = 1001; });
  refused(RequirementKind::authentication_age,
          [](auto&, auto& ceremony) { ceremony.authentication_age.reset(); });
}

TEST(UnmetRequirements, WhatAModelIsCountsOnlyWhenProved) {
  CredentialFacts claimed = proved_key();
  claimed.is_model_proved = false;
  EXPECT_EQ(unmet({{"authenticators", {{"allow", "keys"}}}}, claimed),
            bit(RequirementKind::authenticators));
  EXPECT_EQ(unmet({{"minimumCertification", "L1"}}, claimed),
            bit(RequirementKind::minimum_certification));
  EXPECT_EQ(unmet({{"binding", "device-bound-attested"}}, claimed), bit(RequirementKind::binding));
  EXPECT_EQ(unmet({{"binding", "device-bound-claimed"}}, claimed), 0U);
  // Against its bearer a claim counts.
  claimed.aaguid = kOther;
  EXPECT_EQ(unmet({{"authenticators", {{"deny", "bad"}}}}, claimed),
            bit(RequirementKind::authenticators));
}

TEST(UnmetRequirements, ACredentialThatIsBeingRegisteredHasNoAge) {
  CredentialFacts fresh = proved_key();
  fresh.age.reset();
  EXPECT_EQ(unmet({{"coolingOff", "PT24H"}}, fresh), 0U);
}

TEST(Join, IsTheStrictestInEachDimensionWhateverTheOrder) {
  Random random(7);
  for (std::size_t i = 0; i < 2000 / stride(5); ++i) {
    const PolicyDocument a = demanding(random_requirement(random));
    const PolicyDocument b = demanding(random_requirement(random));
    Requirements ab = a.rules()[0].requirements;
    Requirements ba = b.rules()[0].requirements;
    join(ab, b.rules()[0].requirements);
    join(ba, a.rules()[0].requirements);
    ASSERT_EQ(ab, ba);
    ASSERT_EQ(less_demanding(a, ab, a, a.rules()[0].requirements), 0U);
    ASSERT_EQ(less_demanding(a, ab, b, b.rules()[0].requirements), 0U);
  }
}

TEST(LessDemanding, ComparesListsByWhatIsOnThem) {
  const auto with_list = [](const Json& models, const char* use) {
    return parsed_policy(policy_of(Json{{"id", "a"},
                                        {"when", {{"ceremony", "register"}}},
                                        {"require", {{"authenticators", {{use, "l"}}}}}},
                                   Json::object(), {{"l", models}}));
  };
  const PolicyDocument one = with_list({kModel}, "allow");
  const PolicyDocument two = with_list({kModel, kOther}, "allow");
  const PolicyDocument deny_one = with_list({kOther}, "deny");
  const PolicyDocument deny_two = with_list({kModel, kOther}, "deny");
  const auto is_less = [](const PolicyDocument& a, const PolicyDocument& b) {
    return less_demanding(a, a.rules()[0].requirements, b, b.rules()[0].requirements) != 0;
  };
  EXPECT_FALSE(is_less(one, two));
  EXPECT_TRUE(is_less(two, one));
  EXPECT_FALSE(is_less(deny_two, deny_one));
  EXPECT_TRUE(is_less(deny_one, deny_two));
  EXPECT_FALSE(is_less(one, deny_one));
  EXPECT_TRUE(is_less(deny_one, one));
  EXPECT_TRUE(is_less(two, deny_one));
}

TEST(WebAuthnOptions, AskForWhatTheVerdictWillDemand) {
  const auto options_of = [](const Json& require) {
    return make_webauthn_options(demanding(require).rules()[0].requirements);
  };
  const WebAuthnOptions plain = options_of(Json::object());
  EXPECT_EQ(plain.user_verification, UserVerification::discouraged);
  EXPECT_EQ(plain.attestation, AttestationConveyance::none);
  EXPECT_EQ(plain.attachment, AuthenticatorAttachment::any);
  EXPECT_EQ(plain.algorithms.size(), 16U);
  EXPECT_EQ(plain.timeout_milliseconds, std::nullopt);
  EXPECT_TRUE(plain.attestation_formats.empty());
  const WebAuthnOptions strict = options_of({{"userVerification", "required"},
                                             {"minimumCertification", "L1"},
                                             {"algorithms", {"ES256", "EdDSA"}},
                                             {"transports", {"usb", "nfc"}},
                                             {"hints", {"security-key"}},
                                             {"residentKey", "required"},
                                             {"timeout", "PT5M"}});
  EXPECT_EQ(strict.user_verification, UserVerification::required);
  EXPECT_EQ(strict.resident_key, ResidentKey::required);
  EXPECT_EQ(strict.attestation, AttestationConveyance::direct) << "else nothing could be proved";
  EXPECT_FALSE(strict.attestation_formats.empty());
  EXPECT_EQ(strict.algorithms,
            (std::vector<CoseAlgorithm>{CoseAlgorithm::eddsa, CoseAlgorithm::es256}));
  EXPECT_EQ(strict.attachment, AuthenticatorAttachment::cross_platform);
  EXPECT_EQ(strict.hints, (std::vector<std::string_view>{"security-key"}));
  EXPECT_EQ(strict.timeout_milliseconds, 300000);
  EXPECT_EQ(options_of({{"transports", {"internal"}}}).attachment,
            AuthenticatorAttachment::platform);
  EXPECT_EQ(options_of({{"attestation", "enterprise"}, {"minimumCertification", "L1"}}).attestation,
            AttestationConveyance::enterprise);
}

}  // namespace
}  // namespace countersign::testing
