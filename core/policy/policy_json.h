#pragma once
// Inputs and decisions as JSON: what the CLI reads and prints, what the audit keeps, what the
// client may see.

#include <string_view>

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "policy/evaluation.h"

namespace countersign {

/// `{"ceremony":"transaction.approve","amount.base":3001,"payee.known":true,"session.age":"PT5M",
/// "user.roles":["treasurer"]}`. Durations are ISO 8601 or seconds. Errors with offsets:
/// policy_inputs_malformed, policy_input_value_invalid, policy_ceremony_missing; json_*.
Result<PolicyInputs> parse_policy_inputs(std::string_view json);
Result<PolicyInputs> read_policy_inputs(const JsonValue& value);

/// Those of `shown` that are present, as read_policy_inputs reads them. With `masking`, only what
/// the document can tell apart: names that no condition has become "*", members that none has are
/// left out, identifiers become "*".
void write_policy_inputs(JsonWriter& json, const PolicyInputs& inputs, InputMask shown,
                         const PolicyDocument* masking);

/// The requirements as a document would write them; only what is demanded.
void write_requirements(JsonWriter& json, const PolicyDocument& document,
                        const Requirements& requirements);

/// As write_requirements writes them, whatever the document is: of its lists only how many are
/// named, as so many bits. Errors: policy_*.
Result<Requirements> read_written_requirements(const JsonValue& value);

/// `[{"id","effect","truth"}]`: the rules that matched.
void write_rule_matches(JsonWriter& json, const PolicyDocument& document, const Decision& decision);

/// `{"policy","id","revision","phase","outcome","basis","rules":[{"id","effect","truth"}],
/// "requirements":{…},"inputs":{…}}`: for the audit record; inputs are masked.
void write_decision(JsonWriter& json, const PolicyDocument& document, const Decision& decision,
                    const PolicyInputs& inputs);

/// What the client may see: the outcome and what it must do; no rule, no reason, no input.
/// `{"outcome","userVerification"?,"displayTier"?,"approvals"?,"hints"?}`.
void write_client_decision(JsonWriter& json, const Decision& decision);

}  // namespace countersign
