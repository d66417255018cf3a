#include "model/authenticator_data.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "tests/support/cbor.h"
#include "tests/support/encoding.h"
#include "tests/support/keys.h"

namespace countersign {
namespace {

using testing::concat;
using testing::from_hex;
using testing::KeyKind;
using testing::TestKey;
namespace cbor = testing::cbor;

constexpr std::uint8_t kUserPresent = 0x01;
constexpr std::uint8_t kAttested = 0x40;
constexpr std::uint8_t kExtensions = 0x80;
constexpr std::uint32_t kHeadSize = 37;
constexpr std::uint32_t kKeyOffset = kHeadSize + 18 + 16;

ByteVector head(std::uint8_t flags, std::uint32_t sign_count = 7) {
  return concat({ByteVector(32, 0xaa), ByteVector{flags}, testing::big_endian(sign_count, 4)});
}

ByteVector attested(const ByteVector& key, std::size_t id_size = 16) {
  return concat(
      {ByteVector(16, 0xbb), testing::big_endian(id_size, 2), ByteVector(id_size, 0xcc), key});
}

ByteVector key() { return TestKey::make(KeyKind::p256).cose_key(-7); }

ByteVector extensions() { return cbor::map({{cbor::text("credProtect"), cbor::integer(2)}}); }

void expect_refused(const ByteVector& input, ErrorCode code, std::uint32_t offset) {
  const Result<AuthenticatorData> parsed = parse_authenticator_data(input);
  ASSERT_FALSE(parsed.has_value()) << testing::to_hex(input);
  EXPECT_EQ(error_name(parsed.error().code), error_name(code)) << testing::to_hex(input);
  EXPECT_EQ(parsed.error().offset, offset) << testing::to_hex(input);
}

TEST(AuthenticatorData, ReadsAnAssertion) {
  const ByteVector input = head(0x1d, 0x01020304);
  const Result<AuthenticatorData> parsed = parse_authenticator_data(input);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(equal(parsed->rp_id_hash, ByteVector(32, 0xaa)));
  EXPECT_EQ(parsed->sign_count, 0x01020304U);
  EXPECT_FALSE(parsed->attested_credential_data.has_value());
  EXPECT_TRUE(parsed->extensions.empty());
  EXPECT_EQ(parsed->encoded, input);
}

TEST(AuthenticatorData, EachFlagIsItsBit) {
  const auto flags = [](std::uint8_t bits) { return AuthenticatorFlags{bits}; };
  for (unsigned bits = 0; bits <= 0xff; ++bits) {
    const AuthenticatorFlags read = flags(static_cast<std::uint8_t>(bits));
    EXPECT_EQ(read.is_user_present(), (bits & 1U) != 0);
    EXPECT_EQ(read.is_user_verified(), (bits >> 2U & 1U) != 0);
    EXPECT_EQ(read.is_backup_eligible(), (bits >> 3U & 1U) != 0);
    EXPECT_EQ(read.is_backed_up(), (bits >> 4U & 1U) != 0);
    EXPECT_EQ(read.has_attested_credential_data(), (bits >> 6U & 1U) != 0);
    EXPECT_EQ(read.has_extensions(), (bits >> 7U & 1U) != 0);
  }
}

TEST(AuthenticatorData, IgnoresFlagsReservedForFutureUse) {
  for (const std::uint8_t flags : {0x02, 0x20, 0x22, 0x23, 0x3f}) {
    const Result<AuthenticatorData> parsed = parse_authenticator_data(head(flags));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->flags.bits, flags);
  }
}

TEST(AuthenticatorData, ReadsAttestedCredentialDataAndExtensions) {
  const ByteVector input =
      concat({head(kUserPresent | kAttested | kExtensions), attested(key()), extensions()});
  const Result<AuthenticatorData> parsed = parse_authenticator_data(input);
  ASSERT_TRUE(parsed.has_value());
  ASSERT_TRUE(parsed->attested_credential_data.has_value());
  const AttestedCredentialData& credential = *parsed->attested_credential_data;
  EXPECT_TRUE(equal(credential.aaguid, ByteVector(16, 0xbb)));
  EXPECT_EQ(credential.credential_id.value, ByteVector(16, 0xcc));
  EXPECT_EQ(credential.public_key.encoded, key()) << "the key ends where its CBOR ends";
  EXPECT_EQ(parsed->extensions, extensions());
  EXPECT_EQ(parsed->encoded, input);
}

TEST(AuthenticatorData, ReadsEveryKeyType) {
  for (const std::int64_t algorithm : testing::credential_algorithms()) {
    const ByteVector encoded = TestKey::for_algorithm(algorithm).cose_key(algorithm);
    const Result<AuthenticatorData> parsed =
        parse_authenticator_data(concat({head(kAttested), attested(encoded)}));
    ASSERT_TRUE(parsed.has_value()) << algorithm;
    EXPECT_EQ(parsed->attested_credential_data->public_key.encoded, encoded);
  }
}

TEST(AuthenticatorData, FailsIfAnythingIsCut) {
  const ByteVector whole = concat({head(kAttested | kExtensions), attested(key()), extensions()});
  ASSERT_TRUE(parse_authenticator_data(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Result<AuthenticatorData> parsed = parse_authenticator_data(Bytes(whole).first(size));
    ASSERT_FALSE(parsed.has_value()) << size;
    const ErrorCode code = parsed.error().code;
    if (size < kKeyOffset) {
      EXPECT_EQ(code, ErrorCode::authenticator_data_malformed) << size;
    } else if (size < whole.size() - extensions().size()) {
      EXPECT_EQ(code, ErrorCode::cbor_truncated) << size;
    } else {
      EXPECT_EQ(code, ErrorCode::extensions_malformed) << size;
    }
    EXPECT_LE(parsed.error().offset, size);
  }
}

TEST(AuthenticatorData, FailsBelow37Bytes) {
  expect_refused({}, ErrorCode::authenticator_data_malformed, 0);
  expect_refused(ByteVector(31, 0), ErrorCode::authenticator_data_malformed, 0);
  expect_refused(ByteVector(32, 0), ErrorCode::authenticator_data_malformed, 32);
  expect_refused(ByteVector(36, 0), ErrorCode::authenticator_data_malformed, 33);
}

TEST(AuthenticatorData, FailsIfAtIsClearButAttestedCredentialDataFollow) {
  expect_refused(concat({head(kUserPresent), attested(key())}),
                 ErrorCode::authenticator_data_trailing_bytes, kHeadSize);
}

TEST(AuthenticatorData, FailsIfAtIsSetWithoutAttestedCredentialData) {
  expect_refused(head(kUserPresent | kAttested), ErrorCode::authenticator_data_malformed,
                 kHeadSize);
  expect_refused(concat({head(kAttested | kExtensions), extensions()}),
                 ErrorCode::authenticator_data_malformed, kHeadSize);
  expect_refused(concat({head(kAttested), attested({})}), ErrorCode::cbor_truncated, kKeyOffset);
}

TEST(AuthenticatorData, FailsIfBytesFollow) {
  const ByteVector one{0x00};
  expect_refused(concat({head(kUserPresent), one}), ErrorCode::authenticator_data_trailing_bytes,
                 kHeadSize);
  const ByteVector with_key = concat({head(kAttested), attested(key())});
  expect_refused(concat({with_key, one}), ErrorCode::authenticator_data_trailing_bytes,
                 static_cast<std::uint32_t>(with_key.size()));
  const ByteVector with_both =
      concat({head(kAttested | kExtensions), attested(key()), extensions()});
  expect_refused(concat({with_both, one}), ErrorCode::authenticator_data_trailing_bytes,
                 static_cast<std::uint32_t>(with_both.size()));
  expect_refused(concat({with_both, extensions()}), ErrorCode::authenticator_data_trailing_bytes,
                 static_cast<std::uint32_t>(with_both.size()));
}

TEST(AuthenticatorData, FailsIfEdIsClearButAMapFollows) {
  expect_refused(concat({head(kUserPresent), extensions()}),
                 ErrorCode::authenticator_data_trailing_bytes, kHeadSize);
  const ByteVector with_key = concat({head(kAttested), attested(key())});
  expect_refused(concat({with_key, extensions()}), ErrorCode::authenticator_data_trailing_bytes,
                 static_cast<std::uint32_t>(with_key.size()));
}

TEST(AuthenticatorData, FailsIfEdIsSetWithoutAMap) {
  expect_refused(head(kExtensions), ErrorCode::extensions_malformed, kHeadSize);
  for (const std::string_view hex : {"80", "00", "f6", "60", "40", "f4", "f93c00"}) {
    expect_refused(concat({head(kExtensions), from_hex(hex)}), ErrorCode::extensions_malformed,
                   kHeadSize);
  }
}

TEST(AuthenticatorData, FailsIfTheExtensionsAreNotCtap2CanonicalWithTextKeys) {
  const std::pair<std::string_view, std::uint32_t> maps[] = {
      {"a2616200616100", 4},        // order
      {"a262616100616200", 5},      // shorter key second
      {"a2616100616100", 4},        // duplicate
      {"a10100", 1},                // integer key
      {"a1416100", 1},              // byte string key
      {"a2616100f500", 4},          // boolean key
      {"a16161a2616200616100", 7},  // order inside
      {"a161611800", 3},            // not minimal
      {"bf616100ff", 0},            // indefinite
      {"a16161c100", 3},            // tag
      {"a1616181", 3},              // cut
      {"a161ff00", 2},              // not UTF-8
  };
  for (const auto& [hex, offset] : maps) {
    expect_refused(concat({head(kExtensions), from_hex(hex)}), ErrorCode::extensions_malformed,
                   kHeadSize + offset);
  }
}

TEST(AuthenticatorData, AcceptsUnknownExtensionsOfAnyShape) {
  for (const std::string_view hex :
       {"a0", "a16b686d61632d736563726574f5", "a1616183f6a10001f93c00"}) {
    const ByteVector map = from_hex(hex);
    const Result<AuthenticatorData> parsed =
        parse_authenticator_data(concat({head(kExtensions), map}));
    ASSERT_TRUE(parsed.has_value()) << hex;
    EXPECT_EQ(parsed->extensions, map);
  }
}

TEST(AuthenticatorData, FailsIfTheCredentialIdIsEmpty) {
  expect_refused(concat({head(kAttested), attested(key(), 0)}),
                 ErrorCode::authenticator_data_malformed, kHeadSize);
}

TEST(AuthenticatorData, ReadsLongCredentialIdsSinceACheckOfItsOwnRefusesThem) {
  for (const std::size_t size : {1U, 1023U, 1024U, 4096U}) {
    const Result<AuthenticatorData> parsed =
        parse_authenticator_data(concat({head(kAttested), attested(key(), size)}));
    ASSERT_TRUE(parsed.has_value()) << size;
    EXPECT_EQ(parsed->attested_credential_data->credential_id.value.size(), size);
  }
}

TEST(AuthenticatorData, FailsIfTheCredentialIdExceedsTheData) {
  const ByteVector input =
      concat({head(kAttested), ByteVector(16, 0xbb), from_hex("ffff"), ByteVector(300, 0)});
  expect_refused(input, ErrorCode::authenticator_data_malformed, kHeadSize);
}

TEST(AuthenticatorData, PassesTheErrorsOfTheCoseKeyOn) {
  expect_refused(concat({head(kAttested), attested(from_hex("80"))}), ErrorCode::cose_key_malformed,
                 kKeyOffset);
  const ByteVector duplicate = from_hex("a201020102");
  expect_refused(concat({head(kAttested), attested(duplicate)}), ErrorCode::cbor_duplicate_key,
                 kKeyOffset + 3);
  // The reference's pitfall 12: one member more announced than there is.
  ByteVector miscounted = key();
  miscounted[0] = static_cast<std::uint8_t>(miscounted[0] + 1);
  EXPECT_FALSE(
      parse_authenticator_data(concat({head(kAttested), attested(miscounted)})).has_value());
}

TEST(AuthenticatorData, FailsIfTooLarge) {
  const ByteVector input(limits::kMaxAuthenticatorDataBytes + 1, 0);
  expect_refused(input, ErrorCode::input_too_large, 0);
  expect_refused(ByteVector(limits::kMaxAuthenticatorDataBytes, 0),
                 ErrorCode::authenticator_data_trailing_bytes, kHeadSize);
}

}  // namespace
}  // namespace countersign
