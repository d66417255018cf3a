#pragma once
// Metadata that a test makes up, as the server has them.

#include <memory>
#include <vector>

#include "metadata/models.h"
#include "service/ports.h"

namespace countersign::testing {

/// A model of packed and fido-u2f authenticators with ES256 whose chains end at `anchors`.
inline MetadataEntry make_model_entry(std::vector<Certificate> anchors,
                                      std::vector<StatusReport> reports) {
  MetadataEntry entry;
  MetadataStatement& statement = entry.statement.emplace();
  statement.description = "A key of the tests";
  statement.attestation_types = {MetadataAttestationType::basic_full,
                                 MetadataAttestationType::basic_surrogate};
  statement.algorithms = {CoseAlgorithm::es256};
  statement.anchors = std::move(anchors);
  entry.reports = std::move(reports);
  return entry;
}

inline StatusReport make_report(AuthenticatorStatus status,
                                std::optional<UnixSeconds> effective = std::nullopt,
                                std::optional<UnixSeconds> sunset = std::nullopt) {
  StatusReport report;
  report.status = status;
  report.effective_date = effective;
  report.sunset_date = sunset;
  return report;
}

inline std::shared_ptr<const MetadataModels> make_models(std::vector<MetadataEntry> entries,
                                                         const Hasher& hasher) {
  MetadataCatalogueBuilder builder;
  builder.add(std::move(entries));
  return std::make_shared<const MetadataModels>(
      std::shared_ptr<const MetadataCatalogue>(std::move(builder).build(1)),
      std::make_shared<const std::vector<FormatAnchors>>(), MetadataRules(), hasher);
}

/// What the test sets; null at first.
class SetModels final : public ModelSource {
 public:
  std::shared_ptr<const MetadataModels> models() const override { return current; }
  std::shared_ptr<const MetadataModels> current;
};

}  // namespace countersign::testing
