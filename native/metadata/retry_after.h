#pragma once
// How long a server asks to be left alone.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace countersign {

/// "120" or an IMF-fixdate (RFC 9110 §10.2.3) as seconds from `now`; nothing when it is neither.
std::optional<std::int64_t> parse_retry_after(std::string_view text, UnixSeconds now);

}  // namespace countersign
