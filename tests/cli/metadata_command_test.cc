#include <gmock/gmock.h>

#include "tests/cli/command_runner.h"
#include "tests/http/server_process.h"
#include "tests/support/blob_builder.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kModel = "11111111-1111-4111-8111-111111111111";

class MetadataCommand : public ::testing::Test {
 protected:
  MetadataCommand() {
    BlobOptions options;
    options.entries = {blob_entry(kModel, "REVOKED"),
                       blob_entry("22222222-2222-4222-8222-222222222222"), R"({"aaguid":7})"};
    const TestBlob blob = make_blob(options);
    folder_.write("blob.jwt", blob.jws + "\n");
    folder_.write("root.pem", blob.root.pem());
    folder_.write("root.crl", std::string(text_of(current_crl(blob.root))));
    folder_.write("ca.crl", to_pem("X509 CRL", current_crl(blob.issuer)));
    folder_.write("revoking.crl", std::string(text_of(current_crl(blob.issuer, [](CrlOptions& crl) {
                    crl.revoked_serials = {{kSignerSerial}};
                  }))));
  }
  CommandResult verify(const std::vector<std::string>& more) const {
    const std::string file = folder_.path("blob.jwt");
    const std::string root = folder_.path("root.pem");
    std::vector<std::string_view> arguments = {
        "metadata", "verify", file,      "--anchors",
        root,       "--host", kBlobHost, "--time=2026-01-01T00:00:00Z"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_command(arguments);
  }
  CommandResult inspect(const std::vector<std::string>& more) const {
    const std::string file = folder_.path("blob.jwt");
    std::vector<std::string_view> arguments = {"metadata", "inspect", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_command(arguments);
  }
  std::string crl(const std::string& name) const { return "--crl=" + folder_.path(name); }

  TemporaryFolder folder_;
};

TEST_F(MetadataCommand, VerifyAcceptsWithAVerdictForEachStep) {
  const CommandResult result = verify({crl("root.crl"), crl("ca.crl")});
  EXPECT_EQ(result.code, cli::kDone) << result.out << result.err;
  EXPECT_THAT(result.out, Not(HasSubstr("FAIL")));
  EXPECT_THAT(result.out, HasSubstr("no           42\n"));
  EXPECT_THAT(result.out, HasSubstr("nextUpdate   2026-02-01\n"));
  EXPECT_THAT(result.out, HasSubstr("entries      2\nskipped      1\n  entry 2"));
  EXPECT_THAT(result.out, HasSubstr("BLOB Root"));
}

TEST_F(MetadataCommand, VerifyNamesTheStepThatFails) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{crl("root.crl")}, "FAIL  no certificate of the chain is revoked: crl_missing"},
      {{crl("root.crl"), crl("revoking.crl")}, "certificate_revoked"},
      {{"--crl-mode", "off", "--host=mds.other.example"}, "FAIL  issued to the host"},
      {{"--crl-mode", "off", "--time", "2041-01-01T00:00:00Z"}, "FAIL  a chain to one"},
      {{"--crl-mode", "off", "--last-number", "42"}, "FAIL  newer than the last one"},
  };
  for (const auto& [arguments, expected] : cases) {
    const CommandResult result = verify(arguments);
    EXPECT_EQ(result.code, cli::kNegative) << expected;
    EXPECT_THAT(result.out, HasSubstr(expected));
    EXPECT_THAT(result.out, Not(HasSubstr("nextUpdate")));
  }
  EXPECT_EQ(verify({"--crl-mode", "off", "--last-number=41"}).code, cli::kDone);
}

TEST_F(MetadataCommand, VerifyDoesNotCallGoodWhatItDidNotLookAt) {
  const CommandResult result = verify({"--crl-mode", "off", "--host", ""});
  EXPECT_EQ(result.code, cli::kDone);
  EXPECT_THAT(result.out, HasSubstr("skip  issued to the host\n"));
  EXPECT_THAT(result.out, HasSubstr("skip  no certificate of the chain is revoked\n"));
  EXPECT_THAT(result.out, HasSubstr("skip  newer than the last one\n"));
  EXPECT_THAT(result.out, HasSubstr("ok    the signature\n"));
}

