#pragma once
// Times in JSON.

#include <optional>
#include <string_view>

#include "base/time.h"
#include "codec/json_writer.h"

namespace countersign {

/// `"NAME":"2026-11-26T09:30:00Z"`, or null.
inline void write_optional_time(JsonWriter& json, std::string_view name,
                                const std::optional<UnixSeconds>& time) {
  json.member(name);
  if (time) {
    json.string(encode_rfc3339(*time));
  } else {
    json.null();
  }
}

}  // namespace countersign
