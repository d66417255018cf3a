#pragma once
// Policies in English, for a risk officer: conditions, situations, demands.

#include <optional>
#include <string>
#include <string_view>

#include "policy/evaluation.h"

namespace countersign {

/// How amounts are written: the tenant's base currency and how many decimals it has.
struct Money {
  std::string_view currency = "EUR";
  int decimals = 2;
};
/// Borrows the code. Nothing where currency_exponent has none.
std::optional<Money> money_of(std::string_view currency);

/// "30.01 EUR"
std::string describe_amount(std::int64_t minor, const Money& money);

/// "a transfer of 30.01 EUR to a known payee at risk 0": the ceremony, and of the inputs in `shown`
/// those that are present.
std::string describe_situation(const PolicyInputs& inputs, InputMask shown, const Money& money);

/// "user verification required, two approvers (different people), keys of L2 or better"; "nothing
/// in particular".
std::string describe_requirements(const PolicyDocument& document, const Requirements& requirements);

/// "is denied (risk)", "needs user verification required", "is exempted (rts.article-16)".
std::string describe_decision(const PolicyDocument& document, const Decision& decision);

/// The names of the bits of less_demanding or unmet_requirements, by commas.
std::string describe_kinds(std::uint32_t kinds);

}  // namespace countersign
