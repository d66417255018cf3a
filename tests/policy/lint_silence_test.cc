// What lint finds where something is not said: by the backend, or by anybody.

#include <cstdio>
#include <map>

#include "policy/lint.h"
#include "policy/silence.h"
#include "tests/policy/demands.h"
#include "tests/support/sanitized.h"

namespace countersign::testing {
namespace {

constexpr std::uint64_t kSilenceSeed = 20261128;

Json all_of(const std::vector<Json>& parts) { return {{"all", parts}}; }
Json rule_of(const std::string& id, const Json& when, const char* effect, const Json& what) {
  return {{"id", id}, {"when", when}, {effect, what}};
}
const Json kLogin = {{"ceremony", "authenticate"}};
const Json kRisky = {{"risk.score", {{"gte", 90}}}};
const Json kSilenced = {{"reason", "x"}};
const Json kOpen = rule_of("open", {{"ceremony", {{"ne", "policy.publish"}}}}, "require",
                           {{"userVerification", "required"}});

std::vector<LintFinding> found_of(LintKind kind, const Json& rules,
                                  const LintSettings& settings = {}) {
  std::vector<LintFinding> findings =
      lint_policy(parsed_policy(policy_of(rules, Json::object(), keys_list())), settings).findings;
  std::erase_if(findings, [&](const LintFinding& one) { return one.kind != kind; });
  return findings;
}

TEST(LintSilence, SeesDenialsThatWaitForThePasskey) {
  const Json backed_up = {{"credential.backedUp", true}};
  const auto found =
      found_of(LintKind::unsaid_denied,
               {kOpen, rule_of("cloud", all_of({kLogin, backed_up, kRisky}), "deny", kSilenced)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].phase, Phase::verdict);
  EXPECT_EQ(found[0].severity, Severity::warning);
  EXPECT_EQ(found[0].rules, std::vector<std::uint32_t>{1});
  EXPECT_EQ(found[0].message,
            "\"cloud\" denies whoever does not say risk.score, as where a browser begins: a login "
            "(credential.backedUp true) is denied (x)");
  EXPECT_EQ(found[0].witness->number(PolicyInput::credential_backed_up), 1);
}

// Each with the situation that shows it; what is denied in any case is said by nobody.
TEST(LintSilence, SeesEachDenialAtItsHour) {
  const Json night = {{"time.hour", {{"lt", 6}}}};
  const Json web = {{"channel", {{"ne", "web"}}}};
  const auto found = found_of(
      LintKind::unsaid_denied,
      {kOpen, rule_of("risk", all_of({kLogin, kRisky}), "deny", kSilenced),
       rule_of("night", all_of({kLogin, night, web}), "deny", kSilenced),
       rule_of("never", {{"ceremony", "recovery"}}, "deny", kSilenced),
       rule_of("recovery", all_of({{{"ceremony", "recovery"}}, kRisky}), "deny", kSilenced),
       rule_of("pay", all_of({{{"ceremony", "transaction.approve"}}, kRisky}), "deny", kSilenced)});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].rules, std::vector<std::uint32_t>{1});
  EXPECT_EQ(found[0].phase, Phase::options);
  EXPECT_EQ(found[1].rules, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(found[1].witness->number(PolicyInput::time_hour), 0);
}

// Nobody but whoever has such a key signs in any more, where the backend says no risk.
TEST(LintSilence, SeesDemandsOfAProvedModel) {
  const Json risky = all_of({kLogin, kRisky});
  for (const Json& demand :
       {Json{{"minimumCertification", "L3+"}}, Json{{"binding", "device-bound-attested"}},
        Json{{"authenticators", {{"allow", "keys"}}}}}) {
    const auto found =
        found_of(LintKind::unsaid_denied, {kOpen, rule_of("risky", risky, "require", demand)});
    ASSERT_EQ(found.size(), 1U) << demand;
    EXPECT_EQ(found[0].phase, Phase::options);
    EXPECT_TRUE(found[0].message.starts_with(
        "\"risky\" demands a proved model of whoever does not say risk.score, as where a browser "
        "begins: a login needs "))
        << found[0].message;
    // It is demanded of everybody.
    EXPECT_TRUE(found_of(LintKind::unsaid_denied,
                         {kOpen, rule_of("risky", risky, "require", demand),
                          rule_of("all", kLogin, "require", {{"minimumCertification", "L1"}})})
                    .empty());
  }
  EXPECT_TRUE(
      found_of(LintKind::unsaid_denied,
               {kOpen, rule_of("risky", risky, "require", {{"authenticators", {{"deny", "keys"}}}}),
                rule_of("more", risky, "require", {{"coolingOff", "P1D"}})})
          .empty());
}

TEST(LintSilence, SeesDemandsThatExcludeEachOtherWhereTheChannelIsNotSaid) {
  const Json web = {{"channel", "web"}};
  const Json app = {{"channel", {{"ne", "web"}}}};
  const auto found = found_of(
      LintKind::unsatisfiable,
      {kOpen, rule_of("web", all_of({kLogin, web}), "require", {{"algorithms", {"ES256"}}}),
       rule_of("app", all_of({kLogin, app}), "require", {{"algorithms", {"RS256"}}})});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::warning);
  EXPECT_EQ(found[0].rules, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(found[0].message,
            "no authenticator can meet this where channel is not said (no algorithm is left): a "
            "login needs user verification required, algorithm nothing");
  EXPECT_FALSE(found[0].witness->has(PolicyInput::channel));
}

TEST(LintSilence, WhatNobodyKnowsThereIsNamed) {
  const Json adding = {{"ceremony", {{"in", {"credential.add", "transaction.approve"}}}}};
  const Json untold = {{"transaction.tier", {{"lt", 1}}}};
  const auto found = found_of(
      LintKind::never_known, {kOpen, rule_of("tier", all_of({adding, untold}), "deny", kSilenced)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message,
            "\"tier\" asks for transaction.tier, which nobody knows there, and counts as matched: "
            "adding a credential is denied (x)");
  // It matches there for another reason, or not at all.
  for (const Json& when :
       {Json{{"any", {adding, untold}}}, all_of({{{"ceremony", "transaction.approve"}}, untold}),
        all_of({adding, untold, {{"amount.base", {{"gte", 1}}}}})}) {
    EXPECT_TRUE(
        found_of(LintKind::never_known, {kOpen, rule_of("tier", when, "deny", kSilenced)}).empty())
        << when;
  }
}

Json random_condition(Random& random) {
  switch (random.below(11)) {
    case 0:
    case 1:
      return {
          {"ceremony", random.pick<Json>({"authenticate",
                                          {{"in", {"authenticate", "credential.add", "recovery"}}},
                                          {{"ne", "register"}}})}};
    case 2:
    case 3:
      return {{"risk.score", {{random.chance(50) ? "gte" : "lt", 50}}}};
    case 4:
    case 5:
      return {{"channel", random.pick<Json>({"web", "app", {{"ne", "web"}}})}};
    case 6:
      return {{"user.roles", {{"contains", "clerk"}}}};
    case 7:
      return {{"time.hour", {{random.chance(50) ? "gte" : "lt", 12}}}};
    case 8:
      return {{"session.age", {{"lt", "PT5M"}}}};
    case 9:
      return {{"authentication.counter", random.pick<Json>({"zero", "not-advanced"})}};
    default:
      return {{"credential.backedUp", random.chance(50)}};
  }
}

Json random_when(Random& random, int depth) {
  if (depth == 0 || random.chance(30)) {
    return random_condition(random);
  }
  if (random.chance(15)) {
    return {{"not", random_when(random, depth - 1)}};
  }
  Json parts = Json::array();
  for (std::size_t i = 1 + random.below(3); i > 0; --i) {
    parts.push_back(random_when(random, depth - 1));
  }
  return {{random.chance(65) ? "all" : "any", parts}};
}

Json random_document(Random& random) {
  const std::vector<Json> demands = {{{"userVerification", "required"}},
                                     {{"minimumCertification", "L2"}},
                                     {{"authenticators", {{"allow", "keys"}}}},
                                     {{"algorithms", {"ES256"}}},
                                     {{"algorithms", {"RS256", "EdDSA"}}},
                                     {{"algorithms", {"EdDSA", "ES256"}}},
                                     {{"coolingOff", "P2D"}},
                                     {{"credentialAge", "P1D"}}};
  Json rules = Json::array();
  for (std::size_t i = 1 + random.below(5); i > 0; --i) {
    const bool denies = random.chance(40);
    rules.push_back(rule_of("r" + std::to_string(i), random_when(random, 2),
                            denies ? "deny" : "require",
                            denies ? kSilenced : random.pick(demands)));
  }
  if (random.chance(50)) {
    rules.push_back(kOpen);
  }
  if (random.chance(50)) {  // one for each of two that exclude each other
    const Json one = random.pick<Json>({{{"channel", "web"}},
                                        {{"risk.score", {{"gte", 50}}}},
                                        {{"user.roles", {{"contains", "clerk"}}}}});
    const Json where = random_condition(random);
    rules.push_back(rule_of("one", all_of({where, one}), "require", random.pick(demands)));
    rules.push_back(
        rule_of("two", all_of({where, {{"not", one}}}), "require", random.pick(demands)));
  }
  Json policy = policy_of(rules, Json::object(), keys_list());
  policy["default"] = random.chance(60) ? "deny" : "require";
  return policy;
}

struct Values {
  PolicyInput input;
  std::vector<Json> values;  // null: not said
};
// What the documents tell apart; of the counter what counts, and what does not.
const std::vector<Values> kOfTheServer = {
    {PolicyInput::time_hour, {11, 12}},
    {PolicyInput::credential_backed_up, {0, 1}},
    {PolicyInput::authentication_counter, {"advanced", "zero"}}};
const std::vector<Values> kOfTheSession = {{PolicyInput::session_age, {0, 300}}};
const std::vector<Values> kUnsaid = {
    {PolicyInput::session_age, {nullptr, 0, 300}},
    {PolicyInput::risk_score, {nullptr, 0, 50}},
    {PolicyInput::channel, {nullptr, "app", "other", "web"}},
    {PolicyInput::user_roles, {nullptr, Json::array(), Json::array({"clerk"})}}};

std::vector<PolicyInputs> every(PolicyCeremony ceremony,
                                std::initializer_list<const std::vector<Values>*> axes) {
  std::vector<PolicyInputs> all = {PolicyInputs(ceremony)};
  for (const std::vector<Values>* some : axes) {
    for (const Values& axis : *some) {
      if (!exists_in(row_of(axis.input), ceremony)) {
        continue;
      }
      std::vector<PolicyInputs> more;
      for (const PolicyInputs& one : all) {
        for (const Json& value : axis.values) {
          more.push_back(one);
          if (value.is_string()) {
            (void)more.back().set_text(axis.input, value.get<std::string>());
          } else if (value.is_array()) {
            (void)more.back().set_members(axis.input, value.get<std::vector<std::string>>());
          } else if (!value.is_null()) {
            (void)more.back().set_number(axis.input, value.get<int>());
          }
        }
      }
      all = std::move(more);
    }
  }
  return all;
}

bool is_of_a_browser(PolicyCeremony ceremony) {
  switch (ceremony) {
    case PolicyCeremony::registration:
    case PolicyCeremony::authenticate:
    case PolicyCeremony::credential_add:
    case PolicyCeremony::credential_remove:
    case PolicyCeremony::pairing_login:
    case PolicyCeremony::recovery:
      return true;
    case PolicyCeremony::transaction_approve:
    case PolicyCeremony::beneficiary_add:
    case PolicyCeremony::limit_change:
    case PolicyCeremony::account_access:
    case PolicyCeremony::policy_publish:
      break;
  }
  return false;
}

using Refused = std::pair<PolicyCeremony, std::uint32_t>;  // and the rule

// Whom a rule refuses where the backend says nothing, and nobody where it says what is ordinary.
std::set<Refused> expect_refused(const PolicyDocument& document, PolicyCeremony ceremony) {
  std::set<Refused> expected;
  for (const PolicyInputs& silent : every(ceremony, {&kOfTheServer, &kOfTheSession})) {
    PolicyInputs said = silent;
    const std::vector<std::string>& channels = document.names(PolicyInput::channel);
    (void)said.set_text(PolicyInput::channel, channels.empty() ? "other" : channels.front());
    (void)said.set_number(PolicyInput::risk_score, 0);
    (void)said.set_members(PolicyInput::user_roles, {});
    const Decision ordinary = evaluate(document, Phase::verdict, said);
    const Decision unsaid = evaluate(document, Phase::verdict, silent);
    for (const RuleMatch& match : unsaid.matches) {
      const PolicyRule& rule = document.rules()[match.rule];
      const bool is_asking =
          rule.effect == Outcome::require && needs_proved_model(rule.requirements) &&
          !needs_proved_model(ordinary.requirements) && unsaid.outcome != Outcome::deny;
      if (ordinary.outcome == Outcome::require && match.truth == Truth::unknown &&
          (rule.effect == Outcome::deny || is_asking)) {
        expected.insert({ceremony, match.rule});
      }
    }
  }
  return expected;
}

bool is_unmeetable(const PolicyDocument& document, const PolicyInputs& inputs) {
  const Decision decision = evaluate(document, Phase::verdict, inputs);
  return decision.outcome == Outcome::require && is_unsatisfiable(decision.requirements);
}

// Not where everything is said, which has a finding of its own.
bool is_unmeetable_unsaid(const PolicyDocument& document, PolicyCeremony ceremony) {
  bool has_unsaid = false;
  for (const PolicyInputs& one : every(ceremony, {&kOfTheServer, &kUnsaid})) {
    if (is_unmeetable(document, one)) {
      const bool is_said = std::all_of(kUnsaid.begin(), kUnsaid.end(), [&](const Values& axis) {
        return one.has(axis.input) || !exists_in(row_of(axis.input), ceremony);
      });
      if (is_said) {
        return false;
      }
      has_unsaid = true;
    }
  }
  return has_unsaid;
}

// Whether a clone that is accepted is asked what nobody meets.
bool is_unmeetable_of_clones(const PolicyDocument& document, PolicyCeremony ceremony) {
  for (PolicyInputs& one : every(ceremony, {&kOfTheServer, &kUnsaid})) {
    (void)one.set_text(PolicyInput::authentication_counter, "not-advanced");
    if (is_unmeetable(document, one)) {
      return true;
    }
  }
  return false;
}

TEST(LintSilence, AgreesWithBruteForce) {
  Random random(kSilenceSeed);
  constexpr int kPolicies = 200 / stride(10);
  std::size_t denied = 0;
  std::size_t demanded = 0;
  std::size_t unmeetable = 0;
  std::size_t late = 0;
  for (int n = 0; n < kPolicies; ++n) {
    const Json policy = random_document(random);
    SCOPED_TRACE(policy.dump());
    const PolicyDocument document = parsed_policy(policy);
    std::set<Refused> refused;
    std::set<PolicyCeremony> unsaid;
    for (const LintFinding& finding : lint_policy(document, {}).findings) {
      ASSERT_NE(finding.kind, LintKind::undecided);
      if (finding.kind == LintKind::unsaid_denied) {
        late += finding.phase == Phase::verdict ? 1 : 0;
        for (const std::uint32_t rule : finding.rules) {
          refused.insert({finding.witness->ceremony(), rule});
          (document.rules()[rule].effect == Outcome::deny ? denied : demanded) += 1;
        }
      } else if (finding.kind == LintKind::unsatisfiable &&
                 finding.message.find(" not said (") != std::string::npos) {
        EXPECT_TRUE(is_unmeetable(document, *finding.witness)) << finding.message;
        unsaid.insert(finding.witness->ceremony());
        ++unmeetable;
      }
    }
    std::set<Refused> expected;
    for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
      const auto ceremony = static_cast<PolicyCeremony>(i);
      if (is_of_a_browser(ceremony)) {
        expected.merge(expect_refused(document, ceremony));
      }
      if (ceremony != PolicyCeremony::policy_publish &&
          !is_unmeetable_of_clones(document, ceremony)) {
        EXPECT_EQ(unsaid.count(ceremony) != 0, is_unmeetable_unsaid(document, ceremony))
            << policy_ceremony_name(ceremony);
      }
    }
    ASSERT_EQ(refused, expected);
  }
  EXPECT_GT(denied, 0U);
  EXPECT_GT(demanded, 0U);
  EXPECT_GT(unmeetable, 0U);
  EXPECT_TRUE(late > 0 || kIsSanitized) << "a part of the documents need not have one";
  std::printf(
      "policy: of %d random documents brute force says the same of whom silence refuses (%zu "
      "denied, %zu in the verdict alone, %zu asked for a proved model, %zu ceremonies in which "
      "nobody meets what is not said)\n",
      kPolicies, denied, late, demanded, unmeetable);
}

}  // namespace
}  // namespace countersign::testing
