// What a restored backup, or somebody who writes to the database, can do to the log of receipts:
// stop it, never have it signed as two different ones.

#include <filesystem>

#include "tests/store/receipt_log_fixture.h"

namespace countersign::testing {
namespace {

class ReceiptLogAttacks : public ReceiptLogTest {
 protected:
  void log(const std::string& transaction) {
    insert(transaction, 1, make_record());
    ASSERT_EQ(sequence(), 1U);
  }
  std::string refusal(const ReceiptContext& context) {
    const Result<Sequenced> done = sequence_receipts(context, kTenant);
    return done.has_value() ? "signed" : std::string(error_name(done.error().code));
  }
  std::string refusal() { return refusal(context(*store_)); }
  TreeHead shown() {
    return parse_checkpoint(read_log_checkpoint(context(*store_), kTenant).value())->head;
  }
  void backup() {
    execute("PRAGMA wal_checkpoint(TRUNCATE)");
    std::filesystem::copy_file(folder_.path("s.db"), folder_.path("backup.db"),
                               std::filesystem::copy_options::overwrite_existing);
  }
  void restore() {
    store_.reset();
    rows_.reset();
    for (const char* name : {"s.db-wal", "s.db-shm"}) {
      std::filesystem::remove(folder_.path(name));
    }
    std::filesystem::copy_file(folder_.path("backup.db"), folder_.path("s.db"),
                               std::filesystem::copy_options::overwrite_existing);
    store_ = open();
    rows_ =
        std::move(*sqlite::Database::open(folder_.path("s.db"), sqlite::Database::Mode::writer));
  }
  Digest256 leaf(const std::string& id) { return store_->find_receipt(kTenant, id).value()->leaf; }
  static ByteVector joined(const std::vector<Digest256>& hashes) {
    ByteVector out;
    for (const Digest256& hash : hashes) {
      out.insert(out.end(), hash.begin(), hash.end());
    }
    return out;
  }
  std::string only_head() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path(""))) {
      if (entry.path().extension() == ".head") {
        return entry.path().string();
      }
    }
    return "";
  }
  // Of a server on another machine: it has never signed.
  ReceiptContext elsewhere() {
    ReceiptContext out = context(*store_);
    out.heads = &other_heads_;
    return out;
  }

  FileLogHeads other_heads_{folder_.path("other"), kHasher};
};

TEST_F(ReceiptLogAttacks, ARestoredBackupIsNotSigned) {
  log("a");
  backup();
  log("b");
  const std::string before = read("b.1");
  restore();
  EXPECT_EQ(refusal(), "consistency_proof_invalid") << "before anything new is approved";
  insert("c", 1, make_record());
  EXPECT_EQ(refusal(), "consistency_proof_invalid");
  EXPECT_EQ(read("c.1"), "receipt_proof_pending");
  EXPECT_EQ(shown().size, 1U);
  EXPECT_EQ(store_->read_log(kTenant)->head.size, 1U) << "and nothing gets a number";
  EXPECT_EQ(verdict_of(before, key()), "verified") << "what was handed out still holds";
}

// The backup grew by another leaf where nobody remembered: same size, another root, well signed.
TEST_F(ReceiptLogAttacks, AnotherLogOfTheSameSizeIsNotSigned) {
  log("a");
  backup();
  log("b");
  const TreeHead first = shown();
  restore();
  insert_receipt(*rows_, "bank", "c", 1, make_record(), Salt{});
  ASSERT_EQ(refusal(elsewhere()), "signed");
  ASSERT_EQ(shown().size, first.size);
  ASSERT_FALSE(shown().root == first.root);
  EXPECT_EQ(refusal(), "consistency_proof_invalid");
  insert("d", 1, make_record());
  EXPECT_EQ(refusal(), "consistency_proof_invalid");
  ASSERT_EQ(refusal(elsewhere()), "signed");
  EXPECT_EQ(refusal(), "consistency_proof_invalid") << "nor a longer one that continues it";
}

