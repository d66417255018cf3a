#include "attestation/tpm_structures.h"

#include <gtest/gtest.h>

#include "tests/support/tpm_builder.h"

namespace countersign::testing {
namespace {

ByteVector usual_attest() {
  return make_tpm_attest(sha256(bytes("message")),
                         make_tpm_name(0x000b, Hash::sha256, bytes("area")));
}

TEST(TpmPublicArea, KeepsWhatAnRsaKeySays) {
  const TestKey key = TestKey::make(KeyKind::rsa2048, "credential");
  const ByteVector encoded = make_tpm_public(key);
  const Result<TpmPublicArea> area = parse_tpm_public_area(encoded);
  ASSERT_TRUE(area.has_value());
  EXPECT_EQ(area->type, KeyType::rsa);
  EXPECT_EQ(area->name_algorithm, 0x000b);
  EXPECT_EQ(area->name_hash, HashAlgorithm::sha256);
  EXPECT_EQ(area->object_attributes, 0x00040072U);
  EXPECT_TRUE(equal(area->authorization_policy, seeded_bytes("policy", 32)));
  EXPECT_EQ(area->key_bits, 2048);
  EXPECT_EQ(area->exponent, 65537U);
  EXPECT_TRUE(equal(area->modulus, key.modulus()));
}

TEST(TpmPublicArea, KeepsWhatAnEccKeySays) {
  const TestKey key = TestKey::make(KeyKind::p384, "credential");
  const ByteVector encoded = make_tpm_public(key);
  const Result<TpmPublicArea> area = parse_tpm_public_area(encoded);
  ASSERT_TRUE(area.has_value());
  EXPECT_EQ(area->type, KeyType::ec2);
  EXPECT_EQ(area->curve, Curve::p384);
  EXPECT_TRUE(equal(area->x, key.x()));
  EXPECT_TRUE(equal(area->y, key.y()));
}

// A size that reaches beyond the end must not be believed.
TEST(TpmPublicArea, FailsIfTruncatedAnywhereOrContinued) {
  for (const KeyKind kind : {KeyKind::rsa2048, KeyKind::p256}) {
    const ByteVector encoded = make_tpm_public(TestKey::make(kind, "credential"));
    ASSERT_TRUE(parse_tpm_public_area(encoded).has_value());
    for (std::size_t size = 0; size < encoded.size(); ++size) {
      const Result<TpmPublicArea> area = parse_tpm_public_area(Bytes(encoded).first(size));
      ASSERT_FALSE(area.has_value()) << size;
      EXPECT_EQ(area.error().code, ErrorCode::tpm_structure_malformed);
      EXPECT_LE(area.error().offset, size);
    }
    EXPECT_FALSE(parse_tpm_public_area(concat({encoded, ByteVector{0}})).has_value());
  }
}

TEST(TpmPublicArea, IsNoKeyOnACurveThatCredentialsCannotHave) {
  TpmPublicOptions options;
  options.curve = 0x0020;  // TPM_ECC_SM2_P256
  const TestKey key = TestKey::make(KeyKind::p256, "credential");
  const ByteVector encoded = make_tpm_public(key, options);
  const Result<TpmPublicArea> area = parse_tpm_public_area(encoded);
  ASSERT_TRUE(area.has_value());
  EXPECT_EQ(area->curve, Curve::none);
  const Result<PublicKey> credential = PublicKey::make_ec(Curve::p256, key.x(), key.y());
  EXPECT_FALSE(is_tpm_key(*area, credential.value()));
}

TEST(TpmPublicArea, IsNoKeyOfAnotherExponent) {
  const TestKey key = TestKey::make(KeyKind::rsa2048, "credential");
  const ByteVector encoded = make_tpm_public(key);
  const Result<TpmPublicArea> area = parse_tpm_public_area(encoded);
  ASSERT_TRUE(area.has_value());
  const ByteVector expected{0x01, 0x00, 0x01};
  EXPECT_TRUE(is_tpm_key(*area, PublicKey::make_rsa(key.modulus(), expected).value()));
  for (const ByteVector& exponent :
       {ByteVector{0x03}, ByteVector{0x01, 0x01}, ByteVector{0x01, 0x00, 0x01, 0x01}}) {
    EXPECT_FALSE(is_tpm_key(*area, PublicKey::make_rsa(key.modulus(), exponent).value()));
  }
}

TEST(TpmAttest, KeepsWhatItSays) {
  const ByteVector encoded = usual_attest();
  const Result<TpmAttest> attest = parse_tpm_attest(encoded);
  ASSERT_TRUE(attest.has_value());
  const TpmAttestOptions usual;
  EXPECT_TRUE(equal(attest->qualified_signer, usual.qualified_signer));
  EXPECT_TRUE(equal(attest->extra_data, sha256(bytes("message"))));
  EXPECT_EQ(attest->clock, usual.clock);
  EXPECT_EQ(attest->reset_count, usual.reset_count);
  EXPECT_EQ(attest->restart_count, usual.restart_count);
  EXPECT_EQ(attest->safe, 1);
  EXPECT_EQ(attest->firmware_version, usual.firmware_version);
  EXPECT_TRUE(equal(attest->name, make_tpm_name(0x000b, Hash::sha256, bytes("area"))));
  EXPECT_TRUE(equal(attest->qualified_name, usual.qualified_name));
}

TEST(TpmAttest, FailsIfTruncatedAnywhereOrContinued) {
  const ByteVector encoded = usual_attest();
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    const Result<TpmAttest> attest = parse_tpm_attest(Bytes(encoded).first(size));
    ASSERT_FALSE(attest.has_value()) << size;
    EXPECT_EQ(attest.error().code, ErrorCode::tpm_structure_malformed);
  }
  EXPECT_FALSE(parse_tpm_attest(concat({encoded, ByteVector{0}})).has_value());
}

TEST(TpmAttest, FailsIfASizeSwallowsItsNeighbour) {
  TpmAttestOptions options;
  options.qualified_signer = {};
  const ByteVector encoded = make_tpm_attest(sha256(bytes("message")), {}, options);
  // The signer's size, at offset 6, made to reach over extraData.
  ByteVector edited = encoded;
  edited[7] = 34;
  EXPECT_FALSE(parse_tpm_attest(edited).has_value());
}

}  // namespace
}  // namespace countersign::testing
