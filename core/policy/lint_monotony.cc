#include "policy/linter.h"

namespace countersign {
namespace {

constexpr InputMask kCounter = mask_of(PolicyInput::authentication_counter);

// A rule just below a threshold and at it.
struct Pair {
  BoxTruth below = BoxTruth::no;
  BoxTruth above = BoxTruth::no;
};

}  // namespace

void Linter::check_monotony() {
  for (const PolicyInput input : {PolicyInput::amount_base, PolicyInput::risk_score}) {
    const std::optional<std::size_t> axis = verdict_.axis_of(input);
    if (!axis) {
      continue;
    }
    std::vector<std::vector<std::uint32_t>> touching(verdict_.axes()[*axis].cells);
    for (std::uint32_t i = 0; i < document_.rules().size(); ++i) {
      for (const std::uint32_t cell : verdict_.edges(i, *axis)) {
        if (touching[cell].empty() || touching[cell].back() != i) {
          touching[cell].push_back(i);
        }
      }
    }
    for (std::uint32_t cell = 1; cell < touching.size(); ++cell) {
      for (std::size_t i = 0; i < kPolicyCeremonies && !touching[cell].empty(); ++i) {
        const auto ceremony = static_cast<PolicyCeremony>(i);
        if (exists_in(row_of(input), ceremony)) {
          check_step(ceremony, *axis, cell, touching[cell]);
        }
      }
    }
  }
}

// Compares the cell below with the cell itself, all other inputs being equal. `touching`: the rules
// whose comparisons of that axis change there; all others are the same on both sides.
void Linter::check_step(PolicyCeremony ceremony, std::size_t axis, std::uint32_t cell,
                        const std::vector<std::uint32_t>& touching) {
  const std::vector<std::uint32_t> relevant = verdict_.possible_rules(ceremony);
  const bool denies_by_default = document_.default_outcome() == Outcome::deny;
  // The search walks the cell itself; what is below is looked at beside it.
  Box start = verdict_.whole(ceremony);
  start[axis] = {cell, cell};
  const auto below_of = [&](const Box& box) {
    Box below = box;
    below[axis] = {cell - 1, cell - 1};
    return below;
  };
  const auto question = [&](const Box& box, const BoxTruths& truths) -> Step {
    const Box below = below_of(box);
    BoxTruths low = truths;
    bool may_lose = false;
    bool may_gain = false;
    std::uint32_t mixed = kNoRule;
    bool is_mixed_below = false;
    for (const std::uint32_t i : touching) {
      const Pair pair{verdict_.truth(i, below), truths[i]};
      low[i] = pair.below;
      const bool is_exemption = rule(i).effect == Outcome::exempt;
      may_lose =
          may_lose || (!is_exemption && pair.below != BoxTruth::no && pair.above != BoxTruth::yes);
      // Below, the default may deny, or the built-in denial of a counter that the rule accepts.
      const bool gain_matters =
          is_exemption || (rule(i).effect == Outcome::require &&
                           (denies_by_default || (rule(i).inputs & kCounter) != 0));
      may_gain =
          may_gain || (gain_matters && pair.above != BoxTruth::no && pair.below != BoxTruth::yes);
      if (mixed == kNoRule && (pair.above == BoxTruth::mixed || pair.below == BoxTruth::mixed)) {
        mixed = i;
        is_mixed_below = pair.above != BoxTruth::mixed;
      }
    }
    if (!may_lose && !may_gain) {
      return prune();
    }
    const Look denied = denial(verdict_, box, truths, kNoRule);
    if (denied.truth == BoxTruth::yes) {
      return prune();
    }
    if (mixed != kNoRule) {
      if (!is_mixed_below) {
        return cut_rule(mixed, !may_lose);
      }
      return cut_axis(verdict_.find_cut(mixed, below));
    }
    // Rules that touch the threshold are settled. What else matches above?
    if (denied.truth == BoxTruth::mixed) {
      return denied.step;
    }
    const Demands high = demands(truths, kNoRule);
    const Look exempted = any_of_effect(truths, Outcome::exempt, kNoRule);
    const auto passes_above = [&]() -> Look {  // is anything but the default decided above?
      if (high.has_any || exempted.truth == BoxTruth::yes || !denies_by_default) {
        return {BoxTruth::yes, {}};
      }
      if (high.may_have_any) {
        return any_of_effect(truths, Outcome::require, kNoRule);
      }
      return exempted;
    };
    // A denial below means that anything let pass above is less.
    const Look denied_below = denial(verdict_, below, low, kNoRule);
    if (denied_below.truth != BoxTruth::no) {
      if (denied_below.truth == BoxTruth::mixed) {
        return denied_below.step;
      }
      Look passes = passes_above();
      passes.step.is_yes_first = true;
      return passes.truth == BoxTruth::yes     ? found()
             : passes.truth == BoxTruth::mixed ? passes.step
                                               : prune();
    }
    const Demands demanded_low = demands(low, kNoRule);
    Requirements lost;
    bool has_lost = false;
    for (const std::uint32_t i : touching) {
      if (rule(i).effect == Outcome::require && low[i] == BoxTruth::yes &&
          truths[i] == BoxTruth::no) {
        join(lost, rule(i).requirements);
        has_lost = true;
      }
    }
    if (has_lost) {
      if (high.has_any && !is_less(high.least, lost)) {
        return prune();
      }
      if (high.has_any && is_less(high.most, lost)) {
        return found();
      }
      if (high.may_have_any) {
        return cut_rule(find_mixed(truths, [](std::uint32_t) { return true; }), false);
      }
      // Nothing requires above: exempted, denied by default, or required by default.
      if (exempted.truth == BoxTruth::mixed) {
        return cut_rule(exempted.step.rule, true);
      }
      if (exempted.truth == BoxTruth::yes) {
        return found();
      }
      return denies_by_default || !is_less(Requirements(), lost) ? prune() : found();
    }
    // Gained only: it is less where nothing matched below and the default denied (or required).
    const Look exempted_below = any_of_effect(low, Outcome::exempt, kNoRule);
    if (demanded_low.has_any || exempted_below.truth == BoxTruth::yes) {
      return prune();
    }
    if (demanded_low.may_have_any) {
      return any_of_effect(low, Outcome::require, kNoRule).step;
    }
    if (exempted_below.truth == BoxTruth::mixed) {
      return exempted_below.step;
    }
    if (denies_by_default) {
      return found();
    }
    // The default requires nothing: only an exemption is less, where nothing requires above.
    return high.has_any || exempted.truth == BoxTruth::no ? prune() : found();
  };
  const SearchResult result = search(verdict_, start, relevant, question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided(touching,
                  "whether more of " + std::string(row_of(verdict_.axes()[axis].input).name) +
                      " never gets less",
                  verdict_, result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return;
  }
  LintFinding finding;
  finding.kind = LintKind::not_monotonic;
  finding.severity = Severity::error;
  finding.rules = touching;
  finding.larger_witness = verdict_.sample(result.box);
  finding.witness = verdict_.sample(below_of(result.box));
  finding.message = decided(*finding.witness, Phase::verdict) + ", but " +
                    decided(*finding.larger_witness, Phase::verdict);
  add(std::move(finding));
}

}  // namespace countersign
