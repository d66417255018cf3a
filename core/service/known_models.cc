#include "service/known_models.h"

#include <algorithm>

#include "metadata/status.h"
#include "policy/inputs.h"
#include "service/rendering.h"

namespace countersign {
namespace {

bool is_chaining(MetadataAttestationType type) {
  switch (type) {
    case MetadataAttestationType::basic_full:
    case MetadataAttestationType::attca:
    case MetadataAttestationType::anonca:
      return true;
    case MetadataAttestationType::basic_surrogate:
    case MetadataAttestationType::ecdaa:
    case MetadataAttestationType::none:
      return false;
  }
  return false;
}

// Whether an attestation of the model can chain to what its own metadata name.
bool can_be_proved(const MetadataEntry& entry, UnixSeconds now) {
  return entry.statement && !entry.statement->anchors.empty() &&
         !is_statement_outdated(*entry.statement, entry.reports, now) &&
         std::any_of(entry.statement->attestation_types.begin(),
                     entry.statement->attestation_types.end(), is_chaining);
}

// Of the policies' algorithms those that the model lists, by whichever of their identifiers.
AlgorithmMask algorithms_of(const MetadataStatement& statement) {
  const std::span<const AlgorithmEntry> known = all_algorithms();
  const std::size_t named = row_of(PolicyInput::credential_algorithm).choices.size();
  AlgorithmMask mask = 0;
  for (std::size_t i = 0; i < std::min(known.size(), named); ++i) {
    const bool is_listed = std::any_of(
        statement.algorithms.begin(), statement.algorithms.end(), [&](CoseAlgorithm listed) {
          const AlgorithmEntry* entry = find_algorithm(static_cast<std::int64_t>(listed));
          return entry != nullptr && entry->scheme == known[i].scheme &&
                 entry->hash == known[i].hash && entry->curve == known[i].curve &&
                 entry->key_type == known[i].key_type;
        });
    mask |= is_listed ? AlgorithmMask{1} << i : 0U;
  }
  return mask;
}

// Whether some anchor of the configuration proves models that no metadata describe.
bool has_format_anchors(const MetadataModels& models, UnixSeconds now) {
  const Aaguid nobody{};
  return std::any_of(
      attestation_formats().begin(), attestation_formats().end(),
      [&](const AttestationFormat& format) {
        AttestationStatementResult statement;
        statement.format = format.identifier;
        statement.type = AttestationType::basic;
        return !models.find_anchors({statement, nobody, CoseAlgorithm::es256, now}).empty();
      });
}

}  // namespace

std::optional<std::vector<KnownModel>> known_models(const MetadataModels* models, UnixSeconds now,
                                                    const Hasher& hasher) {
  if (models == nullptr || models->catalogue().entries().empty()) {
    return std::nullopt;
  }
  std::vector<KnownModel> known;
  for (const MetadataEntry& entry : models->catalogue().entries()) {
    // Reports on some batches speak against no authenticator of the others.
    const ModelStatus status =
        evaluate_status(entry.reports, {}, now, ModelRules{true, CertificationLevel::none}, hasher);
    const bool is_provable = can_be_proved(entry, now);
    KnownModel& model = known.emplace_back();
    model.aaguid = aaguid_text(entry.aaguid.value_or(Aaguid{}));
    model.is_acceptable = is_provable && !status.objection;
    model.certification = is_provable ? status.certification : CertificationLevel::none;
    model.algorithms = entry.statement ? algorithms_of(*entry.statement) : kAnyAlgorithm;
  }
  if (has_format_anchors(*models, now)) {
    known.emplace_back();
  }
  return known;
}

}  // namespace countersign
