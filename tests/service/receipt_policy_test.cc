// What a recorded decision is about is the order that was signed, whatever is recorded of it.

#include "service/receipt_policy.h"

#include <gtest/gtest.h>

#include "receipt/evidence.h"
#include "service/transaction_catalog.h"
#include "tests/receipt/approvals.h"
#include "tests/transaction/own_templates.h"

namespace countersign::testing {
namespace {

// Two approvals from 10,000.00 on, of whatever amount the bank says where it is no euro; nothing
// for dollars or batches.
constexpr std::string_view kPolicy =
    R"({"schema":"countersign-policy/1","id":"t","revision":1,"default":"deny","rules":[)"
    R"({"id":"pay","when":{"ceremony":"transaction.approve"},)"
    R"("require":{"userVerification":"required"}},)"
    R"({"id":"large","when":{"all":[{"ceremony":"transaction.approve"},)"
    R"({"amount.base":{"gte":1000000}}]},"require":{"approvals":{"count":2,"distinctUsers":true}}},)"
    R"({"id":"dollars","when":{"all":[{"ceremony":"transaction.approve"},)"
    R"({"amount.currency":"USD"}]},"deny":{"reason":"r"}},)"
    R"({"id":"batches","when":{"all":[{"ceremony":"transaction.approve"},)"
    R"({"transaction.type":"payment.batch/1"}]},"deny":{"reason":"r"}}]})";

constexpr std::string_view kBatch =
    R"({"type":"payment.batch/1","fields":{"total":[{"currency":"EUR","value":"100.00"},)"
    R"({"currency":"JPY","value":"5000"}],"count":2,)"
    R"("debtorAccount":{"iban":"DE75512108001245126199"},"executionDate":"2026-11-23","payees":[)"
    R"({"creditor":"A B","creditorAccount":{"iban":"DE89370400440532013000"},)"
    R"("amount":{"currency":"EUR","value":"100.00"}},)"
    R"({"creditor":"C D","creditorAccount":{"iban":"DE89370400440532013000"},)"
    R"("amount":{"currency":"JPY","value":"5000"}}]}})";

constexpr std::string_view kOrder =
    R"("transaction.type":"payment.credit-transfer/1","amount.currency":"EUR","amount.base":2000000)";

class RecordedDecision : public ::testing::Test {
 protected:
  RecordedDecision() {
    options_.policy = kPolicy;
    options_.intent.replace(options_.intent.find("1234.56"), 7, "20000.00");
  }

  // Where the policy was asked about these inputs, as B and record have everything else.
  Result<PolicyDemands> decided(const std::string& inputs) {
    options_.edit_evidence = [&](ApprovalEvidence& evidence) {
      evidence.policy.decision =
          decision_of(options_.policy, R"({"ceremony":"transaction.approve",)" + inputs + "}");
    };
    const ApprovalEvidence evidence = parse_record(make_record(options_)).value();
    const Digest256 digest = parse_policy(options_.policy, hasher_).value().digest();
    return RecordedDecisions(hasher_).decide_again(
        evidence, digest, CounterOutcome::advanced,
        read_template({{}, evidence.template_document}, hasher_).value(),
        parse_canonical_cbor(evidence.intent).value());
  }
  bool holds(const std::string& inputs) { return decided(inputs).has_value(); }

