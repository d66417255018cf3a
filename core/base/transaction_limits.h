#pragma once
// The caps of core/base/limits.h that transactions alone have. [a header of their own: limits.h is
// part of nearly every file]

#include <cstddef>

#include "base/limits.h"

namespace countersign::limits {

// [a base and two marks, in some scripts with a sign in front; a syllable of old Hangul has three.
// Without it one character to be counted could be thousands to be seen]
inline constexpr std::size_t kMaxGraphemeCodePoints = 4;
inline constexpr std::size_t kMaxTemplateEnumValues = 64;  // [months and weekdays are fewer]
inline constexpr std::size_t kMaxMonthGraphemes = 20;      // [the longest in use have 12]
inline constexpr std::size_t kMaxDatePatternBytes = 64;    // [the placeholders have 18]
// Of all texts of a view, as HTML writes them, with what a form adds to each row. [a batch of 5,000
// lines: 2 to 4 MB; the WebAssembly module has 64 MB for the case, the view and the answer]
inline constexpr std::size_t kMaxViewBytes = 4194304;
inline constexpr std::size_t kViewRowBytes = 64;

}  // namespace countersign::limits
