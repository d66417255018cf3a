#pragma once
// Points in time are arguments everywhere below `service`: nothing there asks a clock.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace countersign {

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
struct UnixSeconds {
  std::int64_t value = 0;
  auto operator<=>(const UnixSeconds&) const = default;
};

/// Seconds of a civil UTC date and time; nothing when a field is outside its range (year 0..9999,
/// a day that the month has, hour 0..23, minute and second 0..59).
std::optional<UnixSeconds> make_unix_seconds(int year, int month, int day, int hour, int minute,
                                             int second);

/// RFC 3339 date-time ("2026-11-22T12:00:00Z", fraction and numeric offset allowed; the fraction is
/// cut off). Nothing when malformed.
std::optional<UnixSeconds> parse_rfc3339(std::string_view text);

/// Midnight UTC of an RFC 3339 full-date ("2026-11-22"). Nothing when malformed.
std::optional<UnixSeconds> parse_rfc3339_date(std::string_view text);

/// "YYYY-MM-DDTHH:MM:SSZ" for years 0 to 9999; other times are clamped to that range.
std::string encode_rfc3339(UnixSeconds time);

}  // namespace countersign
