#include "native/cli/policy_refusal.h"

#include <algorithm>
#include <initializer_list>

#include "base/limits.h"
#include "codec/json_reader.h"
#include "policy/document.h"

namespace countersign::cli {
namespace {

constexpr std::size_t kShownBefore = 60;  // [octets; the line of a terminal has 80 to 120]
constexpr std::size_t kShownAfter = 40;

std::string_view first_missing(const JsonValue& object,
                               std::initializer_list<std::string_view> names,
                               std::string_view otherwise) {
  const auto missing = std::find_if(names.begin(), names.end(), [&](std::string_view name) {
    return object.find(name) == nullptr;
  });
  return missing == names.end() ? otherwise : *missing;
}

// What the object at the offset lacks. `holder`: the name of the member, or of the array, that it
// stands in; `above`: that of the holder.
std::string_view find_missing(const JsonValue& value, std::string_view holder,
                              std::string_view above, std::size_t offset) {
  if (value.is_object() && value.offset == offset) {
    if (holder.empty()) {
      return first_missing(value, {"id", "revision", "default", "rules"}, "");
    }
    if (holder == "rules") {
      return first_missing(value, {"id", "when"}, "require, deny or exempt");
    }
    if (above == "lists") {
      return "models";
    }
    return holder == "approvals"        ? "count"
           : holder == "deny"           ? "reason"
           : holder == "exempt"         ? "basis"
           : holder == "authenticators" ? "allow or deny"
                                        : "what is compared";
  }
  for (const auto& [name, member] : value.members) {
    if (const std::string_view found = find_missing(member, name, holder, offset); !found.empty()) {
      return found;
    }
  }
  for (const JsonValue& item : value.items) {
    if (const std::string_view found = find_missing(item, holder, above, offset); !found.empty()) {
      return found;
    }
  }
  return "";
}

std::string missing_member(std::string_view text, std::size_t offset) {
  JsonOptions options;
  options.max_bytes = limits::kMaxPolicyBytes;
  const Result<JsonValue> root = parse_json(text, options);
  return root ? std::string(find_missing(*root, "", "", offset)) : "";
}

bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

std::string line_with_caret(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const std::size_t line = before == std::string_view::npos ? 0 : before + 1;
  std::size_t begin = offset - line > kShownBefore ? offset - kShownBefore : line;
  std::size_t end = std::min({text.find('\n', offset), text.size(), offset + kShownAfter});
  while (begin < offset && is_inside_character(text[begin])) {
    ++begin;
  }
  while (end < text.size() && end > offset && is_inside_character(text[end])) {
    --end;
  }
  std::string shown = "  ";
  std::string caret = "  ";
  for (std::size_t at = begin; at < end; ++at) {
    const auto octet = static_cast<unsigned char>(text[at]);
    shown += octet < 0x20 || octet == 0x7f ? ' ' : text[at];
    if (at < offset && !is_inside_character(text[at])) {
      caret += ' ';
    }
  }
  return shown + '\n' + caret + "^\n";
}

}  // namespace

std::string refusal_page(std::string_view file, std::string_view text, const Error& error) {
  const TextPosition at = position_of(text, error.offset);
  std::string page = std::string(file) + ':' + std::to_string(at.line) + ':' +
                     std::to_string(at.column) + ": " + std::string(error_name(error.code)) + ": " +
                     std::string(error_message(error.code));
  if (error.code == ErrorCode::policy_member_missing) {
    if (const std::string missing = missing_member(text, error.offset); !missing.empty()) {
      page += " (" + missing + ")";
    }
  }
  return page + '\n' + line_with_caret(text, error.offset);
}

}  // namespace countersign::cli
