#pragma once
// Where the cosignatures of witnesses come in: somebody independent signs that the log only grew.
// Who asks the witnesses (C2SP tlog-witness) is the operator's: the server takes what they answer.

#include <string>
#include <string_view>

#include "service/receipt_service.h"

namespace countersign {

/// Keeps a checkpoint of the tenant's log with cosignatures of witnesses that are configured. Of
/// two states the newer one stays, of one state all signatures. Receipts that are in it have it
/// from then on. Errors, nothing changed: log_not_found, checkpoint_malformed,
/// checkpoint_key_unknown (another log, or a witness that is not configured),
/// witness_cosignature_missing (there is none), checkpoint_signature_invalid; those of the store.
Status keep_cosignatures(const ReceiptContext& receipts, const TenantId& tenant,
                         std::string_view checkpoint);

/// A checkpoint whose every line is the log's or a configured witness's, and holds, with at least
/// one of a witness. Errors: as above.
Result<Checkpoint> verify_cosigned(const ReceiptContext& receipts, const NoteKey& log,
                                   std::string_view checkpoint);

}  // namespace countersign
