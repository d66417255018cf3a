#pragma once
// How a revision comes to decide about customers: administrators approve a transaction of type
// policy.publish/1 with their passkeys, which names the revision, what it replaces, for how many
// customers, and shows the differences; the approval that completes the number carries it out.
// Creation is here; the approval is that of any transaction (approve_transaction).

#include <string>

#include "service/policy_service.h"
#include "service/transaction_service.h"

namespace countersign {

/// How long a publication waits for all of its approvals. [people approve on one working day what
/// another wrote]
inline constexpr std::int64_t kApprovalSeconds = 86400;
/// Of a tenant, at a time. Beyond it the oldest makes room that nobody has approved and that has no
/// challenge which somebody could be answering; where there is none, transaction_limit_reached.
/// Publications for all customers are never held up by others: a revision has one for each
/// administrator. [a handful is under discussion; a change that spends them ends each]
inline constexpr std::size_t kMaxOpenCanaries = 64;
inline constexpr std::string_view kPublicationLocale = "en-GB";

struct ApprovalRequest {
  Digest256 revision{};
  std::uint16_t share = kWholeShare;       // below: as a canary
  std::string administrator;               // as in the tenant's policyAdministrators
  std::string locale{kPublicationLocale};  // of a transaction that begins
};

/// A challenge for that administrator: the step that is due of a transaction that is open for the
/// same revision, share and active revision, where others have approved or it was begun for the
/// same administrator; else the first of a new one. The answer is that of
/// create_transaction with a backend's key. Errors: policy_approver_not_allowed (not listed),
/// account_not_found, credential_not_found (listed, and without an account or a passkey),
/// policy_approver_repeated, policy_lint_failed, policy_denied and others by the active policy,
/// those of change_life, of create_transaction and begin_transaction_approval.
Result<BeganCeremony> begin_policy_approval(const PolicyContext& context,
                                            const TransactionContext& transactions,
                                            const Tenant& tenant, const Caller& caller,
                                            const ApprovalRequest& request);

/// What the approval of a publication is about to do.
struct PublicationPlan {
  PolicyUpdate update;
  RevisionAction action = RevisionAction::publish;
  Publication publication;
};

/// Whether the documents still give the intent that was signed. Errors: transaction_store_mismatch,
/// policy_changed (another canary would end, or none), policy_revision_not_found, those of the
/// store.
Status check_publication(const PolicyContext& context, const Tenant& tenant,
                         const Transaction& transaction, const CanonicalValue& intent);
/// By the revisions as they are now, with the step that `approver` gives. `tiers`: offered_tiers.
/// Errors: policy_lint_failed (what has changed since it was validated: rates, metadata, lists, the
/// administrators' passkeys); policy_approver_not_allowed; policy_approver_repeated;
/// transaction_state_mismatch (an approval before it counts no more); policy_changed (more are
/// needed now, or another canary would end); those of change_life.
Result<PublicationPlan> plan_publication(const PolicyContext& context, const Tenant& tenant,
                                         const Transaction& transaction,
                                         const CanonicalValue& intent, const UserHandle& approver,
                                         UnixSeconds now, DisplayTiers tiers);
/// Tells audit and watcher what an approval has carried out.
void note_publication(const PolicyContext& context, const Tenant& tenant, const Caller& caller,
                      const TransactionId& id, const PublicationPlan& plan);

}  // namespace countersign
