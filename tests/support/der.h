#pragma once
// A DER writer for the tests: every function returns an encoded element.

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace countersign::testing::der {

/// Any element. `identifier` is the identifier octet.
ByteVector element(std::uint8_t identifier, Bytes content);
/// Identifier with a tag number of any size: class bits (0xa0 for constructed context, …), number.
ByteVector tagged(std::uint8_t class_bits, std::uint32_t number, Bytes content);

ByteVector boolean(bool value);
ByteVector integer(std::int64_t value);
/// A non-negative INTEGER from its magnitude.
ByteVector unsigned_integer(Bytes magnitude);
ByteVector enumerated(std::int64_t value);
ByteVector bit_string(Bytes octets, unsigned unused_bits = 0);
ByteVector octet_string(Bytes octets);
ByteVector null();
ByteVector oid(std::string_view dotted);
ByteVector utf8_string(std::string_view text);
ByteVector printable_string(std::string_view text);
ByteVector sequence(std::initializer_list<Bytes> parts);
ByteVector sequence(const std::vector<ByteVector>& parts);
/// Parts in the order given; the caller sorts where DER's SET OF asks for it.
ByteVector set(std::initializer_list<Bytes> parts);
/// [number] EXPLICIT.
ByteVector context(std::uint32_t number, Bytes content);
/// UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5).
ByteVector time(std::int64_t unix_seconds);

}  // namespace countersign::testing::der
