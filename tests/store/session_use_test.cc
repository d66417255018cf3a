// Sessions of ours that nobody uses end, at a clock of the test's own.

#include "service/session_use.h"

#include "service/ceremony_flow.h"
#include "tests/store/transaction_fixture.h"

namespace countersign::testing {
namespace {

class SessionUseTest : public TransactionTest {
 protected:
  SessionUseTest() { EXPECT_EQ(tenant_.session_idle_seconds, 300) << "RTS, Article 4(3)(d)"; }

  std::optional<Session> use(SessionUse how = SessionUse::activity) {
    return use_session(service(), tenant_, session_of("ada"), how).value();
  }
  std::optional<Session> look() { return use(SessionUse::look); }
  // Of what is stored, after the beginning.
  std::int64_t stored_end() {
    const std::optional<Session> session =
        store_->find_session(tenant_.id, session_of("ada"), begin_).value();
    return session ? session->expires_at.value - begin_.value : -1;
  }
  void at(std::int64_t seconds) { clock_.time = UnixSeconds{begin_.value + seconds}; }

  const UnixSeconds begin_ = clock_.time;
};

TEST_F(SessionUseTest, EndsFiveMinutesAfterItsLastUse) {
  ASSERT_TRUE(use());
  at(300);
  EXPECT_TRUE(look());
  at(301);
  EXPECT_FALSE(look());
  EXPECT_FALSE(use()) << "and nobody wakes it up";
  at(0);
  EXPECT_EQ(stored_end(), 300);
}

TEST_F(SessionUseTest, LivesOnWithActivityUntilItsLastHour) {
  for (std::int64_t seconds = 0; seconds <= kSessionSeconds; seconds += 240) {
    at(seconds);
    ASSERT_TRUE(use()) << seconds;
  }
  at(kSessionSeconds + 1);
  EXPECT_FALSE(use());
  EXPECT_EQ(stored_end(), kSessionSeconds);
}

// A page that asks now and then is nobody who sits before it.
TEST_F(SessionUseTest, LookingIsNoActivity) {
  ASSERT_TRUE(use());
  at(299);
  EXPECT_EQ(look()->expires_at.value, begin_.value + 300);
  EXPECT_EQ(stored_end(), 300);
  at(301);
  EXPECT_FALSE(look());
}

TEST_F(SessionUseTest, IsWrittenOnceAMinute) {
  ASSERT_TRUE(use());
  at(59);
  EXPECT_EQ(use()->expires_at.value, begin_.value + 300);
  EXPECT_EQ(stored_end(), 300);
  at(60);
  EXPECT_EQ(use()->expires_at.value, begin_.value + 360);
  EXPECT_EQ(stored_end(), 360);
}

TEST_F(SessionUseTest, HasTheLimitOfItsTenant) {
  tenant_.session_idle_seconds = kMinSessionIdleSeconds;
  EXPECT_EQ(use()->expires_at.value, begin_.value + 120) << "also where it was begun under another";
  tenant_.session_idle_seconds = kSessionSeconds;
  at(60);
  EXPECT_EQ(use()->expires_at.value, begin_.value + kSessionSeconds) << "and no longer than that";
  Tenant other = tenant_;
  other.id = TenantId("other");
  EXPECT_FALSE(use_session(service(), other, session_of("ada"), SessionUse::activity).value());
}

TEST_F(SessionUseTest, BeginsWithTheLimit) {
  const NewSession made = make_session(service(), tenant_, handle_of("ada"),
                                       CredentialId(seeded_bytes("key of ada", 32)), true, begin_);
  EXPECT_EQ(made.session.authenticated_at, begin_);
  EXPECT_EQ(made.session.expires_at.value, begin_.value + 300);
}

// Whoever writes to the database has nothing of his sealed by somebody's use.
TEST_F(SessionUseTest, SealsNothingThatNobodySealed) {
  ASSERT_TRUE(use());
  const Session seen = *look();
  const std::string of_ada = " WHERE account = " + blob(handle_of("ada").value);
  for (const std::string& set : {std::string("expires_at = expires_at + 3600"),
                                 std::string("authenticated_at = authenticated_at + 3600"),
                                 "account = " + blob(handle_of("bob").value)}) {
    alter("CREATE TABLE kept AS SELECT * FROM sessions; UPDATE sessions SET " + set + of_ada);
    at(100);
    EXPECT_FALSE(use()) << set;
    // Not even by one that found it as it was.
    EXPECT_TRUE(store_->move_session_end(tenant_.id, seen, after(300)).has_value());
    EXPECT_EQ(stored_end(), -1) << set;
    alter("DELETE FROM sessions; INSERT INTO sessions SELECT * FROM kept; DROP TABLE kept");
    EXPECT_TRUE(look()) << set;
  }
}

TEST_F(SessionUseTest, DoesNotBringBackWhatHasEndedMeanwhile) {
  ASSERT_TRUE(use());
  const Session seen = *look();
  ASSERT_TRUE(store_->delete_session(tenant_.id, seen.digest).has_value());
  EXPECT_TRUE(store_->move_session_end(tenant_.id, seen, after(600)).has_value());
  EXPECT_FALSE(look());
}

TEST_F(SessionUseTest, OfTwoRequestsAtOnceOneIsWritten) {
  ASSERT_TRUE(use());
  const Session seen = *look();
  EXPECT_TRUE(store_->move_session_end(tenant_.id, seen, after(400)).has_value());
  EXPECT_TRUE(store_->move_session_end(tenant_.id, seen, after(360)).has_value());
  EXPECT_EQ(stored_end(), 400);
}

}  // namespace
}  // namespace countersign::testing
