#include "policy/explanation.h"

#include "policy/policy_json.h"
#include "policy/shipped.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

const Json kPayment = {{"ceremony", "transaction.approve"},
                       {"amount.base", 3001},
                       {"sinceSca.sum", 0},
                       {"payee.known", true},
                       {"payee.trusted", false},
                       {"payee.confusable", false},
                       {"risk.score", 0}};

TEST(ExplainRules, EachRulesTruthIsThatOfItsFirstConditionAndOfTheEvaluation) {
  Random random(13);
  for (int i = 0; i < 200; ++i) {
    const PolicyDocument document =
        parsed_policy(random_policy(random, PolicyRange::wide, 1 + random.below(6)));
    const PolicyInputs inputs = inputs_of(random_inputs(random));
    for (const Phase phase : {Phase::options, Phase::verdict}) {
      const Decision decision = evaluate(document, phase, inputs);
      std::vector<RuleMatch> matches;
      for (const RuleExplanation& rule : explain_rules(document, phase, inputs)) {
        ASSERT_FALSE(rule.conditions.empty());
        EXPECT_EQ(rule.conditions[0].truth, rule.truth);
        if (rule.truth != Truth::no) {
          matches.push_back({rule.rule, rule.truth});
        }
      }
      EXPECT_EQ(matches, decision.matches);
    }
  }
}

TEST(WriteExplanation, SaysItInASentence) {
  const PolicyDocument retail = parsed_policy(std::string(shipped_policy("retail")));
  JsonWriter json;
  write_explanation(json, retail, Phase::options, inputs_of(kPayment), Money());
  const Json explained = Json::parse(json.text());
  EXPECT_EQ(explained["sentence"],
            "a transfer of 30.01 EUR to a known payee at risk 0 after 0.00 EUR without SCA needs "
            "user verification required");
  EXPECT_EQ(explained["decision"]["outcome"], "require");
  EXPECT_EQ(explained["rules"][0]["id"], "pay");
  EXPECT_EQ(explained["rules"][0]["conditions"][1]["text"], "ceremony = transaction.approve");
}

TEST(DescribeAmount, WritesAsManyDecimalsAsTheCurrencyHas) {
  EXPECT_EQ(describe_amount(5, Money()), "0.05 EUR");
  EXPECT_EQ(describe_amount(3001, {"JPY", 0}), "3001 JPY");
  EXPECT_EQ(describe_amount(3001, {"KWD", 3}), "3.001 KWD");
}

}  // namespace
}  // namespace countersign::testing
