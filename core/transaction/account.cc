#include "transaction/account.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/limits.h"
#include "transaction/bound.h"
#include "transaction/canonical_parts.h"

namespace countersign {
namespace {

#include "iban_table.inc"

constexpr std::string_view kIbanScheme = "iban";

// What IBANs of a country are like.
struct IbanForm {
  std::uint8_t length = 0;
  bool is_digits = false;  // behind the country
};

// Of the country that `text` begins with.
std::optional<IbanForm> form_of(std::string_view text) {
  constexpr std::size_t kEntry = 3;  // two letters, and the length as one
  for (const char* at = kCountries.data(); at != kCountries.data() + kCountries.size();
       at += kEntry) {
    if (text.size() >= 2 && at[0] == text[0] && at[1] == text[1]) {
      const bool is_digits = is_lower(at[2]);
      return IbanForm{static_cast<std::uint8_t>(kShortest + at[2] - (is_digits ? 'a' : 'A')),
                      is_digits};
    }
  }
  return std::nullopt;
}

// ISO 7064, MOD 97-10, over the characters from the fifth on and then the first four.
bool is_checksum_right(std::string_view iban) {
  std::uint32_t rest = 0;
  const auto take = [&rest](std::string_view part) {
    for (const char c : part) {
      rest = is_digit(c) ? rest * 10 + static_cast<std::uint32_t>(c - '0')
                         : rest * 100 + static_cast<std::uint32_t>(c - 'A' + 10);
      rest %= 97;
    }
  };
  take(iban.substr(4));
  take(iban.substr(0, 4));
  // 00, 01 and 99 would be second forms of 97, 98 and 02.
  const std::string_view check = iban.substr(2, 2);
  return rest == 1 && check != "00" && check != "01" && check != "99";
}

Result<PaymentAccount> make_iban(std::string_view compact) {
  if (compact.size() < 5 || !is_upper(compact[0]) || !is_upper(compact[1]) ||
      !is_digit(compact[2]) || !is_digit(compact[3]) ||
      !std::all_of(compact.begin(), compact.end(),
                   [](char c) { return is_digit(c) || is_upper(c); })) {
    return ErrorCode::account_malformed;
  }
  const std::optional<IbanForm> form = form_of(compact);
  if (!form || compact.size() != form->length) {
    return ErrorCode::iban_length_wrong;
  }
  if (form->is_digits && !std::all_of(compact.begin() + 2, compact.end(), is_digit)) {
    return ErrorCode::account_malformed;
  }
  if (!is_checksum_right(compact)) {
    return ErrorCode::iban_checksum_wrong;
  }
  return PaymentAccount{std::string(kIbanScheme), std::string(compact)};
}

// What a customer would take for an IBAN and no bank for one: "iban-old", "1ban"; and an IBAN, with
// or without hyphens, under another scheme, which would escape every comparison of IBANs.
bool looks_like_iban(std::string_view scheme, std::string_view id) {
  std::string plain(scheme.substr(0, kIbanScheme.size()));
  if (!plain.empty() && (plain[0] == '1' || plain[0] == 'l')) {
    plain[0] = 'i';
  }
  std::string compact;
  for (const char c : id) {
    if (is_digit(c) || is_upper(c) || is_lower(c)) {
      compact += is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return plain == kIbanScheme || make_iban(compact);
}

bool has_form(std::string_view scheme, std::string_view id) {
  const auto is_of_scheme = [](char c) {
    return is_lower(c) || is_digit(c) || c == '.' || c == '-';
  };
  constexpr std::string_view kPunctuation = "./:@+-";
  const auto is_of_id = [&](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || kPunctuation.find(c) != kPunctuation.npos;
  };
  // Punctuation alone names no account.
  const auto is_alphanumeric = [](char c) { return is_lower(c) || is_upper(c) || is_digit(c); };
  return std::any_of(scheme.begin(), scheme.end(), is_alphanumeric) &&
         std::any_of(id.begin(), id.end(), is_alphanumeric) &&
         scheme.size() <= limits::kMaxAccountSchemeBytes &&
         id.size() <= limits::kMaxAccountIdBytes &&
         std::all_of(scheme.begin(), scheme.end(), is_of_scheme) &&
         std::all_of(id.begin(), id.end(), is_of_id);
}

}  // namespace

std::string_view iban_edition() { return kIbanEdition; }

std::optional<std::uint8_t> iban_length(std::string_view country) {
  const std::optional<IbanForm> form = form_of(country);
  return form ? std::optional(form->length) : std::nullopt;
}

bool has_iban_form(std::string_view compact) {
  const std::optional<IbanForm> form = form_of(compact);
  return form && compact.size() == form->length && is_digit(compact[2]) && is_digit(compact[3]) &&
         (!form->is_digits || std::all_of(compact.begin() + 2, compact.end(), is_digit));
}

Result<PaymentAccount> parse_iban(std::string_view text) {
  if (text.size() > 2 * limits::kMaxAccountIdBytes) {
    return ErrorCode::account_malformed;
  }
  std::string compact;
  bool is_after_space = true;  // the beginning counts as one
  for (const char c : text) {
    const bool is_space = c == ' ';
    if (is_space && is_after_space) {
      return ErrorCode::account_malformed;
    }
    is_after_space = is_space;
    if (!is_space) {
      compact += is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  if (is_after_space) {
    return ErrorCode::account_malformed;
  }
  return make_iban(compact);
}

Result<PaymentAccount> make_account(std::string_view scheme, std::string_view id) {
  if (scheme == kIbanScheme) {
    return make_iban(id);
  }
  if (!has_form(scheme, id) || looks_like_iban(scheme, id)) {
    return ErrorCode::account_malformed;
  }
  return PaymentAccount{std::string(scheme), std::string(id)};
}

CanonicalValue encode_account(const PaymentAccount& account) {
  CanonicalValue map = CanonicalValue::make_map({});
  map.members.reserve(2);
  add_member(map, "id", CanonicalValue::make_text(account.id));
  add_member(map, "scheme", CanonicalValue::make_text(account.scheme));
  return map;
}

Result<PaymentAccount> make_account(const CanonicalValue& frozen) {
  if (!has_exactly(frozen, {"id", "scheme"})) {
    return ErrorCode::account_malformed;
  }
  const CanonicalValue& id = *frozen.find("id");
  const CanonicalValue& scheme = *frozen.find("scheme");
  if (!id.is(CanonicalValue::Type::text) || !scheme.is(CanonicalValue::Type::text) ||
      !has_form(scheme.text, id.text)) {
    return ErrorCode::account_malformed;
  }
  return PaymentAccount{scheme.text, id.text};
}

}  // namespace countersign
