// What an attacker sends.

#include <gmock/gmock.h>

#include <atomic>

#include "tests/http/server_process.h"
#include "tests/http/stored_ages.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// SHA-256 in hex of the key's text.
std::string key_digest(const std::string& key) { return to_hex(sha256(bytes_of(key))); }

// Two production tenants: a bank with a backend, and a shop with sessions of ours.
std::string production_config(const std::string& more = "") {
  return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[
    {"id":"bank","rpId":"bank.example","rpName":"Bank","origins":["https://login.bank.example"],
     "relatedOrigins":["https://bank-partner.example"],
     "apiKeys":[{"id":"backend","sha256":")" +
         key_digest("bank-key") + R"(","scopes":["registrations","credentials"]},
                {"id":"reader","sha256":")" +
         key_digest("reader-key") + R"(","scopes":["credentials"]}]},
    {"id":"shop","rpId":"shop.example","rpName":"Shop","origins":["https://shop.example"],
     "sessions":true,"userVerification":{"authentication":"required"},
     "apiKeys":[{"id":"backend","sha256":")" +
         key_digest("shop-key") + R"(","scopes":["registrations","credentials"]}]}])" + more + "}";
}

class DemoAttackTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  ServerProcess server_{folder_, demo_config()};
};

class ProductionTest : public ::testing::Test {
 protected:
  Browser backend(const std::string& key) const {
    Browser out(server_.port(), "");
    out.headers.emplace("Authorization", "Bearer " + key);
    return out;
  }
  Browser page(const std::string& origin, const std::string& rp_id) const {
    Browser out(server_.port(), origin);
    out.rp_id = rp_id;
    return out;
  }
  // A shop customer enrolled by the shop's backend.
  SoftCredential enrol(const std::string& key, Browser& browser, const std::string& username,
                       const std::string& label) {
    Browser caller = backend(key);
    const Answer began = caller.post("/v1/registrations", R"({"username":")" + username + "\"}");
    EXPECT_EQ(began.status, 201) << began.body;
    const Registration made = browser.create(began.at("options"), label);
    browser.headers.emplace("Countersign-Ceremony", began.text("token"));
    const Answer result =
        browser.post("/v1/registrations/" + began.text("id") + "/result", made.json);
    browser.headers.clear();
    EXPECT_EQ(result.status, 200) << result.body;
    EXPECT_TRUE(result.at("session").is_null());
    return made.credential;
  }

  TemporaryFolder folder_;
  ServerProcess server_{folder_, production_config()};
  Browser bank_ = page("https://login.bank.example", "bank.example");
  Browser shop_ = page("https://shop.example", "shop.example");
};

TEST_F(DemoAttackTest, AnAttackersAssertionDoesNotSignInTheVictimsBrowser) {
  Browser attacker(server_.port());
  const SoftCredential theirs = attacker.register_user("eve", "attacker").credential;
  const Answer began = attacker.post("/v1/authentications", "{}");
  const std::string response = attacker.assert_with(theirs, began.at("options")).json;
  const std::string path = "/v1/authentications/" + began.text("id") + "/result";

  Browser victim(server_.port());
  victim.post("/v1/authentications", "{}");  // has a session of its own
  const Answer forced = victim.post(path, response);
  EXPECT_EQ(forced.status, 404);
  EXPECT_EQ(forced.text("code"), "ceremony_foreign");
  EXPECT_TRUE(victim.get("/v1/session").at("user").is_null());
  Browser empty(server_.port());
  EXPECT_EQ(empty.post(path, response).status, 404);
  // And the attempt consumed nothing.
  EXPECT_EQ(attacker.post(path, response).status, 200);
}

TEST_F(DemoAttackTest, AVictimsAssertionDoesNotSignInTheAttackersBrowser) {
  Browser victim(server_.port());
  const SoftCredential credential = victim.register_user("ada", "victim").credential;
  const Answer began = victim.post("/v1/authentications", R"({"username":"ada"})");
  const std::string response = victim.assert_with(credential, began.at("options")).json;
  Browser attacker(server_.port());
  const Answer own = attacker.post("/v1/authentications", R"({"username":"ada"})");
  // The stolen response for the attacker's own ceremony has the wrong challenge.
  const Answer replayed =
      attacker.post("/v1/authentications/" + own.text("id") + "/result", response);
  EXPECT_EQ(replayed.status, 403);
  EXPECT_EQ(replayed.text("code"), "challenge_mismatch");
  EXPECT_EQ(attacker.post("/v1/authentications/" + began.text("id") + "/result", response).status,
            404);
  EXPECT_TRUE(attacker.get("/v1/session").at("user").is_null());
}

