#include "cose/cose_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "codec/cbor_reader.h"
#include "tests/crypto/public_keys.h"
#include "tests/support/cbor.h"
#include "tests/support/encoding.h"
#include "tests/support/keys.h"

namespace countersign {
namespace {

namespace cbor = testing::cbor;
using testing::concat;
using testing::KeyKind;
using testing::TestKey;

ByteVector label(std::int64_t value) { return cbor::integer(value); }

// The members of a good key with one replaced, added (any label) or removed (no value).
ByteVector edited(std::int64_t algorithm, std::int64_t member, const ByteVector* value,
                  KeyKind kind) {
  cbor::Members members = TestKey::make(kind).cose_members(algorithm);
  const ByteVector wanted = label(member);
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].first == wanted) {
      members.erase(members.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
  }
  if (value != nullptr) {
    members.emplace_back(wanted, *value);
  }
  return cbor::map(members);
}

ByteVector with(std::int64_t algorithm, std::int64_t member, const ByteVector& value,
                KeyKind kind = KeyKind::p256) {
  return edited(algorithm, member, &value, kind);
}

ByteVector without(std::int64_t algorithm, std::int64_t member, KeyKind kind = KeyKind::p256) {
  return edited(algorithm, member, nullptr, kind);
}

void expect_error(Bytes encoded, ErrorCode code) {
  const Result<CoseKey> parsed = parse_cose_key(encoded);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(error_name(parsed.error().code), error_name(code));
  // The other way in refuses the same and does not move.
  ByteReader reader(encoded);
  const Result<CoseKey> consumed = consume_cose_key(reader);
  if (code != ErrorCode::cbor_trailing_bytes) {
    ASSERT_FALSE(consumed.has_value());
    EXPECT_EQ(error_name(consumed.error().code), error_name(code));
    EXPECT_EQ(reader.offset(), 0U);
  }
}

TEST(CoseKey, AcceptsEveryAlgorithmOfACredentialKey) {
  std::size_t count = 0;
  for (const AlgorithmEntry& entry : all_algorithms()) {
    SCOPED_TRACE(entry.name);
    const TestKey key = TestKey::make(testing::kind_of(entry.curve));
    const ByteVector encoded = key.cose_key(static_cast<std::int64_t>(entry.id));
    const Result<CoseKey> parsed = parse_cose_key(encoded);
    ASSERT_TRUE(parsed.has_value()) << error_name(parsed.error().code);
    EXPECT_EQ(parsed->algorithm, entry.id);
    EXPECT_EQ(parsed->key, testing::public_key_of(key));
    EXPECT_EQ(parsed->encoded, encoded);
    EXPECT_EQ(encode_cose_key(entry.id, parsed->key), encoded);
    ++count;
  }
  EXPECT_EQ(count, 17U);
}

// Every combination of algorithm, kty and crv: only the one of the table is a key.
// Pitfall 16: "alg not bound to curve/kty: ES256 with P-384 or secp256k1, OKP with alg -48".
TEST(CoseKey, FailsIfAlgorithmKeyTypeAndCurveDoNotBelongTogether) {
  const KeyKind kinds[] = {KeyKind::p256,    KeyKind::p384,  KeyKind::p521,   KeyKind::secp256k1,
                           KeyKind::ed25519, KeyKind::ed448, KeyKind::rsa2048};
  std::size_t refused = 0;
  for (const AlgorithmEntry& entry : all_algorithms()) {
    for (const KeyKind kind : kinds) {
      const ByteVector encoded = TestKey::make(kind).cose_key(static_cast<std::int64_t>(entry.id));
      if (kind == testing::kind_of(entry.curve)) {
        EXPECT_TRUE(parse_cose_key(encoded).has_value());
      } else {
        SCOPED_TRACE(entry.name);
        expect_error(encoded, ErrorCode::cose_key_type_mismatch);
        ++refused;
      }
    }
  }
  EXPECT_EQ(refused, 17U * 6U);
}

TEST(CoseKey, FailsIfTheKeyTypeIsNotThatOfTheAlgorithm) {
  for (const std::int64_t kty : {0, 1, 3, 4, 5, 6, -1, -2}) {
    expect_error(with(-7, 1, cbor::integer(kty)), ErrorCode::cose_key_type_mismatch);
  }
  expect_error(with(-7, 1, cbor::text("EC2")), ErrorCode::cose_key_malformed);
  expect_error(with(-7, 1, cbor::byte_string(ByteVector{2})), ErrorCode::cose_key_malformed);
}

TEST(CoseKey, FailsIfTheCurveIsNotThatOfTheAlgorithm) {
  for (const std::int64_t crv : {0, 2, 3, 4, 5, 6, 7, 8, 9, -1, 256}) {
    expect_error(with(-7, -1, cbor::integer(crv)), ErrorCode::cose_key_type_mismatch);
  }
  expect_error(with(-7, -1, cbor::text("P-256")), ErrorCode::cose_key_malformed);
  // X25519 (4) is no signature curve.
  expect_error(with(-8, -1, cbor::integer(4), KeyKind::ed25519), ErrorCode::cose_key_type_mismatch);
}

// "The COSE_Key-encoded credential public key MUST contain the "alg" parameter".
TEST(CoseKey, FailsIfARequiredMemberIsMissing) {
  for (const std::int64_t member : {1, 3, -1, -2, -3}) {
    expect_error(without(-7, member), ErrorCode::cose_key_malformed);
  }
  for (const std::int64_t member : {1, 3, -1, -2}) {
    expect_error(without(-8, member, KeyKind::ed25519), ErrorCode::cose_key_malformed);
    expect_error(without(-257, member, KeyKind::rsa2048), ErrorCode::cose_key_malformed);
  }
}

// "… and MUST NOT contain any other OPTIONAL parameters."
TEST(CoseKey, FailsIfThereIsAnyOtherMember) {
  const ByteVector value = cbor::byte_string(ByteVector{1});
  for (const std::int64_t member : {0, 2, 4, 5, 6, 100, -4, -5, -65537}) {
    expect_error(with(-7, member, value), ErrorCode::cose_key_unexpected_member);
    expect_error(with(-8, member, value, KeyKind::ed25519), ErrorCode::cose_key_unexpected_member);
    expect_error(with(-257, member, value, KeyKind::rsa2048),
                 ErrorCode::cose_key_unexpected_member);
  }
  // -3 is y for EC2 only: for RSA it is the private exponent.
  expect_error(with(-8, -3, value, KeyKind::ed25519), ErrorCode::cose_key_unexpected_member);
  expect_error(with(-257, -3, value, KeyKind::rsa2048), ErrorCode::cose_key_unexpected_member);
  // -4 is d for EC2 and OKP.
  cbor::Members members = TestKey::make(KeyKind::p256).cose_members(-7);
  members.emplace_back(cbor::text("alg"), cbor::integer(-7));
  expect_error(cbor::map(members), ErrorCode::cose_key_unexpected_member);
  members.back().first = cbor::byte_string(ByteVector{3});
  EXPECT_FALSE(parse_cose_key(cbor::map(members)).has_value());
}

TEST(CoseKey, FailsIfTheAlgorithmIsUnknown) {
  for (const std::int64_t alg : {0, 7, -1, -6, -10, -25, -48, -49, -50, -256, -260, -65534}) {
    expect_error(with(-7, 3, cbor::integer(alg)), ErrorCode::algorithm_unknown);
  }
  // The identifier is compared as a whole: 2^32 - 7 and -2^32 - 7 are not -7.
  expect_error(with(-7, 3, cbor::integer(4294967289)), ErrorCode::algorithm_unknown);
  expect_error(with(-7, 3, cbor::integer(-4294967303)), ErrorCode::algorithm_unknown);
  // The standard allows text identifiers; none is registered for us.
  expect_error(with(-7, 3, cbor::text("ES256")), ErrorCode::cose_key_malformed);
}

// Pitfall 16, second half: "OKP with alg -48 verified as Ed25519".
TEST(CoseKey, FailsIfAnOkpKeySaysMlDsa) {
  expect_error(with(-8, 3, cbor::integer(-48), KeyKind::ed25519), ErrorCode::algorithm_unknown);
}

// "MUST NOT use the compressed point form".
TEST(CoseKey, FailsIfThePointIsCompressed) {
  expect_error(with(-7, -3, cbor::boolean(true)), ErrorCode::cose_key_malformed);
  expect_error(with(-7, -3, cbor::boolean(false)), ErrorCode::cose_key_malformed);
  expect_error(with(-7, -3, cbor::null()), ErrorCode::cose_key_malformed);
}

TEST(CoseKey, FailsIfACoordinateIsNotAByteString) {
  for (const std::int64_t member : {-2, -3}) {
    expect_error(with(-7, member, cbor::text(std::string(32, 'a'))), ErrorCode::cose_key_malformed);
    expect_error(with(-7, member, cbor::integer(1)), ErrorCode::cose_key_malformed);
    expect_error(with(-7, member, cbor::array({})), ErrorCode::cose_key_malformed);
  }
}

// Pitfall 22: "EC coordinates with leading zero stripped": wrong lengths are refused.
TEST(CoseKey, FailsIfACoordinateHasAnotherLength) {
  // A key whose x begins with a zero octet, and then without it.
  for (int i = 0;; ++i) {
    ASSERT_LT(i, 20000);
    const TestKey key = TestKey::make(KeyKind::p256, std::to_string(i));
    if (key.x()[0] != 0) {
      continue;
    }
    EXPECT_TRUE(parse_cose_key(key.cose_key(-7)).has_value());
    cbor::Members members = key.cose_members(-7);
    for (cbor::Member& member : members) {
      if (member.first == label(-2)) {
        member.second = cbor::byte_string(Bytes(key.x()).subspan(1));
      }
    }
    expect_error(cbor::map(members), ErrorCode::ec_point_invalid);
    break;
  }
  const TestKey key = TestKey::make(KeyKind::p256);
  expect_error(with(-7, -2, cbor::byte_string(concat({ByteVector{0}, key.x()}))),
               ErrorCode::ec_point_invalid);
  expect_error(with(-7, -2, cbor::byte_string({})), ErrorCode::ec_point_invalid);
  const TestKey ed = TestKey::make(KeyKind::ed25519);
  expect_error(with(-8, -2, cbor::byte_string(concat({ed.x(), ByteVector{0}})), KeyKind::ed25519),
               ErrorCode::ec_point_invalid);
}

TEST(CoseKey, FailsIfThePointIsNotOnTheCurve) {
  const TestKey key = TestKey::make(KeyKind::p256);
  expect_error(with(-7, -2, cbor::byte_string(key.y())), ErrorCode::ec_point_invalid);
  expect_error(with(-7, -2, cbor::byte_string(ByteVector(32))), ErrorCode::ec_point_invalid);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    expect_error(with(-7, -3, cbor::byte_string(testing::with_flipped_bit(key.y(), bit))),
                 ErrorCode::ec_point_invalid);
  }
  expect_error(with(-8, -2, cbor::byte_string(ByteVector(32)), KeyKind::ed25519),
               ErrorCode::ec_point_invalid);
}

