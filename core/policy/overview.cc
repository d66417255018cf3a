#include "policy/overview.h"

#include <optional>

#include "policy/evaluation.h"
#include "policy/wording.h"

namespace countersign {
namespace {

// A condition within one ceremony: settled, or what is left of it in words.
struct Rest {
  std::optional<bool> settled;
  std::string text;
  bool is_compound = false;  // needs brackets beside others
};

Rest rest_of(const PolicyDocument& document, std::uint32_t at, const ResolvedInputs& inputs,
             const Money& money) {
  const PolicyNode& node = document.nodes()[at];
  if (node.kind == PolicyNode::Kind::leaf) {
    const PolicyLeaf& leaf = document.leaves()[node.leaf];
    const Truth truth = truth_of_leaf(document, leaf, inputs);
    // Of the inputs the ceremony alone is there: what is false is so, or is outside its ceremonies.
    if (truth == Truth::yes || truth == Truth::no) {
      return {truth == Truth::yes, {}, false};
    }
    return {std::nullopt, describe_leaf(document, leaf, money), false};
  }
  const bool is_all = node.kind == PolicyNode::Kind::all;
  std::vector<Rest> parts;
  for (std::uint32_t part = at + 1; part < node.end; part = document.nodes()[part].end) {
    Rest one = rest_of(document, part, inputs, money);
    if (one.settled && *one.settled != is_all) {
      return one;
    }
    if (!one.settled) {
      parts.push_back(std::move(one));
    }
  }
  if (parts.size() <= 1) {
    return parts.empty() ? Rest{is_all, {}, false} : parts.front();
  }
  Rest joined;
  joined.is_compound = true;
  for (const Rest& part : parts) {
    joined.text += joined.text.empty() ? "" : is_all ? " and " : " or ";
    joined.text += part.is_compound ? "(" + part.text + ")" : part.text;
  }
  return joined;
}

std::string demand_of(const PolicyDocument& document, const PolicyRule& rule) {
  switch (rule.effect) {
    case Outcome::exempt:
      return "no signature (" + rule.label + ")";
    case Outcome::require:
      return describe_requirements(document, rule.requirements);
    case Outcome::deny:
      return "denied (" + rule.label + ")";
  }
  return {};
}

}  // namespace

std::vector<OverviewRow> list_overview(const PolicyDocument& document, const Money& money) {
  std::vector<OverviewRow> rows;
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    const auto ceremony = static_cast<PolicyCeremony>(i);
    const ResolvedInputs inputs = resolve_inputs(document, Phase::verdict, PolicyInputs(ceremony));
    bool is_covered = false;
    for (const PolicyRule& rule : document.rules()) {
      const Rest rest = rest_of(document, rule.first_node, inputs, money);
      if (rest.settled == false) {
        continue;
      }
      is_covered = is_covered || rest.settled == true;
      rows.push_back(
          {ceremony, rest.settled ? "always" : rest.text, demand_of(document, rule), rule.id});
    }
    if (!is_covered) {
      rows.push_back(
          {ceremony,
           "otherwise",
           document.default_outcome() == Outcome::deny ? "denied" : "nothing in particular",
           {}});
    }
  }
  return rows;
}

}  // namespace countersign
