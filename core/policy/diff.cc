#include "policy/diff.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "policy/diff_ranking.h"
#include "policy/rule_equality.h"
#include "policy/search.h"
#include "policy/wording.h"

namespace countersign {
namespace {

// What denials or exemptions refer to: those that decided.
std::set<std::string> labels_of(const PolicyDocument& document, const Decision& decision) {
  std::set<std::string> labels;
  const Truth least = decision.outcome == Outcome::deny ? Truth::unknown : Truth::yes;
  for (const RuleMatch& match : decision.matches) {
    const PolicyRule& rule = document.rules()[match.rule];
    if (rule.effect == decision.outcome && match.truth >= least) {
      labels.insert(rule.label);
    }
  }
  return labels;
}

bool is_told_otherwise(const PolicyDocument& before_document, const Decision& before,
                       const PolicyDocument& after_document, const Decision& after) {
  if (before.outcome != after.outcome || before.outcome == Outcome::require) {
    return false;
  }
  const std::set<std::string> old = labels_of(before_document, before);
  const std::set<std::string> fresh = labels_of(after_document, after);
  if (before.outcome == Outcome::exempt) {
    return old != fresh;
  }
  const bool stays = std::any_of(old.begin(), old.end(), [&](const std::string& label) {
    return fresh.find(label) != fresh.end();
  });
  return before.basis == DecisionBasis::rules && after.basis == DecisionBasis::rules && !stays;
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
    const Space spaces[] = {Space(documents_, Phase::verdict, {}, 0, SpaceDetail::decisions),
                            Space(documents_, Phase::options, {}, 0, SpaceDetail::decisions)};
    find_changed();
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
    for (auto& [key, family] : families_) {
      family.regions.front().more = family.more;
      std::move(family.regions.begin(), family.regions.end(), std::back_inserter(report_.regions));
    }
    std::stable_sort(report_.regions.begin(), report_.regions.end(), loses_more);
    report_.rewritten = list_rewritten();
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

  // The rules are the same in each phase; what else is asked about them is not. One that is written
  // otherwise is looked at, too, though it asks for the same: nobody has to believe that it does.
  void find_changed() {
    const std::vector<PolicyRule>& old = documents_[0]->rules();
    const std::vector<PolicyRule>& fresh = documents_[1]->rules();
    const std::vector<ByteVector> written[] = {encode_rules(*documents_[0]),
                                               encode_rules(*documents_[1])};
    is_changed_.assign(old.size() + fresh.size(), true);
    for (std::size_t a = 0; a < old.size(); ++a) {
      for (std::size_t b = 0; b < fresh.size(); ++b) {
        if (old[a].id == fresh[b].id) {
          is_changed_[a] = written[0][a].empty() || written[0][a] != written[1][b] ||
                           !is_same_rule(*documents_[0], old[a], *documents_[1], fresh[b]);
          is_changed_[old.size() + b] = is_changed_[a];
        }
      }
    }
  }

  // Changed rules that no region shows, and of which nothing is open.
  std::vector<std::string> list_rewritten() const {
    std::set<std::string_view> seen;
    for (const DiffRegion& region : report_.regions) {
      seen.insert(region.rules_before.begin(), region.rules_before.end());
      seen.insert(region.rules_after.begin(), region.rules_after.end());
    }
    for (const UndecidedDiff& one : report_.undecided) {
      seen.insert(one.rules.begin(), one.rules.end());
    }
    std::vector<std::string> rewritten;
    std::size_t at = 0;
    for (const PolicyDocument* document : documents_) {
      for (const PolicyRule& rule : document->rules()) {
        if (is_changed_[at++] && seen.insert(rule.id).second) {
          rewritten.push_back(rule.id);
        }
      }
    }
    return rewritten;
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
                 [&](std::uint32_t rule) { return is_changed(space, rule); });
    const bool is_exempting =
        std::any_of(part.relevant.begin(), part.relevant.end(), [&](std::uint32_t rule) {
          const SpaceRule& one = space.rules()[rule];
          return one.rule->effect == Outcome::exempt && one.main == rule;
        });
    const bool is_asked = space.phase() == Phase::verdict || is_exempting;
    if (is_asked && (!part.changed.empty() || is_default_changed_)) {
      parts.push_back(std::move(part));
    }
  }

