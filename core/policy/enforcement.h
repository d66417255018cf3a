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

/// Display tiers that a deployment offers beside D0, one bit a tier.
using DisplayTiers = std::uint8_t;
constexpr DisplayTiers tier_bit(unsigned tier) { return static_cast<DisplayTiers>(1U << tier); }
inline constexpr DisplayTiers kApprovalOriginTier = tier_bit(1);
inline constexpr DisplayTiers kPaymentDialogTier = tier_bit(2);
/// What a server of ours can be configured to offer.
inline constexpr DisplayTiers kServerTiers = kApprovalOriginTier | kPaymentDialogTier;
/// Algorithms that the server asks of new keys: EdDSA, ES256, RS256.
inline constexpr AlgorithmMask kServerAlgorithms = 1U << 0 | 1U << 1 | 1U << 8;
/// The highest in which something of that kind can be shown. The payment dialog shows payments
/// alone; a publication is rendered by the server and shown at an approval origin at most; what is
/// no transaction is not displayed.
std::uint8_t highest_tier(PolicyCeremony ceremony, DisplayTiers offered);

/// One bit a kind in which something is demanded that could be lacking: a preference is no demand,
/// nor is one approval.
std::uint32_t demanded_kinds(const Requirements& requirements);
/// Of these, those that the table answers so in that ceremony.
std::uint32_t demanded_kinds(const Requirements& requirements, PolicyCeremony ceremony,
                             Enforcement enforcement);
/// Of these, those that no ceremony of that kind can meet where those tiers are offered.
std::uint32_t never_met_kinds(const Requirements& requirements, PolicyCeremony ceremony,
                              DisplayTiers offered);

}  // namespace countersign
