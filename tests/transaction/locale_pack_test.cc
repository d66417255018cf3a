#include "transaction/locale_pack.h"

#include <gtest/gtest.h>

#include "tests/transaction/documents.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

using nlohmann::json;
using testing::pack_of;
using testing::refusal_of;

TEST(ShippedLocalePacks, AreThirteen) {
  EXPECT_EQ(shipped_locale_packs().size(), 13U);
  for (const char* id : {"en-GB", "en-US", "en-IN", "de-DE", "de-CH", "fr-FR", "it-IT", "es-ES",
                         "nl-NL", "pl-PL", "pt-BR", "ja-JP", "ar"}) {
    EXPECT_EQ(pack_of(id).id, id);
  }
  EXPECT_EQ(pack_of("ar").direction, Direction::rtl);
}

#define NBSP "\xc2\xa0"

TEST(FormatAmount, WritesEveryDecimalOfTheCurrencyAndItsCode) {
  const Amount lakh{"INR", 2, 1234567890};
  EXPECT_EQ(format_amount(pack_of("en-IN"), lakh), "1,23,45,678.90" NBSP "INR");
  EXPECT_EQ(format_amount(pack_of("en-GB"), lakh), "12,345,678.90" NBSP "INR");
  EXPECT_EQ(format_amount(pack_of("de-DE"), lakh), "12.345.678,90" NBSP "INR");
  EXPECT_EQ(format_amount(pack_of("de-CH"), lakh),
            "12\xe2\x80\x99"
            "345\xe2\x80\x99"
            "678.90" NBSP "INR");
  EXPECT_EQ(format_amount(pack_of("fr-FR"), lakh),
            "12\xe2\x80\xaf"
            "345\xe2\x80\xaf"
            "678,90" NBSP "INR");
  EXPECT_EQ(format_amount(pack_of("pl-PL"), lakh), "12" NBSP "345" NBSP "678,90" NBSP "INR");
  const LocalePack english = pack_of("en-US");
  EXPECT_EQ(format_amount(english, {"HUF", 2, 100}), "1.00" NBSP "HUF");
  EXPECT_EQ(format_amount(english, {"JPY", 0, 5000000}), "5,000,000" NBSP "JPY");
  EXPECT_EQ(format_amount(english, {"IQD", 3, 5}), "0.005" NBSP "IQD");
  EXPECT_EQ(format_amount(english, {"CLF", 4, 12345}), "1.2345" NBSP "CLF");
  EXPECT_EQ(format_amount(english, {"EUR", 2, 0}), "0.00" NBSP "EUR");
  EXPECT_EQ(format_amount(english, {"EUR", 2, 99999}), "999.99" NBSP "EUR");
  EXPECT_EQ(format_amount(english, {"EUR", 2, 100000}), "1,000.00" NBSP "EUR");
  EXPECT_EQ(format_amount(english, {"EUR", 2, INT64_MAX}), "92,233,720,368,547,758.07" NBSP "EUR");
  EXPECT_EQ(format_amount(pack_of("ar"), {"EUR", 2, 123456}), "1,234.56" NBSP "EUR");
}

TEST(FormatInteger, HasTheMinusInFront) {
  EXPECT_EQ(format_integer(pack_of("de-DE"), -1234), "-1.234");
  EXPECT_EQ(format_integer(pack_of("de-DE"), -123), "-123");
  EXPECT_EQ(format_integer(pack_of("de-DE"), 0), "0");
}

TEST(FormatDate, ShowsTheMonthByName) {
  EXPECT_EQ(format_date(pack_of("en-GB"), "2026-11-23"), "23 November 2026");
  EXPECT_EQ(format_date(pack_of("en-US"), "2026-11-03"), "November 3, 2026");
  EXPECT_EQ(format_date(pack_of("de-DE"), "2026-11-23"), "23. November 2026");
  EXPECT_EQ(format_date(pack_of("es-ES"), "2026-01-10"), "10 de enero de 2026");
  EXPECT_EQ(format_date(pack_of("pl-PL"), "2026-12-01"), "1 grudnia 2026");
  EXPECT_EQ(format_date(pack_of("ja-JP"), "2026-11-23"), "2026年11月23日");
}

TEST(FormatAccount, GroupsIbansByFour) {
  EXPECT_EQ(format_account({"iban", "DE89370400440532013000"}), "DE89 3704 0044 0532 0130 00");
  EXPECT_EQ(format_account({"iban", "NO9386011117947"}), "NO93 8601 1117 947");
  EXPECT_EQ(format_account({"uk.sort-code", "20-00-00/1"}), "20-00-00/1 (uk.sort-code)");
}

