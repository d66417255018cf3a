#include <set>

#include "attestation/jws.h"
#include "tests/attestation/platform_statement.h"
#include "tests/support/jws_builder.h"

namespace countersign::testing {
namespace {

struct SafetyNetCase {
  SafetyNetStatementOptions options;
  AttestationSettings settings = [] {
    AttestationSettings enabled;
    enabled.is_safetynet_enabled = true;
    return enabled;
  }();
  UnixSeconds time{kCeremonyTime};
  std::function<void(cbor::Members&)> edit_members;
};

Attested usual_attested() { return make_attested(TestKey::make(KeyKind::p256, "credential"), -7); }

StatementOutcome run_safetynet(const SafetyNetCase& test) {
  const Attested attested = usual_attested();
  BuiltStatement built = make_safetynet_statement(attested, test.options);
  if (test.edit_members) {
    test.edit_members(built.members);
  }
  return run_statement(verify_android_safetynet_statement, attested, built.members, test.settings,
                       test.time);
}

std::string usual_response() {
  const cbor::Members members = make_safetynet_statement(usual_attested()).members;
  return std::string(text_of(byte_content(members, "response")));
}

// --- What is accepted ---

TEST(SafetyNetStatement, SucceedsForEveryAllowedAlgorithm) {
  for (const std::int64_t algorithm : {-257, -258, -259, -37, -38, -39, -7, -35, -36}) {
    SCOPED_TRACE(algorithm);
    SafetyNetCase test;
    test.options.algorithm = algorithm;
    const StatementOutcome outcome = run_safetynet(test);
    expect_accepted(outcome);
    EXPECT_EQ(static_cast<std::int64_t>(*outcome.result->algorithm), algorithm);
  }
}

TEST(SafetyNetStatement, ReturnsBasicAndTheChainOfTheResponseAsTrustPath) {
  const StatementOutcome outcome = run_safetynet({});
  expect_accepted(outcome);
  EXPECT_EQ(outcome.result->format, "android-safetynet");
  EXPECT_EQ(outcome.result->type, AttestationType::basic);
  EXPECT_EQ(outcome.result->trust_path.size(), 2U);
  ASSERT_EQ(outcome.obligations.size(), 1U);
  EXPECT_EQ(outcome.obligations.front().check, Check::android_safetynet_signature);
}

TEST(SafetyNetStatement, AcceptsACommonNameWhereThereIsNoDnsName) {
  SafetyNetCase test;
  test.options.edit_leaf = [](CertificateOptions& leaf) { leaf.subject_alt_name.reset(); };
  expect_accepted(run_safetynet(test));
  // Names of other kinds are no DNS names.
  test.options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.subject_alt_name = der::sequence({der::element(0x81, bytes("a@attest.android.com"))});
  };
  expect_accepted(run_safetynet(test));
}

TEST(SafetyNetStatement, ComparesHostsWithoutRegardToCase) {
  SafetyNetCase test;
  test.options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.subject_alt_name = der::sequence({der::element(0x82, bytes("example.com")),
                                           der::element(0x82, bytes("Attest.Android.COM"))});
  };
  expect_accepted(run_safetynet(test));
}

TEST(SafetyNetStatement, DoesNotMissBasicIntegrity) {
  SafetyNetCase test;
  test.options.payload_edits = {{"basicIntegrity", std::nullopt}};
  expect_accepted(run_safetynet(test));
}

TEST(SafetyNetStatement, IgnoresOtherMembersOfHeaderAndPayload) {
  SafetyNetCase test;
  test.options.header_edits = {{"typ", "\"JWT\""}, {"jku", "\"https://attacker.example/\""}};
  test.options.payload_edits = {{"advice", "\"LOCK_BOOTLOADER\""}, {"error", "null"}};
  expect_accepted(run_safetynet(test));
}

TEST(SafetyNetStatement, AcceptsResponsesOfTheLastMinuteAndAFewSecondsOfClockSkew) {
  for (const std::int64_t offset_ms : {-60000, -59999, -1, 0, 999, 5000, 5999}) {
    SCOPED_TRACE(offset_ms);
    SafetyNetCase test;
    test.options.timestamp_ms = kCeremonyTime * 1000 + offset_ms;
    expect_accepted(run_safetynet(test));
  }
}

// --- What is refused, and by which check first ---

