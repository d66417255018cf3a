#include "native/metadata/local_files.h"

#include "tests/http/server_process.h"
#include "tests/support/pki.h"

namespace countersign::testing {
namespace {

class LocalFiles : public ::testing::Test {
 protected:
  static std::string pem(const std::string& name) {
    return make_certificate(authority_options(name, TestKey::make(KeyKind::p256, name)), nullptr)
        .pem();
  }
  MetadataFiles read() const {
    auto result = read_metadata_files(config_);
    const auto* problem = std::get_if<ConfigProblem>(&result);
    EXPECT_EQ(problem, nullptr) << (problem != nullptr ? problem->path + problem->reason : "");
    return problem == nullptr ? std::get<MetadataFiles>(std::move(result)) : MetadataFiles();
  }
  std::string problem_at() const {
    const auto result = read_metadata_files(config_);
    const auto* problem = std::get_if<ConfigProblem>(&result);
    return problem != nullptr ? problem->path : "";
  }
  void add_source(const std::string& file) {
    MetadataSourceConfig source;
    source.trust_anchors = folder_.path(file);
    config_.sources.push_back(source);
  }

  TemporaryFolder folder_;
  MetadataConfig config_;
};

TEST_F(LocalFiles, ReadsAllAnchorsOfASource) {
  folder_.write("roots.pem", pem("a") + pem("b"));
  add_source("roots.pem");
  EXPECT_EQ(read().source_anchors.at(0).size(), 2U);
}

TEST_F(LocalFiles, FailsIfAnAnchorFileIsMissingOrDamaged) {
  folder_.write("good.pem", pem("a"));
  folder_.write("bad.pem", "not PEM");
  add_source("good.pem");
  add_source("missing.pem");
  EXPECT_EQ(problem_at(), "metadata.sources[1].trustAnchors");
  config_.sources.pop_back();
  add_source("bad.pem");
  EXPECT_EQ(problem_at(), "metadata.sources[1].trustAnchors");
}

TEST_F(LocalFiles, AnchorsAreOfTheFormatThatFolderOrFileNameSay) {
  folder_.write("anchors/any.pem", pem("a"));
  folder_.write("anchors/apple-root.pem", pem("b"));
  folder_.write("anchors/applesauce.pem", pem("c"));
  folder_.write("anchors/android-key/google.crt", pem("d") + pem("e"));
  folder_.write("anchors/README.txt", "not a certificate");
  folder_.write("anchors/.hidden.pem", "not a certificate");
  config_.trust_anchors = folder_.path("anchors");
  std::map<std::string, std::size_t> counts;
  for (const FormatAnchors& anchors : read().format_anchors) {
    counts[anchors.format] += anchors.anchors.size();
  }
  EXPECT_EQ(counts,
            (std::map<std::string, std::size_t>{{"", 2}, {"apple", 1}, {"android-key", 2}}));
}

TEST_F(LocalFiles, FailsIfAFolderIsMissingOrNamesNoFormat) {
  config_.trust_anchors = folder_.path("missing");
  EXPECT_EQ(problem_at(), "trustAnchors");
  folder_.write("anchors/aple/root.pem", pem("a"));
  config_.trust_anchors = folder_.path("anchors");
  EXPECT_EQ(problem_at(), "trustAnchors");
  config_.trust_anchors.reset();
  config_.statements = folder_.path("missing");
  EXPECT_EQ(problem_at(), "metadata.statements");
}

TEST_F(LocalFiles, AStatementThatCannotBeReadIsSkippedByName) {
  folder_.write("statements/good.json",
                R"({"aaguid":"00112233-4455-6677-8899-aabbccddeeff","description":"A key",)"
                R"("authenticatorVersion":1,"attestationTypes":["basic_full"],)"
                R"("authenticationAlgorithms":["secp256r1_ecdsa_sha256_raw"],)"
                R"("attestationRootCertificates":[]})");
  folder_.write("statements/bad.json", "{");
  folder_.write("statements/readme.txt", "{");
  config_.statements = folder_.path("statements");
  const MetadataFiles files = read();
  ASSERT_EQ(files.statements.size(), 1U);
  EXPECT_EQ(files.statements[0].statement->description, "A key");
  EXPECT_EQ(files.statement_files, 2U);
  ASSERT_EQ(files.skipped_statements.size(), 1U);
  EXPECT_EQ(files.skipped_statements[0].file, "bad.json");
}

}  // namespace
}  // namespace countersign::testing
