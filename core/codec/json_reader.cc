#include "codec/json_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "codec/duplicates.h"
#include "codec/utf8.h"

namespace countersign {
namespace {

Error error_at(ErrorCode code, std::size_t offset) {
  return {code, Check::none, static_cast<std::uint32_t>(offset)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Characters that stand for themselves in a string. UTF-8 is checked for the run as a whole.
bool is_plain(char c) { return c != '"' && c != '\\' && static_cast<std::uint8_t>(c) >= 0x20; }

// Whether all of eight characters are plain and ASCII; may say no to eight that are. (For octets
// below 0x80, x - n borrows into the highest bit exactly when x < n, or when the octet before did.)
bool are_plain_ascii(const char* eight) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof(word));
  const std::uint64_t control = word - kEach * 0x20;
  const std::uint64_t quote = (word ^ kEach * '"') - kEach;
  const std::uint64_t backslash = (word ^ kEach * '\\') - kEach;
  return ((word | control | quote | backslash) & (kEach * 0x80)) == 0;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
    return;
  }
  int shift = 6;
  if (code_point < 0x800) {
    out += static_cast<char>(0xc0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xe0 | code_point >> 12);
    shift = 12;
  } else {
    out += static_cast<char>(0xf0 | code_point >> 18);
    shift = 18;
  }
  for (shift -= 6; shift >= 0; shift -= 6) {
    out += static_cast<char>(0x80 | ((code_point >> shift) & 0x3f));
  }
}

// Recursive descent; the recursion is as deep as the options allow the text to be. Every function
// stands at the first character of what it reads, and on an error at the offending one.
class Parser {
 public:
  Parser(std::string_view text, const JsonOptions& options) : text_(text), options_(options) {}

  Result<JsonValue> parse() {
    JsonValue root;
    skip_space();
    CS_TRY(read_value(root, 0));
    skip_space();
    if (at_ != text_.size()) {
      return syntax_error();
    }
    return root;
  }

 private:
  Error syntax_error() const { return error_at(ErrorCode::json_syntax, at_); }

  bool is_at(char c) const { return at_ < text_.size() && text_[at_] == c; }

  bool take(char c) {
    if (!is_at(c)) {
      return false;
    }
    ++at_;
    return true;
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  Status read_value(JsonValue& out, std::size_t depth) {
    if (at_ == text_.size()) {
      return syntax_error();
    }
    const char first = text_[at_];
    const bool is_structure = first == '{' || first == '[';
    if (!is_structure && first != '"' && first != '-' && !is_digit(first) && first != 't' &&
        first != 'f' && first != 'n') {
      return syntax_error();
    }
    out.offset = static_cast<std::uint32_t>(at_);
    if (nodes_ >= options_.max_nodes) {
      return error_at(ErrorCode::json_too_large, at_);
    }
    ++nodes_;
    if (is_structure && depth >= options_.max_depth) {
      return error_at(ErrorCode::json_too_deep, at_);
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

  Status read_word(std::string_view word) {
    for (const char c : word) {
      if (!take(c)) {
        return syntax_error();
      }
    }
    return ok();
  }

  Status read_array(JsonValue& out, std::size_t depth) {
    out.type = JsonValue::Type::array;
    ++at_;
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
    ++at_;
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
      out.members.back().second.name_offset = static_cast<std::uint32_t>(at_);
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
    // [comparing each name with each is faster than sorting up to 12 of them]
    constexpr std::size_t kFewMembers = 12;
    const auto& members = object.members;
    if (members.size() <= kFewMembers) {
      for (std::size_t i = 1; i < members.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (members[i].first == members[j].first) {
            return error_at(ErrorCode::json_duplicate_key, members[i].second.name_offset);
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
      return error_at(ErrorCode::json_duplicate_key, *duplicate);
    }
    return ok();
  }

  // Reads on to the first character that does not stand for itself.
  Status read_plain(std::string& out) {
    const std::size_t begin = at_;
    while (text_.size() - at_ >= 8 && are_plain_ascii(text_.data() + at_)) {
      at_ += 8;
    }
    bool is_ascii = true;
    while (at_ < text_.size() && is_plain(text_[at_])) {
      is_ascii = is_ascii && static_cast<std::uint8_t>(text_[at_]) < 0x80;
      ++at_;
    }
    const std::string_view run = text_.substr(begin, at_ - begin);
    if (!is_ascii) {
      if (const Status status = check_utf8(bytes_of(run)); !status) {
        return error_at(ErrorCode::json_syntax, begin + status.error().offset);
      }
    }
    out += run;
    return ok();
  }

  Status read_string(std::string& out) {
    ++at_;
    for (;;) {
      CS_TRY(read_plain(out));
      if (take('"')) {
        return ok();
      }
      if (!take('\\')) {
        return syntax_error();  // the end or a control character
      }
      CS_TRY(read_escape(out));
    }
  }

  Status read_escape(std::string& out) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ < text_.size()) {
      if (const std::size_t found = kEscapes.find(text_[at_]); found != std::string_view::npos) {
        out += kMeanings[found];
        ++at_;
        return ok();
      }
    }
    CS_ASSIGN(const std::uint32_t unit, read_code_unit());
    if (unit < 0xd800 || unit > 0xdfff) {
      append_utf8(out, unit);
      return ok();
    }
    // A surrogate: the first of a pair, or nothing that UTF-8 can write.
    if (unit >= 0xdc00 || !take('\\')) {
      return syntax_error();
    }
    CS_ASSIGN(const std::uint32_t second, read_code_unit());
    if (second < 0xdc00 || second > 0xdfff) {
      return syntax_error();
    }
    append_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00));
    return ok();
  }

  // "uXXXX".
  Result<std::uint32_t> read_code_unit() {
    if (!take('u')) {
      return syntax_error();
    }
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const char lower = static_cast<char>(c | 0x20);
      if (is_digit(c)) {
        unit = unit * 16 + static_cast<std::uint32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        unit = unit * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
      } else {
        return syntax_error();
      }
      ++at_;
    }
    return unit;
  }

