#pragma once
// Errors are eight bytes: which rule (code), which named check was running (check), where in the
// input (offset). They hold no user data and no heap. Codes come from errors.def, checks from
// checks.def; both tables are append-only: a number, once landed, never changes its meaning.

#include <cstdint>
#include <string_view>

namespace countersign {

/// What an outsider may know of an error. Maps to an HTTP status (see `docs/errors.md`).
enum class ErrorClass : std::uint8_t {
  malformed,    // the bytes are not what the format demands
  rejected,     // well-formed, but a rule refuses it
  conflict,     // it collides with state that exists already
  not_found,    // the thing named does not exist (any more)
  unavailable,  // try again later
  internal,     // our fault
};

enum class ErrorCode : std::uint16_t {
#define CS_ERROR(number, name, error_class, message) name = number,
#include "base/errors.def"
#undef CS_ERROR
};

enum class Check : std::uint16_t {
  none = 0,
#define CS_CHECK(number, name) name = number,
#include "base/checks.def"
#undef CS_CHECK
};

struct Error {
  ErrorCode code = ErrorCode::internal_error;
  Check check = Check::none;
  std::uint32_t offset = 0;  // byte position in the input of the parser that failed; 0 if none

  friend bool operator==(const Error&, const Error&) = default;
};
static_assert(sizeof(Error) == 8);
constexpr Error error_at(ErrorCode code, std::size_t offset) {
  return {code, Check::none, static_cast<std::uint32_t>(offset)};
}

/// "cbor_duplicate_key": the stable name of a code, as JSON and logs show it.
std::string_view error_name(ErrorCode code);
/// One English sentence without user data.
std::string_view error_message(ErrorCode code);
ErrorClass error_class(ErrorCode code);
/// "malformed", "rejected", …
std::string_view error_class_name(ErrorClass value);
/// "challenge_matches"; empty for `Check::none`.
std::string_view check_name(Check check);

}  // namespace countersign
