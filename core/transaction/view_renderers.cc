#include "transaction/view_renderers.h"

#include <algorithm>
#include <iterator>

#include "transaction/display_text.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

std::string_view isolate_of(Direction direction) {
  switch (direction) {
    case Direction::ltr:
      return "\xe2\x81\xa6";
    case Direction::rtl:
      return "\xe2\x81\xa7";
    case Direction::automatic:
      return "\xe2\x81\xa8";
  }
  return "";
}
constexpr std::string_view kPopIsolate = "\xe2\x81\xa9";

constexpr std::string_view kStyle =
    "<style>"
    ":root{color-scheme:light dark;--paper:#fff;--ink:#16181d;--quiet:#5a616e;--line:#d9dce3;"
    "--strong:#0b57d0}"
    "@media (prefers-color-scheme:dark){:root{--paper:#14161a;--ink:#f1f2f4;--quiet:#a7adb8;"
    "--line:#363b45;--strong:#a8c7fa}}"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.4 system-ui,sans-serif}"
    "main{max-width:32rem;margin:0 auto;padding:1rem;box-sizing:border-box}"
    "h1{font-size:1.25rem;margin:0 0 1rem}"
    "dl{margin:0}"
    "dl>div{padding:.6rem 0;border-top:1px solid var(--line)}"
    "dt{color:var(--quiet);font-size:.875rem}"
    "dd{margin:0;overflow-wrap:anywhere}"
    ".l1 dd{font-size:1.25rem;font-weight:600}"
    ".l3 dd{font-size:.875rem}"
    "footer{display:flex;gap:.75rem;margin-top:1rem}"
    "footer span{flex:1;padding:.75rem;border:2px solid var(--strong);border-radius:.5rem;"
    "text-align:center;font-weight:600;color:var(--strong)}"
    "</style>";

// SVG does not break lines itself, and what is wider than the picture is cut by it. How wide a
// character is depends on the font, which is the reader's.
constexpr int kWidth = 360;  // a phone
constexpr int kMargin = 16;
constexpr int kInner = kWidth - 2 * kMargin;
constexpr std::size_t kLinesOfLevel3 = 6;

// In hundredths of the font's size: what it usually takes, and at most. [measured in bold: Verdana
// and DejaVu Sans are the widest in use]
struct Extent {
  int usual = 0;
  int most = 0;

  void add(Extent other) {
    usual += other.usual;
    most += other.most;
  }
};

// 0x20 to 0x7e: 'a' narrow, 'b' small letters and digits, 'c' capitals, 'd' W M m w @ %.
constexpr std::string_view kAsciiExtents =
    "aaccbdcaaabcaaaabbbbbbbbbbaacccbdccccccccacccdcccccccccdcccabacbabbbbbabbaabadbbbbababbdbbbbab"
    "c";
constexpr Extent kExtents[] = {{55, 55}, {72, 72}, {88, 88}, {130, 130}};
constexpr int kSpaceExtent = 55;

// Each to the next. [cuneiform signs and ligatures of whole sentences have more than ten; scripts
// without a line of their own are taken for as wide]
struct ExtentRange {
  char32_t start;
  Extent extent;
};
constexpr ExtentRange kExtentRanges[] = {
    {0x7f, {72, 110}},     {0xa0, {55, 55}},       {0xa1, {72, 110}},      {0xc0, {90, 90}},
    {0xc6, {130, 130}},    {0xc7, {90, 90}},       {0xe6, {115, 115}},     {0xe7, {90, 90}},
    {0x132, {100, 100}},   {0x134, {90, 90}},      {0x152, {130, 130}},    {0x154, {90, 90}},
    {0x174, {130, 130}},   {0x176, {90, 90}},      {0x180, {100, 170}},    {0x370, {95, 110}},
    {0x400, {95, 135}},    {0x530, {90, 150}},     {0x590, {65, 110}},     {0x600, {60, 150}},
    {0x700, {100, 1300}},  {0x900, {85, 150}},     {0x980, {100, 1300}},   {0xe00, {75, 110}},
    {0xe80, {100, 1300}},  {0x1100, {100, 100}},   {0x1200, {100, 1300}},  {0x1e00, {90, 135}},
    {0x2000, {100, 200}},  {0x2018, {55, 65}},     {0x2020, {100, 200}},   {0x202f, {55, 55}},
    {0x2030, {160, 220}},  {0x2100, {120, 300}},   {0x2e3a, {200, 200}},   {0x2e3b, {300, 300}},
    {0x2e3c, {100, 200}},  {0x2e80, {100, 100}},   {0xa4d0, {100, 1300}},  {0xac00, {100, 100}},
    {0xd7a4, {100, 1300}}, {0xf900, {100, 100}},   {0xfb00, {100, 1300}},  {0xfdfa, {400, 1300}},
    {0xfe30, {100, 100}},  {0xfe70, {60, 150}},    {0xff00, {100, 100}},   {0xff61, {60, 60}},
    {0xffa0, {100, 200}},  {0x10000, {100, 1300}}, {0x12000, {200, 1300}}, {0x12550, {100, 1300}},
    {0x1f000, {140, 170}}, {0x1fb00, {100, 1300}}, {0x20000, {100, 100}},  {0x40000, {100, 1300}}};

