#include "native/receipt/file_log_heads.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "native/metadata/fetcher.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

constexpr std::size_t kMaxHeadBytes = 8192;  // [name, size, root and 16 signatures: below 6 KB]
constexpr std::size_t kIdBytes = 8;
constexpr auto kLockPatience = std::chrono::seconds(2);  // [a signature and two syncs]
constexpr auto kLockInterval = std::chrono::milliseconds(20);

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  File(File&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  bool sync() const { return ::fsync(descriptor_) == 0; }
  bool write_whole(std::string_view text) const {
    return ::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           sync();
  }
  // The lock goes with the file, also where the process is killed.
  bool lock() const {
    const auto end = std::chrono::steady_clock::now() + kLockPatience;
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if ((errno != EWOULDBLOCK && errno != EINTR) || std::chrono::steady_clock::now() >= end) {
        return false;
      }
      std::this_thread::sleep_for(kLockInterval);
    }
    return true;
  }

 private:
  int descriptor_;
};

class FileHold final : public LogHeads::Hold {
 public:
  FileHold(File folder, std::string path, std::string checkpoint)
      : folder_(std::move(folder)), path_(std::move(path)), checkpoint_(std::move(checkpoint)) {}

  const std::string& checkpoint() const override { return checkpoint_; }
  Status remember(std::string_view checkpoint) override {
    std::string beside = path_ + ".new";
    ::unlink(beside.c_str());  // of a server that ended while it had the hold
    const File file(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    const bool is_kept = file.is_open() && file.write_whole(checkpoint) &&
                         std::rename(beside.c_str(), path_.c_str()) == 0 && folder_.sync();
    return is_kept ? ok() : Status(ErrorCode::store_unavailable);
  }

 private:
  File folder_;
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
  File folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || !folder.lock()) {
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
