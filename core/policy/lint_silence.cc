#include "policy/linter.h"
#include "policy/silence.h"

namespace countersign {
namespace {

// Ceremonies that a browser may begin by itself: no backend says anything of them then.
constexpr PolicyCeremony kOfBrowsers[] = {
    PolicyCeremony::registration,   PolicyCeremony::authenticate,
    PolicyCeremony::credential_add, PolicyCeremony::credential_remove,
    PolicyCeremony::pairing_login,  PolicyCeremony::recovery};

}  // namespace

// The first rule about the risk of a sign-in ends every sign-in of which no risk is said: what is
// not said counts as matched for a denial.
void Linter::check_silence() {
  for (const PolicyCeremony ceremony : kOfBrowsers) {
    PolicyInputs plain = options_.sample(options_.whole(ceremony));
    if (evaluate(document_, Phase::options, plain).outcome == Outcome::deny) {
      continue;
    }
    LintFinding finding;
    finding.witness = without_backend(std::move(plain));
    finding.phase = Phase::options;
    const Decision decision = evaluate(document_, Phase::options, *finding.witness);
    if (decision.outcome != Outcome::deny) {
      continue;
    }
    InputMask asked = 0;
    for (const RuleMatch& match : decision.matches) {
      if (match.truth == Truth::unknown && rule(match.rule).effect == Outcome::deny) {
        finding.rules.push_back(match.rule);
        asked |= rule(match.rule).inputs & ~finding.witness->present();
      }
    }
    if (finding.rules.empty()) {
      continue;  // a gap: check_gaps
    }
    std::string names;
    for (const InputRow& row : policy_inputs()) {
      if ((asked & mask_of(row.id)) != 0 && row.owner == InputOwner::backend) {
        names += (names.empty() ? "" : ", ") + std::string(row.name);
      }
    }
    finding.kind = LintKind::unsaid_denied;
    finding.message = "\"" + rule(finding.rules.front()).id + "\" denies whoever does not say " +
                      names +
                      ", as where a browser begins: " + decided(*finding.witness, Phase::options);
    add(std::move(finding));
  }
}

}  // namespace countersign
