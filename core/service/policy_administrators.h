#pragma once
// Who may approve policies: the accounts that the tenant names, and what their approvals count.

#include <string>
#include <vector>

#include "service/policy_service.h"

namespace countersign {

/// Where the tenant names an administrator by handle instead of by user name. A user name that
/// begins so is nobody's.
inline constexpr std::string_view kHandlePrefix = "handle:";

/// `name` as it stands in the configuration. Errors: policy_approver_not_allowed where it does not;
/// account_not_found.
Result<Account> find_policy_administrator(const PolicyContext& context, const Tenant& tenant,
                                          const std::string& name);
Result<bool> is_policy_administrator(const PolicyContext& context, const Tenant& tenant,
                                     const UserHandle& handle);

/// Of an approval that was given: whoever is no administrator any more, or lost the passkey, has
/// approved nothing.
Result<bool> still_counts(const PolicyContext& context, const Tenant& tenant,
                          const GivenApproval& given);

}  // namespace countersign
