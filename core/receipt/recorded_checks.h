#pragma once
// The list of checks in a record: what the server held the approval to.

#include "ceremony/authentication.h"
#include "receipt/evidence.h"

namespace countersign {

/// Whether the list has every check that an approval of that kind has to pass, each once, and none
/// that does not exist. What servers came to check later is not demanded of older records: these
/// lists stay as they are, and a list may have more. Two depend on what is recorded beside:
/// signature_counter_advanced is there unless the counter did not advance, credential_model_sound
/// unless the metadata objected. Error: receipt_evidence_missing.
Status check_recorded_checks(const ApprovalEvidence& evidence, CounterOutcome counter);

}  // namespace countersign
