// How long a server asks to be left alone: never a time in the past, and seconds are what was
// written.

#include "native/metadata/retry_after.h"

#include <string>

#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const UnixSeconds now = make_unix_seconds(2026, 11, 25, 12, 0, 0).value();
  const std::optional<std::int64_t> seconds = parse_retry_after(text, now);
  if (!seconds) {
    return 0;
  }
  require(*seconds >= 0);
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    const std::size_t digits = text.find_first_not_of('0');
    require(std::to_string(*seconds) ==
            (digits == std::string_view::npos ? "0" : std::string(text.substr(digits))));
  } else {
    require(text.size() == 29 && text.ends_with(" GMT"));
    // A later reader waits as much less.
    require(parse_retry_after(text, UnixSeconds{now.value + *seconds}) == 0);
  }
  return 0;
}
