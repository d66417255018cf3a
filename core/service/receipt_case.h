#pragma once
// A receipt verified without a server: the file and what is trusted go in, the steps with their
// verdicts come out. Byte-identical in every target (docs/receipts.md).

#include <string>
#include <string_view>

#include "crypto/hasher.h"
#include "crypto/signature.h"
#include "receipt/verification.h"

namespace countersign {

/// `{"verdict","isComplete","sentence","steps":[{"name","approval"?,"verdict","code"?,"check"?,"sentence"}],
/// "approvals":[{"step","of","transactionId","tenant","rpId","user","customer","credentialId",
/// "approvedAt","passkey":{"registeredAt","attestation":{"format","type","trust"},"metadataStatus",
/// "objection"?,"backupEligible","backedUp"},"display":{"kind","tier","frame"?,"payeeOrigin"?,
/// "instrumentName"?,"instrumentIcon"?},"title","rows":[[level,label,value,direction]]}],
/// "log":{"origin","index","size"}?,
/// "witnesses":[{"name","time"}]}`. What `approvals` say counts for as much as the verdict does.
std::string receipt_report_json(const ReceiptReport& report);

/// `request`: `{"logKey"?,"witnesses"?:[…],"anchors"?:[base64 DER,…],"form"?:"page"}`. The answer
/// is receipt_report_json, with the form `{"verdict","page"}` (receipt_page), or
/// `{"error":{"code","message"}}` where the request cannot be used.
std::string verify_receipt_case(std::string_view request, std::string_view file,
                                const Hasher& hasher, const SignatureVerifier& verifier);

}  // namespace countersign
