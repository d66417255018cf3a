#pragma once
// What the use cases around customers need of the store. As in ports.h, one method is one atomic
// and, when it returns, durable transaction; notices of what it did are part of it.

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "service/customer_records.h"
#include "service/payment_store.h"

namespace countersign {

class ActivationStore {
 public:
  virtual ~ActivationStore() = default;

  /// Inserts it, and the account and remembered answer where given; an open one of the account is
  /// cancelled; a recovery ends the account's sessions. Errors, nothing changed:
  /// idempotency_key_reused; account_exists: the account was made meanwhile, or had a credential
  /// already (purpose first); recovery_not_possible: it never had one; activation_limit_reached,
  /// account_blocked.
  virtual Status create_activation(const TenantId& tenant, const Activation& activation,
                                   const std::optional<Account>& account,
                                   const std::optional<IdempotentAnswer>& answer) = 0;
  virtual Result<std::optional<Activation>> find_activation(const TenantId& tenant,
                                                            const ActivationId& id) = 0;
  /// The activation if it is open, not expired and `code` is its. A wrong code counts, the last one
  /// blocks. Error: activation_invalid, whatever was wrong; it takes a durable write either way.
  virtual Result<Activation> try_activation(const TenantId& tenant, const ActivationId& id,
                                            const Digest256& code, UnixSeconds now) = 0;
};

class AccountStore {
 public:
  virtual ~AccountStore() = default;

  virtual Result<AccountState> read_account_state(const TenantId& tenant, const UserHandle& account,
                                                  UnixSeconds now) = 0;
  /// Revokes every credential, ends every session, refuses pending ceremonies and cancels open
  /// activations of the account.
  virtual Result<RevokedAll> revoke_all(const TenantId& tenant, const UserHandle& account,
                                        UnixSeconds now, std::string_view correlation_id) = 0;
};

class NoticeStore {
 public:
  virtual ~NoticeStore() = default;

  /// Those of the tenant after that number, in order.
  virtual Result<std::vector<Notice>> list_notices(const TenantId& tenant, std::int64_t after,
                                                   std::size_t limit) = 0;
};

class ExemptionStore {
 public:
  virtual ~ExemptionStore() = default;

  virtual Result<ScaCounter> read_sca_counter(const TenantId& tenant,
                                              const UserHandle& account) = 0;
  /// When a passkey of the account that is not revoked last verified its user, in a sign-in or an
  /// approval.
  virtual Result<std::optional<UnixSeconds>> find_last_verification(const TenantId& tenant,
                                                                    const UserHandle& account) = 0;
  /// Stores the record and the answer and puts the counter from the version before `after` to
  /// `after`. Errors, nothing changed: idempotency_key_reused; session_required: the proof does not
  /// hold (any more); exemption_counter_changed: the counter has another version.
  virtual Status commit_exemption(const TenantId& tenant, const Exemption& exemption,
                                  const SessionProof& proof, const IdempotentAnswer& answer) = 0;
  /// After a payment with strong authentication.
  virtual Status reset_sca_counter(const TenantId& tenant, const UserHandle& account,
                                   UnixSeconds now) = 0;
};

/// Borrowed by the use cases; `main` owns what is behind them.
struct CustomerStores {
  ActivationStore& activations;
  AccountStore& accounts;
  NoticeStore& notices;
  ExemptionStore& exemptions;
  PaymentStore& payments;
};

}  // namespace countersign
