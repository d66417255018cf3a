// A policy that was acknowledged as active is active, whatever happens to the process; and each was
// published by a transaction that says so: there is none without the other.

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <random>

#include "tests/http/policy_server.h"

namespace countersign::testing {
namespace {

class PolicyKill : public ::testing::Test, public PolicyServer {
 protected:
  // Of the publications that were carried out.
  std::size_t count_executed() const {
    std::size_t count = 0;
    std::string more;
    while (true) {
      const Answer page =
          with_key("customers-key")
              .get("/v1/transactions?type=policy.publish%2F1&state=approved&limit=200" + more);
      EXPECT_EQ(page.status, 200) << page.body;
      count += page.at("transactions").items.size();
      if (!page.at("next").is_string()) {
        return count;
      }
      more = "&after=" + page.text("next");
    }
  }
};

TEST_F(PolicyKill, NoAcknowledgedStepIsLostAndOneRevisionIsActive) {
  constexpr int kKills = 12;
  std::mt19937 random(20261125);
  std::string active;  // as acknowledged last
  int acknowledged = 0;
  for (int round = 0; round < kKills; ++round) {
    std::mutex mutex;
    std::string pending;  // asked for, not acknowledged
    std::string published = active;
    std::vector<std::string> drafts;
    std::thread worker([&] {
      for (int i = 0;; ++i) {
        const Answer draft = writer().post(
            "/v1/policies", policy_text("r" + std::to_string(round), i + 1, "required"));
        if (draft.status != 201) {
          return;
        }
        const std::string digest = draft.text("digest");
        {
          const std::lock_guard lock(mutex);
          drafts.push_back(digest);
        }
        if (validate(digest).status != 200 || approve(digest, ada_).status != 200) {
          return;
        }
        const Answer began = begin_approval(digest, "bob");
        if (began.status != 201) {
          return;
        }
        {
          const std::lock_guard lock(mutex);
          pending = digest;
        }
        if (finish_approval(began, bob_).status != 200) {
          return;
        }
        const std::lock_guard lock(mutex);
        published = digest;
        pending.clear();
        ++acknowledged;
      }
    });
    const auto has_begun = [&] {
      const std::lock_guard lock(mutex);
      return published != active;
    };
    for (int i = 0; i < 2000 && !has_begun(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 80000));
    server_.kill_hard();
    worker.join();
    restart();
    active = active_digest();
    EXPECT_TRUE(active == published || active == pending) << "round " << round;
    std::size_t count = 0;
    std::size_t published_ever = 0;
    const Answer all = writer().get("/v1/policies");
    for (const JsonValue& revision : all.at("policies").items) {
      const std::string& state = member(revision, "state").string;
      count += state == "active" ? 1U : 0U;
      published_ever += state == "active" || state == "retired" ? 1U : 0U;
    }
    EXPECT_EQ(count, 1U);
    EXPECT_EQ(count_executed(), published_ever) << "round " << round;
    for (const std::string& digest : drafts) {
      EXPECT_EQ(writer().get("/v1/policies/" + digest).status, 200);
    }
  }
  EXPECT_GE(acknowledged, kKills);
}

}  // namespace
}  // namespace countersign::testing
