#include "receipt/verification.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/receipt/verifying.h"
#include "tests/support/sanitized.h"

namespace countersign {
namespace {

using testing::ApprovalOptions;
using testing::failures;
using testing::failures_if;
using testing::failures_of;
using testing::make_chain;
using testing::make_receipt;
using testing::make_record;
using testing::TestLog;
using testing::TestSigner;
using testing::trust_of;
using testing::verify;

using Value = CanonicalValue;

const OpenSslHasher kVerificationHasher;

TEST(VerifyReceipt, SucceedsIfEverythingHolds) {
  const ReceiptReport report = verify(encode_receipt(make_receipt({make_record()})));
  EXPECT_EQ(failures(report), "verified");
  ASSERT_EQ(report.steps.steps().size(), 17U);
  ASSERT_EQ(report.approvals.size(), 1U);
  EXPECT_EQ(report.approvals[0].view.rows[0].value,
            "1.234,56\xc2\xa0"
            "EUR");
  EXPECT_EQ(report.proof->index, 5U);
  // The sentences that carry details.
  std::map<std::string, std::string> sentences;
  for (const ReceiptStep& step : report.steps.steps()) {
    sentences[std::string(receipt_step_name(step.id))] = step.sentence;
  }
  EXPECT_EQ(sentences["time"],
            "The approval was given while the request was valid: at 2026-09-21T14:15:00Z, between "
            "2026-09-21T14:13:20Z and 2026-09-21T14:18:20Z.");
  EXPECT_EQ(sentences["inclusion"],
            "The record is in the log of example.org/receipts: entry 6 of 13.");
  EXPECT_EQ(sentences["chain"], "One approval was needed, and this is it: the customer's own.");
  EXPECT_EQ(sentences["passkey"],
            "The passkey was there before it approved: registered at 2026-05-28T20:26:40Z, "
            "attestation none (none), its model in the metadata at the time of the approval: not "
            "known.");
  EXPECT_EQ(sentences["display"],
            "There is evidence for the kind of display that was demanded: the bank's page drew it "
            "(tier D0).");
}

TEST(VerifyReceipt, IsUnanchoredWithoutALogKey) {
  const ReceiptReport report = verify(encode_receipt(make_receipt({make_record()})), {});
  EXPECT_EQ(report.verdict(), ReceiptVerdict::unanchored);
  EXPECT_EQ(failures(report), "checkpoint: receipt_unanchored");
}

// A refusal weighs more than the lack of a key.
TEST(VerifyReceipt, IsRefusedWithoutALogKeyWhereAStepFails) {
  ApprovalOptions options;
  options.approved_at = 1790000301;
  const ReceiptReport report = verify(encode_receipt(make_receipt({make_record(options)})), {});
  EXPECT_EQ(report.verdict(), ReceiptVerdict::refused);
}

TEST(VerifyReceipt, SucceedsInEveryLocaleAndForBatches) {
  for (const char* locale : {"en-GB", "de-CH", "ar", "ja-JP"}) {
    ApprovalOptions options;
    options.locale = locale;
    EXPECT_EQ(failures_of(options), "verified") << locale;
  }
  ApprovalOptions batch;
  batch.intent =
      R"({"type":"payment.batch/1","fields":{"total":[{"currency":"EUR","value":"3.00"}],"count":2,)"
      R"("payees":[{"creditor":"Alice","creditorAccount":{"iban":"DE89370400440532013000"},)"
      R"("amount":{"currency":"EUR","value":"1.00"}},{"creditor":"Bob","creditorAccount":)"
      R"({"iban":"DE89370400440532013000"},"amount":{"currency":"EUR","value":"2.00"}}],)"
      R"("debtorAccount":{"iban":"DE75512108001245126199"},"executionDate":"2026-11-23"}})";
  EXPECT_EQ(failures_of(batch), "verified");
}

// --- What somebody with the bank's database, but without the customer's passkey, could write: each
// --- receipt is consistent with the log, and one step alone sees what is wrong.

TEST(VerifyReceipt, FailsIfTheAmountIsAnother) {
  // Intent, view and both digests in B follow; the passkey signed another B.
  ApprovalOptions altered;
  altered.intent.replace(altered.intent.find("1234.56"), 7, "9234.56");
  const ApprovalEvidence other = parse_record(make_record(altered)).value();
  EXPECT_EQ(failures_if([&](ApprovalEvidence& evidence) {
              evidence.intent = other.intent;
              evidence.view = other.view;
              evidence.binding = other.binding;
            }),
            "1 challenge: receipt_challenge_mismatch, 1 ceremony: challenge_mismatch");
  // The intent alone, and what was decided about it.
  EXPECT_EQ(failures_if([&](ApprovalEvidence& evidence) {
              evidence.intent = other.intent;
              evidence.view = other.view;
              evidence.policy = other.policy;
            }),
            "1 intent: receipt_intent_mismatch");
}

TEST(VerifyReceipt, FailsIfTheCustomerSawSomethingElse) {
  ApprovalOptions options;
  options.edit_binding = [](Binding& binding) {
    View view = make_view(binding.view).value();
    view.rows[0].value =
        "1,00\xc2\xa0"
        "EUR";
    binding.view = encode_view(view);
  };
  EXPECT_EQ(failures_of(options), "1 view: receipt_view_mismatch");
}

TEST(VerifyReceipt, FailsIfTemplateOrLocaleIsAnother) {
  ApprovalOptions other;
  other.locale = "fr-FR";
  const ApprovalEvidence french = parse_record(make_record(other)).value();
  EXPECT_EQ(
      failures_if([&](ApprovalEvidence& evidence) { evidence.locale_pack = french.locale_pack; }),
      "1 intent: receipt_intent_mismatch, 1 view: receipt_view_mismatch");
  EXPECT_EQ(failures_if([&](ApprovalEvidence& evidence) {
              Value document = parse_canonical_cbor(evidence.template_document).value();
              document.members.emplace_back("more", Value::make_null());
              evidence.template_document = make_bound_cbor(document).value();
            }),
            "1 intent: receipt_intent_mismatch, 1 view: template_malformed");
}

TEST(VerifyReceipt, FailsIfOriginsSubjectOrBatchAreOthers) {
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              evidence.origins.push_back("https://evil.example");
            }),
            "1 parties: receipt_binding_mismatch");
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) { evidence.origins.pop_back(); }),
            "1 parties: receipt_binding_mismatch");
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              evidence.origins.push_back(evidence.origins[0]);
            }),
            "1 parties: receipt_binding_mismatch");
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) { evidence.subject.value[0] ^= 1; }),
            "1 parties: receipt_binding_mismatch");
  ApprovalOptions batch;
  batch.edit_binding = [](Binding& binding) { binding.subject.value[0] ^= 1; };
  batch.edit_evidence = [](ApprovalEvidence& evidence) { evidence.subject.value[0] ^= 1; };
  EXPECT_EQ(failures_of(batch), "1 parties: receipt_binding_mismatch");
}

