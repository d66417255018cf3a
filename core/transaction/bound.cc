#include "transaction/bound.h"

#include <algorithm>
#include <span>

#include "base/limits.h"
#include "codec/hex.h"
#include "crypto/tagged_hash.h"
#include "transaction/display_text.h"

namespace countersign {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// All digits into all octets of `out`.
Status read_hex(std::string_view hex, std::span<std::uint8_t> out) {
  if (hex.size() != 2 * out.size()) {
    return ErrorCode::binding_digest_invalid;
  }
  const char* at = hex.data();
  for (std::uint8_t& byte : out) {
    const int high = digit_of(*at++);
    const int low = digit_of(*at++);
    if (high < 0 || low < 0) {
      return ErrorCode::binding_digest_invalid;
    }
    byte = static_cast<std::uint8_t>(high * 16 + low);
  }
  return ok();
}

}  // namespace

Result<CanonicalValue> canonical_of(const JsonValue& json) {
  switch (json.type) {
    case JsonValue::Type::null:
      return CanonicalValue::make_null();
    case JsonValue::Type::boolean:
      return CanonicalValue::make_boolean(json.boolean);
    case JsonValue::Type::integer:
      if (json.is_unsigned_64) {
        return Error{ErrorCode::cbor_unsupported, Check::none, json.offset};
      }
      return CanonicalValue::make_integer(json.integer);
    case JsonValue::Type::number:
      return Error{ErrorCode::cbor_unsupported, Check::none, json.offset};
    case JsonValue::Type::string:
      return CanonicalValue::make_text(json.string);
    case JsonValue::Type::array: {
      CanonicalValue array = CanonicalValue::make_array({});
      array.items.reserve(json.items.size());
      for (const JsonValue& item : json.items) {
        CS_ASSIGN(CanonicalValue made, canonical_of(item));
        array.items.push_back(std::move(made));
      }
      return array;
    }
    case JsonValue::Type::object: {
      CanonicalValue map = CanonicalValue::make_map({});
      map.members.reserve(json.members.size());
      for (const auto& [name, member] : json.members) {
        CS_ASSIGN(CanonicalValue made, canonical_of(member));
        map.members.emplace_back(name, std::move(made));
      }
      return map;
    }
  }
  return ErrorCode::internal_error;
}

Result<CanonicalValue> parse_document(std::string_view json, std::size_t max_bytes) {
  JsonOptions options;
  options.max_bytes = max_bytes;
  CS_ASSIGN(const JsonValue parsed, parse_json(json, options));
  return canonical_of(parsed);
}

Status check_bound_text(std::string_view text) {
  // [a run of marks takes long to put in order]
  if (text.size() > limits::kMaxTextBytes) {
    return ErrorCode::text_length_wrong;
  }
  return check_nfc(text) ? ok() : Status(ErrorCode::binding_text_not_normalized);
}

Result<ByteVector> make_bound_cbor(const CanonicalValue& value) {
  return make_canonical_cbor(value, {}, check_bound_text);
}

Result<Digest256> bound_digest(const Hasher& hasher, const HashTag& tag,
                               const CanonicalValue& value) {
  CS_ASSIGN(const ByteVector encoded, make_bound_cbor(value));
  return tagged_hash(hasher, tag, encoded);
}

Result<ByteVector> parse_hex(std::string_view hex) {
  ByteVector bytes(hex.size() / 2);
  CS_TRY(read_hex(hex, bytes));
  return bytes;
}

Result<Digest256> parse_digest(std::string_view hex) {
  Digest256 digest{};
  CS_TRY(read_hex(hex, digest));
  return digest;
}

std::string encode_hex(Bytes bytes) {
  std::string hex;
  append_hex(hex, bytes);
  return hex;
}

bool are_equal(const CanonicalValue& a, const CanonicalValue& b) {
  const Result<ByteVector> left = make_canonical_cbor(a);
  const Result<ByteVector> right = make_canonical_cbor(b);
  return left && right && *left == *right;
}

bool has_exactly(const CanonicalValue& map, std::initializer_list<std::string_view> names) {
  return map.is(CanonicalValue::Type::map) && map.members.size() == names.size() &&
         std::all_of(names.begin(), names.end(),
                     [&](std::string_view name) { return map.find(name) != nullptr; });
}

}  // namespace countersign
