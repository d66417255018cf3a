#pragma once
// Extension outputs that this verifier knows, read into types: those of the client
// (clientExtensionResults, not signed) and those of the authenticator (in authenticator data,
// signed). Unknown extensions are ignored; a known one of a wrong type is refused.
//
//   credProps, prf, largeBlob, appid, appidExclude   WebAuthn L3 §10.1
//   payment                                          Secure Payment Confirmation §5.1
//   credProtect, minPinLength, credBlob, hmac-secret, thirdPartyPayment   CTAP 2.2 §12

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json_reader.h"

namespace countersign {

/// credProtect: what the authenticator demands before it uses or shows the credential.
enum class CredentialProtection : std::uint8_t {
  verification_optional = 1,
  verification_optional_with_credential_id_list = 2,
  verification_required = 3,
};

/// Nothing: the extension gave no such output.
struct ClientExtensions {
  std::optional<bool> resident_key;  // credProps.rk
  std::optional<bool> prf_enabled;
  /// prf.results came along. The values are the user's secrets: checked for their form, never kept.
  bool has_prf_results = false;
  std::optional<bool> large_blob_supported;
  std::optional<bool> large_blob_written;
  std::optional<ByteVector> large_blob;
  std::optional<bool> appid;
  std::optional<bool> appid_exclude;
  bool has_payment = false;
};

struct AuthenticatorExtensions {
  std::optional<CredentialProtection> credential_protection;
  std::optional<std::uint32_t> minimum_pin_length;
  std::optional<bool> hmac_secret;  // registration: created; authentication: true when output came
  std::optional<bool> credential_blob_stored;  // registration
  std::optional<ByteVector> credential_blob;   // authentication
  std::optional<bool> third_party_payment;
};

/// `results` is clientExtensionResults. Error: client_extension_malformed.
Result<ClientExtensions> parse_client_extensions(const JsonValue& results);

/// `encoded` is the map of AuthenticatorData::extensions; empty where there is none. Errors:
/// cbor_*, authenticator_extension_malformed with the offset of the output in the map.
Result<AuthenticatorExtensions> parse_authenticator_extensions(Bytes encoded);

}  // namespace countersign
