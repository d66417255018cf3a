#pragma once
// The file that a customer, a court or an auditor keeps: the record of an approval, those of the
// approvals before it, and the proof that the log has it. One JSON object on one line, exactly as
// written here: docs/receipts.md.

#include <string>
#include <string_view>
#include <vector>

#include "receipt/checkpoint.h"
#include "receipt/evidence.h"

namespace countersign {

struct Receipt {
  /// Of the approvals before this one, the first first. The log's proof of this record covers them:
  /// each names the digest of the one before.
  std::vector<ByteVector> earlier_records;
  ByteVector record;
  Salt salt{};
  LogProof proof;
};

std::string encode_receipt(const Receipt& receipt);

/// Exactly what encode_receipt writes: it is read, written again and compared. Records are not
/// looked into. Error: receipt_malformed.
Result<Receipt> parse_receipt(std::string_view file);

}  // namespace countersign
