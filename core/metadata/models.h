#pragma once
// The ceremonies' view of a catalogue: anchors and the decision about a model.

#include <memory>
#include <optional>
#include <span>
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
  bool is_aaguid_signed = false;  // by an attestation of a format that signs it
  /// Of the attestation certificate of each fido-u2f statement.
  std::vector<KeyIdentifier> key_identifiers;
  /// SHA-256 of the SubjectPublicKeyInfo of each certificate of the trust path, with the anchor
  /// where one was found.
  std::vector<Digest256> chain;
};

/// How U2F models are named: SHA-1 of the content of the public key's BIT STRING.
KeyIdentifier key_identifier_of(const Certificate& certificate, const Hasher& hasher);

/// What reports on batches are held against: RegisteredModel::chain. `anchor`: null where none was
/// found.
std::vector<Digest256> chain_digests(std::span<const Certificate> trust_path,
                                     const Certificate* anchor, const Hasher& hasher);

/// Rules:
/// - fido-u2f is looked up by the key identifier of its certificate; an AAGUID beside it, which
///   nothing signs, counts only against, where its model has an objection. Everything else is
///   looked up by AAGUID; the zero AAGUID never.
/// - none: no metadata are demanded; a claimed AAGUID counts only against, where its model has an
///   objection. self: likewise, and attestationTypes must list basic_surrogate where known.
/// - basic, attca, anonca of a known model must chain to the statement's anchors or the format's;
///   the type and both algorithms must be listed (the statement's not for tpm and
///   android-safetynet: there it is not the authenticator's). A statement that is outdated
///   (status.h) has no anchors. What does not chain is refused with the trust assessment's own
///   reason (certificate_*), where it has none with attestation_untrusted.
/// - unknown models: UnknownAuthenticators, `reject` for self and chained attestation alike (but
///   for chains to the format's anchors), never for none. The format's anchors are whatever the
///   configuration names for all models of it.
/// - a model is proved by a chain to its own statement's anchors; what is not proved has the
///   certification none, so that a minimum above it refuses whatever is not proved, none included.
/// Catalogue and anchors are not null.
class MetadataModels final : public AttestationModels {
 public:
  MetadataModels(std::shared_ptr<const MetadataCatalogue> catalogue,
                 std::shared_ptr<const std::vector<FormatAnchors>> format_anchors,
                 MetadataRules rules, const Hasher& hasher);
  std::vector<Certificate> find_anchors(const ModelQuery& query) const override;
  Result<ModelAssessment> assess(const ModelQuery& query, const TrustAssessment& trust,
                                 const Certificate* anchor) const override;

  /// What speaks against a credential that is registered already: a compromise or a revocation of
  /// whatever its AAGUID or one of its key identifiers names, the gravest (retirement and
  /// certification are conditions of enrolment). Nothing: all is well.
  std::optional<Error> objection_to(const RegisteredModel& registered, UnixSeconds time) const;
  const MetadataCatalogue& catalogue() const { return *catalogue_; }

 private:
  const MetadataEntry* find_entry(const ModelQuery& query) const;

  std::shared_ptr<const MetadataCatalogue> catalogue_;
  std::shared_ptr<const std::vector<FormatAnchors>> format_anchors_;
  MetadataRules rules_;
  const Hasher& hasher_;
};

}  // namespace countersign
