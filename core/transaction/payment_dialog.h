#pragma once
// What the browser's payment dialog is asked to show of an intent (display tier D2), and the
// options with which a page asks for it.
//
// Source: W3C Secure Payment Confirmation, SecurePaymentConfirmationRequest; Payment Request API.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "codec/canonical_cbor.h"
#include "codec/json_writer.h"
#include "crypto/algorithm.h"
#include "transaction/amount.h"
#include "transaction/payment_client_data.h"
#include "transaction/template.h"

namespace countersign {

/// What the dialog shows beside the intent; fixed when the transaction is made.
struct PaymentPresentation {
  std::optional<std::string> payee_origin;  // "https://shop.example"
  std::string instrument_name;              // "Example Bank Gold"
  std::string instrument_icon;              // an https URL
  std::vector<PaymentLogo> logos;
};

struct PaymentDialog {
  std::string payee_name;
  std::optional<std::string> payee_origin;
  Amount total;
  std::string instrument_name;
  std::string instrument_icon;
  std::vector<PaymentLogo> logos;
};

/// Whether every field that the template shows prominently (level 1) has a place in the dialog: one
/// amount, one payee's name, and at most one other text, which says which of the customer's
/// instruments it is. Of the shipped templates: payment.card/1. Error: payment_not_displayable.
Status check_displayable_payment(const Template& source);

/// The dialog of a frozen intent of that template. The text that says which instrument stands
/// behind the instrument's name: "Example Bank Gold ••••4242". Errors: payment_not_displayable; for
/// the presentation those of check_display_text, payment_malformed for an origin or URL that a
/// browser would sign in another form than it was given: https, host in lower case, no default
/// port, of a URL a path, of an origin none.
Result<PaymentDialog> project_payment(const Template& source, const CanonicalValue& intent,
                                      const PaymentPresentation& presentation);
/// The same of what was signed (transaction/recorded.h): texts and URLs by no rule of what may be
/// shown today; says_what_it_shows. Errors: payment_not_displayable, intent_field_missing,
/// payment_malformed, those of make_amount.
Result<PaymentDialog> project_recorded_payment(const Template& source, const CanonicalValue& intent,
                                               const PaymentPresentation& presentation);

struct PaymentRequestParameters {
  std::string rp_id;
  ByteVector challenge;
  std::vector<CredentialId> credentials;
  std::string locale;  // "de-CH"
  std::int64_t timeout_milliseconds = 0;
};

/// `{"methodData":[{"supportedMethods":"secure-payment-confirmation","data":{…}}],"details":{…}}`:
/// the arguments of `new PaymentRequest(methodData, details)`, with byte strings in base64url.
std::string payment_request_json(const PaymentDialog& dialog,
                                 const PaymentRequestParameters& parameters);

/// PublicKeyCredentialParameters: `[{"type":"public-key","alg":-7},…]`.
void write_key_parameters(JsonWriter& json, std::span<const CoseAlgorithm> algorithms);

/// "https://shop.example", as browsers write it.
bool is_payment_origin(std::string_view text);

}  // namespace countersign
