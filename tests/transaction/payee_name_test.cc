#include "transaction/payee_name.h"

#include <gtest/gtest.h>

#include "tests/transaction/documents.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

// -1: nothing is found.
std::int64_t place_of(std::string_view name) {
  EXPECT_FALSE(find_text_problem(name, TextKind::name).has_value()) << name;
  const std::optional<TextProblem> problem = find_value_in_name(name);
  if (!problem) {
    return -1;
  }
  EXPECT_EQ(problem->code, ErrorCode::text_character_forbidden);
  return problem->offset;
}

TEST(FindValueInName, PassesOrdinaryNamesWithDigits) {
  for (const char* name : {"1&1",
                           "3M",
                           "Studio 54 GmbH",
                           "7 Eleven 24",
                           "7-11",
                           "4711",
                           "1822direkt",
                           "24/7 Fitness",
                           "Top 10",
                           "Top 10 Travel",
                           "TOP 10 Travel Ltd",
                           "All 24 Security",
                           "Mad 1",
                           "Anna Muster",
                           "Hotel 1900",
                           "Radio 88.6",
                           "Radio 88.6 TOP",
                           "Web 2.0 AG",
                           "1 EUR Shop",
                           "1-EUR-Shop",
                           "Poundland £1",
                           "A$AP",
                           "EUR",
                           "Euro 2000 GmbH",
                           "Haus Nr. 12",
                           "Route 66 1926 Diner",
                           "GB24 Anything Goes Limited",
                           "FR24 Something Very Long International SARL",
                           "AT4 Wireless",
                           "SE 10 Taxi 0123456789 Stockholm",
                           "Zentrale 0800 123 456",
                           "\xd0\xa1\xd1\x82\xd1\x83\xd0\xb4\xd0\xb8\xd1\x8f 54",  // Студия 54
                           "\xe6\xa0\xaa\xe5\xbc\x8f\xe4\xbc\x9a\xe7\xa4\xbe"
                           "109",
                           "O'Neill 3",
                           "Müller & 2 Söhne"}) {
    EXPECT_EQ(place_of(name), -1) << name;
  }
}

TEST(FindValueInName, FindsAmountsThatStandAlone) {
  for (const char* name : {"250.00 EUR",
                           "250 EUR",
                           "EUR 250",
                           "EUR250.00",
                           "250,00 EUR",
                           "1.250,00 EUR",
                           "1 250.00 EUR",
                           "1'250.00 CHF",
                           "1\xe2\x80\x99"
                           "250 CHF",
                           "250 eur",
                           "250.00 eur",
                           "€ 250",
                           "250 €",
                           "$5",
                           "£1",
                           "TOP 10",
                           "250.00",
                           "1,250.00",
                           "100 JPY",
                           "٢٥٠٫٠٠",
                           "٢٥٠ $",
                           "\xef\xbc\x92\xef\xbc\x95\xef\xbc\x90\xef\xbc\x8e\xef\xbc\x90\xef\xbc"
                           "\x90"}) {  // ２５０．００
    EXPECT_EQ(place_of(name), 0) << name;
  }
}

TEST(FindValueInName, FindsAmountsWithAllTheirDecimalsAmongOtherWords) {
  EXPECT_EQ(place_of("Anna Muster 250.00 EUR"), 12);
  EXPECT_EQ(place_of("Anna Muster (1.250,00 EUR)"), 13);
  EXPECT_EQ(place_of("Only EUR 1.00 to Anna"), 9);
  EXPECT_EQ(place_of("Total: €1.00 Anna"), 10);
  EXPECT_EQ(place_of("Müller 0.250 KWD GmbH"), 8);
  // Not the decimals of the currency, and part of another word.
  EXPECT_EQ(place_of("Anna Muster 250.0 EUR"), -1);
  EXPECT_EQ(place_of("Anna Muster 250.00 EURO"), -1);
  EXPECT_EQ(place_of("Anna Muster 250.00 JPY"), -1);
}

