#pragma once
// Intents: what is to be done, in the API's form (JSON) and frozen (what is bound).

#include <optional>
#include <string>

#include "codec/canonical_cbor.h"
#include "codec/json_reader.h"
#include "crypto/hasher.h"
#include "transaction/binding.h"
#include "transaction/template.h"

namespace countersign {

/// From `{"type","fields"}` of the API to the frozen form, with the types of the template's fields.
/// What the template limits is for check_intent. Errors, with the offset of the value in the JSON:
/// intent_malformed, intent_type_mismatch, intent_field_unknown, intent_field_type_mismatch, those
/// of parse_amount, parse_iban and make_account.
Result<CanonicalValue> freeze_intent(const Template& source, const JsonValue& intent);

struct IntentProblem {
  Error error;              // of a text: the offset in that text
  std::string field;        // "creditor", "payees[2].amount"
  char32_t code_point = 0;  // of a text
};

/// The first rule that a frozen intent breaks: everything freeze_intent asks, and the template's
/// limits: intent_field_missing, intent_value_out_of_range, intent_value_not_offered,
/// intent_constraint_violated, amount_not_positive, date_malformed, batch_lines_invalid,
/// text_length_wrong and the other codes of find_text_problem and find_value_in_name.
std::optional<IntentProblem> find_intent_problem(const Template& source,
                                                 const CanonicalValue& frozen);

/// The same as a Status.
Status check_intent(const Template& source, const CanonicalValue& frozen);

/// Frozen and checked.
Result<CanonicalValue> make_intent(const Template& source, const JsonValue& intent);

}  // namespace countersign
