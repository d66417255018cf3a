#include "transaction/template.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/transaction/documents.h"

namespace countersign {
namespace {

using nlohmann::json;
using testing::refusal_of;
using testing::template_of;
using testing::transfer_json;

std::string verdict(const json& document) {
  return refusal_of(parse_template(document.dump(), OpenSslHasher()));
}

json& field_in(json& document, const std::string& name) {
  for (json& field : document["fields"]) {
    if (field["name"] == name) {
      return field;
    }
  }
  ADD_FAILURE() << name;
  return document;
}

TEST(ShippedTemplates, AreEightAndPassLintInThirteenLocales) {
  std::set<std::string> types;
  for (const std::string_view text : shipped_templates()) {
    const Template source = parse_template(text, OpenSslHasher()).value();
    EXPECT_EQ(source.texts.size(), 13U) << source.type;
    types.insert(source.type);
  }
  EXPECT_EQ(types, (std::set<std::string>{"payment.credit-transfer/1", "payment.batch/1",
                                          "payment.standing-order/1", "payment.card/1",
                                          "beneficiary.add/1", "limit.change/1", "credential.add/1",
                                          "account.access/1"}));
}

TEST(ParseTemplate, DigestDependsOnTheContentNotOnItsSpelling) {
  const Digest256 digest = template_of("payment.credit-transfer").digest;
  EXPECT_EQ(parse_template(transfer_json().dump(3), OpenSslHasher()).value().digest, digest);
  json other = transfer_json();
  other["locales"]["en-GB"]["title"] = "Approve the credit transfer";
  EXPECT_NE(parse_template(other.dump(), OpenSslHasher()).value().digest, digest);
}

struct BadTemplate {
  const char* code;
  void (*spoil)(json&);
};

TEST(LintTemplate, RefusesWhatCouldMislead) {
  ASSERT_EQ(verdict(transfer_json()), "accepted");
  const BadTemplate bad[] = {
      // Neither shown nor constrained.
      {"template_field_hidden", [](json& t) { field_in(t, "reference").erase("display"); }},
      {"template_field_hidden",
       [](json& t) {
         field_in(t, "executionDate").erase("display");
         field_in(t, "executionDate")["hidden"] = {{"mustMatch", "executionDate"}};
       }},
      {"template_field_hidden",
       [](json& t) {
         field_in(t, "executionDate").erase("display");
         field_in(t, "executionDate")["hidden"] = {{"mustMatch", "reference"}};
       }},
      // Level 1.
      {"template_level_too_low", [](json& t) { field_in(t, "amount")["display"]["level"] = 2; }},
      {"template_level_too_low", [](json& t) { field_in(t, "creditor")["display"]["level"] = 3; }},
      {"template_level_too_low",
       [](json& t) { field_in(t, "creditorAccount")["display"]["level"] = 2; }},
      {"template_level_too_low",
       [](json& t) {
         field_in(t, "amount").erase("display");
         field_in(t, "amount")["hidden"] = {
             {"constant", {{"currency", "EUR"}, {"exponent", 2}, {"minor", 1}}}};
       }},
      {"template_level_too_low", [](json& t) { t["fields"].erase(0); }},  // no amount at all
      {"template_level_too_low",
       [](json& t) {
         field_in(t, "creditor")["role"] = "own";
         field_in(t, "creditorAccount")["role"] = "own";
       }},
      // Conditions.
      {"template_condition_unsafe", [](json& t) { field_in(t, "amount")["optional"] = true; }},
      {"template_condition_unsafe", [](json& t) { field_in(t, "creditor")["optional"] = true; }},
      {"template_condition_unsafe",
       [](json& t) {
         field_in(t, "amount")["when"] = {{"field", "reference"}, {"equals", "x"}};
       }},
      {"template_condition_unsafe",
       [](json& t) {
         field_in(t, "executionDate")["when"] = {{"field", "reference"}, {"equals", "x"}};
       }},
      // Formatters.
      {"template_formatter_lossy",
       [](json& t) { field_in(t, "amount")["display"]["format"] = "rounded"; }},
      {"template_formatter_lossy",
       [](json& t) { field_in(t, "amount")["display"]["format"] = "integer"; }},
      {"template_formatter_lossy",
       [](json& t) { field_in(t, "creditorAccount")["display"]["format"] = "last4"; }},
      // Texts.
      {"template_text_missing",
       [](json& t) { t["locales"]["fr-FR"]["labels"].erase("creditorAccount"); }},
      {"template_text_missing", [](json& t) { t["locales"]["ar"].erase("title"); }},
      {"template_text_missing", [](json& t) { t["locales"]["ar"]["deny"] = ""; }},
      {"template_text_missing",
       [](json& t) { t["locales"]["de-DE"]["deny"] = t["locales"]["de-DE"]["affirm"]; }},
      {"template_text_too_long",
       [](json& t) { t["locales"]["en-GB"]["title"] = std::string(51, 'a'); }},
      {"template_text_too_long",
       [](json& t) { t["locales"]["en-GB"]["affirm"] = std::string(31, 'a'); }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["labels"]["amount"] = "Amount\xe2\x80\xae"; }},
      {"text_space_misplaced", [](json& t) { t["locales"]["en-GB"]["title"] = "Approve  this"; }},
      // Shape.
      {"template_malformed", [](json& t) { t["schema"] = "countersign-template/2"; }},
      {"template_malformed", [](json& t) { t["more"] = 1; }},
      {"template_malformed", [](json& t) { t["version"] = 0; }},
      {"template_malformed", [](json& t) { t["locales"] = json::object(); }},
      {"template_malformed", [](json& t) { t["fields"] = json::array(); }},
      {"template_malformed", [](json& t) { t["fields"].push_back(t["fields"][0]); }},
      {"template_malformed", [](json& t) { field_in(t, "amount")["type"] = "money"; }},
      {"template_malformed", [](json& t) { field_in(t, "amount")["more"] = 1; }},
      {"template_malformed", [](json& t) { field_in(t, "amount")["zero"] = true; }},
      {"template_malformed", [](json& t) { field_in(t, "amount")["display"]["level"] = 0; }},
      {"template_malformed", [](json& t) { field_in(t, "creditor").erase("role"); }},
      {"template_malformed", [](json& t) { field_in(t, "creditorAccount").erase("role"); }},
      {"template_malformed", [](json& t) { field_in(t, "reference").erase("maxGraphemes"); }},
      {"template_malformed",
       [](json& t) {
         field_in(t, "amount")["hidden"] = {{"constant", 1}};
       }},
      {"template_malformed",
       [](json& t) {
         t["batch"] = {{"lines", "a"}, {"amount", "b"}, {"count", "c"}, {"total", "d"}};
       }},
      {"cbor_unsupported", [](json& t) { t["version"] = 1.5; }},
  };
  for (const BadTemplate& row : bad) {
    json document = transfer_json();
    row.spoil(document);
    EXPECT_EQ(verdict(document), row.code) << &row - bad;
  }
}

TEST(LintTemplate, RefusesWhatCouldMisleadInABatch) {
  const json batch = testing::shipped_json(shipped_templates(), "payment.batch");
  ASSERT_EQ(verdict(batch), "accepted");
  const BadTemplate bad[] = {
      {"template_level_too_low",
       [](json& t) { field_in(t, "payees")["fields"][0]["display"]["level"] = 3; }},
      {"template_condition_unsafe", [](json& t) { field_in(t, "payees")["optional"] = true; }},
      {"template_malformed", [](json& t) { t.erase("batch"); }},
      {"template_malformed", [](json& t) { t["batch"]["total"] = "count"; }},
      {"template_malformed", [](json& t) { t["batch"]["amount"] = "creditor"; }},
      {"template_malformed", [](json& t) { field_in(t, "payees")["max"] = 5001; }},
  };
  for (const BadTemplate& row : bad) {
    json document = batch;
    row.spoil(document);
    EXPECT_EQ(verdict(document), row.code) << &row - bad;
  }
}

TEST(LintTemplate, RefusesConditionsThatAskWhatMayBeAbsent) {
  const json order = testing::shipped_json(shipped_templates(), "payment.standing-order");
  ASSERT_EQ(verdict(order), "accepted");
  const BadTemplate bad[] = {
      {"template_malformed",
       [](json& t) { field_in(t, "lastDate")["when"]["equals"] = "sometimes"; }},
      {"template_condition_unsafe",
       [](json& t) { field_in(t, "lastDate")["when"]["field"] = "lastDate"; }},
      {"template_condition_unsafe", [](json& t) { field_in(t, "end")["optional"] = true; }},
      {"template_text_missing",
       [](json& t) { t["locales"]["ja-JP"]["values"]["frequency"].erase("weekly"); }},
      {"template_text_missing",
       [](json& t) {
         t["locales"]["ja-JP"]["values"]["frequency"]["weekly"] =
             t["locales"]["ja-JP"]["values"]["frequency"]["monthly"];
       }},
      {"template_malformed",
       [](json& t) { field_in(t, "frequency")["values"].push_back("weekly"); }},
  };
  for (const BadTemplate& row : bad) {
    json document = order;
    row.spoil(document);
    EXPECT_EQ(verdict(document), row.code) << &row - bad;
  }
}

}  // namespace
}  // namespace countersign
