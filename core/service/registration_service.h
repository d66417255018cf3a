#pragma once
// Use cases of registration: issue options, take the browser's answer, tell the outcome.

#include <string>
#include <string_view>

#include "service/context.h"
#include "service/customer_records.h"
#include "service/rendering.h"

namespace countersign {

/// How long after a recovery whatever passkey is added to the account counts as recovered, too,
/// with the same `recovered_at`. [the customer, whom the bank told of it at every address, has that
/// long to object]
inline constexpr std::int64_t kRecoveryLineageSeconds = 30 * 86400;

struct RegistrationRequest {
  std::optional<std::string> username;
  std::optional<std::string> display_name;
  std::string attestation = "none";
  /// Whose code the caller knew (activation_service.h); then there is neither name.
  std::optional<Activation> activation;
  std::optional<JsonValue> policy_inputs;  // of a backend alone
  /// With the payment extension of Secure Payment Confirmation: a platform authenticator,
  /// discoverable, with user verification (browsers take no other).
  bool is_for_payments = false;
  // The conformance calls only:
  std::optional<UserVerification> user_verification;
  const JsonValue* authenticator_selection = nullptr;
  const JsonValue* extensions = nullptr;
};

struct RegistrationOutcome {
  Account account;
  StoredCredential credential;
  std::optional<Session> session;           // the browser was signed in
  std::optional<SessionValue> new_session;  // with this cookie
  std::vector<Check> checks;
  std::optional<bool> has_browser_bound_key;  // only of a passkey for payments
};

/// What became of a result; `verification_case` (a line of `countersign verify`) is set where
/// verification began at all.
template <class Outcome>
struct CeremonyResult {
  Result<Outcome> outcome;
  std::string ceremony;
  std::string verification_case;
};

/// The policy's ceremony is `register` for an account without credentials, else `credential.add`.
/// Errors: request_member_invalid, account_exists, session_required, caller_not_allowed,
/// credential_limit_reached, idempotency_key_reused, those of decide_options, those of the store.
Result<BeganCeremony> begin_registration_ceremony(const ServiceContext& context,
                                                  const Tenant& tenant, const Caller& caller,
                                                  const RegistrationRequest& request,
                                                  const std::optional<IdempotencyKey>& idempotency);

/// `response` is the body as it came. The first result of the rightful sender consumes the
/// ceremony. Errors: ceremony_*, those of the verification, those of decide_verdict,
/// credential_already_registered, credential_limit_reached, account_exists, session_required, those
/// of the store.
CeremonyResult<RegistrationOutcome> finish_registration_ceremony(const ServiceContext& context,
                                                                 const Tenant& tenant,
                                                                 const Caller& caller,
                                                                 const CeremonyId& id,
                                                                 std::string_view response);

/// Algorithms that a tenant offers, in order of preference.
std::vector<CoseAlgorithm> offered_algorithms(const Tenant& tenant);

}  // namespace countersign