// A record of an approval that somebody else gave in the customer's place.
TEST(VerifyReceipt, FailsIfTheFirstApprovalIsNotTheCustomers) {
  ApprovalOptions options;
  options.customer = "ada";
  options.user = "bob";
  EXPECT_EQ(failures_of(options), "1 parties: receipt_binding_mismatch");
  options.user = "ada";
  EXPECT_EQ(failures_of(options), "verified");
}

TEST(VerifyReceipt, FailsIfTheBatchRootIsAnother) {
  ApprovalOptions options;
  options.intent =
      R"({"type":"payment.batch/1","fields":{"total":[{"currency":"EUR","value":"3.00"}],"count":1,)"
      R"("payees":[{"creditor":"Alice","creditorAccount":{"iban":"DE89370400440532013000"},)"
      R"("amount":{"currency":"EUR","value":"3.00"}}],)"
      R"("debtorAccount":{"iban":"DE75512108001245126199"},"executionDate":"2026-11-23"}})";
  options.edit_binding = [](Binding& binding) { binding.batch->root[0] ^= 1; };
  EXPECT_EQ(failures_of(options), "1 parties: receipt_binding_mismatch");
}

TEST(VerifyReceipt, FailsIfTheApprovalWasGivenTooEarlyOrTooLate) {
  for (const std::int64_t time : {1790000000 - 1, 1790000300 + 1}) {
    ApprovalOptions options;
    options.approved_at = time;
    EXPECT_EQ(failures_of(options), "1 time: receipt_binding_mismatch");
  }
  for (const std::int64_t time : {1790000000, 1790000300}) {
    ApprovalOptions options;
    options.approved_at = time;
    EXPECT_EQ(failures_of(options), "verified");
  }
}

TEST(VerifyReceipt, FailsIfThePasskeySignedAnotherApproval) {
  ApprovalOptions options;
  options.edit_assertion = [](testing::AssertionOptions& assertion) {
    assertion.challenge = testing::seeded_bytes("another", 32);
  };
  EXPECT_EQ(failures_of(options),
            "1 challenge: receipt_challenge_mismatch, 1 ceremony: challenge_mismatch");
}

TEST(VerifyReceipt, FailsIfTheCeremonyBreaksARule) {
  const std::pair<const char*, std::function<void(testing::AssertionOptions&)>> edits[] = {
      {"user_not_verified", [](auto& a) { a.flags = testing::kUserPresent; }},
      {"user_not_present", [](auto& a) { a.flags = testing::kUserVerified; }},
      {"origin_not_allowed", [](auto& a) { a.client_data.origin = "https://evil.example"; }},
      {"rp_id_hash_mismatch", [](auto& a) { a.rp_id = "evil.example"; }},
      {"type_mismatch", [](auto& a) { a.client_data.type = "payment.get"; }},
      {"type_mismatch", [](auto& a) { a.client_data.type = "webauthn.create"; }},
      {"cross_origin_not_allowed", [](auto& a) { a.client_data.cross_origin = true; }},
      {"backup_eligibility_changed", [](auto& a) { a.flags = a.flags | testing::kBackupEligible; }},
  };
  for (const auto& [code, edit] : edits) {
    ApprovalOptions options;
    options.edit_assertion = edit;
    EXPECT_EQ(failures_of(options), std::string("1 ceremony: ") + code);
  }
}

