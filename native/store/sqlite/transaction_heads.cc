// Transactions in lists: nothing of them is read that a list does not show.

#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/sqlite_store.h"
#include "native/store/sqlite/transaction_rows.h"

namespace countersign {

using sqlite::Statement;

namespace {

#define HEAD_COLUMNS TRANSACTION_HEAD_READ("") " FROM transactions "

// `index` and `narrow` say by what it is found; the rest is asked of each row. The seals come last:
// they are checked of what would be shown, and count in no page where they are broken.
#define LIST_BY(index, narrow)                                                               \
  "SELECT " HEAD_COLUMNS index " WHERE tenant = ?1 AND " narrow                              \
  "(?2 IS NULL OR subject = ?2) AND (?3 IS NULL OR (CASE WHEN erased_at IS NOT NULL THEN 5 " \
  "WHEN state = 0 AND expires_at < ?8 THEN 4 ELSE state END) = ?3) AND "                     \
  "(?4 IS NULL OR type = ?4) AND (?5 IS NULL OR created_at >= ?5) AND "                      \
  "(?6 IS NULL OR created_at < ?6) AND sequence < coalesce(?7, 9223372036854775807) AND "    \
  "(?10 IS NULL OR (amount = ?10 AND currency = ?11)) AND (?12 IS NULL OR payee = ?12) AND " \
  "(?13 IS NULL OR payee_account = ?13) AND " LISTED_TRANSACTION_IS_WHOLE(                   \
      "?1") " ORDER BY sequence DESC LIMIT ?9"

// By what there are fewest of. Each index has its rows in the order of the page.
const char* list_by(const TransactionFilter& filter) {
  if (filter.keys.payee_account) {
    return LIST_BY("INDEXED BY transactions_by_account", "payee_account = ?13 AND ");
  }
  if (filter.keys.payee) {
    return LIST_BY("INDEXED BY transactions_by_payee", "payee = ?12 AND ");
  }
  if (filter.keys.amount) {
    return LIST_BY("INDEXED BY transactions_by_amount", "amount = ?10 AND currency = ?11 AND ");
  }
  if (filter.subject) {
    return LIST_BY("INDEXED BY transactions_by_subject", "subject = ?2 AND ");
  }
  if (filter.type) {
    return LIST_BY("INDEXED BY transactions_by_type", "type = ?4 AND ");
  }
  switch (filter.state.value_or(TransactionState::expired)) {
    case TransactionState::pending:
    case TransactionState::approved:
    case TransactionState::declined:
    case TransactionState::cancelled:
      return LIST_BY("INDEXED BY transactions_by_state", "state = ?3 AND ");
    case TransactionState::erased:
      return LIST_BY("INDEXED BY transactions_erased",
                     "erased_at IS NOT NULL AND NOT holds(erased_at, NULL) AND ");
    case TransactionState::expired:
      break;  // it may stand as pending still
  }
  return LIST_BY("", "");
}

Result<TransactionHead> read_head_row(const Statement& row) {
  TransactionHead head;
  sqlite::read_head(row, head);
  return head;
}

}  // namespace

Result<std::vector<TransactionHead>> SqliteStore::list_transactions(const TenantId& tenant,
                                                                    const TransactionFilter& filter,
                                                                    std::size_t limit) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare(list_by(filter)));
  const auto number = [](const std::optional<UnixSeconds>& time) {
    return time ? std::optional<std::int64_t>(time->value) : std::nullopt;
  };
  select.bind(std::string_view(tenant.value));
  select.bind_optional(filter.subject ? std::optional<ByteVector>(filter.subject->value)
                                      : std::nullopt);
  select.bind_optional(filter.state
                           ? std::optional<std::int64_t>(static_cast<std::int64_t>(*filter.state))
                           : std::nullopt);
  select.bind_optional(filter.type).bind_optional(number(filter.created_from));
  select.bind_optional(number(filter.created_before)).bind_optional(filter.before);
  select.bind(filter.now.value).bind(static_cast<std::int64_t>(limit));
  const TransactionKeys& keys = filter.keys;
  select.bind_optional(keys.amount).bind_optional(keys.currency);
  select.bind_optional(keys.payee).bind_optional(keys.payee_account);
  return sqlite::read_rows<TransactionHead>(select, read_head_row);
}

Result<std::vector<TransactionHead>> SqliteStore::list_overdue_transactions(UnixSeconds now,
                                                                            std::size_t limit) {
  const Reader reader(*this);
  CS_ASSIGN(
      Statement select,
      reader->prepare(
          "SELECT " HEAD_COLUMNS
          "WHERE state = 0 AND holds(state, 0) AND expires_at < ? AND " LISTED_TRANSACTION_IS_WHOLE(
              "tenant") " ORDER BY expires_at LIMIT ?"));
  select.bind(now.value).bind(static_cast<std::int64_t>(limit));
  return sqlite::read_rows<TransactionHead>(select, read_head_row);
}

}  // namespace countersign
