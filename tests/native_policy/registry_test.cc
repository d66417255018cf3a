#include "native/policy/registry.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "backends/openssl/openssl_backend.h"
#include "tests/http/policy_server.h"
#include "tests/service/memory_policy_store.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const TenantId kTenant("bank");

class RegistryTest : public ::testing::Test {
 protected:
  Digest256 add(const std::string& text, const TenantId& tenant = kTenant) {
    const Result<PolicyDocument> document = parse_policy(text, hasher_);
    EXPECT_TRUE(document.has_value());
    PolicyRevision revision;
    revision.digest = document->digest();
    EXPECT_TRUE(store_.add_policy(tenant, revision, text).has_value());
    return revision.digest;
  }
  void move(const Digest256& digest, RevisionState state, std::uint16_t share = 0,
            const TenantId& tenant = kTenant) {
    const PolicyLife life = *store_.read_policy_life(tenant);
    PolicyUpdate update;
    update.tenant = tenant;
    update.seen_version = life.version;
    const PolicyRevision* holder = life.in_state(state);
    if (holder != nullptr && holder->digest != digest) {
      update.change.changes.push_back({holder->digest, state, RevisionState::retired, 0});
    }
    update.change.changes.push_back({digest, life.find(digest)->state, state, share});
    EXPECT_TRUE(*store_.update_policies(update));
  }
  Digest256 in_force(const std::optional<UserHandle>& user = std::nullopt) const {
    return registry_.policy_for(kTenant, user).document->digest();
  }
  static UserHandle user_of(int number) {
    return UserHandle(
        ByteVector{static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8)});
  }

  OpenSslHasher hasher_;
  FixedPolicies configured_{make_shipped_policy("retail", hasher_)};
  const Digest256 retail_ = configured_.policy_for(kTenant, std::nullopt).document->digest();
  MemoryPolicyStore store_;
  PolicyRegistry registry_{store_, configured_, hasher_};
};

TEST_F(RegistryTest, WithoutAStoredRevisionTheConfiguredOneIsInForce) {
  ASSERT_TRUE(registry_.reload().has_value());
  EXPECT_EQ(in_force(), retail_);
  add(policy_text("a", 1, "required"));  // a draft decides nothing
  ASSERT_TRUE(registry_.reload().has_value());
  EXPECT_EQ(in_force(), retail_);
  EXPECT_EQ(registry_.policy_for(kTenant, std::nullopt).shadow, nullptr);
}

TEST_F(RegistryTest, ActiveShadowAndCanary) {
  const Digest256 active = add(policy_text("a", 1, "required"));
  const Digest256 shadow = add(policy_text("a", 2, "required"));
  const Digest256 canary = add(policy_text("a", 3, "required"));
  move(active, RevisionState::active);
  move(shadow, RevisionState::shadow);
  move(canary, RevisionState::canary, 250);
  EXPECT_EQ(in_force(), retail_) << "until it is told";
  registry_.note_policy_change(kTenant);
  EXPECT_EQ(in_force(), active) << "whoever is not known gets the active one";
  EXPECT_EQ(registry_.policy_for(kTenant, std::nullopt).shadow->digest(), shadow);
  int in = 0;
  for (int i = 0; i < 4000; ++i) {
    const Digest256 first = in_force(user_of(i));
    EXPECT_TRUE(first == active || first == canary);
    EXPECT_EQ(first, in_force(user_of(i)));
    EXPECT_EQ(first == canary, is_in_canary(hasher_, kTenant, canary, user_of(i), 250));
    in += first == canary ? 1 : 0;
  }
  EXPECT_NEAR(in, 1000, 150);
  EXPECT_EQ(registry_.policy_for(TenantId("other"), user_of(1)).document->digest(), retail_);
}

TEST_F(RegistryTest, ACanaryBesideTheConfiguredOne) {
  const Digest256 canary = add(policy_text("a", 1, "required"));
  move(canary, RevisionState::canary, 999);
  ASSERT_TRUE(registry_.reload().has_value());
  EXPECT_EQ(in_force(), retail_);
  int in = 0;
  for (int i = 0; i < 100; ++i) {
    in += in_force(user_of(i)) == canary ? 1 : 0;
  }
  EXPECT_GT(in, 90);
}

