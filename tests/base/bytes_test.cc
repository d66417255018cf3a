#include "base/bytes.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Bytes, TextAndBytesBorrowTheSameMemory) {
  const std::string_view text = "a\xff";
  const Bytes bytes = bytes_of(text);
  ASSERT_EQ(bytes.size(), 2U);
  EXPECT_EQ(bytes[1], 0xff);
  EXPECT_EQ(text_of(bytes).data(), text.data());
  EXPECT_EQ(to_vector(bytes), (ByteVector{'a', 0xff}));
  EXPECT_TRUE(to_vector({}).empty());
}

TEST(Bytes, EqualComparesLengthAndContent) {
  EXPECT_TRUE(equal(ByteVector{1, 2}, ByteVector{1, 2}));
  EXPECT_TRUE(equal({}, {}));
  EXPECT_FALSE(equal(ByteVector{1, 2}, ByteVector{1, 3}));
  EXPECT_FALSE(equal(ByteVector{1, 2}, ByteVector{1}));
  EXPECT_FALSE(equal(ByteVector{}, ByteVector{0}));
}

TEST(ConstantTimeEqual, TellsEveryFlippedBitAndEveryOtherLength) {
  ByteVector a(37);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<std::uint8_t>(i * 7);
  }
  EXPECT_TRUE(constant_time_equal(a, a));
  EXPECT_TRUE(constant_time_equal({}, {}));
  for (std::size_t bit = 0; bit < 8 * a.size(); ++bit) {
    ByteVector b = a;
    b[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(constant_time_equal(a, b)) << bit;
  }
  for (std::size_t size = 0; size < a.size(); ++size) {
    EXPECT_FALSE(constant_time_equal(a, Bytes(a).first(size)));
    EXPECT_FALSE(constant_time_equal(Bytes(a).first(size), a));
  }
}

TEST(ByteReader, ReadsBigEndianIntegers) {
  const ByteVector input{1, 2, 3, 4, 5, 6, 7, 0xff, 9, 10, 11, 12, 13, 14, 15};
  ByteReader reader(input);
  std::uint8_t u8 = 0;
  std::uint16_t u16 = 0;
  std::uint32_t u32 = 0;
  std::uint64_t u64 = 0;
  ASSERT_TRUE(reader.take_u8(u8));
  ASSERT_TRUE(reader.take_u16(u16));
  ASSERT_TRUE(reader.take_u32(u32));
  EXPECT_EQ(reader.offset(), 7U);
  ASSERT_TRUE(reader.take_u64(u64));
  EXPECT_EQ(u8, 1);
  EXPECT_EQ(u16, 0x0203);
  EXPECT_EQ(u32, 0x04050607U);
  EXPECT_EQ(u64, 0xff090a0b0c0d0e0fULL);
  EXPECT_TRUE(reader.is_done());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, AReadThatDoesNotFitLeavesTheCursorWhereItWas) {
  const ByteVector input{1, 2, 3};
  ByteReader reader(input);
  Bytes out;
  std::uint32_t u32 = 7;
  std::uint64_t u64 = 7;
  EXPECT_FALSE(reader.take(4, out));
  EXPECT_FALSE(reader.take(~std::size_t{0}, out));
  EXPECT_FALSE(reader.take_u32(u32));
  EXPECT_FALSE(reader.take_u64(u64));
  EXPECT_EQ(u32, 7U);
  EXPECT_EQ(u64, 7U);
  EXPECT_EQ(reader.offset(), 0U);
  ASSERT_TRUE(reader.take(3, out));
  EXPECT_TRUE(equal(out, input));
  EXPECT_FALSE(reader.take(1, out));
  std::uint8_t u8 = 0;
  EXPECT_FALSE(reader.take_u8(u8));
  EXPECT_TRUE(reader.take(0, out));
  EXPECT_TRUE(reader.rest().empty());
}

}  // namespace
}  // namespace countersign
