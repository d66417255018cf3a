#include "service/receipt_policy.h"

#include <algorithm>

#include "policy/credential_inputs.h"
#include "policy/policy_digest.h"
#include "policy/policy_json.h"
#include "service/recorded_decision.h"
#include "service/transaction_inputs.h"
#include "transaction/amount.h"

namespace countersign {
namespace {

// Puts the order's own in the place of what is recorded: where that was another, the decision is
// not written as it is recorded. What is left of the bank's amount. Errors: request_member_invalid
// where that is less than the part of the order that is in the base currency; currency_not_usable.
Result<std::optional<std::int64_t>> put_intent_inputs(const RecordedPolicy& policy,
                                                      const Template& source,
                                                      const CanonicalValue& intent,
                                                      PolicyInputs& inputs) {
  constexpr PolicyInput kAmount = PolicyInput::amount_base;
  if (!policy.base_currency.empty() && !recorded_exponent(policy.base_currency)) {
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

// One administrator may go back to what is not weaker, and signs the comparison that says so.
bool is_way_back(const Template& source, const CanonicalValue& intent) {
  const CanonicalValue* fields = intent.find("fields");
  const CanonicalValue* weaker = fields != nullptr ? fields->find("weaker") : nullptr;
  const CanonicalValue* comparison = fields != nullptr ? fields->find("comparison") : nullptr;
  return policy_ceremony_of(source.type) == PolicyCeremony::policy_publish && weaker != nullptr &&
         weaker->is(CanonicalValue::Type::integer) && weaker->integer == 0 &&
         comparison != nullptr && comparison->is(CanonicalValue::Type::text) &&
         comparison->text == "complete";
}

std::int64_t needed_approvals(const Template& source, const CanonicalValue& intent,
                              std::int64_t demanded) {
  return is_way_back(source, intent) ? 1 : std::max<std::int64_t>(demanded, 1);
}

Result<PolicyDemands> decide(const Hasher& hasher, const RecordedPolicy& policy,
                             const RecordedVerdict& bound, CounterOutcome counter,
                             const Template& source, const CanonicalValue& intent) {
  CS_ASSIGN(const PolicyDocument document, parse_policy(policy.document, hasher));
  CS_ASSIGN(PolicyInputs inputs, read_policy_inputs(bound.inputs));
  if (inputs.ceremony() != policy_ceremony_of(source.type)) {
    return ErrorCode::receipt_policy_mismatch;
  }
  CS_ASSIGN(const std::optional<std::int64_t> amount,
            put_intent_inputs(policy, source, intent, inputs));
  // Recorded where a rule asks for it; it counts against the customer always.
  CS_TRY(inputs.set_text(PolicyInput::authentication_counter, counter_name(counter)));
  const Decision decision = evaluate(document, Phase::verdict, inputs);
  JsonWriter json;
  write_decision(json, document, decision, inputs);
  // Whoever was exempted may approve all the same.
  if (decision.outcome == Outcome::deny || !begins_with_decision(policy.decision, json.text())) {
    return ErrorCode::receipt_policy_mismatch;
  }
  return PolicyDemands{decision.requirements.display_tier,
                       needed_approvals(source, intent, decision.requirements.approvals), amount};
}

}  // namespace

Result<PolicyDemands> RecordedDecisions::decide_again(const RecordedPolicy& policy,
                                                      const Digest256& digest,
                                                      CounterOutcome counter,
                                                      const Template& source,
                                                      const CanonicalValue& intent) const {
  if (policy.evaluation > version_) {
    PolicyDemands later;
    later.judgement = PolicyJudgement::of_later_version;
    return later;
  }
  const bool is_ours = policy.evaluation == version_;
  const Result<Digest256> recorded_digest = policy_digest(policy.document, hasher_);
  CS_ASSIGN(const RecordedDecision recorded,
            read_recorded_decision(
                policy.decision, is_ours ? DecisionForm::ours : DecisionForm::of_earlier_version));
  if (!recorded_digest || *recorded_digest != digest || recorded.bound.policy != digest) {
    return ErrorCode::receipt_policy_mismatch;
  }
  Result<PolicyDemands> demands = decide(hasher_, policy, recorded.bound, counter, source, intent);
  if (!demands && is_ours) {
    return ErrorCode::receipt_policy_mismatch;
  }
  if (!demands) {
    demands = PolicyDemands{recorded.bound.display_tier,
                            needed_approvals(source, intent, recorded.bound.approvals),
                            std::nullopt, PolicyJudgement::of_earlier_version};
  }
  if (recorded.in_force) {
    demands->display_tier = std::max(demands->display_tier, recorded.in_force->display_tier);
    demands->approvals = std::max(demands->approvals,
                                  needed_approvals(source, intent, recorded.in_force->approvals));
  }
  return demands;
}

}  // namespace countersign
