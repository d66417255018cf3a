// Receipts of released versions verify for ever: tests/receipt/golden/README.md.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "backends/openssl/openssl_backend.h"
#include "receipt/verification.h"
#include "service/receipt_policy.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

const std::string kFolder = COUNTERSIGN_SOURCE_DIR "/tests/receipt/golden/";

struct Golden {
  const char* file;
  const char* sha256;  // of the file: it is never another one
  std::size_t approvals;
  bool is_witnessed;
};
constexpr Golden kGolden[] = {
    {"2-transfer.json", "0f3bdf6f4d7cb214a5ed8ba01fa71bba1aea77a79da06412f3807555ae51c2ff", 1,
     false},
    {"2-card.json", "ef89516be849f035801b49b2180543f190115e15db57abdc80b7a08806069a81", 1, false},
    {"2-chain.json", "3a590ad998f23c97f2cecd0facf9dfa39f8161d2da41a9203c5ec33f93c988b0", 3, true},
    {"2-publication.json", "3c620a93996b78092c4b47bb3d1f2fffd30583ea966c563f2c46799610ab2e85", 1,
     false},
    {"2-weakening.json", "bf969483026fdebe098db2559ddb79866eb94edc7232a638af72945f013da5cf", 2,
     false},
};

std::string read(const std::string& name) {
  std::ifstream file(kFolder + name, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

NoteKey key(const std::string& name) {
  std::string line = read(name);
  line.pop_back();
  return parse_note_key(line, OpenSslHasher()).value();
}

ReceiptReport verified(std::string_view file, const Golden& golden) {
  ReceiptTrust trust;
  trust.log = key("log.key");
  if (golden.is_witnessed) {
    trust.witnesses.push_back(key("witness.key"));
  }
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  const RecordedDecisions policies(hasher);
  return verify_receipt(file, trust, {hasher, verifier, policies});
}

class GoldenReceipt : public ::testing::TestWithParam<Golden> {};
INSTANTIATE_TEST_SUITE_P(Each, GoldenReceipt, ::testing::ValuesIn(kGolden), [](const auto& golden) {
  std::string name = golden.param.file;
  name.resize(name.find('.'));
  name[name.find('-')] = '_';
  return "Version" + name;
});

TEST_P(GoldenReceipt, IsTheFileThatWasWrittenThen) {
  const std::string file = read(GetParam().file);
  EXPECT_EQ(encode_hex(OpenSslHasher().sha256({bytes_of(file)})), GetParam().sha256)
      << "it is never written again: see the README beside it";
}

TEST_P(GoldenReceipt, IsVerified) {
  const ReceiptReport report = verified(read(GetParam().file), GetParam());
  EXPECT_EQ(report.verdict(), ReceiptVerdict::verified);
  for (const ReceiptStep& step : report.steps.steps()) {
    EXPECT_EQ(step.verdict, StepVerdict::holds) << step.sentence;
  }
  EXPECT_EQ(report.approvals.size(), GetParam().approvals);
}

TEST_P(GoldenReceipt, IsRefusedAfterOneChangedByte) {
  std::string file = read(GetParam().file);
  char& changed = file[file.size() / 2];
  changed = changed == 'A' ? 'B' : 'A';
  EXPECT_EQ(verified(file, GetParam()).verdict(), ReceiptVerdict::refused);
}

TEST(GoldenReceipts, AreAllInTheTable) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    files += entry.path().extension() == ".json" ? 1 : 0;
  }
  EXPECT_EQ(files, std::size(kGolden));
}

}  // namespace
}  // namespace countersign