TEST(CoseKey, FailsIfTheRsaNumbersAreOutOfBounds) {
  const TestKey key = TestKey::make(KeyKind::rsa2048);
  const auto with_rsa = [](std::int64_t member, const ByteVector& number) {
    return with(-257, member, cbor::byte_string(number), KeyKind::rsa2048);
  };
  expect_error(with_rsa(-1, concat({ByteVector{0}, key.modulus()})),
               ErrorCode::rsa_key_out_of_bounds);
  expect_error(with_rsa(-2, concat({ByteVector{0}, key.exponent()})),
               ErrorCode::rsa_key_out_of_bounds);
  expect_error(with_rsa(-2, {1}), ErrorCode::rsa_key_out_of_bounds);
  expect_error(with_rsa(-2, {2}), ErrorCode::rsa_key_out_of_bounds);
  expect_error(with_rsa(-2, {}), ErrorCode::rsa_key_out_of_bounds);
  expect_error(with_rsa(-1, {}), ErrorCode::rsa_key_out_of_bounds);
  expect_error(TestKey::make(KeyKind::rsa1024).cose_key(-257), ErrorCode::rsa_key_out_of_bounds);
  expect_error(with(-257, -2, cbor::integer(65537), KeyKind::rsa2048),
               ErrorCode::cose_key_malformed);
}

