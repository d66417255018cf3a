#pragma once
// What a record says of a decision, read without deciding anything. Private to core/service.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json_reader.h"
#include "crypto/hasher.h"
#include "policy/inputs.h"
#include "policy/requirements.h"

namespace countersign {

/// Whose form it is: other versions of the program may write members that this one does not know.
enum class DecisionForm : std::uint8_t { ours, of_earlier_version };

/// That an approval may pass, under one revision.
struct RecordedVerdict {
  Digest256 policy{};
  std::int64_t display_tier = 0;
  std::int64_t approvals = 1;
  /// Nothing where another version of the program wrote something that this one does not know.
  std::optional<Requirements> requirements;
  std::optional<PolicyInputs> inputs;
};

/// `{"bound":…}`, and `"inForce"` behind it where another revision was in force at the end.
struct RecordedDecision {
  RecordedVerdict bound;
  std::optional<RecordedVerdict> in_force;
};

/// Each as write_decision writes it, of the phase `verdict`, and no denial. Error:
/// receipt_policy_mismatch.
Result<RecordedDecision> read_recorded_decision(std::string_view text, DecisionForm form);

}  // namespace countersign
