#pragma once
// A store with the log of one tenant, and a connection of somebody who writes to its rows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "native/ops/system.h"
#include "native/receipt/file_log_heads.h"
#include "native/receipt/file_log_signer.h"
#include "native/store/sqlite/sqlite_store.h"
#include "service/receipt_sequencing.h"
#include "tests/http/server_process.h"
#include "tests/receipt/stored_receipts.h"

namespace countersign::testing {

inline const TenantId kTenant("bank");
inline const OpenSslHasher kHasher;
inline const OpenSslVerifier kVerifier;

class ReceiptLogTest : public ::testing::Test {
 protected:
  ReceiptLogTest() {
    store_ = open();
    EXPECT_TRUE(FileLogSigner::make_key(folder_.path("log.pem")).has_value());
    signer_ = *FileLogSigner::open(folder_.path("log.pem"));
    rows_ =
        std::move(*sqlite::Database::open(folder_.path("s.db"), sqlite::Database::Mode::writer));
  }
  std::unique_ptr<SqliteStore> open() {
    return std::move(*SqliteStore::open(folder_.path("s.db"), random_));
  }
  ReceiptContext context(SqliteStore& store) {
    return {store, signer_.get(), &heads_, "bank.example/log", kHasher, kVerifier};
  }
  void insert(const std::string& transaction, std::int64_t step, Bytes record,
              const std::string& tenant = "bank") {
    insert_receipt(*rows_, tenant, transaction, step, record);
  }
  std::size_t sequence() {
    const Result<Sequenced> done = sequence_receipts(context(*store_), kTenant);
    EXPECT_TRUE(done.has_value()) << error_name(done.has_value() ? ErrorCode::internal_error
                                                                 : done.error().code);
    return done.has_value() ? done->leaves : 0;
  }
  std::string read(const std::string& id) {
    Caller caller;
    caller.api_key = "backend";
    const Result<std::string> file = read_receipt(context(*store_), kTenant, caller, id);
    return file.has_value() ? *file : std::string(error_name(file.error().code));
  }
  NoteKey key() { return log_key(context(*store_), kTenant).value(); }
  void execute(const char* sql) { ASSERT_TRUE(rows_->execute(sql).has_value()); }

  TemporaryFolder folder_;
  SystemRandom random_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<FileLogSigner> signer_;
  FileLogHeads heads_{folder_.path("log.pem"), kHasher};
  std::unique_ptr<sqlite::Database> rows_;
};

}  // namespace countersign::testing
