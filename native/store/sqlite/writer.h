#pragma once
// The one writer of a SQLite store: a thread that takes what is waiting, runs it in one transaction
// and answers when that is on disk. Callers share the cost of a sync without sharing fate: each job
// has a savepoint of its own.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "native/store/sqlite/database.h"
#include "native/store/sqlite/schema_check.h"

namespace countersign::sqlite {

/// What a job leaves behind. `answer` reaches the caller once the transaction is durable; the
/// changes are kept also under an error answer if the job says so.
struct JobResult {
  enum class Changes : std::uint8_t { keep, undo };
  Status answer;
  Changes changes = Changes::keep;

  static JobResult done() { return {ok(), Changes::keep}; }
  static JobResult undone(Error error) { return {error, Changes::undo}; }
  static JobResult kept(Error error) { return {error, Changes::keep}; }
};

class Writer {
 public:
  using Job = std::function<JobResult(Database&)>;

  /// `schema` is asked of at the beginning of each transaction.
  Writer(std::unique_ptr<Database> database, SchemaCheck schema);
  /// Finishes what is waiting.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Runs the job and returns when its transaction is durable (or was not kept).
  /// Errors: the job's own, store_unavailable, store_corrupt where the schema is no longer ours.
  Status run(const Job& job);

 private:
  struct Waiting {
    const Job* job;
    Status answer;
    bool is_done = false;
    std::condition_variable wake;
  };

  void work();
  void commit_batch(std::vector<Waiting*>& batch);

  std::unique_ptr<Database> database_;
  SchemaCheck schema_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting*> waiting_;
  bool is_stopping_ = false;
  std::thread thread_;  // last: starts when the rest is there
};

}  // namespace countersign::sqlite
