#include "native/outbox/backoff.h"

#include <gtest/gtest.h>

#include <set>

#include "native/ops/system.h"

namespace countersign {
namespace {

class FixedRandom final : public RandomSource {
 public:
  explicit FixedRandom(std::uint8_t value) : value_(value) {}
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), value_); }

 private:
  std::uint8_t value_;
};

TEST(RetrySeconds, DoubleUpToTheCapAndNeverOverflow) {
  FixedRandom longest(0);
  std::int64_t expected = kFirstRetrySeconds;
  for (std::int64_t attempts = 1; attempts <= 9; ++attempts) {
    EXPECT_EQ(retry_seconds(attempts, longest), std::min(expected, kMaxRetrySeconds));
    expected *= 2;
  }
  EXPECT_EQ(retry_seconds(100, longest), kMaxRetrySeconds);
  EXPECT_EQ(retry_seconds(std::int64_t{1} << 62, longest), kMaxRetrySeconds);
  EXPECT_EQ(retry_seconds(0, longest), kFirstRetrySeconds);
}

TEST(RetrySeconds, LeaveOutARandomPartOfUpToHalf) {
  FixedRandom shortest(255);
  EXPECT_EQ(retry_seconds(100, shortest), kMaxRetrySeconds / 2 + 1);
  SystemRandom random;
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) {
    const std::int64_t seconds = retry_seconds(100, random);
    EXPECT_GT(seconds, kMaxRetrySeconds / 2);
    EXPECT_LE(seconds, kMaxRetrySeconds);
    seen.insert(seconds);
  }
  EXPECT_GT(seen.size(), 50U);
}

using Ended = ReceiverBrake::Outcome;
constexpr std::chrono::seconds kNothing(0);

TEST(ReceiverBrake, LetsEverybodyThroughWhileAllGoesWell) {
  ReceiverBrake brake;
  const ReceiverBrake::Time now{};
  EXPECT_TRUE(brake.begin(now));
  EXPECT_TRUE(brake.begin(now));
  EXPECT_FALSE(brake.end(Ended::taken, now, now, kNothing));
  EXPECT_FALSE(brake.end(Ended::idle, now, now, kNothing));
  EXPECT_TRUE(brake.begin(now));
}

TEST(ReceiverBrake, AfterAFailureOneAtATimeAfterAPauseThatDoubles) {
  ReceiverBrake brake;
  ReceiverBrake::Time now{};
  for (const int pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
    const ReceiverBrake::Time began = now;
    ASSERT_TRUE(brake.begin(began));
    if (brake.failures() > 0) {
      EXPECT_FALSE(brake.begin(began)) << "a second one beside the probe";
    }
    const bool is_alarm = brake.end(Ended::failed, began, now, kNothing);
    EXPECT_EQ(is_alarm, brake.failures() == ReceiverBrake::kAlarmFailures);
    EXPECT_FALSE(brake.begin(now + std::chrono::seconds(pause) - std::chrono::milliseconds(1)));
    now += std::chrono::seconds(pause);
  }
  ASSERT_TRUE(brake.begin(now));
  EXPECT_TRUE(brake.end(Ended::taken, now, now, kNothing)) << "the end of the alarm";
  EXPECT_TRUE(brake.begin(now));
  EXPECT_TRUE(brake.begin(now));
}

TEST(ReceiverBrake, AProbeThatFoundNothingToSendLeavesItsPlace) {
  ReceiverBrake brake;
  ReceiverBrake::Time now{};
  ASSERT_TRUE(brake.begin(now));
  brake.end(Ended::failed, now, now, kNothing);
  now += std::chrono::seconds(1);
  ASSERT_TRUE(brake.begin(now));
  EXPECT_FALSE(brake.begin(now));
  brake.end(Ended::idle, now, now, kNothing);
  EXPECT_TRUE(brake.begin(now));
}

TEST(ReceiverBrake, SeveralThatWereUnderWayAreOneFailure) {
  ReceiverBrake brake;
  const ReceiverBrake::Time now{};
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(brake.begin(now));
  }
  for (int i = 0; i < 4; ++i) {
    brake.end(Ended::failed, now, now, kNothing);
  }
  EXPECT_EQ(brake.failures(), 1);
  // One of them comes in late, while the probe is under way.
  const ReceiverBrake::Time then = now + std::chrono::seconds(1);
  ASSERT_TRUE(brake.begin(then));
  brake.end(Ended::failed, now, then, kNothing);
  EXPECT_FALSE(brake.begin(then));
  EXPECT_EQ(brake.failures(), 1);
}

TEST(ReceiverBrake, ThePauseIsAtLeastWhatTheReceiverAsksFor) {
  ReceiverBrake brake;
  const ReceiverBrake::Time now{};
  ASSERT_TRUE(brake.begin(now));
  brake.end(Ended::failed, now, now, std::chrono::seconds(120));
  EXPECT_FALSE(brake.begin(now + std::chrono::seconds(119)));
  EXPECT_TRUE(brake.begin(now + std::chrono::seconds(120)));
}

// One kind of event that a receiver does not know is no reason to keep the others from it.
TEST(ReceiverBrake, ARefusedEventSlowsNothingElse) {
  ReceiverBrake brake;
  const ReceiverBrake::Time now{};
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(brake.begin(now)) << i;
    EXPECT_EQ(brake.end(Ended::refused, now, now, std::chrono::seconds(120)),
              i == ReceiverBrake::kAlarmFailures);
    EXPECT_EQ(brake.failures(), i) << "told all the same";
  }
  ASSERT_TRUE(brake.begin(now));
  EXPECT_TRUE(brake.begin(now)) << "several at a time";
  EXPECT_TRUE(brake.end(Ended::taken, now, now, kNothing)) << "the end of the alarm";
  EXPECT_EQ(brake.failures(), 0);
}

TEST(ReceiverBrake, OneThatRefusesIsUpAgain) {
  ReceiverBrake brake;
  ReceiverBrake::Time now{};
  ASSERT_TRUE(brake.begin(now));
  brake.end(Ended::failed, now, now, kNothing);
  EXPECT_FALSE(brake.begin(now));
  now += std::chrono::seconds(1);
  ASSERT_TRUE(brake.begin(now));
  brake.end(Ended::refused, now, now, kNothing);
  EXPECT_TRUE(brake.begin(now));
  EXPECT_TRUE(brake.begin(now));
  EXPECT_EQ(brake.failures(), 2) << "neither was taken";
}

}  // namespace
}  // namespace countersign
