// Names may hold every character that anything joined out of them would be cut at: the rules here
// differ, and a text of their parts side by side would be the same.

#include "policy/rule_equality.h"

#include <cstdio>

#include "policy/diff.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

const Json kPayment = {{"ceremony", "transaction.approve"}};

Json all_of(const std::vector<Json>& conditions) {
  Json parts = Json::array();
  for (const Json& one : conditions) {
    parts.push_back(one);
  }
  return {{"all", parts}};
}
Json any_of(const std::vector<Json>& conditions) {
  Json group = all_of(conditions);
  return {{"any", group["all"]}};
}
Json role(const std::string& name) { return {{"user.roles", {{"contains", name}}}}; }
Json segments(const std::vector<std::string>& names) {
  return {{"user.segment", {{"in", Json(names)}}}};
}
Json until(int hour) { return {{"time.hour", {{"lte", hour}}}}; }

// Everything needs a signature; what matches is denied.
PolicyDocument denying(const Json& condition) {
  const Json every = {
      {"id", "every"}, {"when", kPayment}, {"require", {{"userVerification", "preferred"}}}};
  const Json strict = {{"id", "strict"}, {"when", condition}, {"deny", {{"reason", "risk"}}}};
  return parsed_policy(policy_of(Json::array({every, strict})));
}

// What the rule says, its parts side by side.
std::string side_by_side(const Json& condition) {
  std::string text;
  for (const auto& [name, value] : condition.items()) {
    if (name == "all" || name == "any") {
      std::string parts;
      std::size_t nodes = 1;
      for (const Json& part : value) {
        parts += side_by_side(part);
        nodes += part.begin()->is_array() ? part.begin()->size() + 1 : 1;
      }
      return std::to_string(nodes) + (name == "all" ? "&" : "|") + parts;
    }
    text = "1|" + name + "=";
    if (value.is_string()) {
      return text + value.get<std::string>() + ",";
    }
    if (name == "time.hour") {
      return text + "0.." + std::to_string(value["lte"].get<int>());
    }
    if (value.contains("contains")) {
      return text + value["contains"].get<std::string>();
    }
    for (const Json& one : value["in"]) {
      text += one.get<std::string>() + ",";
    }
  }
  return text;
}

void expect_seen(const Json& one, const Json& other) {
  EXPECT_EQ(side_by_side(one), side_by_side(other));
  ASSERT_NE(one, other);
  const PolicyDocument before = denying(one);
  const PolicyDocument after = denying(other);
  EXPECT_FALSE(is_same_rule(before, before.rules()[1], after, after.rules()[1]));
  EXPECT_TRUE(is_same_rule(before, before.rules()[0], after, after.rules()[0]));
  for (const DiffReport& report : {diff_policies(before, after), diff_policies(after, before)}) {
    EXPECT_FALSE(report.is_undecided());
    EXPECT_GT(report.count(Strictness::weaker), 0U);
    EXPECT_TRUE(report.may_be_weaker());
    EXPECT_TRUE(report.rewritten.empty());
  }
}

TEST(RuleEquality, ANameThatHoldsACommaIsNotTwoNames) {
  expect_seen(all_of({kPayment, segments({"a", "b"})}), all_of({kPayment, segments({"a,b"})}));
}

TEST(RuleEquality, ANameThatHoldsAComparisonIsNotTwoComparisons) {
  expect_seen(all_of({kPayment, role("x"), role("y1|user.roles=z")}),
              all_of({kPayment, role("x1|user.roles=y"), role("z")}));
}

TEST(RuleEquality, TheEndOfARangeIsNotTheBeginningOfACount) {
  std::vector<Json> roles;
  for (int i = 0; i < 11; ++i) {
    roles.push_back(role("r" + std::to_string(i)));
  }
  std::vector<Json> apart = {kPayment, until(11), any_of({roles[0]})};
  apart.insert(apart.end(), roles.begin() + 1, roles.end());
  expect_seen(all_of({kPayment, until(1), any_of(roles)}), all_of(apart));
}

// Every pair of rules over names that hold every delimiter: what is taken for the same decides the
// same, and what a text without lengths would take for the same is found to decide otherwise.
TEST(RuleEquality, HostileNamesAreToldApartInEveryPair) {
  const std::vector<std::string> names = {"a", "b", "a,b", "a,", "b,a", "a,b,a"};
  const std::vector<std::string> roles = {"x",
                                          "z",
                                          "y1|user.roles=z",
                                          "x1|user.roles=y",
                                          "y1|user.roles=y1|user.roles=z",
                                          "x1|user.roles=y1|user.roles=y"};
  std::vector<Json> conditions;
  for (std::size_t set = 1; set < std::size_t{1} << names.size(); ++set) {
    std::vector<std::string> chosen;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if ((set >> i & 1U) != 0) {
        chosen.push_back(names[i]);
      }
    }
    conditions.push_back(all_of({kPayment, segments(chosen)}));
  }
  for (const std::string& one : roles) {
    for (const std::string& other : roles) {
      conditions.push_back(all_of({kPayment, role(one), role(other)}));
    }
  }
  std::vector<PolicyInputs> all;
  std::vector<std::string> values = names;
  values.emplace_back("c");
  for (const std::string& segment : values) {
    for (std::size_t set = 0; set < std::size_t{1} << roles.size(); ++set) {
      std::vector<std::string> members;
      for (std::size_t i = 0; i < roles.size(); ++i) {
        if ((set >> i & 1U) != 0) {
          members.push_back(roles[i]);
        }
      }
      all.push_back(inputs_of(Json{{"ceremony", "transaction.approve"},
                                   {"authentication.counter", "advanced"},
                                   {"user.segment", segment},
                                   {"user.roles", members}}));
    }
  }
  const auto decides_otherwise = [&](const PolicyDocument& one, const PolicyDocument& other) {
    return std::any_of(all.begin(), all.end(), [&](const PolicyInputs& inputs) {
      return evaluate(one, Phase::verdict, inputs).outcome !=
             evaluate(other, Phase::verdict, inputs).outcome;
    });
  };
  std::vector<PolicyDocument> documents;
  std::vector<std::string> texts;
  for (const Json& condition : conditions) {
    documents.push_back(denying(condition));
    texts.push_back(side_by_side(condition));
  }
  std::size_t pairs = 0;
  std::size_t alike = 0;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    for (std::size_t j = 0; j < documents.size(); ++j) {
      ++pairs;
      const bool is_same = is_same_rule(documents[i], documents[i].rules()[1], documents[j],
                                        documents[j].rules()[1]);
      EXPECT_EQ(is_same, i == j) << conditions[i] << conditions[j];
      if (i == j || texts[i] != texts[j]) {
        continue;
      }
      ++alike;
      const DiffReport report = diff_policies(documents[i], documents[j]);
      EXPECT_FALSE(report.is_undecided());
      EXPECT_EQ(!report.regions.empty(), decides_otherwise(documents[i], documents[j]))
          << conditions[i] << conditions[j];
    }
  }
  EXPECT_GT(alike, 20U);
  std::printf("policy: %zu pairs of rules told apart, %zu of them alike side by side\n", pairs,
              alike);
}

