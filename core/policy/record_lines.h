#pragma once
// Files of one JSON object a line.

#include <algorithm>
#include <string_view>

#include "base/result.h"

namespace countersign {

/// Calls `read` with each line that is not blank. An error of it comes back with its offset within
/// the whole text.
template <class Read>
Status for_each_line(std::string_view text, Read read) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      if (const Status status = read(line); !status) {
        const Error& error = status.error();
        return Error{error.code, error.check, static_cast<std::uint32_t>(at + error.offset)};
      }
    }
    at = end + 1;
  }
  return ok();
}

}  // namespace countersign
