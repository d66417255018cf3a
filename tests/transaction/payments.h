#pragma once
// Payment confirmations of the soft browser, and the mutations of which each breaks one check.

#include "backends/openssl/openssl_backend.h"
#include "tests/ceremony/ceremonies.h"
#include "tests/support/soft_payment.h"
#include "tests/transaction/documents.h"
#include "transaction/payment_assertion.h"

namespace countersign::testing {

inline PaymentPresentation example_presentation() {
  return {.payee_origin = "https://shop.example",
          .instrument_name = "Example Bank Gold",
          .instrument_icon = "https://example.org/gold.png",
          .logos = {}};
}

inline nlohmann::json card_intent() {
  return {{"type", "payment.card/1"},
          {"fields",
           {{"amount", amount_json("20.00")}, {"merchant", "Muster Schuhe"}, {"card", "4242"}}}};
}

inline PaymentDialog dialog_of(const nlohmann::json& intent,
                               const PaymentPresentation& presentation) {
  const Template card = template_of("payment.card");
  return project_payment(card, intent_from(card, intent).value(), presentation).value();
}

/// One confirmation: what the browser showed and signed, then what is expected of it.
struct PaymentTrial {
  SoftPayment payment;
  AssertionOptions options;
  std::function<void(AssertionOptions&)> edit_options;  // with the payment in them
  std::function<void(PaymentExpectations&)> edit_expectations;

  /// What fits the confirmation with its knobs left alone.
  static PaymentExpectations expectations(const AssertionOptions& options) {
    PaymentExpectations expected;
    fill_expectations(options, expected.authentication);
    expected.authentication.origins = {"https://shop.example"};
    expected.dialog = dialog_of(card_intent(), example_presentation());
    expected.registration = PaymentRegistration::with_payment;
    const BrowserBoundSigner signer;
    expected.browser_bound_keys = {signer.key.cose_key(signer.algorithm)};
    return expected;
  }

