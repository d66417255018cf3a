#include "policy/policy_json.h"
#include "policy/record_lines.h"
#include "policy/simulation.h"

namespace countersign {

Result<std::vector<PolicyInputs>> parse_policy_records(std::string_view lines) {
  std::vector<PolicyInputs> rows;
  const auto read = [&](std::string_view line) -> Status {
    JsonOptions options;
    options.max_bytes = limits::kMaxPolicyBytes;
    CS_ASSIGN(const JsonValue value, parse_json(line, options));
    const JsonValue* recorded = value.is_object() ? value.find("inputs") : nullptr;
    CS_ASSIGN(PolicyInputs inputs, read_policy_inputs(recorded == nullptr ? value : *recorded));
    rows.push_back(std::move(inputs));
    return ok();
  };
  CS_TRY(for_each_line(lines, read));
  return rows;
}

}  // namespace countersign
