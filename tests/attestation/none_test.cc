#include "tests/attestation/soft_statement.h"

namespace countersign::testing {
namespace {

TEST(NoneStatement, SucceedsIfTheStatementIsAnEmptyMap) {
  const StatementOutcome outcome = run_soft(verify_none_statement, options_of(Format::none));
  ASSERT_TRUE(outcome.result.has_value());
  EXPECT_EQ(outcome.result->format, "none");
  EXPECT_EQ(outcome.result->type, AttestationType::none);
  EXPECT_TRUE(outcome.result->trust_path.empty());
  EXPECT_FALSE(outcome.result->algorithm);
  EXPECT_TRUE(outcome.obligations.empty());
}

TEST(NoneStatement, FailsIfTheMapIsNotEmpty) {
  // Conformance AttResp-7 F-1: a whole packed statement under the name of none.
  const Registration packed = make_registration(options_of(Format::packed_x5c));
  expect_refused(run_soft(verify_none_statement, packed, packed.statement),
                 Check::none_statement_empty, ErrorCode::attestation_statement_not_empty);
  expect_refused(
      run_soft(verify_none_statement, with_member(options_of(Format::none), "x", cbor::null())),
      Check::none_statement_empty, ErrorCode::attestation_statement_not_empty);
}

TEST(NoneStatement, FailsIfNotAMap) {
  const Registration registration = make_registration(options_of(Format::none));
  for (const ByteVector& item : items_of_other_types(CborValue::Type::map)) {
    expect_refused(run_soft(verify_none_statement, registration, item), Check::none_statement_empty,
                   ErrorCode::attestation_statement_malformed);
  }
  expect_refused(run_soft(verify_none_statement, registration, cbor::array({})),
                 Check::none_statement_empty, ErrorCode::attestation_statement_malformed);
}

}  // namespace
}  // namespace countersign::testing
