#pragma once
// Policies in English, for a risk officer: conditions, situations, demands.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/evaluation.h"
#include "policy/list_changes.h"

namespace countersign {

/// How amounts are written: the tenant's base currency and how many decimals it has.
struct Money {
  std::string_view currency = "EUR";
  int decimals = 2;
};
/// Borrows the code. Nothing where currency_exponent has none.
std::optional<Money> money_of(std::string_view currency);

inline constexpr std::uint32_t kAllKinds = ~std::uint32_t{0};

/// "30.01 EUR"
std::string describe_amount(std::int64_t minor, const Money& money);
/// "180 days", "1 hour 30 minutes"
std::string describe_duration(std::int64_t seconds);
/// "ceremony = transaction.approve", "amount.base more than 30.00 EUR", "user.roles contains
/// treasurer": a comparison as it was written; `not more than` where it stands in a `not`.
std::string describe_leaf(const PolicyDocument& document, const PolicyLeaf& leaf,
                          const Money& money);

/// "a transfer of 30.01 EUR to a known payee at risk 0": the ceremony, and of the inputs in `shown`
/// those that are present. With a phase also those that are not and should be by then: " for which
/// risk.score is not said".
std::string describe_situation(const PolicyInputs& inputs, InputMask shown, const Money& money,
                               std::optional<Phase> phase = std::nullopt);

/// "user verification required, certified L2 or better, 2 approvals by different people"; "nothing
/// in particular". Of the kinds whose bit is set. With `changes`, lists that changed are followed
/// by what came and went: "a model on the list keys (adds deadbeef-…)".
std::string describe_requirements(const PolicyDocument& document, const Requirements& requirements,
                                  std::uint32_t kinds = kAllKinds,
                                  std::span<const ListChange> changes = {});

/// "is denied (risk)", "needs user verification required", "is exempted (rts.article-16)"; "(no
/// such demand)" where it demands something, but nothing of those kinds.
std::string describe_decision(const PolicyDocument& document, const Decision& decision,
                              std::uint32_t kinds = kAllKinds,
                              std::span<const ListChange> changes = {});

}  // namespace countersign
