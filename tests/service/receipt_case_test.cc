#include "service/receipt_case.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "backends/cryptopp/cryptopp_backend.h"
#include "codec/base64url.h"
#include "receipt/limits.h"
#include "service/receipt_page.h"
#include "service/receipt_policy.h"
#include "tests/receipt/approvals.h"

namespace countersign::testing {
namespace {

using nlohmann::json;

class ReceiptCase : public ::testing::Test {
 protected:
  static std::string answer(const json& request, std::string_view file) {
    return verify_receipt_case(request.dump(), file, OpenSslHasher(), OpenSslVerifier());
  }
  static json report(const json& request, std::string_view file) {
    return json::parse(answer(request, file));
  }
  static std::string code(const json& request) {
    const json answered = report(request, "");
    return answered.contains("error") ? answered["error"]["code"].get<std::string>() : "none";
  }
  static json first_failure(const json& report) {
    for (const json& step : report["steps"]) {
      if (step["verdict"] == "fails") {
        return step;
      }
    }
    return json::object();
  }
  std::string log_key() const { return encode_note_key(log_.operator_key.key); }
  std::string witness() const { return encode_note_key(log_.witness.key); }

  TestLog log_;
  std::string file_ = encode_receipt(make_receipt({make_record()}, log_));
};

TEST_F(ReceiptCase, VerifiesAndSaysWhatWasApproved) {
  const json got = report({{"logKey", log_key()}}, file_);
  EXPECT_EQ(got["verdict"], "verified");
  EXPECT_EQ(got["isComplete"], true);
  for (const json& step : got["steps"]) {
    EXPECT_EQ(step["verdict"], "holds") << step;
    EXPECT_FALSE(step["sentence"].get<std::string>().empty());
    EXPECT_FALSE(step.contains("code"));
  }
  ASSERT_EQ(got["approvals"].size(), 1U);
  const json& approval = got["approvals"][0];
  EXPECT_EQ(approval["step"], 1);
  EXPECT_EQ(approval["of"], 1);
  EXPECT_EQ(approval["transactionId"], "transaction-1");
  EXPECT_EQ(approval["rpId"], "example.org");
  EXPECT_EQ(approval["approvedAt"], "2026-09-21T14:15:00Z");
  EXPECT_FALSE(approval["rows"].empty());
  EXPECT_EQ(got["log"], json::parse(R"({"origin":"example.org/receipts","index":5,"size":13})"));
}

TEST_F(ReceiptCase, TakesKeysAsTheirFilesAreRead) {
  for (const char* end : {"\n", "\r\n"}) {
    EXPECT_EQ(report({{"logKey", log_key() + end}}, file_)["verdict"], "verified");
  }
  EXPECT_EQ(code({{"logKey", "\n"}}), "log_key_malformed");
  EXPECT_EQ(code({{"logKey", log_key() + "\n" + log_key()}}), "log_key_malformed");
}

TEST_F(ReceiptCase, SaysWhoDrewItAndWhatIsKnownOfThePasskey) {
  ApprovalOptions framed;
  framed.edit_assertion = [](AssertionOptions& asserted) {
    asserted.client_data.cross_origin = true;
    asserted.client_data.top_origin = "https://partner.example";
  };
  framed.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.top_origins = {"https://partner.example"};
    evidence.credential.metadata_status = "current";
  };
  const json approval = report(
      json::object(), encode_receipt(make_receipt({make_record(framed)}, log_)))["approvals"][0];
  EXPECT_EQ(approval["display"],
            json::parse(R"({"kind":"page","tier":0,"frame":"https://partner.example"})"));
  EXPECT_EQ(approval["passkey"],
            json::parse(R"({"registeredAt":"2026-05-28T20:26:40Z","attestation":{"format":"none",)"
                        R"("type":"none","trust":"none"},"metadataStatus":"current",)"
                        R"("backupEligible":false,"backedUp":false})"));
  const json payment =
      report(json::object(), encode_receipt(make_receipt({make_record(card_payment())}, log_)));
  EXPECT_EQ(payment["approvals"][0]["display"],
            json::parse(R"({"kind":"payment_dialog","tier":2,"payeeOrigin":"https://shop.example",)"
                        R"("instrumentName":"Example Bank Gold",)"
                        R"("instrumentIcon":"https://example.org/gold.png"})"));
}

TEST_F(ReceiptCase, TheAnswerIsTheSameWithEitherBackend) {
  const json request = {{"logKey", log_key()}};
  std::string changed = file_;
  changed[changed.size() / 2] ^= 1;
  for (const std::string& file : {file_, changed, std::string()}) {
    EXPECT_EQ(verify_receipt_case(request.dump(), file, CryptoppHasher(), CryptoppVerifier()),
              answer(request, file));
  }
}

TEST_F(ReceiptCase, AnswersWithThePageWhereItIsAskedFor) {
  const json request = {{"logKey", log_key()}, {"form", "page"}};
  const json got = report(request, file_);
  EXPECT_EQ(got.size(), 2U);
  EXPECT_EQ(got["verdict"], "verified");
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  const RecordedDecisions policies(hasher);
  ReceiptTrust trust;
  trust.log = log_.operator_key.key;
  EXPECT_EQ(got["page"], receipt_page(verify_receipt(file_, trust, {hasher, verifier, policies})));
  EXPECT_EQ(report(request, "")["verdict"], "refused");
  EXPECT_EQ(code({{"form", "pages"}}), "case_malformed");
  EXPECT_EQ(code({{"form", 1}}), "case_malformed");
}

// A bank that keeps the log's key writes any name into its records: none of them turns the text
// around it, in any form of the answer.
TEST_F(ReceiptCase, ShowsNoNameThatHidesSomething) {
  const std::string mark = "\u202e";
  ApprovalOptions options;
  options.edit_evidence = [&](ApprovalEvidence& evidence) {
    CredentialEvidence& credential = evidence.credential;
    for (std::string* name :
         {&evidence.core_version, &evidence.verifier, &credential.attestation_format,
          &credential.attestation_type, &credential.attestation_trust,
          &credential.at_registration.description, &credential.metadata_status,
          &credential.objection}) {
      *name = "DEIFIREV" + mark;
    }
    std::erase(evidence.checks, "credential_model_sound");
    evidence.origins.push_back("https://example.org/" + mark);
    evidence.tier.kind = DisplayKind::payment_dialog;
    evidence.tier.details =
        CanonicalValue::make_map({{"payeeOrigin", CanonicalValue::make_text("A" + mark)},
                                  {"instrumentName", CanonicalValue::make_text("B" + mark)},
                                  {"instrumentIcon", CanonicalValue::make_text("C" + mark)},
                                  {"logos", CanonicalValue::make_array({})}});
  };
  const std::string file = encode_receipt(make_receipt({make_record(options)}, log_));
  const json got = report({{"logKey", log_key()}}, file);
  ASSERT_EQ(got["approvals"].size(), 1U) << got;
  EXPECT_EQ(got.dump().find(mark), std::string::npos) << got;
  EXPECT_EQ(got["approvals"][0]["passkey"]["attestation"]["trust"], "not known");
  const std::string page = report({{"logKey", log_key()}, {"form", "page"}}, file)["page"];
  EXPECT_EQ(page.find(mark), std::string::npos) << page;
  EXPECT_NE(page.find("countersign not known, not known"), std::string::npos) << page;
}

TEST_F(ReceiptCase, FailsIfNothingIsTrusted) {
  EXPECT_EQ(report(json::object(), file_)["verdict"], "unanchored");
}

TEST_F(ReceiptCase, FailsIfTheKeyIsAnothers) {
  const TestSigner other(log_.origin, NoteKeyKind::log, "x");
  const json got = report({{"logKey", encode_note_key(other.key)}}, file_);
  EXPECT_EQ(got["verdict"], "refused");
  EXPECT_EQ(first_failure(got)["name"], "checkpoint");
  EXPECT_EQ(first_failure(got)["code"], "checkpoint_key_unknown");
}

TEST_F(ReceiptCase, FailsIfANamedWitnessDidNotSign) {
  EXPECT_EQ(report({{"logKey", log_key()}, {"witnesses", {witness()}}}, file_)["verdict"],
            "refused");
  log_.is_witnessed = true;
  const std::string seen = encode_receipt(make_receipt({make_record()}, log_));
  const json got = report({{"logKey", log_key()}, {"witnesses", {witness()}}}, seen);
  EXPECT_EQ(got["verdict"], "verified");
  EXPECT_EQ(got["witnesses"],
            json::parse(R"([{"name":"witness.example/w1","time":"2026-09-21T14:16:40Z"}])"));
  EXPECT_EQ(report({{"logKey", log_key()}}, seen)["verdict"], "refused");
}

// Whoever gives anchors does not get a verdict without them.
TEST_F(ReceiptCase, FailsIfThePasskeyLeadsToNoAnchor) {
  RegistrationOptions attested;
  attested.format = Format::packed_x5c;
  const ByteVector der = make_registration(attested).anchors()[0];
  const json got = report({{"logKey", log_key()}, {"anchors", {encode_base64(der)}}}, file_);
  EXPECT_EQ(got["verdict"], "refused");
  EXPECT_EQ(first_failure(got)["name"], "attestation_anchor");
}

TEST_F(ReceiptCase, FailsIfWhatIsTrustedCannotBeUsed) {
  EXPECT_EQ(code({{"logKey", ""}}), "log_key_malformed");
  EXPECT_EQ(code({{"logKey", log_key() + "\nx"}}), "log_key_malformed");
  EXPECT_EQ(code({{"logKey", 7}}), "case_malformed");
  EXPECT_EQ(code({{"logKey", nullptr}}), "case_malformed");
  EXPECT_EQ(code({{"witnesses", witness()}}), "case_malformed");
  EXPECT_EQ(code({{"witnesses", {7}}}), "case_malformed");
  EXPECT_EQ(code({{"witnesses", {log_key() + "x"}}}), "log_key_malformed");
  EXPECT_EQ(code({{"anchors", {"%"}}}), "base64_invalid");
  EXPECT_EQ(code({{"anchors", {"MAA="}}}), "der_truncated");
  EXPECT_EQ(code(json::array()), "case_malformed");
  EXPECT_EQ(json::parse(
                verify_receipt_case("{", "", OpenSslHasher(), OpenSslVerifier()))["error"]["code"],
            "json_syntax");
}

// It would count as two.
TEST_F(ReceiptCase, FailsIfAWitnessIsNamedTwice) {
  json request = {{"logKey", log_key()}, {"witnesses", {witness(), witness()}}};
  EXPECT_EQ(code(request), "case_malformed");
  request["witnesses"] = {
      witness(), encode_note_key(TestSigner("other", NoteKeyKind::witness, "witness").key)};
  EXPECT_EQ(code(request), "case_malformed");
  request["witnesses"] = {encode_note_key(TestSigner("other", NoteKeyKind::witness, "log").key)};
  EXPECT_EQ(code(request), "case_malformed");
}

TEST_F(ReceiptCase, FailsIfThereAreMoreWitnessesThanANoteHasSignatures) {
  json request;
  for (std::size_t i = 0; i < limits::kMaxNoteSignatures; ++i) {
    const std::string name = "witness " + std::to_string(i);
    request["witnesses"].push_back(
        encode_note_key(TestSigner("witness.example", NoteKeyKind::witness, name).key));
  }
  EXPECT_EQ(code(request), "none");
  request["witnesses"].push_back(witness());
  EXPECT_EQ(code(request), "expectations_too_large");
}

TEST_F(ReceiptCase, FailsIfTheFileIsNoReceipt) {
  for (const std::string& file : {std::string(), std::string("{}"), file_ + "\n", file_.substr(1),
                                  std::string(limits::kMaxReceiptBytes + 1, ' ')}) {
    const json got = report({{"logKey", log_key()}}, file);
    EXPECT_EQ(got["verdict"], "refused");
    EXPECT_EQ(got["steps"][0]["name"], "file");
    EXPECT_EQ(got["steps"][0]["verdict"], "fails");
    EXPECT_TRUE(got["approvals"].empty());
  }
}

}  // namespace
}  // namespace countersign::testing
