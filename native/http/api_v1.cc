// The versioned API.

#include <algorithm>

#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "service/ceremony_flow.h"
#include "service/rendering.h"

namespace countersign {
namespace {

struct RegistrationBody {
  RegistrationRequest request;
  std::optional<ActivationCode> activation;
};

std::optional<JsonValue> member_of(const JsonValue& json, std::string_view name) {
  const JsonValue* value = json.find(name);
  return value == nullptr ? std::nullopt : std::optional<JsonValue>(*value);
}

Result<RegistrationBody> read_registration_request(const std::string& body) {
  CS_ASSIGN(const JsonValue json, read_body(body, {"username", "displayName", "attestation",
                                                   "activation", "policyInputs", "payments"}));
  RegistrationRequest request;
  CS_ASSIGN(request.username, optional_text(json, "username"));
  CS_ASSIGN(request.display_name, optional_text(json, "displayName"));
  CS_ASSIGN(const std::optional<std::string> attestation, optional_text(json, "attestation"));
  request.attestation = attestation.value_or("none");
  if (request.attestation != "none" && request.attestation != "indirect" &&
      request.attestation != "direct" && request.attestation != "enterprise") {
    return kMemberInvalid;
  }
  request.policy_inputs = member_of(json, "policyInputs");
  CS_ASSIGN(const std::optional<bool> payments, optional_boolean(json, "payments"));
  request.is_for_payments = payments.value_or(false);
  RegistrationBody read{std::move(request), std::nullopt};
  if (const JsonValue* activation = json.find("activation")) {
    CS_ASSIGN(read.activation, read_activation_code(*activation));
  }
  return read;
}

Result<AuthenticationRequest> read_authentication_request(const std::string& body) {
  CS_ASSIGN(const JsonValue json,
            read_body(body, {"username", "mediation", "userVerification", "policyInputs"}));
  AuthenticationRequest request;
  CS_ASSIGN(request.username, optional_text(json, "username"));
  CS_ASSIGN(const std::optional<std::string> mediation, optional_text(json, "mediation"));
  if (mediation == "conditional") {
    request.mediation = Mediation::conditional;
  } else if (mediation) {
    return kMemberInvalid;
  }
  CS_ASSIGN(const std::optional<std::string> verification, optional_text(json, "userVerification"));
  if (verification == "required") {
    request.user_verification = UserVerification::required;
  } else if (verification) {
    return kMemberInvalid;
  }
  request.policy_inputs = member_of(json, "policyInputs");
  return request;
}

void write_session_times(JsonWriter& json, const std::optional<Session>& session) {
  json.member("session");
  if (!session) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("authenticatedAt").string(encode_rfc3339(session->authenticated_at));
  json.member("expiresAt").string(encode_rfc3339(session->expires_at));
  json.end_object();
}

// A made-up credential is refused as unknown, a real one by a check that may find the response
// malformed: two classes would tell who is a customer.
Error told_of_sign_in(const Tenant& tenant, const Error& error) {
  const bool is_told_apart =
      error.check != Check::none && error_class(error.code) == ErrorClass::malformed;
  return tenant.error_detail == ErrorDetail::class_only && is_told_apart
             ? Error{ErrorCode::credential_unknown, Check::none, 0}
             : error;
}

void write_evidence(JsonWriter& json, const Tenant& tenant, CeremonyKind kind,
                    std::span<const Check> checks, std::string_view verification_case) {
  if (tenant.error_detail != ErrorDetail::precise) {
    return;
  }
  json.member("checks");
  write_checks(json, kind, checks);
  if (!verification_case.empty()) {
    json.member("case").raw(verification_case);
  }
}

}  // namespace

HttpResponse Api::began(const Call& call, const Result<BeganCeremony>& result) const {
  if (!result.has_value()) {
    return located_problem(call, result.error(), call.request->body);
  }
  HttpResponse response = json_answer(201, result->answer);
  if (result->new_session) {
    set_session_cookie(call, response, *result->new_session, std::nullopt);
  }
  return response;
}

HttpResponse Api::create_registration(Call& call) const {
  const Result<std::optional<IdempotencyKey>> key =
      read_idempotency_key(*call.request, context_.hasher);
  if (!key.has_value()) {
    return backend_problem(call, key.error());
  }
  Result<RegistrationBody> body = read_registration_request(call.request->body);
  if (!body.has_value()) {
    return located_problem(call, body.error(), call.request->body);
  }
  RegistrationRequest& request = body->request;
  if (body->activation) {
    const Result<Activation> redeemed =
        redeem_activation(context_, stores_.activations, call.tenant(), call.caller,
                          body->activation->id, body->activation->code);
    if (!redeemed.has_value()) {
      return problem(call, redeemed.error(), CeremonyKind::registration);
    }
    request.activation = *redeemed;
  }
  return began(call,
               begin_registration_ceremony(context_, call.tenant(), call.caller, request, *key));
}

HttpResponse Api::create_authentication(Call& call) const {
  const Result<std::optional<IdempotencyKey>> key =
      read_idempotency_key(*call.request, context_.hasher);
  if (!key.has_value()) {
    return backend_problem(call, key.error());
  }
  const Result<AuthenticationRequest> request = read_authentication_request(call.request->body);
  if (!request.has_value()) {
    return located_problem(call, request.error(), call.request->body);
  }
  return began(call,
               begin_authentication_ceremony(context_, call.tenant(), call.caller, *request, *key));
}

HttpResponse Api::finish_registration(Call& call) const {
  constexpr CeremonyKind kKind = CeremonyKind::registration;
  const CeremonyResult<RegistrationOutcome> result = finish_registration_ceremony(
      context_, call.tenant(), call.caller, CeremonyId(call.parameter), call.request->body);
  if (!result.outcome.has_value()) {
    return problem(call, result.outcome.error(), kKind, result.verification_case);
  }
  const RegistrationOutcome& outcome = *result.outcome;
  JsonWriter json;
  json.begin_object();
  json.member("id").string(result.ceremony);
  json.member("state").string("succeeded");
  json.member("user");
  write_account(json, outcome.account);
  json.member("credential");
  write_credential(json, outcome.credential);
  if (outcome.has_browser_bound_key) {
    json.member("browserBoundKey").boolean(*outcome.has_browser_bound_key);
  }
  write_session_times(json, outcome.session);
  write_evidence(json, call.tenant(), kKind, outcome.checks, result.verification_case);
  json.end_object();
  HttpResponse response = json_answer(200, std::move(json).take());
  if (outcome.new_session) {
    set_session_cookie(call, response, *outcome.new_session, kSessionSeconds);
  }
  return response;
}

HttpResponse Api::finish_authentication(Call& call) const {
  constexpr CeremonyKind kKind = CeremonyKind::authentication;
  const CeremonyResult<AuthenticationOutcome> result = finish_authentication_ceremony(
      context_, call.tenant(), call.caller, CeremonyId(call.parameter), call.request->body);
  if (!result.outcome.has_value()) {
    const Error told = told_of_sign_in(call.tenant(), result.outcome.error());
    return problem(call, told, kKind, result.verification_case);
  }
  const AuthenticationOutcome& outcome = *result.outcome;
  JsonWriter json;
  json.begin_object();
  json.member("id").string(result.ceremony);
  json.member("state").string("succeeded");
  json.member("user");
  write_account(json, outcome.account);
  json.member("credential");
  write_credential(json, outcome.credential);
  json.member("userVerified").boolean(outcome.is_user_verified);
  json.member("counter").string(counter_outcome_name(outcome.counter));
  write_session_times(json, outcome.session);
  write_evidence(json, call.tenant(), kKind, outcome.checks, result.verification_case);
  json.end_object();
  HttpResponse response = json_answer(200, std::move(json).take());
  if (outcome.new_session) {
    set_session_cookie(call, response, *outcome.new_session, kSessionSeconds);
  }
  return response;
}

HttpResponse Api::read_registration(Call& call) const {
  return report(call, CeremonyKind::registration);
}

HttpResponse Api::read_authentication(Call& call) const {
  return report(call, CeremonyKind::authentication);
}

HttpResponse Api::report(const Call& call, CeremonyKind kind) const {
  const Result<CeremonyReport> read =
      read_ceremony(context_, call.tenant(), kind, CeremonyId(call.parameter));
  if (!read.has_value()) {
    return problem(call, read.error(), kind);
  }
  const Ceremony& ceremony = read->ceremony;
  JsonWriter json;
  json.begin_object();
  json.member("id").string(ceremony.id.value);
  json.member("kind").string(ceremony_kind_name(kind));
  json.member("state").string(ceremony_stage_name(read->stage));
  json.member("createdAt").string(encode_rfc3339(ceremony.created_at));
  json.member("expiresAt").string(encode_rfc3339(ceremony.expires_at));
  json.member("finishedAt");
  if (ceremony.finished_at) {
    json.string(encode_rfc3339(*ceremony.finished_at));
  } else {
    json.null();
  }
  const bool has_succeeded = read->stage == CeremonyStage::succeeded;
  json.member("user");
  if (read->account) {
    write_account(json, *read->account);
  } else {
    json.null();
  }
  json.member("credential");
  if (has_succeeded && read->credential) {
    write_credential(json, *read->credential);
  } else {
    json.null();
  }
  json.member("userVerified");
  if (has_succeeded) {
    json.boolean(ceremony.is_user_verified);
  } else {
    json.null();
  }
  if (read->stage == CeremonyStage::refused) {
    json.member("error").begin_object();
    json.member("class").string(error_class_name(error_class(ceremony.error.code)));
    json.member("correlationId").string(ceremony.correlation_id);
    if (call.tenant().error_detail == ErrorDetail::precise) {
      json.member("code").string(error_name(ceremony.error.code));
    }
    json.end_object();
  }
  json.end_object();
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::read_session_state(Call& call) const {
  JsonWriter json;
  json.begin_object();
  json.member("user");
  std::optional<Account> account;
  if (call.caller.session && !call.caller.api_key) {
    const Result<Account> own = resolve_account(context_, call.tenant(), call.caller, std::nullopt);
    if (own.has_value()) {
      account = *own;
    } else if (own.error().code != ErrorCode::session_required) {
      return problem(call, own.error(), CeremonyKind::authentication);
    }
  }
  if (!account) {
    json.null();
  } else {
    const Session& session = *call.caller.session;
    write_account(json, *account);
    json.member("credentialId");
    if (session.credential_id) {
      json.base64url(session.credential_id->value);
    } else {
      json.null();
    }
    json.member("authenticatedAt").string(encode_rfc3339(session.authenticated_at));
    json.member("expiresAt").string(encode_rfc3339(session.expires_at));
  }
  json.end_object();
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::delete_session(Call& call) const {
  if (call.caller.session) {
    const Status deleted =
        context_.credentials.delete_session(call.tenant().id, call.caller.session->digest);
    if (!deleted.has_value()) {
      return problem(call, deleted.error(), CeremonyKind::authentication);
    }
  }
  HttpResponse response = no_content();
  set_session_cookie(call, response, SessionValue(), 0);
  return response;
}

Result<Account> Api::named_account(const Call& call) const {
  return resolve_account(context_, call.tenant(), call.caller,
                         query_value(call.request->query, "username"));
}

HttpResponse Api::list_credentials(Call& call) const {
  constexpr CeremonyKind kKind = CeremonyKind::registration;
  const Result<Account> account = named_account(call);
  if (!account.has_value()) {
    return problem(call, account.error(), kKind);
  }
  const Result<std::vector<StoredCredential>> credentials =
      list_account_credentials(context_, call.tenant(), *account);
  if (!credentials.has_value()) {
    return problem(call, credentials.error(), kKind);
  }
  JsonWriter json;
  json.begin_object();
  json.member("credentials").begin_array();
  for (const StoredCredential& credential : *credentials) {
    write_credential(json, credential);
  }
  json.end_array();
  json.end_object();
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::rename_credential(Call& call) const {
  constexpr CeremonyKind kKind = CeremonyKind::registration;
  const auto rename = [&]() -> Result<StoredCredential> {
    CS_ASSIGN(const Account account, named_account(call));
    CS_ASSIGN(const JsonValue json, read_body(call.request->body, {"name"}));
    CS_ASSIGN(const std::optional<std::string> name, optional_text(json, "name"));
    const Result<ByteVector> id = parse_base64url(call.parameter);
    if (!id.has_value()) {
      return ErrorCode::credential_not_found;
    }
    if (!name) {
      return kMemberInvalid;
    }
    return rename_account_credential(context_, call.tenant(), call.caller, account,
                                     CredentialId(*id), *name);
  };
  const Result<StoredCredential> renamed = rename();
  if (!renamed.has_value()) {
    return problem(call, renamed.error(), kKind);
  }
  JsonWriter json;
  write_credential(json, *renamed);
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::revoke_credential(Call& call) const {
  const auto revoke = [&]() -> Status {
    CS_ASSIGN(const Account account, named_account(call));
    const Result<ByteVector> id = parse_base64url(call.parameter);
    if (!id.has_value()) {
      return ErrorCode::credential_not_found;
    }
    return revoke_account_credential(context_, call.tenant(), call.caller, account,
                                     CredentialId(*id));
  };
  const Status revoked = revoke();
  if (!revoked.has_value()) {
    return problem(call, revoked.error(), CeremonyKind::registration);
  }
  return no_content();
}

}  // namespace countersign