TEST(FindValueInName, FindsIbansHoweverTheyAreWritten) {
  for (const char* name :
       {"DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "de89 3704 0044 0532 0130 00",
        "DE89-3704-0044-0532-0130-00", "DE89~3704~0044~0532~0130~00",
        "D E 8 9 3704.0044/0532:0130 00", "NO93 8601 1117 947", "GB82 WEST 1234 5698 7654 32",
        "DE89\xe2\x80\x93"
        "3704\xe2\x80\x93"
        "0044053201\xe2\x80\x93"
        "3000",
        // The check digits are wrong, which nobody sees.
        "DE88 3704 0044 0532 0130 00",
        // Full-width forms.
        "\xef\xbc\xa4\xef\xbc\xa5"
        "89370400440532013000"}) {
    EXPECT_EQ(place_of(name), 0) << name;
  }
  EXPECT_EQ(place_of("Anna Muster, DE89 3704 0044 0532 0130 00"), 13);
  EXPECT_EQ(place_of("Anna Muster IBANDE89 3704 0044 0532 0130 00"), 16);
  EXPECT_EQ(place_of("Anna DE89 3704 0044 0532 0130"), -1) << "two digits too few";
  EXPECT_EQ(place_of("Anna US89 3704 0044 0532 0130 00"), -1) << "no country of IBANs";
}

TEST(FindValueInName, FindsAccountNumbersThatStandAlone) {
  EXPECT_EQ(place_of("12345678"), 0);
  EXPECT_EQ(place_of("20-00-00 12345678"), 0);
  EXPECT_EQ(place_of("(12) 34 56 78"), 0);
  EXPECT_EQ(place_of("1234567"), -1);
}

// Every script's own digits are found, whichever byte they begin with.
TEST(FindValueInName, FindsEachDigitOfUnicode) {
  std::size_t zeros = 0;
  for (char32_t c = 0x80; c <= 0x10ffff; ++c) {
    const CharacterProperties properties = properties_of(c);
    if (!properties.is_digit || properties.zero != c || properties.is_forbidden) {
      continue;
    }
    std::string number;
    for (int i = 0; i < 8; ++i) {
      append_utf8(number, c);
    }
    EXPECT_TRUE(find_value_in_name(number).has_value()) << std::hex << static_cast<unsigned>(c);
    ++zeros;
  }
  EXPECT_GT(zeros, 50U);
}

TEST(FindValueInName, IsAskedOfPayeesWithThePlaceOfTheField) {
  const Template source = testing::template_of("payment.credit-transfer");
  nlohmann::json intent = testing::transfer_intent();
  intent["fields"]["creditor"] = "Anna 250.00 EUR";
  const CanonicalValue frozen = freeze_intent(source, parse_json(intent.dump()).value()).value();
  const std::optional<IntentProblem> problem = find_intent_problem(source, frozen);
  ASSERT_TRUE(problem.has_value());
  EXPECT_EQ(problem->error.code, ErrorCode::text_character_forbidden);
  EXPECT_EQ(problem->error.offset, 5U);
  EXPECT_EQ(problem->field, "creditor");
  EXPECT_EQ(problem->code_point, U'2');
  // A reference may name an amount.
  intent["fields"]["creditor"] = "Anna Muster";
  intent["fields"]["reference"] = "250.00 EUR";
  EXPECT_FALSE(find_intent_problem(
      source, freeze_intent(source, parse_json(intent.dump()).value()).value()));
}

TEST(FindValueInName, IsAskedOfThePayeesOfABatch) {
  nlohmann::json intent = testing::batch_intent();
  intent["fields"]["payees"][1]["creditor"] = "DE89 3704 0044 0532 0130 00";
  EXPECT_EQ(
      testing::refusal_of(testing::intent_from(testing::template_of("payment.batch"), intent)),
      "text_character_forbidden");
}

}  // namespace
}  // namespace countersign
