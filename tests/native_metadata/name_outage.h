#pragma once
// An outage of the system's resolver, of one name.

#include <atomic>

namespace countersign::testing {

inline constexpr const char* kHangingName = "hangs.example";
/// Lookups of kHangingName that hang fail once this is true.
inline std::atomic<bool> is_dns_back = false;

}  // namespace countersign::testing
