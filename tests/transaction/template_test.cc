#include "transaction/template.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/transaction/documents.h"
#include "transaction/bound.h"

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

TEST(ShippedTemplates, AreNineAndPassLintInThirteenLocales) {
  std::set<std::string> types;
  for (const std::string_view text : shipped_templates()) {
    const Template source = parse_template(text, OpenSslHasher()).value();
    EXPECT_EQ(source.texts.size(), 13U) << source.type;
    types.insert(source.type);
  }
  EXPECT_EQ(types, (std::set<std::string>{"payment.credit-transfer/1", "payment.batch/1",
                                          "payment.standing-order/1", "payment.card/1",
                                          "beneficiary.add/1", "limit.change/1", "credential.add/1",
                                          "account.access/1", "policy.publish/1"}));
}

TEST(ParseTemplate, DigestDependsOnTheContentNotOnItsSpelling) {
  const Digest256 digest = template_of("payment.credit-transfer").digest;
  EXPECT_EQ(parse_template(transfer_json().dump(3), OpenSslHasher()).value().digest, digest);
  json other = transfer_json();
  other["locales"]["en-GB"]["title"] = "Approve the credit transfer";
  EXPECT_NE(parse_template(other.dump(), OpenSslHasher()).value().digest, digest);
}

// Applications pin them, and the modules' packages bring them along.
TEST(ShippedDocuments, HaveTheDigestsThatAreWrittenDown) {
  std::ifstream file(std::string(COUNTERSIGN_SOURCE_DIR) + "/core/transaction/digests.json");
  json digests = {{"templates", json::object()}, {"locales", json::object()}};
  for (const std::string_view text : shipped_templates()) {
    const Template source = parse_template(text, OpenSslHasher()).value();
    digests["templates"][source.type] = encode_hex(source.digest);
  }
  for (const std::string_view text : shipped_locale_packs()) {
    const LocalePack pack = parse_locale_pack(text, OpenSslHasher()).value();
    digests["locales"][pack.id] = encode_hex(pack.digest);
  }
  EXPECT_EQ(json::parse(file), digests) << digests.dump(2);
}

std::string pinned_verdict(const json& document, const Digest256& pinned) {
  return refusal_of(parse_pinned_template(document.dump(), pinned, OpenSslHasher()));
}

// It is not linted: nothing but the digest says what it is.
TEST(ParsePinnedTemplate, TakesTheDocumentOfTheDigestAndNoOther) {
  const OpenSslHasher hasher;
  const json good = transfer_json();
  const Digest256 digest = template_of("payment.credit-transfer").digest;
  const Template pinned = parse_pinned_template(good.dump(), digest, hasher).value();
  EXPECT_EQ(pinned.digest, digest);
  EXPECT_EQ(pinned.type, "payment.credit-transfer/1");
  EXPECT_EQ(pinned.texts.size(), 13U);
  EXPECT_EQ(pinned_verdict(good, Digest256{}), "transaction_type_unknown");
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Digest256 other = digest;
    other[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_EQ(pinned_verdict(good, other), "transaction_type_unknown") << bit;
  }
  json changed = good;
  changed["locales"]["en-GB"]["title"] = "Confirm";
  EXPECT_EQ(pinned_verdict(changed, digest), "transaction_type_unknown");
  changed = good;
  changed["version"] = 2;
  EXPECT_EQ(pinned_verdict(changed, digest), "transaction_type_unknown");
  EXPECT_EQ(refusal_of(parse_pinned_template("{", digest, hasher)), "json_syntax");
}

// What lint refuses is taken by its digest; what is no template is not.
TEST(ParsePinnedTemplate, ReadsItsShapeAll) {
  json hidden = transfer_json();
  field_in(hidden, "creditor").erase("display");
  EXPECT_EQ(verdict(hidden), "template_field_hidden");
  const auto digest_of = [](const json& document) {
    return bound_digest(OpenSslHasher(), "countersign/1/template",
                        canonical_of(parse_json(document.dump()).value()).value())
        .value();
  };
  EXPECT_EQ(pinned_verdict(hidden, digest_of(hidden)), "accepted");
  for (const json& document : {json::object(), json("x"), json{{"schema", "x"}}}) {
    EXPECT_EQ(pinned_verdict(document, digest_of(document)), "template_malformed");
  }
  json unknown = transfer_json();
  unknown["extra"] = 1;
  EXPECT_EQ(pinned_verdict(unknown, digest_of(unknown)), "template_malformed");
}

