// WebAuthn L3 §7.2. One suite for each check of the table, named after it (ceremony_join_test.cc
// holds that), with the check as the first one that fails.

#include "ceremony/authentication.h"

#include <gmock/gmock.h>

#include "tests/ceremony/ceremonies.h"

namespace countersign::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::Not;

// Succeeds

TEST(Authentication, SucceedsAndRunsTheWholeTable) {
  const auto result = AuthenticationTrial().run();
  ASSERT_TRUE(result.has_value());
  EXPECT_THAT(result->checks(), ElementsAreArray(authentication_checks()));
}

TEST(Authentication, SucceedsForEveryAlgorithm) {
  for (const std::int64_t algorithm : credential_algorithms()) {
    RegistrationOptions options;
    options.algorithm = algorithm;
    const SoftCredential credential = make_registration(options).credential;
    const Assertion assertion = make_assertion(credential);
    const auto result =
        verify(expectations_for(assertion), record_of(credential), response_of(assertion));
    EXPECT_TRUE(result.has_value()) << algorithm;
  }
}

TEST(Authentication, LeavesOneObligationOverAuthenticatorDataAndHash) {
  const SoftCredential credential = make_registration().credential;
  const Assertion assertion = make_assertion(credential);
  const auto pending = begin_authentication(expectations_for(assertion), record_of(credential),
                                            response_of(assertion), test_hasher());
  ASSERT_TRUE(pending.has_value());
  ASSERT_EQ(pending->obligations().size(), 1U);
  const SignatureObligation& obligation = pending->obligations()[0];
  EXPECT_EQ(obligation.check, Check::assertion_signature_verifies);
  EXPECT_EQ(obligation.message,
            concat({assertion.authenticator_data, sha256(assertion.client_data)}));
  EXPECT_EQ(obligation.signature.size(), 64U);
}

TEST(Authentication, UpdatesOnlyCounterAndBackupStateOfTheRecord) {
  AuthenticationTrial trial;
  trial.options.flags = kUserPresent | kUserVerified | kBackupEligible | kBackedUp;
  trial.options.sign_count = 6;
  CredentialRecord before;
  trial.edit_record = [&](CredentialRecord& record) {
    record.is_backup_eligible = true;
    record.sign_count = 5;
    record.transports = {"usb"};
    before = record;
  };
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  const CredentialRecord& after = result->updated_record();
  EXPECT_EQ(after.sign_count, 6U);
  EXPECT_TRUE(after.is_backed_up);
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.public_key, before.public_key);
  EXPECT_FALSE(after.is_uv_initialized);  // needs an authorization of its own
  EXPECT_EQ(after.is_backup_eligible, before.is_backup_eligible);
  EXPECT_EQ(after.transports, before.transports);
  EXPECT_EQ(after.user_handle, before.user_handle);
}

// 22: an outcome, not a rule

TEST(AuthenticationCounter, IsAThreeValuedOutcome) {
  const struct {
    std::uint32_t stored;
    std::uint32_t received;
    CounterOutcome outcome;
    std::uint32_t after;
  } table[] = {
      {0, 0, CounterOutcome::zero, 0},
      {0, 1, CounterOutcome::advanced, 1},
      {5, 6, CounterOutcome::advanced, 6},
      {5, 5, CounterOutcome::not_advanced, 5},
      {5, 4, CounterOutcome::not_advanced, 5},
      {5, 0, CounterOutcome::not_advanced, 5},
      {0, 0xffffffff, CounterOutcome::advanced, 0xffffffff},
      {0xffffffff, 0, CounterOutcome::not_advanced, 0xffffffff},
  };
  for (const auto& row : table) {
    AuthenticationTrial trial;
    trial.options.sign_count = row.received;
    trial.edit_record = [&](CredentialRecord& record) { record.sign_count = row.stored; };
    const auto result = trial.run();
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->counter(), row.outcome) << row.stored << " then " << row.received;
    EXPECT_EQ(result->updated_record().sign_count, row.after);
  }
}

TEST(AuthenticationCounter, OutcomesHaveNames) {
  EXPECT_EQ(counter_outcome_name(CounterOutcome::zero), "zero");
  EXPECT_EQ(counter_outcome_name(CounterOutcome::advanced), "advanced");
  EXPECT_EQ(counter_outcome_name(CounterOutcome::not_advanced), "not_advanced");
}

