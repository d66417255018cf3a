// WebAuthn L3 §8.4, Android key attestation statement format.

#include "attestation/android_key_description.h"
#include "attestation/formats.h"
#include "attestation/statement_fields.h"
#include "attestation/statement_rules.h"
#include "x509/oids.h"

namespace countersign {
namespace {

struct AndroidKeyProcedure {
  const AttestationContext& context;
  std::vector<SignatureObligation>& obligations;

  CoseAlgorithm algorithm = CoseAlgorithm::es256;
  Bytes signature{};
  std::vector<Certificate> certificates{};
  AndroidKeyDescription description{};

  const CborValue& statement() const { return context.statement; }
  const Certificate& leaf() const { return certificates.front(); }
};

// "Verify that attStmt is valid CBOR conforming to the syntax defined above and perform CBOR
// decoding on it to extract the contained fields."
Status check_members(AndroidKeyProcedure& procedure) {
  constexpr Check kCheck = Check::android_key_statement_members;
  CS_TRY(check_statement_members(procedure.statement(), {"alg", "sig", "x5c"}, kCheck));
  CS_ASSIGN(procedure.algorithm, algorithm_member(procedure.statement(), "alg", kCheck));
  CS_ASSIGN(procedure.signature, bytes_member(procedure.statement(), "sig", kCheck));
  return ok();
}

Status check_certificates(AndroidKeyProcedure& procedure) {
  CS_ASSIGN(procedure.certificates,
            certificates_member(procedure.statement(), "x5c", Check::android_key_certificates));
  return ok();
}

// "Verify that sig is a valid signature over the concatenation of authenticatorData and
// clientDataHash using the public key in the first certificate in x5c with the algorithm specified
// in alg."
Status check_signature(AndroidKeyProcedure& procedure) {
  constexpr Check kCheck = Check::android_key_signature;
  // The key is a credential key, and none of those may use SHA-1.
  if (procedure.algorithm == CoseAlgorithm::rs1) {
    return ErrorCode::algorithm_not_allowed_here;
  }
  CS_ASSIGN(const PublicKey key, certificate_key(procedure.leaf(), kCheck));
  return add_signature_obligation(kCheck, procedure.algorithm, key,
                                  attested_message(procedure.context), procedure.signature,
                                  procedure.obligations);
}

// "Verify that the public key in the first certificate in x5c matches the credentialPublicKey in
// the attestedCredentialData in authenticatorData."
Status check_certificate_key(AndroidKeyProcedure& procedure) {
  const auto& attested = procedure.context.authenticator_data.attested_credential_data;
  if (!attested.has_value()) {
    return ErrorCode::attested_credential_data_missing;
  }
  CS_ASSIGN(const PublicKey key,
            certificate_key(procedure.leaf(), Check::android_key_certificate_key));
  return key == attested->public_key.key ? ok() : ErrorCode::attestation_key_mismatch;
}

// "[…] the attestation certificate extension data": 1.3.6.1.4.1.11129.2.1.17, a KeyDescription.
Status check_description(AndroidKeyProcedure& procedure) {
  const CertificateExtension* extension =
      procedure.leaf().find_extension(oid::kAndroidKeyDescription);
  if (extension == nullptr) {
    return ErrorCode::android_key_description_missing;
  }
  CS_ASSIGN(procedure.description, parse_android_key_description(extension->value));
  return ok();
}

// "Verify that the attestationChallenge field in the attestation certificate extension data is
// identical to clientDataHash."
Status check_challenge(AndroidKeyProcedure& procedure) {
  return equal(procedure.description.attestation_challenge, procedure.context.client_data_hash)
             ? ok()
             : ErrorCode::android_key_challenge_mismatch;
}

// "The AuthorizationList.allApplications field is not present on either authorization list
// (softwareEnforced nor teeEnforced), since PublicKeyCredential MUST be scoped to the RP ID."
Status check_not_for_all_applications(AndroidKeyProcedure& procedure) {
  return procedure.description.software_enforced.has_all_applications ||
                 procedure.description.tee_enforced.has_all_applications
             ? ErrorCode::android_key_all_applications
             : ok();
}

// "For the following, use only the teeEnforced authorization list if the RP wants to accept only
// keys from a trusted execution environment, otherwise use the union of teeEnforced and
// softwareEnforced. The value in the AuthorizationList.origin field is equal to
// KM_ORIGIN_GENERATED."
Status check_origin(AndroidKeyProcedure& procedure) {
  const std::optional<std::int64_t>& tee = procedure.description.tee_enforced.origin;
  const std::optional<std::int64_t>& software = procedure.description.software_enforced.origin;
  if (!procedure.context.settings.is_android_software_enforced_accepted) {
    return tee == kKeyOriginGenerated ? ok() : ErrorCode::android_key_origin_invalid;
  }
  // A union in which one list says "imported" does not say "generated".
  const bool is_contradicted = (tee.has_value() && *tee != kKeyOriginGenerated) ||
                               (software.has_value() && *software != kKeyOriginGenerated);
  return !is_contradicted && (tee.has_value() || software.has_value())
             ? ok()
             : ErrorCode::android_key_origin_invalid;
}

// "The value in the AuthorizationList.purpose field is equal to KM_PURPOSE_SIGN." The field is a
// set, in which devices also put VERIFY.
Status check_purpose(AndroidKeyProcedure& procedure) {
  const bool is_software_accepted =
      procedure.context.settings.is_android_software_enforced_accepted;
  return procedure.description.tee_enforced.has_purpose_sign ||
                 (is_software_accepted && procedure.description.software_enforced.has_purpose_sign)
             ? ok()
             : ErrorCode::android_key_purpose_invalid;
}

constexpr StatementRule<AndroidKeyProcedure> kAndroidKeyRules[] = {
    {Check::android_key_statement_members, check_members},
    {Check::android_key_certificates, check_certificates},
    {Check::android_key_signature, check_signature},
    {Check::android_key_certificate_key, check_certificate_key},
    {Check::android_key_description, check_description},
    {Check::android_key_challenge, check_challenge},
    {Check::android_key_not_for_all_applications, check_not_for_all_applications},
    {Check::android_key_origin, check_origin},
    {Check::android_key_purpose, check_purpose},
};

}  // namespace

Result<AttestationStatementResult> verify_android_key_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations) {
  AndroidKeyProcedure procedure{context, obligations};
  CS_TRY(run_statement_rules<AndroidKeyProcedure>(kAndroidKeyRules, procedure));
  AttestationStatementResult result;
  result.format = "android-key";
  // "If successful, return implementation-specific values representing attestation type Basic and
  // attestation trust path x5c."
  result.type = AttestationType::basic;
  result.trust_path = std::move(procedure.certificates);
  result.algorithm = procedure.algorithm;
  return result;
}

}  // namespace countersign
