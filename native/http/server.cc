#include "native/http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>

#include "native/http/connection.h"
#include "native/http/worker_queue.h"

namespace countersign {
namespace {

constexpr std::size_t kMaxRequestsPerConnection = 1000;  // [spreads long-lived clients]
constexpr std::int64_t kWriteSeconds = 15;               // [256 KiB at 20 KB/s]
constexpr int kBacklog = 1024;                           // [the library's own is 5]
constexpr std::size_t kRefusingThreads = 8;

// A whole request in, a whole answer out: the library never waits on a socket.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string input) : input_(std::move(input)) {}

  bool is_readable() const override { return offset_ < input_.size(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, std::size_t size) override {
    const std::size_t count = std::min(size, input_.size() - offset_);
    std::memcpy(out, input_.data() + offset_, count);
    offset_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    output_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  // No addresses: nothing behind this may decide or log by them.
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return -1; }

  const std::string& output() const { return output_; }

 private:
  std::string input_;
  std::size_t offset_ = 0;
  std::string output_;
};

// IPv4 as is, IPv6 by its /64: one customer's worth of addresses.
std::string peer_key(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return "?";
  }
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return std::string(reinterpret_cast<const char*>(&v4.sin_addr), sizeof v4.sin_addr);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, std::min<std::size_t>(sizeof v6, size));
  constexpr std::size_t kNetworkBytes = 8;
  const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) != 0;
  const auto* bytes = reinterpret_cast<const char*>(&v6.sin6_addr);
  return is_mapped ? std::string(bytes + 12, 4) : std::string(bytes, kNetworkBytes);
}

// How many connections there are, in all and by address.
class Admission {
 public:
  explicit Admission(const HttpLimits& limits) : limits_(limits) {}

  bool enter(const std::string& key) {
    const std::lock_guard lock(mutex_);
    if (total_ >= limits_.connections) {
      return false;
    }
    std::size_t& count = by_address_[key];
    if (count >= limits_.connections_per_address) {
      return false;
    }
    ++count;
    ++total_;
    return true;
  }
  void leave(const std::string& key) {
    const std::lock_guard lock(mutex_);
    --total_;
    const auto found = by_address_.find(key);
    if (found != by_address_.end() && --found->second == 0) {
      by_address_.erase(found);
    }
  }

 private:
  HttpLimits limits_;
  std::mutex mutex_;
  std::size_t total_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;
};

class Admitted {
 public:
  Admitted(Admission& admission, std::string key)
      : admission_(admission), key_(std::move(key)), is_in_(admission_.enter(key_)) {}
  ~Admitted() {
    if (is_in_) {
      admission_.leave(key_);
    }
  }
  Admitted(const Admitted&) = delete;
  Admitted& operator=(const Admitted&) = delete;
  bool is_in() const { return is_in_; }

 private:
  Admission& admission_;
  std::string key_;
  bool is_in_;
};

struct SslContextDelete {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextDelete>;

int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

SslContext make_tls(const TlsFiles& files) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
      SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context.get(), &select_protocol, nullptr);
  return context;
}

std::string render(const HttpResponse& response) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += reason_phrase(response.status);
  out += "\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Type: ";
  out += response.content_type;
  out += "\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    out += name + ": " + value + "\r\n";
  }
  return out + "\r\n" + response.body;
}

}  // namespace

