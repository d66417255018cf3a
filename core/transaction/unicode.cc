#include "transaction/unicode.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "codec/utf8.h"

namespace countersign {
namespace {

#include "transaction/unicode_tables.inc"

// Hangul syllables are composed by arithmetic (The Unicode Standard, §3.12).
constexpr char32_t kHangulBase = 0xac00;
constexpr char32_t kLeadBase = 0x1100;
constexpr char32_t kVowelBase = 0x1161;
constexpr char32_t kTailBase = 0x11a7;
constexpr char32_t kLeads = 19;
constexpr char32_t kVowels = 21;
constexpr char32_t kTails = 28;
constexpr char32_t kSyllables = kLeads * kVowels * kTails;

bool is_syllable(char32_t code_point) {
  return code_point >= kHangulBase && code_point < kHangulBase + kSyllables;
}

// Numbers of seven bits a byte, the lowest first.
constexpr std::uint32_t take_varint(const std::uint8_t*& at) {
  std::uint32_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = *at++;
    value |= static_cast<std::uint32_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) {
      return value;
    }
  }
}

struct Range {
  char32_t start;
  std::uint32_t record;
};

constexpr Range range_in(std::size_t block, char32_t code_point) {
  const std::uint8_t* at = kRanges + kBlockOffsets[block];
  Range range{kBlockStarts[block], 0};
  for (std::size_t i = 0; i < kRangesPerBlock && at != std::end(kRanges); ++i) {
    const char32_t start = range.start + take_varint(at);
    const std::uint32_t record = take_varint(at);
    if (start > code_point) {
      break;
    }
    range = {start, record};
  }
  return range;
}

// What names in Latin letters are written with is found at once: ASCII, Latin-1, Latin Extended-A.
constexpr std::size_t kLatinEnd = 0x180;
static_assert(kBlockStarts[0] == 0 && kBlockStarts[1] >= kLatinEnd);
constexpr std::array<std::uint8_t, kLatinEnd> kLatinRecords = [] {
  std::array<std::uint8_t, kLatinEnd> records{};
  for (char32_t c = 0; c < kLatinEnd; ++c) {
    const std::uint32_t record = range_in(0, c).record;
    records[c] = static_cast<std::uint8_t>(record);  // [they are numbered as they come up]
  }
  return records;
}();

Range range_of(char32_t code_point) {
  if (code_point < kLatinEnd) {
    return {'0', kLatinRecords[code_point]};  // the beginning counts for digits alone
  }
  const auto* block =
      std::upper_bound(std::begin(kBlockStarts), std::end(kBlockStarts), code_point) - 1;
  return range_in(static_cast<std::size_t>(block - std::begin(kBlockStarts)), code_point);
}

// The characters that compose, by their places (see the tables).
constexpr std::size_t kComposites = std::size(kCompositeSteps);
static_assert(std::size(kFirsts) == kComposites && std::size(kSecondNumbers) == kComposites);

constexpr char32_t beyond(std::size_t place) { return place < kFirstBeyond ? 0 : 0x10000; }
constexpr char32_t first_at(std::size_t place) { return beyond(place) + kFirsts[place]; }
constexpr char32_t second_at(std::size_t place) { return kSeconds[kSecondNumbers[place]]; }
constexpr char32_t composite_at(std::size_t place) {
  return beyond(place) + kCompositeSteps[place] + static_cast<char32_t>(place);
}

// The place of the composite, or the number of all.
std::size_t find_composite(char32_t code_point) {
  std::size_t begin = 0;
  std::size_t end = kComposites;
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (composite_at(middle) < code_point) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin < kComposites && composite_at(begin) == code_point ? begin : kComposites;
}

}  // namespace

bool is_unseen(char32_t code_point) {
  const auto* bound =
      std::upper_bound(std::begin(kUnseenBounds), std::end(kUnseenBounds), code_point);
  return (bound - std::begin(kUnseenBounds)) % 2 != 0;
}

std::string_view unicode_edition() { return kEdition; }

CharacterProperties properties_of(char32_t code_point) {
  if (code_point > 0x10ffff) {
    return {};
  }
  const Range range = range_of(code_point);
  constexpr std::size_t kProperties = 4;
  constexpr std::size_t kCount = std::size(kRecords) / kProperties;
  const auto property = [&range](std::size_t number) {
    return kRecords[number * kCount + range.record];
  };
  CharacterProperties properties;
  properties.is_forbidden = (property(0) & 1U) != 0;
  properties.is_mark = (property(0) & 2U) != 0;
  properties.is_digit = (property(0) & 4U) != 0;
  properties.quick_check = static_cast<NfcQuickCheck>(property(0) >> 3U & 3U);
  properties.is_not_for_names = (property(0) & 32U) != 0;
  properties.grapheme_break = static_cast<GraphemeBreak>(property(1));
  if (is_syllable(code_point) && (code_point - kHangulBase) % kTails != 0) {
    properties.grapheme_break = GraphemeBreak::lvt;
  }
  properties.combining_class = property(2);
  properties.script_set = property(3);
  if (properties.is_digit) {
    properties.zero = code_point - (code_point - range.start) % 10;
  }
  return properties;
}

