// WebAuthn L3 §8.8, Apple anonymous attestation statement format.

#include "attestation/formats.h"
#include "attestation/statement_fields.h"
#include "attestation/statement_rules.h"
#include "codec/der_reader.h"
#include "x509/oids.h"

namespace countersign {
namespace {

struct AppleProcedure {
  const AttestationContext& context;
  std::vector<Certificate> certificates{};
};

// "$$attStmtType //= (fmt: "apple", attStmt: { x5c: [credCert: bytes, * (caCert: bytes)] })".
// Devices also send "alg", which the format does not define and nothing here reads.
Status check_members(AppleProcedure& procedure) {
  if (!procedure.context.authenticator_data.attested_credential_data) {
    return ErrorCode::attested_credential_data_missing;
  }
  return check_statement_members(procedure.context.statement, {"alg", "x5c"},
                                 Check::apple_statement_members);
}

Status check_certificates(AppleProcedure& procedure) {
  CS_ASSIGN(procedure.certificates,
            certificates_member(procedure.context.statement, "x5c", Check::apple_certificates));
  return ok();
}

/// The nonce in SEQUENCE { [1] { OCTET STRING } }.
Result<Bytes> parse_nonce_extension(Bytes value) {
  CS_ASSIGN(const DerElement sequence, parse_der(value, der::kSequence));
  CS_ASSIGN(const DerElement tagged, parse_der(sequence.content, der::context_constructed(1)));
  CS_ASSIGN(const DerElement octets, parse_der(tagged.content, der::kOctetString));
  return octets.content;
}

// "Concatenate authenticatorData and clientDataHash to form nonceToHash. Perform SHA-256 hash of
// nonceToHash to produce nonce. Verify that nonce equals the value of the extension with OID
// 1.2.840.113635.100.8.2 in credCert."
Status check_nonce(AppleProcedure& procedure) {
  const AttestationContext& context = procedure.context;
  const CertificateExtension* extension =
      procedure.certificates.front().find_extension(oid::kAppleNonce);
  if (extension == nullptr) {
    return ErrorCode::attestation_nonce_malformed;
  }
  const Result<Bytes> nonce = parse_nonce_extension(extension->value);
  if (!nonce.has_value()) {
    return ErrorCode::attestation_nonce_malformed;
  }
  const Digest256 expected =
      context.hasher.sha256({context.authenticator_data.encoded, context.client_data_hash});
  return equal(*nonce, expected) ? ok() : ErrorCode::attestation_nonce_mismatch;
}

// "Verify that the credential public key equals the Subject Public Key of credCert."
Status check_certificate_key(AppleProcedure& procedure) {
  CS_ASSIGN(const PublicKey key,
            certificate_key(procedure.certificates.front(), Check::apple_certificate_key));
  return key == procedure.context.authenticator_data.attested_credential_data->public_key.key
             ? ok()
             : ErrorCode::attestation_key_mismatch;
}

constexpr StatementRule<AppleProcedure> kAppleRules[] = {
    {Check::apple_statement_members, check_members},
    {Check::apple_certificates, check_certificates},
    {Check::apple_nonce, check_nonce},
    {Check::apple_certificate_key, check_certificate_key},
};

}  // namespace

// The statement has no signature of its own: the certificate's issuer vouches, so that without a
// trusted chain it proves nothing.
Result<AttestationStatementResult> verify_apple_statement(const AttestationContext& context,
                                                          std::vector<SignatureObligation>&) {
  AppleProcedure procedure{context};
  CS_TRY(run_statement_rules<AppleProcedure>(kAppleRules, procedure));
  AttestationStatementResult result;
  result.format = "apple";
  result.type = AttestationType::anonca;
  result.trust_path = std::move(procedure.certificates);
  return result;
}

}  // namespace countersign
