#include "service/recorded_decision.h"

#include <algorithm>

#include "codec/base64url.h"
#include "policy/document.h"
#include "policy/evaluation.h"
#include "policy/policy_json.h"
#include "policy/reader.h"
#include "receipt/limits.h"

namespace countersign {
namespace {

using Type = JsonValue::Type;

// What each of them has; requirements has what is not exempt.
constexpr std::string_view kDecisionMembers[] = {"policy",  "id",    "revision", "phase",
                                                 "outcome", "basis", "rules",    "inputs"};
constexpr std::string_view kRequirements = "requirements";

Error policy_mismatch() { return {ErrorCode::receipt_policy_mismatch, Check::none, 0}; }

const JsonValue* find(const JsonValue& object, std::string_view name, Type type) {
  const JsonValue* member = object.is_object() ? object.find(name) : nullptr;
  return member != nullptr && member->type == type ? member : nullptr;
}

bool has_text(const JsonValue& object, std::string_view name, std::string_view text) {
  const JsonValue* member = find(object, name, Type::string);
  return member != nullptr && member->string == text;
}

bool has_exact_members(const JsonValue& value, bool is_required) {
  const std::size_t count = std::size(kDecisionMembers) + (is_required ? 1 : 0);
  return value.members.size() == count &&
         std::all_of(std::begin(kDecisionMembers), std::end(kDecisionMembers),
                     [&](std::string_view name) { return value.find(name) != nullptr; });
}

// A number that may be left out: the least then.
Result<std::int64_t> read_number(const JsonValue& object, std::string_view name,
                                 std::int64_t least) {
  const JsonValue* number = object.find(name);
  if (number == nullptr) {
    return least;
  }
  return number->is_integer() && !number->is_unsigned_64 && number->integer >= least
             ? Result<std::int64_t>(number->integer)
             : policy_mismatch();
}

// Of any version.
Status read_demands(const JsonValue& requirements, RecordedVerdict& verdict) {
  CS_ASSIGN(verdict.display_tier, read_number(requirements, "displayTier", 0));
  if (requirements.find("approvals") == nullptr) {
    return ok();
  }
  const JsonValue* approvals = find(requirements, "approvals", Type::object);
  if (approvals == nullptr || approvals->find("count") == nullptr) {
    return policy_mismatch();
  }
  CS_ASSIGN(verdict.approvals, read_number(*approvals, "count", 1));
  return ok();
}

template <class Value>
bool is_name_of(const JsonValue* name, std::initializer_list<Value> values,
                std::string_view (*name_of)(Value)) {
  return name != nullptr && std::any_of(values.begin(), values.end(), [&](Value value) {
           return name->string == name_of(value);
         });
}

bool is_rule_match(const JsonValue& rule) {
  const JsonValue* id = find(rule, "id", Type::string);
  return rule.is_object() && rule.members.size() == 3 && id != nullptr &&
         is_policy_id(id->string) &&
         is_name_of(find(rule, "effect", Type::string),
                    {Outcome::exempt, Outcome::require, Outcome::deny}, outcome_name) &&
         is_name_of(find(rule, "truth", Type::string), {Truth::pending, Truth::unknown, Truth::yes},
                    truth_name);
}

// What says by which revision and rules it was decided.
bool has_form_of_ours(const JsonValue& value, bool is_required) {
  const JsonValue* id = find(value, "id", Type::string);
  const JsonValue* revision = value.find("revision");
  const JsonValue* rules = find(value, "rules", Type::array);
  return has_exact_members(value, is_required) && id != nullptr && is_policy_id(id->string) &&
         revision->is_integer() && !revision->is_unsigned_64 && revision->integer >= 0 &&
         is_name_of(find(value, "basis", Type::string),
                    {DecisionBasis::rules, DecisionBasis::nothing_matched}, decision_basis_name) &&
         rules != nullptr && std::all_of(rules->items.begin(), rules->items.end(), is_rule_match);
}

Result<RecordedVerdict> read_verdict(const JsonValue& value, DecisionForm form) {
  RecordedVerdict verdict;
  const JsonValue* policy = find(value, "policy", Type::string);
  const JsonValue* inputs = find(value, "inputs", Type::object);
  const JsonValue* requirements = find(value, kRequirements, Type::object);
  const bool is_required = has_text(value, "outcome", "require");
  if (policy == nullptr || inputs == nullptr || !has_text(value, "phase", "verdict") ||
      !(is_required || has_text(value, "outcome", "exempt")) ||
      is_required != (requirements != nullptr) ||
      (form == DecisionForm::ours && !has_form_of_ours(value, is_required))) {
    return policy_mismatch();
  }
  const Result<ByteVector> digest = parse_base64url(policy->string);
  if (!digest || digest->size() != verdict.policy.size()) {
    return policy_mismatch();
  }
  std::copy(digest->begin(), digest->end(), verdict.policy.begin());
  verdict.requirements = Requirements();
  if (requirements != nullptr) {
    CS_TRY(read_demands(*requirements, verdict));
    const Result<Requirements> read = read_written_requirements(*requirements);
    verdict.requirements = read ? std::optional(*read) : std::nullopt;
  }
  if (const Result<PolicyInputs> read = read_policy_inputs(*inputs)) {
    verdict.inputs = *read;
  }
  const bool is_known = verdict.requirements && verdict.inputs;
  return is_known || form == DecisionForm::of_earlier_version
             ? Result<RecordedVerdict>(std::move(verdict))
             : policy_mismatch();
}

}  // namespace

Result<RecordedDecision> read_recorded_decision(std::string_view text, DecisionForm form) {
  JsonOptions options;
  options.max_bytes = limits::kMaxDecisionBytes;
  const Result<JsonValue> json = parse_json(text, options);
  const JsonValue* bound = json ? find(*json, "bound", Type::object) : nullptr;
  const JsonValue* in_force = json ? find(*json, "inForce", Type::object) : nullptr;
  // Requirements that were not met would be named: then nothing was approved.
  if (bound == nullptr || json->members.size() != (in_force == nullptr ? 1U : 2U)) {
    return policy_mismatch();
  }
  RecordedDecision decision;
  CS_ASSIGN(decision.bound, read_verdict(*bound, form));
  if (in_force != nullptr) {
    CS_ASSIGN(decision.in_force, read_verdict(*in_force, form));
    if (decision.in_force->policy == decision.bound.policy) {
      return policy_mismatch();  // one revision decides once
    }
  }
  return decision;
}

}  // namespace countersign
