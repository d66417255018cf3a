// Each audit record says which policy was in force, and a draft can be held against what a server
// recorded as it stands.

#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <set>
#include <sstream>

#include "policy/simulation.h"
#include "tests/http/customers.h"
#include "tests/http/policy_server.h"
#include "tests/http/transaction_server.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kDigestName = "policy";

std::string audited_config() {
  return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[{"id":"bank",)"
         R"("rpId":"bank.example","rpName":"Bank","origins":["https://login.bank.example"],)"
         R"("transactions":{"baseCurrency":"EUR"},"apiKeys":[)"
         R"({"id":"all","sha256":")" +
         key_digest("bank-key") +
         R"(","scopes":["registrations","credentials","transactions","policy:draft",)"
         R"("policy:publish","receipts","erase"]}]}]})";
}

// The lines of the audit: what has an outcome.
std::vector<JsonValue> audit_of(const std::string& log) {
  std::vector<JsonValue> records;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const Result<JsonValue> parsed = parse_json(line);
    EXPECT_TRUE(parsed.has_value()) << line;
    if (parsed.has_value() && parsed->find("outcome") != nullptr) {
      records.push_back(*parsed);
    }
  }
  return records;
}

// Of the decision in force, of what the ceremony began under, or of what nothing was decided by.
std::string digest_in(const JsonValue& record) {
  const JsonValue* trace = record.find("policy");
  for (const std::string_view name : {"inForce", "bound", "decision"}) {
    const JsonValue* part = trace == nullptr ? nullptr : trace->find(name);
    if (part != nullptr && part->is_object() && part->find(kDigestName) != nullptr) {
      return part->find(kDigestName)->string;
    }
  }
  return "";
}

