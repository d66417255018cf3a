#pragma once
// Byte ranges. `Bytes` borrows, `ByteVector` owns, `ByteReader` walks a range once and never past
// its end.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace countersign {

using Bytes = std::span<const std::uint8_t>;
using ByteVector = std::vector<std::uint8_t>;
using Digest256 = std::array<std::uint8_t, 32>;

/// The bytes of a text, borrowed.
inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The bytes as text, borrowed. Says nothing about UTF-8.
inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline ByteVector to_vector(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// Plain comparison, for public values. For anything secret use `constant_time_equal`.
inline bool equal(Bytes a, Bytes b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) {
      return false;
    }
  }
  return true;
}

/// True when both ranges hold the same bytes. Time depends on the lengths alone.
bool constant_time_equal(Bytes a, Bytes b);

/// A cursor over borrowed bytes. A read that does not fit leaves the cursor where it was.
class ByteReader {
 public:
  explicit ByteReader(Bytes input) : input_(input) {}

  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return input_.size() - offset_; }
  bool is_done() const { return remaining() == 0; }
  Bytes rest() const { return input_.subspan(offset_); }

  /// Takes `count` bytes into `out`; false when fewer are left.
  bool take(std::size_t count, Bytes& out) {
    if (count > remaining()) {
      return false;
    }
    out = input_.subspan(offset_, count);
    offset_ += count;
    return true;
  }

  /// Big-endian integers.
  bool take_u8(std::uint8_t& out) { return take_integer(out); }
  bool take_u16(std::uint16_t& out) { return take_integer(out); }
  bool take_u32(std::uint32_t& out) { return take_integer(out); }
  bool take_u64(std::uint64_t& out) { return take_integer(out); }

 private:
  template <class T>
  bool take_integer(T& out) {
    Bytes raw;
    if (!take(sizeof(T), raw)) {
      return false;
    }
    std::uint64_t value = 0;
    for (const std::uint8_t byte : raw) {
      value = (value << 8) | byte;
    }
    out = static_cast<T>(value);
    return true;
  }

  Bytes input_;
  std::size_t offset_ = 0;
};

}  // namespace countersign
