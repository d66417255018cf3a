// WebAuthn L3 §7.1. One suite for each check of the table, named after it (ceremony_join_test.cc
// holds that), with the check as the first one that fails.

#include "ceremony/registration.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/ceremony/ceremonies.h"
#include "tests/support/fake_models.h"

namespace countersign::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::Not;

// Succeeds

TEST(Registration, SucceedsForEachFormat) {
  for (const Format format : {Format::none, Format::packed_self, Format::packed_x5c,
                              Format::fido_u2f, Format::compound}) {
    RegistrationTrial trial;
    trial.options.format = format;
    const auto result = trial.run();
    ASSERT_TRUE(result.has_value())
        << format_identifier(format) << ": " << error_name(result.error().code) << " in "
        << check_name(result.error().check);
    EXPECT_EQ(result->statement().format, format_identifier(format));
  }
}

TEST(Registration, RecordHoldsWhatTheStandardNames) {
  RegistrationTrial trial;
  trial.options.flags = kUserPresent | kUserVerified | kBackupEligible | kBackedUp;
  trial.options.sign_count = 7;
  const Registration registration = make_registration(trial.options);
  const RegistrationResponse response = response_of(registration);
  const auto result = verify(expectations_for(registration), response);
  ASSERT_TRUE(result.has_value());
  const CredentialRecord& record = result->record();
  EXPECT_EQ(record.id.value, registration.credential.id);
  EXPECT_EQ(record.public_key, registration.credential.cose_key);
  EXPECT_EQ(record.sign_count, 7U);
  EXPECT_TRUE(record.is_uv_initialized);
  EXPECT_TRUE(record.is_backup_eligible);
  EXPECT_TRUE(record.is_backed_up);
  EXPECT_EQ(record.transports, response.transports);
  EXPECT_TRUE(equal(record.aaguid, registration.credential.aaguid));
  EXPECT_FALSE(record.user_handle.has_value());
  EXPECT_EQ(result->algorithm(), CoseAlgorithm::es256);
  EXPECT_TRUE(equal(result->client_data_hash(), sha256(registration.client_data)));
}

TEST(Registration, ChecksThatRanAreTheTableThenTheObligationsThenTheClosingTable) {
  RegistrationTrial trial;
  trial.options.format = Format::packed_self;
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  std::vector<Check> wanted(registration_checks().begin(), registration_checks().end());
  wanted.push_back(Check::packed_self_signature);
  wanted.push_back(Check::attestation_trusted);
  EXPECT_THAT(result->checks(), ElementsAreArray(wanted));
}

TEST(Registration, WithoutAttestationThereIsNothingToDischarge) {
  const Registration registration = make_registration();
  auto pending =
      begin_registration(expectations_for(registration), response_of(registration), test_hasher());
  ASSERT_TRUE(pending.has_value());
  EXPECT_TRUE(pending->obligations().empty());
  const auto result = std::move(pending).value().finish({});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->trust().trust, AttestationTrust::none);
}

// finish

TEST(RegistrationFinish, FailsIfVerdictsDoNotMatchObligationsInNumber) {
  RegistrationOptions options;
  options.format = Format::packed_self;
  const Registration registration = make_registration(options);
  for (const std::size_t count : {std::size_t{0}, std::size_t{2}}) {
    auto pending = begin_registration(expectations_for(registration), response_of(registration),
                                      test_hasher());
    ASSERT_TRUE(pending.has_value());
    ASSERT_EQ(pending->obligations().size(), 1U);
    const std::vector<SignatureVerdict> verdicts(count, SignatureVerdict::valid);
    const auto result = std::move(pending).value().finish(verdicts);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::obligation_results_mismatch);
  }
}

TEST(RegistrationFinish, FailsIfBackendLacksTheAlgorithmOfTheStatement) {
  RegistrationOptions options;
  options.format = Format::packed_self;
  const Registration registration = make_registration(options);
  auto pending =
      begin_registration(expectations_for(registration), response_of(registration), test_hasher());
  ASSERT_TRUE(pending.has_value());
  const std::vector<SignatureVerdict> verdicts(1, SignatureVerdict::unsupported);
  const auto result = std::move(pending).value().finish(verdicts);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::algorithm_unsupported_by_backend);
  EXPECT_EQ(result.error().check, Check::packed_self_signature);
}

TEST(RegistrationFinish, FailsIfAnyObligationOfTheStatementIsInvalid) {
  RegistrationOptions options;
  options.format = Format::compound;
  const Registration registration = make_registration(options);
  RegistrationExpectations expected = expectations_for(registration);
  expected.trust_anchors.clear();
  const RegistrationResponse response = response_of(registration);
  const auto count = begin_registration(expected, response, test_hasher())->obligations().size();
  ASSERT_EQ(count, 2U);
  for (std::size_t bad = 0; bad < count; ++bad) {
    auto pending = begin_registration(expected, response, test_hasher());
    std::vector<SignatureVerdict> verdicts(count, SignatureVerdict::valid);
    verdicts[bad] = SignatureVerdict::invalid;
    const auto result = std::move(pending).value().finish(verdicts);
    ASSERT_FALSE(result.has_value()) << bad;
    EXPECT_EQ(result.error().code, ErrorCode::signature_invalid);
  }
}

