#pragma once
// What the command line and the API say of policies: tables for people, JSON for machines. Of
// simulations: simulation_pages.h.

#include <string>
#include <string_view>
#include <vector>

#include "policy/diff.h"
#include "policy/explanation.h"
#include "policy/lint.h"
#include "policy/policy_json.h"

namespace countersign {

std::string lint_page(std::string_view file, const PolicyDocument& document,
                      const LintReport& report);
std::string lint_json(std::string_view file, const PolicyDocument& document,
                      const LintReport& report);
/// `[{"kind","severity","rules","moreRules"?,"phase","message","witness"?,"largerWitness"?}]`.
std::string findings_json(const PolicyDocument& document, const LintReport& report);
/// `[{"kind","severity","count"}]`: how many more there are.
std::string omitted_json(const LintReport& report);

/// What each action demands: a row for each ceremony and condition.
std::string overview_page(const PolicyDocument& document, const Money& money);

std::string explain_page(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs,
                         const Money& money);
std::string explain_json(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs,
                         const Money& money);

std::string diff_page(const PolicyDocument& before, const PolicyDocument& after,
                      const DiffReport& report, const Money& money);
std::string diff_json(const PolicyDocument& before, const PolicyDocument& after,
                      const DiffReport& report);

}  // namespace countersign
