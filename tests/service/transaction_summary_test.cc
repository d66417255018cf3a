#include "service/transaction_summary.h"

#include <gtest/gtest.h>

#include "tests/transaction/own_templates.h"
#include "transaction/render.h"

namespace countersign::testing {
namespace {

Transaction summarized(const Template& source, const nlohmann::json& intent,
                       const std::string& locale = "en-GB") {
  Transaction transaction;
  const CanonicalValue frozen = intent_from(source, intent).value();
  summarize(source, frozen, render_view(source, pack_of(locale), frozen).value(), transaction);
  return transaction;
}
Transaction summarized(const nlohmann::json& intent, const std::string& locale = "en-GB") {
  const std::string type = intent["type"];
  return summarized(template_of(type.substr(0, type.find('/'))), intent, locale);
}
nlohmann::json rows_of(const Transaction& transaction) {
  return nlohmann::json::parse(transaction.summary)["rows"];
}

TEST(Summarize, ShowsTheFirstRowsAsTheCustomerSawThem) {
  const Transaction transaction = summarized(transfer_intent(), "de-DE");
  EXPECT_EQ(
      rows_of(transaction),
      nlohmann::json::array({nlohmann::json::array({1, "Betrag", "1.234,56\u00a0EUR", "ltr"}),
                             nlohmann::json::array({1, "Empfänger", "Muster Handels GmbH", "auto"}),
                             nlohmann::json::array({1, "Konto des Empfängers",
                                                    "DE89 3704 0044 0532 0130 00", "ltr"})}))
      << transaction.summary;
  EXPECT_EQ(nlohmann::json::parse(transaction.summary)["omitted"], 0);
  EXPECT_FALSE(transaction.title.empty());
}

TEST(Summarize, FindsAmountPayeeAndAccountByTheirRoles) {
  const TransactionKeys keys = summarized(transfer_intent()).keys;
  EXPECT_EQ(keys.amount, 123456);
  EXPECT_EQ(keys.currency, "EUR");
  EXPECT_EQ(keys.payee, payee_key_of("muster handels gmbh"));
  EXPECT_EQ(keys.payee_account, "iban:DE89370400440532013000") << "and not the customer's own";
  const TransactionKeys access = summarized({{"type", "account.access/1"},
                                             {"fields",
                                              {{"provider", "Budget App"},
                                               {"account", iban_json()},
                                               {"scope", "balances"},
                                               {"until", "2027-01-01"}}}})
                                     .keys;
  EXPECT_EQ(access.payee, payee_key_of("Budget App"));
  EXPECT_FALSE(access.payee_account || access.amount || access.currency);
}

TEST(Summarize, HasNoSearchForWhatIsSeveral) {
  const TransactionKeys keys = summarized(batch_intent()).keys;
  EXPECT_FALSE(keys.amount || keys.currency || keys.payee || keys.payee_account);
  nlohmann::json one = batch_intent();
  one["fields"]["payees"].erase(2);
  one["fields"]["payees"].erase(1);
  one["fields"]["count"] = 1;
  one["fields"]["total"] = nlohmann::json::array({amount_json("1.00")});
  const TransactionKeys alone = summarized(one).keys;
  EXPECT_EQ(alone.amount, 100);
  EXPECT_EQ(alone.payee, payee_key_of("Alice"));
  EXPECT_EQ(alone.payee_account, "iban:DE89370400440532013000");
}

// As the policy weighs it.
TEST(Summarize, TakesAllAmountsTogether) {
  const Template source =
      parse_template(with_another_amount("payment.credit-transfer", "fee", 0).dump(),
                     OpenSslHasher())
          .value();
  nlohmann::json intent = transfer_intent();
  intent["type"] = source.type;
  intent["fields"]["fee"] = amount_json("1.00");
  EXPECT_EQ(summarized(source, intent).keys.amount, 123556);
  intent["fields"]["fee"] = amount_json("1.00", "USD");
  EXPECT_FALSE(summarized(source, intent).keys.amount);
}

TEST(Summarize, IsBounded) {
  nlohmann::json intent = batch_intent();
  const nlohmann::json line = intent["fields"]["payees"][0];
  intent["fields"]["payees"] = nlohmann::json::array();
  constexpr int kLines = 500;
  for (int i = 0; i < kLines; ++i) {
    intent["fields"]["payees"].push_back(line);
  }
  intent["fields"]["count"] = kLines;
  intent["fields"]["total"] = nlohmann::json::array({amount_json("500.00")});
  const Transaction many = summarized(intent);
  EXPECT_EQ(rows_of(many).size(), kMaxSummaryRows);
  const auto omitted = nlohmann::json::parse(many.summary)["omitted"].get<std::size_t>();
  EXPECT_GT(omitted, static_cast<std::size_t>(kLines) * 3 - kMaxSummaryRows);
}

// Whatever a bank's own template shows at level 1.
TEST(Summarize, IsBoundedInOctetsToo) {
  const Template source = template_of("payment.credit-transfer");
  View view;
  view.rows.assign(kMaxSummaryRows, {1, "Note", std::string(1000, 'n'), Direction::automatic});
  Transaction transaction;
  summarize(source, intent_from(source, transfer_intent()).value(), view, transaction);
  EXPECT_EQ(rows_of(transaction).size(), 4U);
  EXPECT_EQ(nlohmann::json::parse(transaction.summary)["omitted"], kMaxSummaryRows - 4);
  EXPECT_LT(transaction.summary.size(), kMaxSummaryBytes + 512);
  // What follows is not shown in its place.
  view.rows.back().value = "short";
  summarize(source, intent_from(source, transfer_intent()).value(), view, transaction);
  EXPECT_EQ(rows_of(transaction).size(), 4U);
}

TEST(ParseAccountKey, ReadsAccountsAsTheyArePrinted) {
  EXPECT_EQ(parse_account_key("DE89 3704 0044 0532 0130 00").value(),
            "iban:DE89370400440532013000");
  EXPECT_EQ(parse_account_key("iban:DE89370400440532013000").value(),
            "iban:DE89370400440532013000");
  EXPECT_EQ(parse_account_key("bban:12:3").value(), "bban:12:3") << "the first colon counts";
  for (const char* text : {"", ":", "bban:", ":1", "DE00", "BBAN:1", "iban:DE00"}) {
    EXPECT_FALSE(parse_account_key(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace countersign::testing
