#include "native/http/connection.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace countersign {
namespace {

constexpr std::size_t kReadBytes = 16384;  // [a TLS record]

}  // namespace

Connection::Connection(int descriptor, int drain_event, SSL_CTX* tls)
    : descriptor_(descriptor), drain_event_(drain_event), tls_(nullptr, &SSL_free) {
  const int flags = fcntl(descriptor_, F_GETFL);
  fcntl(descriptor_, F_SETFL, flags | O_NONBLOCK);
  const int on = 1;
  // An answer is written at once; waiting for more would only delay it.
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (tls != nullptr) {
    tls_.reset(SSL_new(tls));
    if (tls_) {
      SSL_set_fd(tls_.get(), descriptor_);
    }
  }
}

Connection::~Connection() {
  if (tls_) {
    SSL_shutdown(tls_.get());
    ERR_clear_error();
  }
  if (lingers_) {
    constexpr std::size_t kMostBytes = 1048576;
    constexpr std::chrono::milliseconds kLongest{500};
    const SteadyTime deadline = std::chrono::steady_clock::now() + kLongest;
    shutdown(descriptor_, SHUT_WR);
    std::array<char, kReadBytes> sink;
    std::size_t taken = 0;
    while (taken < kMostBytes && wait(POLLIN, deadline, false) == IoResult::done) {
      const ssize_t count = recv(descriptor_, sink.data(), sink.size(), 0);
      if (count <= 0) {
        break;
      }
      taken += static_cast<std::size_t>(count);
    }
  }
  close(descriptor_);
}

IoResult Connection::wait(short events, SteadyTime deadline, bool stops_at_drain) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() < 0) {
      return IoResult::timeout;
    }
    std::array<pollfd, 2> polled{{{descriptor_, events, 0}, {drain_event_, POLLIN, 0}}};
    const nfds_t count = stops_at_drain ? 2 : 1;
    // Rounded up: a poll of 0 ms would spin through the last millisecond.
    const int ready = poll(polled.data(), count, static_cast<int>(left.count()) + 1);
    if (ready < 0 && errno != EINTR) {
      return IoResult::closed;
    }
    if (ready > 0) {
      if (polled[0].revents != 0) {
        return IoResult::done;  // an error shows in the next call
      }
      return IoResult::drained;
    }
  }
}

short Connection::events_wanted(int tls_result) const {
  const int error = SSL_get_error(tls_.get(), tls_result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ) {
    return POLLIN;
  }
  return error == SSL_ERROR_WANT_WRITE ? POLLOUT : short{0};
}

IoResult Connection::handshake(SteadyTime deadline) {
  if (!tls_) {
    return IoResult::done;
  }
  while (true) {
    ERR_clear_error();
    const int result = SSL_accept(tls_.get());
    if (result == 1) {
      return IoResult::done;
    }
    const short events = events_wanted(result);
    if (events == 0) {
      return IoResult::closed;
    }
    const IoResult waited = wait(events, deadline, true);
    if (waited != IoResult::done) {
      return waited;
    }
  }
}

IoResult Connection::wait_for_request(SteadyTime deadline) {
  if (tls_ && SSL_pending(tls_.get()) > 0) {
    return IoResult::done;
  }
  return wait(POLLIN, deadline, true);
}

IoResult Connection::read_some(std::string& buffer, SteadyTime deadline) {
  std::array<char, kReadBytes> chunk;
  while (true) {
    // Before each read: a peer that always has a byte ready never lets us wait.
    if (std::chrono::steady_clock::now() >= deadline) {
      return IoResult::timeout;
    }
    ssize_t count = 0;
    short events = 0;
    if (tls_) {
      ERR_clear_error();
      count = SSL_read(tls_.get(), chunk.data(), static_cast<int>(chunk.size()));
      if (count <= 0) {
        events = events_wanted(static_cast<int>(count));
      }
    } else {
      count = recv(descriptor_, chunk.data(), chunk.size(), 0);
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        events = POLLIN;
      }
    }
    if (count > 0) {
      buffer.append(chunk.data(), static_cast<std::size_t>(count));
      return IoResult::done;
    }
    if (events == 0) {
      return IoResult::closed;
    }
    const IoResult waited = wait(events, deadline, false);
    if (waited != IoResult::done) {
      return waited;
    }
  }
}

IoResult Connection::write_all(std::string_view bytes, SteadyTime deadline) {
  while (!bytes.empty()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      return IoResult::timeout;
    }
    ssize_t count = 0;
    short events = 0;
    if (tls_) {
      constexpr std::size_t kMost = 1U << 30U;
      ERR_clear_error();
      count = SSL_write(tls_.get(), bytes.data(), static_cast<int>(std::min(bytes.size(), kMost)));
      if (count <= 0) {
        events = events_wanted(static_cast<int>(count));
      }
    } else {
      count = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        events = POLLOUT;
      }
    }
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (events == 0) {
      return IoResult::closed;
    }
    const IoResult waited = wait(events, deadline, false);
    if (waited != IoResult::done) {
      return waited;
    }
  }
  return IoResult::done;
}

}  // namespace countersign
