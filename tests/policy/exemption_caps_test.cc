#include "policy/exemption_caps.h"

#include <gtest/gtest.h>

#include "policy/lint.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

constexpr std::string_view kYen =
    R"({"lowValue":5000,"lowValueSum":16000,"riskAnalysis":[16000,40000,80000]})";

Result<ExemptionAmounts> read(std::string_view text) {
  return read_exemption_amounts(parse_json(text, JsonOptions{}).value());
}

ExemptionCaps caps_at(std::string_view currency, std::optional<std::int64_t> card,
                      std::optional<std::int64_t> transfer) {
  ExemptionTerms terms;
  terms.card_fraud_ppm = card;
  terms.transfer_fraud_ppm = transfer;
  return exemption_caps(currency, terms);
}

TEST(ExemptionCaps, InEuroAreThoseOfTheAnnex) {
  const std::tuple<std::int64_t, std::int64_t, std::int64_t> rows[] = {
      {1301, 0, 151},   {1300, 10000, 150}, {601, 10000, 101}, {600, 25000, 100},
      {101, 25000, 51}, {100, 50000, 50},   {0, 50000, 0}};
  for (const auto& [card, cap, transfer] : rows) {
    EXPECT_EQ(caps_at("EUR", card, std::nullopt).card, cap) << card;
    EXPECT_EQ(caps_at("EUR", std::nullopt, transfer).credit_transfer, cap) << transfer;
  }
  const ExemptionCaps none = caps_at("EUR", std::nullopt, std::nullopt);
  EXPECT_EQ(none.card, 0);
  EXPECT_EQ(none.credit_transfer, 0);
  EXPECT_EQ(none.low_value, 3000);
  EXPECT_EQ(none.low_value_sum, 10000);
  EXPECT_EQ(none.contactless, 5000);
  EXPECT_EQ(none.contactless_sum, 15000);
  EXPECT_EQ(none.consecutive, 5);
}

TEST(ExemptionCaps, InAnotherCurrencyAreThoseThatSomebodySaid) {
  ExemptionTerms terms;
  terms.card_fraud_ppm = 600;
  terms.amounts = read(kYen).value();
  const ExemptionCaps caps = exemption_caps("JPY", terms);
  EXPECT_EQ(caps.low_value, 5000);
  EXPECT_EQ(caps.low_value_sum, 16000);
  EXPECT_EQ(caps.card, 40000);
  EXPECT_EQ(caps.credit_transfer, 0) << "no rate, no exemption";
}

TEST(ExemptionCaps, AreNeverTheNumberOfEuros) {
  const ExemptionCaps caps = caps_at("CHF", 100, 151);
  EXPECT_EQ(caps.low_value, std::nullopt);
  EXPECT_EQ(caps.low_value_sum, std::nullopt);
  EXPECT_EQ(caps.contactless, std::nullopt);
  EXPECT_EQ(caps.contactless_sum, std::nullopt);
  EXPECT_EQ(caps.card, std::nullopt);
  EXPECT_EQ(caps.credit_transfer, 0) << "too much fraud, in whatever currency";
}

TEST(ExemptionCaps, ContactlessPaymentsAreSaidWithTheirSumOrNotAtAll) {
  const std::string yen(kYen.substr(0, kYen.size() - 1));
  EXPECT_EQ(read(kYen)->contactless, std::nullopt);
  const Result<ExemptionAmounts> amounts =
      read(yen + R"(,"contactless":8000,"contactlessSum":24000})");
  ASSERT_TRUE(amounts.has_value());
  EXPECT_EQ(amounts->contactless, 8000);
  EXPECT_EQ(amounts->contactless_sum, 24000);
  for (const char* wrong :
       {R"(,"contactless":8000})", R"(,"contactlessSum":24000})",
        R"(,"contactless":0,"contactlessSum":1})", R"(,"contactless":2,"contactlessSum":1})",
        R"(,"contactless":1,"contactlessSum":2,"more":3})"}) {
    EXPECT_FALSE(read(yen + wrong).has_value()) << wrong;
  }
}

