#pragma once
// A CBOR writer for the tests. Every function returns an encoded item; items are put together from
// encoded items, so that any of them can be replaced by bytes that are no CBOR at all.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace countersign::testing::cbor {

using Member = std::pair<ByteVector, ByteVector>;  // encoded key, encoded value
using Members = std::vector<Member>;

/// In which order `map` writes its members.
enum class KeyOrder : std::uint8_t {
  canonical,  // CTAP2: by major type, then length of the key, then bytes
  as_given,
  reversed,  // the canonical order backwards
};

/// Initial byte with an argument in its shortest form.
ByteVector head(unsigned major, std::uint64_t argument);
/// Initial byte with an argument of 1, 2, 4 or 8 octets, shortest or not.
ByteVector long_head(unsigned major, std::uint64_t argument, std::size_t size);

ByteVector integer(std::int64_t value);
ByteVector byte_string(Bytes value);
ByteVector text(std::string_view value);
ByteVector array(const std::vector<ByteVector>& items);
ByteVector map(Members members, KeyOrder order = KeyOrder::canonical);
ByteVector boolean(bool value);
ByteVector null();

/// The value of a text key in members, or null.
ByteVector* find(Members& members, std::string_view key);
/// Replaces or appends the member with that text key; removes it when there is no value.
void edit(Members& members, std::string_view key, const std::optional<ByteVector>& value);

}  // namespace countersign::testing::cbor
