#pragma once
// Metadata BLOBs with a PKI of their own: root, issuing CA, signer, and a list of each authority.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/jws_builder.h"
#include "tests/support/pki.h"

namespace countersign::testing {

inline constexpr std::string_view kBlobHost = "mds.example.org";
inline constexpr std::uint8_t kSignerSerial = 0x51;
inline constexpr std::uint8_t kBlobIssuerSerial = 0x52;

using JsonEdits = std::vector<std::pair<std::string, std::optional<std::string>>>;  // raw JSON

struct BlobOptions {
  std::int64_t algorithm = -7;
  std::uint64_t number = 42;
  std::vector<std::string> entries;  // raw JSON
  JsonEdits header_edits;
  JsonEdits payload_edits;
  std::optional<std::string> raw_header;
  std::optional<std::string> raw_payload;
  std::function<void(CertificateOptions&)> edit_root;
  std::function<void(CertificateOptions&)> edit_issuer;
  std::function<void(CertificateOptions&)> edit_signer;
  /// Of signer and issuing CA, in this order.
  std::function<void(std::vector<ByteVector>&)> edit_x5c;
  std::optional<TestKey> signing_key;  // instead of the signer's
};

struct TestBlob {
  std::string jws;
  TestCertificate root;
  TestCertificate issuer;
  TestCertificate signer;
};

TestBlob make_blob(const BlobOptions& options = {});

/// A list that is current at kCeremonyTime.
ByteVector current_crl(const TestCertificate& issuer,
                       const std::function<void(CrlOptions&)>& edit = nullptr);

/// An entry without a statement: {"aaguid", "statusReports", "timeOfLastStatusChange"}.
std::string blob_entry(std::string_view aaguid, std::string_view status = "FIDO_CERTIFIED_L1");

/// ["…", …] of standard base64.
std::string x5c_json(const std::vector<ByteVector>& certificates);

}  // namespace countersign::testing
