#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "codec/base64url.h"
#include "tests/cli/command_runner.h"
#include "tests/http/server_process.h"
#include "tests/receipt/approvals.h"
#include "transaction/batch.h"

namespace countersign::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class ReceiptCommand : public ::testing::Test {
 protected:
  ReceiptCommand() {
    folder_.write("log.key", encode_note_key(log_.operator_key.key) + "\n");
    folder_.write("witness.key", encode_note_key(log_.witness.key));
    folder_.write("other.key",
                  encode_note_key(TestSigner("example.org/receipts", NoteKeyKind::log, "x").key));
    file_ = encode_receipt(make_receipt({make_record()}, log_));
    folder_.write("receipt.json", file_);
  }
  CommandResult run(const std::string& verb, const std::vector<std::string>& more,
                    const std::string& name = "receipt.json") const {
    const std::string file = folder_.path(name);
    std::vector<std::string_view> arguments = {"receipt", verb};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.emplace_back(file);
    return run_command(arguments);
  }
  std::string key(const std::string& option, const std::string& name) const {
    return option + "=" + folder_.path(name);
  }

  TemporaryFolder folder_;
  TestLog log_;
  std::string file_;
};

TEST_F(ReceiptCommand, VerifySaysEachStepInWords) {
  const CommandResult result = run("verify", {key("--log-key", "log.key")});
  EXPECT_EQ(result.code, cli::kDone) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("ok    Drawn again from the order, the display is exactly "
                                    "the one that was signed.\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("FAIL")));
  EXPECT_THAT(result.out,
              HasSubstr("\nverified: The passkey recorded for each approver, the customer's own "
                        "first, approved exactly this, and "
                        "the log proves the record.\n"));
}

TEST_F(ReceiptCommand, VerifySaysFirstWhatWasApproved) {
  const CommandResult result = run("verify", {key("--log-key", "log.key")});
  const std::string user = encode_base64url(credential_of("user").user_handle);
  const std::string lines[] = {
      "\u00dcberweisung freigeben",
      "",
      "Betrag: \u20661.234,56\u00a0EUR\u2069",
      "Empf\u00e4nger: \u2068Muster Handels GmbH\u2069",
      "Konto des Empf\u00e4ngers: \u2066DE89 3704 0044 0532 0130 00\u2069",
      "Von Konto: \u2066DE75 5121 0800 1245 1261 99\u2069",
      "Ausf\u00fchrung: \u206823. November 2026\u2069",
      "Verwendungszweck: \u2068RF18539007547034\u2069",
      "",
      "Answered with [\u2068Freigeben\u2069], and not with [\u2068Ablehnen\u2069]",
      "",
      "Transaction transaction-1 of bank (example.org), in the log example.org/receipts",
      "Approval 1 of 1 at 2026-09-21T14:15:00Z by the user " + user,
      "",
      "ok    The file is, byte for byte, as it was written."};
  std::string expected;
  for (const std::string& line : lines) {
    expected += line + '\n';
  }
  EXPECT_EQ(result.out.substr(0, expected.size()), expected);
  // Of what fails it says nothing.
  const CommandResult refused = run("verify", {key("--log-key", "other.key")});
  EXPECT_THAT(refused.out, Not(HasSubstr("Muster Handels GmbH")));
  EXPECT_THAT(refused.out, Not(HasSubstr("transaction-1")));
}

// 20,000.00 EUR, the customer approved, the other declined: there is no order.
TEST_F(ReceiptCommand, VerifyOfOneApprovalOfTwoIsNoSuccess) {
  const std::vector<ByteVector> records = make_chain(2);
  folder_.write("first.json", encode_receipt(make_receipt({records.front()}, log_)));
  folder_.write("both.json", encode_receipt(make_receipt(records, log_)));
  const CommandResult first = run("verify", {key("--log-key", "log.key")}, "first.json");
  EXPECT_EQ(first.code, cli::kNegative);
  EXPECT_THAT(first.out, HasSubstr("\nApproval 1 of 2 at 2026-09-21T14:15:01Z by the user "));
  EXPECT_THAT(first.out, HasSubstr("\nincomplete: 1 of 2 approvals: this alone does not approve "
                                   "the order. The passkey"));
  EXPECT_THAT(first.out, Not(HasSubstr("\nverified")));
  const CommandResult told = run("verify", {"--json", key("--log-key", "log.key")}, "first.json");
  EXPECT_EQ(told.code, cli::kNegative);
  EXPECT_EQ(nlohmann::json::parse(told.out)["isComplete"], false);
  EXPECT_EQ(nlohmann::json::parse(told.out)["verdict"], "incomplete");
  const CommandResult page = run("print", {key("--log-key", "log.key")}, "first.json");
  EXPECT_EQ(page.code, cli::kNegative);
  EXPECT_THAT(page.out, HasSubstr("<strong>Not all approvals</strong><p>1 of 2 approvals: "));
  EXPECT_THAT(page.out, HasSubstr("<h2>What needs more approvals than are here</h2>"));
  EXPECT_THAT(page.out, HasSubstr("<h2>Approval 1 of 2</h2>"));

  const CommandResult both = run("verify", {key("--log-key", "log.key")}, "both.json");
  EXPECT_EQ(both.code, cli::kDone);
  EXPECT_THAT(both.out, HasSubstr("\nApproval 2 of 2 at 2026-09-21T14:15:02Z by the user "));
  EXPECT_THAT(run("print", {key("--log-key", "log.key")}).out,
              HasSubstr("<h2>Approval 1 of 1</h2>"));
}

// A template whose buttons say the contrary of what they do: no machine knows, whoever reads does.
TEST_F(ReceiptCommand, SaysWhichButtonWasPressed) {
  nlohmann::json document =
      nlohmann::json::parse(find_shipped_template("payment.credit-transfer/1"));
  std::swap(document["locales"]["de-DE"]["affirm"], document["locales"]["de-DE"]["deny"]);
  ApprovalOptions exchanged;
  exchanged.own_template = document.dump();
  folder_.write("exchanged.json", encode_receipt(make_receipt({make_record(exchanged)}, log_)));
  const std::string log_key = key("--log-key", "log.key");
  EXPECT_THAT(run("verify", {log_key}, "exchanged.json").out,
              HasSubstr("\nAnswered with [\u2068Ablehnen\u2069], and not with "
                        "[\u2068Freigeben\u2069]\n"));
  EXPECT_THAT(run("print", {log_key}, "exchanged.json").out,
              HasSubstr("<dt>Button that was pressed</dt><dd><bdi>Ablehnen</bdi></dd></div>\n"
                        "<div class=\"l3\"><dt>Button that was not</dt><dd><bdi>Freigeben</bdi>"));
  const CommandResult told = run("verify", {"--json", log_key}, "exchanged.json");
  EXPECT_EQ(nlohmann::json::parse(told.out)["approvals"][0]["action"]["affirm"], "Ablehnen");
  // The browser's dialog has buttons of its own.
  folder_.write("card.json", encode_receipt(make_receipt({make_record(card_payment())}, log_)));
  EXPECT_THAT(run("verify", {log_key}, "card.json").out, Not(HasSubstr("Answered with")));
  EXPECT_THAT(run("print", {log_key}, "card.json").out, Not(HasSubstr("Button that was")));
}

// One line for one payee: nothing of the others but hashes.
TEST_F(ReceiptCommand, ShowsALineOfABatchAndThatItWasSigned) {
  ApprovalOptions batch;
  nlohmann::json intent = {{"type", "payment.batch/1"}};
  nlohmann::json& fields = intent["fields"];
  fields["total"] = nlohmann::json::array({{{"currency", "EUR"}, {"value", "6.00"}}});
  fields["count"] = 3;
  fields["debtorAccount"] = {{"iban", "DE75512108001245126199"}};
  fields["executionDate"] = "2026-11-23";
  for (const char* value : {"1.00", "2.00", "3.00"}) {
    fields["payees"].push_back({{"creditor", std::string("Payee of ") + value[0]},
                                {"creditorAccount", {{"iban", "DE89370400440532013000"}}},
                                {"amount", {{"currency", "EUR"}, {"value", value}}}});
  }
  batch.intent = intent.dump();
  folder_.write("batch.json", encode_receipt(make_receipt({make_record(batch)}, log_)));
  const std::string log_key = key("--log-key", "log.key");
  const CommandResult plain = run("verify", {log_key}, "batch.json");
  const OpenSslHasher hasher;
  for (std::size_t number = 1; number <= 3; ++number) {
    const CommandResult result =
        run("verify", {log_key, "--line", std::to_string(number)}, "batch.json");
    ASSERT_EQ(result.code, cli::kDone) << result.out << result.err;
    ASSERT_TRUE(result.out.starts_with(plain.out));
    const nlohmann::json line = nlohmann::json::parse(result.out.substr(plain.out.size()));
    EXPECT_EQ(line["line"], number);
    EXPECT_EQ(line["of"], 3);
    EXPECT_EQ(line["fields"], fields["payees"][number - 1]);
    EXPECT_EQ(line["batch"], nlohmann::json({{"total", fields["total"]}}));
    const auto digest_of = [](const nlohmann::json& text) {
      Digest256 digest{};
      const ByteVector bytes = parse_base64url(text.get<std::string>()).value();
      std::copy(bytes.begin(), bytes.end(), digest.begin());
      return digest;
    };
    const CanonicalValue frozen =
        parse_canonical_cbor(parse_base64url(line["cbor"].get<std::string>()).value()).value();
    EXPECT_EQ(batch_leaf(hasher, frozen).value(), digest_of(line["leaf"]));
    std::vector<Digest256> path;
    for (const nlohmann::json& sibling : line["path"]) {
      path.push_back(digest_of(sibling));
    }
    EXPECT_TRUE(
        is_in_batch(hasher, digest_of(line["leaf"]), number - 1, 3, path, digest_of(line["root"])));
  }
  for (const char* number : {"4", "18446744073709551615"}) {
    const CommandResult none = run("verify", {log_key, "--line", number}, "batch.json");
    EXPECT_EQ(none.code, cli::kNegative) << number;
    EXPECT_THAT(none.err, HasSubstr("no batch with a line "));
  }
  EXPECT_EQ(run("verify", {log_key, "--line", "1"}).code, cli::kNegative) << "no batch";
  for (const char* number : {"0", "-1", "1x", "18446744073709551616"}) {
    EXPECT_EQ(run("verify", {log_key, "--line", number}, "batch.json").code, cli::kUsage) << number;
  }
  EXPECT_EQ(run("print", {log_key, "--line", "1"}, "batch.json").code, cli::kUsage);
  // Of what fails, nothing is shown.
  const CommandResult refused =
      run("verify", {key("--log-key", "other.key"), "--line", "1"}, "batch.json");
  EXPECT_EQ(refused.code, cli::kNegative);
  EXPECT_THAT(refused.out, Not(HasSubstr("\"cbor\"")));
}

TEST_F(ReceiptCommand, PrintSaysInWhoseFrameItWas) {
  ApprovalOptions framed;
  framed.edit_assertion = [](AssertionOptions& asserted) {
    asserted.client_data.cross_origin = true;
    asserted.client_data.top_origin = "https://partner.example";
  };
  framed.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.top_origins = {"https://partner.example"};
  };
  folder_.write("framed.json", encode_receipt(make_receipt({make_record(framed)}, log_)));
  EXPECT_THAT(run("print", {key("--log-key", "log.key")}, "framed.json").out,
              HasSubstr("<dt>Inside a frame of</dt><dd><bdi>https://partner.example</bdi>"));
}

