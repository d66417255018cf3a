#include <string>

#include "base/error.h"
#include "native/cli/commands.h"

namespace countersign::cli {
namespace {

struct ErrorRow {
  int number;
  ErrorCode code;
};

constexpr ErrorRow kErrors[] = {
#define CS_ERROR(number, name, error_class, message) {number, ErrorCode::name},
#include "base/errors.def"
#undef CS_ERROR
};

constexpr std::string_view kIntroduction =
    R"(# Errors

Written by `countersign errors` from `core/base/errors.def`; do not edit.

A number never changes its meaning. What outsiders see is the class, with the HTTP status behind it; the precise code is for the
audit record, the command line and the conformance profile. A verdict of `countersign verify` also names the check that failed
and the step of WebAuthn Level 3 to which it belongs.

| class | HTTP | meaning |
| --- | --- | --- |
| `malformed` | 400 | the bytes are not what the format demands |
| `rejected` | 403 | well-formed, but a rule refuses it |
| `not_found` | 404 | the thing named does not exist (any more) |
| `conflict` | 409 | it collides with state that exists already |
| `internal` | 500 | a defect of ours, or expectations that could not protect anything |
| `unavailable` | 503 | try again later |

| number | code | class | meaning |
| --- | --- | --- | --- |
)";

}  // namespace

int run_errors(Arguments arguments, const CommandIo& io) {
  if (!arguments.empty()) {
    return usage_error(io, "errors", "unexpected argument", arguments.front());
  }
  std::string page(kIntroduction);
  for (const ErrorRow& row : kErrors) {
    page += "| " + std::to_string(row.number) + " | `";
    page += error_name(row.code);
    page += "` | ";
    page += error_class_name(error_class(row.code));
    page += " | ";
    page += error_message(row.code);
    page += " |\n";
  }
  return write_all(io.out, page) ? kDone : kFailed;
}

}  // namespace countersign::cli
