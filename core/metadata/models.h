#pragma once
// The ceremonies' view of a catalogue: anchors and the decision about a model.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attestation/models.h"
#include "metadata/catalogue.h"
#include "metadata/status.h"

namespace countersign {

/// What becomes of models that no metadata describe. `accept`: as unattested.
enum class UnknownAuthenticators : std::uint8_t { accept, reject };

struct MetadataRules {
  UnknownAuthenticators unknown = UnknownAuthenticators::accept;
  ModelRules model;
};

/// Anchors for a format that has no metadata (config `trustAnchors`).
struct FormatAnchors {
  std::string format;  // "apple", "android-key", …; empty: any
  std::vector<Certificate> anchors;
};

/// A credential as it was registered: what later reports on its model are held against.
struct RegisteredModel {
  Aaguid aaguid{};
  bool is_aaguid_signed = false;                // by an attestation of a format that signs it
  std::optional<KeyIdentifier> key_identifier;  // fido-u2f: of the attestation certificate
  /// SHA-256 of each certificate of the trust path, with the anchor where one was found.
  std::vector<Digest256> chain;
};

/// Rules:
/// - fido-u2f is looked up by the key identifier of its certificate, never by an AAGUID (nothing
///   signs it); everything else by AAGUID; the zero AAGUID never.
/// - none: no metadata are demanded; a claimed AAGUID counts only against, where its model has an
///   objection. self: likewise, and attestationTypes must list basic_surrogate where known.
/// - basic, attca, anonca of a known model must chain to the statement's anchors or to the
/// format's;
///   the type and both algorithms must be listed.
/// - unknown models: UnknownAuthenticators, `reject` for self and chained attestation alike (but
/// for
///   chains to the format's anchors), never for none.
class MetadataModels final : public AttestationModels {
 public:
  MetadataModels(std::shared_ptr<const MetadataCatalogue> catalogue,
                 std::shared_ptr<const std::vector<FormatAnchors>> format_anchors,
                 MetadataRules rules, const Hasher& hasher);
  std::vector<Certificate> find_anchors(const ModelQuery& query) const override;
  Result<ModelAssessment> assess(const ModelQuery& query, const TrustAssessment& trust,
                                 const Certificate* anchor) const override;

  /// What speaks against a credential that is registered already (a model that was retired since
  /// is no objection); nothing: all is well.
  std::optional<Error> objection_to(const RegisteredModel& registered, UnixSeconds time) const;
  const MetadataCatalogue& catalogue() const { return *catalogue_; }

 private:
  std::shared_ptr<const MetadataCatalogue> catalogue_;
  std::shared_ptr<const std::vector<FormatAnchors>> format_anchors_;
  MetadataRules rules_;
  const Hasher& hasher_;
};

}  // namespace countersign
