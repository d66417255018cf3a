#include "policy/lint.h"

#include <cstdio>
#include <limits>
#include <map>
#include <set>

#include "policy/enforcement.h"
#include "policy/shipped.h"
#include "policy/silence.h"
#include "tests/policy/bank_corpus.h"
#include "tests/policy/demands.h"
#include "tests/support/sanitized.h"

namespace countersign::testing {
namespace {

constexpr std::uint64_t kLintSeed = 20261126;

LintReport lint(const PolicyDocument& document, const LintSettings& settings = {}) {
  return lint_policy(document, settings);
}

bool has_match(const Decision& decision, std::uint32_t rule, Truth truth = Truth::yes) {
  return std::any_of(decision.matches.begin(), decision.matches.end(),
                     [&](const RuleMatch& one) { return one.rule == rule && one.truth == truth; });
}

PolicyDocument without_rule(Json policy, std::uint32_t rule) {
  policy["rules"].erase(rule);
  return parsed_policy(policy);
}

bool is_same(const PolicyDocument& a, const Decision& one, const PolicyDocument& b,
             const Decision& other) {
  return one.outcome == other.outcome &&
         reference_form(a, one).requirements == reference_form(b, other).requirements;
}

// Where tiers are D1 to D4, of those in the set.
bool is_display_vain(const Requirements& demanded, PolicyCeremony ceremony, DisplayTiers tiers) {
  bool is_met = demanded.display_tier == 0;
  for (unsigned tier = std::max<unsigned>(demanded.display_tier, 1); tier <= 4; ++tier) {
    const bool is_shown_there = ceremony == PolicyCeremony::policy_publish        ? tier == 1
                                : ceremony == PolicyCeremony::transaction_approve ? true
                                                                                  : tier != 2;
    is_met = is_met || (is_shown_there && (tiers & tier_bit(tier)) != 0);
  }
  const bool is_by_dialog_alone = ceremony == PolicyCeremony::transaction_approve &&
                                  demanded.display_tier == 1 && tiers == kPaymentDialogTier;
  return !is_met || is_by_dialog_alone;
}

std::uint32_t vain_kinds(const Requirements& demanded, PolicyCeremony ceremony,
                         DisplayTiers tiers) {
  const bool is_vain =
      enforcement_of(ceremony, RequirementKind::display_tier) == Enforcement::by_transaction &&
      is_display_vain(demanded, ceremony, tiers);
  return demanded_kinds(demanded, ceremony, Enforcement::never_met) |
         demanded_kinds(demanded, ceremony, Enforcement::not_enforced) |
         (is_vain ? mask_of(RequirementKind::display_tier) : 0U);
}

// What no administrator could meet.
bool is_vain_to_publish(const Decision& decision, DisplayTiers tiers) {
  const Requirements& demanded = decision.requirements;
  return is_unsatisfiable(demanded) || (demanded.algorithms & kServerAlgorithms) == 0 ||
         is_display_vain(demanded, PolicyCeremony::policy_publish, tiers);
}

// What the articles are about: of these inputs, and of names that the document speaks of.
bool is_of_article(const std::string& basis, const PolicyInputs& inputs, const Json& policy) {
  const auto number = [&](PolicyInput input) {
    return inputs.has(input) ? inputs.number(input) : std::numeric_limits<std::int64_t>::max();
  };
  const auto is_named = [&](PolicyInput input) {
    return inputs.has(input) &&
           policy.dump().find('"' + inputs.text(input) + '"') != std::string::npos;
  };
  if (basis == "rts.article-10" || basis == "rts.article-10a") {
    return inputs.ceremony() == PolicyCeremony::account_access &&
           number(PolicyInput::authentication_age) <= 180 * 86400;
  }
  if (inputs.ceremony() != PolicyCeremony::transaction_approve) {
    return false;
  }
  if (basis == "rts.article-13") {
    return number(PolicyInput::payee_trusted) == 1;
  }
  if (basis == "rts.article-14") {
    return number(PolicyInput::payee_known) == 1 && is_named(PolicyInput::transaction_type) &&
           inputs.text(PolicyInput::transaction_type) != "payment.standing-order/1";
  }
  if (basis == "rts.article-17") {
    return is_named(PolicyInput::user_segment);
  }
  return true;
}

bool is_about_silence(const LintFinding& finding) {
  return finding.kind == LintKind::publish_locked_out || finding.kind == LintKind::unsaid_denied ||
         finding.kind == LintKind::never_known ||
         (finding.kind == LintKind::unsatisfiable &&
          finding.message.find(" not said ") != std::string::npos);
}

// Evaluates the witness again: does it show what the finding claims?
void expect_shown(const Json& policy, const PolicyDocument& document, const LintFinding& finding,
                  DisplayTiers tiers = kServerTiers) {
  SCOPED_TRACE(finding.message);
  if (finding.kind == LintKind::expired_list || finding.kind == LintKind::undecided ||
      (finding.kind == LintKind::never_holds && !finding.witness)) {
    return;
  }
  ASSERT_TRUE(finding.witness.has_value());
  const Decision decision = evaluate(document, finding.phase, *finding.witness);
  for (const RuleMatch& match : decision.matches) {
    EXPECT_TRUE(match.truth != Truth::unknown || is_about_silence(finding))
        << "the witness is complete";
  }
  switch (finding.kind) {
    case LintKind::never_holds:
      EXPECT_FALSE(has_match(decision, finding.rules[0]));
      break;
    case LintKind::redundant: {
      EXPECT_TRUE(has_match(decision, finding.rules[0]));
      const PolicyDocument rest = without_rule(policy, finding.rules[0]);
      EXPECT_TRUE(
          is_same(document, decision, rest, evaluate(rest, finding.phase, *finding.witness)));
      break;
    }
    case LintKind::gap:
      EXPECT_EQ(decision.basis, DecisionBasis::nothing_matched);
      break;
    case LintKind::exemption_above_cap:
      EXPECT_EQ(decision.outcome, Outcome::exempt);
      EXPECT_TRUE(has_match(decision, finding.rules[0]));
      EXPECT_TRUE(finding.witness->number(PolicyInput::amount_base) > 3000 ||
                  (finding.witness->number(PolicyInput::since_sca_sum) > 10000 &&
                   finding.witness->number(PolicyInput::since_sca_count) > 5));
      break;
    case LintKind::exemption_basis:
      EXPECT_EQ(decision.outcome, Outcome::exempt);
      EXPECT_TRUE(has_match(decision, finding.rules[0]));
      EXPECT_EQ(is_of_article(document.rules()[finding.rules[0]].label, *finding.witness, policy),
                finding.severity == Severity::warning);
      break;
    case LintKind::exemption_denied:
      EXPECT_TRUE(has_match(decision, finding.rules[0]));
      EXPECT_TRUE(has_match(decision, finding.rules[1]));
      EXPECT_EQ(decision.outcome, Outcome::deny);
      break;
    case LintKind::unsatisfiable:
      EXPECT_EQ(decision.outcome, Outcome::require);
      EXPECT_TRUE(is_unsatisfiable(decision.requirements) ||
                  vain_kinds(decision.requirements, finding.witness->ceremony(), tiers) != 0);
      break;
    case LintKind::not_monotonic: {
      ASSERT_TRUE(finding.larger_witness.has_value());
      const Strictness change = compare_decisions(
          document, decision, document, evaluate(document, finding.phase, *finding.larger_witness));
      EXPECT_TRUE(change == Strictness::weaker || change == Strictness::incomparable);
      break;
    }
    case LintKind::advisory_binding:
      EXPECT_NE(decision.requirements.binding, KeyBinding::any);
      EXPECT_EQ(decision.requirements.attestation, AttestationConveyance::none);
      break;
    case LintKind::single_approver:
      EXPECT_GT(decision.requirements.approvals, 1);
      EXPECT_FALSE(decision.requirements.has_distinct_approvers);
      break;
    case LintKind::publish_locked_out:
      // The display is made before the verdict. What may be backed up is no key of one device.
      EXPECT_TRUE(decision.outcome != Outcome::require || is_vain_to_publish(decision, tiers) ||
                  (decision.requirements.binding != KeyBinding::any &&
                   finding.witness->number(PolicyInput::credential_backup_eligible) == 1) ||
                  is_vain_to_publish(evaluate(document, Phase::options, *finding.witness), tiers));
      break;
    case LintKind::revision_repeated:
      ADD_FAILURE() << "the core knows no other revisions";
      break;
    case LintKind::unsaid_denied:
      EXPECT_TRUE(decision.outcome == Outcome::deny || needs_proved_model(decision.requirements));
      EXPECT_TRUE(says_nothing(*finding.witness));
      ASSERT_FALSE(finding.rules.empty());
      for (const std::uint32_t rule : finding.rules) {
        EXPECT_TRUE(has_match(decision, rule, Truth::unknown));
        EXPECT_EQ(document.rules()[rule].effect, decision.outcome);
      }
      break;
    case LintKind::never_known:
      EXPECT_TRUE(has_match(decision, finding.rules[0], Truth::unknown));
      break;
    case LintKind::counter_accepted:
      EXPECT_EQ(finding.witness->number(PolicyInput::authentication_counter), 2);
      EXPECT_NE(decision.outcome, Outcome::deny);
      EXPECT_TRUE(has_match(decision, finding.rules[0]));
      EXPECT_TRUE(accepts_counter(document, document.rules()[finding.rules[0]],
                                  resolve_inputs(document, Phase::verdict, *finding.witness)));
      break;
    case LintKind::expired_list:
    case LintKind::undecided:
      break;
  }
}

struct Faulty {
  LintKind kind;
  Json rules;
  std::string_view words;  // of the message
};

Json when_both(const Json& one, const Json& other) { return {{"all", Json::array({one, other})}}; }
Json when_paying(const Json& condition) {
  return when_both({{"ceremony", "transaction.approve"}}, condition);
}

std::vector<Faulty> faulty_documents() {
  const Json pay = {{"ceremony", "transaction.approve"}};
  const Json sca = {{"userVerification", "required"}};
  const auto rule = [](const char* id, const Json& when, const char* effect, const Json& value) {
    return Json{{"id", id}, {"when", when}, {effect, value}};
  };
  const Json all = rule("all", pay, "require", sca);
  const Json adding_or_paying = {{"ceremony", {{"in", {"credential.add", "transaction.approve"}}}}};
  return {
      {LintKind::never_holds,
       {all, rule("a", when_paying({{"amount.base", {{"gt", 10}, {"lt", 5}}}}), "deny",
                  {{"reason", "x"}})},
       "\"a\" cannot hold"},
      {LintKind::redundant,
       {all, rule("b", when_paying({{"amount.base", {{"gte", 100}}}}), "require", sca)},
       "\"b\" never changes"},
      {LintKind::gap,
       {rule("c", when_paying({{"amount.base", {{"gt", 3000}}}}), "require", sca)},
       "a transfer of 0.00 EUR"},
      {LintKind::exemption_above_cap,
       {rule("d", when_paying({{"amount.base", {{"lte", 5000}}}}), "exempt",
             {{"basis", "rts.article-16"}})},
       "a transfer of 30.01 EUR"},
      {LintKind::exemption_above_cap,
       {rule("e", when_paying({{"amount.base", {{"lte", 3000}}}}), "exempt",
             {{"basis", "rts.article-16"}})},
       "after 100.01 EUR without SCA after 6 payments"},
      {LintKind::exemption_basis,
       {rule("p", pay, "exempt", {{"basis", "rts.article-10"}})},
       "\"p\" exempts what rts.article-10 does not (it is about account.access alone): a transfer"},
      {LintKind::exemption_denied,
       {rule("f", when_paying({{"payee.trusted", true}}), "exempt", {{"basis", "rts.article-13"}}),
        rule("g", when_paying({{"risk.score", {{"gte", 90}}}}), "deny", {{"reason", "risk"}})},
       "to a trusted payee at risk 90"},
      {LintKind::unsatisfiable,
       {rule("h", pay, "require", {{"algorithms", {"ES256"}}}),
        rule("i", when_paying({{"user.segment", "gold"}}), "require", {{"algorithms", {"EdDSA"}}})},
       "no algorithm is left"},
      {LintKind::not_monotonic,
       {rule("j", when_paying({{"amount.base", {{"lt", 100000}}}}), "require",
             {{"userVerification", "required"}, {"displayTier", 1}}),
        all},
       "a transfer of 1000.00 EUR"},
      {LintKind::not_monotonic,
       {rule("k", {{"risk.score", {{"lt", 50}}}}, "deny", {{"reason", "x"}}), all},
       "at risk 50"},
      {LintKind::advisory_binding,
       {rule("l", pay, "require", {{"binding", "device-bound-claimed"}})},
       "advisory"},
      {LintKind::single_approver,
       {rule("m", pay, "require", {{"approvals", {{"count", 2}}}})},
       "2 approvals"},
      {LintKind::publish_locked_out,
       {all, rule("n", {{"ceremony", "policy.publish"}}, "require", sca),
        rule("o", {{"risk.score", {{"gte", 90}}}}, "deny", {{"reason", "risk"}})},
       "publishing a policy is denied"},
      {LintKind::unsaid_denied,
       {all, rule("q", {{"ceremony", "authenticate"}}, "require", sca),
        rule("r", {{"all", {{{"ceremony", "authenticate"}}, {{"risk.score", {{"gte", 90}}}}}}},
             "deny", {{"reason", "risk"}})},
       "\"r\" denies whoever does not say risk.score, as where a browser begins: a login"},
      {LintKind::never_known,
       {all, rule("s", when_both(adding_or_paying, {{"transaction.tier", {{"lt", 1}}}}), "deny",
                  {{"reason", "display"}})},
       "\"s\" asks for transaction.tier, which nobody knows there, and counts as matched: adding"},
      {LintKind::never_known,
       {all, rule("t", when_both({{"ceremony", "policy.publish"}}, {{"risk.score", {{"gte", 50}}}}),
                  "require", sca)},
       "\"t\" asks for risk.score, which nobody knows there, and counts as matched: publishing"},
      {LintKind::counter_accepted,
       {all, rule("u", when_paying({{"authentication.counter", {{"ne", "advanced"}}}}), "require",
                  {{"coolingOff", "PT1H"}})},
       "\"u\" lets a counter pass that did not advance"},
  };
}

TEST(LintKind, IsFoundByItsNameAndNoOther) {
  for (std::size_t i = 0; i < kLintKinds; ++i) {
    const auto kind = static_cast<LintKind>(i);
    EXPECT_EQ(find_lint_kind(lint_kind_name(kind)), kind);
  }
  for (const char* name : {"", "gaps", "Gap", "publish_locked_out"}) {
    EXPECT_EQ(find_lint_kind(name), std::nullopt) << name;
  }
}

TEST(LintPolicy, FindsEachFaultWithItsWitness) {
  for (const Faulty& faulty : faulty_documents()) {
    const Json policy = policy_of(faulty.rules);
    const PolicyDocument document = parsed_policy(policy);
    const LintReport report = lint(document);
    bool is_found = false;
    for (const LintFinding& finding : report.findings) {
      expect_shown(policy, document, finding);
      EXPECT_NE(finding.kind, LintKind::undecided);
      const bool is_it =
          finding.kind == faulty.kind && finding.message.find(faulty.words) != std::string::npos;
      if (is_it && !is_found) {
        std::printf("policy: %s: %s\n", std::string(lint_kind_name(finding.kind)).c_str(),
                    finding.message.c_str());
      }
      is_found = is_found || is_it;
    }
    EXPECT_TRUE(is_found) << lint_kind_name(faulty.kind) << ' ' << faulty.rules;
    if (!is_found) {
      for (const LintFinding& finding : report.findings) {
        std::printf("  %s: %s\n", std::string(lint_kind_name(finding.kind)).c_str(),
                    finding.message.c_str());
      }
    }
  }
}

// From an amount on a cloned passkey is let in; below it the built-in denial stands.
TEST(LintPolicy, ACloneThatIsAcceptedFromAnAmountOnIsNotMonotonic) {
  for (const char* fallback : {"deny", "require"}) {
    Json policy = policy_of(
        {Json{{"id", "all"},
              {"when", {{"ceremony", "transaction.approve"}}},
              {"require", {{"userVerification", "required"}}}},
         Json{{"id", "clone"},
              {"when", when_paying(when_both({{"amount.base", {{"gte", 100000}}}},
                                             {{"authentication.counter", "not-advanced"}}))},
              {"require", {{"userVerification", "required"}}}}});
    policy["default"] = fallback;
    const LintReport report = lint(parsed_policy(policy));
    EXPECT_TRUE(std::any_of(report.findings.begin(), report.findings.end(), [](const auto& one) {
      return one.kind == LintKind::not_monotonic && one.rules == std::vector<std::uint32_t>{1};
    })) << fallback;
  }
}

TEST(LintPolicy, FindsNothingInTheShippedPolicies) {
  for (const ShippedPolicy& shipped : shipped_policies()) {
    const PolicyDocument document = parsed_policy(std::string(shipped.json));
    for (const LintFinding& finding : lint(document).findings) {
      ADD_FAILURE() << shipped.name << ": " << lint_kind_name(finding.kind) << ": "
                    << finding.message;
    }
  }
}

TEST(LintPolicy, AnExemptionIsSaidToBeDeniedOnce) {
  const auto rule = [](const char* id, const Json& condition, const char* effect,
                       const Json& value) {
    return Json{{"id", id}, {"when", when_paying(condition)}, {effect, value}};
  };
  const Json risk = {{"risk.score", {{"gte", 90}}}};
  const PolicyDocument document = parsed_policy(
      policy_of({rule("free", {{"payee.trusted", true}}, "exempt", {{"basis", "rts.article-13"}}),
                 rule("a", risk, "deny", {{"reason", "risk"}}),
                 rule("b", {{"payee.confusable", true}}, "deny", {{"reason", "name"}}),
                 rule("c", {{"payee.trusted", false}}, "deny", {{"reason", "payee"}})}));
  std::vector<LintFinding> denied = lint(document).findings;
  std::erase_if(denied, [](const auto& one) { return one.kind != LintKind::exemption_denied; });
  ASSERT_EQ(denied.size(), 1U);
  EXPECT_EQ(denied[0].rules, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_TRUE(denied[0].message.starts_with(
      "\"free\" exempts what 2 rules deny, for example \"a\": a transfer to a trusted payee"))
      << denied[0].message;
}

// However many rules have the same fault; an error does not hide behind warnings of its kind.
TEST(LintPolicy, FindingsOfOneKindAreCountedBeyondTheFirst) {
  constexpr std::size_t kRules = 33;
  Json rules = Json::array();
  for (std::size_t i = 0; i < kRules; ++i) {
    rules.push_back({{"id", "same-" + std::to_string(i)},
                     {"when", {{"ceremony", "transaction.approve"}}},
                     {"require", {{"userVerification", "required"}}}});
    rules.push_back(
        {{"id", "series-" + std::to_string(i)},
         {"when",
          {{"all",
            Json::array({Json{{"ceremony", "transaction.approve"}}, Json{{"payee.known", true}},
                         Json{{"transaction.type", "payment.series/1"}}})}}},
         {"exempt", {{"basis", i + 1 < kRules ? "rts.article-14" : "rts.article-17"}}}});
  }
  const auto is_payment_free = [&](std::size_t i) { return i % 2 == 1; };
  Json exemptions = Json::array();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (is_payment_free(i)) {
      exemptions.push_back(rules[i]);
    }
  }
  const auto told = [](const LintReport& report, LintKind kind, Severity severity) {
    return static_cast<std::size_t>(std::count_if(
        report.findings.begin(), report.findings.end(),
        [&](const auto& one) { return one.kind == kind && one.severity == severity; }));
  };
  const auto more = [](const LintReport& report, LintKind kind) {
    for (const OmittedFindings& omitted : report.omitted) {
      if (omitted.kind == kind) {
        return omitted.count;
      }
    }
    return std::size_t{0};
  };
  const LintReport demanded = lint(parsed_policy(policy_of(rules)));
  EXPECT_EQ(told(demanded, LintKind::redundant, Severity::warning), kMaxFindingsOfAKind);
  EXPECT_EQ(more(demanded, LintKind::redundant), 2 * kRules - kMaxFindingsOfAKind);
  EXPECT_EQ(demanded.count(Severity::warning), demanded.findings.size() + 2 * kRules -
                                                   kMaxFindingsOfAKind -
                                                   demanded.count(Severity::error));
  const LintReport exempted = lint(parsed_policy(policy_of(exemptions)));
  EXPECT_EQ(told(exempted, LintKind::exemption_basis, Severity::warning), kMaxFindingsOfAKind);
  EXPECT_EQ(more(exempted, LintKind::exemption_basis), kRules - 1 - kMaxFindingsOfAKind);
  EXPECT_EQ(told(exempted, LintKind::exemption_basis, Severity::error), 1U);
  EXPECT_TRUE(lint(parsed_policy(policy_of(Json::array({rules[0]})))).omitted.empty());
}

TEST(LintPolicy, ALevelThatNoModelHasIsUnsatisfiable) {
  const PolicyDocument corporate = parsed_policy(std::string(shipped_policy("corporate")));
  std::vector<KnownModel> models = {
      {"ee882879-721c-4913-9775-3dfcce97072a", CertificationLevel::none, true, kAnyAlgorithm}};
  LintSettings settings;
  settings.models = models;
  EXPECT_EQ(lint(corporate, settings).findings.at(0).kind, LintKind::unsatisfiable);
  models[0].certification = CertificationLevel::l1;
  EXPECT_TRUE(lint(corporate, settings).is_clean());
  models[0].is_acceptable = false;
  EXPECT_FALSE(lint(corporate, settings).is_clean());
}

// What the server asks of an approval, at any hour: time and age of the sign-in, nothing else.
TEST(LintPolicy, APolicyThatNobodyCouldReplaceIsAnError) {
  const Json publish = {{"ceremony", "policy.publish"}};
  const auto rule = [](const char* id, const Json& when, const char* effect, const Json& value) {
    return Json{{"id", id}, {"when", when}, {effect, value}};
  };
  const Json closed = {{"reason", "x"}};
  const Json open = rule("open", publish, "require", {{"userVerification", "required"}});
  const Json any_risk = {{"risk.score", {{"gte", 90}}}};
  const Json on_weekdays = {
      {"all",
       {publish,
        {{"time.weekday", {{"in", {"monday", "tuesday", "wednesday", "thursday", "friday"}}}}}}}};
  const Json but_at_three = {{"all", {publish, {{"not", {{"time.hour", 3}}}}}}};
  struct Locked {
    Json rules;
    std::vector<std::uint32_t> in_the_way;
    bool is_locked_out;
  };
  const Locked rows[] = {
      {{rule("no", publish, "deny", closed)}, {0}, true},
      {{open, rule("no", publish, "deny", closed)}, {1}, true},
      {Json::array(), {}, true},  // the default denies
      // Nobody supplies a risk or a role here: unknown counts for the denial.
      {{open, rule("risk", any_risk, "deny", closed)}, {1}, true},
      {{open, rule("role", {{"not", {{"user.roles", {{"contains", "admin"}}}}}}, "deny", closed)},
       {1},
       true},
      // The server shows a publication itself, at an approval origin at most.
      {{open, rule("tier", publish, "require", {{"displayTier", 1}})}, {}, false},
      {{open, rule("tier", publish, "require", {{"displayTier", 2}})}, {1}, true},
      // A day, or an hour, is enough.
      {{open, rule("weekdays", on_weekdays, "deny", closed)}, {}, false},
      {{open, rule("hours", but_at_three, "deny", closed)}, {}, false},
      {{open, rule("both", {{"any", {on_weekdays, but_at_three}}}, "deny", closed)}, {}, false},
      {{open,
        rule("all", {{"any", {on_weekdays, but_at_three, {{"time.hour", 3}}}}}, "deny", closed)},
       {1},
       true},
      // What an unknown demands is demanded; two people and a fresh sign-in can be had.
      {{rule("role", {{"all", {publish, {{"user.roles", {{"contains", "admin"}}}}}}}, "require",
             {{"approvals", {{"count", 2}, {"distinctUsers", true}}},
              {"authenticationAge", "PT5M"}})},
       {},
       false},
      // A denial that waits for the passkey denies some, not all.
      {{open,
        rule("young", {{"all", {publish, {{"credential.age", {{"lt", "P1D"}}}}}}}, "deny", closed)},
       {},
       false},
  };
  for (const Locked& row : rows) {
    SCOPED_TRACE(row.rules.dump());
    Json policy = policy_of(row.rules);
    policy["default"] = "deny";
    const LintReport report = lint(parsed_policy(policy));
    const auto found =
        std::find_if(report.findings.begin(), report.findings.end(),
                     [](const auto& one) { return one.kind == LintKind::publish_locked_out; });
    ASSERT_EQ(found != report.findings.end(), row.is_locked_out);
    if (row.is_locked_out) {
      EXPECT_EQ(found->severity, Severity::error);
      EXPECT_EQ(found->rules, row.in_the_way);
    }
  }
}

TEST(LintPolicy, AnExpiredListNamesTheRulesThatSpeakOfIt) {
  const auto when = [](const char* name, const char* list) {
    return Json{{"all", {{{"ceremony", "register"}}, {{"credential.aaguid", {{name, list}}}}}}};
  };
  const Json denial = {{"reason", "x"}};
  const Json models = Json::array({"ee882879-721c-4913-9775-3dfcce97072a"});
  const Json past = {{"models", models}, {"expires", "2026-01-01T00:00:00Z"}};
  const Json policy = policy_of(
      Json::array({Json{{"id", "in"}, {"when", when("inList", "l")}, {"deny", denial}},
                   Json{{"id", "other"}, {"when", when("inList", "m")}, {"deny", denial}},
                   Json{{"id", "not-in"}, {"when", when("notInList", "l")}, {"deny", denial}},
                   Json{{"id", "demand"},
                        {"when", {{"ceremony", "register"}}},
                        {"require", {{"authenticators", {{"deny", "l"}}}}}}}),
      Json::object(), {{"l", past}, {"m", {{"models", models}}}});
  LintSettings settings;
  settings.time = UnixSeconds{1800000000};
  int found = 0;
  for (const LintFinding& finding : lint(parsed_policy(policy), settings).findings) {
    if (finding.kind == LintKind::expired_list) {
      EXPECT_EQ(finding.rules, (std::vector<std::uint32_t>{0, 2, 3}));
      ++found;
    }
  }
  EXPECT_EQ(found, 1);
}

TEST(LintPolicy, AnExpiredListIsNamed) {
  const Json policy = policy_of(
      Json{{"id", "a"},
           {"when", {{"ceremony", "register"}}},
           {"require", {{"authenticators", {{"deny", "l"}}}}}},
      Json::object(), {{"l", {{"models", Json::array()}, {"expires", "2026-01-01T00:00:00Z"}}}});
  const PolicyDocument document = parsed_policy(policy);
  const auto has_expired = [&](std::optional<UnixSeconds> time) {
    LintSettings settings;
    settings.time = time;
    const LintReport report = lint(document, settings);
    return std::any_of(report.findings.begin(), report.findings.end(),
                       [](const auto& one) { return one.kind == LintKind::expired_list; });
  };
  EXPECT_FALSE(has_expired(std::nullopt));
  EXPECT_FALSE(has_expired(UnixSeconds{1767225599}));
  EXPECT_TRUE(has_expired(UnixSeconds{1767225600}));
}

TEST(LintPolicy, Article18IsHeldAgainstTheTenantsFraudRates) {
  const PolicyDocument document = parsed_policy(
      policy_of(Json{{"id", "tra"},
                     {"when", when_paying({{"all",
                                            {{{"amount.base", {{"lte", 25000}}}},
                                             {{"transaction.type", "payment.card/1"}}}}})},
                     {"exempt", {{"basis", "rts.article-18"}}}}));
  const auto is_above = [&](std::int64_t card, std::int64_t transfer) {
    LintSettings settings;
    settings.caps.card = card;
    settings.caps.credit_transfer = transfer;
    const LintReport report = lint(document, settings);
    return std::any_of(report.findings.begin(), report.findings.end(),
                       [](const auto& one) { return one.kind == LintKind::exemption_above_cap; });
  };
  EXPECT_TRUE(is_above(0, 0));
  EXPECT_TRUE(is_above(10000, 50000));
  EXPECT_FALSE(is_above(25000, 0)) << "only cards are exempted";
}

// Pairs that differ in a larger amount or a higher risk alone.
std::vector<std::pair<std::size_t, std::size_t>> larger_neighbours(
    const std::vector<PolicyInputs>& inputs) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const PolicyInput axis : {PolicyInput::amount_base, PolicyInput::risk_score}) {
    std::map<std::string, std::size_t> last;  // of those that are equal but for the axis
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      JsonWriter json;
      write_policy_inputs(json, inputs[i], ~mask_of(axis), nullptr);
      const auto [at, is_first] = last.try_emplace(json.text(), i);
      if (!is_first) {
        pairs.emplace_back(at->second, i);
        at->second = i;
      }
    }
  }
  return pairs;
}

