// The life of policies over HTTP: drafts, approvals by passkeys, publication, roll-back.

#include <gmock/gmock.h>

#include <atomic>

#include "policy/shipped.h"
#include "tests/http/policy_server.h"
#include "tests/support/metadata_builder.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;

class PoliciesTest : public ::testing::Test, public PolicyServer {};

TEST_F(PoliciesTest, ADraftIsKeptAsItCameAndTheSameAgainIsTheSame) {
  const std::string text = policy_text("strict", 1, "required");
  const Answer first = writer().post("/v1/policies", text);
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.text("state"), "draft");
  EXPECT_EQ(first.text("id"), "strict");
  EXPECT_EQ(member(first.at("lint"), "errors").integer, 0);
  EXPECT_EQ(writer().post("/v1/policies", text).body, first.body);
  // White space and the order of members are no other revision; the text stays the first one.
  EXPECT_EQ(writer().post("/v1/policies", "\n" + text).text("digest"), first.text("digest"));
  const Answer read = writer().get("/v1/policies/" + first.text("digest"));
  ASSERT_EQ(read.status, 200);
  EXPECT_THAT(read.body, HasSubstr("\"document\":" + text));
  EXPECT_EQ(writer().get("/v1/policies").at("policies").items.size(), 1U);
}

TEST_F(PoliciesTest, TheActiveDocumentIsReadByThatName) {
  const Answer configured = writer().get("/v1/policies/active");
  ASSERT_EQ(configured.status, 200) << configured.body;
  EXPECT_EQ(configured.text("state"), "active");
  EXPECT_EQ(configured.text("digest"), active_digest());
  const std::string retail(shipped_policy("retail"));
  EXPECT_THAT(configured.body, HasSubstr("\"document\":" + retail + "}"));
  const std::string first = configured.text("digest");
  const std::string digest = publish_first();
  const Answer stored = writer().get("/v1/policies/active");
  EXPECT_EQ(stored.text("digest"), digest);
  EXPECT_FALSE(stored.at("history").items.empty());
  const Answer before = writer().get("/v1/policies/" + first);
  ASSERT_EQ(before.status, 200);
  EXPECT_EQ(before.text("state"), "configured");
  EXPECT_THAT(before.body, HasSubstr("\"document\":" + retail + "}"));
}

TEST_F(PoliciesTest, ABadDocumentIsRefusedWithItsPlaceAndChangesNothing) {
  const std::string active = publish_first();
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"{\n  \"schema\": \"countersign-policy/2\" }", "policy_schema_unknown"},
      {"{", "json_syntax"},
      {policy_text("x", 1, "perhaps"), "policy_value_invalid"},
      {R"({"schema":"countersign-policy/1","schema":"countersign-policy/1"})",
       "json_duplicate_key"},
      {std::string(64, '['), "json_too_deep"}};
  for (const auto& [text, code] : bad) {
    const Answer answer = writer().post("/v1/policies", text);
    EXPECT_EQ(answer.status, 400) << text;
    EXPECT_EQ(answer.text("code"), code);
    EXPECT_GE(member(answer.at("position"), "line").integer, 1) << answer.body;
    EXPECT_GE(member(answer.at("position"), "column").integer, 1);
  }
  EXPECT_EQ(member(writer().post("/v1/policies", bad[0].first).at("position"), "line").integer, 2);
  EXPECT_EQ(active_digest(), active);
  EXPECT_EQ(writer().get("/v1/policies").at("policies").items.size(), 1U);
}

TEST_F(PoliciesTest, ScopesAreHeldApart) {
  const std::string digest = draft(policy_text("a", 1, "required"));
  const std::string path = "/v1/policies/" + digest;
  for (const char* action : {"/shadow", "/canary", "/withdraw", "/retire", "/approvals"}) {
    EXPECT_EQ(writer().post(path + action, "{}").status, 403) << action;
  }
  Browser nobody = page();
  EXPECT_EQ(nobody.get("/v1/policies").status, 401);
  EXPECT_EQ(nobody.post("/v1/policies", policy_text("b", 1, "required")).status, 401);
  Browser other = with_key("customers-key");
  EXPECT_EQ(other.get(path).status, 403);
  EXPECT_EQ(publisher().post("/v1/policies", policy_text("b", 1, "required")).status, 403);
  EXPECT_EQ(state_of(digest), "draft");
}

