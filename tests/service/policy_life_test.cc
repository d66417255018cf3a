#include "service/policy_life.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "backends/openssl/openssl_backend.h"
#include "service/policy_service.h"

namespace countersign::testing {
namespace {

constexpr RevisionState kStates[] = {RevisionState::draft,  RevisionState::validated,
                                     RevisionState::shadow, RevisionState::canary,
                                     RevisionState::active, RevisionState::retired};

Digest256 digest_of(std::uint8_t number) {
  Digest256 digest{};
  digest[0] = number;
  return digest;
}
const Digest256 kConfigured = digest_of(0xff);

PolicyRevision revision_of(std::uint8_t number, RevisionState state, bool was_active = false) {
  PolicyRevision revision;
  revision.digest = digest_of(number);
  revision.state = state;
  revision.share = state == RevisionState::canary ? 100 : 0;
  revision.was_active = was_active || state == RevisionState::active;
  return revision;
}

RevisionEvent event_of(RevisionAction action, std::uint8_t number) {
  RevisionEvent event;
  event.action = action;
  event.revision = digest_of(number);
  event.share = action == RevisionAction::canary ? 100 : kWholeShare;
  event.replaces = kConfigured;
  event.approvals = 2;
  event.approvals_needed = 2;
  return event;
}

ErrorCode code_of(const PolicyLife& life, const RevisionEvent& event) {
  const Result<LifeChange> changed = change_life(life, kConfigured, event);
  return changed.has_value() ? ErrorCode{0} : changed.error().code;
}

// As a store makes them.
void apply(PolicyLife& life, const LifeChange& change) {
  for (const RevisionChange& one : change.changes) {
    for (PolicyRevision& revision : life.revisions) {
      if (revision.digest == one.digest) {
        ASSERT_EQ(revision.state, one.before);
        revision.state = one.after;
        revision.share = one.share;
        revision.was_active = revision.was_active || one.after == RevisionState::active;
      }
    }
    ++life.version;
  }
}

TEST(ChangeLife, EveryActionFromEveryState) {
  // What the table of the header says; a retired one has been active here.
  const std::map<RevisionAction, std::set<RevisionState>> allowed = {
      {RevisionAction::validate,
       {RevisionState::draft, RevisionState::validated, RevisionState::shadow,
        RevisionState::retired}},
      {RevisionAction::shadow, {RevisionState::validated}},
      {RevisionAction::canary,
       {RevisionState::validated, RevisionState::shadow, RevisionState::canary}},
      {RevisionAction::publish,
       {RevisionState::validated, RevisionState::shadow, RevisionState::canary,
        RevisionState::retired}},
      {RevisionAction::withdraw, {RevisionState::shadow, RevisionState::canary}},
      {RevisionAction::retire,
       {RevisionState::draft, RevisionState::validated, RevisionState::shadow,
        RevisionState::canary}}};
  for (const auto& [action, states] : allowed) {
    for (const RevisionState state : kStates) {
      PolicyLife life;
      life.revisions = {revision_of(1, state, true)};
      RevisionEvent event = event_of(action, 1);
      event.replaces = active_digest(life, kConfigured);
      EXPECT_EQ(code_of(life, event),
                states.contains(state) ? ErrorCode{0} : ErrorCode::policy_revision_state_mismatch)
          << revision_event_name(action) << " from " << revision_state_name(state);
    }
  }
}

TEST(ChangeLife, AValidationAloneSaysWhatWasAcknowledged) {
  for (const RevisionAction action : {RevisionAction::validate, RevisionAction::retire}) {
    PolicyLife life;
    life.revisions = {revision_of(1, RevisionState::draft)};
    RevisionEvent event = event_of(action, 1);
    event.acknowledged = {"gap", "undecided"};
    const Result<LifeChange> changed = change_life(life, kConfigured, event);
    ASSERT_TRUE(changed.has_value());
    EXPECT_EQ(changed->changes.at(0).acknowledged, action == RevisionAction::validate
                                                       ? std::optional(event.acknowledged)
                                                       : std::nullopt);
  }
}

// What lint says by now is taken note of; nothing else changes, and what was approved is of before.
TEST(ChangeLife, AnotherValidationTakesNoteOfWhatHasComeUp) {
  PolicyLife life;
  life.revisions = {revision_of(1, RevisionState::retired, true)};
  life.revisions[0].acknowledged = {"gap"};
  RevisionEvent event = event_of(RevisionAction::validate, 1);
  event.acknowledged = {"gap"};
  EXPECT_EQ(code_of(life, event), ErrorCode::policy_revision_state_mismatch) << "nothing new";
  event.acknowledged = {"gap", "expired-list"};
  const Result<LifeChange> changed = change_life(life, kConfigured, event);
  ASSERT_TRUE(changed.has_value());
  EXPECT_EQ(changed->changes.at(0).before, RevisionState::retired);
  EXPECT_EQ(changed->changes.at(0).after, RevisionState::retired);
  EXPECT_EQ(changed->changes.at(0).acknowledged, event.acknowledged);
  EXPECT_EQ(changed->spent, SpentApprovals::of_revision);
  life.revisions[0].was_active = false;
  EXPECT_EQ(code_of(life, event), ErrorCode::policy_revision_state_mismatch) << "given up";
}

// Whoever may draft makes one of the same number and takes it away again: that is nothing new.
TEST(ChangeLife, ANumberThatSomebodyElseDraftedEndsNoPublication) {
  PolicyLife life;
  life.revisions = {revision_of(1, RevisionState::validated)};
  RevisionEvent event = event_of(RevisionAction::validate, 1);
  const std::vector<std::string> alone = {"gap"};
  const std::vector<std::string> repeated = {"gap", "revision-repeated"};
  for (const auto& [before, now] : {std::pair(alone, repeated), std::pair(repeated, alone)}) {
    life.revisions[0].acknowledged = before;
    event.acknowledged = now;
    EXPECT_EQ(code_of(life, event), ErrorCode::policy_revision_state_mismatch);
  }
}

TEST(ChangeLife, FailsIfThereIsNoSuchRevision) {
  EXPECT_EQ(code_of(PolicyLife(), event_of(RevisionAction::validate, 1)),
            ErrorCode::policy_revision_not_found);
}

TEST(ChangeLife, FailsIfAnotherHoldsThePlace) {
  PolicyLife life;
  life.revisions = {revision_of(1, RevisionState::shadow), revision_of(2, RevisionState::canary),
                    revision_of(3, RevisionState::validated)};
  for (const RevisionAction action : {RevisionAction::shadow, RevisionAction::canary}) {
    EXPECT_EQ(code_of(life, event_of(action, 3)), ErrorCode::policy_revision_state_mismatch);
  }
}

TEST(ChangeLife, FailsIfApprovalsAreTooFew) {
  PolicyLife life;
  life.revisions = {revision_of(1, RevisionState::validated)};
  for (const RevisionAction action : {RevisionAction::canary, RevisionAction::publish}) {
    RevisionEvent event = event_of(action, 1);
    event.approvals = 1;
    EXPECT_EQ(code_of(life, event), ErrorCode::policy_revision_state_mismatch);
    // Not even a configuration that asks for none does without.
    event.approvals = 0;
    event.approvals_needed = 0;
    EXPECT_EQ(code_of(life, event), ErrorCode::policy_revision_state_mismatch);
  }
}

TEST(ChangeLife, FailsIfAnotherRevisionBecameActive) {
  PolicyLife life;
  life.revisions = {revision_of(1, RevisionState::active),
                    revision_of(2, RevisionState::validated)};
  for (const RevisionAction action : {RevisionAction::canary, RevisionAction::publish}) {
    RevisionEvent event = event_of(action, 2);
    event.replaces = kConfigured;
    EXPECT_EQ(code_of(life, event), ErrorCode::policy_active_changed);
    event.replaces = digest_of(1);
    EXPECT_EQ(code_of(life, event), ErrorCode{0});
  }
}

TEST(ChangeLife, OnePersonRollsBackOnlyToWhatIsNotWeaker) {
  PolicyLife life;
  life.revisions = {revision_of(1, RevisionState::retired, true),
                    revision_of(2, RevisionState::active)};
  RevisionEvent event = event_of(RevisionAction::publish, 1);
  event.replaces = digest_of(2);
  event.approvals = 1;
  EXPECT_EQ(code_of(life, event), ErrorCode::policy_rollback_weaker);
  event.weakening = Weakening::none;
  EXPECT_EQ(code_of(life, event), ErrorCode{0});
  event.approvals = 0;
  EXPECT_EQ(code_of(life, event), ErrorCode::policy_revision_state_mismatch);
  event.approvals = 2;
  event.weakening = Weakening::possible;
  EXPECT_EQ(code_of(life, event), ErrorCode{0});
}

TEST(ChangeLife, FailsIfWhatWasRetiredHasNeverBeenActive) {
  PolicyLife life;  // a draft that was retired has never seen lint
  life.revisions = {revision_of(1, RevisionState::retired)};
  RevisionEvent event = event_of(RevisionAction::publish, 1);
  event.weakening = Weakening::none;
  EXPECT_EQ(code_of(life, event), ErrorCode::policy_revision_state_mismatch);
}

TEST(ChangeLife, OnlyALargerShareNeedsApprovals) {
  PolicyLife life;
  life.revisions = {revision_of(1, RevisionState::canary)};
  RevisionEvent event = event_of(RevisionAction::canary, 1);
  event.approvals = 0;
  event.share = 100;
  EXPECT_EQ(code_of(life, event), ErrorCode{0});
  event.share = 101;
  EXPECT_EQ(code_of(life, event), ErrorCode::policy_revision_state_mismatch);
  for (const std::uint16_t share : {std::uint16_t{0}, kWholeShare}) {
    event.approvals = 2;
    event.share = share;
    EXPECT_EQ(code_of(life, event), ErrorCode::policy_revision_state_mismatch) << share;
  }
}

TEST(ChangeLife, APublicationSpendsAllApprovalsAndEndsOtherCanaries) {
  PolicyLife life;
  life.revisions = {revision_of(1, RevisionState::active), revision_of(2, RevisionState::canary),
                    revision_of(3, RevisionState::validated)};
  RevisionEvent event = event_of(RevisionAction::publish, 3);
  event.replaces = digest_of(1);
  const Result<LifeChange> change = change_life(life, kConfigured, event);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->spent, SpentApprovals::all);
  apply(life, *change);
  EXPECT_EQ(life.find(digest_of(1))->state, RevisionState::retired);
  EXPECT_EQ(life.find(digest_of(2))->state, RevisionState::validated);
  EXPECT_EQ(life.find(digest_of(3))->state, RevisionState::active);
}

// Never two active revisions, never none after the first, and nothing that is refused changes
// anything: whatever happens in whatever order.
TEST(ChangeLife, AnActiveRevisionIsNeverLost) {
  constexpr int kSequences = 2000;
  constexpr int kEvents = 60;
  std::mt19937 random(20261125);
  const auto below = [&random](unsigned count) { return random() % count; };
  std::size_t publications = 0;
  std::size_t refusals = 0;
  for (int sequence = 0; sequence < kSequences; ++sequence) {
    PolicyLife life;
    bool has_been_active = false;
    for (int i = 0; i < kEvents; ++i) {
      if (life.revisions.size() < 12 && below(3) == 0) {
        const auto number = static_cast<std::uint8_t>(life.revisions.size() + 1);
        life.revisions.push_back(revision_of(number, RevisionState::draft));
      }
      constexpr RevisionAction kActions[] = {RevisionAction::validate, RevisionAction::validate,
                                             RevisionAction::publish,  RevisionAction::publish,
                                             RevisionAction::shadow,   RevisionAction::canary,
                                             RevisionAction::withdraw, RevisionAction::retire};
      RevisionEvent event = event_of(
          kActions[below(8)],
          static_cast<std::uint8_t>(below(static_cast<unsigned>(life.revisions.size()) + 2)));
      event.share = static_cast<std::uint16_t>(below(1100));
      event.approvals = below(4);
      event.approvals_needed = below(3);
      event.weakening = below(2) == 0 ? Weakening::none : Weakening::possible;
      event.replaces = below(8) == 0 ? digest_of(static_cast<std::uint8_t>(below(7)))
                                     : active_digest(life, kConfigured);
      const std::optional<Digest256> active_before =
          life.in_state(RevisionState::active) == nullptr
              ? std::nullopt
              : std::optional(life.in_state(RevisionState::active)->digest);
      const Result<LifeChange> change = change_life(life, kConfigured, event);
      if (!change.has_value()) {
        ++refusals;
        continue;
      }
      // Each step on the way has one of a kind at most, as the store's index demands.
      for (const RevisionChange& one : change->changes) {
        apply(life, {{one}, SpentApprovals::none});
        for (const RevisionState state :
             {RevisionState::shadow, RevisionState::canary, RevisionState::active}) {
          ASSERT_LE(std::count_if(life.revisions.begin(), life.revisions.end(),
                                  [&](const PolicyRevision& r) { return r.state == state; }),
                    1);
        }
      }
      const PolicyRevision* active = life.in_state(RevisionState::active);
      has_been_active = has_been_active || active != nullptr;
      ASSERT_EQ(active != nullptr, has_been_active);
      if (event.action != RevisionAction::publish) {
        ASSERT_EQ(active_before, active == nullptr ? std::nullopt : std::optional(active->digest));
      } else {
        ++publications;
        ASSERT_EQ(active->digest, event.revision);
        ASSERT_GE(event.approvals, 1U);
      }
      for (const PolicyRevision& revision : life.revisions) {
        ASSERT_EQ(revision.share != 0, revision.state == RevisionState::canary);
        ASSERT_LT(revision.share, kWholeShare);
      }
    }
  }
  EXPECT_GT(publications, static_cast<std::size_t>(kSequences));
  EXPECT_GT(refusals, publications);
}

class Canary : public ::testing::Test {
 protected:
  bool is_in(int user, std::uint16_t share, const Digest256& revision = digest_of(1),
             const std::string& tenant = "bank") {
    return is_in_canary(hasher_, TenantId(tenant), revision,
                        UserHandle(ByteVector{static_cast<std::uint8_t>(user),
                                              static_cast<std::uint8_t>(user >> 8)}),
                        share);
  }
  OpenSslHasher hasher_;
};

TEST_F(Canary, WhoIsInStaysInAsTheShareGrows) {
  for (int user = 0; user < 300; ++user) {
    EXPECT_FALSE(is_in(user, 0));
    EXPECT_TRUE(is_in(user, kWholeShare));
    for (std::uint16_t share = 1; share < kWholeShare;
         share = static_cast<std::uint16_t>(share + 37)) {
      if (is_in(user, share)) {
        EXPECT_TRUE(is_in(user, static_cast<std::uint16_t>(share + 1)));
      }
    }
  }
}

TEST_F(Canary, TheShareIsTheShareAndAnotherRevisionTakesOthers) {
  constexpr int kUsers = 20000;
  int in = 0;
  int in_both = 0;
  int in_other_tenant = 0;
  for (int user = 0; user < kUsers; ++user) {
    if (is_in(user, 100)) {
      ++in;
      in_both += is_in(user, 100, digest_of(2)) ? 1 : 0;
      in_other_tenant += is_in(user, 100, digest_of(1), "other") ? 1 : 0;
    }
  }
  EXPECT_NEAR(in, 2000, 200);  // [more than four standard deviations]
  EXPECT_NEAR(in_both, 200, 80);
  EXPECT_NEAR(in_other_tenant, 200, 80);
}

}  // namespace
}  // namespace countersign::testing
