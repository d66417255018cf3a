#pragma once
// One JSON line in, one JSON line out: what `transaction` and `policy decide` have in common.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "native/cli/commands.h"

namespace countersign::cli {

using AnswerLine = std::function<std::string(std::string_view line)>;

/// Answers each line of the files ("-" is standard input; of no file, too) in their order. A line
/// of more than `max_line` octets and one that takes more memory than there is get an error answer.
/// Returns kDone, or kFailed when a file could not be read (then the others still are) or the
/// output not be written.
int answer_files(std::string_view command, std::vector<std::string> files, std::size_t max_line,
                 const CommandIo& io, const AnswerLine& answer);

}  // namespace countersign::cli
