#pragma once
// A bank with two administrators of policies and three keys.

#include "tests/http/server_process.h"

namespace countersign::testing {

/// A policy of five rules; `verification` is what a sign-in demands.
inline std::string policy_text(const std::string& id, int revision,
                               const std::string& verification) {
  return R"({"schema":"countersign-policy/1","id":")" + id + R"(","revision":)" +
         std::to_string(revision) +
         R"(,"default":"deny","rules":[{"id":"enrol","when":{"ceremony":{"in":["register",)"
         R"("credential.add","recovery"]}},"require":{"userVerification":"required"}},)"
         R"({"id":"login","when":{"ceremony":"authenticate"},"require":{"userVerification":")" +
         verification +
         R"("}},{"id":"publish","when":{"ceremony":"policy.publish"},)"
         R"("require":{"userVerification":"required"}}]})";
}

class PolicyServer {
 public:
  /// `more`: members of the tenant.
  explicit PolicyServer(const std::string& more = "") : server_(folder_, config(more)) {
    ada_ = enrol("ada");
    bob_ = enrol("bob");
    mallory_ = enrol("mallory");
  }

  static std::string config(const std::string& more = "") {
    const auto key = [](const std::string& id, const std::string& scopes) {
      return R"({"id":")" + id + R"(","sha256":")" + to_hex(sha256(bytes_of(id + "-key"))) +
             R"(","scopes":[)" + scopes + "]}";
    };
    return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[{"id":"bank",)"
           R"("rpId":"bank.example","rpName":"Bank","origins":["https://bank.example"],)"
           R"("policyAdministrators":["ada","bob","eve"],"policyApprovals":2,)" +
           more + R"("apiKeys":[)" + key("writer", R"("policy:draft")") + "," +
           key("publisher", R"("policy:publish")") + "," +
           key("customers", R"("registrations","credentials","transactions")") + "]}]}";
  }

  void restart() { server_.restart(); }
  Browser with_key(const std::string& key) const {
    Browser out(server_.port(), "");
    out.headers.emplace("Authorization", "Bearer " + key);
    return out;
  }
  Browser writer() const { return with_key("writer-key"); }
  Browser publisher() const { return with_key("publisher-key"); }
  Browser page() const {
    Browser out(server_.port(), "https://bank.example");
    out.rp_id = "bank.example";
    return out;
  }

  SoftCredential enrol(const std::string& name) const {
    const Answer began =
        with_key("customers-key").post("/v1/registrations", R"({"username":")" + name + "\"}");
    EXPECT_EQ(began.status, 201) << began.body;
    Browser browser = page();
    browser.headers.emplace("Countersign-Ceremony", began.text("token"));
    const Registration made = browser.create(began.at("options"), "key of " + name);
    EXPECT_EQ(browser.post("/v1/registrations/" + began.text("id") + "/result", made.json).status,
              200);
    return made.credential;
  }

  std::string draft(const std::string& text) const {
    const Answer answer = writer().post("/v1/policies", text);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.text("digest");
  }
  Answer validate(const std::string& digest) const {
    return writer().post("/v1/policies/" + digest + "/validate", R"({"acknowledge":["gap"]})");
  }
  std::string validated(const std::string& text) const {
    const std::string digest = draft(text);
    const Answer answer = validate(digest);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return digest;
  }
  Answer begin_approval(const std::string& digest, const std::string& administrator,
                        int share = 1000) const {
    const std::string more = share == 1000 ? "" : ",\"share\":" + std::to_string(share);
    return publisher().post("/v1/policies/" + digest + "/approvals",
                            R"({"administrator":")" + administrator + "\"" + more + "}");
  }
  Answer finish_approval(const Answer& began, const SoftCredential& credential,
                         const std::function<void(AssertionOptions&)>& edit = {}) const {
    Browser browser = page();
    browser.headers.emplace("Countersign-Ceremony", began.text("token"));
    return browser.post("/v1/transactions/" + began.text("id") + "/approve",
                        browser.assert_with(credential, began.at("options"), edit).json);
  }
  Answer approve(const std::string& digest, const SoftCredential& credential,
                 int share = 1000) const {
    const Answer began = begin_approval(digest, &credential == &ada_ ? "ada" : "bob", share);
    return began.status == 201 ? finish_approval(began, credential) : began;
  }
  std::string publish(const std::string& text) const {
    const std::string digest = validated(text);
    EXPECT_EQ(approve(digest, ada_).status, 200);
    EXPECT_EQ(approve(digest, bob_).status, 200);
    return digest;
  }
  std::string publish_first() const { return publish(policy_text("first", 1, "required")); }

  std::string active_digest() const { return writer().get("/v1/policies").text("active"); }
  std::string state_of(const std::string& digest) const {
    return writer().get("/v1/policies/" + digest).text("state");
  }
  std::size_t approvals_of(const std::string& digest) const {
    return writer().get("/v1/policies/" + digest).at("approvals").items.size();
  }
  /// What a sign-in asks for now.
  std::string sign_in_verification() const {
    const Answer began =
        with_key("customers-key").post("/v1/authentications", R"({"username":"mallory"})");
    EXPECT_EQ(began.status, 201) << began.body;
    return member(began.at("options"), "userVerification").string;
  }

  TemporaryFolder folder_;
  ServerProcess server_;
  SoftCredential ada_;
  SoftCredential bob_;
  SoftCredential mallory_;
};

}  // namespace countersign::testing
