#include "tests/attestation/soft_statement.h"

namespace countersign::testing {
namespace {

RegistrationOptions u2f() { return options_of(Format::fido_u2f); }

StatementOutcome run(const RegistrationOptions& options, bool is_aaguid_zero_required = false) {
  AttestationSettings settings;
  settings.is_u2f_aaguid_zero_required = is_aaguid_zero_required;
  return run_soft(verify_fido_u2f_statement, options, settings);
}

TEST(FidoU2fStatement, ReturnsBasicAndTheCertificate) {
  const StatementOutcome outcome = run(u2f(), true);
  expect_accepted(outcome);
  EXPECT_EQ(outcome.result->format, "fido-u2f");
  EXPECT_EQ(outcome.result->type, AttestationType::basic);
  EXPECT_EQ(outcome.result->trust_path.size(), 1U);
  EXPECT_EQ(outcome.result->algorithm, CoseAlgorithm::es256);
  ASSERT_EQ(outcome.obligations.size(), 1U);
  const SignatureObligation& obligation = outcome.obligations.front();
  EXPECT_EQ(obligation.check, Check::fido_u2f_signature);
  EXPECT_EQ(obligation.algorithm,
            (SignatureAlgorithm{SignatureScheme::ecdsa, HashAlgorithm::sha256}));
  EXPECT_EQ(obligation.message.front(), 0x00);
  EXPECT_EQ(obligation.message.size(), 1U + 32 + 32 + 32 + 65);
}

TEST(FidoU2fStatement, FailsIfAMemberIsMissingUnknownOrOfAnotherType) {
  constexpr ErrorCode kMalformed = ErrorCode::attestation_statement_malformed;
  expect_refused(run(with_member(u2f(), "sig", std::nullopt)), Check::fido_u2f_statement_members,
                 kMalformed);
  for (const ByteVector& item : items_of_other_types(CborValue::Type::bytes)) {
    expect_refused(run(with_member(u2f(), "sig", item)), Check::fido_u2f_statement_members,
                   kMalformed);
  }
  expect_refused(run(with_member(u2f(), "x5c", std::nullopt)), Check::fido_u2f_single_certificate,
                 kMalformed);
  for (const ByteVector& item : items_of_other_types(CborValue::Type::array)) {
    expect_refused(run(with_member(u2f(), "x5c", item)), Check::fido_u2f_single_certificate,
                   kMalformed);
  }
  expect_refused(run(with_member(u2f(), "alg", cbor::integer(-7))),
                 Check::fido_u2f_statement_members,
                 ErrorCode::attestation_statement_unknown_member);
}

TEST(FidoU2fStatement, FailsIfX5cHasNotExactlyOneElement) {
  expect_refused(run(with_member(u2f(), "x5c", cbor::array({}))),
                 Check::fido_u2f_single_certificate, ErrorCode::attestation_statement_malformed);
  RegistrationOptions options = u2f();
  options.intermediates = 1;
  expect_refused(run(options), Check::fido_u2f_single_certificate,
                 ErrorCode::attestation_statement_malformed);
}

TEST(FidoU2fStatement, FailsIfTheKeyOfTheCertificateIsNotOverP256) {
  for (const KeyKind kind :
       {KeyKind::p384, KeyKind::secp256k1, KeyKind::rsa2048, KeyKind::ed25519}) {
    expect_refused(run(with_leaf(u2f(),
                                 [kind](CertificateOptions& leaf) {
                                   leaf.spki = TestKey::make(kind, "attestation").spki();
                                 })),
                   Check::fido_u2f_certificate_key, ErrorCode::attestation_key_mismatch);
  }
  expect_refused(run(with_leaf(u2f(),
                               [](CertificateOptions& leaf) {
                                 leaf.spki = der::sequence({der::sequence({der::oid("1.2.3.4")}),
                                                            der::bit_string(bytes("unknown"))});
                               })),
                 Check::fido_u2f_certificate_key, ErrorCode::attestation_key_mismatch);
}

TEST(FidoU2fStatement, FailsIfTheCredentialKeyIsNotEs256OverP256) {
  for (const std::int64_t algorithm : {-35, -47, -257, -8}) {
    RegistrationOptions options = u2f();
    options.algorithm = algorithm;
    expect_refused(run(options), Check::fido_u2f_credential_key,
                   ErrorCode::attestation_key_mismatch);
  }
}

// Conformance AttResp-8 F-1. The standard's own vector has another AAGUID, so production takes it.
TEST(FidoU2fStatement, FailsIfTheAaguidIsNotZeroWhereThatIsRequired) {
  RegistrationOptions options = u2f();
  options.aaguid = seeded_bytes("aaguid", 16);
  expect_refused(run(options, true), Check::fido_u2f_aaguid_zero,
                 ErrorCode::attestation_aaguid_mismatch);
  expect_accepted(run(options, false));
}

TEST(FidoU2fStatement, FailsIfTheSignatureIsNotTheCertificates) {
  for (const SignatureFault fault :
       {SignatureFault::wrong_key, SignatureFault::credential_key, SignatureFault::other_message}) {
    RegistrationOptions options = u2f();
    options.signature_fault = fault;
    expect_bad_signature(run(options), Check::fido_u2f_signature);
  }
}

TEST(FidoU2fStatement, FailsIfTheSignatureIsMalformed) {
  for (const SignatureFault fault : {SignatureFault::trailing_byte, SignatureFault::empty}) {
    RegistrationOptions options = u2f();
    options.signature_fault = fault;
    expect_refused(run(options), Check::fido_u2f_signature, ErrorCode::signature_malformed);
  }
}

// What U2F signs: not the flags, the counter and the AAGUID, but everything else.
TEST(FidoU2fStatement, FailsForEveryFlippedBitOfWhatIsSigned) {
  const Registration registration = make_registration(u2f());
  const Attested attested = attested_by(registration);
  const auto accepts = [&](const Attested& changed) {
    return run_statement(verify_fido_u2f_statement, changed, registration.statement).is_accepted();
  };
  for (std::size_t bit = 0; bit < 32 * 8; ++bit) {
    Attested flipped = attested;
    flipped.client_data_hash = with_flipped_bit(attested.client_data_hash, bit);
    ASSERT_FALSE(accepts(flipped)) << bit;
  }
  for (std::size_t bit = 0; bit < attested.authenticator_data.size() * 8; ++bit) {
    Attested flipped = attested;
    flipped.authenticator_data = with_flipped_bit(attested.authenticator_data, bit);
    const std::size_t octet = bit / 8;
    const bool is_signed = octet < 32 || octet >= 53;
    if (is_signed) {
      ASSERT_FALSE(accepts(flipped)) << octet;
    }
  }
}

TEST(FidoU2fStatement, NeedsAnAttestedCredential) {
  expect_attested_credential_needed(verify_fido_u2f_statement, u2f(),
                                    Check::fido_u2f_statement_members);
}

TEST(FidoU2fStatement, SucceedsForRecordedStatements) {
  const std::optional<Recorded> recorded = read_ceremony("single-fido-u2f");
  if (!recorded) {
    GTEST_SKIP() << "no recorded ceremonies beside this checkout";
  }
  expect_accepted(run_recorded(verify_fido_u2f_statement, *recorded));
  AttestationSettings strict;
  strict.is_u2f_aaguid_zero_required = true;
  expect_accepted(run_recorded(verify_fido_u2f_statement, *recorded, strict));

  const std::optional<Recorded> vector = read_standard_vector("fido-u2f-es256");
  ASSERT_TRUE(vector);
  expect_accepted(run_recorded(verify_fido_u2f_statement, *vector));
  expect_refused(run_recorded(verify_fido_u2f_statement, *vector, strict),
                 Check::fido_u2f_aaguid_zero, ErrorCode::attestation_aaguid_mismatch);
}

}  // namespace
}  // namespace countersign::testing
