#pragma once
// From what is stored of a transaction to what was signed. Nothing here believes a column that it
// can compute. Private to core/service.

#include <optional>

#include "service/policy_decision.h"
#include "service/transaction_payment.h"
#include "service/transaction_service.h"
#include "transaction/binding.h"

namespace countersign {

/// What a stored transaction says, read and rendered again from its bytes.
struct OpenedTransaction {
  Template source;
  LocalePack pack;
  CanonicalValue intent;
  View view;
  std::optional<Batch> batch;
  std::optional<PaymentPage> payment;  // and what its dialog shows
  std::optional<PaymentDialog> dialog;
};
/// Error: transaction_store_mismatch (with the check transaction_recomputed) where documents are
/// not those of their digests, the intent is not one of its template, or the view is another.
Result<OpenedTransaction> open_transaction(const Hasher& hasher, const Transaction& transaction);

/// B's members for an approval of it.
Binding make_binding(const Hasher& hasher, const Tenant& tenant, const Transaction& transaction,
                     const OpenedTransaction& opened, const TransactionApproval& approval);

/// View and challenge again from what is stored: what was signed is exactly that. Error:
/// transaction_store_mismatch.
Status check_recomputed(const Hasher& hasher, const Tenant& tenant, const Transaction& transaction,
                        const OpenedTransaction& opened, const TransactionApproval& approval);

/// Whether the request holds what the challenge was issued to. A backend's key does not do: it has
/// given the token away.
bool is_held_by(const TransactionApproval& approval, const Caller& caller);

/// Whose transaction it is to the caller: of the customer or a named approver with a session of
/// theirs, or of whoever holds one of its challenges. Nothing: nobody's.
std::optional<UserHandle> find_party(const Transaction& transaction,
                                     const std::vector<TransactionApproval>& approvals,
                                     const Caller& caller);

/// Whether it may be this person who gives that approval: the first is the customer's own, the
/// others, where approvers were named, theirs. Error: transaction_approver_not_allowed.
Status check_turn(const Transaction& transaction, std::int64_t step, const UserHandle& approver);

/// Whether it can end: nobody gives two approvals, and where approvers were named, all but the
/// customer's own are theirs.
bool has_enough_approvers(const Transaction& transaction);

/// Pending and current. Errors: transaction_state_mismatch, transaction_expired.
Status check_open(const Transaction& transaction, UnixSeconds now);

/// The transaction with that id. Error: transaction_not_found.
Result<Transaction> get_transaction(const TransactionContext& context, const Tenant& tenant,
                                    const TransactionId& id);

/// Error: approvals_blocked.
Status check_not_blocked(const TransactionContext& context, const Tenant& tenant,
                         const UserHandle& account, UnixSeconds now);

void audit_transaction(const ServiceContext& context, std::string_view event, const Tenant& tenant,
                       const Caller& caller, const TransactionId& id,
                       const std::optional<Error>& error, const PolicyTrace& trace = {});

}  // namespace countersign
