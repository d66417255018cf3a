#include "transaction/display_text.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/transaction/unicode_database.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

using testing::code_points;
using testing::database_rows;
using testing::DatabaseRow;

std::string utf8(const std::u32string& text) {
  std::string result;
  for (const char32_t c : text) {
    append_utf8(result, c);
  }
  return result;
}

/// "code offset U+code point", or "safe".
std::string verdict(const std::u32string& text, TextKind kind = TextKind::plain) {
  const std::optional<TextProblem> problem = find_text_problem(utf8(text), kind);
  if (!problem) {
    return "safe";
  }
  std::stringstream out;
  out << error_name(problem->code) << ' ' << problem->offset << " U+" << std::hex << std::uppercase
      << static_cast<std::uint32_t>(problem->code_point);
  return out.str();
}

std::string name_verdict(const std::u32string& text) { return verdict(text, TextKind::name); }

TEST(DisplayText, AcceptsWhatPeopleAreCalledAndWrite) {
  for (const char32_t* text : {U"Muster Handels GmbH",
                               U"Müller & Söhne",
                               U"O'Neill",
                               U"株式会社サンプル",
                               U"東京タワーABC",
                               U"한국전력",
                               U"شركة الاختبار",
                               U"Ελληνικά",
                               U"Сбербанк",
                               U"हिन्दी",
                               U"Nguyễn Văn",
                               U"3M",
                               U"李小龙 Li",
                               U"RF18539007547034",
                               U"ไทย",
                               U"น้ำดื่ม",
                               U"ｶﾌﾞｼｷｶﾞｲｼｬ ｻﾝﾌﾟﾙ",
                               U"ＡＢＣ銀行",
                               U"㈱サンプル",
                               U"Marke® & Söhne™",
                               U"Nº 1ª",
                               U"№ 5",
                               U"20° Nord",
                               U"m² Büro",
                               U"マンションⅡ",
                               U"한\u1112\u119e\u11ab글",
                               U"O’Brien – Co.",
                               U"ක්\u0dad"}) {
    EXPECT_EQ(name_verdict(text), "safe") << utf8(text);
  }
}

TEST(DisplayText, FailsIfACharacterIsForbidden) {
  const char32_t forbidden[] = {
      0x0,     0x9,     0xa,     0x7f,    0x85,    0xa0,    0xad,    0x34f,   0x61c,
      0x115f,  0x1680,  0x180e,  0x2000,  0x200b,  0x200c,  0x200d,  0x200e,  0x202a,
      0x202e,  0x2028,  0x2029,  0x202f,  0x2060,  0x2066,  0x2069,  0x3000,  0x3164,
      0xe000,  0xfe0f,  0xfeff,  0xffa0,  0xfffe,  0xffff,  0x378,   0x2800,  0x2d7f,
      0x303f,  0xfffc,  0xfffd,  0x1107f, 0x13441, 0x13442, 0x16fe4, 0x1bc9d, 0x1d159,
      0x1da9b, 0x1daaf, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xf0000, 0x10ffff};
  for (const char32_t c : forbidden) {
    std::stringstream expected;
    expected << "text_character_forbidden 2 U+" << std::hex << std::uppercase
             << static_cast<std::uint32_t>(c);
    EXPECT_EQ(verdict(std::u32string(U"ab") + c + U"cd"), expected.str());
  }
}

TEST(DisplayText, FailsIfEmptyOrIllFormed) {
  EXPECT_EQ(verdict(U""), "text_length_wrong 0 U+0");
  EXPECT_EQ(check_display_text("a\xff", TextKind::plain).error(),
            (Error{ErrorCode::utf8_invalid, Check::none, 1}));
  EXPECT_EQ(check_display_text("\xed\xa0\x80", TextKind::plain).error().code,
            ErrorCode::utf8_invalid);
}

