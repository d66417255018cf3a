// A payee that is called "250 Euro" would stand beside the real amount.

#include "service/amount_words.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/transaction/documents.h"
#include "transaction/shipped.h"

namespace countersign::testing {
namespace {

// Where it is found in a transfer to that payee; empty: it is a name.
std::string found_in(const std::string& name) {
  nlohmann::json intent = transfer_intent();
  intent["fields"]["creditor"] = name;
  const Template source =
      parse_template(find_shipped_template("payment.credit-transfer/1"), OpenSslHasher()).value();
  const CanonicalValue frozen = freeze_intent(source, parse_json(intent.dump()).value()).value();
  const std::optional<IntentProblem> problem = find_amount_in_words(source, frozen);
  EXPECT_TRUE(!problem || problem->error.code == ErrorCode::text_character_forbidden);
  return problem ? problem->field : "";
}

TEST(AmountInWords, IsFoundWhereANameIsNothingElse) {
  for (const char* name :
       {"250 Euro", "250 euros", "EURO 250", "Euro 1.000,00", "250Euro", "250 Dollars",
        "1'000 Franken", "1 000 euros", "DÓLARES 50", "250 Pounds", "99 złotych", "500 kronor",
        "250 евро", "250 円", "250円", "٢٥٠ يورو", "(250 Euro)", "250 - Euro", "250 Euro!"}) {
    const std::string found = found_in(name);
    // "250 - Euro": the two do not stand beside each other.
    EXPECT_EQ(found, std::string_view(name) == "250 - Euro" ? "" : "creditor") << name;
  }
}

TEST(AmountInWords, IsFoundBesideWordsWhereTheNumberHasSeparators) {
  for (const char* name : {"Refund of 1.000 Euro", "Total 250.00 euros now", "Franken 1’000 zurück",
                           "Gutschrift 12,50 Euro GmbH", "1 000 000 Dollar Man"}) {
    EXPECT_EQ(found_in(name), "creditor") << name;
  }
}

TEST(AmountInWords, IsNotFoundInNames) {
  for (const char* name :
       {"Muster Handels GmbH", "1 Euro Shop", "Euro Truck 24 GmbH", "Euro 2024 Tickets", "50 Cent",
        "Dollar General 1000", "Dollar Shave Club", "Euronics 2000", "Studio 54", "3M", "1&1",
        "Bar 25", "Real 24", "Pfund Molkerei 1880", "Franck 12", "Yen Sushi 3 Berlin", "24 7"}) {
    EXPECT_EQ(found_in(name), "") << name;
  }
}

TEST(AmountInWords, IsFoundInALineOfABatch) {
  const Template source =
      parse_template(find_shipped_template("payment.batch/1"), OpenSslHasher()).value();
  const CanonicalValue frozen =
      freeze_intent(
          source,
          parse_json(
              R"({"type":"payment.batch/1","fields":{"total":[{"currency":"EUR","value":"3.00"}],)"
              R"("count":2,"debtorAccount":{"iban":"DE75512108001245126199"},)"
              R"("executionDate":"2026-11-23","payees":[)"
              R"({"creditor":"A B","creditorAccount":{"iban":"DE89370400440532013000"},)"
              R"("amount":{"currency":"EUR","value":"1.00"}},)"
              R"({"creditor":"250 Euro","creditorAccount":{"iban":"DE89370400440532013000"},)"
              R"("amount":{"currency":"EUR","value":"2.00"}}]}})")
              .value())
          .value();
  const std::optional<IntentProblem> problem = find_amount_in_words(source, frozen);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->field, "payees[1].creditor");
  EXPECT_EQ(problem->code_point, U'2');
}

}  // namespace
}  // namespace countersign::testing