TEST_F(ReceiptLogAttacks, ALogWhoseRowsWereRemovedIsNotBegunAgain) {
  log("a");
  log("b");
  execute("DELETE FROM receipt_logs; DELETE FROM receipt_tiles");
  execute("UPDATE receipts SET log_index = NULL");
  EXPECT_EQ(refusal(), "consistency_proof_invalid");
  execute("DELETE FROM receipts WHERE id = 'a.1'");
  EXPECT_EQ(refusal(), "consistency_proof_invalid");
}

// Size, root, tile and number are all as if a server had taken it up; only the seal is missing.
TEST_F(ReceiptLogAttacks, ALeafThatNoServerSealedIsNotSignedWhateverItsNumber) {
  log("a");
  insert("x", 1, ByteVector{1});
  const std::vector<Digest256> leaves = {leaf("a.1"), leaf("x.1")};
  const std::vector<Digest256> hashes = {merkle_leaf_hash(kHasher, leaves[0]),
                                         merkle_leaf_hash(kHasher, leaves[1])};
  const LogAppend append{
      shown(), {{"x.1", leaves[1]}}, {{0, 0, joined(hashes)}}, {2, merkle_root(kHasher, hashes)}};
  ASSERT_TRUE(store_->append_log(kTenant, append).value());
  execute("UPDATE receipts SET seal = zeroblob(32) WHERE id = 'x.1'");
  EXPECT_EQ(refusal(), "log_tile_mismatch");
  insert("b", 1, make_record());
  EXPECT_EQ(refusal(), "log_tile_mismatch");
  EXPECT_EQ(shown().size, 1U);
  EXPECT_EQ(read("x.1"), "receipt_proof_pending");
}

// Nor under tiles and a root that are none of its leaves.
TEST_F(ReceiptLogAttacks, TilesThatAreNotThoseOfTheLeavesAreNotSigned) {
  log("a");
  insert("b", 1, ByteVector{1});
  const std::vector<Digest256> hashes = {merkle_leaf_hash(kHasher, leaf("a.1")), Digest256{}};
  ASSERT_TRUE(store_
                  ->append_log(kTenant, {shown(),
                                         {{"b.1", leaf("b.1")}},
                                         {{0, 0, joined(hashes)}},
                                         {2, merkle_root(kHasher, hashes)}})
                  .value());
  EXPECT_EQ(refusal(), "log_tile_mismatch");
  EXPECT_EQ(shown().size, 1U);
}

// What a database that lags says of itself is not asked for what somebody else has signed.
TEST_F(ReceiptLogAttacks, ACheckpointThatTheKeyDidNotSignReplacesNothing) {
  log("a");
  insert("b", 1, ByteVector{1});
  const std::vector<Digest256> hashes = {merkle_leaf_hash(kHasher, leaf("a.1")), Digest256{}};
  const TreeHead head{2, merkle_root(kHasher, hashes)};
  ASSERT_TRUE(
      store_->append_log(kTenant, {shown(), {{"b.1", leaf("b.1")}}, {{0, 0, joined(hashes)}}, head})
          .value());
  const Checkpoint forged{key().name(), head, {{key().name(), key().id(), ByteVector(64, 1)}}};
  ASSERT_TRUE(store_->publish_checkpoint(kTenant, head, encode_checkpoint(forged)).has_value());
  EXPECT_EQ(refusal(), "log_tile_mismatch");
}

TEST_F(ReceiptLogAttacks, ServersOnSeveralMachinesContinueOneAnother) {
  log("a");
  log("b");
  insert("c", 1, make_record());
  ASSERT_EQ(refusal(elsewhere()), "signed");
  insert("d", 1, make_record());
  ASSERT_EQ(refusal(elsewhere()), "signed");
  log("e");
  insert("f", 1, make_record());
  ASSERT_EQ(refusal(elsewhere()), "signed");
  EXPECT_EQ(shown().size, 6U);
  for (const char* id : {"a.1", "c.1", "e.1", "f.1"}) {
    EXPECT_EQ(verdict_of(read(id), key()), "verified") << id;
  }
}

