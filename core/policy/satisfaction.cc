#include "policy/satisfaction.h"

#include <algorithm>

namespace countersign {
namespace {

constexpr TransportMask kInternal = 1U << 4;
// Formats whose statements can chain to an anchor.
constexpr std::string_view kChainingFormats[] = {"packed", "tpm", "android-key", "apple",
                                                 "fido-u2f"};

bool is_binding_met(KeyBinding binding, const CredentialFacts& credential) {
  switch (binding) {
    case KeyBinding::any:
      return true;
    case KeyBinding::device_bound_claimed:
      return !credential.is_backup_eligible;
    case KeyBinding::device_bound_attested:
      return !credential.is_backup_eligible && credential.is_model_proved;
  }
  return false;
}

}  // namespace

bool needs_proved_model(const Requirements& requirements) {
  return requirements.allow_lists != 0 ||
         requirements.minimum_certification > CertificationLevel::none ||
         requirements.binding == KeyBinding::device_bound_attested;
}

std::uint32_t unmet_beside_lists(const Requirements& requirements,
                                 const CredentialFacts& credential) {
  std::uint32_t unmet = 0;
  const auto demand = [&](RequirementKind kind, bool is_met) {
    unmet |= is_met ? 0 : mask_of(kind);
  };
  const CertificationLevel proved_level =
      credential.is_model_proved ? credential.certification : CertificationLevel::none;
  demand(RequirementKind::resident_key, requirements.resident_key != ResidentKey::required ||
                                            credential.is_discoverable.value_or(true));
  demand(RequirementKind::attestation, credential.attestation >= requirements.attestation);
  demand(RequirementKind::binding, is_binding_met(requirements.binding, credential));
  demand(RequirementKind::minimum_certification,
         proved_level >= requirements.minimum_certification);
  demand(RequirementKind::authenticators,
         requirements.allow_lists == 0 || credential.is_model_proved);
  demand(RequirementKind::algorithms, requirements.algorithms == kAnyAlgorithm ||
                                          (credential.algorithm & requirements.algorithms) != 0);
  demand(
      RequirementKind::transports,
      requirements.transports == kAnyTransport ||
          (credential.transports != 0 && (credential.transports & ~requirements.transports) == 0));
  if (credential.age) {
    demand(RequirementKind::cooling_off, *credential.age >= requirements.cooling_off);
    demand(RequirementKind::credential_age, *credential.age <= requirements.credential_age);
  }
  return unmet;
}

std::uint32_t unmet_by_credential(const PolicyDocument& document, const Requirements& requirements,
                                  const CredentialFacts& credential) {
  return unmet_beside_lists(requirements, credential) |
         (is_model_allowed(document, requirements, credential.aaguid)
              ? 0U
              : mask_of(RequirementKind::authenticators));
}

std::uint32_t unmet_by_ceremony(const Requirements& requirements, const CeremonyFacts& ceremony) {
  std::uint32_t unmet = 0;
  const auto demand = [&](RequirementKind kind, bool is_met) {
    unmet |= is_met ? 0 : mask_of(kind);
  };
  demand(RequirementKind::user_verification,
         requirements.user_verification != UserVerification::required || ceremony.is_user_verified);
  demand(RequirementKind::display_tier, ceremony.display_tier >= requirements.display_tier);
  demand(RequirementKind::authentication_age,
         requirements.authentication_age == kUnlimited ||
             (ceremony.authentication_age &&
              *ceremony.authentication_age <= requirements.authentication_age));
  return unmet;
}

std::uint32_t unmet_requirements(const PolicyDocument& document, const Requirements& requirements,
                                 const CredentialFacts& credential, const CeremonyFacts& ceremony) {
  return unmet_by_credential(document, requirements, credential) |
         unmet_by_ceremony(requirements, ceremony);
}

WebAuthnOptions make_webauthn_options(const Requirements& requirements) {
  WebAuthnOptions options;
  options.user_verification = requirements.user_verification;
  options.resident_key = requirements.resident_key;
  options.attestation = requirements.attestation;
  if (needs_proved_model(requirements)) {
    options.attestation = std::max(options.attestation, AttestationConveyance::direct);
  }
  if (requirements.transports == kInternal) {
    options.attachment = AuthenticatorAttachment::platform;
  } else if ((requirements.transports & kInternal) == 0) {
    options.attachment = AuthenticatorAttachment::cross_platform;
  }
  for (std::size_t i = 0; i < kPolicyHints.size(); ++i) {
    if ((requirements.hints >> i & 1U) != 0) {
      options.hints.push_back(kPolicyHints[i]);
    }
  }
  const std::span<const AlgorithmEntry> algorithms = all_algorithms();
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    if ((requirements.algorithms >> i & 1U) != 0) {
      options.algorithms.push_back(algorithms[i].id);
    }
  }
  if (requirements.timeout != kUnlimited) {
    options.timeout_milliseconds = requirements.timeout * 1000;
  }
  if (options.attestation != AttestationConveyance::none) {
    options.attestation_formats.assign(std::begin(kChainingFormats), std::end(kChainingFormats));
  }
  return options;
}

}  // namespace countersign
