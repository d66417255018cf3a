#pragma once
// Who may approve policies: the accounts that the tenant names, and what their approvals count.

#include <string>
#include <vector>

#include "service/policy_service.h"

namespace countersign {

/// Where the tenant names an administrator by handle instead of by user name. A user name that
/// begins so is nobody's.
inline constexpr std::string_view kHandlePrefix = "handle:";

/// `name` as it stands in the configuration. Error: policy_approver_not_allowed (not there, or no
/// account).
Result<Account> find_policy_administrator(const PolicyContext& context, const Tenant& tenant,
                                          const std::string& name);
Result<bool> is_policy_administrator(const PolicyContext& context, const Tenant& tenant,
                                     const UserHandle& handle);

/// Approvals that count for the event: of that revision, of what is active, for at least that
/// share, not expired, one a person, of people who are administrators still.
Result<std::vector<PolicyApproval>> list_counting_approvals(const PolicyContext& context,
                                                            const Tenant& tenant,
                                                            const RevisionEvent& event);

/// [people approve on one working day what another wrote]
inline constexpr std::int64_t kApprovalSeconds = 86400;

}  // namespace countersign