TEST(RegistrationFinish, InvalidEdgeMakesThePathUntrustedNotTheStatementInvalid) {
  RegistrationOptions options;
  options.format = Format::packed_x5c;
  const Registration registration = make_registration(options);
  for (const SignatureVerdict edge : {SignatureVerdict::invalid, SignatureVerdict::unsupported}) {
    auto pending = begin_registration(expectations_for(registration), response_of(registration),
                                      test_hasher());
    ASSERT_TRUE(pending.has_value());
    ASSERT_EQ(pending->obligations().size(), 2U);
    const std::vector<SignatureVerdict> verdicts = {SignatureVerdict::valid, edge};
    const auto result = std::move(pending).value().finish(verdicts);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->trust().trust, AttestationTrust::untrusted);
    ASSERT_TRUE(result->trust().reason.has_value());
    if (edge == SignatureVerdict::unsupported) {
      EXPECT_EQ(result->trust().reason->code, ErrorCode::algorithm_unsupported_by_backend);
    }
  }
}

// 1

TEST(RegistrationExpectationsUsable, FailsIfRpIdIsNoDomain) {
  const char* bad[] = {"",
                       "127.0.0.1",
                       "[::1]",
                       "::1",
                       "10.0.0.0x1",
                       "example.org.",
                       ".org",
                       "a..b",
                       "Example.org",
                       "https://a.org",
                       "a.org:443",
                       "a.org/",
                       "ex ample.org",
                       "1",
                       "b\xc3\xbc.de"};
  for (const char* rp_id : bad) {
    RegistrationTrial trial;
    trial.edit_expectations = [&](auto& expected) { expected.rp_id = rp_id; };
    expect_refused(trial, ErrorCode::expected_rp_id_invalid, Check::expectations_usable);
  }
}

TEST(RegistrationExpectationsUsable, SucceedsIfRpIdIsADomain) {
  for (const char* rp_id : {"localhost", "example.org", "4you.example", "xn--bcher-kva.example",
                            "a-b.c_d.example", "1.2.3.4.example"}) {
    RegistrationTrial trial;
    trial.options.rp_id = rp_id;
    trial.edit_expectations = [&](auto& expected) { expected.rp_id = rp_id; };
    expect_accepted(trial);
  }
}

TEST(RegistrationExpectationsUsable, FailsIfNoOriginIsExpected) {
  RegistrationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.origins.clear(); };
  expect_refused(trial, ErrorCode::expected_origins_invalid, Check::expectations_usable);
}

TEST(RegistrationExpectationsUsable, FailsIfAnOriginIsEmpty) {
  RegistrationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.origins.emplace_back(); };
  expect_refused(trial, ErrorCode::expected_origins_invalid, Check::expectations_usable);
  trial.edit_expectations = [](auto& expected) { expected.top_origins.emplace_back(); };
  expect_refused(trial, ErrorCode::expected_origins_invalid, Check::expectations_usable);
}

TEST(RegistrationExpectationsUsable, FailsIfChallengeIsTooShortOrTooLong) {
  for (const std::size_t size : {0U, 1U, 15U, 1025U}) {
    RegistrationTrial trial;
    trial.options.challenge = ByteVector(size, 7);
    expect_refused(trial, ErrorCode::expected_challenge_invalid, Check::expectations_usable);
  }
  RegistrationTrial trial;
  trial.options.challenge = ByteVector(16, 7);
  expect_accepted(trial);
}

TEST(RegistrationExpectationsUsable, FailsIfAppidIsEmpty) {
  RegistrationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.appid = ""; };
  expect_refused(trial, ErrorCode::expected_appid_invalid, Check::expectations_usable);
}

TEST(RegistrationExpectationsUsable, FailsIfThereAreTooManyExpectedValues) {
  RegistrationTrial trial;
  trial.edit_expectations = [](auto& expected) {
    expected.origins.resize(limits::kMaxOrigins + 1, "https://example.org");
  };
  expect_refused(trial, ErrorCode::expectations_too_large, Check::expectations_usable);
  trial.edit_expectations = [](auto& expected) {
    expected.algorithms.resize(limits::kMaxAllowedAlgorithms + 1, CoseAlgorithm::es256);
  };
  expect_refused(trial, ErrorCode::expectations_too_large, Check::expectations_usable);
}

// 4

TEST(RegistrationClientExtensionsParse, FailsIfAKnownOutputHasAWrongType) {
  for (const char* results :
       {R"({"credProps":true})", R"({"credProps":{"rk":"true"}})", R"({"prf":[]})",
        R"({"prf":{"enabled":1}})", R"({"largeBlob":{"supported":null}})", R"({"appid":"x"})",
        R"({"appidExclude":0})", R"({"payment":true})"}) {
    RegistrationTrial trial;
    trial.edit_response = [&](auto& response) {
      response.client_extension_results = json(results);
    };
    expect_refused(trial, ErrorCode::client_extension_malformed, Check::client_extensions_parse);
  }
}

