#include "transaction/view_renderers.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

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

// Declining is as prominent as approving: two boxes that differ in their texts alone, and one rule
// for both.
TEST(RenderHtml, DrawsBothActionsAlike) {
  const std::string html = render_html({"Title", "Approve", "Decline", {}});
  EXPECT_THAT(html, HasSubstr("<footer><span><bdi>Decline</bdi></span>"
                              "<span><bdi>Approve</bdi></span></footer>"));
  const std::size_t begin = html.find("<style>");
  const std::string style = html.substr(begin, html.find("</style>") - begin);
  EXPECT_EQ(style.find("span"), style.find("footer span{") + 7) << "the first that is about them";
  EXPECT_EQ(style.rfind("span"), style.find("span")) << "and the only one";
  EXPECT_THAT(style, Not(HasSubstr("child")));
  EXPECT_THAT(style, Not(HasSubstr("of-type")));
}

/// What stands between `open` and `close`, each time.
std::vector<std::string> all_between(const std::string& text, const std::string& open,
                                     const std::string& close) {
  std::vector<std::string> found;
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const std::size_t begin = at + open.size();
    found.push_back(text.substr(begin, text.find(close, begin) - begin));
  }
  return found;
}

/// The lines of the last group of one class.
std::vector<std::string> lines_of_class(const std::string& svg, const std::string& name) {
  const std::vector<std::string> groups = all_between(svg, "<g class=\"" + name + "\"", "</g>");
  std::vector<std::string> lines;
  for (const std::string& line : all_between(groups.at(groups.size() - 1), "<text", "</text>")) {
    lines.push_back(line.substr(line.find('>') + 1));
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line;
  }
  return text;
}

/// The lines of a value that a picture shows.
std::vector<std::string> svg_lines(const std::string& value, std::int64_t level = 2,
                                   Direction direction = Direction::automatic) {
  return lines_of_class(render_svg({"T", "Y", "N", {{level, "L", value, direction}}}), "value");
}

TEST(RenderSvg, EscapesAndForcesDirections) {
  const std::string svg = render_svg(hostile());
  EXPECT_THAT(svg, HasSubstr("direction=\"ltr\"><text x=\"16\" y=\"98\">1,234.56"));
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
  EXPECT_EQ(joined(svg_lines(words)), words);
  EXPECT_THAT(render_svg({"T", "Y", "N", {{1, "L", words, Direction::automatic}}}),
              HasSubstr("word59"));
  const std::vector<std::string> cut = svg_lines(words, 3);
  EXPECT_EQ(cut.size(), 6U);
  EXPECT_THAT(cut.back(), HasSubstr("\xe2\x80\xa6"));
  EXPECT_THAT(joined(cut), Not(HasSubstr("word59")));
}

TEST(RenderSvg, GivesEachCharacterTheRoomThatItTakes) {
  std::string wide;
  for (int i = 0; i < 30; ++i) {
    wide += "東";
  }
  EXPECT_EQ(joined(svg_lines(wide)), wide);
  EXPECT_EQ(svg_lines(wide).size(), 2U);  // 20 in a line of 328 px
  EXPECT_EQ(svg_lines(std::string(15, 'W')).size(), 1U);
  EXPECT_EQ(svg_lines(std::string(16, 'W')).size(), 2U);
  EXPECT_EQ(svg_lines(std::string(37, 'i')).size(), 1U);
  // Marks that stand beside their letter take room, those above it none.
  std::string devanagari;
  std::string vietnamese;
  for (int i = 0; i < 20; ++i) {
    devanagari += "\u0915\u094b";
    vietnamese += "q\u0323";
  }
  EXPECT_GE(svg_lines(devanagari).size(), 2U);
  EXPECT_EQ(svg_lines(vietnamese).size(), 1U);
}

TEST(RenderSvg, SqueezesWhatCouldBeWiderThanItsLine) {
  const auto picture = [](const std::string& value) {
    return render_svg({"T", "Y", "N", {{1, "L", value, Direction::automatic}}});
  };
  EXPECT_THAT(picture("Muster Handels GmbH"), Not(HasSubstr("textLength")));
  EXPECT_THAT(picture("\u2e3b"), Not(HasSubstr("textLength")));
  EXPECT_THAT(picture("\ufdfd\ufdfd"), HasSubstr("textLength=\"160\" lengthAdjust"));
  EXPECT_THAT(picture("\U00012219\U00012219"), HasSubstr("textLength=\"80\" lengthAdjust"));
}

TEST(RenderSvg, BreaksNoGraphemeAndNoAmount) {
  std::string kana;
  for (int i = 0; i < 40; ++i) {
    kana += "\uff76\uff9e";
  }
  for (const std::string& line : svg_lines(kana)) {
    EXPECT_EQ(line.find("\uff76"), 0U) << line;
  }
  const std::string amount =
      "92.233.720.368.547.758,07\xc2\xa0"
      "EUR";
  const std::string svg = render_svg({"T", "Y", "N", {{1, "L", amount, Direction::ltr}}});
  EXPECT_THAT(svg, HasSubstr(">" + amount + "</text>"));
  EXPECT_THAT(svg, HasSubstr("textLength=\"328\""));
}

TEST(RenderSvg, ShowsBothActionsAlikeAndWhole) {
  const std::string affirm = "Approve this payment right now";
  const std::string deny = "Decline it and block this card";
  const std::string svg = render_svg({"T", affirm, deny, {{1, "L", "V", Direction::automatic}}});
  const std::size_t first = svg.find("<rect class=\"box\"");
  const std::size_t second = svg.find("<rect class=\"box\"", first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(svg.find("<rect class=\"box\"", second + 1), std::string::npos);
  EXPECT_THAT(joined(all_between(svg.substr(first, second - first), "\">", "</text>")),
              HasSubstr("Approve this "));
  EXPECT_EQ(joined(lines_of_class(svg, "strong")), deny);
  const auto height = [&](std::size_t at) {
    return all_between(svg.substr(at), "height=\"", "\"").at(0);
  };
  EXPECT_EQ(height(first), height(second));
}

TEST(RenderSvg, KnowsTheDirectionOfAText) {
  const std::string svg = render_svg(
      {"\u0645\u0648", "\u0646", "\u0644", {{1, "L", "1 \u0634 GmbH", Direction::automatic}}});
  // Title, value and both actions; the label is Latin.
  EXPECT_EQ(all_between(svg, "direction=\"", "\"").size(), 5U);
  EXPECT_EQ(all_between(svg, "direction=\"rtl", "\"").size(), 4U);
  // The Latin label stands where the view begins, too: at the right.
  EXPECT_THAT(svg, HasSubstr("<text x=\"344\" y=\"72\" text-anchor=\"end\">L</text>"));
}

TEST(RenderHtml, RunsFromTheSideFromWhichItsTitleIsRead) {
  EXPECT_THAT(render_html(hostile()), HasSubstr("<html dir=\"ltr\">"));
  EXPECT_THAT(render_html({"\u0645\u0648\u0627\u0641\u0642\u0629", "Y", "N", {}}),
              HasSubstr("<html dir=\"rtl\">"));
}

}  // namespace
}  // namespace countersign
