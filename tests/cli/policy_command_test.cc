#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/command_runner.h"

namespace countersign::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

CommandResult run_line(const std::vector<std::string>& words) {
  return run_command({words.begin(), words.end()});
}

class PolicyCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("countersign-policy-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }
  std::filesystem::path folder_;
};

TEST_F(PolicyCommand, LintsTheShippedPolicies) {
  const CommandResult result =
      run_command({"policy", "lint", "shipped:retail", "shipped:corporate"});
  EXPECT_EQ(result.code, cli::kDone);
  EXPECT_THAT(result.out, HasSubstr("retail revision 2, 17 rules: nothing found"));
  EXPECT_THAT(result.out, HasSubstr("corporate revision 2, 10 rules: nothing found"));
}

TEST_F(PolicyCommand, NamesThePlaceOfWhatItRefuses) {
  const std::string file = write("bad.json",
                                 "{ \"schema\": \"countersign-policy/1\", \"id\": \"x\",\n"
                                 "  \"revision\": 1, \"default\": \"allow\", \"rules\": [] }\n");
  const CommandResult result = run_command({"policy", "lint", file});
  EXPECT_EQ(result.code, cli::kNegative);
  EXPECT_THAT(result.err, HasSubstr("bad.json:2:29: policy_value_invalid: "));
  EXPECT_THAT(result.err,
              HasSubstr("\n    \"revision\": 1, \"default\": \"allow\", \"rules\": [] }\n"
                        "                              ^\n"));
  EXPECT_EQ(run_command({"policy", "lint", "/does/not/exist"}).code, cli::kFailed);
  EXPECT_EQ(run_command({"policy", "lint", "shipped:none"}).code, cli::kFailed);
}

TEST_F(PolicyCommand, NamesTheMemberThatIsMissing) {
  const auto refusal = [&](const std::string& members) {
    return run_line({"policy", "lint",
                     write("bad.json", R"({"schema":"countersign-policy/1")" + members + "}")})
        .err;
  };
  const std::string head = R"(,"id":"x","revision":1,"default":"deny")";
  const auto with_rule = [&](const std::string& rule) {
    return head + R"(,"rules":[)" + rule + "]";
  };
  const std::string when = R"("when":{"ceremony":"register"})";
  EXPECT_THAT(refusal(""), HasSubstr("(id)\n"));
  EXPECT_THAT(refusal(R"(,"id":"x")"), HasSubstr("(revision)\n"));
  EXPECT_THAT(refusal(head), HasSubstr("(rules)\n"));
  EXPECT_THAT(refusal(with_rule("{}")), HasSubstr("(id)\n"));
  EXPECT_THAT(refusal(with_rule(R"({"id":"a"})")), HasSubstr("(when)\n"));
  EXPECT_THAT(refusal(with_rule(R"({"id":"a",)" + when + "}")),
              HasSubstr("(require, deny or exempt)\n"));
  EXPECT_THAT(refusal(with_rule(R"({"id":"a",)" + when + R"(,"deny":{}})")),
              HasSubstr("(reason)\n"));
  EXPECT_THAT(refusal(with_rule(R"({"id":"a",)" + when + R"(,"require":{"approvals":{}}})")),
              HasSubstr("(count)\n"));
  EXPECT_THAT(refusal(head + R"(,"lists":{"l":{}},"rules":[])"), HasSubstr("(models)\n"));
}

// A line may be long, and hold what a terminal would obey.
TEST_F(PolicyCommand, ShowsOfALineWhatIsAroundThePlace) {
  const std::string wide(200, 'x');
  const std::string text = "{\"a\":\"\x1b[31m\xc3\xa9" + wide;
  const std::string err = run_line({"policy", "explain", "shipped:retail", "--inputs", text}).err;
  EXPECT_EQ(err.find('\x1b'), std::string::npos);
  for (const std::string& line : lines_of(err)) {
    EXPECT_LE(line.size(), 120U) << line;
  }
}

