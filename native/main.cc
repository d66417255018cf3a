// The composition root: nothing lives before main, nothing is global.

#include <csignal>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "native/cli/commands.h"

int main(int argc, char** argv) {
  using countersign::cli::CommandIo;
  // A reader that went away is an error of write(), not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  const CommandIo io;
  try {
    const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return countersign::cli::run_command_line(arguments, io);
  } catch (const std::exception& error) {
    countersign::cli::write_all(io.err, std::string("countersign: ") + error.what() + '\n');
    return countersign::cli::kFailed;
  }
}
