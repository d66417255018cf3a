#pragma once
// An HTTP server on loopback that answers each path with whatever the test says, byte for byte.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace countersign::testing {

class MockServer {
 public:
  struct Seen {
    std::string path;
    std::string head;  // up to the empty line
    std::string body;  // of Content-Length
  };
  /// Raw bytes to send; called once a connection. `send` returns false when the client has gone.
  using Send = std::function<bool(const std::string&)>;
  using Responder = std::function<void(const Seen&, const Send&)>;

  MockServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int on = 1;  // for a ClosedPort in its place
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 64), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~MockServer() {
    is_over_ = true;
    thread_.join();
    for (std::thread& connection : connections_) {
      connection.join();
    }
    close(listener_);
  }
  MockServer(const MockServer&) = delete;
  MockServer& operator=(const MockServer&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

  void respond(const std::string& path, Responder responder) {
    const std::lock_guard lock(mutex_);
    responders_[path] = std::move(responder);
  }
  /// A complete answer; `headers` lines end with CRLF.
  void answer(const std::string& path, int status, const std::string& body,
              const std::string& headers = "") {
    respond(path, [=](const Seen&, const Send& send) {
      send("HTTP/1.1 " + std::to_string(status) + " Answer\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + headers + "Connection: close\r\n\r\n" + body);
    });
  }
  /// 200 with an ETag, and 304 to who has it.
  void serve(const std::string& path, const std::string& body, const std::string& etag) {
    respond(path, [=](const Seen& seen, const Send& send) {
      if (seen.head.find("If-None-Match: " + etag + "\r\n") != std::string::npos) {
        send("HTTP/1.1 304 Not Modified\r\nETag: " + etag + "\r\nConnection: close\r\n\r\n");
        return;
      }
      send("HTTP/1.1 200 OK\r\nETag: " + etag + "\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    });
  }

  std::vector<Seen> seen(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    std::vector<Seen> out;
    for (const Seen& one : seen_) {
      if (one.path == path) {
        out.push_back(one);
      }
    }
    return out;
  }
  bool is_over() const { return is_over_; }

 private:
  void run() {
    while (!is_over_) {
      pollfd polled{listener_, POLLIN, 0};
      if (poll(&polled, 1, 20) == 1) {
        const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (peer >= 0) {
          connections_.emplace_back([this, peer] { serve_one(peer); });
        }
      }
    }
  }

  void serve_one(int peer) {
    std::string head;
    char chunk[4096];
    while (head.find("\r\n\r\n") == std::string::npos && !is_over_) {
      pollfd polled{peer, POLLIN, 0};
      if (poll(&polled, 1, 20) != 1) {
        continue;
      }
      const ssize_t count = recv(peer, chunk, sizeof chunk, 0);
      if (count <= 0) {
        break;
      }
      head.append(chunk, static_cast<std::size_t>(count));
    }
    Seen seen;
    const std::size_t head_end = head.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      seen.body = head.substr(head_end + 4);
      head.resize(head_end + 4);
      constexpr std::string_view kLength = "Content-Length: ";
      const std::size_t at = head.find(kLength);
      const std::size_t size =
          at == std::string::npos
              ? 0
              : static_cast<std::size_t>(std::atoll(head.c_str() + at + kLength.size()));
      while (seen.body.size() < size && !is_over_) {
        pollfd polled{peer, POLLIN, 0};
        if (poll(&polled, 1, 20) != 1) {
          continue;
        }
        const ssize_t count = recv(peer, chunk, sizeof chunk, 0);
        if (count <= 0) {
          break;
        }
        seen.body.append(chunk, static_cast<std::size_t>(count));
      }
    }
    const std::size_t begin = head.find(' ');
    seen.path = begin == std::string::npos
                    ? ""
                    : head.substr(begin + 1, head.find(' ', begin + 1) - begin - 1);
    seen.head = head;
    Responder responder;
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(seen);
      const auto found = responders_.find(seen.path);
      if (found != responders_.end()) {
        responder = found->second;
      }
    }
    const Send send_text = [this, peer](const std::string& text) {
      std::size_t sent = 0;
      while (sent < text.size() && !is_over_) {
        const ssize_t count = send(peer, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) {
          return false;
        }
        sent += static_cast<std::size_t>(count);
      }
      return !is_over_.load();
    };
    if (responder) {
      responder(seen, send_text);
    } else if (!seen.path.empty()) {
      send_text("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    shutdown(peer, SHUT_WR);
    while (recv(peer, chunk, sizeof chunk, MSG_DONTWAIT) > 0) {
    }
    close(peer);
  }

  int listener_;
  int port_ = 0;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
  std::vector<std::thread> connections_;
  mutable std::mutex mutex_;
  std::map<std::string, Responder> responders_;
  std::vector<Seen> seen_;
};

/// A port of loopback where connections are refused, as long as it is here: nobody else gets it.
class ClosedPort {
 public:
  explicit ClosedPort(int port = 0) : holder_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;  // where a server was that has ended
    setsockopt(holder_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(holder_, generic, sizeof address), 0);
    EXPECT_EQ(getsockname(holder_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~ClosedPort() { close(holder_); }
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  int holder_;
  int port_ = 0;
};

}  // namespace countersign::testing
