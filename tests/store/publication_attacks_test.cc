// What somebody tries who wants a policy to decide that administrators did not approve, and the
// code that each attempt gets. "In the store" is a shell on the database, for transactions one with
// the key of their seals.

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "service/authentication_service.h"
#include "service/policy_publication.h"
#include "service/transaction_catalog.h"
#include "service/transaction_steps.h"
#include "tests/store/publication_fixture.h"
#include "transaction/bound.h"
#include "transaction/render.h"

namespace countersign::testing {
namespace {

class PublicationAttacks : public PublicationTest {
 protected:
  // Another intent in the place of the one that is pending, with the view that belongs to it.
  void swap_intent(const TransactionId& id, const CanonicalValue& intent) {
    const Transaction before = stored(id);
    const Template source = read_template(before.source, hasher_).value();
    const View view = render_view(source, read_pack(before.pack, hasher_).value(), intent).value();
    alter_sealed("UPDATE transactions SET intent = " + blob(make_bound_cbor(intent).value()) +
                 ", view = " + blob(make_bound_cbor(encode_view(view)).value()) + " WHERE id = '" +
                 id.value + "'");
  }
  CanonicalValue edited(const TransactionId& id,
                        const std::function<void(CanonicalValue& fields)>& edit) {
    CanonicalValue intent = parse_canonical_cbor(stored(id).intent).value();
    for (CanonicalValue::Member& member : intent.members) {
      if (member.first == "fields") {
        edit(member.second);
      }
    }
    return intent;
  }
  static CanonicalValue& field_of(CanonicalValue& fields, const std::string& name) {
    for (CanonicalValue::Member& member : fields.members) {
      if (member.first == name) {
        return member.second;
      }
    }
    ADD_FAILURE() << name;
    return fields;
  }
  // Edited after the challenge was issued, and before: then the administrator signs the forgery.
  void expect_refused(const std::function<void(CanonicalValue& fields)>& edit) {
    const Digest256 digest = validated(policy_of(++revision_, kLax));
    const Digest256 before = active();
    const Begun late = ask(digest, "ada");
    ASSERT_EQ(late.error, kDone);
    swap_intent(late.id, edited(late.id, edit));
    EXPECT_EQ(approve(late), ErrorCode::transaction_store_mismatch);

    const Begun early = ask(digest, "ada", 500);
    ASSERT_EQ(early.error, kDone);
    swap_intent(early.id, edited(early.id, edit));
    const Begun signed_for = challenge_of(early.id);
    ASSERT_EQ(signed_for.error, kDone);
    const ErrorCode got = approve(signed_for);
    EXPECT_TRUE(got == ErrorCode::transaction_store_mismatch ||
                got == ErrorCode::policy_revision_not_found)
        << error_name(got);
    EXPECT_EQ(active(), before);
    EXPECT_TRUE(store_->list_given_approvals(tenant_.id, early.id)->empty());
    change(RevisionAction::retire, digest);
  }
  // A challenge over what is stored, whatever that is: as if the server had been made to issue it.
  Begun challenge_of(const TransactionId& id) {
    const Transaction transaction = stored(id);
    PolicyTrace trace;
    return read(begin_step(context_, tenant_, backend_, transaction, handle_of("ada"), trace),
                backend_);
  }

