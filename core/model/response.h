#pragma once
// RegistrationResponseJSON and AuthenticationResponseJSON (WebAuthn L3 §5.1.8) as browsers send
// them.

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "codec/json_reader.h"

namespace countersign {

struct RegistrationResponse {
  CredentialId id;  // rawId; `id` is its base64url
  ByteVector client_data_json;
  ByteVector attestation_object;
  std::vector<std::string> transports;  // sorted, unique, unknown ones kept
  std::optional<std::string> authenticator_attachment;
  JsonValue client_extension_results;  // object
};

struct AuthenticationResponse {
  CredentialId id;
  ByteVector client_data_json;
  ByteVector authenticator_data;
  ByteVector signature;
  /// "", null and absent are all nothing (reference pitfall 8).
  std::optional<UserHandle> user_handle;
  std::optional<std::string> authenticator_attachment;
  JsonValue client_extension_results;  // object
};

/// `rawId` may be absent (conformance API), then `id` stands for it. Convenience members of L3
/// (publicKey, publicKeyAlgorithm, authenticatorData) are ignored: the signed bytes count. Wrong
/// types are refused before anything is decoded, transports beyond their limits, too. Errors:
/// response_*, base64url_invalid, with the check response_parses.
Result<RegistrationResponse> parse_registration_response(const JsonValue& json);
Result<AuthenticationResponse> parse_authentication_response(const JsonValue& json);

}  // namespace countersign
