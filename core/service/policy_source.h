#pragma once
// Which policy decides: the port through which the use cases see the documents in force, and an
// implementation in which they never change.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong_id.h"
#include "policy/evaluation.h"

namespace countersign {

struct PolicyInForce {
  /// Never null.
  std::shared_ptr<const PolicyDocument> document;
  /// Evaluated beside, without effect; null where there is none.
  std::shared_ptr<const PolicyDocument> shadow;
  /// Where the user is not known: may decide about whoever it turns out to be; else null.
  std::shared_ptr<const PolicyDocument> canary;
  /// Where `document` is a canary's: what decides about those who are not in it; else null.
  std::shared_ptr<const PolicyDocument> others;
  /// What the store holds of the tenant cannot be read: nobody can say what is in force, and
  /// `document` denies everything.
  bool is_unreadable = false;
};

/// Stands for the rules of both where there are too many rows (policy_store.h).
inline constexpr std::string_view kOtherRules = "*";
/// Of one decision, in a difference; how many more matched follows as "+3".
inline constexpr std::size_t kMaxDifferenceRules = 16;
/// The ids of the rules that matched, in the document's order, separated by blanks.
std::string difference_rules(const PolicyDocument& document, const Decision& decision);

/// The shadow would have decided otherwise.
struct PolicyDifference {
  TenantId tenant;
  PolicyCeremony ceremony = PolicyCeremony::authenticate;
  Phase phase = Phase::options;
  Digest256 active{};
  Digest256 shadow{};
  Strictness change = Strictness::same;  // of the shadow against what is in force
  std::string active_rules;              // difference_rules
  std::string shadow_rules;
};

class PolicySource {
 public:
  virtual ~PolicySource() = default;
  /// Takes no lock and does no I/O. All documents are of one moment, so that whoever answers a
  /// request asks once. `user` is the account where it is known: it may be served another revision
  /// than others, always the same one.
  virtual PolicyInForce policy_for(const TenantId& tenant,
                                   const std::optional<UserHandle>& user) const = 0;
  /// A revision that was in force when a ceremony began; null where it is not known any more.
  virtual std::shared_ptr<const PolicyDocument> find(const TenantId& tenant,
                                                     const Digest256& digest) const = 0;
  virtual void record_difference(const PolicyDifference& difference) = 0;
};

/// The order of StrongId needs a `<=>` of its value, which Emscripten's std::string lacks.
struct TenantOrder {
  bool operator()(const TenantId& a, const TenantId& b) const { return a.value < b.value; }
};

/// One document a tenant for as long as the program runs.
class FixedPolicies final : public PolicySource {
 public:
  using Documents = std::map<TenantId, std::shared_ptr<const PolicyDocument>, TenantOrder>;

  /// For every tenant.
  explicit FixedPolicies(std::shared_ptr<const PolicyDocument> document);
  /// `others` is for the tenants that are not named.
  FixedPolicies(Documents documents, std::shared_ptr<const PolicyDocument> others);

  PolicyInForce policy_for(const TenantId& tenant,
                           const std::optional<UserHandle>& user) const override;
  std::shared_ptr<const PolicyDocument> find(const TenantId& tenant,
                                             const Digest256& digest) const override;
  void record_difference(const PolicyDifference& difference) override;

 private:
  const std::shared_ptr<const PolicyDocument>& document_of(const TenantId& tenant) const;

  Documents documents_;
  std::shared_ptr<const PolicyDocument> others_;
};

/// The shipped document of that name; null when there is none.
std::shared_ptr<const PolicyDocument> make_shipped_policy(std::string_view name,
                                                          const Hasher& hasher);
/// Demands nothing: FIDO's conformance tool sets every option itself.
std::shared_ptr<const PolicyDocument> make_permissive_policy(const Hasher& hasher);
/// Denies everything: PolicyInForce::is_unreadable.
std::shared_ptr<const PolicyDocument> make_closed_policy(const Hasher& hasher);

}  // namespace countersign