TEST(DisplayText, FailsIfSpacesArePadding) {
  EXPECT_EQ(verdict(U" a"), "text_space_misplaced 0 U+20");
  EXPECT_EQ(verdict(U"a "), "text_space_misplaced 1 U+20");
  EXPECT_EQ(verdict(U"a  b"), "text_space_misplaced 2 U+20");
  EXPECT_EQ(verdict(U"ä "), "text_space_misplaced 2 U+20");
  EXPECT_EQ(verdict(U"ä  b"), "text_space_misplaced 3 U+20");
  EXPECT_EQ(verdict(U" "), "text_space_misplaced 0 U+20");
  EXPECT_EQ(verdict(U"a b"), "safe");
}

TEST(DisplayText, FailsIfMarksStandAloneOrFlood) {
  EXPECT_EQ(verdict(U"\u0323a"), "text_mark_misplaced 0 U+323");
  EXPECT_EQ(verdict(U"a \u0323b"), "text_mark_misplaced 2 U+323");
  EXPECT_EQ(verdict(U"q\u0323\u0307"), "safe");
  EXPECT_EQ(verdict(U"q\u0323\u0307\u0308"), "text_mark_misplaced 5 U+308");
  EXPECT_EQ(verdict(U"q" + std::u32string(1000, 0x0334)), "text_mark_misplaced 5 U+334");
  EXPECT_EQ(verdict(U"a\u20dd"), "safe");  // Me counts, alone it may stand
  EXPECT_EQ(verdict(U"\u20dd"), "text_mark_misplaced 0 U+20DD");
}

// Most texts are told at once. What follows here sends a text the long way, and breaks no rule.
TEST(DisplayText, IsTheSameWhetherItIsToldAtOnceOrNot) {
  const std::string slow = "\u0180";  // Latin, beyond what is told at once
  const auto told = [](const std::string& text, TextKind kind) {
    const std::optional<TextProblem> problem = find_text_problem(text, kind);
    return problem ? std::string(error_name(problem->code)) + " " + std::to_string(problem->offset)
                   : "safe";
  };
  for (const TextKind kind : {TextKind::plain, TextKind::label, TextKind::name}) {
    for (char32_t c = 0; c < 0x300; ++c) {
      const std::string text = "a" + utf8(std::u32string(1, c));
      EXPECT_EQ(told(text + "a", kind), told(text + slow, kind)) << std::uint32_t{c};
      EXPECT_EQ(told(text + " a", kind), told(text + " " + slow, kind)) << std::uint32_t{c};
      EXPECT_EQ(told(text + "\u043f", kind), told(text + "\u043f" + slow, kind))
          << std::uint32_t{c};
    }
    // Ill-formed, and cut.
    for (const char* text :
         {"a\xc3", "a\xc3z", "a\xc3\xc3", "a\xc5\xff", "\xc4\x7f", "\x80", "\xbf"}) {
      EXPECT_EQ(told(text, kind).substr(0, 12), "utf8_invalid") << text;
    }
  }
}

TEST(DisplayText, FailsIfOneGraphemeHoldsMany) {
  const auto times = [](char32_t c, std::size_t count) { return std::u32string(count, c); };
  EXPECT_EQ(verdict(times(0x1100, 2700)), "text_mark_misplaced 12 U+1100");
  EXPECT_EQ(verdict(times(0x0d4e, 2700) + U"\u0d15"), "text_mark_misplaced 12 U+D4E");
  EXPECT_EQ(verdict(times(0x1100, 4)), "safe");
  EXPECT_EQ(verdict(U"\u0d4e\u0d15\u0d3e\u0d02"), "safe");
  EXPECT_EQ(verdict(times(0x1f1e6, 100)), "safe");  // two are one
}

TEST(DisplayText, FailsIfAModifierHasNothingToModify) {
  EXPECT_EQ(verdict(U"A" + std::u32string(2000, 0x1f3fb)), "text_mark_misplaced 1 U+1F3FB");
  EXPECT_EQ(verdict(U"\U0001f44d\U0001f3fb"), "safe");
  EXPECT_EQ(verdict(U"\U0001f44d\U0001f3fb\U0001f3fb"), "text_mark_misplaced 8 U+1F3FB");
  EXPECT_EQ(verdict(U"\uff76" + std::u32string(2700, 0xff9e)), "text_mark_misplaced 6 U+FF9E");
  EXPECT_EQ(verdict(U"\uff76\uff9e\uff8a\uff9f"), "safe");
  EXPECT_EQ(verdict(U"A\uff9e"), "text_mark_misplaced 1 U+FF9E");
  EXPECT_EQ(verdict(U"\uff9f"), "text_mark_misplaced 0 U+FF9F");
}

