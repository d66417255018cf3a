#include "base/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <type_traits>

namespace countersign {
namespace {

template <class T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};

TEST(Secret, MatchesItsBytesOnly) {
  const Secret<4> secret(std::array<std::uint8_t, 4>{1, 2, 3, 4});
  EXPECT_TRUE(secret.matches(ByteVector{1, 2, 3, 4}));
  EXPECT_FALSE(secret.matches(ByteVector{1, 2, 3, 5}));
  EXPECT_FALSE(secret.matches(ByteVector{1, 2, 3}));
  EXPECT_FALSE(secret.matches(ByteVector{1, 2, 3, 4, 0}));
  EXPECT_FALSE(secret.matches({}));
  EXPECT_TRUE(equal(secret.expose(), ByteVector{1, 2, 3, 4}));
}

TEST(Secret, CanBeFilledInPlace) {
  Secret<32> secret;
  EXPECT_TRUE(secret.matches(ByteVector(32, 0)));
  std::fill(secret.expose_for_filling().begin(), secret.expose_for_filling().end(),
            std::uint8_t{9});
  EXPECT_TRUE(secret.matches(ByteVector(32, 9)));
}

TEST(Secret, IsWipedWhenItDies) {
  alignas(Secret<16>) unsigned char memory[sizeof(Secret<16>)];
  std::array<std::uint8_t, 16> value{};
  value.fill(0xa5);
  auto* secret = new (memory) Secret<16>(value);
  ASSERT_EQ(memory[0], 0xa5);
  secret->~Secret<16>();
  // Read back through volatile: the bytes outlive the object in our buffer.
  const volatile unsigned char* at = memory;
  for (std::size_t i = 0; i < sizeof(memory); ++i) {
    EXPECT_EQ(at[i], 0) << i;
  }
}

TEST(Secret, IsNotComparedWithOperators) { EXPECT_FALSE(Comparable<Secret<16>>); }

}  // namespace
}  // namespace countersign
