#pragma once
// The operating system behind the ports: wall clock, kernel randomness, log lines on stderr.

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>

#include "codec/json_writer.h"
#include "service/ports.h"

namespace countersign {

class SystemClock final : public Clock {
 public:
  UnixSeconds now() const override;
};

class SystemRandom final : public RandomSource {
 public:
  /// getrandom(2); ends the process if the kernel has none to give.
  void fill(std::span<std::uint8_t> out) override;
};

/// JSON lines on a file descriptor, one write a line. Lines hold no names, addresses, handles,
/// credential ids, cookies or bodies.
class JsonLog final : public AuditSink {
 public:
  explicit JsonLog(int descriptor) : descriptor_(descriptor) {}

  /// `{"time","level","event",…members}`; `members` is `"name":value,…` or empty.
  void write(std::string_view level, std::string_view event, std::string_view members);
  void record(const AuditRecord& record) override;
  /// What of its lines somebody is to be alerted to.
  std::string metrics() const;

 private:
  int descriptor_;
  std::atomic<std::uint64_t> blocked_ = 0;
  std::mutex mutex_;
};

}  // namespace countersign
