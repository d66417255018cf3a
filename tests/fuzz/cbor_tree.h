#pragma once
// Writes what the CBOR reader read with the CBOR writer.

#include "codec/cbor_reader.h"
#include "codec/cbor_writer.h"

namespace countersign::fuzz {

inline void write_tree(CborWriter& writer, const CborValue& value) {
  switch (value.type) {
    case CborValue::Type::integer:
      writer.write_integer(value.integer);
      return;
    case CborValue::Type::bytes:
      writer.write_bytes(value.bytes);
      return;
    case CborValue::Type::text:
      writer.write_text(value.text());
      return;
    case CborValue::Type::boolean:
      writer.write_boolean(value.boolean);
      return;
    case CborValue::Type::null:
      writer.write_null();
      return;
    case CborValue::Type::floating:
      writer.write_encoded(value.encoded);
      return;
    case CborValue::Type::array:
      writer.begin_array(value.items.size());
      for (const CborValue& item : value.items) {
        write_tree(writer, item);
      }
      return;
    case CborValue::Type::map:
      writer.begin_map(value.members.size());
      for (const CborMember& member : value.members) {
        write_tree(writer, member.first);
        write_tree(writer, member.second);
      }
      return;
  }
}

inline ByteVector encoded_tree(const CborValue& value) {
  CborWriter writer;
  write_tree(writer, value);
  return std::move(writer).take();
}

}  // namespace countersign::fuzz
