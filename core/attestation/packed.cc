// WebAuthn L3 §8.2, packed attestation statement format.

#include "attestation/formats.h"
#include "attestation/statement_fields.h"
#include "attestation/statement_rules.h"
#include "x509/oids.h"

namespace countersign {
namespace {

struct PackedProcedure {
  const AttestationContext& context;
  std::vector<SignatureObligation>& obligations;

  CoseAlgorithm algorithm = CoseAlgorithm::es256;
  Bytes signature{};
  std::vector<Certificate> certificates{};

  const CborValue& statement() const { return context.statement; }
  const Certificate& leaf() const { return certificates.front(); }
  const CoseKey& credential_key() const {
    return context.authenticator_data.attested_credential_data->public_key;
  }
};

// "Verify that attStmt is valid CBOR conforming to the syntax defined above and perform CBOR
// decoding on it to extract the contained fields." ECDAA left the standard with Level 2.
Status check_members(PackedProcedure& procedure) {
  constexpr Check kCheck = Check::packed_statement_members;
  if (!procedure.context.authenticator_data.attested_credential_data) {
    return ErrorCode::attested_credential_data_missing;
  }
  if (has_member(procedure.statement(), "ecdaaKeyId")) {
    return ErrorCode::attestation_ecdaa_unsupported;
  }
  CS_TRY(check_statement_members(procedure.statement(), {"alg", "sig", "x5c"}, kCheck));
  CS_ASSIGN(procedure.signature, bytes_member(procedure.statement(), "sig", kCheck));
  return ok();
}

// "alg: A COSEAlgorithmIdentifier containing the identifier of the algorithm used to generate the
// attestation signature."
Status check_algorithm(PackedProcedure& procedure) {
  CS_ASSIGN(procedure.algorithm,
            algorithm_member(procedure.statement(), "alg", Check::packed_algorithm));
  return ok();
}

Status check_certificates(PackedProcedure& procedure) {
  CS_ASSIGN(procedure.certificates,
            certificates_member(procedure.statement(), "x5c", Check::packed_certificates));
  return ok();
}

// §8.2.1: "Version MUST be set to 3 (which is indicated by an ASN.1 INTEGER with value 2)."
Status check_certificate_version(PackedProcedure& procedure) {
  return procedure.leaf().version() == 3 ? ok() : ErrorCode::attestation_certificate_requirements;
}

/// The only attribute of that type in the subject; null when there is none or more than one.
const NameAttribute* find_single_attribute(const Certificate& certificate, Bytes oid) {
  const NameAttribute* found = nullptr;
  for (const NameAttribute& attribute : certificate.subject_attributes()) {
    if (!equal(attribute.oid, oid)) {
      continue;
    }
    if (found != nullptr) {
      return nullptr;
    }
    found = &attribute;
  }
  return found;
}

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// "Subject-C: ISO 3166 code specifying the country where the Authenticator vendor is incorporated
// (PrintableString)."
Status check_certificate_country(PackedProcedure& procedure) {
  const NameAttribute* country = find_single_attribute(procedure.leaf(), oid::kCountryName);
  return country != nullptr && country->text.size() == 2 && is_letter(country->text[0]) &&
                 is_letter(country->text[1])
             ? ok()
             : ErrorCode::attestation_certificate_requirements;
}

// "Subject-O: Legal name of the Authenticator vendor (UTF8String)."
Status check_certificate_organization(PackedProcedure& procedure) {
  const NameAttribute* name = find_single_attribute(procedure.leaf(), oid::kOrganizationName);
  return name != nullptr && !name->text.empty() ? ok()
                                                : ErrorCode::attestation_certificate_requirements;
}

// "Subject-OU: Literal string "Authenticator Attestation" (UTF8String)."
Status check_certificate_organizational_unit(PackedProcedure& procedure) {
  const NameAttribute* unit = find_single_attribute(procedure.leaf(), oid::kOrganizationalUnitName);
  return unit != nullptr && unit->text == "Authenticator Attestation"
             ? ok()
             : ErrorCode::attestation_certificate_requirements;
}

// "Subject-CN: A UTF8String of the vendor's choosing."
Status check_certificate_common_name(PackedProcedure& procedure) {
  const NameAttribute* name = find_single_attribute(procedure.leaf(), oid::kCommonName);
  return name != nullptr && !name->text.empty() ? ok()
                                                : ErrorCode::attestation_certificate_requirements;
}

// "The Basic Constraints extension MUST have the CA component set to false."
Status check_certificate_not_ca(PackedProcedure& procedure) {
  const std::optional<BasicConstraints>& constraints = procedure.leaf().basic_constraints();
  return constraints && !constraints->is_ca ? ok()
                                            : ErrorCode::attestation_certificate_requirements;
}

// "If attestnCert contains an extension with OID 1.3.6.1.4.1.45724.1.1.4 (id-fido-gen-ce-aaguid)
// verify that the value of this extension matches the aaguid in authenticatorData."
Status check_certificate_aaguid(PackedProcedure& procedure) {
  return check_aaguid_extension(procedure.leaf(), procedure.context.authenticator_data,
                                Check::packed_certificate_aaguid);
}

// "Verify that sig is a valid signature over the concatenation of authenticatorData and
// clientDataHash using the attestation public key in attestnCert with the algorithm specified in
// alg."
Status check_signature(PackedProcedure& procedure) {
  constexpr Check kCheck = Check::packed_signature;
  CS_ASSIGN(const PublicKey key, certificate_key(procedure.leaf(), kCheck));
  return add_signature_obligation(kCheck, procedure.algorithm, key,
                                  attested_message(procedure.context), procedure.signature,
                                  procedure.obligations);
}

// "Validate that alg matches the algorithm of the credentialPublicKey in authenticatorData."
Status check_self_algorithm(PackedProcedure& procedure) {
  return procedure.algorithm == procedure.credential_key().algorithm
             ? ok()
             : ErrorCode::attestation_algorithm_mismatch;
}

// "Verify that sig is a valid signature over the concatenation of authenticatorData and
// clientDataHash using the credential public key with alg."
Status check_self_signature(PackedProcedure& procedure) {
  return add_signature_obligation(
      Check::packed_self_signature, procedure.algorithm, procedure.credential_key().key,
      attested_message(procedure.context), procedure.signature, procedure.obligations);
}

constexpr StatementRule<PackedProcedure> kSharedRules[] = {
    {Check::packed_statement_members, check_members},
    {Check::packed_algorithm, check_algorithm},
};

constexpr StatementRule<PackedProcedure> kCertificateRules[] = {
    {Check::packed_certificates, check_certificates},
    {Check::packed_certificate_version, check_certificate_version},
    {Check::packed_certificate_country, check_certificate_country},
    {Check::packed_certificate_organization, check_certificate_organization},
    {Check::packed_certificate_organizational_unit, check_certificate_organizational_unit},
    {Check::packed_certificate_common_name, check_certificate_common_name},
    {Check::packed_certificate_not_ca, check_certificate_not_ca},
    {Check::packed_certificate_aaguid, check_certificate_aaguid},
    {Check::packed_signature, check_signature},
};

constexpr StatementRule<PackedProcedure> kSelfRules[] = {
    {Check::packed_self_algorithm, check_self_algorithm},
    {Check::packed_self_signature, check_self_signature},
};

}  // namespace

Result<AttestationStatementResult> verify_packed_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations) {
  PackedProcedure procedure{context, obligations};
  CS_TRY(run_statement_rules<PackedProcedure>(kSharedRules, procedure));
  AttestationStatementResult result;
  result.format = "packed";
  result.algorithm = procedure.algorithm;
  if (has_member(context.statement, "x5c")) {
    CS_TRY(run_statement_rules<PackedProcedure>(kCertificateRules, procedure));
    result.type = AttestationType::basic;
    result.trust_path = std::move(procedure.certificates);
  } else {
    CS_TRY(run_statement_rules<PackedProcedure>(kSelfRules, procedure));
    result.type = AttestationType::self;
  }
  return result;
}

}  // namespace countersign