struct SafetyNetRefusal {
  const char* name;
  Check check;
  ErrorCode code;
  void (*spoil)(SafetyNetCase& test);
};

void PrintTo(const SafetyNetRefusal& refusal, std::ostream* out) { *out << refusal.name; }

const SafetyNetRefusal kSafetyNetRefusals[] = {
    // Pitfall 37: the service is gone.
    {"FailsIfTheFormatIsNotEnabled", Check::android_safetynet_enabled,
     ErrorCode::attestation_format_unknown, [](SafetyNetCase& test) { test.settings = {}; }},
    {"FailsIfVerIsMissing", Check::android_safetynet_statement_members,
     ErrorCode::attestation_statement_malformed,
     [](SafetyNetCase& test) {
       test.edit_members = [](cbor::Members& members) { cbor::edit(members, "ver", {}); };
     }},
    {"FailsIfResponseIsText", Check::android_safetynet_statement_members,
     ErrorCode::attestation_statement_malformed,
     [](SafetyNetCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "response", cbor::text(usual_response()));
       };
     }},
    {"FailsIfThereIsAnUnknownMember", Check::android_safetynet_statement_members,
     ErrorCode::attestation_statement_unknown_member,
     [](SafetyNetCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "x5c", cbor::array({}));
       };
     }},
    // AttResp-B F-1
    {"FailsIfVerIsEmpty", Check::android_safetynet_version,
     ErrorCode::attestation_statement_malformed,
     [](SafetyNetCase& test) { test.options.version = ""; }},

    // AttResp-B F-2
    {"FailsIfResponseIsEmpty", Check::android_safetynet_response, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) { test.options.raw_response = ""; }},
    {"FailsIfResponseHasNoSignature", Check::android_safetynet_response, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       const std::string response = usual_response();
       test.options.raw_response = response.substr(0, response.rfind('.') + 1);
     }},
    {"FailsIfResponseHasTwoPartsOnly", Check::android_safetynet_response, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       const std::string response = usual_response();
       test.options.raw_response = response.substr(0, response.rfind('.'));
     }},
    {"FailsIfResponseHasFourParts", Check::android_safetynet_response, ErrorCode::base64url_invalid,
     [](SafetyNetCase& test) { test.options.raw_response = usual_response() + ".e30"; }},
    {"FailsIfResponseIsPadded", Check::android_safetynet_response, ErrorCode::base64url_invalid,
     [](SafetyNetCase& test) { test.options.raw_response = usual_response() + "=="; }},
    {"FailsIfResponseEndsInALineFeed", Check::android_safetynet_response,
     ErrorCode::base64url_invalid,
     [](SafetyNetCase& test) { test.options.raw_response = usual_response() + "\n"; }},
    {"FailsIfTheHeaderIsNoJson", Check::android_safetynet_response, ErrorCode::json_syntax,
     [](SafetyNetCase& test) {
       test.options.raw_response =
           make_jws("{", "{}", TestKey::make(KeyKind::rsa2048, "attestation"), -257);
     }},
    {"FailsIfThePayloadIsNoObject", Check::android_safetynet_response, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       test.options.raw_response = make_jws("{\"alg\":\"RS256\"}", "[]",
                                            TestKey::make(KeyKind::rsa2048, "attestation"), -257);
     }},
    {"FailsIfThePayloadHasAMemberTwice", Check::android_safetynet_response,
     ErrorCode::json_duplicate_key,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"ctsProfileMatch", "true,\"ctsProfileMatch\":false"}};
     }},
    {"FailsIfTheHeaderHasCriticalExtensions", Check::android_safetynet_response,
     ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"crit", "[\"b64\"]"}};
     }},

    {"FailsIfAlgIsNone", Check::android_safetynet_algorithm, ErrorCode::algorithm_not_allowed_here,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"alg", "\"none\""}};
     }},
    {"FailsIfAlgIsAMac", Check::android_safetynet_algorithm, ErrorCode::algorithm_not_allowed_here,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"alg", "\"HS256\""}};
     }},
    {"FailsIfAlgIsInAnotherCase", Check::android_safetynet_algorithm,
     ErrorCode::algorithm_not_allowed_here,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"alg", "\"rs256\""}};
     }},
    {"FailsIfAlgIsMissing", Check::android_safetynet_algorithm, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"alg", std::nullopt}};
     }},
    {"FailsIfAlgIsANumber", Check::android_safetynet_algorithm, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"alg", "-257"}};
     }},

    // AttResp-B F-4
    {"FailsIfX5cIsEmpty", Check::android_safetynet_certificates, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"x5c", "[]"}};
     }},
    {"FailsIfX5cIsMissing", Check::android_safetynet_certificates, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"x5c", std::nullopt}};
     }},
    {"FailsIfX5cIsAString", Check::android_safetynet_certificates, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"x5c", "\"MII=\""}};
     }},
    {"FailsIfX5cHoldsNumbers", Check::android_safetynet_certificates, ErrorCode::jws_malformed,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"x5c", "[1]"}};
     }},
    {"FailsIfX5cIsBase64url", Check::android_safetynet_certificates, ErrorCode::base64_invalid,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"x5c", "[\"MII_\"]"}};
     }},
    {"FailsIfX5cHasTooManyCertificates", Check::android_safetynet_certificates,
     ErrorCode::certificate_chain_too_long,
     [](SafetyNetCase& test) { test.options.intermediates = 8; }},

    {"FailsIfTheHostIsAnother", Check::android_safetynet_certificate_host,
     ErrorCode::safetynet_host_mismatch,
     [](SafetyNetCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name = der::sequence({der::element(0x82, bytes("attest.example.com"))});
       };
     }},
    {"FailsIfTheHostIsOnlyASuffix", Check::android_safetynet_certificate_host,
     ErrorCode::safetynet_host_mismatch,
     [](SafetyNetCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name =
             der::sequence({der::element(0x82, bytes("x.attest.android.com")),
                            der::element(0x82, bytes("attest.android.com.example"))});
       };
     }},
    {"FailsIfTheHostIsAWildcard", Check::android_safetynet_certificate_host,
     ErrorCode::safetynet_host_mismatch,
     [](SafetyNetCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name = der::sequence({der::element(0x82, bytes("*.android.com"))});
       };
     }},
    {"FailsIfTheHostContinuesBehindANulOctet", Check::android_safetynet_certificate_host,
     ErrorCode::safetynet_host_mismatch,
     [](SafetyNetCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name = der::sequence({der::element(
             0x82, concat({bytes("attest.android.com"), ByteVector{0}, bytes(".example")}))});
       };
     }},
    {"FailsIfOnlyTheCommonNameFitsAndThereAreDnsNames", Check::android_safetynet_certificate_host,
     ErrorCode::safetynet_host_mismatch,
     [](SafetyNetCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name = der::sequence({der::element(0x82, bytes("example.com"))});
       };
     }},
    {"FailsIfTheCommonNameIsAnother", Check::android_safetynet_certificate_host,
     ErrorCode::safetynet_host_mismatch,
     [](SafetyNetCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name.reset();
         leaf.subject = make_name({{oids::kCommonName, "attest.example.com"}});
       };
     }},
    {"FailsIfThereAreTwoCommonNames", Check::android_safetynet_certificate_host,
     ErrorCode::safetynet_host_mismatch,
     [](SafetyNetCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name.reset();
         leaf.subject = make_name({{oids::kCommonName, "attest.example.com"},
                                   {oids::kCommonName, "attest.android.com"}});
       };
     }},
    {"FailsIfTheHostIsInTheOrganizationOnly", Check::android_safetynet_certificate_host,
     ErrorCode::safetynet_host_mismatch,
     [](SafetyNetCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name.reset();
         leaf.subject = make_name({{oids::kOrganization, "attest.android.com"}});
       };
     }},

    {"FailsIfTheKeyDoesNotFitAlg", Check::android_safetynet_signature,
     ErrorCode::cose_key_type_mismatch,
     [](SafetyNetCase& test) {
       test.options.header_edits = {{"alg", "\"ES256\""}};
     }},
    {"FailsIfTheCurveDoesNotFitAlg", Check::android_safetynet_signature,
     ErrorCode::cose_key_type_mismatch,
     [](SafetyNetCase& test) {
       test.options.algorithm = -7;
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.key = TestKey::make(KeyKind::p384, "attestation");
       };
     }},
    {"FailsIfTheSignatureIsDer", Check::android_safetynet_signature, ErrorCode::signature_malformed,
     [](SafetyNetCase& test) {
       const TestKey key = TestKey::make(KeyKind::p256, "attestation");
       test.options.algorithm = -7;
       SafetyNetStatementOptions options;
       options.algorithm = -7;
       const cbor::Members members = make_safetynet_statement(usual_attested(), options).members;
       const std::string response(text_of(byte_content(members, "response")));
       const std::string signing_input = response.substr(0, response.rfind('.'));
       test.options.raw_response =
           signing_input + "." + to_base64url(key.sign_cose(-7, bytes(signing_input)));
     }},
    {"FailsIfTheSignatureIsZero", Check::android_safetynet_signature,
     ErrorCode::signature_malformed,
     [](SafetyNetCase& test) {
       SafetyNetStatementOptions options;
       options.algorithm = -7;
       const cbor::Members members = make_safetynet_statement(usual_attested(), options).members;
       const std::string response(text_of(byte_content(members, "response")));
       test.options.raw_response =
           response.substr(0, response.rfind('.') + 1) + to_base64url(ByteVector(64));
     }},
    {"FailsIfTheSignatureIsTooShort", Check::android_safetynet_signature,
     ErrorCode::signature_malformed,
     [](SafetyNetCase& test) {
       const std::string response = usual_response();
       test.options.raw_response =
           response.substr(0, response.rfind('.') + 1) + to_base64url(ByteVector(255, 1));
     }},

    // AttResp-B F-3
    {"FailsIfTheNonceIsAnother", Check::android_safetynet_nonce,
     ErrorCode::safetynet_nonce_mismatch,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"nonce", json_string(to_base64(sha256(bytes("other"))))}};
     }},
    {"FailsIfTheNonceIsMissing", Check::android_safetynet_nonce,
     ErrorCode::safetynet_nonce_mismatch,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"nonce", std::nullopt}};
     }},
    {"FailsIfTheNonceIsEmpty", Check::android_safetynet_nonce, ErrorCode::safetynet_nonce_mismatch,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"nonce", "\"\""}};
     }},
    {"FailsIfTheNonceIsNotHashed", Check::android_safetynet_nonce,
     ErrorCode::safetynet_nonce_mismatch,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"nonce", json_string(to_base64(usual_attested().message()))}};
     }},

    // AttResp-B F-5
    {"FailsIfCtsProfileMatchIsFalse", Check::android_safetynet_profile,
     ErrorCode::safetynet_profile_mismatch,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"ctsProfileMatch", "false"}};
     }},
    {"FailsIfCtsProfileMatchIsMissing", Check::android_safetynet_profile,
     ErrorCode::safetynet_profile_mismatch,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"ctsProfileMatch", std::nullopt}};
     }},
    {"FailsIfCtsProfileMatchIsText", Check::android_safetynet_profile,
     ErrorCode::safetynet_profile_mismatch,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"ctsProfileMatch", "\"true\""}};
     }},
    {"FailsIfCtsProfileMatchIsANumber", Check::android_safetynet_profile,
     ErrorCode::safetynet_profile_mismatch,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"ctsProfileMatch", "1"}};
     }},
    {"FailsIfBasicIntegrityIsFalse", Check::android_safetynet_integrity,
     ErrorCode::safetynet_integrity_missing,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"basicIntegrity", "false"}};
     }},
    {"FailsIfBasicIntegrityIsNull", Check::android_safetynet_integrity,
     ErrorCode::safetynet_integrity_missing,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"basicIntegrity", "null"}};
     }},

    // AttResp-B F-6
    {"FailsIfTheTimeIsInTheFuture", Check::android_safetynet_time,
     ErrorCode::safetynet_time_invalid,
     [](SafetyNetCase& test) { test.options.timestamp_ms = (kCeremonyTime + 6) * 1000; }},
    // AttResp-B F-7
    {"FailsIfTheTimeIsLongerAgoThanAMinute", Check::android_safetynet_time,
     ErrorCode::safetynet_time_invalid,
     [](SafetyNetCase& test) { test.options.timestamp_ms = (kCeremonyTime - 61) * 1000; }},
    {"FailsIfTheTimeIsMissing", Check::android_safetynet_time, ErrorCode::safetynet_time_invalid,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"timestampMs", std::nullopt}};
     }},
    {"FailsIfTheTimeIsText", Check::android_safetynet_time, ErrorCode::safetynet_time_invalid,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"timestampMs", "\"1767225600000\""}};
     }},
    {"FailsIfTheTimeIsInSeconds", Check::android_safetynet_time, ErrorCode::safetynet_time_invalid,
     [](SafetyNetCase& test) { test.options.timestamp_ms = kCeremonyTime; }},
    {"FailsIfTheTimeIsNegative", Check::android_safetynet_time, ErrorCode::safetynet_time_invalid,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"timestampMs", "-9223372036854775808"}};
     }},
    {"FailsIfTheTimeIsHuge", Check::android_safetynet_time, ErrorCode::safetynet_time_invalid,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"timestampMs", "18446744073709551615"}};
     }},
    {"FailsIfTheTimeIsAFraction", Check::android_safetynet_time, ErrorCode::safetynet_time_invalid,
     [](SafetyNetCase& test) {
       test.options.payload_edits = {{"timestampMs", "1767225600000.5"}};
     }},
    {"FailsIfTheClockIsBeforeTheEpoch", Check::android_safetynet_time,
     ErrorCode::safetynet_time_invalid, [](SafetyNetCase& test) { test.time = {INT64_MIN}; }},
};

