#pragma once
// The failure drill's stage: a server, a source and its lists on loopback, with a PKI of their own.

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "native/metadata/blob_cache.h"
#include "tests/http/server_process.h"
#include "tests/native_metadata/mock_server.h"
#include "tests/support/blob_builder.h"

namespace countersign::testing {

inline constexpr const char* kMonitoringKey = "monitoring";
inline constexpr std::string_view kGoodModel = "11111111-1111-4111-8111-111111111111";
inline constexpr std::string_view kRevokedModel = "22222222-2222-4222-8222-222222222222";

inline std::int64_t now_seconds() { return static_cast<std::int64_t>(std::time(nullptr)); }

class Drill {
 public:
  Drill() : mock(std::make_unique<MockServer>()) {
    const TestBlob blob = signed_blob(10);
    root = blob.root;
    issuer = blob.issuer;
    folder.write("root.pem", blob.root.pem());
    serve_lists();
    serve_blob(10);
  }

  /// A BLOB of this PKI whose certificates name the lists of the mock server.
  TestBlob signed_blob(std::uint64_t number,
                       const std::function<void(BlobOptions&)>& edit = {}) const {
    BlobOptions options;
    options.number = number;
    options.entries = {blob_entry(kGoodModel), blob_entry(kRevokedModel, "REVOKED")};
    options.payload_edits = {{"nextUpdate", json_string("2036-01-01")}};
    const auto naming = [this](const std::string& path) {
      return [url = mock_url(path)](CertificateOptions& certificate) {
        certificate.extensions.push_back(
            {oids::kCrlDistributionPoints, false, der::sequence({distribution_point(url)})});
      };
    };
    options.edit_signer = naming("/ca.crl");
    options.edit_issuer = naming("/root.crl");
    if (edit) {
      edit(options);
    }
    return make_blob(options);
  }
  void serve_blob(std::uint64_t number, const std::function<void(BlobOptions&)>& edit = {}) {
    mock->serve("/blob", signed_blob(number, edit).jws, "tag-" + std::to_string(number));
  }
  void serve_lists(const std::function<void(CrlOptions&)>& edit_issuers = {}) {
    CrlOptions options;
    options.this_update = now_seconds() - 3600;
    options.next_update = now_seconds() + 86400;
    const ByteVector of_root = make_crl(options, *root);
    if (edit_issuers) {
      edit_issuers(options);
    }
    const ByteVector of_issuer = make_crl(options, *issuer);
    mock->answer("/root.crl", 200, std::string(text_of(of_root)));
    mock->answer("/ca.crl", 200, std::string(text_of(of_issuer)));
  }