class PolicyAudit : public ::testing::Test {
 protected:
  Browser backend() const { return backend_of(server_, "bank-key"); }
  Answer post(const std::string& path, const std::string& body = "{}") const {
    return backend().post(path, body);
  }
  Answer pay(const std::string& key, const std::string& session, int amount) const {
    Browser bank = backend();
    bank.headers.emplace("Idempotency-Key", key);
    return bank.post("/v1/exemptions",
                     R"({"username":"ada","authentication":")" + session +
                         R"(","inputs":{"amount.base":)" + std::to_string(amount) +
                         R"(,"payee.known":true,"payee.trusted":false,"payee.confusable":false,)"
                         R"("risk.score":10}})");
  }
  // Registrations, sign-ins, decisions, payments and their failures.
  void live() {
    Browser page = bank_page(server_);
    const Answer issued = post("/v1/activations", R"({"username":"ada"})");
    EXPECT_EQ(post("/v1/activations", R"({"username":""})").status, 400);
    Browser guess = bank_page(server_);
    EXPECT_EQ(guess.post("/v1/registrations", activation_body(issued.text("id"), "0000")).status,
              403);
    const SoftCredential key = enrol_with(page, issued, "key").credential;
    EXPECT_EQ(post("/v1/registrations", R"({"username":"ada","policyInputs":{"risk":1}})").status,
              400);
    const std::string session = bank_sign_in(server_, key);
    ASSERT_NE(session, "");
    EXPECT_EQ(post("/v1/authentications", R"({"policyInputs":{"time.hour":1}})").status, 400);
    const Answer unfinished = post("/v1/authentications", R"({"username":"ada"})");
    Browser other = bank_page(server_);
    other.headers.emplace("Countersign-Ceremony", unfinished.text("token"));
    EXPECT_EQ(other.post("/v1/authentications/" + unfinished.text("id") + "/result", "{}").status,
              403);
    decide_and_pay(session);
    transact(key);
    const std::string credential = backend()
                                       .get("/v1/credentials?username=ada")
                                       .at("credentials")
                                       .items.at(0)
                                       .find("id")
                                       ->string;
    Browser bank = backend();
    EXPECT_EQ(
        bank.call("PATCH", "/v1/credentials/" + credential + "?username=ada", R"({"name":"Blue"})")
            .status,
        200);
    EXPECT_EQ(bank.call("DELETE", "/v1/credentials/" + credential + "?username=ada", "").status,
              204);
    EXPECT_EQ(post("/v1/recoveries", R"({"username":"ada"})").status, 201);
    EXPECT_EQ(post("/v1/recoveries", R"({"username":"nobody"})").status, 404);
    EXPECT_EQ(post("/v1/accounts/ada/revoke-all").status, 200);
    EXPECT_EQ(post("/v1/accounts/nobody/revoke-all").status, 404);
  }
  void decide_and_pay(const std::string& session) {
    EXPECT_EQ(post("/v1/decisions", R"({"username":"ada","ceremony":"authenticate"})").status, 200);
    EXPECT_EQ(
        post("/v1/decisions", R"({"username":"ada","ceremony":"authenticate","inputs":[]})").status,
        400);
    EXPECT_EQ(pay("good", session, 100).status, 201);
    EXPECT_EQ(pay("high", session, 100000).status, 403);
    EXPECT_EQ(pay("nobody", "AAAAAAAAAAAAAAAAAAAAAA", 100).status, 401);
  }
  void transact(const SoftCredential& key) {
    const std::string body =
        R"({"username":"ada","locale":"en-GB","policyInputs":{"risk.score":10,"payee.known":true,)"
        R"("payee.trusted":false,"payee.confusable":false},"intent":)" +
        transfer("45.00") + "}";
    const Answer began = post("/v1/transactions", body);
    ASSERT_EQ(began.status, 201) << began.body;
    Browser page = bank_page(server_);
    page.headers.emplace("Countersign-Ceremony", began.text("token"));
    EXPECT_EQ(page.post("/v1/transactions/" + began.text("id") + "/approve",
                        page.assert_with(key, began.at("options")).json)
                  .status,
              200);
    EXPECT_EQ(post("/v1/transactions", R"({"username":"ada"})").status, 400);
    EXPECT_EQ(
        post("/v1/transactions/" + post("/v1/transactions", body).text("id") + "/cancel").status,
        200);
  }
  void move_policies() {
    const std::string digest =
        post("/v1/policies", policy_text("draft", 1, "required")).text("digest");
    const std::string path = "/v1/policies/" + digest;
    EXPECT_EQ(post("/v1/policies", "{}").status, 400);
    EXPECT_EQ(post(path + "/validate", R"({"acknowledge":["gap"]})").status, 200);
    EXPECT_EQ(post(path + "/canary", R"({"share":5})").status, 409);
    EXPECT_EQ(post(path + "/shadow").status, 200);
    EXPECT_EQ(post(path + "/withdraw").status, 200);
    EXPECT_EQ(post(path + "/retire").status, 200);
    Browser bank = backend();
    EXPECT_EQ(bank.call("DELETE", path, "").status, 409);
  }

  TemporaryFolder folder_;
  ServerProcess server_{folder_, audited_config()};
};

TEST_F(PolicyAudit, EachRecordHasTheDigestOfThePolicyInForce) {
  live();
  move_policies();
  const std::string active = backend().get("/v1/policies").text("active");
  ASSERT_EQ(from_base64(active).size(), 32U);
  std::set<std::string> seen;
  for (const JsonValue& record : audit_of(server_.log())) {
    const std::string& event = member(record, "event").string;
    seen.insert(event + " " + member(record, "outcome").string);
    EXPECT_EQ(digest_in(record), active) << event;
  }
  for (const char* event : {"activation.create ok",
                            "activation.create refused",
                            "activation.redeem ok",
                            "activation.redeem refused",
                            "registration.begin ok",
                            "registration.begin refused",
                            "registration.result ok",
                            "authentication.begin ok",
                            "authentication.begin refused",
                            "authentication.result ok",
                            "authentication.result refused",
                            "decision.read ok",
                            "decision.read refused",
                            "exemption.grant ok",
                            "exemption.grant refused",
                            "credential.rename ok",
                            "credential.revoke ok",
                            "recovery.begin ok",
                            "recovery.begin refused",
                            "account.revoke_all ok",
                            "account.revoke_all refused",
                            "policy.draft ok",
                            "policy.draft refused",
                            "policy.validate ok",
                            "policy.canary refused",
                            "policy.shadow ok",
                            "policy.withdraw ok",
                            "policy.retire ok",
                            "policy.delete refused"}) {
    EXPECT_TRUE(seen.contains(event)) << event;
  }
  for (const char* area : {"transaction."}) {
    EXPECT_TRUE(std::any_of(seen.begin(), seen.end(), [&](const std::string& one) {
      return one.starts_with(area);
    })) << area;
  }
}

