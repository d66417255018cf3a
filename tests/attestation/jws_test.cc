#include "attestation/jws.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "tests/support/jws_builder.h"

namespace countersign::testing {
namespace {

const TestKey& key() {
  static const TestKey value = TestKey::make(KeyKind::p256, "attestation");
  return value;
}

Result<Jws> parse(std::string_view text) { return parse_jws(bytes_of(text)); }

JsonValue header_of(const std::string& json) { return parse_json(json).value(); }

// RFC 7515, appendix A.3: a token of others.
constexpr std::string_view kRfc7515 =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

TEST(Jws, KeepsHeaderPayloadAndSignedBytes) {
  const Result<Jws> jws = parse(kRfc7515);
  ASSERT_TRUE(jws.has_value());
  EXPECT_EQ(jws_algorithm(jws->header).value(), CoseAlgorithm::es256);
  EXPECT_EQ(jws->payload.find("iss")->string, "joe");
  EXPECT_EQ(jws->signature.size(), 64U);
  EXPECT_EQ(text_of(jws->signing_input), kRfc7515.substr(0, kRfc7515.rfind('.')));
}

TEST(Jws, LeavesAPayloadUnread) {
  const Result<UnreadJws> jws = parse_unread_jws(bytes_of("e30.no base64url, no JSON.AAAA"));
  ASSERT_TRUE(jws.has_value());
  EXPECT_TRUE(jws->header.is_object());
  EXPECT_EQ(jws->encoded_payload, "no base64url, no JSON");
  EXPECT_EQ(text_of(jws->signing_input), "e30.no base64url, no JSON");
  EXPECT_EQ(jws->signature, ByteVector(3, 0));
}

TEST(Jws, FailsWithAPayloadUnreadForEverythingElse) {
  for (const std::string_view text : {"", "e30.e30", "e30.e30.", "e30.e30.AAAA.AAAA", "e30.e30.A",
                                      ".e30.AAAA", "eyJjcml0IjpbXX0.e30.AAAA"}) {
    EXPECT_FALSE(parse_unread_jws(bytes_of(text)).has_value()) << text;
  }
}

TEST(Jws, FailsIfAPartIsTooLargeBeforeItIsDecoded) {
  // None of its characters is base64url: nobody has looked at them.
  const std::string large(limits::kMaxJsonBytes / 3 * 4 + 8, '!');
  EXPECT_EQ(parse(large + ".e30.AAAA").error().code, ErrorCode::json_too_large);
  EXPECT_EQ(parse("e30." + large + ".AAAA").error().code, ErrorCode::json_too_large);
}

TEST(Jws, FailsIfTruncatedAnywhereBeforeItsSignature) {
  for (std::size_t size = 0; size <= kRfc7515.rfind('.') + 1; ++size) {
    EXPECT_FALSE(parse(kRfc7515.substr(0, size)).has_value()) << size;
  }
}

TEST(Jws, FailsIfAPartIsEmpty) {
  EXPECT_FALSE(parse("").has_value());
  EXPECT_FALSE(parse("..").has_value());
  EXPECT_FALSE(parse("e30..AAAA").has_value());
  EXPECT_FALSE(parse(".e30.AAAA").has_value());
  EXPECT_EQ(parse("e30.e30.").error().code, ErrorCode::jws_malformed);
  EXPECT_TRUE(parse("e30.e30.AAAA").has_value());
}

TEST(Jws, FailsIfThereIsWhiteSpace) {
  EXPECT_FALSE(parse(" e30.e30.AAAA").has_value());
  EXPECT_FALSE(parse("e30.e30.AAAA\n").has_value());
  EXPECT_FALSE(parse("e30 .e30.AAAA").has_value());
}

TEST(Jws, FailsIfTheHeaderIsNoObject) {
  EXPECT_EQ(parse(make_jws("[]", "{}", key(), -7)).error().code, ErrorCode::jws_malformed);
  EXPECT_EQ(parse(make_jws("null", "{}", key(), -7)).error().code, ErrorCode::jws_malformed);
}

TEST(Jws, FailsIfTheHeaderHasAMemberTwice) {
  EXPECT_EQ(parse(make_jws(R"({"alg":"ES256","alg":"none"})", "{}", key(), -7)).error().code,
            ErrorCode::json_duplicate_key);
}

TEST(JwsAlgorithm, KnowsItsAllowListAlone) {
  for (const std::int64_t algorithm : {-257, -258, -259, -37, -38, -39, -7, -35, -36}) {
    const Result<CoseAlgorithm> parsed =
        jws_algorithm(header_of("{\"alg\":" + json_string(jws_algorithm_name(algorithm)) + "}"));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(static_cast<std::int64_t>(*parsed), algorithm);
  }
  for (const char* name : {"none", "None", "HS256", "RS1", "ES256K", "EdDSA", "RS256 ", ""}) {
    EXPECT_EQ(jws_algorithm(header_of("{\"alg\":" + json_string(name) + "}")).error().code,
              ErrorCode::algorithm_not_allowed_here)
        << name;
  }
}

TEST(JwsObligation, FailsIfAScalarIsOutOfRange) {
  const PublicKey public_key = PublicKey::make_ec(Curve::p256, key().x(), key().y()).value();
  Jws jws = parse(kRfc7515).value();
  ASSERT_TRUE(make_jws_obligation(jws, CoseAlgorithm::es256, public_key, Check::none).has_value());
  // The order of P-256, SEC 2 §2.4.2.
  const ByteVector order =
      from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const ByteVector one = concat({ByteVector(31), ByteVector{1}});
  ByteVector below = order;
  --below.back();
  const auto refuses = [&](const ByteVector& r, const ByteVector& s) {
    jws.signature = concat({r, s});
    return !make_jws_obligation(jws, CoseAlgorithm::es256, public_key, Check::none).has_value();
  };
  EXPECT_FALSE(refuses(one, below));
  EXPECT_FALSE(refuses(below, one));
  EXPECT_TRUE(refuses(order, one));
  EXPECT_TRUE(refuses(one, order));
  EXPECT_TRUE(refuses(ByteVector(32), one));
  EXPECT_TRUE(refuses(one, ByteVector(32)));
  EXPECT_TRUE(refuses(one, concat({one, ByteVector{0}})));
  EXPECT_TRUE(refuses(one, ByteVector(31, 1)));
}

}  // namespace
}  // namespace countersign::testing
