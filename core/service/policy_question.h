#pragma once
// What a ceremony asks of the policy, and the inputs that are known before it.

#include <optional>
#include <string>

#include "codec/json_reader.h"
#include "policy/inputs.h"
#include "service/context.h"

namespace countersign {

/// What only a transaction brings: a display of which there is evidence, and several people.
struct TransactionFacts {
  std::int64_t display_tier = 0;  // demanded before the ceremony, shown by evidence after it
  std::int64_t approvals = 1;     // by different people, always
};

/// What is asked of the policy.
struct PolicyQuestion {
  PolicyCeremony ceremony = PolicyCeremony::authenticate;
  std::optional<UserHandle> user;
  /// Nobody was named when the ceremony began; its end showed who it is.
  bool is_user_found = false;
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
/// request_member_invalid (an input that is not the backend's to say), with the offset of the
/// refused name or value.
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

/// It rests on the sign-in of that session, `asked_at` being set.
void rest_on(PolicyQuestion& question, const Session& session);

}  // namespace countersign