std::span<const std::uint8_t> script_set(std::uint8_t number) {
  return {kScriptSetMembers + kScriptSetStarts[number],
          kScriptSetMembers + kScriptSetStarts[number + 1]};
}

Result<std::vector<CharacterAt>> decode_utf8(std::string_view text) {
  CS_TRY(check_utf8(bytes_of(text)));
  std::vector<CharacterAt> characters;
  characters.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    std::size_t length = 1;
    char32_t code_point = first;
    if (first >= 0xf0) {
      length = 4;
      code_point = first & 0x07U;
    } else if (first >= 0xe0) {
      length = 3;
      code_point = first & 0x0fU;
    } else if (first >= 0xc0) {
      length = 2;
      code_point = first & 0x1fU;
    }
    for (std::size_t i = 1; i < length; ++i) {
      code_point = code_point << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    }
    characters.push_back({code_point, static_cast<std::uint32_t>(at)});
    at += length;
  }
  return characters;
}

void append_utf8(std::string& out, char32_t code_point) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
    return;
  }
  unsigned shift = 6;
  unsigned lead = 0xc0;
  if (code_point >= 0x10000) {
    shift = 18;
    lead = 0xf0;
  } else if (code_point >= 0x800) {
    shift = 12;
    lead = 0xe0;
  }
  out += static_cast<char>(lead | code_point >> shift);
  while (shift > 0) {
    shift -= 6;
    out += static_cast<char>(0x80U | (code_point >> shift & 0x3fU));
  }
}

void append_decomposition(std::u32string& out, char32_t code_point) {
  if (is_syllable(code_point)) {
    const char32_t index = code_point - kHangulBase;
    out += kLeadBase + index / (kVowels * kTails);
    out += kVowelBase + index / kTails % kVowels;
    if (index % kTails != 0) {
      out += kTailBase + index % kTails;
    }
    return;
  }
  const std::size_t found = find_composite(code_point);
  if (found == kComposites) {
    out += code_point;
    return;
  }
  // [the longest chain of the database has four characters]
  append_decomposition(out, first_at(found));
  out += second_at(found);
}

char32_t compose(char32_t first, char32_t second) {
  if (first >= kLeadBase && first < kLeadBase + kLeads && second >= kVowelBase &&
      second < kVowelBase + kVowels) {
    return kHangulBase + ((first - kLeadBase) * kVowels + (second - kVowelBase)) * kTails;
  }
  if (is_syllable(first) && (first - kHangulBase) % kTails == 0 && second > kTailBase &&
      second < kTailBase + kTails) {
    return first + (second - kTailBase);
  }
  if (properties_of(second).quick_check != NfcQuickCheck::maybe) {
    return 0;
  }
  // [a second table in the order of the pairs would be found faster, and takes 1.4 KB of the
  // module]
  const auto* found = std::find(std::begin(kSeconds), std::end(kSeconds), second);
  const auto number = static_cast<std::size_t>(found - std::begin(kSeconds));
  for (std::size_t place = 0; place < kComposites; ++place) {
    if (kSecondNumbers[place] == number && first_at(place) == first) {
      return composite_at(place);
    }
  }
  return 0;
}

std::vector<std::u32string> prototypes_of(std::span<const char32_t> code_points) {
  std::vector<std::u32string> prototypes;
  std::vector<std::size_t> order;
  for (const char32_t code_point : code_points) {
    order.push_back(prototypes.size());
    prototypes.emplace_back(1, code_point);
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return code_points[a] < code_points[b]; });
  // Each entry is the distance to the one before: one walk through all of them finds everything.
  const std::uint8_t* source = kConfusableSources;
  const std::uint8_t* target = kPrototypes;
  char32_t code_point = 0;
  std::uint32_t part = 0;
  std::size_t next = 0;
  for (const std::uint8_t size : kPrototypeSizes) {
    code_point += take_varint(source);
    std::u32string prototype;
    for (std::uint8_t i = 0; i < size; ++i) {
      const std::uint32_t step = take_varint(target);
      part += (step & 1U) != 0 ? 0 - (step + 1) / 2 : step / 2;
      prototype += static_cast<char32_t>(part);
    }
    while (next < order.size() && code_points[order[next]] < code_point) {
      ++next;
    }
    while (next < order.size() && code_points[order[next]] == code_point) {
      prototypes[order[next]] = prototype;
      ++next;
    }
    if (next == order.size()) {
      break;
    }
  }
  return prototypes;
}

}  // namespace countersign
