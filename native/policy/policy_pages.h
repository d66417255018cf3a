#pragma once
// What the command line and the API say of policies: tables for people, JSON for machines.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/diff.h"
#include "policy/explanation.h"
#include "policy/lint.h"
#include "policy/lockout.h"
#include "policy/policy_json.h"
#include "policy/simulation.h"

namespace countersign {

std::string lint_page(std::string_view file, const PolicyDocument& document,
                      const LintReport& report);
std::string lint_json(std::string_view file, const PolicyDocument& document,
                      const LintReport& report);
/// `[{"kind","severity","rules","phase","message","witness"?,"largerWitness"?}]`.
std::string findings_json(const PolicyDocument& document, const LintReport& report);

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

using Forecast = std::optional<std::vector<LockoutForecast>>;
/// `skipped`: of the recorded lines, those without a decision.
std::string simulation_page(const PolicyDocument& active, const PolicyDocument& draft,
                            const SimulationReport& report, std::size_t skipped,
                            const Forecast& forecast, const Money& money);
std::string simulation_json(const PolicyDocument& active, const PolicyDocument& draft,
                            const SimulationReport& report, std::size_t skipped,
                            const Forecast& forecast);
/// Members of what simulation_json makes, for those who add to it: `"active","draft","rows",
/// "phases":{"options","verdict"},"skipped","incomplete","changes","transitions"`, and
/// `"lockout":[{"ceremony","customers","hindered","lockedOut"}]`.
void write_simulation_members(JsonWriter& json, const PolicyDocument& active,
                              const PolicyDocument& draft, const SimulationReport& report,
                              std::size_t skipped);
void write_lockout_member(JsonWriter& json, const std::vector<LockoutForecast>& forecast);

}  // namespace countersign
