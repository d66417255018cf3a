#pragma once
// The digest of a policy that nobody has to understand.

#include <string_view>

#include "base/result.h"
#include "crypto/hasher.h"

namespace countersign {

/// Of the text of a document, whatever its members are: PolicyDocument::digest of what parse_policy
/// reads. Errors: json_*; those of canonical_of and make_canonical_cbor.
Result<Digest256> policy_digest(std::string_view json, const Hasher& hasher);

}  // namespace countersign