TEST_F(PolicyCommand, ExplainReadsItsInputsFromAFile) {
  const std::string file = write("inputs.json", R"({"ceremony":"authenticate"})");
  const CommandResult result = run_line({"policy", "explain", "shipped:retail", "--inputs", file});
  EXPECT_EQ(result.code, cli::kDone);
  EXPECT_THAT(result.out, StartsWith("a login needs user verification preferred\n"));
  EXPECT_EQ(run_line({"policy", "explain", "shipped:retail", "--inputs", "/nonexistent"}).code,
            cli::kFailed);
}

TEST_F(PolicyCommand, SimulateSaysHowManyRowsLackInputs) {
  const std::string rows =
      write("rows.csv", "ceremony,amount.base\nauthenticate,\ntransaction.approve,100\n");
  const std::string held = write("held.ndjson", R"({"user":"u","algorithm":"ES256","age":"P1D"})"
                                                "\n");
  const CommandResult result =
      run_line({"policy", "simulate", "shipped:corporate", "--active", "shipped:retail", "--inputs",
                rows, "--credentials", held});
  EXPECT_THAT(result.out, HasSubstr("; 1 without inputs that a policy asks for\n"));
  // Also ceremonies of which no row speaks are looked at.
  EXPECT_THAT(result.out, HasSubstr("\nlimit.change "));
}

TEST_F(PolicyCommand, FailsIfTheCallIsNotUnderstood) {
  const std::vector<std::vector<std::string_view>> bad = {
      {"policy"},
      {"policy", "check"},
      {"policy", "lint"},
      {"policy", "lint", "--fast", "shipped:retail"},
      {"policy", "lint", "shipped:retail", "--time"},
      {"policy", "lint", "shipped:retail", "--time", "now"},
      {"policy", "explain", "shipped:retail"},
      {"policy", "explain", "shipped:retail", "--inputs", "{}", "--phase", "late"},
      {"policy", "diff", "shipped:retail"},
      {"policy", "show"},
      {"policy", "show", "shipped:retail", "shipped:corporate"},
      {"policy", "simulate", "shipped:retail", "--inputs", "x"},
      {"policy", "lint", "shipped:retail", "--tiers", ""},
      {"policy", "lint", "shipped:retail", "--tiers", "D5"},
      {"policy", "lint", "shipped:retail", "--tiers", "D1,"},
      {"policy", "lint", "shipped:retail", "--tiers", "D1;D2"},
      {"policy", "lint", "shipped:retail", "--tiers", "1"},
      {"policy", "lint", "shipped:retail", "--currency", "XAU"},
      {"policy", "decide", "--policy", "shipped:retail", "--currency", "XAU"},
      {"policy", "lint", "shipped:retail", "--administrators", "0"},
      {"policy", "lint", "shipped:retail", "--administrators", "some"},
      {"policy", "lint", "shipped:retail", "--currency", "CHF", "--exemption-caps", "{}"},
      {"policy", "lint", "shipped:retail", "--exemption-caps",
       R"({"lowValue":1,"lowValueSum":1,"riskAnalysis":[1,1,1]})"},
      {"policy", "lint", "shipped:retail", "--card-fraud-ppm", "much"}};
  for (const auto& arguments : bad) {
    const CommandResult result = run_command(arguments);
    EXPECT_EQ(result.code, cli::kUsage) << arguments.back();
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, StartsWith("countersign policy: "));
  }
}

TEST_F(PolicyCommand, AnActionSaysHowItIsCalled) {
  EXPECT_EQ(run_command({"policy", "lint"}).err,
            "countersign policy: files or options are missing, or too many: usage: countersign "
            "policy lint FILE...\nTry \"countersign policy --help\".\n");
  EXPECT_THAT(run_command({"policy", "check"}).err, HasSubstr("unknown action: check\n"));
  const std::string diff = run_command({"policy", "diff", "--help"}).out;
  EXPECT_THAT(diff, StartsWith("Usage: countersign policy diff BEFORE AFTER\n\n  diff  "));
  EXPECT_THAT(diff, HasSubstr("\n  --currency CODE "));
  EXPECT_THAT(diff, HasSubstr("\n  --json "));
  EXPECT_THAT(diff, ::testing::Not(HasSubstr("simulate DRAFT")));
  EXPECT_THAT(diff, ::testing::Not(HasSubstr("--inputs")));
  for (const char* action : {"lint", "show", "explain", "decide", "diff", "simulate", "schema"}) {
    EXPECT_THAT(run_command({"policy", action, "--help"}).out,
                StartsWith("Usage: countersign policy " + std::string(action)));
  }
  EXPECT_THAT(run_command({"policy", "check", "--help"}).out,
              HasSubstr("countersign policy schema\n"));
}

