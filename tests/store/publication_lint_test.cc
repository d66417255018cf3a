// Policies that nobody could replace any more, and what changes between validation and publication:
// the server looks again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/publication_fixture.h"

namespace countersign::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr ErrorCode kFaulty = ErrorCode::policy_lint_failed;

class PublicationLint : public PublicationTest {
 protected:
  ValidatedPolicy validate(const Digest256& digest) {
    return validate_policy(policy_context(), tenant_, backend_, digest,
                           {"never-holds", "redundant", "gap", "unsatisfiable", "single-approver",
                            "exemption-denied", "advisory-binding", "expired-list", "undecided"},
                           offered_tiers(context_))
        .value();
  }
  // The sentence of what locks out; empty where nothing does.
  std::string lockout_of(const std::string& text) {
    const ValidatedPolicy validated = validate(drafted(text));
    std::string found;
    for (const LintFinding& finding : validated.linted.lint.findings) {
      if (finding.kind == LintKind::publish_locked_out) {
        EXPECT_EQ(finding.severity, Severity::error);
        EXPECT_FALSE(validated.is_validated);
        found = finding.message;
      }
    }
    return found;
  }
  // Validated, but where lint says no, by a shell on the database, so to speak: through the port.
  ErrorCode publish_anyway(const std::string& text) { return ask(validated(text), "ada").error; }

  // Each is a revision of its own.
  std::string with(const std::string& rule) {
    return R"({"schema":"countersign-policy/1","id":"p","revision":)" +
           std::to_string(++revision_) +
           R"(,"default":"require","rules":[{"id":"publish","when":{"ceremony":"policy.publish"},"require":{"userVerification":)"
           R"("required"}},{"id":"lock",)" +
           rule + "}]}";
  }
  std::string denied_where(const std::string& condition) {
    return with(R"("when":{"all":[{"ceremony":"policy.publish"},)" + condition +
                R"(]},"deny":{"reason":"x"})");
  }
  std::string demanding(const std::string& requirements) {
    return with(R"("when":{"ceremony":"policy.publish"},"require":)" + requirements);
  }
  // What lint says of the number; and whether the draft was validated.
  std::pair<std::optional<Severity>, bool> validate_number(const std::string& text) {
    const ValidatedPolicy validated =
        validate_policy(policy_context(), tenant_, backend_, drafted(text),
                        {"gap", "revision-repeated"}, offered_tiers(context_))
            .value();
    for (const LintFinding& finding : validated.linted.lint.findings) {
      if (finding.kind == LintKind::revision_repeated) {
        return {finding.severity, validated.is_validated};
      }
    }
    return {std::nullopt, validated.is_validated};
  }

 private:
  int revision_ = 100;
};

TEST_F(PublicationLint, WhatNoAdministratorCouldReplaceIsNeitherValidatedNorPublished) {
  const std::string locks[] = {
      denied_where(R"({"credential.age":{"gte":"PT0S"}})"),
      denied_where(R"({"not":{"credential.algorithm":"ES512"}})"),
      denied_where(R"({"authentication.counter":"advanced"})"),
      demanding(R"({"credentialAge":"PT1S"})"),
      demanding(R"({"coolingOff":"P36500D"})"),
      demanding(R"({"coolingOff":"P40D"})"),
      demanding(R"({"transports":["cable"]})"),
      demanding(R"({"algorithms":["ES512"]})"),
      demanding(R"({"approvals":{"count":3,"distinctUsers":true}})"),
  };
  for (const std::string& text : locks) {
    EXPECT_NE(lockout_of(text), "") << text;
    EXPECT_EQ(publish_anyway(text), kFaulty) << text;
  }
}

TEST_F(PublicationLint, WhatTheyCanReplaceIsTaken) {
  // Their passkeys are three days old.
  const std::string open[] = {
      denied_where(R"({"credential.age":{"lt":"P1D"}})"),
      denied_where(R"({"time.hour":{"lt":23}})"),
      demanding(R"({"coolingOff":"P4D"})"),
      demanding(R"({"coolingOff":"P29D"})"),
      demanding(R"({"credentialAge":"P90D"})"),
      demanding(R"({"algorithms":["ES256"]})"),
      demanding(R"({"approvals":{"count":2,"distinctUsers":true}})"),
      denied_where(R"({"credential.age":{"gt":"P60D"}})"),
  };
  for (const std::string& text : open) {
    EXPECT_EQ(lockout_of(text), "") << text;
  }
}

