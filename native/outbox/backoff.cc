#include "native/outbox/backoff.h"

#include <algorithm>
#include <array>

namespace countersign {
namespace {

std::int64_t doubled(std::int64_t first, std::int64_t times, std::int64_t most) {
  constexpr std::int64_t kMaxTimes = 16;  // [far beyond every cap]
  return std::min(first << std::clamp<std::int64_t>(times, 0, kMaxTimes), most);
}

}  // namespace

std::int64_t retry_seconds(std::int64_t attempts, RandomSource& random) {
  const std::int64_t longest = doubled(kFirstRetrySeconds, attempts - 1, kMaxRetrySeconds);
  std::array<std::uint8_t, 2> bytes{};
  random.fill(bytes);
  const std::int64_t part = bytes[0] * 256 + bytes[1];  // of 65536
  return longest - longest / 2 * part / 65536;
}

bool ReceiverBrake::begin(Time now) {
  if (failures_ == 0) {
    return true;
  }
  if (is_probing_ || now < resume_at_) {
    return false;
  }
  is_probing_ = true;
  return true;
}

bool ReceiverBrake::end(Outcome outcome, Time began, Time now, std::chrono::seconds asked) {
  if (outcome == Outcome::taken || outcome == Outcome::refused) {
    failures_ = 0;
    is_probing_ = false;
    if (outcome == Outcome::refused) {
      return ++in_vain_ == kAlarmFailures;
    }
    const bool was_alarm = in_vain_ >= kAlarmFailures;
    in_vain_ = 0;
    return was_alarm;
  }
  // Several were under way when it went down: that is one failure.
  const bool is_current = failures_ == 0 || began >= resume_at_;
  if (is_current) {
    is_probing_ = false;
  }
  if (outcome == Outcome::idle || !is_current) {
    return false;
  }
  ++failures_;
  const std::int64_t pause = doubled(1, failures_ - 1, kMaxPauseSeconds);
  resume_at_ = now + std::max(std::chrono::seconds(pause), asked);
  return ++in_vain_ == kAlarmFailures;
}

}  // namespace countersign