TEST_F(PolicyCommand, ATableIsAsWideAsAPage) {
  constexpr std::size_t kWidth = 150;
  for (const char* policy : {"shipped:retail", "shipped:corporate"}) {
    const std::string table = run_command({"policy", "show", policy, "--table"}).out;
    for (const std::string& line : lines_of(table)) {
      EXPECT_LE(line.size(), kWidth) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
    EXPECT_THAT(table, ::testing::ContainsRegex("\n +(and|or) [^\n]+"));
  }
}

TEST_F(PolicyCommand, LintCountsWhatItDoesNotTellOneByOne) {
  std::string rules;
  std::string denials;
  for (int i = 0; i < 30; ++i) {
    const std::string number = std::to_string(i);
    rules += R"({"id":"same-)" + number +
             R"(","when":{"ceremony":"authenticate"},"require":{"userVerification":"required"}},)";
    denials += R"(,{"id":"no-)" + number +
               R"(","when":{"all":[{"ceremony":"transaction.approve"},{"risk.score":)" + number +
               R"(}]},"deny":{"reason":"x"}})";
  }
  const std::string file = write(
      "many.json", R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"require",)"
                   R"("rules":[)" +
                       rules +
                       R"({"id":"free","when":{"all":[{"ceremony":"transaction.approve"},)"
                       R"({"payee.trusted":true}]},"exempt":{"basis":"rts.article-13"}})" +
                       denials + "]}");
  const std::string text = run_line({"policy", "lint", file}).out;
  EXPECT_THAT(text, ::testing::ContainsRegex("warning +redundant +- +and 10 more\n"));
  EXPECT_THAT(text, HasSubstr("free, no-0, no-1, no-2, no-3, no-4, and 25 more"));
  EXPECT_THAT(text, HasSubstr("\"free\" exempts what 30 rules deny, for example \"no-0\""));
  const json report = json::parse(run_line({"policy", "lint", "--json", file}).out);
  EXPECT_EQ(report["omitted"],
            json::array({{{"kind", "redundant"}, {"severity", "warning"}, {"count", 10}}}));
  std::size_t denied = 0;
  for (const json& finding : report["findings"]) {
    if (finding["kind"] == "exemption-denied") {
      EXPECT_EQ(finding["rules"].size(), 20U);
      EXPECT_EQ(finding["moreRules"], 11);
      ++denied;
    } else {
      EXPECT_FALSE(finding.contains("moreRules"));
    }
  }
  EXPECT_EQ(denied, 1U);
}

TEST_F(PolicyCommand, DiffNamesWhatChangesOnAList) {
  const auto policy = [&](const std::string& name, const std::string& list) {
    return write(name, R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"deny",)"
                       R"("lists":{"keys":)" +
                           list +
                           R"(},"rules":[{"id":"pay","when":{"ceremony":"transaction.approve"},)"
                           R"("require":{"attestation":"direct",)"
                           R"("authenticators":{"allow":"keys"}}}]})");
  };
  const std::string first = R"("ee882879-721c-4913-9775-3dfcce97072a")";
  const std::string second = R"("deadbeef-dead-dead-dead-deaddeadbeef")";
  const std::string before = policy("before.json", "[" + first + "]");
  const std::string after = policy("after.json", "[" + first + "," + second + "]");
  const CommandResult text = run_line({"policy", "diff", before, after});
  EXPECT_EQ(text.code, cli::kNegative);
  EXPECT_THAT(text.out, HasSubstr("\nlist keys: adds deadbeef-dead-dead-dead-deaddeadbeef\n"));
  EXPECT_THAT(text.out, HasSubstr("needs a model on the list keys (adds deadbeef-"));
  const json report = json::parse(run_line({"policy", "diff", "--json", before, after}).out);
  EXPECT_EQ(report["lists"],
            json::array({{{"name", "keys"},
                          {"added", json::array({"deadbeef-dead-dead-dead-deaddeadbeef"})},
                          {"removed", json::array()},
                          {"unlisted", 0},
                          {"expiresBefore", nullptr},
                          {"expiresAfter", nullptr}}}));
  EXPECT_EQ(report["notCompared"], json::array());
}