bool is_of_a_ceremony(LintKind kind) {
  return kind == LintKind::gap || kind == LintKind::not_monotonic ||
         kind == LintKind::unsatisfiable || kind == LintKind::advisory_binding ||
         kind == LintKind::single_approver;
}

// " displayTier" of `"a" demands displayTier, which cannot…`; empty for a combination of demands.
std::string vain_demand(const std::string& message) {
  constexpr std::string_view kDemands = " demands ";
  const std::size_t at = message.find(kDemands);
  return at == std::string::npos ? ""
                                 : message.substr(at + kDemands.size() - 1,
                                                  message.find(',', at) - at - kDemands.size() + 1);
}

void expect_of_demands(const Decision& decision, PolicyCeremony ceremony, DisplayTiers tiers,
                       std::set<std::string>& expected) {
  if (decision.outcome != Outcome::require) {
    return;
  }
  const std::string there = " " + std::string(policy_ceremony_name(ceremony));
  const Requirements& demanded = decision.requirements;
  if (is_unsatisfiable(demanded)) {
    expected.insert("unsatisfiable" + there);
  }
  for (std::size_t i = 0; i < kRequirementKinds; ++i) {
    const auto kind = static_cast<RequirementKind>(i);
    if ((vain_kinds(demanded, ceremony, tiers) & mask_of(kind)) != 0) {
      expected.insert("unsatisfiable" + there + " " + std::string(requirement_name(kind)));
    }
  }
  if (demanded.binding != KeyBinding::any && demanded.attestation == AttestationConveyance::none) {
    expected.insert("advisory-binding" + there);
  }
  if (demanded.approvals > 1 && !demanded.has_distinct_approvers) {
    expected.insert("single-approver" + there);
  }
}

