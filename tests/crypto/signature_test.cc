#include "crypto/signature.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <set>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "crypto/curve.h"
#include "tests/crypto/public_keys.h"
#include "tests/support/der.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

namespace der_writer = testing::der;
using testing::concat;
using testing::from_hex;
using testing::KeyKind;
using testing::public_key_of;
using testing::TestKey;

constexpr SignatureAlgorithm kEs256{SignatureScheme::ecdsa, HashAlgorithm::sha256};
constexpr SignatureAlgorithm kEddsa{SignatureScheme::eddsa, HashAlgorithm::sha512};
constexpr SignatureAlgorithm kRs256{SignatureScheme::rsa_pkcs1, HashAlgorithm::sha256};
constexpr SignatureAlgorithm kPs256{SignatureScheme::rsa_pss, HashAlgorithm::sha256};

Result<ByteVector> fixed_es256(Bytes wire) {
  return make_fixed_signature(kEs256, public_key_of(TestKey::make(KeyKind::p256)), wire);
}

void expect_malformed(const Result<ByteVector>& result) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::signature_malformed);
}

ByteVector decrement(ByteVector number) {
  for (std::size_t i = number.size(); i-- > 0;) {
    if (number[i]-- != 0) {
      break;
    }
  }
  return number;
}

TEST(MakeFixedSignature, EcdsaPadsEachScalarToTheCurve) {
  const Result<ByteVector> fixed = fixed_es256(from_hex("3006020101020102"));
  ASSERT_TRUE(fixed.has_value());
  ByteVector expected(64);
  expected[31] = 1;
  expected[63] = 2;
  EXPECT_EQ(*fixed, expected);
}

TEST(MakeFixedSignature, EcdsaHasTwoCoordinatesOfEachCurve) {
  for (const KeyKind kind : {KeyKind::p256, KeyKind::p384, KeyKind::p521, KeyKind::secp256k1}) {
    const TestKey key = TestKey::make(kind);
    const ByteVector wire =
        key.sign(testing::Scheme::ecdsa, testing::Hash::sha256, testing::bytes("message"));
    const Result<ByteVector> fixed = make_fixed_signature(kEs256, public_key_of(key), wire);
    ASSERT_TRUE(fixed.has_value());
    EXPECT_EQ(*fixed, key.sign_ecdsa_fixed(testing::Hash::sha256, testing::bytes("message")));
  }
}

// Pitfall 21: "ECDSA DER: trailing bytes, extra integers, BER/non-minimal integers accepted".
TEST(MakeFixedSignature, FailsIfEcdsaIsNotStrictDer) {
  for (const char* const hex : {
           "",                          // empty
           "30",                        // no length
           "3000",                      // no integers
           "3003020101",                // one integer
           "300602010102010200",        // byte after the sequence
           "3007020101020102 00",       // byte inside the sequence
           "3009020101020102020103",    // third integer
           "3008020101020102 0500",     // NULL after the integers
           "308106020101020102",        // long form of a short length
           "30820006020101020102",      // and a longer one
           "3080020101020102 0000",     // indefinite length
           "3005020101020102",          // sequence too short for its content
           "3007020101020102",          // sequence longer than the input
           "300702020001020102",        // r with a superfluous leading zero
           "300702010102020002",        // s with a superfluous leading zero
           "30070281010102 0102",       // long form of an integer's length
           "3006020100020102",          // r = 0
           "3006020101020100",          // s = 0
           "3005020002 0102",           // r without content
           "3006020181020102",          // r negative
           "3006020101020181",          // s negative
           "3006020101030102",          // s a BIT STRING
           "3006020101220102",          // s constructed
           "3106020101020102",          // SET
           "1006020101020102",          // primitive SEQUENCE
           "7006020101020102",          // another class
           "0202020102",                // no sequence at all
           "300802030100010101020102",  // garbage lengths
       }) {
    SCOPED_TRACE(hex);
    expect_malformed(fixed_es256(from_hex([&] {
      std::string compact;
      for (const char* c = hex; *c != 0; ++c) {
        if (*c != ' ') {
          compact += *c;
        }
      }
      return compact;
    }())));
  }
}

TEST(MakeFixedSignature, FailsIfEcdsaIsRawRAndS) {
  const TestKey key = TestKey::make(KeyKind::p256);
  expect_malformed(
      fixed_es256(key.sign_ecdsa_fixed(testing::Hash::sha256, testing::bytes("message"))));
}

