#pragma once
// What the policy store and others share.

#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/seals.h"
#include "service/policy_store.h"

namespace countersign::sqlite {

/// False, and nothing changed, where the version is not the one seen. Runs inside of a job.
Result<bool> apply_policy_update(Database& database, const Seals& seals,
                                 const PolicyUpdate& update);
/// Whoever saw the tenant's policies, or counted approvals of them, a moment ago looks again.
Status advance_policies(Database& database, const TenantId& tenant);
/// Deletes revisions that were never beyond validated and of which nothing was heard since then.
Status sweep_drafts(Database& database, UnixSeconds before);

}  // namespace countersign::sqlite
