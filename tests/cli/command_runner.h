#pragma once
// Runs the command line in the test's process on temporary files.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "native/cli/commands.h"

namespace countersign::testing {

/// A file without a name, open for reading and writing.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content = "") {
    std::string path = ::testing::TempDir() + "countersign-cli-XXXXXX";
    descriptor_ = ::mkstemp(path.data());
    EXPECT_GE(descriptor_, 0);
    ::unlink(path.c_str());
    EXPECT_TRUE(cli::write_all(descriptor_, content));
    ::lseek(descriptor_, 0, SEEK_SET);
  }
  ~TemporaryFile() { ::close(descriptor_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int descriptor() const { return descriptor_; }
  std::string content() const {
    std::string text(static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(descriptor_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  int descriptor_ = -1;
};

struct CommandResult {
  int code = 0;
  std::string out;
  std::string err;
};

inline CommandResult run_command(const std::vector<std::string_view>& arguments,
                                 std::string_view input = "") {
  const TemporaryFile in(input);
  const TemporaryFile out;
  const TemporaryFile err;
  const int code =
      cli::run_command_line(arguments, {in.descriptor(), out.descriptor(), err.descriptor()});
  return {code, out.content(), err.content()};
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  EXPECT_EQ(begin, text.size()) << "the last line has no newline";
  return lines;
}

}  // namespace countersign::testing
