#pragma once
// The browser's payment dialog, made up: client data of Secure Payment Confirmation in the order
// and form in which Chromium writes them, and the browser-bound key.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/soft_authenticator.h"

namespace countersign::testing {

/// What the dialog showed. The default is a payment at a merchant's page, without logos.
struct SoftPayment {
  std::string rp_id = "example.org";
  std::string origin = "https://shop.example";  // the page that asked
  std::string top_origin = "https://shop.example";
  std::optional<std::string> payee_name = "Muster Schuhe";
  std::optional<std::string> payee_origin = "https://shop.example";
  std::vector<std::pair<std::string, std::string>> logos;  // URL and label
  std::string currency = "EUR";
  std::string value = "20.00";
  std::string instrument_name =
      "Example Bank Gold \xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"
      "4242";
  std::string instrument_icon = "https://example.org/gold.png";
  std::optional<std::string> instrument_details;
  /// Named in the client data and signing them. Nothing: a browser without such keys.
  std::optional<BrowserBoundSigner> browser_bound = BrowserBoundSigner();
  std::vector<JsonEdit> edits;             // members of `payment`
  std::vector<JsonEdit> total_edits;       // members of `payment.total`
  std::vector<JsonEdit> instrument_edits;  // members of `payment.instrument`
};

/// The member as raw JSON.
std::string make_payment_member(const SoftPayment& payment);

/// An assertion's options with that dialog's client data and browser-bound signature in them. They
/// can be edited further; `type` is "payment.get".
AssertionOptions with_payment(const SoftPayment& payment, AssertionOptions options = {});

/// A registration in a browser that binds that key to the new credential.
RegistrationOptions with_browser_bound_key(const BrowserBoundSigner& signer,
                                           RegistrationOptions options = {});

}  // namespace countersign::testing
