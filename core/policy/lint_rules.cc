#include "policy/linter.h"

namespace countersign {

void Linter::check_rules() {
  for (std::uint32_t i = 0; i < document_.rules().size(); ++i) {
    check_rule(i);
  }
}

// Whether the rule can hold, and whether it ever changes the decision.
void Linter::check_rule(std::uint32_t index) {
  std::optional<Box> first_match;
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    if ((rule(index).ceremonies >> i & 1U) == 0) {
      continue;
    }
    const auto ceremony = static_cast<PolicyCeremony>(i);
    const std::vector<std::uint32_t> relevant = verdict_.possible_rules(ceremony);
    const auto question = [&](const Box& box, const BoxTruths& truths) {
      if (truths[index] == BoxTruth::no) {
        return prune();
      }
      if (truths[index] == BoxTruth::mixed) {
        return cut_rule(index, true);
      }
      if (!first_match) {
        first_match = box;
      }
      return question_effect(index, box, truths);
    };
    const SearchResult result =
        search(verdict_, verdict_.whole(ceremony), relevant, question, budget_);
    if (result.kind == SearchResult::Kind::found) {
      return;
    }
    if (result.kind == SearchResult::Kind::undecided) {
      add_undecided({index}, "whether the rule ever changes a decision", verdict_, result.box);
      return;
    }
  }
  LintFinding finding;
  finding.rules = {index};
  if (!first_match) {
    finding.kind = LintKind::never_holds;
    finding.severity = Severity::error;
    finding.message = "the condition of \"" + rule(index).id + "\" cannot hold";
    for (std::size_t i = 0; i < kPolicyCeremonies && !finding.witness; ++i) {
      if ((rule(index).ceremonies >> i & 1U) != 0) {
        finding.witness = verdict_.sample(verdict_.whole(static_cast<PolicyCeremony>(i)));
      }
    }
    if (finding.witness) {
      finding.message +=
          "; for example " + situation(*finding.witness, rule(index).inputs) + " does not match it";
    }
  } else {
    finding.kind = LintKind::redundant;
    finding.witness = verdict_.sample(*first_match);
    finding.message = "\"" + rule(index).id + "\" never changes a decision; for example " +
                      decided(*finding.witness, Phase::verdict) + " without it, too";
  }
  add(std::move(finding));
}

Step Linter::question_effect(std::uint32_t index, const Box& box, const BoxTruths& truths) const {
  // A rule that accepts a counter lifts the built-in denial.
  if (rule(index).effect != Outcome::deny &&
      counter_denial(verdict_, box, truths, kNoRule).truth == BoxTruth::no) {
    const Look without = counter_denial(verdict_, box, truths, index);
    if (without.truth != BoxTruth::no) {
      const Look ruled = any_of_effect(truths, Outcome::deny, kNoRule);
      if (without.truth == BoxTruth::mixed || ruled.truth == BoxTruth::mixed) {
        return without.truth == BoxTruth::mixed ? without.step : ruled.step;
      }
      return ruled.truth == BoxTruth::yes ? prune() : found();
    }
  }
  switch (rule(index).effect) {
    case Outcome::deny:
      return question_denial(index, box, truths);
    case Outcome::require:
      return question_requirement(index, box, truths);
    case Outcome::exempt:
      return question_exemption(index, box, truths);
  }
  return prune();
}

// The rule matches everywhere in the box. Without it, is anything let pass?
Step Linter::question_denial(std::uint32_t index, const Box& box, const BoxTruths& truths) const {
  const Look other = denial(verdict_, box, truths, index);
  if (other.truth != BoxTruth::no) {
    return other.truth == BoxTruth::yes ? prune() : other.step;
  }
  if (document_.default_outcome() != Outcome::deny) {
    return found();
  }
  Look allowed = any_of_effect(truths, Outcome::require, kNoRule);
  if (allowed.truth != BoxTruth::yes) {
    const Look exempted = any_of_effect(truths, Outcome::exempt, kNoRule);
    allowed = exempted.truth > allowed.truth ? exempted : allowed;
  }
  switch (allowed.truth) {
    case BoxTruth::yes:
      return found();
    case BoxTruth::mixed:
      allowed.step.is_yes_first = true;
      return allowed.step;
    case BoxTruth::no:
      break;
  }
  return prune();
}

Step Linter::question_requirement(std::uint32_t index, const Box& box,
                                  const BoxTruths& truths) const {
  const Look denied = denial(verdict_, box, truths, kNoRule);
  if (denied.truth != BoxTruth::no) {
    return denied.truth == BoxTruth::yes ? prune() : denied.step;
  }
  const Requirements& own = rule(index).requirements;
  const Demands others = demands(truths, index);
  if (others.has_any && !is_less(others.least, own)) {
    return prune();
  }
  if (others.may_have_any && !is_less(others.most, own)) {
    return cut_rule(find_mixed(truths, [&](std::uint32_t i) { return i != index; }), false);
  }
  if (others.may_have_any || document_.default_outcome() == Outcome::deny ||
      is_less(Requirements(), own)) {
    // Whatever else matches demands less; or nothing else requires, and the outcome is another.
    return found();
  }
  // The default requires nothing, as the rule does: only an exemption makes a difference.
  const Look exempted = any_of_effect(truths, Outcome::exempt, kNoRule);
  if (exempted.truth == BoxTruth::mixed) {
    return exempted.step;
  }
  return exempted.truth == BoxTruth::yes ? found() : prune();
}

Step Linter::question_exemption(std::uint32_t index, const Box& box,
                                const BoxTruths& truths) const {
  for (const Look& stronger :
       {denial(verdict_, box, truths, kNoRule), any_of_effect(truths, Outcome::require, kNoRule),
        any_of_effect(truths, Outcome::exempt, index)}) {
    if (stronger.truth != BoxTruth::no) {
      return stronger.truth == BoxTruth::yes ? prune() : stronger.step;
    }
  }
  return found();
}

void Linter::check_gaps() {
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    const auto ceremony = static_cast<PolicyCeremony>(i);
    const std::vector<std::uint32_t> relevant = verdict_.possible_rules(ceremony);
    const auto question = [&](const Box& box, const BoxTruths& truths) {
      std::uint32_t mixed = kNoRule;
      for (std::uint32_t k = 0; k < truths.size(); ++k) {
        if (truths[k] == BoxTruth::yes) {
          return prune();
        }
        if (truths[k] == BoxTruth::mixed && mixed == kNoRule) {
          mixed = k;
        }
      }
      if (mixed != kNoRule) {
        return cut_rule(mixed, false);
      }
      const Look counted = counter_denial(verdict_, box, truths, kNoRule);
      if (counted.truth != BoxTruth::no) {
        return counted.truth == BoxTruth::yes ? prune() : counted.step;
      }
      return found();
    };
    const SearchResult result =
        search(verdict_, verdict_.whole(ceremony), relevant, question, budget_);
    if (result.kind == SearchResult::Kind::undecided) {
      add_undecided(relevant, "whether some rule always matches", verdict_, result.box);
    }
    if (result.kind != SearchResult::Kind::found) {
      continue;
    }
    LintFinding finding;
    finding.kind = LintKind::gap;
    finding.witness = verdict_.sample(result.box);
    finding.message = "no rule matches: " + decided(*finding.witness, Phase::verdict);
    add(std::move(finding));
  }
}

}  // namespace countersign
