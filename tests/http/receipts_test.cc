// Receipts and the log over HTTP, and a server that is killed while it writes the log.

#include <gmock/gmock.h>

#include <filesystem>
#include <random>

#include "codec/json_writer.h"
#include "native/config/config.h"
#include "tests/http/server_process.h"
#include "tests/receipt/signers.h"
#include "tests/receipt/stored_receipts.h"

namespace countersign::testing {
namespace {

std::string key_json(const std::string& id, const std::string& scope) {
  return R"({"id":")" + id + R"(","sha256":")" + to_hex(sha256(bytes_of(id + "-key"))) +
         R"(","scopes":[")" + scope + "\"]}";
}

std::string config_with_keys() {
  return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[{"id":"demo","rpId":"localhost",)"
         R"("origins":["http://localhost:8080"],"apiKeys":[)" +
         key_json("reader", "receipts") + "," + key_json("eraser", "erase") + "," +
         key_json("other", "transactions") + "]}]}";
}

class Receipts : public ::testing::Test {
 protected:
  Receipts() { server_.emplace(folder_, config_with_keys()); }

  Browser with_key(const std::string& id) const {
    Browser out(server_->port(), "");
    out.headers.emplace("Authorization", "Bearer " + id + "-key");
    return out;
  }
  void insert(const std::string& transaction, const ByteVector& record, const Salt& salt) {
    if (!rows_) {
      rows_ = std::move(
          *sqlite::Database::open(folder_.path("countersign.db"), sqlite::Database::Mode::writer));
    }
    insert_receipt(*rows_, "demo", transaction, 1, record, salt);
  }
  Answer read_when_proved(const std::string& id) const {
    Browser reader = with_key("reader");
    Answer answer = reader.get("/v1/receipts/" + id);
    for (int i = 0; i < 500 && answer.status == 202; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      answer = reader.get("/v1/receipts/" + id);
    }
    return answer;
  }
  NoteKey key() const {
    std::string text = Browser(server_->port()).get("/v1/log/key").body;
    text.pop_back();
    return parse_note_key(text, OpenSslHasher()).value();
  }
  Checkpoint checkpoint() const {
    const Answer answer = Browser(server_->port()).get("/v1/log/checkpoint");
    EXPECT_EQ(answer.status, 200) << answer.body;
    const Checkpoint read = parse_checkpoint(answer.body).value();
    EXPECT_TRUE(holds(log_obligation(read, key()).value()));
    return read;
  }
  // As the file beside the log's key has it; 0: there is none yet.
  std::uint64_t remembered_size() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path(""))) {
      if (entry.path().extension() == ".head") {
        return parse_checkpoint(folder_.read(entry.path().filename().string()))->head.size;
      }
    }
    return 0;
  }
  // From the entry bundles, as a monitor would.
  std::vector<Digest256> leaf_hashes_of_log(std::uint64_t size) const {
    std::vector<Digest256> hashes;
    for (std::uint64_t at = 0; at < size; at += kTileWidth) {
      const auto width = std::min<std::uint64_t>(kTileWidth, size - at);
      const Answer bundle = Browser(server_->port())
                                .get("/v1/log/" + encode_tile_path({TilePath::Kind::entries, 0,
                                                                    at / kTileWidth, width}));
      EXPECT_EQ(bundle.status, 200);
      EXPECT_EQ(bundle.body.size(), width * 34);
      for (std::size_t i = 0; i < bundle.body.size(); i += 34) {
        hashes.push_back(merkle_leaf_hash(
            OpenSslHasher(), bytes_of(std::string_view(bundle.body).substr(i + 2, 32))));
      }
    }
    return hashes;
  }

  TemporaryFolder folder_;
  std::optional<ServerProcess> server_;
  std::unique_ptr<sqlite::Database> rows_;
};

TEST_F(Receipts, AreThereWithinASecond) {
  insert("t0", make_record(), test_salt());
  ASSERT_EQ(read_when_proved("t0.1").status, 200);
  // Each is put in when the one before has just been taken, and so waits for a whole interval. A
  // disk that stands still holds one of them up, an interval that is too long holds up all.
  auto fastest = std::chrono::steady_clock::duration::max();
  for (std::uint8_t i = 1; i <= 4; ++i) {
    const std::string transaction = "t" + std::to_string(i);
    const auto begun = std::chrono::steady_clock::now();
    insert(transaction, make_record(), Salt{i});
    ASSERT_EQ(read_when_proved(transaction + ".1").status, 200);
    fastest = std::min(fastest, std::chrono::steady_clock::now() - begun);
  }
  EXPECT_LT(fastest, std::chrono::seconds(1));
}

