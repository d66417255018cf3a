#pragma once
// The passkey's answer in a record: the rules of the standard, of payment confirmation where the
// browser's dialog was the display, and their arithmetic. Private to core/receipt.

#include <optional>

#include "receipt/verification.h"
#include "transaction/locale_pack.h"
#include "transaction/template.h"

namespace countersign {

/// What is recorded in frozen form and hashed, read.
struct FrozenParts {
  CanonicalValue intent;
  View view;
  std::optional<Template> source;
  LocalePack pack;
};

/// Adds the steps ceremony, signature and browser_key. What the counter did, where all of them
/// hold.
std::optional<CounterOutcome> check_assertion(const ApprovalEvidence& evidence,
                                              const BindingDocument& binding,
                                              const FrozenParts& parts, const ReceiptTools& tools,
                                              StepList& steps);

}  // namespace countersign
