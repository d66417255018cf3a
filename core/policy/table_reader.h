#pragma once
// A table of inputs, as a spreadsheet writes it.

#include <string_view>
#include <vector>

#include "policy/inputs.h"

namespace countersign {

/// A CSV table (RFC 4180): the first line names inputs ("ceremony", "amount.base", …), each further
/// line is a decision; an empty field is an absent input, members are separated by spaces. Where
/// the first line has no comma, fields are separated by semicolons. Blank lines and a byte order
/// mark do not count. Errors: policy_table_malformed, policy_input_value_invalid,
/// policy_ceremony_missing with the offset of the field.
Result<std::vector<PolicyInputs>> parse_policy_table(std::string_view csv);

}  // namespace countersign
