#pragma once
// A file or folder that is open: for what must be on the disk before something else happens.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <thread>

namespace countersign {

class OpenFile {
 public:
  enum class Lock : std::uint8_t {
    held,
    busy,         // another process has had it all the time, and may be stuck
    unsupported,  // by the file system
  };

  /// Closes it at the end; below 0: nothing is open.
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  OpenFile(OpenFile&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  bool sync() const { return ::fsync(descriptor_) == 0; }
  bool write_all(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno != EINTR) {
        return false;
      }
      text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
  }
  /// The lock goes with the file, also where the process is killed.
  Lock lock(std::chrono::milliseconds patience) const {
    constexpr auto kInterval = std::chrono::milliseconds(20);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) {
        return Lock::unsupported;
      }
      if (std::chrono::steady_clock::now() >= end) {
        return Lock::busy;
      }
      std::this_thread::sleep_for(kInterval);
    }
    return Lock::held;
  }

 private:
  int descriptor_;
};

}  // namespace countersign
