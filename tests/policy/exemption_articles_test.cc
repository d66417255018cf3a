#include "policy/exemption_articles.h"

#include <gtest/gtest.h>

#include "policy/lint.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

Json all_of(std::initializer_list<Json> parts) {
  Json array = Json::array();
  for (const Json& part : parts) {
    array.push_back(part);
  }
  return {{"all", array}};
}

PolicyDocument exempting(const std::string& basis, const Json& when) {
  return parsed_policy(
      policy_of(Json{{"id", "free"}, {"when", when}, {"exempt", {{"basis", basis}}}}));
}

std::vector<LintFinding> about_articles(const PolicyDocument& document,
                                        const LintSettings& settings = {}) {
  std::vector<LintFinding> findings = lint_policy(document, settings).findings;
  std::erase_if(findings, [](const LintFinding& finding) {
    return finding.kind != LintKind::exemption_basis &&
           finding.kind != LintKind::exemption_above_cap &&
           (finding.kind != LintKind::undecided ||
            finding.message.find("caps") == std::string::npos);
  });
  return findings;
}

const Json kPaying = {{"ceremony", "transaction.approve"}};
const Json kAccess = {{"ceremony", "account.access"}};

Json is_type(const char* name) { return {{"transaction.type", name}}; }
Json at_most(const char* input, const Json& value) { return {{input, {{"lte", value}}}}; }

TEST(ExemptionArticles, AreTheTenOfTheRegulation) {
  int found = 0;
  for (const char* number :
       {"10", "10a", "11", "12", "13", "14", "15", "16", "17", "18", "9", "19", "10b", "1", ""}) {
    const std::string basis = std::string("rts.article-") + number;
    const ExemptionArticle* article = find_exemption_article(basis);
    found += article != nullptr ? 1 : 0;
    EXPECT_TRUE(article == nullptr || article->basis == basis);
  }
  EXPECT_EQ(found, 10);
  EXPECT_EQ(find_exemption_article("article-16"), nullptr);
}

struct ArticleRow {
  const char* basis;
  Json when;
  std::string words;  // of the error; empty: it is all of the article
};

TEST(ExemptionArticles, AnExemptionThatIsNotOfItsArticleIsAnError) {
  const Json known = {{"payee.known", true}};
  const Json series = is_type("payment.of-series/1");
  const Json own = is_type("payment.own-transfer/1");
  const ArticleRow rows[] = {
      // The name of an article without a cap does not lift the caps of payments.
      {"rts.article-10", kPaying, "(it is about account.access alone): a transfer is exempted"},
      {"rts.article-10a", kPaying, "(it is about account.access alone): a transfer is exempted"},
      {"rts.article-10", {{"risk.score", {{"lt", 5}}}}, "(it is about account.access alone)"},
      {"rts.article-10", kAccess,
       "(the last authentication is more than 180 days ago): access to an account "
       "(authentication.age 180 days 1 second) is exempted"},
      {"rts.article-10", all_of({kAccess, at_most("authentication.age", "P181D")}),
       "more than 180 days"},
      {"rts.article-10", all_of({kAccess, at_most("authentication.age", "P180D")}), ""},
      {"rts.article-10a", all_of({kAccess, at_most("authentication.age", "P180D")}), ""},
      {"rts.article-11", kAccess, "(it is about transaction.approve alone)"},
      {"rts.article-12", kAccess, "(it is about transaction.approve alone)"},
      {"rts.article-12", kPaying, "(no transaction.type says that it is at a terminal)"},
      {"rts.article-12", all_of({kPaying, is_type("payment.credit-transfer/1")}),
       "(nobody transfers at a terminal)"},
      {"rts.article-12", all_of({kPaying, is_type("payment.standing-order/1")}),
       "(nobody sets up a series at a terminal)"},
      {"rts.article-13", kPaying, "(payee.trusted is not true): a transfer"},
      {"rts.article-13", all_of({kPaying, known}), "(payee.trusted is not true)"},
      {"rts.article-13", all_of({kPaying, {{"payee.trusted", true}}}), ""},
      {"rts.article-13", all_of({kPaying, {{"payee.trusted", {{"ne", false}}}}}), ""},
      {"rts.article-13", all_of({kAccess, {{"risk.score", 0}}}),
       "(it is about transaction.approve alone)"},
      {"rts.article-14", kPaying, "(payee.known is not true): a transfer to a new payee"},
      {"rts.article-14", all_of({kPaying, known}),
       "(no transaction.type says that it is of a series)"},
      {"rts.article-14", all_of({kPaying, series}), "(payee.known is not true)"},
      {"rts.article-14",
       all_of({kPaying, known, {{"transaction.type", {{"ne", "payment.card/1"}}}}}),
       "(no transaction.type says that it is of a series)"},
      {"rts.article-14", all_of({kPaying, known, is_type("payment.standing-order/1")}),
       "(it sets up a series, which takes authentication): a transfer to a known payee "
       "(transaction.type payment.standing-order/1) is exempted"},
      // Named beside others it is found, too.
      {"rts.article-14",
       all_of(
           {kPaying,
            known,
            {{"transaction.type", {{"in", {"payment.a-series/1", "payment.standing-order/1"}}}}}}),
       "(transaction.type payment.standing-order/1) is exempted"},
      {"rts.article-15", all_of({kPaying, known}),
       "(no transaction.type says that both accounts are the payer's)"},
      {"rts.article-15", all_of({kPaying, own}), "(payee.known is not true)"},
      {"rts.article-15", all_of({kPaying, known, is_type("payment.card/1")}),
       "(it is no credit transfer)"},
      {"rts.article-16", kAccess, "(it is about transaction.approve alone)"},
      {"rts.article-17", kPaying, "(no user.segment says that the payer is no consumer)"},
      {"rts.article-17", all_of({kPaying, {{"user.segment", {{"ne", "retail"}}}}}),
       "(no user.segment says that the payer is no consumer)"},
      {"rts.article-18", kAccess, "(it is about transaction.approve alone)"},
  };
  for (const ArticleRow& row : rows) {
    SCOPED_TRACE(row.basis + (" " + row.when.dump()));
    const PolicyDocument document = exempting(row.basis, row.when);
    const std::vector<LintFinding> findings = about_articles(document);
    if (row.words.empty()) {
      EXPECT_TRUE(findings.empty()) << findings[0].message;
      continue;
    }
    ASSERT_EQ(findings.size(), row.when.contains("risk.score") ? 2U : 1U);
    EXPECT_EQ(findings[0].kind, LintKind::exemption_basis);
    EXPECT_EQ(findings[0].severity, Severity::error);
    EXPECT_NE(findings[0].message.find(row.words), std::string::npos) << findings[0].message;
    const Decision decision = evaluate(document, findings[0].phase, *findings[0].witness);
    EXPECT_EQ(decision.outcome, Outcome::exempt);
  }
}

