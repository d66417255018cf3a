#pragma once
// Files that a command takes whole, standard input among them.

#include <optional>
#include <string>
#include <string_view>

#include "native/cli/commands.h"

namespace countersign::cli {

/// "-" is standard input. Nothing where it cannot be read or has more than `max` octets: then
/// "countersign COMMAND: FILE: …" was printed to standard error.
std::optional<std::string> read_whole_file(const CommandIo& io, std::string_view command,
                                           const std::string& file, std::size_t max);

}  // namespace countersign::cli
