#pragma once
// The last good BLOB of each source on disk, with what it was judged by. A file is replaced only
// whole, and never by a BLOB with a smaller number: written beside, synced, compared, renamed, the
// folder synced, all of it under a lock on the folder, which several servers may share.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/hasher.h"
#include "native/metadata/cache_record.h"

namespace countersign {

class BlobCache {
 public:
  BlobCache(std::string folder, const Hasher& hasher);

  /// Nothing when there is none. What is in the place of this source, also where it calls itself
  /// another's. Errors: metadata_cache_unusable (damaged, and of no use to anybody);
  /// metadata_file_unreadable (it may be whole: permissions, the disk, no regular file).
  Result<std::optional<CachedBlob>> load(std::string_view source) const;
  /// Makes the folder if need be. Error: metadata_cache_unusable; what was there is still there. So
  /// it is where that cannot be read or has a greater number.
  Status store(const CachedBlob& record) const;
  /// Renames a file that is damaged to FILE.bad, for people to look at.
  void set_aside(std::string_view source) const;
  /// Removes what a store that was killed has left beside, in the whole folder. Nothing where
  /// another process is at work there: the next start does.
  void remove_leftovers() const;
  /// Where the record of a source is.
  std::string path_of(std::string_view source) const;

 private:
  bool replace(const CachedBlob& record) const;
  bool may_replace(const CachedBlob& record) const;

  std::string folder_;
  const Hasher& hasher_;
};

}  // namespace countersign