// One that nobody linted may name fields that no intent has.
TEST(ParsePinnedTemplate, ChecksOfIntentsDoNotCountOnLint) {
  json batch = testing::shipped_json(shipped_templates(), "payment.batch");
  for (const char* member : {"lines", "amount", "count", "total"}) {
    for (const char* field : {"nothing", "executionDate", "payees"}) {
      json changed = batch;
      changed["batch"][member] = field;
      const CanonicalValue document = canonical_of(parse_json(changed.dump()).value()).value();
      const Digest256 digest =
          bound_digest(OpenSslHasher(), "countersign/1/template", document).value();
      const Template source =
          parse_pinned_template(changed.dump(), digest, OpenSslHasher()).value();
      const bool is_unchanged = changed["batch"] == batch["batch"];
      EXPECT_EQ(testing::intent_from(source, testing::batch_intent()).has_value(), is_unchanged)
          << member << " " << field;
    }
  }
}

// Not bounded, a template of 1,000 values kept lint busy for seconds.
TEST(ParseTemplate, BoundsWhatLintCompares) {
  json order = testing::shipped_json(shipped_templates(), "payment.standing-order");
  json& frequency = field_in(order, "frequency");
  const auto add = [&](std::size_t count) {
    while (frequency["values"].size() < count) {
      const std::string value = "v" + std::to_string(frequency["values"].size());
      frequency["values"].push_back(value);
      for (auto& [locale, texts] : order["locales"].items()) {
        texts["values"]["frequency"][value] = "every " + value;
      }
    }
  };
  add(64);
  EXPECT_EQ(verdict(order), "accepted");
  add(65);
  EXPECT_EQ(verdict(order), "template_malformed");

  json labels = transfer_json();
  for (int i = 0; i < 65; ++i) {
    labels["locales"]["en-GB"]["labels"]["l" + std::to_string(i)] = "x";
  }
  EXPECT_EQ(verdict(labels), "template_malformed");

  json fields = transfer_json();
  const json note = field_in(fields, "executionDate");
  json list = {{"name", "l"}, {"type", "list"}, {"max", 2}, {"fields", json::array()}};
  for (int i = 0; i < 60; ++i) {
    json more = note;
    more["name"] = "n" + std::to_string(i);
    list["fields"].push_back(more);
  }
  fields["fields"].push_back(list);
  EXPECT_EQ(verdict(fields), "template_malformed");
}

