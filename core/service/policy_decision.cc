#include "service/policy_decision.h"

#include <algorithm>

#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "policy/policy_json.h"
#include "service/policy_facts.h"

namespace countersign {
namespace {

constexpr std::uint32_t bit(RequirementKind kind) { return 1U << static_cast<unsigned>(kind); }

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

namespace {

// What the ceremony cannot bring itself: the sign-in on which it rests.
std::uint32_t unmet_by_session(const Requirements& requirements, const PolicyQuestion& question) {
  std::uint32_t unmet = 0;
  if (question.session && !question.transaction && !question.session->is_user_verified &&
      requirements.user_verification == UserVerification::required) {
    unmet |= bit(RequirementKind::user_verification);
  }
  if (requirements.authentication_age != kUnlimited &&
      (!question.authentication_age ||
       *question.authentication_age > requirements.authentication_age)) {
    unmet |= bit(RequirementKind::authentication_age);
  }
  return unmet;
}

// What only a transaction has. Several people approve a policy, too, and are counted there
// (policy_approval.h).
std::uint32_t unmet_without_transaction(const Requirements& requirements,
                                        const PolicyQuestion& question) {
  const TransactionFacts facts = question.transaction.value_or(TransactionFacts());
  const bool has_people = question.ceremony == PolicyCeremony::policy_publish ||
                          (requirements.approvals <= facts.approvals &&
                           (requirements.approvals <= 1 || !requirements.has_distinct_approvers ||
                            facts.has_distinct_approvers));
  return (requirements.display_tier > facts.display_tier ? bit(RequirementKind::display_tier)
                                                         : 0U) |
         (has_people ? 0U : bit(RequirementKind::approvals));
}

void record_shadow(const ServiceContext& context, const Tenant& tenant, const PolicyInForce& policy,
                   const Decision& decision, const PolicyInputs& inputs) {
  if (policy.shadow == nullptr) {
    return;
  }
  const Decision other = evaluate(*policy.shadow, decision.phase, inputs);
  const Strictness change = compare_decisions(*policy.document, decision, *policy.shadow, other);
  if (change != Strictness::same) {
    context.policies.record_difference({tenant.id, inputs.ceremony(), decision.phase,
                                        policy.document->digest(), policy.shadow->digest(),
                                        change});
  }
}

// One document's word on what is known.
struct Judgement {
  const PolicyDocument& document;
  Decision decision;
  std::uint32_t unmet = 0;
  bool is_transaction = false;
};

bool has_passed(const Judgement& judgement) {
  // No other ceremony goes on without its proof: an exemption is no answer there.
  const bool is_allowed =
      judgement.decision.outcome == Outcome::require ||
      (judgement.is_transaction && judgement.decision.outcome == Outcome::exempt);
  return is_allowed && judgement.unmet == 0;
}

ErrorCode refusal_of(const Judgement& judgement) {
  if (judgement.decision.outcome == Outcome::require) {
    return ErrorCode::policy_requirement_unmet;
  }
  return judgement.decision.basis == DecisionBasis::counter_not_advanced
             ? ErrorCode::counter_not_advanced
             : ErrorCode::policy_denied;
}

std::string encode_trace(const PolicyInputs& inputs, const Judgement& bound,
                         const Judgement* in_force) {
  JsonWriter json;
  json.begin_object();
  json.member("bound");
  write_decision(json, bound.document, bound.decision, inputs);
  if (in_force != nullptr) {
    json.member("inForce");
    write_decision(json, in_force->document, in_force->decision, inputs);
  }
  const std::uint32_t unmet = bound.unmet | (in_force != nullptr ? in_force->unmet : 0);
  if (unmet != 0) {
    json.member("unmet").begin_array();
    for (std::size_t i = 0; i < kRequirementKinds; ++i) {
      if ((unmet >> i & 1U) != 0) {
        json.string(requirement_name(static_cast<RequirementKind>(i)));
      }
    }
    json.end_array();
  }
  json.end_object();
  return std::move(json).take();
}

Judgement judge(const PolicyDocument& document, const PolicyInputs& inputs,
                const PolicyQuestion& question, const CredentialFacts& credential,
                bool is_user_verified) {
  Judgement judgement{document, evaluate(document, Phase::verdict, inputs), 0,
                      question.transaction.has_value()};
  const Requirements& requirements = judgement.decision.requirements;
  if (judgement.decision.outcome == Outcome::require) {
    const std::int64_t tier = question.transaction ? question.transaction->display_tier : 0;
    const CeremonyFacts ceremony{is_user_verified, static_cast<std::uint8_t>(tier),
                                 question.authentication_age};
    judgement.unmet = unmet_requirements(document, requirements, credential, ceremony) |
                      unmet_by_session(requirements, question) |
                      unmet_without_transaction(requirements, question);
  }
  return judgement;
}

std::string_view counter_name(CounterOutcome counter) {
  switch (counter) {
    case CounterOutcome::advanced:
      return "advanced";
    case CounterOutcome::zero:
      return "zero";
    case CounterOutcome::not_advanced:
      return "not-advanced";
  }
  return "not-advanced";
}

// Inputs and facts of the verdict about one credential.
struct CredentialView {
  PolicyInputs inputs;
  CredentialFacts facts;
};

Result<CredentialView> view_credential(const ServiceContext& context, const Tenant& tenant,
                                       const PolicyQuestion& question,
                                       const StoredCredential& credential) {
  CS_ASSIGN(PolicyInputs inputs, make_inputs(context, tenant, question));
  if (question.transaction) {
    put_input(inputs, PolicyInput::transaction_tier, question.transaction->display_tier);
  }
  const UnixSeconds now = context.clock.now();
  PolicyCredential reviewed =
      review_credential(credential, context.models.models().get(), now, context.hasher);
  if (is_assertion_ceremony(question.ceremony)) {
    reviewed.facts.age = seconds_between(credential.created_at, now);
    set_credential_inputs(inputs, credential, reviewed, now);
  } else {
    set_credential_inputs(inputs, credential, reviewed, std::nullopt);
  }
  return CredentialView{std::move(inputs), std::move(reviewed.facts)};
}

CounterOutcome likely_counter(const StoredCredential& credential) {
  return credential.record.sign_count == 0 ? CounterOutcome::zero : CounterOutcome::advanced;
}

void rest_on(PolicyQuestion& question, const Session& session) {
  question.session = session;
  question.authentication_age = seconds_between(session.authenticated_at, question.asked_at);
}

}  // namespace

Result<std::string> read_backend_inputs(const JsonValue& value, PolicyCeremony ceremony) {
  if (!value.is_object()) {
    return Error{ErrorCode::policy_inputs_malformed, Check::none, 0};
  }
  JsonValue named = value;
  JsonValue name;
  name.type = JsonValue::Type::string;
  name.string = std::string(policy_ceremony_name(ceremony));
  for (const auto& [member_name, member] : value.members) {
    const InputRow* row = find_policy_input(member_name);
    if (row == nullptr) {
      return ErrorCode::policy_inputs_malformed;
    }
    if (row->owner != InputOwner::backend) {
      return ErrorCode::request_member_invalid;
    }
    if (!exists_in(*row, ceremony)) {
      return ErrorCode::policy_input_value_invalid;
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

Result<PolicyOptions> decide_options(const ServiceContext& context, const Tenant& tenant,
                                     const PolicyQuestion& question, PolicyTrace& trace) {
  const PolicyInForce policy = context.policies.policy_for(tenant.id, question.user);
  CS_ASSIGN(const PolicyInputs inputs, make_inputs(context, tenant, question));
  Judgement judgement{*policy.document, evaluate(*policy.document, Phase::options, inputs), 0,
                      question.transaction.has_value()};
  const Requirements& requirements = judgement.decision.requirements;
  std::uint32_t unmet_for_good = 0;
  if (judgement.decision.outcome == Outcome::require) {
    unmet_for_good = unmet_without_transaction(requirements, question);
    judgement.unmet = unmet_for_good | unmet_by_session(requirements, question);
  }
  trace.decision = encode_trace(inputs, judgement, nullptr);
  record_shadow(context, tenant, policy, judgement.decision, inputs);
  if (!has_passed(judgement)) {
    return judgement.unmet != 0 && unmet_for_good == 0 ? ErrorCode::step_up_required
                                                       : refusal_of(judgement);
  }
  PolicyOptions out;
  out.options = make_webauthn_options(requirements);
  out.requirements = requirements;
  out.bound = {question.ceremony, policy.document->digest(), question.inputs,
               out.options.attestation};
  JsonWriter client;
  write_client_decision(client, judgement.decision);
  out.client = std::move(client).take();
  return out;
}

Status decide_verdict(const ServiceContext& context, const Tenant& tenant,
                      const PolicyQuestion& question, const std::optional<CeremonyPolicy>& bound,
                      const PolicyEvidence& evidence, PolicyTrace& trace) {
  const PolicyInForce policy = context.policies.policy_for(tenant.id, question.user);
  std::shared_ptr<const PolicyDocument> document = policy.document;
  if (bound && !equal(bound->document, document->digest())) {
    document = context.policies.find(tenant.id, bound->document);
    if (document == nullptr) {
      return ErrorCode::policy_changed;
    }
  }
  CS_ASSIGN(CredentialView view, view_credential(context, tenant, question, evidence.credential));
  if (evidence.counter) {
    put_input(view.inputs, PolicyInput::authentication_counter, counter_name(*evidence.counter));
  }
  if (evidence.is_key_order_canonical) {
    put_input(view.inputs, PolicyInput::authentication_key_order,
              std::string_view(*evidence.is_key_order_canonical ? "canonical" : "other"));
  }
  const auto judge_by = [&](const PolicyDocument& judging) {
    return judge(judging, view.inputs, question, view.facts, evidence.is_user_verified);
  };
  const Judgement begun = judge_by(*document);
  const bool has_changed = document != policy.document;
  const Judgement in_force = has_changed ? judge_by(*policy.document) : begun;
  trace.decision = encode_trace(view.inputs, begun, has_changed ? &in_force : nullptr);
  record_shadow(context, tenant, policy, in_force.decision, view.inputs);
  if (!has_passed(begun)) {
    return refusal_of(begun);
  }
  return has_passed(in_force) ? ok() : Status(ErrorCode::policy_changed);
}

bool can_satisfy(const ServiceContext& context, const Tenant& tenant,
                 const PolicyQuestion& question, const StoredCredential& credential) {
  const PolicyInForce policy = context.policies.policy_for(tenant.id, question.user);
  Result<CredentialView> view = view_credential(context, tenant, question, credential);
  if (!view.has_value()) {
    return true;  // the verdict will say
  }
  put_input(view->inputs, PolicyInput::authentication_counter,
            counter_name(likely_counter(credential)));
  const Decision decision = evaluate(*policy.document, Phase::verdict, view->inputs);
  return decision.outcome != Outcome::deny &&
         unmet_by_credential(*policy.document, decision.requirements, view->facts) == 0;
}

Status decide_removal(const ServiceContext& context, const Tenant& tenant, const Caller& caller,
                      const Account& account, PolicyTrace& trace) {
  PolicyQuestion question;
  question.ceremony = PolicyCeremony::credential_remove;
  question.user = account.handle;
  question.asked_at = context.clock.now();
  if (caller.api_key) {
    question.authentication_age = 0;  // the backend vouches for the customer
  } else if (caller.session) {
    rest_on(question, *caller.session);
  }
  if (!caller.api_key && !caller.session) {
    return ErrorCode::session_required;
  }
  CS_ASSIGN(const PolicyOptions options, decide_options(context, tenant, question, trace));
  if (caller.api_key) {
    return ok();  // nobody signs: the backend answers for what a credential could bring
  }
  std::optional<StoredCredential> signed_in_with;
  if (caller.session->credential_id) {
    CS_ASSIGN(signed_in_with,
              context.credentials.find_credential(tenant.id, *caller.session->credential_id));
  }
  if (!signed_in_with) {
    return ErrorCode::step_up_required;
  }
  const Status decided = decide_verdict(context, tenant, question, options.bound,
                                        {*signed_in_with, caller.session->is_user_verified,
                                         likely_counter(*signed_in_with), std::nullopt},
                                        trace);
  if (!decided.has_value() && decided.error().code == ErrorCode::policy_requirement_unmet) {
    return ErrorCode::step_up_required;
  }
  return decided;
}

std::vector<CoseAlgorithm> allowed_algorithms(std::vector<CoseAlgorithm> offered,
                                              const WebAuthnOptions& options) {
  const std::vector<CoseAlgorithm>& allowed = options.algorithms;
  if (allowed.size() == row_of(PolicyInput::credential_algorithm).choices.size()) {
    return offered;  // any: also one that policies have no word for
  }
  std::erase_if(offered, [&](CoseAlgorithm algorithm) {
    return std::find(allowed.begin(), allowed.end(), algorithm) == allowed.end();
  });
  return offered;
}

UserVerification stricter(UserVerification a, UserVerification b) {
  static_assert(UserVerification::required < UserVerification::preferred &&
                UserVerification::preferred < UserVerification::discouraged);
  return std::min(a, b);
}

}  // namespace countersign
