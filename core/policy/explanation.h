#pragma once
// Why a decision is as it is: every rule of the ceremony with its comparisons.

#include <string>
#include <vector>

#include "codec/json_writer.h"
#include "policy/evaluation.h"
#include "policy/wording.h"

namespace countersign {

struct ConditionExplanation {
  std::size_t depth = 0;
  std::string text;  // "all of", "any of", "amount.base more than 30.00 EUR"
  Truth truth = Truth::no;
};

struct RuleExplanation {
  std::uint32_t rule = 0;
  Truth truth = Truth::no;
  std::vector<ConditionExplanation> conditions;
};

/// The rules whose condition can hold in the inputs' ceremony, in the document's order.
std::vector<RuleExplanation> explain_rules(const PolicyDocument& document, Phase phase,
                                           const PolicyInputs& inputs, const Money& money);

/// What the rules asked for, or the signature counter, that should be known and is not.
InputMask missing_inputs(const PolicyDocument& document, const Decision& decision,
                         const PolicyInputs& inputs);

/// "a transfer of 25.00 EUR needs user verification required; not known: risk.score"
std::string explain_in_a_sentence(const PolicyDocument& document, const Decision& decision,
                                  const PolicyInputs& inputs, const Money& money);

/// `{"sentence","missing":["risk.score"],"decision":{…},
/// "rules":[{"id","effect","truth","conditions":[{"depth","text","truth"}]}]}`.
void write_explanation(JsonWriter& json, const PolicyDocument& document, Phase phase,
                       const PolicyInputs& inputs, const Money& money);

}  // namespace countersign