TEST_F(PublicationLint, EachAccountOfAnAdministratorCountsOnceAndOnlyWithAPasskey) {
  const std::string two = demanding(R"({"approvals":{"count":2,"distinctUsers":true}})");
  const std::string plain = policy_of(2, kPlain);
  EXPECT_EQ(lockout_of(two), "");
  tenant_.policy_administrators = {"ada"};
  EXPECT_THAT(lockout_of(two), HasSubstr("\"lock\" demands 2 approvals, and there is one admin"));
  tenant_.policy_administrators = {"ada", "handle:" + encode_base64url(handle_of("ada").value)};
  EXPECT_THAT(lockout_of(two), HasSubstr("2 administrators, and 1"));
  tenant_.policy_administrators = {"ada", "nobody"};
  EXPECT_THAT(lockout_of(two), HasSubstr("2 administrators, and 1"));
  // The tenant's own number counts beside the document's.
  EXPECT_THAT(lockout_of(plain), HasSubstr("2 administrators, and 1"));
  tenant_.policy_approvals = 1;
  EXPECT_EQ(lockout_of(plain), "");
}

TEST_F(PublicationLint, TheAuditSaysWhichWarningsWereWavedThrough) {
  EXPECT_TRUE(validate(drafted(policy_of(1, kPlain))).is_validated);
  EXPECT_EQ(audit_.last.event, "policy.validate");
  EXPECT_THAT(audit_.last.decision, HasSubstr(R"(,"acknowledged":["gap"]})"));
}

// Whoever writes policies waves them through alone; whoever approves them is told.
TEST_F(PublicationLint, TheViewSaysWhichWarningsWereTakenNoteOf) {
  const Digest256 digest = drafted(policy_of(1, kPlain));
  ASSERT_TRUE(validate(digest).is_validated);
  EXPECT_EQ(life().find(digest)->acknowledged, std::vector<std::string>{"gap"});
  const Begun begun = ask(digest, "ada");
  EXPECT_EQ(all_rows_of(begun, "Change")[0], "warnings taken note of");
  EXPECT_EQ(all_rows_of(begun, "Case")[0], "gap");
  ASSERT_EQ(approve(begun), kDone);
  ASSERT_EQ(give(digest, "bob"), kDone);
  EXPECT_EQ(active(), digest);
  EXPECT_EQ(life().find(digest)->acknowledged, std::vector<std::string>{"gap"}) << "it stays";
  // Several, and none: of a document of which lint finds nothing.
  const std::string expired =
      R"({"schema":"countersign-policy/1","id":"p","revision":2,"default":"require","lists":{)"
      R"("keys":{"models":["ee882879-721c-4913-9775-3dfcce97072a"],"expires":)"
      R"("2020-01-01T00:00:00Z"}},"rules":[{"id":"publish","when":{"ceremony":"policy.publish"},)"
      R"("require":{"userVerification":"required","authenticators":{"deny":"keys"}}}]})";
  const Digest256 two = drafted(expired);
  ASSERT_TRUE(validate(two).is_validated);
  EXPECT_EQ(all_rows_of(ask(two, "ada"), "Case")[0], "gap, expired-list");
  const Digest256 clean =
      drafted(R"({"schema":"countersign-policy/1","id":"p","revision":3,"default":"deny","rules":[)"
              R"({"id":"all","when":{"ceremony":{"in":["register","authenticate","credential.add",)"
              R"("credential.remove","transaction.approve","beneficiary.add","limit.change",)"
              R"("account.access","pairing.login","recovery","policy.publish"]}},)"
              R"("require":{"userVerification":"required"}}]})");
  ASSERT_TRUE(validate(clean).is_validated);
  EXPECT_EQ(life().find(clean)->acknowledged, std::vector<std::string>());
  EXPECT_THAT(all_rows_of(ask(clean, "ada"), "Change"),
              Not(Contains(std::string("warnings taken note of"))));
}

