#pragma once
// What the life of policies keeps. Like the other ports: one method is one atomic and, when it
// returns, durable transaction.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluation.h"
#include "service/policy_source.h"
#include "service/policy_update.h"
#include "service/ports.h"

namespace countersign {

/// One line of a revision's history.
struct PolicyTransition {
  RevisionState before = RevisionState::draft;
  RevisionState after = RevisionState::draft;
  std::uint16_t share = 0;
  std::string actor;  // "api-key:ID", or "administrator:HANDLE" whose approval completed it
  UnixSeconds time;
};

/// Decisions of a revision in shadow that differ from those of what was in force.
struct DifferenceCount {
  PolicyCeremony ceremony = PolicyCeremony::authenticate;
  Phase phase = Phase::options;
  Strictness change = Strictness::same;
  std::uint64_t count = 0;
  /// Ids as difference_rules writes them; both kOtherRules in the row of what has no row of its
  /// own.
  std::string active_rules{kOtherRules};
  std::string shadow_rules{kOtherRules};
};

struct TenantVersion {
  TenantId tenant;
  std::uint64_t version = 0;
};

class PolicyStore {
 public:
  virtual ~PolicyStore() = default;

  /// Of the tenants that have revisions: how other servers' changes are noticed.
  virtual Result<std::vector<TenantVersion>> read_policy_versions() = 0;
  virtual Result<PolicyLife> read_policy_life(const TenantId& tenant) = 0;
  /// The text as it came.
  virtual Result<std::optional<std::string>> find_policy_document(const TenantId& tenant,
                                                                  const Digest256& digest) = 0;
  /// A revision that is there stays as it is. Error: policy_too_large where there are
  /// kMaxPolicyRevisions, or kMaxPolicyDrafts that were never beyond validated.
  virtual Status add_policy(const TenantId& tenant, const PolicyRevision& revision,
                            std::string_view document) = 0;
  /// With its history. Errors: policy_revision_not_found;
  /// policy_revision_state_mismatch where it was in shadow, canary or active at any time.
  virtual Status delete_policy(const TenantId& tenant, const Digest256& digest) = 0;
  /// False, and nothing changed, where the version is not the one seen.
  virtual Result<bool> update_policies(const PolicyUpdate& update) = 0;
  /// The newest ones, oldest first.
  virtual Result<std::vector<PolicyTransition>> list_policy_history(const TenantId& tenant,
                                                                    const Digest256& digest) = 0;

  /// Adds to what was counted of the revision held against the active one: a row a ceremony, phase,
  /// change and rules. Where there are kMaxDifferenceRows, those of further rules are one row each
  /// ceremony, phase and change.
  virtual Status count_differences(const TenantId& tenant, const Digest256& revision,
                                   const Digest256& active,
                                   std::span<const DifferenceCount> differences) = 0;
  /// The most frequent first.
  virtual Result<std::vector<DifferenceCount>> list_differences(const TenantId& tenant,
                                                                const Digest256& revision,
                                                                const Digest256& active) = 0;

  /// Whole customers in the order of their handles, from the one after `after` on: the credentials
  /// that are not revoked of at most `customers` of them. Empty where there are no more.
  virtual Result<std::vector<StoredCredential>> list_enrolled(
      const TenantId& tenant, const std::optional<UserHandle>& after, std::size_t customers) = 0;
};

inline constexpr std::size_t kMaxPolicyRevisions = 1000;  // of a tenant [one a day: three years]
inline constexpr std::size_t kMaxPolicyHistory = 100;     // lines that are read
inline constexpr std::size_t kKeptPolicyHistory = 1000;   // of a revision; the audit has all
/// Of those, that were never beyond validated: whoever writes drafts cannot take the place of
/// revisions that decide. [a dozen authors, a dozen drafts each]
inline constexpr std::size_t kMaxPolicyDrafts = 200;
/// After so long without a step such a one is deleted.
inline constexpr std::int64_t kPolicyDraftSeconds = 90 * 86400;
/// With rules of their own, of a revision held against another. [people read them]
inline constexpr std::size_t kMaxDifferenceRows = 256;

}  // namespace countersign
