#include "native/policy/kept_reports.h"

#include "policy/shipped.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

/// Counts what is worked out.
class ReportCounter final : public PolicyReports {
 public:
  std::shared_ptr<const DiffReport> compare(const PolicyDocument& before,
                                            const PolicyDocument& after) override {
    ++comparisons;
    DiffReport report = diff_policies(before, after);
    for (; !report.regions.empty() && report.regions.size() < regions;) {
      report.regions.push_back(report.regions.front());
    }
    return std::make_shared<const DiffReport>(std::move(report));
  }
  std::shared_ptr<const LintReport> lint(const PolicyDocument& document,
                                         const LintSettings& settings) override {
    ++lints;
    return FreshReports().lint(document, settings);
  }

  int comparisons = 0;
  int lints = 0;
  std::size_t regions = 0;  // at least so many in each comparison that has any
};

PolicyDocument numbered(int revision) {
  Json policy = policy_of({{{"id", "a"},
                            {"when", {{"ceremony", "authenticate"}}},
                            {"require", {{"userVerification", "required"}}}}});
  policy["revision"] = revision;
  policy["default"] = revision % 2 == 0 ? "deny" : "require";
  return parsed_policy(policy);
}

class KeptReportsTest : public ::testing::Test {
 protected:
  ReportCounter counted_;
  KeptReports kept_{counted_};
  PolicyDocument retail_ = parsed_policy(std::string(shipped_policy("retail")));
  PolicyDocument corporate_ = parsed_policy(std::string(shipped_policy("corporate")));
};

TEST_F(KeptReportsTest, TheSameComparisonIsMadeOnce) {
  const auto first = kept_.compare(retail_, corporate_);
  EXPECT_EQ(kept_.compare(retail_, corporate_), first);
  // Read again, as each request does.
  EXPECT_EQ(kept_.compare(parsed_policy(std::string(shipped_policy("retail"))), corporate_), first);
  EXPECT_EQ(counted_.comparisons, 1);
  EXPECT_EQ(first->regions.size(), diff_policies(retail_, corporate_).regions.size());
  EXPECT_NE(kept_.compare(corporate_, retail_), first) << "the way back is another one";
  EXPECT_EQ(counted_.comparisons, 2);
}

TEST_F(KeptReportsTest, ALintIsTheSameWhereEverythingIsThatItWasHeldAgainst) {
  const std::vector<KnownModel> models = {{"ee882879-721c-4913-9775-3dfcce97072a"}};
  const LintSettings plain;
  const auto first = kept_.lint(retail_, plain);
  EXPECT_EQ(kept_.lint(retail_, plain), first);
  EXPECT_EQ(counted_.lints, 1);
  const auto altered = [&](auto alter) {
    LintSettings settings;
    alter(settings);
    return settings;
  };
  std::vector<KnownModel> others = models;
  others[0].is_acceptable = false;
  const std::string francs = "CHF";
  const LintSettings all[] = {
      altered([](LintSettings& s) { s.caps.low_value = 1; }),
      altered([&](LintSettings& s) { s.money.currency = francs; }),
      altered([](LintSettings& s) { s.money.decimals = 0; }),
      altered([](LintSettings& s) { s.tiers = 0; }),
      altered([](LintSettings& s) { s.algorithms = 1; }),
      altered([](LintSettings& s) { s.administrators = 1; }),
      altered([&](LintSettings& s) { s.models = models; }),
      altered([&](LintSettings& s) { s.models = std::span(others); }),
  };
  int expected = 1;
  for (const LintSettings& settings : all) {
    const auto made = kept_.lint(retail_, settings);
    EXPECT_EQ(counted_.lints, ++expected);
    EXPECT_EQ(kept_.lint(retail_, settings), made);
    EXPECT_EQ(counted_.lints, expected);
  }
  const LintSettings rest[] = {
      altered([](LintSettings& s) { s.models.emplace(); }),  // loaded, and there are none
      altered([](LintSettings& s) { s.time = UnixSeconds{1}; }),
      altered([](LintSettings& s) { s.boxes = 1; }),
      altered([](LintSettings& s) { s.question_boxes = 1; }),
  };
  for (const LintSettings& settings : rest) {
    kept_.lint(retail_, settings);
    EXPECT_EQ(counted_.lints, ++expected);
  }
  kept_.lint(corporate_, plain);
  EXPECT_EQ(counted_.lints, ++expected);
}

// The time itself is none of it: every second is another one.
TEST_F(KeptReportsTest, ALintIsAnotherWhereAListHasExpiredSince) {
  Json policy = policy_of({{{"id", "a"},
                            {"when", {{"ceremony", "authenticate"}}},
                            {"require", {{"authenticators", {{"allow", "keys"}}}}}}},
                          Json::object(), {{"keys", {"ee882879-721c-4913-9775-3dfcce97072a"}}});
  policy["lists"]["keys"] = {{"models", policy["lists"]["keys"]},
                             {"expires", "2026-12-01T00:00:00Z"}};
  const PolicyDocument document = parsed_policy(policy);
  ASSERT_TRUE(document.lists()[0].expires.has_value());
  LintSettings settings;
  settings.time = UnixSeconds{document.lists()[0].expires->value - 100};
  const auto before = kept_.lint(document, settings);
  settings.time->value += 99;
  EXPECT_EQ(kept_.lint(document, settings), before);
  settings.time->value += 1;
  const auto after = kept_.lint(document, settings);
  EXPECT_NE(after, before);
  EXPECT_GT(after->findings.size(), before->findings.size());
  settings.time->value += 86400;
  EXPECT_EQ(kept_.lint(document, settings), after);
  EXPECT_EQ(counted_.lints, 2);
}

TEST_F(KeptReportsTest, OnlyTheLastOnesAreKept) {
  for (int i = 1; i <= static_cast<int>(KeptReports::kKept) + 1; ++i) {
    kept_.compare(retail_, numbered(i));
  }
  const int made = counted_.comparisons;
  for (int i = 2; i <= static_cast<int>(KeptReports::kKept) + 1; ++i) {
    kept_.compare(retail_, numbered(i));
  }
  EXPECT_EQ(counted_.comparisons, made);
  kept_.compare(retail_, numbered(1));
  EXPECT_EQ(counted_.comparisons, made + 1);
}

TEST_F(KeptReportsTest, LargeOnesTakeThePlaceOfMore) {
  counted_.regions = KeptReports::kKeptCases / 2;
  const PolicyDocument documents[] = {numbered(1), numbered(2), numbered(3)};
  kept_.compare(retail_, documents[0]);
  kept_.compare(retail_, documents[1]);
  kept_.compare(retail_, documents[0]);
  EXPECT_EQ(counted_.comparisons, 2) << "both fit";
  kept_.compare(retail_, documents[2]);
  kept_.compare(retail_, documents[1]);
  EXPECT_EQ(counted_.comparisons, 3);
  kept_.compare(retail_, documents[0]);
  EXPECT_EQ(counted_.comparisons, 4) << "it had to go";
  // One alone is kept however large it is.
  counted_.regions = KeptReports::kKeptCases + 1;
  kept_.compare(corporate_, documents[2]);
  kept_.compare(corporate_, documents[2]);
  EXPECT_EQ(counted_.comparisons, 5);
}

}  // namespace
}  // namespace countersign::testing
