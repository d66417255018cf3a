// Events for the backend on SQLite: claimed by one at a time, in the order of their subject.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "native/ops/system.h"
#include "native/store/sqlite/outbox_rows.h"
#include "native/store/sqlite/sqlite_store.h"
#include "tests/http/server_process.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const TenantId kOutboxTenant("bank");
constexpr UnixSeconds kOutboxNow{1'800'000'000};

UnixSeconds later(std::int64_t seconds) { return UnixSeconds{kOutboxNow.value + seconds}; }

class OutboxStoreTest : public ::testing::Test {
 protected:
  OutboxStoreTest() {
    Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(folder_.path("s.db"), random_);
    EXPECT_TRUE(opened.has_value());
    store_ = std::move(*opened);
  }
  Status insert(const std::string& id, const std::string& subject, UnixSeconds at = kOutboxNow,
                const TenantId& tenant = kOutboxTenant) {
    Result<std::unique_ptr<sqlite::Database>> database =
        sqlite::Database::open(folder_.path("s.db"), sqlite::Database::Mode::writer);
    EXPECT_TRUE(database.has_value());
    return sqlite::insert_outbox_event(
        **database, seals_of(**database), tenant,
        {OutboxEventId(id), "transaction.approved", subject, "{\"a\":1}", at});
  }
  std::vector<OutboxEntry> claim(UnixSeconds now, std::size_t limit = 10,
                                 const TenantId& tenant = kOutboxTenant) {
    Result<std::vector<OutboxEntry>> claimed =
        store_->claim_outbox(tenant, now, UnixSeconds{now.value + 60}, limit);
    EXPECT_TRUE(claimed.has_value());
    return claimed.has_value() ? *claimed : std::vector<OutboxEntry>();
  }
  static std::vector<std::string> ids_of(const std::vector<OutboxEntry>& entries) {
    std::vector<std::string> ids;
    for (const OutboxEntry& entry : entries) {
      ids.push_back(entry.event.id.value);
    }
    return ids;
  }
  bool deliver(const std::string& id, UnixSeconds now = kOutboxNow) {
    const Result<bool> known = store_->mark_outbox_delivered(kOutboxTenant, OutboxEventId(id), now);
    EXPECT_TRUE(known.has_value());
    return known.has_value() && *known;
  }
  std::vector<OutboxEntry> list(OutboxFilter filter, std::int64_t after = 0) {
    return store_->list_outbox(kOutboxTenant, filter, after, 100).value();
  }

  TemporaryFolder folder_;
  SystemRandom random_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(OutboxStoreTest, KeepsWhatWasWritten) {
  ASSERT_TRUE(insert("e1", "t1").has_value());
  const std::vector<OutboxEntry> all = list(OutboxFilter::all);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].event.kind, "transaction.approved");
  EXPECT_EQ(all[0].event.subject, "t1");
  EXPECT_EQ(all[0].sequence, 1);
  EXPECT_EQ(all[0].attempts, 0);
  EXPECT_EQ(all[0].next_attempt_at, kOutboxNow);
  EXPECT_EQ(all[0].delivered_at, std::nullopt);
  EXPECT_EQ(encode_outbox_event(kOutboxTenant, all[0]),
            R"({"id":"e1","type":"transaction.approved","timestamp":"2027-01-15T08:00:00Z",)"
            R"("tenant":"bank","sequence":1,"subject":"t1","data":{"a":1}})");
}

TEST_F(OutboxStoreTest, AnIdIsTakenOnceAndHasNothingThatASignatureWouldReadDifferently) {
  ASSERT_TRUE(insert("e1", "t1").has_value());
  for (const std::string& id : {std::string("e1"), std::string("a.1"), std::string(),
                                std::string("a\r\nb"), std::string(65, 'a')}) {
    EXPECT_EQ(insert(id, "t1").error().code, ErrorCode::store_corrupt) << id;
  }
  EXPECT_TRUE(insert("e1", "t1", kOutboxNow, TenantId("other")).has_value());
  EXPECT_EQ(list(OutboxFilter::all).size(), 1U);
}

