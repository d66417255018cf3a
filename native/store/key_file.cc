#include "native/store/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "native/metadata/fetcher.h"

namespace countersign {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kFileBytes = 65;  // 64 digits and a newline
constexpr ErrorCode kUnwritable = ErrorCode::config_unreadable;

void sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

bool write_whole(int descriptor, std::string_view text) {
  return ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
         ::fsync(descriptor) == 0;
}

}  // namespace

Result<std::optional<Secret<32>>> read_key_file(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0 && errno == ENOENT) {
    return std::optional<Secret<32>>();
  }
  const Result<std::string> text = read_regular_file(path, kFileBytes);
  if (!text.has_value() || text->size() != kFileBytes || text->back() != '\n') {
    return ErrorCode::store_corrupt;
  }
  Secret<32> key;
  const auto out = key.expose_for_filling();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t high = kDigits.find((*text)[2 * i]);
    const std::size_t low = kDigits.find((*text)[2 * i + 1]);
    if (high == kDigits.npos || low == kDigits.npos) {
      return ErrorCode::store_corrupt;
    }
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return std::optional<Secret<32>>(key);
}

Status write_key_file(const std::string& path, const Secret<32>& key) {
  std::string text;
  for (const std::uint8_t byte : key.expose()) {
    text += kDigits[byte / 16U];
    text += kDigits[byte % 16U];
  }
  text += '\n';
  ::unlink(path.c_str());
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    return kUnwritable;
  }
  const bool is_written = write_whole(descriptor, text);
  ::close(descriptor);
  sync_folder_of(path);
  return is_written ? ok() : Status(kUnwritable);
}

bool is_file_there(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0;
}

Status mark_file(const std::string& path) {
  if (is_file_there(path)) {
    return ok();
  }
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    return kUnwritable;
  }
  const bool is_written = ::fsync(descriptor) == 0;
  ::close(descriptor);
  sync_folder_of(path);
  return is_written ? ok() : Status(kUnwritable);
}

Status name_key_file(const std::string& written, const std::string& path) {
  const bool is_named = ::link(written.c_str(), path.c_str()) == 0 || is_file_there(path);
  sync_folder_of(path);
  if (is_named) {
    ::unlink(written.c_str());
  }
  return is_named ? ok() : Status(kUnwritable);
}

}  // namespace countersign
