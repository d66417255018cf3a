#include "service/receipt_witnesses.h"

#include <algorithm>

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

// All signatures of both, the log's own first, then in the order of their names. Of a witness that
// signed twice the one that comes now.
Checkpoint merged(const Checkpoint& kept, Checkpoint fresh) {
  std::vector<NoteSignature>& all = fresh.signatures;
  for (const NoteSignature& old : kept.signatures) {
    const bool is_there = std::any_of(all.begin(), all.end(), [&old](const NoteSignature& other) {
      return other.name == old.name && other.key_id == old.key_id;
    });
    if (!is_there) {
      all.push_back(old);
    }
  }
  std::sort(all.begin() + 1, all.end(), [](const NoteSignature& one, const NoteSignature& other) {
    return one.name != other.name ? one.name < other.name : one.key_id < other.key_id;
  });
  return fresh;
}

}  // namespace

Result<Checkpoint> verify_cosigned(const ReceiptContext& receipts, const NoteKey& log,
                                   std::string_view checkpoint) {
  CS_ASSIGN(Checkpoint read, parse_checkpoint(checkpoint));
  CS_TRY(check_signers_known(read, log, receipts.witnesses));
  CS_ASSIGN(const SignatureObligation own, log_obligation(read, log));
  CS_TRY(check_signature(receipts.verifier, own));
  if (read.signatures.size() == 1) {
    return ErrorCode::witness_cosignature_missing;
  }
  for (const NoteKey& witness : receipts.witnesses) {
    const Result<Cosignature> cosignature = witness_obligation(read, witness);
    if (cosignature.has_value()) {
      CS_TRY(check_signature(receipts.verifier, cosignature->obligation));
    } else if (cosignature.error().code != ErrorCode::witness_cosignature_missing) {
      return cosignature.error();
    }
  }
  return read;
}

Status keep_cosignatures(const ReceiptContext& receipts, const TenantId& tenant,
                         std::string_view checkpoint) {
  CS_ASSIGN(const NoteKey log, log_key(receipts, tenant));
  CS_ASSIGN(const Checkpoint fresh, verify_cosigned(receipts, log, checkpoint));
  for (int i = 0; i < kTries; ++i) {
    CS_ASSIGN(const LogState state, receipts.store.read_log(tenant));
    Checkpoint next = fresh;
    // What somebody has put there does not stay.
    const Result<Checkpoint> kept = verify_cosigned(receipts, log, state.cosigned);
    if (kept.has_value()) {
      if (kept->head.size > fresh.head.size) {
        return ok();
      }
      if (kept->head == fresh.head) {
        next = merged(*kept, std::move(next));
      }
    }
    CS_ASSIGN(const bool is_done,
              receipts.store.replace_cosigned(tenant, state.cosigned, encode_checkpoint(next)));
    if (is_done) {
      return ok();
    }
  }
  return ErrorCode::store_unavailable;
}

}  // namespace countersign
