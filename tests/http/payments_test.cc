// Passkeys for payments over HTTP, against the real program.

#include <gmock/gmock.h>

#include "tests/http/customers.h"
#include "tests/http/transaction_server.h"
#include "tests/support/soft_payment.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PaymentsTest : public ::testing::Test {
 protected:
  Answer begin(const std::string& more = R"(,"payments":true)") {
    return bank_.post("/v1/registrations", R"({"username":"ada","displayName":"Ada")" + more + "}");
  }
  Answer finish(const Answer& began, const std::string& label,
                const std::function<void(RegistrationOptions&)>& edit = {}) {
    Browser page = bank_page(server_);
    page.headers.emplace("Countersign-Ceremony", began.text("token"));
    credential_ = page.create(began.at("options"), label, edit);
    return page.post("/v1/registrations/" + began.text("id") + "/result", credential_.json);
  }
  static void bind_browser(RegistrationOptions& options) {
    options = with_browser_bound_key(BrowserBoundSigner(), options);
  }
  std::string keys_path() const {
    return "/v1/credentials/" + to_base64url(credential_.credential.id) +
           "/browser-bound-keys?username=ada";
  }

  TemporaryFolder folder_;
  ServerProcess server_{folder_, customers_config()};
  Browser bank_ = backend_of(server_, "bank-key");
  Registration credential_;
};

TEST_F(PaymentsTest, TheOptionsAskForWhatBrowsersTake) {
  const Answer began = begin();
  ASSERT_EQ(began.status, 201) << began.body;
  EXPECT_THAT(began.body,
              HasSubstr(R"("payment":{"isPayment":true,"browserBoundPubKeyCredParams":)"
                        R"([{"type":"public-key","alg":-7},{"type":"public-key","alg":-257}]})"));
  const JsonValue selection = member(began.at("options"), "authenticatorSelection");
  EXPECT_EQ(member(selection, "authenticatorAttachment").string, "platform");
  EXPECT_EQ(member(selection, "residentKey").string, "required");
  EXPECT_EQ(member(selection, "userVerification").string, "required");
  for (const char* more : {"", R"(,"payments":false)"}) {
    EXPECT_THAT(begin(more).body, Not(HasSubstr("isPayment")));
  }
  EXPECT_EQ(begin(R"(,"payments":"yes")").status, 400);
}

TEST_F(PaymentsTest, TheKeyOfTheRegistrationIsTrusted) {
  const Answer result = finish(begin(), "phone", bind_browser);
  ASSERT_EQ(result.status, 200) << result.body;
  EXPECT_TRUE(result.at("browserBoundKey").boolean);
  const Answer listed = bank_.get(keys_path());
  ASSERT_EQ(listed.status, 200) << listed.body;
  ASSERT_EQ(listed.at("browserBoundKeys").items.size(), 1U);
  const JsonValue key = listed.at("browserBoundKeys").items[0];
  EXPECT_EQ(member(key, "id").string, to_base64url(sha256(BrowserBoundSigner().key.cose_key(-7))));
  EXPECT_TRUE(member(key, "trustedAt").is_string());
}

TEST_F(PaymentsTest, ABrowserWithoutSuchKeysRegistersAllTheSame) {
  const Answer result = finish(begin(), "phone");
  ASSERT_EQ(result.status, 200) << result.body;
  EXPECT_FALSE(result.at("browserBoundKey").boolean);
  EXPECT_EQ(bank_.get(keys_path()).at("browserBoundKeys").items.size(), 0U);
}

TEST_F(PaymentsTest, ARegistrationIsRefusedWhereTheBrowsersSignatureIsWrong) {
  const Answer result = finish(begin(), "phone", [](RegistrationOptions& options) {
    BrowserBoundSigner signer;
    signer.fault = SignatureFault::wrong_key;
    options = with_browser_bound_key(signer, options);
  });
  EXPECT_EQ(result.status, 403) << result.body;
  EXPECT_THAT(server_.log(), HasSubstr("browser_bound_signature_invalid"));
  EXPECT_EQ(bank_.get("/v1/credentials?username=ada").at("credentials").items.size(), 0U);
}

TEST_F(PaymentsTest, AnOrdinaryPasskeyIsForNoPayments) {
  // The page adds the extension by itself: nobody asked for it.
  ASSERT_EQ(finish(begin(""), "phone", bind_browser).status, 200);
  EXPECT_EQ(bank_.get(keys_path()).status, 404);
}

