#include "service/exemption_service.h"

#include <algorithm>

#include "codec/json_writer.h"
#include "policy/policy_json.h"
#include "service/ceremony_flow.h"
#include "service/payment_facts.h"
#include "service/policy_decision.h"
#include "service/policy_facts.h"

namespace countersign {
namespace {

constexpr std::string_view kExemptionRoute = "POST /v1/exemptions";
constexpr std::int64_t kAnswerSeconds = 86400;
// Each time another payment of the customer was let through, after which fewer are.
constexpr int kMaxAttempts = 16;

// The customer, what was said of the matter, and what shows that the customer is signed in.
struct Subject {
  Account account;
  std::vector<StoredCredential> credentials;
  PolicyQuestion question;
  SessionProof proof;
};

Status rest_on_session(const ServiceContext& context, const Tenant& tenant, const Caller& caller,
                       const DecisionRequest& request, Subject& subject) {
  subject.proof.not_before = UnixSeconds{subject.question.asked_at.value - kSessionSeconds};
  if (request.authentication) {
    CS_ASSIGN(subject.question.session, find_authentication(context, tenant, subject.account.handle,
                                                            *request.authentication));
    subject.proof.authentication = request.authentication;
  } else if (caller.session) {
    if (caller.session->user_handle != subject.account.handle) {
      return ErrorCode::session_required;
    }
    subject.question.session = caller.session;
    subject.proof.session = caller.session->digest;
  }
  if (subject.question.session) {
    rest_on(subject.question, *subject.question.session);
  }
  return ok();
}

// RTS Article 10: the days count from the last strong authentication. A sign-in of today shows that
// the customer is there, not that it was one.
Status rest_on_verification(ExemptionStore& store, const Tenant& tenant, Subject& subject) {
  CS_ASSIGN(const std::optional<UnixSeconds> verified_at,
            store.find_last_verification(tenant.id, subject.account.handle));
  subject.question.authentication_age.reset();
  if (verified_at) {
    subject.question.authentication_age = seconds_between(*verified_at, subject.question.asked_at);
  }
  return ok();
}

// Whether somebody without an account is a customer without anything, too.
enum class Strangers : std::uint8_t { refused, admitted };

Result<Subject> find_subject(const ServiceContext& context, ExemptionStore& store,
                             const Tenant& tenant, const Caller& caller,
                             const DecisionRequest& request, Strangers strangers) {
  Subject subject;
  CS_ASSIGN(std::optional<Account> account,
            context.credentials.find_account_by_username(tenant.id, request.username));
  if (!account && strangers == Strangers::refused) {
    return ErrorCode::account_not_found;
  }
  subject.question.ceremony = request.ceremony;
  subject.question.asked_at = context.clock.now();
  if (account) {
    subject.account = std::move(*account);
    subject.question.user = subject.account.handle;
    CS_ASSIGN(subject.credentials,
              context.credentials.list_credentials(tenant.id, subject.account.handle));
  }
  if (request.inputs != nullptr) {
    CS_ASSIGN(subject.question.inputs, read_backend_inputs(*request.inputs, request.ceremony));
    CS_ASSIGN(const PolicyInputs said, parse_policy_inputs(subject.question.inputs));
    CS_TRY(check_rate(said, request.inputs, conversion_of(said, tenant.configured_currency)));
  }
  CS_TRY(rest_on_session(context, tenant, caller, request, subject));
  if (request.ceremony == PolicyCeremony::account_access) {
    CS_TRY(rest_on_verification(store, tenant, subject));
  }
  return subject;
}

struct Weighed {
  PolicyInputs inputs;
  PolicyInForce in_force;
  Decision decision;
  /// As it would be with this payment; nothing where there is no amount, or it cannot be added.
  std::optional<ScaCounter> after;
};

Result<Weighed> weigh(const ServiceContext& context, ExemptionStore& store, const Tenant& tenant,
                      Subject& subject) {
  CS_ASSIGN(PolicyInputs inputs, make_inputs(context, tenant, subject.question));
  CS_ASSIGN(const std::optional<ScaCounter> after,
            set_since_sca(store, tenant, subject.account.handle, inputs));
  PolicyInForce in_force = context.policies.policy_for(tenant.id, subject.account.handle);
  const PolicyDocument& document = *in_force.document;
  Decision decision = decide(document, Phase::options, inputs);
  if (after && inputs.has(PolicyInput::amount_base)) {  // counted, whatever the rules ask for
    decision.inputs_used |= mask_of(PolicyInput::amount_base) | mask_of(PolicyInput::amount_rate);
  }
  return Weighed{std::move(inputs), std::move(in_force), std::move(decision), after};
}

// What a matching rule of that effect is called: the reason of a denial, the basis of an exemption.
std::vector<std::string> labels_of(const Weighed& weighed, Outcome effect) {
  std::vector<std::string> labels;
  for (const RuleMatch& match : weighed.decision.matches) {
    const PolicyRule& rule = weighed.in_force.document->rules()[match.rule];
    const bool counts =
        effect == Outcome::deny ? match.truth != Truth::pending : match.truth == Truth::yes;
    if (rule.effect == effect && counts) {
      labels.push_back(rule.label);
    }
  }
  return labels;
}

void write_labels(JsonWriter& json, std::string_view name, const Weighed& weighed, Outcome effect) {
  json.member(name).begin_array();
  if (weighed.decision.outcome == effect) {
    for (const std::string& label : labels_of(weighed, effect)) {
      json.string(label);
    }
  }
  json.end_array();
}

void write_since_sca(JsonWriter& json, std::int64_t sum, std::int64_t count) {
  json.begin_object();
  json.member("sum").integer(sum);
  json.member("count").integer(count);
  json.end_object();
}

std::size_t count_usable(const ServiceContext& context, const Subject& subject,
                         const Weighed& weighed, PolicyTrace& trace) {
  if (weighed.decision.outcome != Outcome::require) {
    return subject.credentials.size();  // nothing is demanded of them
  }
  return usable_credentials(context, weighed.in_force, subject.question, weighed.inputs,
                            subject.credentials, trace)
      .size();
}

void write_customer(JsonWriter& json, std::size_t credentials, std::size_t usable) {
  json.member("customer").begin_object();
  json.member("credentials").integer(static_cast<std::int64_t>(credentials));
  json.member("usableCredentials").integer(static_cast<std::int64_t>(usable));
  json.end_object();
  json.member("passkey").string(credentials == 0 ? "none"
                                : usable == 0    ? "insufficient"
                                                 : "usable");
}

std::string encode_decision(const Subject& subject, const Weighed& weighed, std::size_t usable) {
  const Decision& decision = weighed.decision;
  JsonWriter json;
  json.begin_object();
  json.member("outcome").string(outcome_name(decision.outcome));
  write_labels(json, "reasons", weighed, Outcome::deny);
  write_labels(json, "exemptions", weighed, Outcome::exempt);
  json.member("requirements");
  write_requirements(json, *weighed.in_force.document, decision.requirements);
  json.member("rules");
  write_rule_matches(json, *weighed.in_force.document, decision);
  json.member("basis").string(decision_basis_name(decision.basis));
  json.member("policy").base64url(decision.policy);
  json.member("sinceSca");
  if (weighed.inputs.has(PolicyInput::since_sca_sum)) {
    write_since_sca(json, weighed.inputs.number(PolicyInput::since_sca_sum),
                    weighed.inputs.number(PolicyInput::since_sca_count));
  } else {
    json.null();
  }
  write_customer(json, subject.credentials.size(), usable);
  json.end_object();
  return std::move(json).take();
}

std::string encode_record(const Weighed& weighed) {
  JsonWriter json;
  json.begin_object();
  write_labels(json, "basis", weighed, Outcome::exempt);
  json.member("decision");
  write_decision(json, *weighed.in_force.document, weighed.decision, weighed.inputs);
  json.end_object();
  return std::move(json).take();
}

std::string encode_granted(const Exemption& exemption, const Weighed& weighed) {
  JsonWriter json;
  json.begin_object();
  json.member("id").string(exemption.id);
  write_labels(json, "basis", weighed, Outcome::exempt);
  json.member("sinceSca");
  write_since_sca(json, exemption.after.sum, exemption.after.count);
  json.member("policy").base64url(exemption.policy);
  json.member("createdAt").string(encode_rfc3339(exemption.created_at));
  json.end_object();
  return std::move(json).take();
}

// For the audit.
struct Told {
  std::string decision;
  CeremonyId id;  // of what was let through
};

Result<std::string> try_grant(const ServiceContext& context, ExemptionStore& store,
                              const Tenant& tenant, const Caller& caller, Subject& subject,
                              const IdempotencyKey& idempotency, Told& told) {
  CS_ASSIGN(const Weighed weighed, weigh(context, store, tenant, subject));
  told.decision = encode_record(weighed);
  const auto tell_shadow = [&] {
    record_shadow(context, tenant, weighed.in_force, weighed.decision, weighed.inputs);
  };
  if (weighed.decision.outcome != Outcome::exempt || !weighed.after) {
    tell_shadow();
    return ErrorCode::exemption_not_granted;
  }
  Exemption exemption;
  exemption.id = random_text(context.random, kIdBytes);
  exemption.account = subject.account.handle;
  if (weighed.inputs.has(PolicyInput::amount_base)) {
    exemption.amount = weighed.inputs.number(PolicyInput::amount_base);
  }
  exemption.after = *weighed.after;
  exemption.policy = weighed.decision.policy;
  exemption.decision = told.decision;
  exemption.created_at = subject.question.asked_at;
  std::string answer = encode_granted(exemption, weighed);
  const std::optional<IdempotentAnswer> remembered =
      make_remembered(context, caller, kExemptionRoute, idempotency, answer,
                      UnixSeconds{exemption.created_at.value + kAnswerSeconds});
  if (!remembered) {
    return ErrorCode::caller_not_allowed;
  }
  CS_TRY(store.commit_exemption(tenant.id, exemption, subject.proof, *remembered));
  told.id = CeremonyId(exemption.id);
  tell_shadow();
  return answer;
}

Result<std::string> grant(const ServiceContext& context, ExemptionStore& store,
                          const Tenant& tenant, const Caller& caller,
                          const DecisionRequest& request, const IdempotencyKey& idempotency,
                          Told& told) {
  if (!is_exemptible(request.ceremony)) {
    return ErrorCode::request_member_invalid;
  }
  const auto once = [&]() -> Result<std::string> {
    CS_ASSIGN(Subject subject,
              find_subject(context, store, tenant, caller, request, Strangers::refused));
    if (!subject.question.session) {
      return ErrorCode::session_required;
    }
    return try_grant(context, store, tenant, caller, subject, idempotency, told);
  };
  Result<std::string> granted = ErrorCode::exemption_counter_changed;
  for (int attempt = 0; attempt < kMaxAttempts && !granted.has_value() &&
                        granted.error().code == ErrorCode::exemption_counter_changed;
       ++attempt) {
    granted = answer_once(context, tenant, caller, kExemptionRoute, idempotency, once);
  }
  return granted;
}

}  // namespace

Result<std::string> answer_decision(const ServiceContext& context, ExemptionStore& store,
                                    const Tenant& tenant, const Caller& caller,
                                    const DecisionRequest& request) {
  PolicyTrace trace;
  const auto answer = [&]() -> Result<std::string> {
    CS_ASSIGN(Subject subject,
              find_subject(context, store, tenant, caller, request, Strangers::admitted));
    CS_ASSIGN(const Weighed weighed, weigh(context, store, tenant, subject));
    trace.decision = encode_record(weighed);
    return encode_decision(subject, weighed, count_usable(context, subject, weighed, trace));
  };
  Result<std::string> answered = answer();
  audit(context, "decision.read", tenant, caller, CeremonyKind::authentication, CeremonyId(),
        error_of(answered), trace);
  return answered;
}

Result<std::string> grant_exemption(const ServiceContext& context, ExemptionStore& store,
                                    const Tenant& tenant, const Caller& caller,
                                    const DecisionRequest& request,
                                    const IdempotencyKey& idempotency) {
  Told told;
  Result<std::string> granted = grant(context, store, tenant, caller, request, idempotency, told);
  audit(context, "exemption.grant", tenant, caller, CeremonyKind::authentication, told.id,
        error_of(granted), PolicyTrace{told.decision});
  return granted;
}

}  // namespace countersign
