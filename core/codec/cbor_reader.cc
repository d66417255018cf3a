#include "codec/cbor_reader.h"

#include <cbor.h>

#include <algorithm>
#include <limits>

#include "codec/duplicates.h"
#include "codec/utf8.h"

namespace countersign {
namespace {

// What one call of the streaming decoder saw: the head of an item, for strings with their content.
struct Head {
  enum class Kind : std::uint8_t {
    unsupported,
    indefinite,
    unsigned_integer,
    negative_integer,
    bytes,
    text,
    array,
    map,
    boolean,
    null,
    floating
  };
  Kind kind = Kind::unsupported;
  std::uint64_t argument = 0;  // integer, length or count
  bool boolean = false;
};

// The callbacks are templates because libcbor's types of lengths and counts differ by version.
template <Head::Kind kind, class Number>
void on_number(void* context, Number value) {
  *static_cast<Head*>(context) = {kind, static_cast<std::uint64_t>(value), false};
}

template <Head::Kind kind, class Length>
void on_string(void* context, cbor_data /*content*/, Length length) {
  *static_cast<Head*>(context) = {kind, static_cast<std::uint64_t>(length), false};
}

template <Head::Kind kind, class Float>
void on_float(void* context, Float /*value*/) {
  *static_cast<Head*>(context) = {kind, 0, false};
}

template <Head::Kind kind>
void on_simple(void* context) {
  *static_cast<Head*>(context) = {kind, 0, false};
}

void on_boolean(void* context, bool value) {
  *static_cast<Head*>(context) = {Head::Kind::boolean, 0, value};
}

constexpr cbor_callbacks kCallbacks{
    .uint8 = on_number<Head::Kind::unsigned_integer>,
    .uint16 = on_number<Head::Kind::unsigned_integer>,
    .uint32 = on_number<Head::Kind::unsigned_integer>,
    .uint64 = on_number<Head::Kind::unsigned_integer>,
    .negint64 = on_number<Head::Kind::negative_integer>,
    .negint32 = on_number<Head::Kind::negative_integer>,
    .negint16 = on_number<Head::Kind::negative_integer>,
    .negint8 = on_number<Head::Kind::negative_integer>,
    .byte_string_start = on_simple<Head::Kind::indefinite>,
    .byte_string = on_string<Head::Kind::bytes>,
    .string = on_string<Head::Kind::text>,
    .string_start = on_simple<Head::Kind::indefinite>,
    .indef_array_start = on_simple<Head::Kind::indefinite>,
    .array_start = on_number<Head::Kind::array>,
    .indef_map_start = on_simple<Head::Kind::indefinite>,
    .map_start = on_number<Head::Kind::map>,
    .tag = on_number<Head::Kind::unsupported>,
    .float2 = on_float<Head::Kind::floating>,
    .float4 = on_float<Head::Kind::floating>,
    .float8 = on_float<Head::Kind::floating>,
    .undefined = on_simple<Head::Kind::unsupported>,
    .null = on_simple<Head::Kind::null>,
    .boolean = on_boolean,
    .indef_break = on_simple<Head::Kind::indefinite>,
};

std::size_t minimal_head_size(std::uint64_t argument) {
  if (argument < 24) {
    return 1;
  }
  if (argument <= 0xff) {
    return 2;
  }
  if (argument <= 0xffff) {
    return 3;
  }
  return argument <= 0xffffffff ? 5 : 9;
}

enum class Order : std::uint8_t { before, same, after };

// CTAP2 canonical form: major type, then length of the encoded key, then bytes.
Order compare_keys(Bytes a, Bytes b) {
  const unsigned major_a = a[0] >> 5U;
  const unsigned major_b = b[0] >> 5U;
  if (major_a != major_b) {
    return major_a < major_b ? Order::before : Order::after;
  }
  if (a.size() != b.size()) {
    return a.size() < b.size() ? Order::before : Order::after;
  }
  const int bytes = text_of(a).compare(text_of(b));
  if (bytes == 0) {
    return Order::same;
  }
  return bytes < 0 ? Order::before : Order::after;
}

class ItemParser {
 public:
  ItemParser(Bytes input, std::size_t base_offset, const CborOptions& options)
      : input_(input),
        base_offset_(base_offset),
        options_(options),
        items_left_(options.max_items) {}

  std::size_t consumed() const { return at_; }
  Error error_at(ErrorCode code, std::size_t at) const {
    return {code, Check::none, static_cast<std::uint32_t>(base_offset_ + at)};
  }