  int revision_ = 100;
};

TEST_F(PublicationAttacks, TheShareThatWasSignedIsTheOneThatCounts) {
  const Digest256 digest = validated(policy_of(1, kLax));
  const Begun begun = ask(digest, "ada", 5);
  swap_intent(begun.id, edited(begun.id, [](CanonicalValue& fields) {
                field_of(fields, "share") = CanonicalValue::make_integer(999);
              }));
  EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
}

TEST_F(PublicationAttacks, NothingThatIsShownCanBeAlteredInTheStore) {
  const std::vector<std::pair<std::string, CanonicalValue>> others = {
      {"weaker", CanonicalValue::make_integer(0)},
      {"other", CanonicalValue::make_integer(7)},
      {"stricter", CanonicalValue::make_integer(7)},
      {"audience", CanonicalValue::make_text("part")},
      {"comparison", CanonicalValue::make_text("unfinished")},
      {"unlisted", CanonicalValue::make_integer(1)},
      {"policy", CanonicalValue::make_text("retail")},
      {"revision", CanonicalValue::make_integer(1)},
      {"replacedPolicy", CanonicalValue::make_text("p")},
      {"replacedRevision", CanonicalValue::make_integer(9)},
      {"digest", CanonicalValue::make_text(encode_base64url(seeded_bytes("another", 32)))},
      {"replacedDigest", CanonicalValue::make_text(encode_base64url(seeded_bytes("another", 32)))},
      {"diffDigest", CanonicalValue::make_text(std::string(64, '0'))}};
  for (const auto& one : others) {
    const std::string name = one.first;
    const CanonicalValue value = one.second;
    SCOPED_TRACE(name);
    expect_refused([&](CanonicalValue& fields) {
      CanonicalValue& field = field_of(fields, name);
      // Whatever it says already is altered otherwise.
      const bool is_same = make_bound_cbor(field).value() == make_bound_cbor(value).value();
      if (!is_same) {
        field = value;
      } else if (value.is(CanonicalValue::Type::integer)) {
        field.integer += 1;
      } else {
        field.text = "all";
      }
    });
  }
  SCOPED_TRACE("changes");
  expect_refused([&](CanonicalValue& fields) {
    for (CanonicalValue::Member& member : field_of(fields, "changes").items[0].members) {
      member.second = CanonicalValue::make_text(member.first == "effect" ? "stricter" : "nothing");
    }
  });
  expect_refused([&](CanonicalValue& fields) {
    CanonicalValue& changes = field_of(fields, "changes");
    if (changes.items.size() < kMaxListedChanges) {
      changes.items.push_back(changes.items[0]);
    } else {
      changes.items.pop_back();  // more than the template takes could not be shown
    }
  });
}

// That a canary ends, and that somebody waved warnings through.
TEST_F(PublicationAttacks, WhatGoesAlongWithItCannotBeLeftOutInTheStore) {
  const Digest256 tried = validated(policy_of(1, kLax));
  ASSERT_EQ(give(tried, "ada", 50), kDone);
  ASSERT_EQ(give(tried, "bob", 50), kDone);
  const Digest256 digest = drafted(policy_of(2, kPlain));
  ASSERT_TRUE(
      validate_policy(policy_context(), tenant_, backend_, digest, {"gap"}, offered_tiers(context_))
          ->is_validated);
  for (const std::string effect : {"canary", "warnings"}) {
    SCOPED_TRACE(effect);
    const auto leave_out = [&](CanonicalValue& fields) {
      const std::size_t count = std::erase_if(
          field_of(fields, "changes").items,
          [&](const CanonicalValue& item) { return item.find("effect")->text == effect; });
      EXPECT_EQ(count, 1U);
    };
    const Begun late = ask(digest, "ada");
    ASSERT_EQ(late.error, kDone);
    swap_intent(late.id, edited(late.id, leave_out));
    EXPECT_NE(approve(late), kDone);
    const Begun early = challenge_of(late.id);
    ASSERT_EQ(early.error, kDone);
    EXPECT_EQ(approve(early), effect == "canary" ? ErrorCode::policy_changed
                                                 : ErrorCode::transaction_store_mismatch);
    EXPECT_TRUE(store_->list_given_approvals(tenant_.id, late.id)->empty());
  }
  EXPECT_NE(active(), digest);
}

// An approval of one revision, put in the place of another's.
TEST_F(PublicationAttacks, AnApprovalOfOneRevisionIsNoneOfAnother) {
  const Digest256 wanted = validated(policy_of(1, kLax));
  const Digest256 shown = validated(policy_of(2, kPlain));
  const Begun begun = ask(shown, "ada");
  const Begun target = ask(wanted, "ada");
  EXPECT_EQ(send_as(target, begun.caller, sign(begun)), ErrorCode::transaction_not_found);
  swap_intent(begun.id, parse_canonical_cbor(stored(target.id).intent).value());
  EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
  ASSERT_EQ(approve(target), kDone);
  // The approval that was given for one counted for the other, says the store.
  const Begun other = ask(shown, "bob");
  alter("UPDATE transaction_approvals SET transaction_id = '" + other.id.value + "'");
  alter_sealed(
      "UPDATE transactions SET approvals = 1, previous = (SELECT record FROM "
      "transaction_approvals) WHERE id = '" +
      other.id.value + "'");
  const Begun forged = ask(shown, "bob");
  const ErrorCode got = forged.error == kDone ? approve(forged, "bob") : forged.error;
  EXPECT_TRUE(got == ErrorCode::receipt_erased || got == ErrorCode::transaction_store_mismatch)
      << error_name(got);
  EXPECT_NE(active(), shown);
  EXPECT_NE(active(), wanted);
}

// The first of two approvals is made up in the store.
TEST_F(PublicationAttacks, AnApprovalThatNobodySignedIsNone) {
  const Digest256 digest = validated(policy_of(1, kLax));
  const Begun begun = ask(digest, "ada");
  const std::string where = " WHERE id = '" + begun.id.value + "'";
  const Digest256 record = hasher_.sha256({bytes_of("made up")});
  alter("INSERT INTO transaction_approvals VALUES ('bank', '" + begun.id.value + "', 1, " +
        blob(handle_of("bob").value) + ", " + blob(keys_["bob"].id) + ", " + blob(record) + ", " +
        std::to_string(clock_.time.value) + ")");
  alter_sealed("UPDATE transactions SET approvals = 1, previous = " + blob(record) + where);
  const Begun second = ask(digest, "ada");
  ASSERT_EQ(second.id, begun.id);
  EXPECT_EQ(second.answer["approval"], nlohmann::json({2, 2}));
  EXPECT_EQ(approve(second), ErrorCode::transaction_store_mismatch);
  EXPECT_NE(active(), digest);
  // The number lowered instead: then more are needed than it says.
  const Digest256 next = validated(policy_of(2, kLax));
  const Begun alone = ask(next, "ada");
  alter_sealed("UPDATE transactions SET approvals_needed = 1 WHERE id = '" + alone.id.value + "'");
  EXPECT_EQ(approve(alone), ErrorCode::transaction_store_mismatch);
  EXPECT_EQ(approve(challenge_of(alone.id)), ErrorCode::policy_changed);
  EXPECT_NE(active(), next);
}

// The given approval's record, of another approver.
TEST_F(PublicationAttacks, TheChainIsHeldAgainstItsRecords) {
  const Digest256 digest = validated(policy_of(1, kLax));
  const Begun first = ask(digest, "ada");
  ASSERT_EQ(approve(first), kDone);
  // Ada's own approval is said to be Bob's, so that hers would be the second person's.
  alter("UPDATE transaction_approvals SET approver = " + blob(handle_of("bob").value));
  const Begun second = ask(digest, "ada");
  ASSERT_EQ(second.error, kDone);
  EXPECT_EQ(approve(second), ErrorCode::transaction_approver_repeated) << "as the record says";
  EXPECT_NE(active(), digest);
}

TEST_F(PublicationAttacks, ADraftSwappedInTheStoreIsNotPublished) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun begun = ask(digest, "ada");
  alter("UPDATE policy_revisions SET document = '" + policy_of(1, kLax) + "'");
  EXPECT_EQ(approve(begun), ErrorCode::store_corrupt);
  EXPECT_EQ(ask(digest, "bob").error, ErrorCode::store_corrupt);
  EXPECT_NE(active(), digest);
}

// The row of a revision that is published says the digest of another document, the index by which
// it is found its own: the other one is not sealed.
TEST_F(PublicationAttacks, ADraftThatAnIndexLeadsToIsNotPublished) {
  const Digest256 theirs = validated(policy_of(1, kPlain));
  const std::string document = policy_of(1, kLax);
  const Digest256 his = hasher_.sha256({bytes_of(document)});
  const PolicyLife before = life();
  keep_index(folder_.path("s.db"), "policy_revisions", "sqlite_autoindex_policy_revisions_1",
             "tenant, digest", "UPDATE policy_revisions SET digest = " + blob(his));
  EXPECT_TRUE(store_->check_ready().has_value()) << "the schema says nothing of it";
  // What the last approval commits.
  LifeChange change;
  change.changes.push_back({theirs, RevisionState::validated, RevisionState::active, 0});
  EXPECT_TRUE(
      store_->update_policies({tenant_.id, before.version, change, "key:x", clock_.time, {}})
          .has_value());
  heal_index(folder_.path("s.db"), "policy_revisions",
             "UPDATE policy_revisions SET document = '" + document + "'");
  const auto after = store_->read_policy_life(tenant_.id);
  EXPECT_EQ(code_of(after), ErrorCode::store_corrupt) << "the row says what nobody sealed";
}

// Of two copies of a row one is published, and the other one would decide.
TEST_F(PublicationAttacks, ARevisionThatIsThereTwiceDecidesNothing) {
  validated(policy_of(1, kPlain));
  double_rows(folder_.path("s.db"), "policy_revisions", "1", "sqlite_autoindex_policy_revisions_1",
              "tenant, digest");
  EXPECT_TRUE(store_->check_ready().has_value()) << "the schema says nothing of it";
  EXPECT_EQ(code_of(store_->read_policy_life(tenant_.id)), ErrorCode::store_corrupt);
}

// Nor made what decides by a state that nobody approved.
TEST_F(PublicationAttacks, ADraftMadeActiveInTheStoreDecidesNothing) {
  const Digest256 digest = validated(policy_of(1, kLax));
  alter("CREATE TABLE saved AS SELECT * FROM policy_revisions");
  for (const char* set : {"state = 4", "state = 3, share = 999", "was_active = 1", "share = 1",
                          "digest = zeroblob(32)", "tenant = 'bank'", "acknowledged = NULL",
                          "acknowledged = 'gap'", "seal = NULL"}) {
    alter(std::string("UPDATE policy_revisions SET ") + set + " WHERE digest = " + blob(digest));
    if (std::string(set).starts_with("tenant")) {
      EXPECT_TRUE(store_->read_policy_life(tenant_.id).has_value()) << "as it was";
    } else {
      EXPECT_EQ(code_of(store_->read_policy_life(tenant_.id)), ErrorCode::store_corrupt) << set;
    }
    alter("DELETE FROM policy_revisions; INSERT INTO policy_revisions SELECT * FROM saved");
  }
  EXPECT_EQ(give(digest, "ada"), kDone);
}

TEST_F(PublicationAttacks, ALoginIsNoApproval) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun begun = ask(digest, "ada");
  // The assertion of another challenge, by the right passkey, in the right session.
  const std::string login = sign(begun, "ada", [](AssertionOptions& options) {
    options.challenge = seeded_bytes("a login", 32);
  });
  EXPECT_EQ(send(begun, login), ErrorCode::transaction_not_found);
  EXPECT_TRUE(store_->list_given_approvals(tenant_.id, begun.id)->empty());
}

