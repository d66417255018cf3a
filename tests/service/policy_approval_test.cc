// Rules of approvals that time, configuration and other people's changes decide. The calls
// themselves run over HTTP in tests/http.

#include "service/policy_approval.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "codec/base64url.h"
#include "service/policy_administrators.h"
#include "tests/service/memory_policy_store.h"
#include "tests/service/memory_store.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {
namespace {

std::string policy_of(int revision, const std::string& publish) {
  return R"({"schema":"countersign-policy/1","id":"p","revision":)" + std::to_string(revision) +
         R"(,"default":"require","rules":[{"id":"publish","when":{"ceremony":"policy.publish"},)" +
         publish + "}]}";
}
const std::string kPlain = R"("require":{"userVerification":"required"})";

// In force is what the store holds.
class StoredPolicies final : public PolicySource {
 public:
  StoredPolicies(MemoryPolicyStore& store, const PolicySource& configured, const Hasher& hasher)
      : store_(store), configured_(configured), hasher_(hasher) {}

  PolicyInForce policy_for(const TenantId& tenant,
                           const std::optional<UserHandle>& user) const override {
    const PolicyLife life = *store_.read_policy_life(tenant);
    const PolicyRevision* active = life.in_state(RevisionState::active);
    PolicyInForce in_force = configured_.policy_for(tenant, user);
    if (active != nullptr) {
      in_force.document = find(tenant, active->digest);
    }
    return in_force;
  }
  std::shared_ptr<const PolicyDocument> find(const TenantId& tenant,
                                             const Digest256& digest) const override {
    const std::optional<std::string> text = *store_.find_policy_document(tenant, digest);
    return text ? std::make_shared<const PolicyDocument>(*parse_policy(*text, hasher_))
                : configured_.find(tenant, digest);
  }
  void record_difference(const PolicyDifference&) override {}

 private:
  MemoryPolicyStore& store_;
  const PolicySource& configured_;
  const Hasher& hasher_;
};

class PolicyApprovalTest : public ::testing::Test, public PolicyWatcher {
 protected:
  PolicyApprovalTest() {
    tenant_.id = TenantId("bank");
    tenant_.rp_id = "example.org";
    tenant_.origins = {"https://example.org"};
    tenant_.policy_administrators = {"ada", "bob"};
    tenant_.policy_approvals = 2;
    backend_.api_key = "backend";
    for (const std::string name : {"ada", "bob"}) {
      RegistrationOptions options;
      options.credential_id = seeded_bytes(name, 32);
      options.user_handle = seeded_bytes("handle of " + name, 32);
      keys_[name] = make_registration(options).credential;
      Account account{UserHandle(options.user_handle), name, name, clock_.time};
      store_.accounts.push_back(account);
      StoredCredential credential;
      credential.record.id = CredentialId(keys_[name].id);
      credential.record.public_key = keys_[name].cose_key;
      credential.record.user_handle = account.handle;
      credential.created_at = UnixSeconds{clock_.time.value - 3600};
      store_.credentials.push_back(credential);
    }
  }
  bool note_policy_change(const TenantId&) override {
    ++notices_;
    return is_applied_;
  }

  Digest256 validated(const std::string& text) {
    const Result<LintedPolicy> created = create_policy(context_, tenant_, backend_, text);
    EXPECT_TRUE(created.has_value());
    const Digest256 digest = created->revision.digest;
    EXPECT_TRUE(change_policy(context_, tenant_, backend_, RevisionAction::validate, digest, 0)
                    .has_value());
    return digest;
  }
  ErrorCode begin(const Digest256& digest, const std::string& name) {
    const Result<BeganCeremony> began =
        begin_policy_approval(context_, tenant_, backend_, {digest, kWholeShare, name});
    return began.has_value() ? ErrorCode{0} : began.error().code;
  }
  Result<ApprovalOutcome> finish(const std::string& name) {
    const Ceremony& ceremony = policies_.ceremonies.back().ceremony;
    AssertionOptions options;
    options.challenge = ceremony.challenge;
    options.user_handle = ceremony.user_handle->value;
    options.sign_count = 0;
    return finish_policy_approval(context_, tenant_, backend_, ceremony.id,
                                  make_assertion(keys_[name], options).json)
        .outcome;
  }
  ErrorCode approve(const Digest256& digest, const std::string& name) {
    const ErrorCode began = begin(digest, name);
    if (began != ErrorCode{0}) {
      return began;
    }
    const Result<ApprovalOutcome> outcome = finish(name);
    return outcome.has_value() ? ErrorCode{0} : outcome.error().code;
  }
  Digest256 active() {
    return active_digest(*policies_.read_policy_life(tenant_.id),
                         configured_digest(context_, tenant_));
  }

