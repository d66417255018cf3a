#include "native/store/sqlite/sqlite_store.h"

#include <algorithm>

#include "native/store/key_file.h"
#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/schema.h"

namespace countersign {
namespace {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::RowSeals;
using sqlite::SchemaCheck;
using sqlite::Seals;
using sqlite::Statement;

constexpr std::size_t kReaders = 8;  // [a query takes some 20 µs; more would only wait for cores]

Result<std::int64_t> schema_version(Database& database) {
  CS_ASSIGN(const std::string text, database.pragma("PRAGMA user_version"));
  std::int64_t version = 0;
  for (const char digit : text) {
    version = version * 10 + (digit - '0');
  }
  return version;
}

Status migrate(Database& database) {
  CS_ASSIGN(const std::int64_t version, schema_version(database));
  const auto latest = static_cast<std::int64_t>(sqlite::kMigrations.size());
  if (version > latest + 1) {
    return ErrorCode::store_schema_newer;
  }
  for (std::int64_t i = version; i < latest; ++i) {
    CS_TRY(database.execute(sqlite::kMigrations[static_cast<std::size_t>(i)]));
    CS_TRY(database.execute(("PRAGMA user_version = " + std::to_string(i + 1)).c_str()));
  }
  return ok();
}

Result<std::optional<ByteVector>> read_key_id(Database& database) {
  CS_ASSIGN(Statement select, database.prepare("SELECT value FROM secrets WHERE name = 'seal'"));
  CS_ASSIGN(const bool has_row, select.step());
  return has_row ? std::optional<ByteVector>(select.blob(0)) : std::nullopt;
}

Status write_key_id(Database& database, const Digest256& id) {
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO secrets (name, value) VALUES ('seal', ?)"));
  return insert.bind(Bytes(id)).run();
}

// A key that a server has written and could not name: it ended in between.
std::string unnamed(const std::string& key_file) { return key_file + ".new"; }

// Rows that are sealed since a schema, and the file beside the key that says so once they are.
struct SealedSince {
  std::int64_t schema;
  const char* mark;
  Status (*seal)(Database& database);
};
constexpr SealedSince kSealedSince[] = {
    {sqlite::kSealedRowsSchema, ".sealed", &sqlite::seal_rows},
    {sqlite::kSealedTransactionsSchema, ".sealed-transactions", &sqlite::seal_old_transactions},
    {sqlite::kSealedPaymentsSchema, ".sealed-payments", &sqlite::seal_payments},
};

enum class KeyAge : std::uint8_t { made_now, there_before };

// The key of the seals. A new one seals what is there already; never is that done with a key that
// was there before, or whoever writes to the database could have a row of his sealed at the next
// start.
Result<KeyAge> load_seals(Database& database, RandomSource& random, const std::string& key_file,
                          RowSeals& rows) {
  const auto refused = ErrorCode::config_value_invalid;
  CS_ASSIGN(const std::optional<ByteVector> known, read_key_id(database));
  Result<std::optional<Secret<32>>> key = read_key_file(key_file);
  if (key.has_value() && !*key && known) {
    key = read_key_file(unnamed(key_file));
  }
  if (!key.has_value() || (!*key && known)) {
    return refused;
  }
  Secret<32> fresh;
  random.fill(fresh.expose_for_filling());
  rows.seals = Seals(*key ? **key : fresh);
  const Digest256 id = rows.seals.key_id();
  CS_TRY(rows.attach_for_upgrade(database));
  if (!*key) {
    CS_TRY(write_key_file(unnamed(key_file), fresh));
    CS_TRY(seal_what_was_before(database, rows.seals));
    for (const SealedSince& since : kSealedSince) {
      CS_TRY(since.seal(database));
    }
  }
  if (!known) {
    CS_TRY(write_key_id(database, id));
  }
  return known && !equal(*known, id)
             ? Result<KeyAge>(refused)
             : Result<KeyAge>(*key ? KeyAge::there_before : KeyAge::made_now);
}

Result<bool> has_rows(Database& database) {
  CS_ASSIGN(Statement select, database.prepare("SELECT 1 FROM accounts UNION ALL SELECT 1 FROM "
                                               "policy_revisions LIMIT 1"));
  return select.step();
}

// A key of an older program has sealed fewer rows. That this is so must not be the database's word
// alone: whoever writes to it could take the columns away.
Status seal_rows_once(Database& database, std::int64_t version_before,
                      const std::string& key_file) {
  CS_ASSIGN(const bool are_there, has_rows(database));
  for (const SealedSince& rows : kSealedSince) {
    if (version_before >= rows.schema || !are_there) {
      continue;
    }
    if (is_file_there(key_file + rows.mark)) {
      return ErrorCode::config_value_invalid;
    }
    CS_TRY(rows.seal(database));
  }
  return ok();
}

Status mark_sealed(const std::string& key_file) {
  for (const SealedSince& rows : kSealedSince) {
    CS_TRY(mark_file(key_file + rows.mark));
  }
  return ok();
}

Status migrate_and_seal(Database& database, RandomSource& random, const std::string& key_file,
                        RowSeals& rows, SchemaCheck& schema) {
  CS_ASSIGN(const std::int64_t version_before, schema_version(database));
  CS_TRY(migrate(database));
  CS_TRY(schema.check(database));
  CS_ASSIGN(const KeyAge age, load_seals(database, random, key_file, rows));
  if (age == KeyAge::there_before) {
    CS_TRY(seal_rows_once(database, version_before, key_file));
  }
  const bool has_old_seals =
      version_before >= sqlite::kSealedRowsSchema && version_before < sqlite::kSealedWarningsSchema;
  return has_old_seals ? sqlite::reseal_revisions(database) : ok();
}

// Two servers may start at once: one does it all, the other one finds it done.
Status prepare(Database& database, RandomSource& random, const std::string& key_file,
               RowSeals& rows, SchemaCheck& schema) {
  CS_TRY(database.execute("BEGIN IMMEDIATE"));
  const Status status = migrate_and_seal(database, random, key_file, rows, schema);
  if (!status.has_value()) {
    static_cast<void>(database.execute("ROLLBACK"));
    return status;
  }
  CS_TRY(database.execute("COMMIT"));
  CS_TRY(RowSeals::end_upgrade(database));
  CS_ASSIGN(const std::optional<Secret<32>> written, read_key_file(unnamed(key_file)));
  if (written) {
    CS_TRY(name_key_file(unnamed(key_file), key_file));
  }
  return mark_sealed(key_file);
}

Status load_secret(Database& database, RandomSource& random, Secret<32>& secret) {
  Secret<32> fresh;
  random.fill(fresh.expose_for_filling());
  {
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO secrets (name, value) VALUES ('decoys', ?) "
                               "ON CONFLICT DO NOTHING"));
    insert.bind(fresh.expose());
    CS_TRY(insert.run());
  }
  CS_ASSIGN(Statement select, database.prepare("SELECT value FROM secrets WHERE name = 'decoys'"));
  CS_ASSIGN(const bool has_row, select.step());
  const ByteVector value = has_row ? select.blob(0) : ByteVector();
  if (value.size() != secret.expose().size()) {
    return ErrorCode::store_corrupt;
  }
  std::copy(value.begin(), value.end(), secret.expose_for_filling().begin());
  return ok();
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path,
                                                       RandomSource& random,
                                                       const std::string& key_file,
                                                       std::string* difference) {
  std::unique_ptr<SqliteStore> store(new SqliteStore());
  CS_ASSIGN(std::unique_ptr<Database> database, Database::open(path, Database::Mode::writer));
  CS_ASSIGN(const SchemaCheck expected, SchemaCheck::make());
  SchemaCheck schema = expected;
  const Status prepared = prepare(*database, random, key_file.empty() ? path + ".key" : key_file,
                                  store->row_seals_, schema);
  if (!prepared.has_value()) {
    if (difference != nullptr) {
      *difference = schema.difference();
    }
    return prepared.error();
  }
  CS_TRY(load_secret(*database, random, store->decoy_secret_));
  for (std::size_t i = 0; i < kReaders; ++i) {
    CS_ASSIGN(std::unique_ptr<Database> reader, Database::open(path, Database::Mode::reader));
    CS_TRY(store->row_seals_.attach(*reader));
    store->readers_.push_back(
        std::unique_ptr<ReaderConnection>(new ReaderConnection{std::move(reader), expected}));
    store->free_readers_.push_back(store->readers_.back().get());
  }
  store->writer_ = std::make_unique<sqlite::Writer>(std::move(database), std::move(schema));
  return store;
}

