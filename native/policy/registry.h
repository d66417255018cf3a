#pragma once
// The policies in force, for ceremonies that must never wait: what the store holds, parsed, in one
// immutable snapshot that is swapped whole.

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "native/ops/snapshot.h"
#include "service/policy_service.h"

namespace countersign {

class PolicyRegistry final : public PolicySource, public PolicyWatcher {
 public:
  /// `configured` decides for tenants of which the store holds no active revision.
  PolicyRegistry(PolicyStore& store, const PolicySource& configured, const Hasher& hasher);
  PolicyRegistry(const PolicyRegistry&) = delete;
  PolicyRegistry& operator=(const PolicyRegistry&) = delete;

  PolicyInForce policy_for(const TenantId& tenant,
                           const std::optional<UserHandle>& user) const override;
  std::shared_ptr<const PolicyDocument> find(const TenantId& tenant,
                                             const Digest256& digest) const override;
  void record_difference(const PolicyDifference& difference) override;
  bool note_policy_change(const TenantId& tenant) override;

  /// Reads what has changed since, if anything. On an error what could not be read stays in force
  /// as it was, and the next call tries again; a tenant that was never read denies everything
  /// (PolicyInForce::is_unreadable). The error is that of the store, or the first tenant's.
  Status reload();
  /// Those whose revisions the last reload could not read.
  std::vector<TenantId> stale_tenants() const;
  /// Hands what record_difference has counted to the store. What cannot be written is kept.
  Status flush_differences();

  /// In the text format of Prometheus.
  std::string metrics(const std::vector<TenantId>& tenants) const;

  /// Retired revisions that are kept: a ceremony ends under the revision that it began with.
  /// [ceremonies live ten minutes at most]
  static constexpr std::size_t kKeptRevisions = 16;

 private:
  struct TenantPolicies {
    std::uint64_t version = 0;
    bool is_unreadable = false;  // never read; nothing else is set then
    std::shared_ptr<const PolicyDocument> active;
    std::shared_ptr<const PolicyDocument> canary;
    std::uint16_t share = 0;
    std::shared_ptr<const PolicyDocument> shadow;
    /// Of all these, and those that were in force before; the newest last.
    std::vector<std::shared_ptr<const PolicyDocument>> known;
  };
  using Policies = std::map<TenantId, std::shared_ptr<const TenantPolicies>>;

  std::shared_ptr<const TenantPolicies> find_tenant(const TenantId& tenant) const;
  Result<std::shared_ptr<const TenantPolicies>> read_tenant(const TenantId& tenant,
                                                            const TenantPolicies* before) const;

  struct DifferenceKey {
    TenantId tenant;
    Digest256 revision{};
    Digest256 active{};
    PolicyCeremony ceremony;
    Phase phase;
    Strictness change;
    std::string active_rules;
    std::string shadow_rules;
    friend auto operator<=>(const DifferenceKey&, const DifferenceKey&) = default;
  };

  PolicyStore& store_;
  const PolicySource& configured_;
  const Hasher& hasher_;
  const std::shared_ptr<const PolicyDocument> closed_;
  Snapshot<Policies> snapshot_;
  std::mutex reloading_;

  mutable std::mutex telling_;
  std::set<TenantId> stale_;
  bool has_read_versions_ = true;  // the last time

  mutable std::mutex counting_;
  std::map<DifferenceKey, std::uint64_t> unwritten_;
  std::map<TenantId, std::array<std::uint64_t, 4>> counted_;  // by Strictness, since the start
};

}  // namespace countersign
