#include "service/policy_service.h"

#include <algorithm>

#include "codec/json_writer.h"
#include "service/ceremony_flow.h"
#include "service/policy_administrators.h"
#include "service/policy_lint.h"
#include "service/policy_publication.h"

namespace countersign {
namespace {

Status lint(const PolicyContext& context, const Tenant& tenant, DisplayTiers tiers,
            LintedPolicy& linted) {
  CS_ASSIGN(PolicyLint found, lint_on_server(context, tenant, *linted.document, tiers));
  linted.lint = std::move(found.report);
  linted.models = found.models;
  return ok();
}

std::string author_of(const Caller& caller) { return "api-key:" + caller.api_key.value_or(""); }

// What only a look at what decides now can say: the active revision, and the canary that the change
// would end. Roll-backs alone depend on it.
Result<Weakening> weakening_of(const PolicyContext& context, const Tenant& tenant,
                               const PolicyLife& life, const PolicyRevision& revision) {
  if (revision.state != RevisionState::retired || !revision.was_active) {
    return Weakening::possible;
  }
  CS_ASSIGN(const std::shared_ptr<const PolicyDocument> active,
            load_active_policy(context, tenant, life));
  CS_ASSIGN(const std::shared_ptr<const PolicyDocument> back,
            load_policy(context, tenant, revision.digest));
  // What is other counts, whatever it is: the count is all that a receipt shows of it.
  const std::shared_ptr<const DiffReport> report = context.reports.compare(*active, *back);
  if (report->may_be_weaker() || report->count(Strictness::incomparable) != 0) {
    return Weakening::possible;
  }
  const PolicyRevision* canary = life.in_state(RevisionState::canary);
  if (canary == nullptr) {
    return Weakening::none;
  }
  CS_ASSIGN(const std::shared_ptr<const PolicyDocument> tried,
            load_policy(context, tenant, canary->digest));
  return context.reports.compare(*tried, *back)->may_be_weaker() ? Weakening::possible
                                                                 : Weakening::none;
}

Result<LintedPolicy> create(const PolicyContext& context, const Tenant& tenant,
                            const Caller& caller, std::string_view text, DisplayTiers tiers) {
  CS_ASSIGN(PolicyDocument parsed, parse_policy(text, context.service.hasher));
  LintedPolicy created;
  created.document = std::make_shared<const PolicyDocument>(std::move(parsed));
  PolicyRevision fresh;
  fresh.digest = created.document->digest();
  fresh.name = created.document->id();
  fresh.number = created.document->revision();
  fresh.created_at = context.service.clock.now();
  fresh.created_by = author_of(caller);
  CS_TRY(context.store.add_policy(tenant.id, fresh, text));
  CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
  const PolicyRevision* stored = life.find(fresh.digest);
  if (stored == nullptr) {
    return ErrorCode::policy_revision_not_found;  // deleted by somebody else since
  }
  if (stored->state == RevisionState::retired && !stored->was_active) {
    return ErrorCode::policy_revision_state_mismatch;
  }
  created.revision = *stored;
  CS_TRY(lint(context, tenant, tiers, created));
  return created;
}

Result<PolicyRevision> change(const PolicyContext& context, const Tenant& tenant,
                              const Caller& caller, RevisionEvent event, Digest256& replaced) {
  const UnixSeconds now = context.service.clock.now();
  for (int tries = 0; tries < kPolicyUpdateTries; ++tries) {
    CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
    const PolicyRevision* revision = life.find(event.revision);
    if (revision == nullptr) {
      return ErrorCode::policy_revision_not_found;
    }
    CS_TRY(complete_event(context, tenant, life, *revision, event));
    if (event.action == RevisionAction::validate) {
      CS_TRY(check_number(context, tenant, life, *revision));  // of two at once one is the first
    }
    replaced = event.replaces;
    CS_ASSIGN(const LifeChange changed,
              change_life(life, configured_digest(context, tenant), event));
    CS_ASSIGN(std::vector<TransactionClosing> closings,
              list_closings(context, tenant, changed.spent, event.revision, std::nullopt, now));
    CS_ASSIGN(const bool is_done,
              context.store.update_policies(
                  {tenant.id, life.version, changed, author_of(caller), now, std::move(closings)}));
    if (is_done) {
      PolicyRevision after = *revision;
      after.state = changed.changes.back().after;
      after.share = changed.changes.back().share;
      if (changed.changes.back().acknowledged) {
        after.acknowledged = changed.changes.back().acknowledged;
      }
      after.was_active = after.was_active || after.state == RevisionState::active;
      return after;
    }
  }
  return ErrorCode::store_unavailable;
}

Result<ChangedPolicy> change_and_tell(const PolicyContext& context, const Tenant& tenant,
                                      const Caller& caller, const RevisionEvent& event,
                                      const PolicyTrace& trace) {
  Digest256 replaced{};
  Result<PolicyRevision> changed = change(context, tenant, caller, event, replaced);
  audit_policy(context, revision_event_name(event.action), tenant, caller, CeremonyId(),
               error_of(changed), event.revision, replaced, trace);
  if (!changed.has_value()) {
    return changed.error();
  }
  return ChangedPolicy{*std::move(changed), context.watcher.note_policy_change(tenant.id)};
}

// Of the findings, each once.
std::vector<std::string> kinds_of(const std::vector<LintFinding>& findings) {
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < kLintKinds; ++i) {
    const LintKind kind = static_cast<LintKind>(i);
    if (std::any_of(findings.begin(), findings.end(),
                    [&](const LintFinding& finding) { return finding.kind == kind; })) {
      kinds.emplace_back(lint_kind_name(kind));
    }
  }
  return kinds;
}

// The warnings of which whoever validates takes note, for the audit, beside what is in force:
// `{"inForce":{…},"acknowledged":["gap"]}`.
PolicyTrace trace_acknowledged(const ServiceContext& context, const Tenant& tenant,
                               const std::vector<std::string>& kinds) {
  JsonWriter json;
  json.begin_array();
  for (const std::string& kind : kinds) {
    json.string(kind);
  }
  json.end_array();
  std::string trace = encode_policy_in_force(context, tenant.id);
  trace.pop_back();
  return {trace + ",\"acknowledged\":" + std::move(json).take() + "}"};
}

// What was approved of it goes with it.
Status remove(const PolicyContext& context, const Tenant& tenant, const Digest256& digest) {
  CS_TRY(context.store.delete_policy(tenant.id, digest));
  CS_ASSIGN(const std::vector<TransactionClosing> closings,
            list_closings(context, tenant, SpentApprovals::of_revision, digest, std::nullopt,
                          context.service.clock.now()));
  for (const TransactionClosing& closing : closings) {
    const Status closed = context.transactions->close_transaction(closing);
    if (!closed.has_value() && is_of_the_store(closed.error())) {
      return closed;  // else it has ended by itself
    }
  }
  return ok();
}

Result<std::vector<PendingPublication>> list_pending(const PolicyContext& context,
                                                     const Tenant& tenant,
                                                     const Digest256& revision,
                                                     const Digest256& active) {
  CS_ASSIGN(const std::vector<OpenPublication> open, list_open_publications(context, tenant));
  std::vector<PendingPublication> pending;
  for (const OpenPublication& one : open) {
    if (one.publication.revision != revision || one.publication.replaces != active) {
      continue;
    }
    CS_ASSIGN(std::vector<GivenApproval> given,
              context.transactions->list_given_approvals(tenant.id, one.transaction.id));
    PendingPublication& entry = pending.emplace_back();
    entry = {one.transaction.id,
             one.publication,
             one.transaction.approvals_needed,
             one.transaction.created_at,
             one.transaction.expires_at,
             {}};
    for (GivenApproval& approval : given) {
      CS_ASSIGN(const bool counts, still_counts(context, tenant, approval));
      if (counts) {
        entry.approvals.push_back(std::move(approval));
      }
    }
  }
  return pending;
}

}  // namespace

