#include "attestation/trust.h"

#include <algorithm>

#include "attestation/models.h"

namespace countersign {
namespace {

/// Weakest lowest: a compound statement is worth what its weakest part is worth.
int rank(AttestationTrust trust) {
  switch (trust) {
    case AttestationTrust::none:
      return 0;
    case AttestationTrust::untrusted:
      return 1;
    case AttestationTrust::self:
      return 2;
    case AttestationTrust::trusted:
      return 3;
  }
  return 0;
}

TrustAssessment assess_compound(const std::vector<TrustCandidates>& parts,
                                const std::vector<bool>& holds) {
  TrustAssessment weakest = assess_trust(parts.front(), holds);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const TrustAssessment part = assess_trust(parts[i], holds);
    if (rank(part.trust) < rank(weakest.trust)) {
      weakest = part;
    }
  }
  return weakest;
}

/// The certificates to build a path from. Android devices send their whole chain with the root at
/// its end, and §8.4 has nothing against it: there an anchor at the end is taken off. In every
/// other format an anchor inside a chain is refused (path.h).
std::span<const Certificate> chain_of(const AttestationStatementResult& statement,
                                      std::span<const Certificate> anchors) {
  const std::span<const Certificate> chain = statement.trust_path;
  const bool has_anchor_at_end =
      statement.format == "android-key" && chain.size() > 1 &&
      std::find(anchors.begin(), anchors.end(), chain.back()) != anchors.end();
  return has_anchor_at_end ? chain.first(chain.size() - 1) : chain;
}

}  // namespace

std::string_view attestation_trust_name(AttestationTrust trust) {
  switch (trust) {
    case AttestationTrust::none:
      return "none";
    case AttestationTrust::self:
      return "self";
    case AttestationTrust::untrusted:
      return "untrusted";
    case AttestationTrust::trusted:
      return "trusted";
  }
  return "none";
}

TrustCandidates find_trust_candidates(const AttestationStatementResult& statement,
                                      const TrustRequest& request,
                                      std::vector<SignatureObligation>& obligations) {
  TrustCandidates candidates;
  candidates.type = statement.type;
  for (const AttestationStatementResult& part : statement.compound) {
    candidates.compound.push_back(find_trust_candidates(part, request, obligations));
  }
  if (!statement.compound.empty() || statement.trust_path.empty()) {
    return candidates;
  }
  std::vector<Certificate>& anchors = candidates.anchors;
  if (request.models != nullptr) {
    anchors = request.models->find_anchors(
        {statement, request.aaguid, request.credential_algorithm, request.time});
  }
  anchors.insert(anchors.end(), request.anchors.begin(), request.anchors.end());
  Result<std::vector<CandidatePath>> paths =
      build_paths({chain_of(statement, anchors), anchors, request.time, ChainShape::ordered,
                   Check::attestation_chain_trusted},
                  obligations);
  if (paths.has_value()) {
    candidates.paths = std::move(paths).value();
  } else {
    candidates.reason = paths.error();
  }
  return candidates;
}

TrustAssessment assess_trust(const TrustCandidates& candidates, const std::vector<bool>& holds) {
  if (!candidates.compound.empty()) {
    return assess_compound(candidates.compound, holds);
  }
  switch (candidates.type) {
    case AttestationType::none:
      return {AttestationTrust::none, std::nullopt, std::nullopt};
    case AttestationType::self:
      return {AttestationTrust::self, std::nullopt, std::nullopt};
    case AttestationType::basic:
    case AttestationType::attca:
    case AttestationType::anonca:
      break;
  }
  std::optional<std::size_t> anchor;
  for (const CandidatePath& path : candidates.paths) {
    const bool is_intact = std::all_of(path.edges.begin(), path.edges.end(), [&](std::size_t edge) {
      return edge < holds.size() && holds[edge];
    });
    if (is_intact) {
      anchor = std::min(anchor.value_or(path.anchor), path.anchor);
    }
  }
  if (anchor) {
    return {AttestationTrust::trusted, std::nullopt, anchor};
  }
  const Error reason = candidates.paths.empty()
                           ? candidates.reason.value_or(Error{ErrorCode::certificate_path_not_found,
                                                              Check::attestation_chain_trusted, 0})
                           : Error{ErrorCode::certificate_chain_signature_invalid,
                                   Check::attestation_chain_trusted, 0};
  return {AttestationTrust::untrusted, reason, std::nullopt};
}

}  // namespace countersign
