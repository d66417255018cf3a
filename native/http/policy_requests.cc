#include "native/http/policy_requests.h"

#include <algorithm>

#include "codec/base64url.h"

namespace countersign {

Result<Digest256> parse_policy_digest(std::string_view text) {
  Digest256 digest{};
  const Result<ByteVector> bytes = parse_base64url(text);
  if (!bytes.has_value() || bytes->size() != digest.size()) {
    return ErrorCode::policy_revision_not_found;
  }
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

Result<std::shared_ptr<const PolicyDocument>> find_policy_document(const PolicyContext& context,
                                                                   const Tenant& tenant,
                                                                   std::string_view name) {
  if (name == "active") {
    CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
    return load_active_policy(context, tenant, life);
  }
  CS_ASSIGN(const Digest256 digest, parse_policy_digest(name));
  return load_policy(context, tenant, digest);
}

}  // namespace countersign