std::string_view revision_event_name(RevisionAction action) {
  switch (action) {
    case RevisionAction::validate:
      return "policy.validate";
    case RevisionAction::shadow:
      return "policy.shadow";
    case RevisionAction::canary:
      return "policy.canary";
    case RevisionAction::publish:
      return "policy.publish";
    case RevisionAction::withdraw:
      return "policy.withdraw";
    case RevisionAction::retire:
      return "policy.retire";
  }
  return "policy.validate";
}

void audit_policy(const PolicyContext& context, std::string_view event, const Tenant& tenant,
                  const Caller& caller, const CeremonyId& id, const std::optional<Error>& error,
                  const std::optional<Digest256>& revision,
                  const std::optional<Digest256>& replaces, const PolicyTrace& trace) {
  AuditRecord record = make_audit(context.service, event, tenant, caller,
                                  CeremonyKind::authentication, id, error, trace);
  record.revision = revision;
  record.replaces = replaces;
  context.service.audit.record(record);
}

Digest256 configured_digest(const PolicyContext& context, const Tenant& tenant) {
  return context.configured.policy_for(tenant.id, std::nullopt).document->digest();
}

Result<std::shared_ptr<const PolicyDocument>> load_policy(const PolicyContext& context,
                                                          const Tenant& tenant,
                                                          const Digest256& digest) {
  CS_ASSIGN(const std::optional<std::string> text,
            context.store.find_policy_document(tenant.id, digest));
  if (text) {
    CS_ASSIGN(PolicyDocument document, parse_policy(*text, context.service.hasher));
    if (!equal(document.digest(), digest)) {
      return ErrorCode::store_corrupt;  // somebody put another one in its place
    }
    return std::make_shared<const PolicyDocument>(std::move(document));
  }
  if (digest == configured_digest(context, tenant)) {
    return context.configured.policy_for(tenant.id, std::nullopt).document;
  }
  return ErrorCode::policy_revision_not_found;
}