// Ended behind the numbers; behind the heads' file.
TEST_F(ReceiptLogAttacks, AStepThatEndedInBetweenIsMadeUpForByTheNext) {
  log("a");
  insert("b", 1, make_record());
  const std::string one = read_log_checkpoint(context(*store_), kTenant).value();
  const std::filesystem::path head = only_head();
  std::filesystem::create_directories(head.string() + ".new/in the way");
  EXPECT_EQ(refusal(), "store_unavailable") << "the head cannot be remembered";
  EXPECT_EQ(store_->read_log(kTenant)->head.size, 2U);
  EXPECT_EQ(read_log_checkpoint(context(*store_), kTenant).value(), one);
  EXPECT_EQ(read("b.1"), "receipt_proof_pending");
  const auto tile_of_two = [&] {
    return read_log_resource(context(*store_), kTenant, "tile/0/000.p/2").has_value();
  };
  EXPECT_FALSE(tile_of_two());
  std::filesystem::remove_all(head.string() + ".new");
  EXPECT_EQ(sequence(), 0U);
  EXPECT_EQ(verdict_of(read("b.1"), key()), "verified");
  EXPECT_TRUE(tile_of_two());
  const std::string two = read_log_checkpoint(context(*store_), kTenant).value();
  ASSERT_TRUE(store_->publish_checkpoint(kTenant, shown(), one).has_value());
  EXPECT_EQ(sequence(), 0U);
  EXPECT_EQ(read_log_checkpoint(context(*store_), kTenant).value(), two);
}

// The way out: the database that was restored under another name.
TEST_F(ReceiptLogAttacks, ANewLogTakesUpWhatTheOldOneHad) {
  log("a");
  backup();
  log("b");
  restore();
  ASSERT_EQ(refusal(), "consistency_proof_invalid");
  ReceiptContext renamed = context(*store_);
  renamed.origin = "bank.example/log2";
  EXPECT_EQ(refusal(renamed), "signed");
  Caller backend;
  backend.api_key = "backend";
  const std::string file = read_receipt(renamed, kTenant, backend, "a.1").value();
  EXPECT_EQ(verdict_of(file, log_key(renamed, kTenant).value()), "verified");
  insert("c", 1, make_record());
  EXPECT_EQ(refusal(renamed), "signed");
  EXPECT_EQ(shown().size, 2U);
}

TEST_F(ReceiptLogAttacks, AFileThatIsNoCheckpointStopsTheLog) {
  log("a");
  const std::string name = std::filesystem::path(only_head()).filename();
  const std::string whole = folder_.read(name);
  for (const std::string& text : {std::string(), std::string("log\n1\n"), whole + "x"}) {
    folder_.write(name, text);
    EXPECT_NE(refusal(), "signed") << text;
  }
  folder_.write(name, whole);
  EXPECT_EQ(refusal(), "signed");
}

TEST_F(ReceiptLogAttacks, ALongLogIsLookedAtWholeByANewKey) {
  for (int i = 0; i < 600; ++i) {
    Salt salt{};
    salt[0] = static_cast<std::uint8_t>(i);
    salt[1] = static_cast<std::uint8_t>(i >> 8);
    insert_receipt(*rows_, "bank", std::to_string(i), 1, ByteVector{1}, salt, i);
    if (i % 97 == 0) {
      sequence();
    }
  }
  sequence();
  ReceiptContext renamed = context(*store_);
  renamed.origin = "bank.example/log2";
  execute("UPDATE receipts SET seal = zeroblob(32) WHERE log_index = 300");
  EXPECT_EQ(refusal(renamed), "log_tile_mismatch");
  EXPECT_EQ(refusal(elsewhere()), "signed") << "the old one was signed with it";
}

}  // namespace
}  // namespace countersign::testing
