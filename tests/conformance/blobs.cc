#include "tests/conformance/blobs.h"

#include <ctime>

#include "tests/support/blob_builder.h"

namespace countersign::testing {
namespace {

VirtualModel make_model(const std::string& name) {
  VirtualModel model;
  model.statement.description = name;
  model.statement.aaguid = seeded_bytes("BLOB model " + name, 16);
  model.device = [aaguid = *model.statement.aaguid](RegistrationOptions& options) {
    options.format = Format::packed_x5c;
    options.aaguid = aaguid;
  };
  RegistrationOptions options;
  model.device(options);
  model.statement.roots = {make_registration(options).chain->root->der};
  return model;
}

// A model with one report beside its certification.
struct Report {
  std::string model;
  std::string status;
};
const std::vector<Report>& reports() {
  static const std::vector<Report> kReports{
      {"BYPASS", "USER_VERIFICATION_BYPASS"},
      {"ATTESTATION_KEY", "ATTESTATION_KEY_COMPROMISE"},
      {"REMOTE", "USER_KEY_REMOTE_COMPROMISE"},
      {"PHYSICAL", "USER_KEY_PHYSICAL_COMPROMISE"},
      {"REVOKED", "REVOKED"},
  };
  return kReports;
}

std::string entry_of(const VirtualModel& model, std::vector<StatusReportOptions> reports = {}) {
  MetadataEntryOptions entry;
  entry.statement = model.statement;
  entry.reports.insert(entry.reports.end(), reports.begin(), reports.end());
  return make_metadata_entry(entry);
}

constexpr std::uint8_t kRevokedSignerSerial = 0x34;
constexpr std::uint8_t kRevokedIssuerSerial = 0x22;

using CertificateEdit = std::function<void(CertificateOptions&)>;

// The certificate says that its issuer's list is at that URL.
CertificateEdit with_list(const std::string& url, const CertificateEdit& more = {}) {
  return [=](CertificateOptions& certificate) {
    certificate.extensions.push_back(
        {oids::kCrlDistributionPoints, false, der::sequence({distribution_point(url)})});
    if (more) {
      more(certificate);
    }
  };
}

CertificateEdit named(const std::string& name, std::uint8_t serial) {
  return [=](CertificateOptions& certificate) {
    certificate.key = TestKey::make(KeyKind::p256, name);
    certificate.subject = authority_subject(name);
    certificate.serial = {serial};
  };
}

std::string list_of(const TestCertificate& issuer, const std::vector<ByteVector>& revoked) {
  CrlOptions options;
  options.this_update = std::time(nullptr) - 3600;
  options.next_update = std::time(nullptr) + 86400;
  options.revoked_serials = revoked;
  return std::string(text_of(make_crl(options, issuer)));
}

std::vector<std::string> entries_of(const std::string& model) {
  std::vector<std::string> entries{entry_of(blob_models().at(model))};
  if (model == "good") {
    for (const Report& report : reports()) {
      StatusReportOptions status;
      status.status = report.status;
      entries.push_back(entry_of(compromised_models().at(report.model), {status}));
    }
  }
  return entries;
}

}  // namespace

const std::vector<VirtualBlob>& virtual_blobs() {
  static const std::vector<VirtualBlob> kBlobs{
      {"/blob/good", "good", ""},
      {"/blob/bad-signature", "bad signature", "signature_invalid"},
      {"/blob/foreign-ca", "foreign CA", "certificate_path_not_found"},
      {"/blob/revoked-leaf", "revoked leaf", "certificate_revoked"},
      // What the tool means as a revoked intermediate: two leaves in a row.
      {"/blob/two-leaves", "two leaves", "certificate_path_not_found"},
      {"/blob/revoked-ca", "revoked CA", "certificate_revoked"},
  };
  return kBlobs;
}

const std::map<std::string, VirtualModel>& compromised_models() {
  static const std::map<std::string, VirtualModel> kModels = [] {
    std::map<std::string, VirtualModel> models;
    for (const Report& report : reports()) {
      models[report.model] = make_model(report.model);
    }
    return models;
  }();
  return kModels;
}

const std::map<std::string, VirtualModel>& blob_models() {
  static const std::map<std::string, VirtualModel> kModels = [] {
    std::map<std::string, VirtualModel> models;
    for (const VirtualBlob& blob : virtual_blobs()) {
      models[blob.model] = make_model(blob.model);
    }
    return models;
  }();
  return kModels;
}

std::int64_t known_models() {
  return static_cast<std::int64_t>(virtual_models().size() + compromised_models().size() + 1);
}

std::string publish_blobs(MockServer& service) {
  const std::string root_list = service.url("/crl/root");
  const std::string issuer_list = service.url("/crl/ca");
  // Everything is sound here: each BLOB below differs in one thing.
  const auto make = [&](const std::string& model,
                        const std::function<void(BlobOptions&)>& edit = {}) {
    BlobOptions options;
    options.entries = entries_of(model);
    options.payload_edits = {{"nextUpdate", json_string("2039-12-31")}};
    options.edit_issuer = with_list(root_list);
    options.edit_signer = with_list(issuer_list);
    if (edit) {
      edit(options);
    }
    return make_blob(options);
  };
  const TestBlob good = make("good");
  const CertificateEdit revoked_signer =
      with_list(issuer_list, named("Signer 4", kRevokedSignerSerial));
  const TestBlob revoked_leaf =
      make("revoked leaf", [&](BlobOptions& blob) { blob.edit_signer = revoked_signer; });
  const TestBlob revoked_issuer = make("revoked CA", [&](BlobOptions& blob) {
    blob.edit_issuer = with_list(root_list, named("BLOB CA 2", kRevokedIssuerSerial));
    blob.edit_signer = with_list(service.url("/crl/ca2"));
  });
  const std::map<std::string, std::string> blobs{
      {"good", good.jws},
      {"bad signature",
       make("bad signature",
            [](BlobOptions& blob) { blob.signing_key = TestKey::make(KeyKind::p256, "other"); })
           .jws},
      {"foreign CA", make("foreign CA",
                          [](BlobOptions& blob) {
                            blob.edit_x5c = [](std::vector<ByteVector>& x5c) {
                              const TestKey key = TestKey::make(KeyKind::p256, "foreign");
                              x5c[1] =
                                  make_certificate(authority_options("TPM CA", key), nullptr).der;
                            };
                          })
                         .jws},
      {"revoked leaf", revoked_leaf.jws},
      {"two leaves", make("two leaves",
                          [&](BlobOptions& blob) {
                            blob.edit_x5c = [&](std::vector<ByteVector>& x5c) {
                              x5c[1] = revoked_leaf.signer.der;
                            };
                          })
                         .jws},
      {"revoked CA", revoked_issuer.jws}};
  for (const VirtualBlob& blob : virtual_blobs()) {
    service.answer(blob.path, 200, blobs.at(blob.model));
  }
  service.answer("/crl/root", 200, list_of(good.root, {{kRevokedIssuerSerial}}));
  service.answer("/crl/ca", 200, list_of(good.issuer, {{kRevokedSignerSerial}}));
  service.answer("/crl/ca2", 200, list_of(revoked_issuer.issuer, {}));
  return good.root.pem();
}

}  // namespace countersign::testing