TEST_F(PolicyCommand, DiffDoesNotSayThatNothingIsDemanded) {
  const std::string text =
      run_command({"policy", "diff", "shipped:retail", "shipped:corporate"}).out;
  EXPECT_THAT(text, ::testing::Not(HasSubstr("needs nothing in particular")));
  EXPECT_THAT(text, HasSubstr("\n  before  (no such demand)"));
}

// Two documents in which no two cases are alike: something stays open, and that is said.
TEST_F(PolicyCommand, DiffNamesWhatItDidNotCompare) {
  const auto policy = [&](const std::string& name, const std::string& demand) {
    std::string rules;
    for (int i = 0; i < 60; ++i) {
      rules += std::string(i == 0 ? "" : ",") + R"({"id":"r)" + std::to_string(i) +
               R"(","when":{"all":[{"ceremony":"authenticate"},{"user.roles":{"contains":"a)" +
               std::to_string(i) + R"("}},{"risk.signals":{"contains":"b)" +
               std::to_string(i % 30) + R"("}}]},"require":{)" + demand + "}}";
    }
    return write(name,
                 R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"require",)"
                 R"("rules":[)" +
                     rules + "]}");
  };
  const std::string before = policy("before.json", R"("displayTier":1)");
  const std::string after = policy("after.json", R"("displayTier":2)");
  const CommandResult text = run_line({"policy", "diff", before, after});
  EXPECT_EQ(text.code, cli::kNegative) << "although all that was found gets stricter";
  EXPECT_THAT(text.out, HasSubstr("; not everything is compared: more may get weaker\n"
                                  "not compared: a login: rules r0, r1, "));
  const json report = json::parse(run_line({"policy", "diff", "--json", before, after}).out);
  EXPECT_TRUE(report["undecided"]);
  EXPECT_TRUE(report["mayBeWeaker"]);
  EXPECT_EQ(report["changes"]["weaker"], 0);
  ASSERT_EQ(report["notCompared"].size(), 1U);
  EXPECT_EQ(report["notCompared"][0]["phase"], "verdict");
  EXPECT_EQ(report["notCompared"][0]["ceremony"], "authenticate");
  EXPECT_EQ(report["notCompared"][0]["rules"].size(), 60U);
  EXPECT_EQ(report["notCompared"][0]["default"], false);
}

TEST_F(PolicyCommand, DiffSaysByItsExitCodeWhetherSomethingGetsWeaker) {
  std::string text = run_command({"policy", "diff", "shipped:retail", "shipped:retail"}).out;
  EXPECT_THAT(text, HasSubstr("no decision changes; nothing gets weaker"));
  const CommandResult result =
      run_command({"policy", "diff", "shipped:corporate", "shipped:retail", "--json"});
  EXPECT_EQ(result.code, cli::kNegative);
  const json report = json::parse(result.out);
  EXPECT_TRUE(report["mayBeWeaker"]);
  EXPECT_FALSE(report["undecided"]);
  EXPECT_FALSE(report["regions"].empty());
}

TEST_F(PolicyCommand, DiffTakesNoRuleForAnotherThatReadsAlike) {
  const auto policy = [&](const char* name, const std::string& condition) {
    return write(
        name,
        R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"require","rules":[)"
        R"({"id":"strict","when":{"all":[{"ceremony":"transaction.approve"},)" +
            condition + R"(]},"deny":{"reason":"risk"}}]})");
  };
  const std::string two = policy("two.json", R"({"user.segment":{"in":["a","b"]}})");
  const std::string one = policy("one.json", R"({"user.segment":{"in":["a,b"]}})");
  const CommandResult weaker = run_line({"policy", "diff", two, one});
  EXPECT_EQ(weaker.code, cli::kNegative);
  EXPECT_THAT(weaker.out, HasSubstr("; some get weaker"));
  // What reads otherwise and is the same is said to be.
  const std::string before = policy("before.json", R"({"time.hour":{"lt":3}})");
  const std::string after = policy("after.json", R"({"time.hour":{"lte":2}})");
  const CommandResult same = run_line({"policy", "diff", before, after});
  EXPECT_EQ(same.code, cli::kDone);
  EXPECT_THAT(same.out, HasSubstr("no decision changes; nothing gets weaker\n"
                                  "rule strict is written otherwise and changes no decision\n"));
  const json report = json::parse(run_line({"policy", "diff", "--json", before, after}).out);
  EXPECT_EQ(report["rewritten"], json::array({"strict"}));
}

