#pragma once
// What the statement formats share: typed access to the members of attStmt, and the few rules that
// several formats have in common. Every error carries the check that the caller names.

#include <initializer_list>
#include <string_view>
#include <vector>

#include "attestation/attestation.h"

namespace countersign {

inline Error attestation_error(ErrorCode code, Check check) { return {code, check, 0}; }

/// The result, with `check` in an error that has none yet.
template <class T>
Result<T> stamped(Result<T> result, Check check) {
  if (!result.has_value() && result.error().check == Check::none) {
    return Error{result.error().code, check, result.error().offset};
  }
  return result;
}

/// Fails unless the statement is a map whose keys are all among `allowed`
/// (attestation_statement_malformed for another type, attestation_statement_unknown_member).
Status check_statement_members(const CborValue& statement,
                               std::initializer_list<std::string_view> allowed, Check check);

/// True when the statement is a map with that key.
bool has_member(const CborValue& statement, std::string_view name);

/// Typed members that must be there; attestation_statement_malformed when missing or of another
/// type.
Result<std::string_view> text_member(const CborValue& statement, std::string_view name,
                                     Check check);
Result<Bytes> bytes_member(const CborValue& statement, std::string_view name, Check check);
Result<std::int64_t> integer_member(const CborValue& statement, std::string_view name, Check check);

/// An integer member that names an algorithm of ours (RS1 included). Errors: those of
/// integer_member, algorithm_unknown.
Result<CoseAlgorithm> algorithm_member(const CborValue& statement, std::string_view name,
                                       Check check);

/// A non-empty array of certificates, leaf first. Errors: attestation_statement_malformed,
/// certificate_chain_too_long, certificate_malformed, certificate_duplicate_extension, der_*.
Result<std::vector<Certificate>> certificates_member(const CborValue& statement,
                                                     std::string_view name, Check check);

/// authenticatorData ‖ clientDataHash: what most formats sign or hash.
ByteVector attested_message(const AttestationContext& context);

/// The key of a certificate, or certificate_unsupported_key.
Result<PublicKey> certificate_key(const Certificate& certificate, Check check);

/// Appends the obligation that `wire_signature` over `message` verifies with `key` under a COSE
/// algorithm. Errors: cose_key_type_mismatch, signature_malformed.
Status add_signature_obligation(Check check, CoseAlgorithm algorithm, const PublicKey& key,
                                ByteVector message, Bytes wire_signature,
                                std::vector<SignatureObligation>& obligations);

/// "If attestnCert contains an extension with OID 1.3.6.1.4.1.45724.1.1.4 (id-fido-gen-ce-aaguid)
/// verify that the value of this extension matches the aaguid in authenticatorData." (§8.2, §8.3.1)
/// The value is an OCTET STRING in the extension's OCTET STRING, "and the extension MUST NOT be
/// marked as critical". Errors: attestation_aaguid_extension_malformed,
/// attestation_aaguid_mismatch.
Status check_aaguid_extension(const Certificate& certificate,
                              const AuthenticatorData& authenticator_data, Check check);

}  // namespace countersign
