#pragma once
// Use cases of customers who lost something: recovery, and the end of everything that an account
// signs in with.

#include <optional>
#include <string>
#include <vector>

#include "service/activation_service.h"

namespace countersign {

struct RecoveryRequest {
  std::string username;
  OtherCredentials others = OtherCredentials::keep;
};

/// For an account that has or had a credential; its sessions end. The answer is that of
/// create_activation; what the activation leads to is marked as recovered. Errors:
/// request_member_invalid, account_not_found, recovery_not_possible (it never had a credential: an
/// activation will do), activation_limit_reached, account_blocked, idempotency_key_reused, those of
/// the store.
Result<std::string> begin_recovery(const ServiceContext& context, ActivationStore& store,
                                   const Tenant& tenant, const Caller& caller,
                                   const RecoveryRequest& request,
                                   const std::optional<IdempotencyKey>& idempotency);

/// Errors: account_not_found, those of the store.
Result<RevokedAll> revoke_account(const ServiceContext& context, AccountStore& store,
                                  const Tenant& tenant, const Caller& caller,
                                  const std::string& username);

struct AccountOverview {
  Account account;
  AccountState state;
  std::vector<StoredCredential> credentials;
};
/// Errors: account_not_found, those of the store.
Result<AccountOverview> read_account(const ServiceContext& context, AccountStore& store,
                                     const Tenant& tenant, const std::string& username);

}  // namespace countersign
