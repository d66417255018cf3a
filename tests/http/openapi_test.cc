// docs/openapi.json against the routes that the server has.

#include <gtest/gtest.h>

#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

struct Operation {
  std::string method;
  std::string path;                     // with an id
  std::vector<std::string> parameters;  // of its query

  Answer call(Browser& browser, const std::string& query = "") const {
    return browser.call(method, path + query, method == "GET" ? "" : "{}");
  }
};

std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  return out << operation.method << " " << operation.path;
}

std::vector<Operation> operations_of_contract() {
  std::ifstream stream(COUNTERSIGN_SOURCE_DIR "/docs/openapi.json");
  std::ostringstream text;
  text << stream.rdbuf();
  const JsonValue contract = parse_json(text.str()).value();
  EXPECT_EQ(member(contract, "openapi").string, "3.1.0");
  std::vector<Operation> operations;
  for (const auto& [path, item] : member(contract, "paths").members) {
    for (const auto& [method, described] : item.members) {
      Operation operation{method, path, {}};
      std::transform(method.begin(), method.end(), operation.method.begin(), ::toupper);
      const std::size_t brace = path.find("{id}");
      if (brace != std::string::npos) {
        operation.path.replace(brace, 4, "AAAA");
      }
      for (const JsonValue& parameter : member(described, "parameters").items) {
        if (member(parameter, "in").string == "query") {
          operation.parameters.push_back(member(parameter, "name").string);
        }
      }
      operations.push_back(std::move(operation));
    }
  }
  EXPECT_EQ(operations.size(), 63U);
  return operations;
}

TEST(OpenApiTest, EveryOperationOfTheContractExists) {
  TemporaryFolder folder;
  ServerProcess server(folder, demo_config());
  Browser browser(server.port());
  for (const Operation& operation : operations_of_contract()) {
    const Answer answer = operation.call(browser);
    EXPECT_NE(answer.status, 405) << operation;
    EXPECT_NE(answer.status, 0) << operation;
    if (answer.status == 404 && operation.path != "/.well-known/webauthn") {
      EXPECT_NE(answer.text("code"), "route_not_found") << operation;
    }
  }
}

// A filter that is not understood would be none, and of two that differ one would not count.
TEST(OpenApiTest, EveryOperationRefusesParametersThatItDoesNotTake) {
  TemporaryFolder folder;
  std::string config = demo_config();
  config.insert(config.find(R"("enrolment")"),
                R"("apiKeys":[{"id":"all","sha256":")" + to_hex(sha256(bytes_of("all-key"))) +
                    R"(","scopes":["registrations","credentials","transactions","policy:draft",)"
                    R"("policy:publish","receipts","erase"]}],)");
  ServerProcess server(folder, config);
  Browser browser(server.port());
  browser.headers.emplace("Authorization", "Bearer all-key");
  const auto is_refused = [&](const Operation& operation, const std::string& query) {
    const Answer answer = operation.call(browser, query);
    return answer.status == 400 && answer.text("code") == "request_member_invalid";
  };
  std::size_t parameters = 0;
  for (const Operation& operation : operations_of_contract()) {
    for (const char* query : {"?countersign=1", "?=1", "?x", "?%75sername=a"}) {
      EXPECT_TRUE(is_refused(operation, query)) << operation << query;
    }
    for (const std::string& name : operation.parameters) {
      EXPECT_TRUE(is_refused(operation, "?" + name + "=1&" + name + "=1")) << operation << name;
      EXPECT_TRUE(is_refused(operation, "?" + name + "=%zz")) << operation << name;
      ++parameters;
    }
  }
  EXPECT_EQ(parameters, 24U);
  EXPECT_EQ(browser.get("/v1/events?after=0&limit=1").status, 200);
  EXPECT_EQ(browser.get("/v1/log/key?").status, 200) << "a query without parameters";
}

}  // namespace
}  // namespace countersign::testing
