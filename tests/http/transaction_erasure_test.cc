// What was never approved can be erased, by a key of that scope alone, and the audit says so.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/transaction_server.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TransactionErasure : public ::testing::Test, public TransactionServer {
 protected:
  TransactionErasure() { enrol("ada"); }

  // Lines of the event, as far as the log has them.
  std::vector<std::string> lines_of(const std::string& event) const {
    std::vector<std::string> found;
    std::istringstream lines(server_->log());
    for (std::string line; std::getline(lines, line);) {
      if (line.find("\"event\":\"" + event + "\"") != std::string::npos) {
        found.push_back(line);
      }
    }
    return found;
  }
  void deliver_all() const {
    for (const JsonValue& entry : backend().get("/v1/outbox").at("events").items) {
      const std::string id = member(member(entry, "event"), "id").string;
      EXPECT_EQ(backend().post("/v1/outbox/" + id + "/delivered", "{}").status, 200);
    }
  }
  int erase(const std::string& path, const std::string& key = "eraser") const {
    return with_key(key).call("DELETE", path, "").status;
  }
};

TEST_F(TransactionErasure, WhatWasDeclinedIsErasedWithItsTransaction) {
  const Answer began = create();
  const std::string id = began.text("id");
  const std::string path = "/v1/transactions/" + id;
  EXPECT_EQ(erase(path), 409) << "it is open";
  ASSERT_EQ(page(began.text("token")).post(path + "/decline", "{}").status, 200);
  EXPECT_EQ(erase(path), 409) << "the backend has not got the event";
  deliver_all();
  EXPECT_EQ(erase(path, "backend"), 403);
  EXPECT_EQ(page().call("DELETE", path, "").status, 401);
  EXPECT_EQ(erase("/v1/transactions/AAAAAAAAAAAAAAAAAAAAAA"), 404);
  EXPECT_EQ(erase(path), 204);
  EXPECT_EQ(erase(path), 204) << "again is no error";
  EXPECT_EQ(state_of(id), "erased");
  EXPECT_THAT(read(id).body, Not(HasSubstr("Anna")));
  EXPECT_EQ(backend().get(path + "/view").status, 404);
  EXPECT_THAT(lines_of("transaction.erased").size(), 5U);
}

}  // namespace
}  // namespace countersign::testing
