#pragma once
// The command line: one table of subcommands. Results go to standard output, everything else to
// standard error.

#include <span>
#include <string_view>

namespace countersign::cli {

/// Exit codes of every command.
inline constexpr int kDone = 0;
inline constexpr int kNegative = 1;  // done, and the answer is no (only where a command says so)
inline constexpr int kUsage = 2;     // unknown command or option, missing argument
inline constexpr int kFailed = 3;    // input or output failed, or the machine did

/// File descriptors, so that tests bring their own.
struct CommandIo {
  int in = 0;
  int out = 1;
  int err = 2;
};

using Arguments = std::span<const std::string_view>;

struct Command {
  std::string_view name;
  std::string_view summary;  // one line; empty: not listed by --help
  std::string_view help;     // what `NAME --help` prints
  /// The arguments after the name. `--help` never gets here.
  int (*run)(Arguments arguments, const CommandIo& io);
};

/// Every subcommand. A new one is a row in commands.cc.
std::span<const Command> commands();

/// Finds the subcommand of `arguments` (without the program's name) and runs it. `--help`, `help`
/// and `--version` work everywhere; returns the exit code.
int run_command_line(Arguments arguments, const CommandIo& io);

/// Prints "countersign NAME: MESSAGE" and how to get help to standard error; returns kUsage.
int usage_error(const CommandIo& io, std::string_view command, std::string_view message,
                std::string_view argument = "");

/// Writes everything; false when the descriptor does not take it.
bool write_all(int descriptor, std::string_view text);

// The rows.
int run_verify(Arguments arguments, const CommandIo& io);
int run_transaction(Arguments arguments, const CommandIo& io);
int run_receipt(Arguments arguments, const CommandIo& io);
int run_serve(Arguments arguments, const CommandIo& io);
int run_metadata(Arguments arguments, const CommandIo& io);
int run_policy(Arguments arguments, const CommandIo& io);
int run_version(Arguments arguments, const CommandIo& io);
int run_errors(Arguments arguments, const CommandIo& io);

}  // namespace countersign::cli
