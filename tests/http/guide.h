#pragma once
// Guides whose examples are run: each sh block, and the text block behind it is what it prints ("…"
// stands for anything).

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/http/server_process.h"

namespace countersign::testing {

inline bool is_like(std::string_view text, std::string_view pattern) {
  constexpr std::string_view kAnything = "…";
  const std::size_t gap = pattern.find(kAnything);
  if (gap == std::string_view::npos) {
    return text == pattern;
  }
  if (!text.starts_with(pattern.substr(0, gap))) {
    return false;
  }
  const std::string_view rest = pattern.substr(gap + kAnything.size());
  for (std::size_t at = gap; at <= text.size(); ++at) {
    if (is_like(text.substr(at), rest)) {
      return true;
    }
  }
  return false;
}

struct GuideBlock {
  std::string kind;  // "sh"
  std::string text;
};

/// Those below the heading, up to the next of its level or above. `file`: in docs/.
inline std::vector<GuideBlock> guide_blocks(const std::string& file, const std::string& heading) {
  std::ifstream guide(std::string(COUNTERSIGN_SOURCE_DIR "/docs/") + file);
  const std::string mark = heading.substr(0, heading.find(' ') + 1);
  std::vector<GuideBlock> blocks;
  bool is_ours = false;
  bool is_inside = false;
  for (std::string line; std::getline(guide, line);) {
    if (line.starts_with("## ") || line.starts_with(mark)) {
      is_ours = line == heading;
    } else if (is_ours && line.starts_with("```")) {
      is_inside = !is_inside;
      if (is_inside) {
        blocks.push_back({line.substr(3), ""});
      }
    } else if (is_ours && is_inside) {
      blocks.back().text += line + "\n";
    }
  }
  return blocks;
}

/// What the script prints; it must end well. Runs in that folder.
inline std::string run_script(const TemporaryFolder& folder, const std::string& script) {
  folder.write("block.sh", "cd " + folder.path("") + "\n" + script);
  FILE* pipe = popen(("sh " + folder.path("block.sh")).c_str(), "r");
  std::string output;
  char buffer[4096];
  for (std::size_t count = 1; pipe != nullptr && count > 0;) {
    count = fread(buffer, 1, sizeof(buffer), pipe);
    output.append(buffer, count);
  }
  EXPECT_EQ(pclose(pipe), 0) << script;
  return output;
}

/// `expected`: a text block, whose last line end does not count, as those of the output do not.
inline void expect_like(std::string output, std::string expected) {
  while (!output.empty() && output.back() == '\n') {
    output.pop_back();
  }
  expected.pop_back();
  EXPECT_TRUE(is_like(output, expected)) << output << "\nis not like\n" << expected;
}

}  // namespace countersign::testing
