#include "native/metadata/blob_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <iterator>

#include "backends/openssl/openssl_backend.h"
#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

class BlobCacheTest : public ::testing::Test {
 protected:
  static CachedBlob record(const std::string& blob) {
    return {"https://mds.example/",
            blob,
            "\"tag\"",
            UnixSeconds{1700000000},
            {{"http://a/1.crl", bytes("one")}, {"http://a/2.crl", {}}}};
  }
  std::size_t files() const {
    const std::filesystem::directory_iterator all(folder_.path("cache"));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  TemporaryFolder folder_;
  OpenSslHasher hasher_;
  BlobCache cache_{folder_.path("cache"), hasher_};
};

TEST_F(BlobCacheTest, GivesBackWhatWasStored) {
  EXPECT_FALSE(cache_.load("https://mds.example/").value().has_value());
  ASSERT_TRUE(cache_.store(record("a.b.c")).has_value());
  const CachedBlob loaded = *cache_.load("https://mds.example/").value();
  EXPECT_EQ(loaded.blob, "a.b.c");
  EXPECT_EQ(loaded.etag, "\"tag\"");
  EXPECT_EQ(loaded.accepted_at.value, 1700000000);
  ASSERT_EQ(loaded.crls.size(), 2U);
  EXPECT_EQ(loaded.crls[0].url, "http://a/1.crl");
  EXPECT_EQ(loaded.crls[0].der, bytes("one"));
  EXPECT_TRUE(loaded.crls[1].der.empty());
  ASSERT_TRUE(cache_.store(record("d.e.f")).has_value());
  EXPECT_EQ((*cache_.load("https://mds.example/").value()).blob, "d.e.f");
  EXPECT_FALSE(cache_.load("https://other.example/").value().has_value());
}

TEST_F(BlobCacheTest, FailsIfAnyByteWasChangedOrLost) {
  ASSERT_TRUE(cache_.store(record("a.b.c")).has_value());
  const std::string path = cache_.path_of("https://mds.example/");
  const std::string name = path.substr(folder_.path("").size());
  const std::string good = folder_.read(name);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    folder_.write(name, bad);
    const auto loaded = cache_.load("https://mds.example/");
    ASSERT_FALSE(loaded.has_value()) << i;
    EXPECT_EQ(loaded.error().code, ErrorCode::metadata_cache_unusable);
    folder_.write(name, good.substr(0, i));
    ASSERT_FALSE(cache_.load("https://mds.example/").has_value()) << i;
  }
}

TEST_F(BlobCacheTest, SaysWhoseRecordLiesInThePlaceOfTheSource) {
  ASSERT_TRUE(cache_.store(record("a.b.c")).has_value());
  std::filesystem::rename(cache_.path_of("https://mds.example/"),
                          cache_.path_of("https://other.example/"));
  EXPECT_EQ((*cache_.load("https://other.example/").value()).source, "https://mds.example/");
}

TEST_F(BlobCacheTest, NeverPutsASmallerNumberInThePlaceOfAGreaterOne) {
  const auto numbered = [](std::uint64_t number, const std::string& blob) {
    CachedBlob out = record(blob);
    out.number = number;
    return out;
  };
  const auto kept = [&] { return (*cache_.load("https://mds.example/").value()).blob; };
  ASSERT_TRUE(cache_.store(numbered(7, "seven")).has_value());
  EXPECT_EQ((*cache_.load("https://mds.example/").value()).number, 7U);
  EXPECT_EQ(cache_.store(numbered(6, "six")).error().code, ErrorCode::metadata_cache_unusable);
  EXPECT_EQ(kept(), "seven");
  EXPECT_TRUE(cache_.store(numbered(7, "again")).has_value());
  EXPECT_EQ(kept(), "again");
  EXPECT_TRUE(cache_.store(numbered(8, "eight")).has_value());
  EXPECT_EQ(kept(), "eight");
  EXPECT_EQ(files(), 1U);
}

