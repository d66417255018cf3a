#pragma once
// Approvals verified again from their records alone, one by one and in a row.

#include <optional>
#include <span>
#include <vector>

#include "receipt/verification.h"

namespace countersign {

/// Runs the steps of one approval; its number stands in `steps`. Nothing where the record cannot be
/// read. Whatever else fails, what was read comes back: the verdict is in the steps.
std::optional<CheckedApproval> check_approval(Bytes record, const ReceiptTrust& trust,
                                              const ReceiptTools& tools, StepList& steps);

/// Whether these are all steps from the first on, each naming the record before it, of the same
/// order and with the same view: what one approver saw, all saw. `records`: those before the last
/// one. Error: receipt_previous_mismatch.
Status check_chain(const Hasher& hasher, std::span<const ByteVector> records,
                   const std::vector<CheckedApproval>& approvals);
/// Each by another person with another passkey.
bool has_distinct_approvers(const std::vector<CheckedApproval>& approvals);

}  // namespace countersign
