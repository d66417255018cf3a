#include "native/metadata/cache_record.h"

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "metadata/blob.h"
#include "native/metadata/limits.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

constexpr Error kRecordUnusable{ErrorCode::metadata_cache_unusable, Check::none, 0};
// FILE: magic, SHA-256 of all that follows as hexadecimal digits, line feed, a JSON object, line
// feed, the lists and the BLOB one after the other.
constexpr std::string_view kMagic = "countersign-metadata-cache/1 ";

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
                                                : Result<std::string>(kRecordUnusable);
}

Result<CachedBlob> decode(std::string_view text) {
  const std::size_t end = text.substr(0, metadata_limits::kMaxCacheHeadBytes).find('\n');
  if (end == std::string_view::npos) {
    return kRecordUnusable;
  }
  const Result<JsonValue> head = parse_json(text.substr(0, end));
  const JsonValue* lists = head.has_value() && head->is_object() ? head->find("lists") : nullptr;
  if (lists == nullptr || !lists->is_array()) {
    return kRecordUnusable;
  }
  CachedBlob record;
  CS_ASSIGN(record.source, text_member(*head, "source"));
  CS_ASSIGN(const std::string accepted, text_member(*head, "acceptedAt"));
  const std::optional<UnixSeconds> time = parse_rfc3339(accepted);
  if (!time) {
    return kRecordUnusable;
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
      return kRecordUnusable;
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

std::string encode_cache_record(const CachedBlob& record, const Hasher& hasher) {
  const std::string content = encode(record);
  return std::string(kMagic) + encode_hex(hasher.sha256({bytes_of(content)})) + "\n" + content;
}

Result<CachedBlob> decode_cache_record(std::string_view text, const Hasher& hasher) {
  const std::size_t digest_end = kMagic.size() + 2 * Digest256().size();
  if (!text.starts_with(kMagic) || text.size() <= digest_end || text[digest_end] != '\n') {
    return kRecordUnusable;
  }
  const std::string_view content = text.substr(digest_end + 1);
  if (encode_hex(hasher.sha256({bytes_of(content)})) !=
      text.substr(kMagic.size(), digest_end - kMagic.size())) {
    return kRecordUnusable;
  }
  return decode(content);
}

}  // namespace countersign
