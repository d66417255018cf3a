// Administrators publish policies by transactions: what they see, and which approvals do what.

#include <gmock/gmock.h>

#include <algorithm>

#include "policy/shipped.h"
#include "receipt/approval_check.h"
#include "service/policy_administrators.h"
#include "service/policy_publication.h"
#include "service/receipt_policy.h"
#include "service/transaction_steps.h"
#include "tests/service/memory_policy_store.h"
#include "tests/store/publication_fixture.h"
#include "tests/store/seals_of.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Publications = PublicationTest;

TEST_F(Publications, TheSecondOneOfTwoPublishesInTheSameCommit) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Digest256 before = active();
  const Begun first = ask(digest, "ada");
  ASSERT_EQ(first.error, kDone);
  EXPECT_EQ(first.answer["type"], "policy.publish/1");
  EXPECT_EQ(first.answer["approval"], nlohmann::json({1, 2}));
  EXPECT_EQ(first.answer["options"]["userVerification"], "required");
  ASSERT_EQ(approve(first), kDone);
  EXPECT_EQ(active(), before);
  EXPECT_FALSE(stored(first.id).executed_at);
  const Begun second = ask(digest, "bob");
  EXPECT_EQ(second.id, first.id) << "the next step of the same transaction";
  EXPECT_EQ(second.answer["approval"], nlohmann::json({2, 2}));
  ASSERT_EQ(approve(second, "bob"), kDone);
  EXPECT_EQ(active(), digest);
  EXPECT_EQ(stored(first.id).state, TransactionState::approved);
  EXPECT_EQ(stored(first.id).executed_at, clock_.time);
  EXPECT_EQ(audit_.last.event, "transaction.approval.result");
  EXPECT_EQ(notices_, 2) << "the validation and the publication";
  // The event is the transaction's, with the intent.
  ASSERT_THAT(event_kinds(), ElementsAre("transaction.approved"));
  EXPECT_THAT(events()[0].event.body, HasSubstr(encode_base64url(digest)));
  // Nobody carries it out again.
  EXPECT_EQ(code_of(execute(first.id)), ErrorCode::transaction_type_reserved);
  const std::vector<PolicyTransition> history =
      store_->list_policy_history(tenant_.id, digest).value();
  EXPECT_EQ(history.back().after, RevisionState::active);
  EXPECT_EQ(history.back().actor, "administrator:" + encode_base64url(handle_of("bob").value));
}

// What is in force decides how a publication is shown, like any other transaction.
TEST_F(Publications, TheDisplayThatIsDemandedIsShownOrNothingIsApproved) {
  settings_.approval_origins = {"https://approve.example.org"};
  publish(policy_of(1, R"("require":{"userVerification":"required","displayTier":1})"));
  settings_.approval_origins.clear();
  const Digest256 before = active();
  const Digest256 digest = validated(policy_of(2, kPlain));
  EXPECT_EQ(ask(digest, "ada").error, ErrorCode::transaction_display_tier_unmet)
      << "no approval origin is configured";
  settings_.approval_origins = {"https://approve.example.org"};
  const auto at_origin = [](AssertionOptions& options) {
    options.client_data.origin = "https://approve.example.org";
  };
  for (const char* name : {"ada", "bob"}) {
    const Begun begun = ask(digest, name);
    ASSERT_EQ(begun.error, kDone);
    EXPECT_EQ(begun.answer["binding"]["displayTier"], 1);
    EXPECT_EQ(approve(begun, name), ErrorCode::transaction_display_tier_unmet) << "the bank's page";
    EXPECT_EQ(active(), before);
    EXPECT_EQ(approve(begun, name, at_origin), kDone);
  }
  EXPECT_EQ(active(), digest);
}

TEST_F(Publications, NoServerShowsAPublicationInAHigherTier) {
  settings_.approval_origins = {"https://approve.example.org"};
  const Digest256 high =
      validated(policy_of(1, R"("require":{"userVerification":"required","displayTier":2})"));
  EXPECT_EQ(ask(high, "ada").error, ErrorCode::policy_lint_failed) << "nobody could replace it";
  // Of an older version, so to speak.
  alter("UPDATE policy_revisions SET state = 4, was_active = 1 WHERE digest = " + blob(high));
  seal_rows_of(folder_.path("s.db"));
  ASSERT_EQ(active(), high);
  const Digest256 digest = validated(policy_of(2, kPlain));
  EXPECT_EQ(ask(digest, "ada").error, ErrorCode::transaction_display_tier_unmet);
}

TEST_F(Publications, TheViewShowsWhatBecomesWeakerFirst) {
  const Digest256 strict = publish(policy_of(1, kPlain));
  const Digest256 lax = validated(
      R"({"schema":"countersign-policy/1","id":"p","revision":2,"default":"require","rules":[)"
      R"({"id":"publish","when":{"ceremony":"policy.publish"},"require":{"userVerification":)"
      R"("preferred"}},{"id":"login","when":{"ceremony":"authenticate"},"require":)"
      R"({"userVerification":"required"}}]})");
  const Begun begun = ask(lax, "ada");
  ASSERT_EQ(begun.error, kDone);
  EXPECT_THAT(rows_of(begun, "Policy"), ElementsAre("p"));
  EXPECT_THAT(rows_of(begun, "Revision"), ElementsAre("2"));
  EXPECT_THAT(rows_of(begun, "Replaces revision"), ElementsAre("1"));
  EXPECT_THAT(rows_of(begun, "Decides for"), ElementsAre("all customers"));
  EXPECT_THAT(rows_of(begun, "Cases that get weaker"), ElementsAre("1"));
  EXPECT_THAT(rows_of(begun, "Cases that get stricter"), ElementsAre("1"));
  EXPECT_THAT(rows_of(begun, "Change"), ElementsAre("gets weaker", "gets stricter"));
  EXPECT_THAT(rows_of(begun, "Case")[0], HasSubstr("publishing a policy"));
  EXPECT_THAT(rows_of(begun, "Until now")[0], HasSubstr("user verification required"));
  EXPECT_THAT(rows_of(begun, "From now on")[0], HasSubstr("user verification preferred"));
  EXPECT_THAT(rows_of(begun, "Cases not listed here"), ElementsAre("0"));
  EXPECT_THAT(rows_of(begun, "Digest"), ElementsAre(encode_base64url(lax)));
  EXPECT_THAT(rows_of(begun, "Digest of what is replaced"), ElementsAre(encode_base64url(strict)));
  // The whole text, as GET …/diff?format=text has it.
  const std::shared_ptr<const PolicyDocument> before =
      load_policy(policy_context(), tenant_, strict).value();
  const std::shared_ptr<const PolicyDocument> after =
      load_policy(policy_context(), tenant_, lax).value();
  const std::string text = diff_page(*before, *after, diff_policies(*before, *after), Money());
  EXPECT_THAT(rows_of(begun, "SHA of the whole comparison"),
              ElementsAre(to_hex(hasher_.sha256({bytes_of(text)}))));
  // A canary says for how many.
  const Begun canary = ask(lax, "ada", 50);
  EXPECT_THAT(rows_of(canary, "Decides for"), ElementsAre("a part of the customers"));
  EXPECT_THAT(rows_of(canary, "Customers per thousand"), ElementsAre("50"));
  EXPECT_NE(canary.id, begun.id);
}

