// A checkpoint and a proof are exactly their writer's bytes: what is read, written again, is the
// same text.

#include "receipt/checkpoint.h"

#include "receipt/limits.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(Bytes(data, size));
  if (const Result<Checkpoint> checkpoint = parse_checkpoint(text)) {
    require(encode_checkpoint(*checkpoint) == text);
    require(checkpoint->signatures.size() <= limits::kMaxNoteSignatures);
  } else {
    fuzz::require_honest(checkpoint.error(), size);
  }
  if (const Result<LogProof> proof = parse_log_proof(text)) {
    require(encode_log_proof(*proof) == text);
    require(proof->path.size() <= limits::kMaxProofHashes);
  } else {
    fuzz::require_honest(proof.error(), size);
  }
  return 0;
}
