#include "native/cli/action_help.h"

#include <algorithm>
#include <vector>

namespace countersign::cli {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Words of letters alone.
bool has_word(std::string_view text, std::string_view word) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]))) {
      return true;
    }
  }
  return false;
}

// The lines of an entry: "  NAME  what it is", and those that are set in more.
std::string entries(const std::vector<std::string_view>& lines, std::string_view begin,
                    const auto& is_meant) {
  std::string text;
  bool is_shown = false;
  for (const std::string_view line : lines) {
    if (line.size() > 2 && line.starts_with("  ") && line[2] != ' ') {
      is_shown = line.substr(2).starts_with(begin) && is_meant(line.substr(2));
    } else if (!line.starts_with("   ")) {
      is_shown = false;
    }
    if (is_shown) {
      text += line;
      text += '\n';
    }
  }
  return text;
}

}  // namespace

std::string action_usage(std::string_view help, std::string_view action) {
  constexpr std::string_view kProgram = "countersign ";
  for (const std::string_view line : lines_of(help)) {
    const std::size_t at = line.find(kProgram);
    if (line.empty() || at == std::string_view::npos) {
      break;
    }
    const std::string_view usage = line.substr(at);
    const std::size_t name = usage.find(' ', kProgram.size());
    const std::string_view rest = name == std::string_view::npos ? "" : usage.substr(name + 1);
    if (!action.empty() && rest.substr(0, rest.find(' ')) == action) {
      return std::string(usage);
    }
  }
  return {};
}

std::string action_help(std::string_view help, std::string_view action) {
  const std::string usage = action_usage(help, action);
  if (usage.empty()) {
    return {};
  }
  const std::vector<std::string_view> lines = lines_of(help);
  std::string text = "Usage: " + usage + "\n\n";
  text += entries(lines, action, [&](std::string_view line) {
    return line.size() > action.size() && line[action.size()] == ' ';
  });
  const std::string options = entries(lines, "--", [&](std::string_view line) {
    return has_word(line.substr(0, line.find('(')), action);
  });
  return options.empty() ? text : text + "\nOptions:\n" + options;
}

}  // namespace countersign::cli
