// Text that could read otherwise than it was read, whoever recorded it.

#include "transaction/recorded.h"

#include <gtest/gtest.h>

#include "tests/transaction/unicode_database.h"
#include "transaction/display_text.h"
#include "transaction/unicode.h"

namespace countersign::testing {
namespace {

bool says(char32_t code_point) {
  std::string text = "A";
  append_utf8(text, code_point);
  return says_what_it_shows(text + "B");
}

TEST(SaysWhatItShows, SucceedsForTextsOfViews) {
  for (const char* text : {"", "1.234,56\xc2\xa0€", "Łódź", "東京", "مرحبا", "A\u0301B", "№ 1", "🏦",
                           "DE89 3704 0044 0532 0130 00"}) {
    EXPECT_TRUE(says_what_it_shows(text)) << text;
  }
  EXPECT_FALSE(says_what_it_shows("\xff"));
}

// What stood in no list before: signs that span or turn the digits behind them, musical and
// shorthand marks.
TEST(SaysWhatItShows, FailsForEachKindOfFormatCharacter) {
  for (const char32_t code_point :
       {U'\u0600',     U'\u0605',     U'\u061c',     U'\u06dd',     U'\u070f',
        U'\u0890',     U'\u0891',     U'\u08e2',     U'\u180e',     U'\u200b',
        U'\u202e',     U'\u2066',     U'\ufeff',     U'\ufff9',     U'\U000110bd',
        U'\U000110cd', U'\U00013430', U'\U0001343f', U'\U0001bca0', U'\U0001bca3',
        U'\U0001d173', U'\U0001d17a', U'\U000e0001', U'\U000e007f', U'\U0010ffff'}) {
    EXPECT_FALSE(says(code_point)) << std::hex << static_cast<std::uint32_t>(code_point);
  }
  for (const char32_t code_point :
       {U' ', U'\u00a0', U'\u00ac', U'\u00ae', U'\u05ff', U'\u0606', U'\u06de', U'\u0892',
        U'\u08e1', U'\u202f', U'\U000110bc', U'\U000110be', U'\U0001342f', U'\U00013440',
        U'\U0001bc9f', U'\U0001bca4', U'\U0001d172', U'\U0001d17b', U'\U000dffff'}) {
    EXPECT_TRUE(says(code_point)) << std::hex << static_cast<std::uint32_t>(code_point);
  }
}

// All of the database's, and none that display-safe text could have had.
TEST(SaysWhatItShows, FailsForAllFormatCharactersAndForNothingThatIsShown) {
  for (char32_t code_point = 1; code_point <= 0x10ffff; ++code_point) {
    if (is_unseen(code_point)) {
      ASSERT_TRUE(properties_of(code_point).is_forbidden)
          << std::hex << static_cast<std::uint32_t>(code_point);
    }
  }
  const std::vector<std::vector<std::string>> rows = database_rows("UnicodeData.txt");
  if (rows.empty()) {
    GTEST_SKIP() << "the Unicode database (package unicode-data) is not here";
  }
  int formats = 0;
  for (const std::vector<std::string>& row : rows) {
    if (row[2] == "Cf" || row[2] == "Cc" || row[2] == "Zl" || row[2] == "Zp") {
      ++formats;
      EXPECT_TRUE(is_unseen(static_cast<char32_t>(std::stoul(row[0], nullptr, 16)))) << row[0];
    }
  }
  EXPECT_GE(formats, 200);
}

}  // namespace
}  // namespace countersign::testing
