#pragma once
// Text that looks like what it is: what a customer reads cannot be reordered, hidden, padded or
// written in letters that only look alike. Refused, never repaired.
//
// Names that need ZWJ or ZWNJ (some in Persian, Sinhala or Malayalam) are refused: both are
// invisible, and two names that differ in one of them look the same.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign {

struct CharacterAt;

enum class TextKind : std::uint8_t {
  plain,
  label,  // also: no signs and dressed-up letters, a letter or digit
  name,   // also: no signs and dressed-up letters, a letter or digit, scripts that are written
          // together (UTS #39, Highly Restrictive), one set of digits
};

struct TextProblem {
  ErrorCode code = ErrorCode::internal_error;
  std::uint32_t offset = 0;  // of the character's UTF-8 in the text
  char32_t code_point = 0;   // 0 when no character is at fault (ill-formed UTF-8, an empty text)
};

/// The first rule that the text breaks, and the first character that breaks it: utf8_invalid,
/// text_length_wrong (empty, or more than
/// limits::kMaxTextBytes), text_character_forbidden, text_space_misplaced, text_mark_misplaced,
/// text_not_normalized; for names then text_character_forbidden or text_mark_misplaced (nothing for
/// names), text_length_wrong (nothing to read), text_scripts_mixed, text_digits_mixed.
std::optional<TextProblem> find_text_problem(std::string_view text, TextKind kind);

/// The same as a Status; its offset is the one in the text.
Status check_display_text(std::string_view text, TextKind kind);

/// Unicode normalization form C. Errors: utf8_invalid, text_not_normalized.
Status check_nfc(std::string_view text);

/// Extended grapheme clusters (UAX #29) of display-safe text.
std::size_t count_graphemes(std::string_view text);
/// Where each of them ends: offsets in the UTF-8 of a text of `size` bytes that was decoded.
std::vector<std::uint32_t> grapheme_ends(const std::vector<CharacterAt>& text, std::size_t size);

}  // namespace countersign
