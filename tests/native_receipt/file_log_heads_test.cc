#include "native/receipt/file_log_heads.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "backends/openssl/openssl_backend.h"
#include "tests/http/server_process.h"
#include "tests/support/keys.h"

namespace countersign::testing {
namespace {

const OpenSslHasher kHasher;

NoteKey key_of(const std::string& name, const std::string& seed = "log") {
  return NoteKey::make(name, NoteKeyKind::log, TestKey::make(KeyKind::ed25519, seed).x(), kHasher)
      .value();
}

class FileLogHeadsTest : public ::testing::Test {
 protected:
  std::string remembered(const NoteKey& key) {
    return (*FileLogHeads(folder_.path("log.pem"), kHasher).hold(key))->checkpoint();
  }
  std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(folder_.path(""))) {
      ++count;
    }
    return count;
  }

  TemporaryFolder folder_;
  FileLogHeads heads_{folder_.path("log.pem"), kHasher};
};

TEST_F(FileLogHeadsTest, RemembersTheLastOneOfEachLogAndKey) {
  EXPECT_EQ(remembered(key_of("a")), "");
  {
    const auto hold = *heads_.hold(key_of("a"));
    ASSERT_TRUE(hold->remember("one").has_value());
    ASSERT_TRUE(hold->remember("two").has_value());
  }
  EXPECT_EQ(remembered(key_of("a")), "two");
  EXPECT_EQ(remembered(key_of("b")), "");
  EXPECT_EQ(remembered(key_of("a", "another")), "");
  EXPECT_EQ(files(), 1U) << "nothing is left beside it";
}

TEST_F(FileLogHeadsTest, WritesOverWhatAnEndedServerLeft) {
  ASSERT_TRUE((*heads_.hold(key_of("a")))->remember("one").has_value());
  std::string path;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path(""))) {
    path = entry.path().string();
  }
  folder_.write(std::filesystem::path(path).filename().string() + ".new", "torn");
  EXPECT_EQ(remembered(key_of("a")), "one");
  ASSERT_TRUE((*heads_.hold(key_of("a")))->remember("two").has_value());
  EXPECT_EQ(remembered(key_of("a")), "two");
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_F(FileLogHeadsTest, IsHeldByOneAtATime) {
  {
    const auto hold = *heads_.hold(key_of("a"));
    EXPECT_EQ(*heads_.hold(key_of("a")), nullptr) << "no failure: somebody is at it";
  }
  EXPECT_NE(*heads_.hold(key_of("a")), nullptr);
}

TEST_F(FileLogHeadsTest, FailsWhereNothingCanBeWrittenOrRead) {
  EXPECT_TRUE(heads_.check_writable().has_value());
  FileLogHeads missing(folder_.path("missing/log.pem"), kHasher);
  EXPECT_FALSE(missing.check_writable().has_value());
  EXPECT_FALSE(missing.hold(key_of("a")).has_value());
  ASSERT_TRUE((*heads_.hold(key_of("a")))->remember("one").has_value());
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path(""))) {
    std::filesystem::resize_file(entry.path(), 0);
  }
  EXPECT_FALSE(heads_.hold(key_of("a")).has_value()) << "an empty file is no new log";
}

}  // namespace
}  // namespace countersign::testing
