#include "native/metadata/blob_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/limits.h"
#include "native/metadata/fetcher.h"
#include "native/metadata/limits.h"
#include "native/ops/open_file.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

constexpr Error kUnusable{ErrorCode::metadata_cache_unusable, Check::none, 0};
constexpr std::size_t kMaxFileBytes = limits::kMaxBlobBytes +
                                      metadata_limits::kMaxCrlsKept * limits::kMaxCrlBytes +
                                      2 * metadata_limits::kMaxCacheHeadBytes;
// What is written beside ends with this and six characters of its own.
constexpr std::string_view kBeside = ".blob.new";

constexpr auto kLockPatience = std::chrono::seconds(2);  // [a write of 10 MB takes a tenth of it]

}  // namespace

BlobCache::BlobCache(std::string folder, const Hasher& hasher)
    : folder_(std::move(folder)), hasher_(hasher) {}

std::string BlobCache::path_of(std::string_view source) const {
  constexpr std::size_t kNameBytes = 16;
  const Digest256 digest = hasher_.sha256({bytes_of(source)});
  return folder_ + "/" + encode_hex(Bytes(digest).first(kNameBytes)) + ".blob";
}

Result<std::optional<CachedBlob>> BlobCache::load(std::string_view source) const {
  const std::string path = path_of(source);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 && errno == ENOENT) {
    return std::optional<CachedBlob>();
  }
  const Result<std::string> read = read_regular_file(path, kMaxFileBytes);
  if (!read.has_value()) {
    return read.error().code == ErrorCode::metadata_file_unreadable ? read.error() : kUnusable;
  }
  CS_ASSIGN(CachedBlob record, decode_cache_record(*read, hasher_));
  return std::optional<CachedBlob>(std::move(record));
}

Status BlobCache::store(const CachedBlob& record) const {
  if (mkdir(folder_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return kUnusable;
  }
  const OpenFile folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) {
    return kUnusable;
  }
  // Where a file system has no locks, the rename alone must do.
  if (folder.lock(kLockPatience) == OpenFile::Lock::busy) {
    return kUnusable;
  }
  return replace(record) && folder.sync() ? ok() : Status(kUnusable);
}

// False: what was there is still there.
bool BlobCache::replace(const CachedBlob& record) const {
  const std::string text = encode_cache_record(record, hasher_);
  const std::string path = path_of(record.source);
  std::string beside = path.substr(0, path.rfind('.')) + std::string(kBeside) + "-XXXXXX";
  const OpenFile file(mkostemp(beside.data(), O_CLOEXEC));  // 0600
  if (!file.is_open()) {
    return false;
  }
  if (file.write_all(text) && file.sync() && may_replace(record) &&
      std::rename(beside.c_str(), path.c_str()) == 0) {
    return true;
  }
  unlink(beside.c_str());
  return false;
}

bool BlobCache::may_replace(const CachedBlob& record) const {
  const Result<std::optional<CachedBlob>> there = load(record.source);
  if (!there.has_value()) {
    return there.error().code == kUnusable.code;
  }
  return !*there || !(*there)->number || !record.number || *(*there)->number <= *record.number;
}

void BlobCache::set_aside(std::string_view source) const {
  const std::string path = path_of(source);
  static_cast<void>(std::rename(path.c_str(), (path + ".bad").c_str()));
}

void BlobCache::remove_leftovers() const {
  const OpenFile folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || flock(folder.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    return;
  }
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(folder_, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (entry->path().filename().string().find(kBeside) != std::string::npos) {
      unlink(entry->path().c_str());
    }
  }
}

}  // namespace countersign
