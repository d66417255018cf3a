#pragma once
// What a ceremony asks of whoever knows authenticator models (WebAuthn L3 §7.1 steps 23 and 24).
// core/metadata answers; a verifier without metadata has none and links none.

#include <optional>
#include <string>
#include <vector>

#include "attestation/attestation.h"
#include "attestation/trust.h"
#include "base/result.h"
#include "crypto/hasher.h"
#include "model/authenticator_data.h"

namespace countersign {

/// One statement: for compound each sub-statement is a question of its own.
struct ModelQuery {
  const AttestationStatementResult& statement;
  const Aaguid& aaguid;
  CoseAlgorithm credential_algorithm;
  UnixSeconds time;
};

/// What is recorded about the model at registration.
struct ModelAssessment {
  bool is_known = false;   // metadata describe it
  bool is_proved = false;  // and an attestation that chained to them says so; else it is a claim
  std::string description;
  std::string certification = "none";  // level in effect: "none", "L1", "L1+", …
  std::vector<std::string> statuses;   // in effect, FIDO's names
};

/// What is recorded for a compound: known and proved where both are, the lower certification, the
/// description of what is less proved (of equals the first in the alphabet), the statuses of both,
/// sorted. Commutative and associative: the order of the statements, which the other side chooses,
/// decides nothing.
ModelAssessment weaker_of_both(const ModelAssessment& a, const ModelAssessment& b);

class AttestationModels {
 public:
  virtual ~AttestationModels() = default;
  /// "[...] obtain a list of acceptable trust anchors (i.e. attestation root certificates) for that
  /// attestation type and attestation statement format fmt, from a trusted source or from policy."
  /// Those of the model's own metadata first: of several that a chain leads to the first counts.
  virtual std::vector<Certificate> find_anchors(const ModelQuery& query) const = 0;
  /// Step 24 with what step 23 gave. `anchor`: that the chain ended at, when trusted. Errors:
  /// authenticator_*, attestation_type_not_in_metadata, algorithm_not_in_metadata, the reason of
  /// `trust` or attestation_untrusted; stamped authenticator_model_acceptable.
  virtual Result<ModelAssessment> assess(const ModelQuery& query, const TrustAssessment& trust,
                                         const Certificate* anchor) const = 0;
};

}  // namespace countersign
