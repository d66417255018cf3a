// What a backend is told of an intent or a decision that is refused, and a browser is not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/transaction_server.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TransactionRefusals : public ::testing::Test, public TransactionServer {
 protected:
  TransactionRefusals() { enrol("ada"); }

  Answer create_with(std::string_view from, std::string_view to) const {
    std::string intent = transfer("250.00");
    EXPECT_NE(intent.find(from), std::string::npos) << from;
    intent.replace(intent.find(from), from.size(), to);
    return backend().post("/v1/transactions", creation("ada", intent));
  }
};

struct Refused {
  std::string_view from;
  std::string_view to;
  std::string_view code;
  std::string_view pointer;
};

TEST_F(TransactionRefusals, OfIntentsAre400WithTheMember) {
  const Refused cases[] = {
      {"DE8937", "DE8837", "iban_checksum_wrong", "/fields/creditorAccount"},
      {"DE7551", "DE7451", "iban_checksum_wrong", "/fields/debtorAccount"},
      {"DE8937", "DE937", "iban_length_wrong", "/fields/creditorAccount"},
      {"250.00", "250,00", "amount_malformed", "/fields/amount"},
      {"250.00", "99999999999999999999.00", "amount_too_large", "/fields/amount"},
      {"250.00", "0.00", "amount_not_positive", "/fields/amount"},
      {"EUR", "XAU", "currency_not_usable", "/fields/amount"},
      {"\"creditor\"", "\"payee\"", "intent_field_unknown", "/fields/payee"},
      {"\"creditor\":\"Anna Muster\",", "", "intent_field_missing", "/fields/creditor"},
      {"\"Anna Muster\"", "7", "intent_field_type_mismatch", "/fields/creditor"},
      {"2026-11-27", "2026-02-30", "date_malformed", "/fields/executionDate"},
      {"Anna Muster", "Anna  Muster", "text_space_misplaced", "/fields/creditor"},
      {"Anna Muster", "Anna Mu\u0455ter", "text_scripts_mixed", "/fields/creditor"},
  };
  for (const Refused& refused : cases) {
    const Answer answer = create_with(refused.from, refused.to);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(member(answer.json, "status").integer, 400) << answer.body;
    EXPECT_EQ(answer.text("code"), refused.code) << answer.body;
    EXPECT_EQ(member(answer.at("position"), "pointer").string, refused.pointer) << answer.body;
  }
}

TEST_F(TransactionRefusals, NameTheCharacter) {
  const Answer answer = create_with("Anna Muster", "Anna \u200bMuster");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(member(answer.at("position"), "codePoint").integer, 0x200b) << answer.body;
  EXPECT_EQ(member(answer.at("position"), "offset").integer, 5) << answer.body;
}

TEST_F(TransactionRefusals, NameTheInputThatWasNotSaid) {
  // What denies is the rule about the risk, of which nothing is said.
  const Answer silent =
      backend().post("/v1/transactions",
                     R"({"username":"ada","locale":"en-GB","intent":)" + transfer("250.00") + "}");
  EXPECT_EQ(silent.status, 403);
  EXPECT_EQ(silent.text("code"), "policy_denied");
  ASSERT_EQ(silent.at("missing").items.size(), 1U) << silent.body;
  EXPECT_EQ(silent.at("missing").items[0].string, "risk.score");
  // And nothing where it is said, and denies.
  const Answer risky = create("250.00", "ada", R"(,"policyInputs":{"risk.score":95})");
  EXPECT_EQ(risky.text("code"), "policy_denied");
  EXPECT_THAT(risky.body, Not(HasSubstr("missing")));
}

