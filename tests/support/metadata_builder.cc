#include "tests/support/metadata_builder.h"

#include <cstdlib>

namespace countersign::testing {
namespace {

std::string json_list(const std::vector<std::string>& raw) {
  std::string out = "[";
  for (const std::string& item : raw) {
    out += (out.size() > 1 ? "," : "") + item;
  }
  return out + "]";
}

std::string json_string_list(const std::vector<std::string>& texts) {
  std::vector<std::string> raw;
  for (const std::string& text : texts) {
    raw.push_back(json_string(text));
  }
  return json_list(raw);
}

std::string json_certificate_list(const std::vector<ByteVector>& certificates) {
  std::vector<std::string> raw;
  for (const ByteVector& certificate : certificates) {
    raw.push_back(json_string(to_base64(certificate)));
  }
  return json_list(raw);
}

std::string edited_object(JwsMembers members, const MetadataEdits& edits) {
  for (const auto& [name, raw] : edits) {
    edit_jws(members, name, raw);
  }
  return jws_object(members);
}

void name_model(JwsMembers& members, const MetadataStatementOptions& options) {
  if (options.aaguid) {
    members.emplace_back("aaguid", json_string(aaguid_text(*options.aaguid)));
  }
  if (!options.key_identifiers.empty()) {
    members.emplace_back("attestationCertificateKeyIdentifiers",
                         json_string_list(options.key_identifiers));
  }
}

TestCertificate make_root(std::string_view label) {
  return make_certificate(
      authority_options("Metadata Root",
                        TestKey::make(KeyKind::p384, std::string(label) + " root")),
      nullptr);
}

}  // namespace

std::string metadata_algorithm_name(std::int64_t cose_algorithm) {
  switch (cose_algorithm) {
    case -7:
      return "secp256r1_ecdsa_sha256_raw";
    case -8:
      return "ed25519_eddsa_sha512_raw";
    case -35:
      return "secp384r1_ecdsa_sha384_raw";
    case -36:
      return "secp521r1_ecdsa_sha512_raw";
    case -37:
      return "rsassa_pss_sha256_raw";
    case -38:
      return "rsassa_pss_sha384_raw";
    case -39:
      return "rsassa_pss_sha512_raw";
    case -47:
      return "secp256k1_ecdsa_sha256_raw";
    case -257:
      return "rsassa_pkcsv15_sha256_raw";
    case -258:
      return "rsassa_pkcsv15_sha384_raw";
    case -259:
      return "rsassa_pkcsv15_sha512_raw";
    case -65535:
      return "rsassa_pkcsv15_sha1_raw";
  }
  std::abort();
}

std::string aaguid_text(Bytes aaguid) {
  const std::string hex = to_hex(aaguid);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

std::string key_identifier_text(const TestKey& key) {
  return to_hex(digest(Hash::sha1, key.public_octets()));
}

std::string make_metadata_statement(const MetadataStatementOptions& options) {
  const bool is_fido2 = options.aaguid.has_value();
  std::vector<std::string> algorithms;
  for (const std::int64_t algorithm : options.algorithms) {
    algorithms.push_back(metadata_algorithm_name(algorithm));
  }
  JwsMembers members{{"legalHeader", json_string("For tests.")},
                     {"description", json_string(options.description)}};
  name_model(members, options);
  const JwsMembers rest{
      {"authenticatorVersion", std::to_string(options.authenticator_version)},
      {"protocolFamily", json_string(is_fido2 ? "fido2" : "u2f")},
      {"schema", "3"},
      {"upv", is_fido2 ? R"([{"major":1,"minor":0}])" : R"([{"major":1,"minor":1}])"},
      {"authenticationAlgorithms", json_string_list(algorithms)},
      {"publicKeyAlgAndEncodings", R"(["cose"])"},
      {"attestationTypes", json_string_list(options.attestation_types)},
      {"userVerificationDetails",
       R"([[{"userVerificationMethod":"presence_internal"}],[{"userVerificationMethod":"none"}]])"},
      {"keyProtection", R"(["hardware","secure_element"])"},
      {"matcherProtection", R"(["on_chip"])"},
      {"cryptoStrength", "128"},
      {"attachmentHint", R"(["external","wired"])"},
      {"tcDisplay", "[]"},
      {"attestationRootCertificates", json_certificate_list(options.roots)}};
  members.insert(members.end(), rest.begin(), rest.end());
  return edited_object(members, options.edits);
}

std::string make_status_report(const StatusReportOptions& options) {
  JwsMembers members{{"status", json_string(options.status)}};
  if (options.effective_date) {
    members.emplace_back("effectiveDate", json_string(*options.effective_date));
  }
  if (options.certificate) {
    members.emplace_back("certificate", json_string(to_base64(*options.certificate)));
  }
  return edited_object(members, options.edits);
}

std::string make_metadata_entry(const MetadataEntryOptions& options) {
  JwsMembers members;
  name_model(members, options.statement);
  if (options.has_statement) {
    members.emplace_back("metadataStatement", make_metadata_statement(options.statement));
  }
  std::vector<std::string> reports;
  for (const StatusReportOptions& report : options.reports) {
    reports.push_back(make_status_report(report));
  }
  members.emplace_back("statusReports", json_list(reports));
  members.emplace_back("timeOfLastStatusChange", json_string("2020-01-01"));
  return edited_object(members, options.edits);
}

std::string make_blob(const ServiceBlobOptions& options) {
  const std::string header =
      edited_object({{"alg", json_string(jws_algorithm_name(options.algorithm))},
                     {"typ", json_string("JWT")},
                     {"x5c", json_certificate_list(options.x5c)}},
                    options.header_edits);
  const std::string payload = edited_object({{"legalHeader", json_string("For tests.")},
                                             {"no", std::to_string(options.number)},
                                             {"nextUpdate", json_string(options.next_update)},
                                             {"entries", json_list(options.entries)}},
                                            options.payload_edits);
  const TestKey key =
      options.is_signature_wrong ? TestKey::make(options.key.kind(), "other") : options.key;
  return make_jws(header, payload, key, options.algorithm);
}

ByteVector make_dns_alternative_name(std::string_view name) {
  return der::sequence({der::element(0x82, bytes(name))});
}

Extension crl_distribution_point(std::string_view url) {
  const ByteVector full_name = der::context(0, der::element(0x86, bytes(url)));
  return {"2.5.29.31", false, der::sequence({der::sequence({der::context(0, full_name)})})};
}

MetadataAuthority::MetadataAuthority(std::string crl_base, std::string_view label)
    : crl_base_(std::move(crl_base)),
      label_(label),
      root_(make_root(label)),
      ca_(make_ca("Metadata CA 1", 0x21)) {}

TestCertificate MetadataAuthority::make_ca(std::string_view name, std::uint8_t serial) const {
  CertificateOptions options =
      authority_options(name, TestKey::make(KeyKind::p256, label_ + " " + std::string(name)));
  options.serial = {serial};
  if (!crl_base_.empty()) {
    options.extensions.push_back(crl_distribution_point(crl_base_ + "/root"));
  }
  return make_certificate(options, &root_);
}

TestCertificate MetadataAuthority::make_signer(std::string_view name, std::uint8_t serial,
                                               std::string_view host) const {
  return make_signer_below(ca_, "/ca", name, serial, host);
}

TestCertificate MetadataAuthority::make_signer_below(const TestCertificate& issuer,
                                                     std::string_view crl_path,
                                                     std::string_view name, std::uint8_t serial,
                                                     std::string_view host) const {
  CertificateOptions options;
  options.key = TestKey::make(KeyKind::p256, label_ + " " + std::string(name));
  options.subject = authority_subject(name);
  options.serial = {serial};
  options.subject_alt_name = make_dns_alternative_name(host);
  if (!crl_base_.empty()) {
    options.extensions.push_back(crl_distribution_point(crl_base_ + std::string(crl_path)));
  }
  return make_certificate(options, &issuer);
}

}  // namespace countersign::testing
