#pragma once
// A draft held against what happened.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json_reader.h"
#include "policy/evaluation.h"

namespace countersign {

/// What was decided, and when: before a ceremony or at its end.
struct SimulatedRow {
  PolicyInputs inputs;
  Phase phase = Phase::options;
};
std::vector<SimulatedRow> rows_in(Phase phase, std::vector<PolicyInputs> inputs);
/// Without their phases.
std::vector<PolicyInputs> situations_of(const std::vector<SimulatedRow>& rows);

/// A recorded decision, a line of the audit or of its `policy` (of `inForce`, else `bound`, else
/// `decision`), or inputs alone, which are of `phase`; nothing for a line of the audit without a
/// decision. Errors as for read_policy_inputs.
Result<std::optional<SimulatedRow>> read_policy_record(const JsonValue& value, Phase phase);

struct PolicyRecords {
  std::vector<SimulatedRow> rows;
  std::size_t skipped = 0;  // lines without a decision
};
/// Whether the first line that begins with `{` is one of the audit: a log, in which the program may
/// say something else between.
bool is_audit_log(std::string_view lines);
/// One JSON object a line, as read_policy_record reads it; of a log, lines that do not begin with
/// `{` are skipped. Errors have offsets within the whole text.
Result<PolicyRecords> parse_policy_records(std::string_view lines, Phase phase);
/// Records as above, or a table (table_reader.h), whose rows are of `phase`.
Result<PolicyRecords> parse_policy_decisions(std::string_view text, Phase phase);

struct SimulationReport {
  std::size_t rows = 0;
  std::size_t incomplete = 0;            // of these: some input that a policy asked for is missing
  std::array<std::size_t, 2> phases{};   // by Phase
  std::array<std::size_t, 4> changes{};  // by Strictness
  std::array<std::array<std::size_t, 3>, 3> transitions{};  // [active outcome][draft outcome]
  std::array<std::optional<SimulatedRow>, 4> examples;      // the first of each change
};
/// Each row in its own phase.
SimulationReport simulate_policy(const PolicyDocument& active, const PolicyDocument& draft,
                                 const std::vector<SimulatedRow>& rows);

}  // namespace countersign
