#include "service/receipt_policy.h"

#include <algorithm>

#include "policy/credential_inputs.h"
#include "policy/policy_json.h"
#include "receipt/limits.h"
#include "service/transaction_inputs.h"
#include "transaction/amount.h"

namespace countersign {
namespace {

// The inputs of the decision under the revision that was bound. Requirements that were not met
// would be named: then nothing was approved.
Result<PolicyInputs> recorded_inputs(std::string_view decision) {
  JsonOptions options;
  options.max_bytes = limits::kMaxDecisionBytes;
  CS_ASSIGN(const JsonValue json, parse_json(decision, options));
  const JsonValue* bound = json.is_object() ? json.find("bound") : nullptr;
  const JsonValue* inputs =
      bound != nullptr && bound->is_object() ? bound->find("inputs") : nullptr;
  if (inputs == nullptr || json.find("unmet") != nullptr) {
    return ErrorCode::receipt_policy_mismatch;
  }
  return read_policy_inputs(*inputs);
}

// Puts the order's own in the place of what is recorded: where that was another, the decision is
// not written as it is recorded. What is left of the bank's amount. Errors: request_member_invalid
// where that is less than the part of the order that is in the base currency; currency_not_usable.
Result<std::optional<std::int64_t>> put_intent_inputs(const RecordedPolicy& policy,
                                                      const Template& source,
                                                      const CanonicalValue& intent,
                                                      PolicyInputs& inputs) {
  constexpr PolicyInput kAmount = PolicyInput::amount_base;
  if (!policy.base_currency.empty() && !currency_exponent(policy.base_currency)) {
    return ErrorCode::currency_not_usable;
  }
  PolicyInputs derived(inputs.ceremony());
  CS_TRY(add_intent_inputs(source, intent, policy.base_currency, nullptr, derived));
  for (const PolicyInput input : {PolicyInput::transaction_type, PolicyInput::amount_currency}) {
    if (derived.has(input)) {
      CS_TRY(inputs.set_text(input, derived.text(input)));
    }
  }
  if (derived.has(kAmount)) {
    CS_TRY(inputs.set_number(kAmount, derived.number(kAmount)));
    return std::optional<std::int64_t>();
  }
  if (!inputs.has(kAmount)) {
    return std::optional<std::int64_t>();
  }
  const std::int64_t said = inputs.number(kAmount);
  CS_TRY(derived.set_number(kAmount, said));
  CS_TRY(add_intent_inputs(source, intent, policy.base_currency, nullptr, derived));
  return std::optional(said);
}

// `{"bound":…}`, and what the policy in force at the end decided may follow.
bool begins_with_decision(std::string_view recorded, std::string_view decision) {
  constexpr std::string_view kBefore = "{\"bound\":";
  if (!recorded.starts_with(kBefore) || !recorded.substr(kBefore.size()).starts_with(decision)) {
    return false;
  }
  const std::string_view rest = recorded.substr(kBefore.size() + decision.size());
  return rest == "}" || rest.starts_with(",\"inForce\":{");
}

}  // namespace

Result<PolicyDemands> RecordedDecisions::decide_again(const RecordedPolicy& policy,
                                                      const Digest256& digest,
                                                      CounterOutcome counter,
                                                      const Template& source,
                                                      const CanonicalValue& intent) const {
  const Result<PolicyDocument> document = parse_policy(policy.document, hasher_);
  Result<PolicyInputs> inputs = recorded_inputs(policy.decision);
  if (!document || !inputs || document->digest() != digest ||
      inputs->ceremony() != policy_ceremony_of(source.type)) {
    return ErrorCode::receipt_policy_mismatch;
  }
  const Result<std::optional<std::int64_t>> amount =
      put_intent_inputs(policy, source, intent, *inputs);
  if (!amount) {
    return ErrorCode::receipt_policy_mismatch;
  }
  // Recorded where a rule asks for it; it counts against the customer always.
  CS_TRY(inputs->set_text(PolicyInput::authentication_counter, counter_name(counter)));
  const Decision decision = evaluate(*document, Phase::verdict, *inputs);
  JsonWriter json;
  write_decision(json, *document, decision, *inputs);
  // Whoever was exempted may approve all the same.
  if (decision.outcome == Outcome::deny || !begins_with_decision(policy.decision, json.text())) {
    return ErrorCode::receipt_policy_mismatch;
  }
  // One administrator may go back to what is not weaker: the comparison that says so is signed.
  const bool may_be_one = inputs->ceremony() == PolicyCeremony::policy_publish;
  return PolicyDemands{decision.requirements.display_tier,
                       may_be_one ? 1 : std::max<std::int64_t>(decision.requirements.approvals, 1),
                       *amount};
}

}  // namespace countersign