  // The recursion ends at options_.max_depth containers.
  Status parse_item(CborValue& value, std::size_t depth) {
    const std::size_t start = at_;
    if (items_left_ == 0) {
      return error_at(ErrorCode::cbor_too_many_items, start);
    }
    --items_left_;
    CS_ASSIGN(const Head head, parse_head());
    value.offset = base_offset_ + start;
    CS_TRY(fill(value, head, start, depth));
    value.encoded = input_.subspan(start, at_ - start);
    return ok();
  }

 private:
  // Reads a head, and the content with it for strings.
  Result<Head> parse_head() {
    const Bytes rest = input_.subspan(at_);
    if (rest.empty()) {
      return error_at(ErrorCode::cbor_truncated, at_);
    }
    CS_TRY(check_wide_length(rest));
    Head head;
    const cbor_decoder_result decoded =
        cbor_stream_decode(rest.data(), rest.size(), &kCallbacks, &head);
    if (decoded.status == CBOR_DECODER_NEDATA) {
      return error_at(ErrorCode::cbor_truncated, at_);
    }
    if (decoded.status != CBOR_DECODER_FINISHED || head.kind == Head::Kind::unsupported) {
      return error_at(ErrorCode::cbor_unsupported, at_);
    }
    if (head.kind == Head::Kind::indefinite) {
      return error_at(ErrorCode::cbor_indefinite, at_);
    }
    const bool is_string = head.kind == Head::Kind::bytes || head.kind == Head::Kind::text;
    const bool has_argument = head.kind != Head::Kind::boolean && head.kind != Head::Kind::null &&
                              head.kind != Head::Kind::floating;
    const std::uint64_t head_size = decoded.read - (is_string ? head.argument : 0);
    if (has_argument && head_size != minimal_head_size(head.argument)) {
      return error_at(ErrorCode::cbor_not_minimal, at_);
    }
    at_ += decoded.read;
    return head;
  }

  // An eight-octet length is never right here: below 2^32 it is not minimal, above it exceeds the
  // input. Decided before libcbor, whose lengths are 32 bits wide on a 32-bit target.
  Status check_wide_length(Bytes rest) const {
    const unsigned major = rest[0] >> 5U;
    if (major < 2 || major > 5 || (rest[0] & 0x1fU) != 27) {
      return ok();
    }
    std::uint64_t length = 0;
    ByteReader reader(rest.subspan(1));
    if (!reader.take_u64(length) || length > 0xffffffff) {
      return error_at(ErrorCode::cbor_truncated, at_);
    }
    return error_at(ErrorCode::cbor_not_minimal, at_);
  }

  Status fill(CborValue& value, const Head& head, std::size_t start, std::size_t depth) {
    constexpr auto kMaxInteger =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    switch (head.kind) {
      case Head::Kind::unsigned_integer:
      case Head::Kind::negative_integer:
        if (head.argument > kMaxInteger) {
          return error_at(ErrorCode::cbor_integer_range, start);
        }
        value.type = CborValue::Type::integer;
        value.integer = static_cast<std::int64_t>(head.argument);
        if (head.kind == Head::Kind::negative_integer) {
          value.integer = -1 - value.integer;
        }
        return ok();
      case Head::Kind::bytes:
        value.type = CborValue::Type::bytes;
        value.bytes = string_content(head);
        return ok();
      case Head::Kind::text:
        value.type = CborValue::Type::text;
        value.bytes = string_content(head);
        if (const Status valid = check_utf8(value.bytes); !valid) {
          return error_at(ErrorCode::utf8_invalid, at_ - value.bytes.size() + valid.error().offset);
        }
        return ok();
      case Head::Kind::array:
        value.type = CborValue::Type::array;
        return fill_array(value, head.argument, start, depth);
      case Head::Kind::map:
        value.type = CborValue::Type::map;
        return fill_map(value, head.argument, start, depth);
      case Head::Kind::boolean:
        value.type = CborValue::Type::boolean;
        value.boolean = head.boolean;
        return ok();
      case Head::Kind::null:
        value.type = CborValue::Type::null;
        return ok();
      case Head::Kind::floating:
        value.type = CborValue::Type::floating;
        return ok();
      case Head::Kind::unsupported:
      case Head::Kind::indefinite:
        break;
    }
    return error_at(ErrorCode::internal_error, start);
  }

  Bytes string_content(const Head& head) const {
    const auto length = static_cast<std::size_t>(head.argument);
    return input_.subspan(at_ - length, length);
  }