// Article 16: 30 EUR, and 100 EUR in sum or five in a row. No condition asks for sum and count;
// nor for the age of the sign-in or the type of a payment, which Articles 10 and 14 do.
void expect_of_articles(const Json& policy, const PolicyDocument& document,
                        const PolicyInputs& inputs, Phase phase, std::set<std::string>& expected) {
  const Decision decision = evaluate(document, phase, inputs);
  for (std::uint32_t rule = 0; rule < document.rules().size(); ++rule) {
    if (decision.outcome != Outcome::exempt || !has_match(decision, rule)) {
      continue;
    }
    const std::string& basis = document.rules()[rule].label;
    const bool is_payment = inputs.ceremony() == PolicyCeremony::transaction_approve;
    const std::string number = " " + std::to_string(rule);
    if (is_payment && basis == "rts.article-16") {
      expected.insert("exemption-above-cap" + number);
    } else if (!is_of_article(basis, inputs, policy) || basis == "rts.article-17") {  // it warns
      expected.insert("exemption-basis" + number + " " +
                      std::string(policy_ceremony_name(inputs.ceremony())));
    }
  }
}

// Every question about a document with seven inputs, answered by visiting each of its cells.
TEST(LintPolicy, AgreesWithBruteForce) {
  Random random(kLintSeed);
  constexpr int kPolicies = 100 / stride(5);
  const std::vector<Json> everywhere = small_inputs();
  std::vector<PolicyInputs> inputs;
  for (const Json& one : everywhere) {
    inputs.push_back(inputs_of(one));
  }
  const std::vector<std::pair<std::size_t, std::size_t>> pairs = larger_neighbours(inputs);
  std::map<LintKind, int> counts;
  constexpr DisplayTiers kSets[] = {0, kApprovalOriginTier, kPaymentDialogTier, kServerTiers,
                                    kServerTiers | tier_bit(3)};
  for (int n = 0; n < kPolicies; ++n) {
    const Json policy = random_policy(random, PolicyRange::small, 1 + random.below(5));
    SCOPED_TRACE(policy.dump());
    const PolicyDocument document = parsed_policy(policy);
    LintSettings settings;
    settings.tiers = kSets[random.below(std::size(kSets))];
    const LintReport report = lint(document, settings);
    std::set<std::string> claimed;
    for (const LintFinding& finding : report.findings) {
      expect_shown(policy, document, finding, settings.tiers);
      std::string key(lint_kind_name(finding.kind));
      ++counts[finding.kind];
      if (is_about_silence(finding) && finding.kind != LintKind::publish_locked_out &&
          finding.kind != LintKind::never_known) {
        continue;  // lint_silence_test.cc
      }
      if (is_of_a_ceremony(finding.kind)) {
        key += " " + std::string(policy_ceremony_name(finding.witness->ceremony()));
        key += finding.kind == LintKind::unsatisfiable ? vain_demand(finding.message) : "";
      } else if (finding.kind == LintKind::exemption_basis) {
        key += " " + std::to_string(finding.rules[0]) + " " +
               std::string(policy_ceremony_name(finding.witness->ceremony()));
      } else if (finding.kind == LintKind::exemption_denied) {
        key += " " + std::to_string(finding.rules[0]);
        EXPECT_EQ(claimed.count(key + " " + std::to_string(finding.rules[1])), 0U) << "said twice";
        for (std::size_t i = 2; i < finding.rules.size(); ++i) {
          claimed.insert(key + " " + std::to_string(finding.rules[i]));
        }
        key += " " + std::to_string(finding.rules[1]);
      } else if (finding.kind != LintKind::publish_locked_out) {
        for (const std::uint32_t rule : finding.rules) {
          key += " " + std::to_string(rule);
        }
      }
      claimed.insert(key);
    }
    std::set<std::string> expected;
    std::vector<Decision> decisions;
    for (const PolicyInputs& one : inputs) {
      decisions.push_back(evaluate(document, Phase::verdict, one));
      if (decisions.back().basis == DecisionBasis::nothing_matched) {
        expected.insert("gap " + std::string(policy_ceremony_name(one.ceremony())));
      }
      expect_of_demands(decisions.back(), one.ceremony(), settings.tiers, expected);
      for (const Phase phase : {Phase::options, Phase::verdict}) {
        expect_of_articles(policy, document, one, phase, expected);
      }
      const Decision before = evaluate(document, Phase::options, one);
      for (const RuleMatch& a : before.matches) {
        for (const RuleMatch& b : before.matches) {
          if (document.rules()[a.rule].effect == Outcome::exempt && a.truth == Truth::yes &&
              document.rules()[b.rule].effect == Outcome::deny && b.truth == Truth::yes) {
            expected.insert("exemption-denied " + std::to_string(a.rule) + " " +
                            std::to_string(b.rule));
          }
        }
      }
    }
    for (std::uint32_t rule = 0; rule < document.rules().size(); ++rule) {
      const PolicyDocument rest = without_rule(policy, rule);
      bool has_held = false;
      bool has_changed = false;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (has_match(decisions[i], rule)) {
          has_held = true;
          has_changed = has_changed || !is_same(document, decisions[i], rest,
                                                evaluate(rest, Phase::verdict, inputs[i]));
        }
      }
      if (!has_held) {
        expected.insert("never-holds " + std::to_string(rule));
      } else if (!has_changed) {
        expected.insert("redundant " + std::to_string(rule));
      }
    }
    // Of the inputs of these documents nobody supplies one there but the counter.
    bool is_replaced = false;
    for (const char* counter : {"advanced", "zero", "not-advanced"}) {
      PolicyInputs approval(PolicyCeremony::policy_publish);
      (void)approval.set_text(PolicyInput::authentication_counter, counter);
      const Decision approved = evaluate(document, Phase::verdict, approval);
      const bool is_clone = counter == std::string("not-advanced");
      const bool is_shown = !is_display_vain(  // before the counter is known
          evaluate(document, Phase::options, approval).requirements, approval.ceremony(),
          settings.tiers);
      is_replaced = is_replaced || (!is_clone && is_shown && approved.outcome == Outcome::require &&
                                    !is_vain_to_publish(approved, settings.tiers));
      for (const RuleMatch& match : approved.matches) {
        if (match.truth == Truth::unknown &&
            document.rules()[match.rule].effect != Outcome::exempt) {
          expected.insert("never-known " + std::to_string(match.rule));
        }
      }
    }
    if (!is_replaced) {
      expected.insert("publish-locked-out");
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      for (const RuleMatch& match : decisions[i].matches) {
        if (decisions[i].outcome != Outcome::deny &&
            inputs[i].has(PolicyInput::authentication_counter) &&
            inputs[i].number(PolicyInput::authentication_counter) == 2 &&
            document.rules()[match.rule].effect != Outcome::deny && match.truth == Truth::yes &&
            accepts_counter(document, document.rules()[match.rule],
                            resolve_inputs(document, Phase::verdict, inputs[i]))) {
          expected.insert("counter-accepted " + std::to_string(match.rule));
        }
      }
    }
    for (const auto& [low, high] : pairs) {
      const Strictness change =
          compare_decisions(document, decisions[low], document, decisions[high]);
      if (change == Strictness::weaker || change == Strictness::incomparable) {
        expected.insert("not-monotonic " +
                        std::string(policy_ceremony_name(inputs[low].ceremony())));
      }
    }
    ASSERT_EQ(claimed, expected);
  }
  std::printf(
      "policy: lint of %d random documents agrees with brute force over %zu inputs "
      "(",
      kPolicies, inputs.size());
  for (const LintKind kind :
       {LintKind::never_holds, LintKind::redundant, LintKind::gap, LintKind::exemption_above_cap,
        LintKind::exemption_basis, LintKind::exemption_denied, LintKind::unsatisfiable,
        LintKind::not_monotonic, LintKind::advisory_binding, LintKind::single_approver,
        LintKind::publish_locked_out, LintKind::never_known, LintKind::counter_accepted}) {
    std::printf(" %d %s", counts[kind], std::string(lint_kind_name(kind)).c_str());
    // A part of the documents need not have all.
    EXPECT_TRUE(counts[kind] > 0 || kIsSanitized) << lint_kind_name(kind);
  }
  std::printf(" )\n");
}

