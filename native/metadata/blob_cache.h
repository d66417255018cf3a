#pragma once
// The last good BLOB of each source on disk, with what it was judged by. A file is replaced only
// whole: written beside, synced, renamed, the folder synced.

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
  std::string source;  // its URL as configured
  std::string blob;
  std::optional<std::string> etag;
  UnixSeconds accepted_at;  // when chain and lists were valid
  std::vector<CachedCrl> crls;
};

class BlobCache {
 public:
  BlobCache(std::string folder, const Hasher& hasher);

  /// Nothing when there is none. Error: metadata_cache_unusable (unreadable, damaged, of another
  /// source).
  Result<std::optional<CachedBlob>> load(std::string_view source) const;
  /// Makes the folder if need be. Error: metadata_cache_unusable; what was there is still there.
  Status store(const CachedBlob& record) const;
  /// Renames a file that is of no use to FILE.bad, for people to look at.
  void set_aside(std::string_view source) const;
  /// Where the record of a source is.
  std::string path_of(std::string_view source) const;

 private:
  std::string folder_;
  const Hasher& hasher_;
};

}  // namespace countersign