class HttpServer::Impl final : public httplib::Server {
 public:
  Impl(const Config& config, HttpHandler handler, HttpFailure failure, SslContext tls)
      : limits_(config.limits),
        handler_(std::move(handler)),
        failure_(std::move(failure)),
        tls_(std::move(tls)),
        admission_(config.limits),
        drain_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    // The library only announces these; `serve` keeps them.
    set_keep_alive_max_count(kMaxRequestsPerConnection);
    set_keep_alive_timeout(limits_.idle_seconds);
    new_task_queue = [this] { return new WorkerQueue(limits_.connections + kRefusingThreads); };
    // Everything happens here: no route of the library's, so none of its regular expressions.
    set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      if (request.response_handler) {
        request.response_handler(response);
      }
      return HandlerResponse::Handled;
    });
  }
  ~Impl() override {
    if (drain_event_ >= 0) {
      close(drain_event_);
    }
  }

  bool bind(const std::string& host, std::uint16_t port) {
    const int bound = port == 0 ? bind_to_any_port(host) : (bind_to_port(host, port) ? port : -1);
    if (bound <= 0 || drain_event_ < 0) {
      return false;
    }
    port_ = static_cast<std::uint16_t>(bound);
    return ::listen(svr_sock_, kBacklog) == 0;
  }

  std::uint16_t port() const { return port_; }
  bool is_stopping() const { return is_stopping_; }

  void run() {
    accept_thread_ = std::this_thread::get_id();
    if (!is_stopping_) {
      listen_after_bind();
    }
    has_ended_ = true;
  }

  void begin_stop() {
    if (is_stopping_.exchange(true)) {
      return;
    }
    const std::uint64_t one = 1;
    static_cast<void>(!write(drain_event_, &one, sizeof one));
    // The library forgets a stop that comes before its loop has begun.
    while (!is_running() && !has_ended_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    stop();
  }

 private:
  // The library's hook for a connection that it accepted.
  bool process_and_close_socket(socket_t descriptor) override {
    Admitted admitted(admission_, peer_key(descriptor));
    const bool is_accepting_thread = std::this_thread::get_id() == accept_thread_;
    if (is_accepting_thread || !admitted.is_in()) {
      turn_away(descriptor);
      return false;
    }
    try {
      Connection connection(descriptor, drain_event_, tls_.get());
      if (connection.handshake(deadline(limits_.request_seconds)) == IoResult::done) {
        serve(connection);
      }
    } catch (const std::exception&) {
      return false;  // out of memory: the connection is gone, the server goes on
    }
    return true;
  }

  void turn_away(socket_t descriptor) {
    if (!tls_) {
      const std::string text = render(failure_(ErrorCode::too_many_connections));
      static_cast<void>(send(descriptor, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
      shutdown(descriptor, SHUT_WR);
    }
    close(descriptor);
  }

  static SteadyTime deadline(std::int64_t seconds) {
    return std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  }

  void refuse(Connection& connection, ErrorCode code) {
    connection.linger_on_close();
    static_cast<void>(connection.write_all(render(failure_(code)), deadline(kWriteSeconds)));
  }

  void serve(Connection& connection) {
    std::string buffer;
    for (std::size_t i = 0; i < kMaxRequestsPerConnection; ++i) {
      if (buffer.empty() &&
          connection.wait_for_request(deadline(limits_.idle_seconds)) != IoResult::done) {
        return;
      }
      const bool is_last = i + 1 == kMaxRequestsPerConnection;
      if (!serve_one(connection, buffer, is_last)) {
        return;
      }
    }
  }

  // Reads, answers; true: the connection goes on, `buffer` holds what came after the request.
  bool serve_one(Connection& connection, std::string& buffer, bool is_last) {
    const SteadyTime until = deadline(limits_.request_seconds);
    std::size_t head_size = 0;
    const IoResult head_read = read_head(connection, buffer, until, head_size);
    if (head_read != IoResult::done) {
      if (head_read == IoResult::timeout && !buffer.empty()) {
        refuse(connection, ErrorCode::request_too_slow);
      }
      return false;
    }
    if (head_size == 0) {
      refuse(connection, ErrorCode::headers_too_large);
      return false;
    }
    Result<RequestHead> head = parse_request_head(std::string_view(buffer).substr(0, head_size));
    if (!head.has_value()) {
      refuse(connection, head.error().code);
      return false;
    }
    buffer.erase(0, head_size);
    if (head->is_continue_expected && buffer.size() < head->content_length &&
        connection.write_all("HTTP/1.1 100 Continue\r\n\r\n", until) != IoResult::done) {
      return false;
    }
    while (buffer.size() < head->content_length) {
      const IoResult read = connection.read_some(buffer, until);
      if (read == IoResult::timeout) {
        refuse(connection, ErrorCode::request_too_slow);
      }
      if (read != IoResult::done) {
        return false;
      }
    }
    HttpRequest& request = head->request;
    request.body = buffer.substr(0, head->content_length);
    buffer.erase(0, head->content_length);
    const bool is_keep_alive = head->is_keep_alive && !is_last && !is_stopping_;
    return respond(connection, request, is_keep_alive) && is_keep_alive && !is_stopping_;
  }

  // `head_size` stays 0 when the head is larger than its limit.
  static IoResult read_head(Connection& connection, std::string& buffer, SteadyTime until,
                            std::size_t& head_size) {
    std::size_t searched = 0;
    while (true) {
      // Empty lines before a request line are allowed, and of no use to anybody here.
      const std::size_t end = buffer.find("\r\n\r\n", searched);
      if (end != std::string::npos) {
        head_size = end + 4 <= http_limits::kMaxHeadBytes ? end + 4 : 0;
        return IoResult::done;
      }
      if (buffer.size() > http_limits::kMaxHeadBytes) {
        return IoResult::done;
      }
      searched = buffer.size() < 3 ? 0 : buffer.size() - 3;
      const IoResult read = connection.read_some(buffer, until);
      if (read != IoResult::done) {
        return read;
      }
    }
  }

  // What the library parses: written by us from what was read strictly, without the headers that
  // would make it do more than answer (ranges, framing, upgrades).
  static std::string canonical(const HttpRequest& request, bool is_keep_alive) {
    std::string out = request.method + " " + request.path;
    if (!request.query.empty()) {
      out += "?" + request.query;
    }
    out += " HTTP/1.1\r\n";
    if (request.method != "GET" && request.method != "HEAD") {
      // The body is with us; the library has nothing to read.
      out += "Content-Length: 0\r\n";
    }
    if (const std::optional<std::string> encoding = request.header("accept-encoding")) {
      // Answers of the API are secrets beside text that others choose: never compressed.
      // Nor with brotli, which the library runs at its slowest level: seconds of work for a MB.
      if (!request.path.starts_with("/v1/") && !request.path.starts_with("/a") &&
          encoding->find("gzip") != std::string::npos) {
        out += "Accept-Encoding: gzip\r\n";
      }
    }
    out += is_keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
    return out;
  }

  bool respond(Connection& connection, const HttpRequest& request, bool is_keep_alive) {
    const HttpResponse answered = call_handler(request);
    MemoryStream stream(canonical(request, is_keep_alive));
    // The library decodes escapes in header values, so that its request is not what was sent: ours
    // was answered already, and the answer travels to the library's response in the one member of
    // its request that is a function of a response.
    const auto attach = [&answered](httplib::Request& parsed) {
      parsed.response_handler = [&answered](const httplib::Response& response) {
        fill(answered, const_cast<httplib::Response&>(response));  // not const where it was made
        return true;
      };
    };
    bool is_closed = false;
    const bool is_processed = process_request(stream, !is_keep_alive, is_closed, attach);
    const IoResult written = connection.write_all(stream.output(), deadline(kWriteSeconds));
    return is_processed && !is_closed && written == IoResult::done;
  }

  static void fill(const HttpResponse& answered, httplib::Response& response) {
    response.status = answered.status;
    for (const auto& [name, value] : answered.headers) {
      response.headers.emplace(name, value);
    }
    if (!answered.content_type.empty()) {
      response.set_content(answered.body, answered.content_type);
    }
  }

  HttpResponse call_handler(const HttpRequest& request) {
    try {
      return handler_(request);
    } catch (const std::exception&) {
      return failure_(ErrorCode::internal_error);
    }
  }

  HttpLimits limits_;
  HttpHandler handler_;
  HttpFailure failure_;
  SslContext tls_;
  Admission admission_;
  int drain_event_;
  std::uint16_t port_ = 0;
  std::thread::id accept_thread_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> has_ended_ = false;
};

Result<std::unique_ptr<HttpServer>> HttpServer::open(const Config& config, HttpHandler handler,
                                                     HttpFailure failure) {
  SslContext tls;
  if (config.tls) {
    tls = make_tls(*config.tls);
    if (!tls) {
      return ErrorCode::config_value_invalid;
    }
  }
  auto impl =
      std::make_unique<Impl>(config, std::move(handler), std::move(failure), std::move(tls));
  if (!impl->bind(config.host, config.port)) {
    return ErrorCode::listen_failed;
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return impl_->port(); }

void HttpServer::run() { impl_->run(); }

void HttpServer::stop() { impl_->begin_stop(); }

bool HttpServer::is_stopping() const { return impl_->is_stopping(); }

}  // namespace countersign
