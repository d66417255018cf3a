// `countersign verify`: NDJSON in, NDJSON out, never a stop.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "tests/cli/command_runner.h"
#include "tests/support/cases.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string good_case(const std::string& id) {
  static const SoftCredential credential = make_registration().credential;
  static const Assertion assertion = make_assertion(credential);
  CaseOptions options;
  options.id = id;
  return authentication_case(assertion, credential, options);
}

std::string refused_case(const std::string& id) {
  CaseOptions options;
  options.id = id;
  options.origins = {"https://other.example"};
  return registration_case(make_registration(), options);
}

auto is_ok(const std::string& id) { return StartsWith("{\"id\":\"" + id + "\",\"ok\":true,"); }
auto is_refused(const std::string& id, const std::string& code) {
  return StartsWith("{\"id\":" + id + ",\"ok\":false,\"error\":{\"code\":\"" + code + '"');
}

TEST(VerifyCommand, GivesOneVerdictALineInOrder) {
  const CommandResult result = run_command(
      {"verify"}, good_case("a") + '\n' + refused_case("b") + '\n' + good_case("c") + '\n');
  EXPECT_EQ(result.code, cli::kDone);
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_THAT(lines_of(result.out),
              ElementsAre(is_ok("a"), is_refused("\"b\"", "origin_not_allowed"), is_ok("c")));
}

TEST(VerifyCommand, BothBackendsGiveTheSameLines) {
  const std::string input = good_case("a") + '\n' + refused_case("b") + '\n';
  const CommandResult openssl = run_command({"verify", "--backend", "openssl"}, input);
  EXPECT_EQ(run_command({"verify", "--backend=cryptopp"}, input).out, openssl.out);
  EXPECT_EQ(run_command({"verify"}, input).out, openssl.out);
}

TEST(VerifyCommand, BadLineGetsAnErrorVerdictAndTheRestGoesOn) {
  const std::string bad[] = {"",         "{",         "nonsense", "[]", std::string("\0\0", 2),
                             "\xff\xfe", "{\"id\":1}"};
  for (const std::string& line : bad) {
    const CommandResult result = run_command({"verify"}, line + '\n' + good_case("next") + '\n');
    EXPECT_EQ(result.code, cli::kDone);
    const auto lines = lines_of(result.out);
    ASSERT_THAT(lines, SizeIs(2)) << line;
    EXPECT_THAT(lines[0], HasSubstr("\"ok\":false")) << line;
    EXPECT_THAT(lines[1], is_ok("next"));
  }
}

TEST(VerifyCommand, OverlongLineGetsAnErrorVerdictAndTheRestGoesOn) {
  for (const std::size_t size :
       {limits::kMaxCaseBytes + 1, 2 * limits::kMaxCaseBytes, 5 * limits::kMaxCaseBytes + 3}) {
    const CommandResult result =
        run_command({"verify"}, good_case("a") + '\n' + std::string(size, '[') + '\n' +
                                    good_case("b") + '\n' + std::string(size, ' '));
    EXPECT_THAT(lines_of(result.out), ElementsAre(is_ok("a"), is_refused("null", "json_too_large"),
                                                  is_ok("b"), is_refused("null", "json_too_large")))
        << size;
  }
}

TEST(VerifyCommand, ReadsALineOfTheGreatestLength) {
  const std::string line = good_case("a");
  const CommandResult result =
      run_command({"verify"}, line + std::string(limits::kMaxCaseBytes - line.size(), ' ') + '\n');
  EXPECT_THAT(lines_of(result.out), ElementsAre(is_ok("a")));
}

TEST(VerifyCommand, ReadsALastLineWithoutNewlineAndCarriageReturns) {
  EXPECT_THAT(lines_of(run_command({"verify"}, good_case("a") + "\r\n" + good_case("b")).out),
              ElementsAre(is_ok("a"), is_ok("b")));
}

TEST(VerifyCommand, EmptyInputGivesEmptyOutput) {
  const CommandResult result = run_command({"verify"}, "");
  EXPECT_EQ(result.code, cli::kDone);
  EXPECT_THAT(result.out, IsEmpty());
}