TEST_F(PublicationAttacks, NoBackendMakesOne) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun begun = ask(digest, "ada");
  Wanted wanted;
  wanted.intent = begun.answer["intent"];
  EXPECT_EQ(create(wanted).error, ErrorCode::transaction_type_reserved);
  for (const char* type : {"policy.publish/1", "policy.publish/2", "policy.publish/"}) {
    wanted.intent["type"] = type;
    EXPECT_EQ(create(wanted).error, ErrorCode::transaction_type_reserved) << type;
  }
  // Of a server whose context knows no policies, none is approved.
  TransactionContext without = context_;
  without.policies = nullptr;
  EXPECT_EQ(code_of(approve_transaction(without, tenant_, begun.caller, begun.id, sign(begun))),
            ErrorCode::transaction_type_reserved);
}

TEST_F(PublicationAttacks, OnePersonIsNotTwo) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun first = ask(digest, "ada");
  const Begun again = ask(digest, "ada");
  const Begun token = ask(digest, "bob");
  EXPECT_EQ(again.id, first.id);
  ASSERT_EQ(approve(first), kDone);
  EXPECT_EQ(approve(again), ErrorCode::transaction_step_changed);
  EXPECT_EQ(ask(digest, "ada").error, ErrorCode::policy_approver_repeated);
  // Ada's passkey to Bob's challenge.
  const Begun bobs = ask(digest, "bob");
  EXPECT_EQ(approve(bobs, "ada"), ErrorCode::transaction_approver_not_allowed);
  EXPECT_EQ(send_as(bobs, token.caller, sign(bobs, "bob")), ErrorCode::transaction_foreign);
  // The store forgets that there have to be two people.
  alter_sealed("UPDATE transactions SET distinct_approvers = 0");
  EXPECT_EQ(challenge_of(first.id).error, ErrorCode::transaction_approver_repeated);
  EXPECT_NE(active(), digest);
}

