#include "service/policy_decision.h"

#include <algorithm>

#include "policy/enforcement.h"
#include "policy/explanation.h"
#include "policy/policy_json.h"
#include "service/policy_facts.h"

namespace countersign {
namespace {

// What the ceremony cannot bring itself: the sign-in on which it rests.
std::uint32_t unmet_by_session(const Requirements& requirements, const PolicyQuestion& question) {
  std::uint32_t unmet = 0;
  if (question.session && !question.transaction && !question.session->is_user_verified &&
      requirements.user_verification == UserVerification::required) {
    unmet |= mask_of(RequirementKind::user_verification);
  }
  if (requirements.authentication_age != kUnlimited &&
      (!question.authentication_age ||
       *question.authentication_age > requirements.authentication_age)) {
    unmet |= mask_of(RequirementKind::authentication_age);
  }
  return unmet;
}

// What no step-up and no other credential would bring.
std::uint32_t unmet_for_good(const Requirements& requirements, const PolicyQuestion& question) {
  if (!question.transaction) {
    return demanded_kinds(requirements, question.ceremony, Enforcement::never_met) |
           demanded_kinds(requirements, question.ceremony, Enforcement::by_transaction);
  }
  const TransactionFacts& facts = *question.transaction;
  // How many approve a policy is for its publication to count: one is enough for some.
  const bool has_people = question.ceremony == PolicyCeremony::policy_publish ||
                          requirements.approvals <= facts.approvals;
  return (requirements.display_tier > facts.display_tier ? mask_of(RequirementKind::display_tier)
                                                         : 0U) |
         (has_people ? 0U : mask_of(RequirementKind::approvals));
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

// Of the rules that deny because something is not known; nothing where others deny as well.
InputMask missing_for(const PolicyDocument& document, const Decision& decision,
                      const PolicyInputs& inputs) {
  InputMask asked = 0;
  for (const RuleMatch& match : decision.matches) {
    const PolicyRule& rule = document.rules()[match.rule];
    if (rule.effect == Outcome::deny && match.truth == Truth::yes) {
      return 0;
    }
    const bool is_unknown = rule.effect == Outcome::deny && match.truth == Truth::unknown;
    asked |= is_unknown ? rule.inputs : 0;  // one that is pending denies nothing yet
  }
  return asked & missing_inputs(document, decision, inputs);
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

// Whoever signs in without a name may turn out to be one of those about whom a canary decides: the
// options ask for what it demands as well, so that its verdict can be met. Lists of the two
// documents are not mixed: no options ask for models here.
void ask_for_canary(const PolicyInForce& policy, const PolicyQuestion& question,
                    const PolicyInputs& inputs, Decision& decision) {
  if (policy.canary == nullptr || question.user ||
      question.ceremony != PolicyCeremony::authenticate) {
    return;
  }
  Decision other = evaluate(*policy.canary, Phase::options, inputs);
  if (other.outcome == Outcome::require) {
    other.requirements.allow_lists = 0;
    other.requirements.deny_lists = 0;
    join(decision.requirements, other.requirements);
  }
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
                      unmet_for_good(requirements, question);
  }
  return judgement;
}

// Inputs and facts of the verdict about one credential.
struct CredentialView {
  PolicyInputs inputs;
  CredentialFacts facts;
  std::string_view metadata_status;
};

CredentialView view_credential(const ServiceContext& context, const PolicyQuestion& question,
                               PolicyInputs inputs, const StoredCredential& credential,
                               UnixSeconds now) {
  if (question.transaction) {
    put_input(inputs, PolicyInput::transaction_tier, question.transaction->display_tier);
  }
  const auto review = is_assertion_ceremony(question.ceremony) ? review_signer : review_credential;
  KnownCredential known = review(credential, context.models.models().get(), now, context.hasher);
  set_credential_inputs(inputs, known);
  return CredentialView{std::move(inputs), std::move(known.facts), known.metadata_status};
}

}  // namespace

void record_shadow(const ServiceContext& context, const Tenant& tenant, const PolicyInForce& policy,
                   const Decision& made, const PolicyInputs& inputs) {
  if (policy.shadow == nullptr) {
    return;
  }
  const Decision decision = hold_exemption(*policy.document, made);
  const Decision other = decide(*policy.shadow, decision.phase, inputs);
  const Strictness change = compare_decisions(*policy.document, decision, *policy.shadow, other);
  if (change != Strictness::same) {
    context.policies.record_difference({tenant.id, inputs.ceremony(), decision.phase,
                                        policy.document->digest(), policy.shadow->digest(), change,
                                        difference_rules(*policy.document, decision),
                                        difference_rules(*policy.shadow, other)});
  }
}

std::string encode_policy_in_force(const ServiceContext& context, const TenantId& tenant) {
  const std::shared_ptr<const PolicyDocument> document =
      context.policies.policy_for(tenant, std::nullopt).document;
  JsonWriter json;
  json.begin_object();
  json.member("inForce").begin_object();
  json.member("policy").base64url(document->digest());
  json.member("id").string(document->id());
  json.member("revision").integer(document->revision());
  json.end_object();
  json.end_object();
  return std::move(json).take();
}

Result<PolicyOptions> decide_options(const ServiceContext& context, const Tenant& tenant,
                                     const PolicyQuestion& question, PolicyTrace& trace) {
  return decide_options(context, tenant, context.policies.policy_for(tenant.id, question.user),
                        question, trace);
}

Result<PolicyOptions> decide_options(const ServiceContext& context, const Tenant& tenant,
                                     const PolicyInForce& policy, const PolicyQuestion& question,
                                     PolicyTrace& trace) {
  if (policy.is_unreadable) {
    return ErrorCode::store_corrupt;
  }
  CS_ASSIGN(const PolicyInputs inputs, make_inputs(context, tenant, question));
  Judgement judgement{*policy.document, evaluate(*policy.document, Phase::options, inputs), 0,
                      question.transaction.has_value()};
  const Requirements& requirements = judgement.decision.requirements;
  std::uint32_t for_good = 0;
  if (judgement.decision.outcome == Outcome::require) {
    for_good = unmet_for_good(requirements, question);
    judgement.unmet = for_good | unmet_by_session(requirements, question);
  }
  trace.decision = encode_trace(inputs, judgement, nullptr);
  trace.missing = missing_for(*policy.document, judgement.decision, inputs);
  record_shadow(context, tenant, policy, judgement.decision, inputs);
  if (!has_passed(judgement)) {
    return judgement.unmet != 0 && for_good == 0 ? ErrorCode::step_up_required
                                                 : refusal_of(judgement);
  }
  ask_for_canary(policy, question, inputs, judgement.decision);
  PolicyOptions out;
  out.options = make_webauthn_options(requirements);
  out.requirements = requirements;
  out.bound = {question.ceremony, policy.document->digest(), question.inputs,
               out.options.attestation};
  JsonWriter client;
  write_client_decision(client, judgement.decision);
  out.client = std::move(client).take();
  out.in_force = policy;
  return out;
}

namespace {

Status decide_verdict_by(const ServiceContext& context, const Tenant& tenant,
                         const PolicyInForce& policy, const PolicyQuestion& question,
                         const std::optional<CeremonyPolicy>& bound, const PolicyEvidence& evidence,
                         PolicyTrace& trace) {
  if (policy.is_unreadable) {
    return ErrorCode::store_corrupt;
  }
  std::shared_ptr<const PolicyDocument> document = policy.document;
  if (bound && !equal(bound->document, document->digest())) {
    document = context.policies.find(tenant.id, bound->document);
    if (document == nullptr) {
      return ErrorCode::policy_changed;
    }
  }
  CS_ASSIGN(PolicyInputs inputs, make_inputs(context, tenant, question));
  const UnixSeconds now = evidence.time ? *evidence.time : context.clock.now();
  CredentialView view =
      view_credential(context, question, std::move(inputs), evidence.credential, now);
  trace.metadata_status = view.metadata_status;
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
  if (has_passed(in_force)) {
    return ok();
  }
  // Nothing has changed where a canary decides about whoever was not named: to begin again helps
  // only with what the options can ask for.
  const bool has_found_canary = question.is_user_found && policy.others != nullptr &&
                                equal(policy.others->digest(), document->digest());
  const bool can_help = in_force.decision.outcome == Outcome::require &&
                        (in_force.unmet & ~mask_of(RequirementKind::user_verification)) == 0;
  return has_found_canary && !can_help ? refusal_of(in_force) : Status(ErrorCode::policy_changed);
}

}  // namespace

Status decide_verdict(const ServiceContext& context, const Tenant& tenant,
                      const PolicyQuestion& question, const std::optional<CeremonyPolicy>& bound,
                      const PolicyEvidence& evidence, PolicyTrace& trace) {
  return decide_verdict_by(context, tenant, context.policies.policy_for(tenant.id, question.user),
                           question, bound, evidence, trace);
}

std::vector<StoredCredential> usable_credentials(const ServiceContext& context,
                                                 const Tenant& tenant, const PolicyInForce& policy,
                                                 const PolicyQuestion& question,
                                                 std::vector<StoredCredential> credentials,
                                                 PolicyTrace& trace) {
  const Result<PolicyInputs> inputs = make_inputs(context, tenant, question);
  return inputs.has_value()
             ? usable_credentials(context, policy, question, *inputs, std::move(credentials), trace)
             : credentials;
}

std::vector<StoredCredential> usable_credentials(
    const ServiceContext& context, const PolicyInForce& policy, const PolicyQuestion& question,
    const PolicyInputs& inputs, std::vector<StoredCredential> credentials, PolicyTrace& trace) {
  InputMask missing = 0;
  const UnixSeconds now = context.clock.now();
  std::erase_if(credentials, [&](const StoredCredential& credential) {
    CredentialView view = view_credential(context, question, inputs, credential, now);
    put_input(view.inputs, PolicyInput::authentication_counter,
              counter_name(likely_counter(credential)));
    const Decision decision = evaluate(*policy.document, Phase::verdict, view.inputs);
    missing |= missing_for(*policy.document, decision, view.inputs);
    return decision.outcome == Outcome::deny ||
           unmet_by_credential(*policy.document, decision.requirements, view.facts) != 0;
  });
  if (credentials.empty()) {
    trace.missing |= missing;
  }
  return credentials;
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
  const Status decided =
      decide_verdict_by(context, tenant, options.in_force, question, options.bound,
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
