#include "policy/overview.h"

#include <gtest/gtest.h>

#include "policy/shipped.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

// Of one ceremony: "condition: demand [rule]" a line.
std::string overview_of(const PolicyDocument& document, PolicyCeremony ceremony) {
  std::string text;
  for (const OverviewRow& row : list_overview(document, Money())) {
    if (row.ceremony == ceremony) {
      text += row.condition + ": " + row.demand + " [" + row.rule + "]\n";
    }
  }
  return text;
}

TEST(PolicyOverview, SaysWhatEachActionOfRetailDemands) {
  const PolicyDocument retail = parsed_policy(std::string(shipped_policy("retail")));
  EXPECT_EQ(overview_of(retail, PolicyCeremony::authenticate),
            "always: user verification preferred [login]\n");
  const std::string payments = overview_of(retail, PolicyCeremony::transaction_approve);
  EXPECT_NE(payments.find(": no signature (rts.article-13) [pay-trusted-payee]\n"),
            std::string::npos)
      << payments;
  EXPECT_NE(payments.find(": denied (risk) [pay-risky]\n"), std::string::npos) << payments;
  EXPECT_NE(payments.find("\notherwise: denied []\n"), std::string::npos) << payments;
  EXPECT_EQ(payments.find("ceremony"), std::string::npos) << "said by the column";
}

TEST(PolicyOverview, OfAnAlternativeOnlyWhatConcernsTheCeremonyIsLeft) {
  const Json policy = policy_of(
      Json{{"id", "either"},
           {"when",
            {{"any",
              Json::array(
                  {Json{{"ceremony", "authenticate"}},
                   Json{{"all", Json::array({Json{{"ceremony", "register"}},
                                             Json{{"any", Json::array({Json{{"device.new", true}},
                                                                       Json{{"channel", "web"}}})}},
                                             Json{{"risk.score", 7}}})}},
                   Json{{"amount.base", 1}}})}}},
           {"require", {{"userVerification", "required"}}}});
  const PolicyDocument document = parsed_policy(policy);
  EXPECT_EQ(overview_of(document, PolicyCeremony::authenticate),
            "always: user verification required [either]\n");
  EXPECT_EQ(overview_of(document, PolicyCeremony::registration),
            "(device.new = true or channel = web) and risk.score = 7: user verification required "
            "[either]\notherwise: denied []\n");
  EXPECT_EQ(overview_of(document, PolicyCeremony::transaction_approve),
            "amount.base = 0.01 EUR: user verification required [either]\notherwise: denied []\n");
  EXPECT_EQ(overview_of(document, PolicyCeremony::recovery), "otherwise: denied []\n");
}

// Whatever the table leaves out cannot happen, and "always" does.
TEST(PolicyOverview, AgreesWithTheEvaluation) {
  Random random(20261126);
  for (const char* name : {"retail", "corporate"}) {
    const PolicyDocument document = parsed_policy(std::string(shipped_policy(name)));
    const std::vector<OverviewRow> rows = list_overview(document, Money());
    for (int i = 0; i < 500; ++i) {
      const PolicyInputs inputs = inputs_of(random_inputs(random));
      const Decision decision = evaluate(document, Phase::verdict, inputs);
      std::size_t matched = 0;
      for (const RuleMatch& match : decision.matches) {
        const std::string& id = document.rules()[match.rule].id;
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const OverviewRow& one) {
          return one.ceremony == inputs.ceremony() && one.rule == id;
        });
        ASSERT_NE(row, rows.end()) << id;
        matched += row->condition == "always" ? 1U : 0U;
      }
      const auto always = std::count_if(rows.begin(), rows.end(), [&](const OverviewRow& one) {
        return one.ceremony == inputs.ceremony() && one.condition == "always";
      });
      EXPECT_EQ(matched, static_cast<std::size_t>(always));
    }
  }
}

}  // namespace
}  // namespace countersign::testing
