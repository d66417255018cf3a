#pragma once
// The trust decision, apart from signature validity (WebAuthn L3 §7.1 steps 23 and 24).

#include <optional>
#include <span>
#include <vector>

#include "attestation/attestation.h"
#include "base/result.h"
#include "x509/path.h"

namespace countersign {

class AttestationModels;

/// "none": nothing was attested. "self": only the credential key vouches. "untrusted": a chain that
/// leads to no anchor of ours. "trusted": it chains to an anchor.
enum class AttestationTrust : std::uint8_t { none, self, untrusted, trusted };
std::string_view attestation_trust_name(AttestationTrust trust);

/// Candidate paths for a statement (for compound: one list a sub-statement; all must be trusted).
struct TrustCandidates {
  AttestationType type = AttestationType::none;
  std::vector<CandidatePath> paths;
  std::vector<Certificate> anchors;  // what the paths' `anchor` indexes, the preferred first
  std::optional<Error> reason;       // why there is no path
  std::vector<TrustCandidates> compound;
};

/// Step 23: the anchors that models know for each statement, then those for every one.
struct TrustRequest {
  std::span<const Certificate> anchors;
  UnixSeconds time;
  const AttestationModels* models = nullptr;
  Aaguid aaguid{};
  CoseAlgorithm credential_algorithm{};
};

/// Never fails: a chain that leads nowhere is an outcome. Path edges become obligations whose
/// failure makes a path untrusted, not the statement invalid.
TrustCandidates find_trust_candidates(const AttestationStatementResult& statement,
                                      const TrustRequest& request,
                                      std::vector<SignatureObligation>& obligations);

struct TrustAssessment {
  AttestationTrust trust = AttestationTrust::none;
  std::optional<Error> reason;        // when untrusted
  std::optional<std::size_t> anchor;  // when trusted: in the anchors of the (weakest) statement
};
/// `holds[i]` says whether obligation i holds. Of several intact paths that to the first anchor
/// counts, however well the key identifiers of another fit: its own metadata prove a model, the
/// anchors of a format do not.
TrustAssessment assess_trust(const TrustCandidates& candidates, const std::vector<bool>& holds);

}  // namespace countersign
