#include "transaction/intent.h"

#include <gtest/gtest.h>

#include "tests/transaction/documents.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

using nlohmann::json;
using testing::amount_json;
using testing::batch_intent;
using testing::iban_json;
using testing::intent_from;
using testing::refusal_of;
using testing::template_of;
using testing::transfer_intent;

TEST(MakeIntent, FreezesTheCreditTransferOfTheVectors) {
  const CanonicalValue frozen =
      intent_from(template_of("payment.credit-transfer"), transfer_intent()).value();
  EXPECT_EQ(encode_hex(bound_digest(OpenSslHasher(), "countersign/1/intent", frozen).value()),
            "799dda76cd9be7b9226d9ffcd8f68528a593585f0dca54ab43e11f00a61370c4");
}

struct BadField {
  const char* code;
  const char* field;
  json value;
};

TEST(MakeIntent, FailsIfAFieldIsNotWhatTheTemplateSays) {
  const Template source = template_of("payment.credit-transfer");
  const std::string long_name(141, 'a');
  const BadField bad[] = {
      {"intent_field_unknown", "more", 1},
      {"intent_field_type_mismatch", "amount", "1.00"},
      {"intent_field_type_mismatch", "amount", 1},
      {"intent_field_type_mismatch", "amount", {{"currency", "EUR"}, {"value", 1}}},
      {"intent_field_type_mismatch", "amount", {{"currency", "EUR"}}},
      {"intent_field_type_mismatch",
       "amount",
       {{"currency", "EUR"}, {"exponent", 2}, {"minor", 1}}},
      {"intent_field_type_mismatch",
       "amount",
       {{"currency", "EUR"}, {"value", "1"}, {"more", "1"}}},
      {"amount_malformed", "amount", amount_json("1e5")},
      {"amount_malformed", "amount", amount_json("01.00")},
      {"amount_malformed", "amount", amount_json("-1.00")},
      {"amount_too_large", "amount", amount_json("92233720368547758.08")},
      {"amount_not_positive", "amount", amount_json("0.00")},
      {"currency_not_usable", "amount", amount_json("1", "XAU")},
      {"intent_field_type_mismatch", "creditor", 1},
      {"intent_field_type_mismatch", "creditor", nullptr},
      {"text_length_wrong", "creditor", ""},
      {"text_length_wrong", "creditor", long_name},
      {"text_length_wrong", "creditor", std::string(100000, 'a')},
      {"text_character_forbidden", "creditor", "Alice\xe2\x80\xae"},
      {"text_scripts_mixed", "creditor", "P\xd0\xb0ypal"},
      {"text_not_normalized", "creditor", "Mu\xcc\x88ller"},
      {"intent_field_type_mismatch", "creditorAccount", "DE89370400440532013000"},
      {"intent_field_type_mismatch", "creditorAccount", {{"iban", "x"}, {"more", 1}}},
      {"iban_checksum_wrong", "creditorAccount", iban_json("DE88370400440532013000")},
      {"iban_length_wrong", "creditorAccount", iban_json("DE8837040044053201300")},
      {"account_malformed", "creditorAccount", iban_json("")},
      {"date_malformed", "executionDate", "2026-02-29"},
      {"date_malformed", "executionDate", "2026-2-3"},
      {"date_malformed", "executionDate", "1899-12-31"},
      {"date_malformed", "executionDate", "2200-01-01"},
      {"date_malformed", "executionDate", "2026-11-23T00:00:00Z"},
      {"date_malformed", "executionDate", "23.11.2026"},
      {"date_malformed", "executionDate", ""},
  };
  for (const BadField& row : bad) {
    json intent = transfer_intent();
    intent["fields"][row.field] = row.value;
    EXPECT_EQ(refusal_of(intent_from(source, intent)), row.code) << row.field << ' ' << row.value;
  }
}

TEST(MakeIntent, FailsIfAFieldIsMissingUnlessItIsOptional) {
  const Template source = template_of("payment.credit-transfer");
  for (const char* name :
       {"amount", "creditor", "creditorAccount", "debtorAccount", "executionDate"}) {
    json intent = transfer_intent();
    intent["fields"].erase(name);
    EXPECT_EQ(refusal_of(intent_from(source, intent)), "intent_field_missing") << name;
  }
  json intent = transfer_intent();
  intent["fields"].erase("reference");
  EXPECT_EQ(refusal_of(intent_from(source, intent)), "accepted");
}

TEST(MakeIntent, FailsIfItIsNoIntentOrOfAnotherType) {
  const Template source = template_of("payment.credit-transfer");
  json intent = transfer_intent();
  intent["type"] = "payment.credit-transfer/2";
  EXPECT_EQ(refusal_of(intent_from(source, intent)), "intent_type_mismatch");
  for (const json& bad : {json(), json::array(), json("x"), json{{"type", "x"}},
                          json{{"type", 1}, {"fields", json::object()}}}) {
    EXPECT_EQ(refusal_of(intent_from(source, bad)), "intent_malformed");
  }
  intent = transfer_intent();
  intent["more"] = 1;
  EXPECT_EQ(refusal_of(intent_from(source, intent)), "intent_malformed");
}

