#pragma once
// The text format of Prometheus (0.0.4).

#include <string>
#include <string_view>

namespace countersign {

/// A label's value, with its quotation marks.
inline std::string quoted_label(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c == '\n' ? ' ' : c;
  }
  return out + '"';
}

}  // namespace countersign