TEST(RegistrationClientExtensionsParse, SucceedsIfOutputsAreUnknownOrUnsolicited) {
  RegistrationTrial trial;
  trial.edit_response = [](auto& response) {
    response.client_extension_results =
        json(R"({"credProps":{"rk":true,"authenticatorDisplayName":"x"},"futureExt":[1,{}]})");
  };
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->client_extensions().resident_key, std::optional(true));
}

// 5

TEST(RegistrationClientDataIsUtf8, FailsIfBytesAreNoUtf8) {
  RegistrationTrial trial;
  trial.options.client_data.edits = {{"extra", "\"\xc0\xaf\""}};
  expect_refused(trial, ErrorCode::utf8_invalid, Check::client_data_is_utf8);
}

TEST(RegistrationClientDataIsUtf8, FailsIfTooLarge) {
  RegistrationTrial trial;
  trial.options.client_data.edits = {
      {"extra", '"' + std::string(limits::kMaxClientDataBytes, 'x') + '"'}};
  expect_refused(trial, ErrorCode::input_too_large, Check::client_data_is_utf8);
}

TEST(RegistrationClientDataIsUtf8, SucceedsIfAByteOrderMarkLeads) {
  RegistrationTrial trial;
  trial.options.client_data.has_byte_order_mark = true;
  trial.options.format = Format::packed_self;  // the hash is over the bytes with the mark
  expect_accepted(trial);
}

// 6

TEST(RegistrationClientDataParses, FailsIfNotAnObjectWithTheMembers) {
  const struct {
    const char* raw;
    ErrorCode code;
  } bad[] = {
      {"", ErrorCode::json_syntax},
      {"[]", ErrorCode::client_data_malformed},
      {"{}", ErrorCode::client_data_malformed},
      {R"({"type":"webauthn.create","type":"webauthn.create"})", ErrorCode::json_duplicate_key}};
  for (const auto& [raw, code] : bad) {
    RegistrationTrial trial;
    trial.edit_response = [raw = raw](auto& response) { response.client_data_json = bytes(raw); };
    expect_refused(trial, code, Check::client_data_parses);
  }
}

TEST(RegistrationClientDataParses, FailsIfAMemberHasAWrongType) {
  for (const JsonEdit& edit : {JsonEdit{"type", "7"}, JsonEdit{"origin", "null"},
                               JsonEdit{"crossOrigin", "\"false\""}, JsonEdit{"topOrigin", "1"}}) {
    RegistrationTrial trial;
    trial.options.client_data.edits = {edit};
    expect_refused(trial, ErrorCode::client_data_malformed, Check::client_data_parses);
  }
}

TEST(RegistrationClientDataParses, SucceedsIfUnknownMembersArePresent) {
  RegistrationTrial trial;
  trial.options.client_data.edits = {{"other_keys_can_be_added_here", "\"do not compare\""}};
  expect_accepted(trial);
}

// 7

TEST(RegistrationTypeIsCreate, FailsIfTypeIsAnother) {
  for (const char* type : {"webauthn.get", "payment.get", "Webauthn.create", "webauthn.create "}) {
    RegistrationTrial trial;
    trial.options.client_data.type = type;
    expect_refused(trial, ErrorCode::type_mismatch, Check::type_is_create);
  }
}

// 8

TEST(RegistrationChallengeMatches, FailsIfChallengeIsAnother) {
  const ByteVector challenge = RegistrationOptions().challenge;
  ByteVector longer = challenge;
  longer.push_back(0);
  const ByteVector shorter(challenge.begin(), challenge.end() - 1);
  for (const ByteVector& other : {with_flipped_bit(challenge, 255), longer, shorter}) {
    RegistrationTrial trial;
    trial.options.client_data.challenge = other;
    expect_refused(trial, ErrorCode::challenge_mismatch, Check::challenge_matches);
  }
}

// 9

TEST(RegistrationOriginAllowed, FailsIfOriginIsNotExactlyAnExpectedOne) {
  for (const char* origin :
       {"https://example.org.", "https://example.org:443", "https://example.org/",
        "http://example.org", "https://EXAMPLE.org", "https://evil.example.org",
        "https://example.org.evil.com", "android:apk-key-hash:AAAA", "null", ""}) {
    RegistrationTrial trial;
    trial.options.client_data.origin = origin;
    expect_refused(trial, ErrorCode::origin_not_allowed, Check::origin_allowed);
  }
}

TEST(RegistrationOriginAllowed, SucceedsIfOriginIsOneOfSeveralAlsoOfAnApp) {
  for (const char* origin :
       {"https://example.org", "android:apk-key-hash:aBc", "ios:bundle-id:org.example"}) {
    RegistrationTrial trial;
    trial.options.client_data.origin = origin;
    trial.edit_expectations = [](auto& expected) {
      expected.origins = {"android:apk-key-hash:aBc", "https://example.org",
                          "ios:bundle-id:org.example"};
    };
    expect_accepted(trial);
  }
}

TEST(RegistrationOriginAllowed, FailsIfAnAppOriginDiffersInCase) {
  RegistrationTrial trial;
  trial.options.client_data.origin = "android:apk-key-hash:ABC";
  trial.edit_expectations = [](auto& expected) { expected.origins = {"android:apk-key-hash:aBc"}; };
  expect_refused(trial, ErrorCode::origin_not_allowed, Check::origin_allowed);
}