// finish

TEST(AuthenticationFinish, FailsIfVerdictsDoNotMatchObligationsInNumber) {
  const SoftCredential credential = make_registration().credential;
  const Assertion assertion = make_assertion(credential);
  for (const std::size_t count : {std::size_t{0}, std::size_t{2}}) {
    auto pending = begin_authentication(expectations_for(assertion), record_of(credential),
                                        response_of(assertion), test_hasher());
    const std::vector<SignatureVerdict> verdicts(count, SignatureVerdict::valid);
    const auto result = std::move(pending).value().finish(verdicts);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::obligation_results_mismatch);
  }
}

TEST(AuthenticationFinish, FailsIfBackendLacksTheAlgorithm) {
  const SoftCredential credential = make_registration().credential;
  const Assertion assertion = make_assertion(credential);
  auto pending = begin_authentication(expectations_for(assertion), record_of(credential),
                                      response_of(assertion), test_hasher());
  const std::vector<SignatureVerdict> verdicts(1, SignatureVerdict::unsupported);
  const auto result = std::move(pending).value().finish(verdicts);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::algorithm_unsupported_by_backend);
  EXPECT_EQ(result.error().check, Check::assertion_signature_verifies);
}

// 1

TEST(AuthenticationExpectationsUsable, FailsIfExpectationsProtectNothing) {
  AuthenticationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.rp_id = "192.168.0.1"; };
  expect_refused(trial, ErrorCode::expected_rp_id_invalid, Check::expectations_usable);
  trial.edit_expectations = [](auto& expected) { expected.origins.clear(); };
  expect_refused(trial, ErrorCode::expected_origins_invalid, Check::expectations_usable);
  trial.edit_expectations = [](auto& expected) { expected.challenge.resize(15); };
  expect_refused(trial, ErrorCode::expected_challenge_invalid, Check::expectations_usable);
  trial.edit_expectations = [](auto& expected) { expected.appid = ""; };
  expect_refused(trial, ErrorCode::expected_appid_invalid, Check::expectations_usable);
}

// 4

TEST(AuthenticationClientExtensionsParse, FailsIfAKnownOutputHasAWrongType) {
  const char* bad[] = {R"({"appid":"true"})",
                       R"({"prf":{"results":{}}})",
                       R"({"prf":{"results":{"first":"AAAA"}}})",
                       R"({"prf":{"results":{"first":{}}}})",
                       R"({"largeBlob":{"blob":"A==="}})",
                       R"({"largeBlob":{"written":1}})",
                       R"({"payment":"x"})"};
  for (const char* results : bad) {
    AuthenticationTrial trial;
    trial.edit_response = [&](auto& response) {
      response.client_extension_results = json(results);
    };
    expect_refused(trial, ErrorCode::client_extension_malformed, Check::client_extensions_parse);
  }
}

TEST(AuthenticationClientExtensionsParse, SucceedsForKnownAndUnknownOutputs) {
  AuthenticationTrial trial;
  trial.edit_response = [](auto& response) {
    response.client_extension_results =
        json(R"({"prf":{"results":{"first":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}},)"
             R"("largeBlob":{"blob":"AQI"},"payment":{},"x":1})");
  };
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->client_extensions().has_prf_results);
  EXPECT_EQ(result->client_extensions().large_blob, (ByteVector{1, 2}));
  EXPECT_TRUE(result->client_extensions().has_payment);
}

// 5

TEST(AuthenticationCredentialAllowed, FailsIfNotListed) {
  AuthenticationTrial trial;
  trial.edit_expectations = [](auto& expected) {
    expected.allow_credentials = {CredentialId(ByteVector{1, 2, 3})};
  };
  expect_refused(trial, ErrorCode::credential_not_allowed, Check::credential_allowed);
}

TEST(AuthenticationCredentialAllowed, SucceedsIfListedOrIfTheListIsEmpty) {
  AuthenticationTrial trial;
  expect_accepted(trial);
  trial.edit_expectations = [](auto& expected) {
    expected.allow_credentials = {CredentialId(ByteVector{1, 2, 3}),
                                  CredentialId(make_registration().credential.id)};
  };
  expect_accepted(trial);
}

// 6

