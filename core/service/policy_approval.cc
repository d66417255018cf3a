#include "service/policy_approval.h"

#include <algorithm>

#include "codec/base64url.h"
#include "policy/policy_json.h"
#include "service/ceremony_flow.h"
#include "service/policy_administrators.h"
#include "service/policy_lint.h"
#include "service/policy_publication.h"
#include "service/transaction_display.h"
#include "service/transaction_inputs.h"
#include "service/transaction_steps.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

// The event that a publication stands for, and what it does to the revisions as they are. Whether
// it can be made at all is said to the first approver already.
struct Step {
  RevisionEvent event;
  LifeChange change;
};

Result<Step> make_step(const PolicyContext& context, const Tenant& tenant, const PolicyLife& life,
                       const Publication& publication, std::optional<std::int64_t> approvals) {
  const PolicyRevision* revision = life.find(publication.revision);
  if (revision == nullptr) {
    return ErrorCode::policy_revision_not_found;
  }
  Step step;
  RevisionEvent& event = step.event;
  event.action =
      publication.share == kWholeShare ? RevisionAction::publish : RevisionAction::canary;
  event.revision = publication.revision;
  event.share = publication.share;
  CS_TRY(complete_event(context, tenant, life, *revision, event));
  if (event.replaces != publication.replaces) {
    return ErrorCode::policy_active_changed;
  }
  const unsigned needed = approvals_for(*revision, event.approvals_needed, event.weakening);
  event.approvals_needed = needed;
  event.approvals = approvals ? static_cast<unsigned>(*approvals) : needed;
  if (event.approvals < needed) {
    return ErrorCode::policy_changed;
  }
  CS_ASSIGN(step.change, change_life(life, configured_digest(context, tenant), event));
  return step;
}

struct Continuable {
  bool is_so = false;
  bool has_approved = false;
};
Result<Continuable> judge_open(const PolicyContext& context, const TransactionContext& transactions,
                               const Tenant& tenant, const Transaction& open, const Step& step,
                               const ByteVector& intent, const UserHandle& approver) {
  Continuable judged;
  if (open.intent != intent || open.approvals_needed != step.event.approvals_needed ||
      !equal(open.policy.document, step.event.replaces)) {
    return judged;
  }
  CS_ASSIGN(const std::vector<GivenApproval> given,
            transactions.store.list_given_approvals(tenant.id, open.id));
  for (const GivenApproval& one : given) {
    CS_ASSIGN(const bool counts, still_counts(context, tenant, one));
    if (!counts) {
      return judged;
    }
    judged.has_approved = judged.has_approved || one.approver == approver;
  }
  judged.is_so = true;
  return judged;
}

// Whether somebody has approved it, or may be about to.
Result<bool> is_at_work(const TransactionContext& transactions, const Tenant& tenant,
                        const Transaction& open, UnixSeconds now) {
  if (open.approvals > 0) {
    return true;
  }
  CS_ASSIGN(const std::vector<TransactionApproval> challenges,
            transactions.store.list_transaction_approvals(tenant.id, open.id));
  return std::any_of(
      challenges.begin(), challenges.end(),
      [&](const TransactionApproval& challenge) { return challenge.expires_at >= now; });
}

Status cancel(const TransactionContext& transactions, const Transaction& open, UnixSeconds now) {
  const Status closed = transactions.store.close_transaction(
      make_closing(transactions.service, open, TransactionState::cancelled, std::nullopt, now));
  return closed.has_value() || !is_of_the_store(closed.error()) ? ok()  // or has ended by itself
                                                                : closed;
}

// Keys begin publications, people approve them. Those for all are one for each revision and
// administrator; of canaries there are as many as shares, and those that nobody works on make room.
Status make_room(const PolicyContext& context, const TransactionContext& transactions,
                 const Tenant& tenant, const std::vector<OpenPublication>& open,
                 const Publication& publication) {
  const auto is_canary = [](const OpenPublication& one) {
    return one.transaction.state == TransactionState::pending &&
           one.publication.share != kWholeShare;
  };
  if (publication.share == kWholeShare || std::count_if(open.begin(), open.end(), is_canary) <
                                              static_cast<std::ptrdiff_t>(kMaxOpenCanaries)) {
    return ok();
  }
  const UnixSeconds now = context.service.clock.now();
  const Transaction* oldest = nullptr;
  for (auto one = open.begin(); one != open.end() && oldest == nullptr; ++one) {
    if (is_canary(*one)) {
      CS_ASSIGN(const bool stays, is_at_work(transactions, tenant, one->transaction, now));
      oldest = stays ? nullptr : &one->transaction;
    }
  }
  if (oldest == nullptr) {
    return ErrorCode::transaction_limit_reached;
  }
  return cancel(transactions, *oldest, now);
}

