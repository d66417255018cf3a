#include "service/policy_administrators.h"

#include <algorithm>

#include "codec/base64url.h"

namespace countersign {
namespace {

bool is_listed(const Tenant& tenant, std::string_view name) {
  const std::vector<std::string>& names = tenant.policy_administrators;
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Result<Account> find_policy_administrator(const PolicyContext& context, const Tenant& tenant,
                                          const std::string& name) {
  CredentialStore& accounts = context.service.credentials;
  std::optional<Account> account;
  if (is_listed(tenant, name) && name.starts_with(kHandlePrefix)) {
    const Result<ByteVector> handle =
        parse_base64url(std::string_view(name).substr(kHandlePrefix.size()));
    if (handle.has_value()) {
      CS_ASSIGN(account, accounts.find_account(tenant.id, UserHandle(*handle)));
    }
  } else if (is_listed(tenant, name)) {
    CS_ASSIGN(account, accounts.find_account_by_username(tenant.id, name));
  }
  if (!account) {
    return ErrorCode::policy_approver_not_allowed;
  }
  return std::move(*account);
}

Result<bool> is_policy_administrator(const PolicyContext& context, const Tenant& tenant,
                                     const UserHandle& handle) {
  if (is_listed(tenant, std::string(kHandlePrefix) + encode_base64url(handle.value))) {
    return true;
  }
  CS_ASSIGN(const std::optional<Account> account,
            context.service.credentials.find_account(tenant.id, handle));
  return account && account->username && !account->username->starts_with(kHandlePrefix) &&
         is_listed(tenant, *account->username);
}

Result<std::vector<PolicyApproval>> list_counting_approvals(const PolicyContext& context,
                                                            const Tenant& tenant,
                                                            const RevisionEvent& event) {
  CS_ASSIGN(const std::vector<PolicyApproval> approvals,
            context.store.list_approvals(tenant.id, event.revision));
  const UnixSeconds now = context.service.clock.now();
  std::vector<PolicyApproval> counting;
  for (const PolicyApproval& approval : approvals) {
    const bool is_repeated = std::any_of(
        counting.begin(), counting.end(),
        [&](const PolicyApproval& one) { return one.administrator == approval.administrator; });
    if (is_repeated || approval.replaces != event.replaces || approval.share < event.share ||
        approval.time.value + kApprovalSeconds < now.value) {
      continue;
    }
    CS_ASSIGN(const bool is_allowed,
              is_policy_administrator(context, tenant, approval.administrator));
    if (is_allowed) {
      counting.push_back(approval);
    }
  }
  return counting;
}

}  // namespace countersign