class SafetyNetRefusals : public ::testing::TestWithParam<SafetyNetRefusal> {};

TEST_P(SafetyNetRefusals, IsTheFirstFailingCheck) {
  SafetyNetCase test;
  GetParam().spoil(test);
  expect_refused(run_safetynet(test), GetParam().check, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(SafetyNetStatement, SafetyNetRefusals,
                         ::testing::ValuesIn(kSafetyNetRefusals),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(SafetyNetStatement, EveryCheckIsTheFirstToFailForSomeStatement) {
  std::set<Check> covered;
  for (const SafetyNetRefusal& refusal : kSafetyNetRefusals) {
    covered.insert(refusal.check);
  }
  for (int number = 230; number < 260; ++number) {
    const Check check = static_cast<Check>(number);
    if (!check_name(check).empty()) {
      EXPECT_TRUE(covered.count(check) == 1) << check_name(check);
    }
  }
}

TEST(SafetyNetStatement, FailsIfAnotherKeySigned) {
  SafetyNetCase test;
  test.options.algorithm = -7;
  const cbor::Members members = make_safetynet_statement(usual_attested(), test.options).members;
  const std::string response(text_of(byte_content(members, "response")));
  const std::string signing_input = response.substr(0, response.rfind('.'));
  test.options.raw_response =
      signing_input + "." +
      to_base64url(sign_jws(TestKey::make(KeyKind::p256, "other"), -7, bytes(signing_input)));
  expect_bad_signature(run_safetynet(test), Check::android_safetynet_signature);
}

// --- Every bit counts ---

TEST(SafetyNetFlips, OfTheResponseAreRefused) {
  SafetyNetCase test;
  test.options.algorithm = -7;
  test.options.intermediates = 0;
  const Attested attested = usual_attested();
  const cbor::Members members = make_safetynet_statement(attested, test.options).members;
  const auto accepts = [&](const cbor::Members& edited) {
    return run_statement(verify_android_safetynet_statement, attested, edited, test.settings)
        .is_accepted();
  };
  ASSERT_TRUE(accepts(members));
  expect_every_flip_refused("response", members, byte_content(members, "response"), accepts);
}

TEST(SafetyNetFlips, OfWhatIsAttestedAreRefused) {
  SafetyNetCase test;
  const Attested attested = usual_attested();
  const cbor::Members members = make_safetynet_statement(attested, test.options).members;
  const auto is_refused = [&](const Attested& flipped) {
    return !run_statement(verify_android_safetynet_statement, flipped, members, test.settings)
                .result.has_value();
  };
  for (std::size_t bit = 0; bit < attested.authenticator_data.size() * 8; ++bit) {
    Attested flipped = attested;
    flipped.authenticator_data = with_flipped_bit(attested.authenticator_data, bit);
    ASSERT_TRUE(is_refused(flipped)) << bit;
  }
  for (std::size_t bit = 0; bit < attested.client_data_hash.size() * 8; ++bit) {
    Attested flipped = attested;
    flipped.client_data_hash = with_flipped_bit(attested.client_data_hash, bit);
    ASSERT_TRUE(is_refused(flipped)) << bit;
  }
}

}  // namespace
}  // namespace countersign::testing