// By its text it is another one, and by the search it changes nothing: both are said.
TEST(RuleEquality, WhatIsOnlyWrittenOtherwiseIsNamed) {
  const auto of = [](const Json& hour) {
    return denying(all_of({kPayment, {{"time.hour", hour}}}));
  };
  const PolicyDocument before = of({{"lt", 12}});
  const PolicyDocument after = of({{"lte", 11}});
  EXPECT_TRUE(is_same_rule(before, before.rules()[1], after, after.rules()[1]));
  EXPECT_NE(encode_rules(before)[1], encode_rules(after)[1]);
  EXPECT_EQ(encode_rules(before)[0], encode_rules(after)[0]);
  const DiffReport report = diff_policies(before, after);
  EXPECT_TRUE(report.regions.empty());
  EXPECT_FALSE(report.may_be_weaker());
  EXPECT_EQ(report.rewritten, std::vector<std::string>{"strict"});
  EXPECT_EQ(describe_rewritten(report), "rule strict is written otherwise and changes no decision");
  EXPECT_TRUE(diff_policies(before, before).rewritten.empty());
  EXPECT_EQ(describe_rewritten(diff_policies(before, before)), "");
}

// Each member of what a rule says, changed alone.
TEST(RuleEquality, EachPartOfARuleCounts) {
  const std::string model = "cb69481e-8ff7-4039-93ec-0a2729a154a8";
  const std::string another = "ee882879-721c-4913-9775-3dfcce97072a";
  const auto document = [&](const Json& rule, const std::string& listed) {
    return parsed_policy(policy_of(rule, {{"s", {{"timeout", "PT5M"}}}},
                                   {{"keys", Json::array({listed})}, {"more", {model}}}));
  };
  const Json condition =
      all_of({kPayment, {{"credential.aaguid", {{"inList", "keys"}}}}, until(3)});
  const Json rule = {{"id", "r"}, {"when", condition}, {"require", {{"strength", "s"}}}};
  const PolicyDocument before = document(rule, model);
  const auto is_same = [&](const Json& changed, const std::string& listed) {
    const PolicyDocument after = document(changed, listed);
    return is_same_rule(before, before.rules()[0], after, after.rules()[0]);
  };
  EXPECT_TRUE(is_same(rule, model));
  EXPECT_FALSE(is_same(rule, another)) << "another model on its list";
  const auto with = [&](const Json::json_pointer& at, const Json& value) {
    Json changed = rule;
    changed[at] = value;
    return changed;
  };
  using At = Json::json_pointer;
  EXPECT_TRUE(is_same(with(At("/when/all/1/credential.aaguid/inList"), "more"), model));
  EXPECT_FALSE(is_same(with(At("/when/all/2/time.hour/lte"), 4), model));
  EXPECT_FALSE(is_same(with(At("/when/all/2"), {{"time.hour", {{"gte", 3}}}}), model));
  EXPECT_FALSE(is_same(with(At("/when/all/2"), {{"sinceSca.count", {{"lte", 3}}}}), model));
  EXPECT_FALSE(is_same(with(At("/when/all/2"), {{"not", until(3)}}), model));
  EXPECT_FALSE(is_same(with(At("/when"), {{"any", condition["all"]}}), model));
  EXPECT_FALSE(is_same(with(At("/when/all/3"), until(3)), model));
  EXPECT_FALSE(is_same(with(At("/require"), {{"timeout", "PT6M"}}), model));
  EXPECT_TRUE(is_same(with(At("/require"), {{"timeout", "PT5M"}}), model));
  EXPECT_FALSE(is_same(with(At("/require"), {{"timeout", "PT5M"}, {"hints", {"hybrid"}}}), model));
  Json denied = rule;
  denied.erase("require");
  denied["deny"] = {{"reason", "risk"}};
  EXPECT_FALSE(is_same(denied, model));
  const PolicyDocument one = document(denied, model);
  denied["deny"]["reason"] = "closed";
  const PolicyDocument other = document(denied, model);
  EXPECT_FALSE(is_same_rule(one, one.rules()[0], other, other.rules()[0]));
  EXPECT_TRUE(is_same_rule(one, one.rules()[0], one, one.rules()[0]));
}

}  // namespace
}  // namespace countersign::testing
