// The flows of docs/http-api.md over HTTP with the soft authenticator, against the real program.

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "tests/http/server_process.h"
#include "tests/http/stored_ages.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FlowTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  ServerProcess server_{folder_, demo_config()};
  Browser browser_{server_.port()};
};

TEST_F(FlowTest, RegistersSignsInAndOut) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  ASSERT_EQ(registered.began.status, 201) << registered.began.body;
  const JsonValue& options = registered.began.at("options");
  EXPECT_EQ(from_base64(member(options, "challenge").string).size(), 32U);
  EXPECT_EQ(from_base64(member(member(options, "user"), "id").string).size(), 32U);
  EXPECT_EQ(member(member(options, "user"), "name").string, "ada");
  ASSERT_EQ(registered.result.status, 200) << registered.result.body;
  EXPECT_EQ(registered.result.text("state"), "succeeded");
  EXPECT_TRUE(registered.result.at("session").is_object());

  Answer session = browser_.get("/v1/session");
  EXPECT_EQ(member(session.at("user"), "username").string, "ada");
  EXPECT_EQ(session.text("credentialId"), to_base64url(registered.credential.id));

  const std::string cookie = browser_.cookie;
  EXPECT_EQ(browser_.call("DELETE", "/v1/session", "").status, 204);
  EXPECT_TRUE(browser_.get("/v1/session").at("user").is_null());
  browser_.cookie = cookie;  // a copy of the old cookie is worth nothing
  EXPECT_TRUE(browser_.get("/v1/session").at("user").is_null());

  browser_.cookie.clear();
  const Answer signed_in = browser_.sign_in(registered.credential, "ada");
  ASSERT_EQ(signed_in.status, 200) << signed_in.body;
  EXPECT_TRUE(signed_in.at("userVerified").boolean);
  EXPECT_EQ(signed_in.text("counter"), "zero");
  EXPECT_EQ(member(signed_in.at("user"), "username").string, "ada");
  EXPECT_EQ(member(browser_.get("/v1/session").at("user"), "username").string, "ada");
}

TEST_F(FlowTest, SignsInWithADiscoveredPasskey) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  Browser other(server_.port());
  const Answer began = other.post("/v1/authentications", R"({"mediation":"conditional"})");
  ASSERT_EQ(began.status, 201);
  EXPECT_EQ(began.text("mediation"), "conditional");
  EXPECT_TRUE(member(began.at("options"), "allowCredentials").items.empty());
  const Answer result =
      other.post("/v1/authentications/" + began.text("id") + "/result",
                 other.assert_with(registered.credential, began.at("options")).json);
  ASSERT_EQ(result.status, 200) << result.body;
  EXPECT_EQ(member(result.at("user"), "username").string, "ada");
}

TEST_F(FlowTest, AnswersSayWhatMetadataHoldAgainstAModel) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  const JsonValue& at_first = member(registered.result.at("credential"), "metadata");
  EXPECT_FALSE(member(at_first, "known").boolean);
  EXPECT_FALSE(member(at_first, "proved").boolean);
  EXPECT_EQ(member(at_first, "certification").string, "none");
  EXPECT_TRUE(member(at_first, "statuses").is_array());
  EXPECT_TRUE(member(at_first, "objection").is_null());

  // As a review leaves it.
  alter_database(folder_.path("countersign.db"),
                 "UPDATE credentials SET model_evaluated_at = 1800000000, model_objection = " +
                     std::to_string(static_cast<int>(ErrorCode::authenticator_revoked)));
  const auto expect_objection = [](const JsonValue& credential) {
    const JsonValue& metadata = member(credential, "metadata");
    EXPECT_EQ(member(member(metadata, "objection"), "code").string, "authenticator_revoked");
    EXPECT_THAT(member(member(metadata, "objection"), "message").string, HasSubstr("revoked"));
    EXPECT_EQ(member(metadata, "evaluatedAt").string, "2027-01-15T08:00:00Z");
  };
  const Answer signed_in = browser_.sign_in(registered.credential, "ada");
  ASSERT_EQ(signed_in.status, 200) << signed_in.body;
  expect_objection(signed_in.at("credential"));
  EXPECT_THAT(signed_in.body, Not(HasSubstr("credential_model_sound")));
  const Answer list = browser_.get("/v1/credentials");
  ASSERT_EQ(list.at("credentials").items.size(), 1U);
  expect_objection(list.at("credentials").items[0]);
}

