#pragma once
// What the policy in force says to a ceremony: before it begins, and again when it is known with
// which credential it ends. The use cases carry it out.

#include <optional>
#include <string>

#include "ceremony/authentication.h"
#include "policy/satisfaction.h"
#include "service/context.h"

namespace countersign {

/// What only a transaction brings: a display of which there is evidence, and several people.
struct TransactionFacts {
  std::int64_t display_tier = 0;  // demanded before the ceremony, shown by evidence after it
  std::int64_t approvals = 1;
  bool has_distinct_approvers = false;
};

/// What is asked of the policy.
struct PolicyQuestion {
  PolicyCeremony ceremony = PolicyCeremony::authenticate;
  std::optional<UserHandle> user;
  std::string inputs;              // CeremonyPolicy::inputs
  std::optional<Session> session;  // in which it is asked
  /// When: the ages of sign-ins count up to here, also at the end of the ceremony.
  UnixSeconds asked_at;
  /// Seconds since the customer was authenticated by what the question rests on; nothing: nobody
  /// was.
  std::optional<std::int64_t> authentication_age;
  /// The ceremony is the approval of a transaction. It brings user verification itself, and an
  /// exemption lets it pass: a signature is more than that asks for.
  std::optional<TransactionFacts> transaction;
};

/// What the backend says in `policyInputs`, for PolicyQuestion::inputs. Errors: policy_inputs_*,
/// policy_input_value_invalid (also for an input that the ceremony does not have),
/// request_member_invalid (an input that is not the backend's to say).
Result<std::string> read_backend_inputs(const JsonValue& value, PolicyCeremony ceremony);

/// The question of a ceremony that begins or ends. A backend vouches for having authenticated the
/// customer when it began; a ceremony that needs a session rests on the caller's.
PolicyQuestion make_question(const Ceremony& ceremony, const Caller& caller,
                             PolicyCeremony policy_ceremony, std::string inputs);
/// The same at its end, with what was kept; of a ceremony without a policy, its kind's.
PolicyQuestion make_question(const Ceremony& ceremony, const Caller& caller);

/// Of a registration with an activation.
PolicyCeremony policy_ceremony_of(ActivationPurpose purpose);

/// The inputs before the ceremony: the backend's, the session's and the time.
Result<PolicyInputs> make_inputs(const ServiceContext& context, const Tenant& tenant,
                                 const PolicyQuestion& question);

/// What the audit keeps of one decision, or of two: `{"bound":{…},"inForce":{…}?,"unmet":[…]?}`,
/// each as write_decision writes it. Set also where the outcome is an error.
struct PolicyTrace {
  std::string decision;
};

/// Before the ceremony.
struct PolicyOptions {
  CeremonyPolicy bound;  // for the ceremony's record
  WebAuthnOptions options;
  std::string client;  // what the client may see, a JSON object
  Requirements requirements;
};
/// Errors: policy_denied; step_up_required (the session's sign-in is too old, or verified nobody);
/// policy_requirement_unmet (no ceremony of this kind can meet it); those of the store.
Result<PolicyOptions> decide_options(const ServiceContext& context, const Tenant& tenant,
                                     const PolicyQuestion& question, PolicyTrace& trace);

/// What the ceremony brought.
struct PolicyEvidence {
  const StoredCredential& credential;
  bool is_user_verified = false;
  std::optional<CounterOutcome> counter;       // of an assertion
  std::optional<bool> is_key_order_canonical;  // of an attestation object
};
/// After it: the document under which it began, and the one in force now, must both let it pass.
/// Errors: policy_denied, counter_not_advanced, policy_requirement_unmet (by the former);
/// policy_changed (by the latter alone, or the former is not known any more); those of the store.
Status decide_verdict(const ServiceContext& context, const Tenant& tenant,
                      const PolicyQuestion& question, const std::optional<CeremonyPolicy>& bound,
                      const PolicyEvidence& evidence, PolicyTrace& trace);

/// Whether the credential could end the ceremony, as far as that can be known before: for the list
/// of allowed credentials.
bool can_satisfy(const ServiceContext& context, const Tenant& tenant,
                 const PolicyQuestion& question, const StoredCredential& credential);

/// Whether the caller may remove a credential of the account: the session's sign-in is the
/// evidence. Errors: policy_denied, step_up_required, those of the store.
Status decide_removal(const ServiceContext& context, const Tenant& tenant, const Caller& caller,
                      const Account& account, PolicyTrace& trace);

/// Those of `offered` that may be used, in their order.
std::vector<CoseAlgorithm> allowed_algorithms(std::vector<CoseAlgorithm> offered,
                                              const WebAuthnOptions& options);

/// The stricter of two.
UserVerification stricter(UserVerification a, UserVerification b);

}  // namespace countersign
