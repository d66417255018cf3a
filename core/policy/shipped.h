#pragma once
// The policies that come with Countersign: core/policy/documents.

#include <span>
#include <string_view>

namespace countersign {

struct ShippedPolicy {
  std::string_view name;
  std::string_view json;
};

/// `retail` (also that of a tenant which names none): login without friction, payments by amount
/// and payee, SCA exemptions. `corporate`: certified device-bound keys, two approvers.
std::span<const ShippedPolicy> shipped_policies();
/// The document's text; empty when there is none of that name.
std::string_view shipped_policy(std::string_view name);

}  // namespace countersign
