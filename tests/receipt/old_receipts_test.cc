// What was signed years ago, and what this program would not make today.

#include <nlohmann/json.hpp>

#include "service/receipt_case.h"
#include "service/receipt_page.h"
#include "tests/receipt/verifying.h"
#include "transaction/amount.h"

namespace countersign::testing {
namespace {

using Value = CanonicalValue;

// --- Written by an earlier version of the program: what it decided otherwise is no forgery.

constexpr std::int64_t kLaterVersion = kDecisionVersion + 1;

// The recorded decision of rules that weighed the amount differently.
ApprovalOptions decided_otherwise() {
  ApprovalOptions options;
  options.weighed = 100000;
  return options;
}

TEST(VerifyReceipt, SaysThatADecisionOfAnEarlierVersionIsNotJudged) {
  EXPECT_EQ(failures_of(decided_otherwise()), "1 policy: receipt_policy_mismatch");
  const std::string file = encode_receipt(make_receipt({make_record(decided_otherwise())}));
  const ReceiptReport report = verify(file, trust_of(), kLaterVersion);
  EXPECT_EQ(failures(report), "1 policy: unknown");
  EXPECT_EQ(report.verdict(), ReceiptVerdict::undecided);
  EXPECT_TRUE(report.is_complete());
  EXPECT_NE(report.sentence().find(
                " Whether the bank's policy let it pass, this version of the program cannot say."),
            std::string::npos);
  EXPECT_EQ(sentence_of(report, ReceiptStepId::policy),
            "The bank's policy is the one of the approval. What it decided was decided by version "
            "1 of the rules of evaluation, which this program does not have and cannot judge.");
  EXPECT_NE(receipt_page(report).find("<div class=\"verdict undecided\"><strong>The policy's"),
            std::string::npos);
  EXPECT_NE(receipt_report_json(report).find(R"("verdict":"undecided","isComplete":true)"),
            std::string::npos);
  // Without the log's key it is as before.
  EXPECT_EQ(verify(file, {}, kLaterVersion).verdict(), ReceiptVerdict::unanchored);
  // Where both come to the same nothing is open.
  EXPECT_EQ(failures_of(ApprovalOptions(), kLaterVersion), "verified");
}

// Whoever makes a record up could name rules that nobody has.
TEST(VerifyReceipt, FailsIfADecisionIsOfALaterVersionThanTheProgram) {
  ApprovalOptions options;
  options.evaluation = kLaterVersion;
  const ReceiptReport report = verify(encode_receipt(make_receipt({make_record(options)})));
  EXPECT_EQ(failures(report), "1 policy: receipt_policy_mismatch");
  EXPECT_EQ(report.verdict(), ReceiptVerdict::refused);
  EXPECT_NE(sentence_of(report, ReceiptStepId::policy).find("verify the receipt with a later one"),
            std::string::npos);
}

TEST(VerifyReceipt, FailsIfADecisionOfAnEarlierVersionIsNoneOfThePolicy) {
  ApprovalOptions options = decided_otherwise();
  const auto failures_with = [&](std::function<void(ApprovalEvidence&)> edit) {
    options.edit_evidence = std::move(edit);
    return failures_of(options, kLaterVersion);
  };
  const auto if_replaced = [&](std::string_view from, std::string_view to) {
    return failures_with([=](ApprovalEvidence& evidence) {
      std::string& decision = evidence.policy.decision;
      ASSERT_NE(decision.find(from), std::string::npos) << decision;
      decision.replace(decision.find(from), from.size(), to);
    });
  };
  const std::string refused = "1 policy: receipt_policy_mismatch";
  // The document is bound by its digest, whoever evaluates it.
  EXPECT_EQ(failures_with([](ApprovalEvidence& evidence) {
              evidence.policy.document = shipped_policy("corporate");
            }),
            refused);
  EXPECT_EQ(failures_with([](ApprovalEvidence& evidence) { evidence.policy.document = "{"; }),
            refused);
  EXPECT_EQ(if_replaced("\"outcome\":\"require\"", "\"outcome\":\"deny\""), refused);
  EXPECT_EQ(if_replaced("\"policy\":\"", "\"policy\":\"A"), refused);
  EXPECT_EQ(if_replaced("{\"bound\":", "{\"inForce\":"), refused);
  EXPECT_EQ(if_replaced("\"phase\":\"verdict\"", "\"phase\":\"options\""), refused);
  // What it is said to have demanded was given.
  EXPECT_EQ(if_replaced("\"requirements\":{",
                        R"("requirements":{"approvals":{"count":2,"distinctUsers":true},)"),
            refused);
  EXPECT_EQ(if_replaced("\"requirements\":{", R"("requirements":{"displayTier":1,)"),
            "1 policy: unknown, 1 display: receipt_evidence_missing");
  // Members that this program does not know are another version's.
  EXPECT_EQ(if_replaced("\"rules\":", "\"more\":1,\"rules\":"), "1 policy: unknown");
  // What the passkey signed counts as ever.
  EXPECT_EQ(failures_with([](ApprovalEvidence& evidence) {
              evidence.intent.back() ^= 1;
            }).find("1 intent: receipt_intent_mismatch"),
            0U);
}

// Templates, packs, names, currencies and accounts that could be used when they were: what is
// refused today was signed all the same.

std::string own_template(std::string_view from, std::string_view to) {
  std::string text(find_shipped_template("payment.credit-transfer/1"));
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Value& field_of(Value& fields, std::string_view name) {
  return const_cast<Value&>(*fields.find(name));  // NOLINT
}

ApprovalOptions with_field(std::string_view name, std::function<void(Value&)> edit) {
  ApprovalOptions options;
  options.edit_intent = [=](Value& fields) { edit(field_of(fields, name)); };
  return options;
}

ApprovalOptions in_currency(std::string code, std::int64_t exponent) {
  ApprovalOptions options = with_field("amount", [=](Value& amount) {
    field_of(amount, "currency").text = code;
    field_of(amount, "exponent").integer = exponent;
  });
  options.weighed = 1;
  return options;
}

TEST(VerifyReceipt, SucceedsForATemplateThatIsRefusedToday) {
  ApprovalOptions options;
  options.own_template = own_template("\"Betrag\"", "\"Betrag 1\"");
  ASSERT_EQ(parse_template(options.own_template, OpenSslHasher()).error().code,
            ErrorCode::text_character_forbidden);
  EXPECT_EQ(failures_of(options), "verified");
}

TEST(VerifyReceipt, SucceedsForALocalePackThatIsRefusedToday) {
  ApprovalOptions options;
  options.own_pack = std::string(find_shipped_locale_pack("de-DE"));
  options.own_pack.replace(options.own_pack.find("\"Januar\""), 8, "\"10\"");
  ASSERT_FALSE(parse_locale_pack(options.own_pack, OpenSslHasher()));
  EXPECT_EQ(failures_of(options), "verified");
}

TEST(VerifyReceipt, SucceedsForACurrencyThatWasWithdrawn) {
  const std::tuple<const char*, int, const char*> currencies[] = {{"BGN", 2, "1.234,56"},
                                                                  {"HRK", 2, "1.234,56"},
                                                                  {"DEM", 2, "1.234,56"},
                                                                  {"BYR", 0, "123.456"}};
  for (const auto& [code, exponent, shown] : currencies) {
    ASSERT_FALSE(currency_exponent(code)) << code;
    const ReceiptReport report =
        verify(encode_receipt(make_receipt({make_record(in_currency(code, exponent))})));
    EXPECT_EQ(failures(report), "verified") << code;
    EXPECT_EQ(report.approvals[0].view.rows[0].value, std::string(shown) + "\xc2\xa0" + code);
  }
  // A code that never was one, and decimals that it never had.
  for (const auto& [code, exponent] : {std::pair("QQQ", 2), {"XAU", 2}, {"EUR", 0}, {"DEM", 3}}) {
    EXPECT_EQ(failures_of(in_currency(code, exponent)), "1 view: currency_not_usable") << code;
  }
}

TEST(VerifyReceipt, SucceedsForAnAccountThatIsRefusedToday) {
  for (const char* iban : {"ZZ89370400440532013000", "DE8937040044053201300"}) {
    EXPECT_EQ(failures_of(with_field("creditorAccount",
                                     [=](Value& account) { field_of(account, "id").text = iban; })),
              "verified");
  }
  EXPECT_EQ(failures_of(with_field("creditorAccount",
                                   [](Value& account) { field_of(account, "id").text = "DE 89"; })),
            "1 view: account_malformed");
}

TEST(VerifyReceipt, SucceedsForANameThatIsRefusedToday) {
  const std::string two_scripts = "P\xd0\xb0yPal";
  ASSERT_FALSE(check_display_text(two_scripts, TextKind::name));
  EXPECT_EQ(
      failures_of(with_field("creditor", [&](Value& creditor) { creditor.text = two_scripts; })),
      "verified");
  // Longer than the template says, in an edition of Unicode that counts otherwise.
  EXPECT_EQ(failures_of(with_field("creditor",
                                   [](Value& creditor) { creditor.text = std::string(300, 'a'); })),
            "verified");
}

TEST(VerifyReceipt, SucceedsForAMeansOfPaymentThatIsRefusedToday) {
  const auto named = [](const std::string& name) {
    ApprovalOptions options = card_payment();
    for (auto& [member, value] : options.tier.details.members) {
      value.text = member == "instrumentName" ? name : value.text;
    }
    options.payment->instrument_name.replace(0, std::string("Example Bank Gold").size(), name);
    return failures_of(options);
  };
  const std::string long_name(200, 'G');
  EXPECT_EQ(named("Example Bank Gold"), "verified");
  EXPECT_EQ(named(long_name), "verified");
  EXPECT_EQ(named("Gold\u202e"), "1 ceremony: payment_malformed");
}

// What is printed says what it shows, whoever recorded it.
TEST(VerifyReceipt, FailsIfTextHidesSomething) {
  for (const char* text :
       {"A\x1b[2J", "A\nok    B", "A\u202eB", "A\u200bB", "A\u2066B", "A\u2028B", "A\U000e0041B",
        "A\u00adB", "A\u0600B", "A\U000110bdB", "A\U0001d173B"}) {
    EXPECT_EQ(failures_of(with_field("creditor", [=](Value& creditor) { creditor.text = text; })),
              "1 view: view_malformed")
        << text;
  }
  ApprovalOptions options;
  options.own_template = own_template("\"Betrag\"", "\"Betrag\u202e\"");
  EXPECT_EQ(failures_of(options), "1 view: view_malformed");
}

// The one rule of templates that holds for ever: nothing is approved that is not shown.
TEST(VerifyReceipt, FailsIfTheTemplateShowsLessThanIsApproved) {
  ApprovalOptions options;
  nlohmann::json document =
      nlohmann::json::parse(find_shipped_template("payment.credit-transfer/1"));
  for (nlohmann::json& field : document["fields"]) {
    if (field["name"] == "creditor") {
      field.erase("display");
    }
  }
  const std::string hidden = document.dump();
  options.edit_evidence = [&](ApprovalEvidence& evidence) {
    evidence.template_document = make_bound_cbor(canonical_json(hidden)).value();
  };
  EXPECT_EQ(failures_of(options),
            "1 intent: receipt_intent_mismatch, 1 view: template_field_hidden");
}

// Nor where declining was called what approving was.
TEST(VerifyReceipt, FailsIfBothActionsOfTheTemplateAreCalledTheSame) {
  ApprovalOptions options;
  nlohmann::json document =
      nlohmann::json::parse(find_shipped_template("payment.credit-transfer/1"));
  document["locales"]["de-DE"]["deny"] = document["locales"]["de-DE"]["affirm"];
  const std::string same = document.dump();
  options.edit_evidence = [&](ApprovalEvidence& evidence) {
    evidence.template_document = make_bound_cbor(canonical_json(same)).value();
  };
  EXPECT_EQ(failures_of(options),
            "1 intent: receipt_intent_mismatch, 1 view: template_text_missing");
}

// Nor is an amount or a payee held to a constant that nobody sees, or at a level that may be cut.
TEST(VerifyReceipt, FailsIfTheTemplateHidesWhatIsPaid) {
  const auto refusal = [](const std::function<void(nlohmann::json & fields)>& edit) {
    nlohmann::json document =
        nlohmann::json::parse(find_shipped_template("payment.credit-transfer/1"));
    edit(document["fields"]);
    const Result<Template> made =
        make_recorded_template(canonical_json(document.dump()), OpenSslHasher());
    return made ? ErrorCode{0} : made.error().code;
  };
  EXPECT_EQ(refusal([](nlohmann::json&) {}), ErrorCode{0});
  for (const char* name : {"amount", "creditor", "creditorAccount"}) {
    EXPECT_EQ(refusal([&](nlohmann::json& fields) {
                for (nlohmann::json& field : fields) {
                  if (field["name"] == name) {
                    field["display"]["level"] = 3;
                  }
                }
              }),
              ErrorCode::template_level_too_low)
        << name;
  }
  EXPECT_EQ(refusal([](nlohmann::json& fields) {
              nlohmann::json fee = fields[0];
              fee["name"] = "fee";
              fee.erase("display");
              fee["hidden"] = {{"constant", {{"currency", "EUR"}, {"value", "1000.00"}}}};
              fields.push_back(fee);
            }),
            ErrorCode::template_level_too_low);
}

TEST(VerifyReceipt, FailsIfAnOldReceiptIsAltered) {
  ApprovalOptions options = in_currency("BGN", 2);
  options.own_template = own_template("\"Betrag\"", "\"Betrag 1\"");
  std::string file = encode_receipt(make_receipt({make_record(options)}));
  ASSERT_EQ(failures(verify(file, trust_of(), kLaterVersion)), "verified");
  for (std::size_t i = 0; i < file.size(); i += 97) {
    file[i] = static_cast<char>(file[i] ^ 1);
    EXPECT_EQ(verify(file, trust_of(), kLaterVersion).verdict(), ReceiptVerdict::refused) << i;
    file[i] = static_cast<char>(file[i] ^ 1);
  }
}

}  // namespace
}  // namespace countersign::testing
