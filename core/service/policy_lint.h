#pragma once
// What lint says of a document on a server, which knows more than the document: rates, metadata,
// the displays that are offered, the other revisions, and the administrators with their passkeys.

#include <cstdint>
#include <memory>
#include <optional>

#include "service/policy_service.h"

namespace countersign {

/// How far ahead a passkey may become good enough for an approval. [a cooling-off of a month still
/// lets the administrators of today replace the policy]
inline constexpr std::int64_t kSuccessionDays = 30;

struct PolicyLint {
  LintReport report;
  /// Of the loaded metadata; nothing: there are none.
  std::optional<std::size_t> models;
};

/// As things are now: lint_policy; `revision-repeated` where the store has another document of the
/// same id and revision, an error where that one got beyond a draft and this one did not; and an
/// error `publish-locked-out` where fewer of the tenant's administrators than the document demands
/// of its own replacement have a passkey that it takes, a day from now or within kSuccessionDays.
/// Of a tenant without administrators, who never publishes anything, the latter is not asked.
/// Errors: those of the store.
Result<PolicyLint> lint_on_server(const PolicyContext& context, const Tenant& tenant,
                                  const PolicyDocument& document, DisplayTiers tiers);

/// Before anything is approved, and before it decides. Errors: policy_lint_failed where
/// lint_on_server finds one; those of the store.
Status check_lint(const PolicyContext& context, const Tenant& tenant, const Digest256& revision,
                  DisplayTiers tiers);

/// How many approvals it takes to replace the document: the tenant's number, or what it demands
/// itself.
unsigned approvals_to_replace(const Tenant& tenant, const PolicyDocument& document);

}  // namespace countersign
