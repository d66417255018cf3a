// Revisions of policies on SQLite: what is kept, and what a stale view cannot change.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "native/ops/system.h"
#include "native/store/sqlite/schema.h"
#include "native/store/sqlite/sqlite_store.h"
#include "tests/http/server_process.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {
namespace {

const TenantId kPolicyStoreTenant("bank");
constexpr UnixSeconds kPolicyStoreNow{1'800'000'000};

Digest256 digest_of(std::uint8_t number) {
  Digest256 digest{};
  digest[0] = number;
  return digest;
}

class PolicyStoreTest : public ::testing::Test {
 protected:
  PolicyStoreTest() { open(); }
  void open() {
    store_.reset();
    Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(folder_.path("s.db"), random_);
    ASSERT_TRUE(opened.has_value()) << error_name(opened.error().code);
    store_ = std::move(*opened);
  }

  void add(std::uint8_t number, const TenantId& tenant = kPolicyStoreTenant) {
    PolicyRevision revision;
    revision.digest = digest_of(number);
    revision.name = "p";
    revision.number = number;
    revision.created_at = kPolicyStoreNow;
    revision.created_by = "api-key:k";
    ASSERT_TRUE(store_->add_policy(tenant, revision, "{\"text\":" + std::to_string(number) + "}")
                    .has_value());
  }
  PolicyLife life(const TenantId& tenant = kPolicyStoreTenant) {
    const Result<PolicyLife> read = store_->read_policy_life(tenant);
    EXPECT_TRUE(read.has_value());
    return read.has_value() ? *read : PolicyLife();
  }
  RevisionState state_of(std::uint8_t number) {
    const PolicyLife now = life();
    const PolicyRevision* revision = now.find(digest_of(number));
    return revision == nullptr ? RevisionState::draft : revision->state;
  }
  PolicyUpdate update_of(std::vector<RevisionChange> changes) {
    return {kPolicyStoreTenant, life().version,  {std::move(changes), SpentApprovals::none},
            "api-key:k",        kPolicyStoreNow, {}};
  }
  static RevisionChange change_of(std::uint8_t number, RevisionState before, RevisionState after,
                                  std::uint16_t share = 0) {
    return {digest_of(number), before, after, share};
  }
  TemporaryFolder folder_;
  SystemRandom random_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(PolicyStoreTest, ARevisionIsKeptAsItCame) {
  add(1);
  const PolicyLife before = life();
  add(1);
  add(1, TenantId("other"));
  open();
  const PolicyLife after = life();
  ASSERT_EQ(after.revisions.size(), 1U);
  EXPECT_EQ(after.version, before.version) << "the same document again changes nothing";
  EXPECT_EQ(after.revisions[0].state, RevisionState::draft);
  EXPECT_EQ(after.revisions[0].created_by, "api-key:k");
  EXPECT_EQ(store_->find_policy_document(kPolicyStoreTenant, digest_of(1))->value_or(""),
            "{\"text\":1}");
  EXPECT_FALSE(store_->find_policy_document(TenantId("third"), digest_of(1))->has_value());
  EXPECT_EQ(store_->read_policy_versions()->size(), 2U);
}

TEST_F(PolicyStoreTest, WhatWasAcknowledgedIsKeptWithTheRevision) {
  add(1);
  add(2);
  EXPECT_EQ(life().revisions[0].acknowledged, std::nullopt);
  RevisionChange validated = change_of(1, RevisionState::draft, RevisionState::validated);
  validated.acknowledged = {"gap", "undecided"};
  ASSERT_TRUE(*store_->update_policies(update_of({validated})));
  validated.digest = digest_of(2);
  validated.acknowledged.emplace();
  ASSERT_TRUE(*store_->update_policies(update_of({validated})));
  ASSERT_TRUE(*store_->update_policies(
      update_of({change_of(1, RevisionState::validated, RevisionState::shadow)})));
  open();
  EXPECT_EQ(life().revisions[0].acknowledged, (std::vector<std::string>{"gap", "undecided"}));
  EXPECT_EQ(life().revisions[1].acknowledged, std::vector<std::string>());
}

// As a program of schema 16 left it: nobody kept what was acknowledged. What that program had not
// sealed stays so, and so does a database that is made to look like one of that schema.
TEST_F(PolicyStoreTest, RevisionsOfTheSchemaBeforeAreSealedAnewWhereTheyWere) {
  const auto downgrade = [&](bool seals) {
    store_.reset();
    const auto database =
        std::move(*sqlite::Database::open(folder_.path("s.db"), sqlite::Database::Mode::writer));
    sqlite::RowSeals rows;
    rows.seals = seals_of(*database);
    ASSERT_TRUE(rows.attach_for_upgrade(*database).has_value());
    if (seals) {
      ASSERT_TRUE(
          database->execute("UPDATE policy_revisions SET seal = "
                            "seal_as_it_is(" REVISION_OF_16_COLUMNS ") WHERE seal IS NOT NULL"));
    }
    ASSERT_TRUE(database->execute("ALTER TABLE policy_revisions DROP COLUMN acknowledged"));
    ASSERT_TRUE(database->execute(take_transaction_seals_away().c_str()));
    for (const char* mark : {"s.db.key.sealed-transactions", "s.db.key.sealed-payments"}) {
      std::filesystem::remove(folder_.path(mark));
    }
    ASSERT_TRUE(database->execute(
        ("PRAGMA user_version = " + std::to_string(sqlite::kSealedWarningsSchema - 1)).c_str()));
  };
  add(1);
  RevisionChange validated = change_of(1, RevisionState::draft, RevisionState::validated);
  validated.acknowledged = {"gap"};
  ASSERT_TRUE(*store_->update_policies(update_of({validated})));
  downgrade(true);
  open();
  ASSERT_EQ(life().revisions.size(), 1U);
  EXPECT_EQ(life().revisions[0].state, RevisionState::validated);
  EXPECT_EQ(life().revisions[0].acknowledged, std::nullopt);
  ASSERT_TRUE(*store_->update_policies(
      update_of({change_of(1, RevisionState::validated, RevisionState::shadow)})));
  EXPECT_EQ(state_of(1), RevisionState::shadow);
  add(2);
  validated.digest = digest_of(2);
  ASSERT_TRUE(*store_->update_policies(update_of({validated})));
  downgrade(false);
  open();
  const Result<PolicyLife> forgotten = store_->read_policy_life(kPolicyStoreTenant);
  EXPECT_EQ(forgotten.has_value() ? ErrorCode{0} : forgotten.error().code,
            ErrorCode::store_corrupt);
}

TEST_F(PolicyStoreTest, FailsIfThereAreTooManyDrafts) {
  PolicyRevision revision;
  for (std::size_t i = 0; i < kMaxPolicyDrafts; ++i) {
    revision.digest[0] = static_cast<std::uint8_t>(i);
    revision.digest[1] = static_cast<std::uint8_t>(i >> 8U);
    ASSERT_TRUE(store_->add_policy(kPolicyStoreTenant, revision, "{}").has_value()) << i;
  }
  const Digest256 last = revision.digest;
  revision.digest[2] = 1;
  EXPECT_EQ(store_->add_policy(kPolicyStoreTenant, revision, "{}").error().code,
            ErrorCode::policy_too_large);
  EXPECT_TRUE(store_->add_policy(TenantId("other"), revision, "{}").has_value());
  // Giving one up makes no room, deciding or deleting does.
  ASSERT_TRUE(*store_->update_policies(
      update_of({{last, RevisionState::draft, RevisionState::retired, 0}})));
  EXPECT_FALSE(store_->add_policy(kPolicyStoreTenant, revision, "{}").has_value());
  ASSERT_TRUE(*store_->update_policies(
      update_of({change_of(1, RevisionState::draft, RevisionState::shadow)})));
  EXPECT_TRUE(store_->add_policy(kPolicyStoreTenant, revision, "{}").has_value());
  ASSERT_TRUE(store_->delete_policy(kPolicyStoreTenant, last).has_value());
  revision.digest[2] = 2;
  EXPECT_TRUE(store_->add_policy(kPolicyStoreTenant, revision, "{}").has_value());
  const PolicyLife now = life();
  EXPECT_EQ(now.revisions.back().digest, revision.digest) << "the newest is the last";
  EXPECT_EQ(now.find(last), nullptr);
}

TEST_F(PolicyStoreTest, OnlyWhatNeverWasBeyondValidatedIsDeleted) {
  for (const RevisionState beyond :
       {RevisionState::shadow, RevisionState::canary, RevisionState::active}) {
    const auto number = static_cast<std::uint8_t>(beyond);
    add(number);
    ASSERT_TRUE(
        *store_->update_policies(update_of({change_of(number, RevisionState::draft, beyond, 10)})));
    EXPECT_EQ(store_->delete_policy(kPolicyStoreTenant, digest_of(number)).error().code,
              ErrorCode::policy_revision_state_mismatch);
    // Nor when it came back from there: people saw it decide, or might have.
    ASSERT_TRUE(
        *store_->update_policies(update_of({change_of(number, beyond, RevisionState::retired)})));
    EXPECT_EQ(store_->delete_policy(kPolicyStoreTenant, digest_of(number)).error().code,
              ErrorCode::policy_revision_state_mismatch);
  }
  add(1);
  const std::uint64_t version = life().version;
  EXPECT_EQ(store_->delete_policy(TenantId("other"), digest_of(1)).error().code,
            ErrorCode::policy_revision_not_found);
  ASSERT_TRUE(store_->delete_policy(kPolicyStoreTenant, digest_of(1)).has_value());
  EXPECT_EQ(life().version, version + 1) << "whoever was about to publish it looks again";
  EXPECT_EQ(life().find(digest_of(1)), nullptr);
  EXPECT_FALSE(store_->find_policy_document(kPolicyStoreTenant, digest_of(1))->has_value());
  EXPECT_EQ(store_->delete_policy(kPolicyStoreTenant, digest_of(1)).error().code,
            ErrorCode::policy_revision_not_found);
  // The same document again is a new draft: no history is left for it.
  add(1);
  EXPECT_TRUE(store_->list_policy_history(kPolicyStoreTenant, digest_of(1))->empty());
}

TEST_F(PolicyStoreTest, ATenantWhoseLastDraftIsDeletedKeepsItsVersion) {
  add(1);
  ASSERT_TRUE(store_->delete_policy(kPolicyStoreTenant, digest_of(1)).has_value());
  EXPECT_EQ(life().version, 2U);
  EXPECT_TRUE(life().revisions.empty());
  EXPECT_EQ(store_->read_policy_versions()->at(0).version, 2U);
}

TEST_F(PolicyStoreTest, DraftsOfWhichNothingIsHeardExpire) {
  const UnixSeconds later{kPolicyStoreNow.value + kPolicyDraftSeconds};
  const auto sweep = [&](std::int64_t seconds) {
    ASSERT_TRUE(store_->sweep(UnixSeconds{later.value + seconds}, later).has_value());
  };
  add(1);  // a draft
  add(2);  // validated a second later
  PolicyUpdate validation =
      update_of({change_of(2, RevisionState::draft, RevisionState::validated)});
  validation.time.value += 1;
  ASSERT_TRUE(*store_->update_policies(validation));
  add(3);  // was in shadow once
  ASSERT_TRUE(*store_->update_policies(
      update_of({change_of(3, RevisionState::draft, RevisionState::shadow)})));
  ASSERT_TRUE(*store_->update_policies(
      update_of({change_of(3, RevisionState::shadow, RevisionState::validated)})));
  sweep(0);
  EXPECT_EQ(life().revisions.size(), 3U);
  sweep(1);
  EXPECT_EQ(life().find(digest_of(1)), nullptr);
  EXPECT_EQ(life().revisions.size(), 2U);
  sweep(2);
  EXPECT_EQ(life().find(digest_of(2)), nullptr);
  sweep(kPolicyDraftSeconds);
  EXPECT_NE(life().find(digest_of(3)), nullptr);
}

TEST_F(PolicyStoreTest, AHistoryIsBounded) {
  add(1);
  for (std::size_t i = 0; i < kKeptPolicyHistory / 2 + 10; ++i) {
    const RevisionState home = i == 0 ? RevisionState::draft : RevisionState::validated;
    ASSERT_TRUE(*store_->update_policies(update_of({change_of(1, home, RevisionState::shadow)})));
    ASSERT_TRUE(*store_->update_policies(
        update_of({change_of(1, RevisionState::shadow, RevisionState::validated)})));
  }
  EXPECT_EQ(store_->list_policy_history(kPolicyStoreTenant, digest_of(1))->size(),
            kMaxPolicyHistory);
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.path("s.db").c_str(), &raw), SQLITE_OK);
  sqlite3_stmt* count = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(raw, "SELECT count(*) FROM policy_transitions", -1, &count, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_step(count), SQLITE_ROW);
  EXPECT_EQ(sqlite3_column_int64(count, 0), static_cast<std::int64_t>(kKeptPolicyHistory));
  sqlite3_finalize(count);
  sqlite3_close(raw);
  EXPECT_FALSE(store_->delete_policy(kPolicyStoreTenant, digest_of(1)).has_value());
}

TEST_F(PolicyStoreTest, AStaleViewChangesNothing) {
  add(1);
  const PolicyUpdate update =
      update_of({change_of(1, RevisionState::draft, RevisionState::validated)});
  EXPECT_TRUE(*store_->update_policies(update));
  EXPECT_FALSE(*store_->update_policies(update));
  EXPECT_EQ(state_of(1), RevisionState::validated);
  EXPECT_EQ(store_->list_policy_history(kPolicyStoreTenant, digest_of(1))->size(), 1U);
  const Result<std::vector<PolicyTransition>> history =
      store_->list_policy_history(kPolicyStoreTenant, digest_of(1));
  EXPECT_EQ(history->at(0).after, RevisionState::validated);
  EXPECT_EQ(history->at(0).actor, "api-key:k");
}

TEST_F(PolicyStoreTest, NeverTwoActiveRevisionsWhateverIsAskedFor) {
  add(1);
  add(2);
  EXPECT_TRUE(*store_->update_policies(
      update_of({change_of(1, RevisionState::draft, RevisionState::active)})));
  for (const RevisionState state : {RevisionState::active}) {
    EXPECT_FALSE(store_->update_policies(update_of({change_of(2, RevisionState::draft, state)}))
                     .has_value());
  }
  EXPECT_EQ(state_of(1), RevisionState::active);
  EXPECT_EQ(state_of(2), RevisionState::draft);
  // A change of a revision that is in another state undoes the whole update.
  EXPECT_FALSE(
      store_
          ->update_policies(update_of({change_of(1, RevisionState::active, RevisionState::retired),
                                       change_of(2, RevisionState::shadow, RevisionState::active)}))
          .has_value());
  EXPECT_EQ(state_of(1), RevisionState::active);
  EXPECT_TRUE(*store_->update_policies(
      update_of({change_of(1, RevisionState::active, RevisionState::retired),
                 change_of(2, RevisionState::draft, RevisionState::active)})));
  EXPECT_TRUE(life().find(digest_of(1))->was_active);
}

TEST_F(PolicyStoreTest, DifferencesAreCounted) {
  const DifferenceCount weaker{
      PolicyCeremony::authenticate, Phase::verdict, Strictness::weaker, 3, "a b", "c"};
  DifferenceCount other_rules = weaker;
  other_rules.shadow_rules = "d";
  other_rules.count = 1;
  const DifferenceCount stricter{
      PolicyCeremony::recovery, Phase::options, Strictness::stricter, 4, "", "c"};
  for (int i = 0; i < 2; ++i) {
    const DifferenceCount counts[] = {weaker, stricter, other_rules};
    ASSERT_TRUE(store_->count_differences(kPolicyStoreTenant, digest_of(1), digest_of(2), counts)
                    .has_value());
  }
  const Result<std::vector<DifferenceCount>> counted =
      store_->list_differences(kPolicyStoreTenant, digest_of(1), digest_of(2));
  ASSERT_EQ(counted->size(), 3U);
  EXPECT_EQ(counted->at(0).ceremony, PolicyCeremony::recovery);
  EXPECT_EQ(counted->at(0).count, 8U);
  EXPECT_EQ(counted->at(0).active_rules, "");
  EXPECT_EQ(counted->at(1).change, Strictness::weaker);
  EXPECT_EQ(counted->at(1).phase, Phase::verdict);
  EXPECT_EQ(counted->at(1).count, 6U);
  EXPECT_EQ(counted->at(1).active_rules, "a b");
  EXPECT_EQ(counted->at(1).shadow_rules, "c");
  EXPECT_EQ(counted->at(2).shadow_rules, "d");
  EXPECT_EQ(counted->at(2).count, 2U);
  EXPECT_TRUE(store_->list_differences(kPolicyStoreTenant, digest_of(1), digest_of(3))->empty());
}

TEST_F(PolicyStoreTest, DifferencesOfMoreRulesThanFitAreOneRow) {
  const auto count = [&](const std::string& rules) {
    const DifferenceCount one{
        PolicyCeremony::authenticate, Phase::options, Strictness::weaker, 1, rules, "x"};
    return store_->count_differences(kPolicyStoreTenant, digest_of(1), digest_of(2), {&one, 1})
        .has_value();
  };
  for (std::size_t i = 0; i < kMaxDifferenceRows + 20; ++i) {
    ASSERT_TRUE(count("r" + std::to_string(i)));
  }
  ASSERT_TRUE(count("r0")) << "a row that is there goes on";
  const std::vector<DifferenceCount> counted =
      *store_->list_differences(kPolicyStoreTenant, digest_of(1), digest_of(2));
  ASSERT_EQ(counted.size(), kMaxDifferenceRows + 1);
  EXPECT_EQ(counted[0].active_rules, kOtherRules);
  EXPECT_EQ(counted[0].shadow_rules, kOtherRules);
  EXPECT_EQ(counted[0].count, 20U);
  EXPECT_EQ(counted[1].active_rules, "r0");
  EXPECT_EQ(counted[1].count, 2U);
  // Of another pair they begin anew.
  const DifferenceCount one{
      PolicyCeremony::authenticate, Phase::options, Strictness::weaker, 1, "r999", "x"};
  ASSERT_TRUE(store_->count_differences(kPolicyStoreTenant, digest_of(1), digest_of(3), {&one, 1})
                  .has_value());
  EXPECT_EQ(
      store_->list_differences(kPolicyStoreTenant, digest_of(1), digest_of(3))->at(0).active_rules,
      "r999");
}

}  // namespace
}  // namespace countersign::testing
