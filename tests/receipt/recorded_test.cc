// What the server recorded beside what was signed: passkey, checks, display, decisions. And the
// form of what was signed.

#include <nlohmann/json.hpp>

#include "crypto/tagged_hash.h"
#include "tests/receipt/verifying.h"

namespace countersign::testing {
namespace {

using Value = CanonicalValue;

// --- What the server recorded beside.

TEST(VerifyReceipt, FailsIfThePasskeyWasRegisteredAfterwards) {
  const auto registered_at = [](std::int64_t time) {
    ApprovalOptions options;  // no rule asks how old it is
    options.policy = R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"deny",)"
                     R"("rules":[{"id":"pay","when":{"ceremony":"transaction.approve"},)"
                     R"("require":{"userVerification":"required"}}]})";
    options.inputs = R"({"ceremony":"transaction.approve"})";
    options.edit_evidence = [=](ApprovalEvidence& e) { e.credential.created_at.value = time; };
    return failures_of(options);
  };
  EXPECT_EQ(registered_at(1790000100), "verified");
  EXPECT_EQ(registered_at(1790000101), "1 passkey: receipt_evidence_missing");
}

TEST(VerifyReceipt, SaysWhatTheMetadataSaidOfThePasskey) {
  ApprovalOptions options;
  options.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.credential.attestation_format = "packed";
    evidence.credential.attestation_trust = "trus\nted";
    evidence.credential.metadata_status = "compromised";
    evidence.credential.objection = "authenticator_compromised";
    std::erase(evidence.checks, "credential_model_sound");
  };
  const ReceiptReport report = verify(encode_receipt(make_receipt({make_record(options)})));
  EXPECT_EQ(failures(report), "verified");
  EXPECT_EQ(sentence_of(report, ReceiptStepId::passkey),
            "The passkey was there before it approved: registered at 2026-05-28T20:26:40Z, "
            "attestation packed (not known), its model in the metadata at the time of the "
            "approval: compromised, with the objection authenticator_compromised.");
}

TEST(VerifyReceipt, FailsIfTheListOfChecksIsNotThatOfAnApproval) {
  const std::string missing = "1 checks: receipt_evidence_missing";
  for (const bool is_payment : {false, true}) {
    ApprovalOptions options = is_payment ? card_payment() : ApprovalOptions();
    const std::size_t count = parse_record(make_record(options)).value().checks.size();
    for (std::size_t i = 0; i < count; ++i) {
      options.edit_evidence = [=](ApprovalEvidence& evidence) {
        evidence.checks.erase(evidence.checks.begin() + static_cast<std::ptrdiff_t>(i));
      };
      EXPECT_EQ(failures_of(options), missing) << i;
    }
  }
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) { evidence.checks.clear(); }), missing);
  for (const char* more : {"certified by the ECB", "", "user_verified"}) {
    EXPECT_EQ(failures_if([=](ApprovalEvidence& evidence) { evidence.checks.push_back(more); }),
              missing)
        << more;
  }
  // One that servers of another version run, too.
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              evidence.checks.push_back("attestation_trusted");
            }),
            "verified");
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              evidence.credential.objection = "authenticator_compromised";
            }),
            missing);
}

// The counter did not advance, and the policy lets that pass.
TEST(VerifyReceipt, FailsIfTheChecksSayThatTheCounterAdvancedWhereItDidNot) {
  ApprovalOptions options;
  options.edit_evidence = [](ApprovalEvidence& evidence) { evidence.credential.sign_count = 1000; };
  constexpr std::int64_t kLater = kDecisionVersion + 1;  // decides otherwise
  EXPECT_EQ(failures_of(options, kLater), "1 policy: unknown, 1 checks: receipt_evidence_missing");
  const auto edit = options.edit_evidence;
  options.edit_evidence = [&](ApprovalEvidence& evidence) {
    edit(evidence);
    std::erase(evidence.checks, "signature_counter_advanced");
  };
  EXPECT_EQ(failures_of(options, kLater), "1 policy: unknown");
}

