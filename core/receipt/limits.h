#pragma once
// The caps of receipts and of the log, with the reason in brackets; those of everything that a
// record quotes are in base/limits.h.

#include <cstddef>
#include <cstdint>

namespace countersign::limits {

// [intent and view of a batch of 5,000 lines have 1 MB each, a policy up to 1 MB, a template 256
// KB]
inline constexpr std::size_t kMaxRecordBytes = 6291456;
// [B has 800 bytes, the totals of a batch 50 a currency]
inline constexpr std::size_t kMaxBindingBytes = 4096;
inline constexpr std::size_t kMaxFrozenBytes = 4194304;  // of an intent or a view
// [the checks of an approval: about 40]
inline constexpr std::size_t kMaxRecordedChecks = 128;
inline constexpr std::size_t kMaxRecordedNameBytes = 64;         // of a check, a format, a backend
inline constexpr std::size_t kMaxRecordedStatuses = 64;          // [FIDO knows 24]
inline constexpr std::size_t kMaxRecordedSignatureBytes = 1024;  // [RSA-8192]
inline constexpr std::size_t kMaxRecordedKeyBytes = 2048;        // [RSA-8192 with its exponent]
// [about 1 KB; two decisions on kMaxPolicyRules rules that all match, with the longest names: 250
// KB, and kMaxPolicyInputsBytes each]
inline constexpr std::size_t kMaxDecisionBytes = 524288;

// [base64 of a record; the approvals before one of a large batch would not fit, of an ordinary
// transaction all 16 do]
inline constexpr std::size_t kMaxReceiptBytes = 16777216;
// [C2SP signed-note: at least 16 signatures must be taken]
inline constexpr std::size_t kMaxNoteSignatures = 16;
inline constexpr std::size_t kMaxNoteNameBytes = 255;  // [names are URLs without their scheme]
// [16 signatures with names of 255 bytes, 3 lines of text]
inline constexpr std::size_t kMaxCheckpointBytes = 8192;
inline constexpr std::uint64_t kMaxLogSize = std::uint64_t{1} << 62;  // [indices are int64 in JSON]
inline constexpr std::size_t kMaxProofHashes = 64;                    // the height of any tree
inline constexpr std::size_t kMaxLogProofBytes = 16384;  // [64 lines of 45 bytes and a checkpoint]

}  // namespace countersign::limits
