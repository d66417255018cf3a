#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "native/cli/commands.h"
#include "native/cli/line_io.h"
#include "service/bind_case.h"
#include "service/transaction_answer.h"

namespace countersign::cli {
namespace {

using AnswerLine = std::string (*)(std::string_view line, const Hasher& hasher);

struct TransactionOptions {
  AnswerLine answer = nullptr;
  std::vector<std::string> files;
};

/// Nothing of `options` counts unless kDone comes back.
int read_options(Arguments arguments, const CommandIo& io, TransactionOptions& options) {
  const std::string_view action = arguments.empty() ? "" : arguments.front();
  if (action != "bind" && action != "render") {
    return usage_error(io, "transaction", "expected bind or render", action);
  }
  options.answer = action == "bind" ? bind_case : render_case;
  for (const std::string_view argument : arguments.subspan(1)) {
    if (argument == "--frozen" && action == "bind") {
      options.answer = bind_frozen_case;
    } else if (argument != "-" && argument.starts_with('-')) {
      return usage_error(io, "transaction", "unknown option", argument);
    } else {
      options.files.emplace_back(argument);
    }
  }
  if (options.files.empty()) {
    options.files.emplace_back("-");
  }
  return kDone;
}

std::string answer_to(std::string_view line, AnswerLine answer, const Hasher& hasher) {
  try {
    return answer(line, hasher);
  } catch (const std::bad_alloc&) {
    return error_answer("null", {{ErrorCode::out_of_memory, Check::none, 0}, {}, 0});
  }
}

enum class FileResult : std::uint8_t { done, unreadable, output_closed };

FileResult answer_lines(int descriptor, LineWriter& writer, AnswerLine answer,
                        const Hasher& hasher) {
  LineReader reader(descriptor, limits::kMaxTransactionCaseBytes);
  std::string_view line;
  for (;;) {
    std::string text;
    switch (reader.next(line, writer)) {
      case LineReader::Event::line:
        text = answer_to(line, answer, hasher);
        break;
      case LineReader::Event::overlong:
        text = error_answer("null", {{ErrorCode::json_too_large, Check::none, 0}, {}, 0});
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

int run_transaction(Arguments arguments, const CommandIo& io) {
  TransactionOptions options;
  if (const int code = read_options(arguments, io, options); code != kDone) {
    return code;
  }
  const OpenSslHasher hasher;
  LineWriter writer(io.out);
  bool has_failed = false;
  for (const std::string& file : options.files) {
    const bool is_standard_input = file == "-";
    const int descriptor = is_standard_input ? io.in : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const FileResult result = descriptor < 0
                                  ? FileResult::unreadable
                                  : answer_lines(descriptor, writer, options.answer, hasher);
    if (result == FileResult::unreadable) {
      write_all(io.err, "countersign transaction: " + file + ": " + std::strerror(errno) + '\n');
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
