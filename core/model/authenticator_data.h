#pragma once
// Authenticator data (WebAuthn L3 §6.1) and attested credential data (§6.5.1).

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "codec/cbor_reader.h"
#include "cose/cose_key.h"

namespace countersign {

using Aaguid = std::array<std::uint8_t, 16>;

struct AuthenticatorFlags {
  std::uint8_t bits = 0;
  bool is_user_present() const { return (bits & 0x01U) != 0; }
  bool is_user_verified() const { return (bits & 0x04U) != 0; }
  bool is_backup_eligible() const { return (bits & 0x08U) != 0; }
  bool is_backed_up() const { return (bits & 0x10U) != 0; }
  bool has_attested_credential_data() const { return (bits & 0x40U) != 0; }
  bool has_extensions() const { return (bits & 0x80U) != 0; }
};

struct AttestedCredentialData {
  Aaguid aaguid{};
  CredentialId credential_id;
  CoseKey public_key;
};

struct AuthenticatorData {
  Digest256 rp_id_hash{};
  AuthenticatorFlags flags;
  std::uint32_t sign_count = 0;
  std::optional<AttestedCredentialData> attested_credential_data;
  ByteVector extensions;  // the encoded CBOR map; empty when the ED flag is clear
  ByteVector encoded;     // the raw bytes: what is signed
};

/// The input is consumed exactly. The extensions map must be CTAP2 canonical. A credential id
/// longer than 1023 bytes parses (a check of its own refuses it), an empty one does not. RFU flags
/// are ignored. Errors with offsets: authenticator_data_malformed,
/// authenticator_data_trailing_bytes, extensions_malformed, the COSE key's; input_too_large.
Result<AuthenticatorData> parse_authenticator_data(Bytes input);

}  // namespace countersign
