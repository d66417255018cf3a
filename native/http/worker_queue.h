#pragma once
// The library's task queue: a thread for each connection, made when needed, with a small stack, up
// to the limit of connections and a few that tell the rest to go away.

#include <httplib.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>

namespace countersign {

class WorkerQueue final : public httplib::TaskQueue {
 public:
  explicit WorkerQueue(std::size_t max_threads) : max_threads_(max_threads) {}

  /// Hands the task to a thread. When there is none and none may be made, runs it right here: the
  /// server recognises the accepting thread and refuses the connection.
  void enqueue(std::function<void()> task) override;
  /// Waits until every task has ended.
  void shutdown() override;

 private:
  static void* start(void* self);
  void work();
  bool make_thread();

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ended_;
  std::list<std::function<void()>> tasks_;
  std::size_t threads_ = 0;
  std::size_t idle_ = 0;
  bool is_stopping_ = false;
};

}  // namespace countersign