// What is worked out for the beginning serves each approval.
TEST_F(PublicationLint, ReportsOfAPublicationAreMadeOnce) {
  const Digest256 digest = drafted(policy_of(1, kPlain));
  ASSERT_TRUE(validate(digest).is_validated);
  EXPECT_EQ(counted_.comparisons, 0);
  EXPECT_EQ(counted_.lints, 1) << "for the draft; the validation asked for the same";
  ASSERT_EQ(give(digest, "ada"), kDone);
  ASSERT_EQ(give(digest, "bob"), kDone);
  ASSERT_EQ(active(), digest);
  EXPECT_EQ(counted_.comparisons, 1);
  EXPECT_EQ(counted_.lints, 1);
  // Other metadata are another lint, the documents compare as before.
  MetadataEntry model = make_model_entry({}, {make_report(AuthenticatorStatus::fido_certified_l1)});
  model.aaguid = Aaguid{1};
  metadata_.current = make_models({model}, hasher_);
  const Digest256 next = drafted(policy_of(2, kPlain));
  EXPECT_EQ(counted_.lints, 2);
  ASSERT_TRUE(validate(next).is_validated);
  ASSERT_EQ(give(next, "ada"), kDone);
  EXPECT_EQ(counted_.lints, 2);
  metadata_.current = nullptr;
  ASSERT_EQ(give(next, "bob"), kDone);
  EXPECT_EQ(counted_.lints, 3);
  EXPECT_EQ(counted_.comparisons, 2);
}

// A draft beside a draft is worth a word; a number that somebody goes by already stays with its
// document.
TEST_F(PublicationLint, ANumberIsOfOneDocument) {
  const std::string first = policy_of(1, kPlain);
  const std::string second = policy_of(1, kLax);
  const std::string third = policy_of(2, kLax);
  using Said = std::pair<std::optional<Severity>, bool>;
  const Digest256 beside = drafted(second);
  EXPECT_EQ(validate_number(first), Said(Severity::warning, true));
  EXPECT_EQ(validate_number(second), Said(Severity::error, false));
  EXPECT_EQ(policy_state_of(beside), RevisionState::draft);
  EXPECT_EQ(validate_number(third), Said(std::nullopt, true));
}

TEST_F(PublicationLint, ATenantWithoutAdministratorsPublishesNothingAndMayValidate) {
  tenant_.policy_administrators.clear();
  EXPECT_EQ(lockout_of(policy_of(1, kPlain)), "");
}

// Validated under the rates of last quarter.
TEST_F(PublicationLint, ThePublicationOfWhatIsFaultyByNowIsRefusedAtItsBeginningAndAtItsEnd) {
  tenant_.exemptions.card_fraud_ppm = 100;
  tenant_.exemptions.transfer_fraud_ppm = 100;
  const std::string text =
      with(R"("when":{"all":[{"ceremony":"transaction.approve"},{"amount.base":{"lte":20000}}]},)"
           R"("exempt":{"basis":"rts.article-18"})");
  const Digest256 digest = drafted(text);
  ASSERT_TRUE(validate(digest).is_validated);
  ASSERT_EQ(give(digest, "ada"), kDone);
  const Begun last = ask(digest, "bob");
  ASSERT_EQ(last.error, kDone);
  tenant_.exemptions.transfer_fraud_ppm = 5000;
  EXPECT_EQ(approve(last, "bob"), kFaulty);
  EXPECT_EQ(policy_state_of(digest), RevisionState::validated);
  EXPECT_EQ(ask(digest, "bob").error, kFaulty);
  tenant_.exemptions.transfer_fraud_ppm = 100;
  EXPECT_EQ(give(digest, "bob"), kDone);
  EXPECT_EQ(active(), digest);
}

// The caps of another currency are not decided: nobody has said that this is fine.
TEST_F(PublicationLint, AWarningThatHasComeUpIsTakenNoteOfOrNothingIsPublished) {
  const std::string text =
      with(R"("when":{"all":[{"ceremony":"transaction.approve"},{"amount.base":{"lte":3000}},)"
           R"({"sinceSca.sum":{"lte":10000}}]},"exempt":{"basis":"rts.article-16"})");
  const Digest256 digest = drafted(text);
  ASSERT_TRUE(validate(digest).is_validated);
  ASSERT_EQ(give(digest, "ada"), kDone);
  const Begun last = ask(digest, "bob");
  ASSERT_EQ(last.error, kDone);
  tenant_.base_currency = "JPY";
  EXPECT_NE(approve(last, "bob"), kDone);
  EXPECT_EQ(ask(digest, "bob").error, kFaulty);
  EXPECT_NE(active(), digest);
  const auto take_note = [&](const std::vector<std::string>& kinds) {
    return validate_policy(policy_context(), tenant_, backend_, digest, kinds,
                           offered_tiers(context_))
        .value()
        .is_validated;
  };
  EXPECT_FALSE(take_note({"gap"}));
  ASSERT_TRUE(take_note({"gap", "undecided"}));
  EXPECT_EQ(policy_state_of(digest), RevisionState::validated);
  EXPECT_EQ(life().find(digest)->acknowledged, (std::vector<std::string>{"gap", "undecided"}));
  EXPECT_NE(approve(last, "bob"), kDone) << "it showed less";
  const Begun begun = ask(digest, "ada");
  ASSERT_EQ(begun.error, kDone);
  EXPECT_NE(begun.id, last.id);
  EXPECT_EQ(begun.answer["approval"], nlohmann::json({1, 2}));
  EXPECT_EQ(all_rows_of(begun, "Case")[0], "gap, undecided");
  ASSERT_EQ(approve(begun), kDone);
  ASSERT_EQ(give(digest, "bob"), kDone);
  EXPECT_EQ(active(), digest);
}

