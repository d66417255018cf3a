// Certificates from the field: the chain and the attestation roots of a recorded metadata BLOB, and
// the x5c of recorded ceremonies.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "codec/json_reader.h"
#include "tests/support/encoding.h"
#include "x509/path.h"

namespace countersign {
namespace {

using testing::from_base64;

constexpr UnixSeconds kBlobTime{1693526400};  // 2023-09-01T00:00:00Z

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

JsonValue parse_large_json(Bytes text) {
  JsonOptions options;
  options.max_bytes = std::size_t{1} << 26;
  options.max_nodes = 1000000;
  return parse_json(text_of(text), options).value();
}

struct Blob {
  JsonValue header;
  JsonValue payload;
};

std::optional<Blob> read_blob() {
  const std::string jwt =
      read_file(std::string(COUNTERSIGN_VECTORS_DIR) + "/metadata/mds3-blob-no31.jwt");
  const std::size_t first = jwt.find('.');
  const std::size_t second = jwt.find('.', first + 1);
  if (first == std::string::npos || second == std::string::npos) {
    return std::nullopt;
  }
  return Blob{parse_large_json(from_base64(jwt.substr(0, first))),
              parse_large_json(from_base64(jwt.substr(first + 1, second - first - 1)))};
}

std::string without_space(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
      out += c;
    }
  }
  return out;
}

std::vector<ByteVector> attestation_roots(const Blob& blob) {
  std::vector<ByteVector> out;
  for (const JsonValue& entry : blob.payload.find("entries")->items) {
    const JsonValue* roots = entry.find("metadataStatement")->find("attestationRootCertificates");
    for (const JsonValue& root : roots->items) {
      out.push_back(from_base64(without_space(root.string)));
    }
  }
  return out;
}

TEST(MetadataCertificates, EveryAttestationRootParses) {
  const std::optional<Blob> blob = read_blob();
  if (!blob) {
    GTEST_SKIP() << "no recorded metadata BLOB beside this checkout";
  }
  EXPECT_EQ(blob->payload.find("entries")->items.size(), 174U);
  std::set<ByteVector> distinct;
  std::size_t without_key = 0;
  for (const ByteVector& der : attestation_roots(*blob)) {
    const Result<Certificate> certificate = parse_certificate(der);
    ASSERT_TRUE(certificate.has_value())
        << error_name(certificate.error().code) << " at " << certificate.error().offset << ": "
        << testing::to_hex(der);
    if (distinct.insert(der).second && !certificate->public_key()) {
      ++without_key;
    }
  }
  EXPECT_EQ(distinct.size(), 129U);
  EXPECT_EQ(without_key, 0U);
}

TEST(MetadataCertificates, UnsupportedSignatureAlgorithmsAreKnown) {
  const std::optional<Blob> blob = read_blob();
  if (!blob) {
    GTEST_SKIP() << "no recorded metadata BLOB beside this checkout";
  }
  // 15 with SHA-1 and RSA, 1 with SHA-1 and ECDSA, 2 with ECDSA and NULL parameters (RFC 5758 §3.2
  // forbids them). They are anchors, whose own signatures nobody verifies.
  std::set<ByteVector> unsupported;
  for (const ByteVector& der : attestation_roots(*blob)) {
    if (!parse_certificate(der)->signature_algorithm()) {
      unsupported.insert(der);
    }
  }
  EXPECT_EQ(unsupported.size(), 18U);
}

TEST(MetadataCertificates, FewEnoughRootsShareAName) {
  const std::optional<Blob> blob = read_blob();
  if (!blob) {
    GTEST_SKIP() << "no recorded metadata BLOB beside this checkout";
  }
  std::map<ByteVector, std::set<ByteVector>> by_name;
  for (const ByteVector& der : attestation_roots(*blob)) {
    by_name[to_vector(parse_certificate(der)->subject())].insert(der);
  }
  for (const auto& [name, certificates] : by_name) {
    EXPECT_LE(certificates.size(), limits::kMaxCandidatePaths);
  }
}

