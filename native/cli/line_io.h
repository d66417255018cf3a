#pragma once
// Lines in and out of file descriptors with big buffers and bounded memory.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::cli {

/// Collects output and writes it in large pieces.
class LineWriter {
 public:
  explicit LineWriter(int descriptor) : descriptor_(descriptor) {}

  /// Appends the line and a newline; false when the descriptor no longer takes anything.
  bool write(std::string_view line);
  bool flush();

 private:
  int descriptor_;
  std::string pending_;
  bool is_broken_ = false;
};

/// Splits what a descriptor gives into lines. A line that is longer than the limit is passed over
/// without being kept.
class LineReader {
 public:
  enum class Event { line, overlong, end, failed };

  LineReader(int descriptor, std::size_t max_line);

  /// The next line without its newline; the view holds until the next call. A last line without
  /// newline counts. `writer` is flushed before the descriptor is waited for, so that whoever sends
  /// cases one by one gets each verdict at once.
  Event next(std::string_view& line, LineWriter& writer);

 private:
  /// False at the end of the input and on failure.
  bool fill(LineWriter& writer);

  int descriptor_;
  std::size_t max_line_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // first byte that was not given out
  std::size_t scanned_ = 0;  // no newline in [begin_, scanned_)
  std::size_t end_ = 0;
  bool is_at_end_ = false;
  bool has_failed_ = false;
};

}  // namespace countersign::cli