TEST(VerifyReceipt, FailsIfAPageForApprovalsWasInAFrame) {
  ApprovalOptions options;
  options.edit_binding = [](Binding& binding) { binding.display_tier = 1; };
  options.tier = {DisplayKind::approval_origin,
                  Value::make_map({{"origin", Value::make_text("https://example.org")}})};
  ASSERT_EQ(failures_of(options), "verified");
  options.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.top_origins = {"https://evil.example"};
  };
  options.edit_assertion = [](AssertionOptions& asserted) {
    asserted.client_data.cross_origin = true;
    asserted.client_data.top_origin = "https://evil.example";
  };
  EXPECT_EQ(failures_of(options), "1 display: receipt_evidence_missing");
  options.edit_assertion = [](AssertionOptions& asserted) {
    asserted.client_data.cross_origin = true;
  };
  EXPECT_EQ(failures_of(options), "1 display: receipt_evidence_missing");
}

// A second policy in force when the approval came decided, too: B does not name it, and it is not
// recorded. What is said of it is no denial, and demands nothing that was not given.
TEST(VerifyReceipt, FailsIfTheDecisionInForceLetNothingPass) {
  const auto with_in_force = [](std::string in_force) {
    return failures_if([=](ApprovalEvidence& evidence) {
      evidence.policy.decision.back() = ',';
      evidence.policy.decision += "\"inForce\":" + in_force + "}";
    });
  };
  std::string of_other(
      decision_of(R"({"schema":"countersign-policy/1","id":"other","revision":1,)"
                  R"("default":"deny","rules":[{"id":"pay","when":{"ceremony":)"
                  R"("transaction.approve"},"require":{"userVerification":"required"}}]})",
                  R"({"ceremony":"transaction.approve"})"));
  of_other = of_other.substr(9, of_other.size() - 10);
  const auto edited = [&](std::string_view from, std::string_view to) {
    std::string changed = of_other;
    EXPECT_NE(changed.find(from), std::string::npos) << changed;
    return changed.replace(changed.find(from), from.size(), to);
  };
  EXPECT_EQ(with_in_force(of_other), "verified") << of_other;
  const std::string refused = "1 policy: receipt_policy_mismatch";
  EXPECT_EQ(with_in_force(R"({"outcome":"deny","id":"stricter"})"), refused);
  EXPECT_EQ(with_in_force(R"({"outcome":"require"})"), refused);
  EXPECT_EQ(with_in_force("{}"), refused);
  EXPECT_EQ(with_in_force("[]"), refused);
  EXPECT_EQ(with_in_force(edited("\"outcome\":\"require\"", "\"outcome\":\"deny\"")), refused);
  EXPECT_EQ(with_in_force(edited("\"outcome\":\"require\"", "\"outcome\":\"exempt\"")), refused);
  EXPECT_EQ(with_in_force(edited("\"phase\":\"verdict\"", "\"phase\":\"options\"")), refused);
  EXPECT_EQ(with_in_force(edited("\"rules\":", "\"more\":1,\"rules\":")), refused);
  EXPECT_EQ(with_in_force(edited("\"basis\":", "\"base\":")), refused);
  EXPECT_EQ(with_in_force(edited("\"policy\":\"", "\"policy\":\"A")), refused);
  EXPECT_EQ(with_in_force(edited("\"requirements\":{", R"("requirements":{"displayTier":"1",)")),
            refused);
  EXPECT_EQ(with_in_force(edited("\"requirements\":{", R"("requirements":{"approvals":2,)")),
            refused);
  EXPECT_EQ(with_in_force(edited("\"requirements\":{", R"("requirements":{"displayTier":1,)")),
            "1 display: receipt_evidence_missing");
  EXPECT_EQ(
      with_in_force(edited("\"requirements\":{",
                           R"("requirements":{"approvals":{"count":2,"distinctUsers":true},)")),
      refused);
  // One revision decides once.
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              std::string& decision = evidence.policy.decision;
              const std::string bound = decision.substr(9, decision.size() - 10);
              decision = "{\"bound\":" + bound + ",\"inForce\":" + bound + "}";
            }),
            refused);
}