TEST_F(PoliciesTest, LintStopsAFaultyDraftAndWarningsNeedAWord) {
  const std::string faulty =
      draft(R"({"schema":"countersign-policy/1","id":"four-eyes","revision":1,"default":"deny",)"
            R"("rules":[{"id":"pay","when":{"ceremony":"transaction.approve"},)"
            R"("require":{"approvals":{"count":2}}}]})");
  const std::string path = "/v1/policies/" + faulty + "/validate";
  const Answer refused =
      writer().post(path, R"({"acknowledge":["gap","single-approver","advisory-binding"]})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.text("code"), "policy_lint_failed");
  EXPECT_THAT(refused.body, HasSubstr("\"kind\":\"single-approver\",\"severity\":\"error\""));
  const std::string warned = draft(policy_text("a", 1, "required"));
  const Answer silent = writer().post("/v1/policies/" + warned + "/validate", "{}");
  EXPECT_EQ(silent.text("code"), "policy_lint_failed");
  EXPECT_EQ(state_of(warned), "draft");
  const Answer spoken = validate(warned);
  EXPECT_EQ(spoken.status, 200) << spoken.body;
  EXPECT_EQ(state_of(warned), "validated");
  EXPECT_EQ(validate(warned).text("code"), "policy_revision_state_mismatch");
  // Kept with who it was.
  EXPECT_THAT(writer().get("/v1/policies/" + warned).body,
              HasSubstr(R"("history":[{"from":"draft","to":"validated","acknowledged":["gap"],)"
                        R"("actor":"api-key:)"));
}

TEST_F(PoliciesTest, FailsIfWhatIsAcknowledgedIsNoKindOfFinding) {
  const std::string digest = draft(policy_text("a", 1, "required"));
  for (const char* kinds : {R"(["gaps"])", R"(["gap",""])", R"(["gap",1])", R"("gap")"}) {
    const Answer refused = writer().post("/v1/policies/" + digest + "/validate",
                                         std::string(R"({"acknowledge":)") + kinds + "}");
    EXPECT_EQ(refused.status, 400) << kinds;
    EXPECT_EQ(refused.text("code"), "request_member_invalid") << kinds;
  }
  EXPECT_EQ(state_of(digest), "draft");
}

// Lint goes by what this server is configured to show.
TEST(PoliciesOfAServer, ADisplayThatItDoesNotOfferIsAFault) {
  const auto text = [](int tier) {
    return R"({"schema":"countersign-policy/1","id":"t","revision":)" + std::to_string(tier) +
           R"(,"default":"require","rules":[{"id":"pay","when":{"ceremony":"transaction.approve"},)"
           R"("require":{"displayTier":)" +
           std::to_string(tier) + "}}]}";
  };
  const auto validated = [&](const PolicyServer& server, int tier, const std::string& kinds) {
    return server.writer().post("/v1/policies/" + server.draft(text(tier)) + "/validate",
                                R"({"acknowledge":[)" + kinds + "]}");
  };
  const PolicyServer bare;
  const Answer refused = validated(bare, 3, R"("gap","unsatisfiable")");
  EXPECT_EQ(refused.text("code"), "policy_lint_failed");
  EXPECT_THAT(refused.body, HasSubstr("(D2 is the highest that is offered)"));
  EXPECT_EQ(validated(bare, 1, R"("gap")").text("code"), "policy_lint_failed");
  EXPECT_EQ(validated(bare, 1, R"("gap","unsatisfiable")").status, 200) << "in the dialog alone";
  EXPECT_EQ(validated(bare, 2, R"("gap")").status, 200);
  const PolicyServer dedicated(
      R"("transactions":{"approvalOrigins":["https://approve.bank.example"]},)");
  EXPECT_EQ(validated(dedicated, 1, R"("gap")").status, 200);
  EXPECT_EQ(validated(dedicated, 3, R"("gap")").status, 403);
}

TEST_F(PoliciesTest, TwoAdministratorsPublish) {
  const std::string digest = validated(policy_text("a", 1, "required"));
  const std::string before = active_digest();
  const Answer asked = begin_approval(digest, "ada");
  ASSERT_EQ(asked.status, 201) << asked.body;
  EXPECT_EQ(asked.text("type"), "policy.publish/1");
  const Answer first = finish_approval(asked, ada_);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.text("state"), "pending");
  EXPECT_EQ(first.at("approval").items.at(0).integer, 1);
  EXPECT_EQ(first.at("approval").items.at(1).integer, 2);
  EXPECT_EQ(active_digest(), before);
  EXPECT_EQ(begin_approval(digest, "ada").text("code"), "policy_approver_repeated");
  // What the operator sees of it.
  const Answer pending = writer().get("/v1/policies/" + digest);
  const JsonValue& publication = pending.at("publications").items.at(0);
  EXPECT_EQ(member(publication, "transaction").string, asked.text("id"));
  EXPECT_EQ(member(publication, "replaces").string, before);
  EXPECT_EQ(member(publication, "approvals").integer, 1);
  EXPECT_EQ(member(publication, "approvalsNeeded").integer, 2);
  EXPECT_EQ(member(pending.at("approvals").items.at(0), "receipt").string, asked.text("id") + ".1");
  const Answer second = approve(digest, bob_);
  ASSERT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(second.text("state"), "approved");
  EXPECT_EQ(active_digest(), digest);
  EXPECT_EQ(state_of(digest), "active");
  EXPECT_TRUE(writer().get("/v1/policies").at("applied").boolean);
  const Answer read = writer().get("/v1/policies/" + digest);
  EXPECT_THAT(read.body, HasSubstr("\"actor\":\"administrator:"));
  EXPECT_TRUE(read.at("publications").items.empty());
  EXPECT_THAT(publisher().get("/metrics").body, HasSubstr("digest=\"" + digest + "\"} 1"));
  EXPECT_THAT(server_.log(), HasSubstr("\"revision\":\"" + digest + "\",\"replaces\":\"" + before));
  const Answer done = with_key("customers-key").get("/v1/transactions/" + asked.text("id"));
  EXPECT_EQ(done.text("state"), "approved") << done.body;
  EXPECT_TRUE(done.at("executedAt").is_string());
  EXPECT_EQ(done.at("approvals").items.size(), 2U);
}

// What is signed is the checksum of what anybody can fetch.
TEST_F(PoliciesTest, TheWholeComparisonIsTheOneThatIsSigned) {
  const std::string digest = validated(policy_text("a", 1, "preferred"));
  const Answer began = begin_approval(digest, "ada");
  const Answer diff = writer().get("/v1/policies/" + digest + "/diff?format=text");
  ASSERT_EQ(diff.status, 200);
  EXPECT_EQ(member(member(began.at("intent"), "fields"), "diffDigest").string,
            to_hex(sha256(bytes_of(diff.body))));
}

TEST_F(PoliciesTest, ThereIsOneWayToPublish) {
  const std::string digest = validated(policy_text("a", 1, "required"));
  EXPECT_EQ(publisher().post("/v1/policies/" + digest + "/publish", "{}").status, 404);
  const Answer began = begin_approval(digest, "ada");
  EXPECT_EQ(page().post("/v1/policy-approvals/" + began.text("id") + "/result", "{}").status, 404);
  // A backend makes no transaction of that type, approves and cancels none.
  Browser other = with_key("customers-key");
  EXPECT_EQ(other
                .post("/v1/transactions",
                      R"({"username":"ada","locale":"en-GB","intent":{"type":"policy.publish/1",)"
                      R"("fields":{}}})")
                .text("code"),
            "transaction_type_reserved");
  const std::string path = "/v1/transactions/" + began.text("id");
  EXPECT_EQ(other.post(path + "/approvals", R"({"username":"mallory"})").text("code"),
            "transaction_type_reserved");
  EXPECT_EQ(other.post(path + "/cancel", "{}").text("code"), "transaction_type_reserved");
  EXPECT_EQ(state_of(digest), "validated");
}

TEST_F(PoliciesTest, OnlyAdministratorsApproveAndOnlyTheirOwnPasskeyDoes) {
  const std::string digest = validated(policy_text("a", 1, "required"));
  EXPECT_EQ(begin_approval(digest, "mallory").text("code"), "policy_approver_not_allowed");
  // A name that is listed and has no account.
  EXPECT_EQ(begin_approval(digest, "eve").text("code"), "account_not_found");
  const Answer began = begin_approval(digest, "ada");
  ASSERT_EQ(began.status, 201);
  EXPECT_EQ(member(began.at("options"), "userVerification").string, "required");
  // Mallory's passkey to Ada's challenge.
  EXPECT_EQ(finish_approval(began, mallory_).status, 403);
  EXPECT_EQ(approvals_of(digest), 0U);
}

TEST_F(PoliciesTest, AnApprovalNeedsTheUserToBeVerified) {
  const std::string digest = validated(policy_text("a", 1, "required"));
  const Answer began = begin_approval(digest, "ada");
  const Answer refused =
      finish_approval(began, ada_, [](AssertionOptions& options) { options.flags = kUserPresent; });
  EXPECT_EQ(refused.status, 403) << refused.body;
  EXPECT_EQ(approvals_of(digest), 0U);
}

TEST_F(PoliciesTest, ALoginIsNoApprovalAndAnApprovalNoLogin) {
  const std::string digest = validated(policy_text("a", 1, "required"));
  Browser backend = with_key("customers-key");
  const Answer login = backend.post("/v1/authentications", R"({"username":"ada"})");
  const Answer approval = begin_approval(digest, "ada");
  ASSERT_EQ(login.status, 201) << login.body;
  ASSERT_EQ(approval.status, 201) << approval.body;
  // By the id of the other kind: there is no such ceremony.
  Browser ada = page();
  ada.headers.emplace("Countersign-Ceremony", login.text("token"));
  const std::string signed_in = ada.assert_with(ada_, login.at("options")).json;
  EXPECT_EQ(ada.post("/v1/transactions/" + login.text("id") + "/approve", signed_in).status, 404);
  Browser approver = page();
  approver.headers.emplace("Countersign-Ceremony", approval.text("token"));
  const std::string approved = approver.assert_with(ada_, approval.at("options")).json;
  EXPECT_EQ(
      approver.post("/v1/authentications/" + approval.text("id") + "/result", approved).status,
      404);
  // The other's assertion under the right id: no challenge of it.
  EXPECT_EQ(approver.post("/v1/transactions/" + approval.text("id") + "/approve", signed_in).status,
            404);
  EXPECT_EQ(ada.post("/v1/authentications/" + login.text("id") + "/result", approved).status, 403);
  EXPECT_EQ(approvals_of(digest), 0U);
}

TEST_F(PoliciesTest, AnApprovalIsForWhatItReplaces) {
  const std::string first = validated(policy_text("a", 1, "required"));
  const std::string second = validated(policy_text("a", 2, "preferred"));
  ASSERT_EQ(approve(first, ada_).status, 200);
  ASSERT_EQ(approve(second, ada_).status, 200);
  const Answer late = begin_approval(first, "bob");
  ASSERT_EQ(approve(second, bob_).status, 200);
  EXPECT_EQ(active_digest(), second);
  const Answer refused = finish_approval(late, bob_);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.text("class"), "conflict");
  EXPECT_EQ(active_digest(), second);
  EXPECT_EQ(approvals_of(first), 0U) << "Ada's was for another revision in force, too";
}

TEST_F(PoliciesTest, OnePersonRollsBackOnlyToWhatIsNotWeaker) {
  const std::string strict = publish(policy_text("a", 1, "required"));
  const std::string lax = publish(policy_text("a", 2, "preferred"));
  EXPECT_EQ(state_of(strict), "retired");
  // Back to the stricter one: Ada alone.
  const Answer back = approve(strict, ada_);
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(back.text("state"), "approved");
  EXPECT_EQ(active_digest(), strict);
  // To the weaker one it takes both; what they approved before is used up.
  ASSERT_EQ(approve(lax, ada_).status, 200);
  EXPECT_EQ(active_digest(), strict);
  ASSERT_EQ(approve(lax, bob_).status, 200);
  EXPECT_EQ(active_digest(), lax);
}

TEST_F(PoliciesTest, ACanaryNeedsItsOwnApprovals) {
  const std::string digest = validated(policy_text("a", 1, "required"));
  const std::string path = "/v1/policies/" + digest;
  EXPECT_EQ(publisher().post(path + "/canary", R"({"share":999})").text("code"),
            "policy_revision_state_mismatch");
  ASSERT_EQ(approve(digest, ada_, 50).status, 200);
  ASSERT_EQ(approve(digest, bob_, 50).status, 200);
  const Answer placed = writer().get(path);
  EXPECT_EQ(placed.text("state"), "canary") << placed.body;
  EXPECT_EQ(placed.at("share").integer, 50);
  // No more than was approved: not even what it was before.
  EXPECT_EQ(publisher().post(path + "/canary", R"({"share":51})").text("code"),
            "policy_revision_state_mismatch");
  const Answer lowered = publisher().post(path + "/canary", R"({"share":5})");
  EXPECT_EQ(lowered.at("share").integer, 5);
  EXPECT_TRUE(lowered.at("applied").boolean);
  EXPECT_EQ(publisher().post(path + "/canary", R"({"share":50})").text("code"),
            "policy_revision_state_mismatch");
  for (const char* body : {R"({"share":0})", R"({"share":1000})", R"({"share":"5"})", "{}"}) {
    EXPECT_EQ(publisher().post(path + "/canary", body).status, 400) << body;
  }
  // Taken back, it takes new approvals.
  EXPECT_EQ(publisher().post(path + "/withdraw", "{}").text("state"), "validated");
  EXPECT_EQ(publisher().post(path + "/canary", R"({"share":5})").text("code"),
            "policy_revision_state_mismatch");
}

TEST_F(PoliciesTest, ShadowDiffExplainSimulate) {
  const std::string digest = validated(policy_text("a", 1, "required"));
  const std::string path = "/v1/policies/" + digest;
  EXPECT_EQ(publisher().post(path + "/shadow", "{}").text("state"), "shadow");
  EXPECT_EQ(writer().get(path + "/differences").status, 200);
  const Answer diff = writer().get(path + "/diff");
  EXPECT_EQ(diff.status, 200);
  EXPECT_FALSE(diff.at("regions").items.empty());
  EXPECT_THAT(writer().get(path + "/diff?format=text").body,
              HasSubstr("retail revision 2 -> a revision 1"));
  EXPECT_TRUE(writer().get(path + "/diff?against=" + digest).at("regions").items.empty());
  const Answer explained =
      writer().post(path + "/explain", R"({"inputs":{"ceremony":"authenticate"}})");
  EXPECT_EQ(member(explained.at("decision"), "outcome").string, "require") << explained.body;
  const Answer bad = writer().post(path + "/explain", R"({"inputs":{"ceremony":"lunch"}})");
  EXPECT_EQ(bad.text("code"), "policy_input_value_invalid");
  EXPECT_EQ(member(bad.at("position"), "column").integer, 23);
  const Answer simulated = writer().post(
      path + "/simulate", R"({"rows":[{"ceremony":"authenticate"},{"ceremony":"recovery"}]})");
  EXPECT_EQ(simulated.at("rows").integer, 2) << simulated.body;
  std::string many = R"({"rows":[{"ceremony":"authenticate"})";
  for (int i = 0; i < 1000; ++i) {
    many += R"(,{"ceremony":"authenticate"})";
  }
  EXPECT_EQ(writer().post(path + "/simulate", many + "]}").status, 400);
  EXPECT_EQ(writer().get("/v1/policies/AAAA").text("code"), "policy_revision_not_found");
}

TEST_F(PoliciesTest, SimulationTakesATableOrRecordedDecisions) {
  const std::string path = "/v1/policies/" + draft(policy_text("a", 1, "required")) + "/simulate";
  const Answer table =
      writer().post(path, R"({"table":"ceremony,risk.score\nauthenticate,3\nrecovery,\n"})");
  EXPECT_EQ(table.at("rows").integer, 2) << table.body;
  EXPECT_TRUE(table.at("lockout").is_null());
  // As the audit keeps them, masked.
  const Answer recorded = writer().post(
      path, R"({"rows":[{"policy":"x","outcome":"require","inputs":{"ceremony":"authenticate",)"
            R"("channel":"*"}}]})");
  EXPECT_EQ(member(recorded.at("changes"), "stricter").integer, 1) << recorded.body;
  for (const char* bad :
       {R"({"table":"ceremony\nlunch"})", R"({"table":7})", R"({"table":"ceremony","rows":[]})",
        R"({"rows":[{"inputs":{}}]})", R"({"lockout":1})", R"({})"}) {
    EXPECT_EQ(writer().post(path, bad).status, 400) << bad;
  }
  std::string many = "ceremony";
  for (int i = 0; i < 1001; ++i) {
    many += "\\nauthenticate";
  }
  EXPECT_EQ(writer().post(path, R"({"table":")" + many + "\"}").status, 400);
}

