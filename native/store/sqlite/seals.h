#pragma once
// What the store proves and hides with a key that is not in the database: rows that only this
// server can have written, and answers that only this server can read.

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "native/store/sqlite/database.h"
#include "service/outbox_store.h"
#include "service/records.h"
#include "service/transaction_records.h"

namespace countersign::sqlite {

class Seals {
 public:
  Seals() = default;
  explicit Seals(const Secret<32>& key);

  /// Names the key, tells nothing about it. Kept in the database.
  Digest256 key_id() const;

  /// Over the tenant, the transaction, the step and the leaf of its record.
  Digest256 seal_receipt(const TenantId& tenant, const TransactionId& transaction,
                         std::int64_t step, Bytes leaf) const;
  bool is_sealed(const TenantId& tenant, const TransactionId& transaction, std::int64_t step,
                 Bytes leaf, const std::optional<ByteVector>& seal) const;

  /// Over everything of it that leaves the server, but its number.
  Digest256 seal_event(const TenantId& tenant, const OutboxEvent& event) const;
  bool is_sealed(const TenantId& tenant, const OutboxEvent& event,
                 const std::optional<ByteVector>& seal) const;

  /// Over a row that names its own kind and place (row_seals.h).
  Digest256 seal_row(Bytes row) const;

  /// AES-256-GCM under a nonce of its own, for that tenant, caller, route and key alone: nonce ‖
  /// ciphertext ‖ tag. Error: store_unavailable.
  Result<ByteVector> encrypt_answer(const TenantId& tenant, const IdempotentAnswer& answer) const;
  /// Fills answer.answer. Error: store_corrupt, where it was written otherwise.
  Status decrypt_answer(const TenantId& tenant, Bytes encrypted, IdempotentAnswer& answer) const;

 private:
  Secret<32> seal_key_;
  Secret<32> answer_key_;
  Digest256 key_id_{};
};

/// Seals every receipt and event and encrypts every answer that a program without seals has
/// written. Once, by the program that makes the key, which seals whole rows (row_seals.h) as well:
/// what is not sealed later stays so.
Status seal_what_was_before(Database& database, const Seals& seals);

}  // namespace countersign::sqlite
