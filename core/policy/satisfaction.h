#pragma once
// Whether a credential and its ceremony meet what a decision demands; and which WebAuthn options
// ask for it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/algorithm.h"
#include "policy/document.h"
#include "policy/requirements.h"

namespace countersign {

/// What is recorded of a credential, re-checked against current metadata.
struct CredentialFacts {
  std::string aaguid;  // as text; a claim unless `is_model_proved`
  /// An attestation chained to metadata or an anchor at registration, and metadata still stand by
  /// it.
  bool is_model_proved = false;
  /// Recorded at registration: what was conveyed, none where nothing was.
  AttestationConveyance attestation = AttestationConveyance::none;
  CertificationLevel certification = CertificationLevel::none;  // counts only when proved
  bool is_backup_eligible = false;                              // the authenticator's own claim
  AlgorithmMask algorithm = 0;                                  // one bit
  TransportMask transports = 0;
  std::optional<bool> is_discoverable;  // credProps, where it was said
  /// Seconds since registration; nothing while the credential is being registered.
  std::optional<std::int64_t> age;
};

struct CeremonyFacts {
  bool is_user_verified = false;
  std::uint8_t display_tier = 0;                   // for which there is evidence
  std::optional<std::int64_t> authentication_age;  // seconds; nothing: unknown
};

/// One bit a RequirementKind that is not met. What a model is counts only when proved: an
/// allow-list, `minimumCertification` and device-bound-attested need it; a claimed AAGUID counts
/// against. A credential must use allowed transports only. `approvals` and `timeout` are the
/// transaction's to count, `residentKey` fails only where the client said that there is none;
/// `coolingOff` and `credentialAge` are for credentials that exist already.
std::uint32_t unmet_requirements(const PolicyDocument& document, const Requirements& requirements,
                                 const CredentialFacts& credential, const CeremonyFacts& ceremony);
/// The same of the credential alone: nothing that a ceremony could still bring.
std::uint32_t unmet_by_credential(const PolicyDocument& document, const Requirements& requirements,
                                  const CredentialFacts& credential);
/// The same without a look at lists: whether the model is proved where an allow-list asks for that.
std::uint32_t unmet_beside_lists(const Requirements& requirements,
                                 const CredentialFacts& credential);
/// Of the ceremony alone.
std::uint32_t unmet_by_ceremony(const Requirements& requirements, const CeremonyFacts& ceremony);
/// Whether some dimension needs a proved model.
bool needs_proved_model(const Requirements& requirements);

/// An authenticator model of the loaded metadata.
struct KnownModel {
  /// Empty: any model that an anchor of the configuration proves.
  std::string aaguid;
  CertificationLevel certification = CertificationLevel::none;
  bool is_acceptable = true;  // it can be proved, and no status speaks against it
  AlgorithmMask algorithms = kAnyAlgorithm;

  bool operator==(const KnownModel& other) const = default;
};

enum class AuthenticatorAttachment : std::uint8_t { any, platform, cross_platform };

/// Members of PublicKeyCredentialCreationOptions and -RequestOptions (WebAuthn L3 §5.4, §5.5).
struct WebAuthnOptions {
  UserVerification user_verification = UserVerification::discouraged;
  ResidentKey resident_key = ResidentKey::discouraged;
  AttestationConveyance attestation = AttestationConveyance::none;
  AuthenticatorAttachment attachment = AuthenticatorAttachment::any;
  std::vector<std::string_view> hints;
  std::vector<CoseAlgorithm> algorithms;  // in the order of preference
  std::optional<std::int64_t> timeout_milliseconds;
  std::vector<std::string_view> attestation_formats;  // in the order of preference
};

/// What must be proved is asked for: where a proved model is demanded, attestation is at least
/// `direct`, with the formats that can chain. `transports` becomes an attachment where it leaves
/// only one.
WebAuthnOptions make_webauthn_options(const Requirements& requirements);

}  // namespace countersign
