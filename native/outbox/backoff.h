#pragma once
// How long to wait after failures. Each event has its own pace, so that one that its receiver does
// not take holds up no other; and so has the receiver, so that one that is down is not asked once
// for each event that waits.

#include <chrono>
#include <cstdint>

#include "service/ports.h"

namespace countersign {

// [most failures are a restart of the receiver]
inline constexpr std::int64_t kFirstRetrySeconds = 2;
// [customers wait for what their bank carries out; a receiver comes back within minutes]
inline constexpr std::int64_t kMaxRetrySeconds = 600;
inline constexpr std::int64_t kMaxPauseSeconds = 60;

/// After that many attempts: doubling up to kMaxRetrySeconds, of which a random part of up to half
/// is left out, so that many do not come back at once.
std::int64_t retry_seconds(std::int64_t attempts, RandomSource& random);

/// One receiver's. The caller locks.
class ReceiverBrake {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// `refused`: the receiver is up and does not take this event, whose own pace is all that slows.
  enum class Outcome : std::uint8_t { idle, taken, refused, failed };

  /// Whether an attempt may begin. After a failure only one at a time may, after a pause.
  bool begin(Time now);
  /// `began`: what `begin` was told. `asked`: for how long the receiver wants to be left alone.
  /// True where this ends or makes a row of kAlarmFailures attempts in vain.
  bool end(Outcome outcome, Time began, Time now, std::chrono::seconds asked);
  /// In a row, refusals among them.
  std::int64_t failures() const { return in_vain_; }

  static constexpr std::int64_t kAlarmFailures = 5;  // [half a minute of them]

 private:
  std::int64_t in_vain_ = 0;
  std::int64_t failures_ = 0;  // in a row; while there are any, one at a time
  bool is_probing_ = false;
  Time resume_at_;
};

}  // namespace countersign
