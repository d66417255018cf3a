#include "receipt/checkpoint.h"

#include <algorithm>
#include <optional>

#include "codec/base64url.h"
#include "receipt/limits.h"

namespace countersign {
namespace {

constexpr std::string_view kProofTitle = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // em dash, space
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kTimeBytes = 8;

// The text up to the next newline, which is taken, too. Nothing where there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) {
    return std::nullopt;
  }
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty() || text.size() > 19) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value < limits::kMaxLogSize && std::to_string(value) == text
             ? std::optional<std::uint64_t>(value)
             : std::nullopt;
}

std::optional<Digest256> parse_hash(std::string_view text) {
  const Result<ByteVector> bytes = parse_base64(text);
  Digest256 hash{};
  if (!bytes || bytes->size() != hash.size()) {
    return std::nullopt;
  }
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

std::string signature_line(const NoteSignature& signature) {
  ByteVector bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(signature.key_id >> static_cast<unsigned>(shift)));
  }
  bytes.insert(bytes.end(), signature.value.begin(), signature.value.end());
  return std::string(kSignaturePrefix) + signature.name + " " + encode_base64(bytes) + "\n";
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) {
    return ErrorCode::checkpoint_malformed;
  }
  line.remove_prefix(kSignaturePrefix.size());
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string_view name = line.substr(0, space);
  const Result<ByteVector> bytes = parse_base64(line.substr(std::min(space + 1, line.size())));
  NoteSignature signature;
  if (!is_note_name(name) || !bytes) {
    return ErrorCode::checkpoint_malformed;
  }
  ByteReader reader(*bytes);
  // Of a log, or of a witness.
  if (!reader.take_u32(signature.key_id) || (reader.remaining() != kSignatureBytes &&
                                             reader.remaining() != kTimeBytes + kSignatureBytes)) {
    return ErrorCode::checkpoint_malformed;
  }
  signature.name = name;
  signature.value = to_vector(reader.rest());
  return signature;
}

// Whether the witnesses, who follow the log, stand in the order of names and ids, none twice, and
// the log not among them.
bool is_in_order(const std::vector<NoteSignature>& signatures) {
  const NoteSignature& log = signatures.front();
  for (std::size_t i = 1; i < signatures.size(); ++i) {
    const NoteSignature& before = signatures[i - 1];
    const NoteSignature& after = signatures[i];
    const bool is_later =
        before.name != after.name ? before.name < after.name : before.key_id < after.key_id;
    const bool is_again = after.name == log.name && after.key_id == log.key_id;
    if (is_again || (i > 1 && !is_later)) {
      return false;
    }
  }
  return true;
}

bool is_by(const NoteSignature& signature, const NoteKey& key) {
  return signature.name == key.name() && signature.key_id == key.id();
}

Result<SignatureObligation> obligation_of(const NoteKey& key, std::string_view message,
                                          Bytes signature) {
  const SignatureAlgorithm algorithm{SignatureScheme::eddsa, HashAlgorithm::sha512};
  Result<ByteVector> fixed = make_fixed_signature(algorithm, key.key(), signature);
  if (!fixed) {
    return ErrorCode::checkpoint_signature_invalid;
  }
  return SignatureObligation{Check::none, algorithm, key.key(), to_vector(bytes_of(message)),
                             *std::move(fixed)};
}

}  // namespace

std::string checkpoint_text(std::string_view origin, const TreeHead& head) {
  return std::string(origin) + "\n" + std::to_string(head.size) + "\n" + encode_base64(head.root) +
         "\n";
}

std::string cosigned_text(std::string_view origin, const TreeHead& head, std::uint64_t time) {
  return "cosignature/v1\ntime " + std::to_string(time) + "\n" + checkpoint_text(origin, head);
}

