#pragma once
// One accepted socket, plain or TLS, with a deadline on everything. The socket is non-blocking and
// every wait ends at the deadline that the caller gives: a peer that sends a byte now and then
// gains nothing.

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace countersign {

using SteadyTime = std::chrono::steady_clock::time_point;

enum class IoResult : std::uint8_t {
  done,
  closed,   // by the peer, or broken
  timeout,  // the deadline passed
  drained,  // the server is shutting down (only where the caller waits for a new request)
};

class Connection {
 public:
  /// Takes the descriptor. `drain_event` becomes readable when the server shuts down.
  Connection(int descriptor, int drain_event, SSL_CTX* tls);
  /// Closes; what the peer still sends is read for a moment, so that the last answer reaches it.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The TLS handshake, where there is TLS.
  IoResult handshake(SteadyTime deadline);
  /// Waits for the first byte of a request, or for the server to shut down.
  IoResult wait_for_request(SteadyTime deadline);
  /// Appends at least one byte to `buffer`.
  IoResult read_some(std::string& buffer, SteadyTime deadline);
  IoResult write_all(std::string_view bytes, SteadyTime deadline);
  /// The destructor shall linger: the peer may still be sending what we refused to read.
  void linger_on_close() { lingers_ = true; }

 private:
  IoResult wait(short events, SteadyTime deadline, bool stops_at_drain);
  // What an incomplete TLS call waits for; 0: it failed.
  short events_wanted(int tls_result) const;

  int descriptor_;
  int drain_event_;
  std::unique_ptr<SSL, void (*)(SSL*)> tls_;
  bool lingers_ = false;
};

}  // namespace countersign
