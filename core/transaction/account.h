#pragma once
// Accounts: IBANs (ISO 13616; the registry's countries are generated from data/ibans.tsv) and
// identifiers of other schemes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/canonical_cbor.h"

namespace countersign {

/// Of the registry: "release 99".
std::string_view iban_edition();

/// Nothing for a country without IBANs.
std::optional<std::uint8_t> iban_length(std::string_view country);

/// Whether compact text in upper case is like an IBAN but for its check digits.
bool has_iban_form(std::string_view compact);

struct PaymentAccount {
  std::string scheme;  // "iban" or another
  std::string id;      // of an IBAN: compact, upper case

  friend bool operator==(const PaymentAccount&, const PaymentAccount&) = default;
};

/// Letters of either case; single U+0020 between characters do not count, since IBANs are printed
/// in groups. Where the country has digits alone, letters are refused. Errors: account_malformed,
/// iban_length_wrong, iban_checksum_wrong.
Result<PaymentAccount> parse_iban(std::string_view text);

/// The scheme in lower-case letters, digits, '.', '-', at most 32; the identifier in ASCII letters,
/// digits and ./:@+-, at most 64; neither looks like an IBAN's. Of scheme "iban" an IBAN in its
/// frozen form. Errors: as parse_iban.
Result<PaymentAccount> make_account(std::string_view scheme, std::string_view id);

/// {"id","scheme"}.
CanonicalValue encode_account(const PaymentAccount& account);
/// By its form: what the registry of IBANs says today is for make_account above. Error:
/// account_malformed.
Result<PaymentAccount> make_account(const CanonicalValue& frozen);

}  // namespace countersign
