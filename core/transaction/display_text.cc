#include "transaction/display_text.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

#include "base/transaction_limits.h"
#include "codec/utf8.h"
#include "transaction/normalization.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

// [more than two is a stack that covers the lines above; languages that people write names in need
// two]
constexpr std::size_t kMaxMarks = 2;

struct Character : CharacterAt, CharacterProperties {};
using Characters = std::vector<Character>;

TextProblem problem_at(ErrorCode code, const CharacterAt& character) {
  return {code, character.offset, character.code_point};
}

Characters with_properties(const std::vector<CharacterAt>& plain) {
  Characters characters;
  characters.reserve(plain.size());
  for (const CharacterAt& character : plain) {
    characters.push_back({character, properties_of(character.code_point)});
  }
  return characters;
}

std::optional<TextProblem> find_forbidden(const Characters& text) {
  for (const Character& character : text) {
    if (character.is_forbidden) {
      return problem_at(ErrorCode::text_character_forbidden, character);
    }
  }
  return std::nullopt;
}

std::optional<TextProblem> find_misplaced_space(const Characters& text) {
  bool is_after_space = true;  // the beginning counts as one
  for (const Character& character : text) {
    const bool is_space = character.code_point == ' ';
    if (is_space && is_after_space) {
      return problem_at(ErrorCode::text_space_misplaced, character);
    }
    is_after_space = is_space;
  }
  return is_after_space ? std::optional(problem_at(ErrorCode::text_space_misplaced, text.back()))
                        : std::nullopt;
}

// A mark on a space is a mark on nothing.
std::optional<TextProblem> find_misplaced_mark(const Characters& text) {
  std::size_t marks = kMaxMarks;  // the beginning takes none
  for (const Character& character : text) {
    if (!character.is_mark) {
      marks = character.code_point == ' ' ? kMaxMarks : 0;
    } else if (marks == kMaxMarks) {
      return problem_at(ErrorCode::text_mark_misplaced, character);
    } else {
      ++marks;
    }
  }
  return std::nullopt;
}

// UAX #29, table 1b; without the rules for emoji joined by U+200D, which no text here has.
bool is_boundary(GraphemeBreak left, GraphemeBreak right, bool is_odd_indicator) {
  using enum GraphemeBreak;
  if (right == extend || right == spacing_mark || left == prepend) {
    return false;  // GB9, GB9a, GB9b
  }
  if (left == l && (right == l || right == v || right == lv || right == lvt)) {
    return false;  // GB6
  }
  if ((left == lv || left == v) && (right == v || right == t)) {
    return false;  // GB7
  }
  if ((left == lvt || left == t) && right == t) {
    return false;  // GB8
  }
  return !(left == regional_indicator && right == regional_indicator && is_odd_indicator);  // GB12
}

// Tells for one character after the other whether a grapheme begins at it.
class Graphemes {
 public:
  bool begins_at(GraphemeBreak right) {
    const bool is_start = is_first_ || is_boundary(left_, right, indicators_ % 2 == 1);
    indicators_ = right == GraphemeBreak::regional_indicator ? indicators_ + 1 : 0;
    left_ = right;
    is_first_ = false;
    return is_start;
  }

 private:
  GraphemeBreak left_ = GraphemeBreak::other;
  std::size_t indicators_ = 0;
  bool is_first_ = true;
};

// What counts as one character to a reader's patience, but holds as many as the writer likes.
std::optional<TextProblem> find_flooded_grapheme(const Characters& text) {
  Graphemes graphemes;
  std::size_t count = 0;
  for (const Character& character : text) {
    count = graphemes.begins_at(character.grapheme_break) ? 1 : count + 1;
    if (count > limits::kMaxGraphemeCodePoints) {
      return problem_at(ErrorCode::text_mark_misplaced, character);
    }
  }
  return std::nullopt;
}

// Skin tones and the voiced marks of half-width kana change the character before them. Elsewhere
// they are a picture of their own that counts as none.
std::optional<TextProblem> find_misplaced_modifier(const Characters& text) {
  char32_t before = 0;
  for (const Character& character : text) {
    const char32_t c = character.code_point;
    const bool is_tone = c >= 0x1f3fb && c <= 0x1f3ff;
    const bool is_voiced_mark = c == 0xff9e || c == 0xff9f;
    const bool is_after_picture = (before >= 0x261d && before < 0x27c0) ||
                                  (before >= 0x1f300 && before < 0x1f3fb) ||
                                  (before > 0x1f3ff && before < 0x1fb00);
    const bool is_after_kana = before >= 0xff66 && before <= 0xff9d;
    if ((is_tone && !is_after_picture) || (is_voiced_mark && !is_after_kana)) {
      return problem_at(ErrorCode::text_mark_misplaced, character);
    }
    before = c;
  }
  return std::nullopt;
}

