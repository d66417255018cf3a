// WebAuthn L3 §8.6, FIDO U2F attestation statement format.

#include "attestation/formats.h"
#include "attestation/statement_fields.h"
#include "attestation/statement_rules.h"

namespace countersign {
namespace {

struct FidoU2fProcedure {
  const AttestationContext& context;
  std::vector<SignatureObligation>& obligations;

  Bytes signature{};
  std::vector<Certificate> certificates{};

  const CborValue& statement() const { return context.statement; }
  const AttestedCredentialData& credential() const {
    return *context.authenticator_data.attested_credential_data;
  }
};

Status check_members(FidoU2fProcedure& procedure) {
  constexpr Check kCheck = Check::fido_u2f_statement_members;
  if (!procedure.context.authenticator_data.attested_credential_data) {
    return ErrorCode::attested_credential_data_missing;
  }
  CS_TRY(check_statement_members(procedure.statement(), {"sig", "x5c"}, kCheck));
  CS_ASSIGN(procedure.signature, bytes_member(procedure.statement(), "sig", kCheck));
  return ok();
}

// "Check that x5c has exactly one element and let attCert be that element."
Status check_single_certificate(FidoU2fProcedure& procedure) {
  CS_ASSIGN(procedure.certificates,
            certificates_member(procedure.statement(), "x5c", Check::fido_u2f_single_certificate));
  return procedure.certificates.size() == 1 ? ok() : ErrorCode::attestation_statement_malformed;
}

// "If certificate public key is not an Elliptic Curve (EC) public key over the P-256 curve,
// terminate this algorithm and return an appropriate error."
Status check_certificate_key(FidoU2fProcedure& procedure) {
  const std::optional<PublicKey>& key = procedure.certificates.front().public_key();
  return key && key->curve() == Curve::p256 ? ok() : ErrorCode::attestation_key_mismatch;
}

// "Let x be the value corresponding to the "-2" key […] in credentialPublicKey, and confirm its
// size to be of 32 bytes. […] Let y be the value corresponding to the "-3" key […] and confirm its
// size to be of 32 bytes." U2F knows P-256 with ES256 only.
Status check_credential_key(FidoU2fProcedure& procedure) {
  const CoseKey& key = procedure.credential().public_key;
  return key.algorithm == CoseAlgorithm::es256 && key.key.curve() == Curve::p256
             ? ok()
             : ErrorCode::attestation_key_mismatch;
}

Status check_aaguid_zero(FidoU2fProcedure& procedure) {
  return !procedure.context.settings.is_u2f_aaguid_zero_required ||
                 procedure.credential().aaguid == Aaguid{}
             ? ok()
             : ErrorCode::attestation_aaguid_mismatch;
}

// "Let verificationData be the concatenation of (0x00 || rpIdHash || clientDataHash || credentialId
// || publicKeyU2F) […]. Verify the sig using verificationData and the certificate public key per
// section 4.1.4 of [SEC1] with SHA-256 as the hash function used in step two."
Status check_signature(FidoU2fProcedure& procedure) {
  const AttestedCredentialData& credential = procedure.credential();
  const PublicKey& key = credential.public_key.key;
  const Bytes parts[] = {procedure.context.authenticator_data.rp_id_hash,
                         procedure.context.client_data_hash, credential.credential_id.value};
  ByteVector message{0x00};
  for (const Bytes part : parts) {
    message.insert(message.end(), part.begin(), part.end());
  }
  message.push_back(0x04);
  message.insert(message.end(), key.x().begin(), key.x().end());
  message.insert(message.end(), key.y().begin(), key.y().end());
  return add_signature_obligation(Check::fido_u2f_signature, CoseAlgorithm::es256,
                                  *procedure.certificates.front().public_key(), std::move(message),
                                  procedure.signature, procedure.obligations);
}

constexpr StatementRule<FidoU2fProcedure> kFidoU2fRules[] = {
    {Check::fido_u2f_statement_members, check_members},
    {Check::fido_u2f_single_certificate, check_single_certificate},
    {Check::fido_u2f_certificate_key, check_certificate_key},
    {Check::fido_u2f_credential_key, check_credential_key},
    {Check::fido_u2f_aaguid_zero, check_aaguid_zero},
    {Check::fido_u2f_signature, check_signature},
};

}  // namespace

Result<AttestationStatementResult> verify_fido_u2f_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations) {
  FidoU2fProcedure procedure{context, obligations};
  CS_TRY(run_statement_rules<FidoU2fProcedure>(kFidoU2fRules, procedure));
  AttestationStatementResult result;
  result.format = "fido-u2f";
  result.type = AttestationType::basic;
  result.algorithm = CoseAlgorithm::es256;
  result.trust_path = std::move(procedure.certificates);
  return result;
}

}  // namespace countersign
