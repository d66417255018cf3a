#include "policy/evaluation.h"

#include <cstdio>

#include "policy/explanation.h"
#include "policy/policy_json.h"
#include "policy/shipped.h"
#include "tests/policy/policies.h"
#include "tests/support/sanitized.h"

namespace countersign::testing {
namespace {

constexpr std::uint64_t kEvaluationSeed = 20261125;

Outcome outcome_of(const PolicyDocument& document, Phase phase, const Json& inputs) {
  return evaluate(document, phase, inputs_of(inputs)).outcome;
}

Json pay(int amount, int sum = 0) {
  return {{"ceremony", "transaction.approve"},
          {"amount.base", amount},
          {"sinceSca.sum", sum},
          {"authentication.counter", "advanced"}};
}

Json with(Json inputs, const char* name, const Json& value) {
  inputs[name] = value;
  return inputs;
}

TEST(Evaluate, AgreesWithAReaderOfTheSpecification) {
  Random random(kEvaluationSeed);
  constexpr int kPolicies = 1500 / stride(10);
  constexpr int kInputs = 20;
  for (int i = 0; i < kPolicies; ++i) {
    const Json policy = random_policy(random, PolicyRange::wide, 1 + random.below(8));
    const PolicyDocument document = parsed_policy(policy);
    for (int j = 0; j < kInputs; ++j) {
      const Json inputs = random_inputs(random);
      for (const Phase phase : {Phase::options, Phase::verdict}) {
        const Decision decision = evaluate(document, phase, inputs_of(inputs));
        ReferenceDecision expected = reference_decision(policy, phase, inputs);
        if (expected.requirements.contains("algorithms")) {
          std::sort(expected.requirements["algorithms"].begin(),
                    expected.requirements["algorithms"].end());
        }
        const ReferenceDecision actual = reference_form(document, decision);
        ASSERT_EQ(actual.outcome, expected.outcome) << policy << '\n' << inputs;
        ASSERT_EQ(actual.basis, expected.basis) << policy << '\n' << inputs;
        ASSERT_EQ(actual.requirements, expected.requirements) << policy << '\n' << inputs;
      }
    }
  }
  std::printf("policy: %d decisions of %d random documents agree with the reference\n",
              kPolicies * kInputs * 2, kPolicies);
}

TEST(Evaluate, OrderOfRulesIsIrrelevant) {
  Random random(kEvaluationSeed + 1);
  constexpr int kPolicies = 500 / stride(10);
  constexpr int kInputs = 20;
  for (int i = 0; i < kPolicies; ++i) {
    Json policy = random_policy(random, PolicyRange::wide, 2 + random.below(8));
    const PolicyDocument document = parsed_policy(policy);
    for (std::size_t k = policy["rules"].size() - 1; k > 0; --k) {
      std::swap(policy["rules"][k], policy["rules"][random.below(k + 1)]);
    }
    const PolicyDocument shuffled = parsed_policy(policy);
    for (int j = 0; j < kInputs; ++j) {
      const PolicyInputs inputs = inputs_of(random_inputs(random));
      for (const Phase phase : {Phase::options, Phase::verdict}) {
        ASSERT_EQ(reference_form(document, evaluate(document, phase, inputs)),
                  reference_form(shuffled, evaluate(shuffled, phase, inputs)))
            << policy;
      }
    }
  }
  std::printf("policy: %d decisions do not depend on the order of rules\n",
              kPolicies * kInputs * 2);
}

// "adding deny never weakens; adding require or exempt never weakens a decision in which a deny or
// require rule already matched." The built-in denial of a counter is, like the default, what holds
// until a rule says otherwise.
TEST(Evaluate, AddingARuleNeverWeakensWhatARuleDecided) {
  Random random(kEvaluationSeed + 2);
  constexpr int kPolicies = 1000 / stride(5);
  constexpr int kInputs = 20;
  int denials = 0;
  int others = 0;
  int replaced = 0;
  for (int i = 0; i < kPolicies; ++i) {
    Json policy = random_policy(random, PolicyRange::wide, 1 + random.below(6));
    const PolicyDocument before = parsed_policy(policy);
    const Json added = random_rule(random, PolicyRange::wide, "added");
    policy["rules"].push_back(added);
    const PolicyDocument after = parsed_policy(policy);
    for (int j = 0; j < kInputs; ++j) {
      const PolicyInputs inputs = inputs_of(random_inputs(random));
      for (const Phase phase : {Phase::options, Phase::verdict}) {
        const Decision old_decision = evaluate(before, phase, inputs);
        const Decision new_decision = evaluate(after, phase, inputs);
        const Strictness change = compare_decisions(before, old_decision, after, new_decision);
        const bool is_weaker = change == Strictness::weaker || change == Strictness::incomparable;
        const bool is_ruled =
            old_decision.basis == DecisionBasis::rules && old_decision.outcome != Outcome::exempt;
        if (added.contains("deny")) {
          ++denials;
          ASSERT_FALSE(is_weaker) << policy;
        } else if (is_ruled) {
          ++others;
          ASSERT_FALSE(is_weaker) << policy;
        } else {
          replaced += is_weaker ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GT(denials, kPolicies);
  EXPECT_GT(others, kPolicies);
  EXPECT_GT(replaced, 0) << "a default is replaced by the first rule that matches";
  std::printf(
      "policy: %d added denials and %d other rules never weakened (%d replaced a default)\n",
      denials, others, replaced);
}

TEST(Evaluate, DenyBeatsRequireBeatsExempt) {
  const Json payment = {{"ceremony", "transaction.approve"}};
  const Json exempt = {{"id", "e"}, {"when", payment}, {"exempt", {{"basis", "rts.article-16"}}}};
  const Json require = {{"id", "r"}, {"when", payment}, {"require", {{"displayTier", 1}}}};
  const Json deny = {{"id", "d"}, {"when", payment}, {"deny", {{"reason", "risk"}}}};
  const PolicyDocument all = parsed_policy(policy_of({exempt, require, deny}));
  const PolicyDocument two = parsed_policy(policy_of({exempt, require}));
  const PolicyDocument one = parsed_policy(policy_of({exempt}));
  EXPECT_EQ(outcome_of(all, Phase::options, pay(1)), Outcome::deny);
  EXPECT_EQ(outcome_of(two, Phase::options, pay(1)), Outcome::require);
  EXPECT_EQ(outcome_of(one, Phase::options, pay(1)), Outcome::exempt);
  const Decision decision = evaluate(all, Phase::options, inputs_of(pay(1)));
  EXPECT_EQ(decision.matches.size(), 3U);
  EXPECT_EQ(decision.requirements, Requirements()) << "a denial demands nothing";
  EXPECT_EQ(decision.policy, all.digest());
}

TEST(Evaluate, OutsideItsCeremoniesAComparisonIsFalseAndSoIsItsNegation) {
  for (const Json& when :
       {Json{{"amount.base", {{"gte", 0}}}}, Json{{"not", {{"amount.base", {{"gte", 0}}}}}},
        Json{{"not", {{"all", {{{"amount.base", {{"gt", 5}}}}}}}}}}) {
    const PolicyDocument document =
        parsed_policy(policy_of({{{"id", "a"}, {"when", when}, {"require", Json::object()}}}));
    const Decision login = evaluate(document, Phase::verdict,
                                    inputs_of({{"ceremony", "authenticate"},
                                               {"amount.base", 3},
                                               {"authentication.counter", "zero"}}));
    EXPECT_EQ(login.basis, DecisionBasis::nothing_matched) << when;
    EXPECT_EQ(login.inputs_used, 0U);
  }
}

TEST(Evaluate, TheRateOfAnAmountIsRecordedWhereTheAmountCounted) {
  const auto recorded = [](const Json& when, const char* ceremony = "transaction.approve") {
    const PolicyDocument document =
        parsed_policy(policy_of({{{"id", "a"}, {"when", when}, {"require", Json::object()}}}));
    const PolicyInputs inputs = inputs_of({{"ceremony", ceremony},
                                           {"amount.base", 9300},
                                           {"amount.rate", "ECB:EUR-USD@2026-11-26T15:00:00Z"},
                                           {"sinceSca.sum", 9300},
                                           {"risk.score", 7}});
    JsonWriter json;
    write_decision(json, document, evaluate(document, Phase::options, inputs), inputs);
    return Json::parse(json.text())["inputs"].value("amount.rate", "");
  };
  EXPECT_EQ(recorded({{"amount.base", {{"gt", 10000}}}}), "ECB:EUR-USD@2026-11-26T15:00:00Z");
  EXPECT_EQ(recorded({{"sinceSca.sum", {{"gt", 10000}}}}), "ECB:EUR-USD@2026-11-26T15:00:00Z")
      << "the amount is part of it";
  EXPECT_EQ(recorded({{"risk.score", {{"gt", 50}}}}), "");
  EXPECT_EQ(recorded({{"sinceSca.sum", {{"gt", 10000}}}}, "account.access"), "")
      << "no amount is in that";
  // Who does not say it is asked for nothing: most amounts were never converted.
  const PolicyDocument document = parsed_policy(policy_of(
      {{{"id", "a"}, {"when", {{"amount.base", {{"gt", 10000}}}}}, {"deny", {{"reason", "r"}}}}}));
  const PolicyInputs euros = inputs_of({{"ceremony", "transaction.approve"}, {"amount.base", 1}});
  const Decision decision = evaluate(document, Phase::options, euros);
  EXPECT_EQ(decision.basis, DecisionBasis::nothing_matched);
  EXPECT_EQ(missing_inputs(document, decision, euros), 0U);
}

TEST(Evaluate, AnAbsentInputMatchesForDenyAndRequireAndNotForExempt) {
  const auto effect_of = [](const char* name, const Json& value, bool is_negated) {
    Json amount = {{"amount.base", {{"gt", 3000}}}};
    if (is_negated) {
      amount = {{"not", amount}};
    }
    const Json when = {{"all", {{{"ceremony", "transaction.approve"}}, amount}}};
    return parsed_policy(policy_of({{{"id", "a"}, {"when", when}, {name, value}}}));
  };
  const Json absent = {{"ceremony", "transaction.approve"}};
  for (const bool is_negated : {false, true}) {
    const Decision denied = evaluate(effect_of("deny", {{"reason", "x"}}, is_negated),
                                     Phase::options, inputs_of(absent));
    EXPECT_EQ(denied.outcome, Outcome::deny);
    EXPECT_EQ(denied.basis, DecisionBasis::rules);
    EXPECT_EQ(denied.matches[0].truth, Truth::unknown);
    const Decision required = evaluate(effect_of("require", {{"displayTier", 2}}, is_negated),
                                       Phase::options, inputs_of(absent));
    EXPECT_EQ(required.outcome, Outcome::require);
    EXPECT_EQ(required.requirements.display_tier, 2);
    const Decision exempted =
        evaluate(effect_of("exempt", {{"basis", "rts.article-16"}}, is_negated), Phase::options,
                 inputs_of(absent));
    EXPECT_EQ(exempted.basis, DecisionBasis::nothing_matched);
  }
}

TEST(Evaluate, BeforeItsPhaseAnInputIsPending) {
  const auto with_effect = [](const char* name, const Json& value) {
    return parsed_policy(policy_of(
        {{{"id", "a"},
          {"when",
           {{"all",
             {{{"ceremony", "transaction.approve"}}, {{"credential.backupEligible", true}}}}}},
          {name, value}}}));
  };
  const Json synced = with(pay(1), "credential.backupEligible", true);
  const Json bound = with(pay(1), "credential.backupEligible", false);
  const PolicyDocument require = with_effect("require", {{"displayTier", 1}});
  EXPECT_EQ(evaluate(require, Phase::options, inputs_of(bound)).requirements.display_tier, 1)
      << "joined provisionally";
  EXPECT_EQ(outcome_of(require, Phase::verdict, synced), Outcome::require);
  EXPECT_EQ(outcome_of(require, Phase::verdict, bound), Outcome::deny);
  const PolicyDocument deny = with_effect("deny", {{"reason", "synced"}});
  EXPECT_EQ(evaluate(deny, Phase::options, inputs_of(synced)).basis,
            DecisionBasis::nothing_matched);
  EXPECT_EQ(evaluate(deny, Phase::verdict, inputs_of(synced)).basis, DecisionBasis::rules);
  const PolicyDocument exempt = with_effect("exempt", {{"basis", "rts.article-16"}});
  const Decision waits = evaluate(exempt, Phase::options, inputs_of(synced));
  EXPECT_EQ(waits.outcome, Outcome::require);
  EXPECT_EQ(waits.basis, DecisionBasis::waits_for_verdict);
  EXPECT_EQ(outcome_of(exempt, Phase::verdict, synced), Outcome::exempt);
}

TEST(Evaluate, ACounterThatDidNotAdvanceIsDeniedUnlessARuleSaysOtherwise) {
  const Json login = {
      {"id", "login"}, {"when", {{"ceremony", "authenticate"}}}, {"require", Json::object()}};
  const Json tolerant = {{"id", "tolerant"},
                         {"when",
                          {{"all",
                            {{{"ceremony", "authenticate"}},
                             {{"authentication.counter", "not-advanced"}},
                             {{"risk.score", {{"lt", 50}}}}}}}},
                         {"require", {{"userVerification", "required"}}}};
  const PolicyDocument strict = parsed_policy(policy_of({login}));
  const PolicyDocument lenient = parsed_policy(policy_of({login, tolerant}));
  const auto counted = [](const char* counter, int risk) {
    return Json{
        {"ceremony", "authenticate"}, {"authentication.counter", counter}, {"risk.score", risk}};
  };
  for (const char* fine : {"advanced", "zero"}) {
    EXPECT_EQ(outcome_of(strict, Phase::verdict, counted(fine, 0)), Outcome::require);
  }
  const Decision denied = evaluate(strict, Phase::verdict, inputs_of(counted("not-advanced", 0)));
  EXPECT_EQ(denied.outcome, Outcome::deny);
  EXPECT_EQ(denied.basis, DecisionBasis::counter_not_advanced);
  EXPECT_EQ(outcome_of(strict, Phase::verdict, {{"ceremony", "authenticate"}}), Outcome::deny)
      << "a counter that should be known";
  EXPECT_EQ(outcome_of(strict, Phase::options, {{"ceremony", "authenticate"}}), Outcome::require);
  EXPECT_EQ(outcome_of(lenient, Phase::verdict, counted("not-advanced", 49)), Outcome::require);
  EXPECT_EQ(outcome_of(lenient, Phase::verdict, counted("not-advanced", 50)), Outcome::deny);
  // Nothing is counted where a credential is new.
  const PolicyDocument enrol = parsed_policy(policy_of(
      {{{"id", "a"}, {"when", {{"ceremony", "register"}}}, {"require", Json::object()}}}));
  EXPECT_EQ(outcome_of(enrol, Phase::verdict, {{"ceremony", "register"}}), Outcome::require);
}

TEST(Evaluate, AnExemptionExistsOnlyForPaymentsAndAccountAccess) {
  const PolicyDocument document =
      parsed_policy(policy_of({{{"id", "a"},
                                {"when", {{"risk.score", {{"lte", 100}}}}},
                                {"exempt", {{"basis", "rts.article-13"}}}}}));
  for (const InputRow& row : policy_inputs().first(1)) {
    for (const std::string_view ceremony : row.choices) {
      const bool is_exemptible = ceremony == "transaction.approve" || ceremony == "account.access";
      EXPECT_EQ(outcome_of(document, Phase::options,
                           {{"ceremony", std::string(ceremony)}, {"risk.score", 1}}),
                is_exemptible ? Outcome::exempt : Outcome::deny)
          << ceremony;
    }
  }
}

TEST(Evaluate, TheShippedRetailPolicyDecidesAsItsReadersExpect) {
  const PolicyDocument retail = parsed_policy(std::string(shipped_policy("retail")));
  Json small = pay(3000, 10000);
  small.update({{"payee.known", true},
                {"payee.trusted", false},
                {"payee.confusable", false},
                {"risk.score", 0}});
  EXPECT_EQ(outcome_of(retail, Phase::options, small), Outcome::exempt);
  const Json larger = with(small, "amount.base", 3001);
  const Decision decision = evaluate(retail, Phase::options, inputs_of(larger));
  EXPECT_EQ(decision.outcome, Outcome::require);
  EXPECT_EQ(decision.requirements.user_verification, UserVerification::required);
  EXPECT_EQ(outcome_of(retail, Phase::options, with(small, "sinceSca.sum", 10001)),
            Outcome::require);
  EXPECT_EQ(outcome_of(retail, Phase::options, with(small, "risk.score", 50)), Outcome::require);
  EXPECT_EQ(outcome_of(retail, Phase::options, with(small, "risk.score", 90)), Outcome::deny);
  const Json trusted = with(larger, "payee.trusted", true);
  EXPECT_EQ(outcome_of(retail, Phase::options, trusted), Outcome::exempt);
  const Json high = with(trusted, "amount.base", 1000000);
  EXPECT_EQ(evaluate(retail, Phase::options, inputs_of(high)).requirements.cooling_off, 86400);
  Json unknown_sum = small;
  unknown_sum.erase("sinceSca.sum");
  EXPECT_EQ(outcome_of(retail, Phase::options, unknown_sum), Outcome::require);
}

// What a passkey does at the verdict in `retail`, with everything beside that is usual.
Outcome in_retail(const Json& situation, bool is_recovered, const char* age) {
  Json inputs{{"risk.score", 0},
              {"authentication.counter", "advanced"},
              {"credential.recovered", is_recovered},
              {"credential.age", age}};
  if (situation["ceremony"] == "transaction.approve") {
    inputs.update({{"payee.trusted", false}, {"payee.confusable", false}});
  }
  inputs.update(situation);
  return outcome_of(parsed_policy(std::string(shipped_policy("retail"))), Phase::verdict, inputs);
}

constexpr const char* kAlmostADay = "PT23H59M59S";

TEST(Evaluate, TheShippedRetailPolicyLimitsAPasskeyOnItsFirstDay) {
  struct Limit {
    bool is_payee_known;
    std::int64_t most;  // once enrolled, with a passkey of less than a day
    std::int64_t most_recovered;
  };
  for (const Limit& limit : {Limit{true, 100000, 100000}, Limit{false, 50000, 9999}}) {
    Json payment = pay(0, 0);
    payment["payee.known"] = limit.is_payee_known;
    for (const bool is_recovered : {false, true}) {
      const std::int64_t most = is_recovered ? limit.most_recovered : limit.most;
      EXPECT_EQ(in_retail(with(payment, "amount.base", most), is_recovered, kAlmostADay),
                most > 10000 || !limit.is_payee_known ? Outcome::require : Outcome::exempt)
          << most;
      const Json more = with(payment, "amount.base", most + 1);
      EXPECT_EQ(in_retail(more, is_recovered, kAlmostADay), Outcome::deny) << most;
      EXPECT_EQ(in_retail(more, is_recovered, "P1D"), Outcome::require) << most;
    }
  }
  // What the backend does not say of the payee counts against.
  Json unsaid = pay(50001, 0);
  EXPECT_EQ(in_retail(unsaid, false, kAlmostADay), Outcome::deny);
  // And so does a record that does not say whether the passkey was recovered.
  Json unknown = with(pay(10000, 0), "credential.recovered", nullptr);
  unknown.erase("credential.recovered");
  unknown.update({{"payee.known", false},
                  {"payee.trusted", false},
                  {"payee.confusable", false},
                  {"risk.score", 0},
                  {"authentication.counter", "advanced"},
                  {"credential.age", kAlmostADay}});
  const PolicyDocument retail = parsed_policy(std::string(shipped_policy("retail")));
  EXPECT_EQ(outcome_of(retail, Phase::verdict, unknown), Outcome::deny);
  EXPECT_EQ(outcome_of(retail, Phase::options, unknown), Outcome::require) << "not known yet";
}

TEST(Evaluate, TheShippedRetailPolicyLetsNoNewPasskeyMakeItselfAtHome) {
  struct Change {
    const char* ceremony;
    bool is_for_the_recovered_alone;
  };
  // Limits, and the passkeys of whoever was there before, wait for every new one; a new customer
  // adds payees at once, and a bank's first administrators publish.
  for (const Change& change : {Change{"limit.change", false}, Change{"credential.remove", false},
                               Change{"beneficiary.add", true}, Change{"policy.publish", true}}) {
    const Json asked{{"ceremony", change.ceremony}};
    EXPECT_EQ(in_retail(asked, true, kAlmostADay), Outcome::deny) << change.ceremony;
    EXPECT_EQ(in_retail(asked, false, kAlmostADay),
              change.is_for_the_recovered_alone ? Outcome::require : Outcome::deny)
        << change.ceremony;
    EXPECT_EQ(in_retail(asked, true, "P1D"), Outcome::require) << change.ceremony;
  }
  // Nobody is kept from coming in.
  for (const char* ceremony : {"authenticate", "pairing.login"}) {
    EXPECT_EQ(in_retail({{"ceremony", ceremony}}, true, "PT0S"), Outcome::require) << ceremony;
  }
}

TEST(Evaluate, TheShippedCorporatePolicyWantsTwoPeopleAndCertifiedKeys) {
  const PolicyDocument corporate = parsed_policy(std::string(shipped_policy("corporate")));
  Json payment = pay(100);
  payment.update({{"payee.confusable", false},
                  {"payee.verification", "match"},
                  {"risk.score", 10},
                  {"time.hour", 12}});
  const Decision decision = evaluate(corporate, Phase::verdict, inputs_of(payment));
  EXPECT_EQ(decision.outcome, Outcome::require);
  EXPECT_EQ(decision.requirements.approvals, 2);
  EXPECT_TRUE(decision.requirements.has_distinct_approvers);
  EXPECT_EQ(decision.requirements.binding, KeyBinding::device_bound_attested);
  EXPECT_EQ(decision.requirements.minimum_certification, CertificationLevel::l1);
  EXPECT_EQ(decision.requirements.display_tier, 1);
  EXPECT_EQ(decision.requirements.cooling_off, 86400);
  EXPECT_EQ(decision.requirements.authentication_age, kUnlimited);
  for (const Json& graver :
       {with(payment, "time.hour", 20), with(payment, "amount.base", 5000000)}) {
    const Decision more = evaluate(corporate, Phase::verdict, inputs_of(graver));
    EXPECT_EQ(more.requirements.display_tier, 1) << "what a server can be configured to offer";
    EXPECT_EQ(more.requirements.cooling_off, 7 * 86400);
    EXPECT_EQ(more.requirements.authentication_age, 300);
  }
  EXPECT_EQ(outcome_of(corporate, Phase::options, with(payment, "payee.verification", "no-match")),
            Outcome::deny);
}

}  // namespace
}  // namespace countersign::testing
