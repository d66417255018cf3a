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
    ASSERT_FALSE(report.is_undecided());
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

// Rules of one ceremony in which no two boxes are alike, and other ones in each revision.
void add_noise(Json& rules, const std::string& ceremony, int count, Random& random) {
  const auto leaf = [&]() -> Json {
    return random.below(2) == 0
               ? Json{{"risk.signals", {{"contains", "s" + std::to_string(random.below(40))}}}}
               : Json{{"user.roles", {{"contains", "r" + std::to_string(random.below(40))}}}};
  };
  for (int i = 0; i < count; ++i) {
    Json any = Json::array();
    for (int k = 0; k < 3; ++k) {
      any.push_back(Json{{"all", Json::array({leaf(), leaf(), leaf()})}});
    }
    rules.push_back(
        {{"id", "noise-" + ceremony + std::to_string(i)},
         {"when", {{"all", Json::array({Json{{"ceremony", ceremony}}, Json{{"any", any}}})}}},
         {"require", {{"timeout", "PT" + std::to_string(1 + random.below(9)) + "M"}}}});
  }
}

// Four eyes and a denial, which the second revision lacks, among noise.
PolicyDocument noisy_policy(int revision, const std::vector<std::string>& noise) {
  Random random(static_cast<std::uint64_t>(revision));
  const Json pay = {{"ceremony", "transaction.approve"}};
  Json rules = Json::array();
  for (const char* ceremony : {"register", "authenticate", "transaction.approve"}) {
    rules.push_back({{"id", std::string("all-") + ceremony},
                     {"when", {{"ceremony", ceremony}}},
                     {"require", {{"userVerification", "required"}}}});
  }
  for (const std::string& ceremony : noise) {
    add_noise(rules, ceremony, 30, random);
  }
  if (revision == 1) {
    rules.push_back({{"id", "high"},
                     {"when", {{"all", Json::array({pay, {{"amount.base", {{"gte", 100000}}}}})}}},
                     {"require", {{"approvals", {{"count", 2}, {"distinctUsers", true}}}}}});
    rules.push_back({{"id", "risk"},
                     {"when", {{"all", Json::array({pay, {{"risk.score", {{"gte", 90}}}}})}}},
                     {"deny", {{"reason", "risk"}}}});
  }
  return parsed_policy(policy_of(rules));
}

// [the whole budget shows no more here and takes seconds]
constexpr std::size_t kFewBoxes = 50000;

// Whether what goes with the rule alone is listed as weaker.
bool is_listed_as_weaker(const DiffReport& report, const std::string& rule) {
  return std::any_of(report.regions.begin(), report.regions.end(), [&](const DiffRegion& region) {
    return region.change == Strictness::weaker &&
           region.rules_before == std::vector<std::string>{rule} && region.rules_after.empty();
  });
}

TEST(DiffPolicies, NoiseInOneCeremonyHidesNothingInAnother) {
  const PolicyDocument before = noisy_policy(1, {"register", "authenticate"});
  const PolicyDocument after = noisy_policy(2, {"register", "authenticate"});
  const DiffReport report = diff_policies(before, after, kFewBoxes);
  EXPECT_TRUE(is_listed_as_weaker(report, "high"));
  EXPECT_TRUE(is_listed_as_weaker(report, "risk"));
  EXPECT_TRUE(report.may_be_weaker());
  std::set<PolicyCeremony> open;
  for (const UndecidedDiff& one : report.undecided) {
    open.insert(one.ceremony);
    EXPECT_FALSE(one.rules.empty());
    for (const std::string& rule : one.rules) {
      EXPECT_TRUE(rule.starts_with("noise-")) << rule;
    }
    EXPECT_FALSE(one.is_default_open);
  }
  EXPECT_EQ(open,
            (std::set<PolicyCeremony>{PolicyCeremony::registration, PolicyCeremony::authenticate}));
  for (const DiffRegion& region : report.regions) {
    expect_shown(before, after, region);
  }
}

