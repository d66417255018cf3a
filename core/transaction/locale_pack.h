#pragma once
// Locale packs: how a locale writes numbers and dates, as frozen data. Never the engine's own
// locale functions: they differ between versions, drop decimals and add bidi controls.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/canonical_cbor.h"
#include "crypto/hasher.h"
#include "transaction/account.h"
#include "transaction/amount.h"
#include "transaction/view.h"

namespace countersign {

struct LocalePack {
  std::string id;       // "de-CH"
  std::string decimal;  // "." or ","
  std::string group;    // ".", ",", U+00A0, U+202F or U+2019; never the decimal separator
  std::uint8_t first_group = 3;
  std::uint8_t further_groups = 3;  // 2 in India
  std::array<std::string, 12> months;
  std::string date_pattern;  // with {day}, {month} and {year}, each once
  Direction direction = Direction::ltr;
  Digest256 digest{};
};

/// {"schema":"countersign-locale/1","id","version","decimal","group","groupSizes":[3] or [3,2],
/// "months":[12],"date","direction"}. Errors: those of parse_json; locale_pack_malformed.
Result<LocalePack> parse_locale_pack(std::string_view json, const Hasher& hasher);
Result<LocalePack> make_locale_pack(const CanonicalValue& document, const Hasher& hasher);

/// A pack that was read so where it was published: the one of this digest, or none (see
/// parse_pinned_template). Errors: as above; transaction_locale_unknown (another document).
Result<LocalePack> parse_pinned_locale_pack(std::string_view json, const Digest256& pinned,
                                            const Hasher& hasher);

/// "1.234,56 EUR": every digit of the exponent, U+00A0, the code. ASCII digits everywhere.
std::string format_amount(const LocalePack& pack, const Amount& amount);
/// "-1.234".
std::string format_integer(const LocalePack& pack, std::int64_t value);
/// "23. November 2026" of "2026-11-23", which is a real date.
std::string format_date(const LocalePack& pack, std::string_view date);
/// An IBAN in groups of four; another account as "ID (SCHEME)".
std::string format_account(const PaymentAccount& account);

}  // namespace countersign
