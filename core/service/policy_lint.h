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

/// As things are now: lint_policy; `revision-repeated` where the store or the configuration has
/// another document of the same id and revision, an error where check_number finds one; and an
/// error `publish-locked-out` where fewer of the tenant's administrators than the document demands
/// of its own replacement have a passkey that it takes, a day from now or within kSuccessionDays.
/// Of a tenant without administrators, who never publishes anything, the latter is not asked.
/// Errors: those of the store.
Result<PolicyLint> lint_on_server(const PolicyContext& context, const Tenant& tenant,
                                  const PolicyDocument& document, DisplayTiers tiers);

/// Whether lint stops it: an error, or a warning whose kind nobody took note of.
bool is_stopped_by(const LintFinding& finding, const std::vector<std::string>& acknowledged);

/// Before anything is approved, and before it decides. Errors: policy_lint_failed where
/// lint_on_server finds an error, or a warning of which its validation took no note; those of the
/// store.
Status check_lint(const PolicyContext& context, const Tenant& tenant,
                  const PolicyRevision& revision, DisplayTiers tiers);

/// Error: policy_lint_failed, where another document of the same id and revision is validated or
/// in use and this one is a draft, or where that one has decided, as the configured one does, and
/// this one never did.
Status check_number(const PolicyContext& context, const Tenant& tenant, const PolicyLife& life,
                    const PolicyRevision& revision);

/// How many approvals it takes to replace the document: the tenant's number, or what it demands
/// itself.
unsigned approvals_to_replace(const Tenant& tenant, const PolicyDocument& document);

}  // namespace countersign
