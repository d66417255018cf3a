#include "native/metadata/retry_after.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace countersign {

std::optional<std::int64_t> parse_retry_after(std::string_view text, UnixSeconds now) {
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, seconds);
  if (problem == std::errc() && stopped == end && text.front() != '-') {
    return seconds;
  }
  // "Wed, 21 Oct 2015 07:28:00 GMT"
  constexpr std::size_t kDateBytes = 29;
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != kDateBytes || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") {
    return std::nullopt;
  }
  const auto number = [text](std::size_t at, std::size_t size) {
    int value = -1;
    const char* const last = text.data() + at + size;
    const auto [where, error] = std::from_chars(text.data() + at, last, value);
    return error == std::errc() && where == last ? value : -1;
  };
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) {
    return std::nullopt;
  }
  const std::optional<UnixSeconds> date =
      make_unix_seconds(number(12, 4), static_cast<int>(month / 3) + 1, number(5, 2), number(17, 2),
                        number(20, 2), number(23, 2));
  return date ? std::optional(std::max<std::int64_t>(date->value - now.value, 0)) : std::nullopt;
}

}  // namespace countersign
