#include "native/cli/line_answers.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "native/cli/line_io.h"
#include "service/transaction_answer.h"

namespace countersign::cli {
namespace {

enum class FileResult : std::uint8_t { done, unreadable, output_closed };

std::string refusal(ErrorCode code) {
  return error_answer("null", {{code, Check::none, 0}, {}, 0});
}

std::string answer_to(std::string_view line, const AnswerLine& answer) {
  try {
    return answer(line);
  } catch (const std::bad_alloc&) {
    return refusal(ErrorCode::out_of_memory);
  }
}

FileResult answer_lines(int descriptor, LineWriter& writer, std::size_t max_line,
                        const AnswerLine& answer) {
  LineReader reader(descriptor, max_line);
  std::string_view line;
  for (;;) {
    std::string text;
    switch (reader.next(line, writer)) {
      case LineReader::Event::line:
        text = answer_to(line, answer);
        break;
      case LineReader::Event::overlong:
        text = refusal(ErrorCode::json_too_large);
        break;
      case LineReader::Event::end:
        return FileResult::done;
      case LineReader::Event::failed:
        return FileResult::unreadable;
    }
    if (!writer.write(text)) {
      return FileResult::output_closed;
    }
  }
}

}  // namespace

int answer_files(std::string_view command, std::vector<std::string> files, std::size_t max_line,
                 const CommandIo& io, const AnswerLine& answer) {
  if (files.empty()) {
    files.emplace_back("-");
  }
  LineWriter writer(io.out);
  bool has_failed = false;
  for (const std::string& file : files) {
    const bool is_standard_input = file == "-";
    const int descriptor = is_standard_input ? io.in : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const FileResult result = descriptor < 0 ? FileResult::unreadable
                                             : answer_lines(descriptor, writer, max_line, answer);
    if (result == FileResult::unreadable) {
      write_all(io.err, "countersign " + std::string(command) + ": " + file + ": " +
                            std::strerror(errno) + '\n');
      has_failed = true;
    }
    if (descriptor >= 0 && !is_standard_input) {
      ::close(descriptor);
    }
    if (result == FileResult::output_closed) {
      return kFailed;  // nobody reads any more: no message either
    }
  }
  return writer.flush() && !has_failed ? kDone : kFailed;
}

}  // namespace countersign::cli
