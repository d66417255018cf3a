#include "model/extensions.h"

#include <gtest/gtest.h>

#include "tests/support/cbor.h"
#include "tests/support/encoding.h"

namespace countersign::testing {
namespace {

// 32 bytes, the size of every output of the pseudo-random function.
const std::string kPrfOutput(43, 'A');

Result<ClientExtensions> parse_client(const std::string& text) {
  return parse_client_extensions(parse_json(text).value());
}

void expect_client_error(const std::string& text) {
  const auto result = parse_client(text);
  ASSERT_FALSE(result.has_value()) << text;
  EXPECT_EQ(result.error().code, ErrorCode::client_extension_malformed);
}

TEST(ClientExtensions, AreNothingWithoutOutputs) {
  const auto result = parse_client("{}");
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->resident_key || result->prf_enabled || result->has_prf_results ||
               result->large_blob_supported || result->large_blob_written || result->large_blob ||
               result->appid || result->appid_exclude || result->has_payment);
}

TEST(ClientExtensions, AreReadIntoTypes) {
  const auto result =
      parse_client(R"({"credProps":{"rk":true},"prf":{"enabled":false,"results":{"first":")" +
                   kPrfOutput + R"(","second":")" + kPrfOutput +
                   R"("}},"largeBlob":{"supported":true,"written":false,"blob":""},)"
                   R"("appid":false,"appidExclude":true,"payment":{"browserBoundSignature":{}}})");
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->resident_key, std::optional(true));
  EXPECT_EQ(result->prf_enabled, std::optional(false));
  EXPECT_TRUE(result->has_prf_results);
  EXPECT_EQ(result->large_blob_supported, std::optional(true));
  EXPECT_EQ(result->large_blob_written, std::optional(false));
  EXPECT_EQ(result->large_blob, ByteVector());
  EXPECT_EQ(result->appid, std::optional(false));
  EXPECT_EQ(result->appid_exclude, std::optional(true));
  EXPECT_TRUE(result->has_payment);
}

// "If rk is not present, it is not known whether the credential is a discoverable credential."
TEST(ClientExtensions, CredPropsWithoutRkSaysNothing) {
  const auto result = parse_client(R"({"credProps":{}})");
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->resident_key.has_value());
}

TEST(ClientExtensions, IgnoreUnknownOutputsAndMembers) {
  EXPECT_TRUE(parse_client(R"({"x":1,"uvm":[[2,4,2]],"credProps":{"rk":true,"new":[]},)"
                           R"("prf":{"new":1},"largeBlob":{"new":null}})")
                  .has_value());
}

TEST(ClientExtensions, FailIfNoObject) {
  for (const char* text : {"[]", "null", "true", "\"\"", "1"}) {
    expect_client_error(text);
  }
}

TEST(ClientExtensions, FailIfAKnownOutputHasAWrongType) {
  for (const char* value : {"null", "1", "\"true\"", "[]"}) {
    for (const char* name : {"credProps", "prf", "largeBlob", "appid", "appidExclude", "payment"}) {
      expect_client_error(std::string("{\"") + name + "\":" + value + '}');
    }
    expect_client_error(std::string(R"({"credProps":{"rk":)") + value + "}}");
    expect_client_error(std::string(R"({"prf":{"enabled":)") + value + "}}");
    expect_client_error(std::string(R"({"largeBlob":{"supported":)") + value + "}}");
    expect_client_error(std::string(R"({"largeBlob":{"written":)") + value + "}}");
  }
  expect_client_error(R"({"largeBlob":{"blob":{}}})");
  expect_client_error(R"({"largeBlob":{"blob":"A"}})");
}

TEST(ClientExtensions, FailIfPrfResultsAreNotOneOrTwoOutputs) {
  for (const std::string& results :
       {std::string("null"), std::string("{}"), std::string("[]"),
        R"({"second":")" + kPrfOutput + R"("})", R"({"first":")" + kPrfOutput + R"(A"})",
        R"({"first":")" + kPrfOutput + R"(="})", R"({"first":")" + kPrfOutput.substr(4) + R"("})",
        R"({"first":")" + kPrfOutput + R"(","second":null})"}) {
    expect_client_error(R"({"prf":{"results":)" + results + "}}");
  }
}

Result<AuthenticatorExtensions> parse_one(std::string_view name, const ByteVector& value) {
  return parse_authenticator_extensions(cbor::map({{cbor::text(name), value}}));
}

TEST(AuthenticatorExtensions, AreNothingWithoutOutputs) {
  for (const ByteVector& encoded : {ByteVector(), ByteVector{0xa0}}) {
    const auto result = parse_authenticator_extensions(encoded);
    ASSERT_TRUE(result.has_value());
    EXPECT_FALSE(result->credential_protection || result->minimum_pin_length ||
                 result->hmac_secret || result->credential_blob_stored || result->credential_blob ||
                 result->third_party_payment);
  }
}

TEST(AuthenticatorExtensions, AreReadIntoTypes) {
  EXPECT_EQ(parse_one("credProtect", cbor::integer(1))->credential_protection,
            CredentialProtection::verification_optional);
  EXPECT_EQ(parse_one("credProtect", cbor::integer(3))->credential_protection,
            CredentialProtection::verification_required);
  EXPECT_EQ(parse_one("minPinLength", cbor::integer(63))->minimum_pin_length, 63U);
  EXPECT_EQ(parse_one("hmac-secret", cbor::boolean(false))->hmac_secret, std::optional(false));
  EXPECT_EQ(parse_one("hmac-secret", cbor::byte_string({}))->hmac_secret, std::optional(true));
  EXPECT_EQ(parse_one("credBlob", cbor::boolean(true))->credential_blob_stored,
            std::optional(true));
  EXPECT_EQ(parse_one("credBlob", cbor::byte_string(ByteVector{1}))->credential_blob,
            ByteVector{1});
  EXPECT_EQ(parse_one("thirdPartyPayment", cbor::boolean(true))->third_party_payment,
            std::optional(true));
}

TEST(AuthenticatorExtensions, IgnoreUnknownOutputs) {
  EXPECT_TRUE(parse_one("example.extension", cbor::array({cbor::null()})).has_value());
}

TEST(AuthenticatorExtensions, FailIfAKnownOutputHasAWrongTypeOrValue) {
  const struct {
    const char* name;
    ByteVector value;
  } bad[] = {{"credProtect", cbor::integer(0)},      {"credProtect", cbor::integer(4)},
             {"credProtect", cbor::boolean(true)},   {"minPinLength", cbor::integer(64)},
             {"minPinLength", cbor::integer(-1)},    {"minPinLength", cbor::text("4")},
             {"hmac-secret", cbor::integer(1)},      {"credBlob", cbor::null()},
             {"thirdPartyPayment", cbor::integer(1)}};
  for (const auto& [name, value] : bad) {
    const auto result = parse_one(name, value);
    ASSERT_FALSE(result.has_value()) << name;
    EXPECT_EQ(result.error().code, ErrorCode::authenticator_extension_malformed);
    EXPECT_EQ(result.error().offset, cbor::text(name).size() + 1);
  }
}

TEST(AuthenticatorExtensions, FailIfNoMapOfTexts) {
  EXPECT_FALSE(parse_authenticator_extensions(cbor::array({})).has_value());
  EXPECT_FALSE(
      parse_authenticator_extensions(cbor::map({{cbor::integer(1), cbor::null()}})).has_value());
}

}  // namespace
}  // namespace countersign::testing