TEST(VerifyReceipt, FailsIfOneAdministratorWeakenedWhatTwoHadTo) {
  EXPECT_EQ(failures_of(publication()), "verified");
  EXPECT_EQ(failures_of(weakening()), "1 policy: receipt_policy_mismatch");
  ApprovalOptions other = publication();
  other.intent.replace(other.intent.find("\"other\":0"), 9, "\"other\":5");
  EXPECT_EQ(failures_of(other), "1 policy: receipt_policy_mismatch");
  EXPECT_EQ(failures(verify(encode_receipt(make_receipt(make_chain(2, other))))), "verified");
  EXPECT_EQ(failures(verify(encode_receipt(make_receipt(make_chain(2, weakening()))))), "verified");
  // Nor of a version of the rules that this program does not have.
  ApprovalOptions earlier = publication();
  earlier.edit_evidence = [](ApprovalEvidence& evidence) {
    std::string& decision = evidence.policy.decision;
    decision.replace(decision.find("\"rules\":"), 8, "\"more\":1,\"rules\":");
  };
  EXPECT_EQ(failures_of(earlier, kDecisionVersion + 1), "1 policy: unknown");
  earlier.intent = weakening().intent;
  EXPECT_EQ(failures_of(earlier, kDecisionVersion + 1), "1 policy: receipt_policy_mismatch");
}

// --- What was signed.

// Signed as if it had been bound.
std::function<void(BoundTransaction&)> bound_to(const CanonicalValue& intent, const View& view) {
  return [=](BoundTransaction& bound) {
    const OpenSslHasher hasher;
    bound.intent_cbor = make_canonical_cbor(intent).value();
    bound.view_cbor = make_canonical_cbor(encode_view(view)).value();
    CanonicalValue binding = parse_canonical_cbor(bound.binding_cbor).value();
    for (auto& [name, value] : binding.members) {
      if (name == "intent") {
        value.bytes = to_vector(tagged_hash(hasher, "countersign/1/intent", bound.intent_cbor));
      }
      if (name == "view") {
        value.bytes = to_vector(tagged_hash(hasher, "countersign/1/view", bound.view_cbor));
      }
    }
    bound.binding_cbor = make_canonical_cbor(binding).value();
    bound.challenge = challenge_of(hasher, bound.binding_cbor);
  };
}

CanonicalValue intent_of(const ApprovalOptions& options) {
  return parse_canonical_cbor(parse_record(make_record(options)).value().intent).value();
}

View view_of(const CanonicalValue& intent, std::string_view pack) {
  const OpenSslHasher hasher;
  return render_recorded_view(
             make_recorded_template(
                 canonical_json(find_shipped_template("payment.credit-transfer/1")), hasher)
                 .value(),
             make_recorded_locale_pack(canonical_json(pack), hasher).value(), intent)
      .value();
}

// "Text (valid UTF-8, NFC) … Decoding accepts exactly what encoding produces."
TEST(VerifyReceipt, FailsIfTheOrderIsNotInNFC) {
  const std::string_view pack = find_shipped_locale_pack("de-DE");
  for (const auto& [reference, verdict] :
       {std::pair("R\u00e9f\u00e9rence", "verified"),
        std::pair("Re\u0301fe\u0301rence", "1 view: binding_text_not_normalized")}) {
    ApprovalOptions options;
    CanonicalValue intent = intent_of(options);
    auto& fields = const_cast<CanonicalValue&>(*intent.find("fields"));       // NOLINT
    const_cast<CanonicalValue&>(*fields.find("reference")).text = reference;  // NOLINT
    options.edit_bound = bound_to(intent, view_of(intent, pack));
    EXPECT_EQ(failures_of(options), verdict);
  }
}

// Each text of the pack is, but not the date that is made of them.
TEST(VerifyReceipt, FailsIfTheViewIsNotInNFC) {
  for (const auto& [pattern, verdict] :
       {std::pair("{day} b{month} {year}", "verified"),
        std::pair("{day} e{month} {year}", "1 view: binding_text_not_normalized")}) {
    ApprovalOptions options;
    nlohmann::json pack = nlohmann::json::parse(find_shipped_locale_pack("de-DE"));
    pack["months"][10] = "\u0301";
    pack["date"] = pattern;
    options.own_pack = pack.dump();
    const CanonicalValue intent = intent_of(ApprovalOptions());
    options.edit_binding = [](Binding& binding) {
      binding.view = encode_view(View{"none", "yes", "no", {{1, "a", "b"}}});
    };
    options.edit_bound = bound_to(intent, view_of(intent, options.own_pack));
    EXPECT_EQ(failures_of(options), verdict);
  }
}

