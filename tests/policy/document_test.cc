#include "policy/document.h"

#include "policy/shipped.h"
#include "tests/policy/policies.h"
#include "tests/support/encoding.h"

namespace countersign::testing {
namespace {

constexpr std::string_view kModel = "ee882879-721c-4913-9775-3dfcce97072a";

// `%` stands before the place that the error must name.
void expect_refused(std::string text, ErrorCode code) {
  const std::size_t offset = text.find('%');
  ASSERT_NE(offset, std::string::npos) << text;
  text.erase(offset, 1);
  const OpenSslHasher hasher;
  const Result<PolicyDocument> document = parse_policy(text, hasher);
  ASSERT_FALSE(document.has_value()) << text;
  EXPECT_EQ(error_name(document.error().code), error_name(code)) << text;
  EXPECT_EQ(document.error().offset, offset) << text;
}

// A document with these members behind the fixed ones.
std::string document_with(const std::string& members) {
  return R"({"schema":"countersign-policy/1","id":"x","revision":1,"default":"deny",)" + members +
         "}";
}
std::string rule_with(const std::string& members) {
  return document_with(R"("rules":[{"id":"a",)" + members + "}]");
}
std::string condition(const std::string& when) {
  return rule_with(R"("require":{},"when":)" + when);
}
std::string requirement(const std::string& require) {
  return rule_with(R"("when":{"ceremony":"register"},"require":)" + require);
}

TEST(ParsePolicy, ReadsTheSpecificationsExample) {
  const PolicyDocument document = parsed_policy(std::string(R"({
    "schema": "countersign-policy/1", "id": "retail", "revision": 42, "default": "deny",
    "lists": { "corporate-keys": [")") + std::string(kModel) +
                                                R"("] },
    "strengths": { "sca": { "userVerification": "required" },
      "sca-hardware": { "extends": "sca", "binding": "device-bound-attested",
        "attestation": "direct", "minimumCertification": "L2",
        "authenticators": { "allow": "corporate-keys" }, "coolingOff": "PT24H" } },
    "rules": [
      { "id": "pay-high", "when": { "all": [ { "ceremony": "transaction.approve" },
          { "amount.base": { "gte": 1000000 } } ] },
        "require": { "strength": "sca-hardware", "displayTier": 3,
          "approvals": { "count": 2, "distinctUsers": true }, "authenticationAge": "PT5M" } },
      { "id": "low-value", "when": { "all": [ { "ceremony": "transaction.approve" },
          { "amount.base": { "lte": 3000 } }, { "sinceSca.sum": { "lte": 10000 } } ] },
        "exempt": { "basis": "rts.article-16" } },
      { "id": "risky", "when": { "payee.confusable": true }, "deny": { "reason": "risk" } } ] })");
  EXPECT_EQ(document.id(), "retail");
  EXPECT_EQ(document.revision(), 42);
  EXPECT_EQ(document.default_outcome(), Outcome::deny);
  ASSERT_EQ(document.rules().size(), 3U);
  const Requirements& high = document.rules()[0].requirements;
  EXPECT_EQ(high.user_verification, UserVerification::required) << "by way of two strengths";
  EXPECT_EQ(high.binding, KeyBinding::device_bound_attested);
  EXPECT_EQ(high.minimum_certification, CertificationLevel::l2);
  EXPECT_EQ(high.allow_lists, 1U);
  EXPECT_EQ(high.cooling_off, 86400);
  EXPECT_EQ(high.authentication_age, 300);
  EXPECT_EQ(high.approvals, 2);
  EXPECT_TRUE(high.has_distinct_approvers);
  EXPECT_EQ(document.rules()[1].label, "rts.article-16");
  EXPECT_EQ(document.rules()[2].label, "risk");
}

TEST(ParsePolicy, TheDigestDependsOnWhatIsSaidAlone) {
  const std::string spaced = document_with(R"( "rules" : [ {"id":"a",
     "when":{"ceremony":"register"}, "deny":{"reason":"x"}} ] )");
  const std::string reordered =
      R"({"rules":[{"deny":{"reason":"\u0078"},"when":{"ceremony":"register"},"id":"a"}],)"
      R"("default":"deny","revision":1,"id":"x","schema":"countersign-policy/1"})";
  const std::string other =
      document_with(R"("rules":[{"id":"a","when":{"ceremony":"register"},"deny":{"reason":"y"}}])");
  EXPECT_EQ(parsed_policy(spaced).digest(), parsed_policy(reordered).digest());
  EXPECT_NE(parsed_policy(spaced).digest(), parsed_policy(other).digest());
  // Where an editor finds the JSON Schema is no part of what the document says.
  const std::string plain = document_with(R"("rules":[])");
  const std::string for_editors = R"({"$schema":"policy.schema.json",)" + plain.substr(1);
  EXPECT_EQ(parsed_policy(for_editors).digest(), parsed_policy(plain).digest());
  expect_refused(R"({"schema":"countersign-policy/1","$schema":%1,"id":"x"})",
                 ErrorCode::policy_type_mismatch);
  expect_refused(document_with(R"("rules":[],%"$comment":"x")"), ErrorCode::policy_member_unknown);
  // Computed by hand from the definition: the tagged hash of the canonical map.
  EXPECT_EQ(to_hex(parsed_policy(document_with(R"("rules":[])")).digest()),
            "4744352404f084952154c828b8426b40ce6e95f0033841cd040b8b45840e1897");
}