TEST(VerifyReceipt, FailsIfTheSignatureIsNotThePasskeys) {
  ApprovalOptions options;
  options.edit_assertion = [](testing::AssertionOptions& assertion) {
    assertion.signature_fault = testing::SignatureFault::wrong_key;
  };
  EXPECT_EQ(failures_of(options), "1 signature: signature_invalid");
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              evidence.credential.public_key = testing::credential_of("stranger").cose_key;
            }),
            "1 signature: signature_invalid");
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) { evidence.signature = {1}; }),
            "1 ceremony: signature_malformed");
}

TEST(VerifyReceipt, FailsIfTheDisplayLacksEvidence) {
  ApprovalOptions options;
  options.edit_binding = [](Binding& binding) { binding.display_tier = 1; };
  EXPECT_EQ(failures_of(options), "1 display: receipt_evidence_missing");
  options.tier = {DisplayKind::approval_origin,
                  Value::make_map({{"origin", Value::make_text("https://example.org")}})};
  EXPECT_EQ(failures_of(options), "verified");
  options.tier.details = Value::make_map({{"origin", Value::make_text("https://app.example.org")}});
  EXPECT_EQ(failures_of(options), "1 display: receipt_evidence_missing");
  options.tier.details = Value::make_map({});
  EXPECT_EQ(failures_of(options), "1 display: receipt_evidence_missing");
  for (const DisplayKind kind : {DisplayKind::second_device, DisplayKind::certified_hardware}) {
    options.tier = {kind, Value::make_map({})};
    EXPECT_EQ(failures_of(options), "1 display: receipt_evidence_missing");
  }
  ApprovalOptions page;
  page.tier.details = Value::make_map({{"more", Value::make_null()}});
  EXPECT_EQ(failures_of(page), "1 display: receipt_evidence_missing");
}

TEST(VerifyReceipt, SucceedsForPaymentsInTheBrowsersDialog) {
  EXPECT_EQ(failures_of(testing::card_payment()), "verified");
  ApprovalOptions without_key = testing::card_payment();
  without_key.payment->browser_bound.reset();
  EXPECT_EQ(failures_of(without_key), "verified");
}

TEST(VerifyReceipt, FailsIfTheBrowsersDialogShowedSomethingElse) {
  const std::pair<const char*, std::function<void(testing::SoftPayment&)>> edits[] = {
      {"payment_total_mismatch", [](auto& payment) { payment.value = "10.00"; }},
      {"payment_payee_mismatch", [](auto& payment) { payment.payee_name = "Other"; }},
      {"payment_instrument_mismatch", [](auto& payment) { payment.instrument_name = "Other"; }},
      {"payment_rp_id_mismatch", [](auto& payment) { payment.rp_id = "evil.example"; }},
  };
  for (const auto& [code, edit] : edits) {
    ApprovalOptions options = testing::card_payment();
    edit(*options.payment);
    EXPECT_EQ(failures_of(options), std::string("1 ceremony: ") + code);
  }
  ApprovalOptions login = testing::card_payment();
  login.edit_assertion = [](auto& assertion) { assertion.client_data.type = "webauthn.get"; };
  EXPECT_EQ(failures_of(login), "1 ceremony: type_mismatch");
}

TEST(VerifyReceipt, FailsIfWhatTheDialogWasAskedToShowIsIncomplete) {
  for (const char* name : {"payeeOrigin", "instrumentName", "instrumentIcon", "logos"}) {
    for (const bool is_missing : {true, false}) {
      ApprovalOptions options = testing::card_payment();
      auto& members = options.tier.details.members;
      const auto found = std::find_if(members.begin(), members.end(),
                                      [&](const auto& member) { return member.first == name; });
      if (is_missing) {
        members.erase(found);
      } else {
        found->second = Value::make_integer(1);
      }
      EXPECT_EQ(failures_of(options), "1 ceremony: receipt_evidence_missing") << name;
    }
  }
}

TEST(VerifyReceipt, FailsIfTheBrowsersKeyDidNotSign) {
  ApprovalOptions options = testing::card_payment();
  options.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.browser_bound->signature[20] ^= 1;
  };
  EXPECT_EQ(failures_of(options), "1 browser_key: browser_bound_signature_invalid");
  // The client data name the key: it cannot be left out of the record, nor be another.
  options.edit_evidence = [](ApprovalEvidence& evidence) { evidence.browser_bound.reset(); };
  EXPECT_EQ(failures_of(options), "1 ceremony: browser_bound_key_malformed");
  options.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.browser_bound->public_key = testing::credential_of("stranger").cose_key;
  };
  EXPECT_EQ(failures_of(options), "1 browser_key: browser_bound_key_unknown");
  // Where no dialog was shown, nothing would verify it.
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              evidence.browser_bound = BrowserBoundEvidence{{1}, {2}};
            }),
            "1 browser_key: receipt_malformed");
}

TEST(VerifyReceipt, FailsIfADialogIsClaimedForAPage) {
  ApprovalOptions options;
  options.tier = testing::card_payment().tier;
  EXPECT_EQ(failures_of(options), "1 ceremony: payment_not_displayable");
}

