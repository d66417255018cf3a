#include "codec/cbor_writer.h"

#include <algorithm>
#include <utility>

namespace countersign {
namespace {

constexpr std::size_t kFirstRoom = 768;  // [a binding document]

}  // namespace

std::uint8_t* CborWriter::room_for(std::size_t count) {
  if (capacity_ - size_ < count) {
    capacity_ = std::max(kFirstRoom, 2 * (size_ + count));
    std::unique_ptr<std::uint8_t[]> larger(new std::uint8_t[capacity_]);
    std::copy_n(room_.get(), size_, larger.get());
    room_ = std::move(larger);
  }
  std::uint8_t* room = room_.get() + size_;
  size_ += count;
  return room;
}

void CborWriter::write_head(std::uint8_t major, std::uint64_t argument) {
  const auto type = static_cast<std::uint8_t>(major << 5U);
  if (argument < 24) {
    *room_for(1) = static_cast<std::uint8_t>(type | argument);
    return;
  }
  // 24, 25, 26, 27 announce 1, 2, 4, 8 octets.
  std::size_t octets = 1;
  std::uint8_t announced = 24;
  while (octets < 8 && (argument >> (8 * octets)) != 0) {
    octets *= 2;
    ++announced;
  }
  std::uint8_t* out = room_for(1 + octets);
  *out++ = static_cast<std::uint8_t>(type | announced);
  while (octets > 0) {
    *out++ = static_cast<std::uint8_t>(argument >> (8 * --octets));
  }
}

void CborWriter::write_integer(std::int64_t value) {
  if (value < 0) {
    write_head(1, ~static_cast<std::uint64_t>(value));
  } else {
    write_head(0, static_cast<std::uint64_t>(value));
  }
}

void CborWriter::write_bytes(Bytes value) {
  write_head(2, value.size());
  write_encoded(value);
}

void CborWriter::write_text(std::string_view value) {
  write_head(3, value.size());
  write_encoded(bytes_of(value));
}

void CborWriter::begin_array(std::size_t count) { write_head(4, count); }
void CborWriter::begin_map(std::size_t pairs) { write_head(5, pairs); }
void CborWriter::write_boolean(bool value) { *room_for(1) = value ? 0xf5 : 0xf4; }
void CborWriter::write_null() { *room_for(1) = 0xf6; }
void CborWriter::write_encoded(Bytes item) {
  std::copy(item.begin(), item.end(), room_for(item.size()));
}

}  // namespace countersign