TEST_F(RegistryTest, WhatWasInForceIsFoundForAWhile) {
  const Digest256 first = add(policy_text("a", 1, "required"));
  move(first, RevisionState::active);
  ASSERT_TRUE(registry_.reload().has_value());
  Digest256 last = first;
  for (int i = 2; i < 2 + static_cast<int>(PolicyRegistry::kKeptRevisions); ++i) {
    EXPECT_NE(registry_.find(kTenant, first), nullptr) << i;
    last = add(policy_text("a", i, "required"));
    move(last, RevisionState::active);
    ASSERT_TRUE(registry_.reload().has_value());
  }
  EXPECT_EQ(registry_.find(kTenant, first), nullptr);
  EXPECT_NE(registry_.find(kTenant, last), nullptr);
  EXPECT_NE(registry_.find(kTenant, retail_), nullptr);
  EXPECT_EQ(registry_.find(TenantId("other"), last), nullptr);
}

TEST_F(RegistryTest, AStoreThatFailsTakesNothingOutOfForce) {
  const Digest256 active = add(policy_text("a", 1, "required"));
  move(active, RevisionState::active);
  ASSERT_TRUE(registry_.reload().has_value());
  const Digest256 next = add(policy_text("a", 2, "required"));
  move(next, RevisionState::active);
  store_.failure = ErrorCode::store_unavailable;
  EXPECT_EQ(registry_.reload().error().code, ErrorCode::store_unavailable);
  EXPECT_FALSE(registry_.note_policy_change(kTenant));
  EXPECT_EQ(in_force(), active);
  EXPECT_TRUE(registry_.stale_tenants().empty()) << "it is the store that fails";
  store_.failure.reset();
  ASSERT_TRUE(registry_.reload().has_value());
  EXPECT_EQ(in_force(), next);
}

// Rows that somebody deletes put nothing else in force while a server knows what was.
TEST_F(RegistryTest, WhatIsActiveGoesOnlyWhereAnotherOneComes) {
  const Digest256 active = add(policy_text("a", 1, "required"));
  move(active, RevisionState::active);
  ASSERT_TRUE(registry_.reload().has_value());
  PolicyUpdate gone;
  gone.tenant = kTenant;
  gone.seen_version = store_.read_policy_life(kTenant)->version;
  gone.change.changes.push_back({active, RevisionState::active, RevisionState::retired, 0});
  ASSERT_TRUE(*store_.update_policies(gone));
  EXPECT_EQ(registry_.reload().error().code, ErrorCode::store_corrupt);
  EXPECT_EQ(in_force(), active);
  EXPECT_EQ(registry_.stale_tenants(), std::vector<TenantId>{kTenant});
  const Digest256 next = add(policy_text("a", 2, "required"));
  move(next, RevisionState::active);
  ASSERT_TRUE(registry_.reload().has_value());
  EXPECT_EQ(in_force(), next);
}

