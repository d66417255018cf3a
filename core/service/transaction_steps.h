#pragma once
// What creations and further approvals of transactions have in common. Private to core/service.

#include "service/transaction_challenge.h"

namespace countersign {

/// How long the answer to a creation or a handing over is remembered, at least. [a client that
/// retries after a night's outage]
inline constexpr std::int64_t kRememberedSeconds = 86400;

/// Freezes and renders: from here on nothing but these bytes counts. Errors: those of render_view.
Status freeze_transaction(const CatalogTemplate& source, const CatalogPack& pack,
                          const CanonicalValue& intent, Transaction& transaction);

/// A new id, and how long it is open from now on.
void set_identity(const ServiceContext& service, const Tenant& tenant, const Caller& caller,
                  std::int64_t seconds, Transaction& transaction);

/// A challenge for the step that is due, to that approver. Errors: those of
/// begin_transaction_approval.
Result<BeganCeremony> begin_step(const TransactionContext& context, const Tenant& tenant,
                                 const Caller& caller, const Transaction& transaction,
                                 const UserHandle& approver, PolicyTrace& trace);

OutboxEventId make_event_id(const ServiceContext& service);

/// With its event.
TransactionClosing make_closing(const ServiceContext& service, const TransactionHead& transaction,
                                TransactionState state, const std::optional<UserHandle>& by,
                                UnixSeconds now);

}  // namespace countersign
