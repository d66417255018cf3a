#pragma once
// Deterministic CBOR writer: shortest integers, definite lengths. The caller writes map keys in
// CTAP2 canonical order (or RFC 8949 §4.2.1, which agrees for the keys we use).

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace countersign {

class CborWriter {
 public:
  void write_integer(std::int64_t value);
  void write_bytes(Bytes value);
  void write_text(std::string_view value);
  void begin_array(std::size_t count);
  void begin_map(std::size_t pairs);
  void write_boolean(bool value);
  void write_null();
  /// Appends an item that is encoded already.
  void write_encoded(Bytes item);

  Bytes bytes() const { return {room_.get(), size_}; }
  ByteVector take() && { return to_vector(bytes()); }

 private:
  /// Where `count` octets can be written, which count as written.
  std::uint8_t* room_for(std::size_t count);
  void write_head(std::uint8_t major, std::uint64_t argument);

  // [no vector: enlarging one writes zeros first, which costs more than most items]
  std::unique_ptr<std::uint8_t[]> room_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace countersign
