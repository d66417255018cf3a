#pragma once
// What another revision decides differently: regions of inputs with an example each.

#include <string>
#include <vector>

#include "base/limits.h"
#include "policy/evaluation.h"

namespace countersign {

/// Inputs of one ceremony in which the same changed rules match and the decision changes alike.
struct DiffRegion {
  Phase phase = Phase::verdict;
  Strictness change = Strictness::same;
  std::vector<std::string> rules_before;  // ids of changed rules that match
  std::vector<std::string> rules_after;
  PolicyInputs example;
  Decision before;
  Decision after;
};

struct DiffReport {
  std::vector<DiffRegion> regions;  // weaker ones first
  /// The budget ended: there may be more regions than those, weaker ones too.
  bool is_undecided = false;
  /// Whether something may have become weaker: what roll-back by one person depends on.
  bool may_be_weaker() const;
  std::size_t count(Strictness change) const;
};

/// Total, in bounded time; deterministic. The verdict decides; before it, only exemptions that come
/// or go are looked at (whoever is exempted never gets to a verdict).
DiffReport diff_policies(const PolicyDocument& before, const PolicyDocument& after,
                         std::size_t boxes = limits::kMaxPolicyBoxes);

}  // namespace countersign
