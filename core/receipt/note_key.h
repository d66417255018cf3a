#pragma once
// Keys that sign checkpoints: the log's own, and those of witnesses that saw the log only grow
// (C2SP signed-note, tlog-cosignature).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hasher.h"
#include "crypto/public_key.h"

namespace countersign {

/// The byte that stands for the kind of signature. Both are Ed25519.
enum class NoteKeyKind : std::uint8_t { log = 0x01, witness = 0x04 };

/// Visible ASCII without "+": what an origin and a key's name may be here.
bool is_note_name(std::string_view name);

class NoteKey {
 public:
  /// `key`: 32 octets. Errors: log_key_malformed.
  static Result<NoteKey> make(std::string_view name, NoteKeyKind kind, Bytes key,
                              const Hasher& hasher);

  const std::string& name() const { return name_; }
  NoteKeyKind kind() const { return kind_; }
  const PublicKey& key() const { return key_; }
  /// The first four octets of SHA-256(name ‖ 0x0A ‖ kind ‖ key).
  std::uint32_t id() const { return id_; }

  friend bool operator==(const NoteKey&, const NoteKey&) = default;

 private:
  NoteKey(std::string_view name, NoteKeyKind kind, PublicKey key, std::uint32_t id)
      : name_(name), kind_(kind), key_(std::move(key)), id_(id) {}

  std::string name_;
  NoteKeyKind kind_;
  PublicKey key_;
  std::uint32_t id_;
};

/// "name+hash+key": how a key is handed around; hash are the eight hexadecimal digits of its id,
/// key the base64 of kind and key.
std::string encode_note_key(const NoteKey& key);
/// Exactly what encode_note_key writes. Error: log_key_malformed.
Result<NoteKey> parse_note_key(std::string_view text, const Hasher& hasher);
/// What a file with one key has, without the end of its line.
std::string_view key_line(std::string_view file);

}  // namespace countersign
