#pragma once
// The `payment` member of client data: what the browser showed in its own payment dialog, in the
// words that it signed.
//
// Source: W3C Secure Payment Confirmation ("SPC"), editor's draft of 2026 (Candidate Recommendation
// Draft 2026-03-19): CollectedClientAdditionalPaymentData and its sibling for registrations.

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace countersign {

/// A logo beside the payment: of a network, of the bank. Where the browser could not load the
/// picture it signs an empty URL and showed the label alone.
struct PaymentLogo {
  std::string url;
  std::string label;

  friend bool operator==(const PaymentLogo&, const PaymentLogo&) = default;
};

/// As signed: nothing is converted.
struct PaymentClientData {
  std::string rp_id;
  std::string top_origin;
  std::optional<std::string> payee_name;
  std::optional<std::string> payee_origin;
  std::vector<PaymentLogo> logos;  // browsers write an empty list where there are none
  std::string currency;
  std::string value;  // decimal
  std::string instrument_name;
  std::string instrument_icon;
  std::optional<std::string> instrument_details;
  std::optional<ByteVector> browser_bound_key;  // encoded COSE_Key, not looked into
};

/// From clientDataJSON of an assertion. Members that are not known are ignored, as SPC and WebAuthn
/// have it (later editions add some); duplicates and wrong types, null among them, are refused.
/// Errors: json_*, utf8_invalid, payment_malformed, browser_bound_key_malformed (no base64url).
Result<PaymentClientData> parse_payment_client_data(Bytes client_data_json);

/// From clientDataJSON of a registration, whose `payment` has the browser-bound key alone and is
/// there only where the browser has such keys. Errors: as above.
Result<std::optional<ByteVector>> parse_registered_browser_bound_key(Bytes client_data_json);

}  // namespace countersign
