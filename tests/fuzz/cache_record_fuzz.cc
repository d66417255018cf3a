// Files of the metadata cache: what is read is, written again, read the same; a file whose digest
// is wrong is refused whatever it holds.

#include "native/metadata/cache_record.h"

#include "backends/openssl/openssl_backend.h"
#include "tests/fuzz/fuzz.h"
#include "transaction/bound.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const OpenSslHasher hasher;
  const std::string content(reinterpret_cast<const char*>(data), size);
  if (const Result<CachedBlob> whole = decode_cache_record(content, hasher); !whole.has_value()) {
    require(whole.error().code == ErrorCode::metadata_cache_unusable);
  }
  // A right digest leads behind the door.
  const std::string file = "countersign-metadata-cache/1 " +
                           encode_hex(hasher.sha256({bytes_of(content)})) + "\n" + content;
  const Result<CachedBlob> record = decode_cache_record(file, hasher);
  if (!record.has_value()) {
    require(record.error().code == ErrorCode::metadata_cache_unusable);
    return 0;
  }
  std::size_t lists = 0;
  for (const CachedCrl& crl : record->crls) {
    lists += crl.der.size();
  }
  require(lists + record->blob.size() < content.size());
  const std::string again = encode_cache_record(*record, hasher);
  const Result<CachedBlob> same = decode_cache_record(again, hasher);
  require(same.has_value() && same->source == record->source && same->blob == record->blob);
  require(same->etag == record->etag && same->accepted_at == record->accepted_at);
  require(same->number == record->number && same->crls.size() == record->crls.size());
  require(encode_cache_record(*same, hasher) == again);
  std::string damaged = again;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  require(!decode_cache_record(damaged, hasher).has_value());
  return 0;
}