TEST_F(Publications, ManyDifferencesAreCountedAndTheFirstListed) {
  std::string rules;
  for (int i = 0; i < 60; ++i) {
    rules += std::string(i == 0 ? "" : ",") + R"({"id":"r)" + std::to_string(i) +
             R"(","when":{"all":[{"ceremony":"authenticate"},{"channel":"c)" + std::to_string(i) +
             R"("}]},"require":{"coolingOff":"PT)" + std::to_string(i + 1) + R"(M"}})";
  }
  const Digest256 digest = validated(
      R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"require","rules":[)" +
      rules + "]}");
  const Begun begun = ask(digest, "ada");
  ASSERT_EQ(begun.error, kDone) << error_name(begun.error);
  const std::vector<std::string> changes = rows_of(begun, "Change");
  EXPECT_EQ(all_rows_of(begun, "Change").size(), kMaxListedChanges);
  const auto total = std::stoul(rows_of(begun, "Cases that get weaker")[0]) +
                     std::stoul(rows_of(begun, "Cases that get different")[0]) +
                     std::stoul(rows_of(begun, "Cases that get stricter")[0]);
  EXPECT_GT(total, kMaxListedChanges);
  // Each row stands for itself and those in which the same changes.
  std::size_t told = 0;
  for (const std::string& row : rows_of(begun, "Case")) {
    const std::size_t at = row.find("; the same in ");
    told += 1 + (at == std::string::npos ? 0 : std::stoul(row.substr(at + 14)));
  }
  EXPECT_EQ(std::stoul(rows_of(begun, "Cases not listed here")[0]), total - told);
  EXPECT_TRUE(std::is_sorted(changes.begin(), changes.end(),
                             [](const std::string& a, const std::string& b) {
                               return a == "gets weaker" && b != "gets weaker";
                             }));
}

// Whoever writes the draft does not choose what administrators see of it.
TEST_F(Publications, NoiseInTheFirstCeremonyPushesNoFourEyesOffTheView) {
  const auto policy = [](int revision, const std::string& more) {
    std::string rules = R"({"id":"all","when":{"ceremony":{"in":["register","authenticate",)"
                        R"("transaction.approve","policy.publish"]}},"require":{}})";
    for (int i = 0; i < 40; ++i) {
      rules += R"(,{"id":"n)" + std::to_string(i) + R"(","when":{"all":[{"ceremony":"register"},)" +
               R"({"channel":"c)" + std::to_string(i) + R"("}]},"require":{"timeout":"PT)" +
               std::to_string(100 + 2 * i + revision) + R"(S"}})";
    }
    return R"({"schema":"countersign-policy/1","id":"p","revision":)" + std::to_string(revision) +
           R"(,"default":"deny","rules":[)" + rules + more + "]}";
  };
  publish(policy(1, R"(,{"id":"high","when":{"all":[{"ceremony":"transaction.approve"},)"
                    R"({"amount.base":{"gte":100000}}]},"require":{"approvals":{"count":2,)"
                    R"("distinctUsers":true}}},{"id":"risk","when":{"all":[{"ceremony":)"
                    R"("transaction.approve"},{"risk.score":{"gte":90}}]},"deny":{"reason":)"
                    R"("risk"}})"));
  const Begun begun = ask(validated(policy(2, "")), "ada");
  ASSERT_EQ(begun.error, kDone) << error_name(begun.error);
  const std::vector<std::string> cases = rows_of(begun, "Case");
  const std::vector<std::string> before = rows_of(begun, "Until now");
  ASSERT_GE(cases.size(), 4U);
  EXPECT_THAT(before[0], HasSubstr("is denied (risk)"));
  EXPECT_THAT(before, ::testing::Contains(HasSubstr("2 approvals by different people")));
  EXPECT_THAT(before.back(), HasSubstr("done within"));
  EXPECT_THAT(cases.back(), HasSubstr("a registration"));
}

TEST_F(Publications, EachCaseIsARowWhereThereIsRoom) {
  const std::string head = R"({"schema":"countersign-policy/1","id":"p","revision":)";
  const std::string all = R"(,"default":"deny","rules":[{"id":"all","when":{"ceremony":{"in":)"
                          R"(["register","authenticate","policy.publish"]}},"require":)"
                          R"({"userVerification":")";
  publish(head + "1" + all + R"(required"}}]})");
  const Begun begun = ask(validated(head + "2" + all + R"(preferred"}}]})"), "ada");
  ASSERT_EQ(begun.error, kDone) << error_name(begun.error);
  EXPECT_THAT(rows_of(begun, "Cases that get weaker"), ElementsAre("3"));
  EXPECT_THAT(rows_of(begun, "Case"),
              ElementsAre("a registration", "a login", "publishing a policy"));
  EXPECT_THAT(rows_of(begun, "Cases not listed here"), ElementsAre("0"));
}

TEST_F(Publications, WhatChangesAlikeInACeremonyIsOneRowWhereThereIsNone) {
  const auto policy = [](int revision, const char* cooling) {
    std::string text = R"({"schema":"countersign-policy/1","id":"p","revision":)" +
                       std::to_string(revision) + R"(,"default":"require","rules":[)";
    for (int i = 0; i < 40; ++i) {
      const std::string n = std::to_string(i);
      text += std::string(i == 0 ? "" : ",") + R"({"id":"r)" + n +
              R"(","when":{"all":[{"ceremony":"authenticate"},{"channel":"c)" + n +
              R"("}]},"require":{"coolingOff":")" + cooling + R"("}})";
    }
    return text + "]}";
  };
  publish(policy(1, "PT2H"));
  const Begun begun = ask(validated(policy(2, "PT1H")), "ada");
  ASSERT_EQ(begun.error, kDone) << error_name(begun.error);
  EXPECT_EQ(std::stoul(rows_of(begun, "Cases that get weaker")[0]), 41U)
      << "one where no channel is said";
  const std::vector<std::string> cases = rows_of(begun, "Case");
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_THAT(cases[0], HasSubstr("; the same in 40 more cases"));
  EXPECT_THAT(rows_of(begun, "Cases not listed here"), ElementsAre("0"));
}

