#include "policy/inputs.h"

#include <gtest/gtest.h>

#include "crypto/algorithm.h"
#include "metadata/entry.h"
#include "policy/policy_json.h"
#include "policy/requirements.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

TEST(PolicyInputTable, RowsStandAtTheirNumbersAndExistSomewhere) {
  std::size_t number = 0;
  for (const InputRow& row : policy_inputs()) {
    EXPECT_EQ(static_cast<std::size_t>(row.id), number++) << row.name;
    EXPECT_NE(row.ceremonies, 0) << row.name;
    EXPECT_EQ(find_policy_input(row.name), &row);
    EXPECT_EQ(row.type == InputType::choice, !row.choices.empty() && row.type != InputType::members)
        << row.name;
  }
}

TEST(PolicyInputTable, AlgorithmsAreThoseOfTheVerifierInItsOrder) {
  const auto names = row_of(PolicyInput::credential_algorithm).choices;
  ASSERT_EQ(names.size() + 1, all_algorithms().size()) << "all but RS1";
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(names[i], all_algorithms()[i].name);
  }
  EXPECT_EQ(kAnyAlgorithm, (1U << names.size()) - 1);
  EXPECT_EQ(kAnyTransport, (1U << row_of(PolicyInput::credential_transports).choices.size()) - 1);
}

