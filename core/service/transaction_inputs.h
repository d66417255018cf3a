#pragma once
// What a policy is asked about a transaction: what the backend says, and what follows from the
// intent, which nobody can contradict. Private to core/service.

#include <string>

#include "codec/json_reader.h"
#include "service/policy_decision.h"
#include "service/transaction_records.h"
#include "transaction/intent.h"

namespace countersign {

/// "beneficiary.add/1" and the like are ceremonies of their own; all others are
/// transaction.approve.
PolicyCeremony policy_ceremony_of(std::string_view type);

/// Names that a backend may send along. [an address book; each is compared with each payee]
inline constexpr std::size_t kMaxKnownPayees = 1000;
inline constexpr std::size_t kMaxKnownPayeeBytes = 1024;

/// Sets transaction.type; amount.currency and amount.base from all amounts of the intent together
/// where they are of one currency, the latter where that is the tenant's base currency;
/// payee.confusable where `known_payees` is given: whether a payee's name looks like a known one
/// (in the form of names, name_form_of) and is another. Errors: request_member_invalid:
/// `known_payees` is no array of names, or the backend contradicts the intent, also by less than
/// the part in the base currency; amount_too_large: the sum.
Status add_intent_inputs(const Template& source, const CanonicalValue& intent,
                         const std::string& base_currency, const JsonValue* known_payees,
                         PolicyInputs& inputs);

/// check_rate of what a transaction begins with; without a base currency nobody knows what was
/// converted. Of what is stored nothing is asked: earlier builds asked for no rate. Errors: its
/// own; amount_too_large.
Status check_intent_rate(const Template& source, const CanonicalValue& intent,
                         const std::string& base_currency, const JsonValue* said,
                         const PolicyInputs& inputs);

/// Whether what is stored to be asked says the type, currency and amount of the intent: what the
/// intent says wins, whoever wrote the rest. Error: transaction_store_mismatch, also where
/// `base_currency` was another one at creation.
Status check_intent_inputs(const Template& source, const CanonicalValue& intent,
                           const std::string& base_currency, const Transaction& transaction);

/// The question that a stored transaction's policy was asked, and is asked again.
Result<PolicyQuestion> make_question(const Transaction& transaction);

}  // namespace countersign
