#include "transaction/locale_pack.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/transaction_limits.h"
#include "transaction/bound.h"
#include "transaction/display_text.h"
#include "transaction/look_alikes.h"
#include "transaction/recorded.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

using Type = CanonicalValue::Type;

constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
constexpr std::string_view kDay = "{day}";
constexpr std::string_view kMonth = "{month}";
constexpr std::string_view kYear = "{year}";
constexpr std::string_view kDateParts[] = {kDay, kMonth, kYear};
constexpr std::string_view kDecimals[] = {".", ","};
constexpr std::string_view kGroups[] = {".", ",", kNoBreakSpace, "\xe2\x80\xaf", "\xe2\x80\x99"};

bool is_one_of(std::span<const std::string_view> allowed, std::string_view text) {
  return std::find(allowed.begin(), allowed.end(), text) != allowed.end();
}

// "de-CH", "ar": letters, digits and hyphens.
bool is_locale_id(std::string_view id) {
  constexpr std::size_t kMaxSize = 35;  // RFC 5646 §4.4.1
  return !id.empty() && id.size() <= kMaxSize && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// Numbers of scripts that are no decimal digits (general categories Nl and No). [above U+FFFF are
// scripts that no locale writes]
constexpr std::pair<char32_t, char32_t> kNumbers[] = {
    {0x9f4, 0x9f9},   {0xb72, 0xb77},   {0xbf0, 0xbf2},   {0xc78, 0xc7e},     {0xd58, 0xd5e},
    {0xd70, 0xd78},   {0xf2a, 0xf33},   {0x1369, 0x137c}, {0x16ee, 0x16f0},   {0x17f0, 0x17f9},
    {0x19da, 0x19da}, {0x2160, 0x2182}, {0x2185, 0x2188}, {0x2cfd, 0x2cfd},   {0x3007, 0x3007},
    {0x3021, 0x3029}, {0x3038, 0x303a}, {0xa6e6, 0xa6ef}, {0x10000, 0x10ffff}};

// A letter of some script, or a mark on one. Signs, and what all scripts share, are none.
bool is_letter(char32_t c) {
  for (const auto& [first, last] : kNumbers) {
    if (c >= first && c <= last) {
      return false;
    }
  }
  const CharacterProperties properties = properties_of(c);
  return !properties.is_digit && !properties.is_not_for_names &&
         (properties.script_set != 0 || properties.is_mark);
}

bool is_part_at(std::string_view pattern, std::size_t at, std::string_view part) {
  return pattern.substr(at, part.size()) == part;
}

bool has_date_parts(std::string_view pattern) {
  return std::all_of(std::begin(kDateParts), std::end(kDateParts),
                     [&](std::string_view part) { return count_of(pattern, part) == 1; });
}

// Between and around its parts are letters, spaces, commas and full stops: nothing that could be
// taken for a part. Day and year have digits: they do not touch.
bool is_date_pattern(std::string_view pattern) {
  if (pattern.size() > limits::kMaxDatePatternBytes ||
      !check_display_text(pattern, TextKind::label)) {
    return false;
  }
  std::string rest(pattern);
  for (const std::string_view part : kDateParts) {
    rest.replace(rest.find(part), part.size(), "\n");
  }
  if (rest.find("\n.\n") != rest.npos || rest.find("\n,\n") != rest.npos) {
    return false;  // "11.2026"
  }
  if (rest.find("\n\n") != rest.npos) {
    // A month has a name: it may stand before a day ("11月23日"), and behind nothing that has
    // digits.
    const std::size_t month = pattern.find(kMonth);
    if (!is_part_at(pattern, month + kMonth.size(), kDay) || count_of(rest, "\n\n") != 1) {
      return false;
    }
  }
  const Result<std::vector<CharacterAt>> characters = decode_utf8(rest);
  return characters &&
         std::all_of(characters->begin(), characters->end(), [](const CharacterAt& character) {
           const char32_t c = character.code_point;
           return c == '\n' || c == ' ' || c == ',' || c == '.' || is_letter(c);
         });
}

// Letters, full stops and spaces; in front its own number, as in "11月".
bool is_month(std::string_view text, std::size_t number) {
  const std::string digits = std::to_string(number);
  if (text.starts_with(digits)) {
    text.remove_prefix(digits.size());
  }
  const Result<std::vector<CharacterAt>> characters = decode_utf8(text);
  return characters && !characters->empty() && is_letter(characters->front().code_point) &&
         std::all_of(characters->begin(), characters->end(), [](const CharacterAt& character) {
           const char32_t c = character.code_point;
           return c == '.' || c == ' ' || is_letter(c);
         });
}

Status read_months(const CanonicalValue& months, LocalePack& pack) {
  if (!months.is(Type::array) || months.items.size() != pack.months.size()) {
    return ErrorCode::locale_pack_malformed;
  }
  for (std::size_t i = 0; i < pack.months.size(); ++i) {
    if (!months.items[i].is(Type::text)) {
      return ErrorCode::locale_pack_malformed;
    }
    pack.months[i] = months.items[i].text;
  }
  return ok();
}

// What its texts could be taken for.
Status check_texts(const LocalePack& pack) {
  if (!is_date_pattern(pack.date_pattern)) {
    return ErrorCode::locale_pack_malformed;
  }
  std::vector<std::string> readings;
  for (std::size_t i = 0; i < pack.months.size(); ++i) {
    const std::string& month = pack.months[i];
    if (!check_display_text(month, TextKind::label) ||
        count_graphemes(month) > limits::kMaxMonthGraphemes || !is_month(month, i + 1)) {
      return ErrorCode::locale_pack_malformed;
    }
    std::string reading = reading_of(month);
    if (std::find(readings.begin(), readings.end(), reading) != readings.end()) {
      return ErrorCode::locale_pack_malformed;
    }
    readings.push_back(std::move(reading));
  }
  return ok();
}

// In threes; in India in twos after the first three. Two digits in front of a separator would be
// read as a fraction.
Status read_groups(const CanonicalValue& sizes, LocalePack& pack) {
  const auto is_size = [&sizes](std::size_t at, std::int64_t size) {
    return sizes.items[at].is(Type::integer) && sizes.items[at].integer == size;
  };
  if (!sizes.is(Type::array) || sizes.items.empty() || sizes.items.size() > 2 || !is_size(0, 3) ||
      (sizes.items.size() == 2 && !is_size(1, 2))) {
    return ErrorCode::locale_pack_malformed;
  }
  pack.first_group = 3;
  pack.further_groups = sizes.items.size() == 2 ? 2 : 3;
  return ok();
}

// Digits in groups, counted from the right.
std::string grouped(const LocalePack& pack, std::string_view digits) {
  std::string text;
  std::size_t left = digits.size();
  for (const char digit : digits) {
    text += digit;
    --left;
    if (left >= pack.first_group && (left - pack.first_group) % pack.further_groups == 0) {
      text += pack.group;
    }
  }
  return text;
}

// What formatting counts on.
Result<LocalePack> read_locale_pack(const CanonicalValue& document) {
  if (!has_exactly(document, {"schema", "id", "version", "decimal", "group", "groupSizes", "months",
                              "date", "direction"}) ||
      document.find("schema")->text != "countersign-locale/1" ||
      !document.find("version")->is(Type::integer)) {
    return ErrorCode::locale_pack_malformed;
  }
  LocalePack pack;
  pack.id = document.find("id")->text;
  pack.decimal = document.find("decimal")->text;
  pack.group = document.find("group")->text;
  pack.date_pattern = document.find("date")->text;
  if (!is_locale_id(pack.id) || !is_one_of(kDecimals, pack.decimal) ||
      !is_one_of(kGroups, pack.group) || pack.group == pack.decimal ||
      !has_date_parts(pack.date_pattern)) {
    return ErrorCode::locale_pack_malformed;
  }
  CS_TRY(read_groups(*document.find("groupSizes"), pack));
  CS_TRY(read_months(*document.find("months"), pack));
  const std::string& direction = document.find("direction")->text;
  if (direction != "ltr" && direction != "rtl") {
    return ErrorCode::locale_pack_malformed;
  }
  pack.direction = direction == "ltr" ? Direction::ltr : Direction::rtl;
  return pack;
}

Result<Digest256> locale_pack_digest(const CanonicalValue& document, const Hasher& hasher) {
  return bound_digest(hasher, "countersign/1/locale", document);
}

}  // namespace

