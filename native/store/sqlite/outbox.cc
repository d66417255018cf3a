// Events for the relying party's backend.

#include <algorithm>

#include "native/store/sqlite/outbox_rows.h"
#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

#define OUTBOX_COLUMNS \
  "id, kind, subject, body, created_at, sequence, attempts, next_attempt_at, delivered_at, seal"
// An event waits for the earlier ones of its subject.
#define OUTBOX_DUE                                                                              \
  "FROM outbox o WHERE tenant = ?1 AND delivered_at IS NULL AND next_attempt_at <= ?2 AND NOT " \
  "EXISTS (SELECT 1 FROM outbox e WHERE e.tenant = o.tenant AND e.subject = o.subject AND "     \
  "e.delivered_at IS NULL AND e.sequence < o.sequence)"

// It goes into a header, and is separated from what follows by a full stop where it is signed.
bool is_event_id(std::string_view text) {
  constexpr std::size_t kMaxBytes = 64;
  return !text.empty() && text.size() <= kMaxBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

struct OutboxRow {
  OutboxEntry entry;
  RowSeal seal = RowSeal::broken;
};

OutboxRow read_outbox_row(const sqlite::Seals& seals, const TenantId& tenant,
                          const Statement& row) {
  OutboxRow read;
  OutboxEntry& entry = read.entry;
  entry.event.id = OutboxEventId(row.text(0));
  entry.event.kind = row.text(1);
  entry.event.subject = row.text(2);
  entry.event.body = row.text(3);
  entry.event.created_at = UnixSeconds{row.integer(4)};
  entry.sequence = row.integer(5);
  entry.attempts = row.integer(6);
  entry.next_attempt_at = UnixSeconds{row.integer(7)};
  entry.delivered_at = sqlite::time_of(row.optional_integer(8));
  read.seal =
      seals.is_sealed(tenant, entry.event, row.optional_blob(9)) ? RowSeal::whole : RowSeal::broken;
  return read;
}

// Until `take` says no.
template <class Take>
Status for_each_row(const sqlite::Seals& seals, const TenantId& tenant, Statement& rows,
                    const Take& take) {
  for (;;) {
    CS_ASSIGN(const bool has_row, rows.step());
    if (!has_row || !take(read_outbox_row(seals, tenant, rows))) {
      return ok();
    }
  }
}

// What somebody else than a server with the key wrote, or altered, is never handed out.
std::vector<OutboxEntry> sealed_ones(std::vector<OutboxRow> rows) {
  std::vector<OutboxEntry> entries;
  for (OutboxRow& row : rows) {
    if (row.seal == RowSeal::whole) {
      entries.push_back(std::move(row.entry));
    }
  }
  return entries;
}

Result<std::vector<OutboxRow>> list_due(Database& database, const sqlite::Seals& seals,
                                        const TenantId& tenant, UnixSeconds now,
                                        std::size_t limit) {
  CS_ASSIGN(Statement select, database.prepare("SELECT " OUTBOX_COLUMNS " " OUTBOX_DUE
                                               " ORDER BY next_attempt_at, sequence LIMIT ?3"));
  select.bind(std::string_view(tenant.value)).bind(now.value);
  select.bind(static_cast<std::int64_t>(limit));
  std::vector<OutboxRow> due;
  CS_TRY(for_each_row(seals, tenant, select, [&](OutboxRow row) {
    due.push_back(std::move(row));
    return true;
  }));
  return due;
}

}  // namespace

namespace sqlite {

Status insert_outbox_event(Database& database, const Seals& seals, const TenantId& tenant,
                           const OutboxEvent& event) {
  if (!is_event_id(event.id.value)) {
    return ErrorCode::store_corrupt;
  }
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO outbox (tenant, sequence, id, kind, subject, body, "
                             "created_at, attempts, next_attempt_at, seal) VALUES (?1, (SELECT "
                             "coalesce(max(sequence), 0) + 1 FROM outbox WHERE tenant = ?1), ?2, "
                             "?3, ?4, ?5, ?6, 0, ?6, ?7)"));
  const Digest256 seal = seals.seal_event(tenant, event);
  insert.bind(std::string_view(tenant.value)).bind(std::string_view(event.id.value));
  insert.bind(std::string_view(event.kind)).bind(std::string_view(event.subject));
  insert.bind(std::string_view(event.body)).bind(event.created_at.value);
  insert.bind(Bytes(seal));
  const Status inserted = insert.run();
  return insert.is_constraint_violated() ? Status(ErrorCode::store_corrupt) : inserted;
}

}  // namespace sqlite

