#include "policy/simulation.h"

#include <cstdio>

#include "policy/explanation.h"
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
    const Decision decision =
        evaluate(retail, i % 2 == 0 ? Phase::options : Phase::verdict, inputs);
    JsonWriter json;
    write_decision(json, retail, decision, inputs);
    lines += json.text() + "\n";
    outcomes.push_back(decision.outcome);
  }
  const Result<PolicyRecords> read = parse_policy_records(lines, Phase::options);
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->rows.size(), outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const SimulatedRow& row = read->rows[i];
    EXPECT_EQ(row.phase, i % 2 == 0 ? Phase::options : Phase::verdict);
    EXPECT_EQ(evaluate(retail, row.phase, row.inputs).outcome, outcomes[i]);
  }
  const SimulationReport same = simulate_policy(retail, retail, read->rows);
  EXPECT_EQ(same.phases[static_cast<std::size_t>(Phase::verdict)], 250U);
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
      simulate_policy(shipped("retail"), parsed_policy(draft), rows_in(Phase::options, *rows));
  EXPECT_EQ(report.rows, 4U);
  EXPECT_EQ(report.changes[static_cast<std::size_t>(Strictness::same)], 3U);
  EXPECT_EQ(report.changes[static_cast<std::size_t>(Strictness::stricter)], 1U);
  EXPECT_EQ(report.transitions[0][1], 1U) << "exempt to require";
  EXPECT_EQ(report.transitions[2][2], 1U);
  EXPECT_EQ(report.examples[static_cast<std::size_t>(Strictness::stricter)]->inputs.number(
                PolicyInput::amount_base),
            100);
}

Result<std::optional<SimulatedRow>> read_record(const std::string& text, Phase phase) {
  const JsonValue value = parse_json(text, JsonOptions{}).value();
  return read_policy_record(value, phase);
}

TEST(SimulatePolicy, WhatWasNotRefusedForItsCounterIsNotRefusedForIt) {
  const PolicyDocument retail = shipped("retail");
  const auto outcome = [&](const std::string& basis) {
    const auto read = parse_policy_records(
        R"({"phase":"verdict","basis":")" + basis + R"(","inputs":{"ceremony":"authenticate"}})",
        Phase::options);
    const SimulatedRow& row = read.value().rows.at(0);
    return evaluate(retail, row.phase, row.inputs).outcome;
  };
  EXPECT_EQ(outcome("rules"), Outcome::require);
  EXPECT_EQ(outcome("counter-not-advanced"), Outcome::deny);
}

// A denial that waits for the credential says nothing before the verdict.
TEST(SimulatePolicy, ARecordIsDecidedInItsOwnPhase) {
  Json draft = Json::parse(shipped_policy("retail"));
  draft["rules"].push_back({{"id", "no-backups"},
                            {"when", {{"credential.backedUp", true}}},
                            {"deny", {{"reason", "backup"}}}});
  const std::string inputs = R"("inputs":{"ceremony":"authenticate","credential.backedUp":true,)"
                             R"("authentication.counter":"zero"}})";
  for (const Phase otherwise : {Phase::options, Phase::verdict}) {
    const auto read = parse_policy_records(
        "{\"phase\":\"verdict\"," + inputs + "\n{\"phase\":\"options\"," + inputs + "\n{" + inputs,
        otherwise);
    ASSERT_TRUE(read.has_value());
    ASSERT_EQ(read->rows.size(), 3U);
    EXPECT_EQ(read->rows[0].phase, Phase::verdict);
    EXPECT_EQ(read->rows[1].phase, Phase::options);
    EXPECT_EQ(read->rows[2].phase, otherwise) << "it does not say";
    const SimulationReport report =
        simulate_policy(shipped("retail"), parsed_policy(draft), read->rows);
    EXPECT_EQ(report.changes[static_cast<std::size_t>(Strictness::stricter)],
              otherwise == Phase::verdict ? 2U : 1U);
    EXPECT_EQ(report.phases[static_cast<std::size_t>(Phase::verdict)],
              otherwise == Phase::verdict ? 2U : 1U);
  }
}