// What the command prints, its errors as well.
std::string printed_by(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer{};
  for (std::size_t count = 1; pipe != nullptr && count > 0;) {
    count = std::fread(buffer.data(), 1, buffer.size(), pipe);
    text.append(buffer.data(), count);
  }
  EXPECT_EQ(pipe == nullptr ? -1 : pclose(pipe), 0) << text;
  return text;
}

TEST_F(PolicyAudit, ADraftIsHeldAgainstTheLogAsTheServerWroteIt) {
  live();
  move_policies();
  const std::string log = server_.log();
  folder_.write("taken.log", log);  // the server goes on writing
  const Result<PolicyRecords> read = parse_policy_records(log, Phase::options);
  ASSERT_TRUE(read.has_value()) << error_name(read.error().code);
  std::array<std::size_t, 2> phases{};
  for (const SimulatedRow& row : read->rows) {
    ++phases[static_cast<std::size_t>(row.phase)];
  }
  EXPECT_GE(phases[0], 6U);
  EXPECT_GE(phases[1], 3U) << "a registration, a sign-in, an approval";
  EXPECT_EQ(read->rows.size() + read->skipped,
            static_cast<std::size_t>(std::count(log.begin(), log.end(), '\n')));

  // Under the policy that decided nothing changes; a draft that denies at the verdict is seen.
  const std::string page = printed_by(COUNTERSIGN_BINARY_DIR
                                      "/countersign policy simulate shipped:retail --active "
                                      "shipped:retail --inputs " +
                                      folder_.path("taken.log"));
  EXPECT_THAT(page, HasSubstr("retail revision 2: " + std::to_string(read->rows.size()) +
                              " decisions (" + std::to_string(phases[0]) + " in phase options, " +
                              std::to_string(phases[1]) + " in phase verdict); " +
                              std::to_string(read->skipped) + " lines without one\n"));
  EXPECT_THAT(page, HasSubstr("same          " + std::to_string(read->rows.size())));
  std::string denying = policy_text("denying", 1, "required");
  denying.insert(denying.find('[') + 1,
                 R"({"id":"no","when":{"credential.format":"none"},"deny":{"reason":"x"}},)");
  const std::string digest = post("/v1/policies", denying).text("digest");
  std::string rows;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"event\":\"authentication.result\"") != std::string::npos ||
        line.find("\"event\":\"activation.create\"") != std::string::npos) {
      rows += (rows.empty() ? "" : ",") + line;
    }
  }
  const Answer simulated =
      post("/v1/policies/" + digest + "/simulate", "{\"rows\":[" + rows + "]}");
  ASSERT_EQ(simulated.status, 200) << simulated.body;
  EXPECT_EQ(simulated.at("rows").integer, 1);
  EXPECT_EQ(simulated.at("skipped").integer, 3) << "two activations, an unreadable result";
  EXPECT_EQ(member(simulated.at("phases"), "verdict").integer, 1);
  EXPECT_EQ(member(member(simulated.at("transitions"), "require"), "deny").integer, 1)
      << simulated.body;
}

}  // namespace
}  // namespace countersign::testing
