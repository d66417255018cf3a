#pragma once
// Domain-separated SHA-256: a digest of one kind can never be taken for one of another.

#include "base/bytes.h"
#include "crypto/hash_tag.h"
#include "crypto/hasher.h"

namespace countersign {

/// SHA-256(SHA-256(tag) ‖ SHA-256(tag) ‖ message). `tag` is ASCII: "countersign/1/policy", …
Digest256 tagged_hash(const Hasher& hasher, const HashTag& tag, Bytes message);

}  // namespace countersign
