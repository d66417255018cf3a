#pragma once
// Strict JSON (RFC 8259): no duplicate members, no byte order mark, valid UTF-8, no lone
// surrogates, bounded size, depth and number of values. 64-bit integers are kept, never made
// doubles.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace countersign {

struct JsonValue {
  enum class Type : std::uint8_t { null, boolean, integer, number, string, array, object };

  Type type = Type::null;
  bool boolean = false;
  /// Where it begins in the text, and where its name does when it is a member.
  std::uint32_t offset = 0;
  std::uint32_t name_offset = 0;
  /// `integer`: a number written without fraction and exponent that fits; two's complement of
  /// uint64 when `is_unsigned_64` (above int64's range). Everything else numeric is `number`.
  std::int64_t integer = 0;
  bool is_unsigned_64 = false;
  std::string string;  // string: decoded; number: its text as written
  std::vector<JsonValue> items;
  std::vector<std::pair<std::string, JsonValue>> members;  // in input order

  // Out of line: the type contains itself, and every user would carry a copy.
  JsonValue();
  JsonValue(const JsonValue& other);
  JsonValue(JsonValue&& other) noexcept;
  JsonValue& operator=(const JsonValue& other);
  JsonValue& operator=(JsonValue&& other) noexcept;
  ~JsonValue();

  bool is(Type wanted) const { return type == wanted; }
  bool is_string() const { return type == Type::string; }
  bool is_object() const { return type == Type::object; }
  bool is_array() const { return type == Type::array; }
  bool is_boolean() const { return type == Type::boolean; }
  bool is_integer() const { return type == Type::integer; }
  bool is_null() const { return type == Type::null; }
  /// The member of that name, or null. Only for objects.
  const JsonValue* find(std::string_view name) const;
};

struct JsonOptions {
  std::size_t max_bytes = limits::kMaxJsonBytes;
  std::size_t max_depth = limits::kMaxJsonDepth;
  std::size_t max_nodes = limits::kMaxJsonNodes;
};

/// Errors: json_syntax with the offset of the byte at which the parser stopped; json_duplicate_key,
/// json_too_deep, json_too_large with the offset where the refused name or value begins (of the
/// first byte beyond `max_bytes`); json_byte_order_mark; out_of_memory. A number of 10^309 or more
/// (beyond every double) is json_syntax, a NUL octet too.
Result<JsonValue> parse_json(std::string_view text, const JsonOptions& options = {});

}  // namespace countersign