// A denial or a demand of what the article does not allow is as good as a condition.
TEST(ExemptionArticles, WhatIsDeniedOrDemandedIsNotExempted) {
  for (const char* effect : {"deny", "require"}) {
    const Json other = effect == std::string("deny") ? Json{{"reason", "x"}}
                                                     : Json{{"userVerification", "required"}};
    const PolicyDocument document = parsed_policy(policy_of(Json::array(
        {Json{{"id", "free"}, {"when", kPaying}, {"exempt", {{"basis", "rts.article-13"}}}},
         Json{{"id", "not"},
              {"when", all_of({kPaying, {{"payee.trusted", false}}})},
              {effect, other}}})));
    EXPECT_TRUE(about_articles(document).empty()) << effect;
  }
}

// What the options ask to sign may be exempted at the verdict: recorded by the article's name.
TEST(ExemptionArticles, WhatWaitsForThePasskeyIsHeldAgainstItsArticle) {
  const Json old = {{"credential.age", {{"gte", "P30D"}}}};
  const Json small =
      all_of({kPaying, at_most("amount.base", 3000), at_most("sinceSca.sum", 10000)});
  const auto free = [](const char* basis, const Json& when) {
    return Json{{"id", "free"}, {"when", when}, {"exempt", {{"basis", basis}}}};
  };
  const Json ask_young = {{"id", "young"},
                          {"when", all_of({kPaying, {{"credential.age", {{"lt", "P30D"}}}}})},
                          {"require", {{"userVerification", "required"}}}};
  const Json deny_large = {
      {"id", "large"}, {"when", all_of({old, {{"not", small}}})}, {"deny", {{"reason", "r"}}}};
  const struct {
    Json rules;
    LintKind kind;
    std::string words;  // empty: it is all of the article
  } rows[] = {
      {free("rts.article-16", all_of({kPaying, old})), LintKind::exemption_above_cap,
       "\"free\" exempts more than rts.article-16 allows: a transfer of 30.01 EUR"},
      {free("rts.article-16", all_of({kPaying, old})), LintKind::exemption_above_cap,
       "(credential.age 30 days) is exempted, once it is signed"},
      {Json::array({free("rts.article-16", kPaying), ask_young}), LintKind::exemption_above_cap,
       "is exempted, once it is signed"},
      {free("rts.article-16", all_of({kPaying, {{"authentication.counter", "not-advanced"}}})),
       LintKind::exemption_above_cap, "once it is signed"},
      {free("rts.article-13", all_of({kPaying, old})), LintKind::exemption_basis,
       "(payee.trusted is not true): a transfer"},
      {free("rts.article-10", all_of({kPaying, old})), LintKind::exemption_basis,
       "(it is about account.access alone)"},
      {free("rts.article-16", all_of({small, old})), LintKind::exemption_above_cap, ""},
      {Json::array({free("rts.article-16", small), ask_young}), LintKind::exemption_above_cap, ""},
      {Json::array({free("rts.article-16", all_of({kPaying, old})), deny_large}),
       LintKind::exemption_above_cap, ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.rules.dump());
    const PolicyDocument document = parsed_policy(policy_of(row.rules));
    const std::vector<LintFinding> findings = about_articles(document);
    if (row.words.empty()) {
      EXPECT_TRUE(findings.empty()) << findings[0].message;
      continue;
    }
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind, row.kind);
    EXPECT_EQ(findings[0].severity, Severity::error);
    EXPECT_NE(findings[0].message.find(row.words), std::string::npos) << findings[0].message;
    EXPECT_EQ(findings[0].phase, Phase::verdict);
    EXPECT_EQ(decide(document, Phase::verdict, *findings[0].witness).outcome, Outcome::exempt);
    EXPECT_NE(decide(document, Phase::options, *findings[0].witness).outcome, Outcome::exempt);
  }
}

