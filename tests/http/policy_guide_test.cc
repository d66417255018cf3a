// docs/policy.md, "Life of a revision": each sh block is run, and the text block behind it is what
// it prints ("…" stands for anything).

#include <gtest/gtest.h>

#include <cstdio>

#include "tests/http/policy_server.h"

namespace countersign::testing {
namespace {

bool is_like(std::string_view text, std::string_view pattern) {
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

struct Block {
  std::string kind;
  std::string text;
};

std::vector<Block> guide_blocks() {
  std::ifstream guide(COUNTERSIGN_SOURCE_DIR "/docs/policy.md");
  std::vector<Block> blocks;
  bool is_ours = false;
  bool is_inside = false;
  for (std::string line; std::getline(guide, line);) {
    if (line.starts_with("## ")) {
      is_ours = line == "## Life of a revision";
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

class PolicyGuide : public ::testing::Test, public PolicyServer {
 protected:
  // In one shell after another: what an earlier block defined is there.
  std::string run(const std::string& block) {
    definitions_ += block.starts_with("P=") ? block.substr(0, block.find('\n') + 1) : "";
    const std::string script = "cd " + folder_.path("") +
                               "; API=http://127.0.0.1:" + std::to_string(server_.port()) +
                               " WRITER=writer-key OPERATOR=publisher-key\n" + definitions_ + block;
    folder_.write("block.sh", script);
    FILE* pipe = popen(("sh " + folder_.path("block.sh")).c_str(), "r");
    std::string output;
    char buffer[4096];
    for (std::size_t count = 1; pipe != nullptr && count > 0;) {
      count = fread(buffer, 1, sizeof(buffer), pipe);
      output.append(buffer, count);
    }
    EXPECT_EQ(pclose(pipe), 0) << block;
    return output;
  }

  std::string definitions_;
};

TEST_F(PolicyGuide, ItsExamplesDoWhatItSays) {
  const std::vector<Block> blocks = guide_blocks();
  int commands = 0;
  std::string output;
  for (const Block& block : blocks) {
    if (block.kind == "json") {
      folder_.write("bank.json", block.text);
    } else if (block.kind == "sh") {
      output = run(block.text);
      ++commands;
    } else if (block.kind == "text" && commands > 0) {
      if (output.empty()) {
        // What follows the last command: the second administrator's result.
        const std::string digest =
            writer().get("/v1/policies").at("policies").items.at(0).find("digest")->string;
        EXPECT_EQ(approve(digest, ada_).status, 200);
        output = approve(digest, bob_).body;
      }
      while (!output.empty() && output.back() == '\n') {
        output.pop_back();
      }
      std::string expected = block.text;
      expected.pop_back();
      EXPECT_TRUE(is_like(output, expected)) << output << "\nis not like\n" << expected;
      output.clear();
    }
  }
  EXPECT_EQ(commands, 7);
}

}  // namespace
}  // namespace countersign::testing
