#pragma once
// Work of the server that nobody asks for: done now and then by a thread of its own.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace countersign {

class PeriodicTask {
 public:
  /// Runs `work` every `interval`, at first after one. What takes long asks `is_stopping` now and
  /// then.
  using Work = std::function<void(const std::function<bool()>& is_stopping)>;
  PeriodicTask(std::chrono::seconds interval, Work work)
      : work_(std::move(work)), thread_([this, interval] { run(interval); }) {}
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
  void run(std::chrono::seconds interval) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval, [this] { return is_stopping_; })) {
      lock.unlock();
      work_([this] { return is_stopping(); });
      lock.lock();
    }
  }

  Work work_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace countersign
