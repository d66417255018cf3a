// The field arithmetic with limbs of 32 bits, as the WebAssembly modules run it, compared with the
// native one. The source is compiled a second time, in a namespace of its own.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>

#include "crypto/curve.h"
#include "tests/crypto/public_keys.h"
#include "tests/support/encoding.h"

#define CS_NARROW_LIMBS
namespace narrow {
namespace countersign {
using namespace ::countersign;  // NOLINT(google-build-using-namespace)
}
#include "core/crypto/curve.cc"  // NOLINT(bugprone-suspicious-include)
}  // namespace narrow

namespace countersign {
namespace {

using testing::TestKey;

static_assert(sizeof(narrow::countersign::Limb) == 4);

TEST(CurveNarrow, AgreesWithTheNativeWidthOnPoints) {
  std::size_t on_curve = 0;
  for (const Curve curve : {Curve::p256, Curve::p384, Curve::p521, Curve::secp256k1}) {
    for (int i = 0; i < 50; ++i) {
      const TestKey key = TestKey::make(testing::kind_of(curve), std::to_string(i));
      ASSERT_TRUE(narrow::countersign::is_on_curve(curve, key.x(), key.y()));
      ASSERT_TRUE(is_on_curve(curve, key.x(), key.y()));
      ++on_curve;
      for (std::size_t bit = 0; bit < 8 * key.x().size(); bit += 7) {
        const ByteVector x = testing::with_flipped_bit(key.x(), bit);
        const ByteVector y = testing::with_flipped_bit(key.y(), bit);
        ASSERT_EQ(narrow::countersign::is_on_curve(curve, x, key.y()),
                  is_on_curve(curve, x, key.y()));
        ASSERT_FALSE(narrow::countersign::is_on_curve(curve, key.x(), y));
      }
      const ByteVector ones(key.x().size(), 0xff);
      ASSERT_FALSE(narrow::countersign::is_on_curve(curve, ones, key.y()));
      ASSERT_FALSE(narrow::countersign::is_on_curve(curve, key.x(), ones));
    }
  }
  EXPECT_EQ(on_curve, 200U);
}

TEST(CurveNarrow, AgreesWithTheNativeWidthOnEdwardsEncodings) {
  std::size_t points = 0;
  for (const Curve curve : {Curve::ed25519, Curve::ed448}) {
    for (int i = 0; i < 3000; ++i) {
      ByteVector encoded = testing::seeded_bytes("y" + std::to_string(i), coordinate_size(curve));
      if (curve == Curve::ed448) {
        encoded.back() &= 0x80;
      }
      const bool is_point = is_edwards_point(curve, encoded);
      points += is_point ? 1 : 0;
      ASSERT_EQ(narrow::countersign::is_edwards_point(curve, encoded), is_point);
      ASSERT_EQ(narrow::countersign::is_canonical_edwards(curve, encoded),
                is_canonical_edwards(curve, encoded));
    }
    const TestKey key = TestKey::make(testing::kind_of(curve));
    ASSERT_TRUE(narrow::countersign::is_edwards_point(curve, key.x()));
    ByteVector small(coordinate_size(curve));
    ASSERT_FALSE(narrow::countersign::is_canonical_edwards(curve, small));
    small[0] = 1;
    ASSERT_FALSE(narrow::countersign::is_canonical_edwards(curve, small));
  }
  // Half of all y have a point.
  EXPECT_GT(points, 2800U);
  EXPECT_LT(points, 3200U);
}

}  // namespace
}  // namespace countersign
