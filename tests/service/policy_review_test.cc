// Lint, comparison and simulation in lines: the reports of the commands, and where a line is wrong.

#include "service/policy_review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "backends/openssl/openssl_backend.h"
#include "policy/policy_pages.h"
#include "policy/shipped.h"
#include "policy/simulation_pages.h"

namespace countersign::testing {
namespace {

using Line = nlohmann::ordered_json;

Line answer_to(const std::string& line) { return Line::parse(review_case(line, OpenSslHasher())); }
Line reviewed(const Line& line) { return answer_to(line.dump()); }
Line error_in(const Line& line) { return reviewed(line)["error"]; }

const std::string kRetail(shipped_policy("retail"));
Line retail() { return Line::parse(kRetail); }
// Two people from another amount on.
Line changed_retail() {
  Line document = retail();
  document["rules"].erase(0);
  return document;
}
PolicyDocument parsed(const Line& document) {
  return parse_policy(document.dump(), OpenSslHasher()).value();
}

TEST(PolicyReview, LintsAsTheCommandDoes) {
  const PolicyDocument document = parsed(changed_retail());
  LintSettings settings;
  settings.time = parse_rfc3339("2026-11-26T00:00:00Z");
  settings.administrators = 2;
  settings.tiers = tier_bit(1);
  settings.caps = exemption_caps("EUR", {});
  const LintReport found = lint_policy(document, settings);
  ASSERT_FALSE(found.is_clean());
  Line line = {{"id", "a"},           {"review", "lint"},
               {"page", true},        {"document", changed_retail()},
               {"file", "x.json"},    {"time", "2026-11-26T00:00:00Z"},
               {"administrators", 2}, {"tiers", {1}}};
  Line answer = reviewed(line);
  EXPECT_EQ(answer["id"], "a");
  EXPECT_EQ(answer["report"].dump(), lint_json("x.json", document, found));
  EXPECT_EQ(answer["page"], lint_page("x.json", document, found));
  // The document as a string, and no page.
  line["document"] = changed_retail().dump();
  line.erase("page");
  EXPECT_EQ(reviewed(line)["report"], answer["report"]);
  EXPECT_FALSE(reviewed(line).contains("page"));
}

TEST(PolicyReview, EachSettingCounts) {
  const auto kinds = [](const Line& more) {
    Line line = {{"review", "lint"}, {"document", kRetail}};
    line.update(more);
    const Line answer = reviewed(line);
    EXPECT_TRUE(answer.contains("report")) << answer << line;
    std::set<std::string> out;
    for (const Line& finding : answer["report"]["findings"]) {
      out.insert(finding["kind"]);
    }
    EXPECT_EQ(answer["ok"], true) << answer;
    return out;
  };
  EXPECT_TRUE(kinds(Line::object()).empty());
  EXPECT_TRUE(kinds({{"tiers", Line::array()}}).contains("unsatisfiable")) << "no D1";
  EXPECT_TRUE(kinds({{"currency", "CHF"}}).contains("undecided")) << "no caps in francs";
  EXPECT_TRUE(
      kinds(
          {{"currency", "CHF"},
           {"exemptionCaps",
            {{"lowValue", 3000}, {"lowValueSum", 10000}, {"riskAnalysis", {10000, 25000, 50000}}}}})
          .empty());
  Line expired = retail();
  expired["lists"] = {{"keys",
                       {{"models", {"ee882879-721c-4913-9775-3dfcce97072a"}},
                        {"expires", "2026-01-01T00:00:00Z"}}}};
  EXPECT_TRUE(kinds({{"document", expired}, {"time", "2027-01-01T00:00:00Z"}}) !=
              kinds({{"document", expired}, {"time", "2025-01-01T00:00:00Z"}}));
}

TEST(PolicyReview, ComparesAsTheCommandDoes) {
  const PolicyDocument before = parsed(retail());
  const PolicyDocument after = parsed(changed_retail());
  const DiffReport found = diff_policies(before, after);
  const Line answer = reviewed({{"review", "diff"},
                                {"page", true},
                                {"before", retail()},
                                {"after", changed_retail().dump()},
                                {"currency", "CHF"}});
  EXPECT_EQ(answer["report"].dump(), diff_json(before, after, found));
  EXPECT_EQ(answer["page"], diff_page(before, after, found, *money_of("CHF")));
  EXPECT_EQ(answer["id"], nullptr);
}

TEST(PolicyReview, SimulatesTablesAndRecordsAndForecasts) {
  Line line = {{"review", "simulate"},
               {"page", true},
               {"active", retail()},
               {"draft", changed_retail()},
               {"inputs", "ceremony\nregister\nauthenticate\n"}};
  const Line table = reviewed(line);
  EXPECT_EQ(table["report"]["rows"], 2);
  EXPECT_EQ(table["report"]["transitions"]["require"]["deny"], 1);
  EXPECT_FALSE(table["report"].contains("lockout"));
  EXPECT_THAT(table["page"], ::testing::HasSubstr("CHANGE"));
  line["inputs"] = "{\"ceremony\":\"register\"}\n{\"ceremony\":\"authenticate\"}\n";
  line["phase"] = "verdict";
  line["credentials"] = R"({"user":"ada","algorithm":"ES256","age":"P10D"})";
  const Line records = reviewed(line);
  EXPECT_EQ(records["report"]["phases"]["verdict"], 2);
  EXPECT_FALSE(records["report"]["lockout"].empty());
}

TEST(PolicyReview, SaysWhereATextIsWrong) {
  const Line missing = error_in({{"id", 7}, {"review", "lint"}});
  EXPECT_EQ(missing["code"], "policy_member_missing");
  EXPECT_EQ(missing["member"], "document");
  // In the document's own lines, whether it stands there as it is or as a string.
  const std::string broken = "{\n  \"schema\": 1}";
  for (const std::string& line : {R"({"review":"lint","document":)" + broken + "}",
                                  Line{{"review", "lint"}, {"document", broken}}.dump()}) {
    const Line error = answer_to(line)["error"];
    EXPECT_EQ(error["member"], "document");
    EXPECT_EQ(error["line"], 2) << error;
    EXPECT_EQ(error["column"], 13) << error;
    EXPECT_EQ(error["offset"], 14) << error;
  }
  const Line row = error_in({{"review", "simulate"},
                             {"active", retail()},
                             {"draft", retail()},
                             {"inputs", "ceremony\nregister\nlogin\n"}});
  EXPECT_EQ(row["member"], "inputs");
  EXPECT_EQ(row["code"], "policy_input_value_invalid");
  EXPECT_EQ(row["line"], 3);
}

TEST(PolicyReview, RefusesWhatIsNoCase) {
  const Line lint = {{"review", "lint"}, {"document", kRetail}};
  const auto with = [&](const Line& more) {
    Line line = lint;
    line.update(more);
    return error_in(line);
  };
  const std::vector<std::pair<std::string, Line>> wrong = {
      {"extra", 1},
      {"before", kRetail},
      {"review", "show"},
      {"review", 1},
      {"page", "yes"},
      {"time", "now"},
      {"time", 0},
      {"currency", "XAU"},
      {"currency", 1},
      {"tiers", {5}},
      {"tiers", {-1}},
      {"tiers", 1},
      {"administrators", 0},
      {"administrators", 1.5},
      {"cardFraudPpm", -1},
      {"transferFraudPpm", 1000001},
      {"exemptionCaps", {{"lowValue", 3000}, {"lowValueSum", 1}, {"riskAnalysis", {1, 2, 3}}}},
      {"models", Line::array()}};
  for (const auto& [name, value] : wrong) {
    Line more = Line::object();
    more[name] = value;
    const Line error = with(more);
    ASSERT_TRUE(error.is_object()) << name << value;
    EXPECT_EQ(error["member"], name) << value << error;
    EXPECT_NE(error["code"], "internal_error");
  }
  EXPECT_EQ(
      with({{"exemptionCaps",
             {{"lowValue", 3000}, {"lowValueSum", 10000}, {"riskAnalysis", {1, 2, 3}}}}})["member"],
      "exemptionCaps")
      << "the euro's stand in the articles";
  EXPECT_EQ(answer_to("")["error"]["code"], "json_syntax");
  EXPECT_EQ(answer_to("[]")["error"]["code"], "json_syntax");
  EXPECT_EQ(answer_to(R"({"review":"lint","review":"lint"})")["error"]["code"],
            "json_duplicate_key");
  EXPECT_EQ(answer_to(std::string(kMaxReviewBytes + 1, ' '))["error"]["code"], "json_too_large");
  EXPECT_FALSE(answer_to(std::string(100000, '['))["ok"]);
}

// A text that would end the document and go on with the case is no document.
TEST(PolicyReview, ADocumentInAStringIsADocumentAlone) {
  const Line error =
      error_in({{"review", "lint"}, {"document", kRetail + R"(,"administrators":9)"}});
  EXPECT_EQ(error["code"], "json_syntax");
  EXPECT_EQ(error["member"], "document");
}

}  // namespace
}  // namespace countersign::testing