TEST(LintPolicy, WitnessesOfWideDocumentsShowWhatTheyClaim) {
  Random random(kLintSeed + 1);
  constexpr int kPolicies = 150;
  int findings = 0;
  for (int n = 0; n < kPolicies; ++n) {
    const Json policy = random_policy(random, PolicyRange::wide, 1 + random.below(10));
    const PolicyDocument document = parsed_policy(policy);
    for (const LintFinding& finding : lint(document).findings) {
      expect_shown(policy, document, finding);
      ASSERT_FALSE(HasFailure()) << policy;
      ++findings;
    }
  }
  std::printf("policy: %d witnesses of %d wide random documents hold\n", findings, kPolicies);
}

// Boxes, not seconds: tests/bench has what a box costs.
TEST(LintPolicy, ABanksTwoHundredRulesTakeAHundredthOfTheBudget) {
  const PolicyDocument document = parsed_policy(bank_policy(200));
  const LintReport report = lint(document);
  const auto undecided =
      std::count_if(report.findings.begin(), report.findings.end(),
                    [](const auto& one) { return one.kind == LintKind::undecided; });
  std::printf("policy: lint of a bank's 200 rules: %zu boxes, %zu findings, %ld undecided\n",
              report.boxes, report.findings.size(), static_cast<long>(undecided));
  EXPECT_GT(report.boxes, 0U);
  EXPECT_LE(report.boxes, limits::kMaxPolicyBoxes / 100);
  EXPECT_EQ(undecided, 0);
}

TEST(LintPolicy, AWorstCaseEndsUndecidedAndNamesItsRules) {
  const PolicyDocument document = parsed_policy(worst_policy(200));
  LintSettings settings;
  settings.boxes = 20000;
  settings.question_boxes = 2000;
  const LintReport report = lint(document, settings);
  const auto undecided =
      std::find_if(report.findings.begin(), report.findings.end(),
                   [](const auto& one) { return one.kind == LintKind::undecided; });
  ASSERT_NE(undecided, report.findings.end());
  EXPECT_FALSE(undecided->rules.empty());
  EXPECT_FALSE(report.is_clean());
}

}  // namespace
}  // namespace countersign::testing
