#pragma once
// In which order differences are told, and which of them stand for others that read alike.

#include <cstddef>
#include <string>
#include <vector>

#include "policy/diff.h"

namespace countersign {

/// Whether `a` loses more than `b`: denied before and not after; signed for before and not after; a
/// demand less, in the order of approvals, user verification, display, what is known of the key,
/// ages, time-out; of the same demand, the one of which less is left. What only becomes stricter
/// loses nothing. A strict weak order.
bool loses_more(const DiffRegion& a, const DiffRegion& b);

/// A region, and how many after it, of the same ceremony, change from and to the same.
struct DiffCase {
  const DiffRegion* region = nullptr;
  std::size_t alike = 0;
};
/// At most `most` of them in the order of the report, each by itself where there is room; else what
/// the same changed rules change alike is one, and then whatever changes alike in a ceremony. The
/// worst of each ceremony is among them, where there is room for as many.
std::vector<DiffCase> list_cases(const PolicyDocument& before, const PolicyDocument& after,
                                 const DiffReport& report, std::size_t most);
/// Cases of the report that none of them stands for.
std::size_t count_unlisted(const DiffReport& report, const std::vector<DiffCase>& listed);

/// "a transfer of 0.00 EUR for which risk.score is not said; the same in 3 more cases"
std::string describe_case(const DiffCase& one, const Money& money);
/// The same of its example alone.
std::string describe_example(const DiffRegion& region, const Money& money);

}  // namespace countersign
