#include "native/metadata/blob_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/limits.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "metadata/blob.h"
#include "native/metadata/fetcher.h"
#include "native/metadata/limits.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

constexpr Error kUnusable{ErrorCode::metadata_cache_unusable, Check::none, 0};
// FILE: magic, SHA-256 of all that follows as hexadecimal digits, line feed, a JSON object, line
// feed, the lists and the BLOB one after the other.
constexpr std::string_view kMagic = "countersign-metadata-cache/1 ";
constexpr std::size_t kMaxHeadBytes = 65536;
constexpr std::size_t kMaxFileBytes = limits::kMaxBlobBytes +
                                      metadata_limits::kMaxCrlsKept * limits::kMaxCrlBytes +
                                      2 * kMaxHeadBytes;
// What is written beside ends with this and six characters of its own.
constexpr std::string_view kBeside = ".blob.new";

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  bool write_all(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = write(descriptor_, text.data(), text.size());
      if (written < 0 && errno != EINTR) {
        return false;
      }
      text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
  }
  bool sync() const { return fsync(descriptor_) == 0; }

 private:
  int descriptor_;
};

std::string encode(const CachedBlob& record) {
  JsonWriter json;
  json.begin_object();
  json.member("source").string(record.source);
  json.member("acceptedAt").string(encode_rfc3339(record.accepted_at));
  if (record.number) {
    json.member("number").integer(static_cast<std::int64_t>(*record.number));
  }
  if (record.etag) {
    json.member("etag").string(*record.etag);
  }
  json.member("lists").begin_array();
  for (const CachedCrl& crl : record.crls) {
    json.begin_object();
    json.member("url").string(crl.url);
    json.member("size").integer(static_cast<std::int64_t>(crl.der.size()));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  std::string out = std::move(json).take() + "\n";
  for (const CachedCrl& crl : record.crls) {
    out += text_of(crl.der);
  }
  return out + record.blob;
}

Result<std::string> text_member(const JsonValue& object, std::string_view name) {
  const JsonValue* value = object.find(name);
  return value != nullptr && value->is_string() ? Result<std::string>(value->string)
                                                : Result<std::string>(kUnusable);
}

Result<CachedBlob> decode(std::string_view text) {
  const std::size_t end = text.substr(0, kMaxHeadBytes).find('\n');
  if (end == std::string_view::npos) {
    return kUnusable;
  }
  const Result<JsonValue> head = parse_json(text.substr(0, end));
  const JsonValue* lists = head.has_value() && head->is_object() ? head->find("lists") : nullptr;
  if (lists == nullptr || !lists->is_array()) {
    return kUnusable;
  }
  CachedBlob record;
  CS_ASSIGN(record.source, text_member(*head, "source"));
  CS_ASSIGN(const std::string accepted, text_member(*head, "acceptedAt"));
  const std::optional<UnixSeconds> time = parse_rfc3339(accepted);
  if (!time) {
    return kUnusable;
  }
  record.accepted_at = *time;
  if (head->find("etag") != nullptr) {
    CS_ASSIGN(record.etag, text_member(*head, "etag"));
  }
  std::string_view rest = text.substr(end + 1);
  for (const JsonValue& list : lists->items) {
    const JsonValue* size = list.is_object() ? list.find("size") : nullptr;
    if (size == nullptr || !size->is_integer() || size->integer < 0 ||
        static_cast<std::uint64_t>(size->integer) > rest.size()) {
      return kUnusable;
    }
    CachedCrl crl;
    CS_ASSIGN(crl.url, text_member(list, "url"));
    crl.der = to_vector(bytes_of(rest.substr(0, static_cast<std::size_t>(size->integer))));
    rest.remove_prefix(crl.der.size());
    record.crls.push_back(std::move(crl));
  }
  record.blob.assign(rest);
  const JsonValue* number = head->find("number");
  record.number = number != nullptr && number->is_integer() && number->integer >= 0
                      ? std::optional(static_cast<std::uint64_t>(number->integer))
                      : peek_blob_number(bytes_of(record.blob));
  return record;
}

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
  const std::string_view text = *read;
  const std::size_t digest_end = kMagic.size() + 2 * Digest256().size();
  if (!text.starts_with(kMagic) || text.size() <= digest_end || text[digest_end] != '\n') {
    return kUnusable;
  }
  const std::string_view content = text.substr(digest_end + 1);
  if (encode_hex(hasher_.sha256({bytes_of(content)})) !=
      text.substr(kMagic.size(), digest_end - kMagic.size())) {
    return kUnusable;
  }
  CS_ASSIGN(CachedBlob record, decode(content));
  return std::optional<CachedBlob>(std::move(record));
}

Status BlobCache::store(const CachedBlob& record) const {
  if (mkdir(folder_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return kUnusable;
  }
  const File folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) {
    return kUnusable;
  }
  // Where a file system has no locks, the rename alone must do.
  static_cast<void>(flock(folder.descriptor(), LOCK_EX));
  return replace(record) && folder.sync() ? ok() : Status(kUnusable);
}

// False: what was there is still there.
bool BlobCache::replace(const CachedBlob& record) const {
  const std::string content = encode(record);
  const std::string path = path_of(record.source);
  std::string beside = path.substr(0, path.rfind('.')) + std::string(kBeside) + "-XXXXXX";
  const File file(mkostemp(beside.data(), O_CLOEXEC));  // 0600
  if (!file.is_open()) {
    return false;
  }
  const std::string head =
      std::string(kMagic) + encode_hex(hasher_.sha256({bytes_of(content)})) + "\n";
  if (file.write_all(head) && file.write_all(content) && file.sync() && may_replace(record) &&
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
  const File folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
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