TEST(VerifyReceipt, FailsIfThePolicyDemandedMoreThanBDoes) {
  // 10,000.00 or more needs tier 1 there, and a sign-in that is not old.
  ApprovalOptions options;
  options.intent.replace(options.intent.find("1234.56"), 7, "12345.67");
  EXPECT_EQ(failures_of(options), "1 display: receipt_evidence_missing");
  options.tier = {DisplayKind::approval_origin,
                  Value::make_map({{"origin", Value::make_text("https://example.org")}})};
  EXPECT_EQ(failures_of(options), "verified");
}

TEST(VerifyReceipt, FailsIfThePolicyIsAnotherOrDecidesOtherwise) {
  const std::string policy(shipped_policy("retail"));
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              evidence.policy.document = shipped_policy("corporate");
            }),
            "1 policy: receipt_policy_mismatch");
  const auto if_replaced = [](std::string_view from, std::string_view to) {
    return failures_if([=](ApprovalEvidence& evidence) {
      std::string& decision = evidence.policy.decision;
      ASSERT_NE(decision.find(from), std::string::npos) << decision;
      decision.replace(decision.find(from), from.size(), to);
    });
  };
  EXPECT_EQ(if_replaced("\"outcome\":\"require\"", "\"outcome\":\"exempt\""),
            "1 policy: receipt_policy_mismatch");
  // The inputs that were recorded lead to a denial.
  EXPECT_EQ(if_replaced("\"risk.score\":10", "\"risk.score\":95"),
            "1 policy: receipt_policy_mismatch");
  EXPECT_EQ(if_replaced("P90D", "PT1H"), "1 policy: receipt_policy_mismatch");
  EXPECT_EQ(if_replaced("{\"bound\":", "{\"inForce\":"), "1 policy: receipt_policy_mismatch");
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) { evidence.policy.decision += " "; }),
            "1 policy: receipt_policy_mismatch");
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              evidence.policy.decision.back() = ',';
              evidence.policy.decision += R"("unmet":["displayTier"]})";
            }),
            "1 policy: receipt_policy_mismatch");
  // A decision that denies, well recorded.
  ApprovalOptions denied;
  denied.inputs.replace(denied.inputs.find("\"risk.score\":10"), 15, "\"risk.score\":95");
  EXPECT_EQ(failures_of(denied), "1 policy: receipt_policy_mismatch");
}

TEST(VerifyReceipt, FailsIfThePolicyDemandedMoreApprovals) {
  ApprovalOptions options;
  options.policy =
      R"({"schema":"countersign-policy/1","id":"two","revision":1,"default":"deny","rules":[)"
      R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":{"userVerification":)"
      R"("required","approvals":{"count":2,"distinctUsers":true}}}]})";
  EXPECT_EQ(failures_of(options), "1 policy: receipt_policy_mismatch");
}

TEST(VerifyReceipt, FailsIfTheMakerOfThePasskeyIsNoneOfThoseGiven) {
  testing::RegistrationOptions attested;
  attested.format = testing::Format::packed_x5c;
  const testing::Registration registration = make_registration(attested);
  const Certificate anchor = parse_certificate(registration.anchors()[0]).value();
  ReceiptTrust trust = trust_of();
  trust.anchors.push_back(anchor);
  const std::string unattested = encode_receipt(make_receipt({make_record()}));
  EXPECT_EQ(failures(verify(unattested, trust)), "1 attestation_anchor: receipt_evidence_missing");
  ApprovalOptions options;
  options.edit_evidence = [&](ApprovalEvidence& evidence) {
    evidence.credential.registered.chain.push_back(
        kVerificationHasher.sha256({anchor.subject_public_key_info()}));
  };
  EXPECT_EQ(failures(verify(encode_receipt(make_receipt({make_record(options)})), trust)),
            "verified");
}

TEST(VerifyReceipt, FailsIfRecordOrBindingCannotBeRead) {
  EXPECT_EQ(failures(verify(encode_receipt(make_receipt({ByteVector{0xa0}})))),
            "1 record: receipt_malformed");
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) { evidence.binding = {0xa0}; }),
            "1 binding_document: binding_member_invalid");
}

// It says which version it can read, so that nobody takes a receipt of another one for a forgery.
TEST(VerifyReceipt, SaysWhichVersionOfRecordsItReads) {
  for (const std::int64_t version : {1, 3}) {
    CanonicalValue record = parse_canonical_cbor(make_record()).value();
    for (auto& [name, value] : record.members) {
      value.integer = name == "version" ? version : value.integer;
    }
    const ReceiptReport report =
        verify(encode_receipt(make_receipt({make_canonical_cbor(record).value()})));
    EXPECT_EQ(failures(report), "1 record: receipt_malformed");
    EXPECT_EQ(report.steps.steps()[1].sentence, "The evidence record is of version " +
                                                    std::to_string(version) +
                                                    "; this program reads version 2 and no other.");
  }
}

// --- The chain of approvals.

TEST(VerifyReceipt, SucceedsForTheLastOfSeveralApprovals) {
  const ReceiptReport report = verify(encode_receipt(make_receipt(make_chain(3))));
  EXPECT_EQ(failures(report), "verified");
  EXPECT_EQ(report.approvals.size(), 3U);
  const auto& steps = report.steps.steps();
  const auto chain = std::find_if(steps.begin(), steps.end(), [](const ReceiptStep& step) {
    return step.id == ReceiptStepId::chain;
  });
  EXPECT_EQ(chain->sentence,
            "All approvals that were needed are here, the customer's own first and each by another "
            "person: 3 of 3.");
}

