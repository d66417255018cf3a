#include "transaction/payment_assertion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/transaction/payments.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAreArray;

std::string describe(const Error& error) {
  return std::string(check_name(error.check)) + "/" + std::string(error_name(error.code));
}

// Succeeds

TEST(Payment, SucceedsAndRunsItsTableAroundThatOfAuthentication) {
  const auto result = PaymentTrial().run();
  ASSERT_TRUE(result.has_value()) << describe(result.error());
  std::vector<Check> wanted(payment_checks().begin(), payment_checks().end());
  wanted.insert(wanted.end(), authentication_checks().begin(), authentication_checks().end());
  wanted.insert(wanted.end(), payment_closing_checks().begin(), payment_closing_checks().end());
  EXPECT_THAT(result->checks(), ElementsAreArray(wanted));
  EXPECT_EQ(result->payment().value, "20.00");
  EXPECT_EQ(result->assertion().client_data().type, "payment.get");
}

TEST(Payment, SucceedsWithEachAlgorithmOfBrowserBoundKeys) {
  for (const CoseAlgorithm algorithm : {CoseAlgorithm::es256, CoseAlgorithm::rs256}) {
    const auto id = static_cast<std::int64_t>(algorithm);
    PaymentTrial trial;
    trial.payment.browser_bound->key = TestKey::for_algorithm(id, "browser-bound");
    trial.payment.browser_bound->algorithm = id;
    const ByteVector key = trial.payment.browser_bound->key.cose_key(id);
    trial.edit_expectations = [&](PaymentExpectations& e) { e.browser_bound_keys = {key}; };
    expect_accepted(trial);
  }
}

TEST(Payment, SucceedsWithoutBrowserBoundKeyWhereNoneIsRequired) {
  PaymentTrial trial;
  trial.payment.browser_bound.reset();
  trial.edit_expectations = [](PaymentExpectations& e) {
    e.browser_bound_key_rule = BrowserBoundKeyRule::optional;
  };
  expect_accepted(trial);
}

TEST(Payment, SucceedsInAFrameOfAnExpectedPage) {
  PaymentTrial trial;
  trial.payment.top_origin = "https://mall.example";
  trial.options.client_data.cross_origin = true;
  trial.options.client_data.top_origin = "https://mall.example";
  trial.edit_expectations = [](PaymentExpectations& e) {
    e.authentication.top_origins = {"https://other.example", "https://mall.example"};
  };
  expect_accepted(trial);
}

// "matches the transaction amount": one amount has two spellings.
TEST(Payment, SucceedsIfTheTotalIsWrittenWithoutFraction) {
  PaymentTrial trial;
  trial.payment.value = "20";
  expect_accepted(trial);
}

TEST(Payment, SucceedsWithMembersThatAreNotKnown) {
  PaymentTrial trial;
  trial.payment.edits = {{"newMember", "{\"a\":[1]}"}};
  trial.payment.total_edits = {{"currencySystem", "\"urn:iso:std:iso:4217\""}};
  expect_accepted(trial);
}

TEST(Payment, SucceedsIfLogosAreAnOrderedSubset) {
  const std::vector<std::pair<std::string, std::string>> asked = {
      {"https://example.org/a.png", "A"},
      {"https://example.org/b.png", "B"},
      {"https://example.org/c.png", "C"}};
  const auto trial_with = [&](std::vector<std::pair<std::string, std::string>> shown) {
    PaymentTrial trial;
    trial.payment.logos = std::move(shown);
    trial.edit_expectations = [&](PaymentExpectations& e) {
      for (const auto& logo : asked) {
        e.dialog.logos.push_back({logo.first, logo.second});
      }
    };
    return trial;
  };
  const std::vector<std::vector<std::pair<std::string, std::string>>> accepted = {
      {}, asked, {asked[0], asked[2]}, {asked[1]}, {{"", "A"}, asked[1]}};
  for (const auto& shown : accepted) {
    expect_accepted(trial_with(shown));
  }
  const std::vector<std::vector<std::pair<std::string, std::string>>> refused = {
      {asked[1], asked[0]}, {asked[0], asked[0]},    {{"", "B"}, {"", "A"}},
      {{"", "D"}},          {{asked[0].first, "B"}}, {asked[0], asked[1], asked[2], asked[2]}};
  for (const auto& shown : refused) {
    expect_refused(trial_with(shown), ErrorCode::payment_logos_mismatch,
                   Check::payment_logos_match);
  }
}

// Fails

TEST(Payment, FailsAtTheCheckThatEachMutationBreaks) {
  for (const PaymentMutation& mutation : payment_mutations()) {
    SCOPED_TRACE(mutation.name);
    PaymentTrial trial;
    mutation.mutate(trial);
    const auto result = trial.run();
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(describe(result.error()), describe(Error{mutation.code, mutation.check, 0}));
  }
}

// Every check of the range has a mutation that is refused there, and is a row of the table.
TEST(Payment, HasAMutationForEveryCheck) {
  constexpr std::uint16_t kFirst = 450;  // checks.def
  constexpr std::uint16_t kEnd = 470;
  std::set<Check> mutated;
  for (const PaymentMutation& mutation : payment_mutations()) {
    mutated.insert(mutation.check);
  }
  std::set<Check> rows(payment_checks().begin(), payment_checks().end());
  rows.insert(payment_closing_checks().begin(), payment_closing_checks().end());
  constexpr Check kChecks[] = {
#define CS_CHECK(number, name) Check::name,
#include "base/checks.def"
#undef CS_CHECK
  };
  std::set<Check> wanted;
  for (const Check check : kChecks) {
    const auto number = static_cast<std::uint16_t>(check);
    if (number >= kFirst && number < kEnd) {
      wanted.insert(check);
    }
  }
  EXPECT_EQ(wanted.size(), 12U);
  EXPECT_EQ(mutated, wanted);
  EXPECT_EQ(rows, wanted);
}