std::string encode_checkpoint(const Checkpoint& checkpoint) {
  std::string text = checkpoint_text(checkpoint.origin, checkpoint.head) + "\n";
  for (const NoteSignature& signature : checkpoint.signatures) {
    text += signature_line(signature);
  }
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  constexpr ErrorCode kMalformed = ErrorCode::checkpoint_malformed;
  if (text.size() > limits::kMaxCheckpointBytes) {
    return kMalformed;
  }
  const auto origin = take_line(text);
  const auto size = parse_number(take_line(text).value_or(""));
  const auto root = parse_hash(take_line(text).value_or(""));
  const auto blank = take_line(text);
  if (!is_note_name(origin.value_or("")) || !size || !root || !blank || !blank->empty()) {
    return kMalformed;
  }
  Checkpoint checkpoint{std::string(*origin), {*size, *root}, {}};
  while (!text.empty()) {
    const auto line = take_line(text);
    if (!line || checkpoint.signatures.size() == limits::kMaxNoteSignatures) {
      return kMalformed;
    }
    CS_ASSIGN(NoteSignature signature, parse_signature_line(*line));
    checkpoint.signatures.push_back(std::move(signature));
  }
  return checkpoint.signatures.empty() || !is_in_order(checkpoint.signatures)
             ? Result<Checkpoint>(kMalformed)
             : Result<Checkpoint>(std::move(checkpoint));
}

Result<SignatureObligation> log_obligation(const Checkpoint& checkpoint, const NoteKey& key) {
  if (key.kind() != NoteKeyKind::log || checkpoint.origin != key.name() ||
      checkpoint.signatures.empty() || !is_by(checkpoint.signatures.front(), key)) {
    return ErrorCode::checkpoint_key_unknown;
  }
  return obligation_of(key, checkpoint_text(checkpoint.origin, checkpoint.head),
                       checkpoint.signatures.front().value);
}

Result<Cosignature> witness_obligation(const Checkpoint& checkpoint, const NoteKey& witness) {
  const auto& signatures = checkpoint.signatures;
  const auto found =
      std::find_if(signatures.begin(), signatures.end(),
                   [&](const NoteSignature& signature) { return is_by(signature, witness); });
  if (witness.kind() != NoteKeyKind::witness || found == signatures.end()) {
    return ErrorCode::witness_cosignature_missing;
  }
  std::uint64_t time = 0;
  ByteReader reader(found->value);
  if (!reader.take_u64(time) || time > INT64_MAX) {
    return ErrorCode::checkpoint_signature_invalid;
  }
  CS_ASSIGN(SignatureObligation obligation,
            obligation_of(witness, cosigned_text(checkpoint.origin, checkpoint.head, time),
                          reader.rest()));
  return Cosignature{std::move(obligation), time};
}

Status check_signers_known(const Checkpoint& checkpoint, const NoteKey& log,
                           std::span<const NoteKey> witnesses) {
  const auto& signatures = checkpoint.signatures;
  const bool is_known =
      !signatures.empty() && is_by(signatures.front(), log) &&
      std::all_of(signatures.begin() + 1, signatures.end(), [&](const NoteSignature& signature) {
        return std::any_of(witnesses.begin(), witnesses.end(),
                           [&](const NoteKey& key) { return is_by(signature, key); });
      });
  return is_known ? ok() : Status(ErrorCode::checkpoint_key_unknown);
}

std::string encode_log_proof(const LogProof& proof) {
  std::string text(kProofTitle);
  text += "\nindex " + std::to_string(proof.index) + "\n";
  for (const Digest256& hash : proof.path) {
    text += encode_base64(hash) + "\n";
  }
  return text + "\n" + encode_checkpoint(proof.checkpoint);
}

Result<LogProof> parse_log_proof(std::string_view text) {
  constexpr ErrorCode kMalformed = ErrorCode::inclusion_proof_invalid;
  constexpr std::string_view kIndex = "index ";
  if (text.size() > limits::kMaxLogProofBytes || take_line(text) != kProofTitle) {
    return kMalformed;
  }
  const std::string_view second = take_line(text).value_or("");
  const auto index = second.starts_with(kIndex) ? parse_number(second.substr(kIndex.size()))
                                                : std::optional<std::uint64_t>();
  if (!index) {
    return kMalformed;
  }
  LogProof proof{*index, {}, {}};
  for (;;) {
    const auto line = take_line(text);
    if (!line) {
      return kMalformed;
    }
    if (line->empty()) {
      break;
    }
    const auto hash = parse_hash(*line);
    if (!hash || proof.path.size() == limits::kMaxProofHashes) {
      return kMalformed;
    }
    proof.path.push_back(*hash);
  }
  CS_ASSIGN(proof.checkpoint, parse_checkpoint(text));
  return proof;
}

}  // namespace countersign