TEST(DisplayText, FailsIfNotInNfc) {
  EXPECT_EQ(verdict(U"Mu\u0308ller"), "text_not_normalized 1 U+75");
  EXPECT_EQ(verdict(U"\u212b"), "text_not_normalized 0 U+212B");  // ANGSTROM SIGN
  EXPECT_EQ(verdict(U"q\u0307\u0323"), "text_not_normalized 3 U+323");
  EXPECT_EQ(verdict(U"\u1112\u1161\u11ab"), "text_not_normalized 0 U+1112");
  EXPECT_EQ(verdict(U"\uac00\u11a8"), "text_not_normalized 0 U+AC00");
  EXPECT_EQ(verdict(U"\u0958"), "text_not_normalized 0 U+958");  // excluded from composition
  EXPECT_EQ(verdict(U"\uf900"), "text_not_normalized 0 U+F900");
}

TEST(DisplayName, FailsIfScriptsAreMixedThatAreNotWrittenTogether) {
  EXPECT_EQ(name_verdict(U"\u0420aypal"), "text_scripts_mixed 2 U+61");
  EXPECT_EQ(name_verdict(U"P\u0430ypal"), "text_scripts_mixed 1 U+430");
  EXPECT_EQ(name_verdict(U"Deutsche B\u03b1nk"), "text_scripts_mixed 10 U+3B1");
  EXPECT_EQ(name_verdict(U"Muster\u0585"), "text_scripts_mixed 6 U+585");
  EXPECT_EQ(name_verdict(U"漢字\u0430"), "text_scripts_mixed 6 U+430");
  EXPECT_EQ(name_verdict(U"\u3105\u3042"), "text_scripts_mixed 3 U+3042");  // Bopomofo, Hiragana
  EXPECT_EQ(name_verdict(U"\uac00\u3042"), "text_scripts_mixed 3 U+3042");  // Hangul, Hiragana
  EXPECT_EQ(name_verdict(U"A\uac00\u3042"), "text_scripts_mixed 4 U+3042");
  EXPECT_EQ(name_verdict(U"A\u3105漢"), "safe");
  EXPECT_EQ(name_verdict(U"A\u30ab漢\u3042"), "safe");
  EXPECT_EQ(verdict(U"Миру mir"), "safe");  // only names are asked
}

TEST(DisplayName, FailsIfLettersAreDressedUp) {
  EXPECT_EQ(name_verdict(U"\u24b6cme"), "text_character_forbidden 0 U+24B6");     // circled
  EXPECT_EQ(name_verdict(U"a\U0001f130"), "text_character_forbidden 1 U+1F130");  // squared
  EXPECT_EQ(name_verdict(U"a\U0001f170"),
            "text_character_forbidden 1 U+1F170");                             // the same, negative
  EXPECT_EQ(name_verdict(U"\u1d2ccme"), "text_character_forbidden 0 U+1D2C");  // raised
  EXPECT_EQ(name_verdict(U"A\u2081"), "text_character_forbidden 1 U+2081");    // lowered
  EXPECT_EQ(name_verdict(U"\U0001d5a0cme"), "text_character_forbidden 0 U+1D5A0");  // mathematical
  EXPECT_EQ(name_verdict(U"Acme \u2705 verified"), "text_character_forbidden 5 U+2705");
  EXPECT_EQ(name_verdict(U"A\u0336c\u0336me"), "text_mark_misplaced 1 U+336");
  EXPECT_EQ(name_verdict(U"A\u20dd"), "text_mark_misplaced 1 U+20DD");
  EXPECT_EQ(name_verdict(U"4\u20e3"), "text_mark_misplaced 1 U+20E3");
  EXPECT_EQ(verdict(U"Rent \u2705 A\u20dd \u24b6"), "safe");  // only names are asked
}

