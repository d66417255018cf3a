#pragma once
// What ceremonies can bring of what policies demand: one table for lint, for the forecast and for
// the server.

#include <cstdint>
#include <string_view>

#include "policy/inputs.h"
#include "policy/requirements.h"

namespace countersign {

/// What becomes of a demand in the ceremonies of a kind.
enum class Enforcement : std::uint8_t {
  enforced,        // it is looked at, and can be met
  by_transaction,  // the same, with what a transaction brings
  never_met,       // it is looked at, and nothing there can meet it
  not_enforced,    // nobody looks at it
};
Enforcement enforcement_of(PolicyCeremony ceremony, RequirementKind kind);
/// Why a demand is never met, or not enforced: "only a transaction is displayed"; else empty.
std::string_view enforcement_reason(PolicyCeremony ceremony, RequirementKind kind);

/// One bit a kind in which something is demanded that could be lacking: a preference is no demand,
/// nor is one approval.
std::uint32_t demanded_kinds(const Requirements& requirements);
/// Of these, those that the table answers so in that ceremony.
std::uint32_t demanded_kinds(const Requirements& requirements, PolicyCeremony ceremony,
                             Enforcement enforcement);

}  // namespace countersign
