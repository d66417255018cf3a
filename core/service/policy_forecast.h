#pragma once
// Whom a draft would lock out of those who are enrolled, counted from the store.

#include "policy/lockout.h"
#include "service/policy_service.h"

namespace countersign {

/// Of one forecast. [a customer with two passkeys and five ceremonies costs 20 at most; 2 us each
/// with a document of 200 rules: a second of one core]
inline constexpr std::size_t kMaxForecastDecisions = 400000;
/// Read at once. [memory: some 2 KB a credential]
inline constexpr std::size_t kForecastPage = 256;

struct EnrolmentForecast {
  std::vector<LockoutForecast> ceremonies;  // without examples: handles leave the store for nobody
  std::size_t customers = 0;                // that were looked at, in the order of their handles
  bool is_partial = false;                  // the budget ended: there are more
  /// Of the loaded metadata; nothing: what was recorded at registration stands.
  std::optional<std::size_t> models;
};

/// Every customer with a credential that is not revoked, as the verdict would see each credential
/// now. Ceremonies in which customers sign and of which no row speaks are looked at in an ordinary
/// situation (plain_situations). `tiers`: offered_tiers. Errors: those of the store.
Result<EnrolmentForecast> forecast_enrolled(const PolicyContext& context, const Tenant& tenant,
                                            const PolicyDocument& active,
                                            const PolicyDocument& draft,
                                            std::vector<PolicyInputs> rows, DisplayTiers tiers,
                                            std::size_t budget = kMaxForecastDecisions);

}  // namespace countersign
