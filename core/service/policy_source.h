#pragma once
// Which policy decides: the port through which the use cases see the documents in force, and an
// implementation in which they never change.

#include <map>
#include <memory>
#include <optional>

#include "base/strong_id.h"
#include "policy/evaluation.h"

namespace countersign {

struct PolicyInForce {
  /// Never null.
  std::shared_ptr<const PolicyDocument> document;
  /// Evaluated beside, without effect; null where there is none.
  std::shared_ptr<const PolicyDocument> shadow;
};

/// The shadow would have decided otherwise.
struct PolicyDifference {
  TenantId tenant;
  PolicyCeremony ceremony = PolicyCeremony::authenticate;
  Phase phase = Phase::options;
  Digest256 active{};
  Digest256 shadow{};
  Strictness change = Strictness::same;  // of the shadow against what is in force
};

class PolicySource {
 public:
  virtual ~PolicySource() = default;
  /// Takes no lock and does no I/O. Both documents are of one moment. `user` is the account where
  /// it is known: it may be served another revision than others, always the same one.
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

}  // namespace countersign
