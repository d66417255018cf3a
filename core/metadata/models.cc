#include "metadata/models.h"

#include <algorithm>

namespace countersign {
namespace {

constexpr std::string_view kFidoU2f = "fido-u2f";

Error refused(ErrorCode code) { return {code, Check::authenticator_model_acceptable, 0}; }

/// Whether somebody other than the credential key vouches.
bool has_chain(AttestationType type) {
  switch (type) {
    case AttestationType::none:
    case AttestationType::self:
      return false;
    case AttestationType::basic:
    case AttestationType::attca:
    case AttestationType::anonca:
      return true;
  }
  return false;
}

/// Whether a type that metadata list is the one seen (Registry of Predefined Values §3.6.3).
bool is_type_of(MetadataAttestationType listed, const AttestationStatementResult& seen) {
  switch (seen.type) {
    case AttestationType::none:
      return listed == MetadataAttestationType::none;
    case AttestationType::self:
      return listed == MetadataAttestationType::basic_surrogate;
    case AttestationType::basic:
      // "The applicable WebAuthn attestation formats" of anonca are Android's besides Apple's.
      return listed == MetadataAttestationType::basic_full ||
             listed == MetadataAttestationType::attca ||
             (listed == MetadataAttestationType::anonca &&
              (seen.format == "android-key" || seen.format == "android-safetynet"));
    case AttestationType::attca:
      return listed == MetadataAttestationType::attca ||
             listed == MetadataAttestationType::basic_full;
    case AttestationType::anonca:
      return listed == MetadataAttestationType::anonca;
  }
  return false;
}

bool lists_type(const MetadataStatement& statement, const AttestationStatementResult& seen) {
  return std::any_of(statement.attestation_types.begin(), statement.attestation_types.end(),
                     [&](MetadataAttestationType listed) { return is_type_of(listed, seen); });
}

/// COSE has several identifiers for one algorithm (ES256 and ESP256); the registry has one.
bool lists_algorithm(const MetadataStatement& statement, CoseAlgorithm algorithm) {
  const AlgorithmEntry& wanted = entry_of(algorithm);
  return std::any_of(statement.algorithms.begin(), statement.algorithms.end(),
                     [&](CoseAlgorithm listed) {
                       const AlgorithmEntry& entry = entry_of(listed);
                       return entry.scheme == wanted.scheme && entry.hash == wanted.hash &&
                              entry.curve == wanted.curve && entry.key_type == wanted.key_type;
                     });
}

/// Whether the algorithm of the statement is one of the authenticator's. What a TPM's attestation
/// key and Google's service sign with is not: Windows Hello sends RS1, and its metadata list RS256
/// alone.
bool has_authenticators_algorithm(std::string_view format) {
  return format != "tpm" && format != "android-safetynet";
}

Status check_statement(const MetadataStatement& statement, const ModelQuery& query) {
  if (!lists_type(statement, query.statement)) {
    return refused(ErrorCode::attestation_type_not_in_metadata);
  }
  if (!has_chain(query.statement.type)) {
    return ok();
  }
  const std::optional<CoseAlgorithm>& algorithm = query.statement.algorithm;
  if (!lists_algorithm(statement, query.credential_algorithm) ||
      (algorithm && has_authenticators_algorithm(query.statement.format) &&
       !lists_algorithm(statement, *algorithm))) {
    return refused(ErrorCode::algorithm_not_in_metadata);
  }
  return ok();
}

/// The statement that counts at that time, or null.
const MetadataStatement* statement_of(const MetadataEntry* entry, UnixSeconds time) {
  return entry != nullptr && entry->statement &&
                 !is_statement_outdated(*entry->statement, entry->reports, time)
             ? &*entry->statement
             : nullptr;
}

bool holds(const std::vector<Certificate>& certificates, const Certificate* wanted) {
  return wanted != nullptr &&
         std::find(certificates.begin(), certificates.end(), *wanted) != certificates.end();
}

}  // namespace

KeyIdentifier key_identifier_of(const Certificate& certificate, const Hasher& hasher) {
  const ByteVector digest =
      hasher.digest(HashAlgorithm::sha1, certificate.subject_public_key_octets());
  KeyIdentifier out{};
  std::copy_n(digest.begin(), std::min(digest.size(), out.size()), out.begin());
  return out;
}

std::vector<Digest256> chain_digests(std::span<const Certificate> trust_path,
                                     const Certificate* anchor, const Hasher& hasher) {
  std::vector<Digest256> out;
  for (const Certificate& certificate : trust_path) {
    out.push_back(hasher.sha256({certificate.subject_public_key_info()}));
  }
  if (anchor != nullptr) {
    out.push_back(hasher.sha256({anchor->subject_public_key_info()}));
  }
  return out;
}

MetadataModels::MetadataModels(std::shared_ptr<const MetadataCatalogue> catalogue,
                               std::shared_ptr<const std::vector<FormatAnchors>> format_anchors,
                               MetadataRules rules, const Hasher& hasher)
    : catalogue_(std::move(catalogue)),
      format_anchors_(std::move(format_anchors)),
      rules_(rules),
      hasher_(hasher) {}

const MetadataEntry* MetadataModels::find_entry(const ModelQuery& query) const {
  if (query.statement.format != kFidoU2f) {
    return catalogue_->find(query.aaguid);
  }
  const std::vector<Certificate>& path = query.statement.trust_path;
  return path.empty() ? nullptr : catalogue_->find(key_identifier_of(path.front(), hasher_));
}

std::vector<Certificate> MetadataModels::find_anchors(const ModelQuery& query) const {
  std::vector<Certificate> out;
  if (!has_chain(query.statement.type)) {
    return out;
  }
  if (const MetadataStatement* statement = statement_of(find_entry(query), query.time)) {
    out = statement->anchors;
  }
  for (const FormatAnchors& row : *format_anchors_) {
    if (row.format.empty() || row.format == query.statement.format) {
      out.insert(out.end(), row.anchors.begin(), row.anchors.end());
    }
  }
  return out;
}

Result<ModelAssessment> MetadataModels::assess(const ModelQuery& query,
                                               const TrustAssessment& trust,
                                               const Certificate* anchor) const {
  const bool is_chained = has_chain(query.statement.type);
  const bool is_trusted = is_chained && trust.trust == AttestationTrust::trusted;
  const Certificate* const found = is_trusted ? anchor : nullptr;
  const MetadataEntry* const entry = find_entry(query);
  ModelAssessment out;
  CertificationLevel proved_level = CertificationLevel::none;
  const std::vector<Digest256> chain = chain_digests(query.statement.trust_path, found, hasher_);
  const MetadataEntry* const claimed = catalogue_->find(query.aaguid);
  if (claimed != nullptr && claimed != entry) {
    const ModelStatus status =
        evaluate_status(claimed->reports, chain, query.time, rules_.model, hasher_);
    if (status.objection) {
      return refused(status.objection->code);
    }
  }
  if (entry != nullptr) {
    const ModelStatus status =
        evaluate_status(entry->reports, chain, query.time, rules_.model, hasher_);
    if (status.objection) {
      return refused(status.objection->code);
    }
    out.is_known = true;
    for (const AuthenticatorStatus value : status.in_effect) {
      out.statuses.emplace_back(authenticator_status_name(value));
    }
    proved_level = status.certification;
  }
  if (const MetadataStatement* statement = statement_of(entry, query.time)) {
    if (query.statement.type != AttestationType::none) {
      CS_TRY(check_statement(*statement, query));
    }
    if (is_chained && !is_trusted) {
      return refused(trust.reason ? trust.reason->code : ErrorCode::attestation_untrusted);
    }
    out.description = statement->description;
    out.is_proved = is_trusted && holds(statement->anchors, found);
  } else if (query.statement.type != AttestationType::none && !is_trusted &&
             rules_.unknown == UnknownAuthenticators::reject) {
    return refused(ErrorCode::authenticator_unknown);
  }
  // A level that is only claimed is none.
  if (!out.is_proved) {
    proved_level = CertificationLevel::none;
  }
  if (proved_level < rules_.model.minimum_certification) {
    return refused(ErrorCode::authenticator_not_certified);
  }
  out.certification = certification_level_name(proved_level);
  return out;
}

std::optional<Error> MetadataModels::objection_to(const RegisteredModel& registered,
                                                  UnixSeconds time) const {
  std::vector<StatusReport> reports;
  const auto add_reports_of = [&](const MetadataEntry* entry) {
    if (entry != nullptr) {
      reports.insert(reports.end(), entry->reports.begin(), entry->reports.end());
    }
  };
  add_reports_of(catalogue_->find(registered.aaguid));
  for (const KeyIdentifier& identifier : registered.key_identifiers) {
    add_reports_of(catalogue_->find(identifier));
  }
  // Retirement and certification are conditions of enrolment.
  const ModelRules rules{true, CertificationLevel::none};
  std::optional<Error> objection =
      evaluate_status(reports, registered.chain, time, rules, hasher_).objection;
  if (objection) {
    objection->check = Check::authenticator_model_acceptable;
  }
  return objection;
}

}  // namespace countersign
