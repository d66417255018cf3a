#pragma once
// Who is enrolled with what, and what metadata say of models: files for the forecast and for lint.

#include <string_view>
#include <vector>

#include "policy/lockout.h"

namespace countersign {

/// One JSON object a line: `{"user","aaguid"?,"modelProved"?,"attestation"?,"certification"?,
/// "backupEligible"?,"algorithm","transports"?,"discoverable"?,"age","format"?,"metadataStatus"?,
/// "backedUp"?,"recovered"?,"lastUsedAge"?,"counter"?}`. Errors: policy_credentials_malformed with
/// the offset of the line or value; json_*.
Result<std::vector<EnrolledCredential>> parse_enrolled_credentials(std::string_view lines);
/// One JSON object a line: `{"aaguid","certification","acceptable"?}`. Errors as above.
Result<std::vector<KnownModel>> parse_known_models(std::string_view lines);

}  // namespace countersign