  std::string source_json(const std::string& path = "/blob",
                          const std::string& anchors = "root.pem",
                          const std::string& crl = "require") const {
    return R"({"url":")" + mock_url(path) + R"(","trustAnchors":")" + anchors + R"(","crl":")" +
           crl + R"(","host":")" + std::string(kBlobHost) + "\"}";
  }
  static std::string config(const std::string& sources, const std::string& more = "",
                            const std::string& cache = "cache") {
    return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[{"id":"demo","rpId":"localhost",)"
           R"("origins":["http://localhost:8080"],"enrolment":"open","apiKeys":[{"id":"m","sha256":")" +
           to_hex(sha256(bytes(kMonitoringKey))) +
           R"(","scopes":[]}]}],"metadata":{"refreshSeconds":1,"retrySeconds":1,"timeoutSeconds":20,)"
           R"("cache":")" +
           cache + R"(","sources":[)" + sources + "]" + more + "}}";
  }
  void start(const std::string& text) {
    server.reset();
    server = std::make_unique<ServerProcess>(folder, text);
  }
  void start() { start(config(source_json())); }

  JsonValue report() const {
    Browser monitoring(server->port());
    monitoring.headers = {{"Authorization", std::string("Bearer ") + kMonitoringKey}};
    const Answer answer = monitoring.get("/v1/metadata");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json;
  }
  JsonValue source(std::size_t i = 0) const {
    const JsonValue all = report();
    const JsonValue& sources = member(all, "sources");
    return i < sources.items.size() ? sources.items[i] : JsonValue();
  }
  static std::int64_t number_of(const JsonValue& source) {
    const JsonValue& number = member(source, "number");
    return number.is_integer() ? number.integer : -1;
  }
  static std::string alarms_of(const JsonValue& source) {
    std::string out;
    for (const JsonValue& alarm : member(source, "alarms").items) {
      out += (out.empty() ? "" : " ") + alarm.string;
    }
    return out;
  }
  static std::string code_of(const JsonValue& source) {
    return member(member(source, "lastError"), "code").string;
  }
  static bool has_alarm(const JsonValue& source, const std::string& alarm) {
    return (" " + alarms_of(source) + " ").find(" " + alarm + " ") != std::string::npos;
  }
  /// The source's report once it is as wanted, or as it is after half a minute.
  JsonValue wait_for(const std::function<bool(const JsonValue&)>& wanted, std::size_t i = 0) const {
    JsonValue seen;
    for (int turn = 0; turn < 300; ++turn) {
      seen = source(i);
      if (wanted(seen)) {
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return seen;
  }
  JsonValue wait_for_number(std::int64_t number, std::size_t i = 0) const {
    return wait_for([number](const JsonValue& seen) { return number_of(seen) == number; }, i);
  }
  JsonValue wait_for_alarm(const std::string& alarm, std::size_t i = 0) const {
    return wait_for([&alarm](const JsonValue& seen) { return has_alarm(seen, alarm); }, i);
  }

  /// A registration and a sign-in; the node is ready.
  ::testing::AssertionResult goes_on() {
    Browser browser(server->port());
    const std::string name = "user" + std::to_string(++users_);
    const Browser::Registered user = browser.register_user(name, name);
    if (user.result.status != 200) {
      return ::testing::AssertionFailure() << "registration: " << user.result.body;
    }
    const Answer signed_in = browser.sign_in(user.credential, name);
    if (signed_in.status != 200) {
      return ::testing::AssertionFailure() << "sign-in: " << signed_in.body;
    }
    const Answer ready = browser.get("/readyz");
    return ready.status == 200 ? ::testing::AssertionSuccess()
                               : ::testing::AssertionFailure() << "readyz: " << ready.body;
  }

  std::string mock_url(const std::string& path) const { return mock->url(path); }
  /// From now on connections to it are refused.
  void end_source() {
    const int port = mock->port();
    mock.reset();
    closed_.emplace(port);
  }

  TemporaryFolder folder;
  std::unique_ptr<MockServer> mock;
  std::optional<TestCertificate> root;
  std::optional<TestCertificate> issuer;
  std::unique_ptr<ServerProcess> server;

 private:
  std::optional<ClosedPort> closed_;
  int users_ = 0;
};

/// The outcomes as a table, printed when all are there.
class DrillTable {
 public:
  static std::vector<std::array<std::string, 4>>& rows() {
    static std::vector<std::array<std::string, 4>> out;
    return out;
  }
  static void add(const std::string& what, const JsonValue& source) {
    rows().push_back({what, std::to_string(Drill::number_of(source)), Drill::alarms_of(source),
                      Drill::code_of(source)});
  }
  static void print() {
    std::printf("\n%-44s %4s  %-40s %s\n", "drill (registration and sign-in went on)", "no",
                "alarms", "last error");
    for (const auto& row : rows()) {
      std::printf("%-44s %4s  %-40s %s\n", row[0].c_str(), row[1].c_str(), row[2].c_str(),
                  row[3].c_str());
    }
    std::fflush(stdout);
  }
};

/// Of all drills, in whichever file they are.
class MetadataDrill : public ::testing::Test {
 protected:
  static void TearDownTestSuite() { DrillTable::print(); }

  // A server that has accepted number 10.
  void begin(const std::string& crl = "require") {
    drill.start(Drill::config(drill.source_json("/blob", "root.pem", crl)));
    const JsonValue seen = drill.wait_for_number(10);
    ASSERT_EQ(Drill::number_of(seen), 10) << drill.server->log();
  }
  // Where the cache of a source is, in the folder.
  std::string cache_file(const std::string& path = "/blob") const {
    const OpenSslHasher hasher;
    const BlobCache cache(drill.folder.path("cache"), hasher);
    return "cache/" +
           std::filesystem::path(cache.path_of(drill.mock_url(path))).filename().string();
  }
  // Then: what was good stays, with that alarm and that error, and everything goes on.
  void expect_kept(const std::string& what, const std::string& alarm, const std::string& code) {
    const JsonValue seen = drill.wait_for_alarm(alarm);
    EXPECT_TRUE(Drill::has_alarm(seen, alarm)) << what << ": " << Drill::alarms_of(seen);
    EXPECT_EQ(Drill::number_of(seen), 10) << what;
    if (!code.empty()) {
      EXPECT_EQ(Drill::code_of(seen), code) << what;
    }
    EXPECT_TRUE(drill.goes_on()) << what;
    DrillTable::add(what, seen);
  }
  void expect_accepted(const std::string& what, const std::string& alarms) {
    const JsonValue seen = drill.wait_for_number(11);
    EXPECT_EQ(Drill::number_of(seen), 11) << what << ": " << Drill::code_of(seen);
    EXPECT_EQ(Drill::alarms_of(seen), alarms) << what;
    EXPECT_TRUE(drill.goes_on()) << what;
    DrillTable::add(what, seen);
  }

  Drill drill;
};

}  // namespace countersign::testing