TEST_F(PolicyCommand, AmountsAreOfTheCurrencyThatIsSaid) {
  const std::string inputs =
      R"({"ceremony":"transaction.approve","amount.base":2500,"payee.trusted":false})";
  const auto explained = [&](const std::string& currency) {
    return run_command(
               {"policy", "explain", "shipped:retail", "--inputs", inputs, "--currency", currency})
        .out;
  };
  EXPECT_THAT(explained("JPY"), StartsWith("a transfer of 2500 JPY "));
  EXPECT_THAT(explained("CHF"), StartsWith("a transfer of 25.00 CHF "));
  const std::string document = run_command({"policy", "show", "shipped:retail"}).out;
  const std::string line =
      write("case.ndjson", R"({"document":)" + json::parse(document).dump() +
                               R"(,"phase":"options","explain":true,"inputs":)" + inputs + "}\n");
  EXPECT_THAT(run_line({"policy", "decide", line, "--currency", "CHF"}).out,
              HasSubstr(R"("sentence":"a transfer of 25.00 CHF )"));
  // The caps are in EUR, and 30.00 CHF are not 30 EUR.
  const CommandResult francs =
      run_command({"policy", "lint", "shipped:retail", "--currency", "CHF"});
  EXPECT_EQ(francs.code, cli::kNegative);
  EXPECT_THAT(francs.out, HasSubstr("undecided"));
  EXPECT_THAT(francs.out, HasSubstr("what they are in CHF is not said"));
  const auto capped = [](const std::string& low_value) {
    return run_command(
        {"policy", "lint", "shipped:retail", "--currency", "CHF", "--exemption-caps",
         "{\"lowValue\":" + low_value + R"(,"lowValueSum":10000,"riskAnalysis":[1,2,3]})"});
  };
  EXPECT_EQ(capped("3000").code, cli::kDone);
  EXPECT_THAT(capped("2999").out, HasSubstr("a transfer of 30.00 CHF"));
}

TEST_F(PolicyCommand, LintCountsTheAdministrators) {
  EXPECT_EQ(run_line({"policy", "lint", "shipped:corporate", "--administrators", "2"}).code,
            cli::kDone);
  EXPECT_THAT(run_line({"policy", "lint", "shipped:corporate", "--administrators", "1"}).out,
              HasSubstr("\"publish\" demands 2 approvals, and there is one administrator"));
}

TEST_F(PolicyCommand, LintAndForecastGoByTheTiersThatAreOffered) {
  const std::string high = write(
      "high.json",
      R"({"schema":"countersign-policy/1","id":"high","revision":1,"default":"require","rules":[)"
      R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":{"displayTier":3}}]})");
  const CommandResult refused = run_line({"policy", "lint", high});
  EXPECT_EQ(refused.code, cli::kNegative);
  EXPECT_THAT(refused.out,
              HasSubstr("\"pay\" demands displayTier, which cannot be met there (D2 "));
  EXPECT_THAT(run_line({"policy", "lint", high, "--tiers", "D1,D3"}).out,
              ::testing::Not(HasSubstr("displayTier")));
  // What ships is for a server with an origin for approvals.
  EXPECT_EQ(run_command({"policy", "lint", "shipped:retail", "--tiers", "D1"}).code, cli::kDone);
  EXPECT_THAT(run_command({"policy", "lint", "shipped:retail", "--tiers", "D0"}).out,
              HasSubstr("(D0 is the highest that is offered)"));
  EXPECT_THAT(run_command({"policy", "lint", "shipped:retail", "--tiers", "D2"}).out,
              HasSubstr("only the browser's payment dialog meets there"));
  const std::string rows = write("rows.csv", "ceremony\ntransaction.approve\n");
  const std::string held = write("held.ndjson", R"({"user":"u","algorithm":"ES256","age":"P10D"})"
                                                "\n");
  const std::string open = write(
      "open.json",
      R"({"schema":"countersign-policy/1","id":"o","revision":1,"default":"require","rules":[]})");
  const auto locked_out = [&](const std::string& tiers) {
    const json page =
        json::parse(run_line({"policy", "simulate", high, "--active", open, "--inputs", rows,
                              "--credentials", held, "--tiers", tiers, "--json"})
                        .out);
    for (const json& one : page["lockout"]) {
      if (one["ceremony"] == "transaction.approve") {
        return one["lockedOut"].get<int>();
      }
    }
    return -1;
  };
  EXPECT_EQ(locked_out("D1,D2"), 1);
  EXPECT_EQ(locked_out("D1,D2,D3"), 0);
}

TEST_F(PolicyCommand, ShowsWhatShipsAsADocumentOrATable) {
  const CommandResult document = run_command({"policy", "show", "shipped:retail"});
  EXPECT_EQ(document.code, cli::kDone);
  EXPECT_EQ(json::parse(document.out)["id"], "retail");
  // As it stands, so that it is a beginning.
  const std::string file = write("own.json", document.out);
  EXPECT_EQ(run_command({"policy", "show", file}).out, document.out);
  EXPECT_EQ(run_command({"policy", "diff", "shipped:retail", file}).code, cli::kDone);
  const CommandResult table = run_command({"policy", "show", "shipped:retail", "--table"});
  EXPECT_EQ(table.code, cli::kDone);
  EXPECT_THAT(table.out, StartsWith("retail revision 2, 17 rules; "));
  EXPECT_THAT(table.out, ::testing::ContainsRegex(
                             "\nauthenticate +always +user verification preferred +login\n"));
  EXPECT_EQ(run_command({"policy", "show", write("bad.json", "{}")}).code, cli::kNegative);
  EXPECT_EQ(run_command({"policy", "show", "shipped:none"}).code, cli::kFailed);
}

TEST_F(PolicyCommand, JsonIsForMachines) {
  const json lint = json::parse(run_command({"policy", "lint", "--json", "shipped:retail"}).out);
  EXPECT_EQ(lint["policy"]["id"], "retail");
  EXPECT_TRUE(lint["findings"].empty());
  const json explained = json::parse(run_command({"policy", "explain", "shipped:retail", "--json",
                                                  "--inputs", R"({"ceremony":"authenticate"})"})
                                         .out);
  EXPECT_EQ(explained["decision"]["requirements"]["userVerification"], "preferred");
  const std::string rows = write("rows.csv", "ceremony\nauthenticate\n");
  const std::string held = write("held.ndjson", R"({"user":"u","algorithm":"ES256","age":"P1D"})"
                                                "\n");
  const json simulated =
      json::parse(run_command({"policy", "simulate", "shipped:corporate", "--active",
                               "shipped:retail", "--inputs", rows, "--credentials", held, "--json"})
                      .out);
  EXPECT_EQ(simulated["rows"], 1);
  EXPECT_EQ(simulated["changes"]["stricter"], 1);
  ASSERT_EQ(simulated["lockout"].size(), 11U) << "each ceremony";
  // As it was enrolled, it would not be taken anew either.
  EXPECT_EQ(simulated["lockout"][0]["ceremony"], "register");
  EXPECT_EQ(simulated["lockout"][0]["lockedOut"], 1);
  EXPECT_EQ(simulated["lockout"][1]["ceremony"], "authenticate");
  EXPECT_EQ(simulated["lockout"][1]["lockedOut"], 1);
}

TEST_F(PolicyCommand, DecidesEachLineAsExplainDoes) {
  const std::string inputs = R"({"ceremony":"transaction.approve","amount.base":2500})";
  const json explained = json::parse(
      run_command({"policy", "explain", "shipped:retail", "--json", "--inputs", inputs}).out);
  const std::string policy = explained["decision"]["policy"];
  const auto line = [&](const std::string& named) {
    return R"({"id":1,"policy":")" + named + R"(","phase":"options","inputs":)" + inputs + "}\n";
  };
  const CommandResult result =
      run_command({"policy", "decide", "--policy", "shipped:retail"},
                  line(policy) + "nonsense\n" + line("AAAA") + line(policy));
  EXPECT_EQ(result.code, cli::kDone);
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(json::parse(lines[0])["decision"], explained["decision"]);
  EXPECT_EQ(json::parse(lines[1])["error"]["code"], "json_syntax");
  EXPECT_EQ(json::parse(lines[2])["error"]["code"], "policy_revision_not_found");
  EXPECT_EQ(lines[3], lines[0]);
}

TEST_F(PolicyCommand, DecideFailsIfAPolicyIsRefusedOrOneTooMany) {
  const CommandResult refused =
      run_line({"policy", "decide", "--policy", write("broken.json", "{}")});
  EXPECT_EQ(refused.code, cli::kNegative);
  EXPECT_THAT(refused.err, HasSubstr("policy_schema_unknown"));
  EXPECT_EQ(run_line({"policy", "decide", "--policy", "a", "--policy", "b", "--policy", "c",
                      "--policy", "d", "--policy", "e"})
                .code,
            cli::kUsage);
  EXPECT_EQ(run_line({"policy", "decide", "/nonexistent"}).code, cli::kFailed);
}

TEST_F(PolicyCommand, TheCommittedSchemaIsTheOneOfTheTables) {
  const CommandResult result = run_command({"policy", "schema"});
  EXPECT_EQ(result.code, cli::kDone);
  EXPECT_EQ(result.out, file_text(std::string(COUNTERSIGN_SOURCE_DIR) + "/docs/policy.schema.json"))
      << "renew it: build/native/countersign policy schema > docs/policy.schema.json";
  EXPECT_TRUE(json::parse(result.out)["$defs"]["condition"]["properties"].contains("amount.base"));
}

// Words of a command line with 'quotes'.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  bool is_quoted = false;
  bool is_word = false;
  for (const char c : line) {
    if (c == '\'') {
      is_quoted = !is_quoted;
      is_word = true;
      if (words.empty() || !is_quoted) {
        continue;
      }
      words.emplace_back();
    } else if (c == ' ' && !is_quoted) {
      is_word = false;
    } else {
      if (!is_word) {
        words.emplace_back();
        is_word = true;
      }
      words.back() += c;
    }
  }
  return words;
}

