// How customers come in and come back: activations, recoveries, accounts, events.

#include "codec/json_time.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "service/ceremony_flow.h"
#include "service/rendering.h"

namespace countersign {
namespace {

constexpr std::size_t kMaxEvents = 500;  // of one answer [each below 400 bytes]

Result<ActivationRequest> read_activation_request(const std::string& body) {
  CS_ASSIGN(const JsonValue json, read_body(body, {"username", "displayName"}));
  ActivationRequest request;
  CS_ASSIGN(request.username, required_text(json, "username"));
  CS_ASSIGN(request.display_name, optional_text(json, "displayName"));
  return request;
}

Result<RecoveryRequest> read_recovery_request(const std::string& body) {
  CS_ASSIGN(const JsonValue json, read_body(body, {"username", "revokeOthers"}));
  RecoveryRequest request;
  CS_ASSIGN(request.username, required_text(json, "username"));
  CS_ASSIGN(const std::optional<bool> revokes, optional_boolean(json, "revokeOthers"));
  request.others = revokes.value_or(false) ? OtherCredentials::revoke : OtherCredentials::keep;
  return request;
}

void write_activation(JsonWriter& json, const Activation& activation, const Account& account,
                      UnixSeconds now) {
  json.begin_object();
  json.member("id").string(activation.id.value);
  json.member("purpose").string(activation_purpose_name(activation.purpose));
  json.member("state").string(activation_stage_name(stage_of(activation, now)));
  json.member("wrongCodes").integer(activation.tries);
  json.member("createdAt").string(encode_rfc3339(activation.created_at));
  json.member("expiresAt").string(encode_rfc3339(activation.expires_at));
  write_optional_time(json, "finishedAt", activation.finished_at);
  json.member("user");
  write_account(json, account);
  json.member("credentialId");
  if (activation.credential_id) {
    json.base64url(activation.credential_id->value);
  } else {
    json.null();
  }
  json.end_object();
}

void write_event(JsonWriter& json, const Notice& notice) {
  json.begin_object();
  json.member("id").string(std::to_string(notice.number));
  json.member("kind").string(notice_kind_name(notice.kind));
  json.member("time").string(encode_rfc3339(notice.time));
  json.member("user").begin_object();
  json.member("userHandle").base64url(notice.account.value);
  json.member("username");
  if (notice.username) {
    json.string(*notice.username);
  } else {
    json.null();
  }
  json.end_object();
  json.member("detail").raw(notice.detail);
  json.end_object();
}

}  // namespace

HttpResponse Api::create_activation(Call& call) const {
  const auto create = [&]() -> Result<std::string> {
    CS_ASSIGN(const std::optional<IdempotencyKey> key,
              read_idempotency_key(*call.request, context_.hasher));
    CS_ASSIGN(const ActivationRequest request, read_activation_request(call.request->body));
    return countersign::create_activation(context_, stores_.activations, call.tenant(), call.caller,
                                          request, key);
  };
  Result<std::string> answer = create();
  return answer.has_value() ? json_answer(201, std::move(*answer))
                            : located_problem(call, answer.error(), call.request->body);
}

HttpResponse Api::create_recovery(Call& call) const {
  const auto create = [&]() -> Result<std::string> {
    CS_ASSIGN(const std::optional<IdempotencyKey> key,
              read_idempotency_key(*call.request, context_.hasher));
    CS_ASSIGN(const RecoveryRequest request, read_recovery_request(call.request->body));
    return begin_recovery(context_, stores_.activations, call.tenant(), call.caller, request, key);
  };
  Result<std::string> answer = create();
  return answer.has_value() ? json_answer(201, std::move(*answer))
                            : located_problem(call, answer.error(), call.request->body);
}

HttpResponse Api::read_activation(Call& call) const {
  const Result<ActivationReport> report = countersign::read_activation(
      context_, stores_.activations, call.tenant(), ActivationId(call.parameter));
  if (!report.has_value()) {
    return backend_problem(call, report.error());
  }
  JsonWriter json;
  write_activation(json, report->activation, report->account, context_.clock.now());
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::read_account(Call& call) const {
  const Result<AccountOverview> overview =
      countersign::read_account(context_, stores_.accounts, call.tenant(), call.parameter);
  if (!overview.has_value()) {
    return backend_problem(call, overview.error());
  }
  JsonWriter json;
  json.begin_object();
  json.member("user");
  write_account(json, overview->account);
  json.member("createdAt").string(encode_rfc3339(overview->account.created_at));
  json.member("credentials").begin_array();
  for (const StoredCredential& credential : overview->credentials) {
    write_credential(json, credential);
  }
  json.end_array();
  json.member("sessions").integer(overview->state.sessions);
  json.member("activation");
  if (overview->state.activation) {
    write_activation(json, *overview->state.activation, overview->account, context_.clock.now());
  } else {
    json.null();
  }
  json.end_object();
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::revoke_account(Call& call) const {
  const auto revoke = [&]() -> Result<RevokedAll> {
    CS_TRY(read_body(call.request->body, {}));
    return countersign::revoke_account(context_, stores_.accounts, call.tenant(), call.caller,
                                       call.parameter);
  };
  const Result<RevokedAll> ended = revoke();
  if (!ended.has_value()) {
    return located_problem(call, ended.error(), call.request->body);
  }
  JsonWriter json;
  json.begin_object();
  json.member("credentials").integer(ended->credentials);
  json.member("sessions").integer(ended->sessions);
  json.member("ceremonies").integer(ended->ceremonies);
  json.member("activations").integer(ended->activations);
  json.end_object();
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::list_events(Call& call) const {
  const Result<Page> page = read_page(*call.request, kMaxEvents);
  if (!page.has_value()) {
    return backend_problem(call, page.error());
  }
  const Result<std::vector<Notice>> notices =
      stores_.notices.list_notices(call.tenant().id, page->after, page->limit);
  if (!notices.has_value()) {
    return backend_problem(call, notices.error());
  }
  JsonWriter json;
  json.begin_object();
  json.member("events").begin_array();
  for (const Notice& notice : *notices) {
    write_event(json, notice);
  }
  json.end_array();
  json.member("next").string(
      std::to_string(notices->empty() ? page->after : notices->back().number));
  json.end_object();
  return json_answer(200, std::move(json).take());
}

}  // namespace countersign
