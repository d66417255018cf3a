// Transactions in lists: nothing of them is read that a list does not show.

#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/sqlite_store.h"
#include "transaction/view.h"

namespace countersign {

using sqlite::Statement;

namespace {

// Of rows from before there was the title.
#define HEAD_COLUMNS                                                                              \
  "tenant, id, sequence, type, title, subject, approvals_needed, created_at, expires_at, state, " \
  "approvals, finished_at, executed_at, erased_at, CASE WHEN title = '' THEN view ELSE x'' END "  \
  "FROM transactions"

Result<std::string> title_of(const ByteVector& view) {
  const Result<CanonicalValue> value = parse_canonical_cbor(view);
  Result<View> read = value.has_value() ? make_view(*value) : Result<View>(value.error());
  return read.has_value() ? Result<std::string>(std::move(read->title)) : ErrorCode::store_corrupt;
}

Result<TransactionHead> read_head_row(const Statement& row) {
  TransactionHead head;
  head.tenant = TenantId(row.text(0));
  head.id = TransactionId(row.text(1));
  head.sequence = row.integer(2);
  head.type = row.text(3);
  head.title = row.text(4);
  head.subject = UserHandle(row.blob(5));
  head.approvals_needed = row.integer(6);
  head.created_at = UnixSeconds{row.integer(7)};
  head.expires_at = UnixSeconds{row.integer(8)};
  head.state = static_cast<TransactionState>(row.integer(9));
  head.approvals = row.integer(10);
  head.finished_at = sqlite::time_of(row.optional_integer(11));
  head.executed_at = sqlite::time_of(row.optional_integer(12));
  head.erased_at = sqlite::time_of(row.optional_integer(13));
  if (const ByteVector view = row.blob(14); !view.empty()) {
    CS_ASSIGN(head.title, title_of(view));
  }
  return head;
}

}  // namespace

Result<std::vector<TransactionHead>> SqliteStore::list_transactions(const TenantId& tenant,
                                                                    const TransactionFilter& filter,
                                                                    std::size_t limit) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " HEAD_COLUMNS
                            " WHERE tenant = ?1 AND (?2 IS NULL OR subject = ?2) AND "
                            "(?3 IS NULL OR (CASE WHEN erased_at IS NOT NULL THEN 5 "
                            "WHEN state = 0 AND expires_at < ?8 THEN 4 "
                            "ELSE state END) = ?3) AND (?4 IS NULL OR type = ?4) AND "
                            "(?5 IS NULL OR created_at >= ?5) AND "
                            "(?6 IS NULL OR created_at < ?6) AND "
                            "(?7 IS NULL OR sequence < ?7) ORDER BY sequence DESC LIMIT ?9"));
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
  return sqlite::read_rows<TransactionHead>(select, read_head_row);
}

Result<std::vector<TransactionHead>> SqliteStore::list_overdue_transactions(UnixSeconds now,
                                                                            std::size_t limit) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " HEAD_COLUMNS " WHERE state = 0 AND expires_at < ? "
                            "ORDER BY expires_at LIMIT ?"));
  select.bind(now.value).bind(static_cast<std::int64_t>(limit));
  return sqlite::read_rows<TransactionHead>(select, read_head_row);
}

}  // namespace countersign