SqliteStore::~SqliteStore() = default;

namespace {

Status begin_reading(Database& database, SchemaCheck& schema) {
  {
    CS_ASSIGN(Statement begin, database.prepare("BEGIN"));
    CS_TRY(begin.run());
  }
  return schema.check(database);
}

}  // namespace

SqliteStore::Reader::Reader(SqliteStore& store) : store_(store) {
  {
    std::unique_lock lock(store_.readers_mutex_);
    store_.reader_free_.wait(lock, [&store] { return !store.free_readers_.empty(); });
    connection_ = store_.free_readers_.back();
    store_.free_readers_.pop_back();
  }
  Database& database = *connection_->database;
  const Status begun = begin_reading(database, connection_->schema);
  if (!begun.has_value()) {
    database.refuse(begun.error());
  }
}

SqliteStore::Reader::~Reader() {
  {
    Database& database = *connection_->database;
    database.allow();
    Result<Statement> end = database.prepare("COMMIT");
    if (end.has_value()) {
      static_cast<void>(end->run());  // nothing was written
    }
  }
  {
    const std::lock_guard lock(store_.readers_mutex_);
    store_.free_readers_.push_back(connection_);
  }
  store_.reader_free_.notify_one();
}

Status SqliteStore::check_ready() {
  {
    const Reader reader(*this);
    CS_ASSIGN(Statement select, reader->prepare("SELECT beats FROM heartbeat"));
    CS_TRY(select.run());
  }
  return writer_->run([](Database& database) -> JobResult {
    Result<Statement> update = database.prepare("UPDATE heartbeat SET beats = beats + 1");
    const Status status = update.has_value() ? update->run() : Status(update.error());
    return status.has_value() ? JobResult::done() : JobResult::undone(status.error());
  });
}

}  // namespace countersign
