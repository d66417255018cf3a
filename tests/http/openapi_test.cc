// docs/openapi.json against the routes that the server has.

#include <gtest/gtest.h>

#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

TEST(OpenApiTest, EveryOperationOfTheContractExists) {
  std::ifstream stream(COUNTERSIGN_SOURCE_DIR "/docs/openapi.json");
  std::ostringstream text;
  text << stream.rdbuf();
  const Result<JsonValue> contract = parse_json(text.str());
  ASSERT_TRUE(contract.has_value());
  EXPECT_EQ(member(*contract, "openapi").string, "3.1.0");
  TemporaryFolder folder;
  ServerProcess server(folder, demo_config());
  Browser browser(server.port());
  std::size_t operations = 0;
  for (const auto& [path, item] : member(*contract, "paths").members) {
    std::string concrete = path;
    const std::size_t brace = concrete.find("{id}");
    if (brace != std::string::npos) {
      concrete.replace(brace, 4, "AAAA");
    }
    for (const auto& [method, operation] : item.members) {
      std::string upper = method;
      std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
      const Answer answer = browser.call(upper, concrete, upper == "GET" ? "" : "{}");
      EXPECT_NE(answer.status, 405) << upper << " " << concrete;
      EXPECT_NE(answer.status, 0) << upper << " " << concrete;
      if (answer.status == 404 && path != "/.well-known/webauthn") {
        EXPECT_NE(answer.text("code"), "route_not_found") << upper << " " << concrete;
      }
      ++operations;
    }
  }
  EXPECT_EQ(operations, 61U);
}

}  // namespace
}  // namespace countersign::testing