// What one of two signed is no approved order, with the log's key or without.
TEST(VerifyReceipt, IsIncompleteIfMoreApprovalsWereNeeded) {
  const std::string alone = "1 of 2 approvals: this alone does not approve the order. ";
  const std::vector<ByteVector> records = make_chain(2);
  const std::string file = encode_receipt(make_receipt({records.front()}));
  const ReceiptReport report = verify(file);
  EXPECT_EQ(failures(report), "incomplete");
  EXPECT_FALSE(report.is_complete());
  EXPECT_EQ(report.sentence(),
            alone +
                "The passkey recorded for each approver, the customer's own first, approved "
                "exactly this, and the log proves the record.");
  const ReceiptReport unanchored = verify(file, {});
  EXPECT_EQ(unanchored.verdict(), ReceiptVerdict::unanchored);
  EXPECT_FALSE(unanchored.is_complete());
  EXPECT_EQ(unanchored.sentence().find(alone), 0U);

  const ReceiptReport both = verify(encode_receipt(make_receipt(records)));
  EXPECT_EQ(failures(both), "verified");
  EXPECT_TRUE(both.is_complete());
  EXPECT_EQ(both.sentence().find("approvals:"), std::string::npos);
  EXPECT_TRUE(verify(encode_receipt(make_receipt(records)), {}).is_complete());
  // What fails is no part of anything.
  ApprovalOptions late;
  late.approved_at = 1790000301;
  const ReceiptReport refused = verify(encode_receipt(make_receipt({make_record(late)})));
  EXPECT_FALSE(refused.is_complete());
  EXPECT_EQ(refused.sentence(), "This receipt proves nothing: at least one step fails.");
  EXPECT_FALSE(verify("").is_complete());
}

TEST(VerifyReceipt, SaysWhenItIsNotTheLastApproval) {
  std::vector<ByteVector> records = make_chain(3);
  records.pop_back();
  const ReceiptReport report = verify(encode_receipt(make_receipt(records)));
  EXPECT_EQ(failures(report), "incomplete");
  const auto& steps = report.steps.steps();
  const auto chain = std::find_if(steps.begin(), steps.end(), [](const ReceiptStep& step) {
    return step.id == ReceiptStepId::chain;
  });
  EXPECT_EQ(chain->sentence,
            "Approvals 2 of 3, the customer's own first and each by another person; this receipt "
            "does not show whether the others were given.");
}

TEST(VerifyReceipt, FailsIfAnApprovalBeforeIsMissingOrAnother) {
  const std::string mismatch = "chain: receipt_previous_mismatch";
  const std::vector<ByteVector> records = make_chain(3);
  EXPECT_EQ(failures(verify(encode_receipt(make_receipt({records[2]})))), mismatch);
  EXPECT_EQ(failures(verify(encode_receipt(make_receipt({records[0], records[2]})))), mismatch);
  EXPECT_EQ(failures(verify(encode_receipt(make_receipt({records[1], records[2]})))), mismatch);
  EXPECT_EQ(failures(verify(encode_receipt(make_receipt({records[1], records[0], records[2]})))),
            mismatch);
  EXPECT_EQ(failures(verify(
                encode_receipt(make_receipt({records[0], records[0], records[1], records[2]})))),
            mismatch);
}

TEST(VerifyReceipt, FailsIfOnePersonApprovedTwice) {
  ApprovalOptions first;
  first.of = 2;
  ApprovalOptions second = first;
  second.step = 2;
  second.previous = make_record(first);
  EXPECT_EQ(
      failures(verify(encode_receipt(make_receipt({make_record(first), make_record(second)})))),
      "chain: receipt_previous_mismatch");
}

std::string german_pack(std::string_view from, std::string_view to) {
  nlohmann::json pack = nlohmann::json::parse(find_shipped_locale_pack("de-DE"));
  pack["group"] = from.find("decimal") == from.npos ? "." : ",";
  std::string text = pack.dump();
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << text;
  return text.replace(at, from.size(), to);
}

TEST(VerifyReceipt, FailsIfTheNextApprovalIsOfSomethingElse) {
  ApprovalOptions first;
  first.of = 2;
  const std::pair<const char*, std::function<void(ApprovalOptions&)>> edits[] = {
      {"nothing", [](ApprovalOptions&) {}},
      {"intent",
       [](ApprovalOptions& o) { o.intent.replace(o.intent.find("1234.56"), 7, "1234.57"); }},
      {"transaction",
       [](ApprovalOptions& o) {
         o.edit_binding = [](Binding& b) { b.transaction_id = "transaction-2"; };
       }},
      {"tenant",
       [](ApprovalOptions& o) { o.edit_binding = [](Binding& b) { b.tenant.value = "other"; }; }},
      {"customer", [](ApprovalOptions& o) { o.customer = o.user; }},
      {"number", [](ApprovalOptions& o) { o.of = 3; }},
      {"locale", [](ApprovalOptions& o) { o.locale = "fr-FR"; }},
      // Of the same name: "123.456 EUR", or another month that is not shown.
      {"pack, with another view",
       [](ApprovalOptions& o) {
         o.own_pack = german_pack("\"decimal\":\",\"", "\"decimal\":\".\"");
       }},
      {"pack, with the same view",
       [](ApprovalOptions& o) { o.own_pack = german_pack("\"Januar\"", "\"Feber\""); }},
      {"previous", [](ApprovalOptions& o) { o.previous = {1}; }},
      {"time", [](ApprovalOptions& o) { o.approved_at -= 1; }},
  };
  for (const auto& [what, edit] : edits) {
    ApprovalOptions second = first;
    second.customer = first.user;
    second.user = "somebody else";
    second.step = 2;
    second.previous = make_record(first);
    edit(second);
    EXPECT_EQ(
        failures(verify(encode_receipt(make_receipt({make_record(first), make_record(second)})))),
        std::string(what) == "nothing" ? "verified" : "chain: receipt_previous_mismatch")
        << what;
  }
}

