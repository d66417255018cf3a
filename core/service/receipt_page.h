#pragma once
// A receipt as a page that a person reads or prints: what was approved, by whom and when, and what
// verification found.

#include <string>

#include "receipt/verification.h"

namespace countersign {

/// A whole HTML document: no script, nothing loaded; light, dark and for paper.
std::string receipt_page(const ReceiptReport& report);

}  // namespace countersign
