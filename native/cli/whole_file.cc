#include "native/cli/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace countersign::cli {

std::optional<std::string> read_whole_file(const CommandIo& io, std::string_view command,
                                           const std::string& file, std::size_t max) {
  const bool is_standard_input = file == "-";
  const int descriptor = is_standard_input ? io.in : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text;
  ssize_t count = descriptor < 0 ? -1 : 1;
  while (count > 0 && text.size() <= max) {
    char buffer[65536];
    count = ::read(descriptor, buffer, sizeof(buffer));
    if (count > 0) {
      text.append(buffer, static_cast<std::size_t>(count));
    }
  }
  const int error = errno;
  if (descriptor >= 0 && !is_standard_input) {
    ::close(descriptor);
  }
  if (count >= 0 && text.size() <= max) {
    return text;
  }
  write_all(io.err, "countersign " + std::string(command) + ": " + file + ": " +
                        (count < 0 ? std::strerror(error) : "the file is too large") + '\n');
  return std::nullopt;
}

}  // namespace countersign::cli
