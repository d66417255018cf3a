// `tenants[].transactions`: what stops the start, and what a bank adds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "native/config/config.h"
#include "tests/http/transaction_server.h"
#include "transaction/shipped.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;

std::string config_with(const std::string& transactions, const std::string& more = "") {
  return R"({"listen":{},"tenants":[{"id":"bank","rpId":"bank.example",)"
         R"("origins":["https://bank.example"])" +
         more + R"(,"transactions":{)" + transactions + "}}]}";
}

std::string problem_of(const std::string& config) {
  const ConfigResult parsed = parse_config(config, "");
  const auto* problem = std::get_if<ConfigProblem>(&parsed);
  return problem == nullptr ? "" : problem->path;
}

// Whoever makes settings without a configuration has no weaker rule.
TEST(TransactionConfig, HasTheDefaultsOfTheSettings) {
  const TransactionSettings settings;
  const TransactionConfig config;
  EXPECT_EQ(settings.browser_bound_keys, BrowserBoundKeyRule::where_trusted);
  EXPECT_EQ(config.browser_bound_keys, settings.browser_bound_keys);
  EXPECT_EQ(config.block_seconds, settings.block_seconds);
  EXPECT_EQ(config.lifetime_seconds, settings.transaction_seconds);
}

TEST(TransactionConfig, TakesWhatIsWithinItsRange) {
  for (const char* members :
       {"", R"("baseCurrency":"EUR","blockSeconds":60,"lifetimeSeconds":604800)",
        R"("creation":"backend")", R"("browserBoundKeys":"required")",
        R"("browserBoundKeys":"whenRegistered")", R"("browserBoundKeys":"optional")",
        R"("approvalOrigins":["https://approve.bank.example"])"}) {
    EXPECT_EQ(problem_of(config_with(members)), "") << members;
  }
  EXPECT_EQ(problem_of(config_with(R"("creation":"session","sessionInputs":{"risk.score":1})",
                                   R"(,"sessions":true)")),
            "");
}

std::size_t without_currency(const std::string& transactions, const std::string& more = "") {
  const ConfigResult parsed = parse_config(config_with(transactions, more), "");
  const auto* config = std::get_if<Config>(&parsed);
  EXPECT_NE(config, nullptr) << more;
  return config == nullptr ? 0 : tenants_without_base_currency(*config).size();
}

TEST(TransactionConfig, KnowsWhoMakesTransactionsWithoutABaseCurrency) {
  const auto key = [](const std::string& scope) {
    return R"(,"apiKeys":[{"id":"k","sha256":")" + std::string(64, 'a') + R"(","scopes":[")" +
           scope + R"("]}])";
  };
  EXPECT_EQ(without_currency("", key("transactions")), 1U);
  EXPECT_EQ(without_currency(R"("creation":"session")", R"(,"sessions":true)"), 1U);
  EXPECT_EQ(without_currency(R"("baseCurrency":"CHF")", key("transactions")), 0U);
  EXPECT_EQ(without_currency("", key("registrations")), 0U);
  EXPECT_EQ(without_currency(""), 0U);
}

// The bank has a base currency, the shop has none.
TEST(TransactionConfig, AStartTellsWhoHasNoBaseCurrency) {
  TemporaryFolder folder;
  folder.write("policy.json", kPaymentPolicy);
  const ServerProcess server(folder, TransactionServer::config(""));
  EXPECT_THAT(server.log(), HasSubstr(R"("transactions.no_base_currency","tenant":"shop",)"));
  EXPECT_THAT(server.log(), ::testing::Not(HasSubstr(R"("tenant":"bank","reason")")));
}