TEST_F(BlobCacheTest, WaitsForNobodyWhoKeepsTheLock) {
  ASSERT_TRUE(cache_.store(record("a.b.c")).has_value());
  const int folder = open(folder_.path("cache").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(flock(folder, LOCK_EX), 0);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(cache_.store(record("d.e.f")).error().code, ErrorCode::metadata_cache_unusable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_EQ((*cache_.load("https://mds.example/").value()).blob, "a.b.c");
  close(folder);
  EXPECT_TRUE(cache_.store(record("d.e.f")).has_value());
}

TEST_F(BlobCacheTest, ReplacesWhatIsDamaged) {
  folder_.write(
      "cache/" + std::filesystem::path(cache_.path_of("https://mds.example/")).filename().string(),
      "damaged");
  EXPECT_TRUE(cache_.store(record("a.b.c")).has_value());
  EXPECT_EQ((*cache_.load("https://mds.example/").value()).blob, "a.b.c");
}

TEST_F(BlobCacheTest, LeavesWhatItMayNotRead) {
  ASSERT_TRUE(cache_.store(record("a.b.c")).has_value());
  const std::string path = cache_.path_of("https://mds.example/");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  const std::filesystem::perms everything = std::filesystem::perms::all;
  std::filesystem::permissions(folder_.path("cache"), everything);
  std::filesystem::permissions(folder_.path(""), everything);
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && seteuid(kNobody) != 0) {
      _exit(3);
    }
    const auto loaded = cache_.load("https://mds.example/");
    const bool is_unreadable =
        !loaded.has_value() && loaded.error().code == ErrorCode::metadata_file_unreadable;
    _exit(!is_unreadable ? 1 : cache_.store(record("d.e.f")).has_value() ? 2 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: read, 2: replaced, 3: no other user";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  EXPECT_EQ((*cache_.load("https://mds.example/").value()).blob, "a.b.c");
  EXPECT_EQ(files(), 1U);
}

TEST_F(BlobCacheTest, LeavesWhatIsNoFile) {
  std::filesystem::create_directories(cache_.path_of("https://mds.example/"));
  EXPECT_EQ(cache_.load("https://mds.example/").error().code, ErrorCode::metadata_file_unreadable);
  EXPECT_EQ(cache_.store(record("a.b.c")).error().code, ErrorCode::metadata_cache_unusable);
  EXPECT_EQ(files(), 1U);
}

TEST_F(BlobCacheTest, IsForItsOwnerAlone) {
  ASSERT_TRUE(cache_.store(record("a.b.c")).has_value());
  EXPECT_EQ(std::filesystem::status(cache_.path_of("https://mds.example/")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(BlobCacheTest, RemovesWhatAKilledServerLeftButNotWhatAnotherOneWrites) {
  ASSERT_TRUE(cache_.store(record("a.b.c")).has_value());
  folder_.write("cache/0123.blob.new-a1b2c3", "half");
  folder_.write("cache/0123.blob.bad", "for people");
  const int folder = open(folder_.path("cache").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(flock(folder, LOCK_EX), 0);
  cache_.remove_leftovers();
  EXPECT_EQ(files(), 3U) << "the lock says that somebody is at work";
  close(folder);
  cache_.remove_leftovers();
  EXPECT_EQ(files(), 2U);
  EXPECT_FALSE(std::filesystem::exists(folder_.path("cache/0123.blob.new-a1b2c3")));
  EXPECT_EQ((*cache_.load("https://mds.example/").value()).blob, "a.b.c");
}

TEST_F(BlobCacheTest, SetsAsideWhatIsOfNoUse) {
  ASSERT_TRUE(cache_.store(record("a.b.c")).has_value());
  cache_.set_aside("https://mds.example/");
  EXPECT_FALSE(cache_.load("https://mds.example/").value().has_value());
  EXPECT_TRUE(std::filesystem::exists(cache_.path_of("https://mds.example/") + ".bad"));
}

TEST_F(BlobCacheTest, ADiskThatIsFullLeavesWhatWasThere) {
  ASSERT_TRUE(cache_.store(record("a.b.c")).has_value());
  const pid_t child = fork();
  if (child == 0) {
    // A file may grow to 4 KiB, then the kernel refuses as it does without space.
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit(cache_.store(record(std::string(100000, 'x'))).has_value() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "it claims to have stored";
  EXPECT_EQ((*cache_.load("https://mds.example/").value()).blob, "a.b.c");
  EXPECT_EQ(files(), 1U) << "what was written beside has gone";
}

TEST_F(BlobCacheTest, AFolderThatCannotBeMadeIsUnusable) {
  folder_.write("file", "");
  const BlobCache cache(folder_.path("file/cache"), hasher_);
  EXPECT_EQ(cache.store(record("a.b.c")).error().code, ErrorCode::metadata_cache_unusable);
}

}  // namespace
}  // namespace countersign::testing
