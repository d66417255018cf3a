#include "native/metadata/fetcher.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <vector>

#include "native/metadata/guarded_client.h"
#include "native/metadata/retry_after.h"

namespace countersign {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int kMaxRedirects = 3;  // [FIDO's service has none; a mirror may move once or twice]
constexpr std::int64_t kConnectSeconds = 10;
// [TLS, header fields, and the framing of chunks]
constexpr std::uint64_t kOverheadBytes = 1048576;

struct Descriptor {
  int value = -1;
  ~Descriptor() {
    if (value >= 0) {
      close(value);
    }
  }
};

// FIDO's service sends its tag without quotes; caches on the way may add the weak mark.
std::string_view bare_tag(std::string_view etag) {
  if (etag.starts_with("W/")) {
    etag.remove_prefix(2);
  }
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return etag;
}

// What goes into the next request and into the cache: one line of visible ASCII, whatever the
// library made of the field (it decodes percent signs).
bool is_usable_tag(std::string_view etag) {
  constexpr std::size_t kMaxTagBytes = 256;  // [FIDO's is the BLOB's number]
  return !etag.empty() && etag.size() <= kMaxTagBytes &&
         std::all_of(etag.begin(), etag.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::int64_t current_time() { return static_cast<std::int64_t>(std::time(nullptr)); }

FetchAnswer failed(ErrorCode code) {
  FetchAnswer answer;
  answer.error = code;
  return answer;
}

FetchAnswer read_file(const FetchRequest& request) {
  Result<std::string> text = read_regular_file(request.url.target, request.max_bytes);
  if (!text.has_value()) {
    return failed(text.error().code);
  }
  FetchAnswer answer;
  answer.kind = FetchAnswer::Kind::content;
  answer.body = std::move(*text);
  return answer;
}

}  // namespace

FetchAnswer Fetcher::fetch(const FetchRequest& request) {
  return request.url.scheme == UrlScheme::file ? read_file(request) : fetch_http(request);
}

// One request to one address.
struct Fetcher::Transfer {
  FetchAnswer answer;
  std::string location;
  bool is_connected = true;
  bool is_complete = false;
  bool is_too_large = false;
};

Fetcher::Transfer Fetcher::transfer(const FetchRequest& request, const std::string& address,
                                    TransferWatch& watch) {
  const Url& url = request.url;
  Transfer out;
  FetchAnswer& answer = out.answer;
  const AnswerBounds bounds{request.max_bytes + kOverheadBytes,
                            request.timeout_seconds + kConnectSeconds};
  const std::unique_ptr<httplib::ClientImpl> guarded =
      make_guarded_client(url, bounds, out.is_too_large);
  httplib::ClientImpl& client = *guarded;
  client.set_hostname_addr_map({{url.host, address}});
  client.set_socket_options([&watch](int socket) { watch.add(socket); });
  client.set_connection_timeout(std::min(kConnectSeconds, request.timeout_seconds), 0);
  // The watch comes first, and knows why.
  client.set_read_timeout(request.timeout_seconds + kConnectSeconds, 0);
  client.set_write_timeout(request.timeout_seconds + kConnectSeconds, 0);
  client.set_follow_location(false);
  client.set_decompress(false);
  client.set_url_encode(false);
  client.set_keep_alive(false);
  httplib::Headers headers = {{"Host", url.authority()},
                              {"Accept", "*/*"},
                              {"Accept-Encoding", "identity"},
                              {"User-Agent", "countersign/" COUNTERSIGN_VERSION}};
  if (request.etag) {
    headers.emplace("If-None-Match", *request.etag);
  }
  const httplib::Result result = client.Get(
      url.target, headers,
      [&](const httplib::Response& response) {
        answer.http_status = response.status;
        answer.retry_after_seconds = parse_retry_after(response.get_header_value("Retry-After"),
                                                       UnixSeconds{current_time()});
        out.location = response.get_header_value("Location");
        if (std::string etag = response.get_header_value("ETag"); is_usable_tag(etag)) {
          answer.etag = std::move(etag);
        }
        const bool is_encoded = response.has_header("Content-Encoding") &&
                                response.get_header_value("Content-Encoding") != "identity";
        out.is_too_large =
            response.get_header_value<std::uint64_t>("Content-Length") > request.max_bytes;
        return response.status == 200 && !is_encoded && !out.is_too_large;
      },
      [&](const char* bytes, std::size_t size) {
        out.is_too_large = out.is_too_large || size > request.max_bytes - answer.body.size();
        if (!out.is_too_large) {
          answer.body.append(bytes, size);
        }
        return !out.is_too_large;
      });
  if (result) {
    answer.http_status = result->status;  // 204 has no body, and the library tells only here
  }
  out.is_complete = static_cast<bool>(result);
  out.is_connected = result.error() != httplib::Error::Connection &&
                     result.error() != httplib::Error::ConnectionTimeout;
  return out;
}

FetchAnswer Fetcher::fetch_http(FetchRequest request) {
  if (switch_.is_cancelled()) {
    return failed(ErrorCode::metadata_fetch_failed);
  }
  const SteadyTime deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(request.timeout_seconds);
  TransferWatch watch(switch_, deadline, request.max_bytes + kOverheadBytes);
  for (int i = 0; i <= kMaxRedirects && !switch_.is_cancelled(); ++i) {
    const Url& url = request.url;
    const bool is_tls = url.scheme == UrlScheme::https;
    if (!is_tls && request.plain_http == PlainHttp::loopback_only && !url.is_loopback()) {
      return failed(ErrorCode::metadata_url_not_allowed);
    }
    Transfer done;
    done.is_connected = false;
    for (const std::string& address :
         resolver_.resolve(url.host, deadline, [this] { return switch_.is_cancelled(); })) {
      done = transfer(request, address, watch);
      if (done.is_connected || watch.reason() != TransferWatch::Reason::none) {
        break;
      }
    }
    FetchAnswer& answer = done.answer;
    const bool is_same =
        request.etag && answer.etag && bare_tag(*request.etag) == bare_tag(*answer.etag);
    if (answer.http_status == 304 || (answer.http_status == 429 && is_same)) {
      // FIDO's service answers 429 to what it has seen before, with the tag of what it has.
      answer.kind = request.etag ? FetchAnswer::Kind::not_modified : FetchAnswer::Kind::failed;
      return answer;
    }
    if (done.is_complete && answer.http_status == 200) {
      answer.kind = FetchAnswer::Kind::content;
      return answer;
    }
    answer.body.clear();
    const TransferWatch::Reason reason = watch.reason();
    if (reason == TransferWatch::Reason::too_slow || std::chrono::steady_clock::now() >= deadline) {
      answer.error = ErrorCode::metadata_fetch_too_slow;
      return answer;
    }
    if (done.is_too_large || reason == TransferWatch::Reason::too_large) {
      answer.error = ErrorCode::metadata_fetch_too_large;
      return answer;
    }
    if (!is_redirect(answer.http_status) || done.location.empty()) {
      return answer;
    }
    Result<Url> next = resolve_redirect(url, done.location);
    if (!next.has_value()) {
      answer.error = ErrorCode::metadata_url_not_allowed;
      return answer;
    }
    request.url = std::move(*next);
  }
  return failed(switch_.is_cancelled() ? ErrorCode::metadata_fetch_failed
                                       : ErrorCode::metadata_url_not_allowed);
}

Result<std::string> read_regular_file(const std::string& path, std::size_t max_bytes) {
  // Not to wait for the writer of a pipe.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.value < 0 || fstat(file.value, &status) != 0 || !S_ISREG(status.st_mode)) {
    return ErrorCode::metadata_file_unreadable;
  }
  std::string text;
  std::array<char, 65536> chunk;
  while (true) {
    const ssize_t count = read(file.value, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return ErrorCode::metadata_file_unreadable;
    }
    if (count == 0) {
      return text;
    }
    if (static_cast<std::size_t>(count) > max_bytes - text.size()) {
      return ErrorCode::metadata_fetch_too_large;
    }
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace countersign
