#include "native/metadata/guarded_client.h"

#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "native/metadata/limits.h"

namespace countersign {
namespace {

bool is_final_status_line(std::string_view line) {
  // "HTTP/1.1 200". The library would match the line after a 100 too.
  constexpr std::size_t kStatus = 9;
  return line.size() > kStatus + 3 &&
         (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ")) && line[kStatus] >= '2' &&
         line[kStatus] <= '9';
}

class GuardedStream final : public httplib::Stream {
 public:
  GuardedStream(int socket, SSL* ssl, const AnswerBounds& bounds, bool& is_exceeded)
      : socket_(socket), ssl_(ssl), bounds_(bounds), is_exceeded_(is_exceeded) {}

  bool is_readable() const override { return at_ < buffer_.size() || can_receive(); }
  bool is_writable() const override { return wait(POLLOUT); }
  ssize_t read(char* out, std::size_t size) override {
    if (!is_head_read_ && !read_head()) {
      return -1;
    }
    if (at_ == buffer_.size()) {
      buffer_.clear();
      at_ = 0;
      const ssize_t received = receive();
      if (received <= 0) {
        return received;
      }
    }
    const std::size_t count = std::min(size, buffer_.size() - at_);
    std::memcpy(out, buffer_.data() + at_, count);
    at_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    if (!is_writable()) {
      return -1;
    }
    if (ssl_ != nullptr) {
      return SSL_write(ssl_, bytes, static_cast<int>(std::min<std::size_t>(size, kChunkBytes)));
    }
    ssize_t sent = -1;
    do {
      sent = send(socket_, bytes, size, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
  }
  // [nobody asks]
  void get_remote_ip_and_port(std::string& ip, int& port) const override { forget(ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { forget(ip, port); }
  socket_t socket() const override { return socket_; }

 private:
  static constexpr std::size_t kChunkBytes = 16384;  // [a TLS record]

  static void forget(std::string& ip, int& port) {
    ip.clear();
    port = 0;
  }
  bool wait(short events) const {
    pollfd polled{socket_, events, 0};
    int ready = -1;
    do {
      ready = poll(&polled, 1, static_cast<int>(bounds_.timeout_seconds * 1000));
    } while (ready < 0 && errno == EINTR);
    return ready == 1;
  }
  // Appends to the buffer. As recv(): 0 at the end, negative for an error.
  ssize_t receive() {
    if (!can_receive()) {
      return -1;
    }
    std::array<char, kChunkBytes> chunk;
    ssize_t count = -1;
    if (ssl_ != nullptr) {
      count = SSL_read(ssl_, chunk.data(), static_cast<int>(chunk.size()));
      if (count <= 0) {
        return SSL_get_error(ssl_, static_cast<int>(count)) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
      }
    } else {
      do {
        count = recv(socket_, chunk.data(), chunk.size(), 0);
      } while (count < 0 && errno == EINTR);
    }
    if (count <= 0) {
      return count;
    }
    received_ += static_cast<std::uint64_t>(count);
    if (received_ > bounds_.max_bytes) {
      is_exceeded_ = true;
      return -1;
    }
    buffer_.append(chunk.data(), static_cast<std::size_t>(count));
    return count;
  }
  bool can_receive() const { return (ssl_ != nullptr && SSL_pending(ssl_) > 0) || wait(POLLIN); }
  bool read_head() {
    // The library's end of a head: a line that is CR LF and nothing else.
    constexpr std::string_view kEnd = "\n\r\n";
    std::size_t line_end = std::string::npos;
    while (true) {
      line_end = buffer_.find('\n');
      const std::size_t end = buffer_.find(kEnd);
      // Of a head that has not ended yet, all that is there.
      if (std::min(line_end, buffer_.size()) > metadata_limits::kMaxStatusLineBytes ||
          std::min(end, buffer_.size()) > metadata_limits::kMaxHeadBytes) {
        is_exceeded_ = true;
        return false;
      }
      if (end != std::string::npos) {
        break;
      }
      if (receive() <= 0) {
        return false;
      }
    }
    is_head_read_ = is_final_status_line(std::string_view(buffer_).substr(0, line_end));
    return is_head_read_;
  }

  const int socket_;
  SSL* const ssl_;
  const AnswerBounds bounds_;
  bool& is_exceeded_;
  bool is_head_read_ = false;
  std::uint64_t received_ = 0;
  std::string buffer_;
  std::size_t at_ = 0;
};

class PlainClient final : public httplib::ClientImpl {
 public:
  PlainClient(const Url& url, const AnswerBounds& bounds, bool& is_exceeded)
      : ClientImpl(url.host, url.port), bounds_(bounds), is_exceeded_(is_exceeded) {}

 private:
  bool process_socket(const Socket& socket,
                      std::function<bool(httplib::Stream&)> callback) override {
    GuardedStream stream(socket.sock, nullptr, bounds_, is_exceeded_);
    return callback(stream);
  }

  const AnswerBounds bounds_;
  bool& is_exceeded_;
};

class TlsClient final : public httplib::SSLClient {
 public:
  TlsClient(const Url& url, const AnswerBounds& bounds, bool& is_exceeded)
      : SSLClient(url.host, url.port), bounds_(bounds), is_exceeded_(is_exceeded) {}

 private:
  bool process_socket(const Socket& socket,
                      std::function<bool(httplib::Stream&)> callback) override {
    GuardedStream stream(socket.sock, socket.ssl, bounds_, is_exceeded_);
    return callback(stream);
  }

  const AnswerBounds bounds_;
  bool& is_exceeded_;
};

}  // namespace

std::unique_ptr<httplib::ClientImpl> make_guarded_client(const Url& url, const AnswerBounds& bounds,
                                                         bool& is_exceeded) {
  if (url.scheme == UrlScheme::https) {
    return std::make_unique<TlsClient>(url, bounds, is_exceeded);
  }
  return std::make_unique<PlainClient>(url, bounds, is_exceeded);
}

}  // namespace countersign