// 10

TEST(RegistrationCrossOriginAllowed, FailsIfCrossOriginAndNoTopOriginIsConfigured) {
  RegistrationTrial trial;
  trial.options.client_data.cross_origin = true;
  expect_refused(trial, ErrorCode::cross_origin_not_allowed, Check::cross_origin_allowed);
}

TEST(RegistrationCrossOriginAllowed, SucceedsIfEmbeddingIsExpectedAlsoWithoutTopOrigin) {
  RegistrationTrial trial;
  trial.options.client_data.cross_origin = true;
  trial.edit_expectations = [](auto& expected) { expected.top_origins = {"https://shop.example"}; };
  expect_accepted(trial);
}

// 11.1

TEST(RegistrationTopOriginExpected, FailsIfTopOriginIsPresentAndNoneIsConfigured) {
  for (const std::optional<bool> cross_origin : {std::optional<bool>(), std::optional(false)}) {
    RegistrationTrial trial;
    trial.options.client_data.cross_origin = cross_origin;
    trial.options.client_data.top_origin = "https://example.org";
    expect_refused(trial, ErrorCode::top_origin_unexpected, Check::top_origin_expected);
  }
}

// 11.2

TEST(RegistrationTopOriginAllowed, FailsIfTopOriginIsNotAConfiguredOne) {
  RegistrationTrial trial;
  trial.options.client_data.cross_origin = true;
  trial.options.client_data.top_origin = "https://example.org";  // an origin, but no top origin
  trial.edit_expectations = [](auto& expected) { expected.top_origins = {"https://shop.example"}; };
  expect_refused(trial, ErrorCode::top_origin_not_allowed, Check::top_origin_allowed);
}

TEST(RegistrationTopOriginAllowed, SucceedsIfTopOriginIsConfigured) {
  RegistrationTrial trial;
  trial.options.client_data.cross_origin = true;
  trial.options.client_data.top_origin = "https://shop.example";
  trial.edit_expectations = [](auto& expected) { expected.top_origins = {"https://shop.example"}; };
  expect_accepted(trial);
}

// 13

TEST(RegistrationAttestationObjectParses, FailsIfNotOneCborMap) {
  RegistrationTrial trial;
  trial.options.raw_attestation_object = ByteVector{0x80};
  expect_refused(trial, ErrorCode::attestation_object_malformed, Check::attestation_object_parses);
  trial.options.raw_attestation_object = ByteVector{0x9a, 0x3f, 0xff, 0xff, 0xff};
  expect_refused(trial, ErrorCode::cbor_truncated, Check::attestation_object_parses);
}

TEST(RegistrationAttestationObjectParses, FailsIfTrailingBytes) {
  RegistrationTrial trial;
  trial.options.attestation_object_trailer = {0x00};
  expect_refused(trial, ErrorCode::cbor_trailing_bytes, Check::attestation_object_parses);
}

TEST(RegistrationAttestationObjectParses, FailsIfTrailingBytesInAuthenticatorData) {
  RegistrationTrial trial;
  trial.options.authenticator_data_trailer = {0x00};
  expect_refused(trial, ErrorCode::authenticator_data_trailing_bytes,
                 Check::attestation_object_parses);
}

TEST(RegistrationAttestationObjectParses, FailsIfAttestedCredentialDataAreMissing) {
  RegistrationTrial trial;
  trial.options.has_attested_data = false;
  expect_refused(trial, ErrorCode::attested_credential_data_missing,
                 Check::attestation_object_parses);
}

TEST(RegistrationAlgorithmOffered, FailsIfCredentialKeyIsRs1UnlessItWasAskedForByName) {
  RegistrationTrial trial;
  trial.options.algorithm = -65535;
  expect_refused(trial, ErrorCode::algorithm_not_allowed_here, Check::algorithm_offered);
  trial.edit_expectations = [](RegistrationExpectations& expected) {
    expected.algorithms = {CoseAlgorithm::es256, CoseAlgorithm::rs256};
  };
  expect_refused(trial, ErrorCode::algorithm_not_allowed_here, Check::algorithm_offered);
  trial.edit_expectations = [](RegistrationExpectations& expected) {
    expected.algorithms = {CoseAlgorithm::rs1};
  };
  EXPECT_TRUE(trial.run().has_value());
}

TEST(RegistrationAttestationObjectParses, SucceedsIfMapKeysAreInAnotherOrderAndSaysSo) {
  RegistrationTrial trial;
  trial.options.key_order = cbor::KeyOrder::reversed;
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->attestation_object().is_key_order_canonical);
}

// 14

TEST(RegistrationRpIdHashMatches, FailsIfHashIsOfAnotherRpId) {
  RegistrationTrial trial;
  trial.options.rp_id_hash = sha256(bytes("www.example.org"));
  expect_refused(trial, ErrorCode::rp_id_hash_mismatch, Check::rp_id_hash_matches);
}

