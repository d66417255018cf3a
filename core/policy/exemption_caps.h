#pragma once
// Up to which amounts the law lets payments go without strong authentication: Delegated Regulation
// (EU) 2018/389, Articles 11, 16 and 18 with the annex. They are in EUR there; what they are in
// another base currency somebody has to say.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "codec/json_reader.h"

namespace countersign {

/// In minor units of the base currency.
struct ExemptionAmounts {
  std::int64_t low_value = 0;                   // Article 16
  std::int64_t low_value_sum = 0;               // Article 16, since the last SCA
  std::array<std::int64_t, 3> risk_analysis{};  // Article 18, from the lowest to the highest
  // Article 11, as those of Article 16; there is one where there is the other.
  std::optional<std::int64_t> contactless;
  std::optional<std::int64_t> contactless_sum;
};
inline constexpr ExemptionAmounts kEuroExemptions{3000, 10000, {10000, 25000, 50000}, 5000, 15000};

/// `{"lowValue","lowValueSum","riskAnalysis":[a,b,c]}` and, both or neither,
/// `"contactless","contactlessSum"`; each at least 1, none less than the one before in its article.
/// Error: request_member_invalid.
Result<ExemptionAmounts> read_exemption_amounts(const JsonValue& json);

/// What a tenant says of itself. Fraud rates in parts per million, by the quarter's reports.
struct ExemptionTerms {
  std::optional<std::int64_t> card_fraud_ppm;
  std::optional<std::int64_t> transfer_fraud_ppm;
  std::optional<ExemptionAmounts> amounts;  // for a base currency other than EUR
};

/// Nothing: the amount in the base currency is not known.
struct ExemptionCaps {
  std::optional<std::int64_t> low_value = kEuroExemptions.low_value;
  std::optional<std::int64_t> low_value_sum = kEuroExemptions.low_value_sum;
  std::optional<std::int64_t> contactless = kEuroExemptions.contactless;
  std::optional<std::int64_t> contactless_sum = kEuroExemptions.contactless_sum;
  std::int64_t consecutive = 5;  // payments without SCA, of Articles 11 and 16
  /// Article 18 at the tenant's fraud rates; 0, in any currency: none may be exempted.
  std::optional<std::int64_t> card = 0;
  std::optional<std::int64_t> credit_transfer = 0;

  bool operator==(const ExemptionCaps& other) const = default;
};

/// Of Article 18, the cards' thresholds are 1300, 600 and 100 parts per million, those of credit
/// transfers 150, 100 and 50; above them, and without a rate, nothing is exempted.
ExemptionCaps exemption_caps(std::string_view base_currency, const ExemptionTerms& terms);

}  // namespace countersign
