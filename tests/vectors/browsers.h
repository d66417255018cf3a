#pragma once
// What Chromium and Firefox sent for virtual authenticators: tests/vectors/recorded, one case of
// `verify` a line, written by tests/browser/capture.mjs. Part of this repository.

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::testing {

inline constexpr std::string_view kRecordedBrowsers[] = {"chromium", "firefox"};

/// The lines of one browser.
inline std::vector<std::string> read_browser_cases(std::string_view browser) {
  std::ifstream file(
      std::string(COUNTERSIGN_SOURCE_DIR "/tests/vectors/recorded/").append(browser) + ".ndjson",
      std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
  }
  if (lines.empty()) {
    std::abort();
  }
  return lines;
}

/// The line with the text of a string member replaced: the first member of that name, which is
/// there.
inline std::string with_text_of(std::string line, std::string_view member, std::string_view text) {
  const std::string head = '"' + std::string(member) + R"(":")";
  const std::size_t found = line.find(head);
  if (found == std::string::npos) {
    std::abort();
  }
  const std::size_t begin = found + head.size();
  return line.replace(begin, line.find('"', begin) - begin, text);
}

}  // namespace countersign::testing
