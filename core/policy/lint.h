#pragma once
// What is wrong with a policy, each finding with a witness: inputs that show it when evaluated.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/time.h"
#include "policy/document.h"
#include "policy/enforcement.h"
#include "policy/evaluation.h"
#include "policy/exemption_caps.h"
#include "policy/satisfaction.h"
#include "policy/wording.h"

namespace countersign {

enum class LintKind : std::uint8_t {
  never_holds,          // the condition cannot hold
  redundant,            // the rule never changes a decision
  gap,                  // no rule matches: the default decides
  exemption_above_cap,  // beyond what the law exempts
  exemption_basis,      // not what the article is about that it names
  exemption_denied,     // an exemption and a denial match the same
  unsatisfiable,        // no authenticator can meet what is demanded
  not_monotonic,        // a larger amount or a higher risk gets less
  advisory_binding,     // a device-bound key without an attestation that proves it
  single_approver,      // one person may be both approvers
  publish_locked_out,   // no administrator could ever replace it
  expired_list,
  unsaid_denied,  // refused where the backend says nothing, and not where it says what is ordinary
  never_known,    // a rule asks what no ceremony of that kind has, and matches all the same
  counter_accepted,   // a rule lets a counter pass that did not advance
  revision_repeated,  // another document has its id and revision; only a server knows
  undecided,          // the budget ended before the question was answered, or a cap is not known
};
inline constexpr std::size_t kLintKinds = static_cast<std::size_t>(LintKind::undecided) + 1;
std::string_view lint_kind_name(LintKind kind);
std::optional<LintKind> find_lint_kind(std::string_view name);

enum class Severity : std::uint8_t { error, warning };
std::string_view severity_name(Severity severity);

struct LintFinding {
  LintKind kind = LintKind::undecided;
  Severity severity = Severity::warning;
  std::vector<std::uint32_t> rules;     // indexes; those that it is about
  std::optional<PolicyInputs> witness;  // complete for its phase
  Phase phase = Phase::verdict;         // in which the witness shows it
  /// not_monotonic: the same with a larger amount or a higher risk.
  std::optional<PolicyInputs> larger_witness;
  std::string message;  // English, with the witness in words
};

struct LintSettings {
  ExemptionCaps caps;
  Money money;
  /// What demands of a display are held against.
  DisplayTiers tiers = kServerTiers;
  /// Of keys that administrators can have.
  AlgorithmMask algorithms = kServerAlgorithms;
  /// Who may approve a policy. Nothing, or none: how many must is not held against them.
  std::optional<std::size_t> administrators;
  /// Nothing: no metadata are loaded, levels are not held against them.
  std::optional<std::span<const KnownModel>> models;
  /// Nothing: expiry is not looked at.
  std::optional<UnixSeconds> time;
  std::size_t boxes = limits::kMaxPolicyBoxes;
  std::size_t question_boxes = limits::kMaxPolicyQuestionBoxes;
};

/// Findings of a kind and severity that a report tells one by one. [whoever has read so many of one
/// kind has seen what is wrong; answers stay below half a megabyte]
inline constexpr std::size_t kMaxFindingsOfAKind = 20;

/// How many more there are.
struct OmittedFindings {
  LintKind kind = LintKind::undecided;
  Severity severity = Severity::warning;
  std::size_t count = 0;
};

struct LintReport {
  std::vector<LintFinding> findings;
  std::vector<OmittedFindings> omitted;
  std::size_t boxes = 0;  // that were looked at
  bool is_clean() const { return findings.empty(); }
  /// With those that are not told.
  std::size_t count(Severity severity) const;
};

/// Total, in bounded time; deterministic.
LintReport lint_policy(const PolicyDocument& document, const LintSettings& settings);

}  // namespace countersign