Result<std::shared_ptr<const PolicyDocument>> load_active_policy(const PolicyContext& context,
                                                                 const Tenant& tenant,
                                                                 const PolicyLife& life) {
  return load_policy(context, tenant, active_digest(life, configured_digest(context, tenant)));
}

Status complete_event(const PolicyContext& context, const Tenant& tenant, const PolicyLife& life,
                      const PolicyRevision& revision, RevisionEvent& event) {
  event.replaces = active_digest(life, configured_digest(context, tenant));
  if (event.action != RevisionAction::publish && event.action != RevisionAction::canary) {
    return ok();
  }
  CS_ASSIGN(event.weakening, weakening_of(context, tenant, life, revision));
  CS_ASSIGN(const std::shared_ptr<const PolicyDocument> active,
            load_active_policy(context, tenant, life));
  // What the active policy demands of its own replacement counts beside the configuration.
  event.approvals_needed = approvals_to_replace(tenant, *active);
  return ok();
}

Result<LintedPolicy> create_policy(const PolicyContext& context, const Tenant& tenant,
                                   const Caller& caller, std::string_view text,
                                   DisplayTiers tiers) {
  Result<LintedPolicy> created = create(context, tenant, caller, text, tiers);
  audit_policy(context, "policy.draft", tenant, caller, CeremonyId(), error_of(created),
               created.has_value() ? std::optional(created->revision.digest) : std::nullopt,
               std::nullopt);
  return created;
}

Result<ValidatedPolicy> validate_policy(const PolicyContext& context, const Tenant& tenant,
                                        const Caller& caller, const Digest256& digest,
                                        const std::vector<std::string>& acknowledged,
                                        DisplayTiers tiers) {
  CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
  const PolicyRevision* revision = life.find(digest);
  if (revision == nullptr) {
    return ErrorCode::policy_revision_not_found;
  }
  ValidatedPolicy validated;
  validated.linted.revision = *revision;
  CS_ASSIGN(validated.linted.document, load_policy(context, tenant, digest));
  CS_TRY(lint(context, tenant, tiers, validated.linted));
  const std::vector<LintFinding>& findings = validated.linted.lint.findings;
  if (std::any_of(findings.begin(), findings.end(), [&](const LintFinding& finding) {
        return is_stopped_by(finding, acknowledged);
      })) {
    audit_policy(context, "policy.validate", tenant, caller, CeremonyId(),
                 Error{ErrorCode::policy_lint_failed, Check::none, 0}, digest, std::nullopt);
    return validated;
  }
  RevisionEvent event;
  event.action = RevisionAction::validate;
  event.revision = digest;
  event.acknowledged = kinds_of(findings);
  CS_ASSIGN(ChangedPolicy changed,
            change_and_tell(context, tenant, caller, event,
                            trace_acknowledged(context.service, tenant, event.acknowledged)));
  validated.linted.revision = std::move(changed.revision);
  validated.is_validated = true;
  return validated;
}

Result<ChangedPolicy> change_policy(const PolicyContext& context, const Tenant& tenant,
                                    const Caller& caller, RevisionAction action,
                                    const Digest256& digest, std::uint16_t share) {
  RevisionEvent event;
  event.action = action;
  event.revision = digest;
  event.share = action == RevisionAction::canary ? share : kWholeShare;
  return change_and_tell(context, tenant, caller, event, {});
}

Status delete_policy(const PolicyContext& context, const Tenant& tenant, const Caller& caller,
                     const Digest256& digest) {
  const Status deleted = remove(context, tenant, digest);
  audit_policy(context, "policy.delete", tenant, caller, CeremonyId(), error_of(deleted), digest,
               std::nullopt);
  return deleted;
}

bool is_applied(const PolicyContext& context, const Tenant& tenant, const PolicyLife& life) {
  const PolicyInForce in_force = context.service.policies.policy_for(tenant.id, std::nullopt);
  return !in_force.is_unreadable && equal(in_force.document->digest(),
                                          active_digest(life, configured_digest(context, tenant)));
}

Result<PolicyView> read_policy(const PolicyContext& context, const Tenant& tenant,
                               const Digest256& digest) {
  CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
  CS_ASSIGN(const std::optional<std::string> document,
            context.store.find_policy_document(tenant.id, digest));
  const PolicyRevision* revision = life.find(digest);
  if (revision == nullptr || !document) {
    return ErrorCode::policy_revision_not_found;
  }
  PolicyView view{*revision, *document, {}, {}};
  CS_ASSIGN(view.history, context.store.list_policy_history(tenant.id, digest));
  CS_ASSIGN(view.publications,
            list_pending(context, tenant, digest,
                         active_digest(life, configured_digest(context, tenant))));
  return view;
}

}  // namespace countersign