TEST_F(ReceiptCommand, SaysWhenThePasskeyWasRegisteredAndWhatTheMetadataSaid) {
  ApprovalOptions options;
  options.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.credential.metadata_status = "compromised";
    evidence.credential.objection = "authenticator_compromised";
    std::erase(evidence.checks, "credential_model_sound");
  };
  folder_.write("objected.json", encode_receipt(make_receipt({make_record(options)}, log_)));
  const std::string log_key = key("--log-key", "log.key");
  EXPECT_THAT(run("verify", {log_key}, "objected.json").out,
              HasSubstr("ok    The passkey was there before it approved: registered at "
                        "2026-05-28T20:26:40Z, attestation none (none), its model in the metadata "
                        "at the time of the approval: compromised, with the objection "
                        "authenticator_compromised.\n"));
  const std::string page = run("print", {log_key}, "objected.json").out;
  EXPECT_THAT(page, HasSubstr("<dt>Passkey registered at</dt><dd><bdi>2026-05-28T20:26:40Z</bdi>"));
  EXPECT_THAT(page, HasSubstr("<bdi>compromised</bdi>"));
  EXPECT_THAT(page, HasSubstr("<bdi>authenticator_compromised</bdi>"));
}

TEST_F(ReceiptCommand, TakesStandardInput) {
  const std::string log_key = key("--log-key", "log.key");
  EXPECT_EQ(run_command({"receipt", "verify", log_key, "-"}, file_).code, cli::kDone);
  const std::string line = encode_note_key(log_.operator_key.key) + "\n";
  EXPECT_EQ(
      run_command({"receipt", "verify", "--log-key", "-", folder_.path("receipt.json")}, line).code,
      cli::kDone);
}