TEST_F(FlowTest, FailsIfADiscoveredPasskeyComesWithoutItsUserHandle) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  Browser other(server_.port());
  const Answer result = other.sign_in(
      registered.credential, "", [](AssertionOptions& options) { options.user_handle.reset(); });
  EXPECT_EQ(result.status, 403);
  EXPECT_EQ(result.text("code"), "user_handle_missing");
}

TEST_F(FlowTest, TheSessionIdentifierChangesAtSignIn) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  const std::string first = browser_.cookie;
  const Answer began = browser_.post("/v1/authentications", "{}");
  EXPECT_EQ(browser_.cookie, first);  // creating leaves it
  browser_.post("/v1/authentications/" + began.text("id") + "/result",
                browser_.assert_with(registered.credential, began.at("options")).json);
  EXPECT_NE(browser_.cookie, first);
  Browser thief(server_.port());
  thief.cookie = first;
  EXPECT_TRUE(thief.get("/v1/session").at("user").is_null());
}

// Of a session, in seconds.
std::int64_t life_of(const JsonValue& session) {
  return parse_rfc3339(member(session, "expiresAt").string)->value -
         parse_rfc3339(member(session, "authenticatedAt").string)->value;
}

TEST_F(FlowTest, ASessionThatNobodyUsesEnds) {
  Browser ada(server_.port());
  const Browser::Registered registered = ada.register_user("ada", "key of ada");
  ASSERT_EQ(registered.result.status, 200);
  EXPECT_EQ(life_of(registered.result.at("session")), 300);
  age_sessions(folder_, 200);
  EXPECT_EQ(life_of(ada.get("/v1/session").json), 300) << "asking about it is no activity";
  EXPECT_EQ(ada.get("/v1/credentials").status, 200);
  EXPECT_GE(life_of(ada.get("/v1/session").json), 500);
  age_sessions(folder_, 302);
  EXPECT_FALSE(ada.get("/v1/session").at("user").is_object());
  const Answer ended = ada.get("/v1/credentials");
  EXPECT_EQ(ended.status, 401);
  EXPECT_EQ(ended.text("code"), "session_required");
}

TEST_F(FlowTest, TheCookieIsHttpOnlyLaxAndHostWide) {
  const Answer began = browser_.post("/v1/authentications", "{}");
  const std::string cookie = began.headers.at("set-cookie");
  EXPECT_THAT(cookie, StartsWith("countersign="));
  EXPECT_THAT(cookie, HasSubstr("; Path=/; HttpOnly; SameSite=Lax"));
  EXPECT_THAT(cookie, Not(HasSubstr("Secure")));
  EXPECT_THAT(cookie, Not(HasSubstr("Domain")));
}