TEST(MakeTemplate, BoundsTheBytesOfWhatWasNotJson) {
  json large = transfer_json();
  large["locales"]["en-GB"]["labels"]["amount"] = std::string(262144, 'a');
  const JsonOptions options{.max_bytes = 1048576};
  const CanonicalValue document = canonical_of(parse_json(large.dump(), options).value()).value();
  EXPECT_EQ(refusal_of(make_template(document, OpenSslHasher())), "template_malformed");
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
      {"template_text_missing",
       [](json& t) { t["locales"]["en-US"]["affirm"] = t["locales"]["en-GB"]["deny"]; }},
      {"template_text_missing",
       [](json& t) { std::swap(t["locales"]["en-US"]["affirm"], t["locales"]["en-US"]["deny"]); }},
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
      {"template_malformed", [](json& t) { t["id"] = "payment.Credit-transfer"; }},
      {"cbor_unsupported", [](json& t) { t["version"] = 1.5; }},
      // A hidden field that may be absent: two intents, one view.
      {"template_condition_unsafe",
       [](json& t) {
         field_in(t, "executionDate").erase("display");
         field_in(t, "executionDate")["hidden"] = {{"constant", "2026-11-23"}};
         field_in(t, "executionDate")["optional"] = true;
       }},
      {"template_condition_unsafe",
       [](json& t) {
         t["fields"].push_back({{"name", "again"},
                                {"type", "date"},
                                {"optional", true},
                                {"hidden", {{"mustMatch", "executionDate"}}}});
       }},
      // Who is paid, and from where.
      {"template_level_too_low", [](json& t) { field_in(t, "creditorAccount")["role"] = "own"; }},
      {"template_level_too_low",
       [](json& t) {
         t["fields"].erase(1);  // the account alone
       }},
      {"template_field_hidden",
       [](json& t) {
         field_in(t, "debtorAccount").erase("display");
         field_in(t, "debtorAccount")["hidden"] = {
             {"constant", {{"id", "DE89370400440532013000"}, {"scheme", "iban"}}}};
       }},
      // Whatever it is called.
      {"template_malformed",
       [](json& t) {
         t["id"] = "pay";
         field_in(t, "amount")["zero"] = true;
       }},
      {"template_level_too_low",
       [](json& t) {
         t["id"] = "pay";
         field_in(t, "creditorAccount")["role"] = "own";
       }},
      {"template_malformed",
       [](json& t) {
         json line = field_in(t, "amount");
         line["display"]["label"] = "reference";
         t["fields"].insert(t["fields"].begin() + 3,
                            {{"name", "more"}, {"type", "list"}, {"max", 3}, {"fields", {line}}});
       }},
      // The order.
      {"template_level_too_low",
       [](json& t) { std::rotate(t["fields"].begin(), t["fields"].end() - 1, t["fields"].end()); }},
      {"template_level_too_low",
       [](json& t) { field_in(t, "debtorAccount")["display"]["level"] = 3; }},
      // What reads alike, or as a value.
      {"template_text_missing",
       [](json& t) { t["locales"]["en-GB"]["labels"]["creditor"] = "AMOUNT"; }},
      {"template_text_missing",
       [](json& t) { t["locales"]["en-GB"]["labels"]["creditor"] = "\u0410mount"; }},
      {"template_text_missing", [](json& t) { t["locales"]["en-GB"]["deny"] = "APPROVE"; }},
      {"template_text_missing",
       [](json& t) { field_in(t, "debtorAccount")["display"]["label"] = "creditorAccount"; }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["labels"]["creditor"] = "Payee 2"; }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["labels"]["creditor"] = "Payee: Bob"; }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["labels"]["creditor"] = "Payee\ua789 Bob"; }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["affirm"] = "OK] [Decline"; }},
      {"text_character_forbidden", [](json& t) { t["locales"]["en-GB"]["deny"] = "Pay \u0661"; }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["title"] = "Approve \u2705"; }},
      {"text_length_wrong", [](json& t) { t["locales"]["en-GB"]["title"] = "- - -"; }},
      {"text_length_wrong", [](json& t) { t["locales"]["en-GB"]["labels"]["amount"] = "\u2014"; }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["labels"]["unused"] = "\u202e"; }},
      {"text_character_forbidden",
       [](json& t) {
         t["locales"]["en-GB"]["values"] = {{"unused", {{"x", "1 EUR"}}}};
       }},
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
      // An amount in a line that the total does not have.
      {"template_malformed",
       [](json& t) {
         json fee = field_in(t, "payees")["fields"][2];
         fee["name"] = "fee";
         json& line = field_in(t, "payees")["fields"];
         line.insert(line.begin() + 3, fee);
       }},
      {"template_level_too_low",
       [](json& t) { field_in(t, "payees")["fields"].erase(1); }},  // the payee's account
      {"template_level_too_low",
       [](json& t) {
         std::rotate(t["fields"].begin(), t["fields"].begin() + 1, t["fields"].begin() + 3);
       }},
      {"template_text_missing",
       [](json& t) { t["locales"]["en-GB"]["labels"]["amount"] = "TOTAL"; }},
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
      {"template_text_missing",
       [](json& t) { t["locales"]["en-GB"]["values"]["frequency"]["weekly"] = "EVERY MONTH"; }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["values"]["frequency"]["weekly"] = "1.00 EUR a week"; }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["values"]["frequency"]["weekly"] = "USD 5 a week"; }},
      {"text_character_forbidden",
       [](json& t) { t["locales"]["en-GB"]["values"]["frequency"]["weekly"] = "\u20ac5 a week"; }},
  };
  for (const BadTemplate& row : bad) {
    json document = order;
    row.spoil(document);
    EXPECT_EQ(verdict(document), row.code) << &row - bad;
  }
}

}  // namespace
}  // namespace countersign
