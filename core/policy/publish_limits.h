#pragma once
// How much a policy may demand of those who replace it, lest nobody can.

#include <cstdint>

namespace countersign {

/// Seconds that an administrator with a new passkey may have to wait. [A month: whoever lost the
/// old ones is back before the quarter ends; more is as good as never for a policy that does harm]
inline constexpr std::int64_t kMaxPublishWait = std::int64_t{30} * 86400;
/// Seconds that a passkey must be good for. [It is enrolled, an operator begins the approval, the
/// view is read and signed]
inline constexpr std::int64_t kMinPublishWindow = 60;
/// Seconds that an approval must be given. [The view is read; a key is found and touched]
inline constexpr std::int64_t kMinPublishTimeout = 10;

}  // namespace countersign
