// What a tenant says of its money: fraud rates, base currency, caps in another currency than EUR.

#include <gmock/gmock.h>

#include "native/config/config.h"
#include "tests/http/policy_server.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Lets card payments and small amounts go without a signature.
std::string exempting_text(const std::string& basis, int up_to) {
  std::string text = policy_text("exempting", up_to, "required");
  const std::string rule =
      R"({"id":"exempting","when":{"all":[{"ceremony":"transaction.approve"},)"
      R"({"transaction.type":"payment.card/1"},{"sinceSca.sum":{"lte":10000}},)"
      R"({"amount.base":{"lte":)" +
      std::to_string(up_to) + R"(}}]},"exempt":{"basis":")" + basis + R"("}},)";
  return text.insert(text.find('[') + 1, rule);
}

Answer validate_exempting(const PolicyServer& server, const std::string& basis, int up_to) {
  const std::string digest = server.draft(exempting_text(basis, up_to));
  return server.writer().post("/v1/policies/" + digest + "/validate",
                              R"({"acknowledge":["gap","not-monotonic"]})");
}

TEST(PolicyMoney, AnExemptionOfArticle18NeedsTheTenantsFraudRate) {
  {
    const PolicyServer server;
    const Answer refused = validate_exempting(server, "rts.article-18", 25000);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.text("code"), "policy_lint_failed");
    EXPECT_THAT(refused.body, HasSubstr(R"("kind":"exemption-above-cap","severity":"error")"));
  }
  const PolicyServer server(R"("fraudRates":{"cardPpm":600},)");
  EXPECT_EQ(validate_exempting(server, "rts.article-18", 25000).status, 200);
  EXPECT_EQ(validate_exempting(server, "rts.article-18", 25001).status, 403)
      << "250 EUR at that rate";
}

TEST(PolicyMoney, CapsInAnotherCurrencyAreNotTheNumberOfEuros) {
  const PolicyServer server(R"("transactions":{"baseCurrency":"CHF"},)");
  const Answer open = validate_exempting(server, "rts.article-16", 3000);
  EXPECT_EQ(open.status, 403);
  EXPECT_THAT(open.body, HasSubstr(R"("kind":"undecided")"));
  EXPECT_THAT(open.body, HasSubstr("what they are in CHF is not said"));
}

TEST(PolicyMoney, AmountsAreOfTheTenantsCurrency) {
  const PolicyServer server(
      R"("transactions":{"baseCurrency":"JPY"},"exemptionCaps":{"lowValue":5000,)"
      R"("lowValueSum":16000,"riskAnalysis":[16000,40000,80000]},)");
  EXPECT_EQ(validate_exempting(server, "rts.article-16", 5000).status, 200);
  const Answer above = validate_exempting(server, "rts.article-16", 5001);
  EXPECT_EQ(above.status, 403);
  EXPECT_THAT(above.body, HasSubstr("a transfer of 5001 JPY"));
  EXPECT_THAT(above.body, Not(HasSubstr("EUR")));
  const std::string path = "/v1/policies/" + server.draft(exempting_text("rts.article-16", 5000));
  EXPECT_THAT(server.writer()
                  .post(path + "/explain",
                        R"({"inputs":{"ceremony":"transaction.approve","amount.base":5001,)"
                        R"("transaction.type":"payment.card/1","sinceSca.sum":0}})")
                  .body,
              HasSubstr("a transfer of 5001 JPY"));
  EXPECT_THAT(server.writer().get(path + "/diff?format=text").body, HasSubstr(" JPY"));
}

TEST(PolicyMoney, ConfigurationIsReadStrictly) {
  const std::pair<std::string, std::string> rows[] = {
      {R"("fraudRates":{})", ""},
      {R"("fraudRates":{"cardPpm":0,"transferPpm":1000000})", ""},
      {R"("fraudRates":{"cardPpm":-1})", "fraudRates.cardPpm"},
      {R"("fraudRates":{"transferPpm":1000001})", "fraudRates.transferPpm"},
      {R"("fraudRates":{"cardPpm":"600"})", "fraudRates.cardPpm"},
      {R"("fraudRates":{"card":600})", "fraudRates.card"},
      {R"("fraudRates":[])", "fraudRates"},
      {R"("exemptionCaps":{"lowValue":1,"lowValueSum":1,"riskAnalysis":[1,1,1]})", "exemptionCaps"},
      {R"("transactions":{"baseCurrency":"EUR"},"exemptionCaps":)"
       R"({"lowValue":1,"lowValueSum":1,"riskAnalysis":[1,1,1]})",
       "exemptionCaps"},
      {R"("transactions":{"baseCurrency":"CHF"},"exemptionCaps":)"
       R"({"lowValue":1,"lowValueSum":1,"riskAnalysis":[1,1,1]})",
       ""},
      {R"("transactions":{"baseCurrency":"CHF"},"exemptionCaps":{"lowValue":1})", "exemptionCaps"}};
  for (const auto& [members, path] : rows) {
    const ConfigResult parsed =
        parse_config(R"({"listen":{},"tenants":[{"id":"bank","rpId":"bank.example",)"
                     R"("origins":["https://bank.example"],)" +
                         members + "}]}",
                     "");
    const auto* problem = std::get_if<ConfigProblem>(&parsed);
    EXPECT_EQ(problem == nullptr ? "" : problem->path, path.empty() ? "" : "tenants[0]." + path)
        << members;
  }
}

}  // namespace
}  // namespace countersign::testing
