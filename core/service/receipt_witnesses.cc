#include "service/receipt_witnesses.h"

namespace countersign {
namespace {

// [of servers that take cosignatures at the same moment each loses to one of the others]
constexpr int kTries = 4;

Status check_signature(const SignatureVerifier& verifier, const SignatureObligation& obligation) {
  return verifier.verify(obligation.algorithm, obligation.key, obligation.message,
                         obligation.signature) == SignatureVerdict::valid
             ? ok()
             : Status(ErrorCode::checkpoint_signature_invalid);
}

}  // namespace

Result<Checkpoint> verify_cosigned(const ReceiptContext& receipts, const NoteKey& log,
                                   std::string_view checkpoint) {
  CS_ASSIGN(Checkpoint read, parse_checkpoint(checkpoint));
  CS_TRY(check_signers_known(read, log, receipts.witnesses));
  CS_ASSIGN(const SignatureObligation own, log_obligation(read, log));
  CS_TRY(check_signature(receipts.verifier, own));
  if (receipts.witnesses.empty()) {
    return ErrorCode::witness_cosignature_missing;
  }
  for (const NoteKey& witness : receipts.witnesses) {
    CS_ASSIGN(const Cosignature cosignature, witness_obligation(read, witness));
    CS_TRY(check_signature(receipts.verifier, cosignature.obligation));
  }
  return read;
}

Status keep_cosignatures(const ReceiptContext& receipts, const TenantId& tenant,
                         std::string_view checkpoint) {
  CS_ASSIGN(const NoteKey log, log_key(receipts, tenant));
  CS_ASSIGN(const Checkpoint fresh, verify_cosigned(receipts, log, checkpoint));
  for (int i = 0; i < kTries; ++i) {
    CS_ASSIGN(const LogState state, receipts.store.read_log(tenant));
    // What somebody has put there does not stay.
    const Result<Checkpoint> kept = verify_cosigned(receipts, log, state.cosigned);
    if (kept.has_value() && kept->head.size >= fresh.head.size) {
      return ok();
    }
    CS_ASSIGN(const bool is_done,
              receipts.store.replace_cosigned(tenant, state.cosigned, checkpoint));
    if (is_done) {
      return ok();
    }
  }
  return ErrorCode::store_unavailable;
}

}  // namespace countersign
