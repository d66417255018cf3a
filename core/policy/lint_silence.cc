// What is not said: where the backend says nothing, where an input is left out, and what nobody
// can say.

#include <algorithm>
#include <bit>

#include "policy/linter.h"
#include "policy/silence.h"

namespace countersign {
namespace {

// Ceremonies that a browser may begin by itself: no backend says anything of them then.
constexpr PolicyCeremony kOfBrowsers[] = {
    PolicyCeremony::registration,   PolicyCeremony::authenticate,
    PolicyCeremony::credential_add, PolicyCeremony::credential_remove,
    PolicyCeremony::pairing_login,  PolicyCeremony::recovery};

// The cell of what an input is when nothing unusual happens.
std::uint32_t ordinary_cell(const Axis& axis, const PolicyInputs& plain) {
  if (!axis.names.empty() || !axis.member.empty()) {
    return 0;
  }
  const auto above =
      std::upper_bound(axis.firsts.begin(), axis.firsts.end(), plain.number(axis.input));
  return static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(above - axis.firsts.begin(), 1) - 1);
}

// Where the backend says what is ordinary, whatever the store and the server know.
Box where_all_is_ordinary(const Space& space, PolicyCeremony ceremony) {
  Box box = space.whole(ceremony);
  const PolicyInputs plain = space.sample(box);
  for (std::size_t i = 1; i < box.size(); ++i) {
    const Axis& axis = space.axes()[i];
    if (row_of(axis.input).owner == InputOwner::backend) {
      const std::uint32_t cell = ordinary_cell(axis, plain);
      box[i] = {cell, cell};
    }
  }
  return box;
}

InputMask existing_inputs(PolicyCeremony ceremony) {
  InputMask inputs = 0;
  for (const InputRow& row : policy_inputs()) {
    inputs |= exists_in(row, ceremony) && row.id != PolicyInput::ceremony ? mask_of(row.id) : 0;
  }
  return inputs;
}

}  // namespace

// By itself: with a denial, or with a demand that only a model that is proved can meet.
bool Linter::can_refuse(std::uint32_t index) const {
  switch (rule(index).effect) {
    case Outcome::deny:
      return true;
    case Outcome::require:
      return needs_proved_model(rule(index).requirements);
    case Outcome::exempt:
      break;
  }
  return false;
}

// The first rule about the risk of a sign-in ends every sign-in of which no risk is said: what is
// not said counts as matched for a denial, and for a demand.
void Linter::check_silence() {
  if ((document_.inputs() & inputs_of_backend()) == 0) {
    return;
  }
  const Space silent(documents_, Phase::verdict, cuts_, inputs_of_backend());
  for (const PolicyCeremony ceremony : kOfBrowsers) {
    std::vector<bool> is_told(document_.rules().size(), false);
    for (const std::uint32_t index : silent.possible_rules(ceremony)) {
      if (is_told[index] || !can_refuse(index) || (rule(index).inputs & inputs_of_backend()) == 0) {
        continue;
      }
      if (std::optional<LintFinding> finding = find_silenced(silent, ceremony, index)) {
        for (const std::uint32_t other : finding->rules) {
          is_told[other] = true;
        }
        add(std::move(*finding));
      }
    }
  }
}

