#include "crypto/public_key.h"

#include <gtest/gtest.h>

#include "tests/crypto/public_keys.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

using testing::from_hex;
using testing::KeyKind;
using testing::TestKey;

void expect_error(const Result<PublicKey>& result, ErrorCode code) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, code);
}

TEST(PublicKey, AcceptsKeysOfEveryKindAndKeepsTheirNumbers) {
  for (const Curve curve : {Curve::p256, Curve::p384, Curve::p521, Curve::secp256k1}) {
    const TestKey key = TestKey::make(testing::kind_of(curve));
    const PublicKey made = testing::public_key_of(key);
    EXPECT_EQ(made.type(), KeyType::ec2);
    EXPECT_EQ(made.curve(), curve);
    EXPECT_TRUE(equal(made.x(), key.x()));
    EXPECT_TRUE(equal(made.y(), key.y()));
  }
  for (const Curve curve : {Curve::ed25519, Curve::ed448}) {
    const TestKey key = TestKey::make(testing::kind_of(curve));
    const PublicKey made = testing::public_key_of(key);
    EXPECT_EQ(made.type(), KeyType::okp);
    EXPECT_EQ(made.curve(), curve);
    EXPECT_TRUE(equal(made.x(), key.x()));
  }
  const TestKey key = TestKey::make(KeyKind::rsa2048);
  const PublicKey made = testing::public_key_of(key);
  EXPECT_EQ(made.type(), KeyType::rsa);
  EXPECT_EQ(made.curve(), Curve::none);
  EXPECT_TRUE(equal(made.modulus(), key.modulus()));
  EXPECT_TRUE(equal(made.exponent(), key.exponent()));
}

TEST(PublicKey, FailsIfTheCurveIsOfAnotherKeyType) {
  const TestKey ec = TestKey::make(KeyKind::p256);
  const TestKey ed = TestKey::make(KeyKind::ed25519);
  for (const Curve curve :
       {Curve::none, Curve::ed25519, Curve::ed448, Curve::secp256k1, Curve::p384, Curve::p521}) {
    expect_error(PublicKey::make_ec(curve, ec.x(), ec.y()), ErrorCode::ec_point_invalid);
  }
  for (const Curve curve : {Curve::none, Curve::p256, Curve::secp256k1, Curve::ed448}) {
    expect_error(PublicKey::make_okp(curve, ed.x()), ErrorCode::ec_point_invalid);
  }
}

TEST(PublicKey, FailsIfAnEdwardsKeyIsOfSmallOrder) {
  // With such a key, one signature verifies for many messages.
  ByteVector identity(32);
  identity[0] = 1;
  expect_error(PublicKey::make_okp(Curve::ed25519, identity), ErrorCode::ec_point_invalid);
}

ByteVector modulus_of_bits(std::size_t bits) {
  ByteVector modulus((bits + 7) / 8, 0xff);
  modulus[0] = static_cast<std::uint8_t>(0xffU >> ((8 - bits % 8) % 8));
  return modulus;
}

TEST(PublicKey, RsaModulusHas2048To8192Bits) {
  const ByteVector exponent = from_hex("010001");
  for (const std::size_t bits : {2048U, 2049U, 2056U, 3072U, 4096U, 8191U, 8192U}) {
    EXPECT_TRUE(PublicKey::make_rsa(modulus_of_bits(bits), exponent).has_value()) << bits;
  }
  for (const std::size_t bits : {1U, 8U, 512U, 1024U, 2040U, 2047U, 8193U, 8200U, 16384U}) {
    expect_error(PublicKey::make_rsa(modulus_of_bits(bits), exponent),
                 ErrorCode::rsa_key_out_of_bounds);
  }
  expect_error(PublicKey::make_rsa({}, exponent), ErrorCode::rsa_key_out_of_bounds);
}

TEST(PublicKey, FailsIfTheRsaModulusIsEvenOrHasALeadingZero) {
  const ByteVector exponent = from_hex("010001");
  ByteVector modulus = modulus_of_bits(2048);
  modulus.back() = 0xfe;
  expect_error(PublicKey::make_rsa(modulus, exponent), ErrorCode::rsa_key_out_of_bounds);
  modulus = modulus_of_bits(2048);
  modulus.insert(modulus.begin(), 0);
  expect_error(PublicKey::make_rsa(modulus, exponent), ErrorCode::rsa_key_out_of_bounds);
}

TEST(PublicKey, RsaExponentIsOddFrom3To32Bits) {
  const ByteVector modulus = modulus_of_bits(2048);
  for (const char* const hex : {"03", "05", "11", "ff", "0101", "010001", "ffffffff"}) {
    EXPECT_TRUE(PublicKey::make_rsa(modulus, from_hex(hex)).has_value()) << hex;
  }
  for (const char* const hex :
       {"", "00", "01", "02", "04", "0003", "00010001", "010000", "0100000001", "fffffffffd"}) {
    expect_error(PublicKey::make_rsa(modulus, from_hex(hex)), ErrorCode::rsa_key_out_of_bounds);
  }
}

}  // namespace
}  // namespace countersign
