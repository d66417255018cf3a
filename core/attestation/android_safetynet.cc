// WebAuthn L3 §8.5, Android SafetyNet attestation statement format. Google has shut the service
// down, so that no honest device sends a fresh one: off unless the settings say otherwise.

#include <algorithm>

#include "attestation/formats.h"
#include "attestation/jws.h"
#include "attestation/statement_fields.h"
#include "attestation/statement_rules.h"
#include "codec/base64url.h"
#include "x509/general_names.h"
#include "x509/oids.h"

namespace countersign {
namespace {

constexpr std::string_view kHost = "attest.android.com";

// [SafetyNet made the response while the ceremony ran; FIDO's conformance test AttResp-B F-7]
constexpr std::int64_t kMaxAgeSeconds = 60;
// [what clocks synchronised by NTP differ at worst; a response from the future is refused (F-6)]
constexpr std::int64_t kMaxClockSkewSeconds = 5;

constexpr std::int64_t kMillisecondsInSecond = 1000;

struct SafetyNetProcedure {
  const AttestationContext& context;
  std::vector<SignatureObligation>& obligations;

  std::string_view version{};
  Bytes response{};
  Jws jws{};
  CoseAlgorithm algorithm = CoseAlgorithm::rs256;
  std::vector<Certificate> certificates{};

