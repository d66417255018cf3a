#pragma once
// Display tiers: who drew what the customer saw. Assigned from evidence, never claimed by a client.
// Private to core/service.

#include <string>
#include <vector>

#include "model/client_data.h"
#include "service/transaction_service.h"

namespace countersign {

/// Origins at which an approval of that tier may be signed, sorted: those of B.
std::vector<std::string> approval_origins(const Tenant& tenant, const TransactionSettings& settings,
                                          std::int64_t tier);

/// Whether the tier that is demanded of the transaction can be shown at all. Error:
/// transaction_display_tier_unmet.
Status check_display_offered(const TransactionContext& context, const Transaction& transaction);

/// What the response is evidence of. Error: transaction_display_tier_unmet where that is less than
/// `demanded`. Tier 0 needs none; tier 1 an origin that is dedicated to approvals, not inside of
/// another page's frame; the browser's payment dialog (2, verify_payment) and second devices (3)
/// have ceremonies of their own, and no response to this one is evidence of them.
Result<TierEvidence> assess_display(const TransactionSettings& settings, std::int64_t demanded,
                                    const ClientData& client_data);

}  // namespace countersign