TEST_F(Receipts, AreProvedAndVerify) {
  EXPECT_EQ(Browser(server_->port()).get("/v1/log/checkpoint").status, 404);
  insert("t1", make_record(), test_salt());
  const Answer answer = read_when_proved("t1.1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-disposition"), "attachment; filename=\"receipt.json\"");
  EXPECT_EQ(verdict_of(answer.body, key()), "verified");
  EXPECT_EQ(key().name(), "localhost/demo");
  EXPECT_EQ(checkpoint().head.size, 1U);
  const Answer tile = Browser(server_->port()).get("/v1/log/tile/0/000.p/1");
  EXPECT_EQ(tile.status, 200);
  EXPECT_EQ(tile.body.size(), 32U);
  EXPECT_EQ(tile.headers.at("cache-control"), "public, max-age=31536000, immutable");
  for (const char* path : {"tile/0/000", "tile/0/000.p/2", "tile/../key", "x", "tile/0/000.p/1/"}) {
    EXPECT_EQ(Browser(server_->port()).get(std::string("/v1/log/") + path).status, 404) << path;
  }
}

TEST_F(Receipts, AreForWhoeverMayReadThem) {
  insert("t1", make_record(), test_salt());
  ASSERT_EQ(read_when_proved("t1.1").status, 200);
  EXPECT_EQ(Browser(server_->port()).get("/v1/receipts/t1.1").status, 404);
  EXPECT_EQ(with_key("other").get("/v1/receipts/t1.1").status, 403);
  EXPECT_EQ(with_key("nobody").get("/v1/receipts/t1.1").status, 401);
  EXPECT_EQ(with_key("reader").get("/v1/receipts/t2.1").status, 404);
}

TEST_F(Receipts, AreErasedByAKeyOfThatScopeAlone) {
  insert("t1", make_record(), test_salt());
  insert("t2", make_record(), Salt{});
  ASSERT_EQ(read_when_proved("t1.1").status, 200);
  ASSERT_EQ(read_when_proved("t2.1").status, 200);
  EXPECT_EQ(with_key("reader").call("DELETE", "/v1/receipts/t1.1", "").status, 403);
  EXPECT_EQ(Browser(server_->port()).call("DELETE", "/v1/receipts/t1.1", "").status, 401);
  EXPECT_EQ(with_key("eraser").call("DELETE", "/v1/receipts/t3.1", "").status, 404);
  EXPECT_EQ(with_key("eraser").call("DELETE", "/v1/receipts/t1.1", "").status, 204);
  EXPECT_EQ(with_key("reader").get("/v1/receipts/t1.1").status, 404);
  EXPECT_EQ(verdict_of(with_key("reader").get("/v1/receipts/t2.1").body, key()), "verified");
  EXPECT_EQ(leaf_hashes_of_log(2).size(), 2U);
  EXPECT_THAT(server_->log(), ::testing::HasSubstr("receipt.erased"));
}

TEST_F(Receipts, KeepTheirLogOverARestart) {
  insert("t1", make_record(), test_salt());
  const Answer before = read_when_proved("t1.1");
  const NoteKey key_before = key();
  server_->restart();
  EXPECT_EQ(key(), key_before);
  EXPECT_TRUE(with_key("reader").get("/v1/receipts/t1.1").body == before.body);
}

TEST_F(Receipts, WaitWithAnAlarmWhereNoKeyIsConfigured) {
  server_.reset();
  server_.emplace(folder_,
                  R"({"listen":{"host":"127.0.0.1","port":0},"metrics":"open","tenants":[{"id":)"
                  R"("demo","rpId":"bank.example","origins":["https://bank.example"],"apiKeys":[)" +
                      key_json("reader", "receipts") + "]}]}");
  insert("t1", make_record(), test_salt());
  for (int i = 0; i < 1500 && server_->log().find("receipts.no_log_key") == std::string::npos;
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_THAT(server_->log(), ::testing::HasSubstr("receipts.no_log_key"));
  const Answer answer = with_key("reader").get("/v1/receipts/t1.1");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.text("state"), "pending");
  EXPECT_THAT(Browser(server_->port()).get("/metrics").body,
              ::testing::HasSubstr(R"(countersign_receipt_log_failing{tenant="demo"} 1)"));
}

