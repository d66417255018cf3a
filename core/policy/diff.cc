#include "policy/diff.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>

#include "policy/search.h"
#include "policy/wording.h"

namespace countersign {
namespace {

// All that a rule says, comparable across documents.
std::string fingerprint(const PolicyDocument& document, const PolicyRule& rule) {
  std::string text(outcome_name(rule.effect));
  text += ' ' + rule.label + ' ';
  const auto& nodes = document.nodes();
  for (std::uint32_t at = rule.first_node; at < nodes[rule.first_node].end; ++at) {
    const PolicyNode& node = nodes[at];
    text += std::to_string(node.end - at) + (node.kind == PolicyNode::Kind::all ? "&" : "|");
    if (node.kind != PolicyNode::Kind::leaf) {
      continue;
    }
    const PolicyLeaf& leaf = document.leaves()[node.leaf];
    const std::vector<std::string>& names = document.names(leaf.input);
    text += std::string(row_of(leaf.input).name) + (leaf.is_negated ? "!" : "=");
    if (leaf.kind == PolicyLeaf::Kind::range) {
      text += std::to_string(leaf.low) + ".." + std::to_string(leaf.high);
    } else if (leaf.kind == PolicyLeaf::Kind::member) {
      text += names[static_cast<std::size_t>(leaf.low)];
    } else {
      for (std::size_t code = 0; code < names.size(); ++code) {
        if ((document.words()[leaf.first_word + code / 64] >> (code % 64) & 1U) != 0) {
          text += names[code] + ",";
        }
      }
    }
  }
  return text;
}

bool is_unchanged(const PolicyDocument& a_document, const PolicyRule& a,
                  const PolicyDocument& b_document, const PolicyRule& b) {
  return a.id == b.id && fingerprint(a_document, a) == fingerprint(b_document, b) &&
         less_demanding(a_document, a.requirements, b_document, b.requirements) == 0 &&
         less_demanding(b_document, b.requirements, a_document, a.requirements) == 0;
}

// What may let pass more comes first.
int urgency(Strictness change) {
  switch (change) {
    case Strictness::weaker:
      return 0;
    case Strictness::incomparable:
      return 1;
    case Strictness::stricter:
      return 2;
    case Strictness::same:
      break;
  }
  return 3;
}

// The budget is cut into parts, so that noise in one place hides nothing in another: each ceremony
// of each phase has a part, and in it each changed rule. What one leaves is handed on.
class Differ {
 public:
  Differ(const PolicyDocument& before, const PolicyDocument& after, std::size_t boxes)
      : documents_{&before, &after},
        is_default_changed_(before.default_outcome() != after.default_outcome()),
        case_cost_(1 + (before.rules().size() + after.rules().size()) / kRulesAtThePriceOfABox),
        left_(boxes) {}

  DiffReport run() && {
    report_.lists = list_changes(*documents_[0], *documents_[1]);
    const Space spaces[] = {Space(documents_, Phase::verdict, {}),
                            Space(documents_, Phase::options, {})};
    find_changed(spaces[0]);  // the rules are the same in each phase
    std::vector<Part> parts;
    for (const Space& space : spaces) {
      for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
        add_part(space, static_cast<PolicyCeremony>(i), parts);
      }
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::size_t quota = left_ / (parts.size() - i);
      left_ -= quota;
      left_ += compare(parts[i], quota);
    }
    std::stable_sort(report_.regions.begin(), report_.regions.end(),
                     [](const DiffRegion& a, const DiffRegion& b) {
                       return urgency(a.change) < urgency(b.change);
                     });
    return std::move(report_);
  }

 private:
  // [decided by both documents, most rules are told apart by the ceremony alone]
  static constexpr std::size_t kRulesAtThePriceOfABox = 64;

  // A ceremony in a phase, and what may decide it differently.
  struct Part {
    const Space* space = nullptr;
    PolicyCeremony ceremony = PolicyCeremony::registration;
    std::vector<std::uint32_t> relevant;  // rules
    std::vector<std::uint32_t> changed;   // of those
    std::size_t regions = 0;
    std::set<std::uint32_t> shown;  // changed rules that match in a region
  };