TEST(MakeFixedSignature, EcdsaScalarsAreBelowTheOrder) {
  for (const Curve curve : {Curve::p256, Curve::p384, Curve::p521, Curve::secp256k1}) {
    const PublicKey key = public_key_of(TestKey::make(testing::kind_of(curve)));
    const ByteVector order = to_vector(group_order(curve));
    const ByteVector last = decrement(order);
    const ByteVector one{1};
    const auto wire = [](Bytes r, Bytes s) {
      return der_writer::sequence(
          {der_writer::unsigned_integer(r), der_writer::unsigned_integer(s)});
    };
    EXPECT_TRUE(make_fixed_signature(kEs256, key, wire(last, last)).has_value());
    EXPECT_TRUE(make_fixed_signature(kEs256, key, wire(one, last)).has_value());
    expect_malformed(make_fixed_signature(kEs256, key, wire(order, one)));
    expect_malformed(make_fixed_signature(kEs256, key, wire(one, order)));
    ByteVector ones(order.size(), 0xff);
    expect_malformed(make_fixed_signature(kEs256, key, wire(ones, one)));
    ByteVector longer(order.size() + 1);
    longer[0] = 1;
    expect_malformed(make_fixed_signature(kEs256, key, wire(longer, one)));
    expect_malformed(make_fixed_signature(kEs256, key, wire(one, longer)));
  }
}

TEST(MakeFixedSignature, FailsIfAnyByteIsCutOffOrAppended) {
  for (const AlgorithmEntry& entry : all_algorithms()) {
    SCOPED_TRACE(entry.name);
    const TestKey key = TestKey::make(testing::kind_of(entry.curve));
    const SignatureAlgorithm algorithm{entry.scheme, entry.hash};
    const ByteVector wire = testing::sign(key, algorithm, testing::bytes("message"));
    const PublicKey public_key = public_key_of(key);
    ASSERT_TRUE(make_fixed_signature(algorithm, public_key, wire).has_value());
    for (std::size_t size = 0; size < wire.size(); ++size) {
      expect_malformed(make_fixed_signature(algorithm, public_key, Bytes(wire).first(size)));
      expect_malformed(make_fixed_signature(algorithm, public_key, Bytes(wire).last(size)));
    }
    expect_malformed(make_fixed_signature(algorithm, public_key, concat({wire, ByteVector{0}})));
    expect_malformed(make_fixed_signature(algorithm, public_key, concat({ByteVector{0}, wire})));
  }
}

TEST(MakeFixedSignature, FailsIfEddsaScalarIsNotBelowTheOrder) {
  for (const Curve curve : {Curve::ed25519, Curve::ed448}) {
    const TestKey key = TestKey::make(testing::kind_of(curve));
    const PublicKey public_key = public_key_of(key);
    const std::size_t size = coordinate_size(curve);
    const ByteVector good = testing::sign(key, kEddsa, testing::bytes("message"));
    const auto with_scalar = [&](Bytes scalar) {
      return make_fixed_signature(kEddsa, public_key, concat({Bytes(good).first(size), scalar}));
    };
    ByteVector scalar = to_vector(group_order(curve));
    expect_malformed(with_scalar(scalar));
    scalar[0] += 1;  // does not carry: both orders end in an odd octet below 0xff
    expect_malformed(with_scalar(scalar));
    scalar[0] -= 2;
    EXPECT_TRUE(with_scalar(scalar).has_value());
    EXPECT_TRUE(with_scalar(ByteVector(size)).has_value());
    expect_malformed(with_scalar(ByteVector(size, 0xff)));
    // S + L: the same signature to an engine that does not look (malleability).
    ByteVector sum = to_vector(Bytes(good).last(size));
    int carry = 0;
    for (std::size_t i = 0; i < size; ++i) {
      carry += sum[i] + group_order(curve)[i];
      sum[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    expect_malformed(with_scalar(sum));
  }
}

TEST(MakeFixedSignature, FailsIfEddsaRIsOfSmallOrderOrNotCanonical) {
  const TestKey key = TestKey::make(KeyKind::ed25519);
  const PublicKey public_key = public_key_of(key);
  const ByteVector good = testing::sign(key, kEddsa, testing::bytes("message"));
  for (const char* const r : {
           "0100000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000080",
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0000000000000000000000000000000000000000000000000000000000000080",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
       }) {
    SCOPED_TRACE(r);
    expect_malformed(
        make_fixed_signature(kEddsa, public_key, concat({from_hex(r), Bytes(good).last(32)})));
  }
}

TEST(MakeFixedSignature, FailsIfRsaValueIsNotBelowTheModulus) {
  const PublicKey key = public_key_of(TestKey::make(KeyKind::rsa2048));
  for (const SignatureAlgorithm algorithm : {kRs256, kPs256}) {
    const ByteVector modulus = to_vector(key.modulus());
    expect_malformed(make_fixed_signature(algorithm, key, modulus));
    expect_malformed(make_fixed_signature(algorithm, key, ByteVector(256, 0xff)));
    EXPECT_TRUE(make_fixed_signature(algorithm, key, decrement(modulus)).has_value());
    EXPECT_TRUE(make_fixed_signature(algorithm, key, ByteVector(256)).has_value());
  }
}

TEST(MakeFixedSignature, FailsIfTheKeyIsOfAnotherType) {
  const SignatureAlgorithm algorithms[] = {kEs256, kEddsa, kRs256, kPs256};
  const KeyKind kinds[] = {KeyKind::p256, KeyKind::ed25519, KeyKind::rsa2048, KeyKind::rsa2048};
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t k = 0; k < 4; ++k) {
      const TestKey key = TestKey::make(kinds[k]);
      const ByteVector wire = testing::sign(TestKey::make(kinds[a]), algorithms[a], {});
      const Result<ByteVector> fixed =
          make_fixed_signature(algorithms[a], public_key_of(key), wire);
      if (kinds[a] == kinds[k]) {
        EXPECT_TRUE(fixed.has_value());
      } else {
        ASSERT_FALSE(fixed.has_value());
        EXPECT_EQ(fixed.error().code, ErrorCode::cose_key_type_mismatch);
      }
    }
  }
}

