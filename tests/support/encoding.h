#pragma once
// Text encodings, digests and byte building for the tests, written without the core's codecs: what
// makes the test messages must not share a defect with what reads them.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace countersign::testing {

enum class Hash : std::uint8_t { sha1, sha256, sha384, sha512 };

ByteVector digest(Hash hash, Bytes message);
inline ByteVector sha256(Bytes message) { return digest(Hash::sha256, message); }

/// The parts in a row.
ByteVector concat(std::initializer_list<Bytes> parts);
inline ByteVector bytes(std::string_view text) {
  return to_vector(Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}
/// `count` bytes that depend on the label alone.
ByteVector seeded_bytes(std::string_view label, std::size_t count);
/// The bytes with bit `bit % 8` (lowest first) of byte `bit / 8` inverted.
ByteVector with_flipped_bit(Bytes bytes, std::size_t bit);

ByteVector big_endian(std::uint64_t value, std::size_t size);

std::string to_hex(Bytes bytes);
/// Aborts on anything but hexadecimal digits: test data are ours.
ByteVector from_hex(std::string_view text);
std::string to_base64url(Bytes bytes);
std::string to_base64(Bytes bytes);
/// Decodes base64 or base64url with or without padding; aborts on other characters.
ByteVector from_base64(std::string_view text);
/// A JSON string literal, with quotes.
std::string json_string(std::string_view text);

}  // namespace countersign::testing
