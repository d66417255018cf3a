// What the policy says about a customer, and payments that it lets through.

#include "native/http/body.h"
#include "native/http/call.h"
#include "service/exemption_service.h"

namespace countersign {
namespace {

Result<PolicyCeremony> ceremony_named(std::string_view name) {
  const std::optional<PolicyCeremony> known = find_policy_ceremony(name);
  return known ? Result<PolicyCeremony>(*known) : kMemberInvalid;
}

// `json` must outlive the request.
Result<DecisionRequest> read_request(const JsonValue& json, PolicyCeremony ceremony) {
  DecisionRequest request;
  request.ceremony = ceremony;
  CS_ASSIGN(request.username, required_text(json, "username"));
  CS_ASSIGN(std::optional<std::string> authentication, optional_text(json, "authentication"));
  if (authentication) {
    request.authentication = CeremonyId(std::move(*authentication));
  }
  request.inputs = json.find("inputs");
  return request;
}

}  // namespace

HttpResponse Api::create_decision(Call& call) const {
  const auto decide = [&]() -> Result<std::string> {
    CS_TRY(read_session(call));  // that the backend may pass on
    CS_ASSIGN(const JsonValue json,
              read_body(call.request->body, {"username", "ceremony", "inputs", "authentication"}));
    CS_ASSIGN(const std::string name, required_text(json, "ceremony"));
    CS_ASSIGN(const PolicyCeremony ceremony, ceremony_named(name));
    CS_ASSIGN(const DecisionRequest request, read_request(json, ceremony));
    return answer_decision(context_, stores_.exemptions, call.tenant(), call.caller, request);
  };
  Result<std::string> answer = decide();
  return answer.has_value() ? json_answer(200, std::move(*answer))
                            : located_problem(call, answer.error(), call.request->body);
}

HttpResponse Api::create_exemption(Call& call) const {
  const auto grant = [&]() -> Result<std::string> {
    CS_TRY(read_session(call));
    CS_ASSIGN(const std::optional<IdempotencyKey> key,
              read_idempotency_key(*call.request, context_.hasher));
    if (!key) {
      return kMemberInvalid;  // a payment that is sent twice must not be let through twice
    }
    CS_ASSIGN(const JsonValue json,
              read_body(call.request->body, {"username", "ceremony", "inputs", "authentication"}));
    CS_ASSIGN(const std::optional<std::string> name, optional_text(json, "ceremony"));
    CS_ASSIGN(const PolicyCeremony ceremony, ceremony_named(name.value_or("transaction.approve")));
    CS_ASSIGN(const DecisionRequest request, read_request(json, ceremony));
    return grant_exemption(context_, stores_.exemptions, call.tenant(), call.caller, request, *key);
  };
  Result<std::string> answer = grant();
  return answer.has_value() ? json_answer(201, std::move(*answer))
                            : located_problem(call, answer.error(), call.request->body);
}

}  // namespace countersign
