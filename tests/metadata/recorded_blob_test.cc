// The BLOB that FIDO published as number 31, and the roots of this system.

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "backends/openssl/openssl_backend.h"
#include "metadata/blob.h"
#include "tests/support/blob_builder.h"

namespace countersign::testing {
namespace {

constexpr UnixSeconds kTime{1693526400};  // 2023-09-01T00:00:00Z

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<Certificate> read_root(const std::string& name) {
  std::string pem = read_file("/usr/share/ca-certificates/mozilla/" + name + ".crt");
  std::erase(pem, '\n');
  const std::string begin = "-----BEGIN CERTIFICATE-----";
  const std::size_t start = pem.find(begin);
  const std::size_t end = pem.find("-----END CERTIFICATE-----");
  if (start == std::string::npos || end == std::string::npos) {
    return std::nullopt;
  }
  return parse_certificate(
             from_base64(pem.substr(start + begin.size(), end - start - begin.size())))
      .value();
}

class RecordedBlob : public ::testing::Test {
 protected:
  void SetUp() override {
    jws_ = read_file(std::string(COUNTERSIGN_VECTORS_DIR) + "/metadata/mds3-blob-no31.jwt");
    const auto r3 = read_root("GlobalSign_Root_CA_-_R3");
    const auto r46 = read_root("GlobalSign_Root_R46");
    if (jws_.empty() || !r3 || !r46) {
      GTEST_SKIP() << "no recorded metadata BLOB beside this checkout, or no ca-certificates";
    }
    anchors_ = {*r46, *r3};
    expectations_ = {anchors_, {}, RevocationMode::off, "mds.fidoalliance.org", kTime, 30};
  }

  std::string verdict() const {
    Result<PendingBlob> pending = begin_blob(bytes_of(jws_), expectations_);
    if (!pending.has_value()) {
      return std::string(error_name(pending.error().code));
    }
    const auto verdicts = discharge(pending->obligations(), OpenSslVerifier());
    const Result<VerifiedBlob> blob = std::move(*pending).finish(verdicts);
    return blob.has_value() ? "ok" : std::string(error_name(blob.error().code));
  }

  std::string jws_;
  std::vector<Certificate> anchors_;
  BlobExpectations expectations_;
};

TEST_F(RecordedBlob, Verifies) {
  PendingBlob pending = begin_blob(bytes_of(jws_), expectations_).value();
  const auto verdicts = discharge(pending.obligations(), OpenSslVerifier());
  const auto begin = std::chrono::steady_clock::now();
  const VerifiedBlob blob = std::move(pending).finish(verdicts).value();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  RecordProperty("milliseconds", static_cast<int>(took.count() * 1000));
  EXPECT_EQ(blob.number(), 31U);
  EXPECT_EQ(blob.next_update().value, 1696118400);  // 2023-10-01
  EXPECT_FALSE(blob.legal_header().empty());
  // 174 entries, 17 of them of UAF, which are of no use here.
  EXPECT_EQ(blob.entries().size(), 157U);
  EXPECT_EQ(blob.skipped().size(), 0U);
  EXPECT_EQ(blob.anchor(), 1U);
  EXPECT_EQ(blob.path().size(), 2U);
  EXPECT_EQ(peek_blob_number(bytes_of(jws_)), 31U);
}

TEST_F(RecordedBlob, FailsAtAnotherTimeRootHostOrNumber) {
  ASSERT_EQ(verdict(), "ok");
  expectations_.time = UnixSeconds{1893456000};
  EXPECT_EQ(verdict(), "certificate_expired");
  expectations_.time = kTime;
  expectations_.anchors = std::span(anchors_).first(1);
  EXPECT_EQ(verdict(), "certificate_path_not_found");
  expectations_.anchors = anchors_;
  expectations_.host = "fidoalliance.org";
  EXPECT_EQ(verdict(), "certificate_host_mismatch");
  expectations_.host = "mds.fidoalliance.org";
  expectations_.last_number = 31;
  EXPECT_EQ(verdict(), "metadata_number_not_increased");
  expectations_.last_number = 30;
  expectations_.revocation = RevocationMode::require;
  EXPECT_EQ(verdict(), "crl_missing");
}

TEST_F(RecordedBlob, NamesTheListsOfItsCertificates) {
  const auto locations = find_crl_locations(bytes_of(jws_), anchors_).value();
  ASSERT_FALSE(locations.empty());
  for (const CrlLocation& location : locations) {
    ASSERT_EQ(location.urls.size(), 1U);
    EXPECT_EQ(location.urls.front().substr(0, 26), "http://crl.globalsign.com/");
  }
}

TEST_F(RecordedBlob, FailsIfABitIsInverted) {
  for (const std::size_t at : {jws_.find('.') + 1000, jws_.size() / 2, jws_.rfind('.') + 10}) {
    std::string changed = jws_;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    jws_.swap(changed);
    EXPECT_EQ(verdict(), "signature_invalid") << at;
    jws_.swap(changed);
  }
}

}  // namespace
}  // namespace countersign::testing
