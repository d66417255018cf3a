#include "policy/diff.h"

#include <cstdio>

#include "policy/shipped.h"
#include "policy/wording.h"
#include "tests/policy/bank_corpus.h"

namespace countersign::testing {
namespace {

constexpr std::uint64_t kSeed = 20261127;

// Each region's example, decided again by both documents, changes as the region says.
void expect_shown(const PolicyDocument& before, const PolicyDocument& after,
                  const DiffRegion& region) {
  const Decision one = evaluate(before, region.phase, region.example);
  const Decision other = evaluate(after, region.phase, region.example);
  EXPECT_EQ(compare_decisions(before, one, after, other), region.change);
  EXPECT_NE(region.change, Strictness::same);
  EXPECT_EQ(one.outcome, region.before.outcome);
  EXPECT_EQ(other.outcome, region.after.outcome);
}

TEST(DiffPolicies, FindNothingBetweenEquals) {
  for (const ShippedPolicy& shipped : shipped_policies()) {
    const PolicyDocument document = parsed_policy(std::string(shipped.json));
    EXPECT_TRUE(diff_policies(document, document).regions.empty());
    Json reversed = Json::parse(shipped.json);
    std::reverse(reversed["rules"].begin(), reversed["rules"].end());
    const DiffReport report = diff_policies(document, parsed_policy(reversed));
    EXPECT_TRUE(report.regions.empty());
    EXPECT_FALSE(report.may_be_weaker());
  }
}

TEST(DiffPolicies, NameARaisedThresholdWithItsFirstPayment) {
  const std::string retail(shipped_policy("retail"));
  Json raised = Json::parse(retail);
  for (Json& rule : raised["rules"]) {
    if (rule["id"] == "pay-high") {
      rule["when"]["all"][1]["amount.base"]["gte"] = 2000000;
    }
  }
  const PolicyDocument before = parsed_policy(retail);
  const PolicyDocument after = parsed_policy(raised);
  const DiffReport report = diff_policies(before, after);
  ASSERT_FALSE(report.regions.empty());
  for (const DiffRegion& region : report.regions) {
    expect_shown(before, after, region);
    EXPECT_EQ(region.change, Strictness::weaker);
    EXPECT_GE(region.example.number(PolicyInput::amount_base), 1000000);
    EXPECT_LT(region.example.number(PolicyInput::amount_base), 2000000);
    EXPECT_EQ(region.rules_before, std::vector<std::string>{"pay-high"});
    EXPECT_TRUE(region.rules_after.empty());
  }
  EXPECT_TRUE(report.may_be_weaker());
  std::printf(
      "policy: diff: %s: %s\n", std::string(strictness_name(report.regions[0].change)).c_str(),
      describe_situation(report.regions[0].example, mask_of(PolicyInput::amount_base), Money())
          .c_str());
  const DiffReport back = diff_policies(after, before);
  EXPECT_FALSE(back.may_be_weaker());
  EXPECT_FALSE(back.regions.empty());
}

TEST(DiffPolicies, ListTheRuleThatReplacesADefault) {
  const Json rule = {{"id", "a"},
                     {"when", {{"ceremony", "authenticate"}}},
                     {"require", {{"userVerification", "required"}}}};
  const PolicyDocument empty = parsed_policy(policy_of(Json::array()));
  const PolicyDocument one = parsed_policy(policy_of(rule));
  const DiffReport report = diff_policies(empty, one);
  ASSERT_EQ(report.regions.size(), 1U);
  EXPECT_EQ(report.regions[0].change, Strictness::weaker);
  EXPECT_EQ(report.regions[0].example.ceremony(), PolicyCeremony::authenticate);
  Json lenient = policy_of(rule);
  lenient["default"] = "require";
  EXPECT_TRUE(diff_policies(one, parsed_policy(lenient)).may_be_weaker());
  EXPECT_FALSE(diff_policies(parsed_policy(lenient), one).may_be_weaker());
}

// Brute force: a kind of change is listed for a ceremony exactly where some input shows it.
TEST(DiffPolicies, AgreeWithBruteForce) {
  Random random(kSeed);
  constexpr int kPairs = 80;
  std::vector<PolicyInputs> inputs;
  for (const Json& one : small_inputs()) {
    inputs.push_back(inputs_of(one));
  }
  std::size_t regions = 0;
  for (int n = 0; n < kPairs; ++n) {
    Json policy = random_policy(random, PolicyRange::small, 1 + random.below(4));
    const PolicyDocument before = parsed_policy(policy);
    policy["rules"][random.below(policy["rules"].size())] =
        random_rule(random, PolicyRange::small, "new");
    const PolicyDocument after = parsed_policy(policy);
    const DiffReport report = diff_policies(before, after);
    ASSERT_FALSE(report.is_undecided);
    std::set<std::pair<PolicyCeremony, Strictness>> claimed;
    std::set<std::pair<PolicyCeremony, Strictness>> expected;
    for (const DiffRegion& region : report.regions) {
      expect_shown(before, after, region);
      if (region.phase == Phase::verdict) {
        claimed.emplace(region.example.ceremony(), region.change);
      }
      ++regions;
    }
    for (const PolicyInputs& one : inputs) {
      const Strictness change = compare_decisions(before, evaluate(before, Phase::verdict, one),
                                                  after, evaluate(after, Phase::verdict, one));
      if (change != Strictness::same) {
        expected.emplace(one.ceremony(), change);
      }
    }
    ASSERT_EQ(claimed, expected) << policy;
  }
  EXPECT_GT(regions, 100U);
  std::printf("policy: diff of %d random pairs agrees with brute force (%zu regions)\n", kPairs,
              regions);
}

TEST(DiffPolicies, SayWhenTheBudgetEnded) {
  Json other = worst_policy(40);
  other["default"] = "require";
  const DiffReport report =
      diff_policies(parsed_policy(worst_policy(40)), parsed_policy(other), 1000);
  EXPECT_TRUE(report.is_undecided);
  EXPECT_TRUE(report.may_be_weaker());
}

TEST(DiffPolicies, WhatMayGetWeakerComesFirst) {
  const DiffReport report = diff_policies(parsed_policy(std::string(shipped_policy("corporate"))),
                                          parsed_policy(std::string(shipped_policy("retail"))));
  ASSERT_GT(report.count(Strictness::weaker), 0U);
  std::vector<Strictness> order;
  for (const DiffRegion& region : report.regions) {
    if (order.empty() || order.back() != region.change) {
      order.push_back(region.change);
    }
  }
  const std::vector<Strictness> wanted = {Strictness::weaker, Strictness::incomparable,
                                          Strictness::stricter};
  std::size_t at = 0;
  for (const Strictness change : order) {
    while (at < wanted.size() && wanted[at] != change) {
      ++at;
    }
    ASSERT_LT(at, wanted.size()) << strictness_name(change);
  }
}

// The customer signs in any case, and the verdict denies: an exemption beside it lets nobody pass.
TEST(DiffPolicies, AnExemptionThatADenialHoldsIsNotWeaker) {
  const Json pay = {{"ceremony", "transaction.approve"}};
  const Json denial = {{"id", "no"},
                       {"when", {{"all", {pay, {{"credential.backedUp", true}}}}}},
                       {"deny", {{"reason", "x"}}}};
  const Json sign = {{"id", "sign"}, {"when", pay}, {"require", Json::object()}};
  const Json exempt = {{"id", "free"}, {"when", pay}, {"exempt", {{"basis", "rts.article-13"}}}};
  const PolicyDocument before = parsed_policy(policy_of(Json::array({sign, denial})));
  const PolicyDocument after = parsed_policy(policy_of(Json::array({exempt, denial})));
  for (const DiffRegion& region : diff_policies(before, after).regions) {
    EXPECT_NE(region.phase, Phase::options);
    EXPECT_NE(region.before.outcome, Outcome::deny);
  }
  const PolicyDocument free = parsed_policy(policy_of(Json::array({exempt})));
  EXPECT_TRUE(diff_policies(before, free).may_be_weaker());
}

}  // namespace
}  // namespace countersign::testing