TEST(RegistrationRpIdHashMatches, FailsIfHashIsOfTheAppid) {
  RegistrationTrial trial;
  trial.options.rp_id_hash = sha256(bytes("https://example.org"));
  trial.edit_expectations = [](auto& expected) { expected.appid = "https://example.org"; };
  trial.edit_response = [](auto& response) {
    response.client_extension_results = json(R"({"appidExclude":true,"appid":true})");
  };
  expect_refused(trial, ErrorCode::rp_id_hash_mismatch, Check::rp_id_hash_matches);
}

// 15

TEST(RegistrationUserPresent, FailsIfNotPresent) {
  RegistrationTrial trial;
  trial.options.flags = kUserVerified;
  expect_refused(trial, ErrorCode::user_not_present, Check::user_present);
}

TEST(RegistrationUserPresent, SucceedsIfNotPresentAndMediationIsConditional) {
  RegistrationTrial trial;
  trial.options.flags = 0;
  trial.edit_expectations = [](auto& expected) {
    expected.mediation = Mediation::conditional;
    expected.user_verification = UserVerification::preferred;
  };
  expect_accepted(trial);
}

// 16

TEST(RegistrationUserVerified, FailsIfRequiredAndNotVerified) {
  RegistrationTrial trial;
  trial.options.flags = kUserPresent;
  expect_refused(trial, ErrorCode::user_not_verified, Check::user_verified);
  // Conditional mediation lifts user presence, not a requirement of the relying party.
  trial.edit_expectations = [](auto& expected) { expected.mediation = Mediation::conditional; };
  expect_refused(trial, ErrorCode::user_not_verified, Check::user_verified);
}

TEST(RegistrationUserVerified, IgnoresTheFlagUnlessRequired) {
  for (const auto wish : {UserVerification::preferred, UserVerification::discouraged}) {
    for (const unsigned flags : {0U + kUserPresent, 0U + kUserPresent + kUserVerified}) {
      RegistrationTrial trial;
      trial.options.flags = static_cast<std::uint8_t>(flags);
      trial.edit_expectations = [&](auto& expected) { expected.user_verification = wish; };
      expect_accepted(trial);
    }
  }
}

// 17

TEST(RegistrationBackupFlagsConsistent, FailsIfBackedUpButNotEligible) {
  RegistrationTrial trial;
  trial.options.flags = kUserPresent | kUserVerified | kBackedUp;
  expect_refused(trial, ErrorCode::backup_flags_inconsistent, Check::backup_flags_consistent);
}

TEST(RegistrationBackupFlagsConsistent, SucceedsIfEligibleBackedUpOrNot) {
  for (const unsigned flags : {0U + kBackupEligible, 0U + kBackupEligible + kBackedUp}) {
    RegistrationTrial trial;
    trial.options.flags = static_cast<std::uint8_t>(flags | kUserPresent | kUserVerified);
    expect_accepted(trial);
  }
}

// 20

TEST(RegistrationAlgorithmOffered, FailsIfNotOffered) {
  RegistrationTrial trial;
  trial.edit_expectations = [](auto& expected) {
    expected.algorithms = {CoseAlgorithm::rs256, CoseAlgorithm::eddsa};
  };
  expect_refused(trial, ErrorCode::algorithm_not_offered, Check::algorithm_offered);
}

TEST(RegistrationAlgorithmOffered, FailsIfOnlyAnAliasWasOffered) {
  RegistrationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.algorithms = {CoseAlgorithm::esp256}; };
  expect_refused(trial, ErrorCode::algorithm_not_offered, Check::algorithm_offered);
}

TEST(RegistrationAlgorithmOffered, SucceedsForEveryAlgorithmWithoutAList) {
  for (const std::int64_t algorithm : credential_algorithms()) {
    RegistrationTrial trial;
    trial.options.algorithm = algorithm;
    trial.options.format = Format::packed_self;
    trial.options.attestation_algorithm = algorithm;
    expect_accepted(trial);
  }
}

// 21

TEST(RegistrationAttestationFormatSupported, FailsIfUnknownOrInAnotherCase) {
  for (const char* name : {"None", "packed ", "apple-appattest", ""}) {
    RegistrationTrial trial;
    trial.options.format_name = name;
    expect_refused(trial, ErrorCode::attestation_format_unknown,
                   Check::attestation_format_supported);
  }
}

// 22

TEST(RegistrationAttestationStatementVerifies, FailsIfTheStatementIsNotOfItsFormat) {
  RegistrationTrial trial;
  trial.options.statement_edits = {{"x", cbor::null()}};
  const auto result = trial.run();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().check, Check::none_statement_empty);
  EXPECT_EQ(step_of(CeremonyKind::registration, result.error().check), "7.1.22");
}

TEST(RegistrationAttestationStatementVerifies, FailsIfTheSignatureDoesNotVerify) {
  for (const SignatureFault fault : {SignatureFault::wrong_key, SignatureFault::other_message}) {
    RegistrationTrial trial;
    trial.options.format = Format::packed_self;
    trial.options.signature_fault = fault;
    expect_refused(trial, ErrorCode::signature_invalid, Check::packed_self_signature);
  }
}

