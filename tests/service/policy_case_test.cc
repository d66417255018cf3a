// `policy decide`: a decision for each line that is a case, a code and a place for every other.

#include "service/policy_case.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "backends/openssl/openssl_backend.h"
#include "policy/explanation.h"
#include "policy/policy_json.h"
#include "policy/shipped.h"

namespace countersign {
namespace {

using nlohmann::json;

class PolicyCase : public ::testing::Test {
 protected:
  PolicyCase() {
    const json loaded = json::parse(load_policy(shipped_policy("retail"), policies_, hasher_));
    digest_ = loaded["policy"];
  }

  json good() const {
    return {{"id", 7},
            {"policy", digest_},
            {"phase", "options"},
            {"inputs", {{"ceremony", "transaction.approve"}, {"amount.base", 2500}}}};
  }
  json answer(const std::string& line) const {
    return json::parse(decide_case(line, policies_, hasher_));
  }
  std::string refusal(const json& line) const {
    const json answered = answer(line.dump());
    EXPECT_FALSE(answered["ok"]) << line;
    EXPECT_FALSE(answered.contains("decision")) << line;
    return answered["error"]["code"];
  }

  OpenSslHasher hasher_;
  KeptPolicies policies_{kMaxKeptPolicies};
  std::string digest_;
};

TEST_F(PolicyCase, DecisionIsTheOneOfTheEvaluation) {
  const auto document = parse_policy(shipped_policy("retail"), hasher_);
  ASSERT_TRUE(document.has_value());
  for (const Phase phase : {Phase::options, Phase::verdict}) {
    json line = good();
    line["phase"] = std::string(phase_name(phase));
    const auto inputs = parse_policy_inputs(line["inputs"].dump());
    ASSERT_TRUE(inputs.has_value());
    JsonWriter expected;
    write_decision(expected, *document, evaluate(*document, phase, *inputs), *inputs);
    EXPECT_EQ(decide_case(line.dump(), policies_, hasher_),
              R"({"id":7,"ok":true,"decision":)" + expected.text() + "}");
    line["explain"] = true;
    JsonWriter explained;
    write_explanation(explained, *document, phase, *inputs, Money());
    EXPECT_EQ(decide_case(line.dump(), policies_, hasher_),
              R"({"id":7,"ok":true,"explanation":)" + explained.text() + "}");
  }
}

TEST_F(PolicyCase, AmountsAreInTheCurrencyOfTheLineOrOfTheCaller) {
  json line = good();
  line["explain"] = true;
  const auto sentence = [&](const Money& money) {
    return json::parse(
               decide_case(line.dump(), policies_, hasher_, money))["explanation"]["sentence"]
        .get<std::string>();
  };
  EXPECT_EQ(sentence({}).rfind("a transfer of 25.00 EUR ", 0), 0U);
  EXPECT_EQ(sentence({"CHF", 2}).rfind("a transfer of 25.00 CHF ", 0), 0U);
  line["currency"] = "JPY";
  EXPECT_EQ(sentence({"CHF", 2}).rfind("a transfer of 2500 JPY ", 0), 0U);
  for (const json& wrong : {json("XAU"), json("eur"), json(""), json(978), json(nullptr)}) {
    line["currency"] = wrong;
    EXPECT_EQ(refusal(line), "policy_inputs_malformed") << wrong;
  }
}

TEST_F(PolicyCase, DocumentInTheLineDecidesLikeTheKeptOne) {
  json line = good();
  line.erase("policy");
  line["document"] = json::parse(shipped_policy("retail"));
  EXPECT_EQ(answer(line.dump())["decision"], answer(good().dump())["decision"]);
}

TEST_F(PolicyCase, FailsIfAMemberIsMissingUnknownOrOfAnotherType) {
  for (const char* name : {"policy", "phase", "inputs"}) {
    json line = good();
    line.erase(name);
    EXPECT_EQ(refusal(line), "policy_inputs_malformed") << name;
  }
  json line = good();
  line["now"] = 1;
  EXPECT_EQ(refusal(line), "policy_inputs_malformed");
  line = good();
  line["phase"] = "Options";
  EXPECT_EQ(refusal(line), "policy_inputs_malformed");
  line["phase"] = 1;
  EXPECT_EQ(refusal(line), "policy_inputs_malformed");
  line = good();
  line["explain"] = "true";
  EXPECT_EQ(refusal(line), "policy_inputs_malformed");
  line = good();
  line["document"] = json::parse(shipped_policy("retail"));  // two policies decide nothing
  EXPECT_EQ(refusal(line), "policy_inputs_malformed");
  EXPECT_EQ(answer("[]")["error"]["code"], "policy_inputs_malformed");
  EXPECT_EQ(answer("{")["error"]["code"], "json_syntax");
}

TEST_F(PolicyCase, FailsIfThePolicyIsNotKept) {
  json line = good();
  for (const json& other : {json(""), json(digest_ + "A"), json(std::string(43, 'A')), json(1)}) {
    line["policy"] = other;
    EXPECT_EQ(refusal(line), "policy_revision_not_found") << other;
  }
}

TEST_F(PolicyCase, FailsIfInputsAreNotWhatTheyShouldBe) {
  json line = good();
  line["inputs"].erase("ceremony");
  EXPECT_EQ(refusal(line), "policy_ceremony_missing");
  line = good();
  line["inputs"]["amount.bass"] = 1;
  EXPECT_EQ(refusal(line), "policy_inputs_malformed");
  line = good();
  line["inputs"]["amount.base"] = -1;
  const std::string text = line.dump();
  const json answered = answer(text);
  EXPECT_EQ(answered["error"]["code"], "policy_input_value_invalid");
  EXPECT_EQ(text.substr(answered["error"]["offset"], 2), "-1");
  EXPECT_EQ(answered["id"], 7);
}

TEST_F(PolicyCase, OffsetOfADocumentInTheLineIsThatOfTheLine) {
  const std::string line =
      R"({"phase":"options", "document": {"schema":"countersign-policy/1","id":"x","revision":1,)"
      R"("default":"maybe","rules":[]},"inputs":{"ceremony":"authenticate"}})";
  const json answered = answer(line);
  EXPECT_EQ(answered["error"]["code"], "policy_value_invalid");
  EXPECT_EQ(line.substr(answered["error"]["offset"], 7), "\"maybe\"");
}

TEST_F(PolicyCase, OneMoreThanAreKeptTakesThePlaceOfTheFirst) {
  const auto load = [&](int revision) {
    const json document = {{"schema", "countersign-policy/1"},
                           {"id", "x"},
                           {"revision", revision},
                           {"default", "deny"},
                           {"rules", json::array()}};
    return json::parse(load_policy(document.dump(), policies_, hasher_));
  };
  for (int i = 1; i < static_cast<int>(kMaxKeptPolicies); ++i) {
    EXPECT_EQ(load(i)["revision"], i);
    EXPECT_EQ(load(i)["revision"], i);  // again: takes no place
  }
  EXPECT_TRUE(answer(good().dump())["ok"]);
  load(1000);
  EXPECT_EQ(refusal(good()), "policy_revision_not_found");
}

TEST_F(PolicyCase, RefusedDocumentHasItsPlace) {
  const json refused = json::parse(
      load_policy("{\"schema\":\"countersign-policy/1\",\n  \"id\":7}", policies_, hasher_));
  EXPECT_FALSE(refused["ok"]);
  EXPECT_EQ(refused["error"]["code"], "policy_type_mismatch");
  EXPECT_EQ(refused["error"]["line"], 2);
  EXPECT_EQ(refused["error"]["column"], 8);
}

}  // namespace
}  // namespace countersign
