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
  std::vector<std::string> origins;  // exact strings; app origins are opaque
  /// Pages that may embed us. Empty: cross-origin use is refused. Otherwise a topOrigin must be one
  /// of these, and crossOrigin without topOrigin (Safari sends none) is accepted.
  std::vector<std::string> top_origins;
  ByteVector challenge;
  UserVerification user_verification = UserVerification::required;
  /// The FIDO AppID, where the appid extension was requested (authentication; registration: of
  /// appidExclude). It counts only when the client's output says that it was used.
  std::optional<std::string> appid;
  UnixSeconds time;
};

/// The verdict on one obligation as a host supplies it.
struct HostSignatureResult {
  Digest256 obligation{};
  bool is_valid = false;
  bool is_unsupported = false;  // the host lacks the algorithm; then is_valid does not count
};

/// Which of the obligations hold, in their order; equal obligations share one result. Error:
/// obligation_results_mismatch (missing, extra, duplicate).
Result<std::vector<SignatureVerdict>> match_host_results(
    std::span<const SignatureObligation> obligations, std::span<const HostSignatureResult> results,
    const Hasher& hasher);

/// "7.1.8": the step of the dated edition that a check implements, from webauthn-l3.tsv; checks of
/// attestation formats and certificate paths belong to 7.1.22 and 7.1.24. Empty where the check
/// belongs to no step.
enum class CeremonyKind : std::uint8_t { registration, authentication };
std::string_view step_of(CeremonyKind kind, Check check);

/// One row of a ceremony's table.
template <class Context>
struct CheckRow {
  Check check;
  Status (*run)(Context& context);
};

}  // namespace countersign
