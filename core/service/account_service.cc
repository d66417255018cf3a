#include "service/account_service.h"

#include "service/ceremony_flow.h"
#include "service/model_facts.h"

namespace countersign {
namespace {

// The session that a change of the account rests on; a backend's key rests on none.
std::optional<Digest256> session_of(const Caller& caller) {
  return caller.api_key || !caller.session ? std::nullopt
                                           : std::optional<Digest256>(caller.session->digest);
}

}  // namespace

std::string_view ceremony_stage_name(CeremonyStage stage) {
  switch (stage) {
    case CeremonyStage::pending:
      return "pending";
    case CeremonyStage::succeeded:
      return "succeeded";
    case CeremonyStage::refused:
      return "refused";
    case CeremonyStage::expired:
      return "expired";
  }
  return "refused";
}

Result<CeremonyReport> read_ceremony(const ServiceContext& context, const Tenant& tenant,
                                     CeremonyKind kind, const CeremonyId& id) {
  CS_ASSIGN(std::optional<Ceremony> ceremony,
            context.challenges.find_ceremony(tenant.id, kind, id));
  if (!ceremony) {
    return ErrorCode::ceremony_not_found;
  }
  CeremonyReport report;
  report.ceremony = std::move(*ceremony);
  switch (report.ceremony.state) {
    case CeremonyState::pending:
      report.stage = report.ceremony.expires_at < context.clock.now() ? CeremonyStage::expired
                                                                      : CeremonyStage::pending;
      break;
    case CeremonyState::succeeded:
      report.stage = CeremonyStage::succeeded;
      break;
    case CeremonyState::refused:
      report.stage = CeremonyStage::refused;
      break;
  }
  if (report.ceremony.user_handle) {
    CS_ASSIGN(report.account,
              context.credentials.find_account(tenant.id, *report.ceremony.user_handle));
  }
  if (report.ceremony.credential_id) {
    CS_ASSIGN(report.credential,
              context.credentials.find_credential(tenant.id, *report.ceremony.credential_id));
  }
  if (report.credential) {
    update_objection(context.models.models().get(), context.clock.now(), *report.credential);
  }
  return report;
}

Result<Account> resolve_account(const ServiceContext& context, const Tenant& tenant,
                                const Caller& caller, const std::optional<std::string>& username) {
  std::optional<Account> account;
  if (caller.api_key) {
    if (!username) {
      return ErrorCode::request_member_invalid;
    }
    CS_ASSIGN(account, context.credentials.find_account_by_username(tenant.id, *username));
    if (!account) {
      return ErrorCode::account_not_found;
    }
    return std::move(*account);
  }
  if (!caller.session) {
    return ErrorCode::session_required;
  }
  CS_ASSIGN(account, context.credentials.find_account(tenant.id, caller.session->user_handle));
  if (!account) {
    return ErrorCode::session_required;
  }
  return std::move(*account);
}

Result<std::vector<StoredCredential>> list_account_credentials(const ServiceContext& context,
                                                               const Tenant& tenant,
                                                               const Account& account) {
  CS_ASSIGN(std::vector<StoredCredential> credentials,
            context.credentials.list_credentials(tenant.id, account.handle));
  const std::shared_ptr<const MetadataModels> models = context.models.models();
  for (StoredCredential& credential : credentials) {
    update_objection(models.get(), context.clock.now(), credential);
  }
  return credentials;
}

Result<StoredCredential> rename_account_credential(const ServiceContext& context,
                                                   const Tenant& tenant, const Caller& caller,
                                                   const Account& account, const CredentialId& id,
                                                   std::string_view name) {
  if (!is_name(name, kMaxCredentialNameCharacters)) {
    return ErrorCode::request_member_invalid;
  }
  const Status renamed = context.credentials.rename_credential(
      tenant.id, account.handle, id, name, context.clock.now(), session_of(caller));
  audit(context, "credential.rename", tenant, caller, CeremonyKind::registration, CeremonyId(),
        error_of(renamed));
  CS_TRY(renamed);
  CS_ASSIGN(std::optional<StoredCredential> credential,
            context.credentials.find_credential(tenant.id, id));
  if (!credential) {
    return ErrorCode::credential_not_found;
  }
  update_objection(context.models.models().get(), context.clock.now(), *credential);
  return std::move(*credential);
}

Status revoke_account_credential(const ServiceContext& context, const Tenant& tenant,
                                 const Caller& caller, const Account& account,
                                 const CredentialId& id) {
  PolicyTrace trace;
  const auto revoke = [&]() -> Status {
    CS_TRY(decide_removal(context, tenant, caller, account, trace));
    return context.credentials.revoke_credential(tenant.id, account.handle, id, context.clock.now(),
                                                 session_of(caller));
  };
  Status revoked = revoke();
  audit(context, "credential.revoke", tenant, caller, CeremonyKind::registration, CeremonyId(),
        error_of(revoked), trace);
  return revoked;
}

}  // namespace countersign
