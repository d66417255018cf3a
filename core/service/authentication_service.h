#pragma once
// Use cases of authentication: issue options, take the browser's answer.

#include <string>
#include <string_view>

#include "ceremony/authentication.h"
#include "service/context.h"
#include "service/registration_service.h"

namespace countersign {

struct AuthenticationRequest {
  std::optional<std::string> username;
  Mediation mediation = Mediation::modal;
  std::optional<UserVerification> user_verification;
  std::optional<JsonValue> policy_inputs;  // of a backend alone
  const JsonValue* extensions = nullptr;   // the conformance calls only
};

struct AuthenticationOutcome {
  Account account;
  /// As it stands after the sign-in. `model.objection`: its model is reported as compromised, and
  /// the tenant lets such credentials sign in.
  StoredCredential credential;
  bool is_user_verified = false;
  CounterOutcome counter = CounterOutcome::zero;
  std::optional<Session> session;
  std::optional<SessionValue> new_session;
  std::vector<Check> checks;
};

/// Nobody's name gets made-up credentials, and so does a name whose credentials cannot satisfy the
/// policy. Errors: request_member_invalid, caller_not_allowed,
/// account_unknown (conformance calls only), idempotency_key_reused, those of decide_options, those
/// of the store.
Result<BeganCeremony> begin_authentication_ceremony(
    const ServiceContext& context, const Tenant& tenant, const Caller& caller,
    const AuthenticationRequest& request, const std::optional<IdempotencyKey>& idempotency);

/// Errors: ceremony_*, those of the verification, credential_unknown, account_unknown, those of
/// decide_verdict, credential_model_compromised, those of the store.
CeremonyResult<AuthenticationOutcome> finish_authentication_ceremony(const ServiceContext& context,
                                                                     const Tenant& tenant,
                                                                     const Caller& caller,
                                                                     const CeremonyId& id,
                                                                     std::string_view response);

/// What the verifier holds an assertion of that ceremony against.
AuthenticationExpectations make_authentication_expectations(const Tenant& tenant,
                                                            const Ceremony& ceremony,
                                                            UnixSeconds now);

}  // namespace countersign
