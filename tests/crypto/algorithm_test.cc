#include "crypto/algorithm.h"

#include <gtest/gtest.h>

#include <set>

namespace countersign {
namespace {

TEST(Algorithm, EveryRowIsFoundByItsIdentifier) {
  std::set<std::int64_t> seen;
  for (const AlgorithmEntry& entry : all_algorithms()) {
    EXPECT_EQ(find_algorithm(static_cast<std::int64_t>(entry.id)), &entry);
    EXPECT_EQ(&entry_of(entry.id), &entry);
    EXPECT_TRUE(seen.insert(static_cast<std::int64_t>(entry.id)).second) << entry.name;
  }
  EXPECT_EQ(seen, (std::set<std::int64_t>{-7, -8, -9, -19, -35, -36, -37, -38, -39, -47, -51, -52,
                                          -53, -257, -258, -259, -65535}));
}

TEST(Algorithm, UnknownIdentifiersAreNotFound) {
  for (const std::int64_t id : {0L, 7L, -6L, -10L, -40L, -46L, -48L, -49L, -50L, -256L, -260L,
                                -65534L, -65536L, 4294967289L, -4294967303L}) {
    EXPECT_EQ(find_algorithm(id), nullptr) << id;
  }
}

TEST(Algorithm, KeyTypeCurveSchemeAndHashBelongTogether) {
  const auto expect = [](CoseAlgorithm id, KeyType type, Curve curve, SignatureScheme scheme,
                         HashAlgorithm hash) {
    const AlgorithmEntry& entry = entry_of(id);
    EXPECT_EQ(entry.key_type, type) << entry.name;
    EXPECT_EQ(entry.curve, curve) << entry.name;
    EXPECT_EQ(entry.scheme, scheme) << entry.name;
    EXPECT_EQ(entry.hash, hash) << entry.name;
  };
  using enum CoseAlgorithm;
  constexpr auto kEcdsa = SignatureScheme::ecdsa;
  constexpr auto kPkcs1 = SignatureScheme::rsa_pkcs1;
  constexpr auto kPss = SignatureScheme::rsa_pss;
  using enum HashAlgorithm;
  expect(es256, KeyType::ec2, Curve::p256, kEcdsa, sha256);
  expect(esp256, KeyType::ec2, Curve::p256, kEcdsa, sha256);
  expect(es384, KeyType::ec2, Curve::p384, kEcdsa, sha384);
  expect(esp384, KeyType::ec2, Curve::p384, kEcdsa, sha384);
  expect(es512, KeyType::ec2, Curve::p521, kEcdsa, sha512);
  expect(esp512, KeyType::ec2, Curve::p521, kEcdsa, sha512);
  expect(es256k, KeyType::ec2, Curve::secp256k1, kEcdsa, sha256);
  expect(CoseAlgorithm::eddsa, KeyType::okp, Curve::ed25519, SignatureScheme::eddsa, sha512);
  expect(ed25519, KeyType::okp, Curve::ed25519, SignatureScheme::eddsa, sha512);
  expect(ed448, KeyType::okp, Curve::ed448, SignatureScheme::eddsa, sha512);
  expect(rs1, KeyType::rsa, Curve::none, kPkcs1, sha1);
  expect(rs256, KeyType::rsa, Curve::none, kPkcs1, sha256);
  expect(rs384, KeyType::rsa, Curve::none, kPkcs1, sha384);
  expect(rs512, KeyType::rsa, Curve::none, kPkcs1, sha512);
  expect(ps256, KeyType::rsa, Curve::none, kPss, sha256);
  expect(ps384, KeyType::rsa, Curve::none, kPss, sha384);
  expect(ps512, KeyType::rsa, Curve::none, kPss, sha512);
}

TEST(Algorithm, SizesAreThoseOfTheStandards) {
  EXPECT_EQ(digest_size(HashAlgorithm::sha1), 20U);
  EXPECT_EQ(digest_size(HashAlgorithm::sha256), 32U);
  EXPECT_EQ(digest_size(HashAlgorithm::sha384), 48U);
  EXPECT_EQ(digest_size(HashAlgorithm::sha512), 64U);
  EXPECT_EQ(coordinate_size(Curve::none), 0U);
  EXPECT_EQ(coordinate_size(Curve::p256), 32U);
  EXPECT_EQ(coordinate_size(Curve::p384), 48U);
  EXPECT_EQ(coordinate_size(Curve::p521), 66U);
  EXPECT_EQ(coordinate_size(Curve::secp256k1), 32U);
  EXPECT_EQ(coordinate_size(Curve::ed25519), 32U);
  EXPECT_EQ(coordinate_size(Curve::ed448), 57U);
}

}  // namespace
}  // namespace countersign
