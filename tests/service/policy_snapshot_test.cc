// Whoever publishes while a request is answered: the answer is of one revision, not of two halves.

#include <gtest/gtest.h>

#include <utility>

#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "service/account_service.h"
#include "service/authentication_service.h"
#include "service/exemption_service.h"
#include "service/policy_decision.h"
#include "tests/service/ceremony_fixture.h"

namespace countersign::testing {
namespace {

// Nothing was let through yet.
class NoExemptions final : public ExemptionStore {
 public:
  Result<ScaCounter> read_sca_counter(const TenantId&, const UserHandle&) override {
    return ScaCounter{};
  }
  Result<std::optional<UnixSeconds>> find_last_verification(const TenantId&,
                                                            const UserHandle&) override {
    return std::optional<UnixSeconds>();
  }
  Status commit_exemption(const TenantId&, const Exemption&, const SessionProof&,
                          const IdempotentAnswer&) override {
    return ok();
  }
  Status reset_sca_counter(const TenantId&, const UserHandle&, UnixSeconds) override {
    return ok();
  }
};

std::string rules(const std::string& requirements) {
  return R"({"id":"all","when":{"ceremony":{"in":["authenticate","credential.remove","transaction.approve"]}},"require":)" +
         requirements + "}";
}

class PolicySnapshot : public CeremonyFixture {
 protected:
  PolicySnapshot() {
    soft_ = policies_.make(rules("{}"));
    hard_ = policies_.make(rules(R"({"coolingOff":"P3650D"})"));
    Account account;
    account.handle = UserHandle(ByteVector(16, 7));
    account.username = "ada";
    store_.accounts.push_back(account);
    StoredCredential& credential = store_.credentials.emplace_back();
    credential.record.id = CredentialId(ByteVector(16, 9));
    credential.record.user_handle = account.handle;
    credential.created_at = clock_.time;
  }

  // Now that one, and the other from the second question on.
  void alternate(const std::shared_ptr<const PolicyDocument>& first,
                 const std::shared_ptr<const PolicyDocument>& second) {
    policies_.current.document = first;
    policies_.next = second;
    policies_.calls = 0;
  }

  std::shared_ptr<const PolicyDocument> soft_;
  std::shared_ptr<const PolicyDocument> hard_;
};

TEST_F(PolicySnapshot, RequirementsDigestAndPasskeyOfADecisionAreOfOneRevision) {
  NoExemptions exemptions;
  DecisionRequest request;
  request.username = "ada";
  const auto decide = [&] {
    return parse_json(answer_decision(context_, exemptions, tenant_, backend_, request).value())
        .value();
  };
  alternate(soft_, hard_);
  JsonValue answer = decide();
  EXPECT_EQ(policies_.calls, 1U);
  EXPECT_EQ(answer.find("policy")->string, encode_base64url(soft_->digest()));
  EXPECT_EQ(answer.find("requirements")->find("coolingOff"), nullptr);
  EXPECT_EQ(answer.find("passkey")->string, "usable");
  alternate(hard_, soft_);
  answer = decide();
  EXPECT_EQ(answer.find("policy")->string, encode_base64url(hard_->digest()));
  EXPECT_NE(answer.find("requirements")->find("coolingOff"), nullptr);
  EXPECT_EQ(answer.find("passkey")->string, "insufficient");
}

TEST_F(PolicySnapshot, AllowedCredentialsOfASignInAreOfTheRevisionThatItIsBoundTo) {
  AuthenticationRequest request;
  request.username = "ada";
  const auto begin = [&] {
    return begin_authentication_ceremony(context_, tenant_, browser_, request, std::nullopt)
        .has_value();
  };
  alternate(soft_, hard_);
  ASSERT_TRUE(begin());
  EXPECT_EQ(policies_.calls, 1U);
  EXPECT_EQ(last().policy->document, soft_->digest());
  EXPECT_FALSE(last().is_decoy);
  alternate(hard_, soft_);
  ASSERT_TRUE(begin());
  EXPECT_EQ(last().policy->document, hard_->digest());
  EXPECT_TRUE(last().is_decoy);
  // Without a name as well.
  request.username.reset();
  alternate(soft_, hard_);
  ASSERT_TRUE(begin());
  EXPECT_EQ(policies_.calls, 1U);
  EXPECT_EQ(last().policy->document, soft_->digest());
}

// Its options and its verdict are one request.
TEST_F(PolicySnapshot, ARemovalIsDecidedByOneRevision) {
  const StoredCredential& credential = store_.credentials.front();
  browser_.session.emplace();
  browser_.session->user_handle = store_.accounts.front().handle;
  browser_.session->credential_id = credential.record.id;
  browser_.session->authenticated_at = clock_.time;
  browser_.session->is_user_verified = true;
  const auto remove = [&] {
    PolicyTrace trace;
    return decide_removal(context_, tenant_, browser_, store_.accounts.front(), trace);
  };
  alternate(soft_, hard_);
  EXPECT_TRUE(remove().has_value());
  EXPECT_EQ(policies_.calls, 1U);
  alternate(hard_, soft_);
  EXPECT_EQ(remove().error().code, ErrorCode::step_up_required);
}

// Who signed in without a name turned out to be one of the canary's.
TEST_F(PolicySnapshot, AVerdictAboutWhoeverTheCanaryDecidesAboutAsksOnce) {
  PolicyQuestion question;
  question.ceremony = PolicyCeremony::authenticate;
  question.user = store_.accounts.front().handle;
  question.is_user_found = true;
  question.authentication_age = 0;
  const CeremonyPolicy bound{PolicyCeremony::authenticate, soft_->digest(), "", {}};
  alternate(soft_, hard_);
  policies_.current.canary = hard_;
  PolicyTrace trace;
  const Status verdict =
      decide_verdict(context_, tenant_, question, bound,
                     {store_.credentials.front(), true, CounterOutcome::zero, std::nullopt}, trace);
  EXPECT_EQ(verdict.error().code, ErrorCode::policy_requirement_unmet) << trace.decision;
  EXPECT_EQ(policies_.calls, 1U);
}

}  // namespace
}  // namespace countersign::testing