Extent extent_of(char32_t c) {
  if (c >= 0x20 && c < 0x7f) {
    return kExtents[kAsciiExtents[c - 0x20] - 'a'];
  }
  // What stands above or below another character; others stand beside it, whatever they are called.
  constexpr char32_t kBesideFrom = 0x3000;
  const CharacterProperties properties = properties_of(c);
  if (properties.is_mark && properties.combining_class != 0) {
    return {0, c < kBesideFrom ? 0 : 100};
  }
  const auto* next = std::upper_bound(
      std::begin(kExtentRanges), std::end(kExtentRanges), c,
      [](char32_t wanted, const ExtentRange& range) { return wanted < range.start; });
  return next == std::begin(kExtentRanges) ? kExtents[1] : (next - 1)->extent;
}

struct Line {
  std::string_view text;
  Extent extent;
};

// At spaces where there are any, otherwise between graphemes. The lines put together are the text:
// a space stays at the end of its line. An amount is never broken.
std::vector<Line> broken_lines(std::string_view text, int room) {
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return {{text, {room, room + kSpaceExtent + 1}}};
  }
  constexpr std::string_view kBeforeCurrency = "\xc2\xa0";  // before a currency, and nowhere else
  const bool is_amount = text.find(kBeforeCurrency) != text.npos;
  std::vector<Line> lines;
  Line line{text, {}};
  std::size_t begin = 0;
  std::size_t breakable = 0;  // after the last space; `begin` when there is none
  Extent since_break;         // after the last space
  std::size_t at = 0;
  for (const std::uint32_t end : grapheme_ends(*decoded, text.size())) {
    const std::size_t start = at < decoded->size() ? (*decoded)[at].offset : text.size();
    Extent extent;
    for (; at < decoded->size() && (*decoded)[at].offset < end; ++at) {
      extent.add(extent_of((*decoded)[at].code_point));
    }
    const bool is_space = text[start] == ' ';
    if (!is_amount && !is_space && start > begin && line.extent.usual + extent.usual > room) {
      const std::size_t next = breakable > begin ? breakable : start;
      const Extent left = breakable > begin ? since_break : Extent{};
      line.text = text.substr(begin, next - begin);
      line.extent.add({-left.usual, -left.most});
      lines.push_back(line);
      line.extent = left;
      begin = breakable = next;
    }
    line.extent.add(extent);
    since_break.add(extent);
    if (is_space) {
      breakable = end;
      since_break = {};
    }
  }
  line.text = text.substr(begin);
  lines.push_back(line);
  return lines;
}

// The direction of the first character that has one (UAX #9, P2 and P3). Each line is a paragraph
// of its own to SVG: it is told that of the whole text.
Direction direction_of(std::string_view text) {
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return Direction::ltr;
  }
  for (const auto& [c, offset] : *decoded) {
    if ((c >= 0x590 && c <= 0x8ff) || (c >= 0xfb1d && c <= 0xfdff) ||
        (c >= 0xfe70 && c <= 0xfeff) || (c >= 0x10800 && c <= 0x10fff) ||
        (c >= 0x1e800 && c <= 0x1efff)) {
      if (!properties_of(c).is_digit && !properties_of(c).is_mark) {
        return Direction::rtl;
      }
    } else if (properties_of(c).script_set != 0) {
      return Direction::ltr;
    }
  }
  return Direction::ltr;
}

std::string attribute(std::string_view name, int value) {
  return " " + std::string(name) + "=\"" + std::to_string(value) + "\"";
}

struct SvgStyle {
  std::string_view name;
  int size;
};

class Svg {
 public:
  explicit Svg(Direction base) : is_from_the_right_(base == Direction::rtl) {}