TEST(Payment, FailsIfARuleOfAuthenticationDoes) {
  PaymentTrial challenge;
  challenge.options.client_data.challenge = seeded_bytes("another", 32);
  expect_refused(challenge, ErrorCode::challenge_mismatch, Check::challenge_matches);

  PaymentTrial origin;
  origin.payment.origin = "https://evil.example";
  origin.payment.top_origin = "https://evil.example";
  expect_refused(origin, ErrorCode::origin_not_allowed, Check::origin_allowed);

  PaymentTrial framed;
  framed.options.client_data.cross_origin = true;
  expect_refused(framed, ErrorCode::cross_origin_not_allowed, Check::cross_origin_allowed);

  PaymentTrial signature;
  signature.options.signature_fault = SignatureFault::wrong_key;
  expect_refused(signature, ErrorCode::signature_invalid, Check::assertion_signature_verifies);
}

// Whatever the caller set: the dialog always demands it.
TEST(Payment, FailsIfTheUserWasNotVerified) {
  PaymentTrial trial;
  trial.options.flags = kUserPresent;
  trial.edit_expectations = [](PaymentExpectations& e) {
    e.authentication.user_verification = UserVerification::discouraged;
  };
  expect_refused(trial, ErrorCode::user_not_verified, Check::user_verified);
}

TEST(Payment, FailsIfAMemberStandsTwice) {
  PaymentTrial trial;
  trial.edit_options = [](AssertionOptions& options) {
    std::string text = R"({"type":"payment.get","challenge":")" + to_base64url(options.challenge) +
                       R"(","origin":"https://shop.example","payment":)" +
                       make_payment_member(SoftPayment()) + "}";
    const std::string total = "\"total\":";
    text.insert(text.find(total), R"("total":{"value":"0.01","currency":"EUR"},)");
    options.client_data.raw = bytes(text);
  };
  const auto result = trial.run();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::json_duplicate_key);
}

// An unknown key is the last thing to be told: the answer is worth a step-up only then.
TEST(Payment, FailsForAnUnknownKeyOnlyIfEverythingElseHolds) {
  PaymentTrial trial;
  trial.payment.browser_bound->key = TestKey::make(KeyKind::p256, "another browser");
  trial.options.signature_fault = SignatureFault::wrong_key;
  expect_refused(trial, ErrorCode::signature_invalid, Check::assertion_signature_verifies);
  trial.options.signature_fault = SignatureFault::none;
  trial.payment.browser_bound->fault = SignatureFault::flipped_bit;
  expect_refused(trial, ErrorCode::browser_bound_signature_invalid,
                 Check::browser_bound_signature_verifies);
}

// What an ordinary login does with the same bytes.
TEST(Payment, IsRefusedAsALogin) {
  AuthenticationTrial login;
  login.options = with_payment(SoftPayment());
  login.edit_expectations = [](AuthenticationExpectations& expected) {
    expected.origins = {"https://shop.example"};
  };
  expect_refused(login, ErrorCode::type_mismatch, Check::type_is_get);
}

TEST(Payment, FailsIfVerdictsAreMissing) {
  const SoftCredential credential = make_registration().credential;
  const Assertion assertion = make_assertion(credential, with_payment(SoftPayment()));
  const PaymentExpectations expected = PaymentTrial::expectations(assertion.options);
  const std::vector<std::vector<SignatureVerdict>> wrong = {
      {}, {SignatureVerdict::valid}, {3, SignatureVerdict::valid}};
  for (const auto& verdicts : wrong) {
    auto pending =
        begin_payment(expected, record_of(credential), response_of(assertion), test_hasher());
    ASSERT_TRUE(pending.has_value());
    ASSERT_EQ(pending->obligations().size(), 2U);
    const auto result = std::move(*pending).finish(verdicts);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::obligation_results_mismatch);
  }
  for (const std::size_t unsupported : {0U, 1U}) {
    auto pending =
        begin_payment(expected, record_of(credential), response_of(assertion), test_hasher());
    std::vector<SignatureVerdict> verdicts(2, SignatureVerdict::valid);
    verdicts[unsupported] = SignatureVerdict::unsupported;
    const auto result = std::move(*pending).finish(verdicts);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::algorithm_unsupported_by_backend);
  }
}

// Every bit of the client data is under both signatures.
TEST(Payment, FailsIfAnyBitOfTheClientDataFlips) {
  const SoftCredential credential = make_registration().credential;
  const Assertion assertion = make_assertion(credential, with_payment(SoftPayment()));
  const PaymentExpectations expected = PaymentTrial::expectations(assertion.options);
  const AuthenticationResponse good = response_of(assertion);
  for (std::size_t bit = 0; bit < good.client_data_json.size() * 8; ++bit) {
    AuthenticationResponse bad = good;
    bad.client_data_json = with_flipped_bit(good.client_data_json, bit);
    auto pending = begin_payment(expected, record_of(credential), bad, test_hasher());
    if (pending.has_value()) {
      const auto verdicts = discharge(pending->obligations(), test_verifier());
      EXPECT_FALSE(std::move(*pending).finish(verdicts).has_value()) << bit;
    }
  }
}

}  // namespace
}  // namespace countersign::testing