  void find_changed(const Space& space) {
    is_changed_.assign(space.rules().size(), true);
    const std::uint32_t border = space.rules_of(0).second;
    for (std::uint32_t a = 0; a < border; ++a) {
      for (std::uint32_t b = border; b < space.rules().size(); ++b) {
        if (space.rules()[a].rule->id == space.rules()[b].rule->id) {
          is_changed_[a] = !is_unchanged(*documents_[0], *space.rules()[a].rule, *documents_[1],
                                         *space.rules()[b].rule);
          is_changed_[b] = is_changed_[a];
        }
      }
    }
  }

  void add_part(const Space& space, PolicyCeremony ceremony, std::vector<Part>& parts) const {
    if (space.phase() == Phase::options && !is_exemptible(ceremony)) {
      return;
    }
    Part part;
    part.space = &space;
    part.ceremony = ceremony;
    part.relevant = space.possible_rules(ceremony);
    std::copy_if(part.relevant.begin(), part.relevant.end(), std::back_inserter(part.changed),
                 [&](std::uint32_t rule) { return is_changed_[rule]; });
    const bool is_exempting = std::any_of(
        part.relevant.begin(), part.relevant.end(),
        [&](std::uint32_t rule) { return space.rules()[rule].rule->effect == Outcome::exempt; });
    const bool is_asked = space.phase() == Phase::verdict || is_exempting;
    if (is_asked && (!part.changed.empty() || is_default_changed_)) {
      parts.push_back(std::move(part));
    }
  }

  // What is left of the quota.
  std::size_t compare(Part& part, std::size_t quota) {
    std::size_t first = quota / 2;  // for a look at each rule by itself
    quota -= first;
    for (std::size_t i = 0; i < part.changed.size(); ++i) {
      const std::size_t share = first / (part.changed.size() - i);
      first -= share;
      first += look_at_own(part, part.changed[i], share);
    }
    quota += first;
    std::vector<bool> is_settled(part.space->rules().size(), false);
    UndecidedDiff open;
    open.phase = part.space->phase();
    open.ceremony = part.ceremony;
    std::vector<std::uint32_t> rules;
    const std::size_t walks = part.changed.size() + (is_default_changed_ ? 1 : 0);
    for (std::size_t i = 0; i < walks; ++i) {
      const std::size_t share = quota / (walks - i);
      const std::optional<std::uint32_t> rule =
          i < part.changed.size() ? std::optional(part.changed[i]) : std::nullopt;
      BoxBudget budget(share, share);
      const bool is_done = walk(part, rule, is_settled, budget);
      quota -= share - budget.left();
      if (!rule) {
        open.is_default_open = !is_done;
      } else if (is_done) {
        is_settled[*rule] = true;
      } else {
        rules.push_back(*rule);
      }
    }
    // What no region shows comes first.
    std::stable_partition(rules.begin(), rules.end(),
                          [&](std::uint32_t rule) { return !part.shown.contains(rule); });
    for (const std::uint32_t rule : rules) {
      const std::string& id = part.space->rules()[rule].rule->id;
      if (std::find(open.rules.begin(), open.rules.end(), id) == open.rules.end()) {
        open.rules.push_back(id);
      }
    }
    if (!open.rules.empty() || open.is_default_open) {
      report_.undecided.push_back(std::move(open));
    }
    return quota;
  }