// The order of members is none: what is kept of a digest is true of each text that has it.
TEST_F(Publications, AModelAllowedIsNotTheOtherOneOfATextWithTheSameDigest) {
  const auto policy = [](int revision, const char* allowed, const char* lists) {
    return R"({"schema":"countersign-policy/1","id":"p","revision":)" + std::to_string(revision) +
           R"(,"default":"require","lists":{)" + lists +
           R"(},"rules":[{"id":"login","when":{"ceremony":"authenticate"},"require":)"
           R"({"authenticators":{"allow":")" +
           allowed + R"("}}}]})";
  };
  const std::string good = R"("good":["ee882879-721c-4913-9775-3dfcce97072a"])";
  const std::string bad = R"("bad":["deadbeef-721c-4913-9775-3dfcce97072a"])";
  publish(policy(1, "good", (good + "," + bad).c_str()));
  const std::string text = policy(2, "bad", (bad + "," + good).c_str());
  const std::string again = policy(2, "bad", (good + "," + bad).c_str());
  ASSERT_EQ(parse_policy(text, hasher_)->digest(), parse_policy(again, hasher_)->digest());
  const Digest256 digest = drafted(text);
  static_cast<void>(
      policy_context().reports.compare(*load_policy(policy_context(), tenant_, active()).value(),
                                       *load_policy(policy_context(), tenant_, digest).value()));
  ASSERT_TRUE(store_->delete_policy(tenant_.id, digest).has_value());
  const Begun begun = ask(validated(again), "ada");
  ASSERT_EQ(begun.error, kDone) << error_name(begun.error);
  EXPECT_THAT(rows_of(begun, "Until now")[0], HasSubstr("on the list good"));
  EXPECT_THAT(rows_of(begun, "From now on")[0], HasSubstr("on the list bad"));
}

TEST_F(Publications, NoDifferenceIsSaidToo) {
  const Digest256 first = publish(policy_of(1, kPlain));
  const Digest256 same = validated(policy_of(2, kPlain));
  const Begun begun = ask(same, "ada");
  ASSERT_EQ(begun.error, kDone) << error_name(begun.error);
  EXPECT_THAT(rows_of(begun, "Change"), ElementsAre("nothing changes"));
  EXPECT_NE(first, same);
}

// A rule of which a sentence would fill the page.
TEST_F(Publications, ALongSentenceIsCutAndTheWholeTextIsBehindTheDigest) {
  std::string lists;
  std::string denied;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "models-" + std::to_string(i) + std::string(40, 'x');
    lists += std::string(i == 0 ? "" : ",") + "\"" + name +
             "\":[\"00000000-0000-0000-0000-00000000000" + std::to_string(i % 10) + "\"]";
    denied += std::string(i == 0 ? "" : ",") + R"({"id":"r)" + std::to_string(i) +
              R"(","when":{"ceremony":"authenticate"},"require":{"authenticators":{"deny":")" +
              name + "\"}}}";
  }
  publish(
      R"({"schema":"countersign-policy/1","id":"p","revision":1,"default":"require","lists":{)" +
      lists + R"(},"rules":[)" + denied + "]}");
  const Begun begun = ask(validated(policy_of(2, kPlain)), "ada");
  ASSERT_EQ(begun.error, kDone) << error_name(begun.error);
  std::size_t longest = 0;
  for (const std::string& text : rows_of(begun, "Until now")) {
    longest = std::max(longest, text.size());
    EXPECT_TRUE(text.size() < kMaxChangeText || text.ends_with("..."));
  }
  EXPECT_EQ(longest, kMaxChangeText);
}

TEST_F(Publications, EveryLocaleShowsThem) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  for (const char* locale : {"en-GB", "en-US", "en-IN", "de-DE", "de-CH", "fr-FR", "it-IT", "es-ES",
                             "nl-NL", "pl-PL", "pt-BR", "ja-JP", "ar"}) {
    ApprovalRequest request;
    request.revision = digest;
    request.administrator = "ada";
    request.locale = locale;
    request.share = static_cast<std::uint16_t>(1 + life().version);
    const Begun begun = read(
        begin_policy_approval(policy_context(), context_, tenant_, backend_, request), backend_);
    ASSERT_EQ(begun.error, kDone) << locale;
    EXPECT_EQ(begun.answer["locale"], locale);
  }
  ApprovalRequest request;
  request.revision = digest;
  request.administrator = "ada";
  request.locale = "xx-XX";
  EXPECT_EQ(code_of(begin_policy_approval(policy_context(), context_, tenant_, backend_, request)),
            ErrorCode::transaction_locale_unknown);
}

TEST_F(Publications, ApprovalsHoldForADay) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  ASSERT_EQ(give(digest, "ada"), kDone);
  clock_.time.value += kApprovalSeconds - 1;
  EXPECT_EQ(ask(digest, "ada").error, ErrorCode::policy_approver_repeated);
  const Begun late = ask(digest, "bob");
  clock_.time.value += 2;
  EXPECT_EQ(approve(late, "bob"), ErrorCode::transaction_expired);
  ASSERT_EQ(give(digest, "bob"), kDone);
  EXPECT_NE(active(), digest) << "Ada's is too old";
  ASSERT_EQ(give(digest, "ada"), kDone);
  EXPECT_EQ(active(), digest);
}

TEST_F(Publications, AChallengeIsForOneSittingThePublicationForADay) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun begun = ask(digest, "ada");
  const std::vector<TransactionApproval> challenges =
      store_->list_transaction_approvals(tenant_.id, begun.id).value();
  EXPECT_EQ(challenges[0].expires_at, after(kChallengeSeconds));
  EXPECT_EQ(stored(begun.id).expires_at, after(kApprovalSeconds));
  clock_.time.value += kChallengeSeconds + 1;
  EXPECT_EQ(approve(begun), ErrorCode::transaction_expired);
  EXPECT_EQ(give(digest, "ada"), kDone);
}

TEST_F(Publications, AnAdministratorMayBeNamedByHandle) {
  const std::string handle = "handle:" + encode_base64url(handle_of("ada").value);
  tenant_.policy_administrators = {handle, "bob"};
  const Digest256 digest = validated(policy_of(1, kPlain));
  EXPECT_EQ(ask(digest, "ada").error, ErrorCode::policy_approver_not_allowed);
  const Begun begun = ask(digest, handle);
  ASSERT_EQ(begun.error, kDone);
  EXPECT_EQ(approve(begun), kDone);
  // A user who calls himself like that is nobody.
  tenant_.policy_administrators = {"handle:" + encode_base64url(bytes_of("x"))};
  EXPECT_FALSE(is_policy_administrator(policy_context(), tenant_, handle_of("bob")).value());
}

TEST_F(Publications, WhoIsListedAndCannotApproveIsToldWhy) {
  tenant_.policy_administrators = {"ada", "bob", "eve", "handle:AAAA", "handle:?"};
  const Digest256 digest = validated(policy_of(1, kPlain));
  EXPECT_EQ(ask(digest, "mallory").error, ErrorCode::policy_approver_not_allowed);
  EXPECT_EQ(ask(digest, "eve").error, ErrorCode::account_not_found);
  EXPECT_EQ(ask(digest, "handle:AAAA").error, ErrorCode::account_not_found);
  EXPECT_EQ(ask(digest, "handle:?").error, ErrorCode::account_not_found);
  ASSERT_TRUE(store_->revoke_all(tenant_.id, handle_of("bob"), clock_.time, "c").has_value());
  EXPECT_EQ(ask(digest, "bob").error, ErrorCode::credential_not_found);
  ApprovalRequest request;
  request.revision = digest;
  request.administrator = "ada";
  EXPECT_EQ(code_of(begin_policy_approval(policy_context(), context_, tenant_, browser_of("ada"),
                                          request)),
            ErrorCode::caller_not_allowed);
}

