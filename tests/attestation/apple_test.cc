#include "tests/attestation/soft_statement.h"

namespace countersign::testing {
namespace {

RegistrationOptions apple() { return options_of(Format::apple); }

StatementOutcome run_apple(const RegistrationOptions& options) {
  return run_soft(verify_apple_statement, options);
}

RegistrationOptions with_nonce(const std::optional<ByteVector>& value) {
  return with_leaf(apple(), [value](CertificateOptions& leaf) {
    leaf.extensions.clear();
    if (value) {
      leaf.extensions.push_back({oids::kAppleNonce, false, *value});
    }
  });
}

TEST(AppleStatement, ReturnsAnonCaWithoutObligations) {
  RegistrationOptions options = apple();
  options.intermediates = 1;
  const StatementOutcome outcome = run_apple(options);
  ASSERT_TRUE(outcome.result.has_value());
  EXPECT_EQ(outcome.result->format, "apple");
  EXPECT_EQ(outcome.result->type, AttestationType::anonca);
  EXPECT_EQ(outcome.result->trust_path.size(), 2U);
  EXPECT_FALSE(outcome.result->algorithm);
  EXPECT_TRUE(outcome.obligations.empty());
}

TEST(AppleStatement, SucceedsIfItCarriesAlg) {
  EXPECT_TRUE(run_apple(with_member(apple(), "alg", cbor::integer(-7))).result.has_value());
}

TEST(AppleStatement, FailsIfItHasAnUnknownMember) {
  for (const char* member : {"sig", "extra"}) {
    expect_refused(run_apple(with_member(apple(), member, cbor::byte_string(bytes("x")))),
                   Check::apple_statement_members, ErrorCode::attestation_statement_unknown_member);
  }
}

TEST(AppleStatement, FailsIfX5cIsMissingOrMalformed) {
  constexpr ErrorCode kMalformed = ErrorCode::attestation_statement_malformed;
  expect_refused(run_apple(with_member(apple(), "x5c", std::nullopt)), Check::apple_certificates,
                 kMalformed);
  expect_refused(run_apple(with_member(apple(), "x5c", cbor::array({}))), Check::apple_certificates,
                 kMalformed);
  for (const ByteVector& item : items_of_other_types(CborValue::Type::array)) {
    expect_refused(run_apple(with_member(apple(), "x5c", item)), Check::apple_certificates,
                   kMalformed);
  }
}

TEST(AppleStatement, FailsIfTheNonceExtensionIsMissingOrMalformed) {
  const ByteVector octets = der::octet_string(seeded_bytes("nonce", 32));
  const auto refused = [](const std::optional<ByteVector>& value) {
    expect_refused(run_apple(with_nonce(value)), Check::apple_nonce,
                   ErrorCode::attestation_nonce_malformed);
  };
  refused(std::nullopt);
  refused(ByteVector());
  refused(octets);
  refused(der::sequence({octets}));
  refused(der::sequence({der::context(0, octets)}));
  refused(der::sequence({der::context(1, der::utf8_string("nonce"))}));
  refused(der::sequence({der::context(1, concat({octets, octets}))}));
  refused(der::sequence({der::context(1, octets), der::null()}));
  refused(concat({der::sequence({der::context(1, octets)}), der::null()}));
}

TEST(AppleStatement, FailsIfTheNonceIsNotTheHash) {
  for (const ByteVector& nonce :
       {seeded_bytes("nonce", 32), ByteVector(), sha256(bytes("another ceremony"))}) {
    expect_refused(
        run_apple(with_nonce(der::sequence({der::context(1, der::octet_string(nonce))}))),
        Check::apple_nonce, ErrorCode::attestation_nonce_mismatch);
  }
}

TEST(AppleStatement, FailsForEveryFlippedBitOfTheAttestedBytes) {
  const Registration registration = make_registration(apple());
  const Attested attested = attested_by(registration);
  const auto accepts = [&](const Attested& changed) {
    return run_statement(verify_apple_statement, changed, registration.statement).is_accepted();
  };
  ASSERT_TRUE(accepts(attested));
  for (std::size_t bit = 0; bit < attested.authenticator_data.size() * 8; ++bit) {
    Attested flipped = attested;
    flipped.authenticator_data = with_flipped_bit(attested.authenticator_data, bit);
    ASSERT_FALSE(accepts(flipped)) << bit;
  }
  for (std::size_t bit = 0; bit < 32 * 8; ++bit) {
    Attested flipped = attested;
    flipped.client_data_hash = with_flipped_bit(attested.client_data_hash, bit);
    ASSERT_FALSE(accepts(flipped)) << bit;
  }
}

TEST(AppleStatement, FailsIfTheCertificateIsForAnotherKey) {
  for (const KeyKind kind : {KeyKind::p256, KeyKind::p384, KeyKind::rsa2048}) {
    expect_refused(run_apple(with_leaf(apple(),
                                       [kind](CertificateOptions& leaf) {
                                         leaf.key = TestKey::make(kind, "other");
                                       })),
                   Check::apple_certificate_key, ErrorCode::attestation_key_mismatch);
  }
  expect_refused(run_apple(with_leaf(apple(),
                                     [](CertificateOptions& leaf) {
                                       leaf.spki = TestKey::make(KeyKind::rsa1024, "weak").spki();
                                     })),
                 Check::apple_certificate_key, ErrorCode::certificate_unsupported_key);
}

TEST(AppleStatement, NeedsAnAttestedCredential) {
  expect_attested_credential_needed(verify_apple_statement, apple(),
                                    Check::apple_statement_members);
}

TEST(AppleStatement, SucceedsForRecordedStatements) {
  const std::optional<Recorded> recorded = read_ceremony("single-apple-es256");
  if (!recorded) {
    GTEST_SKIP() << "no recorded ceremonies beside this checkout";
  }
  EXPECT_TRUE(run_recorded(verify_apple_statement, *recorded).result.has_value());
  const std::optional<Recorded> vector = read_standard_vector("apple-es256");
  ASSERT_TRUE(vector);
  EXPECT_TRUE(run_recorded(verify_apple_statement, *vector).result.has_value());
}

}  // namespace
}  // namespace countersign::testing
