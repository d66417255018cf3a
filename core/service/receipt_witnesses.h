#pragma once
// Where the cosignatures of witnesses come in: somebody independent signs that the log only grew.
// Who asks the witnesses (C2SP tlog-witness) is the operator's: the server takes what they answer.

#include <string>
#include <string_view>

#include "service/receipt_service.h"

namespace countersign {

/// Keeps a checkpoint of the tenant's log that every configured witness has signed, unless there is
/// one as new: receipts that are in it have it, or a newer one, from then on. All or none, so that
/// who verifies names the same witnesses for each. Errors, nothing changed: log_not_found,
/// checkpoint_malformed, checkpoint_key_unknown (another log, or a witness that is not configured),
/// witness_cosignature_missing (of one of them, or none is configured),
/// checkpoint_signature_invalid; those of the store.
Status keep_cosignatures(const ReceiptContext& receipts, const TenantId& tenant,
                         std::string_view checkpoint);

/// A checkpoint with the lines of the log and of every configured witness, and no others, which all
/// hold. Errors: as above.
Result<Checkpoint> verify_cosigned(const ReceiptContext& receipts, const NoteKey& log,
                                   std::string_view checkpoint);

}  // namespace countersign
