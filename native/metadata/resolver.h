#pragma once
// Names to addresses, for callers that cannot wait as long as the system's resolver may: it has no
// deadline of ours and cannot be told to stop.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace countersign {

class Resolver {
 public:
  /// Numeric addresses, in the order of the system, at most kMaxAddressesTried; an address is its
  /// own. None: there is none, it is not known by `deadline`, `is_cancelled` said so, or
  /// kMaxLookups are still on their way. A lookup that is given up ends in a thread of its own,
  /// which touches nothing of ours.
  std::vector<std::string> resolve(const std::string& host,
                                   std::chrono::steady_clock::time_point deadline,
                                   const std::function<bool()>& is_cancelled);

 private:
  std::shared_ptr<std::atomic<std::size_t>> running_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace countersign
