#include "codec/cbor_writer.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/encoding.h"

namespace countersign {
namespace {

using testing::to_hex;

std::string integer(std::int64_t value) {
  CborWriter writer;
  writer.write_integer(value);
  return to_hex(writer.bytes());
}

TEST(CborWriter, WritesIntegersInTheirShortestForm) {
  const std::pair<std::int64_t, std::string_view> integers[] = {
      {0, "00"},
      {23, "17"},
      {24, "1818"},
      {255, "18ff"},
      {256, "190100"},
      {65535, "19ffff"},
      {65536, "1a00010000"},
      {4294967295, "1affffffff"},
      {4294967296, "1b0000000100000000"},
      {std::numeric_limits<std::int64_t>::max(), "1b7fffffffffffffff"},
      {-1, "20"},
      {-24, "37"},
      {-25, "3818"},
      {-256, "38ff"},
      {-257, "390100"},
      {-65536, "39ffff"},
      {-65537, "3a00010000"},
      {-4294967296, "3affffffff"},
      {-4294967297, "3b0000000100000000"},
      {std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"}};
  for (const auto& [value, hex] : integers) {
    EXPECT_EQ(integer(value), hex) << value;
  }
}

TEST(CborWriter, WritesStringsAndContainers) {
  CborWriter writer;
  writer.begin_map(3);
  writer.write_integer(-1);
  writer.write_bytes(ByteVector{1, 2, 3});
  writer.write_text("a");
  writer.begin_array(3);
  writer.write_boolean(true);
  writer.write_boolean(false);
  writer.write_null();
  writer.write_text("\xc3\xbc");
  writer.write_encoded(ByteVector{0xf9, 0x3c, 0x00});
  EXPECT_EQ(to_hex(writer.bytes()), "a32043010203616183f5f4f662c3bcf93c00");
}

TEST(CborWriter, WritesLengthsInTheirShortestForm) {
  for (const std::size_t size : {0U, 23U, 24U, 255U, 256U, 65535U, 65536U}) {
    CborWriter writer;
    writer.write_bytes(ByteVector(size, 0x55));
    const std::size_t head = size < 24 ? 1 : size < 256 ? 2 : size < 65536 ? 3 : 5;
    EXPECT_EQ(writer.bytes().size(), head + size);
    const ByteVector taken = std::move(writer).take();
    EXPECT_EQ(taken.size(), head + size);
  }
  CborWriter writer;
  writer.begin_array(24);
  writer.begin_map(65536);
  EXPECT_EQ(to_hex(writer.bytes()), "9818ba00010000");
}

}  // namespace
}  // namespace countersign
