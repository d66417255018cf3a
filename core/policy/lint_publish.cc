#include <algorithm>

#include "policy/enforcement.h"
#include "policy/linter.h"

namespace countersign {
namespace {

constexpr std::int64_t kHours = 24;
constexpr std::int64_t kDays = 7;
constexpr std::int64_t kMonday = 0;
constexpr std::int64_t kNoon = 12;

// What a server knows of an approval before its credential: the time, and that the ceremony is the
// sign-in itself. It knows no risk, channel, role or session: a condition on those is unknown,
// which counts for a denial.
PolicyInputs approval_at(std::int64_t weekday, std::int64_t hour) {
  PolicyInputs inputs(PolicyCeremony::policy_publish);
  (void)inputs.set_number(PolicyInput::authentication_age, 0);
  (void)inputs.set_number(PolicyInput::time_weekday, weekday);
  (void)inputs.set_number(PolicyInput::time_hour, hour);
  return inputs;
}

}  // namespace

void Linter::check_publishing() {
  const auto never_met = [&](const Requirements& requirements) {
    return never_met_kinds(requirements, PolicyCeremony::policy_publish, settings_.tiers);
  };
  const auto lets_approve = [&](const Decision& decision) {
    return decision.outcome == Outcome::require && never_met(decision.requirements) == 0;
  };
  for (std::int64_t weekday = 0; weekday < kDays; ++weekday) {
    for (std::int64_t hour = 0; hour < kHours; ++hour) {
      if (lets_approve(evaluate(document_, Phase::options, approval_at(weekday, hour)))) {
        return;
      }
    }
  }
  LintFinding finding;
  finding.kind = LintKind::publish_locked_out;
  finding.severity = Severity::error;
  finding.phase = Phase::options;
  finding.witness = approval_at(kMonday, kNoon);
  const Decision decision = evaluate(document_, Phase::options, *finding.witness);
  for (const RuleMatch& match : decision.matches) {
    const PolicyRule& matched = rule(match.rule);
    const bool stands_in_the_way =
        decision.outcome == Outcome::deny
            ? matched.effect == Outcome::deny && match.truth >= Truth::unknown
            : never_met(matched.requirements) != 0;
    if (stands_in_the_way) {
      finding.rules.push_back(match.rule);
    }
  }
  finding.message =
      "no administrator could ever replace it: " + decided(*finding.witness, Phase::options);
  add(std::move(finding));
}

}  // namespace countersign