// docs/policy.md: each ```json block is a document (its id names the file), each ```csv one the
// table rows.csv; each ```console block shows commands and exactly what they print.
TEST_F(PolicyCommand, TheGuidesExamplesDoWhatItSays) {
  std::istringstream guide(file_text(std::string(COUNTERSIGN_SOURCE_DIR) + "/docs/policy.md"));
  std::string line;
  std::string kind;
  std::string block;
  int documents = 0;
  int commands = 0;
  while (std::getline(guide, line)) {
    if (line.rfind("```", 0) != 0) {
      block += kind.empty() ? "" : line + '\n';
      continue;
    }
    if (kind.empty()) {
      kind = line.substr(3).empty() ? "text" : line.substr(3);
      block.clear();
      continue;
    }
    if (kind == "json") {
      const json document = json::parse(block);
      write(document["id"].get<std::string>() + ".json", block);
      ++documents;
    } else if (kind == "csv") {
      write("rows.csv", block);
    } else if (kind == "console") {
      std::istringstream lines(block);
      std::string expected;
      std::string actual;
      while (std::getline(lines, line)) {
        if (line.rfind("$ countersign ", 0) != 0) {
          expected += line + '\n';
          continue;
        }
        EXPECT_EQ(actual, expected);
        std::vector<std::string> words = words_of(line.substr(14));
        for (std::string& word : words) {
          if (std::filesystem::exists(folder_ / word)) {
            word = folder_ / word;
          }
        }
        const CommandResult result = run_line(words);
        actual = result.out + result.err;
        for (std::size_t at = actual.find(folder_.string()); at != std::string::npos;
             at = actual.find(folder_.string())) {
          actual.erase(at, folder_.string().size() + 1);
        }
        expected.clear();
        ++commands;
      }
      EXPECT_EQ(actual, expected);
    }
    kind.clear();
  }
  EXPECT_GE(documents, 5);
  EXPECT_GE(commands, 6);
}

}  // namespace
}  // namespace countersign::testing
