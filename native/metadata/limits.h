#pragma once
// Caps of the metadata service, with the reason in brackets.

#include <cstddef>
#include <cstdint>

namespace countersign::metadata_limits {

// [a path has up to 7 certificates below its anchor; old and new lists during a change]
inline constexpr std::size_t kMaxCrlsKept = 8;
// Of a file of the cache. [eight addresses of lists, a tag, a name]
inline constexpr std::size_t kMaxCacheHeadBytes = 65536;
inline constexpr std::size_t kMaxUrlsTried = 4;       // [CAs name one or two]
inline constexpr std::size_t kMaxAddressesTried = 4;  // [content delivery networks have as many]
// Of names, given up and not yet ended. [the system's resolver takes up to half a minute each]
inline constexpr std::size_t kMaxLookups = 4;
// [std::regex takes some hundred bytes of stack for each character; real ones have twenty]
inline constexpr std::size_t kMaxStatusLineBytes = 512;
inline constexpr std::size_t kMaxHeadBytes = 16384;  // [content delivery networks add some 2 KB]
// A source that asks for more patience than this is asked again after this all the same.
inline constexpr std::int64_t kMaxRetryAfterSeconds = 86400;
inline constexpr std::int64_t kMaxClockSkewSeconds = 300;  // [between a CA and us]
// [operators need a working week to get a BLOB or an anchor from somewhere else]
inline constexpr std::int64_t kNextUpdateWarningSeconds = 7 * 86400;
inline constexpr std::int64_t kAnchorWarningSeconds = 90 * 86400;

}  // namespace countersign::metadata_limits
