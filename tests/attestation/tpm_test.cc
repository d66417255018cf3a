#include <set>

#include "tests/attestation/platform_statement.h"
#include "tests/support/tpm_builder.h"

namespace countersign::testing {
namespace {

struct TpmCase {
  TestKey key = TestKey::make(KeyKind::p256, "credential");
  std::int64_t algorithm = -7;
  TpmStatementOptions options;
  AttestationSettings settings;
  std::function<void(cbor::Members&)> edit_members;
  std::optional<ByteVector> raw_statement;
  bool are_certificates_reversed = false;
};

StatementOutcome run_tpm(const TpmCase& test) {
  const Attested attested = make_attested(test.key, test.algorithm);
  BuiltStatement built = make_tpm_statement(attested, test.options);
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
  return run_statement(verify_tpm_statement, attested,
                       test.raw_statement.value_or(cbor::map(built.members)), test.settings);
}

TpmCase rsa_case() {
  TpmCase test;
  test.key = TestKey::make(KeyKind::rsa2048, "credential");
  test.algorithm = -257;
  return test;
}

// --- What is accepted ---

TEST(TpmStatement, SucceedsForEveryAlgorithmOfAttestationAndCredential) {
  for (const std::int64_t attestation : {-257, -65535, -258, -259, -37, -38, -39, -7, -35, -36}) {
    for (const std::int64_t credential : {-257, -37, -7, -35, -36}) {
      SCOPED_TRACE(std::to_string(attestation) + " over " + std::to_string(credential));
      TpmCase test;
      test.key = TestKey::for_algorithm(credential, "credential");
      test.algorithm = credential;
      test.options.algorithm = attestation;
      expect_accepted(run_tpm(test));
    }
  }
}

TEST(TpmStatement, ReturnsAttCaAndTheCertificatesAsTrustPath) {
  TpmCase test;
  test.options.intermediates = 1;
  const StatementOutcome outcome = run_tpm(test);
  expect_accepted(outcome);
  EXPECT_EQ(outcome.result->format, "tpm");
  EXPECT_EQ(outcome.result->type, AttestationType::attca);
  EXPECT_EQ(outcome.result->trust_path.size(), 2U);
  EXPECT_EQ(outcome.result->algorithm, CoseAlgorithm::rs256);
  ASSERT_EQ(outcome.obligations.size(), 1U);
  EXPECT_EQ(outcome.obligations.front().check, Check::tpm_signature);
}

TEST(TpmStatement, SucceedsForEveryNameAlgorithm) {
  for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512}) {
    TpmCase test;
    test.options.public_area.name_algorithm = tpm_hash_id(hash);
    test.options.public_area.authorization_policy = digest(hash, {});
    expect_accepted(run_tpm(test));
  }
}

TEST(TpmStatement, SucceedsForTheFormsOfParametersThatTpmsWrite) {
  for (const ByteVector& symmetric :
       {ByteVector{0x00, 0x10}, ByteVector{0x00, 0x06, 0x00, 0x80, 0x00, 0x43}}) {
    for (const ByteVector& scheme : {ByteVector{0x00, 0x10}, ByteVector{0x00, 0x14, 0x00, 0x0b},
                                     ByteVector{0x00, 0x16, 0x00, 0x0b}}) {
      TpmCase test = rsa_case();
      test.options.public_area.symmetric = symmetric;
      test.options.public_area.scheme = scheme;
      expect_accepted(run_tpm(test));
    }
    for (const ByteVector& scheme : {ByteVector{0x00, 0x10}, ByteVector{0x00, 0x18, 0x00, 0x0b},
                                     ByteVector{0x00, 0x1a, 0x00, 0x0b, 0x00, 0x01}}) {
      TpmCase test;
      test.options.public_area.symmetric = symmetric;
      test.options.public_area.scheme = scheme;
      test.options.public_area.kdf = {0x00, 0x20, 0x00, 0x0b};
      expect_accepted(run_tpm(test));
    }
  }
}

TEST(TpmStatement, SucceedsForAnEmptyAuthorizationPolicy) {
  TpmCase test;
  test.options.public_area.authorization_policy = {};
  expect_accepted(run_tpm(test));
}