TEST_F(ReceiptCommand, NamesTheFileThatCannotBeRead) {
  const std::string none = folder_.path("missing.key");
  EXPECT_EQ(run("verify", {"--log-key", none}).err,
            "countersign receipt: " + none + ": No such file or directory\n");
  EXPECT_EQ(run("verify", {"--anchors", none}).err,
            "countersign receipt: " + none + ": No such file or directory\n");
  EXPECT_EQ(
      run("verify", {}, "missing.json").err,
      "countersign receipt: " + folder_.path("missing.json") + ": No such file or directory\n");
  folder_.write("long.key", std::string(1025, 'x'));
  EXPECT_EQ(run("verify", {key("--witness", "long.key")}).err,
            "countersign receipt: " + folder_.path("long.key") + ": the file is too large\n");
}

TEST_F(ReceiptCommand, VerifyWithoutALogKeyIsNoSuccess) {
  const CommandResult result = run("verify", {});
  EXPECT_EQ(result.code, cli::kNegative);
  EXPECT_THAT(result.out, HasSubstr("open  Without a key of the log"));
  EXPECT_THAT(result.out, HasSubstr("\nunanchored: "));
}

TEST_F(ReceiptCommand, VerifyRefusesAnotherKeyAndAChangedByte) {
  const CommandResult other = run("verify", {key("--log-key", "other.key")});
  EXPECT_EQ(other.code, cli::kNegative);
  EXPECT_THAT(other.out, HasSubstr("[checkpoint_key_unknown]\n"));
  EXPECT_THAT(other.out, HasSubstr("\nrefused: "));
  std::string changed = file_;
  changed[changed.size() / 2] ^= 1;
  folder_.write("changed.json", changed);
  const CommandResult refused = run("verify", {key("--log-key", "log.key")}, "changed.json");
  EXPECT_EQ(refused.code, cli::kNegative);
  EXPECT_THAT(refused.out, HasSubstr("FAIL  "));
}

