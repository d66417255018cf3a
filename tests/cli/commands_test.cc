#include "native/cli/commands.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "tests/cli/command_runner.h"

namespace countersign::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(CommandLine, HelpListsEveryCommandThatHasASummary) {
  for (const char* argument : {"--help", "-h", "help"}) {
    const CommandResult result = run_command({argument});
    EXPECT_EQ(result.code, cli::kDone);
    EXPECT_THAT(result.err, IsEmpty());
    for (const cli::Command& command : cli::commands()) {
      if (!command.summary.empty()) {
        EXPECT_THAT(result.out, HasSubstr(std::string(command.name)));
        EXPECT_THAT(result.out, HasSubstr(std::string(command.summary)));
      }
    }
  }
}

TEST(CommandLine, EveryCommandExplainsItself) {
  for (const cli::Command& command : cli::commands()) {
    const CommandResult result = run_command({command.name, "--help"});
    EXPECT_EQ(result.code, cli::kDone) << command.name;
    EXPECT_THAT(result.out, StartsWith("Usage: countersign " + std::string(command.name)));
    EXPECT_EQ(run_command({"help", command.name}).out, result.out);
  }
}

TEST(CommandLine, WithoutCommandShowsHelpOnStandardErrorAndFails) {
  const CommandResult result = run_command({});
  EXPECT_EQ(result.code, cli::kUsage);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, HasSubstr("Usage: countersign COMMAND"));
}

TEST(CommandLine, FailsIfCommandOrOptionIsUnknown) {
  const std::vector<std::vector<std::string_view>> bad = {{"veryfy"},
                                                          {"--verbose"},
                                                          {"help", "veryfy"},
                                                          {"verify", "--fast"},
                                                          {"verify", "--backend"},
                                                          {"verify", "--backend", "boringssl"},
                                                          {"verify", "--backend="},
                                                          {"version", "now"},
                                                          {"errors", "now"}};
  for (const auto& arguments : bad) {
    const CommandResult result = run_command(arguments);
    EXPECT_EQ(result.code, cli::kUsage) << arguments.back();
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, StartsWith("countersign"));
    EXPECT_THAT(result.err, HasSubstr("--help\"."));
  }
}

TEST(CommandLine, VersionNamesTheProgramTheCompilerAndTheLibraries) {
  const CommandResult result = run_command({"version"});
  EXPECT_EQ(result.code, cli::kDone);
  EXPECT_THAT(result.out, StartsWith("countersign " COUNTERSIGN_VERSION "\n"));
  for (const char* name : {"compiler", "openssl", "cryptopp", "libcbor", "sqlite"}) {
    EXPECT_THAT(result.out, HasSubstr(std::string("\n") + name + ' ')) << name;
  }
  EXPECT_THAT(result.out, EndsWith("\nunicode     15.0.0\ncurrencies  ISO 4217, amendment 180, "
                                   "2026-01-01\nibans       registry, release 99\n"));
  EXPECT_EQ(run_command({"--version"}).out, result.out);
}

TEST(ErrorsPage, HasEveryErrorInTheCommittedPage) {
  std::ifstream file(std::string(COUNTERSIGN_SOURCE_DIR) + "/docs/errors.md");
  std::ostringstream page;
  page << file.rdbuf();
  const CommandResult result = run_command({"errors"});
  EXPECT_EQ(result.code, cli::kDone);
  for (const std::string& line : lines_of(result.out)) {
    EXPECT_THAT(page.str(), HasSubstr(line + '\n'))
        << "renew it: build/native/countersign errors > docs/errors.md";
  }
  EXPECT_THAT(result.out, HasSubstr("| 411 | `challenge_mismatch` | rejected | "));
  EXPECT_THAT(result.out, Not(HasSubstr("`` |")));
}

}  // namespace
}  // namespace countersign::testing