  // Where the rule is true and whatever else changed is at its simplest: what comes or goes with it
  // is seen here, whatever the others are like. Gives back what is left.
  std::size_t look_at_own(Part& part, std::uint32_t rule, std::size_t share) {
    constexpr int kSamples = 8;  // [ordinary values match little else]
    const Space& space = *part.space;
    const auto is_of_rule = [&](std::uint32_t other) {
      return space.rules()[other].rule->id == space.rules()[rule].rule->id;
    };
    int samples = 0;
    const auto sample = [&](const Box& box, const BoxTruths& truths) -> Step {
      if (truths[rule] == BoxTruth::mixed) {
        return cut_rule(rule, /*is_yes_first=*/true);
      }
      if (truths[rule] == BoxTruth::no) {
        return prune();
      }
      if (!may_decide()) {
        return found();
      }
      const std::vector<std::uint32_t>* shown = note(part, space.sample(box));
      ++samples;
      const bool is_own = shown != nullptr && std::all_of(shown->begin(), shown->end(), is_of_rule);
      is_own_found_ = is_own_found_ || is_own;
      return is_own || samples == kSamples ? found() : prune();
    };
    is_own_found_ = false;
    BoxBudget budget(share, share);
    cases_left_ = 2 + share / case_cost_;
    search(space, space.whole(part.ceremony), {&rule, 1}, sample, budget);
    if (is_own_found_) {
      return budget.left();
    }
    const auto look = [&](const Box& box, const BoxTruths& truths) -> Step {
      if (truths[rule] == BoxTruth::no) {
        return {};
      }
      if (truths[rule] == BoxTruth::mixed) {
        return cut_rule(rule, /*is_yes_first=*/true);
      }
      const bool is_other =
          std::any_of(part.changed.begin(), part.changed.end(), [&](std::uint32_t other) {
            return truths[other] == BoxTruth::yes && !is_of_rule(other);
          });
      if (is_other || is_same(part, truths)) {
        return {};
      }
      if (const std::optional<std::uint32_t> mixed = first_mixed(part, truths)) {
        return cut_rule(*mixed, /*is_yes_first=*/false);
      }
      return !may_decide() || note(part, space.sample(box)) != nullptr ? found() : prune();
    };
    search(space, space.whole(part.ceremony), part.relevant, look, budget);
    return budget.left();
  }

  // Whether everything was looked at where the rule matches; without one, where none that changed
  // does. What is settled is not looked at again.
  bool walk(Part& part, std::optional<std::uint32_t> rule, const std::vector<bool>& is_settled,
            BoxBudget& budget) {
    const Space& space = *part.space;
    cases_left_ = 2 + budget.left() / case_cost_;
    const auto look = [&](const Box& box, const BoxTruths& truths) -> Step {
      if (rule && truths[*rule] != BoxTruth::yes) {
        return truths[*rule] == BoxTruth::no ? Step() : cut_rule(*rule, /*is_yes_first=*/true);
      }
      const bool is_seen =
          std::any_of(part.changed.begin(), part.changed.end(), [&](std::uint32_t other) {
            return truths[other] == BoxTruth::yes && (is_settled[other] || !rule);
          });
      if (is_seen || is_same(part, truths) || (!rule && is_same_by_rules(part, truths))) {
        return {};
      }
      if (const std::optional<std::uint32_t> mixed = first_mixed(part, truths)) {
        return cut_rule(*mixed, is_changed_[*mixed]);
      }
      if (const std::optional<std::size_t> axis =
              space.axis_of(PolicyInput::authentication_counter);
          axis && box[*axis].low != box[*axis].high) {
        return cut_axis({*axis, box[*axis].low + 1});  // the built-in denial is no rule
      }
      if (!may_decide() || part.regions >= kMaxDiffRegions) {
        return found();  // the end of it
      }
      note(part, space.sample(box));
      return prune();
    };
    const SearchResult result =
        search(space, space.whole(part.ceremony), part.relevant, look, budget);
    return result.kind == SearchResult::Kind::nothing;
  }

  bool may_decide() {
    cases_left_ -= std::min<std::size_t>(cases_left_, 1);
    return cases_left_ != 0;
  }

  // What changed is settled first: where it does not match there is nothing to see.
  std::optional<std::uint32_t> first_mixed(const Part& part, const BoxTruths& truths) const {
    for (const std::vector<std::uint32_t>* rules : {&part.changed, &part.relevant}) {
      for (const std::uint32_t rule : *rules) {
        if (truths[rule] == BoxTruth::mixed) {
          return rule;
        }
      }
    }
    return std::nullopt;
  }

  // Denied by both; or, before the verdict, exempted by none.
  static bool is_same(const Part& part, const BoxTruths& truths) {
    bool is_denied[2] = {false, false};
    bool is_exempted = part.space->phase() == Phase::verdict;
    for (const std::uint32_t rule : part.relevant) {
      const SpaceRule& one = part.space->rules()[rule];
      if (truths[rule] == BoxTruth::yes && one.rule->effect == Outcome::deny) {
        is_denied[one.source] = true;
      }
      is_exempted =
          is_exempted || (truths[rule] != BoxTruth::no && one.rule->effect == Outcome::exempt);
    }
    return (is_denied[0] && is_denied[1]) || !is_exempted;
  }

