#pragma once
// Policies for the tests: made at random from a seed, and decided a second time by a reader of the
// JSON that shares no code with the core.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "policy/document.h"
#include "policy/evaluation.h"
#include "policy/policy_json.h"

namespace countersign::testing {

using Json = nlohmann::json;

/// The document; fails the test with the code and offset when it is refused.
inline PolicyDocument parsed_policy(const std::string& json) {
  const OpenSslHasher hasher;
  Result<PolicyDocument> document = parse_policy(json, hasher);
  if (!document) {
    ADD_FAILURE() << error_name(document.error().code) << " at " << document.error().offset << ": "
                  << json.substr(document.error().offset, 60);
    document = parse_policy(R"({"schema":"countersign-policy/1","id":"x","revision":1,)"
                            R"("default":"deny","rules":[]})",
                            hasher);
  }
  return std::move(document).value();
}
inline PolicyDocument parsed_policy(const Json& json) { return parsed_policy(json.dump()); }
/// `{"schema":…,"rules":rules}`
/// `rules`: an array, or a single rule.
inline Json policy_of(const Json& rules, const Json& strengths = Json::object(),
                      const Json& lists = Json::object()) {
  return {{"schema", "countersign-policy/1"},
          {"id", "test"},
          {"revision", 1},
          {"default", "deny"},
          {"lists", lists},
          {"strengths", strengths},
          {"rules", rules.is_array() ? rules : Json::array({rules})}};
}
inline PolicyInputs inputs_of(const std::string& json) {
  const Result<PolicyInputs> inputs = parse_policy_inputs(json);
  if (!inputs) {
    ADD_FAILURE() << error_name(inputs.error().code) << ": " << json;
    return PolicyInputs(PolicyCeremony::recovery);
  }
  return *inputs;
}
inline PolicyInputs inputs_of(const Json& json) { return inputs_of(json.dump()); }
template <class Value>
void expect_refused_at(const Result<Value>& result, ErrorCode code, std::size_t offset) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(error_name(result.error().code), error_name(code));
  EXPECT_EQ(result.error().offset, offset);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  bool chance(unsigned percent) { return engine_() % 100 < percent; }
  template <class T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// How much of the inputs a random policy uses.
enum class PolicyRange : std::uint8_t {
  wide,   // a dozen inputs of every type
  small,  // seven inputs: every cell can be visited
};

inline Json random_comparison(Random& random, PolicyRange range) {
  const std::vector<std::string> orders = {"gt", "gte", "lt", "lte"};
  const auto amount = [&] { return random.pick<int>({0, 1, 3000, 10000}); };
  const auto score = [&] { return random.pick<int>({0, 50, 90, 100}); };
  switch (random.below(range == PolicyRange::small ? 7 : 15)) {
    case 0:
      return {{"ceremony", random.chance(50) ? Json("transaction.approve")
                                             : Json{{"in", {"authenticate", "account.access"}}}}};
    case 1:
      return {{"amount.base", {{random.pick(orders), amount()}}}};
    case 2:
      return {{"risk.score", {{random.pick(orders), score()}}}};
    case 3:
      return {{"payee.known", random.chance(50)}};
    case 4:
      return {{"user.segment", random.chance(50) ? Json("gold") : Json{{"ne", "silver"}}}};
    case 5:
      return {{"payee.trusted", random.chance(50)}};
    case 6:
      return {{"authentication.counter", random.pick<Json>({"advanced",
                                                            "not-advanced",
                                                            {{"ne", "advanced"}},
                                                            {{"in", {"zero", "not-advanced"}}}})}};
    case 7:
      return {{"user.roles",
               {{random.chance(50) ? "containsAny" : "containsAll", {"treasurer", "clerk"}}}}};
    case 8:
      return {{"credential.certification", {{random.pick(orders), "L2"}}}};
    case 9:
      return {{"credential.backupEligible", random.chance(50)}};
    case 10:
      return {{"time.hour", {{"gte", 8}, {"lt", 20}}}};
    case 11:
      return {{"session.age", {{random.pick(orders), "PT5M"}}}};
    case 12:
      return {{"sinceSca.sum", {{random.pick(orders), amount()}}}};
    case 13:
      return {{"risk.score", {{"in", {0, 90}}}}};
    default:
      return {{"user.roles", {{"contains", "clerk"}}}};
  }
}

inline Json random_condition(Random& random, PolicyRange range, int depth) {
  if (depth == 0 || random.chance(35)) {
    return random_comparison(random, range);
  }
  if (random.chance(15)) {
    return {{"not", random_condition(random, range, depth - 1)}};
  }
  Json parts = Json::array();
  const std::size_t count = 1 + random.below(3);
  for (std::size_t i = 0; i < count; ++i) {
    parts.push_back(random_condition(random, range, depth - 1));
  }
  return {{random.chance(60) ? "all" : "any", parts}};
}

inline Json random_requirement(Random& random) {
  const std::vector<Json> some = {
      {{"userVerification", "required"}},
      {{"userVerification", "preferred"}},
      {{"attestation", "direct"}, {"binding", "device-bound-attested"}},
      {{"displayTier", 1}},
      {{"displayTier", 3}, {"authenticationAge", "PT5M"}},
      {{"approvals", {{"count", 2}, {"distinctUsers", true}}}},
      {{"approvals", {{"count", 2}, {"distinctUsers", false}}}},
      {{"binding", "device-bound-claimed"}},
      {{"algorithms", {"RS256"}}},
      {{"credentialAge", "PT1H"}},
      {{"coolingOff", "P1D"}, {"minimumCertification", "L2"}},
      {{"algorithms", {"ES256", "EdDSA"}}},
      {{"algorithms", {"ES256", "RS256"}}, {"userVerification", "required"}},
      Json::object(),
  };
  return random.pick(some);
}

/// On an article that stands for all of the condition, for a part of it, or for nothing of it.
inline Json random_exemption(Random& random, const Json& condition) {
  const std::string basis = random.pick<std::string>(
      {"rts.article-10", "rts.article-13", "rts.article-13", "rts.article-13", "rts.article-14",
       "rts.article-16", "rts.article-16", "rts.article-17"});
  Json parts = Json::array({condition});
  if (basis == "rts.article-13" && random.chance(60)) {
    parts.push_back({{"payee.trusted", true}});
  } else if (basis == "rts.article-17" && random.chance(60)) {
    parts.push_back({{"user.segment", "gold"}});
  }
  if (parts.size() > 1 && random.chance(60)) {
    parts.push_back({{"ceremony", "transaction.approve"}});
  }
  return {{"when", {{"all", parts}}}, {"exempt", {{"basis", basis}}}};
}

inline Json random_rule(Random& random, PolicyRange range, const std::string& id) {
  Json rule = {{"id", id}, {"when", random_condition(random, range, 2)}};
  const std::size_t kind = random.below(10);
  if (kind < 6) {
    rule["require"] = random_requirement(random);
  } else if (kind < 8) {
    rule["deny"] = {{"reason", "r" + id}};
  } else {
    rule.update(random_exemption(random, rule["when"]));
  }
  return rule;
}

inline Json random_policy(Random& random, PolicyRange range, std::size_t rules) {
  Json list = Json::array();
  for (std::size_t i = 0; i < rules; ++i) {
    list.push_back(random_rule(random, range, std::to_string(i)));
  }
  Json policy = policy_of(list);
  policy["default"] = random.chance(80) ? "deny" : "require";
  return policy;
}

/// Each input is there in four of five cases; values stand at the policies' boundaries.
inline Json random_inputs(Random& random) {
  Json inputs = {{"ceremony", random.pick<std::string>({"transaction.approve", "authenticate",
                                                        "account.access", "register"})}};
  const auto add = [&](const char* name, Json value) {
    if (random.chance(80)) {
      inputs[name] = std::move(value);
    }
  };
  const auto amount = [&] { return random.pick<int>({0, 1, 2, 2999, 3000, 3001, 10000, 10001}); };
  add("amount.base", amount());
  add("risk.score", random.pick<int>({0, 1, 49, 50, 51, 89, 90, 91, 100}));
  add("payee.known", random.chance(50));
  add("payee.trusted", random.chance(50));
  add("user.segment", random.pick<std::string>({"gold", "silver", "other"}));
  add("user.roles",
      random.pick<Json>(
          {Json::array(), {"clerk"}, {"treasurer"}, {"clerk", "treasurer"}, {"guest"}}));
  add("authentication.counter", random.pick<std::string>({"advanced", "zero", "not-advanced"}));
  add("credential.certification", random.pick<std::string>({"none", "L1+", "L2", "L2+", "L3+"}));
  add("credential.backupEligible", random.chance(50));
  add("time.hour", random.pick<int>({0, 7, 8, 19, 20, 23}));
  add("session.age", random.pick<int>({0, 299, 300, 301}));
  add("sinceSca.sum", amount());
  return inputs;
}

/// Every combination of the boundary values of the small range in every ceremony, complete.
inline std::vector<Json> small_inputs() {
  std::vector<Json> all;
  for (const std::string_view ceremony : row_of(PolicyInput::ceremony).choices) {
    const PolicyCeremony here = *find_policy_ceremony(ceremony);
    const bool has_amount = exists_in(row_of(PolicyInput::amount_base), here);
    const bool has_payee = exists_in(row_of(PolicyInput::payee_known), here);
    for (const int amount : {0, 1, 2, 2999, 3000, 3001, 9999, 10000, 10001}) {
      for (const int score : {0, 1, 49, 50, 51, 89, 90, 91, 99, 100}) {
        for (const char* segment : {"gold", "silver", "other"}) {
          for (const int payee : {0, 1, 2, 3}) {
            if ((!has_amount && amount != 0) || (!has_payee && payee != 0)) {
              continue;
            }
            Json inputs = {{"ceremony", std::string(ceremony)},
                           {"risk.score", score},
                           {"user.segment", segment}};
            if (has_amount) {
              inputs["amount.base"] = amount;
            }
            if (has_payee) {
              inputs["payee.known"] = payee % 2 == 1;
              inputs["payee.trusted"] = payee / 2 == 1;
            }
            if (!exists_in(row_of(PolicyInput::authentication_counter), here)) {
              all.push_back(std::move(inputs));
              continue;
            }
            for (const std::string_view counter :
                 row_of(PolicyInput::authentication_counter).choices) {
              inputs["authentication.counter"] = std::string(counter);
              all.push_back(inputs);
            }
          }
        }
      }
    }
  }
  return all;
}

/// What the specification says of these inputs, from the JSON alone.
struct ReferenceDecision {
  std::string outcome;
  std::string basis;
  Json requirements = Json::object();
  friend bool operator==(const ReferenceDecision&, const ReferenceDecision&) = default;
};

namespace reference {

// 0 false, 1 pending, 2 unknown, 3 true.
using Truth = int;

inline bool exists(const std::string& input, const std::string& ceremony) {
  const bool is_payment = ceremony == "transaction.approve";
  if (input == "amount.base" || input == "payee.known" || input == "payee.trusted") {
    return is_payment;
  }
  if (input == "session.age" || input == "sinceSca.sum") {
    return is_payment || ceremony == "account.access";
  }
  return input != "authentication.counter" || ceremony != "register";
}

inline bool is_late(const std::string& input) {
  return input == "authentication.counter" || input.rfind("credential.", 0) == 0;
}

inline std::int64_t number(const Json& value) {
  const std::vector<std::string> levels = {"none", "L1", "L1+", "L2", "L2+", "L3", "L3+"};
  if (value.is_string()) {
    const auto at = std::find(levels.begin(), levels.end(), value.get<std::string>());
    return at == levels.end() ? 300 : at - levels.begin();  // "PT5M"
  }
  return value.get<std::int64_t>();
}

inline bool compare(const std::string& name, const Json& operand, const Json& value) {
  const auto contains = [&](const Json& member) {
    return std::find(value.begin(), value.end(), member) != value.end();
  };
  if (name == "gt") {
    return number(value) > number(operand);
  }
  if (name == "gte") {
    return number(value) >= number(operand);
  }
  if (name == "lt") {
    return number(value) < number(operand);
  }
  if (name == "lte") {
    return number(value) <= number(operand);
  }
  if (name == "in") {
    return std::find(operand.begin(), operand.end(), value) != operand.end();
  }
  if (name == "ne") {
    return value != operand;
  }
  if (name == "contains") {
    return contains(operand);
  }
  if (name == "containsAny") {
    return std::any_of(operand.begin(), operand.end(), contains);
  }
  return std::all_of(operand.begin(), operand.end(), contains);
}

inline Truth truth(const Json& condition, Phase phase, const Json& inputs, bool is_negated) {
  const std::string name = condition.begin().key();
  const Json& operand = condition.begin().value();
  if (name == "not") {
    return truth(operand, phase, inputs, !is_negated);
  }
  if (name == "all" || name == "any") {
    const bool is_all = (name == "all") != is_negated;
    Truth result = is_all ? 3 : 0;
    for (const Json& part : operand) {
      const Truth one = truth(part, phase, inputs, is_negated);
      result = is_all ? std::min(result, one) : std::max(result, one);
    }
    return result;
  }
  if (!exists(name, inputs["ceremony"])) {
    return 0;
  }
  if (is_late(name) && phase == Phase::options) {
    return 1;
  }
  if (!inputs.contains(name)) {
    return 2;
  }
  bool holds = true;
  if (!operand.is_object()) {
    holds = inputs[name] == operand;
  } else {
    for (const auto& [key, value] : operand.items()) {
      holds = holds && compare(key, value, inputs[name]);
    }
  }
  return holds != is_negated ? 3 : 0;
}

// Whether a comparison of the counter in it is true.
inline bool accepts_counter(const Json& condition, Phase phase, const Json& inputs,
                            bool is_negated) {
  const std::string name = condition.begin().key();
  const Json& operand = condition.begin().value();
  if (name == "not") {
    return accepts_counter(operand, phase, inputs, !is_negated);
  }
  if (name == "all" || name == "any") {
    return std::any_of(operand.begin(), operand.end(), [&](const Json& part) {
      return accepts_counter(part, phase, inputs, is_negated);
    });
  }
  return name == "authentication.counter" && truth(condition, phase, inputs, is_negated) == 3;
}

inline void join(Json& into, const Json& requirement) {
  for (const auto& [name, value] : requirement.items()) {
    if (!into.contains(name)) {
      into[name] = value;
    } else if (name == "userVerification" && value == "required") {
      into[name] = value;
    } else if (name == "binding" && value == "device-bound-attested") {
      into[name] = value;
    } else if (name == "approvals") {
      into[name]["count"] = std::max(into[name]["count"].get<int>(), value["count"].get<int>());
      into[name]["distinctUsers"] =
          into[name]["distinctUsers"].get<bool>() || value["distinctUsers"].get<bool>();
    } else if (name == "displayTier") {
      into[name] = std::max(into[name].get<int>(), value.get<int>());
    } else if (name == "algorithms") {
      Json both = Json::array();
      for (const Json& one : value) {
        if (std::find(into[name].begin(), into[name].end(), one) != into[name].end()) {
          both.push_back(one);
        }
      }
      into[name] = both;
    }
  }
}

}  // namespace reference

inline ReferenceDecision reference_decision(const Json& policy, Phase phase, const Json& inputs) {
  bool has_denial = false;
  bool has_requirement = false;
  bool has_exemption = false;
  bool is_exemption_pending = false;
  bool is_counter_accepted = false;
  Json joined = Json::object();
  const std::string ceremony = inputs["ceremony"];
  for (const Json& rule : policy["rules"]) {
    const bool is_exemption = rule.contains("exempt");
    if (is_exemption && ceremony != "transaction.approve" && ceremony != "account.access") {
      continue;
    }
    const int truth = reference::truth(rule["when"], phase, inputs, false);
    has_denial = has_denial || (rule.contains("deny") && truth >= 2);
    has_exemption = has_exemption || (is_exemption && truth == 3);
    is_exemption_pending = is_exemption_pending || (is_exemption && truth == 1);
    if (rule.contains("require") && truth >= 1) {
      has_requirement = true;
      reference::join(joined, rule["require"]);
    }
    is_counter_accepted =
        is_counter_accepted || (!rule.contains("deny") && truth == 3 &&
                                reference::accepts_counter(rule["when"], phase, inputs, false));
  }
  const bool is_counter_bad =
      phase == Phase::verdict && ceremony != "register" &&
      inputs.value("authentication.counter", "not-advanced") == "not-advanced";
  if (has_denial) {
    return {"deny", "rules"};
  }
  if (is_counter_bad && !is_counter_accepted) {
    return {"deny", "counter-not-advanced"};
  }
  if (has_requirement) {
    return {"require", "rules", joined};
  }
  if (has_exemption) {
    return {"exempt", "rules"};
  }
  if (is_exemption_pending) {
    return {"require", "waits-for-verdict"};
  }
  return {policy["default"], "default"};
}

/// The core's decision in the same form.
inline ReferenceDecision reference_form(const PolicyDocument& document, const Decision& decision) {
  JsonWriter json;
  write_requirements(json, document, decision.requirements);
  ReferenceDecision form{std::string(outcome_name(decision.outcome)),
                         std::string(decision_basis_name(decision.basis)),
                         Json::parse(json.text())};
  if (form.requirements.contains("algorithms")) {
    std::sort(form.requirements["algorithms"].begin(), form.requirements["algorithms"].end());
  }
  return form;
}

}  // namespace countersign::testing