TEST(RegistrationAttestationStatementVerifies, FailsIfClientDataAreNotTheSignedOnes) {
  RegistrationTrial trial;
  trial.options.format = Format::packed_self;
  trial.edit_response = [](auto& response) { response.client_data_json.push_back(' '); };
  expect_refused(trial, ErrorCode::signature_invalid, Check::packed_self_signature);
}

// 24

TEST(RegistrationAttestationTrusted, FailsIfRequiredAndThereIsNone) {
  RegistrationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.is_trusted_attestation_required = true; };
  expect_refused(trial, ErrorCode::attestation_none_not_allowed, Check::attestation_trusted);
}

TEST(RegistrationAttestationTrusted, FailsIfRequiredAndItIsSelf) {
  RegistrationTrial trial;
  trial.options.format = Format::packed_self;
  trial.edit_expectations = [](auto& expected) { expected.is_trusted_attestation_required = true; };
  expect_refused(trial, ErrorCode::attestation_self_not_allowed, Check::attestation_trusted);
}

TEST(RegistrationAttestationTrusted, FailsIfRequiredAndTheChainLeadsToNoAnchor) {
  RegistrationTrial trial;
  trial.options.format = Format::packed_x5c;
  trial.edit_expectations = [](auto& expected) {
    expected.is_trusted_attestation_required = true;
    expected.trust_anchors.clear();
  };
  expect_refused(trial, ErrorCode::attestation_untrusted, Check::attestation_trusted);
}

TEST(RegistrationAttestationTrusted, FailsIfRequiredAndTheRootCameAlongInTheChain) {
  RegistrationTrial trial;
  trial.options.format = Format::packed_x5c;
  const Registration plain = make_registration(trial.options);
  std::vector<ByteVector> chain = plain.chain->x5c();
  chain.push_back(plain.chain->root->der);
  trial.options.x5c = chain;
  trial.edit_expectations = [](auto& expected) {
    expected.is_trusted_attestation_required = true;
    expected.trust_anchors.clear();
  };
  expect_refused(trial, ErrorCode::attestation_untrusted, Check::attestation_trusted);
}

TEST(RegistrationAttestationTrusted, FailsIfRequiredAndACertificateIsForged) {
  RegistrationTrial trial;
  trial.options.format = Format::packed_x5c;
  trial.options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.fault = CertificateFault::wrong_signature;
  };
  trial.edit_expectations = [](auto& expected) { expected.is_trusted_attestation_required = true; };
  expect_refused(trial, ErrorCode::attestation_untrusted, Check::attestation_trusted);
}

TEST(RegistrationAttestationTrusted, SucceedsIfTheChainLeadsToAnAnchor) {
  for (const std::size_t intermediates : {0U, 1U, 2U}) {
    RegistrationTrial trial;
    trial.options.format = Format::packed_x5c;
    trial.options.intermediates = intermediates;
    trial.edit_expectations = [](auto& expected) {
      expected.is_trusted_attestation_required = true;
    };
    const auto result = trial.run();
    ASSERT_TRUE(result.has_value()) << intermediates;
    EXPECT_EQ(result->trust().trust, AttestationTrust::trusted);
    EXPECT_THAT(result->checks(), Contains(Check::attestation_chain_trusted));
  }
}

TEST(RegistrationAttestationTrusted, IsAnOutcomeUnlessRequired) {
  RegistrationTrial trial;
  trial.options.format = Format::packed_x5c;
  trial.edit_expectations = [](auto& expected) { expected.trust_anchors.clear(); };
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->trust().trust, AttestationTrust::untrusted);
  EXPECT_TRUE(result->trust().reason.has_value());
}

// With what is known of authenticator models; core/metadata has the rules.

class RegistrationAuthenticatorModelAcceptable : public ::testing::Test {
 protected:
  RegistrationAuthenticatorModelAcceptable() {
    trial_.options.format = Format::packed_x5c;
    trial_.edit_expectations = [this](RegistrationExpectations& expected) {
      roots_ = std::exchange(expected.trust_anchors, {});
      expected.models = &models_;
    };
  }
  // Models whose anchors are the roots of the message, for statements of that format alone.
  void know_roots_of(std::string_view format) {
    models_.anchors = [this, format](const ModelQuery& query) {
      return query.statement.format == format ? roots_ : std::vector<Certificate>();
    };
  }

  FakeModels models_;
  std::vector<Certificate> roots_;
  RegistrationTrial trial_;
};

TEST_F(RegistrationAuthenticatorModelAcceptable, FailsIfTheModelIsNot) {
  for (const Format format : {Format::none, Format::packed_self, Format::packed_x5c}) {
    trial_.options.format = format;
    models_.assessment = [](const auto&...) { return ErrorCode::authenticator_revoked; };
    expect_refused(trial_, ErrorCode::authenticator_revoked, Check::authenticator_model_acceptable);
  }
}

