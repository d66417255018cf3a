#include "policy/simulation.h"

#include <cstdio>

#include "policy/shipped.h"
#include "policy/table_reader.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

PolicyDocument shipped(std::string_view name) {
  return parsed_policy(std::string(shipped_policy(name)));
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

}  // namespace
}  // namespace countersign::testing
