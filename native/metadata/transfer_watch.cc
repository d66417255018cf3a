#include "native/metadata/transfer_watch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "native/metadata/socket_bytes.h"

namespace countersign {
namespace {

constexpr auto kWatchInterval = std::chrono::milliseconds(50);

// Resets it. After a mere shutdown() the kernel goes on to take what a peer sends, and a peer that
// sends fast enough would keep us reading.
void abort_connection(int socket) {
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  connect(socket, &nowhere, sizeof nowhere);
}

}  // namespace

void TransferSwitch::cancel() {
  const std::lock_guard lock(mutex_);
  is_cancelled_ = true;
  changed_.notify_all();
}

bool TransferSwitch::is_cancelled() const {
  const std::lock_guard lock(mutex_);
  return is_cancelled_;
}

TransferWatch::~TransferWatch() {
  {
    const std::lock_guard lock(switch_.mutex_);
    is_over_ = true;
  }
  switch_.changed_.notify_all();
  thread_.join();
  for (const int socket : sockets_) {
    close(socket);
  }
}

void TransferWatch::add(int socket) {
  const int duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  const std::lock_guard lock(switch_.mutex_);
  if (duplicate >= 0) {
    sockets_.push_back(duplicate);
  }
  if (reason_ != Reason::none || duplicate < 0) {
    abort_connection(socket);
  }
}

TransferWatch::Reason TransferWatch::reason() const {
  const std::lock_guard lock(switch_.mutex_);
  return reason_;
}

void TransferWatch::run(std::chrono::steady_clock::time_point deadline, std::uint64_t max_bytes) {
  std::unique_lock lock(switch_.mutex_);
  while (!is_over_) {
    const auto has_too_much = [max_bytes](int socket) {
      return received_bytes(socket) > max_bytes;
    };
    if (reason_ != Reason::none) {
      std::for_each(sockets_.begin(), sockets_.end(), abort_connection);
    } else if (switch_.is_cancelled_) {
      reason_ = Reason::cancelled;
      continue;
    } else if (std::chrono::steady_clock::now() >= deadline) {
      reason_ = Reason::too_slow;
      continue;
    } else if (std::any_of(sockets_.begin(), sockets_.end(), has_too_much)) {
      reason_ = Reason::too_large;
      continue;
    }
    switch_.changed_.wait_for(lock, kWatchInterval);
  }
}

}  // namespace countersign
