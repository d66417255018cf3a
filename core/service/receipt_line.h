#pragma once
// One line of a batch out of a receipt. [leaves have no salt: whoever sees a path can try what the
// neighbour's line may be]

#include <cstddef>
#include <string>

#include "receipt/verification.h"

namespace countersign {

/// `{"line","of","fields":{…},"cbor","leaf","path":[…],"root","batch":{…}}`: the line in the API's
/// form, its bytes, the path from its leaf to the root that was signed (core/transaction/batch.h),
/// in base64url, and the batch's totals as its order has them. `line` counts from 1. Of an approval
/// whose steps hold. Errors: batch_lines_invalid where it is no batch or has no such line;
/// view_malformed where something in it would not say what it shows.
Result<std::string> receipt_line_json(const Hasher& hasher, const CheckedApproval& approval,
                                      std::size_t line);

}  // namespace countersign
