#pragma once
// Requests and answers as the API sees them, and the strict reading of a request's head: what this
// file accepts is all that ever reaches the HTTP library.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace countersign {

struct HttpHeader {
  std::string name;  // lower case
  std::string value;
};

struct HttpRequest {
  std::string method;
  std::string path;   // as sent, before "?"; percent escapes stay
  std::string query;  // as sent, after "?"
  std::vector<HttpHeader> headers;
  std::string body;

  /// The value of a header that is there exactly once; nothing otherwise.
  std::optional<std::string> header(std::string_view name) const;
  /// True when it is there more than once.
  bool is_repeated(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  bool has_header(std::string_view name) const;
};

namespace http_limits {
inline constexpr std::size_t kMaxHeadBytes =
    16384;  // [cookies of a whole bank domain are near 8 KB]
inline constexpr std::size_t kMaxHeaderFields = 64;   // [browsers send about 20]
inline constexpr std::size_t kMaxHeaderBytes = 8000;  // [the library's own limit is 8192 a line]
inline constexpr std::size_t kMaxTargetBytes =
    2048;  // [our longest path holds a 1364-character id]
inline constexpr std::size_t kMaxBodyBytes = 262144;  // [limits::kMaxCaseBytes]
inline constexpr std::size_t kMaxCreatingBodyBytes = 65536;
}  // namespace http_limits

struct RequestHead {
  HttpRequest request;  // without body
  std::size_t content_length = 0;
  bool is_keep_alive = true;
  bool is_continue_expected = false;
};

/// Reads a head that ends with an empty line (CRLF everywhere). Refused: obsolete line folding,
/// blanks around the colon's left side, control characters, Transfer-Encoding (length_required),
/// two lengths, targets that are no absolute path, other versions than HTTP/1.0 and 1.1. Errors:
/// request_malformed, target_too_long, headers_too_large, length_required, body_too_large.
Result<RequestHead> parse_request_head(std::string_view head);

/// "%41" -> "A"; nothing when an escape is malformed or yields NUL.
std::optional<std::string> percent_decode(std::string_view text);
/// The value of a query parameter, decoded ("+" is a blank); nothing when absent or malformed.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// "Not Found" for 404.
std::string_view reason_phrase(int status);

}  // namespace countersign
