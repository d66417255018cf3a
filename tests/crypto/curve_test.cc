#include "crypto/curve.h"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <cstdlib>
#include <string>

#include "tests/support/encoding.h"
#include "tests/support/keys.h"

namespace countersign {
namespace {

using testing::from_hex;
using testing::KeyKind;
using testing::TestKey;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

int nid_of(Curve curve) {
  return curve == Curve::p256   ? NID_X9_62_prime256v1
         : curve == Curve::p384 ? NID_secp384r1
         : curve == Curve::p521 ? NID_secp521r1
                                : NID_secp256k1;
}

// Walks G, 2G, 3G, … and hands each point's coordinates to `visit`.
template <class Visit>
void for_multiples(Curve curve, int count, Visit visit) {
  EC_GROUP* group = EC_GROUP_new_by_curve_name(nid_of(curve));
  BN_CTX* context = BN_CTX_new();
  EC_POINT* point = EC_POINT_dup(EC_GROUP_get0_generator(group), group);
  BIGNUM* x = BN_new();
  BIGNUM* y = BN_new();
  const std::size_t size = coordinate_size(curve);
  for (int i = 0; i < count; ++i) {
    require(EC_POINT_get_affine_coordinates(group, point, x, y, context) == 1);
    ByteVector x_bytes(size);
    ByteVector y_bytes(size);
    require(BN_bn2binpad(x, x_bytes.data(), static_cast<int>(size)) > 0);
    require(BN_bn2binpad(y, y_bytes.data(), static_cast<int>(size)) > 0);
    visit(x_bytes, y_bytes);
    require(EC_POINT_add(group, point, point, EC_GROUP_get0_generator(group), context) == 1);
  }
  BN_free(x);
  BN_free(y);
  EC_POINT_free(point);
  BN_CTX_free(context);
  EC_GROUP_free(group);
}

bool openssl_says_on_curve(EC_GROUP* group, Bytes x, Bytes y) {
  EC_POINT* point = EC_POINT_new(group);
  ByteVector encoded{4};
  encoded.insert(encoded.end(), x.begin(), x.end());
  encoded.insert(encoded.end(), y.begin(), y.end());
  const bool is_good =
      EC_POINT_oct2point(group, point, encoded.data(), encoded.size(), nullptr) == 1;
  EC_POINT_free(point);
  return is_good;
}

void increment(ByteVector& number, int by) {
  int carry = by;
  for (std::size_t i = number.size(); i-- > 0 && carry != 0;) {
    const int value = number[i] + carry;
    number[i] = static_cast<std::uint8_t>(value);
    carry = value >> 8;
  }
}

constexpr Curve kWeierstrass[] = {Curve::p256, Curve::p384, Curve::p521, Curve::secp256k1};

ByteVector prime_of(Curve curve) {
  EC_GROUP* group = EC_GROUP_new_by_curve_name(nid_of(curve));
  BIGNUM* p = BN_new();
  require(EC_GROUP_get_curve(group, p, nullptr, nullptr, nullptr) == 1);
  ByteVector out(coordinate_size(curve));
  require(BN_bn2binpad(p, out.data(), static_cast<int>(out.size())) > 0);
  BN_free(p);
  EC_GROUP_free(group);
  return out;
}

TEST(Curve, AcceptsThousandsOfPointsAndRefusesTheirNeighbours) {
  for (const Curve curve : kWeierstrass) {
    for_multiples(curve, 2000, [&](ByteVector x, ByteVector y) {
      ASSERT_TRUE(is_on_curve(curve, x, y));
      ByteVector moved = y;
      increment(moved, 1);
      ASSERT_FALSE(is_on_curve(curve, x, moved));
      moved = y;
      moved[0] ^= 1;
      ASSERT_FALSE(is_on_curve(curve, x, moved));
      ASSERT_FALSE(is_on_curve(curve, y, x));
    });
  }
}

// Points whose x is moved may lie on the curve by chance, with another y only; OpenSSL is asked.
TEST(Curve, AgreesWithOpenSslOnEveryBitFlip) {
  for (const Curve curve : kWeierstrass) {
    EC_GROUP* group = EC_GROUP_new_by_curve_name(nid_of(curve));
    for_multiples(curve, 8, [&](ByteVector x, ByteVector y) {
      for (std::size_t bit = 0; bit < 16 * x.size(); ++bit) {
        ByteVector& part = bit < 8 * x.size() ? x : y;
        std::uint8_t& byte = part[bit / 8 % x.size()];
        byte = static_cast<std::uint8_t>(byte ^ (1U << (bit % 8)));
        ASSERT_EQ(is_on_curve(curve, x, y), openssl_says_on_curve(group, x, y));
        ASSERT_FALSE(is_on_curve(curve, x, y));
        byte = static_cast<std::uint8_t>(byte ^ (1U << (bit % 8)));
      }
    });
    EC_GROUP_free(group);
  }
}

// On P-256 there are two points with x = 0, and x = p must not stand for them.
TEST(Curve, RefusesCoordinatesThatAreNotBelowThePrime) {
  const ByteVector zero(32);
  const ByteVector y = from_hex("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
  ASSERT_TRUE(is_on_curve(Curve::p256, zero, y));
  EXPECT_FALSE(is_on_curve(Curve::p256, prime_of(Curve::p256), y));
  for (const Curve curve : kWeierstrass) {
    const std::size_t size = coordinate_size(curve);
    const ByteVector p = prime_of(curve);
    const ByteVector ones(size, 0xff);
    for_multiples(curve, 20, [&](ByteVector x, ByteVector good_y) {
      EXPECT_FALSE(is_on_curve(curve, p, good_y));
      EXPECT_FALSE(is_on_curve(curve, x, p));
      EXPECT_FALSE(is_on_curve(curve, ones, good_y));
      EXPECT_FALSE(is_on_curve(curve, x, ones));
    });
  }
}

// P-521 leaves seven bits free in which x + p fits.
TEST(Curve, RefusesACoordinatePlusThePrime) {
  const ByteVector p = prime_of(Curve::p521);
  for_multiples(Curve::p521, 20, [&](ByteVector x, ByteVector y) {
    for (ByteVector* number : {&x, &y}) {
      const ByteVector before = *number;
      int carry = 0;
      for (std::size_t i = p.size(); i-- > 0;) {
        const int sum = before[i] + p[i] + carry;
        (*number)[i] = static_cast<std::uint8_t>(sum);
        carry = sum >> 8;
      }
      ASSERT_EQ(carry, 0);
      EXPECT_FALSE(is_on_curve(Curve::p521, x, y));
      *number = before;
    }
    EXPECT_TRUE(is_on_curve(Curve::p521, x, y));
  });
}

TEST(Curve, RefusesTheOriginAndWrongLengths) {
  for (const Curve curve : kWeierstrass) {
    const ByteVector zero(coordinate_size(curve));
    EXPECT_FALSE(is_on_curve(curve, zero, zero));
    for_multiples(curve, 1, [&](ByteVector x, ByteVector y) {
      EXPECT_FALSE(is_on_curve(curve, x, Bytes(y).first(y.size() - 1)));
      EXPECT_FALSE(is_on_curve(curve, Bytes(x).first(x.size() - 1), y));
      EXPECT_FALSE(is_on_curve(curve, {}, {}));
      x.insert(x.begin(), 0);
      y.insert(y.begin(), 0);
      EXPECT_FALSE(is_on_curve(curve, x, y));
    });
  }
}

TEST(Curve, PointsOfOneCurveAreNotOnAnother) {
  for_multiples(Curve::p256, 50, [](const ByteVector& x, const ByteVector& y) {
    EXPECT_FALSE(is_on_curve(Curve::secp256k1, x, y));
    EXPECT_FALSE(is_on_curve(Curve::ed25519, x, y));
    EXPECT_FALSE(is_on_curve(Curve::none, x, y));
  });
}

TEST(Curve, GroupOrdersAreThoseOfOpenSsl) {
  for (const Curve curve : kWeierstrass) {
    EC_GROUP* group = EC_GROUP_new_by_curve_name(nid_of(curve));
    ByteVector order(coordinate_size(curve));
    require(BN_bn2binpad(EC_GROUP_get0_order(group), order.data(), static_cast<int>(order.size())) >
            0);
    EXPECT_TRUE(equal(group_order(curve), order));
    EC_GROUP_free(group);
  }
  EXPECT_TRUE(group_order(Curve::none).empty());
}

TEST(Curve, AcceptsEdwardsKeys) {
  for (const Curve curve : {Curve::ed25519, Curve::ed448}) {
    const KeyKind kind = curve == Curve::ed25519 ? KeyKind::ed25519 : KeyKind::ed448;
    for (int i = 0; i < 300; ++i) {
      const ByteVector point = TestKey::make(kind, std::to_string(i)).x();
      ASSERT_TRUE(is_canonical_edwards(curve, point));
      ASSERT_TRUE(is_edwards_point(curve, point));
      ByteVector other_sign = point;
      other_sign.back() ^= 0x80;
      ASSERT_TRUE(is_edwards_point(curve, other_sign));
      ASSERT_FALSE(is_edwards_point(curve, Bytes(point).first(point.size() - 1)));
      ASSERT_FALSE(is_edwards_point(Curve::p256, point));
    }
  }
}

// y with and without a point, from an independent computation (the smallest such y).
TEST(Curve, RefusesEdwardsEncodingsWithoutAPoint) {
  const auto encode = [](std::size_t size, int y) {
    ByteVector out(size);
    out[0] = static_cast<std::uint8_t>(y);
    return out;
  };
  const bool has_point_25519[] = {false, false, false, true, true, true,
                                  true,  false, false, true, true};
  const bool has_point_448[] = {false, false, false, true, true, true, false};
  for (int y = 2; y <= 10; ++y) {
    EXPECT_EQ(is_edwards_point(Curve::ed25519, encode(32, y)), has_point_25519[y]) << y;
    EXPECT_TRUE(is_canonical_edwards(Curve::ed25519, encode(32, y)));
  }
  for (int y = 2; y <= 6; ++y) {
    EXPECT_EQ(is_edwards_point(Curve::ed448, encode(57, y)), has_point_448[y]) << y;
  }
}

TEST(Curve, RefusesEveryEncodingOfASmallOrderPointOfEd25519) {
  // The eight points, with either sign bit, and their non-canonical encodings.
  const char* const encodings[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  };
  for (const char* const hex : encodings) {
    ByteVector point = from_hex(hex);
    EXPECT_FALSE(is_canonical_edwards(Curve::ed25519, point)) << hex;
    EXPECT_FALSE(is_edwards_point(Curve::ed25519, point)) << hex;
    point.back() ^= 0x80;
    EXPECT_FALSE(is_canonical_edwards(Curve::ed25519, point)) << hex;
    EXPECT_FALSE(is_edwards_point(Curve::ed25519, point)) << hex;
  }
}

TEST(Curve, RefusesEveryNonCanonicalYOfEd25519) {
  for (int low = 0xed; low <= 0xff; ++low) {
    ByteVector point(32, 0xff);
    point[0] = static_cast<std::uint8_t>(low);
    point[31] = 0x7f;
    EXPECT_FALSE(is_canonical_edwards(Curve::ed25519, point));
    point[31] = 0xff;
    EXPECT_FALSE(is_canonical_edwards(Curve::ed25519, point));
  }
}

TEST(Curve, RefusesSmallOrderNonCanonicalAndUnusedBitsOfEd448) {
  ByteVector zero(57);
  ByteVector one(57);
  one[0] = 1;
  ByteVector prime(57, 0xff);
  prime[28] = 0xfe;
  prime[56] = 0;
  ByteVector minus_one = prime;
  minus_one[0] = 0xfe;
  ByteVector prime_plus_one = prime;
  for (std::size_t i = 0; i < 28; ++i) {
    prime_plus_one[i] = 0;
  }
  prime_plus_one[28] = 0xff;
  for (ByteVector point : {zero, one, prime, minus_one, prime_plus_one}) {
    EXPECT_FALSE(is_canonical_edwards(Curve::ed448, point));
    point[56] = 0x80;
    EXPECT_FALSE(is_canonical_edwards(Curve::ed448, point));
  }
  const ByteVector good = TestKey::make(KeyKind::ed448).x();
  for (int bit = 0; bit < 7; ++bit) {
    ByteVector bad = good;
    bad[56] = static_cast<std::uint8_t>(bad[56] | 1U << bit);
    EXPECT_FALSE(is_edwards_point(Curve::ed448, bad)) << bit;
  }
}

}  // namespace
}  // namespace countersign
