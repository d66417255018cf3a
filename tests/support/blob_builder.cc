#include "tests/support/blob_builder.h"

namespace countersign::testing {
namespace {

void edit_with(const std::function<void(CertificateOptions&)>& edit, CertificateOptions& options) {
  if (edit) {
    edit(options);
  }
}

}  // namespace

std::string x5c_json(const std::vector<ByteVector>& certificates) {
  std::string out;
  for (const ByteVector& certificate : certificates) {
    out += (out.empty() ? "" : ",") + json_string(to_base64(certificate));
  }
  return "[" + out + "]";
}

std::string blob_entry(std::string_view aaguid, std::string_view status) {
  return "{\"aaguid\":" + json_string(aaguid) +
         ",\"statusReports\":[{\"status\":" + json_string(status) +
         ",\"effectiveDate\":\"2020-05-12\"}]," + "\"timeOfLastStatusChange\":\"2020-05-12\"}";
}

ByteVector current_crl(const TestCertificate& issuer,
                       const std::function<void(CrlOptions&)>& edit) {
  CrlOptions options;
  options.this_update = kCeremonyTime - 86400;
  options.next_update = kCeremonyTime + 86400;
  if (edit) {
    edit(options);
  }
  return make_crl(options, issuer);
}

TestBlob make_blob(const BlobOptions& options) {
  CertificateOptions root = authority_options("BLOB Root", TestKey::make(KeyKind::p256, "root"));
  edit_with(options.edit_root, root);
  const TestCertificate root_certificate = make_certificate(root, nullptr);

  CertificateOptions issuer =
      authority_options("BLOB CA", TestKey::make(KeyKind::p256, "intermediate"));
  issuer.serial = {kBlobIssuerSerial};
  edit_with(options.edit_issuer, issuer);
  const TestCertificate issuer_certificate = make_certificate(issuer, &root_certificate);

  CertificateOptions signer;
  signer.key = TestKey::for_algorithm(options.algorithm, "attestation");
  signer.subject = make_name(
      {{oids::kOrganization, "Countersign Tests"}, {oids::kCommonName, std::string(kBlobHost)}});
  signer.subject_alt_name = der::sequence({der::element(0x82, bytes(kBlobHost))});
  signer.serial = {kSignerSerial};
  edit_with(options.edit_signer, signer);
  const TestCertificate signer_certificate = make_certificate(signer, &issuer_certificate);

  std::vector<ByteVector> x5c{signer_certificate.der, issuer_certificate.der};
  if (options.edit_x5c) {
    options.edit_x5c(x5c);
  }
  JwsMembers header = {{"alg", json_string(jws_algorithm_name(options.algorithm))},
                       {"typ", json_string("JWT")},
                       {"x5c", x5c_json(x5c)}};
  for (const auto& [name, raw] : options.header_edits) {
    edit_jws(header, name, raw);
  }
  std::string entries;
  for (const std::string& entry : options.entries) {
    entries += (entries.empty() ? "" : ",") + entry;
  }
  JwsMembers payload = {{"legalHeader", json_string("By using this file you agree.")},
                        {"no", std::to_string(options.number)},
                        {"nextUpdate", json_string("2026-02-01")},
                        {"entries", "[" + entries + "]"}};
  for (const auto& [name, raw] : options.payload_edits) {
    edit_jws(payload, name, raw);
  }
  return {make_jws(options.raw_header.value_or(jws_object(header)),
                   options.raw_payload.value_or(jws_object(payload)),
                   options.signing_key.value_or(signer_certificate.key), options.algorithm),
          root_certificate, issuer_certificate, signer_certificate};
}

}  // namespace countersign::testing