TEST(CoseKey, FailsIfKeysAreNotInCtap2Order) {
  cbor::Members members = TestKey::make(KeyKind::p256).cose_members(-7);
  std::size_t refused = 0;
  const ByteVector canonical = cbor::map(members);
  std::sort(members.begin(), members.end());
  do {
    const ByteVector encoded = cbor::map(members, cbor::KeyOrder::as_given);
    if (encoded == canonical) {
      EXPECT_TRUE(parse_cose_key(encoded).has_value());
    } else {
      expect_error(encoded, ErrorCode::cbor_key_order);
      ++refused;
    }
  } while (std::next_permutation(members.begin(), members.end()));
  EXPECT_EQ(refused, 119U);
}

TEST(CoseKey, FailsIfAMemberIsThereTwice) {
  cbor::Members members = TestKey::make(KeyKind::p256).cose_members(-7);
  members.insert(members.begin() + 1, members[1]);
  expect_error(cbor::map(members, cbor::KeyOrder::as_given), ErrorCode::cbor_duplicate_key);
}

TEST(CoseKey, FailsIfTheMapIsNotInItsShortestForm) {
  const ByteVector good = TestKey::make(KeyKind::p256).cose_key(-7);
  const Bytes members = Bytes(good).subspan(1);
  expect_error(concat({cbor::long_head(5, 5, 1), members}), ErrorCode::cbor_not_minimal);
  ByteVector indefinite = good;
  indefinite[0] = 0xbf;
  indefinite.push_back(0xff);
  expect_error(indefinite, ErrorCode::cbor_indefinite);
  expect_error(with(-7, 1, testing::from_hex("1802")), ErrorCode::cbor_not_minimal);
}

