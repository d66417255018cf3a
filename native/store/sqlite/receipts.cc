// The log of receipts.

#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

#define RECEIPT_COLUMNS "transaction_id, step, record, salt, leaf, log_index, seal"

bool is_sealed(const sqlite::Seals& seals, const TenantId& tenant, const KeptReceipt& receipt,
               const std::optional<ByteVector>& seal) {
  return seals.is_sealed(tenant, receipt.transaction, receipt.step, receipt.leaf, seal);
}

Result<KeptReceipt> read_receipt_row(const sqlite::Seals& seals, const TenantId& tenant,
                                     const Statement& row) {
  KeptReceipt receipt;
  receipt.transaction.value = row.text(0);
  receipt.step = row.integer(1);
  receipt.record = row.optional_blob(2);
  if (const std::optional<ByteVector> salt = row.optional_blob(3)) {
    if (!sqlite::copy_exactly(*salt, receipt.salt.emplace())) {
      return ErrorCode::store_corrupt;
    }
  }
  if (const std::optional<std::int64_t> index = row.optional_integer(5)) {
    receipt.index = static_cast<std::uint64_t>(*index);
  }
  if (!sqlite::copy_exactly(row.blob(4), receipt.leaf)) {
    return ErrorCode::store_corrupt;
  }
  receipt.seal =
      is_sealed(seals, tenant, receipt, row.optional_blob(6)) ? RowSeal::whole : RowSeal::broken;
  return receipt;
}

// True where the log was at `before` and is now at `after`.
Result<bool> advance_head(Database& database, const TenantId& tenant, const LogAppend& append) {
  const TreeHead& after = append.after;
  if (append.before.size == 0) {
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO receipt_logs (tenant, size, root, checkpoint) VALUES "
                               "(?, ?, ?, '') ON CONFLICT DO NOTHING"));
    insert.bind(std::string_view(tenant.value)).bind(static_cast<std::int64_t>(after.size));
    CS_TRY(insert.bind(Bytes(after.root)).run());
    return database.changes() == 1;
  }
  CS_ASSIGN(Statement update, database.prepare("UPDATE receipt_logs SET size = ?, root = ? WHERE "
                                               "tenant = ? AND size = ? AND root = ?"));
  update.bind(static_cast<std::int64_t>(after.size)).bind(Bytes(after.root));
  update.bind(std::string_view(tenant.value));
  update.bind(static_cast<std::int64_t>(append.before.size)).bind(Bytes(append.before.root));
  CS_TRY(update.run());
  return database.changes() == 1;
}

Result<bool> number_leaf(Database& database, const TenantId& tenant, const WaitingLeaf& waiting,
                         std::uint64_t index) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE receipts SET log_index = ? WHERE tenant = ? AND id = ? AND "
                             "leaf = ? AND log_index IS NULL"));
  update.bind(static_cast<std::int64_t>(index)).bind(std::string_view(tenant.value));
  CS_TRY(update.bind(std::string_view(waiting.receipt)).bind(Bytes(waiting.leaf)).run());
  return database.changes() == 1;
}

Status write_tile(Database& database, const TenantId& tenant, const Tile& tile) {
  CS_ASSIGN(Statement write,
            database.prepare("INSERT INTO receipt_tiles (tenant, level, number, hashes) VALUES "
                             "(?, ?, ?, ?) ON CONFLICT (tenant, level, number) DO UPDATE SET "
                             "hashes = excluded.hashes"));
  write.bind(std::string_view(tenant.value)).bind(static_cast<std::int64_t>(tile.level));
  return write.bind(static_cast<std::int64_t>(tile.index)).bind(Bytes(tile.hashes)).run();
}

}  // namespace

Result<LogState> SqliteStore::read_log(const TenantId& tenant) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare(
                "SELECT size, root, checkpoint, cosigned FROM receipt_logs WHERE tenant = ?"));
  CS_ASSIGN(const bool has_row, select.bind(std::string_view(tenant.value)).step());
  LogState state;
  if (!has_row) {
    return state;
  }
  state.head.size = static_cast<std::uint64_t>(select.integer(0));
  state.checkpoint = select.text(2);
  state.cosigned = select.text(3);
  return sqlite::copy_exactly(select.blob(1), state.head.root)
             ? Result<LogState>(std::move(state))
             : Result<LogState>(ErrorCode::store_corrupt);
}

Status SqliteStore::for_each_waiting(const TenantId& tenant,
                                     const std::function<bool(const WaitingLeaf&, RowSeal)>& take) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT id, leaf, transaction_id, step, seal FROM receipts WHERE "
                            "tenant = ? AND log_index IS NULL ORDER BY created_at, id"));
  select.bind(std::string_view(tenant.value));
  for (;;) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return ok();
    }
    WaitingLeaf waiting{select.text(0), {}};
    const TransactionId transaction(select.text(2));
    const std::int64_t step = select.integer(3);
    const bool is_whole =
        sqlite::copy_exactly(select.blob(1), waiting.leaf) &&
        waiting.receipt == receipt_id(transaction, step) &&
        seals_.is_sealed(tenant, transaction, step, waiting.leaf, select.optional_blob(4));
    if (!take(waiting, is_whole ? RowSeal::whole : RowSeal::broken)) {
      return ok();
    }
  }
}

Result<std::vector<WaitingLeaf>> SqliteStore::list_waiting_leaves(const TenantId& tenant,
                                                                  std::size_t limit) {
  std::vector<WaitingLeaf> leaves;
  CS_TRY(for_each_waiting(tenant, [&](const WaitingLeaf& waiting, RowSeal seal) {
    if (seal == RowSeal::whole) {
      leaves.push_back(waiting);
    }
    return leaves.size() < limit;
  }));
  return leaves;
}

