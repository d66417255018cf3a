#pragma once
// What another revision decides differently: regions of inputs with an example each.

#include <string>
#include <vector>

#include "policy/evaluation.h"
#include "policy/list_changes.h"
#include "policy/wording.h"

namespace countersign {

/// Inputs of one ceremony in which the same changed rules match, the outcomes are the same and the
/// same kinds of demands differ, with what they are before and after in the example.
struct DiffRegion {
  Phase phase = Phase::verdict;
  Strictness change = Strictness::same;
  std::vector<std::string> rules_before;  // ids of changed rules that match
  std::vector<std::string> rules_after;
  std::uint32_t lost = 0;    // kinds of demands that become less, where both demand a signature
  std::uint32_t gained = 0;  // …and that become more
  PolicyInputs example;
  Decision before;
  Decision after;
  /// Other cases of the same rules and kinds that differ from those listed in what is demanded
  /// before or after; none of them loses more.
  std::size_t more = 0;

  /// The kinds to tell: those that differ, or all where an outcome is another.
  std::uint32_t kinds() const { return (lost | gained) != 0 ? lost | gained : kAllKinds; }
  /// Whether something may pass that did not. Denied is denied, whatever the reason.
  bool may_be_weaker() const;
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
  std::vector<DiffRegion> regions;  // in the order of what is lost
  std::vector<UndecidedDiff> undecided;
  std::vector<ListChange> lists;
  /// Ids of rules that are written otherwise, are new or are gone, and change no decision.
  std::vector<std::string> rewritten;
  bool is_undecided() const { return !undecided.empty(); }
  /// Whether something may have become weaker: what roll-back by one person depends on.
  bool may_be_weaker() const;
  /// Cases, with those that are not listed.
  std::size_t count(Strictness change) const;
  std::size_t count() const;
};

/// "rules high, risk are written otherwise and change no decision"; "" where there are none.
std::string describe_rewritten(const DiffReport& report);

/// Boxes that a comparison may look at. [the worst that documents of 200 rules make of it: about
/// two seconds; a bank's are compared within a hundredth of them]
inline constexpr std::size_t kMaxDiffBoxes = 500000;
/// Regions of a ceremony; where there are more it stays undecided. [nobody reads as many]
inline constexpr std::size_t kMaxDiffRegions = 1000;
/// Regions in which the same rules match and the same kinds differ: those that lose most are kept,
/// of the others the number. [enough to see how it varies]
inline constexpr std::size_t kMaxDiffVariants = 3;
/// Cases that are told apart for that number; beyond it is too small. [a few megabytes]
inline constexpr std::size_t kMaxCountedVariants = 20000;

/// Total, in bounded time; deterministic. Compared are decisions over every input, and without each
/// that may be absent (may_be_absent). The verdict decides; before it, only exemptions that come or
/// go are looked at (whoever is exempted never gets to a verdict).
///
/// Another basis of an exemption, or denials none of whose reasons stays, is a change, too, neither
/// weaker nor stricter (`incomparable`).
DiffReport diff_policies(const PolicyDocument& before, const PolicyDocument& after,
                         std::size_t boxes = kMaxDiffBoxes);

}  // namespace countersign
