#include "model/domain.h"

#include <algorithm>

#include "base/ascii.h"

namespace countersign {
namespace {

bool is_hexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

/// A host that ends in a number is an IPv4 address (URL Standard, "ends in a number checker").
bool is_number_label(std::string_view label) {
  if (std::all_of(label.begin(), label.end(), is_digit)) {
    return true;
  }
  return label.substr(0, 2) == "0x" && is_hexadecimal(label.substr(2));
}

}  // namespace

bool is_domain(std::string_view text) {
  constexpr std::size_t kMaxDomain = 253;  // RFC 1035 §2.3.4
  constexpr std::size_t kMaxLabel = 63;
  if (text.empty() || text.size() > kMaxDomain) {
    return false;
  }
  for (;;) {
    const std::string_view label = text.substr(0, text.find('.'));
    if (label.empty() || label.size() > kMaxLabel) {
      return false;
    }
    for (const char c : label) {
      if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_') {
        return false;
      }
    }
    if (label.size() == text.size()) {
      return !is_number_label(label);
    }
    text.remove_prefix(label.size() + 1);
  }
}

}  // namespace countersign