// --- What a second policy demanded, all of it.

// A rule for payments with that condition and those demands, decided on those inputs.
std::string in_force_of(const std::string& requirements, const std::string& inputs = "",
                        const std::string& condition = "") {
  std::string when = R"({"ceremony":"transaction.approve"})";
  if (!condition.empty()) {
    when = R"({"any":[)" + when + "," + condition + "]}";
  }
  const std::string decision = decision_of(
      R"({"schema":"countersign-policy/1","id":"other","revision":1,"default":"deny",)"
      R"("lists":{"keys":["ee882879-721c-4913-9775-3dfcce97072a"]},"rules":[{"id":"pay","when":)" +
          when + R"(,"require":)" + requirements + "}]}",
      R"({"ceremony":"transaction.approve")" + inputs + "}");
  return decision.substr(9, decision.size() - 10);
}

void put_in_force(ApprovalEvidence& evidence, const std::string& in_force) {
  evidence.policy.decision.back() = ',';
  evidence.policy.decision += "\"inForce\":" + in_force + "}";
}

std::string failures_in_force(const std::string& in_force) {
  return failures_if([=](ApprovalEvidence& evidence) { put_in_force(evidence, in_force); });
}

// A key of a certified model, as its attestation proved.
void prove_model(ApprovalEvidence& evidence) {
  CredentialEvidence& credential = evidence.credential;
  credential.attestation_format = "packed";
  credential.attestation_type = "basic";
  credential.attestation_trust = "trusted";
  credential.registered.is_aaguid_signed = true;
  credential.at_registration.is_known = credential.at_registration.is_proved = true;
  credential.at_registration.certification = "L2";
}

std::string failures_of_proved(const std::string& requirements, const std::string& inputs = "",
                               const std::string& condition = "") {
  return failures_if([&](ApprovalEvidence& evidence) {
    prove_model(evidence);
    put_in_force(evidence, in_force_of(requirements, inputs, condition));
  });
}

const std::string kRefused = "1 policy: receipt_policy_mismatch";

TEST(VerifyReceipt, FailsIfThePasskeyIsNotWhatWasDemandedInForce) {
  for (const char* demanded :
       {R"({"binding":"device-bound-attested"})", R"({"minimumCertification":"L1"})",
        R"({"attestation":"indirect"})", R"({"authenticators":{"allow":"keys"}})",
        R"({"algorithms":["RS256"]})", R"({"coolingOff":"P200D"})", R"({"credentialAge":"P1D"})",
        R"({"approvals":{"count":2}})"}) {
    EXPECT_EQ(failures_in_force(in_force_of(demanded)), kRefused) << demanded;
  }
  EXPECT_EQ(failures_in_force(in_force_of(R"({"displayTier":1})")),
            "1 display: receipt_evidence_missing");
  ApprovalOptions synced;
  synced.edit_assertion = [](AssertionOptions& asserted) { asserted.flags |= kBackupEligible; };
  synced.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.credential.is_backup_eligible = true;
  };
  ASSERT_EQ(failures_of(synced), "verified");
  synced.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.credential.is_backup_eligible = true;
    put_in_force(evidence, in_force_of(R"({"binding":"device-bound-claimed"})"));
  };
  EXPECT_EQ(failures_of(synced), kRefused);
  // Of what the inputs say, where a rule asked.
  EXPECT_EQ(failures_in_force(in_force_of(R"({"authenticationAge":"PT5M"})",
                                          R"(,"authentication.age":"PT6M")",
                                          R"({"authentication.age":{"gt":"PT1S"}})")),
            kRefused);
  EXPECT_EQ(failures_in_force(in_force_of(R"({"transports":["usb"]})",
                                          R"(,"credential.transports":["hybrid"])",
                                          R"({"credential.transports":{"contains":"hybrid"}})")),
            kRefused);
}