TEST(Duration, IsReadAndWritten) {
  const std::pair<std::string_view, std::int64_t> durations[] = {
      {"PT5M", 300},      {"PT1S", 1},         {"P1D", 86400}, {"P1DT12H", 129600},
      {"PT1H1M1S", 3661}, {"P180D", 15552000}, {"PT0S", 0},    {"P1DT1S", 86401}};
  for (const auto& [text, seconds] : durations) {
    EXPECT_EQ(parse_duration(text), seconds) << text;
    EXPECT_EQ(encode_duration(seconds), text);
  }
  EXPECT_EQ(parse_duration("PT24H"), 86400);
  EXPECT_EQ(parse_duration("P4W"), 2419200);
  for (const std::string_view text : {"",
                                      "P",
                                      "PT",
                                      "5M",
                                      "P5M",
                                      "P1Y",
                                      "PT5",
                                      "PT5m",
                                      "PT-5M",
                                      "PT5M5M",
                                      "PT5S5M",
                                      "P1DT",
                                      "P1W1D",
                                      "PT1D",
                                      "P1H",
                                      "P1.5D",
                                      "PT99999999999S",
                                      "P9999999999D",
                                      " PT5M",
                                      "PT5M "}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(PolicyInputs, FailIfAValueIsNotOneOfItsType) {
  PolicyInputs inputs(PolicyCeremony::transaction_approve);
  EXPECT_TRUE(inputs.set_number(PolicyInput::risk_score, 100).has_value());
  EXPECT_FALSE(inputs.set_number(PolicyInput::risk_score, 101).has_value());
  EXPECT_EQ(inputs.number(PolicyInput::risk_score), 100);
  EXPECT_FALSE(inputs.set_number(PolicyInput::amount_base, -1).has_value());
  EXPECT_FALSE(inputs.set_number(PolicyInput::payee_known, 2).has_value());
  EXPECT_FALSE(inputs.set_number(PolicyInput::user_segment, 0).has_value());
  EXPECT_FALSE(inputs.set_number(PolicyInput::ceremony, 0).has_value());
  EXPECT_FALSE(inputs.set_text(PolicyInput::user_segment, "").has_value());
  EXPECT_FALSE(inputs.set_text(PolicyInput::user_roles, "clerk").has_value());
  EXPECT_FALSE(inputs.set_text(PolicyInput::authentication_counter, "back").has_value());
  EXPECT_FALSE(inputs.set_members(PolicyInput::credential_transports, {"serial"}).has_value());
  EXPECT_FALSE(inputs.set_members(PolicyInput::user_segment, {"gold"}).has_value());
  EXPECT_FALSE(inputs.has(PolicyInput::amount_base));
  inputs.clear(PolicyInput::risk_score);
  EXPECT_EQ(inputs.present(), 0U);
}

TEST(PolicyInputs, ARateIsAnIdAndATimeInOneForm) {
  PolicyInputs inputs(PolicyCeremony::transaction_approve);
  for (const char* text : {"ECB:EUR-USD@2026-11-26T15:00:00Z", "a@0000-01-01T00:00:00Z",
                           "desk/4711_b.2@2028-02-29T23:59:59Z",
                           "0123456789012345678901234567890123456789012@2026-11-26T15:00:00Z"}) {
    EXPECT_TRUE(inputs.set_text(PolicyInput::amount_rate, text).has_value()) << text;
    EXPECT_EQ(inputs.text(PolicyInput::amount_rate), text);
  }
  for (const char* text : {"",
                           "1.0871",
                           "ECB:EUR-USD",
                           "ECB@",
                           "@2026-11-26T15:00:00Z",
                           "a@2026-11-26",
                           "*",
                           "a@2026-11-26T15:00:00",
                           "a@2026-11-26T15:00:00z",
                           "a@2026-11-26t15:00:00Z",
                           "a@2026-11-26T15:00:00.5Z",
                           "a@2026-11-26T15:00:00+00:00",
                           "a@2026-02-29T15:00:00Z",
                           "a@2026-11-26T15:00:60Z",
                           "a@2026-11-26T15:00:00Z ",
                           "a b@2026-11-26T15:00:00Z",
                           "a@b@2026-11-26T15:00:00Z",
                           "a\"@2026-11-26T15:00:00Z",
                           "a,b@2026-11-26T15:00:00Z",
                           "\xc3\xa4@2026-11-26T15:00:00Z",
                           "01234567890123456789012345678901234567890123@2026-11-26T15:00:00Z"}) {
    EXPECT_FALSE(inputs.set_text(PolicyInput::amount_rate, text).has_value()) << text;
  }
  EXPECT_FALSE(inputs.set_number(PolicyInput::amount_rate, 10871).has_value());
  EXPECT_FALSE(inputs.set_members(PolicyInput::amount_rate, {"a"}).has_value());
}

TEST(PolicyInputs, AreReadFromJsonWithPositions) {
  const PolicyInputs inputs = inputs_of(std::string(
      R"({"session.age":"PT5M","ceremony":"transaction.approve","user.roles":["b","a","b"],)"
      R"("authentication.age":7,"credential.certification":"L1+"})"));
  EXPECT_EQ(inputs.number(PolicyInput::session_age), 300);
  EXPECT_EQ(inputs.number(PolicyInput::authentication_age), 7);
  EXPECT_EQ(inputs.members(PolicyInput::user_roles), (std::vector<std::string>{"a", "b"}));
  const struct {
    std::string text;
    ErrorCode code;
  } refused[] = {
      {"%[]", ErrorCode::policy_inputs_malformed},
      {R"(%{"amount.base":1})", ErrorCode::policy_ceremony_missing},
      {R"({"ceremony":%"login"})", ErrorCode::policy_input_value_invalid},
      {R"({"ceremony":"register",%"amount":1})", ErrorCode::policy_inputs_malformed},
      {R"({"ceremony":"register","amount.base":%-1})", ErrorCode::policy_input_value_invalid},
      {R"({"ceremony":"register","user.roles":%"a"})", ErrorCode::policy_input_value_invalid},
      {R"({"ceremony":"register","device.new":%0})", ErrorCode::policy_input_value_invalid},
      {R"({"ceremony":"register","amount.rate":%1.09})", ErrorCode::policy_input_value_invalid},
      {R"({"ceremony":"register","amount.rate":%"1.09"})", ErrorCode::policy_input_value_invalid},
  };
  for (const auto& row : refused) {
    std::string text = row.text;
    const std::size_t offset = text.find('%');
    text.erase(offset, 1);
    const Result<PolicyInputs> result = parse_policy_inputs(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, row.code) << text;
    EXPECT_EQ(result.error().offset, offset) << text;
  }
}

TEST(PolicyInputs, RecordsHoldOnlyWhatThePolicyCanTellApart) {
  const PolicyDocument document =
      parsed_policy(policy_of(Json{{"id", "a"},
                                   {"when",
                                    {{"all",
                                      {{{"user.segment", "gold"}},
                                       {{"user.roles", {{"contains", "clerk"}}}},
                                       {{"session.credentialId", "AAAA"}}}}}},
                                   {"deny", {{"reason", "x"}}}}));
  const Json full = {{"ceremony", "transaction.approve"},
                     {"user.segment", "platinum"},
                     {"user.roles", {"clerk", "mayor"}},
                     {"session.credentialId", "AAAA"},
                     {"risk.score", 7}};
  const PolicyInputs inputs = inputs_of(full);
  const Decision decision = evaluate(document, Phase::options, inputs);
  JsonWriter json;
  write_decision(json, document, decision, inputs);
  const Json record = Json::parse(json.text());
  EXPECT_EQ(record["inputs"], (Json{{"ceremony", "transaction.approve"},
                                    {"user.segment", "*"},
                                    {"user.roles", {"clerk"}},
                                    {"session.credentialId", "*"}}));
  EXPECT_EQ(evaluate(document, Phase::options, inputs_of(record["inputs"])).outcome,
            decision.outcome);
  JsonWriter client;
  write_client_decision(client, decision);
  EXPECT_EQ(client.text(), R"({"outcome":"deny"})");
}

}  // namespace
}  // namespace countersign::testing
