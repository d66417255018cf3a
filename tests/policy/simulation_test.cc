#include "policy/simulation.h"

#include <cstdio>

#include "policy/shipped.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

PolicyDocument shipped(std::string_view name) {
  return parsed_policy(std::string(shipped_policy(name)));
}

template <class Value>
void expect_refused(const Result<Value>& result, ErrorCode code, std::size_t offset) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(error_name(result.error().code), error_name(code));
  EXPECT_EQ(result.error().offset, offset);
}

TEST(PolicyTable, ReadsQuotedFieldsAbsentOnesAndSets) {
  const Result<std::vector<PolicyInputs>> rows = parse_policy_table(
      "ceremony,amount.base,user.roles,session.age,payee.known\r\n"
      "\"transaction.approve\",3001,clerk treasurer,PT5M,true\r\n"
      "authenticate,,,,\n");
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].number(PolicyInput::amount_base), 3001);
  EXPECT_EQ((*rows)[0].number(PolicyInput::session_age), 300);
  EXPECT_EQ((*rows)[0].members(PolicyInput::user_roles).size(), 2U);
  EXPECT_EQ((*rows)[1].present(), 0U);
}

TEST(PolicyTable, FailsWithTheFieldsPosition) {
  expect_refused(parse_policy_table("ceremony,amount\n"), ErrorCode::policy_table_malformed, 9);
  expect_refused(parse_policy_table("amount.base\n1\n"), ErrorCode::policy_ceremony_missing, 0);
  expect_refused(parse_policy_table("ceremony,ceremony\n"), ErrorCode::policy_table_malformed, 9);
  expect_refused(parse_policy_table("ceremony\nlogin\n"), ErrorCode::policy_input_value_invalid, 9);
  expect_refused(parse_policy_table("ceremony,risk.score\nauthenticate,101\n"),
                 ErrorCode::policy_input_value_invalid, 33);
  expect_refused(parse_policy_table("ceremony,risk.score\nauthenticate\n"),
                 ErrorCode::policy_table_malformed, 20);
  expect_refused(parse_policy_table("ceremony\n\"authenticate\n"),
                 ErrorCode::policy_table_malformed, 9);
  expect_refused(parse_policy_table("ceremony\n\"authenticate\"x\n"),
                 ErrorCode::policy_table_malformed, 23);
}

TEST(SimulatePolicy, ReplaysWhatItRecorded) {
  const PolicyDocument retail = shipped("retail");
  Random random(11);
  std::string lines;
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 500; ++i) {
    const PolicyInputs inputs = inputs_of(random_inputs(random));
    const Decision decision = evaluate(retail, Phase::options, inputs);
    JsonWriter json;
    write_decision(json, retail, decision, inputs);
    lines += json.text() + "\n";
    outcomes.push_back(decision.outcome);
  }
  const Result<std::vector<PolicyInputs>> rows = parse_policy_records(lines);
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(evaluate(retail, Phase::options, (*rows)[i]).outcome, outcomes[i]);
  }
  const SimulationReport same = simulate_policy(retail, retail, Phase::options, *rows);
  EXPECT_EQ(same.changes[static_cast<std::size_t>(Strictness::same)], 500U);
  std::printf("policy: %zu recorded decisions are replayed alike\n", outcomes.size());
}

TEST(SimulatePolicy, CountsWhatChanges) {
  const Result<std::vector<PolicyInputs>> rows = parse_policy_table(
      "ceremony,amount.base,sinceSca.sum,payee.known,payee.trusted,payee.confusable,risk.score\n"
      "transaction.approve,4000,0,true,false,false,0\n"
      "transaction.approve,100,0,true,false,false,0\n"
      "transaction.approve,100,0,true,false,false,95\n"
      "authenticate,,,,,,3\n");
  ASSERT_TRUE(rows.has_value());
  Json draft = Json::parse(shipped_policy("retail"));
  for (Json& rule : draft["rules"]) {
    if (rule["id"] == "pay-low-value") {
      rule["require"] = {{"userVerification", "required"}};
      rule.erase("exempt");
    }
  }
  const SimulationReport report =
      simulate_policy(shipped("retail"), parsed_policy(draft), Phase::options, *rows);
  EXPECT_EQ(report.rows, 4U);
  EXPECT_EQ(report.changes[static_cast<std::size_t>(Strictness::same)], 3U);
  EXPECT_EQ(report.changes[static_cast<std::size_t>(Strictness::stricter)], 1U);
  EXPECT_EQ(report.transitions[0][1], 1U) << "exempt to require";
  EXPECT_EQ(report.transitions[2][2], 1U);
  EXPECT_EQ(report.examples[static_cast<std::size_t>(Strictness::stricter)]->number(
                PolicyInput::amount_base),
            100);
}

TEST(EnrolledCredentials, FailWithTheirPosition) {
  expect_refused(parse_enrolled_credentials("{}"), ErrorCode::policy_credentials_malformed, 0);
  expect_refused(parse_enrolled_credentials(
                     "\n{\"user\":\"a\",\"algorithm\":\"ES256\",\"age\":\"P1D\",\"x\":1}"),
                 ErrorCode::policy_credentials_malformed, 45);
  expect_refused(parse_enrolled_credentials("{\"algorithm\":\"RS1\"}"),
                 ErrorCode::policy_credentials_malformed, 13);
  expect_refused(parse_known_models("{\"aaguid\":\"x\"}"), ErrorCode::policy_credentials_malformed,
                 1);
}

}  // namespace
}  // namespace countersign::testing