TEST_F(FlowTest, ListsRenamesAndRevokesPasskeys) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  const Answer began = browser_.post("/v1/registrations", "{}");
  ASSERT_EQ(began.status, 201) << began.body;
  ASSERT_EQ(member(began.at("options"), "excludeCredentials").items.size(), 1U);
  EXPECT_EQ(member(member(began.at("options"), "excludeCredentials").items[0], "id").string,
            to_base64url(registered.credential.id));
  const Registration second = browser_.create(began.at("options"), "key 2");
  const std::string cookie = browser_.cookie;
  const Answer added =
      browser_.post("/v1/registrations/" + began.text("id") + "/result", second.json);
  ASSERT_EQ(added.status, 200) << added.body;
  EXPECT_TRUE(added.at("session").is_null());
  EXPECT_EQ(browser_.cookie, cookie);

  const std::string first_id = to_base64url(registered.credential.id);
  const std::string second_id = to_base64url(second.credential.id);
  const Answer renamed =
      browser_.call("PATCH", "/v1/credentials/" + second_id, R"({"name":"Blue \u2603 key"})");
  EXPECT_EQ(renamed.status, 200);
  EXPECT_EQ(renamed.text("name"), "Blue ☃ key");
  Answer list = browser_.get("/v1/credentials");
  ASSERT_EQ(list.at("credentials").items.size(), 2U);
  EXPECT_EQ(member(list.at("credentials").items[0], "id").string, first_id);
  EXPECT_EQ(member(list.at("credentials").items[1], "name").string, "Blue ☃ key");

  const Answer new_one = browser_.call("DELETE", "/v1/credentials/" + second_id, "");
  EXPECT_EQ(new_one.text("code"), "policy_denied") << "whoever came a minute ago removes nothing";
  age_passkeys(folder_);
  EXPECT_EQ(browser_.call("DELETE", "/v1/credentials/" + second_id, "").status, 204);
  EXPECT_EQ(browser_.call("DELETE", "/v1/credentials/" + second_id, "").status, 404);
  EXPECT_EQ(browser_.call("PATCH", "/v1/credentials/" + second_id, R"({"name":"x"})").status, 404);
  EXPECT_EQ(browser_.get("/v1/credentials").at("credentials").items.size(), 1U);

  Browser other(server_.port());
  const Answer refused = other.sign_in(second.credential, "");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.text("code"), "credential_unknown");
  EXPECT_EQ(other.sign_in(registered.credential, "ada").status, 200);
}

TEST_F(FlowTest, RevokingEndsTheSessionsThatThePasskeySignedIn) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  Browser phone(server_.port());
  ASSERT_EQ(phone.sign_in(registered.credential, "ada").status, 200);
  EXPECT_TRUE(phone.get("/v1/session").at("user").is_object());
  age_passkeys(folder_);
  EXPECT_EQ(browser_.call("DELETE", "/v1/credentials/" + to_base64url(registered.credential.id), "")
                .status,
            204);
  EXPECT_TRUE(phone.get("/v1/session").at("user").is_null());
  // The one that revoked it as well: its passkey is gone.
  EXPECT_TRUE(browser_.get("/v1/session").at("user").is_null());
}

TEST_F(FlowTest, ARevokedCredentialIdCannotBeRegisteredAgain) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  age_passkeys(folder_);
  ASSERT_EQ(browser_.call("DELETE", "/v1/credentials/" + to_base64url(registered.credential.id), "")
                .status,
            204);
  const Browser::Registered again = Browser(server_.port()).register_user("eve", "key 1");
  EXPECT_EQ(again.result.status, 409);
  EXPECT_EQ(again.result.text("code"), "credential_already_registered");
  EXPECT_EQ(again.result.text("check"), "credential_not_registered");
  EXPECT_EQ(again.result.text("step"), "7.1.26");
}

TEST_F(FlowTest, FailsIfTheCredentialIdIsRegisteredForAnotherUser) {
  ASSERT_EQ(browser_.register_user("ada", "key 1").result.status, 200);
  Browser other(server_.port());
  const Browser::Registered again = other.register_user("eve", "key 1");
  EXPECT_EQ(again.result.status, 409);
  EXPECT_TRUE(other.get("/v1/session").at("user").is_null());
  // The account was not made either: the name is free.
  EXPECT_EQ(other.register_user("eve", "key 2").result.status, 200);
}

