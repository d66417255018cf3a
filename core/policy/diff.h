#pragma once
// What another revision decides differently: regions of inputs with an example each.

#include <string>
#include <vector>

#include "policy/evaluation.h"
#include "policy/list_changes.h"

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

/// A ceremony that was not looked at as a whole: where these rules match there may be more regions,
/// weaker ones too.
struct UndecidedDiff {
  Phase phase = Phase::verdict;
  PolicyCeremony ceremony = PolicyCeremony::registration;
  std::vector<std::string> rules;  // ids of changed rules; those first that no region shows
  bool is_default_open = false;    // nor was the default, which changed
};

/// "a transfer: rules high, risk"
std::string describe_undecided(const UndecidedDiff& one);

struct DiffReport {
  std::vector<DiffRegion> regions;  // weaker ones first
  std::vector<UndecidedDiff> undecided;
  std::vector<ListChange> lists;
  bool is_undecided() const { return !undecided.empty(); }
  /// Whether something may have become weaker: what roll-back by one person depends on.
  bool may_be_weaker() const;
  std::size_t count(Strictness change) const;
};

/// Boxes that a comparison may look at. [the worst that documents of 200 rules make of it: about
/// two seconds; a bank's are compared within a hundredth of them]
inline constexpr std::size_t kMaxDiffBoxes = 500000;
/// Regions of a ceremony; where there are more it stays undecided. [nobody reads as many]
inline constexpr std::size_t kMaxDiffRegions = 1000;

/// Total, in bounded time; deterministic. The verdict decides; before it, only exemptions that come
/// or go are looked at (whoever is exempted never gets to a verdict).
DiffReport diff_policies(const PolicyDocument& before, const PolicyDocument& after,
                         std::size_t boxes = kMaxDiffBoxes);

}  // namespace countersign