TEST(ParsePolicy, FailsAtTheFirstThingThatIsWrongInTheDocument) {
  expect_refused("%[]", ErrorCode::policy_schema_unknown);
  expect_refused(R"(%{"id":"x"})", ErrorCode::policy_schema_unknown);
  expect_refused(R"({"schema":%"countersign-policy/2"})", ErrorCode::policy_schema_unknown);
  expect_refused(document_with(R"("rules":[],%"extra":1)"), ErrorCode::policy_member_unknown);
  expect_refused(R"(%{"schema":"countersign-policy/1","id":"x","revision":1,"default":"deny"})",
                 ErrorCode::policy_member_missing);
  expect_refused(R"({"schema":"countersign-policy/1","id":%"X"})", ErrorCode::policy_value_invalid);
  expect_refused(R"({"schema":"countersign-policy/1","id":"x","revision":%0})",
                 ErrorCode::policy_value_invalid);
  expect_refused(R"({"schema":"countersign-policy/1","id":"x","revision":%1.5})",
                 ErrorCode::policy_type_mismatch);
  expect_refused(
      R"({"schema":"countersign-policy/1","id":"x","revision":1,"default":%"exempt","rules":[]})",
      ErrorCode::policy_value_invalid);
  expect_refused(document_with(R"("rules":[{"id":"a","id":"b"%x])"), ErrorCode::json_syntax);
  expect_refused(document_with(R"("rules":[],%"rules":[])"), ErrorCode::json_duplicate_key);
}

TEST(ParsePolicy, FailsIfARuleIsNotWhole) {
  expect_refused(document_with(R"("rules":%{})"), ErrorCode::policy_type_mismatch);
  expect_refused(document_with(R"("rules":[%{"when":{"ceremony":"register"},"require":{}}])"),
                 ErrorCode::policy_member_missing);
  expect_refused(document_with(R"("rules":[%{"id":"a","require":{}}])"),
                 ErrorCode::policy_member_missing);
  expect_refused(document_with(R"("rules":[%{"id":"a","when":{"ceremony":"register"}}])"),
                 ErrorCode::policy_member_missing);
  expect_refused(rule_with(R"("when":{"ceremony":"register"},"require":{},%"deny":{"reason":"x"})"),
                 ErrorCode::policy_member_unknown);
  expect_refused(rule_with(R"("when":{"ceremony":"register"},"deny":%{})"),
                 ErrorCode::policy_member_missing);
  expect_refused(rule_with(R"("when":{"ceremony":"register"},"exempt":{"basis":%"article-16"})"),
                 ErrorCode::policy_value_invalid);
  expect_refused(document_with(R"("rules":[{"id":"a","when":{"ceremony":"register"},"require":{}},)"
                               R"({"id":%"a","when":{"ceremony":"register"},"require":{}}])"),
                 ErrorCode::policy_name_duplicate);
}

