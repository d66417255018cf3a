#include "policy/table_reader.h"

#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

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

TEST(PolicyTable, SemicolonsSeparateWhereTheFirstLineHasNoComma) {
  const Result<std::vector<PolicyInputs>> rows = parse_policy_table(
      "ceremony;channel;user.segment\r\n"
      "authenticate;\"web;1\";a,b\r\n"
      "recovery;;x\n");
  ASSERT_TRUE(rows.has_value()) << error_name(rows.error().code) << " " << rows.error().offset;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].text(PolicyInput::channel), "web;1");
  EXPECT_EQ((*rows)[0].text(PolicyInput::user_segment), "a,b");
  EXPECT_EQ((*rows)[1].text(PolicyInput::user_segment), "x");
  // A table has one separator.
  expect_refused_at(parse_policy_table("ceremony,risk.score;channel\n"),
                    ErrorCode::policy_table_malformed, 9);
  expect_refused_at(parse_policy_table("ceremony;risk.score\nauthenticate,7\n"),
                    ErrorCode::policy_table_malformed, 20);
}

TEST(PolicyTable, FailsWithTheFieldsPosition) {
  expect_refused_at(parse_policy_table("ceremony,amount\n"), ErrorCode::policy_table_malformed, 9);
  expect_refused_at(parse_policy_table("amount.base\n1\n"), ErrorCode::policy_ceremony_missing, 0);
  expect_refused_at(parse_policy_table("ceremony,ceremony\n"), ErrorCode::policy_table_malformed,
                    9);
  expect_refused_at(parse_policy_table("ceremony\nlogin\n"), ErrorCode::policy_input_value_invalid,
                    9);
  expect_refused_at(parse_policy_table("ceremony,risk.score\nauthenticate,101\n"),
                    ErrorCode::policy_input_value_invalid, 33);
  expect_refused_at(parse_policy_table("ceremony,risk.score\nauthenticate\n"),
                    ErrorCode::policy_table_malformed, 20);
  expect_refused_at(parse_policy_table("ceremony\n\"authenticate\n"),
                    ErrorCode::policy_table_malformed, 9);
  expect_refused_at(parse_policy_table("ceremony\n\"authenticate\"x\n"),
                    ErrorCode::policy_table_malformed, 23);
}

TEST(PolicyTable, SkipsBlankLinesAndAByteOrderMark) {
  const Result<std::vector<PolicyInputs>> rows = parse_policy_table(
      "\xef\xbb\xbf\n"
      "ceremony,risk.score\r\n"
      "\r\n"
      "authenticate,7\n"
      " \t\n"
      "recovery,8\n"
      "\n"
      "  ");
  ASSERT_TRUE(rows.has_value()) << error_name(rows.error().code) << " " << rows.error().offset;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].number(PolicyInput::risk_score), 7);
  EXPECT_EQ((*rows)[1].ceremony(), PolicyCeremony::recovery);
  const Result<std::vector<PolicyInputs>> one = parse_policy_table("ceremony\n\nauthenticate\n\n");
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->size(), 1U);
}

TEST(PolicyTable, FailsIfALineIsEmptyButForItsCommas) {
  expect_refused_at(parse_policy_table("ceremony,risk.score\n,\n"),
                    ErrorCode::policy_input_value_invalid, 20);
  expect_refused_at(parse_policy_table("ceremony\n\"\"\n"), ErrorCode::policy_input_value_invalid,
                    9);
  expect_refused_at(parse_policy_table(""), ErrorCode::policy_table_malformed, 0);
  expect_refused_at(parse_policy_table("\xef\xbb\xbf"), ErrorCode::policy_table_malformed, 3);
  expect_refused_at(parse_policy_table("ceremony\n\xef\xbb\xbf\n"),
                    ErrorCode::policy_input_value_invalid, 9);
  expect_refused_at(parse_policy_table("\xef\xbb\xbf\n\nceremony,amount\n"),
                    ErrorCode::policy_table_malformed, 14);
}

}  // namespace
}  // namespace countersign::testing
