#pragma once
// What `countersign policy` prints: tables for people, JSON for machines.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/diff.h"
#include "policy/explanation.h"
#include "policy/lint.h"
#include "policy/policy_json.h"
#include "policy/simulation.h"

namespace countersign::cli {

/// JSON Schema of policy documents for editors (docs/policy.schema.json), from the core's tables.
std::string policy_schema();

std::string lint_page(std::string_view file, const PolicyDocument& document,
                      const LintReport& report);
std::string lint_json(std::string_view file, const PolicyDocument& document,
                      const LintReport& report);
/// `[{"kind","severity","rules","phase","message","witness"?,"largerWitness"?}]`.
std::string findings_json(const PolicyDocument& document, const LintReport& report);

std::string explain_page(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs);
std::string explain_json(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs);

std::string diff_page(const PolicyDocument& before, const PolicyDocument& after,
                      const DiffReport& report);
std::string diff_json(const PolicyDocument& before, const PolicyDocument& after,
                      const DiffReport& report);

using Forecast = std::optional<std::vector<LockoutForecast>>;
std::string simulation_page(const PolicyDocument& active, const PolicyDocument& draft, Phase phase,
                            const SimulationReport& report, const Forecast& forecast);
std::string simulation_json(const PolicyDocument& active, const PolicyDocument& draft, Phase phase,
                            const SimulationReport& report, const Forecast& forecast);

}  // namespace countersign::cli
