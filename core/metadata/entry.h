#pragma once
// What metadata say of one authenticator model: statement and status reports (FIDO Metadata
// Statement v3.1, Metadata Service v3.1 §3.1.1). Members that no decision of ours needs (icons,
// display characteristics, …) are not kept.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/algorithm.h"
#include "model/authenticator_data.h"
#include "x509/certificate.h"

namespace countersign {

/// SHA-1 of the BIT STRING of a certificate's public key: how U2F models are named.
using KeyIdentifier = std::array<std::uint8_t, 20>;

/// AuthenticatorStatus. `unknown`: a value of a later edition; it is ignored, as the standard says.
enum class AuthenticatorStatus : std::uint8_t {
  unknown,
  not_fido_certified,
  self_assertion_submitted,
  fido_certified,  // L1
  fido_certified_l1,
  fido_certified_l1plus,
  fido_certified_l2,
  fido_certified_l2plus,
  fido_certified_l3,
  fido_certified_l3plus,
  fips140_certified_l1,
  fips140_certified_l2,
  fips140_certified_l3,
  fips140_certified_l4,
  user_verification_bypass,
  attestation_key_compromise,
  user_key_remote_compromise,
  user_key_physical_compromise,
  update_available,
  revoked,
  retired,
};
/// "USER_VERIFICATION_BYPASS", …; empty for unknown.
std::string_view authenticator_status_name(AuthenticatorStatus status);
/// A compromise or revocation: it always makes a model unacceptable.
bool is_compromise(AuthenticatorStatus status);

/// Higher is stronger; the values are those of the tenant's policies ("L1", "L1+", …).
enum class CertificationLevel : std::uint8_t { none, l1, l1plus, l2, l2plus, l3, l3plus };
std::string_view certification_level_name(CertificationLevel level);

struct StatusReport {
  AuthenticatorStatus status = AuthenticatorStatus::unknown;
  std::optional<UnixSeconds> effective_date;  // midnight UTC
  std::optional<UnixSeconds> sunset_date;     // no longer in effect from then on
  std::optional<std::uint64_t> authenticator_version;
  /// ATTESTATION_KEY_COMPROMISE: the encoded SubjectPublicKeyInfo of the certificates of the
  /// batches it is about.
  std::vector<ByteVector> keys;
  /// Which source of a catalogue says so: reports of one are read together (status.h).
  std::uint32_t source = 0;
};

/// Metadata registry's attestation types.
enum class MetadataAttestationType : std::uint8_t {
  basic_full,
  basic_surrogate,
  attca,
  anonca,
  ecdaa,
  none,
};

struct MetadataStatement {
  std::string description;
  std::uint64_t authenticator_version = 0;
  std::vector<MetadataAttestationType> attestation_types;
  /// The COSE algorithms among authenticationAlgorithms; names that have none are passed over.
  std::vector<CoseAlgorithm> algorithms;
  /// Roots, intermediates or leaves. Certificates that cannot be parsed are left out and counted.
  std::vector<Certificate> anchors;
  std::size_t unreadable_anchors = 0;
};

struct MetadataEntry {
  /// One of these names the model (UAF's AAIDs are kept out: WebAuthn cannot meet them).
  std::optional<Aaguid> aaguid;
  std::vector<KeyIdentifier> key_identifiers;
  std::optional<MetadataStatement> statement;  // the standard makes it optional
  /// There is one, but it cannot be read: the reports count all the same.
  std::optional<Error> statement_error;
  std::vector<StatusReport> reports;  // in their order
  /// Of the first report that cannot be read. A compromise or revocation among those counts without
  /// its dates, and of the whole model; the others are left out.
  std::optional<Error> report_error;
  std::optional<UnixSeconds> time_of_last_status_change;
};

/// "00112233-4455-6677-8899-aabbccddeeff", digits of either case. Nothing when malformed.
std::optional<Aaguid> parse_aaguid(std::string_view text);

/// One element of a BLOB's `entries` as JSON text. Whatever is wrong in the statement or in a
/// report is no error of the entry (statement_error, report_error). Nothing: a UAF entry,
/// well-formed, of no use here. Members that decide something must have their type, those of the
/// statement may be absent (an empty list allows nothing); all others are ignored, and so are
/// unknown values of FIDO's enumerations. Errors: json_*, metadata_statement_malformed; in
/// report_error, for the certificates of reports, base64_invalid, certificate_*, der_*.
Result<std::optional<MetadataEntry>> parse_metadata_entry(std::string_view json);

/// A single statement (a file of `metadata.statements`): an entry without reports. Errors as above;
/// a UAF statement is metadata_statement_malformed.
Result<MetadataEntry> parse_metadata_statement(std::string_view json);

}  // namespace countersign