TEST_F(RegistrationAuthenticatorModelAcceptable, FailsIfAnyStatementOfACompoundIsOfOneThatIsNot) {
  trial_.options.format = Format::compound;
  for (const std::vector<Format>& parts : {std::vector{Format::packed_self, Format::packed_x5c},
                                           std::vector{Format::packed_x5c, Format::packed_self}}) {
    trial_.options.compound_formats = parts;
    models_.assessment = [](const ModelQuery& query, const auto&...) -> Result<ModelAssessment> {
      if (query.statement.type == AttestationType::basic) {
        return ErrorCode::authenticator_revoked;
      }
      return ModelAssessment{};
    };
    expect_refused(trial_, ErrorCode::authenticator_revoked, Check::authenticator_model_acceptable);
  }
}

// The anchors of one model say nothing about a statement of another.
TEST_F(RegistrationAuthenticatorModelAcceptable, FailsToTrustAStatementByTheAnchorsOfAnother) {
  trial_.options.format = Format::compound;
  trial_.options.compound_formats = {Format::packed_x5c, Format::fido_u2f};
  models_.anchors = [this](const ModelQuery&) { return roots_; };
  const auto both = trial_.run();
  ASSERT_TRUE(both.has_value()) << error_name(both.error().code);
  EXPECT_EQ(both->trust().trust, AttestationTrust::trusted);
  EXPECT_EQ(both->anchors().size(), 2U);
  for (const char* format : {"packed", "fido-u2f"}) {
    know_roots_of(format);
    const auto one = trial_.run();
    ASSERT_TRUE(one.has_value());
    EXPECT_EQ(one->trust().trust, AttestationTrust::untrusted) << format;
    EXPECT_EQ(one->anchors().size(), 1U);
  }
}

TEST_F(RegistrationAuthenticatorModelAcceptable, IsAskedWithWhatTheMessageSaysAndItsChainsEnd) {
  const Registration registration = make_registration(trial_.options);
  trial_.edit_expectations = [this](RegistrationExpectations& expected) {
    roots_ = expected.trust_anchors;
    // Another anchor beside it: indices are those of both lists together.
    const auto stranger = make_certificate(
        authority_options("Stranger", TestKey::make(KeyKind::p256, "stranger")), nullptr);
    expected.trust_anchors = parse_anchors({stranger.der});
    expected.models = &models_;
  };
  know_roots_of("packed");
  models_.assessment = [&](const ModelQuery& query, const TrustAssessment& trust,
                           const Certificate* anchor) -> Result<ModelAssessment> {
    EXPECT_TRUE(equal(query.aaguid, registration.credential.aaguid));
    EXPECT_EQ(query.credential_algorithm, CoseAlgorithm::es256);
    EXPECT_EQ(query.time.value, kTestTime.value);
    EXPECT_EQ(query.statement.format, "packed");
    EXPECT_EQ(trust.trust, AttestationTrust::trusted);
    EXPECT_EQ(trust.anchor, 0U);
    EXPECT_TRUE(anchor != nullptr && *anchor == roots_.at(0));
    return ModelAssessment{true, true, "A key", "L1", {"FIDO_CERTIFIED_L1"}};
  };
  const auto result = trial_.run();
  ASSERT_TRUE(result.has_value()) << error_name(result.error().code);
  ASSERT_TRUE(result->model().has_value());
  EXPECT_EQ(result->model()->description, "A key");
  EXPECT_THAT(result->anchors(), ElementsAreArray(roots_));
  EXPECT_EQ(result->checks().back(), Check::authenticator_model_acceptable);
}

TEST_F(RegistrationAuthenticatorModelAcceptable, IsGivenNoAnchorWhereTheChainIsForged) {
  trial_.options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.fault = CertificateFault::wrong_signature;
  };
  know_roots_of("packed");
  models_.assessment = [](const ModelQuery&, const TrustAssessment& trust,
                          const Certificate* anchor) -> Result<ModelAssessment> {
    EXPECT_EQ(trust.trust, AttestationTrust::untrusted);
    EXPECT_EQ(anchor, nullptr);
    return ErrorCode::attestation_untrusted;
  };
  expect_refused(trial_, ErrorCode::attestation_untrusted, Check::authenticator_model_acceptable);
}

TEST_F(RegistrationAuthenticatorModelAcceptable, SucceedsIfAnAndroidChainEndsInAnAnchorOfTheModel) {
  trial_.options.format = Format::android_key;
  const Registration plain = make_registration(trial_.options);
  std::vector<ByteVector> chain = plain.chain->x5c();
  chain.push_back(plain.chain->root->der);
  trial_.options.x5c = chain;
  know_roots_of("android-key");
  const auto result = trial_.run();
  ASSERT_TRUE(result.has_value()) << error_name(result.error().code);
  EXPECT_EQ(result->trust().trust, AttestationTrust::trusted);
  EXPECT_THAT(result->anchors(), ElementsAreArray(roots_));
}

TEST_F(RegistrationAuthenticatorModelAcceptable, GivesTheWeakestAssessmentForACompound) {
  trial_.options.format = Format::compound;
  for (const std::vector<Format>& parts : {std::vector{Format::packed_self, Format::packed_x5c},
                                           std::vector{Format::packed_x5c, Format::packed_self}}) {
    trial_.options.compound_formats = parts;
    models_.assessment = [](const ModelQuery& query, const auto&...) -> Result<ModelAssessment> {
      const bool is_proved = query.statement.type == AttestationType::basic;
      return ModelAssessment{true, is_proved, is_proved ? "proved" : "claimed", "none", {}};
    };
    const auto result = trial_.run();
    ASSERT_TRUE(result.has_value()) << error_name(result.error().code);
    EXPECT_EQ(result->model()->description, "claimed");
  }
}

