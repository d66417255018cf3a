#pragma once
// What a document, a table or inputs were refused for, with the place.

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::cli {

/// "FILE:LINE:COLUMN: CODE: MESSAGE", the line itself and a caret under the place. A member that is
/// missing is named. Of a long line what is around the place; control characters are blanks.
std::string refusal_page(std::string_view file, std::string_view text, const Error& error);

}  // namespace countersign::cli