// Pitfall 49: only after every step is anything stored, so that a refused registration leaves
// nothing.
TEST_F(FlowTest, ARefusedRegistrationStoresNothing) {
  const Browser::Registered refused = browser_.register_user(
      "ada", "key 1", [](RegistrationOptions& options) { options.flags = kUserPresent; });
  EXPECT_EQ(refused.result.status, 403);
  EXPECT_EQ(refused.result.text("code"), "user_not_verified");
  EXPECT_TRUE(browser_.get("/v1/session").at("user").is_null());
  const Answer sign_in = browser_.sign_in(refused.credential);
  EXPECT_EQ(sign_in.status, 403);
  EXPECT_EQ(sign_in.text("code"), "credential_unknown");
  // Neither the name nor the credential id is taken.
  EXPECT_EQ(browser_.register_user("ada", "key 1").result.status, 200);
}

TEST_F(FlowTest, ATakenNameIsAConflictAtBothCalls) {
  Browser slow(server_.port());
  const Answer began = slow.post("/v1/registrations", R"({"username":"ada","displayName":"Slow"})");
  ASSERT_EQ(browser_.register_user("ada", "key 1").result.status, 200);
  const Answer late = slow.post("/v1/registrations/" + began.text("id") + "/result",
                                slow.create(began.at("options"), "key 2").json);
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(late.text("code"), "account_exists");
  EXPECT_EQ(slow.register_user("ada", "key 3").began.status, 409);
  EXPECT_EQ(slow.sign_in(slow.create(began.at("options"), "key 2").credential).status, 403);
}

TEST_F(FlowTest, AChallengeWorksOnceAlsoWhenTheResultWasRefused) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  Browser other(server_.port());
  const Answer began = other.post("/v1/authentications", R"({"username":"ada"})");
  const std::string path = "/v1/authentications/" + began.text("id") + "/result";
  const Answer wrong = other.post(path, other
                                            .assert_with(registered.credential, began.at("options"),
                                                         [](AssertionOptions& options) {
                                                           options.signature_fault =
                                                               SignatureFault::wrong_key;
                                                         })
                                            .json);
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(wrong.text("code"), "signature_invalid");
  const std::string right = other.assert_with(registered.credential, began.at("options")).json;
  const Answer second = other.post(path, right);
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.text("code"), "ceremony_consumed");
}

TEST_F(FlowTest, FailsIfTheResultIsSentTwice) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  Browser other(server_.port());
  const Answer began = other.post("/v1/authentications", R"({"username":"ada"})");
  const std::string cookie = other.cookie;
  const std::string path = "/v1/authentications/" + began.text("id") + "/result";
  const std::string body = other.assert_with(registered.credential, began.at("options")).json;
  EXPECT_EQ(other.post(path, body).status, 200);
  other.cookie = cookie;
  EXPECT_EQ(other.post(path, body).status, 409);
}

TEST_F(FlowTest, FailsIfTheCounterDoesNotAdvance) {
  const Browser::Registered registered = browser_.register_user(
      "ada", "key 1", [](RegistrationOptions& options) { options.sign_count = 7; });
  Browser other(server_.port());
  const auto count = [](std::uint32_t value) {
    return [value](AssertionOptions& options) { options.sign_count = value; };
  };
  const Answer good = other.sign_in(registered.credential, "ada", count(8));
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.text("counter"), "advanced");
  for (const std::uint32_t value : {8U, 7U, 0U}) {
    const Answer refused = other.sign_in(registered.credential, "ada", count(value));
    EXPECT_EQ(refused.status, 403) << value;
    EXPECT_EQ(refused.text("code"), "counter_not_advanced") << value;
    EXPECT_EQ(refused.text("step"), "7.2.22");
  }
  EXPECT_EQ(other.sign_in(registered.credential, "ada", count(9)).status, 200);
  EXPECT_EQ(member(browser_.get("/v1/credentials").at("credentials").items[0], "signCount").integer,
            9);
}

