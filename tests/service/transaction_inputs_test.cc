#include "service/transaction_inputs.h"

#include <gtest/gtest.h>

#include "tests/transaction/documents.h"

namespace countersign::testing {
namespace {

// The inputs of an intent, or why there are none; `said` by the backend.
Result<PolicyInputs> inputs_of(const nlohmann::json& intent, const std::string& known = "",
                               std::optional<std::int64_t> said = std::nullopt,
                               const std::string& base_currency = "EUR") {
  const std::string type = intent["type"];
  const Template source = template_of(type.substr(0, type.find('/')));
  PolicyInputs inputs(policy_ceremony_of(type));
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
