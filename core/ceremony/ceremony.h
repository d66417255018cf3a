#pragma once
// What registration and authentication share: the expectations of a ceremony and who discharges
// signatures. Source: WebAuthn Level 3, §7.1 and §7.2; every step's disposition is in
// core/spec/webauthn-l3.tsv.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attestation/attestation.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/hasher.h"
#include "crypto/signature.h"
#include "x509/certificate.h"

namespace countersign {

enum class UserVerification : std::uint8_t { required, preferred, discouraged };
enum class Mediation : std::uint8_t { modal, conditional };

/// What the relying party expects of either ceremony.
struct CeremonyExpectations {
  std::string rp_id;
  std::vector<std::string> origins;      // exact strings; app origins are opaque
  std::vector<std::string> top_origins;  // empty: cross-origin use is refused
  ByteVector challenge;
  UserVerification user_verification = UserVerification::required;
  /// Accept crossOrigin without topOrigin. Follows from top_origins being non-empty unless set.
  std::optional<std::string> appid;  // requested appid extension (authentication) or appidExclude
  UnixSeconds time;
};

/// The verdict on one obligation as a host supplies it.
struct HostSignatureResult {
  Digest256 obligation{};
  bool is_valid = false;
};

/// Which of the obligations hold. Errors: obligation_results_mismatch (missing, extra, duplicate).
Result<std::vector<SignatureVerdict>> match_host_results(
    std::span<const SignatureObligation> obligations, std::span<const HostSignatureResult> results,
    const Hasher& hasher);

/// "7.1.8": the step of the dated edition that a check implements, from webauthn-l3.tsv; empty where
/// the check belongs to no step.
enum class CeremonyKind : std::uint8_t { registration, authentication };
std::string_view step_of(CeremonyKind kind, Check check);

/// One row of a ceremony's table.
template <class Context>
struct CheckRow {
  Check check;
  Status (*run)(Context& context);
};

}  // namespace countersign