// The way back is open, after a word.
TEST_F(PublicationLint, WhatWasActiveComesBackWithTheWarningsOfNow) {
  const std::string listed =
      R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"require","lists":{)"
      R"("keys":{"models":["ee882879-721c-4913-9775-3dfcce97072a"],"expires":)"
      R"("2100-01-01T00:00:00Z"}},"rules":[{"id":"publish","when":{"ceremony":"policy.publish"},)"
      R"("require":{"userVerification":"required","authenticators":{"deny":"keys"}}}]})";
  const Digest256 back = publish(listed);
  publish(policy_of(2, kPlain));
  // Ten years on, so to speak: its list has expired.
  const UnixSeconds now = clock_.time;
  clock_.time = UnixSeconds{4102444800 + 1};
  EXPECT_EQ(ask(back, "ada").error, kFaulty);
  const ValidatedPolicy again = validate(back);
  EXPECT_TRUE(again.is_validated);
  EXPECT_EQ(again.linted.revision.state, RevisionState::retired);
  EXPECT_EQ(ask(back, "ada").error, kDone);
  EXPECT_EQ(all_rows_of(ask(back, "ada"), "Case")[0], "gap, expired-list");
  clock_.time = now;
}

// Two that were drafts together: one of them has decided, and the number is its own.
TEST_F(PublicationLint, ANumberThatHasDecidedDecidesForNoOtherDocument) {
  const Digest256 one = validated(policy_of(1, kPlain));
  const Digest256 two = validated(policy_of(1, kLax));
  ASSERT_EQ(give(one, "ada"), kDone);
  ASSERT_EQ(give(one, "bob"), kDone);
  ASSERT_EQ(active(), one) << "no draft of somebody else's holds it up";
  EXPECT_EQ(ask(two, "ada").error, kFaulty);
  EXPECT_EQ(give(two, "ada", 5), kFaulty) << "nor for some";
  // What was active under it before comes back.
  publish(policy_of(2, kPlain));
  EXPECT_EQ(ask(one, "ada").error, kDone);
}

TEST_F(PublicationLint, TheConfiguredDocumentHasANumberToo) {
  const std::shared_ptr<const PolicyDocument> configured =
      configured_.policy_for(tenant_.id, std::nullopt).document;
  std::string text = policy_of(1, kPlain);
  text.replace(text.find("\"p\""), 3, "\"" + configured->id() + "\"");
  text.replace(text.find("\"revision\":1"), 12,
               "\"revision\":" + std::to_string(configured->revision()));
  EXPECT_EQ(validate_number(text), std::pair(std::optional(Severity::error), false));
}

// Whoever comes second between lint and the change finds the number taken.
TEST_F(PublicationLint, OfTwoValidationsAtOnceOneIsTheFirst) {
  const Digest256 one = drafted(policy_of(1, kPlain));
  const Digest256 two = drafted(policy_of(1, kLax));
  // Through the port, where nothing is linted.
  EXPECT_TRUE(
      change_policy(policy_context(), tenant_, backend_, RevisionAction::validate, one, kWholeShare)
          .has_value());
  const Result<ChangedPolicy> late = change_policy(policy_context(), tenant_, backend_,
                                                   RevisionAction::validate, two, kWholeShare);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, kFaulty);
  EXPECT_EQ(policy_state_of(two), RevisionState::draft);
}

TEST_F(PublicationLint, AnAdministratorWhoIsGoneMeanwhileIsMissing) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun first = ask(digest, "ada");
  ASSERT_EQ(first.error, kDone);
  tenant_.policy_administrators = {"ada", "nobody"};
  EXPECT_EQ(approve(first), kFaulty);
}

}  // namespace
}  // namespace countersign::testing
