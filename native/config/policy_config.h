#pragma once
// The policies that the configuration names: `tenants[].policy` is the name of a shipped document,
// or a file.

#include <string>
#include <variant>

#include "crypto/hasher.h"
#include "native/config/config.h"
#include "service/policy_source.h"

namespace countersign {

class Walk;

/// Of a tenant that names none.
inline constexpr std::string_view kDefaultPolicy = "retail";

/// The tenant's member as name or path, resolved; empty where it is absent.
std::string read_policy_name(Walk& walk, const JsonValue& tenant, const std::string& path);

/// `policyAdministrators` and `policyApprovals`.
void read_policy_people(Walk& walk, const JsonValue& value, const std::string& path,
                        Tenant& tenant);

/// `fraudRates` and `exemptionCaps`; after the base currency.
void read_exemption_terms(Walk& walk, const JsonValue& value, const std::string& path,
                          Tenant& tenant);

/// Every tenant's document. In the conformance profile a tenant that names none has the permissive
/// one. Problems: a file that cannot be read, or that is no policy (with line and column).
std::variant<FixedPolicies::Documents, ConfigProblem> read_policies(const Config& config,
                                                                    const Hasher& hasher);

}  // namespace countersign
