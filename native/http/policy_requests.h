#pragma once
// Which policy a request names.

#include <memory>
#include <string_view>

#include "service/policy_service.h"

namespace countersign {

/// Error: policy_revision_not_found, for what cannot be a digest either.
Result<Digest256> parse_policy_digest(std::string_view text);

/// "active", or the digest of a document of the tenant's. Errors: policy_revision_not_found, those
/// of the store.
Result<std::shared_ptr<const PolicyDocument>> find_policy_document(const PolicyContext& context,
                                                                   const Tenant& tenant,
                                                                   std::string_view name);

}  // namespace countersign
