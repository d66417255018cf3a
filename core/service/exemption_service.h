#pragma once
// Use cases of a backend that asks what the policy says about a customer, and of payments that the
// policy lets through without strong customer authentication.

#include <optional>
#include <string>

#include "codec/json_reader.h"
#include "policy/inputs.h"
#include "service/context.h"
#include "service/customer_ports.h"

namespace countersign {

struct DecisionRequest {
  std::string username;
  PolicyCeremony ceremony = PolicyCeremony::transaction_approve;
  const JsonValue* inputs = nullptr;  // the backend's (policy_decision.h); null: it says nothing
  /// A finished authentication of the customer. Without one the session of the caller counts, where
  /// there is one.
  std::optional<CeremonyId> authentication;
};

/// What the policy says before the ceremony, and whether the customer has a passkey for it:
/// `{"outcome","reason","exemption","requirements","rules","basis","policy","sinceSca","customer",
/// "passkey"}`. Nothing changes. sinceSca counts the payment that is asked about. Of somebody who
/// has no account it says what it would of one without a passkey. Errors:
/// session_required (`authentication` is none of the customer's, or too old),
/// policy_inputs_malformed, policy_input_value_invalid, request_member_invalid, those of the store.
Result<std::string> answer_decision(const ServiceContext& context, ExemptionStore& store,
                                    const Tenant& tenant, const Caller& caller,
                                    const DecisionRequest& request);

/// Lets a payment (transaction.approve) or an access to an account (account.access) through where
/// the policy exempts it: the record and the counter are one transaction; an access leaves sum and
/// count as they are. `{"id","basis","sinceSca","policy","createdAt"}`; a repeated call gets the
/// same. Errors: as above; account_not_found; request_member_invalid for any other ceremony;
/// session_required without a session; exemption_not_granted; exemption_counter_changed: others
/// came in between again and again.
Result<std::string> grant_exemption(const ServiceContext& context, ExemptionStore& store,
                                    const Tenant& tenant, const Caller& caller,
                                    const DecisionRequest& request,
                                    const IdempotencyKey& idempotency);

}  // namespace countersign
