#include "service/transaction_inputs.h"

#include <gtest/gtest.h>

#include "tests/transaction/own_templates.h"

namespace countersign::testing {
namespace {

// The inputs of an intent, or why there are none; `said` by the backend.
Result<PolicyInputs> inputs_of(const Template& source, const nlohmann::json& intent,
                               const std::string& known = "",
                               std::optional<std::int64_t> said = std::nullopt,
                               const std::string& base_currency = "EUR") {
  PolicyInputs inputs(policy_ceremony_of(source.type));
  if (said) {
    CS_TRY(inputs.set_number(PolicyInput::amount_base, *said));
  }
  JsonValue names;
  if (!known.empty()) {
    names = parse_json(known).value();
  }
  CS_TRY(add_intent_inputs(source, intent_from(source, intent).value(), base_currency,
                           known.empty() ? nullptr : &names, inputs));
  return inputs;
}
Result<PolicyInputs> inputs_of(const nlohmann::json& intent, const std::string& known = "",
                               std::optional<std::int64_t> said = std::nullopt,
                               const std::string& base_currency = "EUR") {
  const std::string type = intent["type"];
  return inputs_of(template_of(type.substr(0, type.find('/'))), intent, known, said, base_currency);
}

TEST(PolicyCeremonyOf, IsTheTypesOwnWhereThereIsOne) {
  EXPECT_EQ(policy_ceremony_of("beneficiary.add/1"), PolicyCeremony::beneficiary_add);
  EXPECT_EQ(policy_ceremony_of("limit.change/2"), PolicyCeremony::limit_change);
  EXPECT_EQ(policy_ceremony_of("account.access/1"), PolicyCeremony::account_access);
  EXPECT_EQ(policy_ceremony_of("credential.add/1"), PolicyCeremony::credential_add);
  EXPECT_EQ(policy_ceremony_of("payment.credit-transfer/1"), PolicyCeremony::transaction_approve);
  EXPECT_EQ(policy_ceremony_of("limit.change.more/1"), PolicyCeremony::transaction_approve);
  EXPECT_EQ(policy_ceremony_of("authenticate/1"), PolicyCeremony::transaction_approve)
      << "no way to another ceremony's rules";
}

TEST(AddIntentInputs, TakesTheAmountFromTheIntent) {
  const PolicyInputs inputs = inputs_of(transfer_intent()).value();
  EXPECT_EQ(inputs.number(PolicyInput::amount_base), 123456);
  EXPECT_EQ(inputs.text(PolicyInput::amount_currency), "EUR");
  EXPECT_EQ(inputs.text(PolicyInput::transaction_type), "payment.credit-transfer/1");
  EXPECT_FALSE(inputs.has(PolicyInput::payee_confusable));
}

// A list that somebody keeps by hand: the same name is the same, another one a look-alike.
TEST(AddIntentInputs, TakesKnownPayeesInTheFormOfNames) {
  nlohmann::json intent = transfer_intent();
  const auto is_confusable = [&](const std::string& payee, const std::string& known) {
    intent["fields"]["creditor"] = payee;
    const std::string list = nlohmann::json::array({known}).dump();
    return inputs_of(intent, list)->number(PolicyInput::payee_confusable) == 1;
  };
  for (const char* known : {"Anna M\xc3\xbcller", "Anna M\xc3\xbcller ", " Anna  M\xc3\xbcller",
                            "Anna\xc2\xa0Mu\xcc\x88ller\n", "Anna M\xc3\xbcller\xe2\x80\x8b"}) {
    EXPECT_FALSE(is_confusable("Anna M\xc3\xbcller", known)) << known;
    EXPECT_TRUE(
        is_confusable("Anna M\xc3\xbc"
                      "11er",
                      known))
        << known;
    EXPECT_TRUE(is_confusable("ANNA M\xc3\x9cLLER", known)) << known;
    EXPECT_FALSE(is_confusable("Bob", known)) << known;
  }
  EXPECT_FALSE(is_confusable("Bob", ""));
}

TEST(AddIntentInputs, LeavesTheRateToTheBackend) {
  EXPECT_FALSE(
      inputs_of(transfer_intent(), "", std::nullopt, "CHF")->has(PolicyInput::amount_base));
  EXPECT_FALSE(inputs_of(transfer_intent(), "", std::nullopt, "")->has(PolicyInput::amount_base));
  EXPECT_EQ(inputs_of(transfer_intent(), "", 99, "CHF")->number(PolicyInput::amount_base), 99);
}

TEST(AddIntentInputs, LetsNobodyContradictTheIntent) {
  EXPECT_EQ(inputs_of(transfer_intent(), "", 123456)->number(PolicyInput::amount_base), 123456);
  EXPECT_EQ(inputs_of(transfer_intent(), "", 123455).error().code,
            ErrorCode::request_member_invalid);
  // 3.00 EUR and 7 JPY: the sum cannot be less than the part in euros.
  EXPECT_EQ(inputs_of(batch_intent(), "", 305)->number(PolicyInput::amount_base), 305);
  EXPECT_EQ(inputs_of(batch_intent(), "", 299).error().code, ErrorCode::request_member_invalid);
  EXPECT_FALSE(inputs_of(batch_intent())->has(PolicyInput::amount_base));
  EXPECT_FALSE(inputs_of(batch_intent())->has(PolicyInput::amount_currency));
}

// A template of a bank's own has a fee beside the amount, above or below it.
class SeveralAmounts : public ::testing::TestWithParam<std::ptrdiff_t> {
 protected:
  SeveralAmounts() {
    intent_["type"] = "payment.credit-transfer/9";
    intent_["fields"]["fee"] = amount_json("1.00");
    intent_["fields"]["amount"] = amount_json("20000.00");
  }
  Result<PolicyInputs> inputs(std::optional<std::int64_t> said = std::nullopt,
                              const std::string& base_currency = "EUR") const {
    return inputs_of(source_, intent_, "", said, base_currency);
  }