// The order is what the policy weighs, whatever was recorded as its inputs.
TEST(VerifyReceipt, FailsIfThePolicyWeighedAnotherAmount) {
  ApprovalOptions options;
  options.weighed = 1;
  EXPECT_EQ(failures_of(options), "1 policy: receipt_policy_mismatch");
  options.weighed = 123456;
  EXPECT_EQ(failures_of(options), "verified");
  ApprovalOptions card = testing::card_payment();
  card.inputs = R"({"ceremony":"limit.change"})";
  EXPECT_EQ(failures_of(card), "1 policy: receipt_policy_mismatch");
}

TEST(VerifyReceipt, SaysWhoseFigureThePolicyWeighed) {
  const auto sentence_of = [](const ApprovalOptions& options) {
    const ReceiptReport report = verify(encode_receipt(make_receipt({make_record(options)})));
    EXPECT_EQ(failures(report), "verified");
    const auto& steps = report.steps.steps();
    return std::find_if(steps.begin(), steps.end(),
                        [](const ReceiptStep& step) { return step.id == ReceiptStepId::policy; })
        ->sentence;
  };
  const std::string of_order =
      "The bank's policy is the one of the approval, and decides today about the type and amount "
      "of this order as it is said to have decided";
  EXPECT_EQ(sentence_of({}), of_order + ".");
  ApprovalOptions dollars;
  dollars.intent.replace(dollars.intent.find("EUR"), 3, "USD");
  dollars.weighed = 100000;
  EXPECT_EQ(sentence_of(dollars),
            of_order + "; what it weighed is the bank's own figure, 1000.00 EUR.");
  ApprovalOptions rated = dollars;
  rated.inputs.insert(rated.inputs.rfind('}'),
                      R"(,"amount.rate":"ECB:EUR-USD@2026-11-26T15:00:00Z")");
  EXPECT_EQ(sentence_of(rated), of_order +
                                    "; what it weighed is the bank's own figure, 1000.00 EUR, "
                                    "at the rate ECB:EUR-USD@2026-11-26T15:00:00Z.");
  dollars.base_currency = "";
  EXPECT_EQ(sentence_of(dollars), of_order +
                                      "; what it weighed is the bank's own figure, 100000 minor "
                                      "units of a currency that is not recorded.");
}

// --- The log.

TEST(VerifyReceipt, FailsIfTheLogDoesNotHaveTheRecord) {
  Receipt receipt = make_receipt({make_record()});
  const std::string mismatch = "inclusion: inclusion_proof_invalid";
  Receipt other = receipt;
  other.salt[0] ^= 1;
  EXPECT_EQ(failures(verify(encode_receipt(other))), mismatch);
  other = receipt;
  other.proof.index = 4;
  EXPECT_EQ(failures(verify(encode_receipt(other))), mismatch);
  other = receipt;
  other.proof.path[1][0] ^= 1;
  EXPECT_EQ(failures(verify(encode_receipt(other))), mismatch);
  other = receipt;
  other.record = make_record([] {
    ApprovalOptions options;
    options.edit_evidence = [](ApprovalEvidence& evidence) { evidence.verifier = "cryptopp"; };
    return options;
  }());
  EXPECT_EQ(failures(verify(encode_receipt(other))), mismatch);
}

TEST(VerifyReceipt, FailsIfTheCheckpointIsNotTheLogs) {
  const Receipt receipt = make_receipt({make_record()});
  ReceiptTrust trust;
  trust.log = TestSigner("example.org/receipts", NoteKeyKind::log, "another").key;
  EXPECT_EQ(failures(verify(encode_receipt(receipt), trust)), "checkpoint: checkpoint_key_unknown");
  trust.log = TestSigner("example.org/other").key;
  EXPECT_EQ(failures(verify(encode_receipt(receipt), trust)), "checkpoint: checkpoint_key_unknown");
  Receipt forged = receipt;
  const TestSigner stranger("example.org/receipts", NoteKeyKind::log, "another");
  forged.proof.checkpoint.signatures[0].value =
      stranger.sign(checkpoint_text(forged.proof.checkpoint.origin, forged.proof.checkpoint.head));
  EXPECT_EQ(failures(verify(encode_receipt(forged))), "checkpoint: checkpoint_signature_invalid");
  // Another tree of the same height under the same signature.
  Receipt grown = receipt;
  grown.proof.checkpoint.head.size = 14;
  EXPECT_EQ(failures(verify(encode_receipt(grown))), "checkpoint: checkpoint_signature_invalid");
}