  const OpenSslHasher hasher_;
  ApprovalOptions options_;
};

TEST_F(RecordedDecision, SucceedsIfItIsAboutTheOrder) {
  const Result<PolicyDemands> demands = decided(std::string(kOrder));
  ASSERT_TRUE(demands.has_value());
  EXPECT_EQ(demands->approvals, 2);
  EXPECT_EQ(demands->amount_of_bank, std::nullopt);
}

TEST_F(RecordedDecision, FailsIfTheAmountIsAnother) {
  std::string inputs(kOrder);
  inputs.replace(inputs.find("2000000"), 7, "1");
  EXPECT_EQ(decided(inputs).error().code, ErrorCode::receipt_policy_mismatch);
  // Above the limit as the order is: the figure is wrong all the same.
  inputs.replace(inputs.find("\"amount.base\":1") + 14, 1, "2000001");
  EXPECT_FALSE(holds(inputs));
}

TEST_F(RecordedDecision, FailsIfTheAmountIsLeftOut) {
  EXPECT_FALSE(holds(R"("transaction.type":"payment.credit-transfer/1","amount.currency":"EUR")"));
}

TEST_F(RecordedDecision, FailsIfTheTypeOrCurrencyIsAnother) {
  options_.intent.replace(options_.intent.find("EUR"), 3, "USD");
  EXPECT_FALSE(holds(std::string(kOrder))) << "dollars, said to be euros";
  options_.intent = kBatch;
  EXPECT_FALSE(holds(std::string(kOrder))) << "a batch, said to be a transfer";
}

TEST_F(RecordedDecision, FailsIfItIsAboutAnotherCeremony) {
  options_.intent = R"({"type":"payment.card/1","fields":{"amount":{"currency":"EUR",)"
                    R"("value":"20.00"},"merchant":"Muster Schuhe","card":"4242"}})";
  EXPECT_TRUE(holds(R"("transaction.type":"payment.card/1","amount.currency":"EUR",)"
                    R"("amount.base":2000)"));
  options_.policy.replace(options_.policy.find("transaction.approve"), 19, "limit.change");
  options_.edit_evidence = nullptr;
  options_.inputs = R"({"ceremony":"limit.change"})";
  options_.base_currency = "";
  const ApprovalEvidence evidence = parse_record(make_record(options_)).value();
  const Result<PolicyDemands> demands = RecordedDecisions(hasher_).decide_again(
      evidence, parse_policy(options_.policy, hasher_).value().digest(), CounterOutcome::advanced,
      read_template({{}, evidence.template_document}, hasher_).value(),
      parse_canonical_cbor(evidence.intent).value());
  EXPECT_FALSE(demands.has_value());
}

TEST_F(RecordedDecision, FailsIfABatchWeighsLessThanItsPartInTheBaseCurrency) {
  // Here nothing is denied: of the currency nothing is said, and that would be dollars, too.
  for (std::size_t at;
       (at = options_.policy.find(R"("deny":{"reason":"r"})")) != std::string::npos;) {
    options_.policy.replace(at, 21, R"("require":{"userVerification":"required"})");
  }
  options_.intent = kBatch;
  const std::string type = R"("transaction.type":"payment.batch/1","amount.base":)";
  EXPECT_EQ(decided(type + "13000")->amount_of_bank, 13000);
  EXPECT_EQ(decided(type + "10000")->amount_of_bank, 10000);
  EXPECT_FALSE(holds(type + "9999"));
}

// A fee of 1.00 EUR above or below the amount of a bank's own template.
TEST_F(RecordedDecision, FailsIfItIsAboutOneOfTwoAmounts) {
  const std::string euros =
      R"("transaction.type":"payment.credit-transfer/9","amount.currency":"EUR","amount.base":)";
  const std::string mixed = R"("transaction.type":"payment.credit-transfer/9","amount.base":)";
  nlohmann::json intent = nlohmann::json::parse(kTransferIntent);
  intent["type"] = "payment.credit-transfer/9";
  intent["fields"]["fee"] = amount_json("1.00");
  for (const std::ptrdiff_t at : {0, 1}) {
    options_.own_template = with_another_amount("payment.credit-transfer", "fee", at).dump();
    intent["fields"]["amount"] = amount_json("20000.00");
    options_.intent = intent.dump();
    ASSERT_TRUE(holds(euros + "2000100")) << at;
    EXPECT_EQ(decided(euros + "2000100")->approvals, 2);
    EXPECT_FALSE(holds(euros + "100")) << at;
    EXPECT_FALSE(holds(euros + "2000000")) << at;
  }
  options_.policy.replace(options_.policy.find(R"("deny":{"reason":"r"})"), 21,
                          R"("require":{"timeout":"PT1M"})");
  intent["fields"]["amount"] = amount_json("20000.00", "USD");
  options_.intent = intent.dump();
  EXPECT_EQ(decided(mixed + "1860100")->amount_of_bank, 1860100);
  EXPECT_EQ(decided(mixed + "1860100")->rate_of_bank, "") << "as earlier builds wrote it";
  const std::string rate = R"(,"amount.rate":"ECB:EUR-USD@2026-11-26T15:00:00Z")";
  EXPECT_EQ(decided(mixed + "1860100" + rate)->rate_of_bank, "ECB:EUR-USD@2026-11-26T15:00:00Z");
  EXPECT_FALSE(holds(mixed + "99")) << "less than the fee";
}

TEST_F(RecordedDecision, FailsIfItHasARateOfAnOrderInTheBaseCurrency) {
  EXPECT_TRUE(holds(std::string(kOrder)));
  EXPECT_FALSE(holds(std::string(kOrder) + R"(,"amount.rate":"ECB:EUR-USD@2026-11-26T15:00:00Z")"));
}

TEST_F(RecordedDecision, FailsIfTheBaseCurrencyIsNone) {
  options_.base_currency = "";
  EXPECT_EQ(decided(std::string(kOrder))->amount_of_bank, 2000000) << "the bank's word, and told";
  for (const char* currency : {"EURO", "eur", "XAU", "E\n"}) {
    options_.base_currency = currency;
    EXPECT_FALSE(holds(std::string(kOrder))) << currency;
  }
}

// One administrator is enough for what is not weaker, as the comparison says that was signed.
TEST(RecordedPublication, NeedsWhatThePolicyDemandsUnlessNothingGetsWeaker) {
  const OpenSslHasher hasher;
  const auto needed = [&](std::string_view from, std::string_view to) {
    ApprovalOptions options = publication();
    options.intent.replace(options.intent.find(from), from.size(), to);
    const ApprovalEvidence evidence = parse_record(make_record(options)).value();
    return RecordedDecisions(hasher)
        .decide_again(evidence, parse_policy(options.policy, hasher).value().digest(),
                      CounterOutcome::advanced,
                      read_template({{}, evidence.template_document}, hasher).value(),
                      parse_canonical_cbor(evidence.intent).value())
        .value()
        .approvals;
  };
  EXPECT_EQ(needed("\"stricter\":1", "\"stricter\":2"), 1);
  EXPECT_EQ(needed("\"weaker\":0", "\"weaker\":1"), 2);
  EXPECT_EQ(needed("\"complete\"", "\"unfinished\""), 2);
}

// --- What is decided, and how it is written, is pinned by its version.

// Effects, requirements, lists, comparisons of every kind, inputs that no rule names.
constexpr std::string_view kPinned =
    R"({"schema":"countersign-policy/1","id":"pinned","revision":7,"default":"deny",)"
    R"("lists":{"keys":["ee882879-721c-4913-9775-3dfcce97072a"]},"rules":[)"
    R"({"id":"pay","when":{"ceremony":"transaction.approve"},)"
    R"("require":{"userVerification":"required","displayTier":1}},)"
    R"({"id":"small","when":{"all":[{"ceremony":"transaction.approve"},)"
    R"({"amount.base":{"lt":3000}},{"payee.known":true}]},"exempt":{"basis":"rts.article-16"}},)"
    R"({"id":"large","when":{"all":[{"ceremony":"transaction.approve"},)"
    R"({"amount.base":{"gte":1000000}}]},"require":{"approvals":{"count":2,"distinctUsers":true},)"
    R"("credentialAge":"P1D"}},)"
    R"({"id":"risk","when":{"all":[{"ceremony":"transaction.approve"},)"
    R"({"risk.score":{"gt":90}}]},"deny":{"reason":"risk"}}]})";

TEST(DecisionVersion, GoesUpWhereTheSamePolicyDecidesOrIsWrittenOtherwise) {
  std::string decisions;
  for (const char* amount : {"1", "2999", "3000", "999999", "1000000"}) {
    for (const char* more :
         {R"("payee.known":true,"risk.score":10)", R"("payee.known":false,"risk.score":90)",
          R"("risk.score":91,"credential.age":"P2D")", R"("payee.known":true)"}) {
      decisions +=
          decision_of(std::string(kPinned),
                      std::string(R"({"ceremony":"transaction.approve",)") +
                          R"("transaction.type":"payment.credit-transfer/1",)" +
                          R"("amount.currency":"EUR","amount.base":)" + amount + "," + more + "}");
    }
  }
  ASSERT_EQ(kDecisionVersion, 1);
  // Whoever has to change this line raises kDecisionVersion: else receipts that were written before
  // are refused (docs/receipts.md, "in twenty years").
  EXPECT_EQ(encode_hex(OpenSslHasher().sha256({bytes_of(decisions)})),
            "56b41ce04ee31f0e4229f8524e2f14f1a79d4c47a89eb8b5e21a0e4972cff242")
      << decisions;
}

}  // namespace
}  // namespace countersign::testing