TEST_F(ReceiptCommand, VerifyNeedsTheWitnessesThatAreNamed) {
  const CommandResult result =
      run("verify", {key("--log-key", "log.key"), key("--witness", "witness.key")});
  EXPECT_EQ(result.code, cli::kNegative);
  EXPECT_THAT(result.out, HasSubstr("[witness_cosignature_missing]"));
  TestLog witnessed = log_;
  witnessed.is_witnessed = true;
  folder_.write("witnessed.json", encode_receipt(make_receipt({make_record()}, witnessed)));
  const CommandResult seen =
      run("verify", {key("--log-key", "log.key"), "--witness", folder_.path("witness.key")},
          "witnessed.json");
  EXPECT_EQ(seen.code, cli::kDone) << seen.out;
  EXPECT_THAT(seen.out, HasSubstr("ok    A witness saw this state of the log: witness.example/w1"));
}

TEST_F(ReceiptCommand, VerifyTakesMakersOfAuthenticators) {
  RegistrationOptions attested;
  attested.format = Format::packed_x5c;
  const Registration registration = make_registration(attested);
  folder_.write("makers.pem", to_pem("CERTIFICATE", registration.anchors()[0]));
  const CommandResult result =
      run("verify", {key("--log-key", "log.key"), key("--anchors", "makers.pem")});
  EXPECT_EQ(result.code, cli::kNegative);
  EXPECT_THAT(result.out, HasSubstr("lead to none of the makers"));
}

