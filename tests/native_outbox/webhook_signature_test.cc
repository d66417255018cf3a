#include "native/outbox/webhook_signature.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "codec/base64url.h"

namespace countersign {
namespace {

// The example that the standard's own libraries are tested with.
constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr UnixSeconds kTime{1614265330};
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

std::string signature_of(std::string_view secrets, std::string_view id = kId,
                         UnixSeconds time = kTime, std::string_view body = kBody) {
  const OpenSslHasher hasher;
  const Result<std::vector<WebhookSecret>> parsed = parse_webhook_secrets(secrets);
  if (!parsed.has_value()) {
    return "";
  }
  const auto headers = webhook_headers(hasher, *parsed, id, time, body);
  EXPECT_EQ(headers.at(0), std::make_pair(std::string("webhook-id"), std::string(id)));
  EXPECT_EQ(headers.at(1).first, "webhook-timestamp");
  EXPECT_EQ(headers.at(1).second, std::to_string(time.value));
  EXPECT_EQ(headers.at(2).first, "webhook-signature");
  return headers.at(2).second;
}

TEST(WebhookSignature, IsThatOfTheStandardsExample) {
  EXPECT_EQ(signature_of(kSecret), kSignature);
}

TEST(WebhookSignature, DependsOnEachPart) {
  EXPECT_NE(signature_of(kSecret, "msg_other"), kSignature);
  EXPECT_NE(signature_of(kSecret, kId, UnixSeconds{kTime.value + 1}), kSignature);
  EXPECT_NE(signature_of(kSecret, kId, kTime, R"({"test": 2432232315})"), kSignature);
  EXPECT_NE(signature_of("whsec_" + encode_base64(ByteVector(24, 7))), kSignature);
}

TEST(WebhookSignature, BothSecretsSignWhileOneIsReplaced) {
  const std::string fresh = "whsec_" + encode_base64(ByteVector(64, 7));
  EXPECT_EQ(signature_of(std::string(kSecret) + "\n" + fresh + "\n"),
            std::string(kSignature) + " " + signature_of(fresh));
}

TEST(WebhookSecrets, AreOneOrTwoLinesOf24To64Octets) {
  const std::string good(kSecret);
  for (const std::string& text : {good, good + "\n", good + "\r\n", good + "\n" + good + "\n",
                                  "whsec_" + encode_base64(ByteVector(64, 1))}) {
    EXPECT_TRUE(parse_webhook_secrets(text).has_value()) << text;
  }
  for (const std::string& text :
       {std::string(), std::string("\n"), good + "\n\n", good.substr(6), "WHSEC_" + good.substr(6),
        good + "\n" + good + "\n" + good, good + " ", "whsec_" + encode_base64(ByteVector(23, 1)),
        "whsec_" + encode_base64(ByteVector(65, 1)), std::string("whsec_"),
        good.substr(0, good.size() - 1)}) {
    EXPECT_FALSE(parse_webhook_secrets(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace countersign
