#pragma once
// What the parts of the store share about transactions.

#include <optional>

#include "codec/base64url.h"
#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/seals.h"
#include "service/transaction_store.h"

namespace countersign::sqlite {

std::optional<ByteVector> blob_of(const std::optional<Digest256>& digest);
/// Error: store_corrupt.
Result<std::optional<Digest256>> digest_of(const std::optional<ByteVector>& blob);

/// Handles and credential ids in one column, and back. Error: store_corrupt.
template <class Id>
std::string join_ids(const std::vector<Id>& ids) {
  std::vector<std::string> words;
  words.reserve(ids.size());
  for (const Id& id : ids) {
    words.push_back(encode_base64url(id.value));
  }
  return join(words);
}
template <class Id>
Result<std::vector<Id>> split_ids(std::string_view text) {
  std::vector<Id> ids;
  for (const std::string& word : split(text)) {
    Result<ByteVector> id = parse_base64url(word);
    if (!id.has_value()) {
      return ErrorCode::store_corrupt;
    }
    ids.emplace_back(*std::move(id));
  }
  return ids;
}

/// In the order that read_head expects, from column 0. `p`: what the columns begin with.
#define TRANSACTION_HEAD_READ(p)                                                            \
  p "tenant, " p "id, " p "sequence, " p "type, " p "title, " p "summary, " p "subject, " p \
    "approvals_needed, " p "created_at, " p "expires_at, " p "state, " p "approvals, " p    \
    "finished_at, " p "finished_by, " p "finished_key, " p "executed_at, " p "erased_at"
inline constexpr int kHeadColumns = 17;
void read_head(const Statement& row, TransactionHead& head);

/// transaction_store_mismatch: the row is not whole.
Error unsealed_transaction();

/// Why a conditional update found nothing: transaction_not_found, transaction_store_mismatch,
/// transaction_state_mismatch, transaction_expired; transaction_step_changed where it is pending
/// and current; those of the store.
Error why_not_pending(Database& database, const TenantId& tenant, const TransactionId& id,
                      UnixSeconds now);

/// Of the step that is due, and not one too many; false where the transaction is another now.
Result<bool> insert_challenge(Database& database, const TransactionApproval& approval);

/// Whether its time must be over for it to expire, and not over for it to end otherwise.
enum class ClosingTime : std::uint8_t { counts, does_not_count };
/// A pending one, with its event. False, and nothing changed, where there is none like that.
Result<bool> close_pending(Database& database, const Seals& seals,
                           const TransactionClosing& closing, ClosingTime time);

}  // namespace countersign::sqlite
