#include "transaction/locale_pack.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/json_reader.h"
#include "transaction/bound.h"
#include "transaction/display_text.h"

namespace countersign {
namespace {

using Type = CanonicalValue::Type;

constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
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

// All three parts once; between them nothing that could be taken for one.
bool is_date_pattern(std::string_view pattern) {
  std::string rest(pattern);
  for (const std::string_view part : {"{day}", "{month}", "{year}"}) {
    if (count_of(pattern, part) != 1) {
      return false;
    }
    rest.erase(rest.find(part), part.size());
  }
  return std::none_of(rest.begin(), rest.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '{' || c == '}' || c == '-';
  });
}

Status read_months(const CanonicalValue& months, LocalePack& pack) {
  if (!months.is(Type::array) || months.items.size() != pack.months.size()) {
    return ErrorCode::locale_pack_malformed;
  }
  for (std::size_t i = 0; i < pack.months.size(); ++i) {
    const CanonicalValue& month = months.items[i];
    const bool is_new = std::find(pack.months.begin(), pack.months.begin() + static_cast<long>(i),
                                  month.text) == pack.months.begin() + static_cast<long>(i);
    if (!month.is(Type::text) || !is_new || !check_display_text(month.text, TextKind::plain)) {
      return ErrorCode::locale_pack_malformed;
    }
    pack.months[i] = month.text;
  }
  return ok();
}

Status read_groups(const CanonicalValue& sizes, LocalePack& pack) {
  if (!sizes.is(Type::array) || sizes.items.empty() || sizes.items.size() > 2) {
    return ErrorCode::locale_pack_malformed;
  }
  for (const CanonicalValue& size : sizes.items) {
    if (!size.is(Type::integer) || size.integer < 2 || size.integer > 4) {
      return ErrorCode::locale_pack_malformed;
    }
  }
  pack.first_group = static_cast<std::uint8_t>(sizes.items.front().integer);
  pack.further_groups = static_cast<std::uint8_t>(sizes.items.back().integer);
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

}  // namespace

Result<LocalePack> parse_locale_pack(std::string_view json, const Hasher& hasher) {
  JsonOptions options;
  options.max_bytes = limits::kMaxLocalePackBytes;
  CS_ASSIGN(const JsonValue parsed, parse_json(json, options));
  CS_ASSIGN(const CanonicalValue document, canonical_of(parsed));
  return make_locale_pack(document, hasher);
}

Result<LocalePack> make_locale_pack(const CanonicalValue& document, const Hasher& hasher) {
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
      !is_date_pattern(pack.date_pattern) ||
      !check_display_text(pack.date_pattern, TextKind::plain)) {
    return ErrorCode::locale_pack_malformed;
  }
  CS_TRY(read_groups(*document.find("groupSizes"), pack));
  CS_TRY(read_months(*document.find("months"), pack));
  const std::string& direction = document.find("direction")->text;
  if (direction != "ltr" && direction != "rtl") {
    return ErrorCode::locale_pack_malformed;
  }
  pack.direction = direction == "ltr" ? Direction::ltr : Direction::rtl;
  CS_ASSIGN(pack.digest, bound_digest(hasher, "countersign/1/locale", document));
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
  replace("{day}", date.substr(date[8] == '0' ? 9 : 8));
  replace("{year}", date.substr(0, 4));
  replace("{month}", pack.months[month - 1]);
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
