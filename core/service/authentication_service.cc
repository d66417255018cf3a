#include "service/authentication_service.h"

#include <array>

#include "ceremony/authentication.h"
#include "codec/json_reader.h"
#include "service/ceremony_flow.h"
#include "service/decoys.h"
#include "service/model_facts.h"

namespace countersign {
namespace {

constexpr std::string_view kAuthenticationRoute = "POST /v1/authentications";

Result<BeganCeremony> begin(const ServiceContext& context, const Tenant& tenant,
                            const Caller& caller, const AuthenticationRequest& request,
                            const std::optional<IdempotencyKey>& idempotency, CeremonyId& issued_id,
                            PolicyTrace& trace) {
  if (request.policy_inputs && !caller.api_key) {
    return ErrorCode::request_member_invalid;  // a browser supplies none
  }
  if (!caller.api_key && !caller.is_conformance_call && !tenant.has_sessions) {
    return ErrorCode::caller_not_allowed;
  }
  if (request.username && !is_name(*request.username, kMaxNameCharacters)) {
    return ErrorCode::request_member_invalid;
  }
  if (request.username && request.mediation == Mediation::conditional) {
    return ErrorCode::request_member_invalid;
  }
  CS_ASSIGN(std::optional<std::string> remembered,
            find_remembered(context, tenant, caller, kAuthenticationRoute, idempotency));
  if (remembered) {
    return BeganCeremony{{}, std::move(*remembered), std::nullopt, true};
  }

  IssuedCeremony issued = issue_ceremony(context, tenant, caller, CeremonyKind::authentication);
  Ceremony& ceremony = issued.ceremony;
  ceremony.mediation = request.mediation;
  ceremony.user_verification = tenant.authentication_verification;
  if (request.user_verification &&
      (caller.is_conformance_call || *request.user_verification == UserVerification::required)) {
    ceremony.user_verification = *request.user_verification;
  }
  std::string inputs;
  if (request.policy_inputs) {
    CS_ASSIGN(inputs, read_backend_inputs(*request.policy_inputs, PolicyCeremony::authenticate));
  }
  PolicyQuestion question =
      make_question(ceremony, caller, PolicyCeremony::authenticate, std::move(inputs));
  PolicyInForce policy_in_force;  // of one moment for the whole answer
  std::vector<CredentialRecord> allowed;
  if (request.username) {
    CS_ASSIGN(const std::optional<Account> account,
              context.credentials.find_account_by_username(tenant.id, *request.username));
    // The same queries whether or not the name exists.
    CS_ASSIGN(
        std::vector<StoredCredential> credentials,
        context.credentials.list_credentials(tenant.id, account ? account->handle : UserHandle()));
    std::vector<CredentialRecord> decoys =
        make_decoys(context.hasher, context.decoy_secret, tenant.id, *request.username);
    // A name that nobody has falls to one revision or the other like a customer's.
    question.user = account ? account->handle : UserHandle(decoys.front().id.value);
    policy_in_force = context.policies.policy_for(tenant.id, question.user);
    for (StoredCredential& credential : usable_credentials(
             context, tenant, policy_in_force, question, std::move(credentials), trace)) {
      allowed.push_back(std::move(credential.record));
    }
    if (allowed.empty()) {
      if (caller.is_conformance_call) {
        return ErrorCode::account_unknown;
      }
      allowed = std::move(decoys);
      ceremony.is_decoy = true;
    } else {
      ceremony.user_handle = account->handle;
    }
    for (const CredentialRecord& record : allowed) {
      ceremony.allow_credentials.push_back(record.id);
    }
  } else {
    policy_in_force = context.policies.policy_for(tenant.id, question.user);
  }
  CS_ASSIGN(const PolicyOptions policy,
            decide_options(context, tenant, policy_in_force, question, trace));
  bind_policy(ceremony, policy);
  issued_id = ceremony.id;
  std::string options =
      encode_request_options({tenant, ceremony, allowed, policy.options, request.extensions});
  std::string answer = encode_began(issued, options, policy.client, nullptr);
  return store_began(context, tenant, caller, issued, std::nullopt, std::move(options),
                     std::move(answer), kAuthenticationRoute, idempotency);
}

// Does for a credential that nobody has the work that a real one takes: else the time of the
// refusal would tell who is a customer. The outcome counts for nothing.
void verify_stand_in(const ServiceContext& context, const Ceremony& ceremony,
                     AuthenticationExpectations expectations,
                     const AuthenticationResponse& response) {
  // Twice P-256's base point as an ES256 key: for the point itself engines have a table.
  constexpr std::array<std::uint8_t, 77> kKey{
      0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, 0x7c, 0xf2, 0x7b,
      0x18, 0x8d, 0x03, 0x4f, 0x7e, 0x8a, 0x52, 0x38, 0x03, 0x04, 0xb5, 0x1a, 0xc3,
      0xc0, 0x89, 0x69, 0xe2, 0x77, 0xf2, 0x1b, 0x35, 0xa6, 0x0b, 0x48, 0xfc, 0x47,
      0x66, 0x99, 0x78, 0x22, 0x58, 0x20, 0x07, 0x77, 0x55, 0x10, 0xdb, 0x8e, 0xd0,
      0x40, 0x29, 0x3d, 0x9a, 0xc6, 0x9f, 0x74, 0x30, 0xdb, 0xba, 0x7d, 0xad, 0xe6,
      0x3c, 0xe9, 0x82, 0x29, 0x9e, 0x04, 0xb7, 0x9d, 0x22, 0x78, 0x73, 0xd1};
  CredentialRecord record;
  record.id = response.id;
  record.public_key.assign(kKey.begin(), kKey.end());
  // A handle that nobody can name, and eligibility for backup as with some.
  record.user_handle = UserHandle(ByteVector(ceremony.challenge));
  record.is_backup_eligible = !response.id.value.empty() && (response.id.value[0] & 1U) != 0;
  if (ceremony.is_decoy) {
    expectations.is_user_handle_required = false;  // a real name has an account
  }
  Result<PendingAuthentication> pending =
      begin_authentication(expectations, record, response, context.hasher);
  if (pending.has_value()) {
    static_cast<void>(discharge(pending->obligations(), context.verifier));
  }
}

// The counter's own check names it, whatever the policy demands beside.
Error told_of_counter(const Error& error) {
  return error.code == ErrorCode::counter_not_advanced
             ? Error{error.code, Check::signature_counter_advanced, 0}
             : error;
}

struct Verified {
  VerifiedAssertion assertion;
  StoredCredential credential;
};

Result<Verified> verify(const ServiceContext& context, const Tenant& tenant,
                        const Ceremony& ceremony, const AuthenticationExpectations& expectations,
                        std::string_view text, std::string& verification_case) {
  CS_ASSIGN(const JsonValue body, parse_json(text));
  const bool is_case_wanted = tenant.error_detail == ErrorDetail::precise;
  const Result<AuthenticationResponse> response = parse_authentication_response(body);
  if (!response.has_value()) {
    if (is_case_wanted) {
      verification_case =
          encode_authentication_case(ceremony.id, expectations, ceremony.mediation, nullptr, text);
    }
    return response.error();
  }
  CS_ASSIGN(const std::optional<StoredCredential> credential,
            context.credentials.find_credential(tenant.id, response->id));
  if (is_case_wanted) {
    verification_case =
        encode_authentication_case(ceremony.id, expectations, ceremony.mediation,
                                   credential ? &credential->record : nullptr, text);
  }
  if (!credential) {
    verify_stand_in(context, ceremony, expectations, *response);
    return Error{ErrorCode::credential_unknown, Check::credential_known, 0};
  }
  CS_ASSIGN(PendingAuthentication pending,
            begin_authentication(expectations, credential->record, *response, context.hasher));
  CS_ASSIGN(VerifiedAssertion assertion,
            std::move(pending).finish(discharge(pending.obligations(), context.verifier)));
  if (ceremony.is_decoy) {
    return Error{ErrorCode::account_unknown, Check::credential_known, 0};
  }
  return Verified{std::move(assertion), *credential};
}

// What is said beside the outcome, also when there is none.
struct Aside {
  std::string verification_case;
  std::optional<ErrorCode> objection;
  PolicyTrace trace;
};

Result<AuthenticationOutcome> finish(const ServiceContext& context, const Tenant& tenant,
                                     const Caller& caller, const CeremonyId& id,
                                     std::string_view text, Aside& aside) {
  CS_ASSIGN(const Ceremony ceremony,
            find_pending(context, tenant, caller, CeremonyKind::authentication, id));
  const UnixSeconds now = context.clock.now();
  const AuthenticationExpectations expectations =
      make_authentication_expectations(tenant, ceremony, now);
  const Result<Verified> verified =
      verify(context, tenant, ceremony, expectations, text, aside.verification_case);
  if (!verified.has_value()) {
    if (is_of_the_store(verified.error())) {
      return verified.error();
    }
    return refuse(context, ceremony, caller, now, verified.error());
  }
  const VerifiedAssertion& assertion = verified->assertion;
  const CredentialId& credential_id = verified->credential.record.id;
  StoredCredential credential = verified->credential;
  credential.record.is_backed_up = assertion.updated_record().is_backed_up;
  PolicyQuestion question = make_question(ceremony, caller);
  question.is_user_found = !question.user;
  question.user = credential.record.user_handle;
  const Status decided =
      decide_verdict(context, tenant, question, ceremony.policy,
                     {credential, assertion.authenticator_data().flags.is_user_verified(),
                      assertion.counter(), std::nullopt},
                     aside.trace);
  if (!decided.has_value()) {
    if (is_of_the_store(decided.error())) {
      return decided.error();
    }
    if (assertion.counter() == CounterOutcome::not_advanced) {
      return refuse(context, ceremony, caller, now, told_of_counter(decided.error()),
                    credential_id);
    }
    return refuse(context, ceremony, caller, now, decided.error());
  }
  update_objection(context.models.models().get(), now, credential);
  aside.objection = credential.model.objection;
  if (aside.objection && tenant.compromised_credentials == CompromisedCredentials::refuse) {
    return refuse(context, ceremony, caller, now,
                  Error{ErrorCode::credential_model_compromised, Check::credential_model_sound, 0});
  }
  // The record names its account; the verifier held it against what the response says.
  if (!credential.record.user_handle) {
    return ErrorCode::store_corrupt;
  }
  const UserHandle handle = *credential.record.user_handle;
  CS_ASSIGN(const std::optional<Account> account,
            context.credentials.find_account(tenant.id, handle));
  if (!account) {
    return ErrorCode::store_corrupt;
  }

  AuthenticationOutcome outcome;
  outcome.account = *account;
  outcome.credential = std::move(credential);
  outcome.credential.record = assertion.updated_record();
  outcome.credential.record.user_handle = handle;
  outcome.credential.last_used_at = now;
  outcome.is_user_verified = assertion.authenticator_data().flags.is_user_verified();
  outcome.counter = assertion.counter();
  FinishedAuthentication finished{outcome.credential.record, outcome.is_user_verified, std::nullopt,
                                  std::nullopt};
  if (ceremony.binding == CeremonyBinding::session) {
    const NewSession made =
        make_session(context, tenant, handle, credential_id, outcome.is_user_verified, now);
    finished.session = made.session;
    finished.session_replaced = caller.session_digest;
    outcome.session = made.session;
    outcome.new_session = made.value;
  }
  if (outcome.counter == CounterOutcome::not_advanced) {
    finished.counter = CounterRule::accepted;  // the verdict let it pass
  }
  CS_TRY(context.challenges.finish_authentication(ceremony, now, finished, caller.correlation_id));
  outcome.checks = assertion.checks();
  outcome.checks.push_back(Check::ceremony_pending);
  if (outcome.counter != CounterOutcome::not_advanced) {
    outcome.checks.push_back(Check::signature_counter_advanced);
  }
  if (!aside.objection) {
    outcome.checks.push_back(Check::credential_model_sound);
  }
  return outcome;
}

}  // namespace

AuthenticationExpectations make_authentication_expectations(const Tenant& tenant,
                                                            const Ceremony& ceremony,
                                                            UnixSeconds now) {
  auto expectations = make_common_expectations<AuthenticationExpectations>(tenant, ceremony, now);
  expectations.allow_credentials = ceremony.allow_credentials;
  expectations.user_handle = ceremony.user_handle;
  expectations.is_user_handle_required = !ceremony.user_handle.has_value();
  return expectations;
}

Result<BeganCeremony> begin_authentication_ceremony(
    const ServiceContext& context, const Tenant& tenant, const Caller& caller,
    const AuthenticationRequest& request, const std::optional<IdempotencyKey>& idempotency) {
  CeremonyId id;
  PolicyTrace trace;
  Result<BeganCeremony> began = begin(context, tenant, caller, request, idempotency, id, trace);
  audit(context, "authentication.begin", tenant, caller, CeremonyKind::authentication,
        audited_id(began, id),
        began.has_value() ? std::nullopt : std::optional<Error>(began.error()), trace);
  return began;
}

CeremonyResult<AuthenticationOutcome> finish_authentication_ceremony(const ServiceContext& context,
                                                                     const Tenant& tenant,
                                                                     const Caller& caller,
                                                                     const CeremonyId& id,
                                                                     std::string_view response) {
  Aside aside;
  Result<AuthenticationOutcome> outcome = finish(context, tenant, caller, id, response, aside);
  audit(context, "authentication.result", tenant, caller, CeremonyKind::authentication, id,
        outcome.has_value() ? std::nullopt : std::optional<Error>(outcome.error()), aside.trace,
        aside.objection);
  return {std::move(outcome), id.value, std::move(aside.verification_case)};
}

}  // namespace countersign
