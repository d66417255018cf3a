// Rules that let a cloned passkey pass.

#include <algorithm>

#include "policy/linter.h"

namespace countersign {

// One finding for each rule that accepts a counter that did not advance, where nothing denies it.
void Linter::check_counters() {
  const std::optional<std::size_t> axis = verdict_.axis_of(PolicyInput::authentication_counter);
  if (!axis) {
    return;
  }
  const std::uint32_t clone = verdict_.axes()[*axis].cell_of(kNotAdvanced);
  for (std::uint32_t i = 0; i < document_.rules().size(); ++i) {
    const bool may_accept = rule(i).effect != Outcome::deny &&
                            (rule(i).inputs & mask_of(PolicyInput::authentication_counter)) != 0;
    std::optional<LintFinding> finding;
    for (std::size_t k = 0; may_accept && k < kPolicyCeremonies && !finding; ++k) {
      const auto ceremony = static_cast<PolicyCeremony>(k);
      if (exists_in(row_of(PolicyInput::authentication_counter), ceremony)) {
        Box start = verdict_.whole(ceremony);
        start[*axis] = {clone, clone};
        finding = find_accepting(i, start);
      }
    }
    if (finding) {
      add(std::move(*finding));
    }
  }
}

std::optional<LintFinding> Linter::find_accepting(std::uint32_t index, const Box& start) {
  const auto ceremony = static_cast<PolicyCeremony>(start[0].low);
  // Which of its comparisons of the counter are true is the same all over the box.
  const PolicyInputs sample = verdict_.sample(start);
  if (!accepts_counter(document_, rule(index), resolve_inputs(document_, Phase::verdict, sample))) {
    return std::nullopt;
  }
  const auto question = [&](const Box&, const BoxTruths& truths) -> Step {
    const Look denied = any_of_effect(truths, Outcome::deny, kNoRule);
    if (truths[index] == BoxTruth::no || denied.truth == BoxTruth::yes) {
      return prune();
    }
    if (truths[index] == BoxTruth::mixed) {
      return cut_rule(index, true);
    }
    return denied.truth == BoxTruth::mixed ? denied.step : found();
  };
  const SearchResult result =
      search(verdict_, start, verdict_.possible_rules(ceremony), question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided({index}, "whether it accepts a counter that did not advance", verdict_,
                  result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return std::nullopt;
  }
  LintFinding finding;
  finding.kind = LintKind::counter_accepted;
  finding.rules = {index};
  finding.witness = verdict_.sample(result.box);
  finding.message = "\"" + rule(index).id +
                    "\" lets a counter pass that did not advance, as that of a cloned passkey: " +
                    decided(*finding.witness, Phase::verdict);
  return finding;
}

}  // namespace countersign