TEST_F(Publications, WhatIsActiveDecidesOnItsReplacement) {
  tenant_.policy_approvals = 1;
  const Digest256 two =
      validated(policy_of(1, R"("require":{"userVerification":"required","coolingOff":"P4D",)"
                             R"("approvals":{"count":2,"distinctUsers":true}})"));
  ASSERT_EQ(give(two, "ada"), kDone);
  ASSERT_EQ(active(), two);
  const Digest256 next = validated(policy_of(2, kPlain));
  EXPECT_EQ(ask(next, "ada").error, ErrorCode::policy_requirement_unmet) << "three days, not four";
  clock_.time.value += 86400;
  EXPECT_EQ(give(next, "ada"), kDone);
  EXPECT_EQ(active(), two) << "the policy wants two, whatever the tenant says";
  EXPECT_EQ(give(next, "bob"), kDone);
  EXPECT_EQ(active(), next);
  // And one that denies at this hour is replaced in another one.
  const std::string hour = std::to_string(clock_.time.value / 3600 % 24);
  const Digest256 last = validated(
      R"({"schema":"countersign-policy/1","id":"p","revision":3,"default":"require","rules":[)"
      R"({"id":"publish","when":{"all":[{"ceremony":"policy.publish"},{"time.hour":)" +
      hour + R"(}]},"deny":{"reason":"closed"}}]})");
  ASSERT_EQ(give(last, "ada"), kDone);
  ASSERT_EQ(active(), last);
  EXPECT_EQ(ask(next, "ada").error, ErrorCode::policy_denied);
  clock_.time.value += 3600;
  EXPECT_EQ(ask(next, "ada").error, kDone);
}

// Three hundred thousand customers who are asked for less tomorrow are news.
TEST_F(Publications, TheViewSaysWhichCanaryEnds) {
  publish(policy_of(1, kPlain));
  const Digest256 tried = validated(policy_of(2, kPlain));
  ASSERT_EQ(give(tried, "ada", 50), kDone);
  ASSERT_EQ(give(tried, "bob", 50), kDone);
  const Digest256 next = validated(policy_of(3, kPlain));
  const Begun begun = ask(next, "ada");
  EXPECT_THAT(rows_of(begun, "Change"), ElementsAre("a canary ends", "nothing changes"));
  EXPECT_EQ(rows_of(begun, "Case")[0],
            "p revision 2 for 50 of 1000 customers (" + encode_base64url(tried) + ")");
  EXPECT_EQ(rows_of(begun, "Until now")[0], "decides for them");
  // Its own publication ends none, nor does its larger share.
  EXPECT_THAT(rows_of(ask(tried, "ada"), "Change"), ElementsAre("nothing changes"));
  EXPECT_THAT(rows_of(ask(tried, "ada", 100), "Change"), ElementsAre("nothing changes"));
  // What was shown holds, or nothing is approved.
  change(RevisionAction::canary, tried, 5);
  EXPECT_EQ(approve(begun), ErrorCode::policy_changed);
  const Begun fewer = ask(next, "ada");
  EXPECT_NE(fewer.id, begun.id);
  EXPECT_THAT(rows_of(fewer, "Case")[0], HasSubstr(" for 5 of 1000 "));
  ASSERT_EQ(approve(fewer), kDone);
  change(RevisionAction::withdraw, tried);
  EXPECT_EQ(ask(next, "bob").answer["approval"], nlohmann::json({1, 2})) << "of another one";
  const Begun none = ask(next, "ada");
  EXPECT_THAT(rows_of(none, "Change"), ElementsAre("nothing changes"));
  ASSERT_EQ(give(tried, "ada", 7), kDone);
  ASSERT_EQ(give(tried, "bob", 7), kDone);
  EXPECT_EQ(approve(none), ErrorCode::policy_changed) << "one has come";
  EXPECT_NE(active(), next);
}

// Between the look at what was signed and the commit as well.
TEST_F(Publications, ACanaryThatComesMeanwhileIsSeenWhereverItComesIn) {
  tenant_.policy_approvals = 1;
  int refused = 0;
  for (int at = 0; at < 8; ++at) {
    const Digest256 tried = validated(policy_of(10 + at, kPlain));
    const Digest256 digest = validated(policy_of(100 + at, kPlain));
    const Begun begun = ask(digest, "ada");
    const Begun other = ask(tried, "bob", 50);
    const std::string response = sign(begun);
    const std::string others = sign(other, "bob");
    configured_.countdown = at;
    bool has_come = false;
    configured_.meanwhile = [&] {
      has_come = state_of(begun.id) == TransactionState::pending;
      EXPECT_EQ(send(other, others) == kDone, has_come);
    };
    const ErrorCode got = send(begun, response);
    configured_.meanwhile = nullptr;
    EXPECT_EQ(got, has_come ? ErrorCode::policy_changed : kDone) << at;
    EXPECT_EQ(active() == digest, !has_come) << at;
    refused += has_come ? 1 : 0;
    if (has_come) {
      change(RevisionAction::withdraw, tried);
    }
  }
  EXPECT_GT(refused, 2);
}

// A roll-back ends the canary, too: what that one asks of its customers counts like what is active.
TEST_F(Publications, OnePersonDoesNotEndACanaryThatIsStricter) {
  const Digest256 back = publish(policy_of(1, kPlain));
  publish(policy_of(2, kPlain));
  const Digest256 strict = validated(
      policy_of(3, R"("require":{"userVerification":"required","authenticationAge":"PT5M"})"));
  ASSERT_EQ(give(strict, "ada", 999), kDone);
  ASSERT_EQ(give(strict, "bob", 999), kDone);
  ASSERT_EQ(policy_state_of(strict), RevisionState::canary);
  const Begun begun = ask(back, "ada");
  EXPECT_EQ(begun.answer["approval"], nlohmann::json({1, 2}));
  // One that began before the canary was there is not enough any more either.
  change(RevisionAction::withdraw, strict);
  const Begun alone = ask(back, "ada");
  EXPECT_EQ(alone.answer["approval"], nlohmann::json({1, 1}));
  ASSERT_EQ(give(strict, "ada", 999), kDone);
  ASSERT_EQ(give(strict, "bob", 999), kDone);
  EXPECT_NE(approve(alone), kDone);
  EXPECT_NE(active(), back);
}

