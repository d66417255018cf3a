#include "transaction/recorded.h"

#include <algorithm>

#include "transaction/unicode.h"

namespace countersign {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};
constexpr Range kUnseen[] = {
    {0x0, 0x1f},      {0x7f, 0x9f},        {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5},    {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},    {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0xe0000, 0x10ffff},
};

}  // namespace

bool says_what_it_shows(std::string_view text) {
  const Result<std::vector<CharacterAt>> characters = decode_utf8(text);
  return characters &&
         std::none_of(characters->begin(), characters->end(), [](const CharacterAt& character) {
           return std::any_of(std::begin(kUnseen), std::end(kUnseen), [&](const Range& range) {
             return character.code_point >= range.first && character.code_point <= range.last;
           });
         });
}

}  // namespace countersign
