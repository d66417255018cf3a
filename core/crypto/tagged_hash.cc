#include "crypto/tagged_hash.h"

namespace countersign {

Digest256 tagged_hash(const Hasher& hasher, const HashTag& tag, Bytes message) {
  return hasher.sha256({tag.digest(), tag.digest(), message});
}

}  // namespace countersign
