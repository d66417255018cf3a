#pragma once
// Strict CBOR reader over libcbor's streaming decoder: definite lengths, shortest integers, no
// duplicate keys, no tags, bounded depth and item count, declared lengths checked against the bytes
// left before anything is allocated. Values borrow the input: keep it alive.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace countersign {

struct CborValue;
using CborMember = std::pair<CborValue, CborValue>;

/// What a CBOR map's keys must look like.
enum class CborKeyOrder : std::uint8_t {
  any,       // accepted in any order; CborValue::is_canonical tells
  canonical  // CTAP2 canonical form: major type, then length of the encoded key, then bytes
};

struct CborValue {
  enum class Type : std::uint8_t {
    integer,  // major types 0 and 1, within int64
    bytes,
    text,  // valid UTF-8
    array,
    map,
    boolean,
    null,
    floating,  // 16, 32 or 64 bit, kept as its encoding; nothing in WebAuthn uses one
  };

  Type type = Type::null;
  bool boolean = false;
  /// True when every map inside (itself included) has its keys in CTAP2 canonical order.
  bool is_canonical = true;
  std::int64_t integer = 0;
  Bytes bytes;                      // bytes and text
  Bytes encoded;                    // the whole item as it stands in the input
  std::size_t offset = 0;           // where `encoded` begins in the input
  std::vector<CborValue> items;     // array
  std::vector<CborMember> members;  // map, in input order

  // Out of line: the type contains itself, and every user would carry a copy.
  CborValue();
  CborValue(const CborValue& other);
  CborValue(CborValue&& other) noexcept;
  CborValue& operator=(const CborValue& other);
  CborValue& operator=(CborValue&& other) noexcept;
  ~CborValue();

  bool is(Type wanted) const { return type == wanted; }
  std::string_view text() const { return text_of(bytes); }
  /// The member with that key, or null. Only for maps.
  const CborValue* find(std::string_view key) const;
  const CborValue* find(std::int64_t key) const;
};

struct CborOptions {
  CborKeyOrder key_order = CborKeyOrder::canonical;
  std::size_t max_depth = limits::kMaxCborDepth;
  std::size_t max_items = limits::kMaxCborItems;
};

/// The whole input is one item. Errors: cbor_* with the offset of the first byte of the item that
/// is refused (for a map's key order and duplicates: the later key; for a cut item: the item that
/// is cut), utf8_invalid with the offset of the ill-formed sequence. A top-level item has depth 0,
/// so `max_depth` containers may be nested; every key and value counts as an item.
Result<CborValue> parse_cbor(Bytes input, const CborOptions& options = {});

/// Reads one item and advances `reader` past it; on error the reader stays. `CborValue::offset` and
/// error offsets count from the beginning of the reader's input.
Result<CborValue> consume_cbor(ByteReader& reader, const CborOptions& options = {});

}  // namespace countersign
