#pragma once
// Which of a model's status reports are in effect, and what follows from them.

#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "crypto/hasher.h"
#include "metadata/entry.h"

namespace countersign {

/// What of it makes a model unacceptable beyond compromises and revocation, which always do.
struct ModelRules {
  bool is_retired_accepted = false;
  /// Above `none`: the level in effect must be at least this.
  CertificationLevel minimum_certification = CertificationLevel::none;
};

struct ModelStatus {
  /// Why the model is not acceptable, the gravest first: authenticator_*; nothing: it is.
  std::optional<Error> objection;
  /// Only current reports count: a level that was withdrawn is gone.
  CertificationLevel certification = CertificationLevel::none;
  /// In effect at that time, each once, in the order of the enumeration.
  std::vector<AuthenticatorStatus> in_effect;
};

/// A report is in effect from effectiveDate (absent: from ever) until sunsetDate. A compromise is
/// not retracted by a later report. Current are, of each source, the reports with the latest
/// effectiveDate and all that have none ("effective while present"); of what they certify the
/// lowest level counts, and of several sources the lowest of those that say anything of
/// certification: what one withdrew, no other restores. The order of the reports decides nothing.
/// FIPS 140 is another programme, and its reports leave FIDO's certification as it was. Unknown
/// statuses are passed over.
/// ATTESTATION_KEY_COMPROMISE with certificates concerns only chains that hold one of their keys:
/// `chain` has the SHA-256 of the SubjectPublicKeyInfo of each certificate of the trust path, with
/// the anchor where one was found. Not of the certificate: whoever has a leaked key may send it
/// with another outer signature that holds as well (of ECDSA: r, n - s), or cross-signed. Where
/// `chain` is empty (nothing was attested) a report on certain batches is no objection.
ModelStatus evaluate_status(std::span<const StatusReport> reports, std::span<const Digest256> chain,
                            UnixSeconds time, const ModelRules& rules, const Hasher& hasher);

/// Whether reports say that an update is available while the statement still describes what was
/// before it: its authenticatorVersion is lower than that of an UPDATE_AVAILABLE in effect, or not
/// higher than that of a compromise or revocation that is not dated later than one. "The Relying
/// party MUST reject the Metadata Statement if the authenticatorVersion has not increased."
/// (Metadata Service v3.1 §3.1.4)
bool is_statement_outdated(const MetadataStatement& statement,
                           std::span<const StatusReport> reports, UnixSeconds time);

}  // namespace countersign
