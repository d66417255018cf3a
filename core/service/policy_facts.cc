#include "service/policy_facts.h"

#include <algorithm>

#include "metadata/status.h"
#include "service/rendering.h"

namespace countersign {
namespace {

// Beyond the transports that are known: one of another name is never an allowed one.
constexpr TransportMask kOtherTransport = 0x80;
static_assert((kOtherTransport & kAnyTransport) == 0);

TransportMask transport_bits(const std::vector<std::string>& transports) {
  TransportMask bits = 0;
  for (const std::string& transport : transports) {
    const std::optional<std::size_t> known =
        find_choice(row_of(PolicyInput::credential_transports), transport);
    bits = static_cast<TransportMask>(bits | (known ? 1U << *known : kOtherTransport));
  }
  return bits;
}

bool has(const std::vector<AuthenticatorStatus>& statuses, AuthenticatorStatus wanted) {
  return std::find(statuses.begin(), statuses.end(), wanted) != statuses.end();
}

// What current metadata say of every model that the registration names.
struct NamedModel {
  bool is_known = true;
  CertificationLevel certification = CertificationLevel::l3plus;  // the weakest one's
  std::vector<AuthenticatorStatus> in_effect;
};

NamedModel find_model(const RegisteredModel& registered, const MetadataModels& models,
                      UnixSeconds now, const Hasher& hasher) {
  std::vector<const MetadataEntry*> entries;
  if (registered.is_aaguid_signed || registered.key_identifiers.empty()) {
    entries.push_back(models.catalogue().find(registered.aaguid));
  }
  for (const KeyIdentifier& identifier : registered.key_identifiers) {
    entries.push_back(models.catalogue().find(identifier));
  }
  NamedModel out;
  for (const MetadataEntry* entry : entries) {
    out.is_known &= entry != nullptr;
    if (entry != nullptr) {
      const ModelStatus status =
          evaluate_status(entry->reports, registered.chain, now,
                          ModelRules{true, CertificationLevel::none}, hasher);
      out.certification = std::min(out.certification, status.certification);
      out.in_effect.insert(out.in_effect.end(), status.in_effect.begin(), status.in_effect.end());
    }
  }
  return out;
}

std::string_view status_name(const std::optional<ErrorCode>& objection,
                             const std::vector<AuthenticatorStatus>& in_effect) {
  if (objection) {
    return *objection == ErrorCode::authenticator_revoked ? "revoked" : "compromised";
  }
  if (has(in_effect, AuthenticatorStatus::retired)) {
    return "retired";
  }
  return has(in_effect, AuthenticatorStatus::update_available) ? "update-available" : "current";
}

}  // namespace

void put_input(PolicyInputs& inputs, PolicyInput input, std::string_view text) {
  static_cast<void>(inputs.set_text(input, text));
}

void put_input(PolicyInputs& inputs, PolicyInput input, std::int64_t number) {
  static_cast<void>(inputs.set_number(input, number));
}

std::int64_t seconds_between(UnixSeconds earlier, UnixSeconds later) {
  return std::max<std::int64_t>(0, later.value - earlier.value);
}

CertificationLevel certification_level_of(std::string_view name) {
  for (auto level = static_cast<unsigned>(CertificationLevel::l3plus); level > 0; --level) {
    if (certification_level_name(static_cast<CertificationLevel>(level)) == name) {
      return static_cast<CertificationLevel>(level);
    }
  }
  return CertificationLevel::none;
}

AlgorithmMask algorithm_bit(std::int64_t algorithm) {
  const std::size_t known = row_of(PolicyInput::credential_algorithm).choices.size();
  const std::span<const AlgorithmEntry> algorithms = all_algorithms();
  for (std::size_t i = 0; i < std::min(known, algorithms.size()); ++i) {
    if (static_cast<std::int64_t>(algorithms[i].id) == algorithm) {
      return AlgorithmMask{1} << i;
    }
  }
  return 0;
}

bool has_proved_model(std::string_view attestation_trust, const RegisteredModel& registered) {
  return attestation_trust == "trusted" &&
         (registered.is_aaguid_signed ||
          (!registered.key_identifiers.empty() && registered.aaguid == Aaguid{}));
}

KnownCredential review_credential(const StoredCredential& credential, const MetadataModels* models,
                                  UnixSeconds now, const Hasher& hasher) {
  const RegisteredModel& registered = credential.model.registered;
  const ModelAssessment& recorded = credential.model.at_registration;
  KnownCredential out;
  out.format = credential.attestation_format;
  out.is_backed_up = credential.record.is_backed_up;
  CredentialFacts& facts = out.facts;
  facts.aaguid = aaguid_text(registered.aaguid);
  facts.attestation = credential.attestation_conveyance;
  facts.is_backup_eligible = credential.record.is_backup_eligible;
  facts.algorithm = algorithm_bit(credential.algorithm);
  facts.transports = transport_bits(credential.record.transports);
  facts.is_discoverable = credential.is_discoverable;
  facts.certification = certification_level_of(recorded.certification);
  facts.is_model_proved = has_proved_model(credential.attestation_trust, registered);
  std::optional<ErrorCode> objection = credential.model.objection;
  out.metadata_status = objection ? status_name(objection, {}) : "unknown";
  if (models != nullptr) {
    if (const std::optional<Error> objected_now = models->objection_to(registered, now)) {
      objection = objected_now->code;
    }
    const NamedModel named = find_model(registered, *models, now, hasher);
    facts.certification = named.certification;
    if (named.is_known || objection) {
      out.metadata_status = status_name(objection, named.in_effect);
    }
    // What metadata proved they must stand by; what an anchor of the configuration proved they need
    // not know.
    facts.is_model_proved &= named.is_known || !recorded.is_proved;
  }
  facts.is_model_proved &= !objection;
  if (!facts.is_model_proved || !recorded.is_proved) {
    facts.certification = CertificationLevel::none;
  }
  // A model that is only claimed counts against its bearer, never for.
  if (!facts.is_model_proved && out.metadata_status == "current") {
    out.metadata_status = "unknown";
  }
  return out;
}

KnownCredential review_signer(const StoredCredential& credential, const MetadataModels* models,
                              UnixSeconds now, const Hasher& hasher) {
  KnownCredential out = review_credential(credential, models, now, hasher);
  out.facts.age = seconds_between(credential.created_at, now);
  out.is_recovered = credential.recovered_at.has_value();
  out.last_used_age = seconds_between(credential.last_used_at.value_or(credential.created_at), now);
  return out;
}

CounterOutcome likely_counter(const StoredCredential& credential) {
  return credential.record.sign_count == 0 ? CounterOutcome::zero : CounterOutcome::advanced;
}

AttestationConveyance conveyed_attestation(AttestationTrust trust, AttestationConveyance asked) {
  if (trust != AttestationTrust::trusted) {
    return AttestationConveyance::none;
  }
  return asked == AttestationConveyance::none ? AttestationConveyance::direct : asked;
}

std::string_view session_strength(const Session& session, const KnownCredential& credential) {
  if (!session.is_user_verified) {
    return "presence";
  }
  return credential.facts.is_model_proved && !credential.facts.is_backup_eligible ? "sca-hardware"
                                                                                  : "sca";
}

}  // namespace countersign
