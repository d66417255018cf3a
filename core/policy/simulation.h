#pragma once
// A draft held against what happened.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluation.h"

namespace countersign {

/// One JSON object a line: a recorded decision (its `inputs` count) or inputs alone. Errors as for
/// parse_policy_inputs, offsets within the whole text.
Result<std::vector<PolicyInputs>> parse_policy_records(std::string_view lines);

struct SimulationReport {
  std::size_t rows = 0;
  std::array<std::size_t, 4> changes{};                     // by Strictness
  std::array<std::array<std::size_t, 3>, 3> transitions{};  // [active outcome][draft outcome]
  std::array<std::optional<PolicyInputs>, 4> examples;      // the first of each change
};
SimulationReport simulate_policy(const PolicyDocument& active, const PolicyDocument& draft,
                                 Phase phase, const std::vector<PolicyInputs>& rows);

}  // namespace countersign
