#include "policy/lint_questions.h"

namespace countersign {
namespace {

// First rule that is mixed, requires, and makes the predicate true.
template <class Predicate>
std::uint32_t find_mixed(const PolicyDocument& document, const BoxTruths& truths,
                         Predicate predicate) {
  for (std::uint32_t i = 0; i < truths.size(); ++i) {
    if (truths[i] == BoxTruth::mixed && document.rules()[i].effect == Outcome::require &&
        predicate(document.rules()[i].requirements)) {
      return i;
    }
  }
  return kNoRule;
}

bool is_bound(const Requirements& one) { return one.binding != KeyBinding::any; }
bool is_attested(const Requirements& one) { return one.attestation != AttestationConveyance::none; }
bool is_many(const Requirements& one) { return one.approvals > 1; }
bool is_distinct(const Requirements& one) { return one.has_distinct_approvers; }

}  // namespace

void Linter::check_requirements() {
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    const auto ceremony = static_cast<PolicyCeremony>(i);
    check_satisfiable(ceremony);
    check_binding(ceremony);
    check_approvers(ceremony);
  }
}

// Empty where some authenticator can meet them.
std::string_view Linter::why_unsatisfiable(const Requirements& requirements) const {
  if (requirements.algorithms == 0) {
    return "no algorithm is left";
  }
  if (requirements.transports == 0) {
    return "no transport is left";
  }
  if (requirements.cooling_off > requirements.credential_age) {
    return "a credential would have to be older and younger at once";
  }
  if (requirements.allow_lists != 0) {
    bool has_model = false;
    for (std::size_t i = 0; i < document_.lists().size(); ++i) {
      if ((requirements.allow_lists >> i & 1U) == 0) {
        continue;
      }
      for (const std::string& model : document_.lists()[i].models) {
        has_model = has_model || is_model_allowed(document_, requirements, model);
      }
    }
    if (!has_model) {
      return "no model is left of the lists";
    }
  }
  if (!settings_.models || !needs_proved_model(requirements)) {
    return "";
  }
  for (const KnownModel& model : *settings_.models) {
    if (model.is_acceptable && model.certification >= requirements.minimum_certification &&
        (model.algorithms & requirements.algorithms) != 0 &&
        (model.aaguid.empty() || is_model_allowed(document_, requirements, model.aaguid))) {
      return "";
    }
  }
  return "no model of the loaded metadata is certified so high, listed and acceptable";
}

void Linter::check_satisfiable(PolicyCeremony ceremony) {
  const auto question = [&](const Box& box, const BoxTruths& truths) {
    const Look denied = denial(verdict_, box, truths, kNoRule);
    const Demands demanded = demands(truths, kNoRule);
    if (denied.truth == BoxTruth::yes || why_unsatisfiable(demanded.most).empty()) {
      return prune();
    }
    if (why_unsatisfiable(demanded.least).empty()) {
      return cut_rule(find_mixed(document_, truths, [](const Requirements&) { return true; }),
                      true);
    }
    return denied.truth == BoxTruth::mixed ? denied.step : found();
  };
  const std::vector<std::uint32_t> relevant = possible_rules(verdict_, ceremony);
  const SearchResult result =
      search(verdict_, verdict_.whole(ceremony), relevant, question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided(relevant, "whether an authenticator can meet what is demanded", verdict_,
                  result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return;
  }
  LintFinding finding;
  finding.kind = LintKind::unsatisfiable;
  finding.severity = Severity::error;
  finding.witness = verdict_.sample(result.box);
  Requirements least;
  for (std::uint32_t i = 0; i < result.truths.size(); ++i) {
    if (result.truths[i] == BoxTruth::yes && rule(i).effect == Outcome::require) {
      join(least, rule(i).requirements);
      finding.rules.push_back(i);
    }
  }
  finding.message = "no authenticator can meet this (" + std::string(why_unsatisfiable(least)) +
                    "): " + decided(*finding.witness, Phase::verdict);
  add(std::move(finding));
}

namespace {

// Something is demanded (`has`) without what gives it force (`backs`).
template <class Has, class Backs>
Step question_unbacked(const PolicyDocument& document, const BoxTruths& truths,
                       const Requirements& least, const Requirements& most, Has has, Backs backs) {
  if (!has(most) || backs(least)) {
    return prune();
  }
  if (!has(least)) {
    return cut_rule(find_mixed(document, truths, has), true);
  }
  const std::uint32_t backing = find_mixed(document, truths, backs);
  return backing == kNoRule ? found() : cut_rule(backing, false);
}

}  // namespace

void Linter::check_binding(PolicyCeremony ceremony) {
  const std::vector<std::uint32_t> relevant = possible_rules(verdict_, ceremony);
  const auto question = [&](const Box& box, const BoxTruths& truths) {
    const Look denied = denial(verdict_, box, truths, kNoRule);
    if (denied.truth == BoxTruth::yes) {
      return prune();
    }
    const Demands demanded = demands(truths, kNoRule);
    const Step step =
        question_unbacked(document_, truths, demanded.least, demanded.most, is_bound, is_attested);
    return step.kind == Step::Kind::found && denied.truth == BoxTruth::mixed ? denied.step : step;
  };
  const SearchResult result =
      search(verdict_, verdict_.whole(ceremony), relevant, question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided(relevant, "whether a device-bound key is always attested", verdict_, result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return;
  }
  LintFinding finding;
  finding.kind = LintKind::advisory_binding;
  finding.witness = verdict_.sample(result.box);
  for (std::uint32_t i = 0; i < result.truths.size(); ++i) {
    if (result.truths[i] == BoxTruth::yes && is_bound(rule(i).requirements)) {
      finding.rules.push_back(i);
    }
  }
  finding.message = "the binding is advisory, no attestation proves it: " +
                    decided(*finding.witness, Phase::verdict);
  add(std::move(finding));
}

void Linter::check_approvers(PolicyCeremony ceremony) {
  const std::vector<std::uint32_t> relevant = possible_rules(verdict_, ceremony);
  const auto question = [&](const Box& box, const BoxTruths& truths) {
    const Look denied = denial(verdict_, box, truths, kNoRule);
    if (denied.truth == BoxTruth::yes) {
      return prune();
    }
    const Demands demanded = demands(truths, kNoRule);
    const Step step =
        question_unbacked(document_, truths, demanded.least, demanded.most, is_many, is_distinct);
    return step.kind == Step::Kind::found && denied.truth == BoxTruth::mixed ? denied.step : step;
  };
  const SearchResult result =
      search(verdict_, verdict_.whole(ceremony), relevant, question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided(relevant, "whether approvers are always different people", verdict_, result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return;
  }
  LintFinding finding;
  finding.kind = LintKind::single_approver;
  finding.severity = Severity::error;
  finding.witness = verdict_.sample(result.box);
  for (std::uint32_t i = 0; i < result.truths.size(); ++i) {
    if (result.truths[i] == BoxTruth::yes && is_many(rule(i).requirements)) {
      finding.rules.push_back(i);
    }
  }
  finding.message =
      "one person can give all approvals: " + decided(*finding.witness, Phase::verdict);
  add(std::move(finding));
}

}  // namespace countersign
