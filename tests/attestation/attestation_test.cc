#include "attestation/attestation.h"

#include "tests/attestation/soft_statement.h"

namespace countersign::testing {
namespace {

Result<AttestationStatementResult> dispatch(std::string_view format,
                                            const Registration& registration) {
  const AuthenticatorData authenticator_data =
      parse_authenticator_data(registration.authenticator_data).value();
  CborOptions options;
  options.key_order = CborKeyOrder::any;
  const CborValue statement = parse_cbor(registration.statement, options).value();
  const Digest256 hash = test_hasher().sha256({Bytes(registration.client_data)});
  AttestationSettings settings;
  settings.is_safetynet_enabled = true;
  std::vector<SignatureObligation> obligations;
  return verify_attestation_statement(
      format, make_context(statement, authenticator_data, hash, settings), obligations);
}

TEST(AttestationFormats, AreTheEightOfTheStandard) {
  std::vector<std::string_view> names;
  for (const AttestationFormat& format : attestation_formats()) {
    names.push_back(format.identifier);
    EXPECT_NE(format.verify, nullptr);
    EXPECT_LE(format.identifier.size(), 32U);
  }
  EXPECT_EQ(names,
            (std::vector<std::string_view>{"none", "packed", "tpm", "android-key",
                                           "android-safetynet", "fido-u2f", "apple", "compound"}));
}

TEST(AttestationFormats, EachRunsItsOwnProcedure) {
  for (const Format format : all_formats()) {
    const std::string_view identifier = format_identifier(format);
    SCOPED_TRACE(identifier);
    const Result<AttestationStatementResult> result =
        dispatch(identifier, make_registration(options_of(format)));
    ASSERT_TRUE(result.has_value())
        << error_name(result.error().code) << " in " << check_name(result.error().check);
    EXPECT_EQ(result->format, identifier);
  }
}

TEST(AttestationFormats, FailIfTheIdentifierIsUnknownOrInAnotherCase) {
  const Registration registration = make_registration(options_of(Format::none));
  for (const std::string_view format :
       {std::string_view("None"), std::string_view("PACKED"), std::string_view(""),
        std::string_view("none "), std::string_view("none\0", 5), std::string_view("BananaPancake"),
        std::string_view("apple-appattest"), std::string_view("packed-ecdaa")}) {
    const Result<AttestationStatementResult> result = dispatch(format, registration);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::attestation_format_unknown);
    EXPECT_EQ(result.error().check, Check::attestation_format_supported);
  }
}

TEST(AttestationFormats, FailIfTheStatementIsAnotherFormats) {
  for (const Format statement : all_formats()) {
    for (const Format format : all_formats()) {
      if (format_identifier(statement) == format_identifier(format)) {
        continue;
      }
      EXPECT_FALSE(
          dispatch(format_identifier(format), make_registration(options_of(statement))).has_value())
          << format_identifier(statement) << " as " << format_identifier(format);
    }
  }
}

TEST(AttestationTypes, HaveNames) {
  EXPECT_EQ(attestation_type_name(AttestationType::none), "none");
  EXPECT_EQ(attestation_type_name(AttestationType::self), "self");
  EXPECT_EQ(attestation_type_name(AttestationType::basic), "basic");
  EXPECT_EQ(attestation_type_name(AttestationType::attca), "attca");
  EXPECT_EQ(attestation_type_name(AttestationType::anonca), "anonca");
}

}  // namespace
}  // namespace countersign::testing