TEST(ParsePolicy, FailsIfAConditionNamesNoInputOrComparesItWrongly) {
  expect_refused(condition(R"({%"amount":1})"), ErrorCode::policy_input_unknown);
  expect_refused(condition(R"({%"amount.Base":1})"), ErrorCode::policy_input_unknown);
  expect_refused(condition(R"({"amount.base":%"1"})"), ErrorCode::policy_comparison_mismatch);
  expect_refused(condition(R"({"amount.base":%1.5})"), ErrorCode::policy_comparison_mismatch);
  expect_refused(condition(R"({"amount.base":{"gt":%-1}})"), ErrorCode::policy_value_invalid);
  expect_refused(condition(R"({"risk.score":{"gt":%101}})"), ErrorCode::policy_value_invalid);
  expect_refused(condition(R"({"amount.base":{%"above":1}})"),
                 ErrorCode::policy_comparison_mismatch);
  for (const char* rate :
       {R"({"amount.rate":%1})", R"({"amount.rate":%"ECB:EUR-USD@2026-11-26T15:00:00Z"})",
        R"({"amount.rate":{"eq":%"a"}})", R"({"amount.rate":{"in":[%"a"]}})",
        R"({"amount.rate":{%"gt":1}})", R"({"amount.rate":{%"contains":"a"}})"}) {
    expect_refused(condition(rate), ErrorCode::policy_comparison_mismatch);
  }
  expect_refused(condition(R"({"payee.known":%1})"), ErrorCode::policy_comparison_mismatch);
  expect_refused(condition(R"({"payee.known":{%"gt":true}})"),
                 ErrorCode::policy_comparison_mismatch);
  expect_refused(condition(R"({"ceremony":%"login"})"), ErrorCode::policy_value_invalid);
  expect_refused(condition(R"({"ceremony":{"in":%[]}})"), ErrorCode::policy_value_invalid);
  expect_refused(condition(R"({"ceremony":{"in":["register",%"register"]}})"),
                 ErrorCode::policy_name_duplicate);
  expect_refused(condition(R"({"credential.format":{%"gt":"tpm"}})"),
                 ErrorCode::policy_comparison_mismatch);
  expect_refused(condition(R"({"user.segment":%"two words"})"), ErrorCode::policy_value_invalid);
  expect_refused(condition(R"({"user.roles":{%"in":["a"]}})"),
                 ErrorCode::policy_comparison_mismatch);
  expect_refused(condition(R"({"credential.transports":{"contains":%"serial"}})"),
                 ErrorCode::policy_value_invalid);
  expect_refused(condition(R"({"credential.aaguid":%"EE882879-721C-4913-9775-3DFCCE97072A"})"),
                 ErrorCode::policy_value_invalid);
  expect_refused(condition(R"({"credential.aaguid":{"inList":%"none"}})"),
                 ErrorCode::policy_name_unknown);
  expect_refused(condition(R"({"session.age":{"lt":%300}})"),
                 ErrorCode::policy_comparison_mismatch);
  expect_refused(condition(R"({"session.age":{"lt":%"P1M"}})"), ErrorCode::policy_value_invalid);
}

