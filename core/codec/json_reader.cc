#include "codec/json_reader.h"

#include <cstddef>
#include <cstring>
#include <new>

#include "codec/duplicates.h"
#include "codec/json_lexer.h"

namespace countersign {
namespace {

// Recursive descent; the recursion is as deep as the options allow the text to be.
class Parser : private JsonLexer {
 public:
  Parser(std::string_view text, const JsonOptions& options) : JsonLexer(text), options_(options) {}

  Result<JsonValue> parse() {
    JsonValue root;
    skip_space();
    CS_TRY(read_value(root, 0));
    skip_space();
    if (!is_done()) {
      return syntax_error();
    }
    return root;
  }

 private:
  Status read_value(JsonValue& out, std::size_t depth) {
    if (is_done()) {
      return syntax_error();
    }
    const char first = current();
    const bool is_structure = first == '{' || first == '[';
    if (!is_structure && first != '"' && first != '-' && !is_json_digit(first) && first != 't' &&
        first != 'f' && first != 'n') {
      return syntax_error();
    }
    out.offset = static_cast<std::uint32_t>(offset());
    if (nodes_ >= options_.max_nodes) {
      return json_error_at(ErrorCode::json_too_large, offset());
    }
    ++nodes_;
    if (is_structure && depth >= options_.max_depth) {
      return json_error_at(ErrorCode::json_too_deep, offset());
    }
    switch (first) {
      case '{':
        return read_object(out, depth + 1);
      case '[':
        return read_array(out, depth + 1);
      case '"':
        out.type = JsonValue::Type::string;
        return read_string(out.string);
      case 't':
        out.type = JsonValue::Type::boolean;
        out.boolean = true;
        return read_word("true");
      case 'f':
        out.type = JsonValue::Type::boolean;
        return read_word("false");
      case 'n':
        return read_word("null");
      default:
        return read_number(out);
    }
  }

  Status read_array(JsonValue& out, std::size_t depth) {
    out.type = JsonValue::Type::array;
    step();
    skip_space();
    if (take(']')) {
      return ok();
    }
    for (;;) {
      out.items.emplace_back();
      CS_TRY(read_value(out.items.back(), depth));
      skip_space();
      if (take(']')) {
        return ok();
      }
      if (!take(',')) {
        return syntax_error();
      }
      skip_space();
    }
  }

  Status read_object(JsonValue& out, std::size_t depth) {
    out.type = JsonValue::Type::object;
    step();
    skip_space();
    if (take('}')) {
      return ok();
    }
    // [objects of WebAuthn have 4 to 6 members; more room would let "{"":0}" cost too much memory]
    constexpr std::size_t kUsualMembers = 6;
    out.members.reserve(kUsualMembers);
    for (;;) {
      if (!is_at('"')) {
        return syntax_error();
      }
      out.members.emplace_back();
      out.members.back().second.name_offset = static_cast<std::uint32_t>(offset());
      CS_TRY(read_string(out.members.back().first));
      skip_space();
      if (!take(':')) {
        return syntax_error();
      }
      skip_space();
      CS_TRY(read_value(out.members.back().second, depth));
      skip_space();
      if (take('}')) {
        return check_names(out);
      }
      if (!take(',')) {
        return syntax_error();
      }
      skip_space();
    }
  }

  static Status check_names(const JsonValue& object) {
    // [comparing each name with each is faster than sorting up to 20 of them]
    constexpr std::size_t kFewMembers = 20;
    const auto& members = object.members;
    if (members.size() <= kFewMembers) {
      for (std::size_t i = 1; i < members.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (members[i].first == members[j].first) {
            return json_error_at(ErrorCode::json_duplicate_key, members[i].second.name_offset);
          }
        }
      }
      return ok();
    }
    std::vector<KeyAt> names;
    names.reserve(members.size());
    for (const auto& [name, value] : members) {
      names.push_back({name, value.name_offset});
    }
    if (const std::optional<std::size_t> duplicate = find_duplicate(names)) {
      return json_error_at(ErrorCode::json_duplicate_key, *duplicate);
    }
    return ok();
  }

  Status read_number(JsonValue& out) {
    CS_ASSIGN(const JsonNumberText number, read_number_text());
    if (number.is_integer && store_integer(out, number.whole, number.is_negative)) {
      return ok();
    }
    out.type = JsonValue::Type::number;
    out.string = number.text;
    return ok();
  }

  static bool store_integer(JsonValue& out, std::string_view digits, bool is_negative) {
    constexpr std::uint64_t kTwoTo63 = std::uint64_t{1} << 63;
    std::uint64_t magnitude = 0;
    for (const char c : digits) {
      const auto digit = static_cast<std::uint64_t>(c - '0');
      if (magnitude > (UINT64_MAX - digit) / 10) {
        return false;
      }
      magnitude = magnitude * 10 + digit;
    }
    if (is_negative && magnitude > kTwoTo63) {
      return false;
    }
    out.type = JsonValue::Type::integer;
    out.integer = static_cast<std::int64_t>(is_negative ? 0 - magnitude : magnitude);
    out.is_unsigned_64 = !is_negative && magnitude >= kTwoTo63;
    return true;
  }

  const JsonOptions& options_;
  std::size_t nodes_ = 0;
};

}  // namespace

JsonValue::JsonValue() = default;
JsonValue::JsonValue(const JsonValue& other) = default;
JsonValue::JsonValue(JsonValue&& other) noexcept = default;
JsonValue& JsonValue::operator=(const JsonValue& other) = default;
JsonValue& JsonValue::operator=(JsonValue&& other) noexcept = default;
JsonValue::~JsonValue() = default;

const JsonValue* JsonValue::find(std::string_view name) const {
  for (const std::pair<std::string, JsonValue>& member : members) {
    if (member.first.size() == name.size() &&
        std::memcmp(member.first.data(), name.data(), name.size()) == 0) {
      return &member.second;
    }
  }
  return nullptr;
}

Result<JsonValue> parse_json(std::string_view text, const JsonOptions& options) {
  if (text.size() > options.max_bytes) {
    return json_error_at(ErrorCode::json_too_large, options.max_bytes);
  }
  if (text.substr(0, 3) == "\xef\xbb\xbf") {
    return json_error_at(ErrorCode::json_byte_order_mark, 0);
  }
#ifdef __cpp_exceptions
  try {
    return Parser(text, options).parse();
  } catch (const std::bad_alloc&) {
    return ErrorCode::out_of_memory;
  }
#else
  return Parser(text, options).parse();
#endif
}

}  // namespace countersign
