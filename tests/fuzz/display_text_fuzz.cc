// What is called display-safe is: no forbidden character, no stray space or mark, in NFC; a problem
// points at a character of the text.

#include "transaction/display_text.h"

#include "base/transaction_limits.h"
#include "codec/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "transaction/look_alikes.h"
#include "transaction/payee_name.h"
#include "transaction/unicode.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(Bytes(data, size));
  const std::optional<TextProblem> plain = find_text_problem(text, TextKind::plain);
  const std::optional<TextProblem> name = find_text_problem(text, TextKind::name);
  require(!plain || (name && name->code == plain->code && name->offset == plain->offset));
  require(check_utf8(bytes_of(text)).has_value() || plain);
  for (const auto& problem : {plain, name}) {
    if (problem) {
      require(problem->offset <= size);
      require(!check_display_text(text, TextKind::name).has_value());
    }
  }
  const std::string form = name_form_of(text);
  if (plain) {
    skeleton_of(text);
    count_graphemes(text);
    return 0;
  }
  require(form == text);
  const std::optional<TextProblem> value = find_value_in_name(text);
  require(!value || value->offset < size);
  require(check_nfc(text).has_value());
  require(text.front() != ' ' && text.back() != ' ' && text.find("  ") == text.npos);
  const std::vector<CharacterAt> characters = decode_utf8(text).value();
  require(!properties_of(characters.front().code_point).is_mark);
  for (const CharacterAt& character : characters) {
    require(!properties_of(character.code_point).is_forbidden);
  }
  const std::size_t graphemes = count_graphemes(text);
  require(graphemes >= 1 && graphemes <= characters.size());
  // No grapheme holds more than it may.
  require(characters.size() <= graphemes * limits::kMaxGraphemeCodePoints);
  require(grapheme_ends(characters, size).size() == graphemes);
  const FoldedSkeletons folded = folded_skeletons_of(text);
  require(check_utf8(bytes_of(folded.of_small)) && check_utf8(bytes_of(folded.of_written)));
  const std::string skeleton = skeleton_of(text);
  require(check_utf8(bytes_of(skeleton)).has_value());
  return 0;
}