TEST_F(DemoAttackTest, ACeremonyOfOneKindIsNotFoundAsTheOther) {
  Browser browser(server_.port());
  const SoftCredential credential = browser.register_user("ada", "key").credential;
  const Answer began = browser.post("/v1/authentications", "{}");
  EXPECT_EQ(browser
                .post("/v1/registrations/" + began.text("id") + "/result",
                      browser.assert_with(credential, began.at("options")).json)
                .status,
            404);
}

TEST_F(DemoAttackTest, ACredentialOfAnotherUserDoesNotSignInTheNamedUser) {
  Browser ada(server_.port());
  ASSERT_EQ(ada.register_user("ada", "ada's").result.status, 200);
  Browser eve(server_.port());
  const SoftCredential hers = eve.register_user("eve", "eve's").credential;
  Browser attacker(server_.port());
  const Answer refused = attacker.sign_in(hers, "ada");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.text("code"), "credential_not_allowed");
  const Answer lied = attacker.sign_in(hers, "", [&](AssertionOptions& options) {
    options.user_handle = seeded_bytes("somebody", 32);
  });
  EXPECT_EQ(lied.text("code"), "user_handle_mismatch");
}

TEST_F(DemoAttackTest, AddingToAnAccountNeedsItsSessionWhenTheResultComes) {
  Browser browser(server_.port());
  browser.register_user("ada", "key 1");
  const Answer began = browser.post("/v1/registrations", "{}");
  const std::string old_cookie = browser.cookie;
  browser.call("DELETE", "/v1/session", "");
  browser.cookie = old_cookie;  // signed out, but the cookie was stolen before
  const Answer refused = browser.post("/v1/registrations/" + began.text("id") + "/result",
                                      browser.create(began.at("options"), "key 2").json);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.text("code"), "session_required");
}

TEST_F(DemoAttackTest, OneUserCannotTouchAnothersPasskeys) {
  Browser ada(server_.port());
  const std::string id = to_base64url(ada.register_user("ada", "key 1").credential.id);
  Browser eve(server_.port());
  eve.register_user("eve", "key 2");
  age_passkeys(folder_);
  EXPECT_EQ(eve.call("DELETE", "/v1/credentials/" + id, "").status, 404);
  EXPECT_EQ(eve.call("PATCH", "/v1/credentials/" + id, R"({"name":"mine"})").status, 404);
  EXPECT_EQ(eve.get("/v1/credentials?username=ada").at("credentials").items.size(), 1U);
  EXPECT_EQ(member(eve.get("/v1/credentials?username=ada").at("credentials").items[0], "id").string,
            to_base64url(seeded_bytes("key 2", 32)));
  Browser nobody(server_.port());
  EXPECT_EQ(nobody.get("/v1/credentials").status, 401);
  EXPECT_EQ(nobody.call("DELETE", "/v1/credentials/" + id, "").status, 401);
  EXPECT_EQ(ada.get("/v1/credentials").at("credentials").items.size(), 1U);
}

TEST_F(DemoAttackTest, OfManyConcurrentResultsOnOneChallengeExactlyOneWins) {
  Browser browser(server_.port());
  const SoftCredential credential = browser.register_user("ada", "key").credential;
  Browser owner(server_.port());
  const Answer began = owner.post("/v1/authentications", R"({"username":"ada"})");
  const std::string path = "/v1/authentications/" + began.text("id") + "/result";
  const std::string body = owner.assert_with(credential, began.at("options")).json;
  std::atomic<int> won = 0;
  std::atomic<int> lost = 0;
  std::atomic<bool> go = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      Browser one(server_.port());
      one.cookie = owner.cookie;
      while (!go) {
        std::this_thread::yield();
      }
      const int status = one.post(path, body).status;
      won += status == 200 ? 1 : 0;
      lost += status == 409 ? 1 : 0;
    });
  }
  go = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 63);
}