TEST_F(OutboxStoreTest, AnEventIsClaimedByOneUntilItsLeaseEnds) {
  ASSERT_TRUE(insert("e1", "t1").has_value());
  EXPECT_THAT(claim(later(-1)), IsEmpty());
  const std::vector<OutboxEntry> first = claim(kOutboxNow);
  EXPECT_THAT(ids_of(first), ElementsAre("e1"));
  EXPECT_EQ(first.at(0).attempts, 1);
  EXPECT_THAT(claim(kOutboxNow), IsEmpty());
  EXPECT_THAT(claim(later(59)), IsEmpty());
  const std::vector<OutboxEntry> second = claim(later(60));
  EXPECT_EQ(second.at(0).attempts, 2);
  // Who lost the lease postpones nothing.
  EXPECT_TRUE(store_->postpone_outbox(kOutboxTenant, first[0], later(1)).has_value());
  EXPECT_THAT(claim(later(61)), IsEmpty());
  EXPECT_TRUE(store_->postpone_outbox(kOutboxTenant, second[0], later(61)).has_value());
  EXPECT_THAT(ids_of(claim(later(61))), ElementsAre("e1"));
}

TEST_F(OutboxStoreTest, EventsOfOneSubjectWaitForEachOtherOthersDoNot) {
  ASSERT_TRUE(insert("a1", "a").has_value());
  ASSERT_TRUE(insert("a2", "a").has_value());
  ASSERT_TRUE(insert("b1", "b").has_value());
  EXPECT_THAT(ids_of(claim(kOutboxNow)), ElementsAre("a1", "b1"));
  EXPECT_THAT(claim(kOutboxNow), IsEmpty());
  EXPECT_TRUE(deliver("a1"));
  EXPECT_THAT(ids_of(claim(kOutboxNow)), ElementsAre("a2"));
}

TEST_F(OutboxStoreTest, TheLongestWaitingComesFirstAndNoMoreThanAsked) {
  ASSERT_TRUE(insert("late", "a", later(5)).has_value());
  ASSERT_TRUE(insert("early", "b", later(1)).has_value());
  EXPECT_THAT(ids_of(claim(later(9), 1)), ElementsAre("early"));
  EXPECT_THAT(ids_of(claim(later(9), 1)), ElementsAre("late"));
}

TEST_F(OutboxStoreTest, TenantsAreApart) {
  ASSERT_TRUE(insert("e1", "t1").has_value());
  EXPECT_THAT(claim(kOutboxNow, 10, TenantId("other")), IsEmpty());
  EXPECT_FALSE(
      store_->mark_outbox_delivered(TenantId("other"), OutboxEventId("e1"), kOutboxNow).value());
  EXPECT_TRUE(store_->list_outbox(TenantId("other"), OutboxFilter::all, 0, 10).value().empty());
  EXPECT_THAT(ids_of(claim(kOutboxNow)), ElementsAre("e1"));
}

TEST_F(OutboxStoreTest, DeliveredIsDeliveredOnceAndForEver) {
  ASSERT_TRUE(insert("e1", "t1").has_value());
  const std::vector<OutboxEntry> claimed = claim(kOutboxNow);
  EXPECT_TRUE(deliver("e1", later(1)));
  EXPECT_TRUE(deliver("e1", later(2)));
  EXPECT_FALSE(deliver("e2"));
  EXPECT_TRUE(store_->postpone_outbox(kOutboxTenant, claimed.at(0), kOutboxNow).has_value());
  EXPECT_THAT(claim(later(1000)), IsEmpty());
  EXPECT_EQ(list(OutboxFilter::delivered).at(0).delivered_at, later(1));
}

