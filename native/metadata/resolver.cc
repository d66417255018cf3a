#include "native/metadata/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "native/metadata/limits.h"

namespace countersign {
namespace {

constexpr auto kLookInterval = std::chrono::milliseconds(20);

bool is_numeric(const std::string& host) {
  in6_addr out{};
  return inet_pton(AF_INET, host.c_str(), &out) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &out) == 1;
}

std::vector<std::string> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<std::string> out;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) {
    return out;
  }
  for (const addrinfo* one = found;
       one != nullptr && out.size() < metadata_limits::kMaxAddressesTried; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      out.emplace_back(text.data());
    }
  }
  freeaddrinfo(found);
  return out;
}

struct Lookup {
  std::mutex mutex;
  std::condition_variable done;
  bool is_done = false;
  std::vector<std::string> addresses;
};

}  // namespace

std::vector<std::string> Resolver::resolve(const std::string& host,
                                           std::chrono::steady_clock::time_point deadline,
                                           const std::function<bool()>& is_cancelled) {
  if (is_numeric(host)) {
    return {host};
  }
  if (*running_ >= metadata_limits::kMaxLookups) {
    return {};
  }
  const auto lookup = std::make_shared<Lookup>();
  ++*running_;
  // Gives the place back, also where there is no thread to be had.
  std::shared_ptr<void> place(nullptr, [running = running_](void*) { --*running; });
  std::thread([lookup, host, place]() mutable {
    std::vector<std::string> addresses;
    try {
      addresses = look_up(host);
    } catch (const std::bad_alloc&) {
      // As if there were none.
    }
    place.reset();
    const std::lock_guard lock(lookup->mutex);
    lookup->addresses = std::move(addresses);
    lookup->is_done = true;
    lookup->done.notify_all();
  }).detach();
  std::unique_lock lock(lookup->mutex);
  while (!lookup->is_done && !is_cancelled() && std::chrono::steady_clock::now() < deadline) {
    lookup->done.wait_for(lock, kLookInterval);
  }
  return lookup->is_done ? lookup->addresses : std::vector<std::string>();
}

}  // namespace countersign
