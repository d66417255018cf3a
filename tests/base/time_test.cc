#include "base/time.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

std::optional<std::int64_t> seconds(std::string_view text) {
  const std::optional<UnixSeconds> time = parse_rfc3339(text);
  return time ? std::optional<std::int64_t>(time->value) : std::nullopt;
}

TEST(MakeUnixSeconds, CountsFrom1970) {
  EXPECT_EQ(make_unix_seconds(1970, 1, 1, 0, 0, 0)->value, 0);
  EXPECT_EQ(make_unix_seconds(1969, 12, 31, 23, 59, 59)->value, -1);
  EXPECT_EQ(make_unix_seconds(2000, 2, 29, 12, 0, 0)->value, 951825600);
  EXPECT_EQ(make_unix_seconds(2038, 1, 19, 3, 14, 8)->value, 2147483648);
  EXPECT_EQ(make_unix_seconds(0, 1, 1, 0, 0, 0)->value, -62167219200);
  EXPECT_EQ(make_unix_seconds(9999, 12, 31, 23, 59, 59)->value, 253402300799);
}

TEST(MakeUnixSeconds, KnowsTheLengthOfEveryMonth) {
  const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (const auto& [year, is_leap] :
       {std::pair{2023, false}, {2024, true}, {1900, false}, {2000, true}, {2100, false}}) {
    std::int64_t day_number = make_unix_seconds(year, 1, 1, 0, 0, 0)->value / 86400;
    for (int month = 1; month <= 12; ++month) {
      const int length = lengths[month - 1] + (month == 2 && is_leap ? 1 : 0);
      for (int day = 1; day <= length; ++day) {
        ASSERT_EQ(make_unix_seconds(year, month, day, 0, 0, 0)->value, day_number * 86400);
        ++day_number;
      }
      EXPECT_FALSE(make_unix_seconds(year, month, length + 1, 0, 0, 0)) << year << '-' << month;
      EXPECT_FALSE(make_unix_seconds(year, month, 0, 0, 0, 0));
    }
  }
}

TEST(MakeUnixSeconds, FailsOutsideTheRangeOfAField) {
  EXPECT_FALSE(make_unix_seconds(-1, 1, 1, 0, 0, 0));
  EXPECT_FALSE(make_unix_seconds(10000, 1, 1, 0, 0, 0));
  EXPECT_FALSE(make_unix_seconds(2020, 0, 1, 0, 0, 0));
  EXPECT_FALSE(make_unix_seconds(2020, 13, 1, 0, 0, 0));
  EXPECT_FALSE(make_unix_seconds(2020, 1, 1, 24, 0, 0));
  EXPECT_FALSE(make_unix_seconds(2020, 1, 1, -1, 0, 0));
  EXPECT_FALSE(make_unix_seconds(2020, 1, 1, 0, 60, 0));
  EXPECT_FALSE(make_unix_seconds(2020, 1, 1, 0, 0, 60));
}

TEST(ParseRfc3339, ReadsUtcFractionsAndOffsets) {
  EXPECT_EQ(seconds("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(seconds("2026-11-22T12:00:00Z"), 1795348800);
  EXPECT_EQ(seconds("2026-11-22t12:00:00z"), 1795348800);
  EXPECT_EQ(seconds("2026-11-22T12:00:00.999999999Z"), 1795348800);
  EXPECT_EQ(seconds("2026-11-22T13:30:00+01:30"), 1795348800);
  EXPECT_EQ(seconds("2026-11-22T04:00:00.5-08:00"), 1795348800);
  EXPECT_EQ(seconds("1969-12-31T23:59:59Z"), -1);
}

TEST(ParseRfc3339, FailsForAnythingElse) {
  for (const std::string_view text : {"",
                                      "2026-11-22",
                                      "2026-11-22T12:00:00",
                                      "2026-11-22 12:00:00Z",
                                      "2026-11-22T12:00Z",
                                      "2026-11-22T12:00:00Zx",
                                      "2026-11-22T12:00:00.Z",
                                      "2026-11-22T12:00:00,5Z",
                                      "2026-11-22T12:00:00+0100",
                                      "2026-11-22T12:00:00+24:00",
                                      "2026-11-22T12:00:00+01:60",
                                      "2026-11-22T12:00:00+01:00x",
                                      "2026-02-30T12:00:00Z",
                                      "2026-13-01T12:00:00Z",
                                      "2026-11-22T24:00:00Z",
                                      "2026-11-22T12:00:60Z",
                                      " 2026-11-22T12:00:00Z",
                                      "+026-11-22T12:00:00Z",
                                      "2026-11-22T12:00:00",
                                      "26-11-22T12:00:00Z",
                                      "2026-1-22T12:00:00Z",
                                      "2026-11-22T12:00:00UTC"}) {
    EXPECT_EQ(seconds(text), std::nullopt) << text;
  }
}

TEST(ParseRfc3339Date, IsMidnightUtc) {
  EXPECT_EQ(parse_rfc3339_date("1970-01-01"), UnixSeconds{0});
  EXPECT_EQ(parse_rfc3339_date("2000-02-29"), UnixSeconds{951782400});
}

TEST(ParseRfc3339Date, FailsIfItIsNoDate) {
  for (const char* text : {"", "2021-02-29", "2021-13-01", "2021-00-01", "2021-01-00", "2021-1-01",
                           "21-01-01", "2021/01/01", "20210101", "2021-01-01 ", " 2021-01-01",
                           "2021-01-01T00:00:00Z", "2021-01-01Z", "-021-01-01"}) {
    EXPECT_EQ(parse_rfc3339_date(text), std::nullopt) << text;
  }
}

TEST(EncodeRfc3339, RoundTrips) {
  for (std::int64_t value = -62167219200; value <= 253402300799; value += 86400LL * 367 + 12345) {
    const std::string text = encode_rfc3339(UnixSeconds{value});
    EXPECT_EQ(text.size(), 20U);
    EXPECT_EQ(seconds(text), value) << text;
  }
  EXPECT_EQ(encode_rfc3339(UnixSeconds{0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(encode_rfc3339(UnixSeconds{-1}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(encode_rfc3339(UnixSeconds{951782400}), "2000-02-29T00:00:00Z");
}

TEST(EncodeRfc3339, ClampsToFourDigitYears) {
  EXPECT_EQ(encode_rfc3339(UnixSeconds{INT64_MIN}), "0000-01-01T00:00:00Z");
  EXPECT_EQ(encode_rfc3339(UnixSeconds{INT64_MAX}), "9999-12-31T23:59:59Z");
}

TEST(UnixSeconds, AreOrdered) {
  EXPECT_LT(UnixSeconds{1}, UnixSeconds{2});
  EXPECT_EQ(UnixSeconds{1}, UnixSeconds{1});
}

}  // namespace
}  // namespace countersign
