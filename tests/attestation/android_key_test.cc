#include <set>

#include "attestation/android_key_description.h"
#include "tests/attestation/platform_statement.h"
#include "tests/support/android_builder.h"

namespace countersign::testing {
namespace {

struct AndroidKeyCase {
  TestKey key = TestKey::make(KeyKind::p256, "credential");
  std::int64_t algorithm = -7;
  AndroidKeyStatementOptions options;
  AttestationSettings settings;
  std::function<void(cbor::Members&)> edit_members;
  bool are_certificates_reversed = false;
};

StatementOutcome run_case(const AndroidKeyCase& test) {
  const Attested attested = make_attested(test.key, test.algorithm);
  BuiltStatement built = make_android_key_statement(attested, test.options);
  if (test.are_certificates_reversed) {
    std::vector<ByteVector> x5c;
    for (const ByteVector& certificate : built.chain.x5c()) {
      x5c.insert(x5c.begin(), cbor::byte_string(certificate));
    }
    cbor::edit(built.members, "x5c", cbor::array(x5c));
  }
  if (test.edit_members) {
    test.edit_members(built.members);
  }
  return run_statement(verify_android_key_statement, attested, built.members, test.settings);
}

std::vector<ByteVector>& tee(AndroidKeyCase& test) { return test.options.description.tee_enforced; }
std::vector<ByteVector>& software(AndroidKeyCase& test) {
  return test.options.description.software_enforced;
}

AndroidKeyCase software_case() {
  AndroidKeyCase test;
  test.settings.is_android_software_enforced_accepted = true;
  tee(test) = {};
  software(test) = {android_purposes({2}), android_origin(0)};
  return test;
}

// --- What is accepted ---

// Pitfall 33: RSA keys were refused.
TEST(AndroidKeyStatement, SucceedsForEveryKindOfCredentialKey) {
  for (const std::int64_t algorithm : {-7, -35, -36, -257, -37}) {
    SCOPED_TRACE(algorithm);
    AndroidKeyCase test;
    test.key = TestKey::for_algorithm(algorithm, "credential");
    test.algorithm = algorithm;
    test.options.algorithm = algorithm;
    expect_accepted(run_case(test));
  }
}

TEST(AndroidKeyStatement, ReturnsBasicAndTheCertificatesAsTrustPath) {
  AndroidKeyCase test;
  test.options.intermediates = 2;
  const StatementOutcome outcome = run_case(test);
  expect_accepted(outcome);
  EXPECT_EQ(outcome.result->format, "android-key");
  EXPECT_EQ(outcome.result->type, AttestationType::basic);
  EXPECT_EQ(outcome.result->trust_path.size(), 3U);
  EXPECT_EQ(outcome.result->algorithm, CoseAlgorithm::es256);
  ASSERT_EQ(outcome.obligations.size(), 1U);
  EXPECT_EQ(outcome.obligations.front().check, Check::android_key_signature);
}

TEST(AndroidKeyStatement, SucceedsForEveryEditionOfTheDescription) {
  for (const std::int64_t version : {1, 2, 3, 4, 41, 100, 200, 300, 400}) {
    AndroidKeyCase test;
    test.options.description.attestation_version = der::integer(version);
    expect_accepted(run_case(test));
  }
  for (const std::int64_t level : {0, 1, 2}) {
    AndroidKeyCase test;
    test.options.description.attestation_security_level = der::enumerated(level);
    test.options.description.keymaster_security_level = der::enumerated(level);
    expect_accepted(run_case(test));
  }
}

TEST(AndroidKeyStatement, PassesOverTagsThatItDoesNotKnow) {
  AndroidKeyCase test;
  tee(test).push_back(der::context(724, der::octet_string(seeded_bytes("module hash", 32))));
  tee(test).push_back(der::context(100000, der::sequence({der::sequence({der::null()})})));
  expect_accepted(run_case(test));
}

TEST(AndroidKeyStatement, SucceedsForSignAmongOtherPurposes) {
  for (const std::vector<std::int64_t>& purposes :
       {std::vector<std::int64_t>{2}, {2, 3}, {0, 1, 2, 3}}) {
    AndroidKeyCase test;
    tee(test) = {android_purposes(purposes), android_origin(0)};
    expect_accepted(run_case(test));
  }
}

// "[…] otherwise use the union of teeEnforced and softwareEnforced."
TEST(AndroidKeyStatement, TakesTheUnionWhereTheSettingsSaySo) {
  expect_accepted(run_case(software_case()));
  AndroidKeyCase test = software_case();
  tee(test) = {android_purposes({2})};
  software(test) = {android_origin(0)};
  expect_accepted(run_case(test));
  test = software_case();
  tee(test) = {android_origin(0)};
  software(test) = {android_purposes({2}), android_origin(0)};
  expect_accepted(run_case(test));
}

TEST(AndroidKeyStatement, LetsTheTrustedEnvironmentAloneDecideByDefault) {
  AndroidKeyCase test;
  software(test) = {android_purposes({0}), android_origin(2)};
  expect_accepted(run_case(test));
}

// --- What is refused, and by which check first ---

struct AndroidKeyRefusal {
  const char* name;
  Check check;
  ErrorCode code;
  void (*spoil)(AndroidKeyCase& test);
};

void PrintTo(const AndroidKeyRefusal& refusal, std::ostream* out) { *out << refusal.name; }

constexpr ErrorCode kDescriptionMalformed = ErrorCode::android_key_description_malformed;

const AndroidKeyRefusal kAndroidKeyRefusals[] = {
    {"FailsIfSigIsMissing", Check::android_key_statement_members,
     ErrorCode::attestation_statement_malformed,
     [](AndroidKeyCase& test) {
       test.edit_members = [](cbor::Members& members) { cbor::edit(members, "sig", {}); };
     }},
    {"FailsIfThereIsAnUnknownMember", Check::android_key_statement_members,
     ErrorCode::attestation_statement_unknown_member,
     [](AndroidKeyCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "ver", cbor::text("1"));
       };
     }},
    {"FailsIfAlgIsUnknown", Check::android_key_statement_members, ErrorCode::algorithm_unknown,
     [](AndroidKeyCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "alg", cbor::integer(-9999));
       };
     }},
    {"FailsIfX5cIsMissing", Check::android_key_certificates,
     ErrorCode::attestation_statement_malformed,
     [](AndroidKeyCase& test) {
       test.edit_members = [](cbor::Members& members) { cbor::edit(members, "x5c", {}); };
     }},
    {"FailsIfX5cIsEmpty", Check::android_key_certificates,
     ErrorCode::attestation_statement_malformed,
     [](AndroidKeyCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "x5c", cbor::array({}));
       };
     }},

    {"FailsIfTheSignatureIsMalformed", Check::android_key_signature, ErrorCode::signature_malformed,
     [](AndroidKeyCase& test) {
       test.options.raw_signature = ByteVector{0x30, 0x00};
     }},
    {"FailsIfAlgDoesNotFitTheKey", Check::android_key_signature, ErrorCode::cose_key_type_mismatch,
     [](AndroidKeyCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "alg", cbor::integer(-257));
       };
     }},
    {"FailsIfAlgUsesSha1", Check::android_key_signature, ErrorCode::algorithm_not_allowed_here,
     [](AndroidKeyCase& test) {
       test.key = TestKey::make(KeyKind::rsa2048, "credential");
       test.algorithm = -257;
       test.options.algorithm = -65535;
     }},

    // AttResp-A F-2
    {"FailsIfTheCertificateKeyIsNotTheCredentialKey", Check::android_key_certificate_key,
     ErrorCode::attestation_key_mismatch,
     [](AndroidKeyCase& test) { test.options.leaf_key = TestKey::make(KeyKind::p256, "other"); }},
    // AttResp-A F-3
    {"FailsIfTheCertificatesAreInWrongOrder", Check::android_key_certificate_key,
     ErrorCode::attestation_key_mismatch,
     [](AndroidKeyCase& test) {
       test.options.intermediates = 1;
       test.are_certificates_reversed = true;
     }},

    {"FailsIfThereIsNoDescription", Check::android_key_description,
     ErrorCode::android_key_description_missing,
     [](AndroidKeyCase& test) { test.options.has_description = false; }},
    {"FailsIfTheDescriptionIsEmpty", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) { test.options.raw_description = ByteVector{}; }},
    {"FailsIfTheDescriptionHasTrailingBytes", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       const Attested attested = make_attested(test.key, test.algorithm);
       test.options.raw_description =
           concat({make_key_description(attested.client_data_hash), der::null()});
     }},
    {"FailsIfTheDescriptionHasAnotherMember", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) { test.options.description.trailer = der::sequence({}); }},
    // The standard's test vectors of before 2026-01-14.
    {"FailsIfASecurityLevelIsAnInteger", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       test.options.description.attestation_security_level = der::integer(0);
     }},
    {"FailsIfTheOtherSecurityLevelIsAnInteger", Check::android_key_description,
     kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       test.options.description.keymaster_security_level = der::integer(0);
     }},
    {"FailsIfASecurityLevelIsUnknown", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       test.options.description.attestation_security_level = der::enumerated(3);
     }},
    {"FailsIfTheVersionIsNegative", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) { test.options.description.attestation_version = der::integer(-1); }},
    {"FailsIfTheVersionIsNoInteger", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       test.options.description.keymaster_version = der::utf8_string("300");
     }},
    // Pitfall 33: a malformed list was taken for an empty one.
    {"FailsIfTheSoftwareListIsNoSequence", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) { test.options.description.raw_software_enforced = der::null(); }},
    {"FailsIfTheTeeListIsASet", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       test.options.description.raw_tee_enforced =
           der::set({android_purposes({2}), android_origin(0)});
     }},
    {"FailsIfAListMemberHasNoContextTag", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) { tee(test).push_back(der::integer(1)); }},
    {"FailsIfAListMemberIsImplicit", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) { software(test) = {der::tagged(0x80, 600, ByteVector{})}; }},
    {"FailsIfAListMemberIsOfThePrivateClass", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) { software(test) = {der::tagged(0xe0, 600, der::null())}; }},
    {"FailsIfAListMemberIsEmpty", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) { tee(test).push_back(der::context(706, ByteVector{})); }},
    {"FailsIfAListMemberHoldsTwoElements", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       tee(test).push_back(der::context(706, concat({der::integer(1), der::integer(2)})));
     }},
    {"FailsIfAListMemberIsThereTwice", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       tee(test) = {android_purposes({2}), android_origin(2), android_origin(0)};
     }},
    {"FailsIfTheListIsOutOfOrder", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       tee(test) = {android_origin(0), android_purposes({2})};
     }},
    {"FailsIfAnUnknownMemberIsMalformedInside", Check::android_key_description,
     kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       tee(test).push_back(der::context(900, der::element(0x30, ByteVector{0x02, 0x05, 0x00})));
     }},
    {"FailsIfAnUnknownMemberIsNestedTooDeeply", Check::android_key_description,
     kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       ByteVector nested = der::null();
       for (int i = 0; i < 40; ++i) {
         nested = der::sequence({nested});
       }
       tee(test).push_back(der::context(900, nested));
     }},
    {"FailsIfPurposeIsASequence", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       tee(test) = {der::context(1, der::sequence({der::integer(2)})), android_origin(0)};
     }},
    {"FailsIfPurposeHoldsNoIntegers", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       tee(test) = {der::context(1, der::set({der::enumerated(2)})), android_origin(0)};
     }},
    {"FailsIfOriginIsEnumerated", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) {
       tee(test) = {android_purposes({2}), der::context(702, der::enumerated(0))};
     }},
    {"FailsIfAllApplicationsIsNoNull", Check::android_key_description, kDescriptionMalformed,
     [](AndroidKeyCase& test) { software(test) = {der::context(600, der::boolean(false))}; }},

    // AttResp-A F-1
    {"FailsIfTheChallengeIsAnother", Check::android_key_challenge,
     ErrorCode::android_key_challenge_mismatch,
     [](AndroidKeyCase& test) { test.options.description.challenge = sha256(bytes("other")); }},
    {"FailsIfTheChallengeIsEmpty", Check::android_key_challenge,
     ErrorCode::android_key_challenge_mismatch,
     [](AndroidKeyCase& test) { test.options.description.challenge = ByteVector{}; }},

    {"FailsIfAllApplicationsIsSoftwareEnforced", Check::android_key_not_for_all_applications,
     ErrorCode::android_key_all_applications,
     [](AndroidKeyCase& test) { software(test) = {android_all_applications()}; }},
    {"FailsIfAllApplicationsIsTeeEnforced", Check::android_key_not_for_all_applications,
     ErrorCode::android_key_all_applications,
     [](AndroidKeyCase& test) {
       tee(test) = {android_purposes({2}), android_all_applications(), android_origin(0)};
     }},
    {"FailsIfAllApplicationsIsThereThoughSoftwareIsAccepted",
     Check::android_key_not_for_all_applications, ErrorCode::android_key_all_applications,
     [](AndroidKeyCase& test) {
       test = software_case();
       tee(test) = {android_all_applications()};
     }},

    {"FailsIfBothListsAreEmpty", Check::android_key_origin, ErrorCode::android_key_origin_invalid,
     [](AndroidKeyCase& test) {
       tee(test) = {};
       software(test) = {};
     }},
    {"FailsIfTheKeyWasImported", Check::android_key_origin, ErrorCode::android_key_origin_invalid,
     [](AndroidKeyCase& test) {
       tee(test) = {android_purposes({2}), android_origin(2)};
     }},
    {"FailsIfOriginIsUnknown", Check::android_key_origin, ErrorCode::android_key_origin_invalid,
     [](AndroidKeyCase& test) {
       tee(test) = {android_purposes({2}), android_origin(3)};
     }},
    {"FailsIfOriginIsSoftwareEnforcedOnly", Check::android_key_origin,
     ErrorCode::android_key_origin_invalid,
     [](AndroidKeyCase& test) {
       tee(test) = {android_purposes({2})};
       software(test) = {android_origin(0)};
     }},
    // Pitfall 33: "or" instead of union.
    {"FailsIfTheTwoOriginsDisagree", Check::android_key_origin,
     ErrorCode::android_key_origin_invalid,
     [](AndroidKeyCase& test) {
       test = software_case();
       tee(test) = {android_origin(2)};
     }},
    {"FailsIfTheTwoOriginsDisagreeTheOtherWay", Check::android_key_origin,
     ErrorCode::android_key_origin_invalid,
     [](AndroidKeyCase& test) {
       test = software_case();
       tee(test) = {android_origin(0)};
       software(test) = {android_purposes({2}), android_origin(2)};
     }},
    {"FailsIfThereIsNoOriginThoughSoftwareIsAccepted", Check::android_key_origin,
     ErrorCode::android_key_origin_invalid,
     [](AndroidKeyCase& test) {
       test = software_case();
       software(test) = {android_purposes({2})};
     }},

    {"FailsIfThereIsNoPurpose", Check::android_key_purpose, ErrorCode::android_key_purpose_invalid,
     [](AndroidKeyCase& test) { tee(test) = {android_origin(0)}; }},
    {"FailsIfThePurposeIsEmpty", Check::android_key_purpose, ErrorCode::android_key_purpose_invalid,
     [](AndroidKeyCase& test) {
       tee(test) = {android_purposes({}), android_origin(0)};
     }},
    {"FailsIfThePurposeIsDecryption", Check::android_key_purpose,
     ErrorCode::android_key_purpose_invalid,
     [](AndroidKeyCase& test) {
       tee(test) = {android_purposes({1, 3, 5}), android_origin(0)};
     }},
    {"FailsIfThePurposeOnlyEndsInTheOctetOfSign", Check::android_key_purpose,
     ErrorCode::android_key_purpose_invalid,
     [](AndroidKeyCase& test) {
       tee(test) = {android_purposes({0x102}), android_origin(0)};
     }},
    {"FailsIfThePurposeIsSoftwareEnforcedOnly", Check::android_key_purpose,
     ErrorCode::android_key_purpose_invalid,
     [](AndroidKeyCase& test) {
       tee(test) = {android_origin(0)};
       software(test) = {android_purposes({2})};
     }},
    {"FailsIfThereIsNoPurposeThoughSoftwareIsAccepted", Check::android_key_purpose,
     ErrorCode::android_key_purpose_invalid,
     [](AndroidKeyCase& test) {
       test = software_case();
       software(test) = {android_origin(0)};
     }},
};

