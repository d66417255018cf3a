// The log of receipts on SQLite: every leaf once, in one order, whoever takes it up.

#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <set>
#include <thread>

#include "native/ops/open_file.h"
#include "native/receipt/log_keeper.h"
#include "tests/store/receipt_log_fixture.h"

namespace countersign::testing {
namespace {

constexpr UnixSeconds kReceiptsNow{1790000200};

// Somebody with a shell on the database, but without the key. The others do not wait for it.
TEST_F(ReceiptLogTest, TakesNothingThatNoServerSealed) {
  insert("a", 1, ByteVector{1});
  insert("b", 1, ByteVector{1});
  insert("c", 1, ByteVector{1});
  insert("d", 1, ByteVector{1});
  execute("UPDATE receipts SET seal = NULL WHERE id = 'a.1'");
  execute("UPDATE receipts SET leaf = zeroblob(32) WHERE id = 'b.1'");
  execute("UPDATE receipts SET step = 2 WHERE id = 'c.1'");
  EXPECT_EQ(sequence(), 1U);
  EXPECT_EQ(sequence(), 0U);
  EXPECT_EQ(store_->count_unsealed_leaves(kTenant).value(), 3U);
  EXPECT_EQ(store_->list_log_entries(kTenant, 0, 10).value().size(), 1U);
  for (const char* id : {"a.1", "b.1"}) {
    EXPECT_EQ(read(id), "receipt_proof_pending") << id;
  }
  EXPECT_EQ(read("c.1"), "receipt_not_found") << "it is that of another step";
}

// Who asks for one receipt does not get another one because an index leads there.
TEST_F(ReceiptLogTest, AnIndexThatLeadsToAnotherReceipt) {
  insert("a", 1, ByteVector{1});
  insert("b", 1, ByteVector{2});
  insert("c", 1, ByteVector{3});
  ASSERT_EQ(sequence(), 3U);
  ASSERT_NE(read("a.1"), "receipt_not_found");
  const std::string others = read("b.1");
  keep_index(
      folder_.path("s.db"), "receipts", "sqlite_autoindex_receipts_1", "tenant, id",
      "DELETE FROM receipts WHERE id = 'a.1'; UPDATE receipts SET id = 'a.1', rowid = (SELECT "
      "rowid FROM made WHERE id = 'a.1') WHERE id = 'b.1'");
  EXPECT_TRUE(store_->check_ready().has_value()) << "the schema says nothing of it";
  EXPECT_EQ(read("a.1"), "receipt_not_found");
  EXPECT_NE(others, "receipt_not_found");
}

// Rows of a program without seals are sealed by the program that makes the key, and never again.
TEST_F(ReceiptLogTest, SealsWhatWasThereWhenTheKeyIsMade) {
  insert("a", 1, ByteVector{1});
  execute("UPDATE receipts SET seal = NULL");
  execute(
      "INSERT INTO answers (tenant, caller, route, key, request, answer, expires_at) VALUES "
      "('bank', zeroblob(32), 'r', 'k', zeroblob(32), 'a token', 2000000000)");
  execute("DELETE FROM secrets WHERE name = 'seal'");
  store_ = open();
  EXPECT_EQ(store_->count_unsealed_leaves(kTenant).value(), 1U) << "the key was there";
  execute("DELETE FROM secrets WHERE name = 'seal'");
  ASSERT_TRUE(std::filesystem::remove(folder_.path("s.db.key")));
  store_ = open();
  EXPECT_EQ(store_->count_unsealed_leaves(kTenant).value(), 0U);
  EXPECT_EQ(sequence(), 1U);
  EXPECT_EQ(store_->find_answer(kTenant, Digest256{}, "r", "k").value().value().answer, "a token");
  // What was encrypted with a key that is lost is forgotten.
  execute("DELETE FROM secrets WHERE name = 'seal'");
  ASSERT_TRUE(std::filesystem::remove(folder_.path("s.db.key")));
  store_ = open();
  EXPECT_EQ(store_->find_answer(kTenant, Digest256{}, "r", "k").value(), std::nullopt);
  EXPECT_EQ(read_key_file(folder_.path("s.db.key.new")).value(), std::nullopt);
}

TEST_F(ReceiptLogTest, OpensWithItsOwnKeyAlone) {
  const std::string path = folder_.path("s.db");
  const auto refusal = [&](const std::string& key_file) {
    const auto opened = SqliteStore::open(path, random_, folder_.path(key_file));
    return opened.has_value() ? ErrorCode::internal_error : opened.error().code;
  };
  EXPECT_EQ(refusal("missing.key"), ErrorCode::config_value_invalid);
  folder_.write("other.key", std::string(64, 'a') + "\n");
  EXPECT_EQ(refusal("other.key"), ErrorCode::config_value_invalid);
  folder_.write("torn.key", std::string(63, 'a') + "\n");
  EXPECT_EQ(refusal("torn.key"), ErrorCode::config_value_invalid);
  folder_.write("none.key", std::string(64, 'g') + "\n");
  EXPECT_EQ(refusal("none.key"), ErrorCode::config_value_invalid);
  // Nor where nothing can be made beside it: a name that is too long stands for a folder that the
  // server cannot write to.
  const std::string longest(250, 'k');
  folder_.write(longest, folder_.read("s.db.key"));
  EXPECT_EQ(refusal(longest), ErrorCode::config_unreadable);
  std::filesystem::remove(folder_.path(longest));
  struct stat found {};
  ASSERT_EQ(::stat((path + ".key").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  // A server ended before it could name what it had made.
  ASSERT_EQ(::rename((path + ".key").c_str(), (path + ".key.new").c_str()), 0);
  EXPECT_TRUE(SqliteStore::open(path, random_).has_value());
  EXPECT_EQ(::stat((path + ".key").c_str(), &found), 0);
}

TEST_F(ReceiptLogTest, GivesReceiptsThatVerify) {
  const ByteVector record = make_record();
  insert("t1", 1, record);
  EXPECT_EQ(read("t1.1"), "receipt_proof_pending");
  EXPECT_EQ(sequence(), 1U);
  EXPECT_EQ(verdict_of(read("t1.1"), key()), "verified");
  insert("t2", 1, record);
  insert("t3", 1, record);
  EXPECT_EQ(sequence(), 2U);
  EXPECT_EQ(sequence(), 0U);
  for (const char* id : {"t1.1", "t2.1", "t3.1"}) {
    EXPECT_EQ(verdict_of(read(id), key()), "verified") << id;
  }
  EXPECT_EQ(read("t4.1"), "receipt_not_found");
  EXPECT_EQ(key().name(), "bank.example/log/bank");
}

TEST_F(ReceiptLogTest, GivesEachApprovalThoseBeforeIt) {
  const std::vector<ByteVector> records = make_chain(3);
  for (std::size_t i = 0; i < records.size(); ++i) {
    insert("t", static_cast<std::int64_t>(i + 1), records[i]);
  }
  sequence();
  for (const char* id : {"t.1", "t.2"}) {
    EXPECT_EQ(verdict_of(read(id), key()), "incomplete") << id;
  }
  EXPECT_EQ(verdict_of(read("t.3"), key()), "verified");
  EXPECT_EQ(parse_receipt(read("t.3"))->earlier_records.size(), 2U);
}

TEST_F(ReceiptLogTest, KeepsEveryOtherProofWhenOneIsErased) {
  const std::vector<ByteVector> records = make_chain(2);
  insert("a", 1, make_record());
  insert("t", 1, records[0]);
  insert("t", 2, records[1]);
  sequence();
  const std::string before = read("a.1");
  ASSERT_TRUE(store_->erase_receipt(kTenant, "t.1", kReceiptsNow).has_value());
  EXPECT_TRUE(store_->erase_receipt(kTenant, "t.1", kReceiptsNow).has_value());
  EXPECT_EQ(read("t.1"), "receipt_erased");
  EXPECT_EQ(read("t.2"), "receipt_erased");  // it cannot be shown without the one before it
  EXPECT_TRUE(read("a.1") == before);
  insert("b", 1, make_record());
  EXPECT_EQ(sequence(), 1U);
  EXPECT_EQ(verdict_of(read("a.1"), key()), "verified");
  EXPECT_EQ(verdict_of(read("b.1"), key()), "verified");
  EXPECT_EQ(verdict_of(before, key()), "verified");
  EXPECT_EQ(store_->list_log_entries(kTenant, 0, 10)->size(), 4U);
  EXPECT_EQ(store_->erase_receipt(kTenant, "x.1", kReceiptsNow).error().code,
            ErrorCode::receipt_not_found);
  // Nothing of the record is left in the file, once what is written has moved there.
  execute("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_EQ(folder_.read("s.db").find(std::string(text_of(records[0]))), std::string::npos);
}

TEST_F(ReceiptLogTest, CanTakeUpTheLeafOfAnErasedRecord) {
  insert("a", 1, make_record());
  ASSERT_TRUE(store_->erase_receipt(kTenant, "a.1", kReceiptsNow).has_value());
  EXPECT_EQ(sequence(), 1U);
  EXPECT_EQ(read("a.1"), "receipt_erased");
}

TEST_F(ReceiptLogTest, ShowsABrowserTheReceiptsOfItsCustomer) {
  insert("a", 1, make_record());
  sequence();
  const auto read_as = [&](const std::string& user) {
    Caller caller;
    caller.session = Session{};
    caller.session->user_handle.value = credential_of(user).user_handle;
    const Result<std::string> file = read_receipt(context(*store_), kTenant, caller, "a.1");
    return file.has_value() ? verdict_of(*file, key()) : std::string(error_name(file.error().code));
  };
  EXPECT_EQ(read_as("user"), "verified");
  EXPECT_EQ(read_as("somebody else"), "receipt_not_found");
  EXPECT_EQ(read_receipt(context(*store_), kTenant, Caller(), "a.1").error().code,
            ErrorCode::receipt_not_found);
  ASSERT_TRUE(store_->erase_receipt(kTenant, "a.1", kReceiptsNow).has_value());
  EXPECT_EQ(read_as("user"), "receipt_not_found");
}

// Of each approval of it, whoever gave that: "user 1" ordered, "user 2" approved as well.
TEST_F(ReceiptLogTest, ShowsACustomerAllReceiptsOfTheirOrder) {
  const std::vector<ByteVector> records = make_chain(2);
  insert("t", 1, records[0]);
  insert("t", 2, records[1]);
  sequence();
  const auto read_as = [&](const std::string& user, const char* id) {
    Caller caller;
    caller.session = Session{};
    caller.session->user_handle.value = credential_of(user).user_handle;
    const Result<std::string> file = read_receipt(context(*store_), kTenant, caller, id);
    return file.has_value() ? verdict_of(*file, key()) : std::string(error_name(file.error().code));
  };
  EXPECT_EQ(read_as("user 1", "t.1"), "incomplete");
  EXPECT_EQ(read_as("user 1", "t.2"), "verified");
  EXPECT_EQ(read_as("user 2", "t.1"), "receipt_not_found");
  EXPECT_EQ(read_as("user 2", "t.2"), "verified");
  EXPECT_EQ(read_as("user 3", "t.2"), "receipt_not_found");
}

TEST_F(ReceiptLogTest, IsOneForEachTenant) {
  insert("a", 1, make_record());
  insert("b", 1, make_record(), "other");
  EXPECT_EQ(sequence(), 1U);
  EXPECT_EQ(store_->read_log(kTenant)->head.size, 1U);
  EXPECT_TRUE(store_->read_log(TenantId("other"))->checkpoint.empty());
  EXPECT_EQ(read("b.1"), "receipt_not_found");
}

TEST_F(ReceiptLogTest, WaitsWithoutAKey) {
  insert("a", 1, make_record());
  ReceiptContext keyless = context(*store_);
  keyless.signer = nullptr;
  EXPECT_EQ(sequence_receipts(keyless, kTenant).value().leaves, 0U);
  EXPECT_EQ(log_key(keyless, kTenant).error().code, ErrorCode::log_not_found);
  EXPECT_EQ(read("a.1"), "receipt_proof_pending");
  EXPECT_EQ(sequence(), 1U);
}

TEST_F(ReceiptLogTest, IsForTheNextTurnWhileAnotherServerSigns) {
  insert("a", 1, make_record());
  {
    const auto hold = *heads_.hold(key());
    const Sequenced turn = sequence_receipts(context(*store_), kTenant).value();
    EXPECT_FALSE(turn.is_signed);
    EXPECT_EQ(turn.leaves, 0U);
  }
  EXPECT_EQ(sequence(), 1U);
  EXPECT_EQ(verdict_of(read("a.1"), key()), "verified");
}

// As a server beside this one has them that is at it, or stuck.
class HeldHeads final : public LogHeads {
 public:
  explicit HeldHeads(LogHeads& heads) : heads_(heads) {}

  Result<std::unique_ptr<Hold>> hold(const NoteKey& log) override {
    ++turns;
    return is_held ? std::unique_ptr<Hold>() : heads_.hold(log);
  }
  std::atomic<int> turns = 0;
  std::atomic<bool> is_held = true;

 private:
  LogHeads& heads_;
};

TEST_F(ReceiptLogTest, AnotherServerIsAnAlarmOnlyWhereItDoesNotEnd) {
  insert("a", 1, make_record());
  HeldHeads heads(heads_);
  ReceiptContext watched = context(*store_);
  watched.heads = &heads;
  const OpenFile file(
      ::open(folder_.path("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  JsonLog log(file.descriptor());
  const LogKeeper keeper(watched, {kTenant}, log);
  const auto wait_for = [&keeper](bool is_failing) {
    for (int i = 0; i < 3000 && keeper.is_failing() != is_failing; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return keeper.is_failing() == is_failing;
  };
  ASSERT_TRUE(wait_for(true));
  EXPECT_GT(heads.turns, 12) << "others are waited for";
  EXPECT_THAT(folder_.read("log"), ::testing::HasSubstr("receipts.log_failed"));
  heads.is_held = false;
  ASSERT_TRUE(wait_for(false));
  EXPECT_EQ(verdict_of(read("a.1"), key()), "verified");
}

TEST_F(ReceiptLogTest, SignsNothingMoreWhenATileIsNotWhatWasSigned) {
  insert("a", 1, make_record());
  insert("b", 1, make_record());
  sequence();
  execute("UPDATE receipt_tiles SET hashes = zeroblob(64)");
  insert("c", 1, make_record());
  EXPECT_EQ(sequence_receipts(context(*store_), kTenant).error().code,
            ErrorCode::log_tile_mismatch);
  EXPECT_TRUE(read("a.1") == "log_tile_mismatch");
  EXPECT_EQ(store_->read_log(kTenant)->head.size, 2U);
}

// A record that was changed in the store is never handed out.
TEST_F(ReceiptLogTest, GivesNoReceiptOfAChangedRecord) {
  insert("a", 1, make_record());
  insert("b", 1, make_record());
  sequence();
  execute("UPDATE receipts SET salt = zeroblob(32) WHERE id = 'a.1'");
  EXPECT_EQ(read("a.1"), "log_tile_mismatch");
  EXPECT_EQ(verdict_of(read("b.1"), key()), "verified");
}

// Its own leaf and proof hold, and the file would prove nothing.
TEST_F(ReceiptLogTest, GivesNoReceiptWhoseEarlierRecordIsNotWhole) {
  const std::vector<ByteVector> chain = make_chain(2);
  insert("t", 1, chain[0]);
  insert("t", 2, chain[1]);
  ASSERT_EQ(sequence(), 2U);
  ASSERT_EQ(verdict_of(read("t.2"), key()), "verified");
  execute("CREATE TABLE kept AS SELECT * FROM receipts");
  for (const char* altered :
       {"record = (SELECT record FROM kept WHERE id = 't.2')", "salt = zeroblob(32)",
        "leaf = zeroblob(32)", "seal = zeroblob(32)", "seal = NULL"}) {
    execute(("UPDATE receipts SET " + std::string(altered) + " WHERE id = 't.1'").c_str());
    EXPECT_EQ(read("t.2"), "transaction_store_mismatch") << altered;
    execute(
        "UPDATE receipts SET record = k.record, salt = k.salt, leaf = k.leaf, seal = k.seal "
        "FROM kept k WHERE k.id = receipts.id");
    EXPECT_EQ(verdict_of(read("t.2"), key()), "verified") << altered;
  }
}

TEST_F(ReceiptLogTest, TakesEachLeafOnceFromTwoServersAtATime) {
  constexpr int kReceipts = 700;
  std::unique_ptr<SqliteStore> second = open();
  std::atomic<bool> has_ended = false;
  const auto run = [&](SqliteStore& store) {
    while (!has_ended || !store.list_waiting_leaves(kTenant, 1)->empty()) {
      ASSERT_TRUE(sequence_receipts(context(store), kTenant).has_value());
    }
  };
  std::thread one([&] { run(*store_); });
  std::thread two([&] { run(*second); });
  std::vector<TreeHead> heads;
  for (int i = 0; i < kReceipts; ++i) {
    Salt salt{};
    salt[0] = static_cast<std::uint8_t>(i);
    salt[1] = static_cast<std::uint8_t>(i >> 8);
    insert_receipt(*rows_, "bank", std::to_string(i), 1, ByteVector{1}, salt, i / 10);
    if (i % 50 == 0) {
      heads.push_back(store_->read_log(kTenant)->head);
    }
  }
  has_ended = true;
  one.join();
  two.join();
  const LogState state = store_->read_log(kTenant).value();
  ASSERT_EQ(state.head.size, static_cast<std::uint64_t>(kReceipts));
  const std::vector<Digest256> entries = store_->list_log_entries(kTenant, 0, 10000).value();
  ASSERT_EQ(entries.size(), static_cast<std::size_t>(kReceipts));
  std::vector<Digest256> hashes;
  for (const Digest256& entry : entries) {
    hashes.push_back(merkle_leaf_hash(kHasher, entry));
  }
  EXPECT_EQ(merkle_root(kHasher, hashes), state.head.root);
  EXPECT_EQ(std::set<Digest256>(entries.begin(), entries.end()).size(), entries.size());
  // Whatever was seen on the way is a beginning of it.
  for (const TreeHead& head : heads) {
    if (head.size > 0) {
      EXPECT_EQ(head.root,
                merkle_root(kHasher, std::span(hashes).first(static_cast<std::size_t>(head.size))));
    }
  }
}

TEST_F(ReceiptLogTest, ServesTilesOfWhatIsSigned) {
  for (int i = 0; i < 300; ++i) {
    Salt salt{};
    salt[0] = static_cast<std::uint8_t>(i);
    insert_receipt(*rows_, "bank", std::to_string(i), 1, ByteVector{1}, salt, i);
  }
  sequence();
  const auto size_of = [&](std::string_view path) {
    const Result<ByteVector> tile = read_log_resource(context(*store_), kTenant, path);
    return tile.has_value() ? std::to_string(tile->size())
                            : std::string(error_name(tile.error().code));
  };
  EXPECT_EQ(size_of("tile/0/000"), "8192");
  EXPECT_EQ(size_of("tile/0/001.p/44"), "1408");
  EXPECT_EQ(size_of("tile/0/001.p/3"), "96");
  EXPECT_EQ(size_of("tile/1/000.p/1"), "32");
  EXPECT_EQ(size_of("tile/entries/000"), std::to_string(256 * 34));
  EXPECT_EQ(size_of("tile/entries/001.p/44"), std::to_string(44 * 34));
  for (const char* path : {"tile/0/001", "tile/0/001.p/45", "tile/0/002", "tile/0/002.p/1",
                           "tile/1/000.p/2", "tile/1/000", "tile/2/000.p/1", "tile/entries/001",
                           "tile/entries/001.p/45", "tile/0/0", "checkpoint", "tile/63/000.p/1"}) {
    EXPECT_EQ(size_of(path), "log_not_found") << path;
  }
  const std::string text = read_log_checkpoint(context(*store_), kTenant).value();
  const Checkpoint checkpoint = parse_checkpoint(text).value();
  EXPECT_EQ(checkpoint.head.size, 300U);
  EXPECT_TRUE(holds(log_obligation(checkpoint, key()).value()));
  EXPECT_EQ(read_log_checkpoint(context(*store_), TenantId("other")).error().code,
            ErrorCode::log_not_found);
}

}  // namespace
}  // namespace countersign::testing