TEST(MakeIntent, FieldsUnderAConditionAreThereExactlyWhenItHolds) {
  const Template source = template_of("payment.standing-order");
  json intent = {{"type", "payment.standing-order/1"},
                 {"fields",
                  {{"amount", amount_json("10.00")},
                   {"creditor", "Alice"},
                   {"creditorAccount", iban_json()},
                   {"frequency", "monthly"},
                   {"firstDate", "2026-12-01"},
                   {"end", "never"},
                   {"debtorAccount", iban_json()}}}};
  EXPECT_EQ(refusal_of(intent_from(source, intent)), "accepted");
  intent["fields"]["lastDate"] = "2027-12-01";
  EXPECT_EQ(refusal_of(intent_from(source, intent)), "intent_constraint_violated");
  intent["fields"]["end"] = "on-date";
  EXPECT_EQ(refusal_of(intent_from(source, intent)), "accepted");
  intent["fields"].erase("lastDate");
  EXPECT_EQ(refusal_of(intent_from(source, intent)), "intent_field_missing");
  intent["fields"]["frequency"] = "hourly";
  EXPECT_EQ(refusal_of(intent_from(source, intent)), "intent_value_not_offered");
}

TEST(MakeIntent, HiddenFieldsAreHeldToTheirConstantOrToAnother) {
  json document = testing::transfer_json();
  document["fields"].push_back({{"name", "channel"},
                                {"type", "text"},
                                {"maxGraphemes", 9},
                                {"hidden", {{"constant", "web"}}}});
  document["fields"].push_back(
      {{"name", "bookingDate"}, {"type", "date"}, {"hidden", {{"mustMatch", "executionDate"}}}});
  const Template source = parse_template(document.dump(), OpenSslHasher()).value();
  json intent = transfer_intent();
  intent["fields"]["channel"] = "web";
  intent["fields"]["bookingDate"] = "2026-11-23";
  EXPECT_EQ(refusal_of(intent_from(source, intent)), "accepted");
  json other = intent;
  other["fields"]["channel"] = "phone";
  EXPECT_EQ(refusal_of(intent_from(source, other)), "intent_constraint_violated");
  other = intent;
  other["fields"]["bookingDate"] = "2026-11-24";
  EXPECT_EQ(refusal_of(intent_from(source, other)), "intent_constraint_violated");
}

TEST(MakeIntent, FailsIfABatchDoesNotAddUp) {
  const Template source = template_of("payment.batch");
  ASSERT_EQ(refusal_of(intent_from(source, batch_intent())), "accepted");
  const std::pair<const char*, void (*)(json&)> bad[] = {
      {"intent_constraint_violated", [](json& f) { f["count"] = 2; }},
      {"intent_value_out_of_range", [](json& f) { f["count"] = 0; }},
      {"intent_field_type_mismatch", [](json& f) { f["count"] = "3"; }},
      {"intent_field_type_mismatch", [](json& f) { f["count"] = 3.0; }},
      {"intent_constraint_violated", [](json& f) { f["total"][0]["value"] = "3.01"; }},
      {"intent_constraint_violated", [](json& f) { f["total"].erase(1); }},
      {"intent_constraint_violated", [](json& f) { f["total"].push_back(f["total"][0]); }},
      {"intent_constraint_violated",
       [](json& f) { f["total"].push_back(amount_json("1.00", "CHF")); }},
      {"intent_value_out_of_range", [](json& f) { f["total"] = json::array(); }},
      {"intent_value_out_of_range", [](json& f) { f["payees"] = json::array(); }},
      {"intent_field_missing", [](json& f) { f["payees"][1].erase("amount"); }},
      {"intent_field_unknown", [](json& f) { f["payees"][1]["more"] = 1; }},
      {"amount_too_large",
       [](json& f) {
         f["payees"][0]["amount"] = amount_json("92233720368547758.07");
         f["total"][0] = amount_json("92233720368547758.07");
       }},
  };
  for (const auto& [code, spoil] : bad) {
    json intent = batch_intent();
    spoil(intent["fields"]);
    EXPECT_EQ(refusal_of(intent_from(source, intent)), code) << intent["fields"];
  }
}

TEST(FindIntentProblem, NamesTheFieldAndTheCharacter) {
  const Template source = template_of("payment.batch");
  json intent = batch_intent();
  intent["fields"]["payees"][2]["creditor"] = "Car\xe2\x80\xaeol";
  const CanonicalValue frozen = freeze_intent(source, parse_json(intent.dump()).value()).value();
  const std::optional<IntentProblem> problem = find_intent_problem(source, frozen);
  ASSERT_TRUE(problem.has_value());
  EXPECT_EQ(problem->field, "payees[2].creditor");
  EXPECT_EQ(problem->code_point, 0x202eU);
  EXPECT_EQ(problem->error.offset, 3U);
}

TEST(CheckIntent, HoldsWhatWasReadBackToTheSameRules) {
  const Template source = template_of("payment.credit-transfer");
  CanonicalValue frozen = intent_from(source, transfer_intent()).value();
  EXPECT_TRUE(check_intent(source, frozen).has_value());
  CanonicalValue other = frozen;
  other.members[1].second = CanonicalValue::make_null();
  EXPECT_FALSE(check_intent(source, other).has_value());
  for (std::size_t i = 0; i < 6; ++i) {
    other = frozen;
    other.members[1].second.members[i].second = CanonicalValue::make_integer(1);
    EXPECT_EQ(refusal_of(check_intent(source, other)), "intent_field_type_mismatch") << i;
  }
}

}  // namespace
}  // namespace countersign
