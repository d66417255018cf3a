#include "tests/attestation/soft_statement.h"

namespace countersign::testing {
namespace {

StatementOutcome run(const RegistrationOptions& options) {
  return run_soft(verify_packed_statement, options);
}

RegistrationOptions full() { return options_of(Format::packed_x5c); }
RegistrationOptions self() { return options_of(Format::packed_self); }

RegistrationOptions with_subject(const std::vector<NameAttribute>& subject) {
  return with_leaf(full(),
                   [subject](CertificateOptions& leaf) { leaf.subject = make_name(subject); });
}

void expect_requirement(const RegistrationOptions& options, Check check) {
  expect_refused(run(options), check, ErrorCode::attestation_certificate_requirements);
}

// --- x5c ---

TEST(PackedStatement, ReturnsBasicAndTheCertificatesAsTrustPath) {
  RegistrationOptions options = full();
  options.intermediates = 2;
  const StatementOutcome outcome = run(options);
  expect_accepted(outcome);
  EXPECT_EQ(outcome.result->format, "packed");
  EXPECT_EQ(outcome.result->type, AttestationType::basic);
  EXPECT_EQ(outcome.result->trust_path.size(), 3U);
  EXPECT_EQ(outcome.result->algorithm, CoseAlgorithm::es256);
  ASSERT_EQ(outcome.obligations.size(), 1U);
  EXPECT_EQ(outcome.obligations.front().check, Check::packed_signature);
}

// Reference pitfall 19: attStmt.alg is compared with the credential's algorithm in self attestation
// only.
TEST(PackedStatement, SucceedsForEveryPairOfAttestationAndCredentialAlgorithm) {
  for (const std::int64_t attestation :
       {-7, -8, -35, -36, -47, -53, -257, -258, -259, -37, -38, -39, -65535}) {
    for (const std::int64_t credential : {-7, -8, -257}) {
      SCOPED_TRACE(std::to_string(attestation) + " over " + std::to_string(credential));
      RegistrationOptions options = full();
      options.algorithm = credential;
      options.attestation_algorithm = attestation;
      expect_accepted(run(options));
    }
  }
}

// Reference pitfall 18: the hash follows from attStmt.alg, not from the curve.
TEST(PackedStatement, TakesTheHashFromAlgNotFromTheCertificate) {
  RegistrationOptions options = full();
  options.attestation_algorithm = -7;
  options.attestation_key = TestKey::make(KeyKind::p384, "attestation");
  const StatementOutcome outcome = run(options);
  expect_accepted(outcome);
  EXPECT_EQ(outcome.obligations.front().algorithm.hash, HashAlgorithm::sha256);
  EXPECT_EQ(outcome.obligations.front().key.curve(), Curve::p384);
}

TEST(PackedStatement, FailsIfAlgDoesNotFitTheKeyOfTheCertificate) {
  for (const std::int64_t algorithm : {-257, -8, -47, -37}) {
    expect_refused(run(with_member(full(), "alg", cbor::integer(algorithm))),
                   Check::packed_signature, ErrorCode::cose_key_type_mismatch);
  }
  // Reference pitfall 16: ES256 with secp256k1.
  RegistrationOptions options = full();
  options.attestation_key = TestKey::make(KeyKind::secp256k1, "attestation");
  expect_refused(run(options), Check::packed_signature, ErrorCode::cose_key_type_mismatch);
}

TEST(PackedStatement, FailsIfAlgNamesAnotherHash) {
  expect_bad_signature(run(with_member(full(), "alg", cbor::integer(-35))),
                       Check::packed_signature);
}

TEST(PackedStatement, FailsIfTheSignatureIsNotTheCertificates) {
  for (const SignatureFault fault :
       {SignatureFault::wrong_key, SignatureFault::credential_key, SignatureFault::other_message}) {
    RegistrationOptions options = full();
    options.signature_fault = fault;
    expect_bad_signature(run(options), Check::packed_signature);
  }
}

TEST(PackedStatement, FailsIfTheSignatureIsMalformed) {
  for (const SignatureFault fault : {SignatureFault::trailing_byte, SignatureFault::empty}) {
    RegistrationOptions options = full();
    options.signature_fault = fault;
    expect_refused(run(options), Check::packed_signature, ErrorCode::signature_malformed);
  }
}

TEST(PackedStatement, FailsForEveryFlippedBitOfTheSignature) {
  const Registration registration = make_registration(full());
  const CborValue statement = parse_cbor(registration.statement).value();
  const ByteVector signature = to_vector(statement.find("sig")->bytes);
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    const RegistrationOptions options =
        with_member(full(), "sig", cbor::byte_string(with_flipped_bit(signature, bit)));
    ASSERT_FALSE(run(options).is_accepted()) << bit;
  }
}

TEST(PackedStatement, FailsForEveryFlippedBitOfTheAttestedBytes) {
  const Registration registration = make_registration(full());
  Attested attested = attested_by(registration);
  for (std::size_t bit = 0; bit < attested.client_data_hash.size() * 8; ++bit) {
    Attested flipped = attested;
    flipped.client_data_hash = with_flipped_bit(attested.client_data_hash, bit);
    ASSERT_FALSE(
        run_statement(verify_packed_statement, flipped, registration.statement).is_accepted())
        << bit;
  }
  for (std::size_t bit = 0; bit < attested.authenticator_data.size() * 8; ++bit) {
    Attested flipped = attested;
    flipped.authenticator_data = with_flipped_bit(attested.authenticator_data, bit);
    ASSERT_FALSE(
        run_statement(verify_packed_statement, flipped, registration.statement).is_accepted())
        << bit;
  }
}

// --- members ---

TEST(PackedStatement, FailsIfAMemberIsMissingOrOfAnotherType) {
  struct Row {
    const char* member;
    CborValue::Type type;
    Check check;
  };
  for (const Row& row : {Row{"sig", CborValue::Type::bytes, Check::packed_statement_members},
                         Row{"alg", CborValue::Type::integer, Check::packed_algorithm},
                         Row{"x5c", CborValue::Type::array, Check::packed_certificates}}) {
    for (const ByteVector& item : items_of_other_types(row.type)) {
      expect_refused(run(with_member(full(), row.member, item)), row.check,
                     ErrorCode::attestation_statement_malformed);
    }
    if (row.type != CborValue::Type::array) {
      expect_refused(run(with_member(full(), row.member, std::nullopt)), row.check,
                     ErrorCode::attestation_statement_malformed);
    }
  }
}

TEST(PackedStatement, FailsIfTheMapIsEmptyOrNoMap) {
  const Registration registration = make_registration(full());
  for (ByteVector& item : items_of_other_types(CborValue::Type::null)) {
    expect_refused(run_soft(verify_packed_statement, registration, item),
                   Check::packed_statement_members, ErrorCode::attestation_statement_malformed);
  }
}

TEST(PackedStatement, FailsIfItHasAnUnknownMember) {
  for (const RegistrationOptions& options : {full(), self()}) {
    expect_refused(run(with_member(options, "extra", cbor::null())),
                   Check::packed_statement_members,
                   ErrorCode::attestation_statement_unknown_member);
  }
  // "ver" as the key, but of another type: an integer key.
  const Registration registration = make_registration(self());
  cbor::Members members{{cbor::integer(1), cbor::integer(2)}};
  expect_refused(run_soft(verify_packed_statement, registration, cbor::map(members)),
                 Check::packed_statement_members, ErrorCode::attestation_statement_unknown_member);
}

TEST(PackedStatement, FailsIfEcdaa) {
  for (const RegistrationOptions& options : {full(), self()}) {
    expect_refused(run(with_member(options, "ecdaaKeyId", cbor::byte_string(bytes("k")))),
                   Check::packed_statement_members, ErrorCode::attestation_ecdaa_unsupported);
  }
}

TEST(PackedStatement, FailsIfAlgIsUnknown) {
  for (const std::int64_t algorithm :
       {std::int64_t{-42}, std::int64_t{0}, std::int64_t{7}, std::int64_t{-48}, INT64_MIN,
        INT64_MAX, std::int64_t{-7} + (std::int64_t{1} << 32)}) {
    expect_refused(run(with_member(full(), "alg", cbor::integer(algorithm))),
                   Check::packed_algorithm, ErrorCode::algorithm_unknown);
  }
}

TEST(PackedStatement, FailsIfX5cIsEmptyOrHoldsSomethingElse) {
  expect_refused(run(with_member(full(), "x5c", cbor::array({}))), Check::packed_certificates,
                 ErrorCode::attestation_statement_malformed);
  for (const ByteVector& item : items_of_other_types(CborValue::Type::bytes)) {
    expect_refused(run(with_member(full(), "x5c", cbor::array({item}))), Check::packed_certificates,
                   ErrorCode::attestation_statement_malformed);
  }
  expect_refused(run(with_member(full(), "x5c", cbor::array({cbor::byte_string({})}))),
                 Check::packed_certificates, ErrorCode::der_truncated);
}

// An x5c that is there makes it no self attestation, whatever is in it.
TEST(PackedStatement, DoesNotFallBackToSelfAttestation) {
  for (const ByteVector& item : {cbor::null(), cbor::array({}), cbor::boolean(false)}) {
    expect_refused(run(with_member(self(), "x5c", item)), Check::packed_certificates,
                   ErrorCode::attestation_statement_malformed);
  }
}

TEST(PackedStatement, FailsIfACertificateAfterTheFirstIsMalformed) {
  RegistrationOptions options = full();
  options.x5c = make_registration(full()).chain->x5c();
  options.x5c->push_back(bytes("no certificate"));
  const StatementOutcome outcome = run(options);
  ASSERT_FALSE(outcome.result.has_value());
  EXPECT_EQ(outcome.result.error().check, Check::packed_certificates);
}

TEST(PackedStatement, FailsIfThereAreTooManyCertificates) {
  RegistrationOptions options = full();
  options.x5c = std::vector<ByteVector>(limits::kMaxCertificatesInChain + 1,
                                        make_registration(full()).chain->x5c().front());
  expect_refused(run(options), Check::packed_certificates, ErrorCode::certificate_chain_too_long);
}

// --- §8.2.1 ---

TEST(PackedStatement, FailsIfTheCertificateIsNotOfVersionThree) {
  for (const int version : {1, 2}) {
    expect_requirement(
        with_leaf(full(), [version](CertificateOptions& leaf) { leaf.version = version; }),
        Check::packed_certificate_version);
  }
}

const NameAttribute kC{oids::kCountry, "SE"};
const NameAttribute kO{oids::kOrganization, "Vendor"};
const NameAttribute kOu{oids::kOrganizationalUnit, "Authenticator Attestation"};
const NameAttribute kCn{oids::kCommonName, "Model"};

TEST(PackedStatement, SucceedsIfTheSubjectHasTheFourAttributesInAnyOrder) {
  expect_accepted(run(with_subject({kC, kO, kOu, kCn})));
  expect_accepted(run(with_subject({kCn, kOu, kO, kC})));
  expect_accepted(run(with_subject({kC, kO, kOu, kCn, {"2.5.4.5", "serial"}})));
  expect_accepted(run(with_subject({{oids::kCountry, "se"}, kO, kOu, kCn})));
}

TEST(PackedStatement, FailsIfTheCountryIsNotAnIso3166Code) {
  constexpr Check kCheck = Check::packed_certificate_country;
  expect_requirement(with_subject({kO, kOu, kCn}), kCheck);
  expect_requirement(with_subject({kC, kC, kO, kOu, kCn}), kCheck);
  for (const char* text : {"", "S", "SWE", "S1", "  ", "\xc3\x84"}) {
    expect_requirement(with_subject({{oids::kCountry, text}, kO, kOu, kCn}), kCheck);
  }
}

TEST(PackedStatement, FailsIfTheOrganizationIsMissing) {
  constexpr Check kCheck = Check::packed_certificate_organization;
  expect_requirement(with_subject({kC, kOu, kCn}), kCheck);
  expect_requirement(with_subject({kC, {oids::kOrganization, ""}, kOu, kCn}), kCheck);
  expect_requirement(with_subject({kC, kO, kO, kOu, kCn}), kCheck);
}

TEST(PackedStatement, FailsIfTheOrganizationalUnitIsNotAuthenticatorAttestation) {
  constexpr Check kCheck = Check::packed_certificate_organizational_unit;
  expect_requirement(with_subject({kC, kO, kCn}), kCheck);
  expect_requirement(with_subject({kC, kO, kOu, kOu, kCn}), kCheck);
  for (const std::string& text :
       {std::string("authenticator attestation"), std::string("Authenticator Attestation "),
        std::string("Authenticator Attestation\0", 26), std::string("Authenticator")}) {
    expect_requirement(with_subject({kC, kO, {oids::kOrganizationalUnit, text}, kCn}), kCheck);
  }
}

TEST(PackedStatement, FailsIfTheCommonNameIsMissing) {
  constexpr Check kCheck = Check::packed_certificate_common_name;
  expect_requirement(with_subject({kC, kO, kOu}), kCheck);
  expect_requirement(with_subject({kC, kO, kOu, {oids::kCommonName, ""}}), kCheck);
  expect_requirement(with_subject({kC, kO, kOu, kCn, kCn}), kCheck);
}

TEST(PackedStatement, FailsIfTheCertificateIsACaOrDoesNotSay) {
  constexpr Check kCheck = Check::packed_certificate_not_ca;
  expect_requirement(with_leaf(full(), [](CertificateOptions& leaf) { leaf.is_ca = true; }),
                     kCheck);
  expect_requirement(
      with_leaf(full(), [](CertificateOptions& leaf) { leaf.has_basic_constraints = false; }),
      kCheck);
  expect_accepted(run(with_leaf(
      full(), [](CertificateOptions& leaf) { leaf.is_basic_constraints_critical = false; })));
}

// Reference pitfall 29.
TEST(PackedStatement, SucceedsIfThereIsNoAaguidExtension) {
  expect_accepted(run(with_leaf(full(), [](CertificateOptions& leaf) { leaf.aaguid.reset(); })));
}

TEST(PackedStatement, FailsIfTheAaguidExtensionDiffers) {
  expect_refused(run(with_leaf(full(),
                               [](CertificateOptions& leaf) {
                                 leaf.aaguid = seeded_bytes("another model", 16);
                               })),
                 Check::packed_certificate_aaguid, ErrorCode::attestation_aaguid_mismatch);
}

TEST(PackedStatement, FailsIfTheAaguidExtensionIsMalformedOrCritical) {
  constexpr Check kCheck = Check::packed_certificate_aaguid;
  constexpr ErrorCode kCode = ErrorCode::attestation_aaguid_extension_malformed;
  expect_refused(
      run(with_leaf(full(), [](CertificateOptions& leaf) { leaf.is_aaguid_critical = true; })),
      kCheck, kCode);
  const ByteVector aaguid = seeded_bytes("aaguid", 16);
  for (const ByteVector& value :
       {aaguid, ByteVector(), der::octet_string(Bytes(aaguid).first(15)),
        der::octet_string(der::octet_string(aaguid)),
        concat({der::octet_string(aaguid), der::null()}), der::element(0x24, aaguid)}) {
    expect_refused(run(with_leaf(full(),
                                 [value](CertificateOptions& leaf) {
                                   leaf.aaguid.reset();
                                   leaf.extensions.push_back({oids::kFidoAaguid, false, value});
                                 })),
                   kCheck, kCode);
  }
}

TEST(PackedStatement, FailsIfTheKeyOfTheCertificateIsUnsupported) {
  RegistrationOptions options = full();
  options.attestation_algorithm = -257;
  options.attestation_key = TestKey::make(KeyKind::rsa1024, "weak");
  expect_refused(run(options), Check::packed_signature, ErrorCode::certificate_unsupported_key);
}

TEST(PackedStatement, NeedsAnAttestedCredential) {
  expect_attested_credential_needed(verify_packed_statement, full(),
                                    Check::packed_statement_members);
}

// --- self attestation ---

TEST(PackedSelfStatement, SucceedsForEveryCredentialAlgorithm) {
  for (const std::int64_t algorithm : credential_algorithms()) {
    SCOPED_TRACE(algorithm);
    RegistrationOptions options = self();
    options.algorithm = algorithm;
    const StatementOutcome outcome = run(options);
    expect_accepted(outcome);
    EXPECT_EQ(outcome.result->type, AttestationType::self);
    EXPECT_TRUE(outcome.result->trust_path.empty());
    ASSERT_EQ(outcome.obligations.size(), 1U);
    EXPECT_EQ(outcome.obligations.front().check, Check::packed_self_signature);
  }
}

TEST(PackedSelfStatement, FailsIfAlgIsNotTheCredentials) {
  for (const std::int64_t algorithm : {-35, -257, -8, -9}) {
    expect_refused(run(with_member(self(), "alg", cbor::integer(algorithm))),
                   Check::packed_self_algorithm, ErrorCode::attestation_algorithm_mismatch);
  }
}

TEST(PackedSelfStatement, FailsIfTheSignatureIsNotTheCredentials) {
  for (const SignatureFault fault : {SignatureFault::wrong_key, SignatureFault::other_message}) {
    RegistrationOptions options = self();
    options.signature_fault = fault;
    expect_bad_signature(run(options), Check::packed_self_signature);
  }
}

TEST(PackedSelfStatement, FailsIfTheSignatureIsMalformed) {
  for (const SignatureFault fault : {SignatureFault::trailing_byte, SignatureFault::empty}) {
    RegistrationOptions options = self();
    options.signature_fault = fault;
    expect_refused(run(options), Check::packed_self_signature, ErrorCode::signature_malformed);
  }
}

// A full statement cannot be turned into self attestation by leaving x5c out.
TEST(PackedSelfStatement, FailsIfX5cWasLeftOut) {
  expect_bad_signature(run(with_member(full(), "x5c", std::nullopt)), Check::packed_self_signature);
}

TEST(PackedStatement, SucceedsForRecordedStatements) {
  for (const char* name : {"device-packed", "single-packed-rs256"}) {
    const std::optional<Recorded> recorded = read_ceremony(name);
    if (!recorded) {
      GTEST_SKIP() << "no recorded ceremonies beside this checkout";
    }
    expect_accepted(run_recorded(verify_packed_statement, *recorded));
  }
  for (const char* id : {"packed-self-es256", "packed-es256", "packed-es384", "packed-es512",
                         "packed-rs256", "packed-eddsa", "packed-ed448"}) {
    SCOPED_TRACE(id);
    const std::optional<Recorded> recorded = read_standard_vector(id);
    ASSERT_TRUE(recorded);
    expect_accepted(run_recorded(verify_packed_statement, *recorded));
  }
}

}  // namespace
}  // namespace countersign::testing
