#pragma once
// Two production tenants for the tests of how customers come in and come back: a bank whose backend
// signs in, and a shop with sessions of ours.

#include "tests/http/server_process.h"

namespace countersign::testing {

inline std::string key_digest(const std::string& key) { return to_hex(sha256(bytes_of(key))); }

/// `bank`: more members of the bank, each with a comma after it.
inline std::string customers_config(const std::string& bank = "") {
  const auto keys = [](const std::string& key) {
    return R"("apiKeys":[{"id":"backend","sha256":")" + key_digest(key) +
           R"(","scopes":["registrations","credentials","transactions"]}])";
  };
  return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[
    {"id":"bank","rpId":"bank.example","rpName":"Bank","origins":["https://login.bank.example"],)" +
         bank + keys("bank-key") + R"(},
    {"id":"shop","rpId":"shop.example","rpName":"Shop","origins":["https://shop.example"],
     "sessions":true,)" +
         keys("shop-key") + "}]}";
}

inline Browser backend_of(const ServerProcess& server, const std::string& key) {
  Browser out(server.port(), "");
  out.headers.emplace("Authorization", "Bearer " + key);
  return out;
}
inline Browser bank_page(const ServerProcess& server) {
  Browser out(server.port(), "https://login.bank.example");
  out.rp_id = "bank.example";
  return out;
}
inline Browser shop_page(const ServerProcess& server) {
  Browser out(server.port(), "https://shop.example");
  out.rp_id = "shop.example";
  out.headers.emplace("Host", "shop.example");  // a GET has no Origin
  return out;
}

inline std::string activation_body(const std::string& id, const std::string& code) {
  return R"({"activation":{"id":")" + id + R"(","code":")" + code + R"("}})";
}
inline Answer begin_with(Browser& browser, const Answer& issued) {
  return browser.post("/v1/registrations", activation_body(issued.text("id"), issued.text("code")));
}

struct Enrolled {
  Answer result;
  SoftCredential credential;
};
/// The browser registers `label` with the activation.
inline Enrolled enrol_with(Browser& browser, const Answer& issued, const std::string& label) {
  const Answer began = begin_with(browser, issued);
  EXPECT_EQ(began.status, 201) << began.body;
  if (began.status != 201) {
    return {};
  }
  const Registration made = browser.create(began.at("options"), label);
  return {browser.post("/v1/registrations/" + began.text("id") + "/result", made.json),
          made.credential};
}

/// Whom the shop's session signs in; empty where nobody.
inline std::string signed_in(Browser& browser) {
  const Answer answer = browser.get("/v1/session");
  EXPECT_EQ(answer.status, 200) << answer.body;
  return member(answer.at("user"), "username").string;
}

/// The bank's backend has the customer sign in; the ceremony's id is what it believes.
inline std::string bank_sign_in(const ServerProcess& server, const SoftCredential& credential) {
  Browser backend = backend_of(server, "bank-key");
  Browser page = bank_page(server);
  const Answer began = backend.post("/v1/authentications", "{}");
  page.headers.emplace("Countersign-Ceremony", began.text("token"));
  const Answer result = page.post("/v1/authentications/" + began.text("id") + "/result",
                                  page.assert_with(credential, began.at("options")).json);
  return result.status == 200 ? began.text("id") : "";
}

inline std::vector<std::string> event_kinds(Browser& backend, const std::string& after = "0") {
  std::vector<std::string> kinds;
  const Answer answer = backend.get("/v1/events?after=" + after);
  for (const JsonValue& event : answer.at("events").items) {
    kinds.push_back(member(event, "kind").string);
  }
  return kinds;
}

}  // namespace countersign::testing