TEST(AuthenticationCredentialRecordMatches, FailsIfTheRecordIsOfAnotherCredential) {
  AuthenticationTrial trial;
  trial.edit_record = [](auto& record) { record.id.value.back() ^= 1U; };
  expect_refused(trial, ErrorCode::credential_record_mismatch, Check::credential_record_matches);
}

TEST(AuthenticationUserHandlePresent, FailsIfTheUserIsNotKnownOtherwise) {
  AuthenticationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.is_user_handle_required = true; };
  expect_refused(trial, ErrorCode::user_handle_missing, Check::user_handle_present);
}

TEST(AuthenticationUserHandlePresent, SucceedsIfPresentAndTheOwners) {
  AuthenticationTrial trial;
  trial.options.user_handle = make_registration().credential.user_handle;
  trial.edit_expectations = [](auto& expected) { expected.is_user_handle_required = true; };
  expect_accepted(trial);
}

TEST(AuthenticationUserHandleMatches, FailsIfTheCeremonyWasStartedForAnotherAccount) {
  AuthenticationTrial trial;
  trial.edit_expectations = [](auto& expected) {
    expected.user_handle = UserHandle(ByteVector{9});
  };
  expect_refused(trial, ErrorCode::user_handle_mismatch, Check::user_handle_matches);
  // A response that claims the account of the ceremony does not help.
  trial.options.user_handle = ByteVector{9};
  expect_refused(trial, ErrorCode::user_handle_mismatch, Check::user_handle_matches);
}

TEST(AuthenticationUserHandleMatches, FailsIfTheResponseNamesAnotherAccount) {
  AuthenticationTrial trial;
  trial.options.user_handle = ByteVector{9};
  expect_refused(trial, ErrorCode::user_handle_mismatch, Check::user_handle_matches);
  trial.edit_expectations = [](auto& expected) { expected.is_user_handle_required = true; };
  expect_refused(trial, ErrorCode::user_handle_mismatch, Check::user_handle_matches);
}

TEST(AuthenticationUserHandleMatches, FailsIfTheOwnerMattersAndIsNotKnown) {
  AuthenticationTrial trial;
  trial.options.user_handle = make_registration().credential.user_handle;
  trial.edit_record = [](auto& record) { record.user_handle.reset(); };
  trial.edit_expectations = [](auto& expected) { expected.is_user_handle_required = true; };
  expect_refused(trial, ErrorCode::user_handle_mismatch, Check::user_handle_matches);
  trial.edit_expectations = [](auto& expected) {
    expected.user_handle = UserHandle(make_registration().credential.user_handle);
  };
  expect_refused(trial, ErrorCode::user_handle_mismatch, Check::user_handle_matches);
}

TEST(AuthenticationUserHandleMatches, SucceedsIfKnownBeforehandWithAndWithoutUserHandle) {
  AuthenticationTrial trial;
  trial.edit_expectations = [](auto& expected) {
    expected.user_handle = UserHandle(make_registration().credential.user_handle);
  };
  expect_accepted(trial);
  trial.options.user_handle = make_registration().credential.user_handle;
  expect_accepted(trial);
}

// 7

TEST(AuthenticationAuthenticatorDataParses, FailsIfTruncatedOrTrailing) {
  AuthenticationTrial trial;
  trial.options.authenticator_data_trailer = {0x00};
  expect_refused(trial, ErrorCode::authenticator_data_trailing_bytes,
                 Check::authenticator_data_parses);
  trial.options.authenticator_data_trailer = {};
  trial.options.raw_authenticator_data = ByteVector(36, 0);
  expect_refused(trial, ErrorCode::authenticator_data_malformed, Check::authenticator_data_parses);
}

TEST(AuthenticationAttestedCredentialDataAbsent, FailsIfPresent) {
  AuthenticationTrial trial;
  trial.options.has_attested_data = true;
  expect_refused(trial, ErrorCode::attested_credential_data_unexpected,
                 Check::attested_credential_data_absent);
}

// 8

TEST(AuthenticationClientDataIsUtf8, FailsIfBytesAreNoUtf8) {
  AuthenticationTrial trial;
  trial.options.client_data.edits = {{"extra", "\"\xed\xa0\x80\""}};
  expect_refused(trial, ErrorCode::utf8_invalid, Check::client_data_is_utf8);
}

