// WebAuthn L3 §8.7, none attestation statement format.

#include "attestation/formats.h"
#include "attestation/statement_fields.h"

namespace countersign {

// "$$attStmtType //= (fmt: "none", attStmt: emptyMap)": the statement is an empty map.
Result<AttestationStatementResult> verify_none_statement(const AttestationContext& context,
                                                         std::vector<SignatureObligation>&) {
  constexpr Check kCheck = Check::none_statement_empty;
  if (!context.statement.is(CborValue::Type::map)) {
    return attestation_error(ErrorCode::attestation_statement_malformed, kCheck);
  }
  if (!context.statement.members.empty()) {
    return attestation_error(ErrorCode::attestation_statement_not_empty, kCheck);
  }
  AttestationStatementResult result;
  result.format = "none";
  result.type = AttestationType::none;
  return result;
}

}  // namespace countersign
