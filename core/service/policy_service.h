#pragma once
// Use cases of policies on the server: revisions come in as drafts, are looked at, and move on.
// What lets one decide about customers is in policy_approval.h.

#include <string>
#include <string_view>
#include <vector>

#include "policy/diff.h"
#include "policy/lint.h"
#include "policy/wording.h"
#include "service/context.h"
#include "service/policy_decision.h"
#include "service/policy_reports.h"
#include "service/policy_source.h"
#include "service/policy_store.h"
#include "service/transaction_store.h"

namespace countersign {

/// Told after each change, before anybody is answered.
class PolicyWatcher {
 public:
  virtual ~PolicyWatcher() = default;
  /// Whether this server decides by what the store holds of that tenant. If not, it goes on by what
  /// it read before, and tries again.
  virtual bool note_policy_change(const TenantId& tenant) = 0;
};

/// What is published: which revision, in whose place, for how many customers.
struct Publication {
  Digest256 revision{};
  Digest256 replaces{};
  std::uint16_t share = kWholeShare;  // below: as a canary

  bool operator==(const Publication& other) const = default;
};
inline constexpr std::string_view kPublicationType = "policy.publish/1";

/// Borrowed like ServiceContext.
struct PolicyContext {
  const ServiceContext& service;
  PolicyStore& store;
  /// What decides where nothing is stored.
  const PolicySource& configured;
  PolicyWatcher& watcher;
  PolicyReports& reports;
  /// Of publications; null: there are none.
  TransactionStore* transactions = nullptr;
  /// The whole comparison for people, as GET /v1/policies/{digest}/diff?format=text has it.
  using DiffText = std::string (*)(const PolicyDocument& before, const PolicyDocument& after,
                                   const DiffReport& report, const Money& money);
  DiffText diff_text = nullptr;  // null: where there are no transactions
};

/// The digest of the tenant's configured document.
Digest256 configured_digest(const PolicyContext& context, const Tenant& tenant);
/// A stored revision, or the configured document. Error: policy_revision_not_found.
Result<std::shared_ptr<const PolicyDocument>> load_policy(const PolicyContext& context,
                                                          const Tenant& tenant,
                                                          const Digest256& digest);
/// `active` is that of the store, not what this server may still be using.
Result<std::shared_ptr<const PolicyDocument>> load_active_policy(const PolicyContext& context,
                                                                 const Tenant& tenant,
                                                                 const PolicyLife& life);

struct LintedPolicy {
  PolicyRevision revision;
  std::shared_ptr<const PolicyDocument> document;
  LintReport lint;
  /// Of the loaded metadata, that demands were held against; nothing: there are none.
  std::optional<std::size_t> models;
};

/// The same document again gives the same answer. `tiers`: what lint holds demands of a display
/// against (offered_tiers). Errors with offsets: those of parse_policy;
/// policy_too_large; policy_revision_state_mismatch where it was given up as a draft;
/// policy_revision_not_found where somebody deleted it at that moment.
Result<LintedPolicy> create_policy(const PolicyContext& context, const Tenant& tenant,
                                   const Caller& caller, std::string_view text, DisplayTiers tiers);

/// What lint says, and whether the draft became validated. It does not where lint finds an error,
/// or a warning of a kind that is not among `acknowledged` (their names).
struct ValidatedPolicy {
  LintedPolicy linted;
  bool is_validated = false;
};
/// A revision after a change.
struct ChangedPolicy {
  PolicyRevision revision;
  bool is_applied = true;  // PolicyWatcher::note_policy_change
};

/// Errors: policy_revision_not_found, policy_revision_state_mismatch.
Result<ValidatedPolicy> validate_policy(const PolicyContext& context, const Tenant& tenant,
                                        const Caller& caller, const Digest256& digest,
                                        const std::vector<std::string>& acknowledged,
                                        DisplayTiers tiers);

/// What is active, how many approvals that takes and whether something becomes weaker.
Status complete_event(const PolicyContext& context, const Tenant& tenant, const PolicyLife& life,
                      const PolicyRevision& revision, RevisionEvent& event);

/// All but publications, and canaries of a larger share, which take approvals. Errors: those of
/// change_life.
Result<ChangedPolicy> change_policy(const PolicyContext& context, const Tenant& tenant,
                                    const Caller& caller, RevisionAction action,
                                    const Digest256& digest, std::uint16_t share);

/// For good: what was never beyond validated, given up or not. Errors: policy_revision_not_found,
/// policy_revision_state_mismatch.
Status delete_policy(const PolicyContext& context, const Tenant& tenant, const Caller& caller,
                     const Digest256& digest);

/// A publication that waits for approvals.
struct PendingPublication {
  TransactionId id;
  Publication publication;
  std::int64_t approvals_needed = 1;
  UnixSeconds created_at;
  UnixSeconds expires_at;
  std::vector<GivenApproval> approvals;  // that count
};

struct PolicyView {
  PolicyRevision revision;
  std::string document;  // as it came
  std::vector<PolicyTransition> history;
  std::vector<PendingPublication> publications;  // of this revision in the place of what is active
};
/// Whether this server decides by the revision that is active in the store.
bool is_applied(const PolicyContext& context, const Tenant& tenant, const PolicyLife& life);

/// Error: policy_revision_not_found.
Result<PolicyView> read_policy(const PolicyContext& context, const Tenant& tenant,
                               const Digest256& digest);

/// [each failure means that somebody else's change went through meanwhile]
inline constexpr int kPolicyUpdateTries = 16;

/// Of the audit: "policy.publish", …
std::string_view revision_event_name(RevisionAction action);
void audit_policy(const PolicyContext& context, std::string_view event, const Tenant& tenant,
                  const Caller& caller, const CeremonyId& id, const std::optional<Error>& error,
                  const std::optional<Digest256>& revision,
                  const std::optional<Digest256>& replaces, const PolicyTrace& trace = {});

}  // namespace countersign
