#pragma once
// What stands in a file of the cache: a BLOB with what it was judged by.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/hasher.h"

namespace countersign {

struct CachedCrl {
  std::string url;
  ByteVector der;
};

struct CachedBlob {
  std::string source;  // MetadataSourceConfig::name
  std::string blob;
  std::optional<std::string> etag;
  UnixSeconds accepted_at;  // when chain and lists were valid
  std::vector<CachedCrl> crls;
  std::optional<std::uint64_t> number = std::nullopt;  // the BLOB's `no`
};

std::string encode_cache_record(const CachedBlob& record, const Hasher& hasher);
/// What encode_cache_record writes. Error: metadata_cache_unusable: damaged, or not ours.
Result<CachedBlob> decode_cache_record(std::string_view text, const Hasher& hasher);

}  // namespace countersign
