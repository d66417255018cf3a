// WebAuthn L3 §8.9, compound attestation statement format.

#include "attestation/formats.h"
#include "attestation/statement_fields.h"
#include "base/limits.h"

namespace countersign {
namespace {

constexpr std::string_view kCompound = "compound";

/// How much a type claims: none, the key for itself, somebody else.
int strength(AttestationType type) {
  switch (type) {
    case AttestationType::none:
      return 0;
    case AttestationType::self:
      return 1;
    case AttestationType::basic:
    case AttestationType::attca:
    case AttestationType::anonca:
      return 2;
  }
  return 0;
}

/// "attStmt: [2* nonCompoundAttStmt]", each { attStmt, fmt }.
Status check_sub_statement(const CborValue& item) {
  constexpr Check kCheck = Check::compound_statement_members;
  CS_TRY(check_statement_members(item, {"fmt", "attStmt"}, kCheck));
  CS_ASSIGN(const std::string_view format, text_member(item, "fmt", kCheck));
  if (!has_member(item, "attStmt")) {
    return attestation_error(ErrorCode::attestation_statement_malformed, kCheck);
  }
  if (format == kCompound) {
    return attestation_error(ErrorCode::attestation_compound_nested,
                             Check::compound_statement_not_nested);
  }
  return ok();
}

}  // namespace

// "For each subStmt of attStmt, evaluate the attestation statement format verification procedure
// corresponding to the attestation statement format identifier subStmt.fmt with verification
// procedure inputs subStmt, authenticatorData and clientDataHash. If validation fails for one or
// more subStmt, decide the appropriate result based on Relying Party policy." Ours: all must hold.
Result<AttestationStatementResult> verify_compound_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations) {
  if (!context.statement.is(CborValue::Type::array)) {
    return attestation_error(ErrorCode::attestation_statement_malformed,
                             Check::compound_statement_members);
  }
  const std::vector<CborValue>& items = context.statement.items;
  if (items.size() < 2 || items.size() > limits::kMaxCompoundStatements) {
    return attestation_error(ErrorCode::attestation_compound_count,
                             Check::compound_statement_count);
  }
  for (const CborValue& item : items) {
    CS_TRY(check_sub_statement(item));
  }
  AttestationStatementResult result;
  result.format = kCompound;
  for (const CborValue& item : items) {
    const AttestationContext inner{*item.find("attStmt"),
                                   context.authenticator_data,
                                   context.client_data_hash,
                                   context.settings,
                                   context.time,
                                   context.hasher};
    CS_ASSIGN(AttestationStatementResult statement,
              verify_attestation_statement(item.find("fmt")->text(), inner, obligations));
    if (obligations.size() > limits::kMaxObligations) {
      return attestation_error(ErrorCode::too_many_obligations, Check::compound_statement_count);
    }
    // The whole claims no more than its weakest part.
    if (result.compound.empty() || strength(statement.type) < strength(result.type)) {
      result.type = statement.type;
    }
    result.compound.push_back(std::move(statement));
  }
  return result;
}

}  // namespace countersign
