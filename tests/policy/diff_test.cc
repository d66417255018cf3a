#include "policy/diff.h"

#include <cstdio>

#include "policy/diff_ranking.h"
#include "policy/shipped.h"
#include "policy/wording.h"
#include "tests/policy/bank_corpus.h"

namespace countersign::testing {
namespace {

// Each region's example, decided again by both documents, changes as the region says.
void expect_shown(const PolicyDocument& before, const PolicyDocument& after,
                  const DiffRegion& region) {
  const auto decide = [&](const PolicyDocument& document) {
    return hold_exemption(document, evaluate(document, region.phase, region.example));
  };
  const Decision one = decide(before);
  const Decision other = decide(after);
  const Strictness shown = compare_decisions(before, one, after, other);
  const bool is_told_otherwise = region.change == Strictness::incomparable &&
                                 region.before.outcome == region.after.outcome &&
                                 region.before.outcome != Outcome::require;
  EXPECT_EQ(shown, is_told_otherwise ? Strictness::same : region.change);
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

// Boxes, not seconds: tests/bench has what a box costs.
TEST(DiffPolicies, ABanksThousandRulesAreComparedWhole) {
  for (const std::size_t rules : {200U, 1000U}) {
    Json changed = bank_policy(rules);
    changed["rules"].erase(5);
    changed["rules"].erase(40);
    const DiffReport report =
        diff_policies(parsed_policy(bank_policy(rules)), parsed_policy(changed), kMaxDiffBoxes / 5);
    for (const UndecidedDiff& one : report.undecided) {
      ADD_FAILURE() << rules << " rules, not compared: " << describe_undecided(one);
    }
    EXPECT_TRUE(is_listed_as_weaker(report, "rule-5"));
  }
}

// A rule that did not change demands as much, and what differs beside it is seen.
TEST(DiffPolicies, WhatAnotherRuleDemandsAnywayIsNoChange) {
  const Json pay = {{"ceremony", "transaction.approve"}};
  const Json large = {{"amount.base", {{"gte", 100000}}}};
  const auto rule = [](const char* id, const Json& when, const Json& demand) {
    return Json{{"id", id}, {"when", when}, {"require", demand}};
  };
  const auto compare = [&](const Json& kept, const Json& gone) {
    return diff_policies(parsed_policy(policy_of(Json::array({kept, gone}))),
                         parsed_policy(policy_of(Json::array({kept}))));
  };
  const Json all = rule("all", pay, {{"displayTier", 2}, {"coolingOff", "P1D"}});
  const auto where_large = [&](const Json& more) {
    return Json{{"all", Json::array({pay, large, more})}};
  };
  const Json web = {{"channel", "web"}};
  EXPECT_TRUE(compare(all, rule("more", where_large(web), {{"displayTier", 1}})).regions.empty());
  const DiffReport more = compare(
      all, rule("more", where_large(web), {{"displayTier", 2}, {"userVerification", "required"}}));
  ASSERT_FALSE(more.regions.empty());
  EXPECT_EQ(more.regions[0].lost, mask_of(RequirementKind::user_verification));
  // Beside a demand a rule may have let a clone pass.
  const Json accepting =
      rule("more", where_large({{"authentication.counter", "not-advanced"}}), {{"displayTier", 1}});
  const DiffReport clone = compare(all, accepting);
  ASSERT_FALSE(clone.regions.empty());
  EXPECT_EQ(clone.regions[0].change, Strictness::stricter);
  const Json exempt = {{"id", "free"},
                       {"when", where_large({{"authentication.counter", "not-advanced"}})},
                       {"exempt", {{"basis", "rts.article-13"}}}};
  EXPECT_FALSE(compare(all, exempt).regions.empty());
}

TEST(DiffPolicies, WhatLosesMostComesFirst) {
  const DiffReport report = diff_policies(parsed_policy(std::string(shipped_policy("corporate"))),
                                          parsed_policy(std::string(shipped_policy("retail"))));
  ASSERT_GT(report.count(Strictness::weaker), 0U);
  for (std::size_t i = 1; i < report.regions.size(); ++i) {
    EXPECT_FALSE(loses_more(report.regions[i], report.regions[i - 1]));
  }
  EXPECT_EQ(report.regions.front().change, Strictness::weaker);
  EXPECT_EQ(report.regions.back().change, Strictness::stricter);
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

const Json kPaid = {{"ceremony", "transaction.approve"}};
const Json kFourEyes = {{"approvals", {{"count", 2}, {"distinctUsers", true}}}};

Json rule_of(const char* id, const Json& when, const char* effect, const Json& what) {
  return {{"id", id}, {"when", when}, {effect, what}};
}
Json all_of(const std::vector<Json>& parts) { return {{"all", parts}}; }

DiffReport compared(const std::vector<Json>& before, const std::vector<Json>& after) {
  const PolicyDocument one = parsed_policy(policy_of(Json(before)));
  const PolicyDocument other = parsed_policy(policy_of(Json(after)));
  DiffReport report = diff_policies(one, other);
  EXPECT_FALSE(report.is_undecided());
  for (const DiffRegion& region : report.regions) {
    expect_shown(one, other, region);
  }
  return report;
}

// A clone signs with a counter that did not advance: only a comparison that is true for it lets it.
TEST(DiffPolicies, ARuleThatAcceptsAClonedAuthenticatorIsWeaker) {
  const Json sign = rule_of("sign", kPaid, "require", {{"userVerification", "required"}});
  for (const Json& operand : {Json{{"ne", "advanced"}}, Json{{"in", {"zero", "not-advanced"}}},
                              Json{{"in", {"advanced", "not-advanced"}}}, Json("not-advanced")}) {
    const Json watch =
        rule_of("watch", all_of({kPaid, {{"authentication.counter", operand}}}), "require",
                {{"userVerification", "required"}, {"coolingOff", "PT1H"}});
    const DiffReport report = compared({sign}, {sign, watch});
    ASSERT_FALSE(report.regions.empty()) << operand;
    const DiffRegion& first = report.regions.front();
    EXPECT_EQ(first.change, Strictness::weaker) << operand;
    EXPECT_EQ(first.before.basis, DecisionBasis::counter_not_advanced);
    EXPECT_EQ(first.example.number(PolicyInput::authentication_counter), 2);
    EXPECT_TRUE(report.may_be_weaker());
    EXPECT_FALSE(compared({sign, watch}, {sign}).regions.empty());
  }
  const Json zero = rule_of("watch", all_of({kPaid, {{"authentication.counter", "zero"}}}),
                            "require", {{"coolingOff", "PT1H"}});
  EXPECT_FALSE(compared({sign}, {sign, zero}).may_be_weaker());
}

// What is unknown accepts no counter, though the rule matches.
TEST(DiffPolicies, ACounterIsAcceptedOnlyWhereTheRuleIsTrue) {
  const Json sign = rule_of("sign", kPaid, "require", Json::object());
  const Json counter = {{"authentication.counter", "not-advanced"}};
  const Json known = rule_of("a", all_of({kPaid, counter, {{"risk.score", {{"gte", 0}}}}}),
                             "require", Json::object());
  const Json any = rule_of("a", all_of({kPaid, counter}), "require", Json::object());
  const DiffReport report = compared({sign, known}, {sign, any});
  ASSERT_EQ(report.regions.size(), 1U);
  EXPECT_EQ(report.regions[0].change, Strictness::weaker);
  EXPECT_FALSE(report.regions[0].example.has(PolicyInput::risk_score));
}

// Nobody says a risk: the usual case of what a browser begins.
TEST(DiffPolicies, WhatChangesOnlyWhereAnInputIsNotSaidIsFound) {
  const Json assessed = rule_of(
      "low", all_of({kPaid, {{"amount.base", {{"lte", 3000}}}}, {{"risk.score", {{"gte", 0}}}}}),
      "exempt", {{"basis", "rts.article-16"}});
  const Json any = rule_of("low", all_of({kPaid, {{"amount.base", {{"lte", 3000}}}}}), "exempt",
                           {{"basis", "rts.article-16"}});
  const DiffReport report = compared({assessed}, {any});
  ASSERT_FALSE(report.regions.empty());
  for (const DiffRegion& region : report.regions) {
    EXPECT_EQ(region.change, Strictness::weaker);
    EXPECT_FALSE(region.example.has(PolicyInput::risk_score));
    EXPECT_EQ(describe_example(region, Money()),
              "a transfer of 0.00 EUR for which risk.score is not said");
  }
  EXPECT_TRUE(report.may_be_weaker());
  EXPECT_FALSE(compared({any}, {assessed}).may_be_weaker());
}

TEST(DiffPolicies, ASetThatIsNotSaidIsNotAnEmptyOne) {
  const Json sign = rule_of("sign", kPaid, "require", Json::object());
  const Json lacks = {{"not", {{"user.roles", {{"contains", "clerk"}}}}}};
  const Json has = {{"user.roles", {{"contains", "clerk"}}}};
  const Json denial = rule_of("no", all_of({kPaid, has, lacks}), "deny", {{"reason", "x"}});
  const DiffReport report = compared({sign, denial}, {sign});
  ASSERT_FALSE(report.regions.empty());
  EXPECT_EQ(report.regions[0].change, Strictness::weaker);
  EXPECT_FALSE(report.regions[0].example.has(PolicyInput::user_roles));
}

// What an unchanged rule still demands in the example that is found first hides no loss elsewhere.
TEST(DiffPolicies, AnUnchangedRuleMasksNoLoss) {
  const Json pay =
      rule_of("pay", kPaid, "require",
              {{"approvals", {{"count", 2}, {"distinctUsers", true}}}, {"timeout", "PT10M"}});
  const Json longer = rule_of("pay", kPaid, "require", {{"timeout", "PT11M"}});
  for (const Json& part : {Json{{"user.segment", "retail"}}, Json{{"amount.base", {{"lt", 100}}}},
                           Json{{"not", {{"user.segment", "corporate"}}}}}) {
    const Json four = rule_of("four", all_of({kPaid, part}), "require", kFourEyes);
    const DiffReport report = compared({four, pay}, {four, longer});
    ASSERT_GE(report.regions.size(), 2U) << part;
    EXPECT_EQ(report.regions[0].before.requirements.approvals, 2);
    EXPECT_EQ(report.regions[0].after.requirements.approvals, 0);
    EXPECT_EQ(report.regions[1].lost, mask_of(RequirementKind::timeout));
  }
}

// A day becomes nothing where nothing else demands an age, and hours where something does.
TEST(DiffPolicies, TheCaseThatLosesMostIsAmongThoseListed) {
  const auto old = [](int hours) -> Json {
    return {{"coolingOff", "PT" + std::to_string(hours) + "H"}};
  };
  std::vector<Json> rules;
  for (int i = 1; i <= 8; ++i) {
    rules.push_back(rule_of(("u" + std::to_string(i)).c_str(),
                            all_of({kPaid, {{"amount.base", {{"gte", 1000 * i}}}}}), "require",
                            old(i)));
  }
  rules.push_back(rule_of("all", kPaid, "require", old(24)));
  const PolicyDocument before = parsed_policy(policy_of(Json(rules)));
  rules.back() = rule_of("all", kPaid, "require", Json::object());
  const DiffReport report = diff_policies(before, parsed_policy(policy_of(Json(rules))));
  ASSERT_EQ(report.regions.size(), kMaxDiffVariants);
  EXPECT_EQ(report.regions[0].after.requirements.cooling_off, 0);
  EXPECT_EQ(report.regions[1].after.requirements.cooling_off, 3600);
  EXPECT_EQ(report.regions[0].more, 9 - kMaxDiffVariants);
}

// A denial that waits for the credential holds an exemption: without it nobody signs any more.
TEST(DiffPolicies, ADenialThatWasPendingLosesASignatureToo) {
  const Json exempt = rule_of("free", kPaid, "exempt", {{"basis", "rts.article-13"}});
  const Json young = rule_of("young", all_of({kPaid, {{"credential.age", {{"lt", "P1D"}}}}}),
                             "deny", {{"reason", "young"}});
  const DiffReport report = compared({exempt, young}, {exempt});
  EXPECT_TRUE(
      std::any_of(report.regions.begin(), report.regions.end(), [](const DiffRegion& region) {
        return region.phase == Phase::options && region.change == Strictness::weaker &&
               region.before.outcome == Outcome::require &&
               region.after.outcome == Outcome::exempt &&
               region.rules_before == std::vector<std::string>{"young"};
      }));
}

TEST(DiffPolicies, AnotherBasisIsAChangeThatOnePersonDoesNotMake) {
  const Json old = rule_of("free", kPaid, "exempt", {{"basis", "rts.article-16"}});
  const Json fresh = rule_of("free", kPaid, "exempt", {{"basis", "rts.article-13"}});
  const DiffReport report = compared({old}, {fresh});
  ASSERT_FALSE(report.regions.empty());
  EXPECT_EQ(report.count(Strictness::incomparable), report.count());
  EXPECT_TRUE(report.may_be_weaker());
}

TEST(DiffPolicies, AnotherReasonIsAChangeThatLetsNothingPass) {
  const Json other =
      rule_of("b", all_of({kPaid, {{"risk.score", {{"gte", 90}}}}}), "deny", {{"reason", "fraud"}});
  const Json old = rule_of("a", kPaid, "deny", {{"reason", "risk"}});
  const Json fresh = rule_of("a", kPaid, "deny", {{"reason", "closed"}});
  const DiffReport report = compared({old, other}, {fresh, other});
  ASSERT_FALSE(report.regions.empty());
  for (const DiffRegion& region : report.regions) {
    EXPECT_EQ(region.change, Strictness::incomparable);
    EXPECT_EQ(region.before.outcome, Outcome::deny);
  }
  EXPECT_FALSE(report.may_be_weaker());
  EXPECT_TRUE(compared({old}, {old, other}).regions.empty());  // a reason beside the first
}

}  // namespace
}  // namespace countersign::testing
