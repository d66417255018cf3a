#pragma once
// Deciding again what a policy decided when an approval was recorded.

#include "receipt/verification.h"

namespace countersign {

/// The recorded decision is that of the document on the recorded inputs, which are what the bank
/// said of the payment, without names that no rule asks for: what was left out of them decided
/// nothing. Type, currency and amount are the order's, whatever is recorded.
class RecordedDecisions final : public PolicyReplay {
 public:
  explicit RecordedDecisions(const Hasher& hasher) : hasher_(hasher) {}
  Result<PolicyDemands> decide_again(const RecordedPolicy& policy, const Digest256& digest,
                                     CounterOutcome counter, const Template& source,
                                     const CanonicalValue& intent) const override;

 private:
  const Hasher& hasher_;
};

}  // namespace countersign
