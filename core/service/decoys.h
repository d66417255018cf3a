#pragma once
// Made-up credentials for names that nobody has, so that an answer does not tell who is a customer
// (WebAuthn L3 §14.6.2): the same name always gets the same ones, shaped like real ones.

#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/hasher.h"
#include "model/credential_record.h"
#include "service/tenant.h"

namespace countersign {

/// One or two records of which only `id` and `transports` are set.
std::vector<CredentialRecord> make_decoys(const Hasher& hasher, const Secret<32>& secret,
                                          const TenantId& tenant, std::string_view username);

}  // namespace countersign