TEST_F(RegistryTest, ATenantThatCannotBeReadHoldsUpNoOther) {
  const TenantId broken("a-broken-bank");
  PolicyRevision revision;
  revision.digest.fill(7);
  ASSERT_TRUE(store_.add_policy(broken, revision, "no policy").has_value());
  move(revision.digest, RevisionState::active, 0, broken);
  const Digest256 active = add(policy_text("a", 1, "required"));
  move(active, RevisionState::active);
  EXPECT_FALSE(registry_.reload().has_value());
  EXPECT_EQ(in_force(), active);
  EXPECT_TRUE(registry_.note_policy_change(kTenant)) << "of that tenant nothing is missing";
  EXPECT_FALSE(registry_.note_policy_change(broken));
  EXPECT_EQ(registry_.stale_tenants(), std::vector<TenantId>{broken});
  // Nobody knows what its policy would deny: all is denied, the configured one decides nothing.
  const PolicyInForce closed = registry_.policy_for(broken, user_of(1));
  EXPECT_TRUE(closed.is_unreadable);
  EXPECT_EQ(closed.document->default_outcome(), Outcome::deny);
  EXPECT_TRUE(closed.document->rules().empty());
  EXPECT_EQ(closed.shadow, nullptr);
  EXPECT_FALSE(registry_.policy_for(kTenant, user_of(1)).is_unreadable);
  EXPECT_THAT(registry_.metrics({kTenant, broken}),
              HasSubstr("countersign_policy_stale{tenant=\"bank\"} 0\n"
                        "countersign_policy_stale{tenant=\"a-broken-bank\"} 1\n"));
  // Mended by another revision.
  move(add(policy_text("b", 1, "required"), broken), RevisionState::active, 0, broken);
  EXPECT_TRUE(registry_.note_policy_change(broken));
  EXPECT_TRUE(registry_.stale_tenants().empty());
  EXPECT_EQ(registry_.policy_for(broken, std::nullopt).document->id(), "b");
  // One that was read once stays in force as it was.
  PolicyRevision worse;
  worse.digest.fill(8);
  ASSERT_TRUE(store_.add_policy(broken, worse, "no policy either").has_value());
  move(worse.digest, RevisionState::active, 0, broken);
  EXPECT_FALSE(registry_.note_policy_change(broken));
  EXPECT_FALSE(registry_.policy_for(broken, std::nullopt).is_unreadable);
  EXPECT_EQ(registry_.policy_for(broken, std::nullopt).document->id(), "b");
}

// The seal of a revision is of its digest: whoever writes to the store can put another text there.
TEST_F(RegistryTest, ATextThatIsNotOfItsDigestDecidesNothing) {
  PolicyRevision revision;
  revision.digest = parse_policy(policy_text("a", 1, "required"), hasher_)->digest();
  int number = 0;
  for (const RevisionState state :
       {RevisionState::active, RevisionState::canary, RevisionState::shadow}) {
    const TenantId tenant("bank-" + std::to_string(++number));
    ASSERT_TRUE(
        store_.add_policy(tenant, revision, policy_text("lax", 1, "discouraged")).has_value());
    move(revision.digest, state, state == RevisionState::canary ? 999 : 0, tenant);
    const Status reloaded = registry_.reload();
    ASSERT_FALSE(reloaded.has_value());
    EXPECT_EQ(reloaded.error().code, ErrorCode::store_corrupt);
    EXPECT_TRUE(registry_.policy_for(tenant, user_of(1)).is_unreadable);
    EXPECT_EQ(registry_.find(tenant, revision.digest), nullptr);
    EXPECT_EQ(registry_.stale_tenants().size(), static_cast<std::size_t>(number));
  }
}

TEST_F(RegistryTest, WhoeverIsNotKnownMayTurnOutToBeInTheCanary) {
  const Digest256 canary = add(policy_text("a", 1, "required"));
  move(canary, RevisionState::canary, 1);
  ASSERT_TRUE(registry_.reload().has_value());
  const PolicyInForce nobody = registry_.policy_for(kTenant, std::nullopt);
  EXPECT_EQ(nobody.document->digest(), retail_);
  ASSERT_NE(nobody.canary, nullptr);
  EXPECT_EQ(nobody.canary->digest(), canary);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(registry_.policy_for(kTenant, user_of(i)).canary, nullptr);
  }
}

TEST_F(RegistryTest, DifferencesOfManyRulesCountOnWithoutThem) {
  PolicyDifference difference;
  difference.tenant = kTenant;
  difference.change = Strictness::weaker;
  for (int i = 0; i < 3000; ++i) {
    difference.active_rules = "r" + std::to_string(i);
    registry_.record_difference(difference);
  }
  ASSERT_TRUE(registry_.flush_differences().has_value());
  std::uint64_t counted = 0;
  std::uint64_t other = 0;
  for (const DifferenceCount& one : store_.counts) {
    counted += one.count;
    other += one.active_rules == kOtherRules ? one.count : 0;
  }
  EXPECT_EQ(counted, 3000U);
  EXPECT_EQ(other, 3000U - 1024U);
}

