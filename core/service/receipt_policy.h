#pragma once
// Deciding again what a policy decided when an approval was recorded.

#include "receipt/verification.h"

namespace countersign {

/// Of everything that makes a recorded decision out of a policy, its inputs and an order:
/// parse_policy, add_intent_inputs, evaluate, write_decision. It goes up with every change by which
/// the same document would decide, or be written, otherwise; records name it, so that what was
/// recorded before is no forgery afterwards.
inline constexpr std::int64_t kDecisionVersion = 1;

/// The recorded decision is that of the document on the recorded inputs, which are what the bank
/// said of the payment, without names that no rule asks for: what was left out of them decided
/// nothing. Type, currency and amount are the order's, whatever is recorded. Where the record names
/// an earlier version and this one does not come to the same, the recorded demands are taken as
/// they are (PolicyJudgement::of_earlier_version); a later one is for a later program
/// (of_later_version): what nobody here can know is no excuse for a decision. What a second
/// revision, in force at the end, demanded counts as well; it cannot be decided again, since it is
/// not recorded, but it was asked about the same. Whatever either demanded of the passkey is what
/// the record has of it.
class RecordedDecisions final : public PolicyReplay {
 public:
  /// `version`: that of the program, for tests another one.
  explicit RecordedDecisions(const Hasher& hasher, std::int64_t version = kDecisionVersion)
      : hasher_(hasher), version_(version) {}
  Result<PolicyDemands> decide_again(const ApprovalEvidence& evidence, const Digest256& digest,
                                     CounterOutcome counter, const Template& source,
                                     const CanonicalValue& intent) const override;

 private:
  const Hasher& hasher_;
  std::int64_t version_;
};

}  // namespace countersign