TEST_F(Receipts, HaveTheCosignaturesThatAKeyHandsIn) {
  const TestSigner witness("witness.example/a", NoteKeyKind::witness, "a");
  const std::string line = encode_note_key(witness.key);
  server_.reset();
  std::string config = config_with_keys();
  config.pop_back();
  server_.emplace(folder_, config +
                               R"(,"receipts":{"logKeyFile":"log.pem","origin":"log.example",)" +
                               R"("witnesses":[")" + line + R"("]}})");
  EXPECT_EQ(Browser(server_->port()).get("/v1/log/witnesses").body, line + "\n");
  insert("t1", make_record(), test_salt());
  ASSERT_EQ(read_when_proved("t1.1").status, 200);
  Checkpoint seen = checkpoint();
  seen.signatures.push_back(witness.cosign(seen.origin, seen.head, 1'790'000'000));
  JsonWriter writer;
  writer.begin_object();
  writer.member("checkpoint").string(encode_checkpoint(seen));
  writer.end_object();
  const std::string body = std::move(writer).take();
  const auto hand_in = [&](Browser sender, const std::string& what) {
    return sender.post("/v1/log/cosignatures", what);
  };
  EXPECT_EQ(hand_in(Browser(server_->port(), ""), body).status, 401);
  EXPECT_EQ(hand_in(with_key("other"), body).status, 403);
  EXPECT_EQ(hand_in(with_key("reader"), "{}").text("code"), "request_member_invalid");
  EXPECT_EQ(hand_in(with_key("reader"), R"({"checkpoint":"x"})").text("code"),
            "checkpoint_malformed");
  EXPECT_EQ(checkpoint().signatures.size(), 1U) << "none of them was taken";
  EXPECT_EQ(hand_in(with_key("reader"), body).status, 204);
  EXPECT_EQ(checkpoint().signatures.size(), 2U);
  const std::string file = with_key("reader").get("/v1/receipts/t1.1").body;
  EXPECT_EQ(parse_receipt(file)->proof.checkpoint, seen);
  EXPECT_THAT(server_->log(), ::testing::HasSubstr("log.cosigned"));
}

TEST(ReadWitnesses, TakesKeysOfWitnessesEachOnce) {
  const OpenSslHasher hasher;
  const TestSigner one("witness.example/a", NoteKeyKind::witness, "a");
  const TestSigner same_name("witness.example/a", NoteKeyKind::witness, "b");
  const TestSigner same_key("witness.example/b", NoteKeyKind::witness, "a");
  const TestSigner log("log.example/demo");
  Config config;
  config.receipts.witnesses = {encode_note_key(one.key)};
  const auto taken = read_witnesses(config, hasher);
  ASSERT_TRUE(std::holds_alternative<std::vector<NoteKey>>(taken));
  EXPECT_EQ(std::get<std::vector<NoteKey>>(taken), std::vector<NoteKey>{one.key});
  for (const std::string& line : {std::string("a"), encode_note_key(log.key),
                                  encode_note_key(same_name.key), encode_note_key(same_key.key)}) {
    config.receipts.witnesses = {encode_note_key(one.key), line};
    const auto refused = read_witnesses(config, hasher);
    ASSERT_TRUE(std::holds_alternative<ConfigProblem>(refused)) << line;
    EXPECT_EQ(std::get<ConfigProblem>(refused).path, "receipts.witnesses[1]");
  }
  config.receipts.witnesses.clear();
  for (int i = 0; i < 16; ++i) {
    const std::string name = "witness.example/" + std::to_string(i);
    config.receipts.witnesses.push_back(
        encode_note_key(TestSigner(name, NoteKeyKind::witness, name).key));
  }
  EXPECT_TRUE(std::holds_alternative<ConfigProblem>(read_witnesses(config, hasher)));
}

// Every leaf is in the log once, whenever the server dies, and every checkpoint that anybody saw is
// a beginning of the log that there is.
TEST_F(Receipts, LoseNothingWhenTheServerIsKilled) {
  constexpr int kKills = 12;
  std::mt19937 random(20261126);
  std::vector<Checkpoint> seen;
  int inserted = 0;
  for (int round = 0; round < kKills; ++round) {
    std::atomic<bool> is_over = false;
    std::thread watcher([&] {
      Browser browser(server_->port());
      while (!is_over) {
        const Answer answer = browser.get("/v1/log/checkpoint");
        if (answer.status == 200) {
          seen.push_back(parse_checkpoint(answer.body).value());
        }
      }
    });
    const int until = inserted + 40;
    for (; inserted < until; ++inserted) {
      Salt salt{};
      salt[0] = static_cast<std::uint8_t>(inserted);
      salt[1] = static_cast<std::uint8_t>(inserted >> 8);
      insert(std::to_string(inserted), ByteVector{1}, salt);
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 15));
    }
    server_->kill_hard();
    is_over = true;
    watcher.join();
    // Nobody saw what was not remembered.
    EXPECT_GE(remembered_size(), seen.empty() ? 0U : seen.back().head.size);
    server_->restart();
  }
  ASSERT_EQ(read_when_proved(std::to_string(inserted - 1) + ".1").status, 200);
  for (int i = 0; i < 500 && checkpoint().head.size < static_cast<unsigned>(inserted); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const Checkpoint last = checkpoint();
  ASSERT_EQ(last.head.size, static_cast<std::uint64_t>(inserted));
  const std::vector<Digest256> hashes = leaf_hashes_of_log(last.head.size);
  EXPECT_EQ(merkle_root(OpenSslHasher(), hashes), last.head.root);
  EXPECT_EQ(server_->log().find("receipts.log_"), std::string::npos) << "no kill stops the log";
  EXPECT_EQ(remembered_size(), last.head.size);
  EXPECT_GT(seen.size(), 0U);
  for (const Checkpoint& before : seen) {
    const auto size = static_cast<std::size_t>(before.head.size);
    ASSERT_EQ(before.head.root, merkle_root(OpenSslHasher(), std::span(hashes).first(size)));
  }
}

}  // namespace
}  // namespace countersign::testing
