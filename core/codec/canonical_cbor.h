#pragma once
// C(x): the one deterministic encoding (RFC 8949 §4.2.1) of what Countersign hashes and binds.
// Integers, byte strings, text, arrays, maps with text keys, true, false, null; no floats, no tags.
// JSON carries, this binds.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace countersign {

/// A value that owns what it says. Text is UTF-8; that it is in NFC is for its maker to check.
struct CanonicalValue {
  enum class Type : std::uint8_t { integer, bytes, text, array, map, boolean, null };
  using Member = std::pair<std::string, CanonicalValue>;

  Type type = Type::null;
  bool boolean = false;
  std::int64_t integer = 0;
  ByteVector bytes;
  std::string text;
  std::vector<CanonicalValue> items;
  std::vector<Member> members;  // in any order: the encoding sorts them

  static CanonicalValue make_integer(std::int64_t value);
  static CanonicalValue make_bytes(Bytes value);
  static CanonicalValue make_text(std::string_view value);
  static CanonicalValue make_array(std::vector<CanonicalValue> items);
  static CanonicalValue make_map(std::vector<Member> members);
  static CanonicalValue make_boolean(bool value);
  static CanonicalValue make_null();

  // Out of line: the type contains itself, and every user would carry a copy.
  CanonicalValue();
  CanonicalValue(const CanonicalValue& other);
  CanonicalValue(CanonicalValue&& other) noexcept;
  CanonicalValue& operator=(const CanonicalValue& other);
  CanonicalValue& operator=(CanonicalValue&& other) noexcept;
  ~CanonicalValue();

  bool is(Type wanted) const { return type == wanted; }
  /// The member of that name, or null. Only for maps.
  const CanonicalValue* find(std::string_view name) const;
};

struct CanonicalOptions {
  std::size_t max_depth = limits::kMaxCanonicalDepth;
  std::size_t max_items = limits::kMaxCanonicalItems;
};

/// What a text or key that is not ASCII must be besides UTF-8.
using CheckText = Status (*)(std::string_view text);

/// Map keys in the bytewise order of their encodings. Errors, without offset: cbor_duplicate_key,
/// utf8_invalid, cbor_too_deep, cbor_too_many_items (every key and value counts); those of
/// `check_text`.
Result<ByteVector> make_canonical_cbor(const CanonicalValue& value,
                                       const CanonicalOptions& options = {},
                                       CheckText check_text = nullptr);

/// Accepts exactly what `make_canonical_cbor` produces under the same options. Errors: those of
/// parse_cbor; cbor_unsupported with the offset of a float, or of a map key that is no text.
Result<CanonicalValue> parse_canonical_cbor(Bytes input, const CanonicalOptions& options = {});

}  // namespace countersign
