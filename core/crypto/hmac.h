#pragma once

#include "crypto/hasher.h"

namespace countersign {

/// HMAC-SHA-256 (RFC 2104) of the parts in a row.
Digest256 hmac_sha256(const Hasher& hasher, Bytes key, std::initializer_list<Bytes> parts);

}  // namespace countersign
