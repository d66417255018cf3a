#include "native/cli/line_io.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "native/cli/commands.h"

namespace countersign::cli {
namespace {

constexpr std::size_t kFlushBytes = 65536;  // [a pipe's buffer on Linux]
constexpr std::size_t kReadBytes = 262144;

}  // namespace

bool LineWriter::write(std::string_view line) {
  pending_ += line;
  pending_ += '\n';
  return pending_.size() < kFlushBytes ? !is_broken_ : flush();
}

bool LineWriter::flush() {
  if (!pending_.empty() && !is_broken_) {
    is_broken_ = !write_all(descriptor_, pending_);
  }
  pending_.clear();
  return !is_broken_;
}

LineReader::LineReader(int descriptor, std::size_t max_line)
    : descriptor_(descriptor), max_line_(max_line), buffer_(max_line + kReadBytes) {}

bool LineReader::fill(LineWriter& writer) {
  if (is_at_end_ || has_failed_) {
    return false;
  }
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  writer.flush();
  for (;;) {
    const ssize_t count = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
    if (count > 0) {
      end_ += static_cast<std::size_t>(count);
      return true;
    }
    if (count == 0) {
      is_at_end_ = true;
      return false;
    }
    if (errno != EINTR) {
      has_failed_ = true;
      return false;
    }
  }
}

LineReader::Event LineReader::next(std::string_view& line, LineWriter& writer) {
  bool is_overlong = false;
  for (;;) {
    const char* from = buffer_.data() + scanned_;
    const void* newline = std::memchr(from, '\n', end_ - scanned_);
    if (newline != nullptr) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data());
      line = {buffer_.data() + begin_, at - begin_};
      begin_ = at + 1;
      scanned_ = begin_;
      return is_overlong || line.size() > max_line_ ? Event::overlong : Event::line;
    }
    scanned_ = end_;
    if (end_ - begin_ > max_line_) {
      is_overlong = true;
      begin_ = end_;
    }
    if (!fill(writer)) {
      break;
    }
  }
  if (has_failed_) {
    return Event::failed;
  }
  if (is_overlong) {
    begin_ = end_;
    return Event::overlong;
  }
  if (begin_ == end_) {
    return Event::end;
  }
  line = {buffer_.data() + begin_, end_ - begin_};
  begin_ = end_;
  scanned_ = end_;
  return Event::line;
}

}  // namespace countersign::cli