TEST(ExemptionArticles, WhatNoInputShowsIsAWarning) {
  const Json known = {{"payee.known", true}};
  const std::pair<const char*, const char*> rows[] = {
      {"rts.article-11", "it is a contactless payment at a point of sale"},
      {"rts.article-12", "it is a fare or a parking fee"},
      {"rts.article-14", "the first payment of the series was authenticated"},
      {"rts.article-15", "both accounts are the payer's own"},
      {"rts.article-17", "it came by a process for payers who are no consumers"}};
  for (const auto& [basis, words] : rows) {
    const PolicyDocument document = exempting(basis, all_of({kPaying,
                                                             known,
                                                             is_type("payment.own/1"),
                                                             {{"user.segment", "corporate"}},
                                                             at_most("amount.base", 5000),
                                                             at_most("sinceSca.count", 5)}));
    const std::vector<LintFinding> findings = about_articles(document);
    ASSERT_EQ(findings.size(), 1U) << basis;
    EXPECT_EQ(findings[0].kind, LintKind::exemption_basis);
    EXPECT_EQ(findings[0].severity, Severity::warning);
    EXPECT_NE(findings[0].message.find(words), std::string::npos) << findings[0].message;
    EXPECT_EQ(evaluate(document, findings[0].phase, *findings[0].witness).outcome, Outcome::exempt);
  }
}

TEST(ExemptionArticles, ContactlessPaymentsHaveCapsOfTheirOwn) {
  const Json one = at_most("amount.base", 5000);
  const auto is_above = [](const Json& when) {
    const std::vector<LintFinding> findings = about_articles(exempting("rts.article-11", when));
    EXPECT_EQ(findings.size(), 1U);  // within them it is a warning
    return findings[0].kind == LintKind::exemption_above_cap;
  };
  EXPECT_FALSE(is_above(all_of({kPaying, one, at_most("sinceSca.sum", 15000)})));
  EXPECT_FALSE(is_above(all_of({kPaying, one, at_most("sinceSca.count", 5)})));
  EXPECT_TRUE(is_above(all_of({kPaying, one})));
  EXPECT_TRUE(is_above(all_of({kPaying, one, at_most("sinceSca.sum", 15001)})));
  EXPECT_TRUE(is_above(all_of({kPaying, one, at_most("sinceSca.count", 6)})));
  EXPECT_TRUE(
      is_above(all_of({kPaying, at_most("amount.base", 5001), at_most("sinceSca.sum", 15000)})));
}

// Where no rule tells two types apart, each of them counts with its own cap.
TEST(ExemptionArticles, Article18LooksAtEachTypeThatAConditionHas) {
  const auto is_above = [](const Json& types, std::int64_t card, std::int64_t transfer) {
    LintSettings settings;
    settings.caps.card = card;
    settings.caps.credit_transfer = transfer;
    Json when = all_of({kPaying, at_most("amount.base", 25000)});
    if (!types.is_null()) {
      when["all"].push_back({{"transaction.type", {{"in", types}}}});
    }
    const std::vector<LintFinding> findings =
        about_articles(exempting("rts.article-18", when), settings);
    return findings.empty() ? "" : findings[0].message;
  };
  const Json both = Json::array({"payment.card/1", "payment.credit-transfer/1"});
  EXPECT_EQ(is_above(both, 25000, 25000), "");
  EXPECT_NE(is_above(both, 25000, 10000).find("payment.credit-transfer/1"), std::string::npos);
  EXPECT_NE(is_above(both, 10000, 25000).find("payment.card/1"), std::string::npos);
  EXPECT_EQ(is_above(Json(), 25000, 25000), "");
  EXPECT_NE(is_above(Json(), 10000, 25000).find("payment.card/1"), std::string::npos);
  EXPECT_NE(is_above(Json(), 25000, 10000), "");
}

}  // namespace
}  // namespace countersign::testing