TEST(TpmStatement, TakesExponentZeroAndItsValueFor65537) {
  for (const std::uint32_t exponent : {0U, 65537U}) {
    TpmCase test = rsa_case();
    test.options.public_area.exponent = exponent;
    expect_accepted(run_tpm(test));
  }
}

// Pitfall 22: coordinates without their leading zeros.
TEST(TpmStatement, ComparesCoordinatesAsNumbers) {
  for (int i = 0; i < 200; ++i) {
    TpmCase test;
    test.key = TestKey::make(KeyKind::p521, "coordinate " + std::to_string(i));
    test.algorithm = -36;
    if (test.key.x().front() != 0) {
      continue;
    }
    ByteVector shortened = test.key.x();
    shortened.erase(shortened.begin());
    test.options.public_area.x = shortened;
    expect_accepted(run_tpm(test));
    // The octet that is missing must have been zero, not just any.
    shortened.erase(shortened.begin());
    test.options.public_area.x = shortened;
    EXPECT_EQ(run_tpm(test).is_accepted(), test.key.x()[1] == 0);
    return;
  }
  FAIL() << "no key with a leading zero";
}

TEST(TpmStatement, SucceedsForEveryShapeOfTheAlternativeName) {
  for (const TpmNameShape shape :
       {TpmNameShape::three_rdns, TpmNameShape::one_rdn, TpmNameShape::three_directory_names}) {
    TpmCase test;
    test.options.identity.shape = shape;
    expect_accepted(run_tpm(test));
  }
}

TEST(TpmStatement, PassesOverOtherAlternativeNames) {
  TpmCase test;
  test.options.edit_leaf = [](CertificateOptions& leaf) {
    const ByteVector directory_name = der::context(4, make_name({{"2.23.133.2.1", "id:53544D20"},
                                                                 {"2.23.133.2.2", "model"},
                                                                 {"2.23.133.2.3", "id:13"},
                                                                 {"2.23.133.2.16", "other"}}));
    leaf.subject_alt_name = der::sequence(
        {der::element(0x82, bytes("tpm.example")),
         der::tagged(0xa0, 0,
                     concat({der::oid("1.3.6.1.5.5.7.8.3"),
                             der::context(0, der::sequence({der::utf8_string("x")}))})),
         directory_name});
  };
  expect_accepted(run_tpm(test));
}

// Pitfall 35: the case of the hexadecimal digits varies.
TEST(TpmStatement, ComparesTheVendorWithoutRegardToCase) {
  for (const char* vendor :
       {"id:53544D20", "id:53544d20", "id:49424D00", "id:49424d00", "id:4D534654", "id:4d534654"}) {
    TpmCase test;
    test.options.identity.manufacturer = vendor;
    expect_accepted(run_tpm(test));
  }
}

TEST(TpmStatement, AcceptsTheTestVendorWhereTheSettingsSaySo) {
  TpmCase test;
  test.options.identity.manufacturer = "id:FFFFF1D0";
  test.settings.are_test_tpm_vendors_accepted = true;
  expect_accepted(run_tpm(test));
}

TEST(TpmStatement, AcceptsAnyVendorWhereTheSettingsSaySo) {
  TpmCase test;
  test.options.identity.manufacturer = "id:00000000";
  test.settings.is_any_tpm_vendor_accepted = true;
  expect_accepted(run_tpm(test));
}

// Pitfall 28: Hello's certificates carry further purposes.
TEST(TpmStatement, ToleratesOtherKeyPurposesBesideItsOwn) {
  TpmCase test;
  test.options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.extended_key_usage = {"1.3.6.1.4.1.311.21.36", oids::kTcgAikCertificate};
  };
  expect_accepted(run_tpm(test));
}

TEST(TpmStatement, AcceptsTheAaguidExtensionThatMatches) {
  TpmCase test;
  test.options.edit_leaf = [](CertificateOptions& leaf) { leaf.aaguid = kTestAaguid; };
  expect_accepted(run_tpm(test));
}

