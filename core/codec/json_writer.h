#pragma once
// Writes compact JSON with members in the order they are given: the same bytes in both targets.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace countersign {

/// Usage: begin_object(); member("id"); string("x"); end_object(); text().
class JsonWriter {
 public:
  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  /// The name of the member whose value is written next.
  JsonWriter& member(std::string_view name);
  /// Text must be valid UTF-8; escapes `"`, `\`, controls below U+0020 as \u00xx (\n, \r, \t
  /// short).
  void string(std::string_view value);
  /// Bytes as unpadded base64url.
  void base64url(Bytes value);
  /// Bytes in lower-case hexadecimal.
  void hex(Bytes value);
  void integer(std::int64_t value);
  void boolean(bool value);
  void null();
  /// A value that is JSON already.
  void raw(std::string_view json);

  const std::string& text() const { return out_; }
  std::string take() && { return std::move(out_); }

 private:
  void separate();
  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace countersign
