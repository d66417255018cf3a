#pragma once
// What lint finds by now in a policy that decides, or is tried out.

#include <string>
#include <vector>

#include "codec/json_writer.h"
#include "policy/lint.h"
#include "service/policy_life.h"

namespace countersign {

/// Findings of a revision that an alarm tells. [whoever mends these lints the document anyway; a
/// line of the log stays below some kilobytes]
inline constexpr std::size_t kMaxToldFindings = 5;

struct PolicyAlarm {
  RevisionState state = RevisionState::active;  // or canary, or shadow
  Digest256 policy{};
  std::size_t count = 0;  // of findings of that severity, with those that are not told
  struct Finding {
    LintKind kind = LintKind::undecided;
    std::string message;
  };
  std::vector<Finding> findings;
};
/// Of the findings of one severity.
PolicyAlarm make_policy_alarm(RevisionState state, const Digest256& policy,
                              const LintReport& report, Severity severity);
/// `"count":…,"findings":[{"kind","message"}]`
void write_told_findings(JsonWriter& json, const PolicyAlarm& alarm);

}  // namespace countersign
