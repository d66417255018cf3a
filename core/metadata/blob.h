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
  Bytes certificate;  // encoded
  std::vector<std::string> urls;
};

/// Evidence: only PendingBlob::finish makes one. Owns what it says.
class VerifiedBlob {
 public:
  std::uint64_t number() const { return number_; }
  /// Midnight UTC of `nextUpdate`.
  UnixSeconds next_update() const { return next_update_; }
  const std::string& legal_header() const { return legal_header_; }
  /// The entries that could be read, in their order.
  const std::vector<MetadataEntry>& entries() const { return entries_; }
  std::vector<MetadataEntry> take_entries() && { return std::move(entries_); }
  /// Entries that violate the schema, with the first error of each; they are left out.
  struct SkippedEntry {
    std::size_t index = 0;  // in the payload's `entries`
    std::string name;       // its AAGUID, AAID or first key identifier as written, if it has one
    Error error;
  };
  const std::vector<SkippedEntry>& skipped() const { return skipped_; }
  /// The path that verified, leaf first, and the anchor it ends at (index of the expectations').
  const std::vector<Certificate>& path() const { return path_; }
  std::size_t anchor() const { return anchor_; }
  /// RevocationMode::prefer, and for some certificate there was no current list.
  bool is_revocation_unknown() const { return is_revocation_unknown_; }

 private:
  friend class PendingBlob;
  VerifiedBlob() = default;
  std::uint64_t number_ = 0;
  UnixSeconds next_update_;
  std::string legal_header_;
  std::vector<MetadataEntry> entries_;
  std::vector<SkippedEntry> skipped_;
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
  /// One verdict an obligation, in order. The payload is read only now. Errors:
  /// certificate_chain_signature_invalid, certificate_revoked, crl_missing, crl_stale,
  /// signature_invalid, algorithm_unsupported_by_backend, metadata_number_not_increased,
  /// metadata_blob_malformed.
  Result<VerifiedBlob> finish(std::span<const SignatureVerdict> verdicts) &&;

 private:
  friend Result<PendingBlob> begin_blob(Bytes, const BlobExpectations&);
  struct State;
  explicit PendingBlob(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The whole input is one BLOB; it is borrowed until `finish`. Errors: input_too_large,
/// metadata_blob_malformed, those of the JWS and of the chain, algorithm_not_allowed_here,
/// certificate_host_mismatch, each with its check (metadata_*).
Result<PendingBlob> begin_blob(Bytes jws, const BlobExpectations& expectations);

/// The `no` that an input claims, unverified: to skip work on what is not newer. Nothing where it
/// cannot be read cheaply.
std::optional<std::uint64_t> peek_blob_number(Bytes jws);

}  // namespace countersign