TEST_F(FlowTest, ResultsOfTheDemoCarryChecksAndACase) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  const JsonValue& checks = registered.result.at("checks");
  ASSERT_GT(checks.items.size(), 10U);
  EXPECT_EQ(member(checks.items.back(), "name").string, "account_available");
  const JsonValue& material = registered.result.at("case");
  EXPECT_EQ(member(material, "ceremony").string, "registration");
  EXPECT_EQ(member(material, "rpId").string, "localhost");
  const Answer refused = browser_.sign_in(registered.credential, "ada", [](AssertionOptions& o) {
    o.signature_fault = SignatureFault::flipped_bit;
  });
  EXPECT_EQ(refused.text("check"), "assertion_signature_verifies");
  EXPECT_EQ(member(member(refused.at("case"), "credential"), "id").string,
            to_base64url(registered.credential.id));
}

TEST_F(FlowTest, TheSameIdempotencyKeyGetsTheSameAnswer) {
  browser_.post("/v1/authentications", "{}");  // a cookie
  browser_.headers.emplace("Idempotency-Key", "retry-1");
  const Answer first = browser_.post("/v1/authentications", R"({"username":"ada"})");
  const Answer again = browser_.post("/v1/authentications", R"({"username":"ada"})");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(first.body, again.body);
  EXPECT_EQ(browser_.post("/v1/authentications", R"({"username":"eve"})").status, 422);
  // Another route and another caller have keys of their own.
  EXPECT_EQ(browser_.post("/v1/registrations", R"({"displayName":"A"})").status, 201);
  Browser other(server_.port());
  other.post("/v1/authentications", "{}");
  other.headers.emplace("Idempotency-Key", "retry-1");
  const Answer theirs = other.post("/v1/authentications", R"({"username":"ada"})");
  EXPECT_EQ(theirs.status, 201);
  EXPECT_NE(theirs.body, first.body);
}

TEST_F(FlowTest, SurvivesARestart) {
  const Browser::Registered registered = browser_.register_user("ada", "key 1");
  const Answer before = browser_.post("/v1/authentications", R"({"username":"nobody"})");
  EXPECT_EQ(server_.stop(), 0);
  ServerProcess restarted(folder_, demo_config());
  Browser again(restarted.port());
  again.cookie = browser_.cookie;
  EXPECT_EQ(member(again.get("/v1/session").at("user"), "username").string, "ada");
  EXPECT_EQ(again.sign_in(registered.credential, "ada").status, 200);
  const Answer after = again.post("/v1/authentications", R"({"username":"nobody"})");
  EXPECT_EQ(member(before.at("options"), "allowCredentials").items.size(),
            member(after.at("options"), "allowCredentials").items.size());
  EXPECT_EQ(member(member(before.at("options"), "allowCredentials").items[0], "id").string,
            member(member(after.at("options"), "allowCredentials").items[0], "id").string);
}

TEST_F(FlowTest, TheLogHasNoPersonalData) {
  const Browser::Registered registered = browser_.register_user("ada.lovelace", "key 1");
  browser_.sign_in(registered.credential, "ada.lovelace");
  const std::string log = server_.log();
  EXPECT_THAT(log, HasSubstr("\"event\":\"registration.result\""));
  EXPECT_THAT(log, HasSubstr("\"event\":\"authentication.result\""));
  for (const std::string& secret :
       {std::string("ada"), std::string("A person"), to_base64url(registered.credential.id),
        to_base64url(registered.credential.user_handle), std::string("127.0.0.1"),
        browser_.cookie.substr(browser_.cookie.find('=') + 1)}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

TEST_F(FlowTest, TheLogHasNoTextOfAPath) {
  EXPECT_EQ(browser_.post("/v1/registrations/ada%ff/result", "{}").status, 404);
  EXPECT_EQ(browser_.post("/v1/authentications/lovelace/result", "{}").status, 404);
  EXPECT_THAT(server_.log(), HasSubstr("ceremony_not_found"));
  EXPECT_THAT(server_.log(), Not(HasSubstr("ada")));
  EXPECT_THAT(server_.log(), Not(HasSubstr("lovelace")));
}

}  // namespace
}  // namespace countersign::testing
