#include "service/recovery_service.h"

#include "service/account_service.h"
#include "service/ceremony_flow.h"

namespace countersign {
namespace {

constexpr std::string_view kRecoveryRoute = "POST /v1/recoveries";

Result<Account> find_named(const ServiceContext& context, const Tenant& tenant,
                           const std::string& username) {
  CS_ASSIGN(std::optional<Account> account,
            context.credentials.find_account_by_username(tenant.id, username));
  if (!account) {
    return ErrorCode::account_not_found;
  }
  return std::move(*account);
}

Result<std::string> begin(const ServiceContext& context, ActivationStore& store,
                          const Tenant& tenant, const Caller& caller,
                          const RecoveryRequest& request,
                          const std::optional<IdempotencyKey>& idempotency) {
  if (!is_name(request.username, kMaxNameCharacters)) {
    return ErrorCode::request_member_invalid;
  }
  CS_ASSIGN(const Account account, find_named(context, tenant, request.username));
  Activation draft;
  draft.purpose = ActivationPurpose::recovery;
  draft.others = request.others;
  return issue_activation(context, store, tenant, caller, std::move(draft), account, std::nullopt,
                          kRecoveryRoute, idempotency);
}

}  // namespace

Result<std::string> begin_recovery(const ServiceContext& context, ActivationStore& store,
                                   const Tenant& tenant, const Caller& caller,
                                   const RecoveryRequest& request,
                                   const std::optional<IdempotencyKey>& idempotency) {
  Result<std::string> answer = begin(context, store, tenant, caller, request, idempotency);
  audit(context, "recovery.begin", tenant, caller, CeremonyKind::registration, CeremonyId(),
        error_of(answer));
  return answer;
}

Result<RevokedAll> revoke_account(const ServiceContext& context, AccountStore& store,
                                  const Tenant& tenant, const Caller& caller,
                                  const std::string& username) {
  const auto revoke = [&]() -> Result<RevokedAll> {
    CS_ASSIGN(const Account account, find_named(context, tenant, username));
    return store.revoke_all(tenant.id, account.handle, context.clock.now(), caller.correlation_id);
  };
  Result<RevokedAll> ended = revoke();
  audit(context, "account.revoke_all", tenant, caller, CeremonyKind::registration, CeremonyId(),
        error_of(ended));
  return ended;
}

Result<AccountOverview> read_account(const ServiceContext& context, AccountStore& store,
                                     const Tenant& tenant, const std::string& username) {
  AccountOverview overview;
  CS_ASSIGN(overview.account, find_named(context, tenant, username));
  CS_ASSIGN(overview.state,
            store.read_account_state(tenant.id, overview.account.handle, context.clock.now()));
  CS_ASSIGN(overview.credentials, list_account_credentials(context, tenant, overview.account));
  return overview;
}

}  // namespace countersign
