#pragma once
// The log of receipts: handing out receipts with their proofs, and what the public sees of it.

#include <string>

#include "service/context.h"
#include "service/receipt_log.h"

namespace countersign {

/// Borrowed.
struct ReceiptContext {
  ReceiptStore& store;
  const LogSigner* signer = nullptr;  // null: no log; receipts stay pending
  LogHeads* heads = nullptr;          // where there is a signer
  std::string origin;                 // of the logs of this server
  const Hasher& hasher;
  const SignatureVerifier& verifier;
  std::vector<NoteKey> witnesses = {};  // whose cosignatures are taken
};

/// "ORIGIN/TENANT": what a tenant's checkpoints begin with, and the name of its key.
Result<NoteKey> log_key(const ReceiptContext& context, const TenantId& tenant);

/// The file. An API key reads every receipt of its tenant, a browser those of its customer. Errors:
/// receipt_not_found, receipt_erased (this one, or one before it), receipt_proof_pending; those of
/// the store; log_tile_mismatch.
Result<std::string> read_receipt(const ReceiptContext& context, const TenantId& tenant,
                                 const Caller& caller, std::string_view id);

/// With the cosignatures that it has. Errors of both: log_not_found, those of the store.
Result<std::string> read_log_checkpoint(const ReceiptContext& context, const TenantId& tenant);
/// `path`: "tile/0/x001/234", "tile/entries/000.p/17". Partial ones of every size that a checkpoint
/// could have had.
Result<ByteVector> read_log_resource(const ReceiptContext& context, const TenantId& tenant,
                                     std::string_view path);

}  // namespace countersign