TEST_F(PoliciesTest, TheForecastCountsWhoeverIsEnrolled) {
  // Keys of the test attest nothing.
  const std::string hardware =
      draft(R"({"schema":"countersign-policy/1","id":"hardware","revision":1,"default":"deny",)"
            R"("rules":[{"id":"login","when":{"ceremony":"authenticate"},)"
            R"("require":{"attestation":"direct"}},{"id":"rest","when":{"not":)"
            R"({"ceremony":"authenticate"}},"require":{}}]})");
  const Answer forecast =
      writer().post("/v1/policies/" + hardware + "/simulate", R"({"lockout":true})");
  ASSERT_EQ(forecast.status, 200) << forecast.body;
  EXPECT_EQ(forecast.at("customers").integer, 3);
  EXPECT_FALSE(forecast.at("partial").boolean);
  EXPECT_TRUE(forecast.at("models").is_null());
  const JsonValue& registration = forecast.at("lockout").items.at(0);
  EXPECT_EQ(member(registration, "ceremony").string, "register");
  EXPECT_EQ(member(registration, "lockedOut").integer, 0);
  const JsonValue& sign_in = forecast.at("lockout").items.at(1);
  EXPECT_EQ(member(sign_in, "ceremony").string, "authenticate");
  EXPECT_EQ(member(sign_in, "customers").integer, 3);
  EXPECT_EQ(member(sign_in, "lockedOut").integer, 3);
  EXPECT_EQ(forecast.body.find("example"), std::string::npos);
  // Whoever revoked all is no customer of the forecast.
  EXPECT_EQ(with_key("customers-key").post("/v1/accounts/mallory/revoke-all", "{}").status, 200);
  EXPECT_EQ(writer()
                .post("/v1/policies/" + hardware + "/simulate", R"({"lockout":true})")
                .at("customers")
                .integer,
            2);
}

