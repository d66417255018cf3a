#include "service/transaction_inputs.h"

#include <algorithm>
#include <set>

#include "policy/policy_json.h"
#include "service/intent_values.h"
#include "service/payment_facts.h"
#include "transaction/look_alikes.h"

namespace countersign {
namespace {

Result<bool> is_confusable(const Template& source, const CanonicalValue& fields,
                           const JsonValue& known_payees) {
  if (!known_payees.is_array() || known_payees.items.size() > kMaxKnownPayees) {
    return ErrorCode::request_member_invalid;
  }
  std::set<std::string> names;
  std::set<std::string> of_small;
  std::set<std::string> of_written;
  for (const JsonValue& known : known_payees.items) {
    if (!known.is_string() || known.string.size() > kMaxKnownPayeeBytes) {
      return ErrorCode::request_member_invalid;
    }
    // As names are taken here: lists of a bank's own are kept by hand.
    std::string name = name_form_of(known.string);
    FoldedSkeletons skeletons = folded_skeletons_of(name);
    names.insert(std::move(name));
    of_small.insert(std::move(skeletons.of_small));
    of_written.insert(std::move(skeletons.of_written));
  }
  const auto payees = payees_of(source.fields, fields, FieldType::text);
  return std::any_of(payees.begin(), payees.end(), [&](const CanonicalValue* payee) {
    const FoldedSkeletons skeletons = folded_skeletons_of(payee->text);
    return names.count(payee->text) == 0 &&
           (of_small.count(skeletons.of_small) != 0 || of_written.count(skeletons.of_written) != 0);
  });
}

// Sets it where the ceremony has it; the backend may have said the same, and nothing else.
Status put_text(PolicyInputs& inputs, PolicyInput input, std::string_view value) {
  if (!exists_in(row_of(input), inputs.ceremony())) {
    return ok();
  }
  if (inputs.has(input) && inputs.text(input) != value) {
    return ErrorCode::request_member_invalid;
  }
  return inputs.set_text(input, value);
}

Status add_amounts(const std::vector<Amount>& sums, const std::string& base_currency,
                   PolicyInputs& inputs) {
  if (!exists_in(row_of(PolicyInput::amount_base), inputs.ceremony())) {
    return ok();
  }
  if (sums.size() == 1) {
    CS_TRY(put_text(inputs, PolicyInput::amount_currency, sums.front().currency));
  }
  for (const Amount& sum : sums) {
    if (base_currency.empty() || sum.currency != base_currency) {
      continue;
    }
    const bool is_said = inputs.has(PolicyInput::amount_base);
    const std::int64_t said = is_said ? inputs.number(PolicyInput::amount_base) : 0;
    if (sums.size() > 1) {
      // The rates of the others are the backend's, and cannot make it less than this part.
      return is_said && said < sum.minor ? Status(ErrorCode::request_member_invalid) : ok();
    }
    if (is_said && said != sum.minor) {
      return ErrorCode::request_member_invalid;
    }
    CS_TRY(inputs.set_number(PolicyInput::amount_base, sum.minor));
  }
  return ok();
}

}  // namespace

PolicyCeremony policy_ceremony_of(std::string_view type) {
  for (const PolicyCeremony ceremony :
       {PolicyCeremony::beneficiary_add, PolicyCeremony::limit_change,
        PolicyCeremony::account_access, PolicyCeremony::credential_add,
        PolicyCeremony::policy_publish}) {
    if (type.substr(0, type.find('/')) == policy_ceremony_name(ceremony)) {
      return ceremony;
    }
  }
  return PolicyCeremony::transaction_approve;
}

Status add_intent_inputs(const Template& source, const CanonicalValue& intent,
                         const std::string& base_currency, const JsonValue* known_payees,
                         PolicyInputs& inputs) {
  const CanonicalValue& fields = *intent.find("fields");
  CS_TRY(put_text(inputs, PolicyInput::transaction_type, source.type));
  CS_ASSIGN(const std::vector<Amount> sums, sums_of(source, fields));
  CS_TRY(add_amounts(sums, base_currency, inputs));
  if (known_payees == nullptr) {
    return ok();
  }
  CS_ASSIGN(const bool looks_like_another, is_confusable(source, fields, *known_payees));
  if (exists_in(row_of(PolicyInput::payee_confusable), inputs.ceremony())) {
    CS_TRY(inputs.set_number(PolicyInput::payee_confusable, looks_like_another ? 1 : 0));
  }
  return ok();
}

Status check_intent_rate(const Template& source, const CanonicalValue& intent,
                         const std::string& base_currency, const JsonValue* said,
                         const PolicyInputs& inputs) {
  CS_ASSIGN(const std::vector<Amount> sums, sums_of(source, *intent.find("fields")));
  const bool is_base = sums.size() == 1 && sums.front().currency == base_currency;
  return check_rate(inputs, said,
                    sums.empty() || base_currency.empty() ? conversion_of(inputs, base_currency)
                    : is_base                             ? Conversion::none
                                                          : Conversion::certain);
}

Status check_intent_inputs(const Template& source, const CanonicalValue& intent,
                           const std::string& base_currency, const Transaction& transaction) {
  Result<PolicyInputs> inputs = parse_policy_inputs(transaction.policy.inputs);
  JsonWriter json;
  const bool is_said =
      inputs.has_value() && add_intent_inputs(source, intent, base_currency, nullptr, *inputs);
  if (is_said) {
    write_policy_inputs(json, *inputs, inputs->present(), nullptr);
  }
  return is_said && json.text() == transaction.policy.inputs
             ? ok()
             : Status(
                   Error{ErrorCode::transaction_store_mismatch, Check::transaction_recomputed, 0});
}

Result<PolicyQuestion> make_question(const Transaction& transaction) {
  const Result<PolicyInputs> inputs = parse_policy_inputs(transaction.policy.inputs);
  if (!inputs.has_value() || inputs->ceremony() != transaction.policy.ceremony) {
    return Error{ErrorCode::transaction_store_mismatch, Check::transaction_recomputed, 0};
  }
  PolicyQuestion question;
  question.ceremony = transaction.policy.ceremony;
  if (question.ceremony != PolicyCeremony::policy_publish) {
    question.user = transaction.subject;  // else what is active decides, also beside a canary
  }
  question.inputs = transaction.policy.inputs;
  question.asked_at = transaction.created_at;
  if (inputs->has(PolicyInput::authentication_age)) {
    question.authentication_age = inputs->number(PolicyInput::authentication_age);
  }
  question.transaction = TransactionFacts{transaction.display_tier, transaction.approvals_needed};
  return question;
}

}  // namespace countersign