  OpenSslHasher hasher_;
  OpenSslVerifier verifier_;
  FixedClock clock_;
  CountingRandom random_;
  AuditList audit_;
  MemoryStore store_;
  MemoryPolicyStore policies_;
  Secret<32> secret_;
  NoModels models_;
  FixedPolicies configured_{make_shipped_policy("retail", hasher_)};
  StoredPolicies in_force_{policies_, configured_, hasher_};
  ServiceContext service_{store_,  store_,    clock_,  random_, audit_,
                          hasher_, verifier_, secret_, models_, in_force_};
  PolicyContext context_{service_, policies_, configured_, *this};
  Tenant tenant_;
  Caller backend_;
  std::map<std::string, SoftCredential> keys_;
  int notices_ = 0;
  bool is_applied_ = true;
};

TEST_F(PolicyApprovalTest, TheSecondOneOfTwoPublishes) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  const Digest256 before = active();
  EXPECT_EQ(approve(digest, "ada"), ErrorCode{0});
  EXPECT_EQ(active(), before);
  EXPECT_EQ(approve(digest, "bob"), ErrorCode{0});
  EXPECT_EQ(active(), digest);
  EXPECT_EQ(audit_.records.at(audit_.records.size() - 2).event, "policy.approval.result");
  EXPECT_EQ(audit_.records.back().event, "policy.publish");
  EXPECT_EQ(audit_.records.back().revision, digest);
  EXPECT_EQ(audit_.records.back().replaces, before);
  EXPECT_EQ(notices_, 2) << "the validation and the publication";
}

TEST_F(PolicyApprovalTest, AnApprovalHoldsForADay) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  ASSERT_EQ(approve(digest, "ada"), ErrorCode{0});
  clock_.time.value += kApprovalSeconds;
  EXPECT_EQ(begin(digest, "ada"), ErrorCode::policy_approver_repeated);
  clock_.time.value += 1;
  ASSERT_EQ(approve(digest, "bob"), ErrorCode{0});
  EXPECT_NE(active(), digest) << "Ada's is too old";
  ASSERT_EQ(approve(digest, "ada"), ErrorCode{0});
  EXPECT_EQ(active(), digest);
}

TEST_F(PolicyApprovalTest, WhoIsNoAdministratorAnyMoreCountsNoMore) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  ASSERT_EQ(approve(digest, "ada"), ErrorCode{0});
  tenant_.policy_administrators = {"bob", "carol"};
  ASSERT_EQ(approve(digest, "bob"), ErrorCode{0});
  EXPECT_NE(active(), digest);
  // Between options and result, too.
  tenant_.policy_administrators = {"ada", "bob"};
  const Digest256 other = validated(policy_of(2, kPlain));
  ASSERT_EQ(begin(other, "ada"), ErrorCode{0});
  tenant_.policy_administrators = {"bob", "carol"};
  EXPECT_EQ(finish("ada").error().code, ErrorCode::policy_approver_not_allowed);
}

TEST_F(PolicyApprovalTest, AnAdministratorMayBeNamedByHandle) {
  const std::string handle = "handle:" + encode_base64url(seeded_bytes("handle of ada", 32));
  tenant_.policy_administrators = {handle, "bob"};
  const Digest256 digest = validated(policy_of(1, kPlain));
  EXPECT_EQ(begin(digest, "ada"), ErrorCode::policy_approver_not_allowed);
  ASSERT_EQ(begin(digest, handle), ErrorCode{0});
  EXPECT_TRUE(finish("ada").has_value());
  // A user who calls himself like that is nobody.
  store_.accounts[1].username = handle;
  tenant_.policy_administrators = {handle};
  EXPECT_FALSE(*is_policy_administrator(context_, tenant_, store_.accounts[1].handle));
  EXPECT_TRUE(*is_policy_administrator(context_, tenant_, store_.accounts[0].handle));
}