TEST_F(PoliciesTest, LintHoldsLevelsAgainstTheLoadedMetadata) {
  const std::string certified =
      R"({"schema":"countersign-policy/1","id":"certified","revision":1,"default":"require",)"
      R"("rules":[{"id":"login","when":{"ceremony":"authenticate"},)"
      R"("require":{"attestation":"direct","minimumCertification":"L1"}}]})";
  const Answer without = writer().post("/v1/policies", certified);
  EXPECT_TRUE(member(without.at("lint"), "models").is_null()) << without.body;
  EXPECT_EQ(member(without.at("lint"), "errors").integer, 0);
  // A statement of the configuration: a model without any certification.
  TemporaryFolder folder;
  RegistrationOptions options;
  options.format = Format::packed_x5c;
  const Registration sample = make_registration(options);
  MetadataStatementOptions statement;
  statement.aaguid = sample.credential.aaguid;
  statement.roots = {sample.chain->root->der};
  folder.write("statements/key.json", make_metadata_statement(statement));
  const std::string with_metadata = config().substr(0, config().size() - 1) +
                                    R"(,"metadata":{"statements":")" + folder.path("statements") +
                                    "\"}}";
  ServerProcess other(folder, with_metadata);
  Browser writer(other.port(), "");
  writer.headers.emplace("Authorization", "Bearer writer-key");
  const Answer with = writer.post("/v1/policies", certified);
  ASSERT_EQ(with.status, 201) << with.body;
  EXPECT_EQ(member(with.at("lint"), "models").integer, 1);
  EXPECT_EQ(member(with.at("lint"), "errors").integer, 2);
  EXPECT_THAT(with.body, HasSubstr("\"kind\":\"unsatisfiable\""));
  EXPECT_THAT(with.body, HasSubstr("\"kind\":\"publish-locked-out\"")) << "nobody is enrolled";
  const Answer refused = writer.post("/v1/policies/" + with.text("digest") + "/validate",
                                     R"({"acknowledge":["gap","unsatisfiable"]})");
  EXPECT_EQ(refused.text("code"), "policy_lint_failed") << refused.body;
}

