// Second opinion: nlohmann's acceptor. What we accept it accepts, but for numbers between the end
// of doubles and 1e309; what only it accepts we refuse for one of the reasons that we add. What we
// accept, written again, reads as the same value.

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

namespace {

void write(JsonWriter& writer, const JsonValue& value) {
  switch (value.type) {
    case JsonValue::Type::null:
      writer.null();
      return;
    case JsonValue::Type::boolean:
      writer.boolean(value.boolean);
      return;
    case JsonValue::Type::integer:
      if (value.is_unsigned_64) {
        writer.raw(std::to_string(static_cast<std::uint64_t>(value.integer)));
      } else {
        writer.integer(value.integer);
      }
      return;
    case JsonValue::Type::number:
      writer.raw(value.string);
      return;
    case JsonValue::Type::string:
      writer.string(value.string);
      return;
    case JsonValue::Type::array:
      writer.begin_array();
      for (const JsonValue& item : value.items) {
        write(writer, item);
      }
      writer.end_array();
      return;
    case JsonValue::Type::object:
      writer.begin_object();
      for (const auto& member : value.members) {
        writer.member(member.first);
        write(writer, member.second);
      }
      writer.end_object();
      return;
  }
}

// Whether a number in it is beyond doubles.
bool has_huge_number(const JsonValue& value) {
  if (value.type == JsonValue::Type::number) {
    return std::isinf(std::strtod(value.string.c_str(), nullptr));
  }
  for (const JsonValue& item : value.items) {
    if (has_huge_number(item)) {
      return true;
    }
  }
  for (const auto& member : value.members) {
    if (has_huge_number(member.second)) {
      return true;
    }
  }
  return false;
}

bool is_same(const JsonValue& a, const JsonValue& b) {
  if (a.type != b.type || a.boolean != b.boolean || a.integer != b.integer ||
      a.is_unsigned_64 != b.is_unsigned_64 || a.string != b.string ||
      a.items.size() != b.items.size() || a.members.size() != b.members.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!is_same(a.items[i], b.items[i])) {
      return false;
    }
  }
  for (std::size_t i = 0; i < a.members.size(); ++i) {
    if (a.members[i].first != b.members[i].first ||
        !is_same(a.members[i].second, b.members[i].second)) {
      return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<JsonValue> value = parse_json(text);
  const bool is_json = nlohmann::json::accept(text);
  if (!value) {
    fuzz::require_honest(value.error(), size);
    const bool is_only_syntax = value.error().code == ErrorCode::json_syntax;
    require(!is_json || !is_only_syntax || text.find('\0') != std::string_view::npos);
    return 0;
  }
  require(is_json || has_huge_number(*value));
  JsonWriter writer;
  write(writer, *value);
  const Result<JsonValue> again = parse_json(writer.text());
  // Escapes can make a text longer than the cap.
  require(again.has_value() || again.error().code == ErrorCode::json_too_large);
  require(!again.has_value() || is_same(*value, *again));
  return 0;
}
