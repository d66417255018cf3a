#pragma once
// A policy that nobody has to understand: its digest, and what that is of.

#include <string_view>

#include "base/result.h"
#include "codec/canonical_cbor.h"
#include "crypto/hasher.h"

namespace countersign {

/// Of the text of a document, whatever its members are: PolicyDocument::digest of what parse_policy
/// reads. Errors: json_*; those of canonical_of and make_canonical_cbor.
Result<Digest256> policy_digest(std::string_view json, const Hasher& hasher);

/// What the digest is of: the text without `$schema`. Errors: json_*; those of canonical_of.
Result<CanonicalValue> read_policy_text(std::string_view json);

}  // namespace countersign