// Pitfall 12: "Some Ed25519 authenticators + Firefox emit a COSE map with wrong element count".
TEST(CoseKey, FailsIfTheElementCountIsWrong) {
  ByteVector encoded = TestKey::make(KeyKind::ed25519).cose_key(-8);
  ASSERT_EQ(encoded[0], 0xa4);
  encoded[0] = 0xa3;
  expect_error(encoded, ErrorCode::cbor_trailing_bytes);
  ByteReader reader(encoded);
  const Result<CoseKey> consumed = consume_cose_key(reader);
  ASSERT_FALSE(consumed.has_value());
  EXPECT_EQ(consumed.error().code, ErrorCode::cose_key_malformed);
  encoded[0] = 0xa5;
  expect_error(encoded, ErrorCode::cbor_truncated);
}

// Pitfall 15: "Truncated Windows 10 key (598-byte n announced)" gives a clean error.
TEST(CoseKey, FailsIfItIsTruncatedAnywhere) {
  for (const KeyKind kind : {KeyKind::p256, KeyKind::ed25519, KeyKind::rsa2048}) {
    const std::int64_t algorithm =
        kind == KeyKind::p256 ? -7 : (kind == KeyKind::ed25519 ? -8 : -257);
    const ByteVector good = TestKey::make(kind).cose_key(algorithm);
    for (std::size_t size = 0; size < good.size(); ++size) {
      expect_error(Bytes(good).first(size), ErrorCode::cbor_truncated);
    }
  }
  ByteVector announced = testing::from_hex("a401030339010020590256");
  announced.resize(announced.size() + 256, 0xff);
  expect_error(announced, ErrorCode::cbor_truncated);
}

TEST(CoseKey, FailsIfItIsNotAMap) {
  for (const ByteVector& item : {cbor::array({}), cbor::integer(1), cbor::null(),
                                 cbor::byte_string(TestKey::make(KeyKind::p256).cose_key(-7))}) {
    expect_error(item, ErrorCode::cose_key_malformed);
  }
  expect_error(cbor::map({}), ErrorCode::cose_key_malformed);
}

TEST(CoseKey, FailsIfBytesFollow) {
  expect_error(concat({TestKey::make(KeyKind::p256).cose_key(-7), ByteVector{0}}),
               ErrorCode::cbor_trailing_bytes);
}

// Pitfall 11: "COSE key sliced to end of authData swallows the extensions map".
TEST(CoseKey, ConsumeLeavesTheExtensionsBehindTheKey) {
  const ByteVector key = TestKey::make(KeyKind::p256).cose_key(-7);
  const ByteVector extensions = cbor::map({{cbor::text("credProtect"), cbor::integer(2)}});
  const ByteVector input = concat({ByteVector{9, 9, 9}, key, extensions});
  ByteReader reader(input);
  Bytes before;
  ASSERT_TRUE(reader.take(3, before));
  const Result<CoseKey> consumed = consume_cose_key(reader);
  ASSERT_TRUE(consumed.has_value());
  EXPECT_EQ(consumed->encoded, key);
  EXPECT_EQ(reader.offset(), 3 + key.size());
  EXPECT_TRUE(equal(reader.rest(), extensions));
}

// A key that was changed in one bit is refused or is visibly another key.
TEST(CoseKey, EveryBitFlipIsRefusedOrChangesTheKey) {
  for (const std::int64_t algorithm : {-7, -8, -35, -53}) {
    const ByteVector good = TestKey::for_algorithm(algorithm).cose_key(algorithm);
    const CoseKey original = parse_cose_key(good).value();
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
      const ByteVector flipped = testing::with_flipped_bit(good, bit);
      const Result<CoseKey> parsed = parse_cose_key(flipped);
      if (parsed.has_value()) {
        EXPECT_TRUE(parsed->key != original.key || parsed->algorithm != original.algorithm) << bit;
        EXPECT_EQ(encode_cose_key(parsed->algorithm, parsed->key), flipped);
      }
    }
  }
}

