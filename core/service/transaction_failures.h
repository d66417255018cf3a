#pragma once
// Whom a refused approval counts against. Private to core/service.

#include "service/transaction_evidence.h"

namespace countersign {

/// A credential of the approver's was named by whoever holds the challenge: what fails from here on
/// counts. In a session of theirs it is a failure of the customer's, and nobody else can cause one;
/// a merchant's page has none, nor has a publication, which a key begins for an administrator: what
/// is handed in there counts against that transaction.
enum class Blame : std::uint8_t { nobody, customer, transaction };

/// Counted and, where it is the last one, with what follows: the customer's approvals are blocked,
/// or the transaction is ended. Errors: those of the store.
Status count_failure(const TransactionContext& context, const Tenant& tenant, const Caller& caller,
                     const Attempt& attempt, Blame blame);

}  // namespace countersign
