#pragma once
// What the parts of the store share about transactions.

#include <optional>

#include "native/store/sqlite/rows.h"
#include "service/transaction_records.h"

namespace countersign::sqlite {

std::optional<ByteVector> blob_of(const std::optional<Digest256>& digest);

/// Why a conditional update found nothing: transaction_not_found, transaction_state_mismatch,
/// transaction_expired; transaction_step_changed where it is pending and current; those of the
/// store.
Error why_not_pending(Database& database, const TenantId& tenant, const TransactionId& id,
                      UnixSeconds now);

}  // namespace countersign::sqlite