TEST_F(PublicationAttacks, WhoIsNoAdministratorAnyMoreHasApprovedNothing) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun own = ask(digest, "ada");
  tenant_.policy_administrators = {"bob", "carol"};
  EXPECT_EQ(approve(own), ErrorCode::policy_approver_not_allowed);
  tenant_.policy_administrators = {"ada", "bob", "carol"};
  ASSERT_EQ(approve(own), kDone);
  const Begun last = ask(digest, "bob");
  ASSERT_EQ(last.id, own.id);
  tenant_.policy_administrators = {"bob", "carol"};
  EXPECT_EQ(approve(last, "bob"), ErrorCode::transaction_state_mismatch);
  EXPECT_NE(active(), digest);
}

TEST_F(PublicationAttacks, MorePeopleThanWhenItBeganAreNotLeftOut) {
  tenant_.policy_approvals = 1;
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun begun = ask(digest, "ada");
  EXPECT_EQ(begun.answer["approval"], nlohmann::json({1, 1}));
  tenant_.policy_approvals = 2;
  EXPECT_EQ(approve(begun), ErrorCode::policy_changed);
  EXPECT_NE(active(), digest);
  const Begun anew = ask(digest, "ada");
  EXPECT_NE(anew.id, begun.id);
  EXPECT_EQ(anew.answer["approval"], nlohmann::json({1, 2}));
  EXPECT_EQ(state_of(begun.id), TransactionState::cancelled);
}

