#pragma once
// What an exemption may stand for: Delegated Regulation (EU) 2018/389, chapter III, as amended by
// Delegated Regulation (EU) 2022/2360. What no input shows of it is in docs/policy.md.

#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/exemption_caps.h"
#include "policy/inputs.h"

namespace countersign {

/// An input with values that an article does not allow.
struct BreachPart {
  enum class Kind : std::uint8_t {
    below,       // less than `value`; of a boolean: not true, where that is 1
    above,       // more than `value`
    named,       // `name`
    other_than,  // any name but that
    unnamed,     // a name that no condition of the document speaks of
  };
  PolicyInput input = PolicyInput::ceremony;
  Kind kind = Kind::above;
  std::int64_t value = 0;
  std::string_view name;
};

/// Inputs with which an exemption is against its article: all parts together; none: always.
struct ExemptionBreach {
  std::string_view why;  // "the payee is not trusted"
  std::vector<BreachPart> parts;
};

struct ExemptionBreaches {
  std::vector<ExemptionBreach> list;
  bool has_unknown_cap = false;  // in the base currency: what would be above it is not in the list
};

struct ExemptionArticle {
  std::string_view basis;
  PolicyCeremony ceremony = PolicyCeremony::transaction_approve;  // the only one it is about
  bool is_capped = false;                                         // its breaches are amounts
  /// What it takes and no input shows, although it decides whether the article applies.
  std::string_view unseen;
  ExemptionBreaches (*breaches)(const ExemptionCaps& caps) = nullptr;
};

/// Null: no article of that name exempts anything.
const ExemptionArticle* find_exemption_article(std::string_view basis);

}  // namespace countersign