  bool is_changed(const Space& space, std::uint32_t rule) const {
    return is_changed_[space.rules()[rule].main];
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
    std::stable_partition(rules.begin(), rules.end(), [&](std::uint32_t rule) {
      return !part.shown.contains(part.space->rules()[rule].main);
    });
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
      const Settled settled = settle(part, truths);
      if (is_other || settled == Settled::same || is_outdone(part, truths)) {
        return {};
      }
      if (const std::optional<std::uint32_t> mixed = first_mixed(part, truths, settled)) {
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
      const Settled settled = settle(part, truths);
      if (is_seen || settled == Settled::same || (!rule && is_same_by_rules(part, truths)) ||
          is_outdone(part, truths)) {
        return {};
      }
      if (const std::optional<std::uint32_t> mixed = first_mixed(part, truths, settled)) {
        return cut_rule(*mixed, is_changed(space, *mixed));
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

  // What is open of a box.
  enum class Settled : std::uint8_t {
    nothing,
    denials,  // denied by both; whether for another reason is open
    same,     // denied by both for a reason that stays; or, before the verdict, exempted by none
  };
  static Settled settle(const Part& part, const BoxTruths& truths) {
    std::set<std::string_view> reasons[2];
    bool is_exempted = part.space->phase() == Phase::verdict;
    for (const std::uint32_t rule : part.relevant) {
      const SpaceRule& one = part.space->rules()[rule];
      if (truths[rule] == BoxTruth::no || one.main != rule) {
        continue;
      }
      if (truths[rule] == BoxTruth::yes && one.rule->effect == Outcome::deny) {
        reasons[one.source].insert(one.rule->label);
      }
      is_exempted = is_exempted || one.rule->effect == Outcome::exempt;
    }
    const bool is_denied = !reasons[0].empty() && !reasons[1].empty();
    const bool has_common = std::any_of(
        reasons[0].begin(), reasons[0].end(),
        [&](std::string_view reason) { return reasons[1].find(reason) != reasons[1].end(); });
    if (!is_exempted || has_common) {
      return Settled::same;
    }
    return is_denied ? Settled::denials : Settled::nothing;
  }

  // Whether what changed makes no difference, since rules that did not change demand as much
  // wherever the box is: decided is by denials that did not change, else the same is demanded.
  bool is_outdone(const Part& part, const BoxTruths& truths) const {
    Requirements least[2];
    bool has_demand = false;
    for (const std::uint32_t rule : part.relevant) {
      const SpaceRule& one = part.space->rules()[rule];
      const bool is_demand = one.main == rule && one.rule->effect == Outcome::require;
      if (is_demand && truths[rule] == BoxTruth::yes && !is_changed(*part.space, rule)) {
        has_demand = true;
        join(least[one.source], one.rule->requirements);
      }
    }
    const auto is_idle = [&](std::uint32_t rule) {
      const SpaceRule& one = part.space->rules()[rule];
      if (truths[rule] == BoxTruth::no) {
        return true;
      }
      const bool may_accept_counter =
          (one.rule->inputs & mask_of(PolicyInput::authentication_counter)) != 0;
      const PolicyDocument& document = *documents_[one.source];
      switch (one.rule->effect) {
        case Outcome::deny:
          return false;
        case Outcome::require:
          return !may_accept_counter &&
                 less_demanding(document, least[one.source], document, one.rule->requirements) == 0;
        case Outcome::exempt:
          break;
      }
      return !may_accept_counter;
    };
    return has_demand && std::all_of(part.changed.begin(), part.changed.end(), is_idle);
  }

  // What changed is settled first: where it does not match there is nothing to see.
  static std::optional<std::uint32_t> first_mixed(const Part& part, const BoxTruths& truths,
                                                  Settled settled) {
    for (const std::vector<std::uint32_t>* rules : {&part.changed, &part.relevant}) {
      for (const std::uint32_t rule : *rules) {
        const bool matters =
            settled != Settled::denials || part.space->rules()[rule].rule->effect == Outcome::deny;
        if (truths[rule] == BoxTruth::mixed && matters) {
          return rule;
        }
      }
    }
    return std::nullopt;
  }

  // Where something matches that did not change, the default decides nothing.
  bool is_same_by_rules(const Part& part, const BoxTruths& truths) const {
    return std::any_of(part.relevant.begin(), part.relevant.end(),
                       [&](std::uint32_t rule) {
                         return !is_changed(*part.space, rule) && truths[rule] == BoxTruth::yes;
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
    Decision before = decide(*documents_[0]);
    Decision after = decide(*documents_[1]);
    Strictness change = compare_decisions(*documents_[0], before, *documents_[1], after);
    if (is_told_otherwise(*documents_[0], before, *documents_[1], after)) {
      change = Strictness::incomparable;
    }
    const bool is_exempted = before.outcome == Outcome::exempt || after.outcome == Outcome::exempt;
    if (change == Strictness::same || (phase == Phase::options && !is_exempted)) {
      return nullptr;
    }
    noted_rules_.clear();
    DiffRegion region{phase, change, {}, {}, 0, 0, example, std::move(before), std::move(after), 0};
    region.rules_before = changed_matches(*part.space, 0, region.before);
    region.rules_after = changed_matches(*part.space, 1, region.after);
    if (region.before.outcome == Outcome::require && region.after.outcome == Outcome::require) {
      const Requirements& old = region.before.requirements;
      const Requirements& fresh = region.after.requirements;
      region.lost = less_demanding(*documents_[1], fresh, *documents_[0], old);
      region.gained = less_demanding(*documents_[0], old, *documents_[1], fresh);
    }
    part.shown.insert(noted_rules_.begin(), noted_rules_.end());
    keep(part, std::move(region));
    return &noted_rules_;
  }

  // In the verdict nothing is pending, and what is unknown exempts nobody.
  std::vector<std::string> changed_matches(const Space& space, std::size_t source,
                                           const Decision& decision) {
    std::vector<std::string> names;
    const std::uint32_t first = space.rules_of(source).first;
    for (const RuleMatch& match : decision.matches) {
      const PolicyRule& rule = documents_[source]->rules()[match.rule];
      const bool is_idle = rule.effect == Outcome::exempt && match.truth == Truth::unknown;
      if (!is_idle && is_changed_[first + match.rule]) {
        noted_rules_.push_back(first + match.rule);
        names.push_back(rule.id);
      }
    }
    return names;
  }

  // Regions of the same changed rules in which the same kinds of demands differ.
  struct Family {
    std::vector<DiffRegion> regions;                      // those that lose most first
    std::set<std::pair<std::string, std::string>> cases;  // what is told of them, before and after
    std::size_t more = 0;
  };
  using FamilyKey =
      std::tuple<PolicyCeremony, Phase, Strictness, Outcome, Outcome, std::vector<std::string>,
                 std::vector<std::string>, std::uint32_t, std::uint32_t>;

  void keep(Part& part, DiffRegion region) {
    Family& family = families_[FamilyKey(
        part.ceremony, region.phase, region.change, region.before.outcome, region.after.outcome,
        region.rules_before, region.rules_after, region.lost, region.gained)];
    std::pair<std::string, std::string> told(
        describe_decision(*documents_[0], region.before, region.kinds()),
        describe_decision(*documents_[1], region.after, region.kinds()));
    if (family.cases.find(told) != family.cases.end()) {
      return;
    }
    std::vector<DiffRegion>& kept = family.regions;
    const bool is_counted = counted_cases_ < kMaxCountedVariants;
    if (is_counted) {
      ++counted_cases_;
      family.cases.insert(std::move(told));
    }
    if (kept.size() == kMaxDiffVariants) {
      family.more += is_counted ? 1 : 0;
      if (!loses_more(region, kept.back())) {
        return;
      }
      kept.pop_back();
      --part.regions;
    }
    const auto place = std::find_if(kept.begin(), kept.end(), [&](const DiffRegion& other) {
      return loses_more(region, other);
    });
    kept.insert(place, std::move(region));
    ++part.regions;
  }

  const PolicyDocument* documents_[2];
  bool is_default_changed_;
  std::size_t case_cost_;       // of deciding a case, in boxes
  std::size_t left_;            // boxes
  std::size_t cases_left_ = 0;  // of the search that is going on
  std::vector<bool> is_changed_;
  std::vector<std::uint32_t> noted_rules_;
  bool is_own_found_ = false;
  std::map<FamilyKey, Family> families_;
  std::size_t counted_cases_ = 0;
  DiffReport report_;
};

// "rules high, risk"; "" for none.
std::string list_rules(const std::vector<std::string>& ids) {
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    text += (i != 0 ? ", " : ids.size() == 1 ? "rule " : "rules ") + ids[i];
  }
  return text;
}

}  // namespace

std::string describe_rewritten(const DiffReport& report) {
  const bool is_one = report.rewritten.size() == 1;
  return report.rewritten.empty()
             ? ""
             : list_rules(report.rewritten) + (is_one ? " is" : " are") +
                   " written otherwise and " + (is_one ? "changes" : "change") + " no decision";
}

std::string describe_undecided(const UndecidedDiff& one) {
  std::string text = describe_situation(PolicyInputs(one.ceremony), 0, Money());
  text += one.phase == Phase::options ? " without a signature: " : ": ";
  text += list_rules(one.rules);
  if (one.is_default_open) {
    text += one.rules.empty() ? "the default" : ", the default";
  }
  return text;
}

bool DiffRegion::may_be_weaker() const {
  return change == Strictness::weaker ||
         (change == Strictness::incomparable && after.outcome != Outcome::deny);
}

bool DiffReport::may_be_weaker() const {
  return is_undecided() || std::any_of(regions.begin(), regions.end(),
                                       [](const DiffRegion& one) { return one.may_be_weaker(); });
}

std::size_t DiffReport::count(Strictness change) const {
  std::size_t cases = 0;
  for (const DiffRegion& one : regions) {
    cases += one.change == change ? 1 + one.more : 0;
  }
  return cases;
}

std::size_t DiffReport::count() const {
  return count(Strictness::weaker) + count(Strictness::incomparable) + count(Strictness::stricter);
}

DiffReport diff_policies(const PolicyDocument& before, const PolicyDocument& after,
                         std::size_t boxes) {
  return Differ(before, after, boxes).run();
}

}  // namespace countersign