SignatureObligation obligation_of(const TestKey& key, SignatureAlgorithm algorithm, Bytes message) {
  const PublicKey public_key = public_key_of(key);
  const ByteVector wire = testing::sign(key, algorithm, message);
  return {Check::none, algorithm, public_key, to_vector(message),
          make_fixed_signature(algorithm, public_key, wire).value()};
}

TEST(ObligationDigest, DependsOnEveryMember) {
  const OpenSslHasher hasher;
  const SignatureObligation base =
      obligation_of(TestKey::make(KeyKind::p256), kEs256, testing::bytes("message"));
  std::set<Digest256> seen{obligation_digest(base, hasher)};
  const auto expect_new = [&](const SignatureObligation& changed) {
    EXPECT_TRUE(seen.insert(obligation_digest(changed, hasher)).second);
  };
  SignatureObligation changed = base;
  changed.check = static_cast<Check>(1);
  expect_new(changed);
  changed.check = static_cast<Check>(256);
  expect_new(changed);
  changed = base;
  changed.algorithm.hash = HashAlgorithm::sha384;
  expect_new(changed);
  changed = base;
  changed.algorithm.scheme = SignatureScheme::rsa_pss;
  expect_new(changed);
  changed = base;
  changed.key = public_key_of(TestKey::make(KeyKind::p256, "other"));
  expect_new(changed);
  changed.key = public_key_of(TestKey::make(KeyKind::secp256k1));
  expect_new(changed);
  changed = base;
  changed.message.push_back(0);
  expect_new(changed);
  changed.message.clear();
  expect_new(changed);
  // A byte moved from the message's end to the signature's beginning.
  changed = base;
  changed.signature.insert(changed.signature.begin(), changed.message.back());
  changed.message.pop_back();
  expect_new(changed);
  for (std::size_t bit = 0; bit < 8 * base.signature.size(); ++bit) {
    changed = base;
    changed.signature = testing::with_flipped_bit(base.signature, bit);
    expect_new(changed);
  }
}

TEST(ObligationDigest, IsTheSameWithEveryHasher) {
  for (const AlgorithmEntry& entry : all_algorithms()) {
    const SignatureObligation obligation =
        obligation_of(TestKey::make(testing::kind_of(entry.curve)), {entry.scheme, entry.hash},
                      testing::bytes("message"));
    EXPECT_EQ(obligation_digest(obligation, OpenSslHasher()),
              obligation_digest(obligation, CryptoppHasher()));
  }
}

TEST(Discharge, GivesOneVerdictForEachObligationInOrder) {
  const OpenSslVerifier verifier;
  const SignatureObligation good =
      obligation_of(TestKey::make(KeyKind::p256), kEs256, testing::bytes("message"));
  SignatureObligation bad = good;
  bad.message[0] ^= 1;
  using enum SignatureVerdict;
  EXPECT_EQ(discharge({}, verifier), std::vector<SignatureVerdict>{});
  EXPECT_EQ(discharge(std::vector{good, bad, bad, good}, verifier),
            (std::vector{valid, invalid, invalid, valid}));
}

}  // namespace
}  // namespace countersign