TEST_F(PoliciesTest, TheShadowDecidesNothingAndItsDifferencesAreCounted) {
  const std::string digest = validated(policy_text("a", 1, "required"));
  ASSERT_EQ(publisher().post("/v1/policies/" + digest + "/shadow", "{}").status, 200);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sign_in_verification(), "preferred") << "of retail";
  }
  EXPECT_THAT(publisher().get("/metrics").body,
              HasSubstr("shadow_differences_total{tenant=\"bank\",change=\"stricter\"} 3\n"));
  // What has been counted is written every second: the three may come in two parts.
  const auto counted = [](const Answer& answer) {
    const std::vector<JsonValue>& rows = answer.at("differences").items;
    return rows.empty() ? 0 : member(rows[0], "count").integer;
  };
  Answer read;
  for (int i = 0; i < 100 && counted(read) < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    read = writer().get("/v1/policies/" + digest + "/differences");
  }
  ASSERT_EQ(read.at("differences").items.size(), 1U) << read.body;
  const JsonValue& difference = read.at("differences").items[0];
  EXPECT_EQ(member(difference, "ceremony").string, "authenticate");
  EXPECT_EQ(member(difference, "phase").string, "options");
  EXPECT_EQ(member(difference, "change").string, "stricter");
  EXPECT_EQ(member(difference, "count").integer, 3);
  ASSERT_EQ(member(difference, "activeRules").items.size(), 1U);
  EXPECT_EQ(member(difference, "activeRules").items[0].string, "login");
  EXPECT_EQ(member(difference, "shadowRules").items.at(0).string, "login");
}