  // `count` items must fit into the bytes left (one octet each at least) and into the cap.
  Status check_container(std::uint64_t count, unsigned items_each, std::size_t start,
                         std::size_t depth) const {
    if (depth >= options_.max_depth) {
      return error_at(ErrorCode::cbor_too_deep, start);
    }
    if (count > (input_.size() - at_) / items_each) {
      return error_at(ErrorCode::cbor_truncated, start);
    }
    if (count > items_left_ / items_each) {
      return error_at(ErrorCode::cbor_too_many_items, start);
    }
    return ok();
  }

  // [Containers in containers can each claim all that is left, and nothing of it comes: what is
  // reserved at once is bounded, the rest grows as it is read.]
  static std::size_t reserved(std::uint64_t count) {
    constexpr std::uint64_t kMaxReserved = 64;
    return static_cast<std::size_t>(std::min(count, kMaxReserved));
  }

  Status fill_array(CborValue& value, std::uint64_t count, std::size_t start, std::size_t depth) {
    CS_TRY(check_container(count, 1, start, depth));
    value.items.reserve(reserved(count));
    for (std::uint64_t i = 0; i < count; ++i) {
      CborValue& item = value.items.emplace_back();
      CS_TRY(parse_item(item, depth + 1));
      value.is_canonical = value.is_canonical && item.is_canonical;
    }
    return ok();
  }

  Status fill_map(CborValue& value, std::uint64_t count, std::size_t start, std::size_t depth) {
    CS_TRY(check_container(count, 2, start, depth));
    value.members.reserve(reserved(count));
    bool is_ordered = true;
    for (std::uint64_t i = 0; i < count; ++i) {
      auto& [key, member] = value.members.emplace_back();
      CS_TRY(parse_item(key, depth + 1));
      if (i > 0) {
        CS_TRY(check_next_key(value.members[value.members.size() - 2].first, key, is_ordered));
      }
      CS_TRY(parse_item(member, depth + 1));
      value.is_canonical = value.is_canonical && key.is_canonical && member.is_canonical;
    }
    if (is_ordered) {
      return ok();  // strictly ascending: no duplicates
    }
    value.is_canonical = false;
    return check_distinct(value);
  }

  Status check_next_key(const CborValue& previous, const CborValue& key, bool& is_ordered) const {
    const Order order = compare_keys(previous.encoded, key.encoded);
    if (order == Order::same) {
      return error_at(ErrorCode::cbor_duplicate_key, key.offset - base_offset_);
    }
    if (order == Order::after) {
      if (options_.key_order == CborKeyOrder::canonical) {
        return error_at(ErrorCode::cbor_key_order, key.offset - base_offset_);
      }
      is_ordered = false;
    }
    return ok();
  }

  Status check_distinct(const CborValue& map) const {
    std::vector<KeyAt> keys;
    keys.reserve(map.members.size());
    for (const CborMember& member : map.members) {
      keys.push_back({text_of(member.first.encoded), member.first.offset});
    }
    if (const std::optional<std::size_t> duplicate = find_duplicate(keys)) {
      return error_at(ErrorCode::cbor_duplicate_key, *duplicate - base_offset_);
    }
    return ok();
  }

  Bytes input_;
  std::size_t base_offset_;
  CborOptions options_;
  std::size_t items_left_;
  std::size_t at_ = 0;
};

}  // namespace

CborValue::CborValue() = default;
CborValue::CborValue(const CborValue& other) = default;
CborValue::CborValue(CborValue&& other) noexcept = default;
CborValue& CborValue::operator=(const CborValue& other) = default;
CborValue& CborValue::operator=(CborValue&& other) noexcept = default;
CborValue::~CborValue() = default;

const CborValue* CborValue::find(std::string_view key) const {
  for (const CborMember& member : members) {
    if (member.first.is(Type::text) && member.first.text() == key) {
      return &member.second;
    }
  }
  return nullptr;
}

const CborValue* CborValue::find(std::int64_t key) const {
  for (const CborMember& member : members) {
    if (member.first.is(Type::integer) && member.first.integer == key) {
      return &member.second;
    }
  }
  return nullptr;
}

Result<CborValue> parse_cbor(Bytes input, const CborOptions& options) {
  ByteReader reader(input);
  CS_ASSIGN(CborValue value, consume_cbor(reader, options));
  if (!reader.is_done()) {
    return Error{ErrorCode::cbor_trailing_bytes, Check::none,
                 static_cast<std::uint32_t>(reader.offset())};
  }
  return value;
}

Result<CborValue> consume_cbor(ByteReader& reader, const CborOptions& options) {
  ItemParser parser(reader.rest(), reader.offset(), options);
  CborValue value;
  CS_TRY(parser.parse_item(value, 0));
  Bytes taken;
  if (!reader.take(parser.consumed(), taken)) {
    return ErrorCode::internal_error;
  }
  return value;
}

}  // namespace countersign