TEST(DisplayName, FailsIfThereIsNothingToRead) {
  EXPECT_EQ(name_verdict(U"."), "text_length_wrong 0 U+2E");
  EXPECT_EQ(name_verdict(U"- & -"), "text_length_wrong 0 U+2D");
  EXPECT_EQ(name_verdict(U"\u2014"), "text_length_wrong 0 U+2014");
  EXPECT_EQ(verdict(U"-"), "safe");
}

TEST(DisplayName, FailsIfDigitsAreOfSeveralScripts) {
  EXPECT_EQ(name_verdict(U"A1\uff11"), "text_digits_mixed 2 U+FF11");
  EXPECT_EQ(name_verdict(U"\u0661\u0662"), "safe");
  EXPECT_EQ(name_verdict(U"\u0661"
                         U"2"),
            "text_digits_mixed 2 U+32");
  EXPECT_EQ(name_verdict(U"\u0661\u06f2"), "text_digits_mixed 2 U+6F2");
  EXPECT_EQ(name_verdict(U"\U0001d7ce"), "text_character_forbidden 0 U+1D7CE");
}

TEST(CheckNfc, AgreesWithTheDatabasesOwnTest) {
  std::size_t lines = 0;
  for (const DatabaseRow& row : database_rows("NormalizationTest.txt")) {
    if (row[0][0] == '@') {
      continue;
    }
    ASSERT_GE(row.size(), 5U);
    // c2 = NFC(c1) = NFC(c2) = NFC(c3), c4 = NFC(c4) = NFC(c5).
    for (const std::size_t column : {0U, 1U, 2U, 3U, 4U}) {
      const std::string& normalized = column < 3 ? row[1] : row[3];
      EXPECT_EQ(check_nfc(utf8(code_points(row[column]))).has_value(), row[column] == normalized)
          << row[column];
    }
    ++lines;
  }
  if (lines == 0) {
    GTEST_SKIP() << "the package unicode-data (or bzip2) is not installed";
  }
  EXPECT_GT(lines, 18000U);
}

TEST(CheckNfc, AcceptsWhatIsNotForDisplay) {
  EXPECT_TRUE(check_nfc("1.234,56\xc2\xa0"
                        "EUR")
                  .has_value());
  EXPECT_TRUE(check_nfc("").has_value());
  EXPECT_EQ(check_nfc("a\xff").error().code, ErrorCode::utf8_invalid);
  EXPECT_EQ(check_nfc(utf8(U"\u2000")).error().code, ErrorCode::text_not_normalized);
}

TEST(CountGraphemes, AgreesWithTheDatabasesOwnTest) {
  std::size_t lines = 0;
  for (const DatabaseRow& row : database_rows("auxiliary/GraphemeBreakTest.txt")) {
    std::stringstream parts(row[0]);
    std::u32string text;
    std::size_t expected = 0;
    bool is_displayable = true;
    for (std::string part; parts >> part;) {
      if (part == "\xc3\xb7") {  // ÷: a boundary
        ++expected;
      } else if (part != "\xc3\x97") {
        text += code_points(part);
        is_displayable = is_displayable && !properties_of(text.back()).is_forbidden;
      }
    }
    if (is_displayable) {
      EXPECT_EQ(count_graphemes(utf8(text)), expected - 1) << row[0];
      ++lines;
    }
  }
  if (lines == 0) {
    GTEST_SKIP() << "the package unicode-data is not installed";
  }
  EXPECT_GT(lines, 100U);
}

TEST(CountGraphemes, CountsCharactersBelowTheMarks) {
  for (char32_t c = 1; c < 0x300; ++c) {
    EXPECT_EQ(count_graphemes(utf8({'a', c})), 2U) << std::uint32_t{c};
    // A mark behind it, and it is counted by its grapheme.
    EXPECT_EQ(count_graphemes(utf8({'a', c, 0x300})), 2U) << std::uint32_t{c};
  }
  EXPECT_EQ(count_graphemes(""), 0U);
  EXPECT_EQ(count_graphemes("a\x80"), 2U);
  EXPECT_EQ(count_graphemes("\xc3\xc3\xc3"), 3U);
}

}  // namespace
}  // namespace countersign
