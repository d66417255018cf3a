#include "crypto/tagged_hash.h"

namespace countersign {

Digest256 tagged_hash(const Hasher& hasher, std::string_view tag, Bytes message) {
  const Digest256 prefix = hasher.sha256({bytes_of(tag)});
  return hasher.sha256({prefix, prefix, message});
}

}  // namespace countersign