TEST(VerifyReceipt, SucceedsIfThePasskeyIsWhatWasDemandedInForce) {
  for (const char* demanded :
       {R"({"userVerification":"required"})", R"({"binding":"device-bound-claimed"})",
        R"({"algorithms":["ES256","RS256"]})", R"({"coolingOff":"P30D"})",
        R"({"credentialAge":"P200D"})", R"({"approvals":{"count":1,"distinctUsers":true}})",
        R"({"authenticators":{"deny":"keys"}})", R"({"timeout":"PT1M"})",
        R"({"authenticationAge":"PT5M"})", R"({"transports":["usb"]})",
        R"({"residentKey":"required","hints":["hybrid"]})"}) {
    EXPECT_EQ(failures_in_force(in_force_of(demanded)), "verified") << demanded;
  }
  EXPECT_EQ(failures_of_proved(R"({"attestation":"direct","binding":"device-bound-attested",)"
                               R"("minimumCertification":"L2",)"
                               R"("authenticators":{"allow":"keys"}})"),
            "verified");
  // An objection of the metadata then takes the proof away.
  EXPECT_EQ(failures_if([](ApprovalEvidence& evidence) {
              prove_model(evidence);
              evidence.credential.objection = "authenticator_compromised";
              std::erase(evidence.checks, "credential_model_sound");
              put_in_force(evidence, in_force_of(R"({"binding":"device-bound-attested"})"));
            }),
            kRefused);
}

// Of the revision that was bound as well: a decision that is made again may still have been met by
// nobody.
TEST(VerifyReceipt, FailsIfThePasskeyIsNotWhatTheBoundPolicyDemanded) {
  ApprovalOptions options;
  options.policy = R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"deny",)"
                   R"("lists":{"keys":["ee882879-721c-4913-9775-3dfcce97072a"]},"rules":[)"
                   R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":{)"
                   R"("binding":"device-bound-attested","authenticators":{"allow":"keys"}}}]})";
  EXPECT_EQ(failures_of(options), kRefused);
  options.edit_evidence = prove_model;
  EXPECT_EQ(failures_of(options), kRefused) << "no model of the list";
  options.edit_evidence = [](ApprovalEvidence& evidence) {
    prove_model(evidence);
    evidence.credential.registered.aaguid = {0xee, 0x88, 0x28, 0x79, 0x72, 0x1c, 0x49, 0x13,
                                             0x97, 0x75, 0x3d, 0xfc, 0xce, 0x97, 0x07, 0x2a};
  };
  EXPECT_EQ(failures_of(options), "verified");
}

TEST(VerifyReceipt, SaysWhatOfTheDemandsNoRecordShows) {
  ApprovalOptions options;
  options.edit_evidence = [](ApprovalEvidence& evidence) {
    put_in_force(evidence, in_force_of(R"({"authenticationAge":"PT5M","transports":["usb"],)"
                                       R"("authenticators":{"deny":"keys"}})"));
  };
  const auto policy_sentence = [&] {
    return sentence_of(verify(encode_receipt(make_receipt({make_record(options)}))),
                       ReceiptStepId::policy);
  };
  EXPECT_NE(policy_sentence().find(
                "; another policy came into force before the end, and is not recorded: what it is "
                "said to have demanded was given; demanded, too, and seen by the server alone: "
                "authenticators, transports, authenticationAge."),
            std::string::npos)
      << policy_sentence();
  // The metadata may have certified the model since the registration: neither yes nor no.
  const std::string higher = R"({"minimumCertification":"L3"})";
  EXPECT_EQ(failures_of_proved(higher), "1 policy: unknown");
  options.edit_evidence = [&](ApprovalEvidence& evidence) {
    prove_model(evidence);
    put_in_force(evidence, in_force_of(R"({"minimumCertification":"L3","transports":["usb"]})"));
  };
  const ReceiptReport report = verify(encode_receipt(make_receipt({make_record(options)})));
  EXPECT_NE(
      report.sentence().find("a higher certification of the passkey's model than is recorded: "
                             "whether it had it, the record does not show."),
      std::string::npos)
      << report.sentence();
  EXPECT_EQ(report.sentence().find("this version"), std::string::npos) << report.sentence();
  EXPECT_NE(policy_sentence().find("when it was registered; another policy came into force before "
                                   "the end, and is not recorded: what it is said to have demanded "
                                   "was given; demanded, too, and seen by the server alone: "
                                   "transports."),
            std::string::npos)
      << policy_sentence();
  const std::string asked = R"({"credential.certification":{"gte":"L1"}})";
  EXPECT_EQ(failures_of_proved(higher, R"(,"credential.certification":"L3")", asked), "verified");
  EXPECT_EQ(failures_of_proved(higher, R"(,"credential.certification":"L2")", asked), kRefused);
}

