#include "service/policy_approval.h"

#include <algorithm>

#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "service/authentication_service.h"
#include "service/ceremony_flow.h"
#include "service/model_facts.h"
#include "service/policy_administrators.h"
#include "service/rendering.h"

namespace countersign {
namespace {

// The event that an approval stands for, when it is the last one that is needed.
struct Step {
  RevisionEvent event;
  LifeChange change;
  unsigned approvals = 0;  // with this one
  bool is_complete = false;
  PolicyRevision revision;
};

// What the approval does to the revisions as they are, or why it cannot be given.
Result<Step> plan(const PolicyContext& context, const Tenant& tenant, const PolicyLife& life,
                  const ApprovalCeremony& approval) {
  const PolicyRevision* revision = life.find(approval.revision);
  if (revision == nullptr) {
    return ErrorCode::policy_revision_not_found;
  }
  Step step;
  step.revision = *revision;
  step.event.action =
      approval.share == kWholeShare ? RevisionAction::publish : RevisionAction::canary;
  step.event.revision = approval.revision;
  step.event.share = approval.share;
  CS_TRY(complete_event(context, tenant, life, *revision, step.event));
  if (step.event.replaces != approval.replaces) {
    return ErrorCode::policy_active_changed;
  }
  CS_ASSIGN(const std::vector<PolicyApproval> counting,
            list_counting_approvals(context, tenant, step.event));
  if (std::any_of(counting.begin(), counting.end(), [&](const PolicyApproval& one) {
        return one.administrator == *approval.ceremony.user_handle;
      })) {
    return ErrorCode::policy_approver_repeated;
  }
  step.approvals = static_cast<unsigned>(counting.size()) + 1;
  const unsigned needed =
      approvals_for(*revision, step.event.approvals_needed, step.event.weakening);
  step.is_complete = step.approvals >= needed;
  // Whether the change can be made at all is said to the first approver already.
  step.event.approvals = std::max(step.approvals, needed);
  step.event.approvals_needed = needed;
  CS_ASSIGN(LifeChange change, change_life(life, configured_digest(context, tenant), step.event));
  if (step.is_complete) {
    step.change = std::move(change);
  }
  return step;
}

// The active policy is asked, also where a canary decides on that administrator's logins. The
// ceremony itself is the authentication that it may demand.
PolicyQuestion question_of(const Ceremony& ceremony) {
  PolicyQuestion question;
  question.ceremony = PolicyCeremony::policy_publish;
  question.asked_at = ceremony.created_at;
  question.authentication_age = 0;
  return question;
}

Result<BeganCeremony> begin(const PolicyContext& context, const Tenant& tenant,
                            const Caller& caller, const ApprovalRequest& request,
                            ApprovalCeremony& approval, PolicyTrace& trace) {
  const ServiceContext& service = context.service;
  CS_ASSIGN(const Account account,
            find_policy_administrator(context, tenant, request.administrator));
  CS_ASSIGN(std::vector<StoredCredential> credentials,
            service.credentials.list_credentials(tenant.id, account.handle));
  if (credentials.empty()) {
    return ErrorCode::policy_approver_not_allowed;
  }
  CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
  CS_ASSIGN(const std::shared_ptr<const PolicyDocument> active,
            load_active_policy(context, tenant, life));
  IssuedCeremony issued = issue_ceremony(service, tenant, caller, CeremonyKind::authentication);
  Ceremony& ceremony = issued.ceremony;
  ceremony.user_verification = UserVerification::required;
  ceremony.user_handle = account.handle;
  approval.revision = request.revision;
  approval.replaces = active->digest();
  approval.share = request.share;
  approval.ceremony = ceremony;
  CS_TRY(plan(context, tenant, life, approval));
  const PolicyQuestion question = question_of(ceremony);
  CS_ASSIGN(const PolicyOptions policy, decide_options(service, tenant, question, trace));
  if (policy.bound.document != approval.replaces) {
    return ErrorCode::policy_active_changed;  // by another server, a moment ago
  }
  bind_policy(ceremony, policy);
  std::vector<CredentialRecord> allowed;
  for (StoredCredential& credential :
       usable_credentials(service, tenant, question, std::move(credentials))) {
    ceremony.allow_credentials.push_back(credential.record.id);
    allowed.push_back(std::move(credential.record));
  }
  if (allowed.empty()) {
    return ErrorCode::policy_requirement_unmet;
  }
  approval.ceremony = ceremony;
  std::string options = encode_request_options({tenant, ceremony, allowed, policy.options});
  std::string answer = encode_began(issued, options, policy.client, &account);
  CS_TRY(context.store.create_approval(approval));
  return BeganCeremony{std::move(options), std::move(answer), issued.new_session};
}

Result<ApprovalCeremony> find_pending_approval(const PolicyContext& context, const Tenant& tenant,
                                               const Caller& caller, const CeremonyId& id) {
  CS_ASSIGN(std::optional<ApprovalCeremony> found, context.store.find_approval(tenant.id, id));
  if (!found || !found->ceremony.user_handle) {
    return ErrorCode::ceremony_not_found;
  }
  CS_TRY(check_pending(found->ceremony, caller, context.service.clock.now()));
  return std::move(*found);
}

struct Verified {
  VerifiedAssertion assertion;
  StoredCredential credential;
};

Result<Verified> verify(const PolicyContext& context, const Tenant& tenant,
                        const ApprovalCeremony& approval, UnixSeconds now, std::string_view text) {
  const ServiceContext& service = context.service;
  CS_ASSIGN(const JsonValue body, parse_json(text));
  CS_ASSIGN(const AuthenticationResponse response, parse_authentication_response(body));
  CS_ASSIGN(const std::optional<StoredCredential> credential,
            service.credentials.find_credential(tenant.id, response.id));
  if (!credential) {
    return Error{ErrorCode::credential_unknown, Check::credential_known, 0};
  }
  CS_ASSIGN(PendingAuthentication pending,
            begin_authentication(make_authentication_expectations(tenant, approval.ceremony, now),
                                 credential->record, response, service.hasher));
  CS_ASSIGN(VerifiedAssertion assertion,
            std::move(pending).finish(discharge(pending.obligations(), service.verifier)));
  if (assertion.counter() == CounterOutcome::not_advanced) {
    return Error{ErrorCode::counter_not_advanced, Check::signature_counter_advanced, 0};
  }
  return Verified{std::move(assertion), *credential};
}

Status check_model(const PolicyContext& context, const Tenant& tenant, StoredCredential& credential,
                   UnixSeconds now) {
  update_objection(context.service.models.models().get(), now, credential);
  const bool is_refused = credential.model.objection &&
                          tenant.compromised_credentials == CompromisedCredentials::refuse;
  return is_refused ? Status(Error{ErrorCode::credential_model_compromised,
                                   Check::credential_model_sound, 0})
                    : ok();
}

Result<ApprovalOutcome> judge(const PolicyContext& context, const Tenant& tenant,
                              const ApprovalCeremony& approval, UnixSeconds now,
                              std::string_view text, PolicyTrace& trace) {
  CS_ASSIGN(Verified verified, verify(context, tenant, approval, now, text));
  CS_ASSIGN(const bool is_allowed,
            is_policy_administrator(context, tenant, *approval.ceremony.user_handle));
  if (!is_allowed) {
    return ErrorCode::policy_approver_not_allowed;
  }
  CS_TRY(check_model(context, tenant, verified.credential, now));
  const CeremonyPolicy bound{PolicyCeremony::policy_publish, approval.replaces, {}};
  const bool is_user_verified = verified.assertion.authenticator_data().flags.is_user_verified();
  CS_TRY(decide_verdict(
      context.service, tenant, question_of(approval.ceremony), bound,
      {verified.credential, is_user_verified, verified.assertion.counter(), std::nullopt}, trace));
  const std::string actor =
      "administrator:" + encode_base64url(approval.ceremony.user_handle->value);
  for (int tries = 0; tries < kPolicyUpdateTries; ++tries) {
    CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
    CS_ASSIGN(Step step, plan(context, tenant, life, approval));
    const PolicyUpdate update{tenant.id, life.version, step.change, approval.revision, actor, now};
    CS_ASSIGN(const bool is_done, context.store.finish_approval(
                                      approval, now, verified.assertion.updated_record(), update));
    if (is_done) {
      ApprovalOutcome outcome{std::move(step.revision), step.approvals, step.event.approvals_needed,
                              std::nullopt};
      if (step.is_complete) {
        outcome.action = step.event.action;
        outcome.revision.state = step.change.changes.back().after;
        outcome.revision.share = step.change.changes.back().share;
      }
      return outcome;
    }
  }
  return ErrorCode::store_unavailable;
}

Result<ApprovalOutcome> finish(const PolicyContext& context, const Tenant& tenant,
                               const Caller& caller, const CeremonyId& id, std::string_view text,
                               ApprovalCeremony& approval, PolicyTrace& trace) {
  CS_ASSIGN(approval, find_pending_approval(context, tenant, caller, id));
  const UnixSeconds now = context.service.clock.now();
  Result<ApprovalOutcome> outcome = judge(context, tenant, approval, now, text, trace);
  if (!outcome.has_value() && !is_of_the_store(outcome.error())) {
    const Status refused = context.store.refuse_approval(approval, now);
    return refused.has_value() ? outcome.error() : refused.error();
  }
  return outcome;
}

}  // namespace

Result<BeganCeremony> begin_policy_approval(const PolicyContext& context, const Tenant& tenant,
                                            const Caller& caller, const ApprovalRequest& request) {
  ApprovalCeremony approval;
  PolicyTrace trace;
  Result<BeganCeremony> began = begin(context, tenant, caller, request, approval, trace);
  audit_policy(context, "policy.approval.begin", tenant, caller, approval.ceremony.id,
               error_of(began), request.revision, approval.replaces, trace);
  return began;
}

CeremonyResult<ApprovalOutcome> finish_policy_approval(const PolicyContext& context,
                                                       const Tenant& tenant, const Caller& caller,
                                                       const CeremonyId& id,
                                                       std::string_view response) {
  ApprovalCeremony approval;
  PolicyTrace trace;
  Result<ApprovalOutcome> outcome = finish(context, tenant, caller, id, response, approval, trace);
  audit_policy(context, "policy.approval.result", tenant, caller, id, error_of(outcome),
               approval.revision, approval.replaces, trace);
  if (outcome.has_value() && outcome->action) {
    audit_policy(context, revision_event_name(*outcome->action), tenant, caller, id, std::nullopt,
                 approval.revision, approval.replaces);
    outcome->is_applied = context.watcher.note_policy_change(tenant.id);
  }
  return {std::move(outcome), id.value, {}};
}

}  // namespace countersign
