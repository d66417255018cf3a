#include "attestation/attestation.h"

#include "attestation/formats.h"
#include "attestation/statement_fields.h"

namespace countersign {
namespace {

constexpr AttestationFormat kFormats[] = {
    {"none", verify_none_statement},
    {"packed", verify_packed_statement},
    {"tpm", verify_tpm_statement},
    {"android-key", verify_android_key_statement},
    {"android-safetynet", verify_android_safetynet_statement},
    {"fido-u2f", verify_fido_u2f_statement},
    {"apple", verify_apple_statement},
    {"compound", verify_compound_statement},
};

}  // namespace

std::string_view attestation_type_name(AttestationType type) {
  switch (type) {
    case AttestationType::none:
      return "none";
    case AttestationType::self:
      return "self";
    case AttestationType::basic:
      return "basic";
    case AttestationType::attca:
      return "attca";
    case AttestationType::anonca:
      return "anonca";
  }
  return "none";
}

std::span<const AttestationFormat> attestation_formats() { return kFormats; }

Result<AttestationStatementResult> verify_attestation_statement(
    std::string_view format, const AttestationContext& context,
    std::vector<SignatureObligation>& obligations) {
  // "Determine the attestation statement format by performing a USASCII case-sensitive match on fmt
  // against the set of supported WebAuthn Attestation Statement Format Identifier values." (§7.1)
  for (const AttestationFormat& row : kFormats) {
    if (row.identifier == format) {
      return row.verify(context, obligations);
    }
  }
  return attestation_error(ErrorCode::attestation_format_unknown,
                           Check::attestation_format_supported);
}

}  // namespace countersign
