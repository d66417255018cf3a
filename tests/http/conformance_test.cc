// The four FIDO conformance calls, as the certification tool drives them.

#include <gmock/gmock.h>

#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

constexpr const char* kConfig =
    R"({"listen":{"host":"127.0.0.1","port":0},"profile":"conformance","tenants":[)"
    R"({"id":"lab","rpId":"lab.example","rpName":"Lab","origins":["https://lab.example"]}]})";

class ConformanceTest : public ::testing::Test {
 protected:
  ConformanceTest() {
    browser_.rp_id = "lab.example";
    cookieless_.rp_id = "lab.example";
  }
  // The client data carry the tenant's origin; the HTTP Origin is the lab's desktop program's.
  std::string registered(const Answer& options, const std::string& label) const {
    return browser_.create(options.json, label).json;
  }
  SoftCredential enrol(const std::string& username, const std::string& label) {
    const Answer options = browser_.post(
        "/attestation/options", R"({"username":")" + username + R"(","displayName":"A person"})");
    const Registration made = browser_.create(options.json, label);
    EXPECT_EQ(browser_.post("/attestation/result", made.json).text("status"), "ok");
    return made.credential;
  }

  TemporaryFolder folder_;
  ServerProcess server_{folder_, kConfig};
  Browser browser_{server_.port(), "https://lab.example"};
  Browser cookieless_{server_.port(), "https://lab.example"};
};

void expect_failed(const Answer& answer) {
  EXPECT_GE(answer.status, 400);
  EXPECT_LT(answer.status, 500);
  EXPECT_EQ(answer.text("status"), "failed");
  EXPECT_FALSE(answer.text("errorMessage").empty());
  EXPECT_FALSE(answer.text("code").empty());
}

TEST_F(ConformanceTest, OptionsEchoWhatWasAskedFor) {
  const Answer options = browser_.post(
      "/attestation/options",
      R"({"username":"ada","displayName":"Ada L","attestation":"direct","authenticatorSelection":)"
      R"({"requireResidentKey":false,"authenticatorAttachment":"cross-platform","userVerification":"required"},)"
      R"("extensions":{"example.extension":"text","n":[1.5,true,null,-3]}})");
  EXPECT_EQ(options.status, 200);
  EXPECT_EQ(options.text("status"), "ok");
  EXPECT_TRUE(options.at("errorMessage").is_string());
  EXPECT_EQ(options.text("errorMessage"), "");
  EXPECT_EQ(options.text("attestation"), "direct");
  EXPECT_EQ(member(options.at("authenticatorSelection"), "userVerification").string, "required");
  EXPECT_EQ(member(options.at("authenticatorSelection"), "authenticatorAttachment").string,
            "cross-platform");
  EXPECT_EQ(member(options.at("extensions"), "example.extension").string, "text");
  EXPECT_THAT(options.body, ::testing::HasSubstr(R"("n":[1.5,true,null,-3])"));
  EXPECT_EQ(member(options.at("user"), "name").string, "ada");
  EXPECT_EQ(member(options.at("user"), "displayName").string, "Ada L");
  EXPECT_EQ(member(options.at("rp"), "id").string, "lab.example");
  EXPECT_GT(options.at("timeout").integer, 0);
  EXPECT_GE(from_base64(options.text("challenge")).size(), 16U);
  EXPECT_GT(options.at("pubKeyCredParams").items.size(), 3U);
  const Answer plain =
      browser_.post("/attestation/options", R"({"username":"eve","displayName":"Eve"})");
  EXPECT_EQ(plain.text("attestation"), "none");
  EXPECT_NE(plain.text("challenge"), options.text("challenge"));
}

TEST_F(ConformanceTest, RegistersAndAuthenticates) {
  const SoftCredential credential = enrol("ada", "key 1");
  const Answer again =
      browser_.post("/attestation/options", R"({"username":"ada","displayName":"Ada"})");
  ASSERT_EQ(again.at("excludeCredentials").items.size(), 1U);
  EXPECT_EQ(member(again.at("excludeCredentials").items[0], "id").string,
            to_base64url(credential.id));
  EXPECT_EQ(from_base64(member(again.at("user"), "id").string), credential.user_handle);

  const Answer options = browser_.post(
      "/assertion/options",
      R"({"username":"ada","userVerification":"discouraged","extensions":{"example.extension":"x"}})");
  EXPECT_EQ(options.text("status"), "ok");
  EXPECT_EQ(options.text("rpId"), "lab.example");
  EXPECT_EQ(options.text("userVerification"), "discouraged");
  EXPECT_EQ(member(options.at("extensions"), "example.extension").string, "x");
  ASSERT_EQ(options.at("allowCredentials").items.size(), 1U);
  const Assertion assertion = browser_.assert_with(credential, options.json);
  const Answer result = browser_.post("/assertion/result", assertion.json);
  EXPECT_EQ(result.status, 200) << result.body;
  EXPECT_EQ(result.body, R"({"status":"ok","errorMessage":""})");
  expect_failed(browser_.post("/assertion/result", assertion.json));
}