  // At least one digit; the run as text.
  Result<std::string_view> read_digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) {
      ++at_;
    }
    if (at_ == begin) {
      return syntax_error();
    }
    return text_.substr(begin, at_ - begin);
  }

  Status read_number(JsonValue& out) {
    const std::size_t begin = at_;
    const bool is_negative = take('-');
    std::string_view whole = "0";
    if (!take('0')) {
      CS_ASSIGN(whole, read_digits());
    }
    bool is_integer = true;
    std::string_view fraction;
    if (take('.')) {
      is_integer = false;
      CS_ASSIGN(fraction, read_digits());
    }
    bool is_exponent_negative = false;
    std::string_view exponent;
    if (take('e') || take('E')) {
      is_integer = false;
      is_exponent_negative = is_at('-');
      if (!take('-')) {
        take('+');
      }
      CS_ASSIGN(exponent, read_digits());
    }
    if (is_integer && store_integer(out, whole, is_negative)) {
      return ok();
    }
    if (is_beyond_double(whole, fraction, exponent, is_exponent_negative)) {
      return error_at(ErrorCode::json_syntax, at_ - 1);
    }
    out.type = JsonValue::Type::number;
    out.string = text_.substr(begin, at_ - begin);
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

  // Whether the number is 10^309 or more: no reader with doubles could keep it apart from others.
  static bool is_beyond_double(std::string_view whole, std::string_view fraction,
                               std::string_view exponent, bool is_exponent_negative) {
    constexpr std::size_t kTooLarge = 1000000;
    std::size_t power = 0;
    for (const char c : exponent) {
      power = std::min(kTooLarge, power * 10 + static_cast<std::size_t>(c - '0'));
    }
    if (whole != "0") {
      return is_exponent_negative ? whole.size() > 309 + power : whole.size() + power > 309;
    }
    const std::size_t zeros = std::min(fraction.find_first_not_of('0'), fraction.size());
    return !is_exponent_negative && zeros < fraction.size() && power > 309 + zeros;
  }

  std::string_view text_;
  const JsonOptions& options_;
  std::size_t at_ = 0;
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
    if (member.first == name) {
      return &member.second;
    }
  }
  return nullptr;
}

Result<JsonValue> parse_json(std::string_view text, const JsonOptions& options) {
  if (text.size() > options.max_bytes) {
    return error_at(ErrorCode::json_too_large, options.max_bytes);
  }
  if (text.substr(0, 3) == "\xef\xbb\xbf") {
    return error_at(ErrorCode::json_byte_order_mark, 0);
  }
  try {
    return Parser(text, options).parse();
  } catch (const std::bad_alloc&) {
    return ErrorCode::out_of_memory;
  }
}

}  // namespace countersign
