// docs/transactions.md, "The first bound transfer" and "Carried out once": with the demo's policy,
// and with the one that a tenant has that names none.

#include <gmock/gmock.h>

#include "policy/shipped.h"
#include "tests/http/guide.h"
#include "tests/http/transaction_server.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;

std::string demo_policy() {
  std::ifstream file(COUNTERSIGN_SOURCE_DIR "/demo/policy.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

// What the guide says of the order, and a backend may have to say beside.
constexpr std::string_view kGuideInputs = R"("risk.score": 10)";

class GuideServer : public ::testing::Test, public TransactionServer {
 protected:
  explicit GuideServer(const std::string& policy) : TransactionServer("", policy) {}

  static std::vector<GuideBlock> blocks() {
    std::vector<GuideBlock> found = guide_blocks("transactions.md", "### The first bound transfer");
    for (GuideBlock& block : guide_blocks("transactions.md", "### Carried out once")) {
      found.push_back(std::move(block));
    }
    return found;
  }
  std::string run(const std::string& script, const std::string& id = "") const {
    return run_script(folder_, "API=http://127.0.0.1:" + std::to_string(server_->port()) +
                                   " KEY=backend-key ID=" + id + "\n" + script);
  }
  // The creating command, with these inputs in place of the guide's own.
  static std::string creating(std::string script, std::string_view inputs) {
    const std::size_t at = script.find(kGuideInputs);
    EXPECT_NE(at, std::string::npos) << script;
    return at == std::string::npos ? script : script.replace(at, kGuideInputs.size(), inputs);
  }
  // Every command, with the output that the guide has for it.
  void follow(std::string_view inputs) {
    int commands = 0;
    std::string output;
    Answer began;
    for (const GuideBlock& block : blocks()) {
      if (block.kind == "sh") {
        output = run(commands == 0 ? creating(block.text, inputs) : block.text, began.text("id"));
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
        EXPECT_EQ(approve(began, ada_).status, 200);
      }
    }
    EXPECT_EQ(commands, 5);
  }

  const SoftCredential ada_ = enrol("ada");  // a passkey of today
};

// Since it is the demo that the guide has its reader start.
class TransactionGuide : public GuideServer {
 protected:
  TransactionGuide() : GuideServer(demo_policy()) {}
};

TEST_F(TransactionGuide, ItsExamplesDoWhatItSays) { follow(kGuideInputs); }

class TransactionGuideWithRetail : public GuideServer {
 protected:
  TransactionGuideWithRetail() : GuideServer(std::string(shipped_policy("retail"))) {}

  struct Payee {
    bool is_known = false;
    bool is_trusted = false;
  };
  // Says what `missing` names, as it is, and begins again: until nothing is named any more.
  Answer create_as_told(const std::string& value, const Payee& payee) const {
    std::map<std::string, std::string> said{{"risk.score", "10"}};
    bool has_list = false;
    Answer answer;
    for (int round = 0; round < 4; ++round) {
      std::string inputs;
      for (const auto& [name, what] : said) {
        inputs += (inputs.empty() ? "\"" : ",\"") + name + "\":" + what;
      }
      answer = create(value, "ada",
                      R"(,"policyInputs":{)" + inputs + "}" +
                          (has_list ? R"(,"knownPayees":["Muster Handels GmbH"])" : ""));
      if (answer.at("missing").items.empty()) {
        return answer;
      }
      for (const JsonValue& missing : answer.at("missing").items) {
        EXPECT_FALSE(said.contains(missing.string)) << missing.string << " is said";
        if (missing.string == "payee.known") {
          said[missing.string] = payee.is_known ? "true" : "false";
        } else if (missing.string == "payee.trusted") {
          said[missing.string] = payee.is_trusted ? "true" : "false";
        } else {
          EXPECT_EQ(missing.string, "payee.confusable");
          EXPECT_FALSE(has_list);
          has_list = true;
        }
      }
    }
    ADD_FAILURE() << "more is missing each time: " << answer.body;
    return answer;
  }
};

TEST_F(TransactionGuideWithRetail, NamesWhatItsFirstCommandDoesNotSay) {
  const std::string refused = run(blocks().at(1).text);
  EXPECT_THAT(refused, HasSubstr(R"("code":"policy_denied")"));
  EXPECT_THAT(refused, HasSubstr(R"("missing":["payee.known","payee.confusable"])"));
}

TEST_F(TransactionGuideWithRetail, ItsExamplesDoWhatItSaysOnceThePayeeIsSaid) {
  follow(R"("risk.score": 10, "payee.known": true, "payee.trusted": false)");
}

TEST_F(TransactionGuideWithRetail, LetsAPasskeyOfTodayPayWithinItsLimits) {
  struct Case {
    const char* value;
    Payee payee;
    bool is_allowed;
  };
  for (const Case& one :
       std::initializer_list<Case>{{"20.00", {}, true},
                                   {"250.00", {}, true},
                                   {"500.00", {}, true},
                                   {"500.01", {}, false},
                                   {"500.01", {.is_known = true}, true},
                                   {"500.01", {.is_trusted = true}, true},
                                   {"1000.00", {.is_known = true}, true},
                                   {"1000.00", {.is_known = true, .is_trusted = true}, true},
                                   {"1000.01", {.is_known = true, .is_trusted = true}, false}}) {
    const Answer answer = create_as_told(one.value, one.payee);
    EXPECT_EQ(answer.status, one.is_allowed ? 201 : 403) << one.value << answer.body;
    if (one.is_allowed) {
      EXPECT_EQ(approve(answer, ada_).status, 200) << one.value;
    } else {
      EXPECT_EQ(answer.text("code"), "policy_requirement_unmet") << one.value;
    }
  }
}

}  // namespace
}  // namespace countersign::testing
