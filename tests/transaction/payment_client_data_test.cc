#include "transaction/payment_client_data.h"

#include <gtest/gtest.h>

#include "tests/transaction/payments.h"

namespace countersign::testing {
namespace {

std::string client_data(const SoftPayment& payment) {
  return R"({"type":"payment.get","payment":)" + make_payment_member(payment) + "}";
}

std::string refusal(const std::string& json) {
  return refusal_of(parse_payment_client_data(bytes_of(json)));
}

TEST(ParsePaymentClientData, ReadsWhatTheBrowserShowed) {
  SoftPayment payment;
  payment.logos = {{"https://example.org/a.png", "A"}, {"", "B"}};
  payment.instrument_details = "01/29";
  const PaymentClientData read = parse_payment_client_data(bytes_of(client_data(payment))).value();
  EXPECT_EQ(read.rp_id, "example.org");
  EXPECT_EQ(read.top_origin, "https://shop.example");
  EXPECT_EQ(read.payee_name, "Muster Schuhe");
  EXPECT_EQ(read.payee_origin, "https://shop.example");
  EXPECT_EQ(read.logos, (std::vector<PaymentLogo>{{"https://example.org/a.png", "A"}, {"", "B"}}));
  EXPECT_EQ(read.currency, "EUR");
  EXPECT_EQ(read.value, "20.00");
  EXPECT_EQ(read.instrument_name, payment.instrument_name);
  EXPECT_EQ(read.instrument_icon, payment.instrument_icon);
  EXPECT_EQ(read.instrument_details, "01/29");
  EXPECT_EQ(read.browser_bound_key, payment.browser_bound->key.cose_key(-7));
}

TEST(ParsePaymentClientData, LeavesOutWhatIsAbsent) {
  SoftPayment payment;
  payment.payee_name.reset();
  payment.payee_origin.reset();
  payment.browser_bound.reset();
  payment.edits = {{"paymentEntitiesLogos", std::nullopt}};
  const PaymentClientData read = parse_payment_client_data(bytes_of(client_data(payment))).value();
  EXPECT_FALSE(read.payee_name || read.payee_origin || read.instrument_details ||
               read.browser_bound_key);
  EXPECT_TRUE(read.logos.empty());
}

TEST(ParsePaymentClientData, FailsIfAMemberIsMissingOrOfAnotherType) {
  EXPECT_EQ(refusal("[]"), "payment_malformed");
  EXPECT_EQ(refusal("{}"), "payment_malformed");
  EXPECT_EQ(refusal(R"({"payment":[]})"), "payment_malformed");
  EXPECT_EQ(refusal("{"), "json_syntax");
  EXPECT_EQ(refusal("\xef\xbb\xbf{}"), "json_byte_order_mark");
  const std::optional<std::string> wrong[] = {std::nullopt, "null", "1", "[]", "\"\\ud800\""};
  for (const std::optional<std::string>& raw : wrong) {
    SCOPED_TRACE(raw.value_or("absent"));
    for (const char* name : {"rpId", "topOrigin", "total", "instrument"}) {
      SoftPayment payment;
      payment.edits = {{name, raw}};
      EXPECT_NE(refusal(client_data(payment)), "accepted") << name;
    }
    for (const char* name : {"currency", "value"}) {
      SoftPayment payment;
      payment.total_edits = {{name, raw}};
      EXPECT_NE(refusal(client_data(payment)), "accepted") << name;
    }
    for (const char* name : {"displayName", "icon"}) {
      SoftPayment payment;
      payment.instrument_edits = {{name, raw}};
      EXPECT_NE(refusal(client_data(payment)), "accepted") << name;
    }
  }
  for (const char* name : {"payeeName", "payeeOrigin", "paymentEntitiesLogos"}) {
    for (const char* raw : {"null", "1", "{}"}) {
      SoftPayment payment;
      payment.edits = {{name, raw}};
      EXPECT_EQ(refusal(client_data(payment)), "payment_malformed") << name << raw;
    }
  }
  for (const char* raw :
       {"[1]", "[{}]", R"([{"url":"https://a.example/"}])", R"([{"url":null,"label":"A"}])"}) {
    SoftPayment payment;
    payment.edits = {{"paymentEntitiesLogos", raw}};
    EXPECT_EQ(refusal(client_data(payment)), "payment_malformed") << raw;
  }
  SoftPayment details;
  details.instrument_edits = {{"details", "null"}};
  EXPECT_EQ(refusal(client_data(details)), "payment_malformed");
}

TEST(ParsePaymentClientData, FailsIfThereAreMoreLogosThanBrowsersShow) {
  SoftPayment payment;
  payment.logos.assign(limits::kMaxPaymentLogos, {"", "A"});
  EXPECT_EQ(refusal(client_data(payment)), "accepted");
  payment.logos.emplace_back("", "A");
  EXPECT_EQ(refusal(client_data(payment)), "payment_malformed");
}

TEST(ParsePaymentClientData, FailsIfTheBrowserBoundKeyIsNoBase64url) {
  for (const char* raw : {"null", "1", "\"\"", "\"AA==\"", "\"A+\"", "[]"}) {
    SoftPayment payment;
    payment.edits = {{"browserBoundPublicKey", raw}};
    EXPECT_EQ(refusal(client_data(payment)), "browser_bound_key_malformed") << raw;
  }
}

TEST(ParsePaymentClientData, FailsIfTheClientDataAreTooLong) {
  SoftPayment payment;
  payment.edits = {{"more", json_string(std::string(limits::kMaxClientDataBytes, 'x'))}};
  EXPECT_EQ(refusal(client_data(payment)), "json_too_large");
}

TEST(ParseRegisteredBrowserBoundKey, ReadsTheKeyAlone) {
  const auto parse = [](std::string_view json) {
    return parse_registered_browser_bound_key(bytes_of(json));
  };
  EXPECT_EQ(parse("{}").value(), std::nullopt);
  EXPECT_EQ(parse(R"({"payment":{}})").value(), std::nullopt);
  EXPECT_EQ(parse(R"({"payment":{"browserBoundPublicKey":"AQI"}})").value(), (ByteVector{1, 2}));
  EXPECT_EQ(refusal_of(parse(R"({"payment":null})")), "payment_malformed");
  EXPECT_EQ(refusal_of(parse(R"({"payment":{"browserBoundPublicKey":""}})")),
            "browser_bound_key_malformed");
}

}  // namespace
}  // namespace countersign::testing