TEST_F(PublicationAttacks, TheActiveOneChangedBetweenBeginningAndApproval) {
  tenant_.policy_approvals = 1;
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Digest256 faster = validated(policy_of(2, kPlain));
  const Begun begun = ask(digest, "ada");
  ASSERT_EQ(give(faster, "bob"), kDone);
  EXPECT_EQ(approve(begun), ErrorCode::transaction_state_mismatch);
  // Also where the store has it pending still.
  alter_sealed("UPDATE transactions SET state = 0, finished_at = NULL WHERE id = '" +
               begun.id.value + "'");
  const ErrorCode got = approve(begun);
  EXPECT_TRUE(got == ErrorCode::policy_active_changed || got == ErrorCode::policy_changed)
      << error_name(got);
  EXPECT_EQ(active(), faster);
}

TEST_F(PublicationAttacks, UserVerificationIsRequiredAndFiveFailuresEndIt) {
  const Digest256 digest = validated(policy_of(1, kLax));
  const Begun begun = ask(digest, "ada");
  for (std::int64_t i = 0; i < kMaxApprovalFailures; ++i) {
    EXPECT_EQ(
        approve(begun, "ada", [](AssertionOptions& options) { options.flags = kUserPresent; }),
        ErrorCode::user_not_verified);
  }
  EXPECT_EQ(approve(begun), ErrorCode::transaction_state_mismatch);
  const Begun again = ask(digest, "ada");
  EXPECT_EQ(again.error, kDone) << "whoever has the key keeps nobody from approving";
  EXPECT_NE(again.id, begun.id);
}

