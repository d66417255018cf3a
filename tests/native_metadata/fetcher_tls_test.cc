// https as the fetcher speaks it: only to whom the system's authorities vouch for, under that name.

#include <cstdlib>

#include "native/metadata/fetcher.h"
#include "tests/http/server_process.h"
#include "tests/native_metadata/mock_server.h"
#include "tests/support/pki.h"

namespace countersign::testing {
namespace {

class FetcherTls : public ::testing::Test {
 protected:
  // A server whose certificate is for that name; its authority is in root.pem.
  void start(std::string_view name) {
    const TestCertificate root = make_certificate(
        authority_options("Web Root", TestKey::make(KeyKind::p256, "root")), nullptr);
    CertificateOptions leaf;
    leaf.key = TestKey::make(KeyKind::p256, "attestation");
    leaf.subject_alt_name = der::sequence({der::element(0x82, bytes(name))});
    const TestCertificate certificate = make_certificate(leaf, &root);
    folder_.write("root.pem", root.pem());
    folder_.write("cert.pem", certificate.pem());
    folder_.write("key.pem", certificate.key.private_key_pem());
    server_ = std::make_unique<httplib::SSLServer>(folder_.path("cert.pem").c_str(),
                                                   folder_.path("key.pem").c_str());
    ASSERT_TRUE(server_->is_valid());
    server_->Get("/blob", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("content", "text/plain");
    });
    server_->Get("/down", [this](const httplib::Request&, httplib::Response& response) {
      response.set_redirect(plain_.url("/blob"));
    });
    port_ = server_->bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_->listen_after_bind(); });
  }
  void TearDown() override {
    unsetenv("SSL_CERT_FILE");
    if (server_) {
      while (!server_->is_running()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      server_->stop();
      thread_.join();
    }
  }
  void trust_root() { setenv("SSL_CERT_FILE", folder_.path("root.pem").c_str(), 1); }
  FetchAnswer fetch(const std::string& path) {
    FetchRequest request;
    request.url = parse_url("https://localhost:" + std::to_string(port_) + path).value();
    request.max_bytes = 1000;
    request.timeout_seconds = 10;
    return Fetcher().fetch(request);
  }

  TemporaryFolder folder_;
  MockServer plain_;
  std::unique_ptr<httplib::SSLServer> server_;
  int port_ = 0;
  std::thread thread_;
};

TEST_F(FetcherTls, TakesWhatATrustedServerGives) {
  start("localhost");
  trust_root();
  const FetchAnswer answer = fetch("/blob");
  EXPECT_EQ(answer.kind, FetchAnswer::Kind::content);
  EXPECT_EQ(answer.body, "content");
}

TEST_F(FetcherTls, FailsIfNobodyVouchesForTheServer) {
  start("localhost");
  const FetchAnswer answer = fetch("/blob");
  EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed);
  EXPECT_EQ(answer.http_status, 0) << "it spoke to it";
}

TEST_F(FetcherTls, FailsIfTheCertificateIsForAnotherName) {
  start("mds.example.org");
  trust_root();
  const FetchAnswer answer = fetch("/blob");
  EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed);
  EXPECT_EQ(answer.http_status, 0) << "it spoke to it";
}

TEST_F(FetcherTls, FailsIfARedirectLeadsToPlainHttpEvenOnThisMachine) {
  start("localhost");
  trust_root();
  plain_.answer("/blob", 200, "content");
  const FetchAnswer answer = fetch("/down");
  EXPECT_EQ(answer.kind, FetchAnswer::Kind::failed);
  EXPECT_EQ(answer.error, ErrorCode::metadata_url_not_allowed);
  EXPECT_TRUE(plain_.seen("/blob").empty());
}

}  // namespace
}  // namespace countersign::testing
