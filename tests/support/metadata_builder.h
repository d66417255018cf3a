#pragma once
// Metadata for the tests: statements, reports and entries, as FIDO's Metadata Service publishes
// them (Metadata Statement v3.1, Metadata Service v3.1 §3.1); BLOBs are blob_builder.h's. What a
// knob leaves alone is as the schema wants it; `edits` replace, add or remove a member as raw JSON.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/jws_builder.h"
#include "tests/support/pki.h"

namespace countersign::testing {

/// Raw JSON in the place of a member; nothing: the member is removed.
using MetadataEdits = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// "secp256r1_ecdsa_sha256_raw" for -7 (FIDO Registry §3.6.1). Aborts where there is none.
std::string metadata_algorithm_name(std::int64_t cose_algorithm);
/// "01020304-…" of 16 octets.
std::string aaguid_text(Bytes aaguid);
/// SHA-1 of the key's BIT STRING, in hexadecimal: an attestationCertificateKeyIdentifier.
std::string key_identifier_text(const TestKey& key);

struct MetadataStatementOptions {
  std::string description = "Virtual authenticator";
  /// FIDO2 models have an AAGUID, U2F models key identifiers.
  std::optional<ByteVector> aaguid;
  std::vector<std::string> key_identifiers;
  std::uint64_t authenticator_version = 1;
  std::vector<std::int64_t> algorithms = {-7};  // COSE
  std::vector<std::string> attestation_types = {"basic_full"};
  std::vector<ByteVector> roots;  // DER
  MetadataEdits edits;
};
std::string make_metadata_statement(const MetadataStatementOptions& options);

struct StatusReportOptions {
  std::string status = "FIDO_CERTIFIED";
  std::optional<std::string> effective_date = "2020-01-01";
  std::optional<ByteVector> certificate;  // DER
  MetadataEdits edits;
};
std::string make_status_report(const StatusReportOptions& options);

struct MetadataEntryOptions {
  MetadataStatementOptions statement;
  bool has_statement = true;
  std::vector<StatusReportOptions> reports = {StatusReportOptions()};
  MetadataEdits edits;
};
/// One element of `entries`.
std::string make_metadata_entry(const MetadataEntryOptions& options);

}  // namespace countersign::testing
