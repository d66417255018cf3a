#pragma once
// What the command line and the API say of a draft that was tried: how many decisions change, and
// whom it locks out.

#include <optional>
#include <string>
#include <vector>

#include "codec/json_writer.h"
#include "policy/lockout.h"
#include "policy/simulation.h"
#include "policy/wording.h"

namespace countersign {

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
/// `"lockout":[{"ceremony","customers","hindered","unsaid","lockedOut"}]`.
void write_simulation_members(JsonWriter& json, const PolicyDocument& active,
                              const PolicyDocument& draft, const SimulationReport& report,
                              std::size_t skipped);
void write_lockout_member(JsonWriter& json, const std::vector<LockoutForecast>& forecast);

}  // namespace countersign
