#include "transaction/payee_name.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "transaction/account.h"
#include "transaction/amount.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

// [the shortest IBANs have 13 and more, codes of banks in letters left out; names have none]
constexpr std::size_t kMinIbanDigits = 10;
// [account numbers without letters have 8 and more; "4711" and "1822" are names]
constexpr std::size_t kMinAccountDigits = 8;
constexpr std::size_t kCodeLetters = 3;
constexpr std::size_t kMaxIbanSize = 34;  // ISO 13616

constexpr char kSign = '$';            // of any currency
constexpr char kOtherLetter = '\x01';  // not A to Z; nothing that a text may have

bool is_point(char c) { return c == '.' || c == ','; }
char upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

char plain_character(char32_t c) {
  if (c >= 0xff01 && c <= 0xff5e) {
    c = c - 0xff01 + '!';  // full-width forms
  }
  const CharacterProperties properties = properties_of(c);
  if (properties.is_digit) {
    return static_cast<char>('0' + (c - properties.zero));
  }
  if (is_currency_sign(c)) {
    return kSign;
  }
  if (c < 0x80) {
    return static_cast<char>(c);
  }
  constexpr char32_t kArabicPoint = 0x66b;
  if (c == kArabicPoint) {
    return '.';
  }
  return properties.script_set != 0 || properties.is_mark ? kOtherLetter : '\'';
}

// A character each: digits and letters as ASCII where they are, other punctuation as an apostrophe,
// which separates groups of digits.
std::string plain_of(const std::vector<CharacterAt>& name) {
  std::string plain;
  plain.reserve(name.size());
  for (const CharacterAt& character : name) {
    plain += plain_character(character.code_point);
  }
  return plain;
}

// From `at` on, with spaces and punctuation left out.
bool is_iban_at(std::string_view plain, std::size_t at) {
  std::array<char, kMaxIbanSize> compact{};
  std::size_t size = 0;
  std::size_t length = compact.size();
  std::size_t digits = 0;
  for (; size < length && at < plain.size() && plain[at] != kOtherLetter; ++at) {
    const char c = upper(plain[at]);
    if (is_digit(c) || is_upper(c)) {
      compact[size++] = c;
      digits += is_digit(c) ? 1 : 0;
    }
    if (size == 0) {
      return false;  // it begins here
    }
    if (size == 2) {
      length = iban_length({compact.data(), size}).value_or(0);
    }
  }
  return digits >= kMinIbanDigits && has_iban_form({compact.data(), size});
}

// Whether exactly three capitals stand there that are a currency with that many decimals, or a
// sign.
bool is_currency_at(std::string_view plain, std::size_t begin, std::size_t end,
                    std::size_t decimals) {
  const std::string_view word = plain.substr(begin, end - begin);
  return word == std::string_view(&kSign, 1)
             ? decimals == 2
             : word.size() == kCodeLetters && currency_exponent(word) == decimals;
}

bool is_in_word(char c) { return is_upper(c) || is_lower(c) || c == kOtherLetter || c == kSign; }

// "12.50 EUR" and "EUR 12.50" around the point at `point`: where the number begins. Else the size.
std::size_t amount_around(std::string_view plain, std::size_t point) {
  std::size_t begin = point;
  while (begin > 0 && (is_digit(plain[begin - 1]) || is_point(plain[begin - 1]))) {
    --begin;
  }
  std::size_t end = point + 1;
  while (end < plain.size() && is_digit(plain[end])) {
    ++end;
  }
  const std::size_t decimals = end - point - 1;
  if (begin == point || decimals == 0) {
    return plain.size();
  }
  std::size_t after = end < plain.size() && plain[end] == ' ' ? end + 1 : end;
  const std::size_t after_begin = after;
  while (after < plain.size() && is_in_word(plain[after])) {
    ++after;
  }
  const std::size_t before_end = begin > 0 && plain[begin - 1] == ' ' ? begin - 1 : begin;
  std::size_t before = before_end;
  while (before > 0 && is_in_word(plain[before - 1])) {
    --before;
  }
  return is_currency_at(plain, after_begin, after, decimals) ||
                 is_currency_at(plain, before, before_end, decimals)
             ? begin
             : plain.size();
}

// Whether this byte can belong to a digit. [from U+0080 to U+065F there is none: bytes to D8]
bool may_be_of_digit(char c) { return is_digit(c) || static_cast<unsigned char>(c) > 0xd8; }

// The whole name: a number with a currency, a number with a fraction, or an account number.
bool is_value_alone(std::string_view plain) {
  std::array<char, kCodeLetters> code{};
  std::size_t letters = 0;
  bool is_capitals = true;
  std::size_t digits = 0;
  std::size_t signs = 0;
  bool has_point = false;
  bool is_number = true;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    if (is_digit(c)) {
      ++digits;
      has_point = has_point || (i > 1 && is_point(plain[i - 1]) && is_digit(plain[i - 2]));
    } else if (c == kSign) {
      ++signs;
    } else if (is_upper(c) || is_lower(c)) {
      if (letters == code.size()) {
        return false;
      }
      code[letters++] = upper(c);
      is_capitals = is_capitals && is_upper(c);
    } else if (c == kOtherLetter) {
      return false;
    } else if (c != ' ' && c != '\'' && !is_point(c)) {
      is_number = false;
    }
  }
  if (letters == 0) {
    return digits >= kMinAccountDigits || (is_number && digits > 0 && (signs > 0 || has_point));
  }
  // "Top 10", "All 24": words of which a code is made.
  const bool is_word = !is_capitals && digits <= 2 && !has_point;
  return is_number && digits > 0 && !is_word &&
         currency_exponent({code.data(), letters}).has_value();
}

}  // namespace

std::optional<TextProblem> find_value_in_name(std::string_view name) {
  // Without a digit nothing is found, and most names have none.
  if (std::none_of(name.begin(), name.end(), may_be_of_digit)) {
    return std::nullopt;
  }
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(name);
  if (!decoded) {
    return std::nullopt;  // said by others
  }
  const std::string plain = plain_of(*decoded);
  std::size_t found = is_value_alone(plain) ? 0 : plain.size();
  for (std::size_t at = 0; at < found; ++at) {
    if (is_iban_at(plain, at)) {
      found = at;
    } else if (is_point(plain[at])) {
      found = std::min(found, amount_around(plain, at));
    }
  }
  if (found == plain.size()) {
    return std::nullopt;
  }
  const CharacterAt& character = (*decoded)[found];
  return TextProblem{ErrorCode::text_character_forbidden, character.offset, character.code_point};
}

}  // namespace countersign
