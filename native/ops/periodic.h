#pragma once
// Work of the server that nobody asks for: done now and then by a thread of its own.

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace countersign {

class PeriodicTask {
 public:
  /// Runs `work` every `interval`, at first after one. What takes long asks `is_stopping` now and
  /// then.
  using Work = std::function<void(const std::function<bool()>& is_stopping)>;
  /// `failed` is called where the work throws (a thread or memory that is not to be had): the next
  /// turn comes all the same.
  PeriodicTask(std::chrono::milliseconds interval, Work work, std::function<void()> failed = {})
      : work_(std::move(work)),
        failed_(std::move(failed)),
        thread_([this, interval] { run(interval); }) {}
  /// Waits for work in progress.
  ~PeriodicTask() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

 private:
  bool is_stopping() {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
  }
  void note_failure() noexcept {
    try {
      if (failed_) {
        failed_();
      }
    } catch (const std::exception&) {
      // Not even the log has memory left.
    }
  }
  void run(std::chrono::milliseconds interval) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval, [this] { return is_stopping_; })) {
      lock.unlock();
      try {
        work_([this] { return is_stopping(); });
      } catch (const std::exception&) {
        note_failure();
      }
      lock.lock();
    }
  }

  Work work_;
  std::function<void()> failed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace countersign