// Each of 64 answers is right; one publishes.
TEST_F(PublicationAttacks, RacersPublishOnce) {
  constexpr std::size_t kRacers = 32;
  tenant_.policy_approvals = 1;
  policy_context();
  const TransactionContext context = context_;
  const Digest256 one = validated(policy_of(1, kPlain));
  const Digest256 two = validated(policy_of(2, kPlain));
  struct Racer {
    Begun begun;
    std::string response;
  };
  std::vector<Racer> racers;
  for (std::size_t i = 0; i < kRacers; ++i) {
    for (const Digest256& digest : {one, two}) {
      const std::string name = digest == one ? "ada" : "bob";
      const Begun begun = ask(digest, name);
      ASSERT_EQ(begun.error, kDone);
      // No counter decides the race.
      racers.push_back({begun, sign(begun, name, [](AssertionOptions& options) {
                          options.sign_count = 1000 + options.sign_count;
                        })});
    }
  }
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (const Racer& racer : racers) {
    threads.emplace_back([&] {
      const Result<std::string> outcome =
          approve_transaction(context, tenant_, racer.begun.caller, racer.begun.id, racer.response);
      done += outcome.has_value() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(done, 1);
  const Digest256 winner = active();
  EXPECT_TRUE(winner == one || winner == two);
  EXPECT_EQ(policy_state_of(winner == one ? two : one), RevisionState::validated);
  EXPECT_THAT(event_kinds(),
              ::testing::ElementsAre("transaction.approved", "transaction.cancelled"));
  std::size_t to_active = 0;
  for (const PolicyTransition& line : store_->list_policy_history(tenant_.id, winner).value()) {
    to_active += line.after == RevisionState::active ? 1U : 0U;
  }
  EXPECT_EQ(to_active, 1U);
}

// At the port: what was planned by an old view is not half of anything.
TEST_F(PublicationAttacks, AStalePlanLeavesTheApprovalOut) {
  tenant_.policy_approvals = 1;
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun begun = ask(digest, "ada");
  const TransactionApproval approval =
      store_->list_transaction_approvals(tenant_.id, begun.id).value().front();
  ApprovalCommit commit;
  commit.approval = approval;
  commit.customer = handle_of("ada");
  commit.now = clock_.time;
  commit.record.id = CredentialId(keys_["ada"].id);
  commit.record.sign_count = 77;
  commit.receipt.id = receipt_id(begun.id, 1);
  commit.receipt.transaction = begun.id;
  commit.receipt.created_at = clock_.time;
  commit.event =
      OutboxEvent{OutboxEventId("e"), "transaction.approved", begun.id.value, "{}", clock_.time};
  const PublicationPlan plan =
      plan_publication(policy_context(), tenant_, stored(begun.id),
                       parse_canonical_cbor(stored(begun.id).intent).value(), handle_of("ada"),
                       clock_.time, offered_tiers(context_))
          .value();
  commit.publication = plan.update;
  commit.publication->seen_version -= 1;
  EXPECT_FALSE(store_->commit_approval(commit).value());
  EXPECT_EQ(state_of(begun.id), TransactionState::pending);
  EXPECT_TRUE(store_->list_given_approvals(tenant_.id, begun.id)->empty());
  EXPECT_TRUE(events().empty());
  EXPECT_NE(
      store_->find_credential(tenant_.id, CredentialId(keys_["ada"].id)).value()->record.sign_count,
      77U);
  commit.publication = plan.update;
  EXPECT_TRUE(store_->commit_approval(commit).value());
  EXPECT_EQ(active(), digest);
  EXPECT_EQ(stored(begun.id).executed_at, clock_.time);
}

}  // namespace
}  // namespace countersign::testing
