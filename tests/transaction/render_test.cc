#include "transaction/render.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "tests/transaction/documents.h"

namespace countersign {
namespace {

using nlohmann::json;
using testing::intent_from;
using testing::pack_of;
using testing::refusal_of;
using testing::template_of;
using testing::transfer_intent;

View transfer_view(const std::string& locale) {
  const Template source = template_of("payment.credit-transfer");
  return render_view(source, pack_of(locale), intent_from(source, transfer_intent()).value())
      .value();
}

#define NBSP "\xc2\xa0"

TEST(RenderView, ShowsATransferAsTheVectorsDo) {
  const View view = transfer_view("de-DE");
  EXPECT_EQ(view.title, "Überweisung freigeben");
  EXPECT_EQ(view.affirm, "Freigeben");
  EXPECT_EQ(view.deny, "Ablehnen");
  const std::vector<ViewRow> rows = {
      {1, "Betrag", "1.234,56" NBSP "EUR", Direction::ltr},
      {1, "Empfänger", "Muster Handels GmbH", Direction::automatic},
      {1, "Konto des Empfängers", "DE89 3704 0044 0532 0130 00", Direction::ltr},
      {2, "Von Konto", "DE75 5121 0800 1245 1261 99", Direction::ltr},
      {2, "Ausführung", "23. November 2026", Direction::automatic},
      {2, "Verwendungszweck", "RF18539007547034", Direction::automatic}};
  EXPECT_EQ(view.rows, rows);
}

TEST(RenderView, IsTheViewOfItsLocaleAndOfNoOther) {
  EXPECT_EQ(transfer_view("en-US").rows[0].value, "1,234.56" NBSP "EUR");
  EXPECT_EQ(transfer_view("ar").rows[0].label, "المبلغ");
  json document = testing::transfer_json();
  document["locales"].erase("ar");
  const Template source = parse_template(document.dump(), OpenSslHasher()).value();
  EXPECT_EQ(refusal_of(
                render_view(source, pack_of("ar"), intent_from(source, transfer_intent()).value())),
            "locale_not_declared");
}

TEST(RenderView, ShowsEveryPayeeOfABatch) {
  const Template source = template_of("payment.batch");
  const View view =
      render_view(source, pack_of("en-GB"), intent_from(source, testing::batch_intent()).value())
          .value();
  std::vector<std::string> shown;
  for (const ViewRow& row : view.rows) {
    shown.push_back(row.label + "=" + row.value);
  }
  const std::vector<std::string> expected = {"Total=3.00" NBSP "EUR",
                                             "Total=7" NBSP "JPY",
                                             "Number of payments=3",
                                             "Payee 1=Alice",
                                             "Payee’s account 1=DE89 3704 0044 0532 0130 00",
                                             "Amount 1=1.00" NBSP "EUR",
                                             "Payee 2=Bob",
                                             "Payee’s account 2=DE89 3704 0044 0532 0130 00",
                                             "Amount 2=7" NBSP "JPY",
                                             "Payee 3=Carol",
                                             "Payee’s account 3=DE89 3704 0044 0532 0130 00",
                                             "Amount 3=2.00" NBSP "EUR",
                                             "From account=DE75 5121 0800 1245 1261 99",
                                             "Date=23 November 2026"};
  EXPECT_EQ(shown, expected);
}

TEST(RenderView, SaysWordsOfTheLocaleForValues) {
  const Template source = template_of("limit.change");
  const json intent = {{"type", "limit.change/1"},
                       {"fields",
                        {{"limit", testing::amount_json("0.00")},
                         {"period", "per-day"},
                         {"account", {{"scheme", "uk.sort-code"}, {"id", "200000/1"}}}}}};
  const View view =
      render_view(source, pack_of("fr-FR"), intent_from(source, intent).value()).value();
  ASSERT_EQ(view.rows.size(), 3U);
  EXPECT_EQ(view.rows[0].value, "0,00" NBSP "EUR");
  EXPECT_EQ(view.rows[1].value, "par jour");
  EXPECT_EQ(view.rows[2].value, "200000/1 (uk.sort-code)");
}

TEST(RenderView, FailsIfTheIntentIsNotTheTemplates) {
  const Template transfer = template_of("payment.credit-transfer");
  const Template batch = template_of("payment.batch");
  const CanonicalValue intent = intent_from(transfer, transfer_intent()).value();
  EXPECT_EQ(refusal_of(render_view(batch, pack_of("en-GB"), intent)), "intent_type_mismatch");
  EXPECT_EQ(refusal_of(render_view(transfer, pack_of("en-GB"), CanonicalValue::make_null())),
            "intent_malformed");
}

// Different intents that are shown alike would be approved for one another.
TEST(RenderView, DifferentIntentsHaveDifferentViews) {
  const Template source = template_of("payment.credit-transfer");
  const View base = transfer_view("en-GB");
  const std::pair<const char*, json> changes[] = {
      {"amount", testing::amount_json("1234.57")},
      {"amount", testing::amount_json("12345.60")},
      {"amount", testing::amount_json("1234.56", "CHF")},
      {"creditor", "Muster Handels GmbH."},
      {"creditorAccount", testing::iban_json("DE75512108001245126199")},
      {"creditorAccount", {{"scheme", "x"}, {"id", "89370400440532013000"}}},
      {"executionDate", "2026-12-23"},
      {"reference", "RF18539007547035"}};
  for (const auto& [name, value] : changes) {
    json intent = transfer_intent();
    intent["fields"][name] = value;
    EXPECT_NE(render_view(source, pack_of("en-GB"), intent_from(source, intent).value()).value(),
              base)
        << name;
  }
}

// What one target can render the other can, too, whatever memory it has.
TEST(RenderView, FailsIfTheViewIsTooLarge) {
  const Template source = template_of("payment.batch");
  json intent = testing::batch_intent();
  const auto verdict = [&](const std::string& creditor) {
    json line = intent["fields"]["payees"][0];
    line["creditor"] = creditor;
    intent["fields"]["payees"] = json::array();
    for (int i = 0; i < 5000; ++i) {
      intent["fields"]["payees"].push_back(line);
    }
    intent["fields"]["count"] = 5000;
    intent["fields"]["total"] = json::array({testing::amount_json("5000.00")});
    JsonOptions options;
    options.max_bytes = limits::kMaxTransactionCaseBytes;
    options.max_nodes = limits::kMaxTransactionNodes;
    const CanonicalValue frozen =
        make_intent(source, parse_json(intent.dump(), options).value()).value();
    return refusal_of(render_view(source, pack_of("en-GB"), frozen));
  };
  EXPECT_EQ(verdict(std::string(140, 'a')), "accepted");
  EXPECT_EQ(verdict(std::string(139, '"') + "a"), "text_length_wrong");
}

TEST(RenderView, EveryShippedTemplateHasEveryLocale) {
  const json transfer = transfer_intent();
  for (const std::string_view pack : shipped_locale_packs()) {
    const std::string id = json::parse(pack)["id"];
    const View view = transfer_view(id);
    EXPECT_EQ(view.rows.size(), 6U);
    EXPECT_TRUE(make_view(encode_view(view)).has_value());
  }
}

}  // namespace
}  // namespace countersign