TEST(ExemptionCaps, AmountsAreReadStrictly) {
  ASSERT_TRUE(read(kYen).has_value());
  for (const char* text :
       {R"([])", R"({})", R"({"lowValue":1,"lowValueSum":1})",
        R"({"lowValue":0,"lowValueSum":1,"riskAnalysis":[1,1,1]})",
        R"({"lowValue":2,"lowValueSum":1,"riskAnalysis":[1,1,1]})",
        R"({"lowValue":1,"lowValueSum":1,"riskAnalysis":[1,1]})",
        R"({"lowValue":1,"lowValueSum":1,"riskAnalysis":[1,1,1,1]})",
        R"({"lowValue":1,"lowValueSum":1,"riskAnalysis":[2,1,3]})",
        R"({"lowValue":1,"lowValueSum":1,"riskAnalysis":[1,3,2]})",
        R"({"lowValue":1,"lowValueSum":1,"riskAnalysis":[0,1,2]})",
        R"({"lowValue":1.5,"lowValueSum":2,"riskAnalysis":[1,1,1]})",
        R"({"lowValue":"1","lowValueSum":2,"riskAnalysis":[1,1,1]})",
        R"({"lowValue":1,"lowValueSum":9223372036854775807,"riskAnalysis":[1,1,1]})",
        R"({"lowValue":1,"lowValueSum":18446744073709551615,"riskAnalysis":[1,1,1]})",
        R"({"lowValue":1,"lowValueSum":1,"riskAnalysis":[1,1,1],"more":1})"}) {
    EXPECT_FALSE(read(text).has_value()) << text;
  }
}

// A rule that exempts up to `cap`, on one of the capped articles.
LintReport lint_exemption(const std::string& basis, std::int64_t cap,
                          const LintSettings& settings) {
  const Json when = {{"all", Json::array({Json{{"ceremony", "transaction.approve"}},
                                          Json{{"amount.base", {{"lte", cap}}}},
                                          Json{{"sinceSca.sum", {{"lte", 2 * cap}}}}})}};
  const Json policy =
      policy_of(Json{{"id", "small"}, {"when", when}, {"exempt", {{"basis", basis}}}});
  return lint_policy(parsed_policy(policy), settings);
}

std::vector<const LintFinding*> about_caps(const LintReport& report) {
  std::vector<const LintFinding*> found;
  for (const LintFinding& finding : report.findings) {
    if (finding.kind == LintKind::exemption_above_cap || finding.kind == LintKind::undecided) {
      found.push_back(&finding);
    }
  }
  return found;
}

TEST(ExemptionCaps, LintSaysWhereTheyAreNotKnown) {
  for (const char* basis : {"rts.article-11", "rts.article-16", "rts.article-18"}) {
    LintSettings settings;
    settings.money = money_of("CHF").value();
    settings.caps = caps_at("CHF", 100, 50);
    const LintReport report = lint_exemption(basis, 3000, settings);
    const auto findings = about_caps(report);
    ASSERT_EQ(findings.size(), 1U) << basis;
    EXPECT_EQ(findings[0]->kind, LintKind::undecided);
    EXPECT_EQ(findings[0]->message, std::string("not decided: the caps of ") + basis +
                                        " are amounts in EUR, and what they are in CHF is not "
                                        "said (rules \"small\")");
  }
  LintSettings settings;
  settings.caps = caps_at("CHF", std::nullopt, std::nullopt);
  const LintReport above = lint_exemption("rts.article-18", 3000, settings);
  ASSERT_EQ(about_caps(above).size(), 1U);
  EXPECT_EQ(about_caps(above)[0]->kind, LintKind::exemption_above_cap)
      << "without a fraud rate nothing is exempted in any currency";
  const LintReport other = lint_exemption("rts.article-13", 3000, settings);
  EXPECT_TRUE(about_caps(other).empty()) << "has no cap";
}

TEST(ExemptionCaps, LintHoldsYenAgainstYen) {
  LintSettings settings;
  settings.money = money_of("JPY").value();
  ExemptionTerms terms;
  terms.amounts = read(kYen).value();
  settings.caps = exemption_caps("JPY", terms);
  const LintReport within = lint_exemption("rts.article-16", 5000, settings);
  EXPECT_TRUE(about_caps(within).empty());
  const LintReport above = lint_exemption("rts.article-16", 5001, settings);
  ASSERT_EQ(about_caps(above).size(), 1U);
  EXPECT_NE(about_caps(above)[0]->message.find("a transfer of 5001 JPY after "), std::string::npos)
      << about_caps(above)[0]->message;
}

TEST(ExemptionCaps, AmountsHaveTheDecimalsOfTheirCurrency) {
  EXPECT_EQ(describe_amount(5001, money_of("JPY").value()), "5001 JPY");
  EXPECT_EQ(describe_amount(5001, money_of("CHF").value()), "50.01 CHF");
  EXPECT_EQ(describe_amount(5001, money_of("KWD").value()), "5.001 KWD");
  EXPECT_FALSE(money_of("XAU").has_value());
  EXPECT_FALSE(money_of("eur").has_value());
}

}  // namespace
}  // namespace countersign::testing
