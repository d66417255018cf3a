#include "transaction/view_renderers.h"

#include "transaction/unicode.h"

namespace countersign {
namespace {

// For element content and quoted attributes of HTML and XML.
std::string escaped(std::string_view text) {
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
    "--strong:#0b57d0;--on-strong:#fff}"
    "@media (prefers-color-scheme:dark){:root{--paper:#14161a;--ink:#f1f2f4;--quiet:#a7adb8;"
    "--line:#363b45;--strong:#a8c7fa;--on-strong:#062e6f}}"
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
    "footer span.affirm{background:var(--strong);color:var(--on-strong)}"
    "</style>";

// SVG does not break lines itself. [a phone shows about 24 characters of 20 px or 40 of 14 px in
// 328 px; full-width characters take twice that]
constexpr int kWidth = 360;
constexpr int kMargin = 16;
constexpr std::size_t kLinesOfLevel3 = 6;

std::size_t columns_of(char32_t c) {
  const bool is_wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                       (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                       (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) || c >= 0x1f000;
  return is_wide ? 2 : 1;
}

// At spaces where there are any, between characters otherwise, never in front of a mark. The lines
// put together are the text: a space stays at the end of its line.
std::vector<std::string> broken_lines(std::string_view text, std::size_t max_columns) {
  std::vector<std::string> lines;
  const Result<std::vector<CharacterAt>> decoded = decode_utf8(text);
  if (!decoded) {
    return {std::string(text)};
  }
  std::size_t begin = 0;      // of the line
  std::size_t breakable = 0;  // after the last space; `begin` when there is none
  std::size_t columns = 0;
  std::size_t since_break = 0;  // columns after the last space
  for (const CharacterAt& character : *decoded) {
    const std::size_t width =
        properties_of(character.code_point).is_mark ? 0 : columns_of(character.code_point);
    if (columns + width > max_columns && character.code_point != ' ' && width > 0) {
      const bool has_space = breakable > begin;
      const std::size_t end = has_space ? breakable : character.offset;
      lines.emplace_back(text.substr(begin, end - begin));
      begin = breakable = end;
      columns = has_space ? since_break : 0;
    }
    columns += width;
    since_break += width;
    if (character.code_point == ' ') {
      breakable = character.offset + 1;
      since_break = 0;
    }
  }
  lines.emplace_back(text.substr(begin));
  return lines;
}

class Svg {
 public:
  // Right to left where the text is, so that its lines begin at the right margin.
  void line(std::string_view text, Direction direction, int size, std::string_view style) {
    y_ += size + 6;
    body_ +=
        "<text x=\"" + std::to_string(direction == Direction::rtl ? kWidth - kMargin : kMargin);
    body_ +=
        "\" y=\"" + std::to_string(y_) + "\" font-size=\"" + std::to_string(size) + "\" class=\"";
    body_ += style;
    body_ += "\" direction=\"";
    body_ += direction == Direction::rtl ? "rtl" : "ltr";
    body_ += "\" unicode-bidi=\"";
    body_ += direction == Direction::automatic ? "plaintext" : "isolate";
    body_ += "\">" + escaped(text) + "</text>";
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
           escaped(view.title) +
           "</title><style>text{font-family:system-ui,sans-serif;white-space:pre;fill:#16181d}"
           ".quiet{fill:#5a616e}.strong{font-weight:600}.paper{fill:#fff}"
           ".line{stroke:#d9dce3}@media (prefers-color-scheme:dark){text{fill:#f1f2f4}"
           ".quiet{fill:#a7adb8}.paper{fill:#14161a}.line{stroke:#363b45}}</style>"
           "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>" +
           body_ + "</svg>\n";
  }

 private:
  std::string body_;
  int y_ = kMargin;
};

void add_row(Svg& svg, const ViewRow& row) {
  constexpr std::size_t kLabelColumns = 44;
  constexpr std::size_t kColumns[] = {26, 36, 44};
  constexpr int kSizes[] = {20, 16, 14};
  const auto level = static_cast<std::size_t>(row.level - 1);
  svg.rule();
  for (const std::string& line : broken_lines(row.label, kLabelColumns)) {
    svg.line(line, Direction::automatic, 14, "quiet");
  }
  std::vector<std::string> lines = broken_lines(row.value, kColumns[level]);
  if (row.level == 3 && lines.size() > kLinesOfLevel3) {
    lines.resize(kLinesOfLevel3);
    lines.back() += "\xe2\x80\xa6";
  }
  for (const std::string& line : lines) {
    svg.line(line, row.direction, kSizes[level], row.level == 1 ? "strong" : "value");
  }
}

}  // namespace

std::string render_text(const View& view) {
  std::string out = view.title + "\n\n";
  for (const ViewRow& row : view.rows) {
    out += row.label;
    out += ": ";
    out += isolate_of(row.direction);
    out += row.value;
    out += kPopIsolate;
    out += '\n';
  }
  out += "\n[" + view.affirm + "] [" + view.deny + "]\n";
  return out;
}

std::string render_html(const View& view) {
  std::string out =
      "<!doctype html>\n<html dir=\"auto\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">";
  out += "<title>" + escaped(view.title) + "</title>";
  out += kStyle;
  out += "</head><body><main dir=\"auto\"><h1><bdi>" + escaped(view.title) + "</bdi></h1><dl>";
  for (const ViewRow& row : view.rows) {
    out += "\n<div class=\"l" + std::to_string(row.level) + "\"><dt><bdi>" + escaped(row.label) +
           "</bdi></dt><dd><bdi dir=\"";
    out += direction_name(row.direction);
    out += "\">" + escaped(row.value) + "</bdi></dd></div>";
  }
  out += "\n</dl><footer><span class=\"deny\"><bdi>" + escaped(view.deny) +
         "</bdi></span><span class=\"affirm\"><bdi>" + escaped(view.affirm) +
         "</bdi></span></footer></main></body></html>\n";
  return out;
}

std::string render_svg(const View& view) {
  Svg svg;
  constexpr std::size_t kTitleColumns = 26;
  for (const std::string& line : broken_lines(view.title, kTitleColumns)) {
    svg.line(line, Direction::automatic, 20, "strong");
  }
  for (const ViewRow& row : view.rows) {
    add_row(svg, row);
  }
  svg.rule();
  svg.line("[" + view.affirm + "] [" + view.deny + "]", Direction::automatic, 16, "strong");
  return std::move(svg).take(view);
}

}  // namespace countersign
