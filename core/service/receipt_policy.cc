#include "service/receipt_policy.h"

#include <algorithm>

#include "policy/credential_inputs.h"
#include "policy/policy_digest.h"
#include "policy/policy_json.h"
#include "service/recorded_decision.h"
#include "service/recorded_facts.h"
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
    inputs.clear(PolicyInput::amount_rate);  // nothing was converted
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

bool is_zero(const CanonicalValue& value) {
  return value.is(CanonicalValue::Type::integer) && value.integer == 0;
}

// One administrator may go back to what is neither weaker nor other, and signs the comparison that
// says so.
bool is_way_back(const Template& source, const CanonicalValue& intent) {
  const CanonicalValue* fields = intent.find("fields");
  const CanonicalValue* weaker = fields != nullptr ? fields->find("weaker") : nullptr;
  const CanonicalValue* other = fields != nullptr ? fields->find("other") : nullptr;
  const CanonicalValue* comparison = fields != nullptr ? fields->find("comparison") : nullptr;
  return policy_ceremony_of(source.type) == PolicyCeremony::policy_publish && weaker != nullptr &&
         is_zero(*weaker) && (other == nullptr || is_zero(*other)) && comparison != nullptr &&
         comparison->is(CanonicalValue::Type::text) && comparison->text == "complete";
}

std::int64_t needed_approvals(const Template& source, const CanonicalValue& intent,
                              std::int64_t demanded) {
  return is_way_back(source, intent) ? 1 : std::max<std::int64_t>(demanded, 1);
}

// Names of the kinds, "transports, authenticationAge".
std::string names_of(std::uint32_t kinds) {
  std::string names;
  for (std::size_t i = 0; i < kRequirementKinds; ++i) {
    if ((kinds >> i & 1U) != 0) {
      names += names.empty() ? "" : ", ";
      names += requirement_name(static_cast<RequirementKind>(i));
    }
  }
  return names;
}

// Adds what was demanded to what is known of the demands; `unrecorded` grows. Error:
// receipt_policy_mismatch where the record says that it was not met.
Status hold(const PolicyDocument* document, const Requirements& demanded,
            const PolicyInputs& inputs, const ApprovalEvidence& evidence, PolicyDemands& demands,
            std::uint32_t& unrecorded) {
  const UnmetDemands unmet = find_unmet(document, demanded, inputs, evidence);
  if (unmet.refuted != 0) {
    return ErrorCode::receipt_policy_mismatch;
  }
  unrecorded |= unmet.unrecorded;
  if (unmet.doubtful != 0 && demands.judgement == PolicyJudgement::decided_again) {
    demands.judgement = PolicyJudgement::not_shown;
  }
  return ok();
}

// What is asked of every decision.
struct Asked {
  const ApprovalEvidence& evidence;
  CounterOutcome counter;
  const Template& source;
  const CanonicalValue& intent;
};

Result<PolicyDemands> decide(const Hasher& hasher, const RecordedVerdict& bound, const Asked& asked,
                             std::uint32_t& unrecorded) {
  const RecordedPolicy& policy = asked.evidence.policy;
  CS_ASSIGN(const PolicyDocument document, parse_policy(policy.document, hasher));
  if (!bound.inputs || bound.inputs->ceremony() != policy_ceremony_of(asked.source.type)) {
    return ErrorCode::receipt_policy_mismatch;
  }
  PolicyInputs inputs = *bound.inputs;
  CS_ASSIGN(const std::optional<std::int64_t> amount,
            put_intent_inputs(policy, asked.source, asked.intent, inputs));
  // Recorded where a rule asks for it; it counts against the customer always.
  CS_TRY(inputs.set_text(PolicyInput::authentication_counter, counter_name(asked.counter)));
  const Decision decision = evaluate(document, Phase::verdict, inputs);
  JsonWriter json;
  write_decision(json, document, decision, inputs);
  // Whoever was exempted may approve all the same.
  if (decision.outcome == Outcome::deny || !begins_with_decision(policy.decision, json.text()) ||
      !agree_with_record(inputs, asked.evidence)) {
    return ErrorCode::receipt_policy_mismatch;
  }
  PolicyDemands demands{
      decision.requirements.display_tier,
      needed_approvals(asked.source, asked.intent, decision.requirements.approvals), amount};
  if (inputs.has(PolicyInput::amount_rate)) {
    demands.rate_of_bank = inputs.text(PolicyInput::amount_rate);
  }
  CS_TRY(hold(&document, decision.requirements, inputs, asked.evidence, demands, unrecorded));
  return demands;
}

