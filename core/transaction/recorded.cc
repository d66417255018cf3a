#include "transaction/recorded.h"

#include <algorithm>

#include "transaction/unicode.h"

namespace countersign {
bool says_what_it_shows(std::string_view text) {
  const Result<std::vector<CharacterAt>> characters = decode_utf8(text);
  return characters &&
         std::none_of(characters->begin(), characters->end(),
                      [](const CharacterAt& character) { return is_unseen(character.code_point); });
}

}  // namespace countersign
