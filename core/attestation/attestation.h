#pragma once
// Attestation statement formats (WebAuthn L3 §8). One format, one file; this header is what they
// share. Verifying a statement says who vouches, with signatures left as obligations; whether to
// trust the voucher is decided apart (trust.h).

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "codec/cbor_reader.h"
#include "crypto/hasher.h"
#include "crypto/signature.h"
#include "model/authenticator_data.h"
#include "x509/certificate.h"

namespace countersign {

/// WebAuthn L3 §6.5.3. `basic` stands for Basic and AttCA where the format cannot tell them apart.
enum class AttestationType : std::uint8_t { none, self, basic, attca, anonca };
std::string_view attestation_type_name(AttestationType type);

/// Switches that production keeps at their defaults.
struct AttestationSettings {
  bool is_safetynet_enabled = false;
  /// Accept TPM vendor id:FFFFF1D0 of FIDO's test data (conformance profile only).
  bool are_test_tpm_vendors_accepted = false;
  /// Skip the TPM vendor list (the standard's vectors use id:00000000).
  bool is_any_tpm_vendor_accepted = false;
  /// fido-u2f: refuse an AAGUID other than zero. U2F authenticators have none, so FIDO's
  /// conformance tests demand zeros (conformance profile: true); the standard has no such step and
  /// its own vector (§16.16) carries another one, so the default accepts it.
  bool is_u2f_aaguid_zero_required = false;
  /// Android key: also look at softwareEnforced (union), else teeEnforced alone.
  bool is_android_software_enforced_accepted = false;
};

struct AttestationContext {
  const CborValue& statement;
  const AuthenticatorData& authenticator_data;  // with attested credential data
  const Digest256& client_data_hash;
  const AttestationSettings& settings;
  UnixSeconds time;
  const Hasher& hasher;
};

/// What one statement claims, once its obligations hold.
struct AttestationStatementResult {
  std::string_view format;  // static storage
  AttestationType type = AttestationType::none;
  std::vector<Certificate> trust_path;  // leaf first; empty for none and self
  /// COSE algorithm of the statement, where it has one (metadata compares it).
  std::optional<CoseAlgorithm> algorithm;
  std::vector<AttestationStatementResult> compound;  // the sub-statements of compound
};

/// Each appends its obligations and returns the claim. Errors are stamped with the failing check.
using AttestationFormatVerifier = Result<AttestationStatementResult> (*)(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations);

struct AttestationFormat {
  std::string_view identifier;
  AttestationFormatVerifier verify;
};
/// none packed tpm android-key android-safetynet fido-u2f apple compound
std::span<const AttestationFormat> attestation_formats();

/// Finds the format (case-sensitive) and runs it. Error attestation_format_unknown, or the
/// format's.
Result<AttestationStatementResult> verify_attestation_statement(
    std::string_view format, const AttestationContext& context,
    std::vector<SignatureObligation>& obligations);

}  // namespace countersign