TEST_F(PolicyApprovalTest, WhatIsActiveDecidesOnItsReplacement) {
  tenant_.policy_approvals = 1;
  const Digest256 two =
      validated(policy_of(1, R"("require":{"userVerification":"required","coolingOff":"PT2H",)"
                             R"("approvals":{"count":2,"distinctUsers":true}})"));
  ASSERT_EQ(approve(two, "ada"), ErrorCode{0});
  ASSERT_EQ(active(), two);
  const Digest256 next = validated(policy_of(2, kPlain));
  EXPECT_EQ(begin(next, "ada"), ErrorCode::policy_requirement_unmet) << "an hour old, not two";
  clock_.time.value += 3600;
  EXPECT_EQ(approve(next, "ada"), ErrorCode{0});
  EXPECT_EQ(active(), two) << "the policy wants two, whatever the tenant says";
  EXPECT_EQ(approve(next, "bob"), ErrorCode{0});
  EXPECT_EQ(active(), next);
  // And one that denies cannot be replaced.
  const Digest256 last = validated(policy_of(3, R"("deny":{"reason":"closed"})"));
  ASSERT_EQ(approve(last, "ada"), ErrorCode{0});
  EXPECT_EQ(begin(next, "ada"), ErrorCode::policy_denied);
}

TEST_F(PolicyApprovalTest, SomebodyElsesChangeMeanwhileIsSeen) {
  tenant_.policy_approvals = 1;
  const Digest256 digest = validated(policy_of(1, kPlain));
  // A draft that comes in meanwhile disturbs nobody.
  ASSERT_EQ(begin(digest, "ada"), ErrorCode{0});
  policies_.meanwhile = [&] {
    EXPECT_TRUE(create_policy(context_, tenant_, backend_, policy_of(9, kPlain)).has_value());
  };
  EXPECT_TRUE(finish("ada").has_value());
  EXPECT_EQ(active(), digest);
  // Another publication does.
  const Digest256 second = validated(policy_of(2, kPlain));
  const Digest256 third = validated(policy_of(3, kPlain));
  ASSERT_EQ(begin(third, "bob"), ErrorCode{0});
  const ApprovalCeremony bobs = policies_.ceremonies.back();
  policies_.meanwhile = [&] { EXPECT_EQ(approve(second, "ada"), ErrorCode{0}); };
  AssertionOptions options;
  options.challenge = bobs.ceremony.challenge;
  options.user_handle = bobs.ceremony.user_handle->value;
  options.sign_count = 0;
  EXPECT_EQ(finish_policy_approval(context_, tenant_, backend_, bobs.ceremony.id,
                                   make_assertion(keys_["bob"], options).json)
                .outcome.error()
                .code,
            ErrorCode::policy_active_changed);
  EXPECT_EQ(active(), second);
}

TEST_F(PolicyApprovalTest, NothingButTheTokenOrTheKeyFinishesIt) {
  const Digest256 digest = validated(policy_of(1, kPlain));
  ASSERT_EQ(begin(digest, "ada"), ErrorCode{0});
  const CeremonyId id = policies_.ceremonies.back().ceremony.id;
  EXPECT_EQ(finish_policy_approval(context_, tenant_, Caller(), id, "{}").outcome.error().code,
            ErrorCode::ceremony_foreign);
  Tenant other = tenant_;
  other.id = TenantId("other");
  EXPECT_EQ(finish_policy_approval(context_, other, backend_, id, "{}").outcome.error().code,
            ErrorCode::ceremony_not_found);
  clock_.time.value += tenant_.ceremony_seconds + 1;
  EXPECT_EQ(finish_policy_approval(context_, tenant_, backend_, id, "{}").outcome.error().code,
            ErrorCode::ceremony_expired);
}

}  // namespace
}  // namespace countersign::testing
