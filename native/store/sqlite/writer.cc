#include "native/store/sqlite/writer.h"

#include <exception>

namespace countersign::sqlite {
namespace {

JobResult run_guarded(const Writer::Job& job, Database& database) {
  try {
    return job(database);
  } catch (const std::exception&) {
    return JobResult::undone(Error{ErrorCode::store_unavailable, Check::none, 0});
  }
}

}  // namespace

Writer::Writer(std::unique_ptr<Database> database, SchemaCheck schema)
    : database_(std::move(database)), schema_(std::move(schema)), thread_([this] { work(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Status Writer::run(const Job& job) {
  Waiting waiting;
  waiting.job = &job;
  std::unique_lock lock(mutex_);
  if (is_stopping_) {
    return ErrorCode::store_unavailable;
  }
  waiting_.push_back(&waiting);
  wake_.notify_one();
  waiting.wake.wait(lock, [&waiting] { return waiting.is_done; });
  return waiting.answer;
}

void Writer::work() {
  std::vector<Waiting*> batch;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) {
      return;
    }
    batch.swap(waiting_);
    lock.unlock();
    commit_batch(batch);
    lock.lock();
    for (Waiting* waiting : batch) {
      waiting->is_done = true;
      // Under the lock: the waiting caller owns the condition variable and may not leave before.
      waiting->wake.notify_one();
    }
    batch.clear();
  }
}

void Writer::commit_batch(std::vector<Waiting*>& batch) {
  const auto fail_all = [&batch](Error error) {
    for (Waiting* waiting : batch) {
      waiting->answer = error;
    }
  };
  const Error unavailable{ErrorCode::store_unavailable, Check::none, 0};
  if (!database_->execute("BEGIN IMMEDIATE").has_value()) {
    fail_all(unavailable);
    return;
  }
  if (const Status checked = schema_.check(*database_); !checked.has_value()) {
    static_cast<void>(database_->execute("ROLLBACK"));
    fail_all(checked.error());
    return;
  }
  bool is_intact = true;
  for (Waiting* waiting : batch) {
    is_intact = is_intact && database_->execute("SAVEPOINT job").has_value();
    if (!is_intact) {
      break;
    }
    const JobResult result = run_guarded(*waiting->job, *database_);
    waiting->answer = result.answer;
    if (result.changes == JobResult::Changes::undo) {
      is_intact = database_->execute("ROLLBACK TO job").has_value();
    }
    is_intact = database_->execute("RELEASE job").has_value() && is_intact;
  }
  if (!is_intact || !database_->execute("COMMIT").has_value()) {
    // An error inside may have rolled back already; then this has nothing to do.
    static_cast<void>(database_->execute("ROLLBACK"));
    fail_all(unavailable);
  }
}

}  // namespace countersign::sqlite
