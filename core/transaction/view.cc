#include "transaction/view.h"

#include <algorithm>

#include "base/transaction_limits.h"
#include "codec/cbor_writer.h"
#include "transaction/bound.h"
#include "transaction/canonical_parts.h"
#include "transaction/display_text.h"

namespace countersign {
namespace {

using Type = CanonicalValue::Type;

// Display-safe, but for the separators that locale packs put into amounts: U+00A0 and U+202F.
bool is_shown(std::string_view text) {
  if (text.find('\xc2') == text.npos && text.find('\xe2') == text.npos) {
    return check_display_text(text, TextKind::plain).has_value();
  }
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    std::size_t taken = 1;
    for (const std::string_view separator : {"\xc2\xa0", "\xe2\x80\xaf"}) {
      taken = text.starts_with(separator) ? separator.size() : taken;
    }
    plain += taken == 1 ? text.front() : ' ';
    text.remove_prefix(taken);
  }
  return check_display_text(plain, TextKind::plain).has_value();
}

bool is_shown(const CanonicalValue* value) {
  return value != nullptr && value->is(Type::text) && is_shown(value->text);
}

// As HTML writes it.
std::size_t escaped_size(std::string_view text) {
  std::size_t size = text.size();
  for (const char c : text) {
    size += c == '"' || c == '&' || c == '\'' || c == '<' || c == '>' ? 5 : 0;
  }
  return size;
}

std::size_t row_size(std::string_view label, std::string_view value) {
  return limits::kViewRowBytes + escaped_size(label) + escaped_size(value);
}

Status check_size(std::size_t size) {
  return size > limits::kMaxViewBytes ? Status(ErrorCode::text_length_wrong) : ok();
}

Result<Direction> make_direction(const CanonicalValue& value) {
  for (const Direction direction : {Direction::ltr, Direction::rtl, Direction::automatic}) {
    if (value.is(Type::text) && value.text == direction_name(direction)) {
      return direction;
    }
  }
  return ErrorCode::view_malformed;
}

bool is_row(const CanonicalValue& value) {
  if (!value.is(Type::array) || value.items.size() != 4) {
    return false;
  }
  const CanonicalValue& level = value.items[0];
  return level.is(Type::integer) && level.integer >= 1 && level.integer <= 3 &&
         is_shown(&value.items[1]) && is_shown(&value.items[2]) && make_direction(value.items[3]);
}

}  // namespace

std::string_view direction_name(Direction direction) {
  switch (direction) {
    case Direction::ltr:
      return "ltr";
    case Direction::rtl:
      return "rtl";
    case Direction::automatic:
      return "auto";
  }
  return "";
}

CanonicalValue encode_view(const View& view) {
  using Value = CanonicalValue;
  Value rows = Value::make_array({});
  rows.items.reserve(view.rows.size());
  for (const ViewRow& row : view.rows) {
    Value parts = Value::make_array({});
    parts.items.reserve(4);
    add_item(parts, Value::make_integer(row.level));
    add_item(parts, Value::make_text(row.label));
    add_item(parts, Value::make_text(row.value));
    add_item(parts, Value::make_text(direction_name(row.direction)));
    add_item(rows, std::move(parts));
  }
  Value action = Value::make_map({});
  action.members.reserve(2);
  add_member(action, "deny", Value::make_text(view.deny));
  add_member(action, "affirm", Value::make_text(view.affirm));
  Value encoded = Value::make_map({});
  encoded.members.reserve(3);
  add_member(encoded, "rows", std::move(rows));
  add_member(encoded, "title", Value::make_text(view.title));
  add_member(encoded, "action", std::move(action));
  return encoded;
}

bool is_encoding_of(const View& view, Bytes encoded) {
  const auto takes = [&](auto write) {
    CborWriter part;
    write(part);
    const Bytes bytes = part.bytes();
    if (encoded.size() < bytes.size() || !std::equal(bytes.begin(), bytes.end(), encoded.begin())) {
      return false;
    }
    encoded = encoded.subspan(bytes.size());
    return true;
  };
  const bool begins = takes([&](CborWriter& cbor) {
    cbor.begin_map(3);
    cbor.write_text("rows");
    cbor.begin_array(view.rows.size());
  });
  const bool has_rows =
      begins && std::all_of(view.rows.begin(), view.rows.end(), [&](const ViewRow& row) {
        return takes([&](CborWriter& cbor) {
          cbor.begin_array(4);
          cbor.write_integer(row.level);
          cbor.write_text(row.label);
          cbor.write_text(row.value);
          cbor.write_text(direction_name(row.direction));
        });
      });
  return has_rows && takes([&](CborWriter& cbor) {
           cbor.write_text("title");
           cbor.write_text(view.title);
           cbor.write_text("action");
           cbor.begin_map(2);
           cbor.write_text("deny");
           cbor.write_text(view.deny);
           cbor.write_text("affirm");
           cbor.write_text(view.affirm);
         }) &&
         encoded.empty();
}

Status check_view_size(const View& view) {
  std::size_t size = 0;
  for (const ViewRow& row : view.rows) {
    size += row_size(row.label, row.value);
  }
  return check_size(size);
}

Status check_view(const CanonicalValue& value) {
  if (!has_exactly(value, {"action", "rows", "title"})) {
    return ErrorCode::view_malformed;
  }
  const CanonicalValue& action = *value.find("action");
  const CanonicalValue& rows = *value.find("rows");
  if (!has_exactly(action, {"affirm", "deny"}) || !rows.is(Type::array) || rows.items.empty() ||
      !is_shown(value.find("title")) || !is_shown(action.find("affirm")) ||
      !is_shown(action.find("deny"))) {
    return ErrorCode::view_malformed;
  }
  std::size_t size = 0;
  for (const CanonicalValue& row : rows.items) {
    if (!is_row(row)) {
      return ErrorCode::view_malformed;
    }
    size += row_size(row.items[1].text, row.items[2].text);
  }
  return check_size(size);
}

Result<View> make_view(const CanonicalValue& value) {
  CS_TRY(check_view(value));
  const CanonicalValue& action = *value.find("action");
  View view{value.find("title")->text, action.find("affirm")->text, action.find("deny")->text, {}};
  const std::vector<CanonicalValue>& rows = value.find("rows")->items;
  view.rows.reserve(rows.size());
  for (const CanonicalValue& row : rows) {
    CS_ASSIGN(const Direction direction, make_direction(row.items[3]));
    view.rows.push_back({row.items[0].integer, row.items[1].text, row.items[2].text, direction});
  }
  return view;
}

Result<Digest256> view_digest(const Hasher& hasher, const View& view) {
  return bound_digest(hasher, "countersign/1/view", encode_view(view));
}

}  // namespace countersign
