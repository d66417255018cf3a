#pragma once
// Receipts as approvals leave them in the store, and what can be told of a log from outside.

#include <gtest/gtest.h>

#include <string>

#include "native/store/sqlite/database.h"
#include "service/receipt_policy.h"
#include "tests/receipt/approvals.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {

/// The row of an approval whose leaf waits for the log.
inline void insert_receipt(sqlite::Database& database, const std::string& tenant,
                           const std::string& transaction, std::int64_t step, Bytes record,
                           const Salt& salt = test_salt(), std::int64_t created_at = 1790000100) {
  Result<sqlite::Statement> insert = database.prepare(
      "INSERT INTO receipts (tenant, id, transaction_id, step, record, salt, leaf, created_at, "
      "seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  ASSERT_TRUE(insert.has_value());
  const std::string id = transaction + "." + std::to_string(step);
  const Digest256 leaf = leaf_of(OpenSslHasher(), salt, record);
  insert->bind(std::string_view(tenant)).bind(std::string_view(id));
  insert->bind(std::string_view(transaction)).bind(step).bind(record).bind(Bytes(salt));
  const Digest256 seal =
      seals_of(database).seal_receipt(TenantId(tenant), TransactionId(transaction), step, leaf);
  insert->bind(Bytes(leaf)).bind(created_at).bind(Bytes(seal));
  ASSERT_TRUE(insert->run().has_value());
}

inline std::string verdict_of(std::string_view file, const NoteKey& key) {
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  const RecordedDecisions policies(hasher);
  ReceiptTrust trust;
  trust.log = key;
  const ReceiptReport report = verify_receipt(file, trust, {hasher, verifier, policies});
  std::string text(receipt_verdict_name(report.verdict()));
  for (const ReceiptStep& step : report.steps.steps()) {
    if (step.verdict != StepVerdict::holds) {
      text += " " + std::string(receipt_step_name(step.id));
    }
  }
  return text;
}

}  // namespace countersign::testing
