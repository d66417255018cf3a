// One table says what ceremonies can bring; lint and the forecast go by it. That the server does,
// too, is a test of its own (tests/service/policy_enforcement_test.cc).

#include "policy/enforcement.h"

#include "policy/lint.h"
#include "tests/policy/demands.h"

namespace countersign::testing {
namespace {

PolicyCeremony ceremony_at(std::size_t i) { return static_cast<PolicyCeremony>(i); }
RequirementKind kind_at(std::size_t i) { return static_cast<RequirementKind>(i); }

Json rule_for(PolicyCeremony ceremony, const Json& requirements) {
  return {{"id", "one"},
          {"when", {{"ceremony", policy_ceremony_name(ceremony)}}},
          {"require", requirements}};
}

std::vector<LintFinding> unsatisfiable(const PolicyDocument& document,
                                       const LintSettings& settings = {}) {
  std::vector<LintFinding> found;
  for (const LintFinding& finding : lint_policy(document, settings).findings) {
    if (finding.kind == LintKind::unsatisfiable) {
      found.push_back(finding);
    }
  }
  return found;
}

// A customer whose passkey meets what a credential can meet of demand_of.
std::size_t locked_out(const PolicyDocument& document, PolicyCeremony ceremony,
                       DisplayTiers offered = kServerTiers) {
  const PolicyDocument open = parsed_policy(Json::parse(
      R"({"schema":"countersign-policy/1","id":"open","revision":1,"default":"require","rules":[]})"));
  const std::vector<LockoutForecast> forecast =
      forecast_lockout(open, document, {PolicyInputs(ceremony)}, {well_equipped()}, offered);
  return forecast.empty() ? 0 : forecast[0].locked_out;
}

TEST(Enforcement, LintAndForecastAgreeWithTheTableForEveryCeremonyAndKind) {
  std::size_t refused = 0;
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    for (std::size_t k = 0; k < kRequirementKinds; ++k) {
      const Enforcement enforcement = enforcement_of(ceremony_at(i), kind_at(k));
      SCOPED_TRACE(std::string(policy_ceremony_name(ceremony_at(i))) + " " +
                   std::string(requirement_name(kind_at(k))));
      const PolicyDocument document = parsed_policy(
          policy_of(rule_for(ceremony_at(i), demand_of(kind_at(k))), Json::object(), keys_list()));
      ASSERT_EQ(demanded_kinds(document.rules()[0].requirements), mask_of(kind_at(k)));
      const bool is_never = enforcement == Enforcement::never_met;
      const bool is_faulty = is_never || enforcement == Enforcement::not_enforced;
      EXPECT_EQ(enforcement_reason(ceremony_at(i), kind_at(k)).empty(), !is_faulty);
      const std::vector<LintFinding> found = unsatisfiable(document);
      ASSERT_EQ(found.size(), is_faulty ? 1U : 0U);
      EXPECT_EQ(locked_out(document, ceremony_at(i)), is_never ? 1U : 0U);
      if (is_faulty) {
        ++refused;
        EXPECT_EQ(found[0].severity, Severity::error);
        EXPECT_EQ(found[0].rules, std::vector<std::uint32_t>{0});
        ASSERT_TRUE(found[0].witness.has_value());
        EXPECT_EQ(found[0].witness->ceremony(), ceremony_at(i));
        for (const std::string_view named :
             {std::string_view("\"one\""), requirement_name(kind_at(k))}) {
          EXPECT_NE(found[0].message.find(named), std::string::npos) << found[0].message;
        }
      }
    }
  }
  // display: 6 ceremonies, approvals: 6, age of a sign-in: 2, cooling-off: 3.
  EXPECT_EQ(refused, 17U);
}

// Each tier that is demanded of each kind of transaction, against each set of tiers.
TEST(Enforcement, ADisplayThatIsNotOfferedIsAFaultAndLocksOut) {
  constexpr PolicyCeremony kApproval = PolicyCeremony::transaction_approve;
  constexpr PolicyCeremony kPayee = PolicyCeremony::beneficiary_add;
  constexpr PolicyCeremony kPublish = PolicyCeremony::policy_publish;
  struct Demand {
    DisplayTiers offered;
    PolicyCeremony ceremony;
    std::uint8_t highest;
  };
  const auto all = static_cast<DisplayTiers>(kServerTiers | tier_bit(3) | tier_bit(4));
  const Demand rows[] = {
      {0, kApproval, 0},
      {0, kPayee, 0},
      {0, kPublish, 0},
      {kApprovalOriginTier, kApproval, 1},
      {kApprovalOriginTier, kPayee, 1},
      {kApprovalOriginTier, kPublish, 1},
      {kPaymentDialogTier, kApproval, 2},
      {kPaymentDialogTier, kPayee, 0},
      {kPaymentDialogTier, kPublish, 0},
      {kServerTiers, kApproval, 2},
      {kServerTiers, kPayee, 1},
      {kServerTiers, kPublish, 1},
      {tier_bit(3), kPayee, 3},
      {all, kApproval, 4},
      {all, kPayee, 4},
      {all, kPublish, 1},
      {all, PolicyCeremony::authenticate, 0},
  };
  for (const Demand& row : rows) {
    EXPECT_EQ(highest_tier(row.ceremony, row.offered), row.highest);
    for (std::uint8_t tier = 1; tier <= 4; ++tier) {
      SCOPED_TRACE(std::string(policy_ceremony_name(row.ceremony)) + " D" + std::to_string(tier) +
                   " of " + std::to_string(row.offered));
      const PolicyDocument document =
          parsed_policy(policy_of(rule_for(row.ceremony, {{"displayTier", tier}})));
      LintSettings settings;
      settings.tiers = row.offered;
      const std::vector<LintFinding> found = unsatisfiable(document, settings);
      const bool is_met = tier <= row.highest;
      const bool is_by_dialog_alone = row.ceremony == kApproval && tier == 1 && row.highest == 2 &&
                                      row.offered == kPaymentDialogTier;
      ASSERT_EQ(found.size(), is_met && !is_by_dialog_alone ? 0U : 1U);
      EXPECT_EQ(locked_out(document, row.ceremony, row.offered), is_met ? 0U : 1U);
      if (!found.empty()) {
        EXPECT_EQ(found[0].severity, is_met ? Severity::warning : Severity::error);
        EXPECT_EQ(found[0].witness->ceremony(), row.ceremony);
      }
    }
  }
}

TEST(Enforcement, SaysWhichDisplayIsOffered) {
  Json high = rule_for(PolicyCeremony::transaction_approve, {{"displayTier", 3}});
  high["when"] = {{"all", {high["when"], {{"amount.base", {{"gte", 5000000}}}}}}};
  const PolicyDocument document = parsed_policy(policy_of(high));
  const std::vector<LintFinding> found = unsatisfiable(document);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].witness->number(PolicyInput::amount_base), 5000000);
  EXPECT_EQ(found[0].message,
            "\"one\" demands displayTier, which cannot be met there (D2 is the highest that is "
            "offered): a transfer of 50000.00 EUR needs display tier D3");
  LintSettings dialog;
  dialog.tiers = kPaymentDialogTier;
  const std::vector<LintFinding> warned = unsatisfiable(
      parsed_policy(policy_of(rule_for(PolicyCeremony::transaction_approve, {{"displayTier", 1}}))),
      dialog);
  ASSERT_EQ(warned.size(), 1U);
  EXPECT_EQ(warned[0].message,
            "\"one\" demands displayTier, which only the browser's payment dialog meets there (no "
            "approval origin is offered): a transfer needs display tier D1");
}

