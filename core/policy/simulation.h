#pragma once
// A draft held against what happened: recorded decisions or a table of inputs.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluation.h"
#include "policy/lockout.h"

namespace countersign {

/// A CSV table (RFC 4180): the first line names inputs ("ceremony", "amount.base", …), each further
/// line is a decision; an empty field is an absent input, members are separated by spaces. Errors:
/// policy_table_malformed, policy_input_value_invalid, policy_ceremony_missing with the offset of
/// the field.
Result<std::vector<PolicyInputs>> parse_policy_table(std::string_view csv);
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

/// One JSON object a line: `{"user","aaguid"?,"modelProved"?,"attestation"?,"certification"?,
/// "backupEligible"?,"algorithm","transports"?,"discoverable"?,"age","format"?,"metadataStatus"?,
/// "backedUp"?,"lastUsedAge"?,"counter"?}`. Errors: policy_credentials_malformed with the offset of
/// the line or value; json_*.
Result<std::vector<EnrolledCredential>> parse_enrolled_credentials(std::string_view lines);
/// One JSON object a line: `{"aaguid","certification","acceptable"?}`. Errors as above.
Result<std::vector<KnownModel>> parse_known_models(std::string_view lines);
}  // namespace countersign