TEST(VerifyReceipt, NeedsEachWitnessThatIsNamed) {
  TestLog log;
  log.is_witnessed = true;
  const std::string file = encode_receipt(make_receipt({make_record()}, log));
  const ReceiptReport report = verify(file, trust_of(log));
  EXPECT_EQ(failures(report), "verified");
  ASSERT_EQ(report.witnesses.size(), 1U);
  EXPECT_EQ(report.witnesses[0].time, 1790000200U);
  EXPECT_EQ(report.steps.steps().back().sentence,
            "A witness saw this state of the log: witness.example/w1, at 2026-09-21T14:16:40Z.");
  ReceiptTrust two = trust_of(log);
  two.witnesses.push_back(TestSigner("witness.example/w2", NoteKeyKind::witness, "w2").key);
  EXPECT_EQ(failures(verify(file, two)), "witness: witness_cosignature_missing");
  // A signature that nobody accounts for could say anything.
  EXPECT_EQ(failures(verify(file)), "checkpoint: checkpoint_key_unknown");
  Receipt forged = make_receipt({make_record()}, log);
  forged.proof.checkpoint.signatures[1].value[7] ^= 1;
  EXPECT_EQ(failures(verify(encode_receipt(forged), trust_of(log))),
            "witness: checkpoint_signature_invalid");
}

// What is appended to the proof, without any key: a line of the log's name and key id, a line that
// is there already, a line of somebody. "refused" for each, whoever is trusted.
TEST(VerifyReceipt, FailsIfTheProofHasOneMoreLine) {
  for (const bool is_witnessed : {false, true}) {
    TestLog log;
    log.is_witnessed = is_witnessed;
    const Receipt receipt = make_receipt({make_record()}, log);
    ASSERT_EQ(failures(verify(encode_receipt(receipt), trust_of(log))), "verified");
    const auto& signatures = receipt.proof.checkpoint.signatures;
    const NoteSignature& own = signatures.front();
    std::vector<NoteSignature> lines(signatures.begin(), signatures.end());
    lines.push_back({own.name, own.key_id, ByteVector(64, 7)});
    lines.push_back({own.name, own.key_id, ByteVector(72, 7)});
    lines.push_back({own.name, own.key_id + 1, ByteVector(64, 7)});
    lines.push_back({"zzz.example", 7, ByteVector(72, 7)});
    lines.push_back({log.witness.key.name(), log.witness.key.id(), ByteVector(72, 7)});
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (std::size_t at = 0; at <= signatures.size(); ++at) {
        Receipt more = receipt;
        auto& changed = more.proof.checkpoint.signatures;
        changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), lines[i]);
        EXPECT_EQ(verify(encode_receipt(more), trust_of(log)).verdict(), ReceiptVerdict::refused)
            << i << " at " << at;
      }
    }
  }
}

// A page that embeds a payment and that nobody signed for.
TEST(VerifyReceipt, FailsIfAPaymentWasEmbeddedByAnotherPage) {
  ApprovalOptions options = testing::card_payment();
  options.payment->top_origin = "https://mall.example";
  options.edit_assertion = [](testing::AssertionOptions& asserted) {
    asserted.client_data.cross_origin = true;
    asserted.client_data.top_origin = "https://mall.example";
  };
  options.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.top_origins = {"https://mall.example"};
  };
  EXPECT_EQ(failures_of(options), "1 parties: receipt_binding_mismatch");
  options.edit_binding = [](Binding& binding) {
    binding.origins = {"https://mall.example", "https://shop.example"};
  };
  EXPECT_EQ(failures_of(options), "verified");
}

// The bank's page inside of a partner's: the passkey's answer says so, and so does the receipt.
TEST(VerifyReceipt, SaysInWhoseFrameTheDisplayWas) {
  ApprovalOptions options;
  options.edit_assertion = [](testing::AssertionOptions& asserted) {
    asserted.client_data.cross_origin = true;
    asserted.client_data.top_origin = "https://partner.example";
  };
  options.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.top_origins = {"https://partner.example"};
  };
  const auto sentence_of = [](const ReceiptReport& report) {
    const auto& steps = report.steps.steps();
    return std::find_if(steps.begin(), steps.end(),
                        [](const ReceiptStep& step) { return step.id == ReceiptStepId::display; })
        ->sentence;
  };
  const ReceiptReport report = verify(encode_receipt(make_receipt({make_record(options)})));
  EXPECT_EQ(failures(report), "verified");
  EXPECT_EQ(report.approvals[0].frame, "https://partner.example");
  EXPECT_EQ(sentence_of(report),
            "There is evidence for the kind of display that was demanded: the bank's page drew it, "
            "inside a frame of https://partner.example (tier D0).");
  // A browser that does not say whose, and a name that could write on a terminal.
  options.edit_assertion = [](testing::AssertionOptions& asserted) {
    asserted.client_data.cross_origin = true;
  };
  EXPECT_EQ(verify(encode_receipt(make_receipt({make_record(options)}))).approvals[0].frame,
            "another site");
  options.edit_assertion = [](testing::AssertionOptions& asserted) {
    asserted.client_data.top_origin = "https://\x1b[2Jpartner.example";
  };
  EXPECT_EQ(verify(encode_receipt(make_receipt({make_record(options)}))).approvals[0].frame,
            "another site");
  EXPECT_EQ(verify(encode_receipt(make_receipt({make_record()}))).approvals[0].frame, "");
}

