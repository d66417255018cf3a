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
  for (const char* name : {"250 Euro",      "250 euros",         "250 EURO",    "250 Еurо",
                           "250Euro",       "250-Euro",          "250 - Euro",  "250 (Euro)",
                           "(250 Euro)",    "250 Euro!",         "250.- Euro",  "2 50 Euro",
                           "1.000,00-Euro", "1.000,00 \"Euro\"", "1 000 euros", "1.5 Euro",
                           "250 Dollars",   "250 Pounds",        "100 Yen",     "99 złotych",
                           "500 kronor",    "250 евро",          "250 円",      "250円",
                           "٢٥٠ يورو",      "1'000 francs"}) {
    EXPECT_EQ(found_in(name), "creditor") << name;
  }
}

TEST(AmountInWords, IsFoundBesideANumberThatIsWrittenAsAnAmount) {
  for (const char* name :
       {"Euro 1.000,00", "Dollar 1,000", "Euro 250.00", "Refund of 1.000 Euro",
        "Total 1.000,00-Euro", "Total 1.000,00 (Euro)", "Total 250.00 euros now",
        "Dollar 1’000 zurück", "Gutschrift 12,50 Euro GmbH", "Alles 1,50 Euro Shop",
        "1 000 000 Dollar Man", "Total 1.000,5 Euro", "Total 1,00,000.00 rupees",
        "Shop 24 1.000,00 Euro", "Shop 7.5 100.00 Euro", "Shop 2024 250,00 Euro"}) {
    EXPECT_EQ(found_in(name), "creditor") << name;
  }
}

TEST(AmountInWords, IsFoundWhereADashStandsForTheDecimals) {
  for (const char* name : {"Euro 250,-", "250,- Euro", "Euro 5.–", "Refund 250,- Euro",
                           "Gutschrift Euro 1.000,-", "Franken 20.—"}) {
    EXPECT_EQ(found_in(name), "creditor") << name;
  }
}

TEST(AmountInWords, IsFoundBehindACurrencyThatIsAllElse) {
  for (const char* name : {"Euro 250", "Dollar 250", "EURO (250)", "Euro 3000", "Euro 12345",
                           "Yen 100", "Euro ２０００"}) {
    EXPECT_EQ(found_in(name), "creditor") << name;
  }
}

TEST(AmountInWords, IsNotFoundInNames) {
  for (const char* name : {"Muster Handels GmbH",
                           "1 Euro Shop",
                           "Euro Truck 24 GmbH",
                           "Euro 2024 Tickets",
                           "50 Cent",
                           "Dollar General 1000",
                           "Dollar Shave Club",
                           "Euronics 2000",
                           "Studio 54",
                           "3M",
                           "1&1",
                           "Bar 25",
                           "Real 24",
                           "Pfund Molkerei 1880",
                           "Franck 12",
                           "Yen Sushi 3 Berlin",
                           "24 7",
                           "Euro Garages 24",
                           "Dollar 99 Store",
                           "Dollar General 1,000 Springs",
                           "99 Cent Dollar"}) {
    EXPECT_EQ(found_in(name), "") << name;
  }
}

TEST(AmountInWords, IsNotFoundBehindACurrencyInAHouseOrAYear) {
  for (const char* name :
       {"Euro 2000", "Euro-250-Markt", "Krone 24", "Dollar 99", "Pound 21", "Rubel 7", "Lira 1",
        "Hotel Krone 1", "Krone 1888", "Gebr. Krone 1888"}) {
    EXPECT_EQ(found_in(name), "") << name;
  }
}

TEST(AmountInWords, IsNotFoundBesideNumbersThatAreNoAmounts) {
  for (const char* name : {"Radio Euro 101,5",
                           "Radio Franken 95.8",
                           "Franken 2.0 GmbH",
                           "Krone 4.0 GmbH",
                           "Euro 2.0 GmbH",
                           "Peso 2.0",
                           "Lire 2.0",
                           "Sterling 2.0 Ltd",
                           "Dr. Frank 1.0",
                           "Anna Frank 12.05.1980",
                           "Anna Pfund 12.05.1980",
                           "Anna Pfund 12.05.80",
                           "Mode Frank 20 30",
                           "Mode Euro 20 30",
                           "Frank 24 7 Service",
                           "Euro 24 7 Service",
                           "Yuan 2 4 GmbH",
                           "Peso 2 4 GmbH",
                           "1 2 3 Euro Shop",
                           "1,2,3 Euro Möbel",
                           "1,2,3 Franken Möbel",
                           "Kunst & Krone 2. 0",
                           "1. FC Franken",
                           "SC Franken 04",
                           "A 1.5 Euro"}) {
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