TEST_F(Publications, OnePersonRollsBackOnlyToWhatIsNotWeaker) {
  const Digest256 strict = publish(policy_of(1, kPlain));
  const Digest256 lax = publish(policy_of(2, kLax));
  EXPECT_EQ(policy_state_of(strict), RevisionState::retired);
  const Begun back = ask(strict, "ada");
  EXPECT_EQ(back.answer["approval"], nlohmann::json({1, 1}));
  EXPECT_EQ(approve(back), kDone);
  EXPECT_EQ(active(), strict);
  const Begun weaker = ask(lax, "ada");
  EXPECT_EQ(weaker.answer["approval"], nlohmann::json({1, 2}));
  EXPECT_EQ(approve(weaker), kDone);
  EXPECT_EQ(active(), strict);
  EXPECT_EQ(give(lax, "bob"), kDone);
  EXPECT_EQ(active(), lax);
}

// Neither shows in inputs that are complete and whose counter advances.
TEST_F(Publications, NobodyGoesBackAloneToWhatTakesClonesOrLacksAnInput) {
  const auto policy = [](int revision, const std::string& rule) {
    return R"({"schema":"countersign-policy/1","id":"p","revision":)" + std::to_string(revision) +
           R"(,"default":"deny","rules":[{"id":"all","when":{"ceremony":{"in":["authenticate",)"
           R"("policy.publish"]}},"require":{"userVerification":"required"}})" +
           rule + "]}";
  };
  const std::string free = R"(,{"id":"free","when":{"all":[{"ceremony":"account.access"})";
  const std::string exempt =
      R"(,{"authentication.age":{"lte":"P180D"}}]},"exempt":{"basis":"rts.article-10"}})";
  const std::pair<std::string, std::string> weaker_and_not[] = {
      {R"(,{"id":"watch","when":{"authentication.counter":{"in":["zero","not-advanced"]}},)"
       R"("require":{"userVerification":"required"}})",
       ""},
      {free + exempt, free + R"(,{"risk.score":{"gte":0}})" + exempt}};
  int revision = 0;
  for (const auto& pair : weaker_and_not) {
    const Digest256 weaker = publish(policy(++revision, pair.first));
    publish(policy(++revision, pair.second));
    const Begun begun = ask(weaker, "ada");
    EXPECT_EQ(begun.answer["approval"], nlohmann::json({1, 2})) << pair.first;
    EXPECT_THAT(rows_of(begun, "Change"), ::testing::Contains("gets weaker"));
  }
}

// One name that holds a comma is not two names: who was denied no longer is.
TEST_F(Publications, NobodyGoesBackAloneToARuleThatOnlyReadsAlike) {
  const auto policy = [](int revision, const std::string& segments) {
    return R"({"schema":"countersign-policy/1","id":"p","revision":)" + std::to_string(revision) +
           R"(,"default":"require","rules":[{"id":"publish","when":{"ceremony":"policy.publish"},)" +
           kPlain + R"(},{"id":"risky","when":{"all":[{"ceremony":"transaction.approve"},)" +
           R"({"user.segment":{"in":[)" + segments + R"(]}}]},"deny":{"reason":"risk"}}]})";
  };
  const Digest256 lax = publish(policy(1, R"("a,b")"));
  const Digest256 strict = publish(policy(2, R"("a","b")"));
  const Begun begun = ask(lax, "ada");
  EXPECT_EQ(begun.answer["approval"], nlohmann::json({1, 2}));
  EXPECT_THAT(rows_of(begun, "Cases that get weaker"), ElementsAre("1"));
  EXPECT_EQ(rows_of(begun, "Change")[0], "gets weaker");
  ASSERT_EQ(approve(begun), kDone);
  EXPECT_EQ(active(), strict);
}

TEST_F(Publications, WhatIsOnlyWrittenOtherwiseIsNamedInTheView) {
  const auto policy = [](int revision, const std::string& hour, const std::string& more = "") {
    return policy_of(revision, R"("require":{"userVerification":"required"}},{"id":"night","when":)"
                               R"({"all":[{"ceremony":"authenticate"},{"time.hour":{)" +
                                   hour + R"(}}]},"deny":{"reason":"closed"})" + more);
  };
  const Digest256 back = publish(policy(1, R"("lt":3)"));
  publish(policy(2, R"("lte":2)"));
  const Begun begun = ask(back, "ada");
  EXPECT_EQ(begun.answer["approval"], nlohmann::json({1, 1}));
  EXPECT_THAT(rows_of(begun, "Change"), ElementsAre("nothing changes"));
  EXPECT_THAT(rows_of(begun, "Case"),
              ElementsAre("rule night is written otherwise and changes no decision"));
  // Also where another rule changes something.
  const std::string added =
      R"(},{"id":"risky","when":{"all":[{"ceremony":"transaction.approve"},{"risk.score":{"gte":90}}]},)"
      R"("deny":{"reason":"risk"})";
  const Begun both = ask(validated(policy(3, R"("lt":3)", added)), "ada");
  EXPECT_THAT(rows_of(both, "Change"), ElementsAre("nothing changes", "gets stricter"));
  EXPECT_EQ(rows_of(both, "Case")[0], "rule night is written otherwise and changes no decision");
}

// Demands in which no two cases are alike: `rules` of them.
std::string noise_of(int revision, int rules) {
  std::string text = R"({"schema":"countersign-policy/1","id":"p","revision":)" +
                     std::to_string(revision) + R"(,"default":"require","rules":[)";
  for (int i = 0; i < rules; ++i) {
    const std::string n = std::to_string(i);
    text += std::string(i == 0 ? "" : ",") + R"({"id":"r)" + n +
            R"(","when":{"all":[{"ceremony":"register"},{"user.roles":{"contains":"a)" + n +
            R"("}},{"risk.signals":{"contains":"b)" + n + R"("}}]},"require":{"timeout":"PT)" +
            std::to_string(i + 1) + R"(M"}})";
  }
  return text + "]}";
}

// What was not compared may be weaker, although nothing that was found is.
TEST_F(Publications, NobodyRollsBackAloneToWhatWasNotCompared) {
  const Digest256 noisy = publish(noise_of(1, 30));
  publish(noise_of(2, 0));
  const Begun back = ask(noisy, "ada");
  ASSERT_EQ(back.error, kDone) << error_name(back.error);
  EXPECT_EQ(back.answer["approval"], nlohmann::json({1, 2}));
  EXPECT_THAT(rows_of(back, "Cases that get weaker"), ElementsAre("0"));
  EXPECT_THAT(rows_of(back, "Cases that get different"), ElementsAre("0"));
  EXPECT_THAT(rows_of(back, "Comparison"), ElementsAre("not finished, more may get weaker"));
  const std::vector<std::string> changes = rows_of(back, "Change");
  EXPECT_EQ(changes[0], "not compared");
  EXPECT_EQ(std::count(changes.begin(), changes.end(), "nothing changes"), 0);
  EXPECT_THAT(rows_of(back, "Case")[0], HasSubstr("a registration: rules r"));
}

