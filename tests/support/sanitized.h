#pragma once
// What sanitizers look for depends on the place, not on the values, and each case costs them
// several times as much. Suites over very many cases take a part of them there; the native run
// takes all.

#include <cstddef>

namespace countersign::testing {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif
#else
inline constexpr bool kIsSanitized = false;
#endif

/// 1, or with sanitizers `every`: the distance of the cases that run.
constexpr std::size_t stride(std::size_t every) { return kIsSanitized ? every : 1; }

}  // namespace countersign::testing
