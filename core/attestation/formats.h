#pragma once
// The verification procedure of each attestation statement format (WebAuthn L3 §8), one file each.
// The dispatcher (attestation.h) is the only caller, apart from tests.

#include <vector>

#include "attestation/attestation.h"

namespace countersign {

/// Each runs the verification procedure of its section: checks everything but arithmetic, appends
/// the signatures as obligations and returns what the statement claims. Nothing is appended that
/// counts when an error comes back: the caller drops the obligations.
Result<AttestationStatementResult> verify_none_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations);  // §8.7
Result<AttestationStatementResult> verify_packed_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations);  // §8.2
Result<AttestationStatementResult> verify_tpm_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations);  // §8.3
Result<AttestationStatementResult> verify_android_key_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations);  // §8.4
Result<AttestationStatementResult> verify_android_safetynet_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations);  // §8.5
Result<AttestationStatementResult> verify_fido_u2f_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations);  // §8.6
Result<AttestationStatementResult> verify_apple_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations);  // §8.8
Result<AttestationStatementResult> verify_compound_statement(
    const AttestationContext& context, std::vector<SignatureObligation>& obligations);  // §8.9

}  // namespace countersign