TEST(Enforcement, WhatIsDeniedOrDemandsNothingIsNoFault) {
  const Json login = {{"ceremony", "authenticate"}};
  EXPECT_TRUE(unsatisfiable(parsed_policy(policy_of(rule_for(PolicyCeremony::authenticate,
                                                             {{"approvals", {{"count", 1}}}}))))
                  .empty());
  const Json two = rule_for(PolicyCeremony::authenticate, {{"displayTier", 1}});
  const Json denial = {{"id", "no"}, {"when", login}, {"deny", {{"reason", "x"}}}};
  EXPECT_TRUE(unsatisfiable(parsed_policy(policy_of(Json::array({two, denial})))).empty());
  EXPECT_EQ(unsatisfiable(parsed_policy(policy_of(two))).size(), 1U);
}

TEST(Enforcement, AFaultInACornerHasItsWitnessThere) {
  Json rule = rule_for(PolicyCeremony::authenticate, {{"approvals", {{"count", 2}}}});
  rule["when"] = {{"all", {rule["when"], {{"risk.score", {{"gte", 90}}}}}}};
  const std::vector<LintFinding> found = unsatisfiable(parsed_policy(policy_of(rule)));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].witness->number(PolicyInput::risk_score), 90);
  EXPECT_EQ(found[0].message,
            "\"one\" demands approvals, which cannot be met there (one person takes part in it): "
            "a login at risk 90 needs 2 approvals");
}

// Before the credential is known, what might be demanded of it is demanded.
TEST(Enforcement, TheForecastSeesWhatIsDemandedBeforeTheCredentialIsKnown) {
  Json rule = rule_for(PolicyCeremony::authenticate, {{"displayTier", 1}});
  rule["when"] = {{"all", {rule["when"], {{"credential.backedUp", true}}}}};
  Json open = rule_for(PolicyCeremony::authenticate, {{"userVerification", "required"}});
  open["id"] = "open";
  const PolicyDocument document = parsed_policy(policy_of(Json::array({open, rule})));
  EXPECT_EQ(locked_out(document, PolicyCeremony::authenticate), 1U)
      << "the passkey is not backed up, but no login begins";
}

}  // namespace
}  // namespace countersign::testing
