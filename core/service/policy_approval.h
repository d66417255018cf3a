#pragma once
// How a revision comes to decide about customers: administrators approve it with their passkeys, in
// ceremonies of their own that name the revision, what it replaces and for how many users; the one
// that completes the number carries it out.

#include <string>
#include <string_view>

#include "service/policy_service.h"
#include "service/registration_service.h"

namespace countersign {

struct ApprovalRequest {
  Digest256 revision{};
  std::uint16_t share = kWholeShare;  // below: as a canary
  std::string administrator;          // as in the tenant's policyAdministrators
};

/// Options for a passkey of that administrator, user verification required. Errors:
/// policy_approver_not_allowed (no administrator, no account or no passkey),
/// policy_approver_repeated, policy_denied (by the active policy), those of change_life, of the
/// store.
Result<BeganCeremony> begin_policy_approval(const PolicyContext& context, const Tenant& tenant,
                                            const Caller& caller, const ApprovalRequest& request);

struct ApprovalOutcome {
  PolicyRevision revision;  // as it is now
  unsigned approvals = 0;
  unsigned approvals_needed = 0;
  /// What the approval carried out, as the last one that was needed.
  std::optional<RevisionAction> action;
  bool is_applied = true;  // PolicyWatcher::note_policy_change, where it did something
};

/// Errors: ceremony_*, those of the verification, credential_unknown, counter_not_advanced,
/// policy_denied, policy_requirement_unmet, policy_approver_not_allowed, policy_approver_repeated,
/// those of change_life (policy_active_changed and others), of the store.
CeremonyResult<ApprovalOutcome> finish_policy_approval(const PolicyContext& context,
                                                       const Tenant& tenant, const Caller& caller,
                                                       const CeremonyId& id,
                                                       std::string_view response);

}  // namespace countersign