TEST_F(TransactionRefusals, NameTheRateThatWasNotSaid) {
  std::string dollars = transfer("250.00");
  dollars.replace(dollars.find("EUR"), 3, "USD");
  const Answer unrated = backend().post(
      "/v1/transactions", R"({"username":"ada","locale":"en-GB","intent":)" + dollars +
                              ",\n"
                              R"("policyInputs":{"amount.base":23000,"risk.score":10}})");
  EXPECT_EQ(unrated.status, 400) << unrated.body;
  EXPECT_EQ(unrated.text("code"), "request_member_invalid");
  ASSERT_EQ(unrated.at("missing").items.size(), 1U) << unrated.body;
  EXPECT_EQ(unrated.at("missing").items[0].string, "amount.rate");
  dollars = transfer("250.00");  // nothing is converted: what is said too much has a place
  const Answer vain = backend().post(
      "/v1/transactions",
      R"({"username":"ada","locale":"en-GB","intent":)" + dollars +
          ",\n"
          R"("policyInputs":{"risk.score":10,"amount.rate":"E@2026-11-26T15:00:00Z"}})");
  EXPECT_EQ(vain.text("code"), "request_member_invalid") << vain.body;
  EXPECT_EQ(member(vain.at("position"), "line").integer, 2) << vain.body;
  EXPECT_EQ(member(vain.at("position"), "column").integer, 33);
  EXPECT_TRUE(vain.at("missing").is_null()) << vain.body;
}

// Also where the rule waits for the passkey: no passkey would do as long as that is not said.
TEST(TransactionRefusalsOfPasskeys, NameTheInputThatWasNotSaid) {
  const TransactionServer bank(
      "", R"({"schema":"countersign-policy/1","id":"fresh","revision":1,"default":"deny","rules":[
  {"id":"all","when":{"ceremony":{"in":["register","authenticate","transaction.approve"]}},
   "require":{"userVerification":"required"}},
  {"id":"strangers","when":{"all":[{"ceremony":"transaction.approve"},{"payee.known":false},
   {"credential.age":{"lt":"P1D"}}]},"deny":{"reason":"risk"}}]})");
  bank.enrol("ada");
  const auto create = [&](const std::string& inputs) {
    return bank.backend().post("/v1/transactions", R"({"username":"ada","locale":"en-GB",)" +
                                                       inputs + R"("intent":)" +
                                                       transfer("250.00") + "}");
  };
  const Answer silent = create("");
  EXPECT_EQ(silent.text("code"), "policy_requirement_unmet") << silent.body;
  ASSERT_EQ(silent.at("missing").items.size(), 1U) << silent.body;
  EXPECT_EQ(silent.at("missing").items[0].string, "payee.known");
  const Answer said = create(R"("policyInputs":{"payee.known":false},)");
  EXPECT_EQ(said.text("code"), "policy_requirement_unmet");
  EXPECT_THAT(said.body, Not(HasSubstr("missing")));
  EXPECT_EQ(create(R"("policyInputs":{"payee.known":true},)").status, 201);
}

// A page may create transactions, and learns nothing of the policy.
TEST(TransactionRefusalsOfPages, NameNothing) {
  const TransactionServer bank(R"(,"creation":"session")");
  const SoftCredential ada = bank.enrol("ada");
  Browser page = bank.page();
  const Answer began = page.post("/v1/authentications", R"({"username":"ada"})");
  ASSERT_EQ(page.post("/v1/authentications/" + began.text("id") + "/result",
                      page.assert_with(ada, began.at("options")).json)
                .status,
            200);
  const Answer denied =
      page.post("/v1/transactions", R"({"locale":"en-GB","intent":)" + transfer("250.00") + "}");
  EXPECT_EQ(denied.status, 403) << denied.body;
  EXPECT_THAT(denied.body, Not(HasSubstr("missing")));
  EXPECT_THAT(denied.body, Not(HasSubstr("risk")));
  EXPECT_THAT(denied.body, Not(HasSubstr("policy")));
  const Answer refused =
      page.post("/v1/transactions", R"({"locale":"en-GB","intent":)" + transfer("0.00") + "}");
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_THAT(refused.body, Not(HasSubstr("pointer")));
}

}  // namespace
}  // namespace countersign::testing