TEST_F(Publications, TheViewNamesWhatChangesOnLists) {
  const auto with_keys = [](int revision, const std::string& list) {
    return R"({"schema":"countersign-policy/1","id":"p","revision":)" + std::to_string(revision) +
           R"(,"default":"require","lists":{"keys":)" + list +
           R"(},"rules":[{"id":"pay","when":{"ceremony":"transaction.approve"},"require":)"
           R"({"attestation":"direct","authenticators":{"allow":"keys"}}}]})";
  };
  const std::string known = R"("ee882879-721c-4913-9775-3dfcce97072a")";
  publish(with_keys(1, "[" + known + "]"));
  const Digest256 more =
      validated(with_keys(2, "[" + known + R"(,"deadbeef-dead-dead-dead-deaddeadbeef"])"));
  const Begun begun = ask(more, "ada");
  ASSERT_EQ(begun.error, kDone) << error_name(begun.error);
  EXPECT_THAT(rows_of(begun, "Change"), ElementsAre("a list changes", "gets weaker"));
  EXPECT_THAT(rows_of(begun, "Case")[0], HasSubstr("list keys"));
  EXPECT_THAT(rows_of(begun, "From now on"),
              ElementsAre("adds deadbeef-dead-dead-dead-deaddeadbeef",
                          HasSubstr("a model on the list keys (adds deadbeef-dead-dead-dead-")));
  // A date changes no decision, and is seen.
  const Digest256 dated =
      validated(with_keys(3, R"({"models":[)" + known + R"(],"expires":"2031-01-01T00:00:00Z"})"));
  EXPECT_THAT(rows_of(ask(dated, "ada"), "From now on"),
              ElementsAre("expires 2031-01-01T00:00:00Z instead of never"));
}

TEST_F(Publications, ACanaryTakesApprovalsToGrowAndNoneToShrink) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  ASSERT_EQ(give(digest, "ada", 50), kDone);
  ASSERT_EQ(give(digest, "bob", 50), kDone);
  EXPECT_EQ(policy_state_of(digest), RevisionState::canary);
  EXPECT_EQ(life().find(digest)->share, 50);
  change(RevisionAction::canary, digest, 5);
  for (const std::uint16_t share : {6, 50, 999}) {
    EXPECT_EQ(code_of(change_policy(policy_context(), tenant_, backend_, RevisionAction::canary,
                                    digest, share)),
              ErrorCode::policy_revision_state_mismatch);
  }
  ASSERT_EQ(give(digest, "ada", 60), kDone);
  ASSERT_EQ(give(digest, "bob", 60), kDone);
  EXPECT_EQ(life().find(digest)->share, 60);
  // By the key alone nothing is published.
  EXPECT_EQ(code_of(change_policy(policy_context(), tenant_, backend_, RevisionAction::publish,
                                  digest, kWholeShare)),
            ErrorCode::policy_revision_state_mismatch);
}

TEST_F(Publications, APublicationEndsAllOthers) {
  const Digest256 first = validated(policy_of(1, kPlain));
  const Digest256 second = validated(policy_of(2, kPlain));
  ASSERT_EQ(give(first, "ada"), kDone);
  const Begun late = ask(first, "bob");
  ASSERT_EQ(give(second, "ada"), kDone);
  ASSERT_EQ(give(second, "bob"), kDone);
  EXPECT_EQ(state_of(late.id), TransactionState::cancelled);
  EXPECT_EQ(approve(late, "bob"), ErrorCode::transaction_state_mismatch);
  EXPECT_EQ(active(), second);
  EXPECT_THAT(event_kinds(), ElementsAre("transaction.approved", "transaction.cancelled"));
}

// What was approved of a revision in the place of another is gone also when that one comes back.
TEST_F(Publications, WhatWasApprovedBeforeIsNothingWhenTheActiveOneReturns) {
  const Digest256 home = publish(policy_of(1, kPlain));
  const Digest256 wanted = validated(policy_of(2, kLax));
  ASSERT_EQ(give(wanted, "ada"), kDone);
  publish(policy_of(3, kLax));
  ASSERT_EQ(give(home, "bob"), kDone);
  ASSERT_EQ(active(), home);
  EXPECT_EQ(give(wanted, "bob"), kDone);
  EXPECT_EQ(active(), home) << "Ada's approval was spent";
}

TEST_F(Publications, ARevisionThatIsGivenUpTakesItsPublicationsAlong) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Digest256 other = validated(policy_of(2, kPlain));
  ASSERT_EQ(give(other, "ada"), kDone);
  const TransactionId others = ask(other, "bob").id;
  change(RevisionAction::shadow, digest);
  const Begun begun = ask(digest, "ada");
  change(RevisionAction::withdraw, digest);
  EXPECT_EQ(state_of(begun.id), TransactionState::cancelled);
  const Begun again = ask(digest, "ada");
  EXPECT_NE(again.id, begun.id);
  change(RevisionAction::retire, digest);
  EXPECT_EQ(state_of(again.id), TransactionState::cancelled);
  EXPECT_EQ(state_of(others), TransactionState::pending);
  ASSERT_TRUE(delete_policy(policy_context(), tenant_, backend_, other).has_value());
  EXPECT_EQ(state_of(others), TransactionState::cancelled);
}

TEST_F(Publications, ARevokedPasskeyTakesItsApprovalBack) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun first = ask(digest, "ada");
  ASSERT_EQ(approve(first), kDone);
  const Begun second = ask(digest, "bob");
  const std::uint64_t version = life().version;
  ASSERT_TRUE(store_->revoke_all(tenant_.id, handle_of("mallory"), clock_.time, "c").has_value());
  EXPECT_EQ(life().version, version) << "who has approved nothing disturbs nobody";
  enrol("carol");  // without her there are not two any more who could replace it
  tenant_.policy_administrators.push_back("carol");
  ASSERT_TRUE(store_
                  ->revoke_credential(tenant_.id, handle_of("ada"), CredentialId(keys_["ada"].id),
                                      clock_.time, std::nullopt)
                  .has_value());
  EXPECT_GT(life().version, version);
  EXPECT_EQ(approve(second, "bob"), ErrorCode::transaction_state_mismatch);
  // Begun anew, it is another one.
  const Begun anew = ask(digest, "bob");
  EXPECT_NE(anew.id, first.id);
  EXPECT_EQ(state_of(first.id), TransactionState::cancelled);
  EXPECT_EQ(anew.answer["approval"], nlohmann::json({1, 2}));
}

TEST_F(Publications, EndedSessionsTakeApprovalsBack) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  ASSERT_EQ(give(digest, "ada"), kDone);
  const Begun second = ask(digest, "bob");
  clock_.time.value += 1;
  alter("UPDATE accounts SET sessions_ended_at = " + std::to_string(clock_.time.value) +
        " WHERE username = 'ada'");
  EXPECT_EQ(approve(second, "bob"), ErrorCode::transaction_state_mismatch);
  EXPECT_NE(active(), digest);
}

