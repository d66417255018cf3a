#include "transaction/browser_bound_key.h"

#include <gtest/gtest.h>

#include "tests/transaction/payments.h"

namespace countersign::testing {
namespace {

Result<std::optional<ByteVector>> registered_key(const RegistrationOptions& options) {
  RegistrationTrial trial;
  trial.options = options;
  return verify_registered_browser_bound_key(trial.run().value(), test_verifier());
}

std::string describe(const Result<std::optional<ByteVector>>& result) {
  return result ? "accepted"
                : std::string(check_name(result.error().check)) + "/" +
                      std::string(error_name(result.error().code));
}

TEST(RegisteredBrowserBoundKey, IsTheOneThatSignedTheClientData) {
  for (const std::int64_t algorithm : {-7, -257}) {
    BrowserBoundSigner signer;
    signer.key = TestKey::for_algorithm(algorithm, "browser-bound");
    signer.algorithm = algorithm;
    const auto key = registered_key(with_browser_bound_key(signer));
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(*key, signer.key.cose_key(algorithm));
  }
}

TEST(RegisteredBrowserBoundKey, IsNothingInABrowserWithoutSuchKeys) {
  EXPECT_EQ(registered_key({}).value(), std::nullopt);
  RegistrationOptions options;
  options.json_edits = {{"clientExtensionResults", R"({"payment":{}})"}};
  EXPECT_EQ(registered_key(options).value(), std::nullopt);
}

TEST(RegisteredBrowserBoundKey, FailsIfKeyAndSignatureAreNotBothThere) {
  RegistrationOptions key_alone = with_browser_bound_key({});
  key_alone.browser_bound.reset();
  EXPECT_EQ(describe(registered_key(key_alone)),
            "browser_bound_signature_verifies/browser_bound_key_malformed");
  RegistrationOptions signature_alone;
  signature_alone.browser_bound = BrowserBoundSigner();
  EXPECT_EQ(describe(registered_key(signature_alone)),
            "browser_bound_signature_verifies/browser_bound_key_malformed");
}

TEST(RegisteredBrowserBoundKey, FailsIfTheSignatureIsNotOfThatKeyOverTheseClientData) {
  for (const SignatureFault fault :
       {SignatureFault::wrong_key, SignatureFault::flipped_bit, SignatureFault::other_message}) {
    BrowserBoundSigner signer;
    signer.fault = fault;
    EXPECT_EQ(describe(registered_key(with_browser_bound_key(signer))),
              "browser_bound_signature_verifies/browser_bound_signature_invalid");
  }
}

TEST(RegisteredBrowserBoundKey, FailsIfKeyOrSignatureIsNotWellFormed) {
  for (const SignatureFault fault : {SignatureFault::trailing_byte, SignatureFault::empty}) {
    BrowserBoundSigner signer;
    signer.fault = fault;
    EXPECT_EQ(describe(registered_key(with_browser_bound_key(signer))),
              "browser_bound_signature_verifies/browser_bound_key_malformed");
  }
  const char* results[] = {
      R"({"payment":{"browserBoundSignature":null}})",
      R"({"payment":{"browserBoundSignature":{}}})",
      R"({"payment":{"browserBoundSignature":{"signature":[1,2]}}})",
      R"({"payment":{"browserBoundSignature":{"signature":"A=="}}})",
  };
  for (const char* text : results) {
    RegistrationOptions options = with_browser_bound_key({});
    options.json_edits = {{"clientExtensionResults", text}};
    EXPECT_EQ(describe(registered_key(options)),
              "browser_bound_signature_verifies/browser_bound_key_malformed")
        << text;
  }
  RegistrationOptions no_key = with_browser_bound_key({});
  no_key.client_data.edits = {{"payment", R"({"browserBoundPublicKey":"AQID"})"}};
  EXPECT_EQ(describe(registered_key(no_key)),
            "browser_bound_signature_verifies/browser_bound_key_malformed");
  RegistrationOptions no_member = with_browser_bound_key({});
  no_member.client_data.edits = {{"payment", "true"}};
  EXPECT_EQ(describe(registered_key(no_member)), "payment_parses/payment_malformed");
}

// Keys that the passkey may have, but that we never asked a browser for.
TEST(RegisteredBrowserBoundKey, FailsIfTheAlgorithmWasNotAskedFor) {
  for (const std::int64_t algorithm : {-35, -8, -9, -37, -47}) {
    BrowserBoundSigner signer;
    signer.key = TestKey::for_algorithm(algorithm, "browser-bound");
    signer.algorithm = algorithm;
    EXPECT_EQ(describe(registered_key(with_browser_bound_key(signer))),
              "browser_bound_signature_verifies/browser_bound_key_malformed")
        << algorithm;
  }
}

TEST(BrowserBoundVerdict, CountsOnlyIfItIsValid) {
  EXPECT_TRUE(check_browser_bound_verdict(SignatureVerdict::valid).has_value());
  EXPECT_EQ(check_browser_bound_verdict(SignatureVerdict::invalid).error().code,
            ErrorCode::browser_bound_signature_invalid);
  EXPECT_EQ(check_browser_bound_verdict(SignatureVerdict::unsupported).error().code,
            ErrorCode::algorithm_unsupported_by_backend);
}

}  // namespace
}  // namespace countersign::testing