TEST(AuthenticationClientDataIsUtf8, SucceedsIfAByteOrderMarkLeads) {
  AuthenticationTrial trial;
  trial.options.client_data.has_byte_order_mark = true;
  expect_accepted(trial);
}

// 9

TEST(AuthenticationClientDataParses, FailsIfMalformed) {
  AuthenticationTrial trial;
  trial.options.client_data.raw = bytes("{");
  expect_refused(trial, ErrorCode::json_syntax, Check::client_data_parses);
  trial.options.client_data.raw = bytes(R"({"type":"webauthn.get","type":"webauthn.get"})");
  expect_refused(trial, ErrorCode::json_duplicate_key, Check::client_data_parses);
  trial.options.client_data.raw.reset();
  trial.options.client_data.edits = {{"challenge", "\"AAAA====\""}};
  expect_refused(trial, ErrorCode::base64url_invalid, Check::client_data_parses);
}

// 10

TEST(AuthenticationTypeIsGet, FailsIfTypeIsAnother) {
  for (const char* type :
       {"webauthn.create", "payment.get", "webauthn.get\\u0000", "WEBAUTHN.GET"}) {
    AuthenticationTrial trial;
    trial.options.client_data.type = type;
    expect_refused(trial, ErrorCode::type_mismatch, Check::type_is_get);
  }
}

TEST(AuthenticationTypeIsGet, FailsIfALoginIsGivenForAPayment) {
  AuthenticationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.purpose = AssertionPurpose::payment; };
  expect_refused(trial, ErrorCode::type_mismatch, Check::type_is_get);
}

TEST(AuthenticationTypeIsGet, SucceedsIfAPaymentIsGivenForAPayment) {
  AuthenticationTrial trial;
  trial.options.client_data.type = "payment.get";
  trial.edit_expectations = [](auto& expected) { expected.purpose = AssertionPurpose::payment; };
  expect_accepted(trial);
}

// 11

TEST(AuthenticationChallengeMatches, FailsIfChallengeIsAnother) {
  AuthenticationTrial trial;
  trial.options.client_data.challenge = with_flipped_bit(trial.options.challenge, 0);
  expect_refused(trial, ErrorCode::challenge_mismatch, Check::challenge_matches);
}

// 12

TEST(AuthenticationOriginAllowed, FailsIfOriginIsNotExactlyAnExpectedOne) {
  for (const char* origin : {"https://example.org:443", "http://example.org",
                             "https://example.org.evil.com", "https://EXAMPLE.ORG", ""}) {
    AuthenticationTrial trial;
    trial.options.client_data.origin = origin;
    expect_refused(trial, ErrorCode::origin_not_allowed, Check::origin_allowed);
  }
}

// 13

TEST(AuthenticationCrossOriginAllowed, FailsIfCrossOriginAndNoTopOriginIsConfigured) {
  AuthenticationTrial trial;
  trial.options.client_data.cross_origin = true;
  expect_refused(trial, ErrorCode::cross_origin_not_allowed, Check::cross_origin_allowed);
}

TEST(AuthenticationCrossOriginAllowed, SucceedsIfEmbeddingIsExpectedOrFlagIsAbsent) {
  AuthenticationTrial trial;
  trial.options.client_data.cross_origin.reset();
  expect_accepted(trial);
  trial.options.client_data.cross_origin = true;
  trial.edit_expectations = [](auto& expected) { expected.top_origins = {"https://shop.example"}; };
  expect_accepted(trial);
}

// 14

TEST(AuthenticationTopOriginExpected, FailsIfTopOriginIsPresentAndNoneIsConfigured) {
  AuthenticationTrial trial;
  trial.options.client_data.top_origin = "https://shop.example";
  expect_refused(trial, ErrorCode::top_origin_unexpected, Check::top_origin_expected);
}

TEST(AuthenticationTopOriginAllowed, FailsIfTopOriginIsNotAConfiguredOne) {
  AuthenticationTrial trial;
  trial.options.client_data.cross_origin = true;
  trial.options.client_data.top_origin = "https://evil.example";
  trial.edit_expectations = [](auto& expected) { expected.top_origins = {"https://shop.example"}; };
  expect_refused(trial, ErrorCode::top_origin_not_allowed, Check::top_origin_allowed);
}

// 15

