// A bank restores a backup of its database while approvals go on.

#include <gmock/gmock.h>

#include <filesystem>

#include "native/receipt/file_log_signer.h"
#include "tests/http/transaction_server.h"

namespace countersign::testing {
namespace {

class ReceiptRestore : public ::testing::Test, public TransactionServer {
 protected:
  ReceiptRestore() {
    ada_ = enrol("ada");
    EXPECT_TRUE(FileLogSigner::make_key(folder_.path("log.pem")).has_value());
    configure("bank.example/log");
  }
  void configure(const std::string& origin) {
    server_->stop();
    std::filesystem::create_directories(folder_.path("heads"));
    std::string text = config("");
    text.pop_back();
    folder_.write("config.json", text + R"(,"metrics":"open","receipts":{"logKeyFile":"log.pem",)" +
                                     R"("headFolder":"heads","origin":")" + origin + "\"}}");
    server_->restart();
  }
  // Of the files of the database, to or from its backup.
  void copy(const std::string& from, const std::string& to) {
    server_->stop();
    for (const char* part : {"", "-wal", "-shm"}) {
      std::filesystem::remove(folder_.path(to + part));
      if (std::filesystem::exists(folder_.path(from + part))) {
        std::filesystem::copy_file(folder_.path(from + part), folder_.path(to + part));
      }
    }
    server_->restart();
  }
  std::string approved() {
    const Answer began = create();
    EXPECT_EQ(approve(began, ada_).status, 200);
    EXPECT_EQ(state_of(began.text("id")), "approved");
    return began.text("id") + ".1";
  }
  int receipt_status(const std::string& id, int wanted) {
    int status = 0;
    for (int i = 0; i < 1500 && status != wanted; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      status = with_key("customers").get("/v1/receipts/" + id).status;
    }
    return status;
  }
  std::string page_of(const std::string& path) { return Browser(server_->port()).get(path).body; }

  SoftCredential ada_;
};

TEST_F(ReceiptRestore, StopsTheLogAndNothingElse) {
  const std::string first = approved();
  ASSERT_EQ(receipt_status(first, 200), 200);
  EXPECT_THAT(server_->log(),
              ::testing::HasSubstr(R"("receipt":")" + first + R"(","actor":"key:customers")"));
  copy("countersign.db", "backup.db");
  ASSERT_EQ(receipt_status(approved(), 200), 200);
  EXPECT_THAT(page_of("/metrics"),
              ::testing::HasSubstr(R"(countersign_receipt_log_refused{tenant="bank"} 0)"));
  EXPECT_EQ(page_of("/readyz"), R"({"status":"ok"})");
  copy("backup.db", "countersign.db");
  const std::string later = approved();
  for (int i = 0; i < 1500 && server_->log().find("receipts.log_refused") == std::string::npos;
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_THAT(server_->log(), ::testing::HasSubstr(R"("receipts.log_refused")"));
  EXPECT_THAT(server_->log(), ::testing::HasSubstr("consistency_proof_invalid"));
  EXPECT_THAT(page_of("/metrics"),
              ::testing::HasSubstr(R"(countersign_receipt_log_refused{tenant="bank"} 1)"));
  EXPECT_THAT(page_of("/metrics"),
              ::testing::HasSubstr(R"(countersign_receipt_log_failing{tenant="bank"} 1)"));
  EXPECT_THAT(page_of("/metrics"),
              ::testing::HasSubstr(R"(countersign_receipt_log_refused{tenant="shop"} 0)"));
  EXPECT_EQ(page_of("/readyz"), R"({"status":"ok","receipts":"alarm"})");
  EXPECT_EQ(receipt_status(approved(), 202), 202);
  EXPECT_EQ(receipt_status(later, 202), 202);
  configure("bank.example/log-2");
  EXPECT_EQ(receipt_status(later, 200), 200) << "a new log takes up everything";
  EXPECT_EQ(page_of("/readyz"), R"({"status":"ok"})");
}

}  // namespace
}  // namespace countersign::testing
