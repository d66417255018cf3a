#include "native/receipt/file_log_heads.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "native/metadata/fetcher.h"
#include "native/ops/open_file.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

constexpr std::size_t kMaxHeadBytes = 8192;  // [name, size, root and 16 signatures: below 6 KB]
constexpr std::size_t kIdBytes = 8;
constexpr auto kLockPatience = std::chrono::seconds(2);  // [a signature and two syncs]

class FileHold final : public LogHeads::Hold {
 public:
  FileHold(OpenFile folder, std::string path, std::string checkpoint)
      : folder_(std::move(folder)), path_(std::move(path)), checkpoint_(std::move(checkpoint)) {}

  const std::string& checkpoint() const override { return checkpoint_; }
  Status remember(std::string_view checkpoint) override {
    std::string beside = path_ + ".new";
    ::unlink(beside.c_str());  // of a server that ended while it had the hold
    const OpenFile file(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    const bool is_kept = file.is_open() && file.write_all(checkpoint) && file.sync() &&
                         std::rename(beside.c_str(), path_.c_str()) == 0 && folder_.sync();
    return is_kept ? ok() : Status(ErrorCode::store_unavailable);
  }

 private:
  OpenFile folder_;
  std::string path_;
  std::string checkpoint_;
};

}  // namespace

FileLogHeads::FileLogHeads(std::string prefix, const Hasher& hasher)
    : prefix_(std::move(prefix)), hasher_(hasher) {
  const std::size_t slash = prefix_.rfind('/');
  folder_ = slash == prefix_.npos ? "." : prefix_.substr(0, slash + 1);
}

Status FileLogHeads::check_writable() const {
  return ::access(folder_.c_str(), R_OK | W_OK | X_OK) == 0 ? ok()
                                                            : Status(ErrorCode::store_unavailable);
}

Result<std::unique_ptr<LogHeads::Hold>> FileLogHeads::hold(const NoteKey& log) {
  OpenFile folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) {
    return ErrorCode::store_unavailable;
  }
  switch (folder.lock(kLockPatience)) {
    case OpenFile::Lock::held:
      break;
    case OpenFile::Lock::busy:
      return std::unique_ptr<Hold>();
    case OpenFile::Lock::unsupported:
      return ErrorCode::store_unavailable;
  }
  const Digest256 id = hasher_.sha256({bytes_of(encode_note_key(log))});
  std::string path = prefix_ + "." + encode_hex(Bytes(id).first(kIdBytes)) + ".head";
  std::string checkpoint;
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 || errno != ENOENT) {
    Result<std::string> read = read_regular_file(path, kMaxHeadBytes);
    // Whatever is there without being a checkpoint is no beginning of a log.
    if (!read.has_value() || read->empty()) {
      return ErrorCode::store_unavailable;
    }
    checkpoint = *std::move(read);
  }
  return std::unique_ptr<Hold>(
      std::make_unique<FileHold>(std::move(folder), std::move(path), std::move(checkpoint)));
}

}  // namespace countersign
