#include "codec/cbor_writer.h"

namespace countersign {

void CborWriter::write_head(std::uint8_t major, std::uint64_t argument) {
  const auto type = static_cast<std::uint8_t>(major << 5U);
  if (argument < 24) {
    out_.push_back(static_cast<std::uint8_t>(type | argument));
    return;
  }
  // 24, 25, 26, 27 announce 1, 2, 4, 8 octets.
  int octets = 1;
  std::uint8_t announced = 24;
  while (octets < 8 && (argument >> (8 * octets)) != 0) {
    octets *= 2;
    ++announced;
  }
  out_.push_back(static_cast<std::uint8_t>(type | announced));
  for (int i = octets - 1; i >= 0; --i) {
    out_.push_back(static_cast<std::uint8_t>(argument >> (8 * i)));
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
void CborWriter::write_boolean(bool value) { out_.push_back(value ? 0xf5 : 0xf4); }
void CborWriter::write_null() { out_.push_back(0xf6); }
void CborWriter::write_encoded(Bytes item) { out_.insert(out_.end(), item.begin(), item.end()); }

}  // namespace countersign