// Pitfall 18: the hash comes from alg, whatever signed the certificate.
TEST(TpmStatement, TakesTheHashFromAlgAndNotFromTheCertificate) {
  TpmCase test;
  test.options.algorithm = -259;
  test.options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.signature = CertificateSignature{Scheme::ecdsa, Hash::sha256};
  };
  expect_accepted(run_tpm(test));
}

TEST(TpmStatement, KeepsClockAndFirmwareUnjudged) {
  TpmCase test;
  test.options.attest.safe = 0x33;
  test.options.attest.clock = 0;
  test.options.attest.firmware_version = ~std::uint64_t{0};
  test.options.attest.qualified_signer = {};
  test.options.attest.qualified_name = {};
  expect_accepted(run_tpm(test));
}

// --- What is refused, and by which check first ---

struct TpmRefusal {
  const char* name;
  Check check;
  ErrorCode code;
  void (*spoil)(TpmCase& test);
};

void PrintTo(const TpmRefusal& refusal, std::ostream* out) { *out << refusal.name; }

const TpmRefusal kTpmRefusals[] = {
    {"FailsIfTheStatementIsNoMap", Check::tpm_statement_members,
     ErrorCode::attestation_statement_malformed,
     [](TpmCase& test) { test.raw_statement = cbor::array({}); }},
    {"FailsIfThereIsAnUnknownMember", Check::tpm_statement_members,
     ErrorCode::attestation_statement_unknown_member,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "ecdaaKeyId", cbor::byte_string(ByteVector{1}));
       };
     }},
    {"FailsIfSigIsMissing", Check::tpm_statement_members,
     ErrorCode::attestation_statement_malformed,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) { cbor::edit(members, "sig", {}); };
     }},
    {"FailsIfCertInfoIsText", Check::tpm_statement_members,
     ErrorCode::attestation_statement_malformed,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "certInfo", cbor::text("certInfo"));
       };
     }},
    {"FailsIfPubAreaIsMissing", Check::tpm_statement_members,
     ErrorCode::attestation_statement_malformed,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) { cbor::edit(members, "pubArea", {}); };
     }},
    {"FailsIfVerIsANumber", Check::tpm_statement_members,
     ErrorCode::attestation_statement_malformed,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "ver", cbor::integer(2));
       };
     }},

    {"FailsIfVerIsOfTpm12", Check::tpm_version, ErrorCode::tpm_version_unsupported,
     [](TpmCase& test) { test.options.version = "1.2"; }},
    {"FailsIfVerIsEmpty", Check::tpm_version, ErrorCode::tpm_version_unsupported,
     [](TpmCase& test) { test.options.version = ""; }},
    {"FailsIfVerOnlyBeginsWith20", Check::tpm_version, ErrorCode::tpm_version_unsupported,
     [](TpmCase& test) { test.options.version = "2.0 "; }},

    // Pitfall 17: no default for an algorithm that is not known.
    {"FailsIfAlgIsUnknown", Check::tpm_algorithm, ErrorCode::algorithm_unknown,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "alg", cbor::integer(-9999));
       };
     }},
    {"FailsIfAlgIsMissing", Check::tpm_algorithm, ErrorCode::attestation_statement_malformed,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) { cbor::edit(members, "alg", {}); };
     }},
    {"FailsIfAlgHashesByItself", Check::tpm_algorithm, ErrorCode::algorithm_not_allowed_here,
     [](TpmCase& test) { test.options.algorithm = -8; }},

    {"FailsIfPubAreaIsEmpty", Check::tpm_public_area, ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) { test.options.raw_public_area = ByteVector{}; }},
    {"FailsIfPubAreaHasTrailingBytes", Check::tpm_public_area, ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) { test.options.public_area.trailer = {0x00}; }},
    {"FailsIfPubAreaIsNoAsymmetricKey", Check::tpm_public_area, ErrorCode::tpm_key_type_unsupported,
     [](TpmCase& test) { test.options.public_area.type = 0x0008; }},
    {"FailsIfTheNameAlgorithmIsUnknown", Check::tpm_public_area,
     ErrorCode::tpm_name_algorithm_unsupported,
     [](TpmCase& test) { test.options.public_area.name_algorithm = 0x0027; }},
    {"FailsIfThereIsNoNameAlgorithm", Check::tpm_public_area,
     ErrorCode::tpm_name_algorithm_unsupported,
     [](TpmCase& test) { test.options.public_area.name_algorithm = 0x0010; }},
    {"FailsIfThePolicyIsNoDigest", Check::tpm_public_area, ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) { test.options.public_area.authorization_policy = ByteVector(31); }},
    {"FailsIfTheSymmetricAlgorithmIsUnknown", Check::tpm_public_area,
     ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) {
       test.options.public_area.symmetric = {0x00, 0x0a};
     }},
    {"FailsIfTheSchemeIsUnknown", Check::tpm_public_area, ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) {
       test.options.public_area.scheme = {0x00, 0x05};
     }},
    {"FailsIfAnEccKeyHasAnRsaScheme", Check::tpm_public_area, ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) {
       test.options.public_area.scheme = {0x00, 0x14, 0x00, 0x0b};
     }},
    {"FailsIfTheKeyDerivationIsUnknown", Check::tpm_public_area, ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) {
       test.options.public_area.kdf = {0x00, 0x14, 0x00, 0x0b};
     }},
    {"FailsIfACoordinateIsLongerThanTheField", Check::tpm_public_area,
     ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) {
       test.options.public_area.x = concat({ByteVector{0x00}, test.key.x()});
     }},

    // AttResp-9 F-4
    {"FailsIfPubAreaIsAnotherKey", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) {
       test.options.raw_public_area = make_tpm_public(TestKey::make(KeyKind::p256, "other"));
     }},
    {"FailsIfPubAreaIsAnRsaKeyAndTheCredentialIsNot", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) {
       test.options.raw_public_area = make_tpm_public(TestKey::make(KeyKind::rsa2048));
     }},
    {"FailsIfTheCredentialIsRsaAndPubAreaIsNot", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) {
       test = rsa_case();
       test.options.raw_public_area = make_tpm_public(TestKey::make(KeyKind::p256, "credential"));
     }},
    // Pitfall 35: an OKP credential key once skipped these checks.
    {"FailsIfTheCredentialKeyIsOkp", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) {
       test.key = TestKey::make(KeyKind::ed25519, "credential");
       test.algorithm = -8;
       test.options.raw_public_area = make_tpm_public(TestKey::make(KeyKind::p256, "credential"));
     }},
    {"FailsIfTheCurveIsAnother", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) { test.options.public_area.curve = 0x0004; }},
    {"FailsIfTheCurveIsBnP256", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) { test.options.public_area.curve = 0x0010; }},
    {"FailsIfTheCurveIsSm2P256", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) { test.options.public_area.curve = 0x0020; }},
    {"FailsIfXDiffers", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) { test.options.public_area.x = with_flipped_bit(test.key.x(), 0); }},
    {"FailsIfYDiffers", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) { test.options.public_area.y = with_flipped_bit(test.key.y(), 255); }},
    {"FailsIfXIsEmpty", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) { test.options.public_area.x = ByteVector{}; }},
    {"FailsIfTheExponentDiffers", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) {
       test = rsa_case();
       test.options.public_area.exponent = 3;
     }},
    {"FailsIfTheExponentIsLittleEndian", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) {
       test = rsa_case();
       test.options.public_area.exponent = 0x01000100;
     }},
    {"FailsIfTheModulusDiffers", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) {
       test = rsa_case();
       test.options.public_area.modulus = with_flipped_bit(test.key.modulus(), 9);
     }},
    {"FailsIfTheKeySizeIsNotTheModulus", Check::tpm_public_area_is_credential_key,
     ErrorCode::tpm_public_area_mismatch,
     [](TpmCase& test) {
       test = rsa_case();
       test.options.public_area.key_bits = 1024;
     }},

    {"FailsIfX5cIsMissing", Check::tpm_certificates, ErrorCode::attestation_statement_malformed,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) { cbor::edit(members, "x5c", {}); };
     }},
    {"FailsIfX5cIsEmpty", Check::tpm_certificates, ErrorCode::attestation_statement_malformed,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "x5c", cbor::array({}));
       };
     }},
    {"FailsIfX5cHoldsText", Check::tpm_certificates, ErrorCode::attestation_statement_malformed,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "x5c", cbor::array({cbor::text("certificate")}));
       };
     }},

    {"FailsIfTheCertificateIsOfVersion1", Check::tpm_certificate_version,
     ErrorCode::attestation_certificate_requirements,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) { leaf.version = 1; };
     }},
    // Pitfall 36
    {"FailsIfTheSubjectIsNotEmpty", Check::tpm_certificate_subject_empty,
     ErrorCode::attestation_certificate_requirements,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject = attestation_subject("TPM");
       };
     }},
    // AttResp-9 F-1
    {"FailsIfTheCertificatesAreInWrongOrder", Check::tpm_certificate_subject_empty,
     ErrorCode::attestation_certificate_requirements,
     [](TpmCase& test) {
       test.options.intermediates = 1;
       test.are_certificates_reversed = true;
     }},
    {"FailsIfThereIsNoAlternativeName", Check::tpm_certificate_name_critical,
     ErrorCode::attestation_certificate_requirements,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) { leaf.subject_alt_name.reset(); };
     }},
    {"FailsIfTheAlternativeNameIsNotCritical", Check::tpm_certificate_name_critical,
     ErrorCode::attestation_certificate_requirements,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.is_subject_alt_name_critical = false;
       };
     }},

    {"FailsIfTheManufacturerIsMissing", Check::tpm_certificate_name,
     ErrorCode::tpm_certificate_name_malformed,
     [](TpmCase& test) { test.options.identity.manufacturer.reset(); }},
    {"FailsIfTheModelIsMissing", Check::tpm_certificate_name,
     ErrorCode::tpm_certificate_name_malformed,
     [](TpmCase& test) { test.options.identity.model.reset(); }},
    {"FailsIfTheVersionIsMissing", Check::tpm_certificate_name,
     ErrorCode::tpm_certificate_name_malformed,
     [](TpmCase& test) { test.options.identity.version.reset(); }},
    {"FailsIfTheModelIsEmpty", Check::tpm_certificate_name,
     ErrorCode::tpm_certificate_name_malformed,
     [](TpmCase& test) { test.options.identity.model = ""; }},
    {"FailsIfTheManufacturerIsNamedTwice", Check::tpm_certificate_name,
     ErrorCode::tpm_certificate_name_malformed,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name =
             der::sequence({der::context(4, make_name({{"2.23.133.2.1", "id:00000000"},
                                                       {"2.23.133.2.1", "id:53544D20"},
                                                       {"2.23.133.2.2", "model"},
                                                       {"2.23.133.2.3", "id:13"}}))});
       };
     }},
    {"FailsIfThereIsNoDirectoryName", Check::tpm_certificate_name,
     ErrorCode::tpm_certificate_name_malformed,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name = der::sequence({der::element(0x82, bytes("tpm.example"))});
       };
     }},
    {"FailsIfTheAlternativeNameHasTrailingBytes", Check::tpm_certificate_name,
     ErrorCode::tpm_certificate_name_malformed,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.subject_alt_name = concat({make_tpm_alternative_name(), der::null()});
       };
     }},
    {"FailsIfTheManufacturerIsNoText", Check::tpm_certificate_name,
     ErrorCode::tpm_certificate_name_malformed,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         const auto attribute = [](std::string_view oid, Bytes value) {
           return der::set({der::sequence({der::oid(oid), value})});
         };
         leaf.subject_alt_name = der::sequence({der::context(
             4, der::sequence({attribute("2.23.133.2.1", der::octet_string(bytes("id:53544D20"))),
                               attribute("2.23.133.2.2", der::utf8_string("model")),
                               attribute("2.23.133.2.3", der::utf8_string("id:13"))}))});
       };
     }},

    {"FailsIfTheVendorIsUnknown", Check::tpm_certificate_vendor, ErrorCode::tpm_vendor_unknown,
     [](TpmCase& test) { test.options.identity.manufacturer = "id:00000000"; }},
    {"FailsIfTheVendorIsOfTests", Check::tpm_certificate_vendor, ErrorCode::tpm_vendor_unknown,
     [](TpmCase& test) { test.options.identity.manufacturer = "id:FFFFF1D0"; }},
    {"FailsIfTheVendorHasNoPrefix", Check::tpm_certificate_vendor, ErrorCode::tpm_vendor_unknown,
     [](TpmCase& test) { test.options.identity.manufacturer = "53544D20"; }},
    {"FailsIfTheVendorHasAnotherPrefix", Check::tpm_certificate_vendor,
     ErrorCode::tpm_vendor_unknown,
     [](TpmCase& test) { test.options.identity.manufacturer = "ID:53544D20"; }},
    {"FailsIfTheVendorHasMoreDigits", Check::tpm_certificate_vendor, ErrorCode::tpm_vendor_unknown,
     [](TpmCase& test) { test.options.identity.manufacturer = "id:053544D20"; }},
    {"FailsIfTheVendorIsNotHexadecimal", Check::tpm_certificate_vendor,
     ErrorCode::tpm_vendor_unknown,
     [](TpmCase& test) { test.options.identity.manufacturer = "id:53544G20"; }},
    {"FailsIfAnotherVendorIsOfTestsThoughThoseAreAccepted", Check::tpm_certificate_vendor,
     ErrorCode::tpm_vendor_unknown,
     [](TpmCase& test) {
       test.settings.are_test_tpm_vendors_accepted = true;
       test.options.identity.manufacturer = "id:00000000";
     }},

    {"FailsIfThereIsNoExtendedKeyUsage", Check::tpm_certificate_extended_key_usage,
     ErrorCode::attestation_certificate_requirements,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) { leaf.extended_key_usage.clear(); };
     }},
    {"FailsIfThePurposeIsAnother", Check::tpm_certificate_extended_key_usage,
     ErrorCode::attestation_certificate_requirements,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.extended_key_usage = {"2.23.133.8.1", "2.5.29.37.0"};
       };
     }},
    {"FailsIfTheCertificateIsOfACa", Check::tpm_certificate_not_ca,
     ErrorCode::attestation_certificate_requirements,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) { leaf.is_ca = true; };
     }},
    {"FailsIfThereAreNoBasicConstraints", Check::tpm_certificate_not_ca,
     ErrorCode::attestation_certificate_requirements,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.has_basic_constraints = false;
       };
     }},
    {"FailsIfTheAaguidDiffers", Check::tpm_certificate_aaguid,
     ErrorCode::attestation_aaguid_mismatch,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) { leaf.aaguid = ByteVector(16); };
     }},
    {"FailsIfTheAaguidIsNotWrapped", Check::tpm_certificate_aaguid,
     ErrorCode::attestation_aaguid_extension_malformed,
     [](TpmCase& test) {
       test.options.edit_leaf = [](CertificateOptions& leaf) {
         leaf.extensions.push_back({oids::kFidoAaguid, false, kTestAaguid});
       };
     }},

    {"FailsIfTheSignatureIsMalformed", Check::tpm_signature, ErrorCode::signature_malformed,
     [](TpmCase& test) { test.options.raw_signature = ByteVector(255, 1); }},
    {"FailsIfTheAttestationKeyDoesNotFitAlg", Check::tpm_signature,
     ErrorCode::cose_key_type_mismatch,
     [](TpmCase& test) {
       test.edit_members = [](cbor::Members& members) {
         cbor::edit(members, "alg", cbor::integer(-7));
       };
     }},
    {"FailsIfTheAttestationKeyIsTooShort", Check::tpm_signature,
     ErrorCode::certificate_unsupported_key,
     [](TpmCase& test) {
       test.options.attestation_key = TestKey::make(KeyKind::rsa1024, "attestation");
     }},

    // AttResp-9 F-3
    {"FailsIfMagicIsNotGeneratedValue", Check::tpm_magic, ErrorCode::tpm_magic_invalid,
     [](TpmCase& test) { test.options.attest.magic = 0xff544348; }},
    {"FailsIfMagicIsInTheOtherByteOrder", Check::tpm_magic, ErrorCode::tpm_magic_invalid,
     [](TpmCase& test) { test.options.attest.magic = 0x474354ff; }},
    {"FailsIfTypeIsQuote", Check::tpm_type, ErrorCode::tpm_type_not_certify,
     [](TpmCase& test) { test.options.attest.type = 0x8018; }},
    {"FailsIfTypeIsCreation", Check::tpm_type, ErrorCode::tpm_type_not_certify,
     [](TpmCase& test) { test.options.attest.type = 0x801a; }},
    {"FailsIfCertInfoIsEmpty", Check::tpm_certify_info, ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) { test.options.raw_certify_info = ByteVector{}; }},
    {"FailsIfCertInfoHasTrailingBytes", Check::tpm_certify_info, ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) { test.options.attest.trailer = {0x00}; }},
    {"FailsIfANameIsLongerThanAnyName", Check::tpm_certify_info, ErrorCode::tpm_structure_malformed,
     [](TpmCase& test) { test.options.attest.qualified_name = ByteVector(67); }},

    // AttResp-9 F-2
    {"FailsIfExtraDataIsAnotherHash", Check::tpm_extra_data, ErrorCode::tpm_extra_data_mismatch,
     [](TpmCase& test) { test.options.attest.extra_data = sha256(bytes("other")); }},
    {"FailsIfExtraDataIsEmpty", Check::tpm_extra_data, ErrorCode::tpm_extra_data_mismatch,
     [](TpmCase& test) { test.options.attest.extra_data = ByteVector{}; }},
    {"FailsIfExtraDataIsHashedWithAnotherAlgorithmThanAlg", Check::tpm_extra_data,
     ErrorCode::tpm_extra_data_mismatch,
     [](TpmCase& test) {
       test.options.algorithm = -65535;
       test.options.attest.extra_data = sha256(make_attested(test.key, test.algorithm).message());
     }},
    {"FailsIfExtraDataIsTheMessageItself", Check::tpm_extra_data,
     ErrorCode::tpm_extra_data_mismatch,
     [](TpmCase& test) {
       test.options.attest.extra_data = make_attested(test.key, test.algorithm).client_data_hash;
     }},

    {"FailsIfTheNameIsOfAnotherObject", Check::tpm_name, ErrorCode::tpm_name_mismatch,
     [](TpmCase& test) {
       test.options.attest.name = make_tpm_name(
           0x000b, Hash::sha256, make_tpm_public(TestKey::make(KeyKind::p256, "other")));
     }},
    {"FailsIfTheNameIsEmpty", Check::tpm_name, ErrorCode::tpm_name_mismatch,
     [](TpmCase& test) { test.options.attest.name = ByteVector{}; }},
    {"FailsIfTheNameHasNoAlgorithm", Check::tpm_name, ErrorCode::tpm_name_mismatch,
     [](TpmCase& test) { test.options.attest.name = sha256(make_tpm_public(test.key)); }},
    // AttResp-9 P-3: the name's algorithm is the one in pubArea.
    {"FailsIfTheNameIsMadeWithAnotherAlgorithm", Check::tpm_name, ErrorCode::tpm_name_mismatch,
     [](TpmCase& test) {
       test.options.attest.name = make_tpm_name(0x0004, Hash::sha1, make_tpm_public(test.key));
     }},
};