TEST_F(RegistryTest, TwoServersSeeEachOthersChanges) {
  PolicyRegistry other(store_, configured_, hasher_);
  const Digest256 active = add(policy_text("a", 1, "required"));
  move(active, RevisionState::active);
  registry_.note_policy_change(kTenant);
  EXPECT_EQ(other.policy_for(kTenant, std::nullopt).document->digest(), retail_);
  ASSERT_TRUE(other.reload().has_value());
  EXPECT_EQ(other.policy_for(kTenant, std::nullopt).document->digest(), active);
}

// Readers under a storm of publications: each answer is of one moment.
TEST_F(RegistryTest, NobodySeesHalfOfAChange) {
  constexpr int kPublications = 300;
  // Active and shadow of one step have the same id: whoever sees two ids saw half.
  std::vector<std::pair<Digest256, Digest256>> steps;
  for (int i = 0; i < kPublications; ++i) {
    const std::string id = "s" + std::to_string(i);
    steps.emplace_back(add(policy_text(id, 1, "required")), add(policy_text(id, 2, "required")));
  }
  const auto publish = [&](const std::pair<Digest256, Digest256>& step) {
    move(step.first, RevisionState::active);
    move(step.second, RevisionState::shadow);
    registry_.note_policy_change(kTenant);
  };
  publish(steps[0]);
  std::atomic<bool> is_over = false;
  std::atomic<std::uint64_t> seen = 0;
  std::atomic<std::uint64_t> torn = 0;
  std::atomic<std::uint64_t> backwards = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      int last = 0;
      while (!is_over) {
        const PolicyInForce in_force = registry_.policy_for(kTenant, user_of(1));
        torn += in_force.document->id() != in_force.shadow->id() ? 1U : 0U;
        const int step = std::atoi(in_force.document->id().c_str() + 1);
        backwards += step < last ? 1U : 0U;
        last = step;
        ++seen;
      }
    });
  }
  for (int i = 1; i < kPublications; ++i) {
    // No faster than it is read: all of them take less time than a busy machine gives at once.
    while (seen <= static_cast<std::uint64_t>(i) + 1) {
      std::this_thread::yield();
    }
    publish(steps[static_cast<std::size_t>(i)]);
  }
  is_over = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(torn, 0U);
  EXPECT_EQ(backwards, 0U);
  EXPECT_GT(seen, static_cast<std::uint64_t>(kPublications));
}

TEST_F(RegistryTest, DifferencesReachTheStoreOnceAndNoneIsLost) {
  PolicyDifference difference;
  difference.tenant = kTenant;
  difference.change = Strictness::weaker;
  registry_.record_difference(difference);
  registry_.record_difference(difference);
  store_.failure = ErrorCode::store_unavailable;
  EXPECT_FALSE(registry_.flush_differences().has_value());
  registry_.record_difference(difference);
  store_.failure.reset();
  ASSERT_TRUE(registry_.flush_differences().has_value());
  ASSERT_TRUE(registry_.flush_differences().has_value());
  ASSERT_EQ(store_.counts.size(), 1U);
  EXPECT_EQ(store_.counts[0].count, 3U);
  EXPECT_EQ(store_.counts[0].change, Strictness::weaker);
}

TEST_F(RegistryTest, MetricsNameWhatIsActiveAndCountDifferences) {
  PolicyDifference difference;
  difference.tenant = kTenant;
  difference.change = Strictness::weaker;
  registry_.record_difference(difference);
  const std::string text = registry_.metrics({kTenant});
  EXPECT_THAT(text,
              HasSubstr("countersign_policy_info{tenant=\"bank\",policy=\"retail\",digest=\""));
  EXPECT_THAT(text, HasSubstr("countersign_policy_shadow_differences_total{tenant=\"bank\","
                              "change=\"weaker\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("change=\"same\"")));
  EXPECT_THAT(registry_.metrics({TenantId("a\"b")}), HasSubstr("{tenant=\"a\\\"b\",policy"));
}

}  // namespace
}  // namespace countersign::testing
