#pragma once
// The policy port in memory.

#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "service/policy_store.h"

namespace countersign::testing {

class MemoryPolicyStore final : public PolicyStore {
 public:
  std::optional<ErrorCode> failure;  // of every read and change
  /// Called within update_policies, before the version is looked at.
  std::function<void()> meanwhile;
  /// Called when add_policy is done, before it returns.
  std::function<void()> added;

  Result<std::vector<TenantVersion>> read_policy_versions() override {
    const std::lock_guard lock(mutex_);
    if (failure) {
      return *failure;
    }
    std::vector<TenantVersion> versions;
    for (const auto& [tenant, life] : lives_) {
      versions.push_back({tenant, life.version});
    }
    return versions;
  }
  Result<PolicyLife> read_policy_life(const TenantId& tenant) override {
    const std::lock_guard lock(mutex_);
    return failure ? Result<PolicyLife>(*failure) : Result<PolicyLife>(lives_[tenant]);
  }
  Result<std::optional<std::string>> find_policy_document(const TenantId& tenant,
                                                          const Digest256& digest) override {
    const std::lock_guard lock(mutex_);
    const auto found = documents_.find({tenant, digest});
    return found == documents_.end() ? std::optional<std::string>()
                                     : std::optional<std::string>(found->second);
  }
  Status add_policy(const TenantId& tenant, const PolicyRevision& revision,
                    std::string_view document) override {
    {
      const std::lock_guard lock(mutex_);
      if (lives_[tenant].find(revision.digest) == nullptr) {
        lives_[tenant].revisions.push_back(revision);
        ++lives_[tenant].version;
        documents_[{tenant, revision.digest}] = std::string(document);
      }
    }
    if (added) {
      added();
    }
    return ok();
  }
  Status delete_policy(const TenantId& tenant, const Digest256& digest) override {
    const std::lock_guard lock(mutex_);
    PolicyLife& life = lives_[tenant];
    const std::size_t count = std::erase_if(
        life.revisions, [&](const PolicyRevision& one) { return one.digest == digest; });
    life.version += count;
    return count == 1 ? ok() : Status(ErrorCode::policy_revision_not_found);
  }
  Result<bool> update_policies(const PolicyUpdate& update) override {
    run_meanwhile();
    const std::lock_guard lock(mutex_);
    return apply(update);
  }
  Result<std::vector<PolicyTransition>> list_policy_history(const TenantId& tenant,
                                                            const Digest256& digest) override {
    const std::lock_guard lock(mutex_);
    return history_[{tenant, digest}];
  }
  Status count_differences(const TenantId&, const Digest256&, const Digest256&,
                           std::span<const DifferenceCount> differences) override {
    const std::lock_guard lock(mutex_);
    if (failure) {
      return *failure;
    }
    counts.insert(counts.end(), differences.begin(), differences.end());
    return ok();
  }
  Result<std::vector<DifferenceCount>> list_differences(const TenantId&, const Digest256&,
                                                        const Digest256&) override {
    return counts;
  }
  Result<std::vector<StoredCredential>> list_enrolled(const TenantId&,
                                                      const std::optional<UserHandle>& after,
                                                      std::size_t customers) override {
    if (failure) {
      return *failure;
    }
    std::vector<StoredCredential> page;
    std::size_t users = 0;
    const UserHandle* last = nullptr;
    for (const StoredCredential& one : enrolled) {
      const UserHandle& user = *one.record.user_handle;
      if (after && user.value <= after->value) {
        continue;
      }
      users += last == nullptr || *last != user ? 1 : 0;
      if (users > customers) {
        break;
      }
      last = &user;
      page.push_back(one);
    }
    ++pages;
    return page;
  }

  std::vector<DifferenceCount> counts;
  std::vector<StoredCredential> enrolled;  // by handle
  std::size_t pages = 0;                   // that were read of them

 private:
  void run_meanwhile() {
    if (const std::function<void()> once = std::exchange(meanwhile, nullptr)) {
      once();
    }
  }
  bool apply(const PolicyUpdate& update) {
    PolicyLife& life = lives_[update.tenant];
    if (life.version != update.seen_version) {
      return false;
    }
    ++life.version;
    for (const RevisionChange& change : update.change.changes) {
      for (PolicyRevision& revision : life.revisions) {
        if (revision.digest == change.digest) {
          revision.state = change.after;
          revision.share = change.share;
          revision.was_active = revision.was_active || change.after == RevisionState::active;
          if (change.acknowledged) {
            revision.acknowledged = change.acknowledged;
          }
        }
      }
      history_[{update.tenant, change.digest}].push_back(
          {change.before, change.after, change.share, update.actor, update.time});
    }
    return true;
  }

  std::mutex mutex_;
  std::map<TenantId, PolicyLife> lives_;
  std::map<std::pair<TenantId, Digest256>, std::string> documents_;
  std::map<std::pair<TenantId, Digest256>, std::vector<PolicyTransition>> history_;
};

}  // namespace countersign::testing