TEST(VerifyCommand, ManyLinesComeBackComplete) {
  std::string input;
  const std::size_t count = 1500;  // about 2 MB: several buffers
  for (std::size_t i = 0; i < count; ++i) {
    input += good_case(std::to_string(i)) + '\n';
  }
  const auto lines = lines_of(run_command({"verify"}, input).out);
  ASSERT_THAT(lines, SizeIs(count));
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_THAT(lines[i], is_ok(std::to_string(i)));
  }
}

TEST(VerifyCommand, StrictTellsWhetherAnyVerdictIsNotOk) {
  EXPECT_EQ(run_command({"verify", "--strict"}, good_case("a") + '\n').code, cli::kDone);
  EXPECT_EQ(run_command({"verify", "--strict"}, good_case("a") + '\n' + refused_case("b")).code,
            cli::kNegative);
  // What stands in an id does not count.
  EXPECT_EQ(run_command({"verify", "--strict"}, refused_case(",\"ok\":true,")).code,
            cli::kNegative);
  EXPECT_EQ(run_command({"verify", "--strict"}, good_case(",\"ok\":false,")).code, cli::kDone);
}

TEST(VerifyCommand, ReadsFilesInOrderAndSaysWhichItCannot) {
  const TemporaryFile first(good_case("a") + '\n');
  const TemporaryFile second(good_case("b") + '\n');
  const std::string first_path = "/dev/fd/" + std::to_string(first.descriptor());
  const std::string second_path = "/dev/fd/" + std::to_string(second.descriptor());
  const CommandResult result = run_command(
      {"verify", second_path, "/nonexistent/cases", "-", "--", first_path}, good_case("stdin"));
  EXPECT_EQ(result.code, cli::kFailed);
  EXPECT_THAT(result.err, HasSubstr("/nonexistent/cases: No such file"));
  EXPECT_THAT(lines_of(result.out), ElementsAre(is_ok("b"), is_ok("stdin"), is_ok("a")));
}

TEST(VerifyCommand, FailsIfTheInputIsADirectory) {
  const CommandResult result = run_command({"verify", "/"});
  EXPECT_EQ(result.code, cli::kFailed);
  EXPECT_THAT(result.err, HasSubstr("/: Is a directory"));
}

TEST(VerifyCommand, AnswersEachLineBeforeItWaitsForTheNext) {
  int to_child[2];
  int from_child[2];
  ASSERT_EQ(::pipe(to_child), 0);
  ASSERT_EQ(::pipe(from_child), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(to_child[1]);
    ::close(from_child[0]);
    const std::vector<std::string_view> arguments = {"verify"};
    ::_exit(cli::run_command_line(arguments, {to_child[0], from_child[1], 2}));
  }
  ::close(to_child[0]);
  ::close(from_child[1]);
  for (const char* id : {"a", "b"}) {
    ASSERT_TRUE(cli::write_all(to_child[1], good_case(id) + '\n'));
    std::string answer;
    char byte = 0;
    while (::read(from_child[0], &byte, 1) == 1 && byte != '\n') {
      answer += byte;
    }
    EXPECT_THAT(answer, is_ok(id));
  }
  ::close(to_child[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), cli::kDone);
  ::close(from_child[0]);
}

TEST(VerifyCommand, EndsQuietlyWhenNobodyReads) {
  ::signal(SIGPIPE, SIG_IGN);  // as main does
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  ::close(pipe_ends[0]);
  std::string input;
  for (int i = 0; i < 500; ++i) {
    input += good_case(std::to_string(i)) + '\n';
  }
  const TemporaryFile in(input);
  const TemporaryFile err;
  const std::vector<std::string_view> arguments = {"verify"};
  EXPECT_EQ(cli::run_command_line(arguments, {in.descriptor(), pipe_ends[1], err.descriptor()}),
            cli::kFailed);
  EXPECT_THAT(err.content(), IsEmpty());
  ::close(pipe_ends[1]);
}

}  // namespace
}  // namespace countersign::testing
