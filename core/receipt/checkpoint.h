#pragma once
// Signed checkpoints and inclusion proofs as text (C2SP tlog-checkpoint, signed-note,
// tlog-cosignature, tlog-proof). Stricter than the specifications: no extension lines, no extra
// data, the log's signature first and then those of witnesses in the order of their names.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/signature.h"
#include "receipt/merkle.h"
#include "receipt/note_key.h"

namespace countersign {

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  ByteVector value;  // of a witness: the time, eight octets, and the signature

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct Checkpoint {
  std::string origin;
  TreeHead head;
  std::vector<NoteSignature> signatures;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// The three lines that are signed: origin, size, root.
std::string checkpoint_text(std::string_view origin, const TreeHead& head);
/// What a witness signs: those lines and when.
std::string cosigned_text(std::string_view origin, const TreeHead& head, std::uint64_t time);

std::string encode_checkpoint(const Checkpoint& checkpoint);
/// Exactly what encode_checkpoint writes; at least one signature, at most kMaxNoteSignatures, none
/// twice by the same key.
/// Error: checkpoint_malformed.
Result<Checkpoint> parse_checkpoint(std::string_view text);

/// The log's signature. Errors: checkpoint_key_unknown where the origin is not the key's name or
/// the first signature is by another key; checkpoint_signature_invalid for one that cannot hold.
Result<SignatureObligation> log_obligation(const Checkpoint& checkpoint, const NoteKey& key);

struct Cosignature {
  SignatureObligation obligation;
  std::uint64_t time = 0;  // Unix seconds, as the witness says
};
/// A witness's. Errors: witness_cosignature_missing, checkpoint_signature_invalid.
Result<Cosignature> witness_obligation(const Checkpoint& checkpoint, const NoteKey& witness);

/// Whether the first signature is the log's and each further one of one of these witnesses: whoever
/// verifies the log's and each witness's has verified every line. Error: checkpoint_key_unknown.
Status check_signers_known(const Checkpoint& checkpoint, const NoteKey& log,
                           std::span<const NoteKey> witnesses);

/// That a leaf is in the log of a checkpoint.
struct LogProof {
  std::uint64_t index = 0;
  std::vector<Digest256> path;  // the leaf's sibling first
  Checkpoint checkpoint;

  friend bool operator==(const LogProof&, const LogProof&) = default;
};
std::string encode_log_proof(const LogProof& proof);
/// Exactly what encode_log_proof writes. Errors: inclusion_proof_invalid, checkpoint_malformed.
Result<LogProof> parse_log_proof(std::string_view text);

}  // namespace countersign
