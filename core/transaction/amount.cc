#include "transaction/amount.h"

#include <algorithm>

#include "transaction/bound.h"
#include "transaction/canonical_parts.h"

namespace countersign {
namespace {

#include "currency_table.inc"

// [letter by letter: each amount looks here three times]
bool has_code(std::string_view codes, std::string_view wanted) {
  for (const char* at = codes.data(); at != codes.data() + codes.size(); at += 3) {
    if (at[0] == wanted[0] && at[1] == wanted[1] && at[2] == wanted[2]) {
      return true;
    }
  }
  return false;
}

bool are_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view currency_edition() { return kCurrencyEdition; }

std::optional<std::uint8_t> currency_exponent(std::string_view code) {
  if (code.size() != 3) {
    return std::nullopt;
  }
  if (has_code(kTwoDecimals, code)) {
    return 2;
  }
  if (has_code(kNoDecimals, code)) {
    return 0;
  }
  if (has_code(kThreeDecimals, code)) {
    return 3;
  }
  return has_code(kFourDecimals, code) ? std::optional<std::uint8_t>(4) : std::nullopt;
}

bool is_currency_sign(char32_t c) {
  return c == '$' || (c >= 0xa2 && c <= 0xa5) || (c >= 0x20a0 && c <= 0x20cf) || c == 0xff04 ||
         c == 0xffe0 || c == 0xffe1 || c == 0xffe5 || c == 0xffe6;
}

std::optional<std::uint8_t> recorded_exponent(std::string_view code) {
  if (code.size() == 3 && has_code(kWithdrawnTwoDecimals, code)) {
    return 2;
  }
  if (code.size() == 3 && has_code(kWithdrawnNoDecimals, code)) {
    return 0;
  }
  return currency_exponent(code);
}

Result<Amount> parse_amount(std::string_view currency, std::string_view value) {
  const std::optional<std::uint8_t> exponent = currency_exponent(currency);
  if (!exponent) {
    return ErrorCode::currency_not_usable;
  }
  const std::size_t point = value.find('.');
  const std::string_view whole = value.substr(0, point);
  if (!are_digits(whole) || (whole.size() > 1 && whole.front() == '0')) {
    return ErrorCode::amount_malformed;
  }
  std::string_view fraction;
  if (point != std::string_view::npos) {
    fraction = value.substr(point + 1);
    if (!are_digits(fraction) || fraction.size() != *exponent) {
      return ErrorCode::amount_malformed;
    }
  }
  constexpr std::string_view kLargest = "9223372036854775807";
  if (whole != "0" && whole.size() + *exponent > kLargest.size()) {
    return ErrorCode::amount_too_large;
  }
  std::string digits(whole == "0" ? std::string_view() : whole);
  digits += fraction;
  digits.append(*exponent - fraction.size(), '0');
  if (digits.size() == kLargest.size() && digits > kLargest) {
    return ErrorCode::amount_too_large;
  }
  std::int64_t minor = 0;
  for (const char c : digits) {
    minor = minor * 10 + (c - '0');
  }
  return Amount{std::string(currency), *exponent, minor};
}

std::string encode_decimal(const Amount& amount) {
  std::string digits = std::to_string(amount.minor);
  if (digits.size() <= amount.exponent) {
    digits.insert(0, amount.exponent + 1 - digits.size(), '0');
  }
  if (amount.exponent > 0) {
    digits.insert(digits.size() - amount.exponent, 1, '.');
  }
  return digits;
}

CanonicalValue encode_amount(const Amount& amount) {
  CanonicalValue map = CanonicalValue::make_map({});
  map.members.reserve(3);
  add_member(map, "minor", CanonicalValue::make_integer(amount.minor));
  add_member(map, "currency", CanonicalValue::make_text(amount.currency));
  add_member(map, "exponent", CanonicalValue::make_integer(amount.exponent));
  return map;
}

Result<Amount> make_amount(const CanonicalValue& frozen) {
  using Type = CanonicalValue::Type;
  if (!has_exactly(frozen, {"currency", "exponent", "minor"})) {
    return ErrorCode::amount_malformed;
  }
  const CanonicalValue& currency = *frozen.find("currency");
  const CanonicalValue& exponent = *frozen.find("exponent");
  const CanonicalValue& minor = *frozen.find("minor");
  if (!currency.is(Type::text) || !exponent.is(Type::integer) || !minor.is(Type::integer) ||
      minor.integer < 0) {
    return ErrorCode::amount_malformed;
  }
  const std::optional<std::uint8_t> usual = recorded_exponent(currency.text);
  if (!usual || exponent.integer != *usual) {
    return ErrorCode::currency_not_usable;
  }
  return Amount{currency.text, *usual, minor.integer};
}

Result<Amount> add(const Amount& a, const Amount& b) {
  if (a.currency != b.currency) {
    return ErrorCode::internal_error;
  }
  if (a.minor > INT64_MAX - b.minor) {
    return ErrorCode::amount_too_large;
  }
  return Amount{a.currency, a.exponent, a.minor + b.minor};
}

}  // namespace countersign
