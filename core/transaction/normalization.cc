#include "transaction/normalization.h"

#include <cstdint>

#include "transaction/unicode.h"

namespace countersign {

// [Each moves to the left as long as its class is the lower one. In a run of marks that was in
// order before its characters were decomposed, only the few of a decomposition are passed.]
void order_marks(std::u32string& text) {
  for (std::size_t end = 1; end < text.size(); ++end) {
    const char32_t mark = text[end];
    const std::uint8_t mark_class = properties_of(mark).combining_class;
    std::size_t at = end;
    while (mark_class != 0 && at > 0 && properties_of(text[at - 1]).combining_class > mark_class) {
      text[at] = text[at - 1];
      --at;
    }
    text[at] = mark;
  }
}

std::u32string decomposed(std::u32string_view text) {
  std::u32string result;
  for (const char32_t c : text) {
    append_decomposition(result, c);
  }
  order_marks(result);
  return result;
}

std::u32string composed(std::u32string_view text) {
  std::u32string result;
  std::size_t starter = 0;
  bool has_starter = false;
  std::uint8_t last_class = 0;
  for (const char32_t c : text) {
    const std::uint8_t combining_class = properties_of(c).combining_class;
    const bool is_adjacent = has_starter && starter + 1 == result.size();
    if (has_starter && (is_adjacent || last_class < combining_class)) {
      if (const char32_t composite = compose(result[starter], c); composite != 0) {
        result[starter] = composite;
        continue;
      }
    }
    if (combining_class == 0) {
      starter = result.size();
      has_starter = true;
    }
    last_class = combining_class;
    result += c;
  }
  return result;
}

}  // namespace countersign
