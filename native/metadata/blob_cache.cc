#include "native/metadata/blob_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/limits.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "native/metadata/fetcher.h"
#include "native/metadata/limits.h"

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

std::string hex(Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

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
  return record;
}

}  // namespace

BlobCache::BlobCache(std::string folder, const Hasher& hasher)
    : folder_(std::move(folder)), hasher_(hasher) {}

std::string BlobCache::path_of(std::string_view source) const {
  constexpr std::size_t kNameBytes = 16;
  const Digest256 digest = hasher_.sha256({bytes_of(source)});
  return folder_ + "/" + hex(Bytes(digest).first(kNameBytes)) + ".blob";
}

Result<std::optional<CachedBlob>> BlobCache::load(std::string_view source) const {
  const std::string path = path_of(source);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 && errno == ENOENT) {
    return std::optional<CachedBlob>();
  }
  const Result<std::string> read = read_regular_file(path, kMaxFileBytes);
  if (!read.has_value()) {
    return kUnusable;
  }
  const std::string_view text = *read;
  const std::size_t digest_end = kMagic.size() + 2 * Digest256().size();
  if (!text.starts_with(kMagic) || text.size() <= digest_end || text[digest_end] != '\n') {
    return kUnusable;
  }
  const std::string_view content = text.substr(digest_end + 1);
  if (hex(hasher_.sha256({bytes_of(content)})) !=
      text.substr(kMagic.size(), digest_end - kMagic.size())) {
    return kUnusable;
  }
  CS_ASSIGN(CachedBlob record, decode(content));
  return record.source == source ? Result<std::optional<CachedBlob>>(std::move(record))
                                 : Result<std::optional<CachedBlob>>(kUnusable);
}

Status BlobCache::store(const CachedBlob& record) const {
  if (mkdir(folder_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return kUnusable;
  }
  const std::string content = encode(record);
  const std::string path = path_of(record.source);
  const std::string beside = path + ".new";
  const auto write_beside = [&] {
    const File file(open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    return file.is_open() &&
           file.write_all(std::string(kMagic) + hex(hasher_.sha256({bytes_of(content)})) + "\n") &&
           file.write_all(content) && file.sync();
  };
  if (!write_beside() || std::rename(beside.c_str(), path.c_str()) != 0) {
    unlink(beside.c_str());
    return kUnusable;
  }
  const File folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.is_open() && folder.sync() ? ok() : Status(kUnusable);
}

void BlobCache::set_aside(std::string_view source) const {
  const std::string path = path_of(source);
  static_cast<void>(std::rename(path.c_str(), (path + ".bad").c_str()));
}

}  // namespace countersign