TEST_F(MetadataCommand, FailsIfAFileCannotBeRead) {
  EXPECT_EQ(verify({"--crl", "/nowhere"}).code, cli::kFailed);
  EXPECT_EQ(run_command({"metadata", "inspect", "/nowhere"}).code, cli::kFailed);
  folder_.write("blob.jwt", "no BLOB");
  EXPECT_EQ(inspect({}).code, cli::kFailed);
  EXPECT_EQ(verify({"--crl-mode=off"}).code, cli::kNegative);
}

TEST_F(MetadataCommand, FailsIfUsedWrongly) {
  const std::vector<std::vector<std::string_view>> bad = {
      {"metadata"},
      {"metadata", "check"},
      {"metadata", "verify"},
      {"metadata", "verify", "a"},
      {"metadata", "verify", "a", "b", "--anchors", "c"},
      {"metadata", "verify", "a", "--anchors"},
      {"metadata", "verify", "a", "--anchors", "b", "--crl-mode", "maybe"},
      {"metadata", "verify", "a", "--anchors", "b", "--time", "today"},
      {"metadata", "verify", "a", "--anchors", "b", "--last-number", "x"},
      {"metadata", "verify", "a", "--anchors", "b", "--fast", "x"},
      {"metadata", "inspect"},
      {"metadata", "inspect", "a", "--aaguid", "x"},
      {"metadata", "inspect", "a", "--key-identifier", "x"},
      {"metadata", "inspect", "a", "--xml"},
  };
  for (const auto& arguments : bad) {
    EXPECT_EQ(run_command(arguments).code, cli::kUsage) << arguments.back();
  }
}

TEST_F(MetadataCommand, InspectFindsAModelAndSaysWhatFollows) {
  const CommandResult one = inspect({"--aaguid", kModel});
  EXPECT_EQ(one.code, cli::kDone);
  EXPECT_THAT(one.out, HasSubstr("aaguid          " + std::string(kModel)));
  EXPECT_THAT(one.out, HasSubstr("report          REVOKED from 2020-05-12"));
  EXPECT_THAT(one.out, HasSubstr("verdict         refused: authenticator_revoked"));
  EXPECT_THAT(one.err, HasSubstr("1 of 2 entries; nothing of this was verified"));
  const CommandResult all = inspect({"--json"});
  EXPECT_EQ(lines_of(all.out).size(), 2U);
  EXPECT_THAT(all.out, HasSubstr(R"("objection":"authenticator_revoked")"));
  EXPECT_EQ(inspect({"--find", "nothing like that"}).code, cli::kNegative);
}

TEST_F(MetadataCommand, InspectReadsASingleStatementAndPrintsNoControlCharacters) {
  folder_.write(
      "blob.jwt",
      R"({"attestationCertificateKeyIdentifiers":["00112233445566778899aabbccddeeff00112233"],)"
      R"("description":"Red \u001b[31mKey","authenticatorVersion":3,)"
      R"("attestationTypes":["basic_full"],)"
      R"("authenticationAlgorithms":["secp256r1_ecdsa_sha256_raw"],)"
      R"("attestationRootCertificates":[]})");
  const CommandResult result =
      inspect({"--key-identifier", "00112233445566778899AABBCCDDEEFF00112233", "--find", "kEy"});
  EXPECT_EQ(result.code, cli::kDone) << result.err;
  EXPECT_THAT(result.out, HasSubstr("description     Red ?[31mKey"));
  EXPECT_THAT(result.out, HasSubstr("algorithms      -7 (COSE)"));
}

}  // namespace
}  // namespace countersign::testing