Result<LocalePack> parse_locale_pack(std::string_view json, const Hasher& hasher) {
  CS_ASSIGN(const CanonicalValue document, parse_document(json, limits::kMaxLocalePackBytes));
  return make_locale_pack(document, hasher);
}

Result<LocalePack> make_locale_pack(const CanonicalValue& document, const Hasher& hasher) {
  // [what comes in a case or a receipt was not read by parse_locale_pack]
  CS_ASSIGN(const ByteVector encoded, make_canonical_cbor(document));
  if (encoded.size() > limits::kMaxLocalePackBytes) {
    return ErrorCode::locale_pack_malformed;
  }
  CS_ASSIGN(LocalePack pack, read_locale_pack(document));
  CS_TRY(check_texts(pack));
  CS_ASSIGN(pack.digest, locale_pack_digest(document, hasher));
  return pack;
}

Result<LocalePack> make_recorded_locale_pack(const CanonicalValue& document, const Hasher& hasher) {
  CS_ASSIGN(LocalePack pack, read_locale_pack(document));
  CS_ASSIGN(pack.digest, locale_pack_digest(document, hasher));
  return pack;
}

Result<LocalePack> parse_pinned_locale_pack(std::string_view json, const Digest256& pinned,
                                            const Hasher& hasher) {
  CS_ASSIGN(const CanonicalValue document, parse_document(json, limits::kMaxLocalePackBytes));
  CS_ASSIGN(const Digest256 digest, locale_pack_digest(document, hasher));
  if (digest != pinned) {
    return ErrorCode::transaction_locale_unknown;
  }
  CS_ASSIGN(LocalePack pack, read_locale_pack(document));
  pack.digest = digest;
  return pack;
}

