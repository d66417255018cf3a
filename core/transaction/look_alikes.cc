#include "transaction/look_alikes.h"

#include <vector>

#include "transaction/normalization.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

std::u32string code_points_of(const std::vector<CharacterAt>& text) {
  std::u32string code_points;
  for (const CharacterAt& character : text) {
    code_points += character.code_point;
  }
  return code_points;
}

std::string utf8_of(std::u32string_view text) {
  std::string utf8;
  for (const char32_t c : text) {
    append_utf8(utf8, c);
  }
  return utf8;
}

// White_Space of the Unicode database.
bool is_gap(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

// Of full-width forms the ASCII one; of Latin, Greek and Cyrillic capitals the small letter, which
// is a fixed distance away or next.
char32_t small_letter(char32_t c) {
  if (c >= 0xff01 && c <= 0xff5e) {
    c = c - 0xff01 + '!';
  }
  if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
      (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f)) {
    return c + 0x20;
  }
  if (c >= 0x400 && c <= 0x40f) {
    return c + 0x50;
  }
  const bool is_even_first = (c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) ||
                             (c >= 0x460 && c <= 0x52f) || (c >= 0x1e00 && c <= 0x1eff);
  const bool is_odd_first = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  return c + ((is_even_first && c % 2 == 0) || (is_odd_first && c % 2 == 1) ? 1 : 0);
}

// The skeleton of the text in small letters. "I" is confused with "l", and "i" is its small letter.
std::string small_skeleton_of(std::string_view text) {
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return std::string(text);
  }
  std::string small;
  for (const CharacterAt& character : *decoded) {
    append_utf8(small, small_letter(character.code_point));
  }
  std::string skeleton = skeleton_of(small);
  for (char& c : skeleton) {
    c = c == 'i' ? 'l' : c;
  }
  return skeleton;
}

}  // namespace

std::string skeleton_of(std::string_view text) {
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return std::string(text);
  }
  const std::u32string source = decomposed(code_points_of(*decoded));
  std::u32string mapped;
  for (const std::u32string& prototype : prototypes_of(source)) {
    mapped += prototype;
  }
  order_marks(mapped);  // the prototypes are decomposed already
  return utf8_of(mapped);
}

FoldedSkeletons folded_skeletons_of(std::string_view text) {
  return {small_skeleton_of(text), small_skeleton_of(skeleton_of(text))};
}

std::string reading_of(std::string_view text) {
  // Small letters, whose capitals may be what is alike: "Н" and "H".
  constexpr std::u32string_view kLooks =
      U"l1|\u0131"  // i
      U"\u0430\u0432\u0441\u0501\u0435\u0261\u043d\u0456\u0458\u043a\u043c\u043e\u0440"
      U"\u051b"
      U"\u0455\u0442\u0443\u051d\u0445"  // Cyrillic
      U"\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5"
      U"\u03c7";  // Greek
  constexpr std::string_view kLetters = "iiiiabcdeghijkmopqstywxabezhikmvoptyx";
  static_assert(kLooks.size() == kLetters.size());
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return std::string(text);
  }
  std::string reading;
  for (const CharacterAt& character : *decoded) {
    const char32_t c = small_letter(character.code_point);
    const std::size_t at = kLooks.find(c);
    append_utf8(reading, at == kLooks.npos ? c : static_cast<char32_t>(kLetters[at]));
  }
  return reading;
}

std::string name_form_of(std::string_view text) {
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return std::string(text);
  }
  std::u32string form;
  bool is_in_gap = false;
  for (const CharacterAt& character : *decoded) {
    const char32_t c = character.code_point;
    if (is_gap(c)) {
      is_in_gap = true;
      continue;
    }
    if (properties_of(c).is_forbidden) {
      continue;
    }
    if (is_in_gap && !form.empty()) {
      form += U' ';
    }
    is_in_gap = false;
    form += c;
  }
  return utf8_of(composed(decomposed(form)));
}

}  // namespace countersign
