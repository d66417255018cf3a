#include "transaction/account.h"

#include <gtest/gtest.h>

#include <span>

#include "tests/transaction/committed_tables.h"

namespace countersign {
namespace {

std::string refusal_of(const Result<PaymentAccount>& account) {
  return account ? "accepted" : std::string(error_name(account.error().code));
}

TEST(ParseIban, ReadsThePrintedFormIntoTheCompactOne) {
  const PaymentAccount german{"iban", "DE89370400440532013000"};
  EXPECT_EQ(parse_iban("DE89370400440532013000").value(), german);
  EXPECT_EQ(parse_iban("DE89 3704 0044 0532 0130 00").value(), german);
  EXPECT_EQ(parse_iban("de89 3704 0044 0532 0130 00").value(), german);
  for (const char* iban : {"GB82WEST12345698765432", "NO9386011117947",
                           "FR1420041010050500013M02606", "MT84MALT011000012345MTLCAST001S",
                           "CH9300762011623852957", "LC55HEMM000100010012001200023015"}) {
    EXPECT_EQ(refusal_of(parse_iban(iban)), "accepted") << iban;
  }
}

TEST(ParseIban, FailsIfADigitIsWrong) {
  std::string iban = "DE89370400440532013000";
  for (std::size_t i = 2; i < iban.size(); ++i) {
    std::string wrong = iban;
    wrong[i] = wrong[i] == '9' ? '8' : static_cast<char>(wrong[i] + 1);
    EXPECT_EQ(refusal_of(parse_iban(wrong)), "iban_checksum_wrong") << wrong;
  }
  std::swap(iban[10], iban[11]);
  EXPECT_EQ(refusal_of(parse_iban("DE89370400440523013000")), "iban_checksum_wrong");
}

// 2 + 97 = 99 gives the same remainder: two texts would be one account.
TEST(ParseIban, FailsIfTheCheckDigitsAreASecondFormOfOthers) {
  int found = 0;
  for (int account = 0; account < 300; ++account) {
    std::string digits = std::to_string(account);
    digits.insert(0, 18 - digits.size(), '0');
    for (const char* check : {"00", "01", "99"}) {
      const Result<PaymentAccount> refused = parse_iban("DE" + std::string(check) + digits);
      EXPECT_EQ(refusal_of(refused), "iban_checksum_wrong");
    }
    found += parse_iban("DE02" + digits).has_value() ? 1 : 0;
  }
  EXPECT_GT(found, 0);  // for these 99 would have done, too
}

TEST(ParseIban, FailsIfTheLengthIsNotTheCountrys) {
  for (const char* iban : {"DE8937040044053201300", "DE893704004405320130000",
                           "US89370400440532013000", "XX89", "ZZ8937040044053201"}) {
    EXPECT_NE(refusal_of(parse_iban(iban)), "accepted") << iban;
  }
  EXPECT_EQ(refusal_of(parse_iban("DE8937040044053201300")), "iban_length_wrong");
  EXPECT_EQ(refusal_of(parse_iban("US89370400440532013000")), "iban_length_wrong");
}

TEST(ParseIban, FailsIfACharacterIsNoneOfAnIban) {
  for (const std::string& iban :
       {std::string(), std::string(" DE89370400440532013000"),
        std::string("DE89370400440532013000 "), std::string("DE89  370400440532013000"),
        std::string("DE89\t370400440532013000"), std::string("DE89-3704-0044-0532-0130-00"),
        std::string("D\xd0\x95"
                    "89370400440532013000"),
        std::string("DE\xd9\xa8\xd9\xa9"
                    "370400440532013000"),
        std::string("DE89370400440532013000\n"), std::string("8937040044053201DE00"),
        std::string(100000, '1')}) {
    EXPECT_EQ(refusal_of(parse_iban(iban)), "account_malformed") << iban.substr(0, 40);
  }
}

TEST(MakeAccount, OfSchemeIbanIsAnIbanInItsFrozenForm) {
  EXPECT_EQ(refusal_of(make_account("iban", "DE89370400440532013000")), "accepted");
  EXPECT_EQ(refusal_of(make_account("iban", "DE89 3704 0044 0532 0130 00")), "account_malformed");
  EXPECT_EQ(refusal_of(make_account("iban", "de89370400440532013000")), "account_malformed");
  EXPECT_EQ(refusal_of(make_account("iban", "12345678")), "account_malformed");
}

TEST(MakeAccount, FailsIfSchemeOrIdentifierIsNotPlain) {
  EXPECT_EQ(refusal_of(make_account("uk.sort-code", "20-00-00/12345678")), "accepted");
  for (const char* scheme :
       {"", "IBAN", "uk scheme", "u\xc3\xa4", "abcdefghijklmnopqrstuvwxyz0123456"}) {
    EXPECT_EQ(refusal_of(make_account(scheme, "1")), "account_malformed") << scheme;
  }
  for (const std::string& id : {std::string(), std::string("1 2"), std::string("\xd9\xa1"),
                                std::string("<b>"), std::string("@/."), std::string(65, '1')}) {
    EXPECT_EQ(refusal_of(make_account("x", id)), "account_malformed") << id;
  }
  EXPECT_EQ(refusal_of(make_account("-", "1")), "account_malformed");
}

// The check digits are right: only the country's structure refuses it.
TEST(ParseIban, FailsIfThereIsALetterWhereTheCountryHasDigits) {
  EXPECT_EQ(refusal_of(parse_iban("DE85A70400440532013000")), "account_malformed");
}

TEST(MakeAccount, FailsIfAnotherSchemeCouldBeTakenForAnIban) {
  for (const char* scheme : {"iban2", "iban-old", "iban.", "1ban", "lban"}) {
    EXPECT_EQ(refusal_of(make_account(scheme, "1234")), "account_malformed") << scheme;
  }
  for (const char* id : {"DE89370400440532013000", "de89370400440532013000",
                         "DE89-3704-0044-0532-0130-00", "DE89.3704:0044/053201@3000"}) {
    EXPECT_EQ(refusal_of(make_account("local", id)), "account_malformed") << id;
  }
  EXPECT_EQ(refusal_of(make_account("local", "DE89370400440532013001")), "accepted");
  EXPECT_EQ(refusal_of(make_account("liban.post", "1234")), "accepted");
}

TEST(MakeAccount, ReadsWhatIsEncoded) {
  const PaymentAccount account{"iban", "DE89370400440532013000"};
  EXPECT_EQ(make_account(encode_account(account)).value(), account);
  CanonicalValue more = encode_account(account);
  more.members.emplace_back("x", CanonicalValue::make_null());
  EXPECT_EQ(refusal_of(make_account(more)), "account_malformed");
}

TEST(IbanTable, IsWhatTheCommittedRegistrySays) {
  const std::vector<std::vector<std::string>> rows = testing::rows_of("ibans.tsv");
  ASSERT_EQ(rows.front(), (std::vector<std::string>{"edition", std::string(iban_edition())}));
  std::size_t countries = 0;
  for (const std::vector<std::string>& row : std::span(rows).subspan(1)) {
    ASSERT_EQ(row.size(), 4U);
    const auto length = static_cast<std::size_t>(std::stoi(row[1]));
    EXPECT_EQ(iban_length(row[0]), length) << row[0];
    // Letters where the registry has them somewhere: refused by the check digits alone.
    const bool has_letters = row[2].find_first_of("ac") != row[2].npos;
    EXPECT_EQ(refusal_of(parse_iban(row[0] + "00" + std::string(length - 4, 'A'))),
              has_letters ? "iban_checksum_wrong" : "account_malformed")
        << row[0];
    ++countries;
  }
  EXPECT_EQ(countries, 89U);
  std::size_t known = 0;
  std::string country = "AA";
  for (country[0] = 'A'; country[0] <= 'Z'; ++country[0]) {
    for (country[1] = 'A'; country[1] <= 'Z'; ++country[1]) {
      known += iban_length(country) ? 1 : 0;
    }
  }
  EXPECT_EQ(known, countries);
}

TEST(IbanLength, IsKnownForEachCountryOfTheRegistry) {
  EXPECT_EQ(iban_length("NO"), 15);
  EXPECT_EQ(iban_length("RU"), 33);
  EXPECT_EQ(iban_length("HN"), 28);
  EXPECT_FALSE(iban_length("US").has_value());
  EXPECT_FALSE(iban_length("4A").has_value());
}

}  // namespace
}  // namespace countersign
