// An approval that was acknowledged is there, with its event, whatever happens to the process; and
// there is no event without one.

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <random>
#include <set>

#include "tests/http/transaction_server.h"

namespace countersign::testing {
namespace {

class TransactionKill : public ::testing::Test, public TransactionServer {
 protected:
  // Ids of the events of that kind, with how many there are.
  std::map<std::string, int> approved_events() const {
    std::map<std::string, int> found;
    std::string after = "0";
    while (true) {
      const Answer page = backend().get("/v1/outbox?state=all&after=" + after);
      for (const JsonValue& entry : page.at("events").items) {
        const JsonValue& event = member(entry, "event");
        if (member(event, "type").string == "transaction.approved") {
          ++found[member(event, "subject").string];
        }
      }
      if (page.text("next") == after) {
        return found;
      }
      after = page.text("next");
    }
  }
  std::set<std::string> approved_transactions() const {
    std::set<std::string> found;
    std::string more;
    while (true) {
      const Answer page = backend().get("/v1/transactions?state=approved&limit=200" + more);
      EXPECT_EQ(page.status, 200) << page.body;
      for (const JsonValue& one : page.at("transactions").items) {
        found.insert(member(one, "id").string);
      }
      if (!page.at("next").is_string()) {
        return found;
      }
      more = "&after=" + page.text("next");
    }
  }
};

TEST_F(TransactionKill, NoAcknowledgedApprovalIsLostAndEachHasOneEvent) {
  constexpr int kKills = 8;
  constexpr int kCustomers = 3;
  std::vector<SoftCredential> keys;
  for (int i = 0; i < kCustomers; ++i) {
    keys.push_back(enrol("customer" + std::to_string(i)));
  }
  std::mt19937 random(20261126);
  std::mutex mutex;
  std::set<std::string> acknowledged;
  for (int round = 0; round < kKills; ++round) {
    const std::size_t before = acknowledged.size();
    std::vector<std::thread> threads;
    for (int i = 0; i < kCustomers; ++i) {
      threads.emplace_back([&, i] {
        while (true) {
          const Answer began = create("5.00", "customer" + std::to_string(i));
          if (began.status != 201 ||
              approve(began, keys[static_cast<std::size_t>(i)]).status != 200) {
            return;
          }
          const std::lock_guard lock(mutex);
          acknowledged.insert(began.text("id"));
        }
      });
    }
    const auto has_begun = [&] {
      const std::lock_guard lock(mutex);
      return acknowledged.size() > before;
    };
    for (int i = 0; i < 2000 && !has_begun(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 80000));
    server_->kill_hard();
    for (std::thread& thread : threads) {
      thread.join();
    }
    server_->restart();
    const std::set<std::string> approved = approved_transactions();
    for (const std::string& id : acknowledged) {
      EXPECT_EQ(approved.count(id), 1U) << "round " << round;
    }
    const std::map<std::string, int> events = approved_events();
    EXPECT_EQ(events.size(), approved.size());
    for (const auto& [id, count] : events) {
      EXPECT_EQ(count, 1) << id;
      EXPECT_EQ(approved.count(id), 1U) << id;
    }
  }
  EXPECT_GE(acknowledged.size(), static_cast<std::size_t>(kKills));
  RecordProperty("approvals", static_cast<int>(acknowledged.size()));
}

}  // namespace
}  // namespace countersign::testing
