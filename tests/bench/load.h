#pragma once
// Sign-ins over HTTP as a load, and what is measured of it.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/http/server_process.h"

namespace countersign::testing {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

inline double percentile(std::vector<double>& values, double part) {
  if (values.empty()) {
    return 0;
  }
  const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

/// Browsers with an account each, at one server.
class SignInLoad {
 public:
  SignInLoad(int port, int connections, const std::string& prefix) {
    for (int i = 0; i < connections; ++i) {
      const std::string name = prefix + std::to_string(i);
      users_.push_back({std::make_unique<Browser>(port), name, {}});
      users_.back().credential = users_.back().browser->register_user(name, name).credential;
    }
  }

  struct Figures {
    std::vector<double> latencies;  // seconds, from when a sign-in was due to its end
    long failures = 0;
  };
  /// `rate` sign-ins a second in all, whether the server keeps up or not; 0: as many as it takes.
  Figures run(double seconds, double rate) {
    Figures figures;
    std::mutex mutex;
    std::vector<std::thread> threads;
    const Clock::time_point start = Clock::now();
    const auto interval =
        std::chrono::duration<double>(rate > 0 ? static_cast<double>(users_.size()) / rate : 0.0);
    for (std::size_t i = 0; i < users_.size(); ++i) {
      threads.emplace_back([&, i] {
        User& user = users_[i];
        Figures own;
        for (int turn = 0;; ++turn) {
          const auto offset =
              interval * (turn + static_cast<double>(i) / static_cast<double>(users_.size()));
          const Clock::time_point due =
              rate > 0 ? start + std::chrono::duration_cast<Clock::duration>(offset) : Clock::now();
          std::this_thread::sleep_until(due);
          if (seconds_since(start) >= seconds) {
            break;
          }
          if (user.browser->sign_in(user.credential, user.name).status == 200) {
            own.latencies.push_back(seconds_since(due));
          } else {
            ++own.failures;
          }
        }
        const std::lock_guard lock(mutex);
        figures.failures += own.failures;
        figures.latencies.insert(figures.latencies.end(), own.latencies.begin(),
                                 own.latencies.end());
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    return figures;
  }

 private:
  struct User {
    std::unique_ptr<Browser> browser;
    std::string name;
    SoftCredential credential;
  };
  std::vector<User> users_;
};

}  // namespace countersign::testing
