#pragma once
// Where an intent is refused, for whoever wrote it.

#include <cstddef>
#include <optional>
#include <string>

#include "codec/json_reader.h"
#include "transaction/intent.h"

namespace countersign {

struct IntentRefusal {
  /// RFC 6901, into the intent: "/fields/payees/2/amount"; of what stands beside it "/approvers".
  std::string pointer;
  /// Of a text: which character, at which byte.
  std::optional<char32_t> code_point;
  std::size_t offset = 0;
};

/// Of an error of freeze_intent: the member whose value stands at its offset.
IntentRefusal refusal_at(const JsonValue& intent, const Error& error);
/// Of one that find_intent_problem has found.
IntentRefusal refusal_of(const IntentProblem& problem);

}  // namespace countersign
