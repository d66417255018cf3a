// A request's head: what is accepted, written again, reads as the same request; nothing in it can
// end a line early.

#include <algorithm>
#include <string>

#include "native/http/message.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

namespace {

void require_one_line(std::string_view text) {
  require(std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  }));
}

std::string written(const RequestHead& head) {
  const HttpRequest& request = head.request;
  std::string out = request.method + " " + request.path;
  if (!request.query.empty()) {
    out += "?" + request.query;
  }
  // The version is not kept; a later one only changes whether the connection is.
  out += " HTTP/1.1\r\n";
  for (const HttpHeader& header : request.headers) {
    out += header.name + ":" + header.value + "\r\n";
  }
  return out + "\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const std::optional<std::string> decoded = percent_decode(text)) {
    require(decoded->size() <= size);
    require(text.find('\0') != std::string_view::npos || decoded->find('\0') == std::string::npos);
  }
  query_value(text, "a");

  const Result<RequestHead> head = parse_request_head(text);
  if (!head) {
    const ErrorClass blamed = error_class(head.error().code);
    require(blamed == ErrorClass::malformed || blamed == ErrorClass::rejected);
    return 0;
  }
  const HttpRequest& request = head->request;
  require(request.path.front() == '/');
  require(head->content_length <= http_limits::kMaxBodyBytes);
  require(request.headers.size() <= http_limits::kMaxHeaderFields);
  require(!request.is_repeated("content-length") && !request.is_repeated("host"));
  require_one_line(request.method);
  require_one_line(request.path);
  require_one_line(request.query);
  for (const HttpHeader& header : request.headers) {
    require_one_line(header.name);
    require_one_line(header.value);
    require(header.name != "transfer-encoding");
  }
  const Result<RequestHead> again = parse_request_head(written(*head));
  require(again.has_value());
  require(again->request.method == request.method && again->request.path == request.path);
  require(again->request.query == request.query);
  require(again->content_length == head->content_length);
  require(again->request.headers.size() == request.headers.size());
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    require(again->request.headers[i].name == request.headers[i].name);
    require(again->request.headers[i].value == request.headers[i].value);
  }
  return 0;
}