class TpmRefusals : public ::testing::TestWithParam<TpmRefusal> {};

TEST_P(TpmRefusals, IsTheFirstFailingCheck) {
  TpmCase test;
  GetParam().spoil(test);
  expect_refused(run_tpm(test), GetParam().check, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(TpmStatement, TpmRefusals, ::testing::ValuesIn(kTpmRefusals),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(TpmStatement, EveryCheckIsTheFirstToFailForSomeStatement) {
  std::set<Check> covered;
  for (const TpmRefusal& refusal : kTpmRefusals) {
    covered.insert(refusal.check);
  }
  for (int number = 180; number < 210; ++number) {
    const Check check = static_cast<Check>(number);
    if (!check_name(check).empty()) {
      EXPECT_TRUE(covered.count(check) == 1) << check_name(check);
    }
  }
}

TEST(TpmStatement, FailsIfAnotherKeySigned) {
  TpmCase test;
  test.options.raw_signature = TestKey::make(KeyKind::rsa2048, "other").sign_cose(-257, {});
  expect_bad_signature(run_tpm(test), Check::tpm_signature);
}

// --- Every bit counts ---

class TpmFlips : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override {
    attested_ = make_attested(TestKey::for_algorithm(GetParam(), "credential"), GetParam());
    TpmStatementOptions options;
    options.algorithm = -7;
    members_ = make_tpm_statement(attested_, options).members;
    ASSERT_TRUE(accepts(members_));
  }
  bool accepts(const cbor::Members& members) const {
    return run_statement(verify_tpm_statement, attested_, members).is_accepted();
  }
  Attested attested_;
  cbor::Members members_;
};

TEST_P(TpmFlips, OfCertInfoPubAreaAndSignatureAreRefused) {
  for (const char* member : {"certInfo", "pubArea", "sig"}) {
    expect_every_flip_refused(member, members_, byte_content(members_, member),
                              [this](const cbor::Members& members) { return accepts(members); });
  }
}

// What certInfo's fields say is caught by checks, so that a forged pubArea does not rest on the
// signature alone.
TEST_P(TpmFlips, OfPubAreaAreRefusedBeforeAnyArithmetic) {
  const ByteVector area = byte_content(members_, "pubArea");
  for (std::size_t bit = 0; bit < area.size() * 8; ++bit) {
    cbor::Members edited = members_;
    cbor::edit(edited, "pubArea", cbor::byte_string(with_flipped_bit(area, bit)));
    ASSERT_FALSE(run_statement(verify_tpm_statement, attested_, edited).result.has_value()) << bit;
  }
}

TEST_P(TpmFlips, OfWhatIsAttestedAreRefused) {
  for (std::size_t bit = 0; bit < attested_.authenticator_data.size() * 8; ++bit) {
    Attested flipped = attested_;
    flipped.authenticator_data = with_flipped_bit(attested_.authenticator_data, bit);
    ASSERT_FALSE(run_statement(verify_tpm_statement, flipped, members_).result.has_value()) << bit;
  }
  for (std::size_t bit = 0; bit < attested_.client_data_hash.size() * 8; ++bit) {
    Attested flipped = attested_;
    flipped.client_data_hash = with_flipped_bit(attested_.client_data_hash, bit);
    ASSERT_FALSE(run_statement(verify_tpm_statement, flipped, members_).result.has_value()) << bit;
  }
}

INSTANTIATE_TEST_SUITE_P(TpmStatement, TpmFlips, ::testing::Values(-7, -257));

// --- Recorded ceremonies ---

TEST(TpmVectors, OfTheStandardPassesWithAnyVendorOnly) {
  const std::optional<Recorded> recorded = read_standard_vector("tpm-es256");
  if (!recorded.has_value()) {
    GTEST_SKIP() << "no vectors here";
  }
  AttestationSettings settings;
  expect_refused(run_recorded(verify_tpm_statement, *recorded, settings),
                 Check::tpm_certificate_vendor, ErrorCode::tpm_vendor_unknown);
  settings.is_any_tpm_vendor_accepted = true;
  expect_accepted(run_recorded(verify_tpm_statement, *recorded, settings));
}

TEST(TpmVectors, OfRealDevicesPass) {
  for (const char* name : {"device-tpm", "single-tpm-es256", "single-tpm-rs256"}) {
    SCOPED_TRACE(name);
    const std::optional<Recorded> recorded = read_ceremony(name);
    if (!recorded.has_value()) {
      GTEST_SKIP() << "no vectors here";
    }
    const StatementOutcome outcome = run_recorded(verify_tpm_statement, *recorded);
    expect_accepted(outcome);
    EXPECT_EQ(outcome.result->algorithm, CoseAlgorithm::rs1);
  }
}

}  // namespace
}  // namespace countersign::testing