TEST(ParseLocalePack, FailsIfAmountsOrDatesCouldBeMisread) {
  const json good = testing::shipped_json(shipped_locale_packs(), "de-DE");
  const std::pair<const char*, json> bad[] = {
      {"decimal", "."},
      {"decimal", ""},
      {"decimal", "0"},
      {"decimal", ";"},
      {"decimal", 1},
      {"group", ","},
      {"group", ""},
      {"group", "1"},
      {"group", " "},
      {"group", "\xe2\x80\x8b"},
      {"groupSizes", {3, 2, 3}},
      {"groupSizes", {0}},
      {"groupSizes", json::array()},
      {"groupSizes", {1}},
      {"groupSizes", 3},
      {"groupSizes", {2}},  // JPY 12.34
      {"groupSizes", {4}},
      {"groupSizes", {3, 3}},
      {"groupSizes", {2, 3}},
      {"groupSizes", {3, 4}},
      {"months", {"a", "b"}},
      {"date", "{day}.{month}"},
      {"date", "{day} {day} {month} {year}"},
      {"date", "{day} {month} {year} 1"},
      {"date", "{year}-{month}-{day}"},
      {"date", "{day} {month} {year}{"},
      {"date", "{day}{year} {month}"},
      {"date", "{day} {month}{year}"},
      {"date", "{year}{month}{day}"},
      {"date", "{day}.{year} {month}"},
      {"date", "\u0661{day} {month} {year}"},
      {"date", "\u2160{day} {month} {year}"},
      {"date", "\u3007{day} {month} {year}"},
      {"date", "{day} {month} {year} \u00b9"},
      {"date", "{day} {month} {year} \u2460"},
      {"date", "{day}/{month} {year}"},
      {"date", "{day} {month} {year}" + std::string(64, 'a')},
      {"direction", "auto"},
      {"direction", 1},
      {"id", ""},
      {"id", "de_DE"},
      {"id", "de-DE\xe2\x80\xae"},
      {"schema", "x"},
      {"version", "1"},
      {"more", 1}};
  ASSERT_EQ(refusal_of(parse_locale_pack(good.dump(), OpenSslHasher())), "accepted");
  for (const auto& [name, value] : bad) {
    json document = good;
    document[name] = value;
    EXPECT_EQ(refusal_of(parse_locale_pack(document.dump(), OpenSslHasher())),
              "locale_pack_malformed")
        << name << value;
  }
  // A month is what it says, whatever its place.
  for (const std::string month :
       {"2", "1", "01", "2\u6708", "11\u6708", "Januar 2", "\u2460", "\u2160", "\u0661", "-", ".",
        "1.", "Januar-", "abcdefghijabcdefghija", "Februar", "FEBRUAR", "F\u0435bruar"}) {
    json document = good;
    document["months"][0] = month;
    EXPECT_EQ(refusal_of(parse_locale_pack(document.dump(), OpenSslHasher())),
              "locale_pack_malformed")
        << month;
  }
  for (const std::string month : {"1\u6708", "1. Monat", "Jan.", "janvier", "yanv."}) {
    json document = good;
    document["months"][0] = month;
    const bool has_number_and_stop = month == "1. Monat";
    EXPECT_EQ(refusal_of(parse_locale_pack(document.dump(), OpenSslHasher())),
              has_number_and_stop ? "locale_pack_malformed" : "accepted")
        << month;
  }
  json twice = good;
  twice["months"][1] = twice["months"][0];
  EXPECT_EQ(refusal_of(parse_locale_pack(twice.dump(), OpenSslHasher())), "locale_pack_malformed");
  twice["months"][1] = "a\nb";
  EXPECT_EQ(refusal_of(parse_locale_pack(twice.dump(), OpenSslHasher())), "locale_pack_malformed");
}

TEST(MakeLocalePack, BoundsTheBytesOfWhatWasNotJson) {
  json large = testing::shipped_json(shipped_locale_packs(), "de-DE");
  large["id"] = std::string(16384, 'a');
  const JsonOptions options{.max_bytes = 65536};
  const CanonicalValue document = canonical_of(parse_json(large.dump(), options).value()).value();
  EXPECT_EQ(refusal_of(make_locale_pack(document, OpenSslHasher())), "locale_pack_malformed");
}

TEST(ParsePinnedLocalePack, TakesTheDocumentOfTheDigestAndNoOther) {
  const OpenSslHasher hasher;
  const json good = testing::shipped_json(shipped_locale_packs(), "de-DE");
  const auto verdict_of = [&](const json& document, const Digest256& pinned) {
    return refusal_of(parse_pinned_locale_pack(document.dump(), pinned, hasher));
  };
  const LocalePack pack = pack_of("de-DE");
  const LocalePack pinned = parse_pinned_locale_pack(good.dump(), pack.digest, hasher).value();
  EXPECT_EQ(pinned.digest, pack.digest);
  EXPECT_EQ(format_date(pinned, "2026-11-03"), format_date(pack, "2026-11-03"));
  EXPECT_EQ(verdict_of(good, pack_of("de-CH").digest), "transaction_locale_unknown");
  json other = good;
  other["group"] = "\xe2\x80\x99";
  EXPECT_EQ(verdict_of(other, pack.digest), "transaction_locale_unknown");
  const auto digest_of = [&](const json& document) {
    return bound_digest(hasher, "countersign/1/locale",
                        canonical_of(parse_json(document.dump()).value()).value())
        .value();
  };
  EXPECT_EQ(verdict_of(other, digest_of(other)), "accepted");
  // What formatting counts on is read here as well.
  for (const char* date : {"{day} {month}", "{day}{day} {month} {year}", ""}) {
    other["date"] = date;
    EXPECT_EQ(verdict_of(other, digest_of(other)), "locale_pack_malformed") << date;
  }
  other = good;
  other["months"].erase(0);
  EXPECT_EQ(verdict_of(other, digest_of(other)), "locale_pack_malformed");
}

}  // namespace
}  // namespace countersign