  /// In all of its lines; of level 3 the first six.
  void text(std::string_view text, Direction direction, SvgStyle style, int inset = 0,
            std::size_t max_lines = SIZE_MAX) {
    constexpr int kHundred = 100;
    const bool may_be_cut = max_lines != SIZE_MAX;
    const int width = kInner - 2 * inset;
    // What is cut has an ellipsis.
    const int room = width * kHundred / style.size - (may_be_cut ? kHundred : 0);
    if (direction == Direction::automatic) {
      direction = direction_of(text);
    }
    const bool is_rtl = direction == Direction::rtl;
    body_ += "<g class=\"";
    body_ += style.name;
    body_ += "\"" + attribute("font-size", style.size) + " direction=\"";
    body_ += direction_name(direction);
    body_ += "\">";
    const std::vector<Line> lines = broken_lines(text, room);
    const std::size_t count = std::min(lines.size(), max_lines);
    for (std::size_t i = 0; i < count; ++i) {
      const Line& line = lines[i];
      y_ += style.size + 6;
      // At the right margin what runs from there, or stands in a view that does.
      const int edge = kMargin + inset;
      const bool is_at_right = is_rtl || is_from_the_right_;
      body_ += "<text" + attribute("x", is_at_right ? kWidth - edge : edge) + attribute("y", y_);
      if (is_at_right && !is_rtl) {
        body_ += " text-anchor=\"end\"";
      }
      if (line.extent.most > room + kSpaceExtent) {
        body_ += attribute("textLength", std::min(width, std::max(line.extent.usual, kHundred) *
                                                             style.size / kHundred)) +
                 " lengthAdjust=\"spacingAndGlyphs\"";
      }
      body_ += ">" + escape_markup(line.text) +
               (i + 1 == count && count < lines.size() ? kEllipsis : "") + "</text>";
    }
    body_ += "</g>";
  }
  /// In a box: one is as prominent as the other.
  void action(std::string_view text) {
    constexpr int kInset = 12;
    y_ += kMargin;
    const int top = y_;
    const std::size_t at = body_.size();
    this->text(text, Direction::automatic, {"strong", 16}, kInset);
    y_ += kInset;
    body_.insert(at, "<rect class=\"box\" rx=\"8\"" + attribute("x", kMargin) +
                         attribute("y", top) + attribute("width", kInner) +
                         attribute("height", y_ - top) + "/>");
  }
  void rule() {
    y_ += 10;
    const std::string y = std::to_string(y_);
    body_ += "<path class=\"line\" d=\"M" + std::to_string(kMargin) + " " + y + "H" +
             std::to_string(kWidth - kMargin) + "\"/>";
  }
  std::string take(const View& view) && {
    const std::string height = std::to_string(y_ + kMargin);
    const std::string width = std::to_string(kWidth);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " + width + " " +
           height + "\" width=\"" + width + "\" height=\"" + height + "\"><title>" +
           escape_markup(view.title) +
           "</title><style>text{font-family:system-ui,sans-serif;white-space:pre;fill:#16181d}"
           ".quiet text{fill:#5a616e}.strong{font-weight:600}.paper{fill:#fff}"
           ".line{stroke:#d9dce3}.box{fill:none;stroke:#0b57d0;stroke-width:2}"
           "@media (prefers-color-scheme:dark){text{fill:#f1f2f4}"
           ".quiet text{fill:#a7adb8}.paper{fill:#14161a}.line{stroke:#363b45}"
           ".box{stroke:#a8c7fa}}</style>"
           "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>" +
           body_ + "</svg>\n";
  }

 private:
  static constexpr const char* kEllipsis = "\xe2\x80\xa6";
  bool is_from_the_right_;
  std::string body_;
  int y_ = kMargin;
};

void add_row(Svg& svg, const ViewRow& row) {
  constexpr SvgStyle kStyles[] = {{"strong", 20}, {"value", 16}, {"value", 14}};
  svg.rule();
  svg.text(row.label, Direction::automatic, {"quiet", 14});
  svg.text(row.value, row.direction, kStyles[row.level - 1], 0,
           row.level == 3 ? kLinesOfLevel3 : SIZE_MAX);
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string render_answered_text(const View& view) {
  std::string out = view.title + "\n\n";
  for (const ViewRow& row : view.rows) {
    out += row.label;
    out += ": ";
    out += isolate_of(row.direction);
    out += row.value;
    out += kPopIsolate;
    out += '\n';
  }
  return out;
}

std::string render_answer(const View& view) {
  const auto isolated = [](const std::string& label) {
    return "[" + std::string(isolate_of(Direction::automatic)) + label + std::string(kPopIsolate) +
           "]";
  };
  return "Answered with " + isolated(view.affirm) + ", and not with " + isolated(view.deny) + "\n";
}

std::string render_text(const View& view) {
  return render_answered_text(view) + "\n[" + view.affirm + "] [" + view.deny + "]\n";
}

std::string render_html(const View& view) {
  std::string out = "<!doctype html>\n<html dir=\"";
  // The text of <bdi> does not count for dir="auto" around it.
  out += direction_name(direction_of(view.title));
  out +=
      "\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">";
  out += "<title>" + escape_markup(view.title) + "</title>";
  out += kStyle;
  out += "</head><body><main><h1><bdi>" + escape_markup(view.title) + "</bdi></h1><dl>";
  for (const ViewRow& row : view.rows) {
    out += "\n<div class=\"l" + std::to_string(row.level) + "\"><dt><bdi>" +
           escape_markup(row.label) + "</bdi></dt><dd><bdi dir=\"";
    out += direction_name(row.direction);
    out += "\">" + escape_markup(row.value) + "</bdi></dd></div>";
  }
  out += "\n</dl><footer><span><bdi>" + escape_markup(view.deny) + "</bdi></span><span><bdi>" +
         escape_markup(view.affirm) + "</bdi></span></footer></main></body></html>\n";
  return out;
}

std::string render_svg(const View& view) {
  Svg svg(direction_of(view.title));
  svg.text(view.title, Direction::automatic, {"strong", 20});
  for (const ViewRow& row : view.rows) {
    add_row(svg, row);
  }
  svg.rule();
  svg.action(view.affirm);
  svg.action(view.deny);
  return std::move(svg).take(view);
}

}  // namespace countersign
