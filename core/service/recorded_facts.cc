#include "service/recorded_facts.h"

#include <algorithm>

#include "base/limits.h"
#include "model/authenticator_data.h"
#include "service/policy_facts.h"
#include "service/rendering.h"

namespace countersign {
namespace {

constexpr auto kTransports = PolicyInput::credential_transports;
constexpr auto kAuthenticationAge = PolicyInput::authentication_age;
constexpr auto kCertification = PolicyInput::credential_certification;

// Of what was recorded at registration, the kind of conveyance is not.
CredentialFacts facts_of(const ApprovalEvidence& evidence) {
  const CredentialEvidence& credential = evidence.credential;
  CredentialFacts facts;
  facts.aaguid = aaguid_text(credential.registered.aaguid);
  facts.is_model_proved = has_proved_model(credential.attestation_trust, credential.registered) &&
                          credential.objection.empty();
  facts.attestation = credential.attestation_trust == "trusted" ? AttestationConveyance::enterprise
                                                                : AttestationConveyance::none;
  facts.certification = credential.at_registration.is_proved
                            ? certification_level_of(credential.at_registration.certification)
                            : CertificationLevel::none;
  facts.is_backup_eligible = credential.is_backup_eligible;
  facts.algorithm = algorithm_bit(credential.algorithm);
  facts.age = seconds_between(credential.created_at, evidence.approved_at);
  return facts;
}

// A second reading of the clock, of servers that took one for the inputs.
constexpr std::int64_t kAgeTolerance = 60;

// What was signed; its form is the step `ceremony`'s to hold.
bool is_signed_backed_up(const ApprovalEvidence& evidence) {
  constexpr std::size_t kFlags = 32;  // behind the hash of the RP ID
  const ByteVector& data = evidence.authenticator_data;
  return data.size() > kFlags && AuthenticatorFlags{data[kFlags]}.is_backed_up();
}

// Those that the policy names; of others it is not recorded whether the passkey has them.
TransportMask named_transports(const PolicyInputs& inputs) {
  TransportMask transports = 0;
  if (!inputs.has(kTransports)) {
    return transports;
  }
  for (const std::string& name : inputs.members(kTransports)) {
    const std::optional<std::size_t> known = find_choice(row_of(kTransports), name);
    transports = static_cast<TransportMask>(transports | (known ? 1U << *known : 0U));
  }
  return transports;
}

}  // namespace

UnmetDemands find_unmet(const PolicyDocument* document, const Requirements& demanded,
                        const PolicyInputs& inputs, const ApprovalEvidence& evidence) {
  CredentialFacts facts = facts_of(evidence);
  facts.transports = named_transports(inputs);
  if (inputs.has(kCertification)) {
    facts.certification = static_cast<CertificationLevel>(inputs.number(kCertification));
  }
  // Whoever approves a transaction is verified: the step `ceremony`.
  CeremonyFacts ceremony{true, limits::kMaxDisplayTier, std::nullopt};
  if (inputs.has(kAuthenticationAge)) {
    ceremony.authentication_age = inputs.number(kAuthenticationAge);
  }
  UnmetDemands unmet;
  unmet.refuted = (document != nullptr ? unmet_by_credential(*document, demanded, facts)
                                       : unmet_beside_lists(demanded, facts)) |
                  unmet_by_ceremony(demanded, ceremony);
  const auto take = [&](RequirementKind kind, std::uint32_t& into) {
    into |= unmet.refuted & mask_of(kind);
    unmet.refuted &= ~mask_of(kind);
  };
  if ((facts.transports & ~demanded.transports) == 0) {
    take(RequirementKind::transports, unmet.unrecorded);
  }
  if (!inputs.has(kAuthenticationAge)) {
    take(RequirementKind::authentication_age, unmet.unrecorded);
  }
  if (document == nullptr && (demanded.allow_lists | demanded.deny_lists) != 0) {
    unmet.unrecorded |= mask_of(RequirementKind::authenticators) & ~unmet.refuted;
  }
  if (demanded.resident_key == ResidentKey::required) {
    unmet.unrecorded |= mask_of(RequirementKind::resident_key);
  }
  const bool may_have_risen = facts.is_model_proved &&
                              evidence.credential.at_registration.is_proved &&
                              !inputs.has(kCertification);
  if (may_have_risen) {
    take(RequirementKind::minimum_certification, unmet.doubtful);
  }
  return unmet;
}

bool agree_with_record(const PolicyInputs& inputs, const ApprovalEvidence& evidence) {
  const CredentialFacts facts = facts_of(evidence);
  const auto is_number = [&](PolicyInput input, std::int64_t value) {
    return !inputs.has(input) || inputs.number(input) == value;
  };
  const bool is_algorithm =
      !inputs.has(PolicyInput::credential_algorithm) ||
      facts.algorithm == AlgorithmMask{1} << static_cast<unsigned>(
                             inputs.number(PolicyInput::credential_algorithm));
  const bool is_format =
      !inputs.has(PolicyInput::credential_format) ||
      find_choice(row_of(PolicyInput::credential_format), evidence.credential.attestation_format) ==
          static_cast<std::size_t>(inputs.number(PolicyInput::credential_format));
  const bool is_model = !inputs.has(PolicyInput::credential_aaguid) ||
                        inputs.text(PolicyInput::credential_aaguid) == facts.aaguid ||
                        inputs.text(PolicyInput::credential_aaguid) == kMaskedName;
  const bool is_status =
      !inputs.has(PolicyInput::credential_metadata_status) ||
      find_choice(row_of(PolicyInput::credential_metadata_status),
                  evidence.credential.metadata_status) ==
          static_cast<std::size_t>(inputs.number(PolicyInput::credential_metadata_status));
  const bool is_age =
      !inputs.has(PolicyInput::credential_age) ||
      inputs.number(PolicyInput::credential_age) <= facts.age.value_or(0) + kAgeTolerance;
  const bool is_attested = !inputs.has(PolicyInput::credential_attested) ||
                           inputs.number(PolicyInput::credential_attested) == 0 ||
                           facts.is_model_proved;
  const bool is_certified =
      !inputs.has(kCertification) || inputs.number(kCertification) == 0 ||
      (facts.is_model_proved && evidence.credential.at_registration.is_proved);
  return is_algorithm && is_format && is_model && is_status && is_age && is_attested &&
         is_certified &&
         is_number(PolicyInput::credential_backed_up, is_signed_backed_up(evidence) ? 1 : 0) &&
         is_number(PolicyInput::transaction_tier, display_tier_of(evidence.tier.kind)) &&
         is_number(PolicyInput::credential_backup_eligible, facts.is_backup_eligible ? 1 : 0);
}

}  // namespace countersign
