#pragma once
// Ends an HTTP transfer from outside, when its deadline passes, too much has come or somebody says
// so: the HTTP library's own timeouts begin anew with each byte.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace countersign {

/// Says to transfers in progress, and to those that begin later, that they fail.
class TransferSwitch {
 public:
  TransferSwitch() = default;
  TransferSwitch(const TransferSwitch&) = delete;
  TransferSwitch& operator=(const TransferSwitch&) = delete;

  /// From any thread.
  void cancel();
  bool is_cancelled() const;

 private:
  friend class TransferWatch;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_cancelled_ = false;
};

/// Watches over the connections of one transfer, with a thread of its own. It holds duplicates of
/// their sockets, so that none of them can have become somebody else's.
class TransferWatch {
 public:
  enum class Reason : std::uint8_t { none, too_slow, too_large, cancelled };

  /// `max_bytes`: that may arrive on one connection, TLS and framing included.
  TransferWatch(TransferSwitch& off, std::chrono::steady_clock::time_point deadline,
                std::uint64_t max_bytes)
      : switch_(off), thread_([this, deadline, max_bytes] { run(deadline, max_bytes); }) {}
  ~TransferWatch();
  TransferWatch(const TransferWatch&) = delete;
  TransferWatch& operator=(const TransferWatch&) = delete;

  void add(int socket);
  /// Why it ended the transfer, if it did.
  Reason reason() const;

 private:
  void run(std::chrono::steady_clock::time_point deadline, std::uint64_t max_bytes);

  TransferSwitch& switch_;
  std::vector<int> sockets_;
  bool is_over_ = false;
  Reason reason_ = Reason::none;
  std::thread thread_;  // last: starts when the rest is there
};

}  // namespace countersign
