#pragma once
// Amounts are whole numbers of minor units. The exponents are ISO 4217's, never CLDR's: they are
// generated from data/currencies.tsv.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/canonical_cbor.h"

namespace countersign {

/// Of the list of currencies: "amendment 180, 2026-01-01".
std::string_view currency_edition();

/// The digits after the separator of a currency. Nothing for a code that is not in ISO 4217 or has
/// no minor unit there (XAU, XDR, XXX, …).
std::optional<std::uint8_t> currency_exponent(std::string_view code);

/// The same, also of codes that were withdrawn: what was frozen in them stays readable.
std::optional<std::uint8_t> recorded_exponent(std::string_view code);

/// "$", "€" and other signs of currencies.
bool is_currency_sign(char32_t c);

struct Amount {
  std::string currency;  // three letters
  std::uint8_t exponent = 0;
  std::int64_t minor = 0;  // 0..2^63-1

  friend bool operator==(const Amount&, const Amount&) = default;
};

/// From `"EUR"` and `"1234.56"`: ^(0|[1-9][0-9]*)(\.[0-9]+)?$, the fraction absent or with exactly
/// the exponent's digits. Errors: currency_not_usable, amount_malformed, amount_too_large (decided
/// by comparing digits, before any arithmetic).
Result<Amount> parse_amount(std::string_view currency, std::string_view value);

/// "1234.56": the form that parse_amount reads, always with the whole fraction.
std::string encode_decimal(const Amount& amount);

/// {"currency","exponent","minor"}.
CanonicalValue encode_amount(const Amount& amount);
/// Also of withdrawn currencies: whether one may be used says currency_exponent. Errors:
/// amount_malformed, currency_not_usable (also when the exponent is not the currency's).
Result<Amount> make_amount(const CanonicalValue& frozen);

/// Error: amount_too_large. Both are of one currency.
Result<Amount> add(const Amount& a, const Amount& b);

}  // namespace countersign