// The active policy is asked, also where a canary decides on that administrator's logins. The
// ceremony itself is the authentication that it may demand.
Result<PolicyQuestion> ask(const ServiceContext& service, const Tenant& tenant,
                           const Transaction& transaction, const OpenedTransaction& opened) {
  PolicyQuestion question;
  question.ceremony = PolicyCeremony::policy_publish;
  question.asked_at = transaction.created_at;
  question.authentication_age = 0;
  CS_ASSIGN(PolicyInputs inputs, make_inputs(service, tenant, question));
  CS_TRY(add_intent_inputs(opened.source, opened.intent, {}, nullptr, inputs));
  JsonWriter json;
  write_policy_inputs(json, inputs, inputs.present(), nullptr);
  question.inputs = std::move(json).take();
  return question;
}

Result<BeganCeremony> create(const TransactionContext& transactions, const Tenant& tenant,
                             const Caller& caller, const ApprovalRequest& request, const Step& step,
                             const CanonicalValue& intent, const UserHandle& approver,
                             Transaction& transaction, PolicyTrace& trace) {
  const ServiceContext& service = transactions.service;
  const TransactionCatalog& catalog = transactions.settings.catalog;
  const std::shared_ptr<const CatalogTemplate> source = catalog.find_template(kPublicationType);
  const std::shared_ptr<const CatalogPack> pack = catalog.find_pack(request.locale);
  if (source == nullptr || pack == nullptr || source->source.texts_in(request.locale) == nullptr) {
    return ErrorCode::transaction_locale_unknown;
  }
  CS_TRY(freeze_transaction(*source, *pack, intent, transaction));
  CS_ASSIGN(const OpenedTransaction opened, open_transaction(service.hasher, transaction));
  set_identity(service, tenant, caller, kApprovalSeconds, transaction);
  transaction.subject = approver;
  CS_TRY(check_not_blocked(transactions, tenant, approver, transaction.created_at));
  CS_ASSIGN(PolicyQuestion question, ask(service, tenant, transaction, opened));
  // Whatever display it demands can be had, so far.
  question.transaction = TransactionFacts{limits::kMaxDisplayTier, step.event.approvals_needed};
  CS_ASSIGN(const PolicyOptions policy, decide_options(service, tenant, question, trace));
  if (!equal(policy.bound.document, step.event.replaces)) {
    return ErrorCode::policy_active_changed;  // by another server, a moment ago
  }
  transaction.policy = policy.bound;
  transaction.display_tier = policy.requirements.display_tier;
  transaction.approvals_needed = step.event.approvals_needed;
  CS_TRY(check_display_offered(transactions, transaction));
  CS_ASSIGN(question, make_question(transaction));
  CS_ASSIGN(IssuedApproval issued, issue_approval(transactions, tenant, caller, transaction, opened,
                                                  approver, question, policy, trace));
  CS_TRY(transactions.store.create_transaction(transaction, issued.approval, std::nullopt));
  return BeganCeremony{std::move(issued.options), std::move(issued.answer), std::nullopt};
}

Result<BeganCeremony> begin(const PolicyContext& context, const TransactionContext& transactions,
                            const Tenant& tenant, const Caller& caller,
                            const ApprovalRequest& request, Publication& publication,
                            Transaction& transaction, PolicyTrace& trace) {
  if (!caller.api_key) {
    return ErrorCode::caller_not_allowed;
  }
  CS_ASSIGN(const Account account,
            find_policy_administrator(context, tenant, request.administrator));
  CS_ASSIGN(const std::vector<StoredCredential> credentials,
            context.service.credentials.list_credentials(tenant.id, account.handle));
  if (credentials.empty()) {
    return ErrorCode::credential_not_found;
  }
  CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
  publication = {request.revision, active_digest(life, configured_digest(context, tenant)),
                 request.share};
  CS_ASSIGN(const Step step, make_step(context, tenant, life, publication, std::nullopt));
  CS_TRY(check_lint(context, tenant, *life.find(request.revision), offered_tiers(transactions)));
  CS_ASSIGN(const CanonicalValue intent,
            make_publication_intent(context, tenant, life, publication));
  CS_ASSIGN(const ByteVector frozen, make_bound_cbor(intent));
  CS_ASSIGN(std::vector<OpenPublication> open, list_open_publications(context, tenant));
  Transaction* next = nullptr;
  bool has_approved = false;
  for (OpenPublication& one : open) {
    if (one.publication != publication) {
      continue;
    }
    CS_ASSIGN(const Continuable judged, judge_open(context, transactions, tenant, one.transaction,
                                                   step, frozen, account.handle));
    if (!judged.is_so) {
      // It could never be completed.
      CS_TRY(cancel(transactions, one.transaction, context.service.clock.now()));
      one.transaction.state = TransactionState::cancelled;
      continue;
    }
    has_approved = has_approved || judged.has_approved;
    // The first approval is given by whom a transaction was begun for. What others have approved
    // goes on before anything else.
    const bool is_their_turn = one.transaction.approvals > 0
                                   ? !judged.has_approved
                                   : one.transaction.subject == account.handle;
    if (is_their_turn && (next == nullptr || next->approvals < one.transaction.approvals)) {
      next = &one.transaction;
    }
  }
  if (next != nullptr && (next->approvals > 0 || !has_approved)) {
    transaction = std::move(*next);
    return begin_step(transactions, tenant, caller, transaction, account.handle, trace);
  }
  if (has_approved) {
    return ErrorCode::policy_approver_repeated;
  }
  CS_TRY(make_room(context, transactions, tenant, open, publication));
  return create(transactions, tenant, caller, request, step, intent, account.handle, transaction,
                trace);
}

}  // namespace

