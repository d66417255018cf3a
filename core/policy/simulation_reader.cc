#include "policy/policy_json.h"
#include "policy/record_lines.h"
#include "policy/simulation.h"
#include "policy/table_reader.h"

namespace countersign {
namespace {

const JsonValue* find_object(const JsonValue& value, std::string_view name) {
  const JsonValue* found = value.find(name);
  return found != nullptr && found->is_object() ? found : nullptr;
}

// What a ceremony began under may have been replaced since: what was in force when it was decided
// is closer to what is now.
const JsonValue* find_decision(const JsonValue& trace) {
  for (const std::string_view name : {"inForce", "bound", "decision"}) {
    const JsonValue* decision = find_object(trace, name);
    if (decision != nullptr && decision->find("inputs") != nullptr) {
      return decision;
    }
  }
  return nullptr;
}

Result<Phase> read_phase(const JsonValue& decision, Phase otherwise) {
  const JsonValue* phase = decision.find("phase");
  if (phase == nullptr) {
    return otherwise;
  }
  for (const Phase one : {Phase::options, Phase::verdict}) {
    if (phase->is_string() && phase->string == phase_name(one)) {
      return one;
    }
  }
  return Error{ErrorCode::policy_inputs_malformed, Check::none, phase->offset};
}

// A policy that has no condition on the counter records none. Unknown, it would be denied: of what
// was not refused for its counter it had advanced.
Status complete_counter(const JsonValue& decision, SimulatedRow& row) {
  constexpr PolicyInput kCounterInput = PolicyInput::authentication_counter;
  const JsonValue* basis = decision.find("basis");
  const bool is_recorded = basis != nullptr && basis->is_string();
  if (row.phase != Phase::verdict || row.inputs.has(kCounterInput) || !is_recorded ||
      basis->string == decision_basis_name(DecisionBasis::counter_not_advanced) ||
      !exists_in(row_of(kCounterInput), row.inputs.ceremony())) {
    return ok();
  }
  return row.inputs.set_text(kCounterInput, "advanced");
}

bool is_object_line(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first != std::string_view::npos && line[first] == '{';
}

}  // namespace

Result<std::optional<SimulatedRow>> read_policy_record(const JsonValue& value, Phase phase) {
  if (!value.is_object()) {
    CS_ASSIGN(PolicyInputs none, read_policy_inputs(value));
    return std::optional<SimulatedRow>(SimulatedRow{std::move(none), phase});
  }
  const JsonValue* decision = value.find("inputs") != nullptr ? &value : find_decision(value);
  // No input has either name.
  const bool is_audit = value.find("event") != nullptr || value.find("inForce") != nullptr;
  if (decision == nullptr && is_audit) {
    const JsonValue* trace = find_object(value, "policy");
    decision = trace == nullptr ? nullptr : find_decision(*trace);
    if (decision == nullptr) {
      return std::optional<SimulatedRow>();
    }
  }
  if (decision == nullptr) {
    CS_ASSIGN(PolicyInputs inputs, read_policy_inputs(value));
    return std::optional<SimulatedRow>(SimulatedRow{std::move(inputs), phase});
  }
  CS_ASSIGN(const Phase decided_in, read_phase(*decision, phase));
  CS_ASSIGN(PolicyInputs inputs, read_policy_inputs(*decision->find("inputs")));
  SimulatedRow row{std::move(inputs), decided_in};
  CS_TRY(complete_counter(*decision, row));
  return std::optional<SimulatedRow>(std::move(row));
}

bool is_audit_log(std::string_view lines) {
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line = lines.substr(at, end - at);
    if (is_object_line(line)) {
      JsonOptions options;
      options.max_bytes = limits::kMaxPolicyBytes;
      const Result<JsonValue> value = parse_json(line, options);
      return value.has_value() && value->find("event") != nullptr;
    }
    at = end + 1;
  }
  return false;
}

Result<PolicyRecords> parse_policy_records(std::string_view lines, Phase phase) {
  PolicyRecords records;
  const bool is_log = is_audit_log(lines);
  const auto read = [&](std::string_view line) -> Status {
    if (is_log && !is_object_line(line)) {
      ++records.skipped;  // what else the program printed
      return ok();
    }
    JsonOptions options;
    options.max_bytes = limits::kMaxPolicyBytes;
    CS_ASSIGN(const JsonValue value, parse_json(line, options));
    CS_ASSIGN(std::optional<SimulatedRow> row, read_policy_record(value, phase));
    if (row) {
      records.rows.push_back(std::move(*row));
    } else {
      ++records.skipped;
    }
    return ok();
  };
  CS_TRY(for_each_line(lines, read));
  return records;
}

Result<PolicyRecords> parse_policy_decisions(std::string_view text, Phase phase) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && (text[begin] == '{' || is_audit_log(text))) {
    return parse_policy_records(text, phase);
  }
  CS_ASSIGN(std::vector<PolicyInputs> inputs, parse_policy_table(text));
  return PolicyRecords{rows_in(phase, std::move(inputs)), 0};
}

}  // namespace countersign
