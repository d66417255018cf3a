// The FIDO conformance calls: they let anyone enrol for any name and find a ceremony by its
// challenge. `identify` keeps them away from production.

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "service/ceremony_flow.h"

namespace countersign {
namespace {

JsonValue make_object(std::vector<std::pair<std::string, JsonValue>> members = {}) {
  JsonValue value;
  value.type = JsonValue::Type::object;
  value.members = std::move(members);
  return value;
}

JsonValue make_string(std::string_view text) {
  JsonValue value;
  value.type = JsonValue::Type::string;
  value.string = std::string(text);
  return value;
}

Result<JsonValue> object_member(const JsonValue& json, std::string_view name, JsonValue otherwise) {
  const JsonValue* value = json.find(name);
  if (value == nullptr) {
    return otherwise;
  }
  if (!value->is_object()) {
    return kMemberInvalid;
  }
  return *value;
}

Result<UserVerification> verification_member(const JsonValue& json) {
  CS_ASSIGN(const std::optional<std::string> text, optional_text(json, "userVerification"));
  if (!text || *text == "preferred") {
    return UserVerification::preferred;
  }
  if (*text == "required") {
    return UserVerification::required;
  }
  if (*text == "discouraged") {
    return UserVerification::discouraged;
  }
  return kMemberInvalid;
}

struct CreationCall {
  RegistrationRequest request;
  JsonValue selection;
  JsonValue extensions;
};

Status read_creation_call(const std::string& body, CreationCall& call) {
  CS_ASSIGN(const JsonValue json, parse_json(body));
  if (!json.is_object()) {
    return kMemberInvalid;
  }
  CS_ASSIGN(call.request.username, optional_text(json, "username"));
  CS_ASSIGN(call.request.display_name, optional_text(json, "displayName"));
  if (!call.request.username || !call.request.display_name) {
    return kMemberInvalid;
  }
  CS_ASSIGN(call.selection,
            object_member(json, "authenticatorSelection",
                          make_object({{"userVerification", make_string("preferred")}})));
  CS_ASSIGN(call.request.user_verification, verification_member(call.selection));
  for (const std::string_view name : {"residentKey", "authenticatorAttachment"}) {
    CS_TRY([&]() -> Status {
      CS_ASSIGN(const std::optional<std::string> text, optional_text(call.selection, name));
      static_cast<void>(text);
      return ok();
    }());
  }
  const JsonValue* resident = call.selection.find("requireResidentKey");
  if (resident != nullptr && !resident->is_boolean()) {
    return kMemberInvalid;
  }
  CS_ASSIGN(const std::optional<std::string> attestation, optional_text(json, "attestation"));
  call.request.attestation = attestation.value_or("none");
  CS_ASSIGN(call.extensions, object_member(json, "extensions", make_object()));
  return ok();
}

struct RequestCall {
  AuthenticationRequest request;
  JsonValue extensions;
};

Status read_request_call(const std::string& body, RequestCall& call) {
  CS_ASSIGN(const JsonValue json, parse_json(body));
  if (!json.is_object()) {
    return kMemberInvalid;
  }
  CS_ASSIGN(call.request.username, optional_text(json, "username"));
  CS_ASSIGN(call.request.user_verification, verification_member(json));
  CS_ASSIGN(call.extensions, object_member(json, "extensions", make_object()));
  return ok();
}

// `{"status":"ok","errorMessage":"",` and the members of the options.
std::string ok_with(std::string_view options) {
  return R"({"status":"ok","errorMessage":"",)" + std::string(options.substr(1));
}

}  // namespace

HttpResponse Api::conformance_creation_options(Call& call) const {
  constexpr CeremonyKind kKind = CeremonyKind::registration;
  CreationCall creation;
  const Status read = read_creation_call(call.request->body, creation);
  if (!read.has_value()) {
    return make_conformance_failure(read.error(), kKind);
  }
  creation.request.authenticator_selection = &creation.selection;
  creation.request.extensions = &creation.extensions;
  const Result<BeganCeremony> began = begin_registration_ceremony(
      context_, call.tenant(), call.caller, creation.request, std::nullopt);
  if (!began.has_value()) {
    return make_conformance_failure(began.error(), kKind);
  }
  HttpResponse response = json_answer(200, ok_with(began->options));
  if (began->new_session) {
    set_session_cookie(call, response, *began->new_session, std::nullopt);
  }
  return response;
}

HttpResponse Api::conformance_request_options(Call& call) const {
  constexpr CeremonyKind kKind = CeremonyKind::authentication;
  RequestCall requested;
  const Status read = read_request_call(call.request->body, requested);
  if (!read.has_value()) {
    return make_conformance_failure(read.error(), kKind);
  }
  requested.request.extensions = &requested.extensions;
  const Result<BeganCeremony> began = begin_authentication_ceremony(
      context_, call.tenant(), call.caller, requested.request, std::nullopt);
  if (!began.has_value()) {
    return make_conformance_failure(began.error(), kKind);
  }
  HttpResponse response = json_answer(200, ok_with(began->options));
  if (began->new_session) {
    set_session_cookie(call, response, *began->new_session, std::nullopt);
  }
  return response;
}

HttpResponse Api::conformance_creation_result(Call& call) const {
  constexpr CeremonyKind kKind = CeremonyKind::registration;
  const Result<CeremonyId> id =
      find_by_response(context_, call.tenant(), call.caller, kKind, call.request->body);
  if (!id.has_value()) {
    return make_conformance_failure(id.error(), kKind);
  }
  const CeremonyResult<RegistrationOutcome> result =
      finish_registration_ceremony(context_, call.tenant(), call.caller, *id, call.request->body);
  return result.outcome.has_value() ? json_answer(200, R"({"status":"ok","errorMessage":""})")
                                    : make_conformance_failure(result.outcome.error(), kKind);
}

HttpResponse Api::conformance_request_result(Call& call) const {
  constexpr CeremonyKind kKind = CeremonyKind::authentication;
  const Result<CeremonyId> id =
      find_by_response(context_, call.tenant(), call.caller, kKind, call.request->body);
  if (!id.has_value()) {
    return make_conformance_failure(id.error(), kKind);
  }
  const CeremonyResult<AuthenticationOutcome> result =
      finish_authentication_ceremony(context_, call.tenant(), call.caller, *id, call.request->body);
  return result.outcome.has_value() ? json_answer(200, R"({"status":"ok","errorMessage":""})")
                                    : make_conformance_failure(result.outcome.error(), kKind);
}

}  // namespace countersign