TEST_F(DemoAttackTest, OfManyRegistrationsOfOneCredentialExactlyOneWins) {
  std::vector<std::pair<std::string, Registration>> results;
  std::vector<std::string> cookies;
  for (int i = 0; i < 16; ++i) {
    Browser browser(server_.port());
    const Answer began = browser.post("/v1/registrations", R"({"displayName":"A"})");
    results.emplace_back(began.text("id"), browser.create(began.at("options"), "same"));
    cookies.push_back(browser.cookie);
  }
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      Browser one(server_.port());
      one.cookie = cookies[i];
      won += one.post("/v1/registrations/" + results[i].first + "/result", results[i].second.json)
                         .status == 200
                 ? 1
                 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(won, 1);
}

TEST_F(DemoAttackTest, RequestsFromForeignOriginsAreRefused) {
  for (const char* origin :
       {"https://evil.example", "http://localhost:8081", "http://localhost:8080.evil.example",
        "null", "HTTP://LOCALHOST:8080", "http://localhost:8080/"}) {
    Browser foreign(server_.port(), origin);
    const Answer refused = foreign.post("/v1/authentications", "{}");
    EXPECT_EQ(refused.status, 403) << origin;
    EXPECT_EQ(refused.text("code"), "request_origin_not_allowed") << origin;
    EXPECT_EQ(foreign.post("/attestation/options", "{}").status, 403) << origin;
    EXPECT_EQ(foreign.call("DELETE", "/v1/session", "").status, 403) << origin;
  }
  Browser no_origin(server_.port(), "");
  EXPECT_EQ(no_origin.post("/v1/authentications", "{}").status, 201);
  no_origin.headers.emplace("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(no_origin.post("/v1/authentications", "{}").status, 403);
}

TEST_F(DemoAttackTest, PostsThatAreNotJsonAreRefused) {
  Browser browser(server_.port());
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/jsonp", "", "text/plain; application/json"}) {
    EXPECT_EQ(browser.call("POST", "/v1/authentications", "{}", type).status, 415) << type;
    EXPECT_EQ(browser.call("POST", "/attestation/options", "{}", type).status, 415) << type;
  }
  EXPECT_EQ(
      browser.call("POST", "/v1/authentications", "{}", "application/json; charset=utf-8").status,
      201);
}

TEST_F(DemoAttackTest, HostileBodiesAreMalformedAndNothingElse) {
  Browser browser(server_.port());
  for (const std::string& body : std::vector<std::string>{
           "", "[]", "null", "{", "{}{}", "{\"username\":1469,\"displayName\":\"A\"}",
           "{\"username\":\"a\",\"username\":\"b\",\"displayName\":\"A\"}",
           "{\"username\":\"a\",\"displayName\":\"A\",\"admin\":true}",
           "{\"username\":\"\",\"displayName\":\"A\"}", "{\"displayName\":\"\"}",
           "{\"displayName\":\"a\\u0000b\"}", "{\"displayName\":\"\\ud800\"}",
           "{\"displayName\":\"" + std::string(129, 'a') + "\"}", "\xef\xbb\xbf{}",
           "{\"displayName\":\"A\",\"attestation\":\"all\"}", std::string(60000, '['),
           "{\"displayName\":\"\xff\"}"}) {
    const Answer refused = browser.post("/v1/registrations", body);
    EXPECT_TRUE(refused.status == 400 || refused.status == 413)
        << refused.status << " " << body.substr(0, 80);
    EXPECT_EQ(refused.headers.at("content-type"), "application/problem+json");
  }
  const Answer big = browser.post("/v1/registrations", std::string(70000, ' ') + "{}");
  EXPECT_EQ(big.status, 413);
}

