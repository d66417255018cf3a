#pragma once
// The HTTP server: cpp-httplib accepts, parses and writes; this class stands between it and the
// socket. A request reaches the library only when it is complete, within its limits and its
// deadline, and strictly well-formed; an answer leaves only through a deadline too.

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/result.h"
#include "native/config/config.h"
#include "native/http/message.h"

// The library's own header is for server.cc alone.

namespace countersign {

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;
/// Answers what never becomes a request: too large, too slow, malformed.
using HttpFailure = std::function<HttpResponse(ErrorCode)>;

class HttpServer {
 public:
  /// Errors: listen_failed, config_value_invalid (the TLS files).
  static Result<std::unique_ptr<HttpServer>> open(const Config& config, HttpHandler handler,
                                                  HttpFailure failure);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  /// Serves until `stop`; returns when every request in flight has its answer.
  void run();
  /// From any thread while another is in `run` or about to call it: no new connections, no new
  /// requests on kept ones. Must return before the server is destroyed.
  void stop();
  bool is_stopping() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
