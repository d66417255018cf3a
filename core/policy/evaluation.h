#pragma once
// The decision: all matching rules combine, deny before require before exempt; their order means
// nothing.

#include <cstdint>
#include <vector>

#include "policy/document.h"
#include "policy/inputs.h"

namespace countersign {

/// Kleene's logic with what is not there yet, in an order in which `all` is the least of its parts
/// and `any` the greatest.
enum class Truth : std::uint8_t {
  no,
  pending,  // an input's phase has not come
  unknown,  // an input that should exist is absent: matches for deny and require, not for exempt
  yes,
};
std::string_view truth_name(Truth truth);

/// What decided.
enum class DecisionBasis : std::uint8_t {
  rules,
  nothing_matched,       // the document's default
  waits_for_verdict,     // an exemption that is pending, and nothing else
  counter_not_advanced,  // the built-in denial
};
std::string_view decision_basis_name(DecisionBasis basis);

struct RuleMatch {
  std::uint32_t rule = 0;  // index
  Truth truth = Truth::yes;
  friend bool operator==(const RuleMatch&, const RuleMatch&) = default;
};

struct Decision {
  /// An exemption is for an authenticated session alone; whoever carries it out sees to that.
  Outcome outcome = Outcome::deny;
  DecisionBasis basis = DecisionBasis::nothing_matched;
  Phase phase = Phase::options;
  /// Empty unless the outcome is `require`.
  Requirements requirements;
  /// Rules whose condition is not false, in the document's order; those with another effect than
  /// the outcome's are there, too.
  std::vector<RuleMatch> matches;
  /// The inputs that conditions asked for in this ceremony, and with an amount its rate.
  InputMask inputs_used = 0;
  Digest256 policy{};
};

/// Total: any inputs give a decision. Rules:
/// - deny: its condition is true or unknown. require: likewise, or pending. exempt: true. A denial
///   that is pending does not stop an exemption: nobody signs, so that there is no verdict.
/// - A counter that did not advance, or that should be known and is not, is denied in the verdict,
///   unless a rule that requires or exempts matched by a comparison of authentication.counter that
///   is true for it.
Decision evaluate(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs);

/// What evaluation knows of the inputs: numbers, codes and sets of codes as one word each.
struct ResolvedInputs {
  PolicyCeremony ceremony = PolicyCeremony::registration;
  InputMask absent = 0;    // those that exist here and should be known
  InputMask pending = 0;   // that exist here, later
  InputMask existing = 0;  // that exist here at all
  std::array<std::int64_t, kPolicyInputs> values{};
};
ResolvedInputs resolve_inputs(const PolicyDocument& document, Phase phase,
                              const PolicyInputs& inputs);
Truth truth_of_leaf(const PolicyDocument& document, const PolicyLeaf& leaf,
                    const ResolvedInputs& inputs);

/// Nobody signs for an exemption, so that no verdict would ask what a denial still waits for: then
/// the decision is to sign after all, and the verdict decides. For whoever carries exemptions out.
Decision hold_exemption(const PolicyDocument& document, Decision decision);

/// Both: what happens, where the decision is carried out, shown or replayed.
Decision decide(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs);

/// Whether the rule speaks of the counter and accepts what it says: a comparison of it is true.
bool accepts_counter(const PolicyDocument& document, const PolicyRule& rule,
                     const ResolvedInputs& inputs);

/// Two decisions compared: whether `after` lets pass what `before` did not.
enum class Strictness : std::uint8_t { same, stricter, weaker, incomparable };
std::string_view strictness_name(Strictness strictness);
Strictness compare_decisions(const PolicyDocument& before_document, const Decision& before,
                             const PolicyDocument& after_document, const Decision& after);

}  // namespace countersign