TEST_F(Publications, AreNobodyElsesToBeginOrCancel) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun begun = ask(digest, "ada");
  EXPECT_EQ(begin_as(begun.id, backend_, "bob").error, ErrorCode::transaction_type_reserved);
  EXPECT_EQ(begin_as(begun.id, browser_of("ada")).error, ErrorCode::transaction_type_reserved);
  EXPECT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, begun.id)),
            ErrorCode::transaction_type_reserved);
  EXPECT_EQ(state_of(begun.id), TransactionState::pending);
  // An administrator declines: for good.
  EXPECT_EQ(code_of(decline_transaction(context_, tenant_, begun.caller, begun.id)), kDone);
  EXPECT_NE(ask(digest, "ada").id, begun.id);
}

// Who was asked first does not have to be the first to approve.
TEST_F(Publications, WhoeverApprovesFirstTheOtherGoesOn) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun adas = ask(digest, "ada");
  const Begun bobs = ask(digest, "bob");
  EXPECT_NE(bobs.id, adas.id) << "the first approval of a transaction is whom it was begun for";
  ASSERT_EQ(approve(bobs, "bob"), kDone);
  EXPECT_EQ(ask(digest, "bob").error, ErrorCode::policy_approver_repeated);
  const Begun next = ask(digest, "ada");
  EXPECT_EQ(next.id, bobs.id);
  ASSERT_EQ(approve(next), kDone);
  EXPECT_EQ(active(), digest);
  EXPECT_EQ(state_of(adas.id), TransactionState::cancelled);
}

// Both have given the first of two transactions: either goes on with the other's.
TEST_F(Publications, TwoHalvesAreNotOneAndNobodyIsStuck) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun adas = ask(digest, "ada");
  const Begun bobs = ask(digest, "bob");
  ASSERT_EQ(approve(bobs, "bob"), kDone);
  ASSERT_EQ(approve(adas), kDone);
  EXPECT_NE(active(), digest) << "neither signed the other's record";
  const Begun last = ask(digest, "ada");
  EXPECT_EQ(last.id, bobs.id);
  ASSERT_EQ(approve(last), kDone);
  EXPECT_EQ(active(), digest);
}

// A key begins as many canaries as it likes: they keep no publication from beginning and end none
// that somebody has approved, or may be about to.
TEST_F(Publications, ManyThatNobodyApprovesKeepNoneFromBeginning) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  std::vector<Begun> canaries;
  for (std::size_t i = 0; i < kMaxOpenCanaries; ++i) {
    canaries.push_back(ask(digest, "ada", static_cast<std::uint16_t>(i + 1)));
    ASSERT_EQ(canaries.back().error, kDone) << i;
  }
  ASSERT_EQ(approve(canaries[0]), kDone);
  const auto is_open = [&](const Begun& one) {
    return stored(one.id).state == TransactionState::pending;
  };
  const Begun all = ask(digest, "ada");
  ASSERT_EQ(all.error, kDone);
  EXPECT_EQ(ask(digest, "bob", 500).error, ErrorCode::transaction_limit_reached)
      << "each has a challenge that somebody may be answering";
  for (const Begun& one : canaries) {
    EXPECT_TRUE(is_open(one));
  }
  clock_.time.value += kChallengeSeconds + 1;
  EXPECT_EQ(ask(digest, "ada", 2).id, canaries[1].id) << "one that is open goes on";
  EXPECT_EQ(ask(digest, "bob", 500).error, kDone);
  EXPECT_TRUE(is_open(canaries[0])) << "somebody has approved it";
  EXPECT_TRUE(is_open(canaries[1])) << "somebody has just asked for it";
  EXPECT_FALSE(is_open(canaries[2])) << "the oldest of the others";
  EXPECT_TRUE(is_open(canaries[3]));
  // However many begin, the way is free.
  for (std::uint16_t share = 600; share < 600 + kMaxOpenCanaries; ++share) {
    ask(digest, "bob", share);
  }
  EXPECT_TRUE(is_open(all));
  ASSERT_EQ(give(digest, "ada"), kDone);
  ASSERT_EQ(give(digest, "bob"), kDone);
  EXPECT_EQ(active(), digest);
}

TEST_F(Publications, TooManyCanariesThatSomebodyHasApprovedAreRefused) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  for (std::size_t i = 0; i < kMaxOpenCanaries; ++i) {
    ASSERT_EQ(give(digest, "ada", static_cast<std::uint16_t>(i + 1)), kDone) << i;
  }
  clock_.time.value += kChallengeSeconds + 1;
  EXPECT_EQ(ask(digest, "bob", 500).error, ErrorCode::transaction_limit_reached);
  EXPECT_EQ(ask(digest, "bob", 1).error, kDone) << "one that is open goes on";
  EXPECT_EQ(ask(digest, "bob").error, kDone) << "and so does one for all";
}

// Whoever has the key and the token of a challenge hands in what he likes: an administrator who
// never asked for it goes on approving, and paying.
TEST_F(Publications, FailuresCountAgainstThePublicationAlone) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const auto fails = [](AssertionOptions& options) { options.flags = kUserPresent; };
  const Begun begun = ask(digest, "ada");
  std::vector<ErrorCode> errors;
  for (int i = 0; i < kMaxApprovalFailures; ++i) {
    ASSERT_EQ(stored(begun.id).state, TransactionState::pending) << i;
    EXPECT_NE(approve(begun, "ada", fails), kDone);
  }
  EXPECT_EQ(stored(begun.id).state, TransactionState::cancelled);
  EXPECT_EQ(standing_of("ada").failures, 0);
  EXPECT_FALSE(standing_of("ada").is_blocked(clock_.time));
  ASSERT_EQ(give(digest, "ada"), kDone);
  ASSERT_EQ(give(digest, "bob"), kDone);
  EXPECT_EQ(active(), digest);
}

TEST_F(Publications, TheOperatorSeesWhatIsPending) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Begun begun = ask(digest, "ada");
  ASSERT_EQ(approve(begun), kDone);
  ASSERT_EQ(ask(digest, "ada", 7).error, kDone);
  const PolicyView view = read_policy(policy_context(), tenant_, digest).value();
  ASSERT_EQ(view.publications.size(), 2U);
  EXPECT_EQ(view.publications[0].id, begun.id);
  EXPECT_EQ(view.publications[0].approvals_needed, 2);
  ASSERT_EQ(view.publications[0].approvals.size(), 1U);
  EXPECT_EQ(view.publications[0].approvals[0].approver, handle_of("ada"));
  EXPECT_EQ(view.publications[1].publication.share, 7);
  EXPECT_TRUE(is_applied(policy_context(), tenant_, life()));
  // Of what is not active any more nothing is shown.
  tenant_.policy_administrators = {"bob"};
  EXPECT_TRUE(read_policy(policy_context(), tenant_, digest)->publications[0].approvals.empty());
}