  // Where something matches that did not change, the default decides nothing.
  bool is_same_by_rules(const Part& part, const BoxTruths& truths) const {
    return std::any_of(part.relevant.begin(), part.relevant.end(),
                       [&](std::uint32_t rule) {
                         return !is_changed_[rule] && truths[rule] == BoxTruth::yes;
                       }) &&
           std::all_of(part.changed.begin(), part.changed.end(),
                       [&](std::uint32_t rule) { return truths[rule] == BoxTruth::no; });
  }

  // The changed rules that match where the decision changes; null where it does not.
  const std::vector<std::uint32_t>* note(Part& part, const PolicyInputs& example) {
    const Phase phase = part.space->phase();
    const auto decide = [&](const PolicyDocument& document) {
      return hold_exemption(document, evaluate(document, phase, example));
    };
    Decision decisions[] = {decide(*documents_[0]), decide(*documents_[1])};
    const Strictness change =
        compare_decisions(*documents_[0], decisions[0], *documents_[1], decisions[1]);
    const bool is_exempted =
        decisions[0].outcome == Outcome::exempt || decisions[1].outcome == Outcome::exempt;
    if (change == Strictness::same || (phase == Phase::options && !is_exempted)) {
      return nullptr;
    }
    noted_rules_.clear();
    std::vector<std::string> names[2];
    for (std::size_t source = 0; source < 2; ++source) {
      const std::uint32_t first = part.space->rules_of(source).first;
      for (const RuleMatch& match : decisions[source].matches) {
        const PolicyRule& rule = documents_[source]->rules()[match.rule];
        const bool is_match = match.truth == Truth::yes ||
                              (rule.effect == Outcome::require && match.truth == Truth::pending);
        if (is_match && is_changed_[first + match.rule]) {
          noted_rules_.push_back(first + match.rule);
          names[source].push_back(rule.id);
        }
      }
    }
    part.shown.insert(noted_rules_.begin(), noted_rules_.end());
    const auto key = std::tuple(part.ceremony, change, decisions[0].outcome, decisions[1].outcome,
                                names[0], names[1]);
    if (noted_.insert(key).second) {
      ++part.regions;
      report_.regions.push_back({phase, change, std::move(names[0]), std::move(names[1]), example,
                                 std::move(decisions[0]), std::move(decisions[1])});
    }
    return &noted_rules_;
  }

  const PolicyDocument* documents_[2];
  bool is_default_changed_;
  std::size_t case_cost_;       // of deciding a case, in boxes
  std::size_t left_;            // boxes
  std::size_t cases_left_ = 0;  // of the search that is going on
  std::vector<bool> is_changed_;
  std::vector<std::uint32_t> noted_rules_;
  bool is_own_found_ = false;
  std::set<std::tuple<PolicyCeremony, Strictness, Outcome, Outcome, std::vector<std::string>,
                      std::vector<std::string>>>
      noted_;
  DiffReport report_;
};

}  // namespace

std::string describe_undecided(const UndecidedDiff& one) {
  std::string text = describe_situation(PolicyInputs(one.ceremony), 0, Money());
  text += one.phase == Phase::options ? " without a signature: " : ": ";
  for (std::size_t i = 0; i < one.rules.size(); ++i) {
    text += (i != 0 ? ", " : one.rules.size() == 1 ? "rule " : "rules ") + one.rules[i];
  }
  if (one.is_default_open) {
    text += one.rules.empty() ? "the default" : ", the default";
  }
  return text;
}

bool DiffReport::may_be_weaker() const {
  return is_undecided() || count(Strictness::weaker) + count(Strictness::incomparable) > 0;
}

std::size_t DiffReport::count(Strictness change) const {
  return static_cast<std::size_t>(std::count_if(
      regions.begin(), regions.end(), [&](const DiffRegion& one) { return one.change == change; }));
}

DiffReport diff_policies(const PolicyDocument& before, const PolicyDocument& after,
                         std::size_t boxes) {
  return Differ(before, after, boxes).run();
}

}  // namespace countersign
