#include "transaction/amount.h"

#include <gtest/gtest.h>

#include <set>
#include <span>

#include "tests/transaction/committed_tables.h"

namespace countersign {
namespace {

std::string refusal_of(std::string_view currency, std::string_view value) {
  const Result<Amount> amount = parse_amount(currency, value);
  return amount ? "accepted" : std::string(error_name(amount.error().code));
}

TEST(CurrencyExponent, IsTheOneOfIso4217) {
  const std::pair<const char*, int> known[] = {{"EUR", 2}, {"JPY", 0}, {"KWD", 3}, {"IQD", 3},
                                               {"HUF", 2}, {"CLF", 4}, {"CLP", 0}, {"UYW", 4},
                                               {"IDR", 2}, {"COP", 2}, {"ISK", 0}, {"MRU", 2},
                                               {"ZWG", 2}, {"AED", 2}, {"XCG", 2}};
  for (const auto& [code, exponent] : known) {
    EXPECT_EQ(currency_exponent(code), exponent) << code;
  }
}

TEST(CurrencyExponent, IsWhatTheCommittedListSays) {
  const std::vector<std::vector<std::string>> rows = testing::rows_of("currencies.tsv");
  ASSERT_EQ(rows.front(), (std::vector<std::string>{"edition", std::string(currency_edition())}));
  std::set<std::string> codes;
  for (const std::vector<std::string>& row : std::span(rows).subspan(1)) {
    const bool is_withdrawn = row.size() == 4;
    ASSERT_TRUE(row.size() == 3 || (is_withdrawn && row[3] == "withdrawn")) << row[0];
    const std::optional<std::uint8_t> exponent = recorded_exponent(row[0]);
    EXPECT_EQ(exponent ? std::to_string(*exponent) : "-", row[1]) << row[0];
    EXPECT_EQ(currency_exponent(row[0]), is_withdrawn ? std::nullopt : exponent) << row[0];
    EXPECT_TRUE(codes.insert(row[0]).second) << row[0];
  }
  // Nothing else is one.
  std::size_t known = 0;
  std::size_t used = 0;
  std::string code = "AAA";
  for (code[0] = 'A'; code[0] <= 'Z'; ++code[0]) {
    for (code[1] = 'A'; code[1] <= 'Z'; ++code[1]) {
      for (code[2] = 'A'; code[2] <= 'Z'; ++code[2]) {
        const bool is_currency = recorded_exponent(code).has_value();
        EXPECT_TRUE(!is_currency || codes.count(code) != 0) << code;
        known += is_currency ? 1 : 0;
        used += currency_exponent(code).has_value() ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(used, 165U);
  EXPECT_EQ(known, 197U);  // rows are never removed
}

TEST(CurrencyExponent, IsNoneForCodesWithoutMinorUnitAndForUnknownOnes) {
  for (const char* code : {"XAU", "XAG", "XPT", "XPD", "XDR", "XUA", "XSU", "XTS", "XXX", "XBA",
                           "eur", "EU", "EURO", "", "DEM", "HRK", "BTC", "URA", "AFN "}) {
    EXPECT_FALSE(currency_exponent(code).has_value()) << code;
  }
}

TEST(ParseAmount, ReadsExactlyTheDecimalsOfTheCurrency) {
  EXPECT_EQ(parse_amount("EUR", "1234.56").value(), (Amount{"EUR", 2, 123456}));
  EXPECT_EQ(parse_amount("EUR", "0").value(), (Amount{"EUR", 2, 0}));
  EXPECT_EQ(parse_amount("EUR", "0.05").value(), (Amount{"EUR", 2, 5}));
  EXPECT_EQ(parse_amount("EUR", "12").value(), (Amount{"EUR", 2, 1200}));
  EXPECT_EQ(parse_amount("JPY", "5000000").value(), (Amount{"JPY", 0, 5000000}));
  EXPECT_EQ(parse_amount("KWD", "9007199254740.993").value(), (Amount{"KWD", 3, 9007199254740993}));
  EXPECT_EQ(parse_amount("CLF", "0.0001").value(), (Amount{"CLF", 4, 1}));
  EXPECT_EQ(parse_amount("EUR", "92233720368547758.07").value().minor, INT64_MAX);
  EXPECT_EQ(parse_amount("JPY", "9223372036854775807").value().minor, INT64_MAX);
}

TEST(ParseAmount, FailsIfItIsNotWrittenSo) {
  for (const char* value : {"",
                            " ",
                            "01",
                            "00",
                            "0.1",
                            "0.123",
                            "1.",
                            ".50",
                            "1,00",
                            "1 000",
                            "1'000",
                            "1e5",
                            "1E5",
                            "+1",
                            "-1",
                            "-0",
                            "1.00 ",
                            " 1.00",
                            "1.0e2",
                            "0x10",
                            "NaN",
                            "Infinity",
                            "1.00.00",
                            "1_000",
                            "\xd9\xa1\xd9\xa2",
                            "\xef\xbc\x91",
                            "1.\xd9\xa1\xd9\xa2",
                            "1\xe2\x80\x8b"}) {
    EXPECT_EQ(refusal_of("EUR", value), "amount_malformed") << value;
  }
  EXPECT_EQ(refusal_of("EUR", std::string_view("1\0", 2)), "amount_malformed");
  EXPECT_EQ(refusal_of("JPY", "1.0"), "amount_malformed");
  EXPECT_EQ(refusal_of("JPY", "1."), "amount_malformed");
  EXPECT_EQ(refusal_of("KWD", "1.00"), "amount_malformed");
}

TEST(ParseAmount, FailsIfItHasTwoToThe63MinorUnitsOrMore) {
  EXPECT_EQ(refusal_of("EUR", "92233720368547758.08"), "amount_too_large");
  EXPECT_EQ(refusal_of("EUR", "92233720368547759"), "amount_too_large");
  EXPECT_EQ(refusal_of("JPY", "9223372036854775808"), "amount_too_large");
  EXPECT_EQ(refusal_of("JPY", "18446744073709551617"), "amount_too_large");
  EXPECT_EQ(refusal_of("JPY", std::string(100000, '9')), "amount_too_large");
}

TEST(ParseAmount, FailsIfTheCurrencyIsNotUsable) {
  EXPECT_EQ(refusal_of("XAU", "1"), "currency_not_usable");
  EXPECT_EQ(refusal_of("eur", "1"), "currency_not_usable");
}

TEST(EncodeDecimal, IsReadBackAsTheSameAmount) {
  for (const std::int64_t minor : {std::int64_t{0}, std::int64_t{1}, std::int64_t{99},
                                   std::int64_t{100}, std::int64_t{12345}, INT64_MAX}) {
    for (const char* currency : {"JPY", "EUR", "KWD", "CLF"}) {
      const Amount amount{currency, *currency_exponent(currency), minor};
      EXPECT_EQ(parse_amount(currency, encode_decimal(amount)).value(), amount);
      EXPECT_EQ(make_amount(encode_amount(amount)).value(), amount);
    }
  }
}

TEST(MakeAmount, FailsIfTheExponentIsNotTheCurrencys) {
  EXPECT_EQ(make_amount(encode_amount({"EUR", 3, 1})).error().code, ErrorCode::currency_not_usable);
  EXPECT_EQ(make_amount(encode_amount({"XXX", 0, 1})).error().code, ErrorCode::currency_not_usable);
  EXPECT_EQ(make_amount(encode_amount({"EUR", 2, -1})).error().code, ErrorCode::amount_malformed);
  CanonicalValue more = encode_amount({"EUR", 2, 1});
  more.members.emplace_back("x", CanonicalValue::make_null());
  EXPECT_EQ(make_amount(more).error().code, ErrorCode::amount_malformed);
}

TEST(Add, FailsIfTheSumIsTooLarge) {
  EXPECT_EQ(add({"EUR", 2, 1}, {"EUR", 2, 2}).value().minor, 3);
  EXPECT_EQ(add({"EUR", 2, INT64_MAX}, {"EUR", 2, 1}).error().code, ErrorCode::amount_too_large);
}

}  // namespace
}  // namespace countersign
