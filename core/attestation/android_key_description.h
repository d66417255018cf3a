#pragma once
// KeyDescription, the extension of an Android key attestation certificate (Android key and ID
// attestation, attestation versions 1 to 400), as far as WebAuthn looks into it.

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace countersign {

inline constexpr std::int64_t kKeyOriginGenerated = 0;  // KM_ORIGIN_GENERATED
inline constexpr std::int64_t kKeyPurposeSign = 2;      // KM_PURPOSE_SIGN

/// SecurityLevel: who made the attestation, or who keeps the key.
enum class AndroidSecurityLevel : std::uint8_t { software = 0, trusted_environment, strong_box };

/// The members of an AuthorizationList that decide; the others are read for their form only.
struct AndroidAuthorizationList {
  bool has_all_applications = false;
  bool has_purpose_sign = false;
  std::optional<std::int64_t> origin;
};

struct AndroidKeyDescription {
  std::int64_t attestation_version = 0;
  AndroidSecurityLevel attestation_security_level = AndroidSecurityLevel::software;
  std::int64_t keymaster_version = 0;
  AndroidSecurityLevel keymaster_security_level = AndroidSecurityLevel::software;
  Bytes attestation_challenge;  // borrows the input
  AndroidAuthorizationList software_enforced;
  AndroidAuthorizationList tee_enforced;  // hardwareEnforced in newer editions
};

/// The whole input is one DER KeyDescription. Members of an authorization list stand in ascending
/// order of their tags, each once, each EXPLICIT around one well-formed element; tags that we do
/// not know are passed over after that. Security levels as INTEGER (an old error in the standard's
/// test vectors) are refused. Error: android_key_description_malformed.
Result<AndroidKeyDescription> parse_android_key_description(Bytes input);

}  // namespace countersign
