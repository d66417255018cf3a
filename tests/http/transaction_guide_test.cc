// docs/transactions.md, "The first bound transfer" and "Carried out once".

#include "tests/http/guide.h"
#include "tests/http/transaction_server.h"

namespace countersign::testing {
namespace {

std::string demo_policy() {
  std::ifstream file(COUNTERSIGN_SOURCE_DIR "/demo/policy.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

// The demo's policy, since it is the demo that the guide has its reader start.
class TransactionGuide : public ::testing::Test, public TransactionServer {
 protected:
  TransactionGuide() : TransactionServer("", demo_policy()) {}
};

TEST_F(TransactionGuide, ItsExamplesDoWhatItSays) {
  const SoftCredential ada = enrol("ada");
  int commands = 0;
  std::string output;
  Answer began;
  std::vector<GuideBlock> blocks = guide_blocks("transactions.md", "### The first bound transfer");
  for (GuideBlock& block : guide_blocks("transactions.md", "### Carried out once")) {
    blocks.push_back(std::move(block));
  }
  for (const GuideBlock& block : blocks) {
    if (block.kind == "sh") {
      output =
          run_script(folder_, "API=http://127.0.0.1:" + std::to_string(server_->port()) +
                                  " KEY=backend-key ID=" + began.text("id") + "\n" + block.text);
      ++commands;
    } else if (block.kind == "text") {
      if (began.status == 0) {
        began.status = 201;
        began.body = output;
        began.json = *parse_json(output);
      }
      expect_like(output, block.text);
    } else if (block.kind == "js") {
      // What the page does.
      EXPECT_EQ(approve(began, ada).status, 200);
    }
  }
  EXPECT_EQ(commands, 5);
}

}  // namespace
}  // namespace countersign::testing
