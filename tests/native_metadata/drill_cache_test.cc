// What may go wrong with the last good BLOB on disk (drill_test.cc).

#include "tests/native_metadata/drill.h"

#include <cstdio>
#include <filesystem>

namespace countersign::testing {
namespace {

TEST_F(MetadataDrill, NoNetworkAtStart) {
  drill.mock->answer("/blob", 200, "");
  const std::string config = Drill::config(drill.source_json());
  drill.end_source();
  drill.start(config);
  const JsonValue seen = drill.wait_for_alarm("fetch_failing");
  EXPECT_EQ(Drill::alarms_of(seen), "never_accepted fetch_failing");
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("no network at start, no cache", seen);
}

TEST_F(MetadataDrill, ARestartWithoutNetwork) {
  begin();
  const std::string config = Drill::config(drill.source_json());
  drill.end_source();
  drill.start(config);
  EXPECT_EQ(Drill::number_of(drill.source()), 10) << "published before the first attempt";
  expect_kept("restart without network", "fetch_failing", "metadata_fetch_failed");
}

TEST_F(MetadataDrill, KilledWhileTheCacheIsWritten) {
  // Large, so that the write takes its time: some five megabytes of many entries.
  std::vector<std::string> entries;
  const std::string padding(1800, 'x');
  for (int i = 0; i < 2000; ++i) {
    char aaguid[37];
    std::snprintf(aaguid, sizeof aaguid, "aaaaaaaa-0000-4000-8000-%012d", i);
    std::string entry = blob_entry(aaguid);
    entry.insert(1, R"("ignored":")" + padding + R"(",)");
    entries.push_back(std::move(entry));
  }
  const auto large = [&entries](BlobOptions& options) { options.entries = entries; };
  begin();
  const std::string config = Drill::config(drill.source_json());
  const auto leftovers = [this] {
    std::size_t out = 0;
    std::error_code ignored;
    for (const auto& entry :
         std::filesystem::directory_iterator(drill.folder.path("cache"), ignored)) {
      out += entry.path().filename().string().find(".blob.new") != std::string::npos ? 1 : 0;
    }
    return out;
  };
  const auto unreachable = [](const MockServer::Seen&, const MockServer::Send&) {};
  std::uint64_t number = 10;
  std::int64_t last = 10;
  std::size_t halves = 0;
  constexpr int kKills = 10;
  for (int turn = 0; turn < kKills; ++turn) {
    drill.serve_blob(++number, large);
    // From the moment when something lies beside: at once, then later and later, at last when the
    // file has its name. [a minute: machines that do much else take their time]
    const auto wait_for = [&leftovers](std::size_t count) {
      for (int i = 0; i < 120000 && leftovers() != count; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(500));
      }
    };
    wait_for(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(turn == 0 ? 0 : 1 << turn));
    if (turn == kKills - 1) {
      wait_for(0);
    }
    drill.server->kill_hard();
    halves += leftovers();
    drill.mock->respond("/blob", unreachable);
    drill.start(config);
    const std::int64_t seen = Drill::number_of(drill.source());
    EXPECT_GE(seen, last) << "turn " << turn << ": published before the first attempt";
    EXPECT_LE(seen, static_cast<std::int64_t>(number));
    last = std::max(last, seen);
    EXPECT_EQ(leftovers(), 0U) << "what was left has gone";
    EXPECT_EQ(drill.server->log().find("cache_set_aside"), std::string::npos);
    EXPECT_EQ(drill.server->log().find("cache_unusable"), std::string::npos);
  }
  EXPECT_GE(halves, 1U) << "no kill came while the file was written";
  EXPECT_LT(halves, static_cast<std::size_t>(kKills)) << "none came after that";
  EXPECT_GT(last, 10);
  EXPECT_TRUE(drill.goes_on());
  std::printf("drill: killed %d times, %zu of them with a file half written; number %lld in use\n",
              kKills, halves, static_cast<long long>(last));
  DrillTable::add("killed while a large cache is written", drill.source());
}

TEST_F(MetadataDrill, ADamagedCache) {
  begin();
  const std::string config = Drill::config(drill.source_json());
  drill.server->stop();
  const std::string file = cache_file();
  std::string text = drill.folder.read(file);
  ASSERT_FALSE(text.empty());
  text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
  drill.folder.write(file, text);
  drill.end_source();
  drill.start(config);
  const JsonValue seen = drill.wait_for_alarm("fetch_failing");
  EXPECT_EQ(Drill::number_of(seen), -1);
  EXPECT_NE(drill.server->log().find("metadata.cache_set_aside"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(drill.folder.path(file + ".bad")));
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("damaged cache, no network", seen);
}

TEST_F(MetadataDrill, ACacheThatCannotBeWritten) {
  drill.folder.write("file", "not a folder");
  drill.start(Drill::config(drill.source_json(), "", "file/cache"));
  const JsonValue seen = drill.wait_for_number(10);
  EXPECT_EQ(Drill::number_of(seen), 10);
  EXPECT_EQ(Drill::alarms_of(seen), "cache_unusable");
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("cache cannot be written", seen);
}

TEST_F(MetadataDrill, ASignerThatExpiredMeanwhile) {
  const std::int64_t then = now_seconds() - 40 * 86400;
  const auto expired = [then](BlobOptions& options) {
    const auto edit = options.edit_signer;
    options.edit_signer = [then, edit](CertificateOptions& signer) {
      edit(signer);
      signer.not_after = then + 86400;
    };
  };
  CrlOptions options;
  options.this_update = then - 3600;
  options.next_update = then + 3600;
  CachedBlob record;
  record.source = drill.mock_url("/blob");
  record.blob = drill.signed_blob(10, expired).jws;
  record.etag = "tag-10";
  record.accepted_at = UnixSeconds{then};
  record.crls = {{drill.mock_url("/ca.crl"), make_crl(options, *drill.issuer)},
                 {drill.mock_url("/root.crl"), make_crl(options, *drill.root)}};
  const OpenSslHasher hasher;
  ASSERT_TRUE(BlobCache(drill.folder.path("cache"), hasher).store(record).has_value());
  drill.serve_blob(10, expired);
  drill.start();
  expect_kept("signer of the cached BLOB expired", "chain_not_current", "");
}

// Its own PKI instead of the one that the cache was made with.
void change_authority(Drill& drill, std::uint64_t number) {
  const auto other_root = [](BlobOptions& options) {
    options.edit_root = [](CertificateOptions& root) {
      root = authority_options("BLOB Root 2", TestKey::make(KeyKind::p256, "other"));
    };
  };
  const TestBlob blob = drill.signed_blob(number, other_root);
  drill.root = blob.root;
  drill.issuer = blob.issuer;
  drill.serve_lists();
  drill.folder.write("other.pem", blob.root.pem());
  drill.serve_blob(number, other_root);
}

TEST_F(MetadataDrill, ACacheOfOtherAnchors) {
  begin();
  const std::string file = cache_file();
  drill.server->stop();
  const std::string before = drill.folder.read(file);
  change_authority(drill, 10);
  drill.start(Drill::config(drill.source_json("/blob", "other.pem")));
  JsonValue seen = drill.wait_for_alarm("blob_refused");
  EXPECT_EQ(Drill::alarms_of(seen), "never_accepted blob_refused cache_unusable");
  EXPECT_EQ(Drill::code_of(seen), "metadata_number_not_increased") << "no roll-back";
  EXPECT_EQ(drill.folder.read(file), before) << "untouched";
  EXPECT_FALSE(std::filesystem::exists(drill.folder.path(file + ".bad")));
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("cache of other anchors, the same no", seen);
  change_authority(drill, 11);
  seen = drill.wait_for_number(11);
  EXPECT_EQ(Drill::alarms_of(seen), "");
  EXPECT_NE(drill.folder.read(file), before);
  DrillTable::add("cache of other anchors, a greater no", seen);
}

TEST_F(MetadataDrill, ACacheOfAnotherHost) {
  begin();
  const std::string file = cache_file();
  const std::string config = Drill::config(drill.source_json());
  std::string other = config;
  other.replace(other.find(kBlobHost), kBlobHost.size(), "other.example");
  drill.server->stop();
  const std::string before = drill.folder.read(file);
  drill.start(other);
  const JsonValue seen = drill.wait_for_alarm("blob_refused");
  EXPECT_TRUE(Drill::has_alarm(seen, "cache_unusable")) << Drill::alarms_of(seen);
  EXPECT_EQ(Drill::number_of(seen), -1);
  EXPECT_EQ(drill.folder.read(file), before);
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("cache of another host", seen);
  drill.end_source();
  drill.start(config);
  EXPECT_EQ(Drill::number_of(drill.source()), 10) << "the configuration was put right again";
}

TEST_F(MetadataDrill, ACacheThatLiesInThePlaceOfAnotherSource) {
  begin();
  const std::string file = cache_file();
  const std::string other = cache_file("/other");
  drill.server->stop();
  std::filesystem::rename(drill.folder.path(file), drill.folder.path(other));
  const std::string before = drill.folder.read(other);
  drill.mock->serve("/other", drill.signed_blob(9).jws, "tag-9");
  drill.start(Drill::config(drill.source_json("/other")));
  const JsonValue seen = drill.wait_for_alarm("blob_refused");
  EXPECT_EQ(Drill::code_of(seen), "metadata_number_not_increased");
  EXPECT_TRUE(Drill::has_alarm(seen, "cache_unusable")) << Drill::alarms_of(seen);
  EXPECT_EQ(drill.folder.read(other), before);
  DrillTable::add("cache of another source", seen);
}

TEST_F(MetadataDrill, ACacheThatCannotBeRead) {
  std::filesystem::create_directories(drill.folder.path(cache_file()));
  drill.start();
  const JsonValue seen = drill.wait_for_number(10);
  EXPECT_EQ(Drill::alarms_of(seen), "cache_unusable");
  EXPECT_TRUE(std::filesystem::is_directory(drill.folder.path(cache_file())));
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("cache cannot be read", seen);
}

TEST_F(MetadataDrill, AnObjectionOutlivesARestart) {
  begin();
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() - 60;
    options.revoked_serials = {{kSignerSerial}};
  });
  ASSERT_TRUE(Drill::has_alarm(drill.wait_for_alarm("chain_not_current"), "chain_not_current"));
  const std::string config = Drill::config(drill.source_json());
  drill.end_source();
  drill.start(config);
  const JsonValue seen = drill.wait_for_alarm("fetch_failing");
  EXPECT_EQ(Drill::number_of(seen), 10) << "revoked or not, nobody has anything better";
  EXPECT_EQ(Drill::alarms_of(seen), "fetch_failing chain_not_current");
  DrillTable::add("restart without network, signer revoked", seen);
}

}  // namespace
}  // namespace countersign::testing