// Payments that nobody signs are decided beside it, too.
TEST_F(PoliciesTest, TheShadowSeesExemptions) {
  const std::string digest = validated(policy_text("a", 1, "required"));
  Browser backend = with_key("customers-key");
  const Answer began = backend.post("/v1/authentications", R"({"username":"mallory"})");
  Browser browser = page();
  browser.headers.emplace("Countersign-Ceremony", began.text("token"));
  ASSERT_EQ(browser
                .post("/v1/authentications/" + began.text("id") + "/result",
                      browser.assert_with(mallory_, began.at("options")).json)
                .status,
            200);
  ASSERT_EQ(publisher().post("/v1/policies/" + digest + "/shadow", "{}").status, 200);
  backend.headers.emplace("Idempotency-Key", "payment");
  const Answer granted =
      backend.post("/v1/exemptions",
                   R"({"username":"mallory","ceremony":"transaction.approve","authentication":")" +
                       began.text("id") +
                       R"(","inputs":{"amount.base":500,"payee.known":true,"payee.trusted":false,)"
                       R"("payee.confusable":false,"risk.score":5}})");
  EXPECT_EQ(granted.status, 201) << granted.body;
  EXPECT_THAT(publisher().get("/metrics").body,
              HasSubstr("shadow_differences_total{tenant=\"bank\",change=\"stricter\"} 1\n"));
}

