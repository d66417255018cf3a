#include "transaction/view_renderers.h"

#include <gmock/gmock.h>

namespace countersign {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

View hostile() {
  return {"Approve <b>",
          "Yes & go",
          "No",
          {{1, "Amount",
            "1,234.56\xc2\xa0"
            "EUR",
            Direction::ltr},
           {1, "Payee", "\"><script>alert('x')</script>", Direction::automatic},
           {2, "Name", "شركة", Direction::rtl}}};
}

TEST(RenderText, IsolatesEachValue) {
  EXPECT_EQ(render_text(hostile()),
            "Approve <b>\n\n"
            "Amount: \xe2\x81\xa6"
            "1,234.56\xc2\xa0"
            "EUR\xe2\x81\xa9\n"
            "Payee: \xe2\x81\xa8\"><script>alert('x')</script>\xe2\x81\xa9\n"
            "Name: \xe2\x81\xa7شركة\xe2\x81\xa9\n"
            "\n[Yes & go] [No]\n");
}

TEST(RenderHtml, EscapesAndIsolatesEachValueAndHasNoScript) {
  const std::string html = render_html(hostile());
  EXPECT_THAT(html, HasSubstr("<bdi dir=\"ltr\">1,234.56\xc2\xa0"
                              "EUR</bdi>"));
  EXPECT_THAT(
      html,
      HasSubstr(
          "<bdi dir=\"auto\">&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</bdi>"));
  EXPECT_THAT(html, HasSubstr("<bdi dir=\"rtl\">شركة</bdi>"));
  EXPECT_THAT(html, HasSubstr("<h1><bdi>Approve &lt;b&gt;</bdi></h1>"));
  EXPECT_THAT(html, HasSubstr("Yes &amp; go"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, HasSubstr("width=device-width"));
  // Nothing is cut where it matters.
  EXPECT_THAT(html, Not(HasSubstr("ellipsis")));
  EXPECT_THAT(html, Not(HasSubstr("overflow:hidden")));
}

/// The text of all <text> elements of one class, put together.
std::string texts_of_class(const std::string& svg, const std::string& name) {
  std::string texts;
  const std::string mark = "class=\"" + name + "\"";
  for (std::size_t at = svg.find(mark); at != std::string::npos; at = svg.find(mark, at + 1)) {
    const std::size_t begin = svg.find('>', at) + 1;
    texts += svg.substr(begin, svg.find("</text>", begin) - begin);
  }
  return texts;
}

TEST(RenderSvg, EscapesAndForcesDirections) {
  const std::string svg = render_svg(hostile());
  EXPECT_THAT(svg, HasSubstr("direction=\"ltr\" unicode-bidi=\"isolate\">1,234.56"));
  EXPECT_THAT(svg, HasSubstr("x=\"344\""));  // right to left begins at the right
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_THAT(svg, HasSubstr("width=\"360\""));
}

TEST(RenderSvg, BreaksWhatIsLongAndCutsLevelThreeOnly) {
  std::string words;
  for (int i = 0; i < 60; ++i) {
    words += "word" + std::to_string(i) + ' ';
  }
  words += std::string(200, 'x');
  for (const std::int64_t level : {1, 2}) {
    const std::string svg =
        render_svg({"T", "Y", "N", {{level, "L", words, Direction::automatic}}});
    EXPECT_THAT(texts_of_class(svg, level == 1 ? "strong" : "value"), HasSubstr(words));
  }
  const std::string svg = render_svg({"T", "Y", "N", {{3, "L", words, Direction::automatic}}});
  EXPECT_THAT(svg, HasSubstr("\xe2\x80\xa6"));
  EXPECT_THAT(svg, Not(HasSubstr("word59")));
}

TEST(RenderSvg, TakesTwiceTheRoomForWideCharacters) {
  const std::string wide = "東京東京東京東京東京東京東京東京東京東京";
  const std::string svg = render_svg({"T", "Y", "N", {{1, "L", wide, Direction::automatic}}});
  EXPECT_THAT(texts_of_class(svg, "strong"), HasSubstr(wide));
  EXPECT_THAT(svg, Not(HasSubstr(wide)));  // two lines
}

}  // namespace
}  // namespace countersign