  Result<VerifiedPayment> run() const {
    const SoftCredential credential = make_registration().credential;
    AssertionOptions asked = with_payment(payment, options);
    if (edit_options) {
      edit_options(asked);
    }
    const Assertion assertion = make_assertion(credential, asked);
    PaymentExpectations expected = expectations(assertion.options);
    if (edit_expectations) {
      edit_expectations(expected);
    }
    CS_ASSIGN(PendingPayment pending, begin_payment(expected, record_of(credential),
                                                    response_of(assertion), test_hasher()));
    const auto verdicts = discharge(pending.obligations(), test_verifier());
    return std::move(pending).finish(verdicts);
  }
};

struct PaymentMutation {
  const char* name;
  Check check;
  ErrorCode code;
  void (*mutate)(PaymentTrial& trial);
};

/// Each breaks one check of the table and nothing else.
inline const std::vector<PaymentMutation>& payment_mutations() {
  using T = PaymentTrial;
  static const std::vector<PaymentMutation> all = {
      {"a login of the same passkey", Check::type_is_payment, ErrorCode::type_mismatch,
       [](T& t) { t.edit_options = [](AssertionOptions& o) { o.client_data.type.reset(); }; }},
      {"another type", Check::type_is_payment, ErrorCode::type_mismatch,
       [](T& t) {
         t.edit_options = [](AssertionOptions& o) { o.client_data.type = "payment.Get"; };
       }},
      {"no payment member", Check::payment_parses, ErrorCode::payment_malformed,
       [](T& t) { t.edit_options = [](AssertionOptions& o) { o.client_data.edits.clear(); }; }},
      {"a total that is a number", Check::payment_parses, ErrorCode::payment_malformed,
       [](T& t) {
         t.payment.total_edits = {{"value", "20.00"}};
       }},
      {"no instrument", Check::payment_parses, ErrorCode::payment_malformed,
       [](T& t) {
         t.payment.edits = {{"instrument", std::nullopt}};
       }},
      {"another relying party", Check::payment_rp_id_matches, ErrorCode::payment_rp_id_mismatch,
       [](T& t) {
         t.payment.edits = {{"rpId", "\"other.example\""}};
       }},
      {"embedded somewhere else", Check::payment_top_origin_matches,
       ErrorCode::payment_top_origin_mismatch,
       [](T& t) { t.payment.top_origin = "https://evil.example"; }},
      {"embedded where nothing is accepted", Check::payment_top_origin_matches,
       ErrorCode::payment_top_origin_mismatch,
       [](T& t) {
         t.edit_expectations = [](PaymentExpectations& e) {
           e.authentication.top_origins = {"https://mall.example"};
         };
       }},
      {"two different top origins", Check::payment_top_origin_matches,
       ErrorCode::payment_top_origin_mismatch,
       [](T& t) {
         t.payment.top_origin = "https://mall.example";
         t.options.client_data.cross_origin = true;
         t.options.client_data.top_origin = "https://shop.example";
         t.edit_expectations = [](PaymentExpectations& e) {
           e.authentication.top_origins = {"https://mall.example", "https://shop.example"};
         };
       }},
      {"another payee", Check::payment_payee_matches, ErrorCode::payment_payee_mismatch,
       [](T& t) { t.payment.payee_name = "Muster Schuhe "; }},
      {"no payee's name", Check::payment_payee_matches, ErrorCode::payment_payee_mismatch,
       [](T& t) { t.payment.payee_name.reset(); }},
      {"another payee's origin", Check::payment_payee_matches, ErrorCode::payment_payee_mismatch,
       [](T& t) { t.payment.payee_origin = "https://shop.example:8443"; }},
      {"no payee's origin", Check::payment_payee_matches, ErrorCode::payment_payee_mismatch,
       [](T& t) { t.payment.payee_origin.reset(); }},
      {"an origin that was not asked for", Check::payment_payee_matches,
       ErrorCode::payment_payee_mismatch,
       [](T& t) {
         t.edit_expectations = [](PaymentExpectations& e) { e.dialog.payee_origin.reset(); };
       }},
      {"a cent less", Check::payment_total_matches, ErrorCode::payment_total_mismatch,
       [](T& t) { t.payment.value = "19.99"; }},
      {"another currency", Check::payment_total_matches, ErrorCode::payment_total_mismatch,
       [](T& t) { t.payment.currency = "USD"; }},
      {"one decimal too few", Check::payment_total_matches, ErrorCode::payment_total_mismatch,
       [](T& t) { t.payment.value = "20.0"; }},
      {"one decimal too many", Check::payment_total_matches, ErrorCode::payment_total_mismatch,
       [](T& t) { t.payment.value = "20.000"; }},
      {"a sign", Check::payment_total_matches, ErrorCode::payment_total_mismatch,
       [](T& t) { t.payment.value = "-20.00"; }},
      {"another card", Check::payment_instrument_matches, ErrorCode::payment_instrument_mismatch,
       [](T& t) { t.payment.instrument_name = "Example Bank Gold"; }},
      {"another picture", Check::payment_instrument_matches, ErrorCode::payment_instrument_mismatch,
       [](T& t) { t.payment.instrument_icon = "https://example.org/refund.png"; }},
      {"a picture that was not shown", Check::payment_instrument_matches,
       ErrorCode::payment_instrument_mismatch, [](T& t) { t.payment.instrument_icon = ""; }},
      {"words beside the card", Check::payment_instrument_matches,
       ErrorCode::payment_instrument_mismatch,
       [](T& t) { t.payment.instrument_details = "refund, not a charge"; }},
      {"a logo of somebody else", Check::payment_logos_match, ErrorCode::payment_logos_mismatch,
       [](T& t) {
         t.payment.logos = {{"https://evil.example/logo.png", "Escrow"}};
       }},
      {"a passkey that is not for payments", Check::payment_extension_accepted,
       ErrorCode::payment_extension_missing,
       [](T& t) {
         t.edit_expectations = [](PaymentExpectations& e) {
           e.registration = PaymentRegistration::without_payment;
         };
       }},
      {"no browser-bound key", Check::browser_bound_key_present,
       ErrorCode::browser_bound_key_missing, [](T& t) { t.payment.browser_bound.reset(); }},
      {"a key of another kind", Check::browser_bound_signature_verifies,
       ErrorCode::browser_bound_key_malformed,
       [](T& t) {
         t.payment.browser_bound = {TestKey::make(KeyKind::p384, "browser-bound"), -35,
                                    SignatureFault::none};
       }},
      {"a key without signature", Check::browser_bound_signature_verifies,
       ErrorCode::browser_bound_key_malformed,
       [](T& t) { t.edit_options = [](AssertionOptions& o) { o.browser_bound.reset(); }; }},
      {"a signature of another browser", Check::browser_bound_signature_verifies,
       ErrorCode::browser_bound_signature_invalid,
       [](T& t) { t.payment.browser_bound->fault = SignatureFault::wrong_key; }},
      {"a signature over something else", Check::browser_bound_signature_verifies,
       ErrorCode::browser_bound_signature_invalid,
       [](T& t) { t.payment.browser_bound->fault = SignatureFault::other_message; }},
      {"a browser that is not known", Check::browser_bound_key_known,
       ErrorCode::browser_bound_key_unknown,
       [](T& t) {
         t.payment.browser_bound->key = TestKey::make(KeyKind::p256, "another browser");
       }},
      {"a browser whose key was removed", Check::browser_bound_key_known,
       ErrorCode::browser_bound_key_unknown,
       [](T& t) {
         t.edit_expectations = [](PaymentExpectations& e) { e.browser_bound_keys.clear(); };
       }},
  };
  return all;
}

}  // namespace countersign::testing
