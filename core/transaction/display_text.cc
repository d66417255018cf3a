#include "transaction/display_text.h"

#include <algorithm>
#include <array>
#include <vector>

#include "codec/utf8.h"
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

// Marks in the order of their classes (the canonical ordering algorithm), as one decomposes to.
void reorder(std::u32string& text) {
  auto is_starter = [](char32_t c) { return properties_of(c).combining_class == 0; };
  for (auto begin = text.begin(); begin != text.end();) {
    begin = std::find_if_not(begin, text.end(), is_starter);
    const auto end = std::find_if(begin, text.end(), is_starter);
    std::stable_sort(begin, end, [](char32_t a, char32_t b) {
      return properties_of(a).combining_class < properties_of(b).combining_class;
    });
    begin = end;
  }
}

std::u32string decomposed(const Characters& text) {
  std::u32string result;
  for (const Character& character : text) {
    append_decomposition(result, character.code_point);
  }
  reorder(result);
  return result;
}

// The canonical composition algorithm (The Unicode Standard, D117).
std::u32string composed(const std::u32string& text) {
  std::u32string result;
  std::size_t starter = 0;
  bool has_starter = false;
  std::uint8_t last_class = 0;
  for (const char32_t c : text) {
    const std::uint8_t combining_class = properties_of(c).combining_class;
    const bool is_adjacent = has_starter && starter + 1 == result.size();
    if (has_starter && (is_adjacent || last_class < combining_class)) {
      if (const char32_t composite = compose(result[starter], c); composite != 0) {
        result[starter] = composite;
        continue;
      }
    }
    if (combining_class == 0) {
      starter = result.size();
      has_starter = true;
    }
    last_class = combining_class;
    result += c;
  }
  return result;
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
  const std::u32string normalized = composed(decomposed(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i >= normalized.size() || text[i].code_point != normalized[i]) {
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

// Nothing in ASCII breaks a rule but controls and spaces.
bool is_safe_ascii(std::string_view text) {
  bool is_after_space = true;
  for (const char c : text) {
    const bool is_space = c == ' ';
    if (c < ' ' || c > '~' || (is_space && is_after_space)) {
      return false;
    }
    is_after_space = is_space;
  }
  return !is_after_space;
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

}  // namespace

std::optional<TextProblem> find_text_problem(std::string_view text, TextKind kind) {
  if (text.empty()) {
    return TextProblem{ErrorCode::text_length_wrong, 0, 0};
  }
  if (is_safe_ascii(text)) {
    return std::nullopt;
  }
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return TextProblem{decoded.error().code, decoded.error().offset, 0};
  }
  const Characters characters = with_properties(*decoded);
  for (const auto rule :
       {find_forbidden, find_misplaced_space, find_misplaced_mark, find_not_nfc}) {
    if (const std::optional<TextProblem> problem = rule(characters)) {
      return problem;
    }
  }
  switch (kind) {
    case TextKind::plain:
      return std::nullopt;
    case TextKind::name: {
      const std::optional<TextProblem> problem = find_mixed_scripts(characters);
      return problem ? problem : find_mixed_digits(characters);
    }
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
  CS_TRY(check_utf8(bytes_of(text)));
  // Every text of characters below U+0300, whose first byte is 0xcc, is in NFC.
  constexpr unsigned char kFirstOfMarks = 0xcc;
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < kFirstOfMarks; })) {
    return ok();
  }
  CS_ASSIGN(const std::vector<CharacterAt> decoded, decode_utf8(text));
  if (const std::optional<TextProblem> problem = find_not_nfc(with_properties(decoded))) {
    return Error{problem->code, Check::none, problem->offset};
  }
  return ok();
}

std::size_t count_graphemes(std::string_view text) {
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return text.size();
  }
  std::size_t count = 0;
  GraphemeBreak left = GraphemeBreak::other;
  std::size_t indicators = 0;
  for (const CharacterAt& character : *decoded) {
    const GraphemeBreak right = properties_of(character.code_point).grapheme_break;
    if (count == 0 || is_boundary(left, right, indicators % 2 == 1)) {
      ++count;
    }
    indicators = right == GraphemeBreak::regional_indicator ? indicators + 1 : 0;
    left = right;
  }
  return count;
}

std::string skeleton_of(std::string_view text) {
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return std::string(text);
  }
  const std::u32string source = decomposed(with_properties(*decoded));
  std::u32string mapped;
  for (const std::u32string& prototype : prototypes_of(source)) {
    mapped += prototype;
  }
  reorder(mapped);  // the prototypes are decomposed already
  std::string skeleton;
  for (const char32_t c : mapped) {
    append_utf8(skeleton, c);
  }
  return skeleton;
}

}  // namespace countersign
