#pragma once
// Metadata for the tests: statements, entries, BLOBs and who signs them, as FIDO's Metadata Service
// publishes them (Metadata Statement v3.1, Metadata Service v3.1 §3.1). What a knob leaves alone is
// as the schema wants it; `edits` replace, add or remove a member as raw JSON.

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

struct ServiceBlobOptions {
  std::uint64_t number = 1;
  std::string next_update = "2039-12-31";
  std::vector<std::string> entries;  // raw JSON
  MetadataEdits payload_edits;
  MetadataEdits header_edits;
  std::int64_t algorithm = -7;
  TestKey key = TestKey::make(KeyKind::p256, "metadata signer");
  std::vector<ByteVector> x5c;  // DER, the signer first
  bool is_signature_wrong = false;
};
/// The compact JWS.
std::string make_blob(const ServiceBlobOptions& options);

/// One dNSName as encoded GeneralNames.
ByteVector make_dns_alternative_name(std::string_view name);
/// cRLDistributionPoints with one URL.
Extension crl_distribution_point(std::string_view url);

/// Who signs a metadata service's BLOBs: root, one CA, signers below it. The certificates name the
/// CRLs at `crl_base` ("http://…/crl"): `/root` of the root, `/ca` of the CA; empty: they name
/// none.
class MetadataAuthority {
 public:
  explicit MetadataAuthority(std::string crl_base = "", std::string_view label = "metadata");

  const TestCertificate& root() const { return root_; }
  const TestCertificate& ca() const { return ca_; }
  /// Another CA of the same root, with a serial number of its own.
  TestCertificate make_ca(std::string_view name, std::uint8_t serial) const;
  /// A leaf for that host below the CA.
  TestCertificate make_signer(std::string_view name, std::uint8_t serial,
                              std::string_view host) const;
  /// A leaf below another of its CAs, whose CRL is at `crl_path`.
  TestCertificate make_signer_below(const TestCertificate& issuer, std::string_view crl_path,
                                    std::string_view name, std::uint8_t serial,
                                    std::string_view host) const;
  ByteVector root_crl(const CrlOptions& options = {}) const { return make_crl(options, root_); }
  ByteVector ca_crl(const CrlOptions& options = {}) const { return make_crl(options, ca_); }

 private:
  std::string crl_base_;
  std::string label_;
  TestCertificate root_;
  TestCertificate ca_;
};

}  // namespace countersign::testing
