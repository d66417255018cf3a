#pragma once
// A bank whose backend creates transactions and whose customers approve them.

#include "tests/http/server_process.h"

namespace countersign::testing {

/// From 10,000 EUR on two people; a doubtful payment at the approval origin; a bad one not at all.
inline constexpr const char* kPaymentPolicy =
    R"({"schema":"countersign-policy/1","id":"payments","revision":1,"default":"deny","rules":[
  {"id":"enrol","when":{"ceremony":{"in":["register","credential.add","recovery","authenticate"]}},"require":{"userVerification":"required"}},
  {"id":"pay","when":{"ceremony":"transaction.approve"},"require":{"userVerification":"required"}},
  {"id":"large","when":{"all":[{"ceremony":"transaction.approve"},{"amount.base":{"gte":1000000}}]},"require":{"approvals":{"count":2,"distinctUsers":true}}},
  {"id":"doubtful","when":{"all":[{"ceremony":"transaction.approve"},{"risk.score":{"gte":50}}]},"require":{"displayTier":1}},
  {"id":"bad","when":{"all":[{"ceremony":"transaction.approve"},{"risk.score":{"gte":90}}]},"deny":{"reason":"risk"}}]})";

/// The API's form of a credit transfer.
inline std::string transfer(const std::string& value, const std::string& creditor = "Anna Muster",
                            const std::string& reference = "Invoice 4711") {
  return R"({"type":"payment.credit-transfer/1","fields":{"amount":{"currency":"EUR","value":")" +
         value + R"("},"creditor":")" + creditor +
         R"(","creditorAccount":{"iban":"DE89370400440532013000"},)"
         R"("debtorAccount":{"iban":"DE75512108001245126199"},)"
         R"("executionDate":"2026-11-27","reference":")" +
         reference + R"("}})";
}

class TransactionServer {
 public:
  explicit TransactionServer(const std::string& more = "",
                             const std::string& policy = kPaymentPolicy) {
    folder_.write("policy.json", policy);
    server_.emplace(folder_, config(more));
  }

  /// `more`: members of the bank's `transactions`, each with a comma before it.
  static std::string config(const std::string& more) {
    const auto key = [](const std::string& id, const std::string& scopes) {
      return R"({"id":")" + id + R"(","sha256":")" + to_hex(sha256(bytes_of(id + "-key"))) +
             R"(","scopes":[)" + scopes + "]}";
    };
    return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[{"id":"bank",)"
           R"("rpId":"bank.example","rpName":"Bank","origins":["https://bank.example"],)"
           R"("sessions":true,"policy":"policy.json","transactions":{"baseCurrency":"EUR")" +
           more + R"(},"apiKeys":[)" + key("backend", R"("transactions")") + "," +
           key("second", R"("transactions")") + "," +
           key("customers", R"("registrations","credentials","receipts")") + "," +
           key("eraser", R"("erase")") +
           R"(]},{"id":"shop","rpId":"shop.example","origins":["https://shop.example"],"apiKeys":[)" +
           key("shop", R"("transactions","registrations")") + "]}]}";
  }

  Browser with_key(const std::string& id) const {
    Browser out(server_->port(), "");
    out.headers.emplace("Authorization", "Bearer " + id + "-key");
    return out;
  }
  Browser backend() const { return with_key("backend"); }
  /// A page of the bank, perhaps with the token of a transaction.
  Browser page(const std::string& token = "",
               const std::string& origin = "https://bank.example") const {
    Browser out(server_->port(), origin);
    out.rp_id = "bank.example";
    out.headers.emplace("Host", origin.substr(origin.find("://") + 3));
    if (!token.empty()) {
      out.headers.emplace("Countersign-Ceremony", token);
    }
    return out;
  }

  SoftCredential enrol(const std::string& name) const {
    const Answer began =
        with_key("customers").post("/v1/registrations", R"({"username":")" + name + "\"}");
    EXPECT_EQ(began.status, 201) << began.body;
    Browser browser = page(began.text("token"));
    const Registration made = browser.create(began.at("options"), "key of " + name);
    EXPECT_EQ(browser.post("/v1/registrations/" + began.text("id") + "/result", made.json).status,
              200);
    return made.credential;
  }

  /// A policy that asks for the risk denies where nobody says it.
  static std::string creation(const std::string& user, const std::string& intent,
                              const std::string& more = "") {
    const bool has_inputs = more.find("policyInputs") != std::string::npos;
    return R"({"username":")" + user + R"(","locale":"en-GB","intent":)" + intent +
           (has_inputs ? "" : R"(,"policyInputs":{"risk.score":10})") + more + "}";
  }
  Answer create(const std::string& value = "250.00", const std::string& user = "ada",
                const std::string& more = "") const {
    return backend().post("/v1/transactions", creation(user, transfer(value), more));
  }
  /// What a browser that holds the token hands in.
  Answer approve(const Answer& began, const SoftCredential& credential,
                 const std::function<void(AssertionOptions&)>& edit = {}) const {
    if (began.status != 201) {
      return began;
    }
    Browser browser = page(began.text("token"));
    return browser.post("/v1/transactions/" + began.text("id") + "/approve",
                        browser.assert_with(credential, began.at("options"), edit).json);
  }
  Answer read(const std::string& id) const { return backend().get("/v1/transactions/" + id); }
  std::string state_of(const std::string& id) const { return read(id).text("state"); }
  /// Kinds of the events about it, in their order.
  std::vector<std::string> events_of(const std::string& id) const {
    std::vector<std::string> kinds;
    std::string after = "0";
    while (true) {
      const Answer page = backend().get("/v1/outbox?state=all&after=" + after);
      for (const JsonValue& entry : page.at("events").items) {
        if (member(member(entry, "event"), "subject").string == id) {
          kinds.push_back(member(member(entry, "event"), "type").string);
        }
      }
      if (page.text("next") == after) {
        return kinds;
      }
      after = page.text("next");
    }
  }

  TemporaryFolder folder_;
  std::optional<ServerProcess> server_;
};

}  // namespace countersign::testing
