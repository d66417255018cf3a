#pragma once
// One approval verified again from its record alone. Private to core/receipt.

#include <optional>

#include "receipt/verification.h"

namespace countersign {

/// Runs the steps of one approval; its number stands in `steps`. Nothing where the record cannot be
/// read. Whatever else fails, what was read comes back: the verdict is in the steps.
std::optional<CheckedApproval> check_approval(Bytes record, const ReceiptTrust& trust,
                                              const ReceiptTools& tools, StepList& steps);

}  // namespace countersign