Result<BeganCeremony> begin_policy_approval(const PolicyContext& context,
                                            const TransactionContext& transactions,
                                            const Tenant& tenant, const Caller& caller,
                                            const ApprovalRequest& request) {
  Publication publication;
  Transaction transaction;
  PolicyTrace trace;
  Result<BeganCeremony> began =
      begin(context, transactions, tenant, caller, request, publication, transaction, trace);
  audit_policy(context, "policy.approval.begin", tenant, caller, CeremonyId(transaction.id.value),
               error_of(began), request.revision, publication.replaces, trace);
  return began;
}

Status check_publication(const PolicyContext& context, const Tenant& tenant,
                         const Transaction& transaction, const CanonicalValue& intent) {
  CS_ASSIGN(const Publication publication, read_publication(intent));
  CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
  CS_TRY(check_ended_canary(context, tenant, life, publication, intent));
  CS_ASSIGN(const CanonicalValue again,
            make_publication_intent(context, tenant, life, publication));
  CS_ASSIGN(const ByteVector frozen, make_bound_cbor(again));
  const bool is_same = transaction.type == kPublicationType && frozen == transaction.intent &&
                       equal(transaction.policy.document, publication.replaces);
  return is_same ? ok()
                 : Status(Error{ErrorCode::transaction_store_mismatch,
                                Check::transaction_recomputed, 0});
}

Result<PublicationPlan> plan_publication(const PolicyContext& context, const Tenant& tenant,
                                         const Transaction& transaction,
                                         const CanonicalValue& intent, const UserHandle& approver,
                                         UnixSeconds now, DisplayTiers tiers) {
  PublicationPlan plan;
  CS_ASSIGN(plan.publication, read_publication(intent));
  // First: whatever ends an approval that is counted below makes this version an old one.
  CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
  CS_ASSIGN(const bool is_allowed, is_policy_administrator(context, tenant, approver));
  if (!is_allowed) {
    return ErrorCode::policy_approver_not_allowed;
  }
  CS_ASSIGN(const std::vector<GivenApproval> given,
            context.transactions->list_given_approvals(tenant.id, transaction.id));
  for (const GivenApproval& one : given) {
    CS_ASSIGN(const bool counts, still_counts(context, tenant, one));
    if (!counts) {
      return ErrorCode::transaction_state_mismatch;
    }
    if (one.approver == approver) {
      return ErrorCode::policy_approver_repeated;
    }
  }
  // The last one has behind it what is there; before it, the rest is still to come.
  const bool is_last = transaction.approvals + 1 == transaction.approvals_needed;
  const std::int64_t approvals =
      is_last ? static_cast<std::int64_t>(given.size()) + 1 : transaction.approvals_needed;
  CS_TRY(check_ended_canary(context, tenant, life, plan.publication, intent));
  CS_ASSIGN(Step step, make_step(context, tenant, life, plan.publication, approvals));
  CS_TRY(check_lint(context, tenant, *life.find(plan.publication.revision), tiers));
  plan.action = step.event.action;
  plan.update = {tenant.id,
                 life.version,
                 std::move(step.change),
                 "administrator:" + encode_base64url(approver.value),
                 now,
                 {}};
  CS_ASSIGN(plan.update.closings, list_closings(context, tenant, plan.update.change.spent,
                                                plan.publication.revision, transaction.id, now));
  return plan;
}

void note_publication(const PolicyContext& context, const Tenant& tenant, const Caller& caller,
                      const TransactionId& id, const PublicationPlan& plan) {
  audit_policy(context, revision_event_name(plan.action), tenant, caller, CeremonyId(id.value),
               std::nullopt, plan.publication.revision, plan.publication.replaces);
  static_cast<void>(context.watcher.note_policy_change(tenant.id));
}

}  // namespace countersign
