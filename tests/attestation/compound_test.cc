#include "tests/attestation/soft_statement.h"

namespace countersign::testing {
namespace {

RegistrationOptions compound(std::vector<Format> formats) {
  RegistrationOptions options = options_of(Format::compound);
  options.compound_formats = std::move(formats);
  return options;
}

StatementOutcome run_compound(const RegistrationOptions& options) {
  return run_soft(verify_compound_statement, options);
}

StatementOutcome run_items(const std::vector<ByteVector>& items) {
  return run_soft(verify_compound_statement, make_registration(options_of(Format::none)),
                  cbor::array(items));
}

ByteVector item(std::string_view format, const ByteVector& statement) {
  return cbor::map({{cbor::text("fmt"), cbor::text(format)}, {cbor::text("attStmt"), statement}});
}
ByteVector none_item() { return item("none", cbor::map({})); }

TEST(CompoundStatement, SucceedsIfEverySubStatementDoes) {
  const StatementOutcome outcome =
      run_compound(compound({Format::packed_self, Format::packed_x5c}));
  expect_accepted(outcome);
  EXPECT_EQ(outcome.result->format, "compound");
  ASSERT_EQ(outcome.result->compound.size(), 2U);
  EXPECT_EQ(outcome.result->compound[0].type, AttestationType::self);
  EXPECT_EQ(outcome.result->compound[1].type, AttestationType::basic);
  EXPECT_EQ(outcome.result->compound[1].trust_path.size(), 1U);
  EXPECT_TRUE(outcome.result->trust_path.empty());
  EXPECT_EQ(outcome.obligations.size(), 2U);
}

TEST(CompoundStatement, ClaimsNoMoreThanItsWeakestPart) {
  const auto type = [](std::vector<Format> formats) {
    return run_compound(compound(std::move(formats))).result->type;
  };
  EXPECT_EQ(type({Format::packed_x5c, Format::packed_self}), AttestationType::self);
  EXPECT_EQ(type({Format::packed_self, Format::none}), AttestationType::none);
  EXPECT_EQ(type({Format::none, Format::packed_x5c}), AttestationType::none);
  EXPECT_EQ(type({Format::packed_x5c, Format::apple}), AttestationType::basic);
}

TEST(CompoundStatement, SucceedsWithEveryFormat) {
  for (const Format format : {Format::tpm, Format::android_key, Format::apple, Format::fido_u2f}) {
    expect_accepted(run_compound(compound({Format::packed_x5c, format})));
  }
}

TEST(CompoundStatement, FailsIfNotAnArray) {
  const Registration registration = make_registration(options_of(Format::none));
  for (const ByteVector& other : items_of_other_types(CborValue::Type::array)) {
    expect_refused(run_soft(verify_compound_statement, registration, other),
                   Check::compound_statement_members, ErrorCode::attestation_statement_malformed);
  }
}

TEST(CompoundStatement, FailsIfTheCountIsOutOfBounds) {
  constexpr Check kCheck = Check::compound_statement_count;
  constexpr ErrorCode kCode = ErrorCode::attestation_compound_count;
  expect_refused(run_items({}), kCheck, kCode);
  expect_refused(run_items({none_item()}), kCheck, kCode);
  expect_refused(
      run_items(std::vector<ByteVector>(limits::kMaxCompoundStatements + 1, none_item())), kCheck,
      kCode);
  EXPECT_TRUE(run_items(std::vector<ByteVector>(limits::kMaxCompoundStatements, none_item()))
                  .result.has_value());
}

TEST(CompoundStatement, FailsIfNested) {
  const ByteVector inner = item("compound", cbor::array({none_item(), none_item()}));
  expect_refused(run_items({none_item(), inner}), Check::compound_statement_not_nested,
                 ErrorCode::attestation_compound_nested);
  expect_refused(run_items({inner, none_item()}), Check::compound_statement_not_nested,
                 ErrorCode::attestation_compound_nested);
}

TEST(CompoundStatement, FailsIfAnItemIsNotFmtAndAttStmt) {
  constexpr Check kCheck = Check::compound_statement_members;
  constexpr ErrorCode kCode = ErrorCode::attestation_statement_malformed;
  for (const ByteVector& other : items_of_other_types(CborValue::Type::map)) {
    expect_refused(run_items({none_item(), other}), kCheck, kCode);
  }
  expect_refused(run_items({none_item(), cbor::map({})}), kCheck, kCode);
  expect_refused(run_items({none_item(), cbor::map({{cbor::text("fmt"), cbor::text("none")}})}),
                 kCheck, kCode);
  expect_refused(run_items({none_item(), cbor::map({{cbor::text("attStmt"), cbor::map({})}})}),
                 kCheck, kCode);
  for (const ByteVector& other : items_of_other_types(CborValue::Type::text)) {
    expect_refused(run_items({none_item(), cbor::map({{cbor::text("fmt"), other},
                                                      {cbor::text("attStmt"), cbor::map({})}})}),
                   kCheck, kCode);
  }
  const ByteVector three = cbor::map({{cbor::text("fmt"), cbor::text("none")},
                                      {cbor::text("attStmt"), cbor::map({})},
                                      {cbor::text("more"), cbor::null()}});
  expect_refused(run_items({none_item(), three}), kCheck,
                 ErrorCode::attestation_statement_unknown_member);
}

TEST(CompoundStatement, FailsIfASubStatementHasAnUnknownFormat) {
  expect_refused(run_items({none_item(), item("unknown", cbor::map({}))}),
                 Check::attestation_format_supported, ErrorCode::attestation_format_unknown);
}

TEST(CompoundStatement, FailsIfASubStatementFails) {
  expect_refused(
      run_items({none_item(), item("none", cbor::map({{cbor::text("a"), cbor::null()}}))}),
      Check::none_statement_empty, ErrorCode::attestation_statement_not_empty);
  RegistrationOptions options = compound({Format::packed_self, Format::packed_x5c});
  options.edit_leaf = [](CertificateOptions& leaf) { leaf.is_ca = true; };
  expect_refused(run_compound(options), Check::packed_certificate_not_ca,
                 ErrorCode::attestation_certificate_requirements);
}

TEST(CompoundStatement, FailsIfOneSignatureFails) {
  RegistrationOptions options = compound({Format::packed_self, Format::packed_x5c});
  options.signature_fault =
      SignatureFault::credential_key;  // right for the one, wrong for the other
  const StatementOutcome outcome = run_compound(options);
  ASSERT_TRUE(outcome.result.has_value());
  EXPECT_FALSE(outcome.do_obligations_hold);
}

}  // namespace
}  // namespace countersign::testing
