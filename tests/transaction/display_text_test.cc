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
  for (const char32_t* text :
       {U"Muster Handels GmbH", U"Müller & Söhne", U"O'Neill", U"株式会社サンプル",
        U"東京タワーABC", U"한국전력", U"شركة الاختبار", U"Ελληνικά", U"Сбербанк", U"हिन्दी",
        U"Nguyễn Văn", U"3M", U"李小龙 Li", U"RF18539007547034", U"ไทย"}) {
    EXPECT_EQ(name_verdict(text), "safe") << utf8(text);
  }
}

TEST(DisplayText, FailsIfACharacterIsForbidden) {
  const char32_t forbidden[] = {
      0x0,    0x9,    0xa,    0x7f,   0x85,    0xa0,    0xad,    0x34f,   0x61c,   0x115f,
      0x1680, 0x180e, 0x2000, 0x200b, 0x200c,  0x200d,  0x200e,  0x202a,  0x202e,  0x2028,
      0x2029, 0x202f, 0x2060, 0x2066, 0x2069,  0x3000,  0x3164,  0xe000,  0xfe0f,  0xfeff,
      0xffa0, 0xfffe, 0xffff, 0x378,  0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xf0000, 0x10ffff};
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

TEST(DisplayName, FailsIfDigitsAreOfSeveralScripts) {
  EXPECT_EQ(name_verdict(U"A1\U0001d7d8"), "text_digits_mixed 2 U+1D7D8");
  EXPECT_EQ(name_verdict(U"\u0661\u0662"), "safe");
  EXPECT_EQ(name_verdict(U"\u0661"
                         U"2"),
            "text_digits_mixed 2 U+32");
  EXPECT_EQ(name_verdict(U"\u0661\u06f2"), "text_digits_mixed 2 U+6F2");
  // Mathematical digits are five sets in a row.
  EXPECT_EQ(name_verdict(U"\U0001d7ce\U0001d7cf"), "safe");
  EXPECT_EQ(name_verdict(U"\U0001d7ce\U0001d7d8"), "text_digits_mixed 4 U+1D7D8");
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

TEST(SkeletonOf, IsTheSameForNamesThatLookTheSame) {
  EXPECT_EQ(skeleton_of(utf8(U"Р\u0430\u0443\u0440\u0430l")), skeleton_of("Paypal"));
  EXPECT_EQ(skeleton_of("rnicrosoft"), skeleton_of("microsoft"));
  EXPECT_EQ(skeleton_of("AL1CE"), skeleton_of("ALlCE"));
  EXPECT_EQ(skeleton_of("M\xc3\xbcller"), skeleton_of("M\xc3\xbcller"));
  EXPECT_NE(skeleton_of("Mueller"), skeleton_of("M\xc3\xbcller"));
  EXPECT_NE(skeleton_of("Alice"), skeleton_of("Bob"));
  EXPECT_EQ(skeleton_of("a\xff"), "a\xff");
}

}  // namespace
}  // namespace countersign