TEST(ParsePolicy, FailsIfAConditionIsNoConditionOrSeveral) {
  expect_refused(condition("%[]"), ErrorCode::policy_type_mismatch);
  expect_refused(condition("%{}"), ErrorCode::policy_member_missing);
  expect_refused(condition(R"({"payee.known":true,%"payee.trusted":true})"),
                 ErrorCode::policy_member_unknown);
  expect_refused(condition(R"({"all":%{}})"), ErrorCode::policy_type_mismatch);
  expect_refused(condition(R"({"any":%[]})"), ErrorCode::policy_value_invalid);
  expect_refused(condition(R"({"payee.known":%{}})"), ErrorCode::policy_member_missing);
}

TEST(ParsePolicy, FailsIfARequirementIsUnknownOrOutOfRange) {
  expect_refused(requirement(R"({%"userverification":"required"})"),
                 ErrorCode::policy_member_unknown);
  expect_refused(requirement(R"({%"extends":"a"})"), ErrorCode::policy_member_unknown);
  expect_refused(requirement(R"({"userVerification":%"always"})"), ErrorCode::policy_value_invalid);
  expect_refused(requirement(R"({"userVerification":%true})"), ErrorCode::policy_type_mismatch);
  expect_refused(requirement(R"({"minimumCertification":%"L4"})"), ErrorCode::policy_value_invalid);
  expect_refused(requirement(R"({"displayTier":%5})"), ErrorCode::policy_value_invalid);
  expect_refused(requirement(R"({"approvals":{"count":%0}})"), ErrorCode::policy_value_invalid);
  expect_refused(requirement(R"({"approvals":{"count":2,%"people":2}})"),
                 ErrorCode::policy_member_unknown);
  expect_refused(requirement(R"({"coolingOff":%"PT0S"})"), ErrorCode::policy_value_invalid);
  expect_refused(requirement(R"({"timeout":%"PT61M"})"), ErrorCode::policy_value_invalid);
  expect_refused(requirement(R"({"algorithms":["ES256",%"RS1"]})"),
                 ErrorCode::policy_value_invalid);
  expect_refused(requirement(R"({"algorithms":["ES256",%"ES256"]})"),
                 ErrorCode::policy_name_duplicate);
  expect_refused(requirement(R"({"authenticators":{"allow":%"keys"}})"),
                 ErrorCode::policy_name_unknown);
  expect_refused(requirement(R"({"strength":%"sca"})"), ErrorCode::policy_name_unknown);
}

TEST(ParsePolicy, FailsIfStrengthsExtendThemselvesOrListsAreNoModels) {
  expect_refused(document_with(R"("strengths":{"a":{"extends":"b"},"b":{"extends":%"a"}},)"
                               R"("rules":[])"),
                 ErrorCode::policy_extends_cycle);
  expect_refused(document_with(R"("strengths":{"a":{"extends":%"a"}},"rules":[])"),
                 ErrorCode::policy_extends_cycle);
  expect_refused(document_with(R"("strengths":{"a":{"extends":%"c"}},"rules":[])"),
                 ErrorCode::policy_name_unknown);
  expect_refused(document_with(R"("lists":{"a":[%"key"]},"rules":[])"),
                 ErrorCode::policy_value_invalid);
  const std::string model = '"' + std::string(kModel) + '"';
  expect_refused(document_with(R"("lists":{"a":[)" + model + ",%" + model + R"(]},"rules":[])"),
                 ErrorCode::policy_name_duplicate);
  expect_refused(document_with(R"("lists":{"a":{"models":[],"expires":%"tomorrow"}},"rules":[])"),
                 ErrorCode::policy_value_invalid);
}