  const CborValue& statement() const { return context.statement; }
};

Status check_enabled(SafetyNetProcedure& procedure) {
  return procedure.context.settings.is_safetynet_enabled ? ok()
                                                         : ErrorCode::attestation_format_unknown;
}

// "Verify that attStmt is valid CBOR conforming to the syntax defined above and perform CBOR
// decoding on it to extract the contained fields."
Status check_members(SafetyNetProcedure& procedure) {
  constexpr Check kCheck = Check::android_safetynet_statement_members;
  CS_TRY(check_statement_members(procedure.statement(), {"ver", "response"}, kCheck));
  CS_ASSIGN(procedure.version, text_member(procedure.statement(), "ver", kCheck));
  CS_ASSIGN(procedure.response, bytes_member(procedure.statement(), "response", kCheck));
  return ok();
}

// "ver: The version number of Google Play Services responsible for providing the SafetyNet API."
Status check_version(SafetyNetProcedure& procedure) {
  return procedure.version.empty() ? ErrorCode::attestation_statement_malformed : ok();
}

// "Verify that response is a valid SafetyNet response of version ver by following the steps
// indicated by the SafetyNet online documentation. As of this writing, there is only one format of
// the SafetyNet response and ver is reserved for future use.": a JWS, its algorithm, its chain.
Status check_response(SafetyNetProcedure& procedure) {
  CS_ASSIGN(procedure.jws, parse_jws(procedure.response));
  return ok();
}

Status check_algorithm(SafetyNetProcedure& procedure) {
  CS_ASSIGN(procedure.algorithm, jws_algorithm(procedure.jws.header));
  return ok();
}

Status check_certificates(SafetyNetProcedure& procedure) {
  CS_ASSIGN(procedure.certificates, jws_certificates(procedure.jws.header));
  return ok();
}

/// RFC 6125 §6.4.4: the common name counts only where there is no DNS name.
Result<bool> is_issued_to_host(const Certificate& certificate) {
  CS_ASSIGN(const std::vector<std::string_view> names, dns_names(certificate));
  if (!names.empty()) {
    return std::any_of(names.begin(), names.end(),
                       [](std::string_view name) { return is_same_host(name, kHost); });
  }
  std::size_t common_names = 0;
  bool is_found = false;
  for (const NameAttribute& attribute : certificate.subject_attributes()) {
    if (equal(attribute.oid, oid::kCommonName)) {
      ++common_names;
      is_found = is_same_host(attribute.text, kHost);
    }
  }
  return common_names == 1 && is_found;
}

// "Verify that the SafetyNet response actually came from the SafetyNet service by following the
// steps in the SafetyNet online documentation.": the leaf was issued to attest.android.com and
// signed the response. That the chain is one of Google's is the trust decision.
Status check_certificate_host(SafetyNetProcedure& procedure) {
  const Result<bool> is_issued = is_issued_to_host(procedure.certificates.front());
  return is_issued.has_value() && *is_issued ? ok() : ErrorCode::safetynet_host_mismatch;
}

Status check_signature(SafetyNetProcedure& procedure) {
  constexpr Check kCheck = Check::android_safetynet_signature;
  CS_ASSIGN(const PublicKey key, certificate_key(procedure.certificates.front(), kCheck));
  CS_ASSIGN(SignatureObligation obligation,
            make_jws_obligation(procedure.jws, procedure.algorithm, key, kCheck));
  procedure.obligations.push_back(std::move(obligation));
  return ok();
}

// "Verify that the nonce attribute in the payload of response is identical to the Base64 encoding
// of the SHA-256 hash of the concatenation of authenticatorData and clientDataHash."
Status check_nonce(SafetyNetProcedure& procedure) {
  const AttestationContext& context = procedure.context;
  const Digest256 expected = context.hasher.sha256(
      {Bytes(context.authenticator_data.encoded), Bytes(context.client_data_hash)});
  const JsonValue* nonce = procedure.jws.payload.find("nonce");
  return nonce != nullptr && nonce->is_string() && nonce->string == encode_base64(expected)
             ? ok()
             : ErrorCode::safetynet_nonce_mismatch;
}

// SafetyNet documentation: ctsProfileMatch is true for a device that matches the profile of one
// that passed the compatibility tests.
Status check_profile(SafetyNetProcedure& procedure) {
  const JsonValue* match = procedure.jws.payload.find("ctsProfileMatch");
  return match != nullptr && match->is_boolean() && match->boolean
             ? ok()
             : ErrorCode::safetynet_profile_mismatch;
}

// basicIntegrity, the weaker of the two, came later than ctsProfileMatch: old responses lack it.
Status check_integrity(SafetyNetProcedure& procedure) {
  const JsonValue* integrity = procedure.jws.payload.find("basicIntegrity");
  return integrity == nullptr || (integrity->is_boolean() && integrity->boolean)
             ? ok()
             : ErrorCode::safetynet_integrity_missing;
}

// timestampMs: milliseconds since the epoch at which the response was made.
Status check_time(SafetyNetProcedure& procedure) {
  const JsonValue* timestamp = procedure.jws.payload.find("timestampMs");
  const std::int64_t now = procedure.context.time.value;
  if (timestamp == nullptr || !timestamp->is_integer() || timestamp->is_unsigned_64 ||
      timestamp->integer < 0 || now < 0) {
    return ErrorCode::safetynet_time_invalid;
  }
  // Neither is negative: the difference cannot overflow.
  const std::int64_t age = now - timestamp->integer / kMillisecondsInSecond;
  return age <= kMaxAgeSeconds && age >= -kMaxClockSkewSeconds ? ok()
                                                               : ErrorCode::safetynet_time_invalid;
}

constexpr StatementRule<SafetyNetProcedure> kSafetyNetRules[] = {
    {Check::android_safetynet_enabled, check_enabled},
    {Check::android_safetynet_statement_members, check_members},
    {Check::android_safetynet_version, check_version},
    {Check::android_safetynet_response, check_response},
    {Check::android_safetynet_algorithm, check_algorithm},
    {Check::android_safetynet_certificates, check_certificates},
    {Check::android_safetynet_certificate_host, check_certificate_host},
    {Check::android_safetynet_signature, check_signature},
    {Check::android_safetynet_nonce, check_nonce},
    {Check::android_safetynet_profile, check_profile},
    {Check::android_safetynet_integrity, check_integrity},
    {Check::android_safetynet_time, check_time},
};

}  // namespace

Result<AttestationStatementResult> verify_android_safetynet_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations) {
  SafetyNetProcedure procedure{context, obligations};
  CS_TRY(run_statement_rules<SafetyNetProcedure>(kSafetyNetRules, procedure));
  AttestationStatementResult result;
  result.format = "android-safetynet";
  // "If successful, return implementation-specific values representing attestation type Basic and
  // attestation trust path x5c.": the chain in the response's header.
  result.type = AttestationType::basic;
  result.trust_path = std::move(procedure.certificates);
  result.algorithm = procedure.algorithm;
  return result;
}

}  // namespace countersign
