#pragma once
// A document for somebody who has to answer for it: what each action demands, and when.

#include <string>
#include <vector>

#include "policy/document.h"
#include "policy/wording.h"

namespace countersign {

struct OverviewRow {
  PolicyCeremony ceremony = PolicyCeremony::authenticate;
  std::string condition;  // beside the ceremony; "always", or "otherwise" for the default
  std::string demand;
  std::string rule;  // its id; empty for the default
};

/// Each ceremony in the order of inputs.h, and in it the rules that can match in the order of the
/// document, which decides nothing: all that match combine. The default comes last, unless some
/// rule always matches.
std::vector<OverviewRow> list_overview(const PolicyDocument& document, const Money& money);

}  // namespace countersign
