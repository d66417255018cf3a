#include "ceremony/ceremony.h"

#include <gmock/gmock.h>

#include "tests/ceremony/ceremonies.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;

SignatureObligation obligation(std::uint8_t seed) {
  const TestKey key = TestKey::make(KeyKind::p256, "credential");
  return {Check::assertion_signature_verifies,
          {SignatureScheme::ecdsa, HashAlgorithm::sha256},
          PublicKey::make_ec(Curve::p256, key.x(), key.y()).value(),
          ByteVector{seed},
          ByteVector(64, seed)};
}

HostSignatureResult result_for(const SignatureObligation& obligation, bool is_valid) {
  return {obligation_digest(obligation, test_hasher()), is_valid, false};
}

void expect_mismatch(const std::vector<SignatureObligation>& obligations,
                     const std::vector<HostSignatureResult>& results) {
  const auto verdicts = match_host_results(obligations, results, test_hasher());
  ASSERT_FALSE(verdicts.has_value());
  EXPECT_EQ(verdicts.error().code, ErrorCode::obligation_results_mismatch);
}

TEST(MatchHostResults, GivesVerdictsInTheOrderOfTheObligations) {
  const std::vector<SignatureObligation> obligations = {obligation(1), obligation(2),
                                                        obligation(3)};
  HostSignatureResult unsupported = result_for(obligations[2], true);
  unsupported.is_unsupported = true;
  const std::vector<HostSignatureResult> results = {unsupported, result_for(obligations[1], false),
                                                    result_for(obligations[0], true)};
  const auto verdicts = match_host_results(obligations, results, test_hasher());
  ASSERT_TRUE(verdicts.has_value());
  EXPECT_THAT(*verdicts, ElementsAre(SignatureVerdict::valid, SignatureVerdict::invalid,
                                     SignatureVerdict::unsupported));
}

TEST(MatchHostResults, EqualObligationsShareAResult) {
  const std::vector<SignatureObligation> obligations = {obligation(1), obligation(1)};
  const auto verdicts =
      match_host_results(obligations, std::vector{result_for(obligations[0], true)}, test_hasher());
  ASSERT_TRUE(verdicts.has_value());
  EXPECT_THAT(*verdicts, ElementsAre(SignatureVerdict::valid, SignatureVerdict::valid));
}

TEST(MatchHostResults, FailsIfAResultIsMissing) {
  const std::vector<SignatureObligation> obligations = {obligation(1), obligation(2)};
  expect_mismatch(obligations, {});
  expect_mismatch(obligations, {result_for(obligations[0], true)});
}

TEST(MatchHostResults, FailsIfAResultIsExtra) {
  const std::vector<SignatureObligation> obligations = {obligation(1)};
  expect_mismatch(obligations, {result_for(obligations[0], true), result_for(obligation(2), true)});
  expect_mismatch({}, {result_for(obligations[0], true)});
  // Within the number of obligations: two equal ones leave room for a stranger.
  const std::vector<SignatureObligation> twins = {obligation(1), obligation(1)};
  expect_mismatch(twins, {result_for(twins[0], true), result_for(obligation(2), true)});
}

TEST(MatchHostResults, FailsIfAResultIsGivenTwice) {
  const std::vector<SignatureObligation> obligations = {obligation(1), obligation(2)};
  expect_mismatch(obligations,
                  {result_for(obligations[0], true), result_for(obligations[0], true)});
  expect_mismatch({obligation(1), obligation(1)},
                  {result_for(obligations[0], true), result_for(obligations[0], false)});
}

TEST(MatchHostResults, FailsIfAResultIsForAnotherObligation) {
  const std::vector<SignatureObligation> obligations = {obligation(1)};
  SignatureObligation other = obligation(1);
  other.check = Check::packed_signature;
  expect_mismatch(obligations, {result_for(other, true)});
  other = obligation(1);
  other.signature[0] ^= 1U;
  expect_mismatch(obligations, {result_for(other, true)});
}

}  // namespace
}  // namespace countersign::testing