TEST_F(DemoAttackTest, HostileTextIsOnlyText) {
  const std::string name = "a'; DROP TABLE accounts; --\\\" <script>";
  Browser browser(server_.port());
  const Answer began = browser.post(
      "/v1/registrations",
      R"({"username":"a'; DROP TABLE accounts; --\\\" <script>","displayName":"%s%n{{7*7}}"})");
  ASSERT_EQ(began.status, 201) << began.body;
  const Registration made = browser.create(began.at("options"), "key");
  ASSERT_EQ(browser.post("/v1/registrations/" + began.text("id") + "/result", made.json).status,
            200);
  EXPECT_EQ(member(browser.get("/v1/session").at("user"), "username").string, name);
  Browser other(server_.port());
  EXPECT_EQ(other.sign_in(made.credential).status, 200);
  for (const char* path :
       {"/v1/registrations/'%20OR%20'1'='1", "/v1/authentications/%2e%2e%2fresult/result",
        "/v1/credentials/%00", "/v1/credentials/..", "/v1/credentials/%", "//v1/session",
        "/v1/session/", "/v1"}) {
    const int status = browser.get(path).status;
    EXPECT_TRUE(status == 404 || status == 405 || status == 401) << path << " " << status;
  }
}

TEST_F(DemoAttackTest, CookiesThatAreNotOursAreAsGoodAsNone) {
  Browser browser(server_.port());
  for (const std::string& value : {std::string("x"), std::string(43, '!'), std::string(5000, 'A'),
                                   std::string(""), std::string(43, 'A') + "="}) {
    browser.cookie = "countersign=" + value;
    EXPECT_TRUE(browser.get("/v1/session").at("user").is_null());
    EXPECT_EQ(browser.post("/v1/authentications", "{}").status, 201);
    EXPECT_NE(browser.cookie, "countersign=" + value);  // replaced by one of ours
  }
}

TEST_F(ProductionTest, ConformanceCallsDoNotExist) {
  for (const char* path :
       {"/attestation/options", "/attestation/result", "/assertion/options", "/assertion/result"}) {
    EXPECT_EQ(shop_.post(path, R"({"username":"ada","displayName":"Ada"})").status, 404);
    EXPECT_EQ(backend("shop-key").post(path, "{}").status, 404);
  }
}

TEST_F(ProductionTest, ConformanceCallsDoNotExistForMalformedRequestsEither) {
  Browser twice = page("https://shop.example", "shop.example");
  twice.headers.emplace("Idempotency-Key", "a");
  twice.headers.emplace("Idempotency-Key", "b");
  EXPECT_EQ(twice.post("/attestation/options", "{}").status, 404);
  EXPECT_EQ(shop_.post("/attestation/options", std::string(70000, ' ')).status, 404);
  EXPECT_EQ(shop_.get("/attestation/options").status, 404);
}

TEST_F(ProductionTest, AMalformedResponseDoesNotTellWhoIsACustomer) {
  enrol("shop-key", shop_, "ada", "key 1");
  const auto answer_to = [&](const std::string& name, const std::string& response,
                             const std::string& extensions) {
    const Answer began = shop_.post("/v1/authentications", R"({"username":")" + name + "\"}");
    const std::string id =
        member(member(began.at("options"), "allowCredentials").items[0], "id").string;
    return shop_.post("/v1/authentications/" + began.text("id") + "/result",
                      R"({"id":")" + id + R"(","rawId":")" + id +
                          R"(","type":"public-key","response":)" + response +
                          R"(,"clientExtensionResults":)" + extensions + "}");
  };
  for (const char* response :
       {R"({"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"})",
        R"({"clientDataJSON":"AA","authenticatorData":"","signature":""})", "{}"}) {
    for (const char* extensions : {"{}", R"({"appid":"x"})"}) {
      const Answer known = answer_to("ada", response, extensions);
      const Answer unknown = answer_to("nobody", response, extensions);
      EXPECT_EQ(known.status, unknown.status) << response << extensions;
      EXPECT_EQ(known.text("class"), unknown.text("class")) << response << extensions;
    }
  }
}

