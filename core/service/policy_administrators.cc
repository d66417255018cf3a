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
  if (!is_listed(tenant, name)) {
    return ErrorCode::policy_approver_not_allowed;
  }
  if (name.starts_with(kHandlePrefix)) {
    const Result<ByteVector> handle =
        parse_base64url(std::string_view(name).substr(kHandlePrefix.size()));
    if (handle.has_value()) {
      CS_ASSIGN(account, accounts.find_account(tenant.id, UserHandle(*handle)));
    }
  } else {
    CS_ASSIGN(account, accounts.find_account_by_username(tenant.id, name));
  }
  if (!account) {
    return ErrorCode::account_not_found;
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

Result<bool> still_counts(const PolicyContext& context, const Tenant& tenant,
                          const GivenApproval& given) {
  CS_ASSIGN(const bool is_allowed, is_policy_administrator(context, tenant, given.approver));
  return is_allowed && !given.is_revoked;
}

}  // namespace countersign
