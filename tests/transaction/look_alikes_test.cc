#include "transaction/look_alikes.h"

#include <gtest/gtest.h>

#include "transaction/display_text.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

std::string utf8(const std::u32string& text) {
  std::string result;
  for (const char32_t c : text) {
    append_utf8(result, c);
  }
  return result;
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

bool are_alike(std::string_view a, std::string_view b) {
  const FoldedSkeletons left = folded_skeletons_of(a);
  const FoldedSkeletons right = folded_skeletons_of(b);
  return left.of_small == right.of_small || left.of_written == right.of_written;
}

TEST(FoldedSkeletonsOf, AreAlikeHoweverANameIsWritten) {
  for (const char32_t* text :
       {U"ACME INC", U"acme inc", U"Ａｃｍｅ Ｉｎｃ", U"Acrne lnc", U"\u0410cme Inc"}) {
    EXPECT_TRUE(are_alike(utf8(text), "Acme Inc")) << utf8(text);
  }
  EXPECT_TRUE(are_alike("HSBC", utf8(U"\u041d\u0405\u0412\u0421")));
  EXPECT_TRUE(are_alike(utf8(U"MÜLLER ŻÓŁĆ"), utf8(U"Müller Żółć")));
  EXPECT_TRUE(are_alike(utf8(U"СБЕРБАНК ΩΜΕΓΑ"), utf8(U"Сбербанк ωμεγα")));
  EXPECT_TRUE(are_alike("BIL", "BiI"));
  EXPECT_FALSE(are_alike("Acme", "Acne"));
  EXPECT_FALSE(are_alike("M\xc3\xbcller", "Muller"));
  EXPECT_TRUE(are_alike("a\xff", "a\xff"));
}

TEST(ReadingOf, IsTheSameForWhatReadsTheSame) {
  EXPECT_EQ(reading_of(utf8(U"\u0410mount")), reading_of("AMOUNT"));
  EXPECT_EQ(reading_of(utf8(U"\u041d\u0405\u0412\u0421")), reading_of("hsbc"));
  EXPECT_EQ(reading_of(utf8(U"\u0391\u0392\u0395\u0396\u0397\u039a\u039c\u03a7")),
            reading_of("abezhkmx"));
  EXPECT_EQ(reading_of("BilI"), reading_of("BIll"));
  EXPECT_NE(reading_of("Amount"), reading_of("Account"));
}

TEST(NameFormOf, IsTheSameHoweverAListIsKept) {
  for (const char32_t* text :
       {U"Anna Müller", U" Anna Müller", U"Anna Müller ", U"Anna  Müller\n", U"Anna\u00a0Müller",
        U"\tAnna \u3000 Müller\u2028", U"Anna Mu\u0308ller", U"Anna M\u200büller\ufeff",
        U"\u202eAnna Müller"}) {
    EXPECT_EQ(name_form_of(utf8(text)), "Anna M\xc3\xbcller") << utf8(text);
  }
  EXPECT_EQ(name_form_of(""), "");
  EXPECT_EQ(name_form_of(" \t "), "");
  EXPECT_EQ(name_form_of("a \xff"), "a \xff");
}

TEST(NameFormOf, LeavesWhatIsAName) {
  for (const char32_t* text :
       {U"Müller & Söhne GmbH", U"株式会社 ABC", U"Ａｃｍｅ", U"ที่นี่", U"김 민준"}) {
    ASSERT_FALSE(find_text_problem(utf8(text), TextKind::name).has_value()) << utf8(text);
    EXPECT_EQ(name_form_of(utf8(text)), utf8(text));
  }
}

}  // namespace
}  // namespace countersign
