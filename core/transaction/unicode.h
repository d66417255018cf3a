#pragma once
// What the rules of display-safe text ask of a character, from one edition of the Unicode database
// in both targets. The tables are written by scripts/generate-unicode.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace countersign {

/// NFC_Quick_Check (UAX #15).
enum class NfcQuickCheck : std::uint8_t { yes, no, maybe };

/// Grapheme_Cluster_Break (UAX #29), the values that display-safe text can have. LV and LVT are
/// told apart by arithmetic.
enum class GraphemeBreak : std::uint8_t {
  other,
  extend,
  spacing_mark,
  prepend,
  l,
  v,
  t,
  lv,
  lvt,
  regional_indicator,
};

struct CharacterProperties {
  /// Control, format, surrogate, private use, unassigned, default-ignorable, a line or paragraph
  /// separator, a space that is not U+0020, or a character that shows nothing (the generator has
  /// the list).
  bool is_forbidden = true;
  bool is_mark = false;   // general category M
  bool is_digit = false;  // general category Nd
  /// A picture or sign, a letter or digit in the clothes of another (circled, squared, raised,
  /// lowered, mathematical), a mark around or across a letter.
  bool is_not_for_names = false;
  NfcQuickCheck quick_check = NfcQuickCheck::yes;
  GraphemeBreak grapheme_break = GraphemeBreak::other;
  std::uint8_t combining_class = 0;
  /// Its augmented script set (UTS #39 §5.1) as a number for `script_set`; 0 is every script.
  std::uint8_t script_set = 0;
  /// Of a digit: the zero of its script.
  char32_t zero = 0;
};

/// "15.0.0".
std::string_view unicode_edition();

CharacterProperties properties_of(char32_t code_point);

/// Whether it ends a line, turns the direction of text or is not seen: controls, format characters
/// (Cf) and separators of lines and paragraphs of this edition, what is default-ignorable, and all
/// from U+E0000 on. Nothing that display-safe text has ever had.
bool is_unseen(char32_t code_point);

/// Scripts by number; a set is the numbers of its members.
inline constexpr std::uint8_t kScriptLatin = 0;
inline constexpr std::uint8_t kScriptHanWithBopomofo = 1;
inline constexpr std::uint8_t kScriptJapanese = 2;
inline constexpr std::uint8_t kScriptKorean = 3;
std::span<const std::uint8_t> script_set(std::uint8_t number);

/// A character of a text and where its UTF-8 begins.
struct CharacterAt {
  char32_t code_point = 0;
  std::uint32_t offset = 0;
};

/// Error: utf8_invalid with the offset of the first byte of the ill-formed sequence.
Result<std::vector<CharacterAt>> decode_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);

/// The canonical decomposition of one character in `out`, fully, without reordering. Characters
/// that NFC never contains (NFC_Quick_Check=No) stay as they are.
void append_decomposition(std::u32string& out, char32_t code_point);
/// The character that the pair composes to canonically, or 0.
char32_t compose(char32_t first, char32_t second);

/// The prototypes (UTS #39 §4, confusables) of the characters, in the order given; a character
/// without one stands for itself.
std::vector<std::u32string> prototypes_of(std::span<const char32_t> code_points);

}  // namespace countersign
