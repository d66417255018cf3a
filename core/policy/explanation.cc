#include "policy/explanation.h"

#include "policy/policy_json.h"

namespace countersign {
namespace {

// Adds a node and what is below; returns its truth.
Truth explain_node(const PolicyDocument& document, std::uint32_t at, std::size_t depth,
                   const ResolvedInputs& inputs, const Money& money,
                   std::vector<ConditionExplanation>& out) {
  const PolicyNode& node = document.nodes()[at];
  const std::size_t place = out.size();
  out.emplace_back();
  out[place].depth = depth;
  if (node.kind == PolicyNode::Kind::leaf) {
    const PolicyLeaf& leaf = document.leaves()[node.leaf];
    out[place].text = describe_leaf(document, leaf, money);
    out[place].truth = truth_of_leaf(document, leaf, inputs);
    return out[place].truth;
  }
  const bool is_all = node.kind == PolicyNode::Kind::all;
  out[place].text = is_all ? "all of" : "any of";
  Truth truth = is_all ? Truth::yes : Truth::no;
  for (std::uint32_t part = at + 1; part < node.end; part = document.nodes()[part].end) {
    const Truth one = explain_node(document, part, depth + 1, inputs, money, out);
    truth = is_all ? std::min(truth, one) : std::max(truth, one);
  }
  out[place].truth = truth;
  return truth;
}

}  // namespace

std::vector<RuleExplanation> explain_rules(const PolicyDocument& document, Phase phase,
                                           const PolicyInputs& inputs, const Money& money) {
  const ResolvedInputs resolved = resolve_inputs(document, phase, inputs);
  std::vector<RuleExplanation> rules;
  for (std::uint32_t i = 0; i < document.rules().size(); ++i) {
    const PolicyRule& rule = document.rules()[i];
    if ((rule.ceremonies >> static_cast<unsigned>(inputs.ceremony()) & 1U) == 0) {
      continue;
    }
    RuleExplanation explained;
    explained.rule = i;
    explained.truth =
        explain_node(document, rule.first_node, 0, resolved, money, explained.conditions);
    rules.push_back(std::move(explained));
  }
  return rules;
}

InputMask missing_inputs(const PolicyDocument& document, const Decision& decision,
                         const PolicyInputs& inputs) {
  const InputMask asked = decision.inputs_used | mask_of(PolicyInput::authentication_counter);
  return resolve_inputs(document, decision.phase, inputs).absent & asked;
}

std::string explain_in_a_sentence(const PolicyDocument& document, const Decision& decision,
                                  const PolicyInputs& inputs, const Money& money) {
  std::string text = describe_situation(inputs, decision.inputs_used, money) + " " +
                     describe_decision(document, decision);
  const InputMask missing = missing_inputs(document, decision, inputs);
  bool is_first = true;
  for (const InputRow& row : policy_inputs()) {
    if ((missing & mask_of(row.id)) != 0) {
      text += is_first ? "; not known: " : ", ";
      text += row.name;
      is_first = false;
    }
  }
  return text;
}

void write_explanation(JsonWriter& json, const PolicyDocument& document, Phase phase,
                       const PolicyInputs& inputs, const Money& money) {
  const Decision decision = decide(document, phase, inputs);
  json.begin_object();
  json.member("sentence").string(explain_in_a_sentence(document, decision, inputs, money));
  json.member("missing").begin_array();
  const InputMask missing = missing_inputs(document, decision, inputs);
  for (const InputRow& row : policy_inputs()) {
    if ((missing & mask_of(row.id)) != 0) {
      json.string(row.name);
    }
  }
  json.end_array();
  json.member("decision");
  write_decision(json, document, decision, inputs);
  json.member("rules").begin_array();
  for (const RuleExplanation& explained : explain_rules(document, phase, inputs, money)) {
    const PolicyRule& rule = document.rules()[explained.rule];
    json.begin_object();
    json.member("id").string(rule.id);
    json.member("effect").string(outcome_name(rule.effect));
    json.member("truth").string(truth_name(explained.truth));
    json.member("conditions").begin_array();
    for (const ConditionExplanation& condition : explained.conditions) {
      json.begin_object();
      json.member("depth").integer(static_cast<std::int64_t>(condition.depth));
      json.member("text").string(condition.text);
      json.member("truth").string(truth_name(condition.truth));
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace countersign
