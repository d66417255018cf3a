#pragma once
// A view as text, HTML and SVG. Each takes the view and nothing else; values are isolated, amounts
// and accounts run left to right, rows of level 1 and 2 are never cut.

#include <string>
#include <string_view>

#include "transaction/view.h"

namespace countersign {

/// Title, one line a row ("LABEL: VALUE"), the actions in brackets. Values stand between U+2068 and
/// U+2069 (of direction "ltr" U+2066, of "rtl" U+2067), as in the other forms <bdi> isolates them.
std::string render_text(const View& view);

/// The same without the actions: what is left of it once it was answered.
std::string render_answered_text(const View& view);
/// "Answered with [AFFIRM], and not with [DENY]", isolated as values are: of one that was approved.
std::string render_answer(const View& view);

/// A whole document: no script, nothing loaded, dark and light, from the width of a phone on.
std::string render_html(const View& view);

/// 360 units wide (a phone), as high as it needs to be; dark and light. Values that do not fit in a
/// line are broken, those of level 3 are cut after six lines with an ellipsis.
std::string render_svg(const View& view);

/// Text for element content and quoted attributes of HTML and XML.
std::string escape_markup(std::string_view text);

}  // namespace countersign
