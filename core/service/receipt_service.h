#pragma once
// The log of receipts: taking up leaves, handing out receipts with their proofs, and what the
// public sees of it.

#include <string>

#include "service/context.h"
#include "service/receipt_log.h"

namespace countersign {

/// Borrowed.
struct ReceiptContext {
  ReceiptStore& store;
  const LogSigner* signer = nullptr;  // null: no log; receipts stay pending
  std::string origin;                 // of the logs of this server
  const Hasher& hasher;
};

/// Of one step. [bounds memory and the time of a commit]
inline constexpr std::size_t kMaxLeavesAtOnce = 4096;

/// "ORIGIN/TENANT": what a tenant's checkpoints begin with, and the name of its key.
Result<NoteKey> log_key(const ReceiptContext& context, const TenantId& tenant);

/// Takes waiting leaves into the log, at most kMaxLeavesAtOnce: how many. None where another server
/// was faster, or where there is no signer. Nothing is lost by ending in between: tiles, numbers
/// and checkpoint are one transaction, and a checkpoint is shown only after it. Errors: those of
/// the store and the signer; log_tile_mismatch (the stored tiles do not give the stored root:
/// nothing is signed any more).
Result<std::size_t> sequence_receipts(const ReceiptContext& context, const TenantId& tenant);

/// The file. An API key reads every receipt of its tenant, a browser those of its customer. Errors:
/// receipt_not_found, receipt_erased (this one, or one before it), receipt_proof_pending; those of
/// the store; log_tile_mismatch.
Result<std::string> read_receipt(const ReceiptContext& context, const TenantId& tenant,
                                 const Caller& caller, std::string_view id);

/// Errors of both: log_not_found, those of the store.
Result<std::string> read_log_checkpoint(const ReceiptContext& context, const TenantId& tenant);
/// `path`: "tile/0/x001/234", "tile/entries/000.p/17". Partial ones of every size that a checkpoint
/// could have had.
Result<ByteVector> read_log_resource(const ReceiptContext& context, const TenantId& tenant,
                                     std::string_view path);

}  // namespace countersign
