#pragma once
// Canonical decomposition and composition of Unicode (UAX #15), by the tables of unicode.h.

#include <string>
#include <string_view>

namespace countersign {

/// Marks in the order of their classes (the canonical ordering algorithm), as one decomposes to.
void order_marks(std::u32string& text);

/// NFD, but for characters that NFC never contains: they stay as they are.
std::u32string decomposed(std::u32string_view text);

/// The canonical composition (The Unicode Standard, D117) of what was decomposed.
std::u32string composed(std::u32string_view text);

}  // namespace countersign
