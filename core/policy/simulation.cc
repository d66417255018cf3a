#include "policy/simulation.h"

namespace countersign {

SimulationReport simulate_policy(const PolicyDocument& active, const PolicyDocument& draft,
                                 Phase phase, const std::vector<PolicyInputs>& rows) {
  SimulationReport report;
  for (const PolicyInputs& row : rows) {
    const Decision before = evaluate(active, phase, row);
    const Decision after = evaluate(draft, phase, row);
    const auto change = static_cast<std::size_t>(compare_decisions(active, before, draft, after));
    ++report.rows;
    ++report.changes[change];
    ++report.transitions[static_cast<std::size_t>(before.outcome)]
                        [static_cast<std::size_t>(after.outcome)];
    if (!report.examples[change]) {
      report.examples[change] = row;
    }
  }
  return report;
}

}  // namespace countersign