TEST(VerifyReceipt, FailsIfTheDecisionInForceWasAskedAboutSomethingElse) {
  const auto asked = [](const std::string& inputs, const std::string& condition) {
    return failures_in_force(in_force_of("{}", inputs, condition));
  };
  const std::string amount = R"({"amount.base":{"gte":1}})";
  EXPECT_EQ(asked(R"(,"amount.base":123456)", amount), "verified");
  EXPECT_EQ(asked(R"(,"amount.base":100)", amount), kRefused);
  const std::string currency = R"({"amount.currency":"EUR"})";
  EXPECT_EQ(asked(R"(,"amount.currency":"EUR")", currency), "verified");
  EXPECT_EQ(asked(R"(,"amount.currency":"USD")", R"({"amount.currency":"USD"})"), kRefused);
  EXPECT_EQ(asked(R"(,"amount.currency":"USD")", currency), "verified") << "masked: any other";
  const std::string type = R"({"transaction.type":"payment.batch/1"})";
  EXPECT_EQ(asked(R"(,"transaction.type":"payment.batch/1")", type), kRefused);
  // What the bank said to the one it said to the other.
  const std::string risk = R"({"risk.score":{"gte":1}})";
  EXPECT_EQ(asked(R"(,"risk.score":10)", risk), "verified");
  EXPECT_EQ(asked(R"(,"risk.score":1)", risk), kRefused);
  EXPECT_EQ(asked(R"(,"payee.known":false)", R"({"payee.known":true})"), kRefused);
  // What the passkey and the display are.
  EXPECT_EQ(asked(R"(,"transaction.tier":0)", R"({"transaction.tier":{"gte":1}})"), "verified");
  EXPECT_EQ(asked(R"(,"transaction.tier":4)", R"({"transaction.tier":{"gte":1}})"), kRefused);
  EXPECT_EQ(asked(R"(,"credential.algorithm":"ES256")", R"({"credential.algorithm":"ES256"})"),
            "verified");
  EXPECT_EQ(asked(R"(,"credential.algorithm":"RS256")", R"({"credential.algorithm":"ES256"})"),
            kRefused);
  EXPECT_EQ(asked(R"(,"credential.format":"packed")", R"({"credential.format":"tpm"})"), kRefused);
  EXPECT_EQ(asked(R"(,"credential.backupEligible":true)", R"({"credential.backupEligible":false})"),
            kRefused);
  const std::string model = R"({"credential.aaguid":"ee882879-721c-4913-9775-3dfcce97072a"})";
  EXPECT_EQ(asked(R"(,"credential.aaguid":"ee882879-721c-4913-9775-3dfcce97072a")", model),
            kRefused);
}

// What the policy was told of the passkey is what stands beside it in the record. The bound
// decision is made again and says the same: what it was made of is forged.
std::string failures_if_told(const std::string& condition, const std::string& inputs,
                             std::function<void(ApprovalEvidence&)> edit = nullptr,
                             std::uint8_t flags = 0) {
  ApprovalOptions options;
  options.policy =
      R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"deny","rules":[)"
      R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":{}},)"
      R"({"id":"no","when":{"all":[{"ceremony":"transaction.approve"},)" +
      condition + R"(]},"deny":{"reason":"x"}}]})";
  options.inputs = R"({"ceremony":"transaction.approve",)" + inputs + "}";
  options.edit_assertion = [=](AssertionOptions& asserted) { asserted.flags |= flags; };
  options.edit_evidence = std::move(edit);
  return failures_of(options);
}

