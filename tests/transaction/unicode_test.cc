// The compact tables say of every code point what the database says.

#include "transaction/unicode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/transaction/unicode_database.h"

namespace countersign {
namespace {

using testing::code_point_range;
using testing::database_rows;
using testing::DatabaseRow;

constexpr char32_t kEnd = 0x110000;

template <class Value, class Take>
std::vector<Value> property_of(const std::string& file, Value otherwise, Take take) {
  std::vector<Value> values(kEnd, otherwise);
  for (const DatabaseRow& row : database_rows(file)) {
    const auto [first, last] = code_point_range(row[0]);
    for (char32_t c = first; c <= last; ++c) {
      take(values[c], row);
    }
  }
  return values;
}

#define NEEDS_DATABASE()                                         \
  if (database_rows("Scripts.txt").empty()) {                    \
    GTEST_SKIP() << "the package unicode-data is not installed"; \
  }

TEST(UnicodeTables, SayOfEveryCodePointWhetherItIsForbiddenAMarkOrADigit) {
  NEEDS_DATABASE();
  const auto category =
      property_of<std::string>("extracted/DerivedGeneralCategory.txt", "Cn",
                               [](std::string& v, const DatabaseRow& row) { v = row[1]; });
  const auto ignorable =
      property_of<char>("DerivedCoreProperties.txt", 0, [](char& v, const DatabaseRow& row) {
        v = v != 0 || row[1] == "Default_Ignorable_Code_Point" ? 1 : 0;
      });
  const std::set<std::string> forbidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"};
  std::set<char32_t> blank = {0x2800,  0x2d7f,  0x303f,  0xfffc,  0xfffd, 0x1107f,
                              0x13441, 0x13442, 0x16fe4, 0x1bc9d, 0x1d159};
  for (char32_t c = 0x1da9b; c <= 0x1daaf; ++c) {
    blank.insert(c);  // 0x1daa0 is unassigned
  }
  std::size_t wrong = 0;
  for (char32_t c = 0; c < kEnd; ++c) {
    const CharacterProperties properties = properties_of(c);
    const bool is_forbidden =
        c != ' ' && (forbidden.count(category[c]) > 0 || ignorable[c] != 0 || blank.count(c) > 0);
    wrong += properties.is_forbidden != is_forbidden ? 1 : 0;
    if (!is_forbidden) {
      wrong += properties.is_mark != (category[c][0] == 'M') ? 1 : 0;
      wrong += properties.is_digit != (category[c] == "Nd") ? 1 : 0;
    }
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_TRUE(properties_of(kEnd).is_forbidden);
  EXPECT_TRUE(properties_of(0xffffffff).is_forbidden);
}

TEST(UnicodeTables, SayOfEveryCodePointItsCombiningClassQuickCheckAndDigit) {
  NEEDS_DATABASE();
  const auto combining =
      property_of<int>("extracted/DerivedCombiningClass.txt", 0,
                       [](int& v, const DatabaseRow& row) { v = std::stoi(row[1]); });
  const auto quick = property_of<char>(
      "DerivedNormalizationProps.txt", 'Y',
      [](char& v, const DatabaseRow& row) { v = row[1] == "NFC_QC" ? row[2][0] : v; });
  std::size_t wrong = 0;
  for (char32_t c = 0; c < kEnd; ++c) {
    const CharacterProperties properties = properties_of(c);
    wrong += properties.combining_class != combining[c] ? 1 : 0;
    const char value = "YNM"[static_cast<std::size_t>(properties.quick_check)];
    wrong += value != quick[c] ? 1 : 0;
  }
  for (const DatabaseRow& row : database_rows("UnicodeData.txt")) {
    if (row[2] == "Nd") {
      const auto c = code_point_range(row[0]).first;
      wrong += properties_of(c).zero + static_cast<char32_t>(std::stoul(row[6])) != c ? 1 : 0;
    }
  }
  EXPECT_EQ(wrong, 0U);
}

TEST(UnicodeTables, SayOfEveryAllowedCodePointItsGraphemeBreak) {
  NEEDS_DATABASE();
  const std::vector<std::string> names = {
      "Other", "Extend", "SpacingMark", "Prepend", "L",
      "V",     "T",      "LV",          "LVT",     "Regional_Indicator"};
  const auto breaks =
      property_of<std::string>("auxiliary/GraphemeBreakProperty.txt", "Other",
                               [](std::string& v, const DatabaseRow& row) { v = row[1]; });
  std::size_t wrong = 0;
  for (char32_t c = 0; c < kEnd; ++c) {
    const CharacterProperties properties = properties_of(c);
    if (!properties.is_forbidden) {
      wrong += names[static_cast<std::size_t>(properties.grapheme_break)] != breaks[c] ? 1 : 0;
    }
  }
  EXPECT_EQ(wrong, 0U);
}

// Scripts are numbers here: two characters share a number exactly when they share a script.
TEST(UnicodeTables, TellScriptsApartAsTheDatabaseDoes) {
  NEEDS_DATABASE();
  const auto scripts = property_of<std::string>(
      "Scripts.txt", "Unknown", [](std::string& v, const DatabaseRow& row) { v = row[1]; });
  const auto extensions = property_of<std::string>(
      "ScriptExtensions.txt", "", [](std::string& v, const DatabaseRow& row) { v = row[1]; });
  std::map<std::string, std::uint8_t> number_of;
  std::map<std::uint8_t, std::string> name_of;
  std::size_t wrong = 0;
  for (char32_t c = 0; c < kEnd; ++c) {
    const CharacterProperties properties = properties_of(c);
    if (properties.is_forbidden) {
      continue;
    }
    std::string name = extensions[c].empty() ? scripts[c] : "extensions " + extensions[c];
    if (name == "Common" || name == "Inherited") {
      wrong += properties.script_set != 0 ? 1 : 0;
      continue;
    }
    if (extensions[c].find(' ') == std::string::npos && !extensions[c].empty()) {
      continue;  // one script by its short name
    }
    wrong += number_of.emplace(name, properties.script_set).first->second != properties.script_set
                 ? 1
                 : 0;
    wrong += name_of.emplace(properties.script_set, name).first->second != name ? 1 : 0;
  }
  EXPECT_EQ(wrong, 0U);
  const auto has = [](char32_t c, std::uint8_t script) {
    const auto members = script_set(properties_of(c).script_set);
    return std::find(members.begin(), members.end(), script) != members.end();
  };
  EXPECT_TRUE(has('a', kScriptLatin));
  EXPECT_TRUE(has(0x3042, kScriptJapanese));         // HIRAGANA LETTER A
  EXPECT_TRUE(has(0x3105, kScriptHanWithBopomofo));  // BOPOMOFO LETTER B
  EXPECT_TRUE(has(0xac00, kScriptKorean));           // HANGUL SYLLABLE GA
  EXPECT_TRUE(has(0x4e00, kScriptJapanese) && has(0x4e00, kScriptKorean));
  EXPECT_FALSE(has(0x0430, kScriptLatin));  // CYRILLIC SMALL LETTER A
}

TEST(UnicodeTables, ComposeAndDecomposeAsTheDatabaseSays) {
  NEEDS_DATABASE();
  const auto quick = property_of<char>(
      "DerivedNormalizationProps.txt", 'Y',
      [](char& v, const DatabaseRow& row) { v = row[1] == "NFC_QC" ? row[2][0] : v; });
  std::size_t pairs = 0;
  for (const DatabaseRow& row : database_rows("UnicodeData.txt")) {
    const char32_t c = code_point_range(row[0]).first;
    if (row[5].empty() || row[5][0] == '<' || quick[c] == 'N') {
      continue;
    }
    const std::u32string parts = testing::code_points(row[5]);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(compose(parts[0], parts[1]), c);
    std::u32string whole;
    append_decomposition(whole, c);
    std::u32string expected;
    append_decomposition(expected, parts[0]);
    EXPECT_EQ(whole, expected + parts[1]);
    ++pairs;
  }
  EXPECT_EQ(pairs, 941U);
  EXPECT_EQ(compose('a', 'b'), 0U);
}

TEST(DecodeUtf8, GivesBackWhatIsEncoded) {
  std::string text;
  const char32_t characters[] = {0, 'a', 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};
  for (const char32_t c : characters) {
    append_utf8(text, c);
  }
  const std::vector<CharacterAt> decoded = decode_utf8(text).value();
  ASSERT_EQ(decoded.size(), std::size(characters));
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    EXPECT_EQ(decoded[i].code_point, characters[i]);
  }
  EXPECT_EQ(decoded.back().offset + 4U, text.size());
  EXPECT_FALSE(decode_utf8("a\xed\xa0\x80").has_value());
}

TEST(PrototypesOf, AreThoseOfTheConfusables) {
  const char32_t characters[] = {0x0430, 'a', 0x0440, '1', 'I', 'm', 0x0430};
  const std::vector<std::u32string> prototypes = prototypes_of(characters);
  ASSERT_EQ(prototypes.size(), 7U);
  EXPECT_EQ(prototypes[0], U"a");
  EXPECT_EQ(prototypes[1], U"a");
  EXPECT_EQ(prototypes[2], U"p");
  EXPECT_EQ(prototypes[3], U"l");
  EXPECT_EQ(prototypes[4], U"l");
  EXPECT_EQ(prototypes[5], U"rn");
  EXPECT_EQ(prototypes[6], U"a");
}

}  // namespace
}  // namespace countersign