TEST_F(ProductionTest, ErrorsTellTheClassAndNothingMore) {
  const SoftCredential credential = enrol("shop-key", shop_, "ada", "key 1");
  const auto spoil = [](SignatureFault fault) {
    return [fault](AssertionOptions& options) { options.signature_fault = fault; };
  };
  std::vector<Answer> refusals;
  refusals.push_back(shop_.sign_in(credential, "ada", spoil(SignatureFault::wrong_key)));
  refusals.push_back(shop_.sign_in(
      credential, "ada", [](AssertionOptions& options) { options.flags = kUserPresent; }));
  refusals.push_back(shop_.sign_in(credential, "ada", [](AssertionOptions& options) {
    options.client_data.origin = "https://evil.example";
  }));
  SoftCredential unknown = credential;
  unknown.id = seeded_bytes("unknown", 32);
  refusals.push_back(shop_.sign_in(unknown, "ada"));
  refusals.push_back(shop_.sign_in(credential, "nobody"));
  for (const Answer& refusal : refusals) {
    EXPECT_EQ(refusal.status, 403) << refusal.body;
    ASSERT_EQ(refusal.json.members.size(), 5U) << refusal.body;
    EXPECT_EQ(refusal.text("class"), "rejected");
    EXPECT_FALSE(refusal.text("correlationId").empty());
    EXPECT_THAT(server_.log(), HasSubstr(refusal.text("correlationId")));
  }
  EXPECT_THAT(server_.log(), HasSubstr("\"code\":\"signature_invalid\""));
  EXPECT_THAT(server_.log(), HasSubstr("\"code\":\"user_not_verified\""));
  const Answer good = shop_.sign_in(credential, "ada");
  ASSERT_EQ(good.status, 200) << good.body;
  EXPECT_TRUE(good.at("checks").is_null());
  EXPECT_TRUE(good.at("case").is_null());
}

// The conformance profile accepts all of these (tests/conformance).
TEST_F(ProductionTest, WhatFidosTestDataNeedIsRefused) {
  const auto refused_with = [&](const std::string& code,
                                const std::function<void(RegistrationOptions&)>& edit) {
    Browser caller = backend("shop-key");
    const Answer began = caller.post("/v1/registrations", R"({"username":"ada"})");
    ASSERT_EQ(began.status, 201) << began.body;
    for (const JsonValue& item : member(began.at("options"), "pubKeyCredParams").items) {
      EXPECT_THAT(member(item, "alg").integer, ::testing::AnyOf(-8, -7, -257));
    }
    const Answer result =
        caller.post("/v1/registrations/" + began.text("id") + "/result",
                    shop_.create(began.at("options"), "a key of " + code, edit).json);
    EXPECT_EQ(result.status, 403) << result.body;
    EXPECT_EQ(result.json.members.size(), 5U) << result.body;
    EXPECT_THAT(server_.log(), HasSubstr("\"code\":\"" + code + "\""));
  };
  refused_with("tpm_vendor_unknown", [](RegistrationOptions& options) {
    options.format = Format::tpm;
    options.tpm.identity.manufacturer = "id:FFFFF1D0";
  });
  refused_with("attestation_format_unknown", [](RegistrationOptions& options) {
    options.format = Format::android_safetynet;
    options.safetynet.timestamp_ms = std::int64_t{1000} * std::time(nullptr);
  });
  refused_with("algorithm_not_offered", [](RegistrationOptions& options) {
    options.key.reset();
    options.format = Format::packed_self;
    options.algorithm = -47;
  });
}

TEST_F(ProductionTest, UnknownNamesGetStableCredentialsOfTheSameShape) {
  enrol("shop-key", shop_, "ada", "key 1");
  const auto options_of = [&](const std::string& name) {
    Browser fresh = page("https://shop.example", "shop.example");
    return fresh.post("/v1/authentications", R"({"username":")" + name + "\"}");
  };
  const Answer known = options_of("ada");
  std::map<std::size_t, int> counts;
  // A quarter of all names has two: of these not one, once in 10^12 runs.
  for (int i = 0; i < 96; ++i) {
    const std::string name = "nobody" + std::to_string(i);
    const Answer first = options_of(name);
    const Answer second = options_of(name);
    ASSERT_EQ(first.status, known.status);
    const auto names_of = [](const JsonValue& value) {
      std::string out;
      for (const auto& [member_name, member_value] : value.members) {
        out += member_name + " ";
      }
      return out;
    };
    EXPECT_EQ(names_of(first.json), names_of(known.json));
    EXPECT_EQ(names_of(first.at("options")), names_of(known.at("options")));
    const JsonValue& a = member(first.at("options"), "allowCredentials");
    const JsonValue& b = member(second.at("options"), "allowCredentials");
    const JsonValue& real = member(known.at("options"), "allowCredentials");
    ASSERT_EQ(a.items.size(), b.items.size());
    ASSERT_FALSE(a.items.empty());
    ++counts[a.items.size()];
    for (std::size_t k = 0; k < a.items.size(); ++k) {
      EXPECT_EQ(member(a.items[k], "id").string, member(b.items[k], "id").string);
      EXPECT_EQ(member(a.items[k], "type").string, member(real.items[0], "type").string);
      EXPECT_GE(from_base64(member(a.items[k], "id").string).size(), 16U);
    }
    EXPECT_NE(member(first.at("options"), "challenge").string,
              member(second.at("options"), "challenge").string);
  }
  EXPECT_EQ(counts.size(), 2U);  // one and two credentials both occur
}

