#pragma once
// The questions of lint, a file each group. Only lint*.cc use them.

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/exemption_articles.h"
#include "policy/lint.h"
#include "policy/search.h"

namespace countersign {

inline constexpr std::uint32_t kNoRule = 0xffffffff;
/// The last choice of authentication.counter: as of a cloned passkey.
inline constexpr std::string_view kNotAdvanced = "not-advanced";

class Linter {
 public:
  Linter(const PolicyDocument& document, const LintSettings& settings);
  LintReport run() &&;

 private:
  // lint.cc
  void check_lists();
  void add(LintFinding finding);
  void add_undecided(std::vector<std::uint32_t> rules, std::string_view question,
                     const Space& space, const Box& box);
  std::string situation(const PolicyInputs& inputs, InputMask shown) const;
  std::string decided(const PolicyInputs& inputs, Phase phase) const;
  std::string rule_names(std::span<const std::uint32_t> rules) const;
  /// "channel, risk.score"
  static std::string input_names(InputMask inputs);
  const PolicyRule& rule(std::uint32_t index) const { return document_.rules()[index]; }

  /// A rule of an effect over a box: yes when some is, else mixed when some is; `step` then says
  /// how to learn more, first where the rule is false.
  struct Look {
    BoxTruth truth = BoxTruth::no;
    Step step;
  };
  /// Denials with the built-in one. `but` is left out.
  Look denial(const Space& space, const Box& box, const BoxTruths& truths, std::uint32_t but) const;
  /// The built-in denial, `but` not being there to accept the counter.
  Look counter_denial(const Space& space, const Box& box, const BoxTruths& truths,
                      std::uint32_t but) const;
  Look any_of_effect(const BoxTruths& truths, Outcome effect, std::uint32_t but) const;
  /// What the rules that require come to: those that surely match, and with those that may.
  struct Demands {
    bool has_any = false;
    bool may_have_any = false;
    Requirements least;
    Requirements most;
  };
  Demands demands(const BoxTruths& truths, std::uint32_t but) const;
  /// The first rule that requires, is mixed and makes the predicate true; kNoRule: none.
  template <class Predicate>
  std::uint32_t find_mixed(const BoxTruths& truths, Predicate predicate) const {
    for (std::uint32_t i = 0; i < truths.size(); ++i) {
      if (truths[i] == BoxTruth::mixed && rule(i).effect == Outcome::require && predicate(i)) {
        return i;
      }
    }
    return kNoRule;
  }
  /// Nobody counts on a counter that did not advance.
  static void leave_out_clones(const Space& space, Box& box);
  bool is_less(const Requirements& a, const Requirements& b) const {
    return less_demanding(document_, a, document_, b) != 0;
  }

  // lint_rules.cc
  void check_rules();
  void check_rule(std::uint32_t index);
  Step question_effect(std::uint32_t index, const Box& box, const BoxTruths& truths) const;
  Step question_denial(std::uint32_t index, const Box& box, const BoxTruths& truths) const;
  Step question_requirement(std::uint32_t index, const Box& box, const BoxTruths& truths) const;
  Step question_exemption(std::uint32_t index, const Box& box, const BoxTruths& truths) const;
  void check_gaps();

  // lint_exemptions.cc
  void check_exemptions();
  void check_article(std::uint32_t index, PolicyCeremony ceremony);
  void find_overlaps(PolicyCeremony ceremony, LintFinding& finding);
  /// A part of a box in which something is not what an article allows.
  struct Breach {
    const ExemptionBreach* what = nullptr;
    Box box;
    std::vector<std::pair<PolicyInput, std::string_view>> names;  // of the inputs that need one
  };
  bool narrow(const BreachPart& part, Breach& breach) const;
  std::optional<Breach> find_breach(std::span<const ExemptionBreach> breaches,
                                    const Box& box) const;
  /// Inputs that the rule exempts, though nothing of them is allowed: the finding has rules and
  /// witness, and the situation as its message.
  struct Exempted {
    LintFinding finding;
    std::string_view why;
  };
  std::optional<Exempted> find_exempted(std::uint32_t index, PolicyCeremony ceremony,
                                        std::span<const ExemptionBreach> breaches);
  std::optional<Exempted> find_exempted_in(const Space& space, std::uint32_t index,
                                           PolicyCeremony ceremony,
                                           std::span<const ExemptionBreach> breaches);

  // lint_requirements.cc
  void check_requirements();
  /// Whether it was found that nobody can meet some demands there.
  bool check_satisfiable(PolicyCeremony ceremony);
  /// Demands over the box that no authenticator can meet; `question`: when it is not decided.
  std::optional<LintFinding> find_unsatisfiable(const Space& space, const Box& start,
                                                std::string_view question);
  std::string_view why_unsatisfiable(const Requirements& requirements) const;
  void check_enforced(PolicyCeremony ceremony);
  void check_displayed(PolicyCeremony ceremony);
  /// A demand that needs another one beside it, or can be met by nothing.
  struct BareDemand {
    std::function<bool(const Requirements&)> has;
    std::function<bool(const Requirements&)> backs;  // gives it force
    std::string_view question;                       // when it is not decided
  };
  std::optional<LintFinding> find_bare(PolicyCeremony ceremony, const BareDemand& demand);

  // lint_publish.cc
  void check_publishing();
  bool check_approvers();
  Step question_publishing(const Box& box, const BoxTruths& truths) const;
  std::string_view why_never_approved(const Requirements& demanded, const Box& box) const;
  std::string_view why_no_key(const Requirements& demanded, const Box& box) const;
  bool has_transports(TransportMask demanded, const Box& box) const;
  bool has_model(const Requirements& demanded, const Box& box) const;
  LintFinding explain_lock_out(std::span<const std::uint32_t> relevant, const Box& start);

  // lint_silence.cc
  void check_silence();
  bool can_refuse(std::uint32_t index) const;
  std::optional<LintFinding> find_silenced(const Space& silent, PolicyCeremony ceremony,
                                           std::uint32_t index);
  void check_unsaid_demands(const Space& unsaid, PolicyCeremony ceremony);
  void check_never_known();
  void check_never_known(const Space& space, PolicyCeremony ceremony, std::uint32_t index);

  // lint_counter.cc
  void check_counters();
  std::optional<LintFinding> find_accepting(std::uint32_t index, const Box& start);

  // lint_monotony.cc
  void check_monotony();
  void check_step(PolicyCeremony ceremony, std::size_t axis, std::uint32_t cell,
                  const std::vector<std::uint32_t>& touching);

  const PolicyDocument& document_;
  const LintSettings& settings_;
  const PolicyDocument* documents_[1];
  std::vector<ExtraCut> cuts_;
  Space verdict_;
  Space options_;
  Space publish_;       // the verdict on an approval: what nobody supplies there is absent
  Space publish_asks_;  // the same before it; the axes are the same
  BoxBudget budget_;
  LintReport report_;
  std::array<std::array<std::size_t, 2>, kLintKinds> counts_{};  // by kind and severity
};

}  // namespace countersign