TEST(VerifyReceipt, FailsIfThePolicyWasToldThatThePasskeyIsOlder) {
  const std::string young = R"({"credential.age":{"lt":"P1D"}})";
  const auto registered_before = [](std::int64_t seconds) {
    return [=](ApprovalEvidence& evidence) {
      evidence.credential.created_at.value = evidence.approved_at.value - seconds;
    };
  };
  const std::string a_day = R"("credential.age":"P1D")";
  EXPECT_EQ(failures_if_told(young, a_day, registered_before(86400)), "verified");
  EXPECT_EQ(failures_if_told(young, a_day, registered_before(86340)), "verified")
      << "a second look at the clock";
  EXPECT_EQ(failures_if_told(young, a_day, registered_before(86339)), kRefused);
  EXPECT_EQ(failures_if_told(young, R"("credential.age":"P30D")", registered_before(5)), kRefused);
  EXPECT_EQ(failures_if_told(young, R"("credential.age":"P90D")"), "verified") << "115 days";
}

TEST(VerifyReceipt, FailsIfThePolicyWasToldThatThePasskeysModelIsProved) {
  const std::string unproved = R"({"credential.attested":false})";
  const std::string attested = R"("credential.attested":true)";
  const auto objected_to = [](ApprovalEvidence& evidence) {
    prove_model(evidence);
    evidence.credential.objection = "authenticator_compromised";
    std::erase(evidence.checks, "credential_model_sound");
  };
  EXPECT_EQ(failures_if_told(unproved, attested), kRefused);
  EXPECT_EQ(failures_if_told(unproved, attested, prove_model), "verified");
  EXPECT_EQ(failures_if_told(unproved, attested, objected_to), kRefused);
  // The metadata may have forgotten the model.
  const std::string proved = R"({"credential.attested":true})";
  EXPECT_EQ(failures_if_told(proved, R"("credential.attested":false)", prove_model), "verified");
}

TEST(VerifyReceipt, FailsIfThePolicyWasToldThatThePasskeyIsCertified) {
  const std::string low = R"({"credential.certification":{"lt":"L1"}})";
  const std::string certified = R"("credential.certification":"L1")";
  EXPECT_EQ(failures_if_told(low, certified), kRefused);
  EXPECT_EQ(failures_if_told(low, certified, prove_model), "verified");
  EXPECT_EQ(failures_if_told(low, R"("credential.certification":"L3")", prove_model), "verified")
      << "certified later";
  EXPECT_EQ(failures_if_told(low, certified,
                             [](ApprovalEvidence& evidence) {
                               prove_model(evidence);  // by an anchor of the configuration
                               evidence.credential.at_registration.is_proved = false;
                             }),
            kRefused);
}

TEST(VerifyReceipt, FailsIfThePolicyWasToldAnotherStatusOfTheModel) {
  const std::string bad = R"({"credential.metadataStatus":{"in":["revoked","unknown"]}})";
  const std::string current = R"("credential.metadataStatus":"current")";
  const auto recorded = [&](const std::string& status) {
    return failures_if_told(bad, current, [=](ApprovalEvidence& evidence) {
      evidence.credential.metadata_status = status;
    });
  };
  EXPECT_EQ(recorded("current"), "verified");
  for (const char* status : {"unknown", "revoked", "retired", "update-available", "", "x"}) {
    EXPECT_EQ(recorded(status), kRefused) << status;
  }
}

TEST(VerifyReceipt, FailsIfThePolicyWasToldAnotherBackupThanWasSigned) {
  const std::string backed_up = R"({"credential.backedUp":true})";
  const std::string is_not = R"("credential.backedUp":false)";
  // What was recorded of the passkey before is not what it signed.
  const auto recorded = [](bool is_backed_up) {
    return [=](ApprovalEvidence& evidence) {
      evidence.credential.is_backup_eligible = true;
      evidence.credential.is_backed_up = is_backed_up;
    };
  };
  EXPECT_EQ(failures_if_told(backed_up, is_not), "verified");
  for (const bool before : {false, true}) {
    EXPECT_EQ(failures_if_told(backed_up, is_not, recorded(before), kBackupEligible), "verified");
    EXPECT_EQ(failures_if_told(backed_up, is_not, recorded(before), kBackupEligible | kBackedUp),
              kRefused);
    EXPECT_EQ(failures_if_told(R"({"credential.backedUp":false})", R"("credential.backedUp":true)",
                               recorded(before), kBackupEligible | kBackedUp),
              "verified");
  }
  EXPECT_EQ(failures_if_told(R"({"credential.backedUp":false})", R"("credential.backedUp":true)"),
            kRefused);
}