TEST_F(PoliciesTest, DraftsAreDeletedByWhoeverWritesThem) {
  const std::string digest = draft(policy_text("a", 1, "required"));
  const std::string path = "/v1/policies/" + digest;
  EXPECT_EQ(publisher().call("DELETE", path, "").status, 403);
  EXPECT_EQ(page().call("DELETE", path, "").status, 401);
  EXPECT_EQ(writer().call("DELETE", path, "").status, 204);
  EXPECT_EQ(writer().get(path).status, 404);
  EXPECT_EQ(writer().call("DELETE", path, "").text("code"), "policy_revision_not_found");
  EXPECT_THAT(server_.log(), HasSubstr("policy.delete"));
  // What decides, or did, stays.
  const std::string first = publish_first();
  EXPECT_EQ(writer().call("DELETE", "/v1/policies/" + first, "").text("code"),
            "policy_revision_state_mismatch");
  publish(policy_text("a", 2, "required"));
  EXPECT_EQ(writer().call("DELETE", "/v1/policies/" + first, "").status, 409);
  // An approval of what is gone is none.
  const std::string gone = validated(policy_text("a", 3, "required"));
  const Answer began = begin_approval(gone, "ada");
  EXPECT_EQ(writer().call("DELETE", "/v1/policies/" + gone, "").status, 204);
  EXPECT_EQ(finish_approval(began, ada_).status, 409) << "it ended with the revision";
  EXPECT_NE(active_digest(), gone);
}

