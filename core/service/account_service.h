#pragma once
// Use cases around accounts: what became of a ceremony, the credentials of an account, signing out.

#include <optional>
#include <string_view>
#include <vector>

#include "service/context.h"

namespace countersign {

enum class CeremonyStage : std::uint8_t { pending, succeeded, refused, expired };
std::string_view ceremony_stage_name(CeremonyStage stage);

struct CeremonyReport {
  Ceremony ceremony;
  CeremonyStage stage = CeremonyStage::pending;
  std::optional<Account> account;              // once it exists
  std::optional<StoredCredential> credential;  // when it succeeded and is not revoked
};

/// What a backend believes. Error: ceremony_not_found.
Result<CeremonyReport> read_ceremony(const ServiceContext& context, const Tenant& tenant,
                                     CeremonyKind kind, const CeremonyId& id);

/// The caller's account: the session's own, or with an API key the one named. Errors:
/// session_required, account_not_found, request_member_invalid.
Result<Account> resolve_account(const ServiceContext& context, const Tenant& tenant,
                                const Caller& caller, const std::optional<std::string>& username);

Result<std::vector<StoredCredential>> list_account_credentials(const ServiceContext& context,
                                                               const Tenant& tenant,
                                                               const Account& account);
/// The renamed credential. A name decides nothing, and removing a credential has a decision of its
/// own: no policy is asked. Errors: request_member_invalid, credential_not_found, session_required
/// (the session ended meanwhile).
Result<StoredCredential> rename_account_credential(const ServiceContext& context,
                                                   const Tenant& tenant, const Caller& caller,
                                                   const Account& account, const CredentialId& id,
                                                   std::string_view name);
/// For good, with the sessions that it signed in. A decision of its own (decide_removal). Errors:
/// policy_denied, step_up_required, credential_not_found, session_required (the session ended
/// meanwhile), those of the store.
Status revoke_account_credential(const ServiceContext& context, const Tenant& tenant,
                                 const Caller& caller, const Account& account,
                                 const CredentialId& id);

}  // namespace countersign
