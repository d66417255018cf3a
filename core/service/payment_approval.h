#pragma once
// Approvals in the browser's payment dialog (display tier D2). Private to core/service.

#include "service/transaction_evidence.h"

namespace countersign {

/// Verifies a `payment.get` against the dialog that the transaction was to be shown in. `expected`
/// is what any approval is held to; pages that may ask, and may embed them, are the transaction's
/// own. Fills what the attempt has for evidence. A browser-bound key that nobody vouched for is
/// kept waiting (payment_store.h). Errors: transaction_display_tier_unmet,
/// transaction_store_mismatch, those of begin_payment and PendingPayment::finish, of the store.
Result<VerifiedAssertion> verify_payment(const TransactionContext& context,
                                         AuthenticationExpectations expected, Attempt& attempt);

}  // namespace countersign