TEST(DiffPolicies, NoiseInTheSameCeremonyHidesNoRemovalEither) {
  const std::vector<std::string> noise = {"transaction.approve"};
  const DiffReport report =
      diff_policies(noisy_policy(1, noise), noisy_policy(2, noise), kFewBoxes);
  EXPECT_TRUE(is_listed_as_weaker(report, "high"));
  EXPECT_TRUE(is_listed_as_weaker(report, "risk"));
  ASSERT_EQ(report.undecided.size(), 1U);
  EXPECT_TRUE(describe_undecided(report.undecided[0]).starts_with("a transfer: rules "))
      << describe_undecided(report.undecided[0]);
}

// Rules that match at ordinary values, put there to stand before what goes.
TEST(DiffPolicies, WhatIsAddedBesideARemovalDoesNotHideIt) {
  const Json pay = {{"ceremony", "transaction.approve"}};
  const Json sign = {{"id", "sign"}, {"when", pay}, {"require", Json::object()}};
  const Json high = {{"id", "high"}, {"when", pay}, {"require", {{"approvals", {{"count", 2}}}}}};
  Json before = Json::array({sign, high});
  Json after = Json::array({sign});
  // Whatever is sampled first is denied afterwards.
  after.push_back({{"id", "cover"},
                   {"when", {{"all", Json::array({pay, {{"time.hour", 12}}})}}},
                   {"deny", {{"reason", "x"}}}});
  Random random(7);
  add_noise(before, "transaction.approve", 30, random);
  add_noise(after, "transaction.approve", 30, random);
  const DiffReport report =
      diff_policies(parsed_policy(policy_of(before)), parsed_policy(policy_of(after)), kFewBoxes);
  EXPECT_TRUE(report.is_undecided());
  EXPECT_TRUE(is_listed_as_weaker(report, "high"));
}

TEST(DiffPolicies, SayWhenTheBudgetEndedAndWhatIsOpen) {
  Json other = worst_policy(40);
  other["default"] = "require";
  other["rules"].erase(7);
  const PolicyDocument before = parsed_policy(worst_policy(40));
  const PolicyDocument after = parsed_policy(other);
  for (const std::size_t boxes : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
    const DiffReport report = diff_policies(before, after, boxes);
    EXPECT_TRUE(report.is_undecided());
    EXPECT_TRUE(report.may_be_weaker());
    std::set<PolicyCeremony> open;
    for (const UndecidedDiff& one : report.undecided) {
      open.insert(one.ceremony);
      EXPECT_TRUE(one.is_default_open);
    }
    EXPECT_EQ(open.size(), kPolicyCeremonies) << boxes;
    if (boxes == 0) {
      EXPECT_EQ(describe_undecided(report.undecided[0]), "a registration: rule w7, the default");
      EXPECT_EQ(describe_undecided(report.undecided.back()),
                "publishing a policy: rule w7, the default");
    }
  }
}

TEST(DiffPolicies, RegionsAreBounded) {
  Json before = Json::array();
  Json after = Json::array();
  for (int i = 0; i < 12; ++i) {  // 4,096 combinations of what changed
    Json rule = {
        {"id", "r" + std::to_string(i)},
        {"when",
         {{"all", Json::array({Json{{"ceremony", "authenticate"}},
                               Json{{"user.roles", {{"contains", std::to_string(i)}}}}})}}},
        {"require", {{"timeout", "PT" + std::to_string(10 + i) + "M"}}}};
    before.push_back(rule);
    rule["require"]["timeout"] = "PT" + std::to_string(30 + i) + "M";
    after.push_back(rule);
  }
  const DiffReport report =
      diff_policies(parsed_policy(policy_of(before)), parsed_policy(policy_of(after)));
  EXPECT_TRUE(report.is_undecided());
  EXPECT_GE(report.regions.size(), kMaxDiffRegions);
  EXPECT_LE(report.regions.size(), kMaxDiffRegions + 2 * 12);
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