class AndroidKeyRefusals : public ::testing::TestWithParam<AndroidKeyRefusal> {};

TEST_P(AndroidKeyRefusals, IsTheFirstFailingCheck) {
  AndroidKeyCase test;
  GetParam().spoil(test);
  expect_refused(run_case(test), GetParam().check, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(AndroidKeyStatement, AndroidKeyRefusals,
                         ::testing::ValuesIn(kAndroidKeyRefusals),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(AndroidKeyStatement, EveryCheckIsTheFirstToFailForSomeStatement) {
  std::set<Check> covered;
  for (const AndroidKeyRefusal& refusal : kAndroidKeyRefusals) {
    covered.insert(refusal.check);
  }
  for (int number = 210; number < 230; ++number) {
    const Check check = static_cast<Check>(number);
    if (!check_name(check).empty()) {
      EXPECT_TRUE(covered.count(check) == 1) << check_name(check);
    }
  }
}

TEST(AndroidKeyStatement, FailsIfTheSignatureIsOverSomethingElse) {
  AndroidKeyCase test;
  test.options.raw_signature = test.key.sign_cose(-7, bytes("other"));
  expect_bad_signature(run_case(test), Check::android_key_signature);
}

// --- Every bit counts ---

TEST(AndroidKeyFlips, OfTheSignatureAreRefused) {
  const Attested attested = make_attested(TestKey::make(KeyKind::p256, "credential"), -7);
  const cbor::Members members = make_android_key_statement(attested).members;
  expect_every_flip_refused(
      "sig", members, byte_content(members, "sig"), [&](const cbor::Members& edited) {
        return run_statement(verify_android_key_statement, attested, edited).is_accepted();
      });
}

TEST(AndroidKeyFlips, OfWhatIsAttestedAreRefused) {
  const Attested attested = make_attested(TestKey::make(KeyKind::p256, "credential"), -7);
  const cbor::Members members = make_android_key_statement(attested).members;
  const auto accepts = [&](const Attested& flipped) {
    return run_statement(verify_android_key_statement, flipped, members).is_accepted();
  };
  ASSERT_TRUE(accepts(attested));
  for (std::size_t bit = 0; bit < attested.authenticator_data.size() * 8; ++bit) {
    Attested flipped = attested;
    flipped.authenticator_data = with_flipped_bit(attested.authenticator_data, bit);
    ASSERT_FALSE(accepts(flipped)) << bit;
  }
  for (std::size_t bit = 0; bit < attested.client_data_hash.size() * 8; ++bit) {
    Attested flipped = attested;
    flipped.client_data_hash = with_flipped_bit(attested.client_data_hash, bit);
    ASSERT_FALSE(accepts(flipped)) << bit;
  }
}

// The description is signed by the certificate's issuer; the statement's rules alone must not read
// a flipped one as better than it was.
TEST(AndroidKeyFlips, OfTheDescriptionNeverMakeARefusedKeyAcceptable) {
  const ByteVector hash = sha256(bytes("client data"));
  KeyDescriptionOptions options;
  options.software_enforced = {};
  options.tee_enforced = {android_purposes({2}), android_origin(0)};
  const ByteVector description = make_key_description(hash, options);
  ASSERT_TRUE(parse_android_key_description(description).has_value());
  // Every truncation and every extension is malformed.
  for (std::size_t size = 0; size < description.size(); ++size) {
    const Result<AndroidKeyDescription> parsed =
        parse_android_key_description(Bytes(description).first(size));
    ASSERT_FALSE(parsed.has_value()) << size;
    EXPECT_EQ(parsed.error().code, kDescriptionMalformed);
  }
  EXPECT_FALSE(parse_android_key_description(concat({description, ByteVector{0}})).has_value());
  for (std::size_t bit = 0; bit < description.size() * 8; ++bit) {
    const ByteVector flipped = with_flipped_bit(description, bit);
    const Result<AndroidKeyDescription> parsed = parse_android_key_description(flipped);
    if (!parsed.has_value()) {
      continue;
    }
    // What still parses says what its bytes say: written again, it is the same.
    EXPECT_FALSE(parsed->software_enforced.has_all_applications);
    if (parsed->tee_enforced.origin == kKeyOriginGenerated) {
      const ByteVector origin = android_origin(0);
      EXPECT_NE(std::search(flipped.begin(), flipped.end(), origin.begin(), origin.end()),
                flipped.end())
          << bit;
    }
    if (parsed->tee_enforced.has_purpose_sign) {
      const ByteVector purpose = android_purposes({2});
      EXPECT_NE(std::search(flipped.begin(), flipped.end(), purpose.begin(), purpose.end()),
                flipped.end())
          << bit;
    }
  }
}

// A member that is not looked at, changed in every bit, leaves the members that are untouched.
TEST(AndroidKeyFlips, OfUnknownMembersAreHarmless) {
  const ByteVector hash = sha256(bytes("client data"));
  KeyDescriptionOptions options;
  options.tee_enforced = {android_purposes({0}), android_origin(2),
                          der::context(704, der::sequence({der::octet_string(ByteVector(32))}))};
  const ByteVector description = make_key_description(hash, options);
  for (std::size_t bit = 0; bit < description.size() * 8; ++bit) {
    const Result<AndroidKeyDescription> parsed =
        parse_android_key_description(with_flipped_bit(description, bit));
    if (parsed.has_value()) {
      EXPECT_FALSE(parsed->tee_enforced.has_purpose_sign &&
                   parsed->tee_enforced.origin == kKeyOriginGenerated)
          << bit;
    }
  }
}

// --- The standard's vector ---

TEST(AndroidKeyVectors, OfTheStandardPasses) {
  const std::optional<Recorded> recorded = read_standard_vector("android-key-es256");
  if (!recorded.has_value()) {
    GTEST_SKIP() << "no vectors here";
  }
  expect_accepted(run_recorded(verify_android_key_statement, *recorded));
}

// The standard's editions before: levels as INTEGER, then empty lists.
TEST(AndroidKeyVectors, OfEarlierEditionsAreRefused) {
  AndroidKeyCase test;
  test.options.description.attestation_security_level = der::integer(0);
  test.options.description.keymaster_security_level = der::integer(0);
  expect_refused(run_case(test), Check::android_key_description, kDescriptionMalformed);
  test = {};
  tee(test) = {};
  software(test) = {};
  expect_refused(run_case(test), Check::android_key_origin, ErrorCode::android_key_origin_invalid);
}

}  // namespace
}  // namespace countersign::testing