// All roots of the BLOB as each other's chains: every self-signed root is the anchor of itself, and
// no combination of real certificates upsets the search.
TEST(MetadataCertificates, EveryRootIsAPathOfItsOwn) {
  const std::optional<Blob> blob = read_blob();
  if (!blob) {
    GTEST_SKIP() << "no recorded metadata BLOB beside this checkout";
  }
  std::vector<Certificate> anchors;
  std::set<ByteVector> distinct;
  for (const ByteVector& der : attestation_roots(*blob)) {
    if (distinct.insert(der).second) {
      anchors.push_back(parse_certificate(der).value());
    }
  }
  std::size_t expired = 0;
  for (const Certificate& leaf : anchors) {
    PathRequest request;
    request.chain = {&leaf, 1};
    request.anchors = anchors;
    request.time = kBlobTime;
    std::vector<SignatureObligation> obligations;
    const Result<std::vector<CandidatePath>> paths = build_paths(request, obligations);
    if (!paths.has_value()) {
      EXPECT_EQ(paths.error().code, ErrorCode::certificate_expired);
      ++expired;
      continue;
    }
    EXPECT_TRUE(obligations.empty());
    EXPECT_EQ(anchors[paths->front().anchor], leaf);
  }
  EXPECT_LT(expired, 15U);
}

std::optional<Certificate> read_pem(const std::string& path) {
  const std::string pem = read_file(path);
  const std::string begin = "-----BEGIN CERTIFICATE-----";
  const std::size_t start = pem.find(begin);
  const std::size_t end = pem.find("-----END CERTIFICATE-----");
  if (start == std::string::npos || end == std::string::npos) {
    return std::nullopt;
  }
  const std::string body = pem.substr(start + begin.size(), end - start - begin.size());
  return parse_certificate(from_base64(without_space(body))).value();
}

TEST(MetadataCertificates, ChainOfTheBlobLeadsToItsRoot) {
  const std::optional<Blob> blob = read_blob();
  const std::optional<Certificate> r3 =
      read_pem("/usr/share/ca-certificates/mozilla/GlobalSign_Root_CA_-_R3.crt");
  const std::optional<Certificate> r46 =
      read_pem("/usr/share/ca-certificates/mozilla/GlobalSign_Root_R46.crt");
  if (!blob || !r3 || !r46) {
    GTEST_SKIP() << "no recorded metadata BLOB beside this checkout, or no ca-certificates";
  }
  std::vector<Certificate> chain;
  for (const JsonValue& item : blob->header.find("x5c")->items) {
    chain.push_back(parse_certificate(from_base64(item.string)).value());
  }
  chain.push_back(*r46);  // unused, as since 2026 in the field
  const std::vector<Certificate> anchors{*r46, *r3};
  const OpenSslVerifier verifier;
  const auto run = [&](UnixSeconds time, std::span<const Certificate> with) -> std::string {
    PathRequest request;
    request.chain = chain;
    request.anchors = with;
    request.time = time;
    request.shape = ChainShape::tolerant;
    std::vector<SignatureObligation> obligations;
    const Result<std::vector<CandidatePath>> paths = build_paths(request, obligations);
    if (!paths.has_value()) {
      return std::string(error_name(paths.error().code));
    }
    for (const std::size_t edge : paths->front().edges) {
      const SignatureObligation& o = obligations[edge];
      if (verifier.verify(o.algorithm, o.key, o.message, o.signature) != SignatureVerdict::valid) {
        return "signature invalid";
      }
    }
    EXPECT_EQ(paths->front().edges.size(), 2U);
    return "trusted";
  };
  EXPECT_EQ(run(kBlobTime, anchors), "trusted");
  EXPECT_EQ(run(kBlobTime, std::vector<Certificate>{*r46}), "certificate_path_not_found");
  EXPECT_EQ(run(UnixSeconds{1893456000}, anchors), "certificate_expired");
}

}  // namespace
}  // namespace countersign
