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
      for (const RuleExplanation& rule : explain_rules(document, phase, inputs, Money())) {
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
  EXPECT_EQ(explained["missing"], Json::array());
  EXPECT_EQ(explained["rules"][0]["conditions"][1]["text"], "ceremony = transaction.approve");
  EXPECT_EQ(explained["rules"][0]["conditions"][3]["text"], "amount.base more than 30.00 EUR");
}

// A condition that is not known exempts nothing, so that it is no basis either.
TEST(DescribeDecision, NamesTheExemptionThatDecides) {
  const auto exempting = [](const char* id, const Json& condition, const char* basis) {
    return Json{
        {"id", id},
        {"when", {{"all", Json::array({Json{{"ceremony", "transaction.approve"}}, condition})}}},
        {"exempt", {{"basis", basis}}}};
  };
  const PolicyDocument document = parsed_policy(policy_of(
      Json::array({exempting("a", {{"payee.trusted", true}}, "rts.article-13"),
                   exempting("b", {{"amount.base", {{"lte", 3000}}}}, "rts.article-16")})));
  const PolicyInputs inputs =
      inputs_of(Json{{"ceremony", "transaction.approve"}, {"amount.base", 100}});
  EXPECT_EQ(describe_decision(document, evaluate(document, Phase::options, inputs)),
            "is exempted (rts.article-16)");
}

TEST(DescribeLeaf, SaysWhatWasWritten) {
  const auto said = [](const Json& condition) {
    const PolicyDocument document = parsed_policy(
        policy_of(Json{{"id", "a"}, {"when", condition}, {"deny", {{"reason", "x"}}}}));
    return describe_leaf(document, document.leaves().at(0), Money());
  };
  EXPECT_EQ(said({{"amount.base", {{"gt", 3000}}}}), "amount.base more than 30.00 EUR");
  EXPECT_EQ(said({{"amount.base", {{"gte", 3001}}}}), "amount.base at least 30.01 EUR");
  EXPECT_EQ(said({{"sinceSca.sum", {{"lte", 10000}}}}), "sinceSca.sum at most 100.00 EUR");
  EXPECT_EQ(said({{"session.age", {{"lt", "P1D"}}}}), "session.age less than 1 day");
  EXPECT_EQ(said({{"not", {{"session.age", {{"gt", "PT5M"}}}}}}),
            "session.age not more than 5 minutes");
  EXPECT_EQ(said({{"risk.score", 90}}), "risk.score = 90");
  EXPECT_EQ(said({{"risk.score", {{"ne", 90}}}}), "risk.score != 90");
  // The ends of what an input can be: nothing is left, and it is said as it was written.
  EXPECT_EQ(said({{"risk.score", {{"gt", 100}}}}), "risk.score more than 100");
  EXPECT_EQ(said({{"risk.score", {{"lt", 0}}}}), "risk.score less than 0");
  EXPECT_EQ(said({{"risk.score", {{"gte", 0}}}}), "risk.score at least 0");
  EXPECT_EQ(said({{"credential.certification", {{"gt", "L1"}}}}),
            "credential.certification more than L1");
}

TEST(DescribeDuration, SaysItAsPeopleDo) {
  EXPECT_EQ(describe_duration(0), "0 seconds");
  EXPECT_EQ(describe_duration(1), "1 second");
  EXPECT_EQ(describe_duration(300), "5 minutes");
  EXPECT_EQ(describe_duration(86399), "23 hours 59 minutes 59 seconds");
  EXPECT_EQ(describe_duration(86400), "1 day");
  EXPECT_EQ(describe_duration(180 * 86400), "180 days");
}

TEST(WriteExplanation, NamesWhatIsNotKnown) {
  const PolicyDocument retail = parsed_policy(std::string(shipped_policy("retail")));
  const auto explained = [&](Phase phase, const Json& inputs) {
    JsonWriter json;
    write_explanation(json, retail, phase, inputs_of(inputs), Money());
    return Json::parse(json.text());
  };
  Json payment = Json(kPayment);
  payment.erase("payee.trusted");
  payment.erase("risk.score");
  const Json before = explained(Phase::options, payment);
  EXPECT_EQ(before["missing"], Json::array({"payee.trusted", "risk.score"}));
  EXPECT_NE(before["sentence"].get<std::string>().find("; not known: payee.trusted, risk.score"),
            std::string::npos)
      << before["sentence"];
  // Not what no rule asks for, what comes later, or what does not exist there.
  EXPECT_EQ(explained(Phase::options, {{"ceremony", "authenticate"}})["missing"], Json::array());
  // A counter that should be known and is not is denied, whether or not a rule asks.
  EXPECT_EQ(explained(Phase::verdict, {{"ceremony", "authenticate"}})["missing"],
            Json::array({"authentication.counter"}));
}

TEST(DescribeAmount, WritesAsManyDecimalsAsTheCurrencyHas) {
  EXPECT_EQ(describe_amount(5, Money()), "0.05 EUR");
  EXPECT_EQ(describe_amount(3001, {"JPY", 0}), "3001 JPY");
  EXPECT_EQ(describe_amount(3001, {"KWD", 3}), "3.001 KWD");
}

}  // namespace
}  // namespace countersign::testing
