#include "policy/simulation.h"

#include "policy/explanation.h"

namespace countersign {

std::vector<SimulatedRow> rows_in(Phase phase, std::vector<PolicyInputs> inputs) {
  std::vector<SimulatedRow> rows;
  rows.reserve(inputs.size());
  for (PolicyInputs& one : inputs) {
    rows.push_back({std::move(one), phase});
  }
  return rows;
}

std::vector<PolicyInputs> situations_of(const std::vector<SimulatedRow>& rows) {
  std::vector<PolicyInputs> situations;
  situations.reserve(rows.size());
  for (const SimulatedRow& row : rows) {
    situations.push_back(row.inputs);
  }
  return situations;
}

SimulationReport simulate_policy(const PolicyDocument& active, const PolicyDocument& draft,
                                 const std::vector<SimulatedRow>& rows) {
  SimulationReport report;
  for (const SimulatedRow& row : rows) {
    const Decision before = decide(active, row.phase, row.inputs);
    const Decision after = decide(draft, row.phase, row.inputs);
    const auto change = static_cast<std::size_t>(compare_decisions(active, before, draft, after));
    ++report.rows;
    ++report.phases[static_cast<std::size_t>(row.phase)];
    const InputMask missing =
        missing_inputs(active, before, row.inputs) | missing_inputs(draft, after, row.inputs);
    report.incomplete += missing != 0 ? 1 : 0;
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