TEST(AuthenticationRpIdHashMatches, FailsIfHashIsOfAnotherRpId) {
  AuthenticationTrial trial;
  trial.options.rp_id_hash = sha256(bytes("evil.example"));
  expect_refused(trial, ErrorCode::rp_id_hash_mismatch, Check::rp_id_hash_matches);
}

constexpr const char* kAppid = "https://example.org/appid.json";

TEST(AuthenticationRpIdHashMatches, SucceedsIfTheRequestedAppidWasUsed) {
  AuthenticationTrial trial;
  trial.options.rp_id_hash = sha256(bytes(kAppid));
  trial.edit_expectations = [](auto& expected) { expected.appid = kAppid; };
  trial.edit_response = [](auto& response) {
    response.client_extension_results = json(R"({"appid":true})");
  };
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->was_appid_used());
}

TEST(AuthenticationRpIdHashMatches, FailsIfTheAppidHashComesWithoutOutputTrue) {
  for (const char* results : {"{}", R"({"appid":false})"}) {
    AuthenticationTrial trial;
    trial.options.rp_id_hash = sha256(bytes(kAppid));
    trial.edit_expectations = [](auto& expected) { expected.appid = kAppid; };
    trial.edit_response = [&](auto& response) {
      response.client_extension_results = json(results);
    };
    expect_refused(trial, ErrorCode::rp_id_hash_mismatch, Check::rp_id_hash_matches);
  }
}

TEST(AuthenticationRpIdHashMatches, FailsIfAppidWasNotRequested) {
  AuthenticationTrial trial;
  trial.options.rp_id_hash = sha256(bytes(kAppid));
  trial.edit_response = [](auto& response) {
    response.client_extension_results = json(R"({"appid":true})");
  };
  expect_refused(trial, ErrorCode::rp_id_hash_mismatch, Check::rp_id_hash_matches);
}

TEST(AuthenticationRpIdHashMatches, FailsIfOutputIsTrueButTheHashIsOfTheRpId) {
  AuthenticationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.appid = kAppid; };
  trial.edit_response = [](auto& response) {
    response.client_extension_results = json(R"({"appid":true})");
  };
  expect_refused(trial, ErrorCode::rp_id_hash_mismatch, Check::rp_id_hash_matches);
}

TEST(AuthenticationRpIdHashMatches, SucceedsIfAppidWasRequestedAndNotUsed) {
  AuthenticationTrial trial;
  trial.edit_expectations = [](auto& expected) { expected.appid = kAppid; };
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->was_appid_used());
}

// 16

TEST(AuthenticationUserPresent, FailsIfNotPresent) {
  AuthenticationTrial trial;
  trial.options.flags = kUserVerified;
  expect_refused(trial, ErrorCode::user_not_present, Check::user_present);
}

// 17

TEST(AuthenticationUserVerified, FailsIfRequiredAndNotVerified) {
  AuthenticationTrial trial;
  trial.options.flags = kUserPresent;
  expect_refused(trial, ErrorCode::user_not_verified, Check::user_verified);
}

TEST(AuthenticationUserVerified, IgnoresTheFlagUnlessRequired) {
  for (const auto wish : {UserVerification::preferred, UserVerification::discouraged}) {
    for (const unsigned flags : {0U + kUserPresent, 0U + kUserPresent + kUserVerified}) {
      AuthenticationTrial trial;
      trial.options.flags = static_cast<std::uint8_t>(flags);
      trial.edit_expectations = [&](auto& expected) { expected.user_verification = wish; };
      expect_accepted(trial);
    }
  }
}

// 18

TEST(AuthenticationBackupFlagsConsistent, FailsIfBackedUpButNotEligible) {
  AuthenticationTrial trial;
  trial.options.flags = kUserPresent | kUserVerified | kBackedUp;
  expect_refused(trial, ErrorCode::backup_flags_inconsistent, Check::backup_flags_consistent);
}

// 19

TEST(AuthenticationBackupEligibilityUnchanged, FailsIfChangedEitherWay) {
  for (const bool was_eligible : {false, true}) {
    AuthenticationTrial trial;
    trial.options.flags = static_cast<std::uint8_t>(kUserPresent | kUserVerified |
                                                    (was_eligible ? 0 : kBackupEligible));
    trial.edit_record = [&](auto& record) { record.is_backup_eligible = was_eligible; };
    expect_refused(trial, ErrorCode::backup_eligibility_changed,
                   Check::backup_eligibility_unchanged);
  }
}

