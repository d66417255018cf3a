#pragma once
// The BLOB of FIDO's Metadata Service (MDS v3.1 §3.1, §3.2): a JWS whose header carries its chain.
//
//   CS_ASSIGN(PendingBlob pending, begin_blob(bytes, expectations));
//   const auto verdicts = discharge(pending.obligations(), verifier);
//   CS_ASSIGN(VerifiedBlob blob, std::move(pending).finish(verdicts));

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/signature.h"
#include "metadata/blob_payload.h"
#include "metadata/entry.h"
#include "x509/certificate.h"
#include "x509/crl.h"

namespace countersign {

struct BlobExpectations {
  std::span<const Certificate> anchors;
  std::span<const Crl> crls;
  RevocationMode revocation = RevocationMode::require;
  /// dNSName that the leaf must have been issued to ("mds.fidoalliance.org"): the production
  /// anchors are roots of the public web, so that without this pin each of their customers could
  /// sign. Empty: not checked.
  std::string host;
  /// At which the chain and the lists must be valid.
  UnixSeconds time;
  /// `no` of the BLOB that is in use: a new one must be greater.
  std::optional<std::uint64_t> last_number;
};

/// Where the lists of a certificate are to be had.
struct CrlLocation {
  Certificate certificate;
  std::vector<std::string> urls;  // http or https; none: its issuer names no list
};

/// Evidence: only PendingBlob::finish makes one. Owns what it says.
class VerifiedBlob {
 public:
  std::uint64_t number() const { return payload_.number; }
  /// Midnight UTC of `nextUpdate`.
  UnixSeconds next_update() const { return payload_.next_update; }
  const std::string& legal_header() const { return payload_.legal_header; }
  /// The entries that could be read, in their order.
  const std::vector<MetadataEntry>& entries() const { return payload_.entries; }
  std::vector<MetadataEntry> take_entries() && { return std::move(payload_.entries); }
  /// Entries that violate the schema, with the first error of each; they are left out.
  using SkippedEntry = countersign::SkippedEntry;
  const std::vector<SkippedEntry>& skipped() const { return payload_.skipped; }
  /// The path that verified, leaf first, and the anchor it ends at (index of the expectations').
  const std::vector<Certificate>& path() const { return path_; }
  std::size_t anchor() const { return anchor_; }
  /// RevocationMode::prefer, and for some certificate there was no current list.
  bool is_revocation_unknown() const { return is_revocation_unknown_; }

 private:
  friend class PendingBlob;
  VerifiedBlob() = default;
  BlobPayload payload_;
  std::vector<Certificate> path_;
  std::size_t anchor_ = 0;
  bool is_revocation_unknown_ = false;
};

/// Everything but arithmetic has been checked.
class PendingBlob {
 public:
  PendingBlob(PendingBlob&&) noexcept;
  PendingBlob& operator=(PendingBlob&&) noexcept;
  ~PendingBlob();

  std::span<const SignatureObligation> obligations() const;
  /// One verdict an obligation, in order. The payload is decoded and read only now. Errors:
  /// obligation_results_mismatch; of the first path, best first, that is intact, otherwise
  /// certificate_chain_signature_invalid (metadata_signing_chain), certificate_revoked,
  /// crl_missing, crl_stale (metadata_revocation); algorithm_unsupported_by_backend;
  /// signature_invalid (metadata_signature); base64url_invalid, json_*, metadata_blob_malformed
  /// (metadata_payload_parses); metadata_number_not_increased (metadata_number).
  Result<VerifiedBlob> finish(std::span<const SignatureVerdict> verdicts) &&;

  struct State;

 private:
  friend Result<PendingBlob> begin_blob(Bytes, const BlobExpectations&);
  explicit PendingBlob(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The whole input is one BLOB, without so much as a line feed behind it; it is borrowed until
/// `finish`. The certificates must be in the header (`x5c`, whatever `x5u` says): there is no
/// network here. Errors, each with its check: input_too_large, jws_malformed, base64url_invalid,
/// json_* (metadata_envelope_parses); algorithm_not_allowed_here for all but RS256, PS256, ES256
/// and ES384 (metadata_algorithm); metadata_chain_by_url, metadata_chain_missing, base64_invalid,
/// certificate_*, certificate_key_usage where the leaf's does not hold digitalSignature or where on
/// every path a certificate below the anchor has an extended key usage without serverAuth and
/// anyExtendedKeyUsage (metadata_signing_chain); certificate_host_mismatch (metadata_signing_host);
/// input_too_large, too_many_obligations (metadata_revocation); cose_key_type_mismatch,
/// signature_malformed, certificate_unsupported_key (metadata_signature).
Result<PendingBlob> begin_blob(Bytes jws, const BlobExpectations& expectations);

/// The `no` that an input claims, unverified: to skip work on what is not newer. Nothing where it
/// cannot be read cheaply.
std::optional<std::uint64_t> peek_blob_number(Bytes jws);

/// Where the lists of the certificates in the header are to be had, but for certificates that are
/// anchors: nobody revokes those. Unverified, and the certificates need not be on any path. Errors:
/// those of begin_blob's envelope and certificates.
Result<std::vector<CrlLocation>> find_crl_locations(Bytes jws,
                                                    std::span<const Certificate> anchors);

}  // namespace countersign