TEST_F(ConformanceTest, WorksWithoutItsCookieByTheChallenge) {
  const Answer options =
      browser_.post("/attestation/options", R"({"username":"ada","displayName":"Ada"})");
  const Answer result = cookieless_.post("/attestation/result", registered(options, "key 1"));
  EXPECT_EQ(result.text("status"), "ok") << result.body;
}

TEST_F(ConformanceTest, TheClientsHttpOriginDoesNotMatter) {
  Browser program(server_.port(), "file://");
  EXPECT_EQ(program.post("/attestation/options", R"({"username":"a","displayName":"A"})").status,
            200);
  EXPECT_EQ(program.post("/v1/authentications", "{}").status, 403);
}

TEST_F(ConformanceTest, WrongTypesAreNotCoerced) {
  for (const char* wrong : {"{}", "[]", "true", "1469", "null"}) {
    const std::string value(wrong);
    expect_failed(browser_.post("/attestation/options",
                                R"({"username":)" + value + R"(,"displayName":"A"})"));
    expect_failed(
        browser_.post("/attestation/options", R"({"username":"a","displayName":)" + value + "}"));
    expect_failed(browser_.post("/assertion/options", R"({"username":)" + value + "}"));
  }
  expect_failed(browser_.post("/attestation/options", R"({"displayName":"A"})"));
  expect_failed(browser_.post("/attestation/options", "no json"));
  expect_failed(browser_.post("/assertion/options", R"({"username":"nobody"})"));
}

TEST_F(ConformanceTest, RefusesWithThePreciseCode) {
  const SoftCredential credential = enrol("ada", "key 1");
  const auto attempt = [&](const std::function<void(AssertionOptions&)>& edit,
                           const char* verification = "preferred") {
    const Answer options =
        browser_.post("/assertion/options", R"({"username":"ada","userVerification":")" +
                                                std::string(verification) + "\"}");
    const Answer result = browser_.post("/assertion/result",
                                        browser_.assert_with(credential, options.json, edit).json);
    expect_failed(result);
    return result.text("code");
  };
  EXPECT_EQ(attempt([](AssertionOptions& o) { o.signature_fault = SignatureFault::wrong_key; }),
            "signature_invalid");
  // A challenge of nobody's leads to the caller's own ceremony, and differs from it.
  EXPECT_EQ(attempt([](AssertionOptions& o) { o.challenge = seeded_bytes("other", 32); }),
            "challenge_mismatch");
  EXPECT_EQ(attempt([](AssertionOptions& o) { o.client_data.origin = "https://evil.example"; }),
            "origin_not_allowed");
  EXPECT_EQ(attempt([](AssertionOptions& o) { o.rp_id = "evil.example"; }), "rp_id_hash_mismatch");
  EXPECT_EQ(attempt([](AssertionOptions& o) { o.flags = kUserPresent; }, "required"),
            "user_not_verified");
  EXPECT_EQ(attempt([](AssertionOptions& o) {
              o.json_edits.push_back({"type", std::string("\"password\"")});
            }),
            "response_type_invalid");
}

TEST_F(ConformanceTest, UserVerificationIsThatOfTheOptions) {
  const Answer required = browser_.post(
      "/attestation/options",
      R"({"username":"a","displayName":"A","authenticatorSelection":{"userVerification":"required"}})");
  const Answer refused = browser_.post(
      "/attestation/result",
      browser_.create(required.json, "k", [](RegistrationOptions& o) { o.flags = kUserPresent; })
          .json);
  EXPECT_EQ(refused.text("code"), "user_not_verified");
  const Answer preferred =
      browser_.post("/attestation/options", R"({"username":"a","displayName":"A"})");
  EXPECT_EQ(browser_
                .post("/attestation/result",
                      browser_
                          .create(preferred.json, "k",
                                  [](RegistrationOptions& o) { o.flags = kUserPresent; })
                          .json)
                .text("status"),
            "ok");
}

TEST_F(ConformanceTest, CeremoniesOfTheVersionedApiAreNotReachable) {
  TemporaryFolder folder;
  ServerProcess demo(folder, demo_config());
  Browser browser(demo.port());
  const SoftCredential credential = browser.register_user("ada", "key").credential;
  const Answer began = browser.post("/v1/authentications", R"({"username":"ada"})");
  // By challenge alone nobody gets at a ceremony that was issued to a session.
  Browser other(demo.port());
  expect_failed(
      other.post("/assertion/result", browser.assert_with(credential, began.at("options")).json));
  EXPECT_EQ(browser
                .post("/v1/authentications/" + began.text("id") + "/result",
                      browser.assert_with(credential, began.at("options")).json)
                .status,
            200);
}

}  // namespace
}  // namespace countersign::testing
