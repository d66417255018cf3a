#include "tests/support/der.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "tests/support/encoding.h"

namespace countersign::testing::der {
namespace {

ByteVector length_octets(std::size_t length) {
  if (length < 0x80) {
    return big_endian(length, 1);
  }
  std::size_t size = 1;
  while (size < 8 && (length >> (8 * size)) != 0) {
    ++size;
  }
  return concat({big_endian(0x80 | size, 1), big_endian(length, size)});
}

ByteVector base128(std::uint64_t value) {
  ByteVector out{static_cast<std::uint8_t>(value & 0x7fU)};
  for (value >>= 7; value != 0; value >>= 7) {
    out.insert(out.begin(), static_cast<std::uint8_t>(0x80U | (value & 0x7fU)));
  }
  return out;
}

ByteVector integer_content(std::int64_t value) {
  std::size_t size = 8;
  // Drop leading octets that only repeat the sign.
  while (size > 1) {
    const std::int64_t top = value >> (8 * (size - 1) - 1);
    if (top != 0 && top != -1) {
      break;
    }
    --size;
  }
  ByteVector out = big_endian(static_cast<std::uint64_t>(value), 8);
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(8 - size));
  return out;
}

}  // namespace

ByteVector element(std::uint8_t identifier, Bytes content) {
  return concat({big_endian(identifier, 1), length_octets(content.size()), content});
}

ByteVector tagged(std::uint8_t class_bits, std::uint32_t number, Bytes content) {
  if (number < 31) {
    return element(static_cast<std::uint8_t>(class_bits | number), content);
  }
  return concat(
      {big_endian(class_bits | 31U, 1), base128(number), length_octets(content.size()), content});
}

ByteVector boolean(bool value) {
  return {0x01, 0x01, static_cast<std::uint8_t>(value ? 0xff : 0x00)};
}

ByteVector integer(std::int64_t value) { return element(0x02, integer_content(value)); }

ByteVector unsigned_integer(Bytes magnitude) {
  while (magnitude.size() > 1 && magnitude[0] == 0) {
    magnitude = magnitude.subspan(1);
  }
  if (magnitude.empty() || magnitude[0] >= 0x80) {
    return element(0x02, concat({big_endian(0, 1), magnitude}));
  }
  return element(0x02, magnitude);
}

ByteVector enumerated(std::int64_t value) { return element(0x0a, integer_content(value)); }

ByteVector bit_string(Bytes octets, unsigned unused_bits) {
  return element(0x03, concat({big_endian(unused_bits, 1), octets}));
}

ByteVector octet_string(Bytes octets) { return element(0x04, octets); }

ByteVector null() { return {0x05, 0x00}; }

ByteVector oid(std::string_view dotted) {
  std::vector<std::uint64_t> arcs{0};
  for (const char c : dotted) {
    if (c == '.') {
      arcs.push_back(0);
    } else {
      arcs.back() = arcs.back() * 10 + static_cast<std::uint64_t>(c - '0');
    }
  }
  ByteVector content = base128(arcs.at(0) * 40 + arcs.at(1));
  for (std::size_t i = 2; i < arcs.size(); ++i) {
    const ByteVector arc = base128(arcs[i]);
    content.insert(content.end(), arc.begin(), arc.end());
  }
  return element(0x06, content);
}

ByteVector utf8_string(std::string_view text) { return element(0x0c, bytes(text)); }

ByteVector printable_string(std::string_view text) { return element(0x13, bytes(text)); }

ByteVector sequence(std::initializer_list<Bytes> parts) { return element(0x30, concat(parts)); }

ByteVector sequence(const std::vector<ByteVector>& parts) {
  ByteVector content;
  for (const ByteVector& part : parts) {
    content.insert(content.end(), part.begin(), part.end());
  }
  return element(0x30, content);
}

ByteVector set(std::initializer_list<Bytes> parts) { return element(0x31, concat(parts)); }

ByteVector context(std::uint32_t number, Bytes content) { return tagged(0xa0, number, content); }

ByteVector time(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  const int year = parts.tm_year + 1900;
  const bool is_short = year >= 1950 && year < 2050;
  std::array<char, 32> text{};
  const int size =
      std::snprintf(text.data(), text.size(),
                    is_short ? "%02d%02d%02d%02d%02d%02dZ" : "%04d%02d%02d%02d%02d%02dZ",
                    is_short ? year % 100 : year, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                    parts.tm_min, parts.tm_sec);
  return element(is_short ? 0x17 : 0x18,
                 bytes(std::string_view(text.data(), static_cast<std::size_t>(size))));
}

}  // namespace countersign::testing::der
