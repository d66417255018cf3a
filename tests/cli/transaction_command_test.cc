// `countersign transaction`: NDJSON in, NDJSON out, never a stop.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/cli/command_runner.h"

namespace countersign::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

json intent() {
  return {{"type", "payment.card/1"},
          {"fields",
           {{"amount", {{"currency", "EUR"}, {"value", "12.50"}}},
            {"merchant", "Shop"},
            {"card", "1234"}}}};
}

json bind_input() {
  const std::string digest(64, '1');
  return {{"ceremony", "transaction.approve"},
          {"tenant", "bank-a"},
          {"rpId", "bank.example"},
          {"origins", {"https://bank.example"}},
          {"userHandle", "00"},
          {"transactionId", "t"},
          {"session", nullptr},
          {"intent", intent()},
          {"template", "payment.card/1"},
          {"locale", "en-GB"},
          {"policy", digest},
          {"displayTier", 0},
          {"approval", {1, 1}},
          {"previous", nullptr},
          {"issuedAt", 1},
          {"expiresAt", 2},
          {"nonce", digest}};
}

json answer_to(const std::vector<std::string_view>& arguments, const json& input) {
  const CommandResult result =
      run_command(arguments, json{{"id", 7}, {"input", input}}.dump() + "\n");
  EXPECT_EQ(result.code, cli::kDone);
  EXPECT_THAT(result.err, IsEmpty());
  const auto lines = lines_of(result.out);
  EXPECT_THAT(lines, SizeIs(1));
  return json::parse(lines.at(0));
}

TEST(TransactionCommand, RendersTheViewOfAnIntentInEachForm) {
  const json answer = answer_to({"transaction", "render"}, {{"template", "payment.card/1"},
                                                            {"locale", "de-DE"},
                                                            {"intent", intent()},
                                                            {"forms", {"text", "html", "svg"}}});
  ASSERT_TRUE(answer["ok"]) << answer;
  EXPECT_EQ(answer["id"], 7);
  EXPECT_EQ(answer["view"]["rows"][0], json::parse(R"([1,"Betrag","12,50\u00a0EUR","ltr"])"));
  EXPECT_THAT(answer["text"].get<std::string>(), HasSubstr("Kartenzahlung"));
  EXPECT_THAT(answer["html"].get<std::string>(), HasSubstr("<bdi"));
  EXPECT_THAT(answer["svg"].get<std::string>(), HasSubstr("<svg"));
}

TEST(TransactionCommand, BindingAnIntentIsBindingItsFrozenFormAndView) {
  const json bound = answer_to({"transaction", "bind"}, bind_input());
  ASSERT_TRUE(bound["ok"]) << bound;
  json frozen = bind_input();
  frozen["intent"]["fields"]["amount"] = {{"currency", "EUR"}, {"exponent", 2}, {"minor", 1250}};
  frozen["view"] = bound["view"];
  frozen["template"] = bound["template"];
  frozen["locale"] = bound["locale"];
  frozen["batch"] = nullptr;
  const json same = answer_to({"transaction", "bind", "--frozen"}, frozen);
  ASSERT_TRUE(same["ok"]) << same;
  EXPECT_EQ(same["challenge"], bound["challenge"]);
  EXPECT_EQ(same["bindingCbor"], bound["bindingCbor"]);
}

TEST(TransactionCommand, NamesTheFieldAndTheCharacterThatIsRefused) {
  json input = bind_input();
  input["intent"]["fields"]["merchant"] = "Sh\xd0\xbep";
  const json answer = answer_to({"transaction", "bind"}, input);
  EXPECT_FALSE(answer["ok"]);
  EXPECT_EQ(answer["error"]["code"], "text_scripts_mixed");
  EXPECT_EQ(answer["error"]["field"], "merchant");
  EXPECT_EQ(answer["error"]["codePoint"], 0x43e);
  EXPECT_EQ(answer["error"]["offset"], 2);
}

TEST(TransactionCommand, FailsIfAMemberIsMissingUnknownOrOfAnotherType) {
  const json good = bind_input();
  for (const auto& [name, value] : good.items()) {
    json input = good;
    input.erase(name);
    EXPECT_EQ(answer_to({"transaction", "bind"}, input)["error"]["code"], "binding_member_invalid")
        << name;
    input[name] = 1.5;
    EXPECT_FALSE(answer_to({"transaction", "bind"}, input)["ok"]) << name;
  }
  json input = good;
  input["view"] = nullptr;
  EXPECT_EQ(answer_to({"transaction", "bind"}, input)["error"]["code"], "binding_member_invalid");
  input = good;
  input["nonce"] = std::string(62, '1');
  EXPECT_EQ(answer_to({"transaction", "bind"}, input)["error"]["code"], "binding_digest_invalid");
  input["nonce"] = std::string(64, 'A');
  EXPECT_EQ(answer_to({"transaction", "bind"}, input)["error"]["code"], "binding_digest_invalid");
}

TEST(TransactionCommand, FailsIfFormsAreUnknownOrTwice) {
  for (const json& forms : {json{"pdf"}, json{"svg", "svg"}, json("svg"), json{1}}) {
    const json answer = answer_to({"transaction", "render"}, {{"template", "payment.card/1"},
                                                              {"locale", "de-DE"},
                                                              {"intent", intent()},
                                                              {"forms", forms}});
    EXPECT_EQ(answer["error"]["code"], "binding_member_invalid") << forms;
  }
}

TEST(TransactionCommand, BadLineGetsAnErrorAnswerAndTheRestGoesOn) {
  const std::string good = json{{"id", 1}, {"input", bind_input()}}.dump();
  const CommandResult result =
      run_command({"transaction", "bind"}, "{\n\n[]\n{\"id\":\"x\"}\n" + good + "\n");
  const auto lines = lines_of(result.out);
  ASSERT_THAT(lines, SizeIs(5));
  EXPECT_THAT(lines[0], HasSubstr("\"json_syntax\""));
  EXPECT_THAT(lines[3], HasSubstr("{\"id\":\"x\",\"ok\":false,"));
  EXPECT_THAT(lines[4], HasSubstr("{\"id\":1,\"ok\":true,"));
}

TEST(TransactionCommand, FailsIfActionOrOptionIsUnknown) {
  const std::vector<std::vector<std::string_view>> bad = {{"transaction"},
                                                          {"transaction", "sign"},
                                                          {"transaction", "bind", "--fast"},
                                                          {"transaction", "render", "--frozen"}};
  for (const auto& arguments : bad) {
    EXPECT_EQ(run_command(arguments).code, cli::kUsage);
  }
  EXPECT_EQ(run_command({"transaction", "bind", "/nonexistent"}).code, cli::kFailed);
}

}  // namespace
}  // namespace countersign::testing