  const Template source_ =
      parse_template(with_another_amount("payment.credit-transfer", "fee", GetParam()).dump(),
                     OpenSslHasher())
          .value();
  nlohmann::json intent_ = transfer_intent();
};
INSTANTIATE_TEST_SUITE_P(AddIntentInputs, SeveralAmounts, ::testing::Values(0, 1));

TEST_P(SeveralAmounts, AreWeighedTogether) {
  EXPECT_EQ(inputs()->number(PolicyInput::amount_base), 2000100);
  EXPECT_EQ(inputs()->text(PolicyInput::amount_currency), "EUR");
  EXPECT_EQ(inputs(2000100)->number(PolicyInput::amount_base), 2000100);
  for (const std::int64_t said : {100, 2000000, 2000101}) {
    EXPECT_EQ(inputs(said).error().code, ErrorCode::request_member_invalid) << said;
  }
}

TEST_P(SeveralAmounts, InAnotherCurrencyAreTheBackendsButForThePartThatIsNot) {
  intent_["fields"]["amount"] = amount_json("20000.00", "USD");
  EXPECT_FALSE(inputs()->has(PolicyInput::amount_base)) << "unknown counts against the customer";
  EXPECT_FALSE(inputs()->has(PolicyInput::amount_currency));
  EXPECT_EQ(inputs(1860100)->number(PolicyInput::amount_base), 1860100);
  EXPECT_EQ(inputs(99).error().code, ErrorCode::request_member_invalid);
  EXPECT_EQ(inputs(99, "CHF")->number(PolicyInput::amount_base), 99);
  intent_["fields"]["fee"] = amount_json("1.00", "USD");
  EXPECT_FALSE(inputs()->has(PolicyInput::amount_base));
  EXPECT_EQ(inputs()->text(PolicyInput::amount_currency), "USD");
}

TEST_P(SeveralAmounts, AreNotMoreThanCanBeCounted) {
  intent_["fields"]["amount"] = amount_json("92233720368547757.07");
  EXPECT_EQ(inputs()->number(PolicyInput::amount_base), INT64_MAX);
  intent_["fields"]["fee"] = amount_json("1.01");
  EXPECT_EQ(inputs().error().code, ErrorCode::amount_too_large);
}

TEST(AddIntentInputs, WeighsTheFeeOfABatchBesideItsTotals) {
  const Template source =
      parse_template(with_another_amount("payment.batch", "fee", 0).dump(), OpenSslHasher())
          .value();
  nlohmann::json intent = batch_intent();
  intent["type"] = "payment.batch/9";
  intent["fields"]["fee"] = amount_json("0.50");
  EXPECT_EQ(inputs_of(source, intent, "", 349).error().code, ErrorCode::request_member_invalid);
  EXPECT_EQ(inputs_of(source, intent, "", 350)->number(PolicyInput::amount_base), 350);
}

TEST(AddIntentInputs, WeighsAnOldLimitBesideTheNewOne) {
  const Template source =
      parse_template(with_another_amount("limit.change", "old", 0).dump(), OpenSslHasher()).value();
  const nlohmann::json intent = {{"type", "limit.change/9"},
                                 {"fields",
                                  {{"old", amount_json("100.00")},
                                   {"limit", amount_json("50000.00")},
                                   {"period", "per-day"},
                                   {"account", iban_json("DE75512108001245126199")}}}};
  EXPECT_EQ(inputs_of(source, intent)->number(PolicyInput::amount_base), 5010000);
}

TEST(CheckIntentRate, IsDemandedOfWhatWasConvertedAndOfNothingElse) {
  const auto checked = [](const nlohmann::json& intent, bool has_rate, const std::string& base,
                          const std::string& currency = "") {
    const std::string type = intent["type"];
    const Template source = template_of(type.substr(0, type.find('/')));
    PolicyInputs inputs(PolicyCeremony::transaction_approve);
    EXPECT_TRUE(inputs.set_number(PolicyInput::amount_base, 5000));
    if (!currency.empty()) {
      EXPECT_TRUE(inputs.set_text(PolicyInput::amount_currency, currency));
    }
    if (has_rate) {
      EXPECT_TRUE(inputs.set_text(PolicyInput::amount_rate, "ECB:EUR-USD@2026-11-26T15:00:00Z"));
    }
    return check_intent_rate(source, intent_from(source, intent).value(), base, nullptr, inputs)
        .has_value();
  };
  EXPECT_TRUE(checked(transfer_intent(), true, "CHF"));
  EXPECT_FALSE(checked(transfer_intent(), false, "CHF"));
  EXPECT_FALSE(checked(transfer_intent(), true, "EUR"));
  EXPECT_TRUE(checked(transfer_intent(), false, "EUR"));
  // No amount at all: whether it was converted is the backend's word alone.
  const nlohmann::json payee = {
      {"type", "beneficiary.add/1"},
      {"fields",
       {{"creditor", "Anna Muster"}, {"creditorAccount", iban_json("DE89370400440532013000")}}}};
  EXPECT_TRUE(checked(payee, false, "EUR", "EUR"));
  EXPECT_FALSE(checked(payee, true, "EUR", "EUR"));
  EXPECT_FALSE(checked(payee, false, "EUR", "USD"));
  EXPECT_TRUE(checked(payee, true, "EUR", "USD"));
  EXPECT_TRUE(checked(payee, false, "EUR"));
  EXPECT_TRUE(checked(payee, true, "EUR"));
  // Nor does anybody know without a base currency, whatever the order is in.
  for (const nlohmann::json& intent : {payee, nlohmann::json(transfer_intent())}) {
    for (const bool has_rate : {false, true}) {
      EXPECT_TRUE(checked(intent, has_rate, "", "CHF"));
    }
  }
  for (const bool has_rate : {false, true}) {
    EXPECT_TRUE(checked(payee, has_rate, "")) << "nobody knows";
    EXPECT_TRUE(checked(transfer_intent(), has_rate, ""));
  }
}

TEST(AddIntentInputs, FindsPayeesThatLookLikeKnownOnes) {
  const auto confusable = [](const nlohmann::json& intent, const std::string& known) {
    return inputs_of(intent, known)->number(PolicyInput::payee_confusable);
  };
  nlohmann::json fake = transfer_intent();
  fake["fields"]["creditor"] = "Muster Hande1s GmbH";
  const std::string known = R"(["Muster Handels GmbH"])";
  EXPECT_EQ(confusable(fake, known), 1);
  EXPECT_EQ(confusable(transfer_intent(), known), 0) << "the known one itself";
  EXPECT_EQ(confusable(fake, "[]"), 0);
  nlohmann::json batch = batch_intent();
  batch["fields"]["payees"][2]["creditor"] = "Caro1";
  EXPECT_EQ(confusable(batch, R"(["Carol"])"), 1) << "in a line of a batch";
}

TEST(AddIntentInputs, RefusesKnownPayeesThatAreNoNames) {
  for (const std::string known : {"{}", "[1]", "\"Carol\""}) {
    EXPECT_EQ(inputs_of(transfer_intent(), known).error().code, ErrorCode::request_member_invalid);
  }
  std::string many = "[";
  for (std::size_t i = 0; i <= kMaxKnownPayees; ++i) {
    many += i == 0 ? "\"a\"" : ",\"a\"";
  }
  EXPECT_EQ(inputs_of(transfer_intent(), many + "]").error().code,
            ErrorCode::request_member_invalid);
  EXPECT_EQ(inputs_of(transfer_intent(), "[\"" + std::string(kMaxKnownPayeeBytes + 1, 'a') + "\"]")
                .error()
                .code,
            ErrorCode::request_member_invalid);
}

}  // namespace
}  // namespace countersign::testing