TEST_F(ProductionTest, BrowsersCannotCreateWhereTheBackendDoes) {
  EXPECT_EQ(bank_.post("/v1/authentications", "{}").status, 403);
  EXPECT_EQ(bank_.post("/v1/registrations", R"({"displayName":"A"})").status, 403);
  EXPECT_EQ(shop_.post("/v1/registrations", R"({"displayName":"A"})").status, 401);
}

TEST_F(ProductionTest, OnlyValidKeysWithTheScopeCount) {
  for (const char* key : {"", "wrong", "bank-keyx", "BANK-KEY"}) {
    EXPECT_EQ(backend(key).post("/v1/registrations", R"({"username":"ada"})").status, 401) << key;
  }
  Browser basic(server_.port(), "");
  basic.headers.emplace("Authorization", "Basic YmFuay1rZXk=");
  EXPECT_EQ(basic.post("/v1/registrations", R"({"username":"ada"})").status, 401);
  EXPECT_EQ(backend("reader-key").post("/v1/registrations", R"({"username":"ada"})").status, 403);
  EXPECT_EQ(backend("bank-key").post("/v1/registrations", R"({"username":"ada"})").status, 201);
  EXPECT_EQ(backend("reader-key").get("/v1/credentials?username=ada").status, 200);
}

TEST_F(ProductionTest, ABackendCreatesABrowserFinishesTheBackendReads) {
  const SoftCredential credential = enrol("bank-key", bank_, "ada", "key 1");
  Browser caller = backend("bank-key");
  const Answer began = caller.post("/v1/authentications", R"({"username":"ada"})");
  ASSERT_EQ(began.status, 201);
  const std::string path = "/v1/authentications/" + began.text("id");
  EXPECT_EQ(caller.get(path).text("state"), "pending");
  EXPECT_EQ(bank_.get(path).status, 401);  // a browser may not read it
  const std::string body = bank_.assert_with(credential, began.at("options")).json;
  EXPECT_EQ(bank_.post(path + "/result", body).status, 404);  // without the token
  bank_.headers.emplace("Countersign-Ceremony", "x" + began.text("token"));
  EXPECT_EQ(bank_.post(path + "/result", body).status, 404);
  bank_.headers.clear();
  bank_.headers.emplace("Countersign-Ceremony", began.text("token"));
  const Answer result = bank_.post(path + "/result", body);
  ASSERT_EQ(result.status, 200) << result.body;
  EXPECT_TRUE(result.at("session").is_null());
  EXPECT_TRUE(bank_.cookie.empty());
  const Answer read = caller.get(path);
  EXPECT_EQ(read.text("state"), "succeeded");
  EXPECT_EQ(member(read.at("user"), "username").string, "ada");
  EXPECT_TRUE(read.at("userVerified").boolean);
  EXPECT_EQ(member(read.at("credential"), "id").string, to_base64url(credential.id));
  // The other tenant's key sees nothing of it.
  EXPECT_EQ(backend("shop-key").get(path).status, 404);
  EXPECT_EQ(backend("shop-key").get("/v1/credentials?username=ada").status, 404);
}