std::string format_amount(const LocalePack& pack, const Amount& amount) {
  const std::string decimal = encode_decimal(amount);
  const std::size_t point = std::min(decimal.find('.'), decimal.size());
  std::string text = grouped(pack, std::string_view(decimal).substr(0, point));
  if (point < decimal.size()) {
    text += pack.decimal;
    text.append(decimal, point + 1);
  }
  text += kNoBreakSpace;
  text += amount.currency;
  return text;
}

std::string format_integer(const LocalePack& pack, std::int64_t value) {
  const std::string digits = std::to_string(value);
  const bool is_negative = digits.front() == '-';
  return (is_negative ? "-" : "") + grouped(pack, std::string_view(digits).substr(is_negative));
}

std::string format_date(const LocalePack& pack, std::string_view date) {
  const std::size_t month = static_cast<std::size_t>((date[5] - '0') * 10 + (date[6] - '0'));
  std::string text = pack.date_pattern;
  const auto replace = [&text](std::string_view part, std::string_view with) {
    text.replace(text.find(part), part.size(), with);
  };
  replace(kDay, date.substr(date[8] == '0' ? 9 : 8));
  replace(kYear, date.substr(0, 4));
  replace(kMonth, pack.months[month - 1]);
  return text;
}

std::string format_account(const PaymentAccount& account) {
  if (account.scheme != "iban") {
    return account.id + " (" + account.scheme + ")";
  }
  std::string text;
  for (std::size_t i = 0; i < account.id.size(); ++i) {
    if (i > 0 && i % 4 == 0) {
      text += ' ';
    }
    text += account.id[i];
  }
  return text;
}

}  // namespace countersign