// Where the rule refuses because nothing is said, and nothing refuses where it is.
std::optional<LintFinding> Linter::find_silenced(const Space& silent, PolicyCeremony ceremony,
                                                 std::uint32_t index) {
  const bool is_denial = rule(index).effect == Outcome::deny;
  const auto question = [&](const Box& box, const BoxTruths& truths) -> Step {
    const BoxTruth unsaid = silent.truth(index, box);
    const Look denied = any_of_effect(truths, Outcome::deny, kNoRule);
    if (unsaid == BoxTruth::no || truths[index] == BoxTruth::yes || denied.truth == BoxTruth::yes) {
      return prune();
    }
    if (unsaid == BoxTruth::mixed) {
      return cut_axis(silent.find_cut(index, box));
    }
    if (truths[index] == BoxTruth::mixed) {
      return cut_rule(index, false);
    }
    if (denied.truth == BoxTruth::mixed) {
      return denied.step;
    }
    std::uint32_t refusing = kNoRule;
    bool has_demand = false;
    for (std::uint32_t i = 0; i < truths.size(); ++i) {
      if (rule(i).effect != Outcome::require || truths[i] == BoxTruth::no) {
        continue;
      }
      has_demand = has_demand || truths[i] == BoxTruth::yes;
      if (!is_denial && can_refuse(i)) {
        if (truths[i] == BoxTruth::yes) {
          return prune();
        }
        refusing = i;
      }
    }
    if (refusing != kNoRule) {
      return cut_rule(refusing, false);
    }
    if (!has_demand && document_.default_outcome() == Outcome::deny) {
      Look demanded = any_of_effect(truths, Outcome::require, kNoRule);
      demanded.step.is_yes_first = true;
      return demanded.truth == BoxTruth::mixed ? demanded.step : prune();
    }
    for (std::uint32_t i = 0; i < truths.size() && !is_denial; ++i) {
      const BoxTruth silenced =
          rule(i).effect == Outcome::deny ? silent.truth(i, box) : BoxTruth::no;
      if (silenced != BoxTruth::no) {  // nobody gets as far as the demand
        return silenced == BoxTruth::yes ? prune() : cut_axis(silent.find_cut(i, box));
      }
    }
    return found();
  };
  Box start = where_all_is_ordinary(verdict_, ceremony);
  leave_out_clones(verdict_, start);
  const SearchResult result =
      search(verdict_, start, verdict_.possible_rules(ceremony), question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided({index}, "whether whoever says nothing is refused", verdict_, result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return std::nullopt;
  }
  LintFinding finding;
  finding.kind = LintKind::unsaid_denied;
  finding.witness = silent.sample(result.box);
  PolicyInputs before = *finding.witness;
  for (const InputRow& row : policy_inputs()) {
    if (row.phase == Phase::verdict) {
      before.clear(row.id);
    }
  }
  Decision decision = evaluate(document_, Phase::options, before);
  if (std::find(decision.matches.begin(), decision.matches.end(),
                RuleMatch{index, Truth::unknown}) != decision.matches.end()) {
    finding.phase = Phase::options;
    finding.witness = std::move(before);
  } else {
    decision = evaluate(document_, Phase::verdict, *finding.witness);
  }
  InputMask asked = 0;
  for (const RuleMatch& match : decision.matches) {
    const bool is_alike = rule(match.rule).effect == rule(index).effect && can_refuse(match.rule);
    if (match.truth == Truth::unknown && is_alike) {
      finding.rules.push_back(match.rule);
      asked |= rule(match.rule).inputs & ~finding.witness->present();
    }
  }
  finding.message = "\"" + rule(finding.rules.front()).id + "\" " +
                    (is_denial ? "denies whoever does not say "
                               : "demands a proved model of whoever does not say ") +
                    input_names(asked & inputs_of_backend()) +
                    ", as where a browser begins: " + decided(*finding.witness, finding.phase);
  return finding;
}

// Two demands that exclude each other join where it is not said which of them applies. An approval
// of a policy has its own question: what is not said there nobody can say.
void Linter::check_unsaid_demands(const Space& unsaid, PolicyCeremony ceremony) {
  if (ceremony == PolicyCeremony::policy_publish) {
    return;
  }
  Box start = unsaid.whole(ceremony);
  leave_out_clones(unsaid, start);
  std::optional<LintFinding> finding = find_unsatisfiable(
      unsaid, start,
      "whether an authenticator can meet what is demanded where something is not said");
  if (!finding) {
    return;
  }
  InputMask asked = 0;
  for (const std::uint32_t index : finding->rules) {
    asked |= rule(index).inputs;
  }
  asked &= existing_inputs(ceremony) & ~finding->witness->present();
  finding->message = "no authenticator can meet this where " + input_names(asked) +
                     (std::popcount(asked) == 1 ? " is" : " are") + " not said " + finding->message;
  add(std::move(*finding));
}

void Linter::check_never_known() {
  for (const PolicyCeremony ceremony :
       {PolicyCeremony::credential_add, PolicyCeremony::policy_publish}) {
    const InputMask never = never_known_inputs(ceremony);
    std::optional<Space> space;
    for (std::uint32_t i = 0; i < document_.rules().size(); ++i) {
      if ((rule(i).inputs & never) == 0 ||
          (rule(i).ceremonies >> static_cast<unsigned>(ceremony) & 1U) == 0) {
        continue;
      }
      if (!space) {
        space.emplace(documents_, Phase::verdict, std::span<const ExtraCut>(), never,
                      SpaceDetail::certainties);
      }
      check_never_known(*space, ceremony, i);
    }
  }
}

// Whether the rule matches there only because what it asks is never known.
void Linter::check_never_known(const Space& space, PolicyCeremony ceremony, std::uint32_t index) {
  const auto certainly = static_cast<std::uint32_t>(document_.rules().size() + index);
  const auto question = [&](const Box&, const BoxTruths& truths) {
    if (truths[index] == BoxTruth::no || truths[certainly] == BoxTruth::yes) {
      return prune();
    }
    if (truths[index] == BoxTruth::mixed) {
      return cut_rule(index, true);
    }
    return truths[certainly] == BoxTruth::mixed ? cut_rule(certainly, false) : found();
  };
  const std::uint32_t relevant[] = {index, certainly};
  const SearchResult result = search(space, space.whole(ceremony), relevant, question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided({index}, "whether it asks what is never known", space, result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return;
  }
  LintFinding finding;
  finding.kind = LintKind::never_known;
  finding.rules = {index};
  finding.witness = space.sample(result.box);
  finding.message =
      "\"" + rule(index).id + "\" asks for " +
      input_names(rule(index).inputs & never_known_inputs(ceremony) & existing_inputs(ceremony)) +
      ", which nobody knows there, and counts as matched: " +
      decided(*finding.witness, Phase::verdict);
  add(std::move(finding));
}

}  // namespace countersign