TEST_F(PaymentsTest, TheBackendVouchesForKeysAndRemovesThem) {
  ASSERT_EQ(finish(begin(), "phone", bind_browser).status, 200);
  const std::string id = to_base64url(sha256(BrowserBoundSigner().key.cose_key(-7)));
  const auto change = [&](const std::string& key, const std::string& trusted) {
    return bank_.post(keys_path(), R"({"id":")" + key + R"(","trusted":)" + trusted + "}");
  };
  EXPECT_EQ(change("AAAA", "true").status, 403);
  EXPECT_EQ(change(id, "1").status, 400);
  EXPECT_EQ(change(id, "true").status, 200);
  const Answer removed = change(id, "false");
  ASSERT_EQ(removed.status, 200) << removed.body;
  EXPECT_EQ(removed.at("browserBoundKeys").items.size(), 0U);
  EXPECT_THAT(server_.log(), HasSubstr("browser-bound-key.remove"));
  // Another tenant's key, and a page.
  Browser shop = backend_of(server_, "shop-key");
  EXPECT_EQ(shop.get(keys_path()).status, 404);
  Browser page = bank_page(server_);
  EXPECT_EQ(page.post(keys_path(), R"({"id":"AAAA","trusted":true})").status, 401);
}

TEST_F(PaymentsTest, APaymentSignsNobodyIn) {
  ASSERT_EQ(finish(begin(), "phone", bind_browser).status, 200);
  EXPECT_NE(bank_sign_in(server_, credential_.credential), "");
  const Answer began = bank_.post("/v1/authentications", "{}");
  Browser page = bank_page(server_);
  page.headers.emplace("Countersign-Ceremony", began.text("token"));
  const Assertion payment =
      page.assert_with(credential_.credential, began.at("options"),
                       [](AssertionOptions& options) { options.client_data.type = "payment.get"; });
  EXPECT_EQ(page.post("/v1/authentications/" + began.text("id") + "/result", payment.json).status,
            403);
  EXPECT_THAT(server_.log(), HasSubstr("type_mismatch"));
}

// What becomes of a payment without a browser-bound key.
int status_without_key(const std::string& setting, bool has_key) {
  const TransactionServer bank(setting.empty() ? "" : R"(,"browserBoundKeys":")" + setting + "\"");
  const Answer began =
      bank.with_key("customers").post("/v1/registrations", R"({"username":"ada","payments":true})");
  Browser page = bank.page(began.text("token"));
  const Registration made =
      page.create(began.at("options"), "phone", [&](RegistrationOptions& options) {
        if (has_key) {
          options = with_browser_bound_key(BrowserBoundSigner(), options);
        }
      });
  EXPECT_EQ(page.post("/v1/registrations/" + began.text("id") + "/result", made.json).status, 200);
  const Answer payment = bank.backend().post(
      "/v1/transactions",
      bank.creation("ada",
                    R"({"type":"payment.card/1","fields":{"amount":{"currency":"EUR","value":)"
                    R"("20.00"},"merchant":"Muster Schuhe","card":"4242"}})",
                    R"(,"payment":{"origins":["https://shop.example"],"payeeOrigin":)"
                    R"("https://shop.example","instrument":{"displayName":"Example Bank Gold",)"
                    R"("icon":"https://example.org/gold.png"}})"));
  EXPECT_EQ(payment.status, 201) << payment.body;
  if (payment.status != 201) {
    return payment.status;
  }
  SoftPayment shown;
  shown.rp_id = "bank.example";
  shown.browser_bound.reset();
  const JsonValue data = member(member(payment.at("payment"), "methodData").items.at(0), "data");
  Browser shop = bank.page(payment.text("token"));
  const Assertion assertion =
      shop.assert_with(made.credential, data,
                       [&](AssertionOptions& options) { options = with_payment(shown, options); });
  return shop.post("/v1/transactions/" + payment.text("id") + "/approve", assertion.json).status;
}

TEST(BrowserBoundKeys, AreDemandedAsTheConfigurationSays) {
  EXPECT_EQ(status_without_key("required", true), 403);
  EXPECT_EQ(status_without_key("required", false), 403);
  EXPECT_EQ(status_without_key("", true), 403) << "the passkey has one";
  EXPECT_EQ(status_without_key("", false), 200);
  EXPECT_EQ(status_without_key("whenRegistered", true), 403);
  EXPECT_EQ(status_without_key("optional", true), 200);
}

}  // namespace
}  // namespace countersign::testing