TEST_F(ProductionTest, ARefusedOutcomeIsReadWithItsClass) {
  const SoftCredential credential = enrol("bank-key", bank_, "ada", "key 1");
  Browser caller = backend("bank-key");
  const Answer began = caller.post("/v1/authentications", R"({"username":"ada"})");
  const std::string path = "/v1/authentications/" + began.text("id");
  const Answer refused = caller.post(
      path + "/result", bank_
                            .assert_with(credential, began.at("options"),
                                         [](AssertionOptions& options) {
                                           options.signature_fault = SignatureFault::wrong_key;
                                         })
                            .json);
  EXPECT_EQ(refused.status, 403);
  const Answer read = caller.get(path);
  EXPECT_EQ(read.text("state"), "refused");
  EXPECT_EQ(member(read.at("error"), "class").string, "rejected");
  EXPECT_EQ(member(read.at("error"), "correlationId").string, refused.text("correlationId"));
  EXPECT_TRUE(read.at("credential").is_null());
  EXPECT_TRUE(read.at("userVerified").is_null());
}

TEST_F(ProductionTest, ACredentialOfOneTenantIsUnknownToTheOther) {
  const SoftCredential credential = enrol("bank-key", bank_, "ada", "key 1");
  EXPECT_EQ(shop_.sign_in(credential).status, 403);
  // Nor does a ceremony of one tenant exist at the other's origin or for its key.
  Browser caller = backend("bank-key");
  const Answer began = caller.post("/v1/authentications", R"({"username":"ada"})");
  const std::string path = "/v1/authentications/" + began.text("id") + "/result";
  const std::string body = bank_.assert_with(credential, began.at("options")).json;
  shop_.headers.emplace("Countersign-Ceremony", began.text("token"));
  EXPECT_EQ(shop_.post(path, body).status, 404);
  EXPECT_EQ(backend("shop-key").post(path, body).status, 404);
  // An API key does not excuse a page of another tenant.
  Browser mixed = page("https://shop.example", "shop.example");
  mixed.headers.emplace("Authorization", "Bearer bank-key");
  EXPECT_EQ(mixed.post("/v1/authentications", "{}").status, 403);
}

TEST_F(ProductionTest, HttpsTenantsGetHostCookies) {
  const Answer began = shop_.post("/v1/authentications", "{}");
  ASSERT_EQ(began.status, 201);
  EXPECT_THAT(began.headers.at("set-cookie"), HasSubstr("__Host-countersign="));
  EXPECT_THAT(began.headers.at("set-cookie"), HasSubstr("; Secure"));
  // The plain name is not looked at.
  Browser plain = page("https://shop.example", "shop.example");
  plain.cookie = shop_.cookie.substr(std::string("__Host-").size());
  EXPECT_EQ(plain.post("/v1/authentications/" + began.text("id") + "/result", "{}").status, 404);
}

TEST_F(ProductionTest, AFreshVerifiedSessionMayAddAPasskey) {
  const SoftCredential credential = enrol("shop-key", shop_, "ada", "key 1");
  ASSERT_EQ(shop_.sign_in(credential, "ada").status, 200);
  EXPECT_EQ(shop_.post("/v1/registrations", "{}").status, 201);
}

TEST_F(ProductionTest, TheSameUserOfABackendKeepsItsHandle) {
  Browser caller = backend("bank-key");
  const Answer first = caller.post("/v1/registrations", R"({"username":"ada"})");
  const Answer second = caller.post("/v1/registrations", R"({"username":"ada"})");
  EXPECT_EQ(member(first.at("user"), "userHandle").string,
            member(second.at("user"), "userHandle").string);
  std::vector<std::thread> threads;
  std::vector<std::string> handles(8);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    threads.emplace_back([&, i] {
      Browser one = backend("bank-key");
      const Answer began = one.post("/v1/registrations", R"({"username":"new"})");
      handles[i] = member(began.at("user"), "userHandle").string;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::string& handle : handles) {
    EXPECT_FALSE(handle.empty());
    EXPECT_EQ(handle, handles[0]);
  }
}

TEST_F(ProductionTest, RelatedOriginsAreServedWhereTheRpIdLives) {
  Browser anyone(server_.port(), "");
  anyone.headers.emplace("Host", "bank.example");
  const Answer answer = anyone.get("/.well-known/webauthn");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"origins":["https://bank-partner.example"]})");
  EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  Browser shop(server_.port(), "");
  shop.headers.emplace("Host", "shop.example");
  EXPECT_EQ(shop.get("/.well-known/webauthn").status, 404);
}

}  // namespace
}  // namespace countersign::testing
