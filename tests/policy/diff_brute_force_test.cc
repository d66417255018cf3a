// Brute force: what diff lists is what decisions over all inputs show, absent ones included.

#include <cstdio>
#include <map>
#include <tuple>

#include "policy/diff.h"
#include "policy/diff_ranking.h"
#include "tests/policy/policies.h"
#include "tests/support/sanitized.h"

namespace countersign::testing {
namespace {

constexpr std::uint64_t kBruteForceSeed = 20261127;

Json comparison(Random& random) {
  switch (random.below(10)) {
    case 0:
      return {{"ceremony",
               random.pick<Json>({"transaction.approve", {{"in", {"authenticate", "register"}}}})}};
    case 1:
      return {{"amount.base", {{random.chance(50) ? "gt" : "lte", 3000}}}};
    case 2:
      return {{"risk.score", {{random.chance(50) ? "gte" : "lt", random.pick<int>({0, 50, 90})}}}};
    case 3:
      return {{"user.segment", random.chance(50) ? Json("gold") : Json{{"ne", "silver"}}}};
    case 4:
      return {{"transaction.type",
               random.pick<Json>({"payment.card/1",
                                  {{"in", {"payment.card/1", "payment.credit-transfer/1"}}},
                                  {{"ne", "payment.credit-transfer/1"}}})}};
    case 5:
      return {{"credential.backedUp", random.chance(50)}};
    case 6:
      return {{"user.roles", {{random.chance(50) ? "containsAny" : "containsAll", {"a", "b"}}}}};
    case 7:
      return {{"session.age", {{"lt", "PT5M"}}}};
    default:
      return {{"authentication.counter", random.pick<Json>({"advanced",
                                                            "not-advanced",
                                                            {{"ne", "advanced"}},
                                                            {{"in", {"zero", "not-advanced"}}},
                                                            {{"in", {"advanced", "not-advanced"}}},
                                                            {{"ne", "not-advanced"}}})}};
  }
}

Json condition(Random& random, int depth) {
  if (depth == 0 || random.chance(30)) {
    return comparison(random);
  }
  if (random.chance(15)) {
    return {{"not", condition(random, depth - 1)}};
  }
  Json parts = Json::array();
  for (std::size_t i = 1 + random.below(3); i > 0; --i) {
    parts.push_back(condition(random, depth - 1));
  }
  return {{random.chance(60) ? "all" : "any", parts}};
}

Json any_rule(Random& random, const std::string& id) {
  Json rule = {{"id", id}, {"when", condition(random, 2)}};
  const std::size_t kind = random.below(10);
  if (kind < 5) {
    rule["require"] = random_requirement(random);
  } else if (kind < 8) {
    rule["deny"] = {{"reason", random.pick<std::string>({"risk", "closed"})}};
  } else {
    rule["exempt"] = {{"basis", random.pick<std::string>({"rts.article-13", "rts.article-16"})}};
  }
  return rule;
}

// Null: not said.
std::vector<Json> values_of(PolicyInput input) {
  switch (static_cast<int>(input)) {
    case static_cast<int>(PolicyInput::amount_base):
      return {nullptr, 3000, 3001};
    case static_cast<int>(PolicyInput::risk_score):
      return {nullptr, 0, 49, 50, 89, 90};
    case static_cast<int>(PolicyInput::user_segment):
      return {nullptr, "gold", "silver", "other"};
    case static_cast<int>(PolicyInput::transaction_type):
      return {nullptr, "payment.card/1", "payment.credit-transfer/1", "other"};
    case static_cast<int>(PolicyInput::credential_backed_up):
      return {false, true};
    case static_cast<int>(PolicyInput::user_roles):
      return {nullptr, Json::array(), Json::array({"a"}), Json::array({"b"}),
              Json::array({"a", "b"})};
    case static_cast<int>(PolicyInput::session_age):
      return {nullptr, 0, 300};
    case static_cast<int>(PolicyInput::authentication_counter):
      return {"advanced", "zero", "not-advanced"};
    default:
      ADD_FAILURE() << row_of(input).name;
      return {nullptr};
  }
}

void set_value(PolicyInputs& inputs, const InputRow& row, const Json& value) {
  if (value.is_string()) {
    EXPECT_TRUE(inputs.set_text(row.id, value.get<std::string>()).has_value());
  } else if (value.is_array()) {
    EXPECT_TRUE(inputs.set_members(row.id, value.get<std::vector<std::string>>()).has_value());
  } else if (value.is_boolean()) {
    EXPECT_TRUE(inputs.set_number(row.id, value.get<bool>() ? 1 : 0).has_value());
  } else if (!value.is_null()) {
    EXPECT_TRUE(inputs.set_number(row.id, value.get<int>()).has_value());
  }
}

// Every combination, of a ceremony and a phase, of what the documents speak of.
std::vector<PolicyInputs> all_inputs(InputMask named, PolicyCeremony ceremony, Phase phase) {
  std::vector<PolicyInputs> all = {PolicyInputs(ceremony)};
  if (phase == Phase::verdict && exists_in(row_of(PolicyInput::authentication_counter), ceremony)) {
    named |= mask_of(PolicyInput::authentication_counter);
  }
  for (const InputRow& row : policy_inputs()) {
    if (row.id == PolicyInput::ceremony || (named & mask_of(row.id)) == 0 ||
        !exists_in(row, ceremony) || row.phase > phase) {
      continue;
    }
    std::vector<PolicyInputs> more;
    for (const Json& value : values_of(row.id)) {
      for (const PolicyInputs& one : all) {
        more.push_back(one);
        set_value(more.back(), row, value);
      }
    }
    all = std::move(more);
  }
  return all;
}

struct Pair {
  Json before;
  Json after;
  PolicyDocument documents[2];
};

std::vector<std::string> changed_matches(const Json& one, const Json& other,
                                         const PolicyDocument& document, const Decision& decision) {
  std::vector<std::string> names;
  for (const RuleMatch& match : decision.matches) {
    const Json& rule = one["rules"][match.rule];
    const Json& rules = other["rules"];
    const bool is_kept = std::find(rules.begin(), rules.end(), rule) != rules.end();
    const bool is_idle =
        document.rules()[match.rule].effect == Outcome::exempt && match.truth == Truth::unknown;
    if (!is_kept && !is_idle) {
      names.push_back(document.rules()[match.rule].id);
    }
  }
  return names;
}

std::set<std::string> labels_of(const PolicyDocument& document, const Decision& decision) {
  std::set<std::string> labels;
  for (const RuleMatch& match : decision.matches) {
    const PolicyRule& rule = document.rules()[match.rule];
    if (rule.effect == decision.outcome && decision.basis == DecisionBasis::rules &&
        match.truth >= (decision.outcome == Outcome::deny ? Truth::unknown : Truth::yes)) {
      labels.insert(rule.label);
    }
  }
  return labels;
}

bool is_told_otherwise(const std::set<std::string>& old, const std::set<std::string>& fresh,
                       Outcome outcome) {
  if (outcome == Outcome::exempt) {
    return old != fresh;
  }
  return outcome == Outcome::deny && !old.empty() && !fresh.empty() &&
         std::none_of(old.begin(), old.end(),
                      [&](const std::string& one) { return fresh.count(one) != 0; });
}

// What two cases have in common that diff shows by one example.
using Family =
    std::tuple<PolicyCeremony, Phase, Strictness, Outcome, Outcome, std::vector<std::string>,
               std::vector<std::string>, std::uint32_t, std::uint32_t>;
Family family_of(const DiffRegion& one) {
  return {one.example.ceremony(), one.phase,         one.change,
          one.before.outcome,     one.after.outcome, one.rules_before,
          one.rules_after,        one.lost,          one.gained};
}

// The case as the decisions show it; null where nothing changes.
std::optional<DiffRegion> find_change(const Pair& pair, Phase phase, const PolicyInputs& inputs) {
  const PolicyDocument& before = pair.documents[0];
  const PolicyDocument& after = pair.documents[1];
  DiffRegion region{phase,
                    Strictness::same,
                    {},
                    {},
                    0,
                    0,
                    inputs,
                    hold_exemption(before, evaluate(before, phase, inputs)),
                    hold_exemption(after, evaluate(after, phase, inputs)),
                    0};
  const Outcome outcomes[] = {region.before.outcome, region.after.outcome};
  region.change = compare_decisions(before, region.before, after, region.after);
  if (outcomes[0] == outcomes[1] &&
      is_told_otherwise(labels_of(before, region.before), labels_of(after, region.after),
                        outcomes[0])) {
    region.change = Strictness::incomparable;
  }
  const bool is_exempted = outcomes[0] == Outcome::exempt || outcomes[1] == Outcome::exempt;
  if (region.change == Strictness::same || (phase == Phase::options && !is_exempted)) {
    return std::nullopt;
  }
  if (outcomes[0] == Outcome::require && outcomes[1] == Outcome::require) {
    region.lost =
        less_demanding(after, region.after.requirements, before, region.before.requirements);
    region.gained =
        less_demanding(before, region.before.requirements, after, region.after.requirements);
  }
  region.rules_before = changed_matches(pair.before, pair.after, before, region.before);
  region.rules_after = changed_matches(pair.after, pair.before, after, region.after);
  return region;
}

std::string told(const Pair& pair, const DiffRegion& region) {
  return describe_decision(pair.documents[0], region.before, region.kinds()) + " -> " +
         describe_decision(pair.documents[1], region.after, region.kinds());
}

TEST(DiffPolicies, AgreeWithBruteForce) {
  Random random(kBruteForceSeed);
  constexpr int kPairs = 50 / stride(5);
  std::size_t cases = 0;
  std::size_t families = 0;
  std::size_t without = 0;  // families that only absent inputs show
  for (int n = 0; n < kPairs; ++n) {
    Json rules = Json::array();
    for (std::size_t i = 1 + random.below(4); i > 0; --i) {
      rules.push_back(any_rule(random, "r" + std::to_string(i)));
    }
    Json policy = policy_of(rules);
    policy["default"] = random.chance(70) ? "deny" : "require";
    Json changed = policy;
    const std::size_t place = random.below(rules.size());
    changed["rules"][place] =
        any_rule(random, random.chance(50) ? "new" : rules[place]["id"].get<std::string>());
    if (random.chance(10)) {
      changed["default"] = random.chance(50) ? "deny" : "require";
    }
    const Pair pair{policy, changed, {parsed_policy(policy), parsed_policy(changed)}};
    std::map<Family, std::set<std::string>> expected;
    std::map<Family, DiffRegion> worst;
    std::set<Family> complete;
    const InputMask named = pair.documents[0].inputs() | pair.documents[1].inputs();
    for (const Phase phase : {Phase::options, Phase::verdict}) {
      for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
        for (const PolicyInputs& one : all_inputs(named, static_cast<PolicyCeremony>(i), phase)) {
          ++cases;
          const std::optional<DiffRegion> region = find_change(pair, phase, one);
          if (!region) {
            continue;
          }
          const Family family = family_of(*region);
          expected[family].insert(told(pair, *region));
          const auto known = worst.find(family);
          if (known == worst.end()) {
            worst.emplace(family, *region);
          } else if (loses_more(*region, known->second)) {
            known->second = *region;
          }
          bool is_complete = true;
          for (const InputRow& row : policy_inputs()) {
            is_complete = is_complete && ((named & mask_of(row.id)) == 0 || one.has(row.id) ||
                                          row.id == PolicyInput::ceremony || row.phase > phase ||
                                          !exists_in(row, one.ceremony()));
          }
          if (is_complete) {
            complete.insert(family);
          }
        }
      }
    }
    const DiffReport report = diff_policies(pair.documents[0], pair.documents[1]);
    ASSERT_FALSE(report.is_undecided());
    std::set<Family> claimed;
    for (const DiffRegion& region : report.regions) {
      const Family family = family_of(region);
      claimed.insert(family);
      ASSERT_TRUE(expected.count(family) != 0) << policy << "\n" << changed;
      EXPECT_TRUE(expected[family].count(told(pair, region)) != 0) << told(pair, region);
    }
    std::size_t count = 0;
    for (const auto& entry : expected) {
      ASSERT_TRUE(claimed.count(entry.first) != 0) << policy << "\n"
                                                   << changed << "\n"
                                                   << *entry.second.begin();
      count += entry.second.size();
      ++families;
      without += complete.count(entry.first) == 0 ? 1 : 0;
      EXPECT_TRUE(std::any_of(report.regions.begin(), report.regions.end(),
                              [&](const DiffRegion& region) {
                                return family_of(region) == entry.first &&
                                       !loses_more(worst.at(entry.first), region);
                              }))
          << policy << "\n"
          << changed;
    }
    EXPECT_EQ(report.count(), count) << policy << "\n" << changed;
  }
  EXPECT_GT(families, 300U / stride(10));
  EXPECT_GE(without, 20U / stride(20));
  std::printf(
      "policy: diff of %d random pairs agrees with brute force over %zu inputs (%zu kinds of "
      "change, %zu only where an input is not said)\n",
      kPairs, cases, families, without);
}

}  // namespace
}  // namespace countersign::testing
