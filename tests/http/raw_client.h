#pragma once
// A bare socket, for what no HTTP client would send.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

namespace countersign::testing {

class RawClient {
 public:
  explicit RawClient(int port) : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ =
        connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const int on = 1;
    setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~RawClient() { close(descriptor_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool is_connected() const { return is_connected_; }
  /// False when the server has closed.
  bool send_text(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  /// What arrives until the server closes or the time is over.
  std::string read_until_closed(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    std::string out;
    while (read_once(out, patience)) {
    }
    return out;
  }
  /// What arrives until `mark` is there.
  std::string read_until(std::string_view mark,
                         std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    std::string out;
    while (out.find(mark) == std::string::npos && read_once(out, patience)) {
    }
    return out;
  }
  bool is_closed_by_server() const { return is_closed_; }

 private:
  bool read_once(std::string& out, std::chrono::milliseconds patience) {
    pollfd polled{descriptor_, POLLIN, 0};
    if (poll(&polled, 1, static_cast<int>(patience.count())) <= 0) {
      return false;
    }
    char chunk[4096];
    const ssize_t count = recv(descriptor_, chunk, sizeof chunk, 0);
    if (count <= 0) {
      is_closed_ = true;
      return false;
    }
    out.append(chunk, static_cast<std::size_t>(count));
    return true;
  }

  int descriptor_;
  bool is_connected_ = false;
  bool is_closed_ = false;
};

}  // namespace countersign::testing
