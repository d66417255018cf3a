#include "receipt/note_key.h"

#include <algorithm>

#include "codec/base64url.h"
#include "receipt/limits.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

constexpr std::uint8_t kNewline = 0x0a;

ByteVector with_kind(NoteKeyKind kind, Bytes key) {
  ByteVector bytes{static_cast<std::uint8_t>(kind)};
  bytes.insert(bytes.end(), key.begin(), key.end());
  return bytes;
}

}  // namespace

bool is_note_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::kMaxNoteNameBytes &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c <= '~' && c != '+'; });
}

Result<NoteKey> NoteKey::make(std::string_view name, NoteKeyKind kind, Bytes key,
                              const Hasher& hasher) {
  if (!is_note_name(name)) {
    return ErrorCode::log_key_malformed;
  }
  Result<PublicKey> point = PublicKey::make_okp(Curve::ed25519, key);
  if (!point) {
    return ErrorCode::log_key_malformed;
  }
  const Digest256 digest =
      hasher.sha256({bytes_of(name), Bytes(&kNewline, 1), with_kind(kind, key)});
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    id = id << 8U | digest[i];
  }
  return NoteKey(name, kind, *std::move(point), id);
}

std::string encode_note_key(const NoteKey& key) {
  const std::uint8_t id[] = {
      static_cast<std::uint8_t>(key.id() >> 24U), static_cast<std::uint8_t>(key.id() >> 16U),
      static_cast<std::uint8_t>(key.id() >> 8U), static_cast<std::uint8_t>(key.id())};
  return key.name() + "+" + encode_hex(id) + "+" +
         encode_base64(with_kind(key.kind(), key.key().x()));
}

Result<NoteKey> parse_note_key(std::string_view text, const Hasher& hasher) {
  // base64 has a "+", too; names have none.
  const std::size_t first = std::min(text.find('+'), text.size());
  const std::size_t second = text.find('+', first + 1);
  if (second == text.npos) {
    return ErrorCode::log_key_malformed;
  }
  const Result<ByteVector> bytes = parse_base64(text.substr(second + 1));
  if (!bytes || bytes->empty() ||
      (bytes->front() != static_cast<std::uint8_t>(NoteKeyKind::log) &&
       bytes->front() != static_cast<std::uint8_t>(NoteKeyKind::witness))) {
    return ErrorCode::log_key_malformed;
  }
  CS_ASSIGN(NoteKey key,
            NoteKey::make(text.substr(0, first), static_cast<NoteKeyKind>(bytes->front()),
                          Bytes(*bytes).subspan(1), hasher));
  return encode_note_key(key) == text ? Result<NoteKey>(std::move(key))
                                      : Result<NoteKey>(ErrorCode::log_key_malformed);
}

std::string_view key_line(std::string_view file) {
  const std::size_t last = file.find_last_not_of("\r\n");
  return last == file.npos ? std::string_view() : file.substr(0, last + 1);
}

}  // namespace countersign