// Nor was the one in force.
TEST(VerifyReceipt, FailsIfThePolicyInForceWasToldOtherwise) {
  EXPECT_EQ(failures_in_force(in_force_of("{}", R"(,"credential.attested":true)",
                                          R"({"credential.attested":false})")),
            kRefused);
  EXPECT_EQ(failures_in_force(in_force_of("{}", R"(,"credential.attested":false)",
                                          R"({"credential.attested":false})")),
            "verified");
}

TEST(VerifyReceipt, FailsIfTheDecisionInForceIsMadeUp) {
  const std::string genuine = in_force_of(R"({"userVerification":"required"})",
                                          R"(,"risk.score":10)", R"({"risk.score":{"gte":1}})");
  ASSERT_EQ(failures_in_force(genuine), "verified");
  const auto if_replaced = [&](std::string_view from, std::string_view to) {
    std::string changed = genuine;
    EXPECT_NE(changed.find(from), std::string::npos) << from;
    return failures_in_force(changed.replace(changed.find(from), from.size(), to));
  };
  const std::pair<std::string_view, std::string_view> edits[] = {
      {R"("requirements":{)", R"("requirements":{"faceScan":true,)"},
      {R"("userVerification":"required")", R"("userVerification":true)"},
      {R"("userVerification":"required")", R"("userVerification":"always")"},
      {R"("userVerification":"required")", R"("binding":1)"},
      {R"("userVerification":"required")", R"("minimumCertification":"L9")"},
      {R"("userVerification":"required")", R"("algorithms":[])"},
      {R"("userVerification":"required")", R"("algorithms":["ES256","ES256"])"},
      {R"("userVerification":"required")", R"("coolingOff":60)"},
      {R"("userVerification":"required")", R"("timeout":"PT0S")"},
      {R"("userVerification":"required")", R"("approvals":{"count":1,"more":1})"},
      {R"("userVerification":"required")", R"("approvals":{"count":1,"distinctUsers":1})"},
      {R"("userVerification":"required")", R"("authenticators":{})"},
      {R"("userVerification":"required")", R"("authenticators":{"allow":"keys"})"},
      {R"("userVerification":"required")", R"("authenticators":{"deny":[]})"},
      {R"("userVerification":"required")", R"("authenticators":{"deny":["Not An Id"]})"},
      {R"("userVerification":"required")", R"("authenticators":{"some":["keys"]})"},
      {R"("risk.score":10)", R"("risk.score":"10")"},
      {R"("risk.score":10)", R"("risk.score":10,"risk.level":1)"},
      {R"("inputs":{"ceremony":"transaction.approve")", R"("inputs":{"ceremony":"limit.change")"},
      {R"("inputs":{"ceremony":"transaction.approve",)", R"("inputs":{)"},
      {R"("id":"other")", R"("id":"An Other")"},
      {R"("id":"other")", R"("id":1)"},
      {R"("revision":1)", R"("revision":"1")"},
      {R"("revision":1)", R"("revision":-1)"},
      {R"("basis":"rules")", R"("basis":"counter-not-advanced")"},
      {R"("rules":[{)", R"("rules":[1,{)"},
      {R"("effect":"require")", R"("effect":"allow")"},
      {R"("truth":"true")", R"("truth":"false")"},
      {R"("truth":"true")", R"("truth":"true","more":1)"},
      {R"([{"id":"pay")", R"([{"id":""})"},
  };
  for (const auto& [from, to] : edits) {
    EXPECT_EQ(if_replaced(from, to), kRefused) << to;
  }
}

}  // namespace
}  // namespace countersign::testing