// Three statements that say different things, in all orders.
TEST_F(RegistrationAuthenticatorModelAcceptable, TheOrderOfACompoundDecidesNothing) {
  trial_.options.format = Format::compound;
  std::vector<Format> parts = {Format::packed_self, Format::packed_x5c, Format::fido_u2f};
  std::sort(parts.begin(), parts.end());
  std::size_t orders = 0;
  do {
    trial_.options.compound_formats = parts;
    models_.assessment = [](const ModelQuery& query, const auto&...) -> Result<ModelAssessment> {
      if (query.statement.format == "fido-u2f") {
        return ModelAssessment{true, true, "U2F", "L1", {"FIDO_CERTIFIED_L1"}};
      }
      return query.statement.type == AttestationType::self
                 ? ModelAssessment{true, true, "Self", "L2", {"FIDO_CERTIFIED_L2"}}
                 : ModelAssessment{true, true, "Full", "L3", {"RETIRED", "FIDO_CERTIFIED_L3"}};
    };
    const auto result = trial_.run();
    ASSERT_TRUE(result.has_value()) << error_name(result.error().code);
    EXPECT_EQ(result->model()->certification, "L1");
    EXPECT_EQ(result->model()->description, "Full");
    EXPECT_THAT(result->model()->statuses, ElementsAre("FIDO_CERTIFIED_L1", "FIDO_CERTIFIED_L2",
                                                       "FIDO_CERTIFIED_L3", "RETIRED"));
    models_.assessment = [](const ModelQuery& query, const auto&...) -> Result<ModelAssessment> {
      if (query.statement.format == "fido-u2f") {
        return ErrorCode::authenticator_revoked;
      }
      return query.statement.type == AttestationType::self
                 ? Result<ModelAssessment>(ErrorCode::authenticator_not_certified)
                 : Result<ModelAssessment>(ModelAssessment());
    };
    expect_refused(trial_, ErrorCode::authenticator_revoked, Check::authenticator_model_acceptable);
    ++orders;
  } while (std::next_permutation(parts.begin(), parts.end()));
  EXPECT_EQ(orders, 6U);
}

TEST_F(RegistrationAuthenticatorModelAcceptable, IsNotAskedAndNotAmongTheChecksWithoutModels) {
  trial_.edit_expectations = nullptr;
  const auto result = trial_.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->model().has_value());
  EXPECT_THAT(result->checks(), Not(Contains(Check::authenticator_model_acceptable)));
}

// 25

TEST(RegistrationCredentialIdLength, FailsIfLongerThan1023Bytes) {
  RegistrationTrial trial;
  trial.options.credential_id = ByteVector(1024, 1);
  expect_refused(trial, ErrorCode::credential_id_too_long, Check::credential_id_length);
  trial.options.credential_id = ByteVector(1023, 1);
  expect_accepted(trial);
}

// 27

TEST(RegistrationCredentialIdMatches, FailsIfTheResponseNamesAnother) {
  RegistrationTrial trial;
  trial.edit_response = [](auto& response) { response.id.value.back() ^= 1U; };
  expect_refused(trial, ErrorCode::credential_id_mismatch, Check::credential_id_matches);
}

// 28

TEST(RegistrationAuthenticatorExtensionsParse, FailsIfAKnownOutputHasAWrongType) {
  const cbor::Members bad[] = {
      {{cbor::text("credProtect"), cbor::integer(4)}},
      {{cbor::text("credProtect"), cbor::integer(0)}},
      {{cbor::text("credProtect"), cbor::text("2")}},
      {{cbor::text("minPinLength"), cbor::integer(-1)}},
      {{cbor::text("hmac-secret"), cbor::integer(1)}},
      {{cbor::text("credBlob"), cbor::text("")}},
      {{cbor::text("thirdPartyPayment"), cbor::null()}},
  };
  for (const cbor::Members& members : bad) {
    RegistrationTrial trial;
    trial.options.extensions = members;
    expect_refused(trial, ErrorCode::authenticator_extension_malformed,
                   Check::authenticator_extensions_parse);
  }
}

TEST(RegistrationAuthenticatorExtensionsParse, SucceedsIfOutputsAreKnownOrUnknown) {
  RegistrationTrial trial;
  trial.options.extensions = cbor::Members{{cbor::text("credProtect"), cbor::integer(3)},
                                           {cbor::text("minPinLength"), cbor::integer(6)},
                                           {cbor::text("hmac-secret"), cbor::boolean(true)},
                                           {cbor::text("example.extension"), cbor::text("x")}};
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  const AuthenticatorExtensions& extensions = result->authenticator_extensions();
  EXPECT_EQ(extensions.credential_protection, CredentialProtection::verification_required);
  EXPECT_EQ(extensions.minimum_pin_length, 6U);
  EXPECT_EQ(extensions.hmac_secret, std::optional(true));
}

}  // namespace
}  // namespace countersign::testing