// A server asks to sign where a denial waits for the credential (hold_exemption).
TEST(SimulatePolicy, AnExemptionThatWaitsForTheCredentialIsNone) {
  Json active = Json::parse(
      R"({"schema":"countersign-policy/1","id":"a","revision":1,"default":"require","rules":[
          {"id":"low","when":{"ceremony":"transaction.approve"},"exempt":{"basis":"rts.article-16"}}]})");
  Json draft = active;
  draft["rules"].push_back({{"id", "new"},
                            {"when",
                             {{"all", Json::array({Json{{"ceremony", "transaction.approve"}},
                                                   Json{{"credential.age", {{"lt", "P1D"}}}}})}}},
                            {"deny", {{"reason", "new"}}}});
  const std::vector<SimulatedRow> rows =
      rows_in(Phase::options, {inputs_of(Json{{"ceremony", "transaction.approve"}})});
  const SimulationReport report =
      simulate_policy(parsed_policy(active), parsed_policy(draft), rows);
  EXPECT_EQ(report.changes[static_cast<std::size_t>(Strictness::stricter)], 1U);
  EXPECT_EQ(report.transitions[static_cast<std::size_t>(Outcome::exempt)]
                              [static_cast<std::size_t>(Outcome::require)],
            1U);
  JsonWriter json;
  write_explanation(json, parsed_policy(draft), Phase::options, rows.at(0).inputs, Money());
  EXPECT_EQ(Json::parse(json.text())["decision"]["outcome"], "require") << json.text();
}

TEST(SimulatePolicy, LinesOfTheAuditAreReadAsTheyAre) {
  const std::string decision = R"({"phase":"verdict","inputs":{"ceremony":"authenticate"}})";
  const std::string other = R"({"phase":"options","inputs":{"ceremony":"register"}})";
  const auto line = [](const std::string& policy) {
    return R"({"time":"2026-11-26T00:00:00Z","event":"x","actor":"key:backend","ceremony":"AAAA","policy":)" +
           policy + "}";
  };
  const std::pair<std::string, PolicyCeremony> rows[] = {
      {line("{\"bound\":" + decision + "}"), PolicyCeremony::authenticate},
      {line("{\"bound\":" + other + ",\"inForce\":" + decision + "}"),
       PolicyCeremony::authenticate},
      {line(R"({"basis":[],"decision":)" + other + "}"), PolicyCeremony::registration},
      {"{\"bound\":" + other + "}", PolicyCeremony::registration},
      {R"({"ceremony":"register"})", PolicyCeremony::registration}};
  for (const auto& [text, ceremony] : rows) {
    const auto read = read_record(text, Phase::options);
    ASSERT_TRUE(read.has_value()) << text;
    ASSERT_TRUE(read->has_value()) << text;
    EXPECT_EQ((*read)->inputs.ceremony(), ceremony) << text;
    EXPECT_EQ((*read)->phase,
              ceremony == PolicyCeremony::authenticate ? Phase::verdict : Phase::options)
        << text;
  }
  for (const std::string& text : {line(R"({"inForce":{"policy":"x","id":"y","revision":1}})"),
                                  line("null"), std::string(R"({"inForce":{"policy":"x"}})"),
                                  std::string(R"({"event":"server.started"})")}) {
    const auto read = read_record(text, Phase::options);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_FALSE(read->has_value()) << text;
  }
  for (const char* text :
       {"{}", "[]", "1", R"({"inputs":{}})", R"({"inputs":[]})", R"({"bound":{}})",
        R"({"phase":"late","inputs":{"ceremony":"register"}})",
        R"({"phase":1,"inputs":{"ceremony":"register"}})",
        R"({"event":"x","policy":{"bound":{"inputs":{"ceremony":"x"}}}})"}) {
    EXPECT_FALSE(read_record(text, Phase::options).has_value()) << text;
  }
  const auto read = parse_policy_records(
      "{\"event\":\"server.started\"}\n" + line("{\"bound\":" + other + "}") + "\n",
      Phase::options);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->rows.size(), 1U);
  EXPECT_EQ(read->skipped, 1U);
}

// `serve > log 2>&1`, a journal, a container.
TEST(Simulate, TakesALogInWhichTheProgramSaysSomethingElse) {
  const std::string listens = "countersign listens on http://localhost:8080\n";
  const std::string decided =
      R"({"event":"x","policy":{"bound":{"inputs":{"ceremony":"register"}}}})"
      "\n";
  const std::string log = listens + decided + "warning: {\n" + decided;
  EXPECT_TRUE(is_audit_log(log));
  const auto read = parse_policy_records(log, Phase::options);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->rows.size(), 2U);
  EXPECT_EQ(read->skipped, 2U);
  // Where nothing is of the audit, nothing is passed over.
  for (const char* text : {"x\n{\"ceremony\":\"register\"}\n", "x\n", "", "x\n{\"event\":\n",
                           "[]\n{\"ceremony\":\"register\"}"}) {
    EXPECT_FALSE(is_audit_log(text)) << text;
    EXPECT_EQ(parse_policy_records(text, Phase::options).has_value(), *text == '\0') << text;
  }
  // Nor a broken line of it.
  EXPECT_FALSE(parse_policy_records(decided + "{\n", Phase::options).has_value());
}

}  // namespace
}  // namespace countersign::testing