TEST(AuthenticationBackupEligibilityUnchanged, IsSkippedAndNotListedIfTheRecordDoesNotKnow) {
  AuthenticationTrial trial;
  trial.options.flags = kUserPresent | kUserVerified | kBackupEligible;
  trial.edit_expectations = [](auto& expected) { expected.is_backup_eligibility_known = false; };
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_THAT(result->checks(), Not(Contains(Check::backup_eligibility_unchanged)));
}

// 21

TEST(AuthenticationCredentialKeyParses, FailsIfTheStoredKeyIsNotOne) {
  AuthenticationTrial trial;
  trial.edit_record = [](auto& record) { record.public_key.push_back(0); };
  expect_refused(trial, ErrorCode::cbor_trailing_bytes, Check::credential_key_parses);
}

TEST(AuthenticationAssertionSignatureVerifies, FailsIfTheSignatureDoesNotVerify) {
  for (const SignatureFault fault : {SignatureFault::wrong_key, SignatureFault::other_message}) {
    AuthenticationTrial trial;
    trial.options.signature_fault = fault;
    expect_refused(trial, ErrorCode::signature_invalid, Check::assertion_signature_verifies);
  }
}

TEST(AuthenticationAssertionSignatureVerifies, FailsIfTheSignatureIsMalformed) {
  for (const SignatureFault fault : {SignatureFault::trailing_byte, SignatureFault::empty}) {
    AuthenticationTrial trial;
    trial.options.signature_fault = fault;
    // An empty signature is no text of a response; put it behind the parser.
    trial.edit_response = [&](auto& response) {
      if (fault == SignatureFault::empty) {
        response.signature.clear();
      }
    };
    if (fault == SignatureFault::empty) {
      trial.options.signature_fault = SignatureFault::none;
    }
    expect_refused(trial, ErrorCode::signature_malformed, Check::assertion_signature_verifies);
  }
}

TEST(AuthenticationAssertionSignatureVerifies, FailsIfAnyBitOfWhatItCoversIsFlipped) {
  const SoftCredential credential = make_registration().credential;
  const Assertion assertion = make_assertion(credential);
  const AuthenticationExpectations expected = expectations_for(assertion);
  const CredentialRecord record = record_of(credential);
  const AuthenticationResponse response = response_of(assertion);
  ASSERT_TRUE(verify(expected, record, response).has_value());
  for (ByteVector AuthenticationResponse::*part :
       {&AuthenticationResponse::authenticator_data, &AuthenticationResponse::client_data_json,
        &AuthenticationResponse::signature}) {
    for (std::size_t bit = 0; bit < (response.*part).size() * 8; ++bit) {
      AuthenticationResponse flipped = response;
      flipped.*part = with_flipped_bit(response.*part, bit);
      EXPECT_FALSE(verify(expected, record, flipped).has_value()) << bit;
    }
  }
  for (std::size_t bit = 0; bit < record.public_key.size() * 8; ++bit) {
    CredentialRecord flipped = record;
    flipped.public_key = with_flipped_bit(record.public_key, bit);
    EXPECT_FALSE(verify(expected, flipped, response).has_value()) << bit;
  }
}

// 23

TEST(AuthenticationAuthenticatorExtensionsParse, FailsIfAKnownOutputHasAWrongType) {
  AuthenticationTrial trial;
  trial.options.extensions = cbor::Members{{cbor::text("credBlob"), cbor::integer(1)}};
  expect_refused(trial, ErrorCode::authenticator_extension_malformed,
                 Check::authenticator_extensions_parse);
}

TEST(AuthenticationAuthenticatorExtensionsParse, SucceedsIfOutputsAreKnownOrUnknown) {
  AuthenticationTrial trial;
  trial.options.extensions =
      cbor::Members{{cbor::text("credBlob"), cbor::byte_string(ByteVector{7})},
                    {cbor::text("hmac-secret"), cbor::byte_string(ByteVector(48, 1))},
                    {cbor::text("thirdPartyPayment"), cbor::boolean(true)},
                    {cbor::text("example.extension"), cbor::text("x")}};
  const auto result = trial.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->authenticator_extensions().credential_blob, (ByteVector{7}));
  EXPECT_EQ(result->authenticator_extensions().third_party_payment, std::optional(true));
}

}  // namespace
}  // namespace countersign::testing