std::optional<TextProblem> find_not_nfc(const Characters& text) {
  bool is_certain = true;
  std::uint8_t last_class = 0;
  for (const Character& character : text) {
    const bool is_out_of_order =
        character.combining_class != 0 && last_class > character.combining_class;
    if (is_out_of_order || character.quick_check == NfcQuickCheck::no) {
      return problem_at(ErrorCode::text_not_normalized, character);
    }
    last_class = character.combining_class;
    is_certain = is_certain && character.quick_check == NfcQuickCheck::yes;
  }
  if (is_certain) {
    return std::nullopt;
  }
  std::u32string written;
  for (const Character& character : text) {
    written += character.code_point;
  }
  const std::u32string normalized = composed(decomposed(written));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i >= normalized.size() || written[i] != normalized[i]) {
      return problem_at(ErrorCode::text_not_normalized, text[i]);
    }
  }
  return std::nullopt;
}

// The scripts that every character so far could belong to; at first every script.
class ScriptSet {
 public:
  void intersect(std::span<const std::uint8_t> members) {
    std::array<bool, kMaxScripts> next{};
    for (const std::uint8_t member : members) {
      next[member] = has(member);
    }
    is_every_ = false;
    members_ = next;
  }
  bool has(std::uint8_t script) const { return is_every_ || members_[script]; }
  bool is_empty() const {
    return !is_every_ && std::find(members_.begin(), members_.end(), true) == members_.end();
  }

 private:
  static constexpr std::size_t kMaxScripts = 256;  // they are numbered in a byte
  bool is_every_ = true;
  std::array<bool, kMaxScripts> members_{};
};

// Highly Restrictive (UTS #39 §5.2): one script, or Latin with what Chinese, Japanese or Korean is
// written in.
std::optional<TextProblem> find_mixed_scripts(const Characters& text) {
  ScriptSet all;
  ScriptSet besides_latin;
  std::uint8_t last = 0;
  for (const Character& character : text) {
    if (character.script_set == 0 || character.script_set == last) {
      continue;  // Common and Inherited; or it changes nothing
    }
    last = character.script_set;
    const std::span<const std::uint8_t> members = script_set(character.script_set);
    all.intersect(members);
    if (std::find(members.begin(), members.end(), kScriptLatin) == members.end()) {
      besides_latin.intersect(members);
    }
    const bool is_with_latin = besides_latin.has(kScriptHanWithBopomofo) ||
                               besides_latin.has(kScriptJapanese) ||
                               besides_latin.has(kScriptKorean);
    if (all.is_empty() && !is_with_latin) {
      return problem_at(ErrorCode::text_scripts_mixed, character);
    }
  }
  return std::nullopt;
}

std::optional<TextProblem> find_not_for_names(const Characters& text) {
  for (const Character& character : text) {
    if (character.is_not_for_names) {
      return problem_at(
          character.is_mark ? ErrorCode::text_mark_misplaced : ErrorCode::text_character_forbidden,
          character);
    }
  }
  return std::nullopt;
}

// Punctuation alone names nobody.
std::optional<TextProblem> find_nothing_to_read(const Characters& text) {
  const bool is_readable = std::any_of(text.begin(), text.end(), [](const Character& character) {
    return character.is_digit || (!character.is_mark && character.script_set != 0);
  });
  return is_readable ? std::nullopt
                     : std::optional(problem_at(ErrorCode::text_length_wrong, text.front()));
}

std::optional<TextProblem> find_mixed_digits(const Characters& text) {
  char32_t zero = 0;
  for (const Character& character : text) {
    if (!character.is_digit) {
      continue;
    }
    if (zero != 0 && character.zero != zero) {
      return problem_at(ErrorCode::text_digits_mixed, character);
    }
    zero = character.zero;
  }
  return std::nullopt;
}

// A letter that no rule asks anything of but that it be among Latin ones.
bool is_plain_latin(const CharacterProperties& letter) {
  return !letter.is_forbidden && !letter.is_mark && !letter.is_digit && !letter.is_not_for_names &&
         letter.quick_check == NfcQuickCheck::yes && letter.combining_class == 0 &&
         letter.grapheme_break == GraphemeBreak::other &&
         letter.script_set == properties_of('a').script_set;
}

