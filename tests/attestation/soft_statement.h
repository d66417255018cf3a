#pragma once
// Runs the verifier of one format on the statement of a registration that the software
// authenticator made.

#include <functional>

#include "attestation/attestation.h"
#include "tests/attestation/platform_statement.h"

namespace countersign::testing {

inline RegistrationOptions options_of(Format format) {
  RegistrationOptions options;
  options.format = format;
  return options;
}

inline Attested attested_by(const Registration& registration) {
  return {registration.credential.key, registration.authenticator_data,
          sha256(registration.client_data)};
}

/// Runs `statement` (encoded) in the place of the registration's own.
inline StatementOutcome run_soft(AttestationFormatVerifier verify, const Registration& registration,
                                 const ByteVector& statement,
                                 const AttestationSettings& settings = {}) {
  return run_statement(verify, attested_by(registration), statement, settings);
}

inline StatementOutcome run_soft(AttestationFormatVerifier verify,
                                 const RegistrationOptions& options,
                                 const AttestationSettings& settings = {}) {
  const Registration registration = make_registration(options);
  return run_soft(verify, registration, registration.statement, settings);
}

/// The statement with one member replaced, added or (nothing) removed.
inline RegistrationOptions with_member(RegistrationOptions options, const std::string& member,
                                       const std::optional<ByteVector>& value) {
  options.statement_edits.push_back({member, value});
  return options;
}

inline RegistrationOptions with_leaf(RegistrationOptions options,
                                     std::function<void(CertificateOptions&)> edit) {
  options.edit_leaf = std::move(edit);
  return options;
}

/// Items of every CBOR type that is not the wanted one (reference: conformance tests draw wrong
/// types at random; a number is never taken for anything else).
inline std::vector<ByteVector> items_of_other_types(CborValue::Type wanted) {
  const std::pair<CborValue::Type, ByteVector> items[] = {
      {CborValue::Type::integer, cbor::integer(1469)},
      {CborValue::Type::bytes, cbor::byte_string(bytes("x"))},
      {CborValue::Type::text, cbor::text("x")},
      {CborValue::Type::array, cbor::array({cbor::integer(1)})},
      {CborValue::Type::map, cbor::map({})},
      {CborValue::Type::boolean, cbor::boolean(true)},
      {CborValue::Type::null, cbor::null()}};
  std::vector<ByteVector> out;
  for (const auto& [type, item] : items) {
    if (type != wanted) {
      out.push_back(item);
    }
  }
  return out;
}

inline AttestationContext make_context(const CborValue& statement,
                                       const AuthenticatorData& authenticator_data,
                                       const Digest256& hash, const AttestationSettings& settings) {
  return {statement, authenticator_data, hash, settings, {kCeremonyTime}, test_hasher()};
}

/// The format refuses authenticator data without an attested credential (its rules need one).
inline void expect_attested_credential_needed(AttestationFormatVerifier verify,
                                              const RegistrationOptions& options, Check check) {
  const Registration registration = make_registration(options);
  AuthenticatorData authenticator_data =
      parse_authenticator_data(registration.authenticator_data).value();
  authenticator_data.attested_credential_data.reset();
  CborOptions cbor_options;
  cbor_options.key_order = CborKeyOrder::any;
  const CborValue statement = parse_cbor(registration.statement, cbor_options).value();
  const Digest256 hash{};
  const AttestationSettings settings;
  std::vector<SignatureObligation> obligations;
  const auto result =
      verify(make_context(statement, authenticator_data, hash, settings), obligations);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::attested_credential_data_missing);
  EXPECT_EQ(result.error().check, check);
  EXPECT_TRUE(obligations.empty());
}

}  // namespace countersign::testing