TEST_F(ReceiptCommand, VerifyAnswersMachines) {
  const CommandResult result = run("verify", {"--json", key("--log-key", "log.key")});
  EXPECT_EQ(result.code, cli::kDone);
  const nlohmann::json answer = nlohmann::json::parse(result.out);
  EXPECT_EQ(answer["verdict"], "verified");
  EXPECT_EQ(answer["isComplete"], true);
  EXPECT_EQ(answer["steps"].size(), 17U);
  EXPECT_EQ(answer["steps"][0]["name"], "file");
  EXPECT_EQ(answer["approvals"][0]["transactionId"], "transaction-1");
  EXPECT_EQ(answer["approvals"][0]["rows"][0][2],
            "1.234,56\xc2\xa0"
            "EUR");
  EXPECT_EQ(answer["log"]["size"], 13);
  EXPECT_EQ(answer["approvals"][0]["display"],
            nlohmann::json::parse(R"({"kind":"page","tier":0})"));
  EXPECT_EQ(answer["approvals"][0]["passkey"]["registeredAt"], "2026-05-28T20:26:40Z");
}

TEST_F(ReceiptCommand, PrintMakesAPageThatLoadsAndRunsNothing) {
  const CommandResult result = run("print", {key("--log-key", "log.key")});
  EXPECT_EQ(result.code, cli::kDone) << result.err;
  EXPECT_THAT(result.out, HasSubstr("<strong>Verified</strong>"));
  EXPECT_THAT(result.out, HasSubstr("Muster Handels GmbH"));
  EXPECT_THAT(result.out, Not(HasSubstr("<script")));
  EXPECT_THAT(result.out, Not(ContainsRegex("href|src=|url\\(")));
  EXPECT_THAT(result.out, HasSubstr("default-src 'none'"));
}

TEST_F(ReceiptCommand, PrintShowsWhatDoesNotHoldAsAClaim) {
  folder_.write("none.json", "{}");
  const CommandResult none = run("print", {}, "none.json");
  EXPECT_EQ(none.code, cli::kNegative);
  EXPECT_THAT(none.out, HasSubstr("<strong>Refused</strong>"));
  ApprovalOptions late;
  late.approved_at = 1790000301;
  late.edit_evidence = [](ApprovalEvidence& evidence) {
    evidence.core_version = "<script>alert(1)</script>";
  };
  folder_.write("late.json", encode_receipt(make_receipt({make_record(late)}, log_)));
  const CommandResult claim = run("print", {key("--log-key", "log.key")}, "late.json");
  EXPECT_EQ(claim.code, cli::kNegative);
  EXPECT_THAT(claim.out, HasSubstr("What this file claims was approved"));
  EXPECT_THAT(claim.out, Not(HasSubstr("<script>alert")));
}

TEST_F(ReceiptCommand, SaysWhatIsWrongWithItsUse) {
  EXPECT_EQ(run_command({"receipt"}).code, cli::kUsage);
  EXPECT_EQ(run_command({"receipt", "forge"}).code, cli::kUsage);
  EXPECT_EQ(run_command({"receipt", "verify"}).code, cli::kUsage);
  EXPECT_EQ(run_command({"receipt", "verify", "--log-key"}).code, cli::kUsage);
  EXPECT_EQ(run_command({"receipt", "verify", "--key", "x", "y"}).code, cli::kUsage);
  EXPECT_EQ(run_command({"receipt", "verify", ""}).code, cli::kUsage);
  // A shell variable that was not set: nothing would be verified by it.
  for (const char* option : {"--log-key", "--witness", "--anchors"}) {
    EXPECT_EQ(run("verify", {option, ""}).code, cli::kUsage) << option;
    EXPECT_EQ(run("print", {std::string(option) + "="}).code, cli::kUsage) << option;
  }
  EXPECT_EQ(run("verify", {key("--witness", "witness.key"), key("--witness", "witness.key")}).code,
            cli::kUsage);
  EXPECT_EQ(run("verify", {}, "missing.json").code, cli::kFailed);
  EXPECT_EQ(run("verify", {key("--log-key", "missing.key")}).code, cli::kFailed);
  EXPECT_EQ(run("verify", {key("--log-key", "receipt.json")}).code, cli::kFailed);
}

}  // namespace
}  // namespace countersign::testing
