#include "native/http/message.h"

#include <algorithm>

namespace countersign {
namespace {

bool is_token_character(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

bool is_value_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

Status read_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return ErrorCode::request_malformed;
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (target.size() > http_limits::kMaxTargetBytes) {
    return ErrorCode::target_too_long;
  }
  if (!is_token(method) || target.empty() || target.front() != '/' ||
      !std::all_of(target.begin(), target.end(), is_visible) ||
      target.find('#') != std::string_view::npos ||
      (version != "HTTP/1.1" && version != "HTTP/1.0")) {
    return ErrorCode::request_malformed;
  }
  head.request.method = std::string(method);
  const std::size_t mark = std::min(target.find('?'), target.size());
  head.request.path = std::string(target.substr(0, mark));
  head.request.query = std::string(target.substr(std::min(mark + 1, target.size())));
  head.is_keep_alive = version == "HTTP/1.1";
  return ok();
}

Status read_length(const HttpRequest& request, RequestHead& head) {
  if (request.is_repeated("content-length") || request.is_repeated("host")) {
    return ErrorCode::request_malformed;
  }
  const auto has_header = [&request](std::string_view name) {
    return std::any_of(request.headers.begin(), request.headers.end(),
                       [name](const HttpHeader& header) { return header.name == name; });
  };
  if (has_header("transfer-encoding")) {
    // One way of framing a body, so that nobody in front of us can see another one.
    return ErrorCode::length_required;
  }
  const std::optional<std::string> length = request.header("content-length");
  if (!length) {
    const bool is_body_usual =
        request.method == "POST" || request.method == "PATCH" || request.method == "PUT";
    return is_body_usual ? Status(ErrorCode::length_required) : ok();
  }
  if (length->empty() ||
      !std::all_of(length->begin(), length->end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return ErrorCode::request_malformed;
  }
  constexpr std::size_t kMaxDigits = 9;
  const std::string digits =
      length->substr(std::min(length->find_first_not_of('0'), length->size() - 1));
  if (digits.size() > kMaxDigits) {
    return ErrorCode::body_too_large;
  }
  for (const char digit : digits) {
    head.content_length = head.content_length * 10 + static_cast<std::size_t>(digit - '0');
  }
  return head.content_length > http_limits::kMaxBodyBytes ? Status(ErrorCode::body_too_large)
                                                          : ok();
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::optional<std::string> HttpRequest::header(std::string_view name) const {
  const HttpHeader* found = nullptr;
  for (const HttpHeader& candidate : headers) {
    if (candidate.name == name) {
      if (found != nullptr) {
        return std::nullopt;
      }
      found = &candidate;
    }
  }
  return found != nullptr ? std::optional<std::string>(found->value) : std::nullopt;
}

bool HttpRequest::is_repeated(std::string_view name) const {
  return std::count_if(headers.begin(), headers.end(),
                       [name](const HttpHeader& header) { return header.name == name; }) > 1;
}

bool HttpResponse::has_header(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [name](const auto& header) { return header.first == name; });
}

Result<RequestHead> parse_request_head(std::string_view text) {
  RequestHead head;
  const std::optional<std::string_view> request_line = take_line(text);
  if (!request_line) {
    return ErrorCode::request_malformed;
  }
  CS_TRY(read_request_line(*request_line, head));
  while (true) {
    const std::optional<std::string_view> line = take_line(text);
    if (!line) {
      return ErrorCode::request_malformed;
    }
    if (line->empty()) {
      break;
    }
    if (line->size() > http_limits::kMaxHeaderBytes ||
        head.request.headers.size() == http_limits::kMaxHeaderFields) {
      return ErrorCode::headers_too_large;
    }
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos || !is_token(line->substr(0, colon))) {
      return ErrorCode::request_malformed;
    }
    const std::string_view value = trim(line->substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_character)) {
      return ErrorCode::request_malformed;
    }
    head.request.headers.push_back({lower(line->substr(0, colon)), std::string(value)});
  }
  if (!text.empty()) {
    return ErrorCode::request_malformed;
  }
  CS_TRY(read_length(head.request, head));
  const std::string connection = lower(head.request.header("connection").value_or(""));
  if (connection.find("close") != std::string::npos) {
    head.is_keep_alive = false;
  }
  head.is_continue_expected = lower(head.request.header("expect").value_or("")) == "100-continue";
  return head;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) {
      return std::nullopt;
    }
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0 || high * 16 + low == 0) {
      return std::nullopt;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) {
      std::string value(pair.substr(std::min(equals + 1, pair.size())));
      std::replace(value.begin(), value.end(), '+', ' ');
      return percent_decode(value);
    }
  }
  return std::nullopt;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace countersign
