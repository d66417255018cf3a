#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "native/cli/commands.h"
#include "native/cli/line_io.h"
#include "service/verify_case.h"

namespace countersign::cli {
namespace {

struct VerifyOptions {
  bool is_cryptopp = false;
  bool is_strict = false;
  std::vector<std::string> files;
};

/// Nothing of `options` counts unless kDone comes back.
int read_options(Arguments arguments, const CommandIo& io, VerifyOptions& options) {
  constexpr std::string_view kBackend = "--backend";
  bool are_options_over = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (are_options_over || argument == "-" || !argument.starts_with('-')) {
      options.files.emplace_back(argument);
      continue;
    }
    if (argument == "--") {
      are_options_over = true;
    } else if (argument == "--strict") {
      options.is_strict = true;
    } else if (argument == kBackend || argument.starts_with("--backend=")) {
      std::string_view name;
      if (argument != kBackend) {
        name = argument.substr(kBackend.size() + 1);
      } else if (++i < arguments.size()) {
        name = arguments[i];
      }
      if (name != "openssl" && name != "cryptopp") {
        return usage_error(io, "verify", "--backend takes openssl or cryptopp", name);
      }
      options.is_cryptopp = name == "cryptopp";
    } else {
      return usage_error(io, "verify", "unknown option", argument);
    }
  }
  if (options.files.empty()) {
    options.files.emplace_back("-");
  }
  return kDone;
}

void report(const CommandIo& io, const std::string& file, int error) {
  write_all(io.err, "countersign verify: " + file + ": " + std::strerror(error) + '\n');
}

/// `{"id":…,"ok":…`: quotes inside of an id are escaped, so the first `,"ok":` is the member.
bool is_ok_verdict(std::string_view verdict) {
  constexpr std::string_view kMember = ",\"ok\":";
  const std::size_t at = verdict.find(kMember);
  return at != std::string_view::npos && verdict.substr(at + kMember.size()).starts_with("true,");
}

std::string verdict_of(std::string_view line, const Hasher& hasher,
                       const SignatureVerifier& verifier) {
  const CaseSettings settings{UnixSeconds{static_cast<std::int64_t>(std::time(nullptr))}};
  try {
    return verify_case(line, settings, hasher, verifier);
  } catch (const std::bad_alloc&) {
    return refused_line(ErrorCode::out_of_memory);
  }
}

enum class FileResult : std::uint8_t { done, unreadable, output_closed };

FileResult verify_lines(int descriptor, LineWriter& writer, const Hasher& hasher,
                        const SignatureVerifier& verifier, bool& is_any_refused) {
  LineReader reader(descriptor, limits::kMaxCaseBytes);
  std::string_view line;
  for (;;) {
    std::string verdict;
    switch (reader.next(line, writer)) {
      case LineReader::Event::line:
        verdict = verdict_of(line, hasher, verifier);
        break;
      case LineReader::Event::overlong:
        verdict = refused_line(ErrorCode::json_too_large);
        break;
      case LineReader::Event::end:
        return FileResult::done;
      case LineReader::Event::failed:
        return FileResult::unreadable;
    }
    is_any_refused = is_any_refused || !is_ok_verdict(verdict);
    if (!writer.write(verdict)) {
      return FileResult::output_closed;
    }
  }
}

}  // namespace

int run_verify(Arguments arguments, const CommandIo& io) {
  VerifyOptions options;
  if (const int code = read_options(arguments, io, options); code != kDone) {
    return code;
  }
  const OpenSslHasher hasher;
  const std::unique_ptr<const SignatureVerifier> verifier =
      options.is_cryptopp ? std::unique_ptr<const SignatureVerifier>(new CryptoppVerifier())
                          : std::unique_ptr<const SignatureVerifier>(new OpenSslVerifier());
  LineWriter writer(io.out);
  bool is_any_refused = false;
  bool has_failed = false;
  for (const std::string& file : options.files) {
    const bool is_standard_input = file == "-";
    const int descriptor = is_standard_input ? io.in : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
      report(io, file, errno);
      has_failed = true;
      continue;
    }
    const FileResult result = verify_lines(descriptor, writer, hasher, *verifier, is_any_refused);
    if (result == FileResult::unreadable) {
      report(io, file, errno);
      has_failed = true;
    }
    if (!is_standard_input) {
      ::close(descriptor);
    }
    if (result == FileResult::output_closed) {
      return kFailed;  // nobody reads any more: no message either
    }
  }
  if (!writer.flush() || has_failed) {
    return kFailed;
  }
  return options.is_strict && is_any_refused ? kNegative : kDone;
}

}  // namespace countersign::cli