TEST(TransactionConfig, RefusesEverythingElseWithItsPath) {
  const std::string at = "tenants[0].transactions.";
  for (const auto& [members, path] : std::vector<std::pair<std::string, std::string>>{
           {R"("unknown":1)", "unknown"},
           {R"("baseCurrency":"XAU")", "baseCurrency"},
           {R"("baseCurrency":"EURO")", "baseCurrency"},
           {R"("blockSeconds":59)", "blockSeconds"},
           {R"("browserBoundKeys":"always")", "browserBoundKeys"},
           {R"("browserBoundKeys":true)", "browserBoundKeys"},
           {R"("lifetimeSeconds":29)", "lifetimeSeconds"},
           {R"("creation":"anybody")", "creation"},
           {R"("creation":"session")", "creation"},
           {R"("sessionInputs":{})", "sessionInputs"},
           {R"("approvalOrigins":["http://approve.bank.example"])", "approvalOrigins[0]"},
           {R"("approvalOrigins":["https://approve.other.example"])", "approvalOrigins[0]"},
           {R"("approvalOrigins":["https://bank.example"])", "approvalOrigins[0]"}}) {
    EXPECT_EQ(problem_of(config_with(members)), at + path) << members;
  }
  for (const char* inputs : {R"([])", R"({"risk.scores":1})", R"({"amount.base":"x"})",
                             R"({"session.age":1})", R"({"risk.score":"high"})"}) {
    EXPECT_EQ(
        problem_of(config_with(R"("creation":"session","sessionInputs":)" + std::string(inputs),
                               R"(,"sessions":true)")),
        at + "sessionInputs")
        << inputs;
  }
}

TEST(TransactionConfig, SaysWhoFetchesReceipts) {
  const auto with_readers = [](const std::string& receipts, const std::string& more = "") {
    return config_with("", more + R"(,"receipts":)" + receipts);
  };
  const auto readers_of = [](const std::string& text) {
    return std::get<Config>(parse_config(text, "")).tenants[0].receipt_readers;
  };
  EXPECT_EQ(readers_of(config_with("", "")), ReceiptReaders::backend);
  EXPECT_EQ(readers_of(with_readers("{}")), ReceiptReaders::backend);
  EXPECT_EQ(readers_of(with_readers(R"({"readers":"backend"})")), ReceiptReaders::backend);
  EXPECT_EQ(readers_of(with_readers(R"({"readers":"customer"})", R"(,"sessions":true)")),
            ReceiptReaders::customer);
  for (const char* refused :
       {R"({"readers":"anybody"})", R"({"readers":true})", R"({"readers":"customer"})"}) {
    EXPECT_EQ(problem_of(with_readers(refused)), "tenants[0].receipts.readers") << refused;
  }
  EXPECT_EQ(problem_of(with_readers(R"({"reader":"customer"})")), "tenants[0].receipts.reader");
  EXPECT_EQ(default_config().tenants[0].receipt_readers, ReceiptReaders::customer) << "the demo";
}

class OwnDocuments : public ::testing::Test {
 protected:
  std::variant<TransactionSettingsByTenant, ConfigProblem> read() {
    const ConfigResult parsed = parse_config(
        config_with(R"("templates":"templates","locales":"locales")"), folder_.path(""));
    return read_transaction_settings(std::get<Config>(parsed), hasher_);
  }
  void write(const std::string& file, std::string text, const std::string& from,
             const std::string& to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    folder_.write(file, text.replace(at, from.size(), to));
  }
  static std::string shipped(std::span<const std::string_view> all, std::string_view id) {
    for (const std::string_view text : all) {
      if (text.find(id) != std::string_view::npos) {
        return std::string(text);
      }
    }
    return "";
  }

  OpenSslHasher hasher_;
  TemporaryFolder folder_;
};

TEST_F(OwnDocuments, AreBesideThoseThatShip) {
  folder_.write("locales/.hidden.json", "not JSON");
  folder_.write("locales/notes.txt", "not JSON");
  write("templates/loan.json", shipped(shipped_templates(), "\"payment.card\""), "payment.card",
        "bank.loan");
  const auto settings = read();
  ASSERT_TRUE(std::holds_alternative<TransactionSettingsByTenant>(settings))
      << std::get<ConfigProblem>(settings).reason;
  const TransactionCatalog& catalog =
      std::get<TransactionSettingsByTenant>(settings).at(TenantId("bank")).catalog;
  EXPECT_NE(catalog.find_template("bank.loan/1"), nullptr);
  EXPECT_NE(catalog.find_template("payment.card/1"), nullptr);
  EXPECT_EQ(catalog.find_template("bank.car/1"), nullptr);
  EXPECT_NE(catalog.find_pack("de-CH"), nullptr);
}

TEST_F(OwnDocuments, ThatLintRefusesStopTheStartWithFileAndCode) {
  folder_.write("locales/x.txt", "");
  folder_.write("templates/a.json", "{}");
  const auto settings = read();
  const auto* problem = std::get_if<ConfigProblem>(&settings);
  ASSERT_NE(problem, nullptr);
  EXPECT_EQ(problem->path, "tenants[0].transactions.templates");
  EXPECT_THAT(problem->reason, HasSubstr("templates/a.json: "));
  EXPECT_NE(problem->code, ErrorCode::config_value_invalid);
}

TEST_F(OwnDocuments, AFolderThatIsNotThereStopsTheStart) {
  folder_.write("templates/x.txt", "");
  const auto settings = read();
  const auto* problem = std::get_if<ConfigProblem>(&settings);
  ASSERT_NE(problem, nullptr);
  EXPECT_EQ(problem->path, "tenants[0].transactions.locales");
}

}  // namespace
}  // namespace countersign::testing
