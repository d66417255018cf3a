#pragma once
// Use cases of activations: the backend has one made for a customer whom it has identified, and
// whoever knows its code registers one credential with it.

#include <optional>
#include <string>
#include <string_view>

#include "service/context.h"
#include "service/customer_ports.h"

namespace countersign {

/// Symbols of 5 bits each, shown in groups of four ("7K3M-9QXB-2HDR").
inline constexpr std::size_t kActivationCodeSymbols = 12;

struct ActivationRequest {
  std::string username;
  std::optional<std::string> display_name;  // of a new account
};

/// For a new account, or one that never had a credential. The answer:
/// `{"id","purpose","code","expiresAt","user"}`; a repeated call gets it with `"code":null`.
/// Errors: request_member_invalid, account_exists (it has or had a credential),
/// activation_limit_reached, account_blocked, idempotency_key_reused, those of the store.
Result<std::string> create_activation(const ServiceContext& context, ActivationStore& store,
                                      const Tenant& tenant, const Caller& caller,
                                      const ActivationRequest& request,
                                      const std::optional<IdempotencyKey>& idempotency);

enum class ActivationStage : std::uint8_t { open, used, blocked, cancelled, expired };
std::string_view activation_stage_name(ActivationStage stage);
ActivationStage stage_of(const Activation& activation, UnixSeconds now);

struct ActivationReport {
  Activation activation;
  Account account;
};
/// Error: activation_invalid where there is none.
Result<ActivationReport> read_activation(const ServiceContext& context, ActivationStore& store,
                                         const Tenant& tenant, const ActivationId& id);

/// A step of begin_registration_ceremony: who knows the code. Error: activation_invalid, whatever
/// was wrong.
Result<Activation> redeem_activation(const ServiceContext& context, ActivationStore& store,
                                     const Tenant& tenant, const Caller& caller,
                                     const ActivationId& id, std::string_view code);

/// For this and recovery_service.h: stores one with a fresh id and code. `draft` has its account,
/// purpose and others; `made` is set where the account is new.
Result<std::string> issue_activation(const ServiceContext& context, ActivationStore& store,
                                     const Tenant& tenant, const Caller& caller, Activation draft,
                                     const Account& account, const std::optional<Account>& made,
                                     std::string_view route,
                                     const std::optional<IdempotencyKey>& idempotency);

/// What was typed as the code's symbols: hyphens and blanks dropped, lower case raised, O, I and L
/// read as the digits they look like. Nothing where it cannot be a code.
std::optional<std::string> normalize_activation_code(std::string_view typed);

}  // namespace countersign