// Whether `inputs` speak of the same as `others`, where both say something. A masked name could be
// any; members of a set are left out where a document does not name them.
bool agree(const PolicyInputs& inputs, const PolicyInputs& others) {
  return std::all_of(policy_inputs().begin(), policy_inputs().end(), [&](const InputRow& row) {
    if (!inputs.has(row.id) || !others.has(row.id) || row.type == InputType::members) {
      return true;
    }
    if (row.type != InputType::text && row.type != InputType::aaguid &&
        row.type != InputType::rate) {
      return inputs.number(row.id) == others.number(row.id);
    }
    const std::string& name = inputs.text(row.id);
    const std::string& other = others.text(row.id);
    return name == other || name == kMaskedName || other == kMaskedName;
  });
}

// A second revision was asked about the same order and the same passkey as the first.
Status check_inputs_in_force(const RecordedVerdict& in_force, const RecordedVerdict& bound,
                             const Asked& asked) {
  if (!in_force.inputs || !bound.inputs) {
    return ok();  // another version's
  }
  const PolicyInputs& inputs = *in_force.inputs;
  PolicyInputs orders = inputs;
  CS_TRY(put_intent_inputs(asked.evidence.policy, asked.source, asked.intent, orders));
  CS_TRY(orders.set_text(PolicyInput::authentication_counter, counter_name(asked.counter)));
  return inputs.ceremony() == bound.inputs->ceremony() && agree(inputs, *bound.inputs) &&
                 agree(inputs, orders) && agree_with_record(inputs, asked.evidence)
             ? ok()
             : Status(ErrorCode::receipt_policy_mismatch);
}

// What is said of a decision that cannot be made again here: `demands` grow.
Status take_as_recorded(const RecordedVerdict& verdict, const Asked& asked, PolicyDemands& demands,
                        std::uint32_t& unrecorded) {
  demands.display_tier = std::max(demands.display_tier, verdict.display_tier);
  demands.approvals =
      std::max(demands.approvals, needed_approvals(asked.source, asked.intent, verdict.approvals));
  if (!verdict.requirements || !verdict.inputs) {
    demands.judgement = PolicyJudgement::of_earlier_version;
    return ok();
  }
  return hold(nullptr, *verdict.requirements, *verdict.inputs, asked.evidence, demands, unrecorded);
}

}  // namespace

Result<PolicyDemands> RecordedDecisions::decide_again(const ApprovalEvidence& evidence,
                                                      const Digest256& digest,
                                                      CounterOutcome counter,
                                                      const Template& source,
                                                      const CanonicalValue& intent) const {
  const RecordedPolicy& policy = evidence.policy;
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
  const Asked asked{evidence, counter, source, intent};
  std::uint32_t unrecorded = 0;
  Result<PolicyDemands> demands = decide(hasher_, recorded.bound, asked, unrecorded);
  if (!demands && is_ours) {
    return ErrorCode::receipt_policy_mismatch;
  }
  if (!demands) {
    PolicyDemands as_recorded;
    as_recorded.judgement = PolicyJudgement::of_earlier_version;
    CS_TRY(take_as_recorded(recorded.bound, asked, as_recorded, unrecorded));
    demands = as_recorded;
  }
  if (recorded.in_force) {
    if (!check_inputs_in_force(*recorded.in_force, recorded.bound, asked)) {
      return ErrorCode::receipt_policy_mismatch;
    }
    CS_TRY(take_as_recorded(*recorded.in_force, asked, *demands, unrecorded));
    demands->has_second = true;
  }
  demands->unrecorded = names_of(unrecorded);
  return demands;
}

}  // namespace countersign
