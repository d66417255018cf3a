#include "policy/exemption_caps.h"

#include <limits>

namespace countersign {
namespace {

constexpr Error kInvalid{ErrorCode::request_member_invalid, Check::none, 0};

// Which of the three amounts a rate comes to, by the highest threshold that it keeps to.
std::optional<std::int64_t> cap_at(std::optional<std::int64_t> rate,
                                   const std::array<std::int64_t, 3>& thresholds,
                                   const std::optional<ExemptionAmounts>& amounts) {
  if (!rate || *rate > thresholds.front()) {
    return 0;
  }
  if (!amounts) {
    return std::nullopt;
  }
  std::size_t kept = 0;
  while (kept + 1 < thresholds.size() && *rate <= thresholds[kept + 1]) {
    ++kept;
  }
  return amounts->risk_analysis[kept];
}

bool read_amount(const JsonValue* value, std::int64_t at_least, std::int64_t& out) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() - 1;  // lint looks above
  if (value == nullptr || !value->is_integer() || value->is_unsigned_64 ||
      value->integer < at_least || value->integer > kMost) {
    return false;
  }
  out = value->integer;
  return true;
}

}  // namespace

Result<ExemptionAmounts> read_exemption_amounts(const JsonValue& json) {
  constexpr std::size_t kMembers = 3;  // no others but the two of contactless payments
  ExemptionAmounts amounts;
  const bool has_contactless = json.is_object() && json.find("contactless") != nullptr;
  if (!json.is_object() || json.members.size() != kMembers + (has_contactless ? 2 : 0) ||
      !read_amount(json.find("lowValue"), 1, amounts.low_value) ||
      !read_amount(json.find("lowValueSum"), amounts.low_value, amounts.low_value_sum)) {
    return kInvalid;
  }
  if (has_contactless) {
    std::int64_t one = 0;
    std::int64_t sum = 0;
    if (!read_amount(json.find("contactless"), 1, one) ||
        !read_amount(json.find("contactlessSum"), one, sum)) {
      return kInvalid;
    }
    amounts.contactless = one;
    amounts.contactless_sum = sum;
  }
  const JsonValue* steps = json.find("riskAnalysis");
  if (steps == nullptr || !steps->is_array() ||
      steps->items.size() != amounts.risk_analysis.size()) {
    return kInvalid;
  }
  std::int64_t before = 1;
  for (std::size_t i = 0; i < amounts.risk_analysis.size(); ++i) {
    if (!read_amount(&steps->items[i], before, amounts.risk_analysis[i])) {
      return kInvalid;
    }
    before = amounts.risk_analysis[i];
  }
  return amounts;
}

ExemptionCaps exemption_caps(std::string_view base_currency, const ExemptionTerms& terms) {
  constexpr std::array<std::int64_t, 3> kCardThresholds{1300, 600, 100};
  constexpr std::array<std::int64_t, 3> kTransferThresholds{150, 100, 50};
  const std::optional<ExemptionAmounts> amounts =
      base_currency == "EUR" ? kEuroExemptions : terms.amounts;
  ExemptionCaps caps;
  caps.low_value = amounts ? std::optional(amounts->low_value) : std::nullopt;
  caps.low_value_sum = amounts ? std::optional(amounts->low_value_sum) : std::nullopt;
  caps.contactless = amounts ? amounts->contactless : std::nullopt;
  caps.contactless_sum = amounts ? amounts->contactless_sum : std::nullopt;
  caps.card = cap_at(terms.card_fraud_ppm, kCardThresholds, amounts);
  caps.credit_transfer = cap_at(terms.transfer_fraud_ppm, kTransferThresholds, amounts);
  return caps;
}

}  // namespace countersign
