#pragma once
// Policies in force as the store has them.

#include <memory>
#include <optional>
#include <string>

#include "service/policy_store.h"

namespace countersign::testing {

class StoredPolicies final : public PolicySource {
 public:
  StoredPolicies(PolicyStore& store, const PolicySource& configured, const Hasher& hasher)
      : store_(store), configured_(configured), hasher_(hasher) {}

  PolicyInForce policy_for(const TenantId& tenant,
                           const std::optional<UserHandle>& user) const override {
    const PolicyLife life = store_.read_policy_life(tenant).value();
    const PolicyRevision* active = life.in_state(RevisionState::active);
    PolicyInForce in_force = configured_.policy_for(tenant, user);
    if (active != nullptr) {
      in_force.document = find(tenant, active->digest);
    }
    const PolicyRevision* canary = life.in_state(RevisionState::canary);
    if (canary != nullptr && !user) {
      in_force.canary = find(tenant, canary->digest);
    }
    if (const PolicyRevision* shadow = life.in_state(RevisionState::shadow)) {
      in_force.shadow = find(tenant, shadow->digest);
    }
    return in_force;
  }
  std::shared_ptr<const PolicyDocument> find(const TenantId& tenant,
                                             const Digest256& digest) const override {
    const std::optional<std::string> text = store_.find_policy_document(tenant, digest).value();
    return text ? std::make_shared<const PolicyDocument>(*parse_policy(*text, hasher_))
                : configured_.find(tenant, digest);
  }
  void record_difference(const PolicyDifference&) override {}

 private:
  PolicyStore& store_;
  const PolicySource& configured_;
  const Hasher& hasher_;
};

}  // namespace countersign::testing
