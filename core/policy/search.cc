#include "policy/search.h"

namespace countersign {
namespace {

struct OpenBox {
  Box box;
  BoxTruths truths;  // of its parent, until it is looked at
  std::vector<std::uint32_t> mixed;
};

}  // namespace

SearchResult search(const Space& space, const Box& start, std::span<const std::uint32_t> relevant,
                    const Question& question, BoxBudget& budget) {
  constexpr std::size_t kRulesAtThePriceOfABox = 16;
  const std::size_t limit = budget.begin_question();
  std::size_t spent = 0;
  std::vector<OpenBox> open;
  open.push_back(
      {start, BoxTruths(space.rules().size(), BoxTruth::no), {relevant.begin(), relevant.end()}});
  while (!open.empty()) {
    OpenBox now = std::move(open.back());
    open.pop_back();
    spent += 1 + now.mixed.size() / kRulesAtThePriceOfABox;
    if (spent > limit) {
      budget.spend(limit);
      return {SearchResult::Kind::undecided, std::move(now.box), std::move(now.truths)};
    }
    std::erase_if(now.mixed, [&](std::uint32_t rule) {
      now.truths[rule] = space.truth(rule, now.box);
      return now.truths[rule] != BoxTruth::mixed;
    });
    const Step step = question(now.box, now.truths);
    if (step.kind == Step::Kind::prune) {
      continue;
    }
    if (step.kind == Step::Kind::found) {
      budget.spend(spent);
      return {SearchResult::Kind::found, std::move(now.box), std::move(now.truths)};
    }
    Space::Cut cut{step.axis, step.at, false};
    if (step.kind == Step::Kind::cut_rule) {
      cut = space.find_cut(step.rule, now.box);
    }
    OpenBox lower = now;
    OpenBox upper = std::move(now);
    lower.box[cut.axis].high = static_cast<std::uint32_t>(cut.at - 1);
    upper.box[cut.axis].low = cut.at;
    // What is pushed last is looked at first: inputs that are known make plainer examples.
    const bool is_upper_first =
        !space.axes()[cut.axis].is_presence && cut.is_upper_true == step.is_yes_first;
    open.push_back(is_upper_first ? std::move(lower) : std::move(upper));
    open.push_back(is_upper_first ? std::move(upper) : std::move(lower));
  }
  budget.spend(spent);
  return {};
}

}  // namespace countersign
