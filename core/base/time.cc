#include "base/time.h"

#include <algorithm>
#include <array>

namespace countersign {
namespace {

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(int year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// Days from 1970-01-01 to the given proleptic Gregorian date.
std::int64_t days_from_civil(int year, int month, int day) {
  const std::int64_t y = year - (month <= 2 ? 1 : 0);
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

bool take_digits(std::string_view& text, int count, int& out) {
  if (text.size() < static_cast<std::size_t>(count)) {
    return false;
  }
  out = 0;
  for (int i = 0; i < count; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') {
      return false;
    }
    out = out * 10 + (c - '0');
  }
  text.remove_prefix(static_cast<std::size_t>(count));
  return true;
}

bool take_char(std::string_view& text, std::string_view allowed) {
  if (text.empty() || allowed.find(text[0]) == std::string_view::npos) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

void append_digits(std::string& out, std::int64_t value, int count) {
  std::string digits(static_cast<std::size_t>(count), '0');
  for (int i = count - 1; i >= 0; --i) {
    digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out += digits;
}

}  // namespace

std::optional<UnixSeconds> make_unix_seconds(int year, int month, int day, int hour, int minute,
                                             int second) {
  if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) ||
      hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  return UnixSeconds{days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 +
                     second};
}

std::optional<UnixSeconds> parse_rfc3339(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!take_digits(text, 4, year) || !take_char(text, "-") || !take_digits(text, 2, month) ||
      !take_char(text, "-") || !take_digits(text, 2, day) || !take_char(text, "Tt") ||
      !take_digits(text, 2, hour) || !take_char(text, ":") || !take_digits(text, 2, minute) ||
      !take_char(text, ":") || !take_digits(text, 2, second)) {
    return std::nullopt;
  }
  if (take_char(text, ".")) {
    int digit = 0;
    if (!take_digits(text, 1, digit)) {
      return std::nullopt;
    }
    while (take_digits(text, 1, digit)) {
    }
  }
  const std::optional<UnixSeconds> local =
      make_unix_seconds(year, month, day, hour, minute, second);
  if (!local) {
    return std::nullopt;
  }
  if (take_char(text, "Zz")) {
    return text.empty() ? local : std::nullopt;
  }
  const bool is_west = !text.empty() && text[0] == '-';
  int offset_hour = 0;
  int offset_minute = 0;
  if (!take_char(text, "+-") || !take_digits(text, 2, offset_hour) || !take_char(text, ":") ||
      !take_digits(text, 2, offset_minute) || !text.empty() || offset_hour > 23 ||
      offset_minute > 59) {
    return std::nullopt;
  }
  const std::int64_t offset = offset_hour * 3600 + offset_minute * 60;
  return UnixSeconds{local->value + (is_west ? offset : -offset)};
}

std::optional<UnixSeconds> parse_rfc3339_date(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_digits(text, 4, year) || !take_char(text, "-") || !take_digits(text, 2, month) ||
      !take_char(text, "-") || !take_digits(text, 2, day) || !text.empty()) {
    return std::nullopt;
  }
  return make_unix_seconds(year, month, day, 0, 0, 0);
}

std::string encode_rfc3339(UnixSeconds time) {
  constexpr std::int64_t kYear0 = -62167219200;
  constexpr std::int64_t kYear9999End = 253402300799;
  const std::int64_t value = std::clamp(time.value, kYear0, kYear9999End);
  std::int64_t days = value / 86400;
  std::int64_t seconds = value % 86400;
  if (seconds < 0) {
    seconds += 86400;
    --days;
  }
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_index = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_index + 2) / 5 + 1;
  const std::int64_t month = month_index < 10 ? month_index + 3 : month_index - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  std::string out;
  append_digits(out, year, 4);
  out += '-';
  append_digits(out, month, 2);
  out += '-';
  append_digits(out, day, 2);
  out += 'T';
  append_digits(out, seconds / 3600, 2);
  out += ':';
  append_digits(out, seconds / 60 % 60, 2);
  out += ':';
  append_digits(out, seconds % 60, 2);
  out += 'Z';
  return out;
}

}  // namespace countersign