TEST_F(OutboxStoreTest, ListsByStateAndPlace) {
  for (const char* id : {"e1", "e2", "e3"}) {
    ASSERT_TRUE(insert(id, id).has_value());
  }
  ASSERT_TRUE(deliver("e2"));
  EXPECT_THAT(ids_of(list(OutboxFilter::open)), ElementsAre("e1", "e3"));
  EXPECT_THAT(ids_of(list(OutboxFilter::delivered)), ElementsAre("e2"));
  EXPECT_THAT(ids_of(list(OutboxFilter::all, 1)), ElementsAre("e2", "e3"));
  EXPECT_THAT(ids_of(store_->list_outbox(kOutboxTenant, OutboxFilter::all, 0, 2).value()),
              ElementsAre("e1", "e2"));
}

TEST_F(OutboxStoreTest, TheBacklogCountsWhatIsOpenAndWhatIsStuck) {
  EXPECT_EQ(store_->read_outbox_backlog(kOutboxTenant).value().oldest, std::nullopt);
  ASSERT_TRUE(insert("e1", "t1").has_value());
  ASSERT_TRUE(insert("e2", "t2", later(5)).has_value());
  ASSERT_TRUE(insert("e3", "t3", later(-5)).has_value());
  ASSERT_TRUE(deliver("e3"));
  for (std::int64_t i = 0; i < kOutboxStuckAttempts; ++i) {
    ASSERT_EQ(claim(kOutboxNow, 1).size(), 1U);
    ASSERT_TRUE(store_->postpone_outbox(kOutboxTenant, list(OutboxFilter::open).at(0), kOutboxNow)
                    .has_value());
  }
  const OutboxBacklog backlog = store_->read_outbox_backlog(kOutboxTenant).value();
  EXPECT_EQ(backlog.open, 2);
  EXPECT_EQ(backlog.stuck, 1);
  EXPECT_EQ(backlog.oldest, kOutboxNow);
}

TEST_F(OutboxStoreTest, SweepingTakesWhatWasDeliveredLongAgoAndNoNumberComesBack) {
  for (const char* id : {"e1", "e2", "e3"}) {
    ASSERT_TRUE(insert(id, id).has_value());
  }
  ASSERT_TRUE(deliver("e1", kOutboxNow));
  ASSERT_TRUE(deliver("e3", kOutboxNow));
  ASSERT_TRUE(store_->sweep_outbox(kOutboxNow).has_value());
  EXPECT_EQ(list(OutboxFilter::all).size(), 3U);
  ASSERT_TRUE(store_->sweep_outbox(later(1)).has_value());
  EXPECT_THAT(ids_of(list(OutboxFilter::all)), ElementsAre("e2", "e3"));
  ASSERT_TRUE(insert("e4", "e4").has_value());
  EXPECT_EQ(list(OutboxFilter::all).back().sequence, 4);
}

TEST_F(OutboxStoreTest, NoTwoOfManyClaimTheSame) {
  constexpr int kEvents = 100;
  for (int i = 0; i < kEvents; ++i) {
    ASSERT_TRUE(insert("e" + std::to_string(i), "t" + std::to_string(i)).has_value());
  }
  // Another server with the same database.
  const std::unique_ptr<SqliteStore> other =
      std::move(*SqliteStore::open(folder_.path("s.db"), random_));
  std::mutex mutex;
  std::vector<std::string> claimed;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      SqliteStore& store = i % 2 == 0 ? *store_ : *other;
      while (true) {
        const std::vector<OutboxEntry> mine =
            store.claim_outbox(kOutboxTenant, kOutboxNow, later(60), 1).value();
        if (mine.empty()) {
          return;
        }
        const std::lock_guard lock(mutex);
        claimed.push_back(mine[0].event.id.value);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::sort(claimed.begin(), claimed.end());
  EXPECT_EQ(claimed.size(), static_cast<std::size_t>(kEvents));
  EXPECT_EQ(std::unique(claimed.begin(), claimed.end()), claimed.end());
}

}  // namespace
}  // namespace countersign::testing
