#pragma once
// Hashing is an interface so that each target brings its own implementation.

#include "base/bytes.h"
#include "crypto/algorithm.h"

namespace countersign {

class Hasher {
 public:
  virtual ~Hasher() = default;
  /// SHA-256 of the parts in a row.
  virtual Digest256 sha256(std::initializer_list<Bytes> parts) const = 0;
  /// digest_size(hash) octets.
  virtual ByteVector digest(HashAlgorithm hash, Bytes message) const = 0;
};

}  // namespace countersign
