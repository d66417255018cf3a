#include "transaction/payment_dialog.h"

#include <gtest/gtest.h>

#include "tests/transaction/payments.h"

namespace countersign::testing {
namespace {

Template card_template_with(const std::function<void(nlohmann::json&)>& edit) {
  nlohmann::json document = shipped_json(shipped_templates(), "payment.card");
  edit(document);
  const Result<Template> source = parse_template(document.dump(), OpenSslHasher());
  EXPECT_TRUE(source.has_value()) << error_name(source.error().code) << document["fields"];
  return source.value();
}

std::string projection_refusal(const std::function<void(PaymentPresentation&)>& edit) {
  PaymentPresentation presentation = example_presentation();
  edit(presentation);
  const Template card = template_of("payment.card");
  return refusal_of(project_payment(card, intent_from(card, card_intent()).value(), presentation));
}

TEST(CheckDisplayablePayment, HoldsForCardPaymentsAlone) {
  for (const std::string_view text : shipped_templates()) {
    const Template source = parse_template(text, OpenSslHasher()).value();
    EXPECT_EQ(check_displayable_payment(source).has_value(), source.type == "payment.card/1")
        << source.type;
  }
}

TEST(CheckDisplayablePayment, FailsIfAProminentFieldHasNoPlace) {
  const auto add_field = [](nlohmann::json field) {
    return card_template_with([&](nlohmann::json& document) {
      document["fields"].push_back(field);
      for (auto& texts : document["locales"]) {
        texts["labels"]["more"] = "More";
      }
    });
  };
  const auto display = [](int level) {
    return nlohmann::json{{"level", level}, {"label", "more"}};
  };
  const nlohmann::json fields[] = {
      {{"name", "more"}, {"type", "amount"}, {"display", display(1)}},
      {{"name", "more"}, {"type", "date"}, {"display", display(1)}},
      {{"name", "more"}, {"type", "text"}, {"maxGraphemes", 9}, {"display", display(1)}},
      {{"name", "more"},
       {"type", "text"},
       {"maxGraphemes", 9},
       {"role", "own"},
       {"isName", true},
       {"display", display(1)}},
      {{"name", "more"}, {"type", "account"}, {"role", "payee"}, {"display", display(1)}},
  };
  for (const nlohmann::json& field : fields) {
    EXPECT_EQ(refusal_of(check_displayable_payment(add_field(field))), "payment_not_displayable")
        << field.dump();
  }
  EXPECT_TRUE(check_displayable_payment(
                  add_field({{"name", "more"}, {"type", "date"}, {"display", display(2)}}))
                  .has_value());
}

TEST(ProjectPayment, PutsEachProminentFieldInItsPlace) {
  const PaymentDialog dialog = dialog_of(card_intent(), example_presentation());
  EXPECT_EQ(dialog.payee_name, "Muster Schuhe");
  EXPECT_EQ(dialog.payee_origin, "https://shop.example");
  EXPECT_EQ(dialog.total, (Amount{"EUR", 2, 2000}));
  EXPECT_EQ(dialog.instrument_name, "Example Bank Gold ••••4242");
  EXPECT_EQ(dialog.instrument_icon, "https://example.org/gold.png");
}

TEST(ProjectPayment, NamesTheInstrumentAloneIfTheIntentSaysNoMore) {
  const Template source =
      card_template_with([](nlohmann::json& document) { document["fields"].erase(2); });
  nlohmann::json intent = card_intent();
  intent["fields"].erase("card");
  const PaymentDialog dialog =
      project_payment(source, intent_from(source, intent).value(), example_presentation()).value();
  EXPECT_EQ(dialog.instrument_name, "Example Bank Gold");
}

TEST(ProjectPayment, FailsIfTheIntentIsOfAnotherTemplate) {
  const Template transfer = template_of("payment.credit-transfer");
  const CanonicalValue intent = intent_from(transfer, transfer_intent()).value();
  EXPECT_EQ(refusal_of(project_payment(transfer, intent, example_presentation())),
            "payment_not_displayable");
  EXPECT_EQ(
      refusal_of(project_payment(template_of("payment.card"), intent, example_presentation())),
      "intent_field_missing");
}

TEST(ProjectPayment, FailsIfABrowserWouldSignAnotherOrigin) {
  const auto refusal = [](const std::string& origin) {
    return projection_refusal([&](PaymentPresentation& p) { p.payee_origin = origin; });
  };
  for (const char* origin : {"https://shop.example", "https://a.shop.example:8443"}) {
    EXPECT_EQ(refusal(origin), "accepted") << origin;
    EXPECT_TRUE(is_payment_origin(origin));
  }
  for (const char* origin :
       {"", "http://shop.example", "https://", "https://Shop.example", "https://shop.example/",
        "https://shop.example:443", "https://shop.example:", "https://shop.example:0",
        "https://shop.example:08443", "https://shop.example:65536", "https://shop.example:9x",
        "https://user@shop.example", "https://shop.example?", "https://sh\xc3\xb6p.example",
        "https:/shop.example", " https://shop.example"}) {
    EXPECT_EQ(refusal(origin), "payment_malformed") << origin;
    EXPECT_FALSE(is_payment_origin(origin)) << origin;
  }
  EXPECT_EQ(projection_refusal([](PaymentPresentation& p) { p.payee_origin.reset(); }), "accepted");
}

TEST(ProjectPayment, FailsIfABrowserWouldSignAnotherUrl) {
  const auto refusal = [](const std::string& url) {
    return projection_refusal([&](PaymentPresentation& p) { p.instrument_icon = url; });
  };
  for (const char* url : {"https://example.org/", "https://example.org:8443/a/b.png?v=1&w=%20",
                          "https://example.org/a..b/.c/d.", "https://example.org/a?x=../b"}) {
    EXPECT_EQ(refusal(url), "accepted") << url;
  }
  for (const char* url :
       {"", "https://example.org", "http://example.org/a.png", "data:image/png;base64,AAAA",
        "https://example.org:443/a.png", "https://Example.org/a.png", "https://example.org/a b.png",
        "https://example.org/../a.png", "https://example.org/a/./b.png", "https://example.org/a/..",
        "https://example.org/%2e%2E/a.png", "https://example.org/a#b", "https://example.org/a\\b",
        "https://example.org/\"a\"", "https://example.org/\xc3\xa9.png"}) {
    EXPECT_EQ(refusal(url), "payment_malformed") << url;
  }
  EXPECT_EQ(refusal("https://example.org/" + std::string(limits::kMaxPaymentUrlBytes, 'a')),
            "payment_malformed");
}

TEST(ProjectPayment, FailsIfAPresentedTextIsNotWhatItLooksLike) {
  EXPECT_EQ(projection_refusal([](PaymentPresentation& p) { p.instrument_name = ""; }),
            "text_length_wrong");
  EXPECT_EQ(projection_refusal([](PaymentPresentation& p) { p.instrument_name = "a\u202eb"; }),
            "text_character_forbidden");
  EXPECT_EQ(projection_refusal([](PaymentPresentation& p) {
              p.instrument_name = std::string(limits::kMaxInstrumentNameGraphemes + 1, 'a');
            }),
            "text_length_wrong");
  EXPECT_EQ(projection_refusal([](PaymentPresentation& p) {
              p.logos = {{"https://example.org/a.png", "two  spaces"}};
            }),
            "text_space_misplaced");
  EXPECT_EQ(projection_refusal([](PaymentPresentation& p) {
              p.logos = {{"http://example.org/a.png", "A"}};
            }),
            "payment_malformed");
  EXPECT_EQ(projection_refusal([](PaymentPresentation& p) {
              p.logos.assign(limits::kMaxPaymentLogos + 1, {"https://example.org/a.png", "A"});
            }),
            "payment_malformed");
}

TEST(PaymentRequestJson, IsWhatThePaymentRequestTakes) {
  PaymentPresentation presentation = example_presentation();
  presentation.logos = {{"https://example.org/net.png", "Net"}};
  const std::string text =
      payment_request_json(dialog_of(card_intent(), presentation),
                           {"example.org",
                            {1, 2, 3},
                            {CredentialId(ByteVector{4}), CredentialId(ByteVector{5, 6})},
                            "de-CH",
                            300000});
  EXPECT_EQ(
      text,
      R"({"methodData":[{"supportedMethods":"secure-payment-confirmation","data":{"challenge":"AQID",)"
      R"("rpId":"example.org","credentialIds":["BA","BQY"],"instrument":{"displayName":)"
      R"("Example Bank Gold ••••4242","icon":"https://example.org/gold.png"},"timeout":300000,)"
      R"("payeeName":"Muster Schuhe","payeeOrigin":"https://shop.example","paymentEntitiesLogos":)"
      R"([{"url":"https://example.org/net.png","label":"Net"}],"browserBoundPubKeyCredParams":)"
      R"([{"type":"public-key","alg":-7},{"type":"public-key","alg":-257}],"locale":["de-CH"]}}],)"
      R"("details":{"total":{"label":"Muster Schuhe","amount":{"currency":"EUR","value":"20.00"}}}})");
}

// Exactly the currency's decimals, whatever the intent's form was.
TEST(PaymentRequestJson, WritesTotalsWithTheCurrencysDecimals) {
  const struct {
    const char* currency;
    const char* value;
    const char* written;
  } table[] = {{"JPY", "2000", R"("value":"2000")"},
               {"KWD", "2", R"("value":"2.000")"},
               {"EUR", "0.05", R"("value":"0.05")"},
               {"USD", "92233720368547758.07", R"("value":"92233720368547758.07")"}};
  for (const auto& row : table) {
    nlohmann::json intent = card_intent();
    intent["fields"]["amount"] = amount_json(row.value, row.currency);
    const std::string text = payment_request_json(dialog_of(intent, example_presentation()),
                                                  {"example.org", {}, {}, "en-GB", 1});
    EXPECT_NE(text.find(row.written), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace countersign::testing
