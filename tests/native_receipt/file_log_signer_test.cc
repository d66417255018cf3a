#include "native/receipt/file_log_signer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "backends/openssl/openssl_backend.h"
#include "receipt/checkpoint.h"
#include "tests/http/server_process.h"
#include "tests/receipt/signers.h"
#include "tests/support/keys.h"

namespace countersign::testing {
namespace {

std::string refusal_of(const std::string& path) {
  const auto signer = FileLogSigner::open(path);
  return signer.has_value() ? "accepted" : std::string(error_name(signer.error().code));
}

TEST(FileLogSigner, SignsWithTheKeyOfTheFile) {
  const TemporaryFolder folder;
  const TestKey key = TestKey::make(KeyKind::ed25519, "log");
  folder.write("log.pem", key.private_key_pem());
  const std::unique_ptr<FileLogSigner> signer = *FileLogSigner::open(folder.path("log.pem"));
  EXPECT_TRUE(equal(signer->public_key(), key.x()));
  EXPECT_EQ(signer->sign(bytes_of("message")).value(),
            key.sign(Scheme::eddsa, Hash::sha512, bytes_of("message")));
}

TEST(FileLogSigner, MakesAKeyOnce) {
  const TemporaryFolder folder;
  const std::string path = folder.path("log.pem");
  ASSERT_TRUE(FileLogSigner::make_key(path).has_value());
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  const std::string made = folder.read("log.pem");
  ASSERT_TRUE(FileLogSigner::make_key(path).has_value());
  EXPECT_EQ(folder.read("log.pem"), made);
  const std::unique_ptr<FileLogSigner> signer = *FileLogSigner::open(path);
  const NoteKey key =
      NoteKey::make("log", NoteKeyKind::log, signer->public_key(), OpenSslHasher()).value();
  const TreeHead head{1, {}};
  const Checkpoint checkpoint{
      "log",
      head,
      {{"log", key.id(), signer->sign(bytes_of(checkpoint_text("log", head))).value()}}};
  EXPECT_TRUE(holds(log_obligation(checkpoint, key).value()));
  EXPECT_FALSE(FileLogSigner::make_key(folder.path("missing/log.pem")).has_value());
}

TEST(FileLogSigner, FailsIfTheFileHoldsNoSuchKey) {
  const TemporaryFolder folder;
  EXPECT_EQ(refusal_of(folder.path("missing.pem")), "log_key_malformed");
  folder.write("text.pem", "no key");
  folder.write("p256.pem", TestKey::make(KeyKind::p256, "log").private_key_pem());
  folder.write("ed448.pem", TestKey::make(KeyKind::ed448, "log").private_key_pem());
  for (const char* name : {"text.pem", "p256.pem", "ed448.pem"}) {
    EXPECT_EQ(refusal_of(folder.path(name)), "log_key_malformed") << name;
  }
}

}  // namespace
}  // namespace countersign::testing
