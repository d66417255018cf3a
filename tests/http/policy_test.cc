// Policies over HTTP: what answers tell and do not tell, and step-up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/http/customers.h"
#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A production tenant with sessions whose policy is a file beside the configuration.
std::string config_with_policy(const TemporaryFolder& folder, const std::string& rules) {
  folder.write(
      "policy.json",
      R"({"schema":"countersign-policy/1","id":"shop-rules","revision":7,"default":"deny","rules":[)" +
          rules + "]}");
  return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[
    {"id":"shop","rpId":"shop.example","rpName":"Shop","origins":["https://shop.example"],
     "sessions":true,"policy":"policy.json",
     "apiKeys":[{"id":"backend","sha256":")" +
         key_digest("shop-key") + R"(","scopes":["registrations","credentials"]}]}]})";
}

constexpr const char* kRules =
    R"({"id":"enrol","when":{"ceremony":{"in":["register","credential.add"]}},"require":{"userVerification":"required"}},)"
    R"({"id":"login","when":{"ceremony":"authenticate"},"require":{"userVerification":"preferred"}},)"
    R"({"id":"manage","when":{"ceremony":"credential.remove"},"require":{"userVerification":"required","authenticationAge":"PT5M"}},)"
    R"({"id":"risk","when":{"all":[{"ceremony":"register"},{"risk.score":{"gte":80}}]},"deny":{"reason":"risk"}})";

class PolicyTest : public ::testing::Test {
 protected:
  Browser backend() const {
    Browser out(server_.port(), "");
    out.headers.emplace("Authorization", "Bearer shop-key");
    return out;
  }
  Answer create(const std::string& more) const {
    return backend().post("/v1/registrations", R"({"username":"ada")" + more + "}");
  }
  SoftCredential enrol() {
    const Answer began = create(R"(,"policyInputs":{"risk.score":5})");
    EXPECT_EQ(began.status, 201) << began.body;
    const Registration made = shop_.create(began.at("options"), "key 1");
    shop_.headers.emplace("Countersign-Ceremony", began.text("token"));
    EXPECT_EQ(shop_.post("/v1/registrations/" + began.text("id") + "/result", made.json).status,
              200);
    shop_.headers.clear();
    return made.credential;
  }

  TemporaryFolder folder_;
  ServerProcess server_{folder_, config_with_policy(folder_, kRules)};
  Browser shop_ = [this] {
    Browser out(server_.port(), "https://shop.example");
    out.rp_id = "shop.example";
    return out;
  }();
};

TEST_F(PolicyTest, TheBackendTellsWhatItKnowsAndABrowserNothing) {
  const Answer began = create(R"(,"policyInputs":{"risk.score":79,"channel":"web"})");
  ASSERT_EQ(began.status, 201) << began.body;
  EXPECT_EQ(member(began.at("policy"), "outcome").string, "require");
  EXPECT_EQ(member(began.at("policy"), "userVerification").string, "required");
  EXPECT_THAT(began.body, Not(HasSubstr("risk")));
  EXPECT_EQ(create(R"(,"policyInputs":{"risk.score":80})").status, 403);
  EXPECT_EQ(create("").status, 403) << "what is absent counts against the customer";
  EXPECT_EQ(create(R"(,"policyInputs":{"risk.score":"80"})").status, 400);
  EXPECT_EQ(create(R"(,"policyInputs":{"session.age":0,"risk.score":1})").status, 400);
  EXPECT_EQ(shop_.post("/v1/authentications", R"({"policyInputs":{"risk.score":1}})").status, 400);
  EXPECT_EQ(shop_.post("/v1/authentications", "{}").status, 201);
}

TEST_F(PolicyTest, TheAuditHasTheDecisionAndTheAnswerDoesNot) {
  const Answer refused = create(R"(,"policyInputs":{"risk.score":80,"channel":"branch-7"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.text("code"), "policy_denied") << "told to whoever has a key";
  EXPECT_THAT(refused.body, Not(HasSubstr("risk")));
  EXPECT_THAT(refused.body, Not(HasSubstr("shop-rules")));
  const std::string log = server_.log();
  EXPECT_THAT(log, HasSubstr(R"("code":"policy_denied")"));
  EXPECT_THAT(log,
              HasSubstr(R"("id":"shop-rules","revision":7,"phase":"options","outcome":"deny")"));
  EXPECT_THAT(log, HasSubstr(R"({"id":"risk","effect":"deny","truth":"true"})"));
  EXPECT_THAT(log, HasSubstr(R"("risk.score":80)"));
  EXPECT_THAT(log, Not(HasSubstr("branch-7"))) << "no rule asks for it";
}

TEST_F(PolicyTest, RemovingAPasskeyNeedsASignInThatIsEnough) {
  const SoftCredential credential = enrol();
  const std::string path = "/v1/credentials/" + to_base64url(credential.id);
  ASSERT_EQ(shop_
                .sign_in(credential, "ada",
                         [](AssertionOptions& options) { options.flags = kUserPresent; })
                .status,
            200)
      << "login is frictionless";
  const Answer refused = shop_.call("DELETE", path, "");
  EXPECT_EQ(refused.status, 401) << refused.body;
  EXPECT_EQ(refused.text("code"), "step_up_required");
  EXPECT_EQ(refused.json.members.size(), 6U) << refused.body;
  EXPECT_EQ(shop_.get("/v1/credentials").at("credentials").items.size(), 1U);
  // A full ceremony replaces the session; then the call is let through, and ends the sign-in.
  ASSERT_EQ(shop_.sign_in(credential, "ada").status, 200);
  EXPECT_EQ(shop_.call("DELETE", path, "").status, 204);
  EXPECT_TRUE(shop_.get("/v1/session").at("user").is_null());
  EXPECT_EQ(shop_.sign_in(credential, "ada").status, 403);
}

TEST(PolicyOfARestart, ACeremonyOfAPolicyThatIsGoneBeginsAgain) {
  const TemporaryFolder folder;
  const std::string config = config_with_policy(folder, kRules);
  std::optional<ServerProcess> server;
  server.emplace(folder, config);
  const auto backend = [&] {
    Browser out(server->port(), "");
    out.rp_id = "shop.example";
    out.headers.emplace("Authorization", "Bearer shop-key");
    return out;
  };
  const auto begin = [&] {
    Browser caller = backend();
    const Answer began =
        caller.post("/v1/registrations", R"({"username":"ada","policyInputs":{"risk.score":1}})");
    EXPECT_EQ(began.status, 201) << began.body;
    return began;
  };
  const auto finish = [&](const Answer& began) {
    Browser page(server->port(), "https://shop.example");
    page.rp_id = "shop.example";
    page.headers.emplace("Countersign-Ceremony", began.text("token"));
    return page.post("/v1/registrations/" + began.text("id") + "/result",
                     page.create(began.at("options"), "key 1").json);
  };
  const Answer first = begin();
  const Answer second = begin();
  server.reset();
  server.emplace(folder, config);
  EXPECT_EQ(finish(first).status, 200) << "the same document, the same digest";
  server.reset();
  server.emplace(folder,
                 config_with_policy(
                     folder, std::string(kRules) +
                                 R"(,{"id":"more","when":{"ceremony":"register"},"require":{}})"));
  const Answer refused = finish(second);
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(refused.text("code"), "policy_changed");
}

}  // namespace
}  // namespace countersign::testing
