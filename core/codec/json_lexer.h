#pragma once
// The words of JSON (RFC 8259): white space, strings, numbers and literals. What reads values and
// what passes over them accept the same texts, because both are made of this.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/utf8.h"

namespace countersign {

inline Error json_error_at(ErrorCode code, std::size_t offset) {
  return {code, Check::none, static_cast<std::uint32_t>(offset)};
}

inline bool is_json_digit(char c) { return c >= '0' && c <= '9'; }

// Characters that stand for themselves in a string. UTF-8 is checked for the run as a whole.
inline bool is_json_plain(char c) {
  return c != '"' && c != '\\' && static_cast<std::uint8_t>(c) >= 0x20;
}

// Whether all of eight characters are plain and ASCII; may say no to eight that are. (For octets
// below 0x80, x - n borrows into the highest bit exactly when x < n, or when the octet before did.)
inline bool are_json_plain_ascii(const char* eight) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof(word));
  const std::uint64_t control = word - kEach * 0x20;
  const std::uint64_t quote = (word ^ kEach * '"') - kEach;
  const std::uint64_t backslash = (word ^ kEach * '\\') - kEach;
  return ((word | control | quote | backslash) & (kEach * 0x80)) == 0;
}

template <class Out>
void append_utf8(Out& out, std::uint32_t code_point) {
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

/// For strings that are checked and not kept.
struct DiscardedText {
  void operator+=(char) {}
  void operator+=(std::string_view) {}
};

/// A number as written.
struct JsonNumberText {
  std::string_view text;
  std::string_view whole;  // digits in front of fraction and exponent
  bool is_negative = false;
  bool is_integer = true;  // without fraction and exponent
};

/// A cursor over text. Every function stands at the first character of what it reads, and on an
/// error at the offending one.
class JsonLexer {
 public:
  explicit JsonLexer(std::string_view text) : text_(text) {}

  bool is_done() const { return at_ == text_.size(); }
  std::size_t offset() const { return at_; }
  char current() const { return text_[at_]; }
  void step() { ++at_; }
  std::string_view text_since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
  Error syntax_error() const { return json_error_at(ErrorCode::json_syntax, at_); }

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

  // Reads on to the first character that does not stand for itself.
  template <class Out>
  Status read_plain(Out& out) {
    const std::size_t begin = at_;
    while (text_.size() - at_ >= 8 && are_json_plain_ascii(text_.data() + at_)) {
      at_ += 8;
    }
    bool is_ascii = true;
    while (at_ < text_.size() && is_json_plain(text_[at_])) {
      is_ascii = is_ascii && static_cast<std::uint8_t>(text_[at_]) < 0x80;
      ++at_;
    }
    const std::string_view run = text_.substr(begin, at_ - begin);
    if (!is_ascii) {
      if (const Status status = check_utf8(bytes_of(run)); !status) {
        return json_error_at(ErrorCode::json_syntax, begin + status.error().offset);
      }
    }
    out += run;
    return ok();
  }

  template <class Out>
  Status read_string(Out& out) {
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

  template <class Out>
  Status read_escape(Out& out) {
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
      if (is_json_digit(c)) {
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
    while (at_ < text_.size() && is_json_digit(text_[at_])) {
      ++at_;
    }
    if (at_ == begin) {
      return syntax_error();
    }
    return text_.substr(begin, at_ - begin);
  }

  // A number of 10^309 or more (beyond every double) is none: no reader with doubles could keep it
  // apart from others.
  Result<JsonNumberText> read_number_text() {
    const std::size_t begin = at_;
    JsonNumberText out;
    out.is_negative = take('-');
    out.whole = "0";
    if (!take('0')) {
      CS_ASSIGN(out.whole, read_digits());
    }
    std::string_view fraction;
    if (take('.')) {
      out.is_integer = false;
      CS_ASSIGN(fraction, read_digits());
    }
    bool is_exponent_negative = false;
    std::string_view exponent;
    if (take('e') || take('E')) {
      out.is_integer = false;
      is_exponent_negative = is_at('-');
      if (!take('-')) {
        take('+');
      }
      CS_ASSIGN(exponent, read_digits());
    }
    if (is_beyond_double(out.whole, fraction, exponent, is_exponent_negative)) {
      return json_error_at(ErrorCode::json_syntax, at_ - 1);
    }
    out.text = text_since(begin);
    return out;
  }

  Status read_word(std::string_view word) {
    for (const char c : word) {
      if (!take(c)) {
        return syntax_error();
      }
    }
    return ok();
  }

 private:
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
  std::size_t at_ = 0;
};

}  // namespace countersign
