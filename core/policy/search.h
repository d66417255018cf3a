#pragma once
// A search over boxes of cells: lint and diff ask questions, each of which is decided by looking at
// boxes and by cutting those in which conditions are mixed, within a budget.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "policy/space.h"

namespace countersign {

/// What a question says of a box.
struct Step {
  enum class Kind : std::uint8_t {
    prune,     // there is nothing in it
    found,     // every point of it is a witness
    cut_rule,  // learn more about a mixed rule
    cut_axis,  // …or about an axis
  };
  Kind kind = Kind::prune;
  std::uint32_t rule = 0;
  bool is_yes_first = false;  // look first where the rule is true
  std::size_t axis = 0;
  std::uint32_t at = 0;
};
inline Step prune() { return {}; }
inline Step found() {
  Step step;
  step.kind = Step::Kind::found;
  return step;
}
inline Step cut_rule(std::uint32_t rule, bool is_yes_first) {
  Step step;
  step.kind = Step::Kind::cut_rule;
  step.rule = rule;
  step.is_yes_first = is_yes_first;
  return step;
}
inline Step cut_axis(const Space::Cut& cut) {
  Step step;
  step.kind = Step::Kind::cut_axis;
  step.axis = cut.axis;
  step.at = cut.at;
  step.is_yes_first = cut.is_upper_true;
  return step;
}

using BoxTruths = std::vector<BoxTruth>;  // of every rule
using Question = std::function<Step(const Box& box, const BoxTruths& truths)>;

struct SearchResult {
  enum class Kind : std::uint8_t { nothing, found, undecided };
  Kind kind = Kind::nothing;
  Box box;
  BoxTruths truths;
};

/// Boxes that may be looked at. A box costs one and one more for every 16 rules that are mixed.
class BoxBudget {
 public:
  BoxBudget(std::size_t total, std::size_t question) : left_(total), question_(question) {}
  std::size_t begin_question() const { return std::min(left_, question_); }
  void spend(std::size_t boxes) { left_ -= std::min(left_, boxes); }
  std::size_t left() const { return left_; }

 private:
  std::size_t left_;
  std::size_t question_;
};

/// Looks for a box in which the question finds something. `relevant`: the rules whose truth the
/// question needs.
SearchResult search(const Space& space, const Box& start, std::span<const std::uint32_t> relevant,
                    const Question& question, BoxBudget& budget);

}  // namespace countersign
