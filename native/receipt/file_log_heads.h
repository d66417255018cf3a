#pragma once
// The checkpoints that logs were last signed as, each in a file beside the log's key.

#include "service/receipt_log.h"

namespace countersign {

class FileLogHeads final : public LogHeads {
 public:
  /// The files are PREFIX.ID.head, the id of the key and the log's name alike: a new log has a new
  /// one.
  FileLogHeads(std::string prefix, const Hasher& hasher);

  /// Whether files can be made there. Error: store_unavailable.
  Status check_writable() const;
  /// Waits for other servers on this machine, two seconds at most: null after that.
  Result<std::unique_ptr<Hold>> hold(const NoteKey& log) override;

 private:
  std::string prefix_;
  std::string folder_;
  const Hasher& hasher_;
};

}  // namespace countersign