TEST_F(PoliciesTest, WhatNobodyCouldReplaceIsNotPublished) {
  std::string text = policy_text("a", 1, "required");
  const std::string risky =
      R"({"id":"risky","when":{"risk.score":{"gte":90}},"deny":{"reason":"risk"}},)";
  text.insert(text.find(R"({"id":"enrol")"), risky);
  const Answer refused =
      writer().post("/v1/policies/" + draft(text) + "/validate",
                    R"({"acknowledge":["gap","publish-locked-out","exemption-denied"]})");
  EXPECT_EQ(refused.text("code"), "policy_lint_failed") << refused.body;
  EXPECT_THAT(refused.body, HasSubstr("\"kind\":\"publish-locked-out\",\"severity\":\"error\""));
}

TEST_F(PoliciesTest, AnotherServerOnTheSameStoreFollows) {
  ServerProcess other(folder_, config());
  ASSERT_EQ(sign_in_verification(), "preferred");
  publish(policy_text("a", 1, "required"));
  Browser backend(other.port(), "");
  backend.headers.emplace("Authorization", "Bearer customers-key");
  std::string verification;
  for (int i = 0; i < 100 && verification != "required"; ++i) {
    const Answer began = backend.post("/v1/authentications", R"({"username":"mallory"})");
    verification = member(began.at("options"), "userVerification").string;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(verification, "required");
}

TEST_F(PoliciesTest, ADraftThatWasGivenUpStaysSoAndTheRefusalSaysWhatHelps) {
  const std::string text = policy_text("a", 1, "required");
  const std::string digest = draft(text);
  ASSERT_EQ(publisher().post("/v1/policies/" + digest + "/retire", "{}").status, 200);
  const Answer refused = writer().post("/v1/policies", text);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.text("code"), "policy_revision_state_mismatch");
  EXPECT_THAT(refused.text("hint"), HasSubstr("another revision"));
  draft(policy_text("a", 2, "required"));
  EXPECT_EQ(writer().call("DELETE", "/v1/policies/" + digest, "").status, 204);
  EXPECT_EQ(draft(text), digest) << "after it was deleted";
  // What was active comes back by a publication: it is no draft that was given up.
  const std::string active = publish(policy_text("b", 1, "required"));
  publish(policy_text("b", 2, "required"));
  EXPECT_EQ(draft(policy_text("b", 1, "required")), active);
}

TEST_F(PoliciesTest, ARevisionIsInForceAtOnceAndAfterARestart) {
  const std::string digest = publish(policy_text("a", 1, "required"));
  EXPECT_EQ(sign_in_verification(), "required");
  EXPECT_THAT(publisher().get("/metrics").body, HasSubstr("digest=\"" + digest));
  const std::string lax = publish(policy_text("a", 2, "preferred"));
  EXPECT_EQ(sign_in_verification(), "preferred");
  server_.kill_hard();
  restart();
  EXPECT_EQ(sign_in_verification(), "preferred");
  EXPECT_EQ(active_digest(), lax);
  EXPECT_EQ(state_of(digest), "retired");
}

}  // namespace
}  // namespace countersign::testing