void expect_fits(CoseAlgorithm algorithm, KeyKind kind, SignatureAlgorithm expected) {
  const Result<SignatureAlgorithm> found =
      signature_algorithm_for(algorithm, testing::public_key_of(TestKey::make(kind)));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, expected);
}

void expect_mismatch(CoseAlgorithm algorithm, KeyKind kind) {
  const Result<SignatureAlgorithm> found =
      signature_algorithm_for(algorithm, testing::public_key_of(TestKey::make(kind)));
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::cose_key_type_mismatch);
}

// Pitfall 18: "P-384 key with SHA-256 is legal" in a certificate; the hash is that of attStmt.alg.
TEST(SignatureAlgorithmFor, EcdsaTakesTheHashFromTheIdentifierAndAnyNistCurve) {
  using enum CoseAlgorithm;
  for (const KeyKind kind : {KeyKind::p256, KeyKind::p384, KeyKind::p521}) {
    expect_fits(es256, kind, {SignatureScheme::ecdsa, HashAlgorithm::sha256});
    expect_fits(es384, kind, {SignatureScheme::ecdsa, HashAlgorithm::sha384});
    expect_fits(es512, kind, {SignatureScheme::ecdsa, HashAlgorithm::sha512});
    expect_mismatch(es256k, kind);
  }
  expect_fits(es256k, KeyKind::secp256k1, {SignatureScheme::ecdsa, HashAlgorithm::sha256});
  expect_mismatch(es256, KeyKind::secp256k1);
  expect_mismatch(es384, KeyKind::secp256k1);
  expect_mismatch(es512, KeyKind::secp256k1);
}

// RFC 9864: ESP256 and its sisters name the curve too.
TEST(SignatureAlgorithmFor, FullySpecifiedIdentifiersDemandTheirCurve) {
  using enum CoseAlgorithm;
  expect_fits(esp256, KeyKind::p256, {SignatureScheme::ecdsa, HashAlgorithm::sha256});
  expect_fits(esp384, KeyKind::p384, {SignatureScheme::ecdsa, HashAlgorithm::sha384});
  expect_fits(esp512, KeyKind::p521, {SignatureScheme::ecdsa, HashAlgorithm::sha512});
  expect_mismatch(esp256, KeyKind::p384);
  expect_mismatch(esp384, KeyKind::p256);
  expect_mismatch(esp512, KeyKind::p384);
}

TEST(SignatureAlgorithmFor, OtherTypesAndCurvesDoNotFit) {
  using enum CoseAlgorithm;
  expect_fits(eddsa, KeyKind::ed25519, {SignatureScheme::eddsa, HashAlgorithm::sha512});
  expect_fits(ed25519, KeyKind::ed25519, {SignatureScheme::eddsa, HashAlgorithm::sha512});
  expect_fits(ed448, KeyKind::ed448, {SignatureScheme::eddsa, HashAlgorithm::sha512});
  expect_mismatch(eddsa, KeyKind::ed448);
  expect_mismatch(ed448, KeyKind::ed25519);
  expect_fits(rs1, KeyKind::rsa2048, {SignatureScheme::rsa_pkcs1, HashAlgorithm::sha1});
  expect_fits(rs256, KeyKind::rsa2048, {SignatureScheme::rsa_pkcs1, HashAlgorithm::sha256});
  expect_fits(ps384, KeyKind::rsa2048, {SignatureScheme::rsa_pss, HashAlgorithm::sha384});
  for (const AlgorithmEntry& entry : all_algorithms()) {
    for (const KeyKind kind : {KeyKind::p256, KeyKind::ed25519, KeyKind::rsa2048}) {
      if (testing::public_key_of(TestKey::make(kind)).type() != entry.key_type) {
        expect_mismatch(entry.id, kind);
      }
    }
  }
}

TEST(SignatureAlgorithmFor, FailsIfTheIdentifierIsUnknown) {
  const Result<SignatureAlgorithm> found = signature_algorithm_for(
      static_cast<CoseAlgorithm>(-48), testing::public_key_of(TestKey::make(KeyKind::ed25519)));
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::algorithm_unknown);
}

}  // namespace
}  // namespace countersign
