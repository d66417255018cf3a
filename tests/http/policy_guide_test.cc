// docs/policy.md, "Life of a revision".

#include "tests/http/guide.h"
#include "tests/http/policy_server.h"

namespace countersign::testing {
namespace {

class PolicyGuide : public ::testing::Test, public PolicyServer {
 protected:
  // In one shell after another: what an earlier block defined is there.
  std::string run(const std::string& block) {
    definitions_ += block.starts_with("P=") ? block.substr(0, block.find('\n') + 1) : "";
    return run_script(folder_, "API=http://127.0.0.1:" + std::to_string(server_.port()) +
                                   " WRITER=writer-key OPERATOR=publisher-key\n" + definitions_ +
                                   block);
  }

  std::string definitions_;
};

TEST_F(PolicyGuide, ItsExamplesDoWhatItSays) {
  int commands = 0;
  std::string output;
  for (const GuideBlock& block : guide_blocks("policy.md", "## Life of a revision")) {
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
      expect_like(output, block.text);
      output.clear();
    }
  }
  EXPECT_EQ(commands, 7);
}

}  // namespace
}  // namespace countersign::testing
