#include "policy/diff.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "policy/search.h"

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

class Differ {
 public:
  Differ(const PolicyDocument& before, const PolicyDocument& after, std::size_t boxes)
      : documents_{&before, &after}, budget_(boxes, boxes) {}

  DiffReport run() && {
    walk(Phase::verdict);
    walk(Phase::options);
    std::stable_sort(report_.regions.begin(), report_.regions.end(),
                     [](const DiffRegion& a, const DiffRegion& b) {
                       return urgency(a.change) < urgency(b.change);
                     });
    return std::move(report_);
  }

 private:
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

  void walk(Phase phase) {
    const Space space(documents_, phase, {});
    find_changed(space);
    for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
      const auto ceremony = static_cast<PolicyCeremony>(i);
      if (phase == Phase::options && !is_exemptible(ceremony)) {
        continue;
      }
      const std::vector<std::uint32_t> relevant = space.possible_rules(ceremony);
      const auto question = [&](const Box& box, const BoxTruths& truths) {
        return look(space, box, truths);
      };
      const SearchResult result = search(space, space.whole(ceremony), relevant, question, budget_);
      report_.is_undecided = report_.is_undecided || result.kind == SearchResult::Kind::undecided;
    }
  }

  // Never "found": every region is noted on the way.
  Step look(const Space& space, const Box& box, const BoxTruths& truths) {
    bool has_changed = false;
    std::uint32_t mixed = 0;
    bool has_mixed = false;
    bool is_denied[2] = {false, false};
    for (std::uint32_t i = 0; i < truths.size(); ++i) {
      if (truths[i] == BoxTruth::no) {
        continue;
      }
      has_changed = has_changed || is_changed_[i];
      if (truths[i] == BoxTruth::yes && space.rules()[i].rule->effect == Outcome::deny) {
        is_denied[space.rules()[i].source] = true;
      }
      // What changed is settled first: where it does not match there is nothing to see.
      if (truths[i] == BoxTruth::mixed && (!has_mixed || (is_changed_[i] && !is_changed_[mixed]))) {
        mixed = i;
        has_mixed = true;
      }
    }
    const bool is_default_same =
        documents_[0]->default_outcome() == documents_[1]->default_outcome();
    if ((is_denied[0] && is_denied[1]) || (!has_changed && is_default_same)) {
      return {};
    }
    if (has_mixed) {
      Step step;
      step.kind = Step::Kind::cut_rule;
      step.rule = mixed;
      step.is_yes_first = is_changed_[mixed];
      return step;
    }
    if (const std::optional<std::size_t> axis = space.axis_of(PolicyInput::authentication_counter);
        axis && box[*axis].low != box[*axis].high) {
      Step step;  // the built-in denial is no rule
      step.kind = Step::Kind::cut_axis;
      step.axis = *axis;
      step.at = box[*axis].low + 1;
      return step;
    }
    note(space, box, truths);
    return {};
  }

  void note(const Space& space, const Box& box, const BoxTruths& truths) {
    const PolicyInputs example = space.sample(box);
    const auto decide = [&](const PolicyDocument& document) {
      return hold_exemption(document, evaluate(document, space.phase(), example));
    };
    Decision before = decide(*documents_[0]);
    Decision after = decide(*documents_[1]);
    const Strictness change = compare_decisions(*documents_[0], before, *documents_[1], after);
    const bool is_exempted = before.outcome == Outcome::exempt || after.outcome == Outcome::exempt;
    if (change == Strictness::same || (space.phase() == Phase::options && !is_exempted)) {
      return;
    }
    std::vector<std::string> rules[2];
    for (std::uint32_t i = 0; i < truths.size(); ++i) {
      if (truths[i] == BoxTruth::yes && is_changed_[i]) {
        rules[space.rules()[i].source].push_back(space.rules()[i].rule->id);
      }
    }
    const auto key =
        std::tuple(example.ceremony(), change, before.outcome, after.outcome, rules[0], rules[1]);
    if (noted_.insert(key).second) {
      report_.regions.push_back({space.phase(), change, std::move(rules[0]), std::move(rules[1]),
                                 example, std::move(before), std::move(after)});
    }
  }

  const PolicyDocument* documents_[2];
  std::vector<bool> is_changed_;
  std::set<std::tuple<PolicyCeremony, Strictness, Outcome, Outcome, std::vector<std::string>,
                      std::vector<std::string>>>
      noted_;
  BoxBudget budget_;
  DiffReport report_;
};

}  // namespace

bool DiffReport::may_be_weaker() const {
  return is_undecided || count(Strictness::weaker) + count(Strictness::incomparable) > 0;
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
