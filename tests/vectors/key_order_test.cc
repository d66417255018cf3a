// Strict, but not against real authenticators: maps of the attestation object and its statement
// come in any order, and the verdict says so; what the authenticator itself encodes must be
// canonical.

#include <gtest/gtest.h>

#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

Result<VerifiedRegistration> registered(const RegistrationOptions& options) {
  const Registration registration = make_registration(options);
  RegistrationExpectations expectations = registration_expectations(registration);
  expectations.attestation.is_safetynet_enabled = true;
  return run_registration(registration.json, expectations);
}

template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string(error_name(result.error().code));
}

TEST(KeyOrder, OfTheAttestationObjectIsAcceptedAndNoted) {
  for (const Format format : all_formats()) {
    SCOPED_TRACE(format_identifier(format));
    RegistrationOptions options;
    options.format = format;
    const auto canonical = registered(options);
    ASSERT_TRUE(canonical.has_value()) << outcome(canonical);
    EXPECT_TRUE(canonical->attestation_object().is_key_order_canonical);
    options.key_order = cbor::KeyOrder::reversed;
    const auto other = registered(options);
    ASSERT_TRUE(other.has_value()) << outcome(other);
    EXPECT_FALSE(other->attestation_object().is_key_order_canonical);
    EXPECT_EQ(other->trust().trust, canonical->trust().trust);
  }
}

TEST(KeyOrder, OfACoseKeyMustBeCanonical) {
  for (const std::int64_t algorithm : credential_algorithms()) {
    RegistrationOptions options;
    options.algorithm = algorithm;
    const TestKey key = TestKey::for_algorithm(algorithm, "credential");
    options.cose_key = cbor::map(key.cose_members(algorithm), cbor::KeyOrder::reversed);
    EXPECT_EQ(outcome(registered(options)), "cbor_key_order") << algorithm;
  }
}

TEST(KeyOrder, OfAuthenticatorExtensionsMustBeCanonical) {
  RegistrationOptions options;
  const cbor::Members members{{cbor::text("credProtect"), cbor::integer(2)},
                              {cbor::text("hmac-secret"), cbor::boolean(true)}};
  options.raw_extensions = cbor::map(members);
  EXPECT_EQ(outcome(registered(options)), "ok");
  options.raw_extensions = cbor::map(members, cbor::KeyOrder::reversed);
  EXPECT_EQ(outcome(registered(options)), "extensions_malformed");
}

// Order carries no meaning; two values for one key do.
TEST(KeyOrder, FailsIfAKeyIsDuplicateInAnyMap) {
  RegistrationOptions options;
  options.format = Format::packed_self;
  const ByteVector pair = concat({cbor::text("alg"), cbor::integer(-7)});
  options.raw_statement = concat({cbor::head(5, 2), pair, pair});
  EXPECT_EQ(outcome(registered(options)), "cbor_duplicate_key");
  options = {};
  const ByteVector format = concat({cbor::text("fmt"), cbor::text("none")});
  const Registration good = make_registration();
  options.raw_attestation_object =
      concat({cbor::head(5, 4), format, format, cbor::text("attStmt"), cbor::map({}),
              cbor::text("authData"), cbor::byte_string(good.authenticator_data)});
  EXPECT_EQ(outcome(registered(options)), "cbor_duplicate_key");
  options = {};
  const ByteVector output = concat({cbor::text("credProtect"), cbor::integer(2)});
  options.raw_extensions = concat({cbor::head(5, 2), output, output});
  EXPECT_EQ(outcome(registered(options)), "extensions_malformed");
  options = {};
  cbor::Members members = TestKey::make(KeyKind::p256, "credential").cose_members(-7);
  members.push_back(members.back());
  options.cose_key = cbor::map(members);
  EXPECT_EQ(outcome(registered(options)), "cbor_duplicate_key");
}

TEST(Compound, ClaimsNoMoreThanItsWeakestPart) {
  const auto trust_of = [](std::vector<Format> formats) {
    RegistrationOptions options;
    options.format = Format::compound;
    options.compound_formats = std::move(formats);
    const auto result = registered(options);
    return result ? std::string(attestation_trust_name(result->trust().trust)) : outcome(result);
  };
  EXPECT_EQ(trust_of({Format::packed_x5c, Format::android_key}), "trusted");
  EXPECT_EQ(trust_of({Format::packed_x5c, Format::packed_self}), "self");
  EXPECT_EQ(trust_of({Format::packed_self, Format::packed_x5c}), "self");
  EXPECT_EQ(trust_of({Format::packed_x5c, Format::none}), "none");
  EXPECT_EQ(trust_of({Format::none, Format::none}), "none");
  EXPECT_EQ(trust_of({Format::packed_x5c, Format::packed_x5c, Format::tpm}), "trusted");
  EXPECT_EQ(trust_of(std::vector<Format>(9, Format::packed_x5c)), "attestation_compound_count");
}

// A part that is wrong spoils the whole, wherever it stands.
TEST(Compound, FailsIfAnyPartFails) {
  for (const Format format :
       {Format::packed_x5c, Format::packed_self, Format::tpm, Format::android_key, Format::apple}) {
    for (const bool is_first : {false, true}) {
      RegistrationOptions options;
      options.format = Format::compound;
      options.compound_formats = is_first ? std::vector<Format>{format, Format::none}
                                          : std::vector<Format>{Format::none, format};
      EXPECT_EQ(outcome(registered(options)), "ok");
      options.signature_fault = SignatureFault::wrong_key;
      if (format != Format::apple) {
        EXPECT_EQ(outcome(registered(options)), "signature_invalid");
      }
      options.signature_fault = SignatureFault::none;
      options.edit_leaf = [](CertificateOptions& leaf) { leaf.spki = leaf.key.cose_key(-7); };
      if (format != Format::packed_self) {
        EXPECT_NE(outcome(registered(options)), "ok");
      }
    }
  }
}

}  // namespace
}  // namespace countersign::testing