TEST(ParsePolicy, FailsIfTooLargeOrTooDeep) {
  std::string deep = R"({"payee.known":true})";
  for (std::size_t i = 0; i + 1 < limits::kMaxPolicyConditionDepth; ++i) {
    deep = R"({"not":)" + deep + "}";
  }
  const OpenSslHasher hasher;
  EXPECT_TRUE(parse_policy(condition(deep), hasher).has_value());
  std::string refused = deep;
  refused.insert(refused.find(R"({"payee)"), "%");
  expect_refused(condition(R"({"not":)" + refused + "}"), ErrorCode::policy_too_deep);

  std::string many;
  for (std::size_t i = 1; i < limits::kMaxPolicyConditions; ++i) {
    many += R"({"payee.known":true},)";
  }
  expect_refused(condition(R"({"all":[)" + many + R"(%{"payee.known":true}]})"),
                 ErrorCode::policy_too_large);

  std::string rules;
  for (std::size_t i = 0; i <= limits::kMaxPolicyRules; ++i) {
    rules += std::string(i == 0 ? "" : ",") + "{}";
  }
  expect_refused(document_with("\"rules\":%[" + rules + "]"), ErrorCode::policy_too_large);

  std::string roles;
  for (std::size_t i = 0; i <= limits::kMaxPolicySetMembers; ++i) {
    roles += (i == 0                              ? "\"r"
              : i == limits::kMaxPolicySetMembers ? ",%\"r"
                                                  : ",\"r") +
             std::to_string(i) + '"';
  }
  expect_refused(condition(R"({"user.roles":{"containsAny":[)" + roles + "]}}"),
                 ErrorCode::policy_too_large);
  const std::string huge(limits::kMaxPolicyBytes + 1, ' ');
  EXPECT_EQ(parse_policy(huge, hasher).error().code, ErrorCode::json_too_large);
}

TEST(PositionOf, CountsLinesAndColumnsFromOne) {
  const std::string_view text = "{\n  \"a\": 1\n}";
  EXPECT_EQ(position_of(text, 0).line, 1U);
  EXPECT_EQ(position_of(text, 0).column, 1U);
  EXPECT_EQ(position_of(text, text.find('1')).line, 2U);
  EXPECT_EQ(position_of(text, text.find('1')).column, 8U);
  EXPECT_EQ(position_of(text, 1000).line, 3U);
}

// Members of an object have no order, and what is known of a digest is kept.
TEST(ParsePolicy, ListsInAnotherOrderAreTheSameDocument) {
  const auto parsed = [](const char* lists) {
    return parse_policy(std::string(R"({"schema":"countersign-policy/1","id":"p","revision":1,)"
                                    R"("default":"deny","lists":{)") +
                            lists +
                            R"(},"rules":[{"id":"a","when":{"ceremony":"authenticate"},"require":)"
                            R"({"authenticators":{"allow":"b","deny":"c"}}}]})",
                        OpenSslHasher())
        .value();
  };
  const PolicyDocument one = parsed(R"("a":[],"b":[],"c":[])");
  const PolicyDocument other = parsed(R"("c":[],"b":[],"a":[])");
  EXPECT_EQ(one.digest(), other.digest());
  ASSERT_EQ(other.lists().size(), 3U);
  EXPECT_EQ(other.lists()[0].name, "a");
  EXPECT_EQ(one.rules()[0].requirements.allow_lists, other.rules()[0].requirements.allow_lists);
  EXPECT_EQ(one.rules()[0].requirements.deny_lists, other.rules()[0].requirements.deny_lists);
}

TEST(ParsePolicy, OperatorsInAnotherOrderAreTheSameDocument) {
  const auto parsed = [](const char* hours) {
    return parse_policy(
               std::string(R"({"schema":"countersign-policy/1","id":"p","revision":1,)"
                           R"("default":"deny","rules":[{"id":"a","when":{"time.hour":{)") +
                   hours + R"(}},"deny":{"reason":"closed"}}]})",
               OpenSslHasher())
        .value();
  };
  const PolicyDocument one = parsed(R"("gte":1,"lt":5)");
  const PolicyDocument other = parsed(R"("lt":5,"gte":1)");
  EXPECT_EQ(one.digest(), other.digest());
  ASSERT_EQ(other.leaves().size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(one.leaves()[i].low, other.leaves()[i].low);
    EXPECT_EQ(one.leaves()[i].written, other.leaves()[i].written);
  }
}

}  // namespace
}  // namespace countersign::testing
