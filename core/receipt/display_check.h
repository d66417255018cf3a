#pragma once
// Who drew what the customer saw: the rules that the server assigns a tier by and that verification
// holds it to.

#include <string>

#include "model/client_data.h"
#include "receipt/binding_document.h"
#include "receipt/evidence.h"

namespace countersign {

/// Whether a page inside of another site's page asked. What draws there is not alone on the screen:
/// it is no display of tier 1, whatever its origin.
bool is_framed(const ClientData& client_data);

/// Of an approval, that site; "another site" where the browser does not say which, or it cannot be
/// shown. Empty where there is none; the browser's own dialog is in nobody's frame.
std::string frame_of(const ApprovalEvidence& evidence);

/// Whether there is evidence of that kind of display, and it is what B, and the policy
/// (`demanded`), demanded. Error: receipt_evidence_missing.
Status check_display(const ApprovalEvidence& evidence, const BindingDocument& binding,
                     std::int64_t demanded);

/// ": the bank's page drew it (tier D0)".
std::string display_detail(const TierEvidence& tier, const std::string& frame);

}  // namespace countersign
