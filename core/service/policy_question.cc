#include "service/policy_question.h"

#include "codec/base64url.h"
#include "policy/policy_json.h"
#include "service/policy_facts.h"

namespace countersign {
namespace {

void set_time_inputs(PolicyInputs& inputs, UnixSeconds now) {
  constexpr std::int64_t kDay = 86400;
  constexpr std::int64_t kThursday = 3;  // 1970-01-01
  put_input(inputs, PolicyInput::time_hour, now.value % kDay / 3600);
  put_input(inputs, PolicyInput::time_weekday, (now.value / kDay + kThursday) % 7);
}

Status set_session_inputs(const ServiceContext& context, const Tenant& tenant,
                          const Session& session, UnixSeconds asked_at, PolicyInputs& inputs) {
  put_input(inputs, PolicyInput::session_age, seconds_between(session.authenticated_at, asked_at));
  put_input(inputs, PolicyInput::session_user_verified, std::int64_t{session.is_user_verified});
  if (!session.credential_id) {
    return ok();
  }
  put_input(inputs, PolicyInput::session_credential_id,
            encode_base64url(session.credential_id->value));
  CS_ASSIGN(const std::optional<StoredCredential> credential,
            context.credentials.find_credential(tenant.id, *session.credential_id));
  if (credential) {
    put_input(
        inputs, PolicyInput::session_strength,
        session_strength(session, review_credential(*credential, context.models.models().get(),
                                                    context.clock.now(), context.hasher)));
  }
  return ok();
}

}  // namespace

Result<PolicyInputs> make_inputs(const ServiceContext& context, const Tenant& tenant,
                                 const PolicyQuestion& question) {
  PolicyInputs inputs(question.ceremony);
  if (!question.inputs.empty()) {
    CS_ASSIGN(inputs, parse_policy_inputs(question.inputs));
  }
  set_time_inputs(inputs, context.clock.now());
  if (question.session) {
    CS_TRY(set_session_inputs(context, tenant, *question.session, question.asked_at, inputs));
  }
  if (question.authentication_age) {
    put_input(inputs, PolicyInput::authentication_age, *question.authentication_age);
  }
  return inputs;
}

void rest_on(PolicyQuestion& question, const Session& session) {
  question.session = session;
  question.authentication_age = seconds_between(session.authenticated_at, question.asked_at);
}

Result<std::string> read_backend_inputs(const JsonValue& value, PolicyCeremony ceremony) {
  if (!value.is_object()) {
    return Error{ErrorCode::policy_inputs_malformed, Check::none, value.offset};
  }
  JsonValue named = value;
  JsonValue name;
  name.type = JsonValue::Type::string;
  name.string = std::string(policy_ceremony_name(ceremony));
  for (const auto& [member_name, member] : value.members) {
    const InputRow* row = find_policy_input(member_name);
    if (row == nullptr) {
      return Error{ErrorCode::policy_inputs_malformed, Check::none, member.name_offset};
    }
    if (row->owner != InputOwner::backend) {
      return Error{ErrorCode::request_member_invalid, Check::none, member.name_offset};
    }
    if (!exists_in(*row, ceremony)) {
      return Error{ErrorCode::policy_input_value_invalid, Check::none, member.name_offset};
    }
  }
  named.members.emplace_back(row_of(PolicyInput::ceremony).name, std::move(name));
  CS_ASSIGN(const PolicyInputs inputs, read_policy_inputs(named));
  JsonWriter json;
  write_policy_inputs(json, inputs, inputs.present(), nullptr);
  return std::move(json).take();
}

PolicyQuestion make_question(const Ceremony& ceremony, const Caller& caller,
                             PolicyCeremony policy_ceremony, std::string inputs) {
  PolicyQuestion question;
  question.ceremony = policy_ceremony;
  question.user = ceremony.user_handle;
  question.inputs = std::move(inputs);
  question.asked_at = ceremony.created_at;
  if (ceremony.binding == CeremonyBinding::token ||
      policy_ceremony == PolicyCeremony::authenticate) {
    question.authentication_age = 0;
  } else if (ceremony.is_session_required && caller.session) {
    rest_on(question, *caller.session);
  }
  return question;
}

PolicyCeremony policy_ceremony_of(ActivationPurpose purpose) {
  switch (purpose) {
    case ActivationPurpose::first:
      return PolicyCeremony::registration;
    case ActivationPurpose::recovery:
      return PolicyCeremony::recovery;
  }
  return PolicyCeremony::recovery;
}

PolicyQuestion make_question(const Ceremony& ceremony, const Caller& caller) {
  if (ceremony.policy) {
    return make_question(ceremony, caller, ceremony.policy->ceremony, ceremony.policy->inputs);
  }
  const bool is_authentication = ceremony.kind == CeremonyKind::authentication;
  return make_question(ceremony, caller,
                       is_authentication     ? PolicyCeremony::authenticate
                       : ceremony.activation ? policy_ceremony_of(ceremony.activation->purpose)
                       : ceremony.is_session_required ? PolicyCeremony::credential_add
                                                      : PolicyCeremony::registration,
                       "");
}

}  // namespace countersign