// They are printed beside the view.
TEST(VerifyReceipt, FailsIfTransactionTenantOrRpIdHideSomething) {
  const std::pair<const char*, const char*> edits[] = {{"transactionId", "1\x1b[2J"},
                                                       {"transactionId", "1\n2"},
                                                       {"tenant", "bank\u202e"},
                                                       {"tenant", ""},
                                                       {"rpId", "example.org\r"}};
  for (const auto& edit : edits) {
    EXPECT_EQ(failures_if([&](ApprovalEvidence& evidence) {
                Value binding = parse_canonical_cbor(evidence.binding).value();
                for (auto& member : binding.members) {
                  if (member.first == edit.first) {
                    member.second = Value::make_text(edit.second);
                  }
                }
                evidence.binding = make_bound_cbor(binding).value();
              }),
              "1 binding_document: binding_member_invalid");
  }
}

TEST(IsTrusted, OfEachKeyOnceUnderWhateverName) {
  TestLog log;
  log.is_witnessed = true;
  const ReceiptTrust trust = trust_of(log);
  EXPECT_TRUE(is_trusted(trust, log.witness.key));
  EXPECT_TRUE(is_trusted(trust, log.operator_key.key));
  EXPECT_TRUE(is_trusted(trust, TestSigner("other.example", NoteKeyKind::witness, "witness").key));
  EXPECT_TRUE(is_trusted(trust, TestSigner("other.example", NoteKeyKind::witness, "log").key));
  EXPECT_FALSE(is_trusted(trust, TestSigner("other.example", NoteKeyKind::witness, "w2").key));
  EXPECT_FALSE(is_trusted({}, log.witness.key));
}

// --- Every position of the file.

// Each position of each file, in parts that take seconds. [with sanitizers one of so many]
constexpr std::size_t kStride = testing::stride(91);
constexpr std::size_t kParts = 8;

enum class FlippedKind : std::uint8_t { transfer, card, chain };

std::vector<ByteVector> records_of(FlippedKind kind) {
  switch (kind) {
    case FlippedKind::transfer:
      return {make_record()};
    case FlippedKind::card:
      return {make_record(testing::card_payment())};
    case FlippedKind::chain:
      return make_chain(2);
  }
  return {};
}

class FlippedReceipt : public ::testing::TestWithParam<std::tuple<FlippedKind, std::size_t>> {};
INSTANTIATE_TEST_SUITE_P(VerifyReceipt, FlippedReceipt,
                         ::testing::Combine(::testing::Values(FlippedKind::transfer,
                                                              FlippedKind::card,
                                                              FlippedKind::chain),
                                            ::testing::Range(std::size_t{0}, kParts)));

TEST_P(FlippedReceipt, FailsIfAnyBitOfAnyByteIsFlipped) {
  TestLog log;
  log.is_witnessed = true;
  const std::size_t part = std::get<1>(GetParam());
  std::string file = encode_receipt(make_receipt(records_of(std::get<0>(GetParam())), log));
  const ReceiptTrust trust = trust_of(log);
  ASSERT_EQ(failures(verify(file, trust)), "verified");
  std::map<std::string, std::size_t> caught;
  for (std::size_t i = part; i < file.size(); i += kParts * kStride) {
    // Every bit of what is small, one of each byte of the rest.
    const int bits = i % 61 == 0 ? 8 : 1;
    for (int n = 0; n < bits; ++n) {
      const int bit = bits == 8 ? n : static_cast<int>(i % 6);
      file[i] = static_cast<char>(file[i] ^ (1 << bit));
      const ReceiptReport report = verify(file, trust);
      ASSERT_EQ(report.verdict(), ReceiptVerdict::refused) << "byte " << i << " bit " << bit;
      for (const ReceiptStep& step : report.steps.steps()) {
        if (step.verdict == StepVerdict::fails) {
          ++caught[std::string(receipt_step_name(step.id))];
          break;
        }
      }
      file[i] = static_cast<char>(file[i] ^ (1 << bit));
    }
  }
  ASSERT_EQ(failures(verify(file, trust)), "verified");
  if (kStride == 1) {
    // Both what the file's form catches and what only the proofs do was among them.
    EXPECT_GT(caught["file"], 0U);
    EXPECT_GT(caught["inclusion"] + caught["record"] + caught["challenge"], 0U);
  }
}

// Erasing one customer's record and salt leaves every other receipt as it was.
TEST(VerifyReceipt, SucceedsWhateverElseOfTheLogWasErased) {
  // The other leaves of the test's log have no record at all: nothing of them is needed.
  TestLog log;
  log.before = 100;
  log.after = 300;
  EXPECT_EQ(failures(verify(encode_receipt(make_receipt({make_record()}, log)), trust_of(log))),
            "verified");
}

}  // namespace
}  // namespace countersign