Result<std::vector<OutboxEntry>> SqliteStore::claim_outbox(const TenantId& tenant, UnixSeconds now,
                                                           UnixSeconds leased_until,
                                                           std::size_t limit) {
  {
    // Most of the time there is nothing: that shall not cost a write.
    const Reader reader(*this);
    CS_ASSIGN(const std::vector<OutboxRow> due, list_due(*reader, seals_, tenant, now, 1));
    if (due.empty()) {
      return std::vector<OutboxEntry>();
    }
  }
  // Unsealed ones count attempts, too: nobody else waits behind them, and they become stuck.
  std::vector<OutboxRow> claimed;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(claimed, list_due(database, seals_, tenant, now, limit));
    for (OutboxRow& row : claimed) {
      OutboxEntry& entry = row.entry;
      ++entry.attempts;
      entry.next_attempt_at = leased_until;
      CS_ASSIGN(Statement update,
                database.prepare("UPDATE outbox SET attempts = ?, next_attempt_at = ? WHERE "
                                 "tenant = ? AND sequence = ?"));
      update.bind(entry.attempts).bind(leased_until.value);
      update.bind(std::string_view(tenant.value)).bind(entry.sequence);
      CS_TRY(update.run());
    }
    return JobResult::done();
  }));
  CS_TRY(status);
  return sealed_ones(std::move(claimed));
}

Result<bool> SqliteStore::mark_outbox_delivered(const TenantId& tenant, const OutboxEventId& id,
                                                UnixSeconds now) {
  bool is_known = false;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement update,
              database.prepare("UPDATE outbox SET delivered_at = coalesce(delivered_at, ?) WHERE "
                               "tenant = ? AND id = ?"));
    update.bind(now.value).bind(std::string_view(tenant.value)).bind(std::string_view(id.value));
    CS_TRY(update.run());
    is_known = database.changes() == 1;
    return JobResult::done();
  }));
  CS_TRY(status);
  return is_known;
}

Status SqliteStore::postpone_outbox(const TenantId& tenant, const OutboxEntry& claimed,
                                    UnixSeconds next_attempt_at) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement update,
              database.prepare("UPDATE outbox SET next_attempt_at = ? WHERE tenant = ? AND "
                               "sequence = ? AND attempts = ? AND delivered_at IS NULL"));
    update.bind(next_attempt_at.value).bind(std::string_view(tenant.value));
    CS_TRY(update.bind(claimed.sequence).bind(claimed.attempts).run());
    return JobResult::done();
  }));
}

Result<std::vector<OutboxEntry>> SqliteStore::list_outbox(const TenantId& tenant,
                                                          OutboxFilter filter, std::int64_t after,
                                                          std::size_t limit) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " OUTBOX_COLUMNS
                            " FROM outbox WHERE tenant = ?1 AND sequence > ?2 AND (?3 = 2 OR "
                            "(delivered_at IS NOT NULL) = ?3) ORDER BY sequence"));
  select.bind(std::string_view(tenant.value)).bind(after);
  select.bind(static_cast<std::int64_t>(filter));
  std::vector<OutboxEntry> entries;
  if (limit > 0) {
    CS_TRY(for_each_row(seals_, tenant, select, [&](OutboxRow row) {
      if (row.seal == RowSeal::whole) {
        entries.push_back(std::move(row.entry));
      }
      return entries.size() < limit;
    }));
  }
  return entries;
}

Result<OutboxBacklog> SqliteStore::read_outbox_backlog(const TenantId& tenant) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " OUTBOX_COLUMNS
                            " FROM outbox WHERE tenant = ? AND delivered_at IS NULL"));
  select.bind(std::string_view(tenant.value));
  OutboxBacklog backlog;
  CS_TRY(for_each_row(seals_, tenant, select, [&](const OutboxRow& row) {
    const UnixSeconds created_at = row.entry.event.created_at;
    ++backlog.open;
    backlog.stuck += row.entry.attempts >= kOutboxStuckAttempts ? 1 : 0;
    backlog.unsealed += row.seal == RowSeal::broken ? 1 : 0;
    backlog.oldest = std::min(backlog.oldest.value_or(created_at), created_at);
    return true;
  }));
  return backlog;
}

Status SqliteStore::sweep_outbox(UnixSeconds delivered_before) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    // The youngest stays: numbers are never given twice.
    CS_ASSIGN(Statement remove,
              database.prepare("DELETE FROM outbox WHERE delivered_at < ? AND sequence < (SELECT "
                               "max(sequence) FROM outbox n WHERE n.tenant = outbox.tenant)"));
    CS_TRY(remove.bind(delivered_before.value).run());
    return JobResult::done();
  }));
}

}  // namespace countersign