Result<std::size_t> SqliteStore::count_unsealed_leaves(const TenantId& tenant) {
  std::size_t count = 0;
  CS_TRY(for_each_waiting(tenant, [&](const WaitingLeaf&, RowSeal seal) {
    count += seal == RowSeal::broken ? 1 : 0;
    return true;
  }));
  return count;
}

Result<ByteVector> SqliteStore::read_log_tile(const TenantId& tenant, unsigned level,
                                              std::uint64_t index) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT hashes FROM receipt_tiles WHERE tenant = ? "
                                              "AND level = ? AND number = ?"));
  select.bind(std::string_view(tenant.value)).bind(static_cast<std::int64_t>(level));
  CS_ASSIGN(const bool has_row, select.bind(static_cast<std::int64_t>(index)).step());
  return has_row ? select.blob(0) : ByteVector();
}

Result<bool> SqliteStore::append_log(const TenantId& tenant, const LogAppend& append) {
  bool is_ours = false;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    // Undone whole where anything is not as it was seen.
    const JobResult lost = {ok(), JobResult::Changes::undo};
    CS_ASSIGN(const bool is_next, advance_head(database, tenant, append));
    if (!is_next) {
      return lost;
    }
    std::uint64_t index = append.before.size;
    for (const WaitingLeaf& waiting : append.leaves) {
      CS_ASSIGN(const bool is_new, number_leaf(database, tenant, waiting, index));
      if (!is_new) {
        return lost;
      }
      ++index;
    }
    for (const Tile& tile : append.tiles) {
      CS_TRY(write_tile(database, tenant, tile));
    }
    is_ours = true;
    return JobResult::done();
  }));
  CS_TRY(status);
  return is_ours;
}

Status SqliteStore::publish_checkpoint(const TenantId& tenant, const TreeHead& head,
                                       std::string_view checkpoint) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement update,
              database.prepare("UPDATE receipt_logs SET checkpoint = ? WHERE tenant = ? AND size = "
                               "? AND root = ?"));
    update.bind(checkpoint).bind(std::string_view(tenant.value));
    CS_TRY(update.bind(static_cast<std::int64_t>(head.size)).bind(Bytes(head.root)).run());
    return JobResult::done();
  }));
}

Result<bool> SqliteStore::replace_cosigned(const TenantId& tenant, std::string_view before,
                                           std::string_view after) {
  bool is_done = false;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(Statement update, database.prepare("UPDATE receipt_logs SET cosigned = ? WHERE "
                                                 "tenant = ? AND cosigned = ?"));
    CS_TRY(update.bind(after).bind(std::string_view(tenant.value)).bind(before).run());
    is_done = database.changes() == 1;
    return JobResult::done();
  }));
  CS_TRY(status);
  return is_done;
}

Result<std::vector<Digest256>> SqliteStore::list_sealed_entries(const TenantId& tenant,
                                                                std::uint64_t first,
                                                                std::size_t count) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT " RECEIPT_COLUMNS
                                              " FROM receipts WHERE tenant = ? AND log_index >= ? "
                                              "ORDER BY log_index LIMIT ?"));
  select.bind(std::string_view(tenant.value)).bind(static_cast<std::int64_t>(first));
  select.bind(static_cast<std::int64_t>(count));
  std::vector<Digest256> entries;
  for (;;) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return entries;
    }
    CS_ASSIGN(const KeptReceipt receipt, read_receipt_row(seals_, tenant, select));
    if (receipt.index != first + entries.size() || receipt.seal == RowSeal::broken) {
      return entries;
    }
    entries.push_back(receipt.leaf);
  }
}

Result<std::vector<Digest256>> SqliteStore::list_log_entries(const TenantId& tenant,
                                                             std::uint64_t first,
                                                             std::size_t count) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT leaf FROM receipts WHERE tenant = ? AND log_index >= ? ORDER "
                            "BY log_index LIMIT ?"));
  select.bind(std::string_view(tenant.value)).bind(static_cast<std::int64_t>(first));
  select.bind(static_cast<std::int64_t>(count));
  std::vector<Digest256> entries;
  for (;;) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return entries;
    }
    if (!sqlite::copy_exactly(select.blob(0), entries.emplace_back())) {
      return ErrorCode::store_corrupt;
    }
  }
}

Result<std::optional<KeptReceipt>> SqliteStore::find_receipt(const TenantId& tenant,
                                                             std::string_view id) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT " RECEIPT_COLUMNS
                                              " FROM receipts WHERE tenant = ? AND id = ?"));
  CS_ASSIGN(const bool has_row, select.bind(std::string_view(tenant.value)).bind(id).step());
  if (!has_row) {
    return std::optional<KeptReceipt>();
  }
  CS_ASSIGN(KeptReceipt receipt, read_receipt_row(seals_, tenant, select));
  // An index can lead to another row.
  return receipt_id(receipt.transaction, receipt.step) == id
             ? std::optional<KeptReceipt>(std::move(receipt))
             : std::optional<KeptReceipt>();
}

Result<std::vector<KeptReceipt>> SqliteStore::list_receipts(const TenantId& tenant,
                                                            const TransactionId& transaction) {
  const Reader reader(*this);
  CS_ASSIGN(
      Statement select,
      reader->prepare("SELECT " RECEIPT_COLUMNS
                      " FROM receipts WHERE tenant = ? AND transaction_id = ? ORDER BY step"));
  select.bind(std::string_view(tenant.value)).bind(std::string_view(transaction.value));
  return sqlite::read_rows<KeptReceipt>(
      select, [&](Statement& row) { return read_receipt_row(seals_, tenant, row); });
}

}  // namespace countersign