// What most texts are, told at once: ASCII, in which nothing breaks a rule but controls and spaces,
// and a name of punctuation; and plain letters of Latin-1 and Latin Extended-A.
bool is_safe_latin(std::string_view text, TextKind kind) {
  bool is_after_space = true;
  bool is_readable = kind == TextKind::plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c < 0x80) {
      const bool is_space = c == ' ';
      if (c < ' ' || c > '~' || (is_space && is_after_space)) {
        return false;
      }
      is_after_space = is_space;
      is_readable =
          is_readable || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      continue;
    }
    // U+00C0 to U+017F
    const auto next = static_cast<unsigned char>(at + 1 < text.size() ? text[++at] : '\0');
    if (c < 0xc3 || c > 0xc5 || (next & 0xc0U) != 0x80 ||
        !is_plain_latin(properties_of(static_cast<char32_t>((c & 0x1fU) << 6U | (next & 0x3fU))))) {
      return false;
    }
    is_after_space = false;
    is_readable = true;
  }
  return !is_after_space && is_readable;
}

// Whether all characters of a UTF-8 text are below U+0300, whose first octet is 0xcc: the text is
// in NFC, and each is a grapheme.
bool is_below_marks(std::string_view text) {
  constexpr unsigned char kFirstOfMarks = 0xcc;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < kFirstOfMarks; });
}

using Rule = std::optional<TextProblem> (*)(const Characters& text);

std::optional<TextProblem> find_first(const Characters& text, std::initializer_list<Rule> rules) {
  for (const Rule rule : rules) {
    if (std::optional<TextProblem> problem = rule(text)) {
      return problem;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<TextProblem> find_text_problem(std::string_view text, TextKind kind) {
  if (text.empty() || text.size() > limits::kMaxTextBytes) {
    return TextProblem{ErrorCode::text_length_wrong, 0, 0};
  }
  if (is_safe_latin(text, kind)) {
    return std::nullopt;
  }
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return TextProblem{decoded.error().code, decoded.error().offset, 0};
  }
  const Characters characters = with_properties(*decoded);
  if (const auto problem =
          find_first(characters, {find_forbidden, find_misplaced_space, find_misplaced_mark,
                                  find_misplaced_modifier, find_flooded_grapheme, find_not_nfc})) {
    return problem;
  }
  switch (kind) {
    case TextKind::plain:
      return std::nullopt;
    case TextKind::label:
      return find_first(characters, {find_not_for_names, find_nothing_to_read});
    case TextKind::name:
      return find_first(characters, {find_not_for_names, find_nothing_to_read, find_mixed_scripts,
                                     find_mixed_digits});
  }
  return std::nullopt;
}

Status check_display_text(std::string_view text, TextKind kind) {
  if (const std::optional<TextProblem> problem = find_text_problem(text, kind)) {
    return Error{problem->code, Check::none, problem->offset};
  }
  return ok();
}

Status check_nfc(std::string_view text) {
  if (is_ascii(bytes_of(text))) {
    return ok();
  }
  CS_TRY(check_utf8(bytes_of(text)));
  if (is_below_marks(text)) {
    return ok();
  }
  CS_ASSIGN(const std::vector<CharacterAt> decoded, decode_utf8(text));
  if (const std::optional<TextProblem> problem = find_not_nfc(with_properties(decoded))) {
    return Error{problem->code, Check::none, problem->offset};
  }
  return ok();
}

std::size_t count_graphemes(std::string_view text) {
  if (is_below_marks(text) && check_utf8(bytes_of(text))) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
    }));
  }
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  return decoded ? grapheme_ends(*decoded, text.size()).size() : text.size();
}

std::vector<std::uint32_t> grapheme_ends(const std::vector<CharacterAt>& text, std::size_t size) {
  std::vector<std::uint32_t> ends;
  Graphemes graphemes;
  for (const CharacterAt& character : text) {
    const bool is_start = graphemes.begins_at(properties_of(character.code_point).grapheme_break);
    if (is_start && character.offset > 0) {
      ends.push_back(character.offset);
    }
  }
  if (!text.empty()) {
    ends.push_back(static_cast<std::uint32_t>(size));
  }
  return ends;
}

}  // namespace countersign
