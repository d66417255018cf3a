// WebAuthn L3 §8.3, TPM attestation statement format.

#include "attestation/formats.h"
#include "attestation/statement_fields.h"
#include "attestation/statement_rules.h"
#include "attestation/tpm_certificate.h"
#include "attestation/tpm_structures.h"

namespace countersign {
namespace {

struct TpmProcedure {
  const AttestationContext& context;
  std::vector<SignatureObligation>& obligations;

  std::string_view version{};
  CoseAlgorithm algorithm = CoseAlgorithm::rs256;
  std::vector<Certificate> certificates{};
  Bytes signature{};
  Bytes certify_info{};
  Bytes encoded_public_area{};

  TpmPublicArea public_area{};
  TpmIdentity identity{};
  Result<TpmAttest> attest = ErrorCode::internal_error;

  const CborValue& statement() const { return context.statement; }
  const Certificate& aik_certificate() const { return certificates.front(); }
};

// "Verify that attStmt is valid CBOR conforming to the syntax defined above and perform CBOR
// decoding on it to extract the contained fields."
Status check_members(TpmProcedure& procedure) {
  constexpr Check kCheck = Check::tpm_statement_members;
  CS_TRY(check_statement_members(procedure.statement(),
                                 {"ver", "alg", "x5c", "sig", "certInfo", "pubArea"}, kCheck));
  CS_ASSIGN(procedure.version, text_member(procedure.statement(), "ver", kCheck));
  CS_ASSIGN(procedure.signature, bytes_member(procedure.statement(), "sig", kCheck));
  CS_ASSIGN(procedure.certify_info, bytes_member(procedure.statement(), "certInfo", kCheck));
  CS_ASSIGN(procedure.encoded_public_area, bytes_member(procedure.statement(), "pubArea", kCheck));
  return ok();
}

// "ver: The version of the TPM specification to which the signature conforms." The syntax allows
// "2.0" alone.
Status check_version(TpmProcedure& procedure) {
  return procedure.version == "2.0" ? ok() : ErrorCode::tpm_version_unsupported;
}

// "alg: A COSEAlgorithmIdentifier containing the identifier of the algorithm used to generate the
// attestation signature." extraData is a hash by "the hash algorithm employed in alg": one that
// hashes by itself (EdDSA) cannot have been used.
Status check_algorithm(TpmProcedure& procedure) {
  CS_ASSIGN(procedure.algorithm,
            algorithm_member(procedure.statement(), "alg", Check::tpm_algorithm));
  switch (entry_of(procedure.algorithm).scheme) {
    case SignatureScheme::ecdsa:
    case SignatureScheme::rsa_pkcs1:
    case SignatureScheme::rsa_pss:
      return ok();
    case SignatureScheme::eddsa:
      break;
  }
  return ErrorCode::algorithm_not_allowed_here;
}

// pubArea: "The TPMT_PUBLIC structure […] used by the TPM to represent the credential public key."
Status check_public_area(TpmProcedure& procedure) {
  CS_ASSIGN(procedure.public_area, parse_tpm_public_area(procedure.encoded_public_area));
  return ok();
}

// "Verify that the public key specified by the parameters and unique fields of pubArea is identical
// to the credentialPublicKey in the attestedCredentialData in authenticatorData."
Status check_public_area_is_credential_key(TpmProcedure& procedure) {
  const auto& attested = procedure.context.authenticator_data.attested_credential_data;
  if (!attested.has_value()) {
    return ErrorCode::attested_credential_data_missing;
  }
  return is_tpm_key(procedure.public_area, attested->public_key.key)
             ? ok()
             : ErrorCode::tpm_public_area_mismatch;
}

// "Verify that x5c is present."
Status check_certificates(TpmProcedure& procedure) {
  CS_ASSIGN(procedure.certificates,
            certificates_member(procedure.statement(), "x5c", Check::tpm_certificates));
  return ok();
}

// "Verify that aikCert meets the requirements in § 8.3.1 TPM Attestation Statement Certificate
// Requirements.": the next seven.
Status check_certificate_version(TpmProcedure& procedure) {
  return check_aik_version(procedure.aik_certificate());
}

Status check_certificate_subject_empty(TpmProcedure& procedure) {
  return check_aik_subject_empty(procedure.aik_certificate());
}

Status check_certificate_name_critical(TpmProcedure& procedure) {
  return check_aik_name_critical(procedure.aik_certificate());
}

Status check_certificate_name(TpmProcedure& procedure) {
  CS_ASSIGN(procedure.identity, read_tpm_identity(procedure.aik_certificate()));
  return ok();
}

Status check_certificate_vendor(TpmProcedure& procedure) {
  return check_tpm_vendor(procedure.identity.manufacturer, procedure.context.settings);
}

Status check_certificate_extended_key_usage(TpmProcedure& procedure) {
  return check_aik_extended_key_usage(procedure.aik_certificate());
}

Status check_certificate_not_ca(TpmProcedure& procedure) {
  return check_aik_not_ca(procedure.aik_certificate());
}

// "If aikCert contains an extension with OID 1.3.6.1.4.1.45724.1.1.4 (id-fido-gen-ce-aaguid) verify
// that the value of this extension matches the aaguid in authenticatorData."
Status check_certificate_aaguid(TpmProcedure& procedure) {
  return check_aaguid_extension(procedure.aik_certificate(), procedure.context.authenticator_data,
                                Check::tpm_certificate_aaguid);
}

// "Verify the sig is a valid signature over certInfo using the attestation public key in aikCert
// with the algorithm specified in alg."
Status check_signature(TpmProcedure& procedure) {
  constexpr Check kCheck = Check::tpm_signature;
  CS_ASSIGN(const PublicKey key, certificate_key(procedure.aik_certificate(), kCheck));
  return add_signature_obligation(kCheck, procedure.algorithm, key,
                                  to_vector(procedure.certify_info), procedure.signature,
                                  procedure.obligations);
}

/// The error of a parser whose failures belong to several rules, if it is the one of this rule.
Status refused_with(const Result<TpmAttest>& attest, ErrorCode code) {
  return !attest.has_value() && attest.error().code == code ? Status(attest.error()) : ok();
}

// "Verify that magic is set to TPM_GENERATED_VALUE."
Status check_magic(TpmProcedure& procedure) {
  procedure.attest = parse_tpm_attest(procedure.certify_info);
  return refused_with(procedure.attest, ErrorCode::tpm_magic_invalid);
}

// "Verify that type is set to TPM_ST_ATTEST_CERTIFY."
Status check_type(TpmProcedure& procedure) {
  return refused_with(procedure.attest, ErrorCode::tpm_type_not_certify);
}

// certInfo: "The TPMS_ATTEST structure over which the above signature was computed […]" and
// "Verify that attested contains a TPMS_CERTIFY_INFO structure as specified in [TPMv2-Part2]
// section 10.12.3".
Status check_certify_info(TpmProcedure& procedure) {
  CS_TRY(procedure.attest);
  return ok();
}

// "Verify that extraData is set to the hash of attToBeSigned using the hash algorithm employed in
// alg."
Status check_extra_data(TpmProcedure& procedure) {
  const ByteVector expected = procedure.context.hasher.digest(entry_of(procedure.algorithm).hash,
                                                              attested_message(procedure.context));
  return equal(procedure.attest->extra_data, expected) ? ok() : ErrorCode::tpm_extra_data_mismatch;
}

// "[…] whose name field contains a valid Name for pubArea, as computed using the procedure
// specified in [TPMv2-Part1] section 16 using the nameAlg in the pubArea."
Status check_name(TpmProcedure& procedure) {
  const std::uint16_t algorithm = procedure.public_area.name_algorithm;
  ByteVector expected = {static_cast<std::uint8_t>(algorithm >> 8),
                         static_cast<std::uint8_t>(algorithm & 0xff)};
  const ByteVector digest = procedure.context.hasher.digest(procedure.public_area.name_hash,
                                                            procedure.encoded_public_area);
  expected.insert(expected.end(), digest.begin(), digest.end());
  return equal(procedure.attest->name, expected) ? ok() : ErrorCode::tpm_name_mismatch;
}

constexpr StatementRule<TpmProcedure> kTpmRules[] = {
    {Check::tpm_statement_members, check_members},
    {Check::tpm_version, check_version},
    {Check::tpm_algorithm, check_algorithm},
    {Check::tpm_public_area, check_public_area},
    {Check::tpm_public_area_is_credential_key, check_public_area_is_credential_key},
    {Check::tpm_certificates, check_certificates},
    {Check::tpm_certificate_version, check_certificate_version},
    {Check::tpm_certificate_subject_empty, check_certificate_subject_empty},
    {Check::tpm_certificate_name_critical, check_certificate_name_critical},
    {Check::tpm_certificate_name, check_certificate_name},
    {Check::tpm_certificate_vendor, check_certificate_vendor},
    {Check::tpm_certificate_extended_key_usage, check_certificate_extended_key_usage},
    {Check::tpm_certificate_not_ca, check_certificate_not_ca},
    {Check::tpm_certificate_aaguid, check_certificate_aaguid},
    {Check::tpm_signature, check_signature},
    {Check::tpm_magic, check_magic},
    {Check::tpm_type, check_type},
    {Check::tpm_certify_info, check_certify_info},
    {Check::tpm_extra_data, check_extra_data},
    {Check::tpm_name, check_name},
};

}  // namespace

Result<AttestationStatementResult> verify_tpm_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations) {
  TpmProcedure procedure{context, obligations};
  CS_TRY(run_statement_rules<TpmProcedure>(kTpmRules, procedure));
  AttestationStatementResult result;
  result.format = "tpm";
  // "If successful, return implementation-specific values representing attestation type AttCA and
  // attestation trust path x5c."
  result.type = AttestationType::attca;
  result.trust_path = std::move(procedure.certificates);
  result.algorithm = procedure.algorithm;
  return result;
}

}  // namespace countersign
