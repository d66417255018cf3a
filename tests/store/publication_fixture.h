#pragma once
// A bank whose administrators Ada and Bob publish policies, by transactions on SQLite.

#include <algorithm>
#include <atomic>
#include <utility>

#include "native/policy/kept_reports.h"
#include "policy/policy_pages.h"
#include "service/policy_approval.h"
#include "tests/service/stored_policies.h"
#include "tests/store/transaction_fixture.h"
#include "tests/support/made_models.h"

namespace countersign::testing {

inline std::string policy_of(int revision, const std::string& publish) {
  return R"({"schema":"countersign-policy/1","id":"p","revision":)" + std::to_string(revision) +
         R"(,"default":"require","rules":[{"id":"publish","when":{"ceremony":"policy.publish"},)" +
         publish + "}]}";
}
inline const std::string kPlain = R"("require":{"userVerification":"required"})";
inline const std::string kLax = R"("require":{"userVerification":"preferred"})";

/// Somebody who comes in between: once, when the configured policy is asked for the `countdown`th
/// time from now.
class InterruptedPolicies final : public PolicySource {
 public:
  explicit InterruptedPolicies(const Hasher& hasher)
      : policies_(make_shipped_policy("retail", hasher)) {}

  PolicyInForce policy_for(const TenantId& tenant,
                           const std::optional<UserHandle>& user) const override {
    if (meanwhile && countdown-- == 0) {
      std::exchange(meanwhile, nullptr)();
    }
    return policies_.policy_for(tenant, user);
  }
  std::shared_ptr<const PolicyDocument> find(const TenantId& tenant,
                                             const Digest256& digest) const override {
    return policies_.find(tenant, digest);
  }
  void record_difference(const PolicyDifference&) override {}

  mutable std::function<void()> meanwhile;
  mutable int countdown = 0;

 private:
  FixedPolicies policies_;
};

/// Counts what is worked out.
class CountedReports final : public PolicyReports {
 public:
  std::shared_ptr<const DiffReport> compare(const PolicyDocument& before,
                                            const PolicyDocument& after) override {
    ++comparisons;
    return FreshReports().compare(before, after);
  }
  std::shared_ptr<const LintReport> lint(const PolicyDocument& document,
                                         const LintSettings& settings) override {
    ++lints;
    return FreshReports().lint(document, settings);
  }

  std::atomic<int> comparisons = 0;
  std::atomic<int> lints = 0;
};

class PublicationTest : public TransactionTest, public PolicyWatcher {
 protected:
  PublicationTest() {
    tenant_.policy_administrators = {"ada", "bob"};
    tenant_.policy_approvals = 2;
    enrol("mallory");
  }

  PolicySource& in_force() override { return stored_; }
  const PolicyContext* publications() override { return &policy_context(); }
  bool note_policy_change(const TenantId&) override {
    ++notices_;
    return true;
  }
  const PolicyContext& policy_context() {
    if (!policy_context_) {
      service_.emplace(ServiceContext{*store_, *store_, clock_, random_, audit_, hasher_, verifier_,
                                      secret_, metadata_, stored_});
      policy_context_.emplace(PolicyContext{*service_, *store_, configured_, *this, reports_,
                                            store_.get(), &diff_page});
    }
    return *policy_context_;
  }

  Digest256 drafted(const std::string& text) {
    return create_policy(policy_context(), tenant_, backend_, text, offered_tiers(context_))
        .value()
        .revision.digest;
  }
  /// With note taken of every warning; where lint finds errors, by an older version, so to speak.
  Digest256 validated(const std::string& text) {
    const LintedPolicy drafted =
        create_policy(policy_context(), tenant_, backend_, text, offered_tiers(context_)).value();
    RevisionEvent event;
    event.revision = drafted.revision.digest;
    for (const LintFinding& finding : drafted.lint.findings) {
      event.acknowledged.emplace_back(lint_kind_name(finding.kind));
    }
    const PolicyLife before = life();
    const LifeChange changed =
        change_life(before, configured_digest(policy_context(), tenant_), event).value();
    EXPECT_TRUE(
        store_->update_policies({tenant_.id, before.version, changed, "api-key:x", clock_.time, {}})
            .value());
    ++notices_;
    return event.revision;
  }
  void change(RevisionAction action, const Digest256& digest, std::uint16_t share = kWholeShare) {
    const Result<ChangedPolicy> changed =
        change_policy(policy_context(), tenant_, backend_, action, digest, share);
    EXPECT_TRUE(changed.has_value()) << error_name(changed.error().code);
  }
  Begun ask(const Digest256& digest, const std::string& name, std::uint16_t share = kWholeShare) {
    ApprovalRequest request;
    request.revision = digest;
    request.share = share;
    request.administrator = name;
    return read(begin_policy_approval(policy_context(), context_, tenant_, backend_, request),
                backend_);
  }
  ErrorCode give(const Digest256& digest, const std::string& name,
                 std::uint16_t share = kWholeShare) {
    const Begun begun = ask(digest, name, share);
    return begun.error != kDone ? begun.error : approve(begun, name);
  }
  /// By as many as it takes.
  Digest256 publish(const std::string& text) {
    const Digest256 digest = validated(text);
    EXPECT_EQ(give(digest, "ada"), kDone);
    if (active() != digest) {
      EXPECT_EQ(give(digest, "bob"), kDone);
    }
    EXPECT_EQ(active(), digest);
    return digest;
  }
  PolicyLife life() { return store_->read_policy_life(tenant_.id).value(); }
  Digest256 active() { return active_digest(life(), configured_digest(policy_context(), tenant_)); }
  RevisionState policy_state_of(const Digest256& digest) { return life().find(digest)->state; }
  /// Of the rows with that label, or that and a number.
  static std::vector<std::string> all_rows_of(const Begun& begun, const std::string& label) {
    std::vector<std::string> values;
    for (const nlohmann::json& row : begun.answer["view"]["rows"]) {
      const std::string found = row[1];
      if (found.substr(0, found.find_last_not_of("0123456789 ") + 1) == label) {
        values.push_back(row[2]);
      }
    }
    return values;
  }
  /// …without those of the warnings that validated() took note of.
  static std::vector<std::string> rows_of(const Begun& begun, const std::string& label) {
    const std::vector<std::string> changes = all_rows_of(begun, "Change");
    std::vector<std::string> values = all_rows_of(begun, label);
    const auto at = std::find(changes.begin(), changes.end(), "warnings taken note of");
    if (at != changes.end() && values.size() == changes.size()) {
      values.erase(values.begin() + (at - changes.begin()));
    }
    return values;
  }

  InterruptedPolicies configured_{hasher_};
  StoredPolicies stored_{*store_, configured_, hasher_};
  SetModels metadata_;  // at first none
  CountedReports counted_;
  KeptReports reports_{counted_};
  std::optional<ServiceContext> service_;
  std::optional<PolicyContext> policy_context_;
  int notices_ = 0;
};

}  // namespace countersign::testing
