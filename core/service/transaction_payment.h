#pragma once
// Transactions that are shown in the browser's payment dialog (display tier D2): what is fixed
// beside the intent when they are made. Private to core/service.

#include <string>
#include <vector>

#include "codec/json_reader.h"
#include "receipt/evidence.h"
#include "transaction/payment_dialog.h"

namespace countersign {

struct PaymentPage {
  std::vector<std::string> origins;      // pages that may ask for the dialog
  std::vector<std::string> top_origins;  // pages that may embed them; empty: none
  PaymentPresentation presentation;
};

/// `{"origins","topOrigins"?,"payeeOrigin"?,"instrument":{"displayName","icon"},
/// "logos":[{"url","label"}]?}`, as a backend sends it. Errors: request_member_invalid (another
/// member, type or number of origins, one twice); payment_malformed (an origin that browsers write
/// in another way). Texts and URLs are for project_payment to judge.
Result<PaymentPage> read_payment_page(const JsonValue& json);
/// The same as it is kept with the transaction; read_payment_page of it gives the same page.
std::string encode_payment_page(const PaymentPage& page);

/// Every page that is named, sorted: what `origins` of B commits to, and where the dialog may be
/// asked for.
std::vector<std::string> bound_origins(const PaymentPage& page);

/// What the receipt says of it.
TierEvidence payment_evidence(const PaymentPage& page);

}  // namespace countersign
