#include "native/http/worker_queue.h"

#include <pthread.h>

#include <chrono>

namespace countersign {
namespace {

// [the deepest call, a verification inside of OpenSSL below the JSON reader, uses less than 100
// KiB]
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kStackBytes = 4194304;
#else
constexpr std::size_t kStackBytes = 524288;
#endif
constexpr std::chrono::seconds kIdleTime{10};  // a thread without work for so long ends

}  // namespace

void WorkerQueue::enqueue(std::function<void()> task) {
  {
    std::unique_lock lock(mutex_);
    if (idle_ > tasks_.size() || (threads_ < max_threads_ && make_thread())) {
      tasks_.push_back(std::move(task));
      wake_.notify_one();
      return;
    }
  }
  task();
}

void WorkerQueue::shutdown() {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  wake_.notify_all();
  ended_.wait(lock, [this] { return threads_ == 0; });
}

void* WorkerQueue::start(void* self) {
  static_cast<WorkerQueue*>(self)->work();
  return nullptr;
}

bool WorkerQueue::make_thread() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  const bool is_made = pthread_create(&thread, &attributes, &WorkerQueue::start, this) == 0;
  pthread_attr_destroy(&attributes);
  if (is_made) {
    ++threads_;
    ++idle_;  // counts as idle at once, so that two tasks never wait for one thread
  }
  return is_made;
}

void WorkerQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, kIdleTime, [this] { return !tasks_.empty() || is_stopping_; });
    if (tasks_.empty()) {
      break;
    }
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    --idle_;
    lock.unlock();
    task();
    lock.lock();
    ++idle_;
  }
  --idle_;
  --threads_;
  // Under the lock: `shutdown` may destroy the queue as soon as it sees the last thread gone.
  ended_.notify_all();
}

}  // namespace countersign