// The evidence alone shows who approved which comparison, under which policy.
TEST_F(Publications, AReceiptShowsWhatWasApproved) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Digest256 before = active();
  const Begun first = ask(digest, "ada");
  ASSERT_EQ(approve(first), kDone);
  ASSERT_EQ(give(digest, "bob"), kDone);
  for (std::int64_t step = 1; step <= 2; ++step) {
    const ByteVector record =
        store_->find_receipt(tenant_.id, receipt_id(first.id, step)).value().value().record.value();
    StepList steps;
    const std::optional<CheckedApproval> checked = check_approval(
        record, ReceiptTrust(), {hasher_, verifier_, RecordedDecisions(hasher_)}, steps);
    ASSERT_TRUE(checked);
    for (const ReceiptStep& one : steps.steps()) {
      EXPECT_NE(one.verdict, StepVerdict::fails) << static_cast<int>(one.id);
    }
    EXPECT_EQ(checked->evidence.subject, handle_of(step == 1 ? "ada" : "bob"));
    EXPECT_EQ(checked->binding.policy_digest, before);
    const Publication publication =
        read_publication(parse_canonical_cbor(checked->evidence.intent).value()).value();
    EXPECT_EQ(publication, (Publication{digest, before, kWholeShare}));
    EXPECT_EQ(checked->evidence.policy.document, shipped_policy("retail"));
  }
}

// One person's way back is good also where the policy that is left demands two.
TEST_F(Publications, AReceiptOfOnePersonsWayBackHolds) {
  const std::string two =
      R"("require":{"userVerification":"required","approvals":{"count":2,"distinctUsers":true}})";
  const Digest256 strict = publish(policy_of(1, two));
  publish(R"({"schema":"countersign-policy/1","id":"p","revision":2,"default":"require","rules":[)"
          R"({"id":"publish","when":{"ceremony":"policy.publish"},"require":{"userVerification":)"
          R"("preferred","approvals":{"count":2,"distinctUsers":true}}}]})");
  const Begun back = ask(strict, "ada");
  EXPECT_EQ(back.answer["approval"], nlohmann::json({1, 1}));
  ASSERT_EQ(approve(back), kDone);
  EXPECT_EQ(code_of(read_transaction(context_, tenant_, backend_, back.id)), kDone);
  const ByteVector record =
      store_->find_receipt(tenant_.id, receipt_id(back.id, 1)).value().value().record.value();
  StepList steps;
  ASSERT_TRUE(check_approval(record, ReceiptTrust(),
                             {hasher_, verifier_, RecordedDecisions(hasher_)}, steps));
  for (const ReceiptStep& one : steps.steps()) {
    EXPECT_NE(one.verdict, StepVerdict::fails) << static_cast<int>(one.id);
  }
}

// Wherever somebody else's change comes in, the approval is planned again.
TEST_F(Publications, AHarmlessChangeMeanwhileDisturbsNobody) {
  tenant_.policy_approvals = 1;
  for (int at = 0; at < 8; ++at) {
    const Digest256 digest = validated(policy_of(10 + at, kPlain));
    const Begun begun = ask(digest, "ada");
    const std::string response = sign(begun);
    bool has_come = false;
    configured_.countdown = at;
    configured_.meanwhile = [&] {
      has_come = true;
      drafted(policy_of(100 + at, kPlain));
    };
    EXPECT_EQ(send(begun, response), kDone) << at;
    configured_.meanwhile = nullptr;
    EXPECT_EQ(active(), digest) << at;
    EXPECT_TRUE(has_come || at > 2) << at;
  }
}

// What could never be completed is cancelled by whoever begins after it, or by itself a moment
// before.
TEST_F(Publications, OneThatEndsMeanwhileIsInNobodysWay) {
  int ended = 0;
  for (int at = 0; at < 12; ++at) {
    const Digest256 digest = validated(policy_of(10 + at, kPlain));
    tenant_.policy_administrators = {"ada", "bob"};
    const Begun open = ask(digest, "ada");
    ASSERT_EQ(approve(open), kDone);
    tenant_.policy_administrators = {"bob", "mallory"};  // what she approved counts no more
    clock_.countdown = at;
    clock_.meanwhile = [&] {
      const TransactionClosing closing = make_closing(
          service(), stored(open.id), TransactionState::cancelled, std::nullopt, clock_.time);
      ended += store_->close_transaction(closing).has_value() ? 1 : 0;
    };
    const Begun begun = ask(digest, "bob");
    clock_.meanwhile = nullptr;
    EXPECT_EQ(begun.error, kDone) << at << " " << error_name(begun.error);
    EXPECT_NE(begun.id, open.id);
    EXPECT_EQ(state_of(open.id), TransactionState::cancelled);
  }
  EXPECT_GT(ended, 1);
}

TEST_F(Publications, ADraftThatIsDeletedAtOnceIsNotFound) {
  const std::string text = policy_of(1, kPlain);
  MemoryPolicyStore store;
  store.added = [&] {
    const Digest256 digest = parse_policy(text, hasher_)->digest();
    EXPECT_TRUE(store.delete_policy(tenant_.id, digest).has_value());
  };
  const PolicyContext context{policy_context().service, store, configured_, *this, reports_};
  EXPECT_EQ(code_of(create_policy(context, tenant_, backend_, text, offered_tiers(context_))),
            ErrorCode::policy_revision_not_found);
}

TEST_F(Publications, AnotherPublicationMeanwhileIsSeenWhereverItComesIn) {
  tenant_.policy_approvals = 1;
  int refused = 0;
  for (int at = 0; at < 8; ++at) {
    const Digest256 faster = validated(policy_of(10 + at, kPlain));
    const Digest256 digest = validated(policy_of(100 + at, kPlain));
    const Begun begun = ask(digest, "ada");
    const Begun other = ask(faster, "bob");
    const std::string response = sign(begun);
    const std::string others = sign(other, "bob");
    configured_.countdown = at;
    bool has_come = false;
    configured_.meanwhile = [&] {
      // Not where the audit asks, when all is done.
      has_come = state_of(begun.id) == TransactionState::pending;
      EXPECT_EQ(send(other, others) == kDone, has_come);
    };
    const ErrorCode got = send(begun, response);
    configured_.meanwhile = nullptr;
    if (has_come) {
      ++refused;
      EXPECT_TRUE(got == ErrorCode::policy_active_changed ||
                  got == ErrorCode::transaction_state_mismatch || got == ErrorCode::policy_changed)
          << error_name(got);
      EXPECT_EQ(active(), faster);
      EXPECT_FALSE(store_->find_receipt(tenant_.id, receipt_id(begun.id, 1))->has_value());
    } else {
      EXPECT_EQ(got, kDone);
    }
  }
  EXPECT_GT(refused, 2);
}

}  // namespace
}  // namespace countersign::testing
